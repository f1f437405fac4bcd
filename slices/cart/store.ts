import { personFrom, personIn } from '@ruslo/identity';
import type { Person } from '@ruslo/identity';
import type { Channel } from '@ruslo/kernel';
import type { Db, NewEvent, Query, Tx } from '@ruslo/platform';
import { appendIn, appendInValues, ringLog, sqlState } from '@ruslo/platform';
import type { Outcome } from './contract.ts';
import type { Limits, Op, Row, RowLine } from './rules.ts';

/** The SQL of carts. Only tables of schema `cart`. */

type StoredLine = readonly [string, string, number, Channel, number, number];

interface StoredRow {
  readonly customerId: string | null;
  readonly id: string;
  readonly version: number;
  readonly lines: readonly StoredLine[];
  readonly coupons: readonly string[];
  readonly outcome: Outcome | null;
}

const list = (ids: readonly string[]): string => `{${ids.join()}}`;

const rowOf = (stored: StoredRow & { readonly customerId: string }): Row => ({
  customerId: stored.customerId,
  id: stored.id,
  version: stored.version,
  lines: stored.lines.map(([id, variantId, quantity, channel, addedAtMs, seenPriceMinor]) => ({
    id,
    variantId,
    quantity,
    channel,
    addedAtMs,
    seenPriceMinor,
  })),
  coupons: stored.coupons,
});

const lineText = (line: RowLine): StoredLine => [
  line.id,
  line.variantId,
  line.quantity,
  line.channel,
  line.addedAtMs,
  line.seenPriceMinor,
];
const linesText = (row: Row): string => JSON.stringify(row.lines.map(lineText));

const columns = `c.customer_id as "customerId", c.id, c.version, c.lines, c.coupons`;

export interface Loaded {
  readonly rows: readonly Row[];
  /** What the first answer to this key said. */
  readonly outcome: Outcome | undefined;
}

export interface LoadedPerson extends Loaded {
  readonly person: Person;
}

// The key of somebody with one id is looked for when its row clashes, which it hardly ever does.
const loadSql = `with person as materialized (${personIn(1)})
  select p.ids, p.told, ${columns}, case when cardinality(p.ids) > 1 then
      (select o.outcome from cart.operation o where o.customer_id = any(p.ids) and o.key = $2 limit 1) end as outcome
    from person p left join cart.cart c on c.customer_id = any(p.ids) order by c.customer_id`;

/**
 * The person and the rows of all her ids, in one statement, because this is asked with every change of a cart. Undefined
 * when there is no such customer. What an earlier operation with this key did is known only for somebody with several
 * ids; for others `findOutcome` tells.
 */
export async function loadPerson(
  query: Query,
  customerId: string,
  key: string | null,
): Promise<LoadedPerson | undefined> {
  const rows = await query.query<StoredRow & { ids: string[]; told: unknown }>(loadSql, [customerId, key], 'cart.load');
  const [first] = rows;
  if (first === undefined) return undefined;
  return { person: personFrom(first), rows: present(rows), outcome: first.outcome ?? undefined };
}

export async function loadRows(query: Query, customerIds: readonly string[]): Promise<readonly Row[]> {
  const rows = await query.query<StoredRow>(
    `select ${columns}, null as outcome from cart.cart c where c.customer_id = any($1::uuid[]) order by c.customer_id`,
    [list(customerIds)],
    'cart.load-rows',
  );
  return present(rows);
}

/** What the first answer to this key said. */
export async function findOutcome(
  query: Query,
  customerIds: readonly string[],
  key: string,
): Promise<Outcome | undefined> {
  const [row] = await query.query<{ outcome: Outcome }>(
    'select outcome from cart.operation where customer_id = any($1::uuid[]) and key = $2 limit 1',
    [list(customerIds), key],
    'cart.outcome',
  );
  return row?.outcome;
}

const present = (rows: readonly StoredRow[]): Row[] =>
  rows.flatMap((row) => (row.customerId === null ? [] : [rowOf({ ...row, customerId: row.customerId })]));

/** The same, and nobody else changes them before the transaction ends. */
export async function lockRows(tx: Tx, customerIds: readonly string[]): Promise<readonly Row[]> {
  return present(
    await tx.query<StoredRow>(
      `select ${columns}, null as outcome from cart.cart c where c.customer_id = any($1::uuid[]) order by c.customer_id for no key update`,
      [list(customerIds)],
      'cart.lock',
    ),
  );
}

