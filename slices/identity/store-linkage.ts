import type { Query } from '@ruslo/platform';

/** The SQL of what linkage compares. */

export interface RecordRow {
  readonly id: string;
  readonly names: readonly { first: string | null; middle: string | null; last: string | null }[];
  readonly birthDate: string | null;
  readonly city: string | null;
  readonly address: string | null;
  readonly identifiers: readonly { kind: string; value: string }[];
}

/** Persons by head with all names they go by and their contacts. */
export const loadRecords = (query: Query, heads: readonly string[]): Promise<RecordRow[]> =>
  query.query<RecordRow>(
    `select h.id,
            coalesce((select jsonb_agg(n) from (select distinct m.first_name as first, m.middle_name as middle, m.last_name as last from identity.customer m
               where m.head_id = h.id and coalesce(m.first_name, m.middle_name, m.last_name) is not null limit 5) n), '[]') as names,
            (select m.birth_date from identity.customer m where m.head_id = h.id and m.birth_date is not null order by m.updated_at desc limit 1) as "birthDate",
            (select m.city from identity.customer m where m.head_id = h.id and m.city is not null order by m.updated_at desc limit 1) as city,
            (select m.address from identity.customer m where m.head_id = h.id and m.address is not null order by m.updated_at desc limit 1) as address,
            coalesce((select jsonb_agg(i) from (select distinct i.kind, i.value from (select m.id from identity.customer m where m.head_id = h.id offset 0) m
               cross join lateral (select i.kind, i.value, i.state from identity.identifier i where i.customer_id = m.id offset 0) i
               where i.state = 'active' and i.kind in ('phone', 'email', 'card') limit 50) i), '[]') as identifiers
       from identity.customer h where h.id = any($1::uuid[])`,
    [heads],
    'identity.records',
  );

const maxHolders = 6;

/** Of these values those that so many persons hold that they are nobody's own: an office line, a shop's placeholder. */
export async function commonValues(
  query: Query,
  identifiers: readonly { kind: string; value: string }[],
): Promise<Set<string>> {
  const rows = await query.query<{ kind: string; value: string }>(
    `select k.kind, k.value from (select distinct * from unnest($1::text[], $2::text[]) u(kind, value)) k
      where (select count(*) from (select distinct c.head_id from identity.identifier i join identity.customer c on c.id = i.customer_id
               where i.kind = k.kind and i.value = k.value limit ${maxHolders + 1}) h) > ${maxHolders}`,
    [identifiers.map((one) => one.kind), identifiers.map((one) => one.value)],
    'identity.common-values',
  );
  return new Set(rows.map((row) => `${row.kind} ${row.value}`));
}

/** The suggestion about these two persons that waits already. */
export async function openPair(query: Query, headA: string, headB: string): Promise<string | undefined> {
  const [row] = await query.query<{ id: string }>(
    `select s.id from identity.customer m join identity.suggestion s on (s.a = m.id or s.b = m.id) and s.state = 'open'
       join identity.customer ca on ca.id = s.a join identity.customer cb on cb.id = s.b
      where m.head_id = $1 and ((ca.head_id = $1 and cb.head_id = $2) or (ca.head_id = $2 and cb.head_id = $1)) limit 1`,
    [headA, headB],
    'identity.open-pair',
  );
  return row?.id;
}

export async function rescore(
  query: Query,
  id: string,
  found: { readonly score: number; readonly evidence: readonly unknown[] },
): Promise<void> {
  await query.query('update identity.suggestion set score = $2, evidence = $3 where id = $1', [
    id,
    found.score,
    JSON.stringify(found.evidence),
  ]);
}

/** Open suggestions about the persons of these ids. */
export const suggestionsAbout = (query: Query, ids: readonly string[]): Promise<{ a: string; b: string }[]> =>
  query.query<{ a: string; b: string }>(
    `select distinct s.a, s.b from (select c.head_id from identity.customer c where c.id = any($1::uuid[]) offset 0) c
       join identity.customer m on m.head_id = c.head_id join identity.suggestion s on (s.a = m.id or s.b = m.id) and s.state = 'open'
      limit 1000`,
    [ids],
    'identity.suggestions-about',
  );

/** About how many customers there are, as the planner knows it. */
export async function population(query: Query): Promise<number> {
  const [row] = await query.query<{ count: number }>(
    `select greatest(reltuples, 0)::bigint as count from pg_class where oid = 'identity.customer'::regclass`,
    [],
    'identity.population',
  );
  return row?.count ?? 0;
}
