import type { Query, Tx } from '@ruslo/platform';
import type { Customer, Decided, Loaded, NewIdentifier, NewMerge } from './decide.ts';
import { anchorSlot, isTechnical, isWeak, linkSlot } from './rules.ts';
import type { Item, KindRule, KindRules, Row } from './rules.ts';
import type { AttributeType, AttributeValue, Profile } from './trait.ts';

/** The SQL of resolving. Only tables of schema `identity`. What people read is in store-read.ts. */

/** Thrown when another process was quicker; `db.retry` begins the transaction anew. */
export class Overtaken extends Error {
  readonly code = '40001';
  constructor(what: string) {
    super(`another process was quicker: ${what}`);
  }
}

// Normalised values hold no control characters, so texts travel joined: parsing one text is several times cheaper for
// Postgres and for node-pg than an array literal with its quotes.
const separator = '\u001e';
const absent = '\u001d';
const texts = (values: readonly (string | null | undefined)[]): string =>
  values.map((value) => value ?? absent).join(separator);
const split = (parameter: number): string => `string_to_array($${parameter}, E'\\x1e', E'\\x1d')`;
const list = (values: readonly (string | null)[]): string => `{${values.map((value) => value ?? 'NULL').join()}}`;

const exactSql = `select i.kind, i.value, i.slot, i.customer_id as "customerId", i.state
  from unnest(${split(1)}, ${split(2)}, ${split(3)}) k(kind, value, slot)
  join identity.identifier i on i.kind = k.kind and i.value = k.value and i.slot = k.slot`;
// A placeholder may stand on thousands; eight say enough. 'link' sorts last and so comes first.
const holdersSql = `select h.kind, h.value, h.slot, h.customer_id as "customerId", h.state
  from unnest(${split(4)}, ${split(5)}) k(kind, value)
  cross join lateral (select * from identity.identifier i where i.kind = k.kind and i.value = k.value order by i.slot desc limit 8) h`;

const nothing: ReadonlySet<Item> = new Set();

/**
 * Rows of all identifiers of the items: those that name one customer, and who else holds what persons claim. One query.
 * @param deciding items of which claims on user ids are asked for too: one that conflicts is noted as a claim.
 */
export function loadRows(query: Query, items: readonly Item[], deciding = nothing): Promise<Row[]> {
  const exact = new Map<string, readonly [string, string, string]>();
  const held = new Map<string, readonly [string, string]>();
  for (const item of items) {
    for (const seen of item.aliases.length === 0 ? item.links : [...item.links, ...item.aliases]) {
      exact.set(seen.key, [seen.kind, seen.value, linkSlot]);
      if (!isTechnical(seen.kind) || (deciding.has(item) && !isWeak(seen.kind)))
        held.set(seen.key, [seen.kind, seen.value]);
    }
    for (const seen of item.claims) {
      held.set(seen.key, [seen.kind, seen.value]);
      exact.set(`${seen.key} ${item.who}\n`, [seen.kind, seen.value, anchorSlot(item.who)]);
    }
  }
  const [ones, many] = [[...exact.values()], [...held.values()]];
  const values = [texts(ones.map((row) => row[0])), texts(ones.map((row) => row[1])), texts(ones.map((row) => row[2]))];
  if (many.length === 0) return query.query<Row>(exactSql, values, 'identity.exact');
  return query.query<Row>(
    `${exactSql} union all ${holdersSql}`,
    [...values, texts(many.map((row) => row[0])), texts(many.map((row) => row[1]))],
    'identity.holders',
  );
}

interface CustomerRow {
  readonly id: string;
  readonly head_id: string;
  readonly first_name: string | null;
  readonly middle_name: string | null;
  readonly last_name: string | null;
  readonly birth_date: string | null;
  readonly city: string | null;
  readonly address: string | null;
  readonly attributes: Record<string, AttributeValue>;
  readonly fixed: string[];
}

const customerColumns =
  'c.id, c.head_id, c.first_name, c.middle_name, c.last_name, c.birth_date, c.city, c.address, c.attributes, c.fixed';