const lockPersonSql = `with person as materialized (${personIn(1)}),
  mine as materialized (select ${columns} from cart.cart c
    where c.customer_id = any ((select ids from person)::uuid[]) order by c.customer_id for no key update)
  select p.ids, p.told, m.*, null as outcome from person p left join mine m on true order by m."customerId"`;

/** The person with the rows of all her ids, and nobody else changes those before the transaction ends. */
export async function lockPerson(tx: Tx, customerId: string): Promise<LoadedPerson | undefined> {
  const rows = await tx.query<StoredRow & { ids: string[]; told: unknown }>(
    lockPersonSql,
    [customerId],
    'cart.lock-person',
  );
  const [first] = rows;
  return first && { person: personFrom(first), rows: present(rows), outcome: undefined };
}

/** What is kept of an operation beside the rows. */
export interface Note {
  readonly customerId: string;
  readonly key: string;
  readonly channel: Channel;
  readonly by: { readonly kind: string; readonly id: string | null };
  readonly ops: readonly Op[];
  readonly outcome: Outcome;
  readonly at: Date;
  /** When to look whether the cart lies idle. */
  readonly checkAt: Date;
}

// $1 customer, $2 lines, $3 count, $4 coupons, $5 channel, $6 at, $7 check at, $8 key, $9 version of the cart,
// $10 by kind, $11 by id, $12 ops, $13 outcome, $14… the fact, $20 version of the row before, or the cart's id.
const noted = `noted as (insert into cart.operation (customer_id, key, version, at, channel, by_kind, by_id, ops, outcome)
    select $1::uuid, $8, $9::int, $6::timestamptz, $5, $10, $11::uuid, $12::json, $13::json from changed),
  told as (${appendIn(14, 'changed')})
  select from changed`;
const updateSql = `with changed as (
    update cart.cart set lines = $2::json, line_count = $3::int, coupons = $4::text[], channel = $5, changed_at = $6::timestamptz,
      version = version + 1, check_at = case when $3::int > 0 then coalesce(check_at, $7::timestamptz) end
     where customer_id = $1::uuid and version = $20::int returning 1),
  ${noted}`;
const insertSql = `with changed as (
    insert into cart.cart (customer_id, id, version, lines, line_count, coupons, channel, changed_at, check_at)
    values ($1::uuid, $20::uuid, 1, $2::json, $3::int, $4::text[], $5, $6::timestamptz, case when $3::int > 0 then $7::timestamptz end)
    on conflict (customer_id) do nothing returning 1),
  ${noted}`;

/**
 * Writes a change of one row with its operation and its fact: one statement, which is its own transaction, so nothing
 * can be half done. False when somebody was quicker with this row or this key; nothing is written then.
 */
export async function writeOne(db: Db, row: Row, note: Note, told: NewEvent): Promise<boolean> {
  const isNew = row.version === 1;
  const written = await quickest(() =>
    db.query(
      isNew ? insertSql : updateSql,
      [
        row.customerId,
        linesText(row),
        row.lines.length,
        row.coupons,
        note.channel,
        note.at,
        note.checkAt,
        note.key,
        note.outcome.version,
        note.by.kind,
        note.by.id,
        JSON.stringify(note.ops),
        JSON.stringify(note.outcome),
        ...appendInValues(told),
        isNew ? row.id : row.version - 1,
      ],
      isNew ? 'cart.insert' : 'cart.update',
    ),
  );
  if (written.length === 0) return false;
  ringLog(db);
  return true;
}

/** No rows when another process was quicker with the same key. */
async function quickest<Rows extends readonly unknown[]>(write: () => Promise<Rows>): Promise<Rows | readonly []> {
  try {
    return await write();
  } catch (error) {
    if (sqlState(error) === '23505') return [];
    throw error;
  }
}

/** Keeps that an operation changed nothing, so that the same key changes nothing later either. False when it is there. */
export async function noteOperation(query: Query, note: Note): Promise<boolean> {
  const rows = await query.query(
    `insert into cart.operation (customer_id, key, version, at, channel, by_kind, by_id, ops, outcome)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1`,
    [
      note.customerId,
      note.key,
      note.outcome.version,
      note.at,
      note.channel,
      note.by.kind,
      note.by.id,
      JSON.stringify(note.ops),
      JSON.stringify(note.outcome),
    ],
    'cart.note',
  );
  return rows.length === 1;
}

