import type { Query, Tx } from '@ruslo/platform';

/** The SQL of the search lines. */

export interface SearchableRow {
  readonly id: string;
  readonly names: readonly { first: string | null; middle: string | null; last: string | null }[];
  readonly identifiers: readonly { kind: string; value: string }[];
}

/** Names and contacts of the persons of these ids. Bounded: what is beyond says nothing more. */
export const loadSearchable = (query: Query, ids: readonly string[]): Promise<SearchableRow[]> =>
  query.query<SearchableRow>(
    `select h.id,
            coalesce((select jsonb_agg(jsonb_build_object('first', n.first_name, 'middle', n.middle_name, 'last', n.last_name))
                        from (select distinct m.first_name, m.middle_name, m.last_name
                                from identity.customer m where m.head_id = h.id and coalesce(m.first_name, m.middle_name, m.last_name) is not null limit 8) n), '[]') as names,
            coalesce((select jsonb_agg(jsonb_build_object('kind', v.kind, 'value', v.value))
                        from (select distinct i.kind, i.value from (select m.id from identity.customer m where m.head_id = h.id offset 0) m
                               cross join lateral (select i.kind, i.value, i.state from identity.identifier i where i.customer_id = m.id offset 0) i
                               where i.state = 'active' and i.kind in ('phone', 'email', 'card', 'telegram', 'vk', 'max', 'whatsapp', 'viber') limit 20) v), '[]') as identifiers
       from (select distinct c.head_id as id from identity.customer c where c.id = any($1::uuid[])) h`,
    [ids],
    'identity.searchable',
  );

// Words that stand in identity.word for certain. Names repeat, so few lines bring a new one.
const standing = new WeakMap<object, Set<string>>();
const maxStanding = 200_000;
const isWord = /^[\p{L}][\p{L}'-]{0,39}$/u;

/** A search line parted into the words of names and the contacts; both halves of a double name stand alone too. */
function parted(line: string): { words: string[]; contacts: string } {
  const tokens = line.split(' ').filter((token) => token !== '');
  const names = tokens.filter((token) => isWord.test(token));
  const words = names.flatMap((word) =>
    word.includes('-') ? [word, ...word.split('-').filter((half) => half !== '')] : [word],
  );
  return { words: [...new Set(words)], contacts: tokens.filter((token) => !isWord.test(token)).join(' ') };
}

export async function saveSearch(
  tx: Tx,
  lines: readonly { id: string; line: string }[],
  empty: readonly string[],
): Promise<void> {
  if (lines.length > 0) {
    const rows = lines.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, line }) => ({ id, ...parted(line) }));
    await tx.query(
      `insert into identity.person (id, words, contacts) select id, string_to_array(words, ' '), contacts from unnest($1::uuid[], $2::text[], $3::text[]) k(id, words, contacts)
       on conflict (id) do update set words = excluded.words, contacts = excluded.contacts where (person.words, person.contacts) is distinct from (excluded.words, excluded.contacts)`,
      [rows.map((row) => row.id), rows.map((row) => row.words.join(' ')), rows.map((row) => row.contacts)],
      'identity.save-search',
    );
    await saveWords(
      tx,
      rows.flatMap((row) => row.words),
    );
  }
  if (empty.length > 0)
    await tx.query('delete from identity.person where id = any($1::uuid[])', [empty], 'identity.empty-search');
}

async function saveWords(tx: Tx, words: readonly string[]): Promise<void> {
  let known = standing.get(tx.client);
  if (known === undefined || known.size > maxStanding) {
    known = new Set();
    standing.set(tx.client, known);
  }
  const wanted = [...new Set(words)].filter((word) => !known.has(word)).toSorted();
  if (wanted.length === 0) return;
  const rows = await tx.query<{ word: string }>(
    'insert into identity.word select unnest($1::text[]) on conflict do nothing returning word',
    [wanted],
    'identity.save-words',
  );
  // What this transaction inserted may still be rolled back; what was there will stay.
  const inserted = new Set(rows.map((row) => row.word));
  for (const word of wanted) if (!inserted.has(word)) known.add(word);
}

/** Words that look like this one, likest first. */
export async function likeWords(query: Query, word: string, limit: number): Promise<string[]> {
  const rows = await query.query<{ word: string }>(
    `select word from identity.word where word % $1 order by similarity(word, $1) desc, word limit $2`,
    [word, limit],
    'identity.like-words',
  );
  return rows.map((row) => row.word);
}

/** Words that begin so. */
export async function wordsFrom(query: Query, prefix: string, limit: number): Promise<string[]> {
  const rows = await query.query<{ word: string }>(
    `select word from identity.word where word >= $1 and word < $1 || U&'\\FFFF' order by word limit $2`,
    [prefix, limit],
    'identity.words-from',
  );
  return rows.map((row) => row.word);
}

/** Among very many only the first so many found are sorted, so that a common name costs no more than a rare one. */
const reach = 400;

/**
 * Heads who have a word of every group among their names, newest first.
 * @param initials beginnings of further words that each of them has.
 */
export async function findByWords(
  query: Query,
  groups: readonly (readonly string[])[],
  limit: number,
  initials: readonly string[] = [],
): Promise<string[]> {
  const values: unknown[] = [limit, reach];
  const singles = groups.flatMap((group) => (group.length === 1 ? group : []));
  const where = groups.filter((group) => group.length > 1).map((group) => `words && $${values.push(group)}::text[]`);
  if (singles.length > 0) where.push(`words @> $${values.push(singles)}::text[]`);
  for (const initial of initials)
    where.push(`exists (select from unnest(words) w where starts_with(w, $${values.push(initial)}))`);
  const rows = await query.query<{ id: string }>(
    `select id from (select id from identity.person where ${where.join(' and ')} limit $2) p order by id desc limit $1`,
    values,
  );
  return rows.map((row) => row.id);
}

/** Heads with this text in a contact: some digits of a phone or card, the beginning of an e-mail. */
export async function findByContact(query: Query, text: string, limit: number): Promise<string[]> {
  const rows = await query.query<{ id: string }>(
    `select id from (select id from identity.person where contacts like $1 limit $3) p order by id desc limit $2`,
    [`%${text.replace(/[\\%_]/g, '\\$&')}%`, limit, reach],
  );
  return rows.map((row) => row.id);
}
