import { sqlState } from '@ruslo/platform';
import type { Db, Query, Tx } from '@ruslo/platform';
import { editDistance, fullNamesOf, searchForms, searchText } from './name.ts';
import { normalise } from './normalise.ts';
import { findHolders } from './store-read.ts';
import { findByContact, findByWords, likeWords, loadSearchable, saveSearch, wordsFrom } from './store-search.ts';

/** Writes the search lines of the persons of these ids anew, after names, contacts or the person changed. */
export async function refreshSearch(tx: Tx, customerIds: Iterable<string>): Promise<void> {
  const ids = [...customerIds];
  if (ids.length === 0) return;
  const people = await loadSearchable(tx, ids);
  const lines = people.map((person) => ({ id: person.id, line: lineOf(person) }));
  await saveSearch(
    tx,
    lines.filter(({ line }) => line !== ''),
    lines.filter(({ line }) => line === '').map(({ id }) => id),
  );
}

export type Searchable = Awaited<ReturnType<typeof loadSearchable>>[number];

/** At most so long: a person with hundreds of contacts must not make a line that every search finds. */
const maxLength = 600;

/** The line by which a person is found. */
export function lineOf(person: Searchable): string {
  const [name, ...others] = person.names;
  const first = searchText({ name: nameOf(name), identifiers: person.identifiers });
  const rest = others.map((other) => searchText({ name: nameOf(other) }));
  return [...new Set([first, ...rest].join(' ').split(' '))].join(' ').trim().slice(0, maxLength);
}

function nameOf(row: Searchable['names'][number] | undefined): { first: string; middle: string; last: string } {
  return { first: row?.first ?? '', middle: row?.middle ?? '', last: row?.last ?? '' };
}

/** A search that takes longer is given up; what was found by then is shown. */
const timeoutMs = 1_000;

/** Heads of the people whom somebody at the search box may mean, likeliest first. */
export async function search(db: Db, text: string, limit: number): Promise<string[]> {
  const found = new Set(await exactly(db, text));
  // A whole phone, card or address names whom it names; parts of it need not be looked for.
  if (found.size > 0 && /\d{10}|@.+\./.test(text.replace(/[\s()+-]/g, ''))) return [...found].slice(0, limit);
  const forms = searchForms(text);
  const take = (ids: readonly string[]): void => {
    for (const id of ids) if (found.size < limit) found.add(id);
  };
  try {
    await db.tx(async (tx) => {
      await tx.query(`select set_config('statement_timeout', $1, true)`, [String(timeoutMs)]);
      for (const form of forms) {
        if (found.size >= limit) return;
        take(await literally(tx, form, limit));
      }
      // "kate.pro" may be the beginning of an address.
      const latin = text.trim().toLowerCase();
      if (found.size < limit && /^[a-z][a-z0-9._+-]{2,63}$/.test(latin)) take(await findByContact(tx, latin, limit));
      // Typos are looked for only where little was found: the right spelling is the rule.
      if (found.size < enough) for (const form of forms) take(await likely(tx, form, limit));
    });
  } catch (error) {
    if (sqlState(error) !== '57014') throw error;
  }
  return [...found];
}

const enough = 5;

/** Kinds under which a text at the search box may be found as it is. */
const exactKinds = ['card', 'phone', 'email', 'user_id', 'telegram', 'vk'] as const;

async function exactly(query: Query, text: string): Promise<string[]> {
  const looks = text.includes('@')
    ? ['email', 'telegram']
    : /\d{5}/.test(text.replace(/[\s()-]/g, ''))
      ? exactKinds
      : /\s|[а-яё]/i.test(text.trim())
        ? []
        : ['user_id', 'telegram', 'vk'];
  const normal = looks.flatMap((kind) => {
    const value = normalise(kind, text);
    return value.ok ? [{ kind, value: value.value }] : [];
  });
  const holders = await Promise.all(normal.map(({ kind, value }) => findHolders(query, kind, value)));
  return [...new Set(holders.flat().map((holder) => holder.headId))];
}

const isContact = /[\d@]/;

/** Words as they stand, then full names for short ones, then words that begin so. */
async function literally(query: Query, form: string, limit: number): Promise<string[]> {
  // The domain of an address stands on thousands: what is before it finds the same, and much quicker.
  if (isContact.test(form))
    return form.length >= 4 && !form.includes(' ')
      ? findByContact(query, form.replace(/(?<=.{3}@).*$/u, ''), limit)
      : [];
  const words = wordsOf(form);
  if (words.length === 0) return [];
  const found = new Set(await findByWords(query, words.map((word) => [word]), limit)); // prettier-ignore
  const full = words.map((word) => [...new Set([word, ...fullNamesOf(word)])]);
  if (found.size < limit && full.some((group) => group.length > 1))
    for (const id of await findByWords(query, full, limit)) found.add(id);
  if (found.size < limit) for (const id of await beginning(query, words, limit)) found.add(id);
  return [...found].slice(0, limit);
}

async function beginning(query: Query, words: readonly string[], limit: number): Promise<string[]> {
  const long = words.filter((word) => word.length > 2);
  const groups: string[][] = [];
  for (const word of long.length > 0 ? long : words) {
    const group = await wordsFrom(query, word, maxBeginnings);
    if (group.length === 0) return [];
    groups.push(group);
  }
  // An initial begins too many words to name them all; it is looked at in whom the others found.
  const initials = long.length > 0 ? words.filter((word) => word.length <= 2) : [];
  return findByWords(query, groups, limit, initials);
}

const maxBeginnings = 40;
const wordsOf = (form: string): string[] =>
  form
    .split(' ')
    .filter((word) => /\p{L}/u.test(word))
    .slice(0, 5);

/** The same with every word replaced by the known words that it may be a slip of. */
async function likely(query: Query, form: string, limit: number): Promise<string[]> {
  const words = wordsOf(form);
  if (words.length === 0 || isContact.test(form) || words.some((word) => word.length < 3)) return [];
  const groups: string[][] = [];
  for (const word of words) {
    const most = word.length > 6 ? 2 : 1;
    const near = (await likeWords(query, word, 60))
      .map((other) => ({ other, distance: editDistance(word, other, most) }))
      .filter(({ distance }) => distance <= most)
      .toSorted((a, b) => a.distance - b.distance);
    groups.push([...new Set([word, ...near.map(({ other }) => other)])].slice(0, 8));
  }
  return groups.every((group) => group.length === 1) ? [] : findByWords(query, groups, limit);
}