/** Writes changed rows that the transaction has locked, or new ones; throws a unique clash, for `retry`, when a new one is there by now. */
export async function writeRows(
  tx: Tx,
  rows: readonly Row[],
  at: { readonly channel: Channel; readonly now: Date; readonly checkAt: Date },
): Promise<void> {
  const fresh = rows.filter((row) => row.version === 1);
  const known = rows.filter((row) => row.version > 1);
  if (known.length > 0) await tx.query(updateRows(1), rowsValues(known, at), 'cart.update-rows');
  if (fresh.length > 0)
    await tx.query(
      `insert into cart.cart (customer_id, id, version, lines, line_count, coupons, channel, changed_at, check_at)
       select u.customer_id, u.id, u.version, u.lines, u.line_count, ${couponsOfRow}, $7, $8::timestamptz,
         case when u.line_count > 0 then $9::timestamptz end from ${givenRows(1)}`,
      rowsValues(fresh, at),
      'cart.insert-rows',
    );
}

interface WrittenAt {
  readonly channel: Channel;
  readonly now: Date;
  readonly checkAt: Date;
}

const rowsValues = (some: readonly Row[], at: WrittenAt): unknown[] => [
  some.map((row) => row.customerId),
  some.map((row) => row.id),
  some.map((row) => row.version),
  some.map(linesText),
  some.map((row) => row.lines.length),
  some.map((row) => JSON.stringify(row.coupons)),
  at.channel,
  at.now,
  at.checkAt,
];
// Behind a select the planner sees no lengths, so it keeps one plan.
const givenRows = (
  at: number,
): string => `unnest((select $${at}::uuid[]), (select $${at + 1}::uuid[]), (select $${at + 2}::int[]),
    (select $${at + 3}::json[]), (select $${at + 4}::int[]), (select $${at + 5}::jsonb[])) as u (customer_id, id, version, lines, line_count, coupons)`;
const couponsOfRow = 'array(select jsonb_array_elements_text(u.coupons))';
const updateRows = (
  at: number,
): string => `update cart.cart c set version = u.version, lines = u.lines, line_count = u.line_count, coupons = ${couponsOfRow},
    channel = $${at + 6}, changed_at = $${at + 7}::timestamptz, check_at = case when u.line_count > 0 then coalesce(c.check_at, $${at + 8}::timestamptz) end
  from ${givenRows(at)} where c.customer_id = u.customer_id and c.id = u.id`;

/** Changed rows that the transaction has locked, as one part of the `with` of the caller's own statement. */
export const rowsAlong = (
  rows: readonly Row[],
  at: WrittenAt,
): { readonly text: (at: number) => string; readonly values: readonly unknown[] } => ({
  text: (first) => `cart_rows as (${updateRows(first)})`,
  values: rowsValues(rows, at),
});

export interface Setting extends Limits {
  readonly idleMinutes: number;
  readonly timeZone: string;
}

export async function readSetting(query: Query): Promise<Setting> {
  const [row] = await query.query<Setting>(
    `select idle_minutes as "idleMinutes", most_pieces as "mostPieces", most_grams as "mostGrams", time_zone as "timeZone" from cart.setting`,
    [],
    'cart.setting',
  );
  if (row === undefined) throw new Error('the settings of the cart are missing');
  return row;
}

export const writeSetting = (
  query: Query,
  change: { readonly [Key in keyof Setting]?: Setting[Key] | undefined },
): Promise<unknown> =>
  query.query(
    `update cart.setting set idle_minutes = coalesce($1, idle_minutes), most_pieces = coalesce($2, most_pieces),
       most_grams = coalesce($3, most_grams), time_zone = coalesce($4, time_zone)`,
    [change.idleMinutes ?? null, change.mostPieces ?? null, change.mostGrams ?? null, change.timeZone ?? null],
  );