export function profileOf(row: Omit<CustomerRow, 'id' | 'head_id' | 'fixed'>): Profile {
  return {
    ...(row.first_name === null ? {} : { first: row.first_name }),
    ...(row.middle_name === null ? {} : { middle: row.middle_name }),
    ...(row.last_name === null ? {} : { last: row.last_name }),
    ...(row.birth_date === null ? {} : { birthDate: row.birth_date }),
    ...(row.city === null ? {} : { city: row.city }),
    ...(row.address === null ? {} : { address: row.address }),
    attributes: row.attributes,
  };
}

const customerOf = (row: CustomerRow): Customer => ({
  id: row.id,
  head: row.head_id,
  fixed: row.fixed,
  ...profileOf(row),
});

/** Customers as they are, without a lock. */
export async function peekCustomers(query: Query, ids: readonly string[]): Promise<Map<string, Customer>> {
  const rows = await query.query<CustomerRow>(
    `select ${customerColumns} from identity.customer c where c.id = any($1::uuid[])`,
    [list(ids)],
    'identity.peek',
  );
  return new Map(rows.map((row) => [row.id, customerOf(row)]));
}

/**
 * Customers and their heads, locked in the order of their ids. A head is the smallest id of its person, so whoever changes
 * a person holds her head first, and nobody waits in a circle.
 */
export async function lockCustomers(tx: Tx, ids: readonly string[]): Promise<Customer[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<CustomerRow>(
    `with need as (select c.id, c.head_id from identity.customer c where c.id = any($1::uuid[]))
     select ${customerColumns} from identity.customer c
      where c.id in (select id from need union select head_id from need) order by c.id for no key update`,
    [list(ids)],
    'identity.lock',
  );
  const there = new Set(rows.map((row) => row.id));
  if (rows.some((row) => !there.has(row.head_id)) || ids.some((id) => !there.has(id)))
    throw new Overtaken('a person was merged, parted or erased');
  return rows.map(customerOf);
}

export async function headsById(query: Query, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await query.query<{ id: string; head_id: string }>(
    'select id, head_id from identity.customer where id = any($1::uuid[])',
    [list(ids)],
    'identity.heads',
  );
  return new Map(rows.map((row) => [row.id, row.head_id]));
}

const weakList = `('anonymous_id', 'device', 'push_token')`;

/** What the persons hold, how many ids they are, and whom of each other they must not become. */
export async function loadPersons(
  tx: Tx,
  heads: readonly string[],
): Promise<Pick<Loaded, 'held' | 'weakCounts' | 'memberCounts' | 'firstNames' | 'aparts'>> {
  if (heads.length === 0) return { held: [], weakCounts: [], memberCounts: new Map(), firstNames: [], aparts: [] };
  // `offset 0` keeps the order of the joins: a plan that was made while the tables were small and unknown to the
  // statistics went over all identifiers (130 ms for 1,000 persons among 20,000 identifiers; 8 ms so).
  const people = `(select c.id, c.head_id, c.first_name from identity.customer c where c.head_id = any($1::uuid[]) offset 0) c`;
  const held = await tx.query<Loaded['held'][number]>(
    `select c.head_id as head, i.customer_id as "customerId", i.kind, i.value, i.slot from ${people}
      cross join lateral (select * from identity.identifier i where i.customer_id = c.id offset 0) i
      where i.state = 'active' and i.kind not in ${weakList}`,
    [list(heads)],
    'identity.held',
  );
  const counts = await tx.query<{
    head: string;
    customerId: string;
    first: string | null;
    kind: string | null;
    count: number;
  }>(
    `select c.head_id as head, c.id as "customerId", c.first_name as first, i.kind, coalesce(i.count, 0) as count from ${people}
       left join lateral (select i.kind, count(*)::int as count from identity.identifier i
          where i.customer_id = c.id and i.slot = 'link' and i.state = 'active' and i.kind in ${weakList} group by i.kind) i on true`,
    [list(heads)],
    'identity.weak-counts',
  );
  const aparts =
    heads.length < 2
      ? []
      : await tx.query<{ a: string; b: string }>(
          `select ca.head_id as a, cb.head_id as b from identity.customer ca
       join identity.apart p on p.a = ca.id join identity.customer cb on cb.id = p.b
      where ca.head_id = any($1::uuid[]) and cb.head_id = any($1::uuid[])`,
          [list(heads)],
          'identity.aparts',
        );
  const members = new Map<string, Set<string>>();
  for (const row of counts) {
    const ids = members.get(row.head) ?? new Set<string>();
    members.set(row.head, ids.add(row.customerId));
  }
  return {
    held,
    weakCounts: counts.flatMap((row) => (row.kind === null ? [] : [{ ...row, kind: row.kind }])),
    memberCounts: new Map([...members].map(([head, ids]) => [head, ids.size])),
    firstNames: counts.flatMap(({ head, first }) => (first === null ? [] : [{ head, first }])),
    aparts: aparts.map((row) => [row.a, row.b] as const),
  };
}

