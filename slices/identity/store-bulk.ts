import type { Query, Tx } from '@ruslo/platform';
import type { EvidenceLine } from './decide.ts';

/** The SQL of the doors for many customers at once. Only tables of schema `identity`. */

/** Who holds the linking identifiers, by "kind value". */
export async function loadOwners(
  query: Query,
  links: readonly { readonly kind: string; readonly value: string }[],
): Promise<Map<string, string>> {
  if (links.length === 0) return new Map();
  const rows = await query.query<{ kind: string; value: string; customer_id: string }>(
    `select i.kind, i.value, i.customer_id from unnest($1::text[], $2::text[]) k(kind, value)
       join identity.identifier i on i.kind = k.kind and i.value = k.value and i.slot = 'link'`,
    [links.map((link) => link.kind), links.map((link) => link.value)],
    'identity.bulk-owners',
  );
  return new Map(rows.map((row) => [`${row.kind} ${row.value}`, row.customer_id]));
}

/** All blocked identifiers as "kind value"; people enter them one by one, so they are few. */
export async function loadBlockedKeys(query: Query): Promise<Set<string>> {
  const rows = await query.query<{ kind: string; value: string }>(
    'select kind, value from identity.blocked',
    [],
    'identity.blocked-keys',
  );
  return new Set(rows.map((row) => `${row.kind} ${row.value}`));
}

/** Pairs of heads among these that staff parted. */
export const loadAparts = (query: Query, heads: readonly string[]): Promise<{ a: string; b: string }[]> =>
  query.query<{ a: string; b: string }>(
    `select ca.head_id as a, cb.head_id as b from identity.apart p join identity.customer ca on ca.id = p.a join identity.customer cb on cb.id = p.b
      where ca.head_id = any($1::uuid[]) and cb.head_id = any($1::uuid[])`,
    [heads],
  );

interface Suggested {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly score: number;
  readonly evidence: readonly EvidenceLine[];
  readonly at: Date;
}

/** Of the given suggestions those that were new. */
export async function insertSuggestions(tx: Tx, rows: readonly Suggested[]): Promise<Suggested[]> {
  const inserted = await tx.query<{ id: string }>(
    `insert into identity.suggestion (id, a, b, score, evidence, raised_at)
     select k.id, least(k.a, k.b), greatest(k.a, k.b), k.score, k.evidence, k.at
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::real[], $5::jsonb[], $6::timestamptz[]) k(id, a, b, score, evidence, at)
       join identity.customer ca on ca.id = k.a join identity.customer cb on cb.id = k.b
      where ca.head_id <> cb.head_id
        and not exists (select from identity.apart p where p.a = least(k.a, k.b) and p.b = greatest(k.a, k.b))
     on conflict do nothing returning id`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.a),
      rows.map((row) => row.b),
      rows.map((row) => row.score),
      rows.map((row) => JSON.stringify(row.evidence)),
      rows.map((row) => row.at),
    ],
  );
  const ids = new Set(inserted.map((row) => row.id));
  return rows.filter((row) => ids.has(row.id));
}

export interface BulkCustomer {
  readonly id: string;
  readonly headId: string;
  readonly first: string | null;
  readonly middle: string | null;
  readonly last: string | null;
  readonly birthDate: string | null;
  readonly city: string | null;
  readonly address: string | null;
  readonly identifiers: readonly {
    readonly kind: string;
    readonly value: string;
    readonly proof: 'proven' | 'claimed';
    readonly state: string;
  }[];
}

export const pageCustomers = (query: Query, after: string | undefined, limit: number): Promise<BulkCustomer[]> =>
  query.query<BulkCustomer>(
    `select c.id, c.head_id as "headId", c.first_name as first, c.middle_name as middle, c.last_name as last, c.birth_date as "birthDate", c.city, c.address,
            coalesce((select jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value, 'proof', i.proof, 'state', i.state))
                        from identity.identifier i where i.customer_id = c.id), '[]') as identifiers
       from identity.customer c where c.id > $1 order by c.id limit $2`,
    [after ?? '00000000-0000-0000-0000-000000000000', limit],
    'identity.page',
  );

/** Members of persons with what they are searched by. Two flat queries: with hundreds of persons a subquery for each is slow. */
export async function loadMembers(query: Query, heads: readonly string[]): Promise<BulkCustomer[]> {
  const members = await query.query<Omit<BulkCustomer, 'identifiers'>>(
    `select c.id, c.head_id as "headId", c.first_name as first, c.middle_name as middle, c.last_name as last, c.birth_date as "birthDate", c.city, c.address
       from identity.customer c where c.head_id = any($1::uuid[]) order by c.id`,
    [heads],
  );
  const rows = await query.query<{ customer_id: string } & BulkCustomer['identifiers'][number]>(
    `select i.customer_id, i.kind, i.value, i.proof, i.state from identity.identifier i
      where i.customer_id = any($1::uuid[]) and i.state = 'active'`,
    [members.map((member) => member.id)],
  );
  const own = new Map<string, BulkCustomer['identifiers'][number][]>();
  for (const { customer_id: id, ...identifier } of rows) {
    const list = own.get(id);
    if (list === undefined) own.set(id, [identifier]);
    else list.push(identifier);
  }
  return members.map((member) => ({ ...member, identifiers: own.get(member.id) ?? [] }));
}

/** Lets the planner know how many there are now; by itself Postgres would notice within a minute. */
export async function analyze(query: Query): Promise<void> {
  for (const table of ['customer', 'identifier', 'person', 'merge', 'suggestion'])
    await query.query(`analyze identity.${table}`);
}