/** Lifts the versions of rows that the transaction has locked. */
export const raiseVersions = (
  tx: Tx,
  lifts: readonly { readonly customerId: string; readonly by: number }[],
): Promise<unknown> =>
  tx.query(
    `update cart.cart c set version = c.version + u.lift from unnest($1::uuid[], $2::int[]) as u (customer_id, lift)
      where c.customer_id = u.customer_id`,
    [lifts.map((lift) => lift.customerId), lifts.map((lift) => lift.by)],
  );

export interface IdleRow extends Row {
  readonly channel: Channel;
  readonly changedAt: Date;
  readonly idleVersion: number | null;
}

/** Customer ids whose rows are due to be looked at, locked; those that another worker looks at are left to it. */
export const dueCarts = async (tx: Tx, now: Date, limit: number): Promise<string[]> =>
  (
    await tx.query<{ id: string }>(
      `select customer_id as id from cart.cart where check_at <= $1 order by check_at limit $2 for no key update skip locked`,
      [now, limit],
      'cart.due',
    )
  ).map((row) => row.id);

export async function lockForIdle(tx: Tx, customerIds: readonly string[]): Promise<IdleRow[]> {
  const rows = await tx.query<
    StoredRow & { customerId: string; channel: Channel; changedAt: Date; idleVersion: number | null }
  >(
    `select ${columns}, null as outcome, c.channel, c.changed_at as "changedAt", c.idle_version as "idleVersion"
       from cart.cart c where c.customer_id = any($1::uuid[]) order by c.customer_id for no key update skip locked`,
    [list(customerIds)],
    'cart.lock-idle',
  );
  return rows.map((row) => ({
    ...rowOf(row),
    channel: row.channel,
    changedAt: row.changedAt,
    idleVersion: row.idleVersion,
  }));
}

/** When to look again, and of which version it was told. */
export async function settleIdle(
  tx: Tx,
  settled: readonly {
    readonly customerId: string;
    readonly checkAt: Date | null;
    readonly idleVersion: number | null;
  }[],
): Promise<void> {
  await tx.query(
    `update cart.cart c set check_at = u.check_at, idle_version = coalesce(u.idle_version, c.idle_version)
       from unnest($1::uuid[], $2::timestamptz[], $3::int[]) as u (customer_id, check_at, idle_version) where c.customer_id = u.customer_id`,
    [settled.map((row) => row.customerId), settled.map((row) => row.checkAt), settled.map((row) => row.idleVersion)],
    'cart.settle-idle',
  );
}

const operationDays = 30;

/** Keys are remembered for a month. True when there may be more. */
export async function forgetOperations(query: Query, now: Date): Promise<boolean> {
  const before = new Date(now.getTime() - operationDays * 86_400_000);
  const gone = await query.query(
    `delete from cart.operation where (customer_id, key) in
       (select customer_id, key from cart.operation where at < $1 limit 5000 for update skip locked) returning 1`,
    [before],
  );
  return gone.length === 5_000;
}

export async function eraseCarts(tx: Tx, customerIds: readonly string[]): Promise<void> {
  for (const table of ['cart', 'operation', 'list', 'recent'])
    await tx.query(`delete from cart.${table} where customer_id = any($1::uuid[])`, [customerIds]);
}

/** Everything kept of a person. */
export async function exportCarts(tx: Tx, customerIds: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await tx.query<Record<string, unknown>>(
    `select coalesce((select json_agg(json_build_object('customerId', customer_id, 'cartId', id, 'lines', lines, 'coupons', coupons, 'channel', channel, 'changedAt', changed_at))
              from cart.cart where customer_id = any($1::uuid[])), '[]') as carts,
            coalesce((select json_agg(json_build_object('at', at, 'channel', channel, 'by', by_kind, 'ops', ops, 'version', version) order by at)
              from cart.operation where customer_id = any($1::uuid[])), '[]') as "cartOperations",
            coalesce((select json_agg(json_build_object('kind', l.kind, 'name', l.name, 'createdAt', l.created_at,
                'items', (select json_agg(json_build_object('variantId', i.variant_id, 'addedAt', i.added_at)) from cart.list_item i where i.list_id = l.id)))
              from cart.list l where l.customer_id = any($1::uuid[])), '[]') as lists,
            coalesce((select json_agg(json_build_object('kind', kind, 'value', value, 'at', at) order by at desc)
              from cart.recent where customer_id = any($1::uuid[])), '[]') as recent`,
    [customerIds],
  );
  return row ?? {};
}