export async function loadRules(query: Query): Promise<KindRules> {
  const rows = await query.query<{ kind: string } & KindRule>(
    'select kind, priority, most from identity.kind',
    [],
    'identity.rules',
  );
  return new Map(rows.map((row) => [row.kind, row]));
}

export async function loadAttributeTypes(query: Query): Promise<Map<string, AttributeType>> {
  const rows = await query.query<{ key: string; type: AttributeType }>(
    'select key, type from identity.attribute',
    [],
    'identity.attribute-types',
  );
  return new Map(rows.map((row) => [row.key, row.type]));
}

export async function loadBlocked(query: Query, items: readonly Item[]): Promise<Set<string>> {
  const seen = items.flatMap((item) => [...item.links, ...item.claims, ...item.aliases]);
  const rows = await query.query<{ kind: string; value: string }>(
    `select b.kind, b.value from identity.blocked b where (b.kind, b.value) in (select * from unnest(${split(1)}, ${split(2)}))`,
    [texts(seen.map((one) => one.kind)), texts(seen.map((one) => one.value))],
    'identity.blocked',
  );
  return new Set(rows.map((row) => `${row.kind} ${row.value}`));
}

export async function noteUndeclared(query: Query, keys: readonly string[], now: Date): Promise<void> {
  await query.query(
    'insert into identity.undeclared (key, first_seen_at) select unnest($1::text[]), $2 on conflict do nothing',
    [keys, now],
  );
}

const profileColumns = (profile: Profile): (string | null)[] => [
  profile.first ?? null,
  profile.middle ?? null,
  profile.last ?? null,
  profile.birthDate ?? null,
  profile.city ?? null,
  profile.address ?? null,
  JSON.stringify(profile.attributes ?? {}),
];

const column = <Value>(rows: readonly (readonly Value[])[], index: number): Value[] =>
  rows.map((row) => row[index] as Value);

export async function insertCustomers(tx: Tx, customers: Decided['customers']): Promise<void> {
  if (customers.length === 0) return;
  const profiles = customers.map((customer) => profileColumns(customer.profile));
  await tx.query(
    `insert into identity.customer (id, head_id, created_at, updated_at, channel, source_id, first_name, middle_name, last_name, birth_date, city, address, attributes)
     select id, head, at, at, channel, source, first, middle, last, birth::date, city, address, attributes::jsonb
       from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], ${split(4)}, $5::uuid[], ${split(6)}, ${split(7)}, ${split(8)}, ${split(9)}, ${split(10)}, ${split(11)}, ${split(12)})
         k(id, head, at, channel, source, first, middle, last, birth, city, address, attributes)`,
    [
      list(customers.map((row) => row.id)),
      list(customers.map((row) => row.head)),
      list(customers.map((row) => row.at)),
      texts(customers.map((row) => row.channel)),
      list(customers.map((row) => row.sourceId)),
      ...Array.from({ length: 7 }, (_, index) => texts(column(profiles, index))),
    ],
    'identity.insert-customers',
  );
}

const bySlot = (a: NewIdentifier, b: NewIdentifier): number => {
  const [left, right] = [`${a.kind} ${a.value} ${a.slot}`, `${b.kind} ${b.value} ${b.slot}`];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** In the order of their key, so that two processes with the same new ones wait for each other in one direction. */
export async function insertIdentifiers(tx: Tx, identifiers: readonly NewIdentifier[]): Promise<void> {
  if (identifiers.length === 0) return;
  const rows = identifiers.toSorted(bySlot);
  const inserted = await tx.query<{ slot: string }>(
    `insert into identity.identifier (kind, value, slot, customer_id, proof, state, how, channel, source_id, first_seen_at)
     select * from unnest(${split(1)}, ${split(2)}, ${split(3)}, $4::uuid[], ${split(5)}, ${split(6)}, ${split(7)}, ${split(8)}, $9::uuid[], $10::timestamptz[])
     on conflict do nothing returning slot`,
    [
      texts(rows.map((row) => row.kind)),
      texts(rows.map((row) => row.value)),
      texts(rows.map((row) => row.slot)),
      list(rows.map((row) => row.customerId)),
      texts(rows.map((row) => row.proof)),
      texts(rows.map((row) => row.state)),
      texts(rows.map((row) => row.how)),
      texts(rows.map((row) => row.channel)),
      list(rows.map((row) => row.sourceId)),
      list(rows.map((row) => row.at)),
    ],
    'identity.insert-identifiers',
  );
  const isClaim = (row: { slot: string }): boolean => row.slot.startsWith('claim ');
  const count = (some: readonly { slot: string }[]): number => some.filter((row) => !isClaim(row)).length;
  // A claim that stands already is as good as new; who names a customer must be known before it is decided.
  if (count(inserted) !== count(rows)) throw new Overtaken('an identifier got an owner');
}

/** Moves shared devices to a customer of their own; who used one keeps a note of it. */
export async function saveShares(tx: Tx, shares: Decided['shares'], now: Date): Promise<void> {
  for (const share of shares) {
    await tx.query(
      `update identity.identifier set state = 'shared', customer_id = $3 where kind = $1 and value = $2 and slot = 'link'`,
      [share.kind, share.value, share.to],
    );
    if (share.from === share.to) continue;
    await tx.query(
      `insert into identity.identifier (kind, value, slot, customer_id, proof, state, how, channel, first_seen_at)
       values ($1, $2, 'claim ' || $3, $3::uuid, 'proven', 'shared', 'event', 'system', $4) on conflict do nothing`,
      [share.kind, share.value, share.from, now],
    );
  }
}

/** Beyond the limit the oldest still name their owner, but count and join no more. */
export async function retire(tx: Tx, retires: Decided['retires']): Promise<void> {
  for (const { head, kind, most } of retires) {
    await tx.query(
      `update identity.identifier i set state = 'retired'
         from (select i.kind, i.value, i.slot from identity.identifier i join identity.customer c on c.id = i.customer_id
                where c.head_id = $1 and i.kind = $2 and i.slot = 'link' and i.state = 'active' order by i.first_seen_at desc, i.value desc offset $3) old
        where i.kind = old.kind and i.value = old.value and i.slot = old.slot`,
      [head, kind, most],
    );
  }
}

export interface By {
  readonly kind: 'rule' | 'linkage' | 'staff' | 'key';
  readonly id: string | null;
}

export async function insertMerges(
  tx: Tx,
  merges: readonly (Omit<NewMerge, 'viaKind' | 'viaValue' | 'channel' | 'sourceId'> & {
    viaKind: string | null;
    viaValue: string | null;
  })[],
  by: By,
): Promise<void> {
  if (merges.length === 0) return;
  await tx.query(
    `insert into identity.merge (id, a, b, why, evidence, via_kind, via_value, at, by_kind, by_id)
     select id, a, b, why, evidence::jsonb, via_kind, via_value, at, $9, $10::uuid
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], ${split(5)}, ${split(6)}, ${split(7)}, $8::timestamptz[]) k(id, a, b, why, evidence, via_kind, via_value, at)`,
    [
      list(merges.map((row) => row.id)),
      list(merges.map((row) => row.a)),
      list(merges.map((row) => row.b)),
      merges.map((row) => row.why),
      texts(merges.map((row) => JSON.stringify(row.evidence))),
      texts(merges.map((row) => row.viaKind)),
      texts(merges.map((row) => row.viaValue)),
      list(merges.map((row) => row.at)),
      by.kind,
      by.id,
    ],
  );
}

/** Gives whole persons another head, and closes the suggestions that have come true. */
export async function moveHeads(tx: Tx, heads: ReadonlyMap<string, string>): Promise<void> {
  if (heads.size === 0) return;
  const from = [...heads.keys()];
  await tx.query(
    `update identity.customer c set head_id = k.new from unnest($1::uuid[], $2::uuid[]) k(old, new) where c.head_id = k.old`,
    [list(from), list([...heads.values()])],
    'identity.move-heads',
  );
  await tx.query(`delete from identity.person where id = any($1::uuid[])`, [list(from)], 'identity.drop-person');
  await tx.query(
    `with ids as materialized (select id from identity.customer where head_id = any($1::uuid[])),
          about as (select s.id, s.a, s.b from ids join identity.suggestion s on s.a = ids.id where s.state = 'open'
                     union select s.id, s.a, s.b from ids join identity.suggestion s on s.b = ids.id where s.state = 'open')
     update identity.suggestion s set state = 'merged', decided_at = now()
       from about join identity.customer a on a.id = about.a join identity.customer b on b.id = about.b
      where s.id = about.id and a.head_id = b.head_id`,
    [list([...new Set(heads.values())])],
    'identity.close-suggestions',
  );
}

export async function setHeads(tx: Tx, heads: ReadonlyMap<string, string>): Promise<void> {
  await tx.query(
    `update identity.customer c set head_id = k.head from unnest($1::uuid[], $2::uuid[]) k(id, head) where c.id = k.id and c.head_id <> k.head`,
    [list([...heads.keys()]), list([...heads.values()])],
  );
}

/** Sets the given fields; attributes are merged by key. */
export async function updateProfiles(tx: Tx, changes: ReadonlyMap<string, Profile>, now: Date): Promise<void> {
  if (changes.size === 0) return;
  const ids = [...changes.keys()].toSorted();
  const rows = ids.map((id) => profileColumns(changes.get(id) ?? {}));
  await tx.query(
    `update identity.customer c set first_name = coalesce(k.first, c.first_name), middle_name = coalesce(k.middle, c.middle_name),
       last_name = coalesce(k.last, c.last_name), birth_date = coalesce(k.birth::date, c.birth_date), city = coalesce(k.city, c.city),
       address = coalesce(k.address, c.address), attributes = c.attributes || k.attributes::jsonb, updated_at = greatest(c.updated_at, $9)
       from unnest($1::uuid[], ${split(2)}, ${split(3)}, ${split(4)}, ${split(5)}, ${split(6)}, ${split(7)}, ${split(8)})
         k(id, first, middle, last, birth, city, address, attributes)
      where c.id = k.id`,
    [list(ids), ...Array.from({ length: 7 }, (_, index) => texts(column(rows, index))), now],
    'identity.update-profiles',
  );
}

/** Standing merges that one of these identifiers brought about. */
export async function mergesVia(tx: Tx, shares: Decided['shares']): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from identity.merge where (via_kind, via_value) in (select * from unnest(${split(1)}, ${split(2)})) and undone_at is null and by_kind = 'rule'`,
    [texts(shares.map((share) => share.kind)), texts(shares.map((share) => share.value))],
  );
  return rows.map((row) => row.id);
}
