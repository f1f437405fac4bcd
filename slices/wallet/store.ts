import { newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import type { Holder, PurseKind } from './contract.ts';
import type { Lot, Move } from './rules.ts';

/**
 * The ledger's SQL. Who changes a purse locks its lots first, in the order of their ids, and then the holds: so nobody
 * waits in a circle, and what is read after the lock is what will be written over.
 */

export type Account = 'issued' | 'spent' | 'expired' | 'clawed-back' | 'refunded' | 'adjusted' | 'erased';
export type What =
  | 'earned'
  | 'spent'
  | 'returned'
  | 'clawed-back'
  | 'expired'
  | 'repaid'
  | 'activated'
  | 'refunded'
  | 'adjusted'
  | 'erased';

interface LotRow extends Lot {
  /** Of holds that have expired and were not ended yet; in a locked reading only a hint. */
  readonly stale: number;
  readonly cardState?: 'new' | 'active' | 'blocked';
}

const columnsAt = (
  now: string,
): string => `lot.id, lot.customer_id as "customerId", lot.amount, lot.remaining, lot.held, lot.available_at as "availableAt",
  lot.expires_at as "expiresAt", lot.ref, lot.created_at as "createdAt",
  case when lot.held = 0 then 0 else (select coalesce(sum(part.amount), 0)::bigint from wallet.part join wallet.hold on hold.id = part.hold_id
    where part.lot_id = lot.id and hold.ended_at is null and hold.until <= (select ${now}::timestamptz)) end as stale`;
const lotColumns = columnsAt('$1');

// Behind a select the planner sees no values, so it keeps one plan; else it plans anew each time (0.25 ms for a reading of 0.04).
const ofPurse = `lot.customer_id = any ((select $2::uuid[])::uuid[]) and lot.kind = (select $3::text) and lot.remaining <> 0`;

/** Of a reading as JSON, where moments are texts. */
interface LotText extends Omit<LotRow, 'availableAt' | 'expiresAt' | 'createdAt'> {
  readonly availableAt: string;
  readonly expiresAt: string | null;
  readonly createdAt: string;
}

/**
 * The points of a person as part of the caller's own statement: a `select` of one JSON array, for what is asked so often
 * that a statement of its own is felt. Moment and ids (`uuid[]`) are the given expressions; `lotsFrom` reads it.
 * @param lock locks them as `lockLots` does
 */
export const lotsIn = (now: string, customerIds: string, lock: boolean): string =>
  `with purse as materialized (select ${columnsAt(now)} from wallet.lot
     where lot.customer_id = any (${customerIds}) and lot.kind = 'points' and lot.remaining <> 0 ${lock ? 'order by lot.id for update of lot' : ''})
   select coalesce(jsonb_agg(to_jsonb(purse)), '[]') from purse`;

/** @param lockedBy the transaction that has locked them: a hold that follows need not read them once more */
export function lotsFrom(
  texts: unknown,
  lockedBy?: { readonly tx: Tx; readonly customerIds: readonly string[] },
): Lot[] {
  const rows = (texts as readonly LotText[]).map((text): LotRow => ({
    ...text,
    availableAt: new Date(text.availableAt),
    expiresAt: text.expiresAt === null ? null : new Date(text.expiresAt),
    createdAt: new Date(text.createdAt),
  }));
  if (lockedBy !== undefined && !rows.some((row) => row.stale > 0))
    lockedIn.set(lockedBy.tx, { owners: lockedBy.customerIds.join(), rows });
  return free(rows);
}

/** Points that a transaction has locked and not changed since. */
const lockedIn = new WeakMap<Tx, { readonly owners: string; readonly rows: readonly LotRow[] }>();

const free = (rows: readonly LotRow[]): Lot[] =>
  rows.map((row) => (row.stale === 0 ? row : { ...row, held: row.held - row.stale }));

/** The purse as it stands at `now`, without locks: expired holds count as free. */
export async function readLots(
  query: Query,
  customerIds: readonly string[],
  kind: PurseKind,
  now: Date,
): Promise<Lot[]> {
  const rows = await query.query<LotRow>(
    `select ${lotColumns} from wallet.lot where ${ofPurse}`,
    [now, customerIds, kind],
    'wallet.lots',
  );
  return free(rows);
}

/** The lots of a card, in the same way. */
export async function readCardLots(query: Query, cardId: string, now: Date): Promise<Lot[]> {
  const rows = await query.query<LotRow>(
    `select ${lotColumns} from wallet.lot where card_id = $2 and remaining <> 0`,
    [now, cardId],
    'wallet.card-lots',
  );
  return free(rows);
}

const lockPurse = `select ${lotColumns} from wallet.lot
  where ${ofPurse} order by lot.id for update of lot`;
const lockCard = `select ${lotColumns}, card.state as "cardState" from wallet.lot join wallet.card on card.id = lot.card_id
  where lot.card_id = $2 order by lot.id for update of lot, card`;

/** Locks and reads the lots of a purse. Holds that have expired are ended when they are met. */
export async function lockLots(tx: Tx, holder: Holder, now: Date): Promise<readonly LotRow[]> {
  const locked = lockedIn.get(tx);
  if (holder.kind === 'points' && locked?.owners === holder.customerIds.join()) return locked.rows;
  const lock = (): Promise<LotRow[]> =>
    holder.kind === 'gift'
      ? tx.query<LotRow>(lockCard, [now, holder.cardId], 'wallet.lock-card')
      : tx.query<LotRow>(lockPurse, [now, holder.customerIds, holder.kind], 'wallet.lock-purse');
  const rows = await lock();
  if (!rows.some((row) => row.stale > 0)) return rows;
  await endHolds(tx, { lotIds: rows.filter((row) => row.held > 0).map((row) => row.id) }, now);
  return lock();
}

// A hold may lie on lots of several owners' ids; all its lots are locked before it is ended.
const endWhich = {
  ref: `hold.ref = $1`,
  lots: `hold.until <= $2 and hold.id in (select hold_id from wallet.part where lot_id = any($1::uuid[]))`,
  ids: `hold.until <= $2 and hold.id = any($1::uuid[])`,
};
const endSql = (which: string): string => `with locked as (
    select id from wallet.lot where id in (select part.lot_id from wallet.part join wallet.hold on hold.id = part.hold_id
      where hold.ended_at is null and ${which}) order by id for update),
  ended as (
    update wallet.hold set ended_at = $2, outcome = case when until <= $2 then 'expired' else 'released' end
    where ended_at is null and ${which} and (select count(*) from locked) >= 0 returning id),
  freed as (
    select part.lot_id, sum(part.amount) as amount from wallet.part join ended on ended.id = part.hold_id group by part.lot_id)
  update wallet.lot set held = held - freed.amount from freed where lot.id = freed.lot_id`;

/** Ends holds that have expired, or all live ones of a ref, and frees their lots. */
export async function endHolds(
  tx: Tx,
  which: { readonly ref: string } | { readonly lotIds: readonly string[] } | { readonly ids: readonly string[] },
  now: Date,
): Promise<void> {
  lockedIn.delete(tx);
  if ('ref' in which) await tx.query(endSql(endWhich.ref), [which.ref, now], 'wallet.end-ref');
  else if ('ids' in which) await tx.query(endSql(endWhich.ids), [which.ids, now], 'wallet.end-ids');
  else await tx.query(endSql(endWhich.lots), [which.lotIds, now], 'wallet.end-lots');
}

export interface NewTransfer {
  readonly id: string;
  readonly key: string;
  readonly what: What;
  readonly reason?: string;
  readonly ref: string | null;
  readonly at: Date;
  readonly answer?: unknown;
}
export interface NewEntry {
  readonly transferId: string;
  readonly from: { readonly account: Account } | { readonly lot: string };
  readonly to: { readonly account: Account } | { readonly lot: string };
  readonly amount: number;
}
/** Begins with what its first entry brings. */
export interface NewLot {
  readonly id: string;
  readonly transferId: string;
  readonly kind: PurseKind;
  readonly customerId: string | null;
  readonly cardId: string | null;
  /** Below zero: a debt. */
  readonly amount: number;
  readonly availableAt: Date;
  readonly expiresAt: Date | null;
  readonly ref: string | null;
  readonly ofLot?: string | null;
  readonly now: Date;
}

// A lot of this statement is not seen by its update, and has its first entry in it already.
const postSql = `with t as (
    insert into wallet.transfer (id, key, what, reason, ref, at, answer)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[])
    on conflict (key) do nothing returning id),
  l as (
    insert into wallet.lot (id, kind, customer_id, card_id, amount, remaining, available_at, expires_at, ref, of_lot, begun, created_at)
    select u.id, u.kind, u.customer_id, u.card_id, u.amount, u.amount, u.available_at, u.expires_at, u.ref, u.of_lot,
      u.available_at <= u.at, u.at
    from unnest($8::uuid[], $9::uuid[], $10::text[], $11::uuid[], $12::uuid[], $13::bigint[], $14::timestamptz[], $15::timestamptz[],
      $16::text[], $17::uuid[], $18::timestamptz[])
      as u (id, transfer_id, kind, customer_id, card_id, amount, available_at, expires_at, ref, of_lot, at)
    join t on t.id = u.transfer_id),
  e as (
    insert into wallet.entry (transfer_id, no, from_account, from_lot, to_account, to_lot, amount)
    select u.transfer_id, u.no, u.from_account, u.from_lot, u.to_account, u.to_lot, u.amount
    from unnest($19::uuid[], $20::int[], $21::text[], $22::uuid[], $23::text[], $24::uuid[], $25::bigint[])
      as u (transfer_id, no, from_account, from_lot, to_account, to_lot, amount)
    join t on t.id = u.transfer_id returning from_lot, to_lot, amount),
  d as (
    select lot_id, sum(change) as change from (
      select from_lot as lot_id, -amount as change from e where from_lot is not null
      union all select to_lot, amount from e where to_lot is not null) as side group by lot_id),
  m as (update wallet.lot set remaining = remaining + d.change, closed = closed and remaining + d.change = 0 from d where lot.id = d.lot_id)
  select id from t`;

/**
 * Books transfers with their entries and new lots, and brings the lots to what the entries say, in one statement.
 * Transfers whose key is there already are left out with all that belongs to them.
 * @returns the ids of the transfers that were booked.
 */
export async function post(
  tx: Tx,
  transfers: readonly NewTransfer[],
  entries: readonly NewEntry[],
  lots: readonly NewLot[] = [],
): Promise<Set<string>> {
  if (transfers.length === 0) return new Set();
  lockedIn.delete(tx);
  const account = (side: NewEntry['from']): string | null => ('account' in side ? side.account : null);
  const lot = (side: NewEntry['from']): string | null => ('lot' in side ? side.lot : null);
  const rows = await tx.query<{ id: string }>(
    postSql,
    [
      transfers.map((one) => one.id),
      transfers.map((one) => one.key),
      transfers.map((one) => one.what),
      transfers.map((one) => one.reason ?? ''),
      transfers.map((one) => one.ref),
      transfers.map((one) => one.at),
      transfers.map((one) => (one.answer === undefined ? null : JSON.stringify(one.answer))),
      lots.map((one) => one.id),
      lots.map((one) => one.transferId),
      lots.map((one) => one.kind),
      lots.map((one) => one.customerId),
      lots.map((one) => one.cardId),
      lots.map((one) => one.amount),
      lots.map((one) => one.availableAt),
      lots.map((one) => one.expiresAt),
      lots.map((one) => one.ref),
      lots.map((one) => one.ofLot ?? null),
      lots.map((one) => one.now),
      entries.map((one) => one.transferId),
      entries.map((_, index) => index),
      entries.map((one) => account(one.from)),
      entries.map((one) => lot(one.from)),
      entries.map((one) => account(one.to)),
      entries.map((one) => lot(one.to)),
      entries.map((one) => one.amount),
    ],
    'wallet.post',
  );
  return new Set(rows.map((row) => row.id));
}

/** Repays debts by lots. The lots are locked. */
export async function postMoves(tx: Tx, moves: readonly Move[], now: Date): Promise<void> {
  if (moves.length === 0) return;
  const id = newId();
  await post(
    tx,
    [{ id, key: `repaid:${id}`, what: 'repaid', ref: null, at: now }],
    moves.map((move) => ({
      transferId: id,
      from: { lot: move.fromLot },
      to: { lot: move.toLot },
      amount: move.amount,
    })),
  );
}

export interface NewHold {
  readonly id: string;
  readonly ref: string;
  readonly key: string;
  readonly holder: Holder;
  readonly amount: number;
  readonly until: Date | null;
  readonly now: Date;
  readonly parts: readonly { readonly lotId: string; readonly amount: number }[];
}

/**
 * A hold and its parts over locked lots: parts of a `with`, with parameters from `at` on. `purse_hold` is empty when there
 * is one with this ref and key already.
 */
const holdIn = (at: number): string => `purse_hold as (
    insert into wallet.hold (id, ref, key, kind, customer_id, card_id, amount, until, made_at)
    values ($${at}::uuid, $${at + 1}, $${at + 2}, $${at + 3}, $${at + 4}::uuid, $${at + 5}::uuid, $${at + 6}::bigint, $${at + 7}::timestamptz,
      $${at + 8}::timestamptz) on conflict (ref, key) do nothing returning id),
  purse_part as (
    insert into wallet.part (hold_id, no, lot_id, amount)
    select h.id, u.no, u.lot_id, u.amount
    from purse_hold h, unnest($${at + 9}::uuid[], $${at + 10}::bigint[]) with ordinality as u (lot_id, amount, no)
    returning lot_id, amount),
  purse_lot as (update wallet.lot set held = held + p.amount from purse_part p where lot.id = p.lot_id)`;

const holdValues = ({ holder, ...hold }: NewHold): unknown[] => [
  hold.id,
  hold.ref,
  hold.key,
  holder.kind,
  holder.kind === 'gift' ? null : (holder.customerIds[0] ?? null),
  holder.kind === 'gift' ? holder.cardId : null,
  hold.amount,
  hold.until,
  hold.now,
  hold.parts.map((part) => part.lotId),
  hold.parts.map((part) => part.amount),
];

const insertHoldSql = `with ${holdIn(1)} select id from purse_hold`;

/** Writes a hold and its parts over locked lots. False when there is one with this ref and key already. */
export async function insertHold(tx: Tx, hold: NewHold): Promise<boolean> {
  lockedIn.delete(tx);
  const rows = await tx.query(insertHoldSql, holdValues(hold), 'wallet.insert-hold');
  return rows.length === 1;
}

/** The same as part of the caller's own statement. */
export function holdAlong(
  tx: Tx,
  hold: NewHold,
): { readonly text: (at: number) => string; readonly values: readonly unknown[] } {
  lockedIn.delete(tx);
  return { text: holdIn, values: holdValues(hold) };
}

export async function findHold(query: Query, ref: string, key: string): Promise<string | undefined> {
  const [row] = await query.query<{ id: string }>(
    'select id from wallet.hold where ref = $1 and key = $2',
    [ref, key],
    'wallet.find-hold',
  );
  return row?.id;
}

export interface CapturedHold {
  readonly kind: PurseKind;
  readonly customerId: string | null;
  readonly cardId: string | null;
  readonly amount: number;
}

/**
 * Turns the live holds of a ref into spending. One statement: locks the lots, then judges the holds as they are after
 * the lock. A hold that ended unspent fails the whole, unless a later one of the same purse took its place.
 * The transfer of a hold has the hold's id.
 */
export async function captureHolds(
  tx: Tx,
  ref: string,
  now: Date,
): Promise<{ readonly ended: boolean; readonly captured: readonly CapturedHold[] }> {
  lockedIn.delete(tx);
  const [row] = await tx.query<{ ended: boolean; captured: CapturedHold[] }>(
    `with locked as (
       select id from wallet.lot where id in (select part.lot_id from wallet.part join wallet.hold on hold.id = part.hold_id
         where hold.ref = (select $1::text) and hold.ended_at is null) order by id for update),
     h as (
       select id, kind, customer_id, card_id, amount, until, outcome from wallet.hold
       where ref = (select $1::text) and (select count(*) from locked) >= 0 order by id for update),
     bad as (
       select 1 from h where (outcome in ('released', 'expired') or (outcome is null and until <= (select $2::timestamptz))) and not exists (
         select 1 from h later where later.kind = h.kind and later.card_id is not distinct from h.card_id and later.id > h.id)),
     done as (
       update wallet.hold set ended_at = $2, outcome = 'captured'
       where id in (select id from h where outcome is null and (until is null or until > (select $2::timestamptz))) and not exists (select 1 from bad)
       returning id, kind, customer_id, card_id, amount),
     t as (
       insert into wallet.transfer (id, key, what, ref, at) select id, 'spent:' || id, 'spent', $1, $2::timestamptz from done),
     p as (select part.hold_id, part.no, part.lot_id, part.amount from wallet.part join done on done.id = part.hold_id),
     e as (
       insert into wallet.entry (transfer_id, no, from_lot, to_account, amount) select hold_id, no, lot_id, 'spent', amount from p),
     l as (
       update wallet.lot set remaining = remaining - s.amount, held = held - s.amount
       from (select lot_id, sum(amount) as amount from p group by lot_id) s where lot.id = s.lot_id)
     select exists (select 1 from bad) as ended, coalesce((select jsonb_agg(jsonb_build_object('kind', kind, 'customerId', customer_id,
       'cardId', card_id, 'amount', amount) order by id) from done where amount > 0), '[]') as captured`,
    [ref, now],
    'wallet.capture',
  );
  return row ?? { ended: false, captured: [] };
}

/** What a ref has spent and not got back, by the lot it was spent from, last spent first. Locks those lots. */
export interface SpentLot {
  readonly id: string;
  readonly customerId: string | null;
  readonly expiresAt: Date | null;
  readonly left: number;
}
export async function lockSpent(tx: Tx, ref: string, kind: PurseKind, cardId: string | null): Promise<SpentLot[]> {
  await tx.query(
    `select id from wallet.lot where id in (select entry.from_lot from wallet.transfer join wallet.entry on entry.transfer_id = transfer.id
       where transfer.ref = $1 and entry.to_account = 'spent') order by id for update`,
    [ref],
    'wallet.lock-spent',
  );
  return tx.query<SpentLot>(
    `with side as (
       select coalesce(lot.of_lot, lot.id) as lot_id,
         case when entry.from_lot is null then -entry.amount else entry.amount end as amount,
         case when entry.to_account = 'spent' then transfer.at end as at, case when entry.to_account = 'spent' then entry.no end as no
       from wallet.transfer join wallet.entry on entry.transfer_id = transfer.id
       join wallet.lot on lot.id = coalesce(entry.from_lot, entry.to_lot)
       where transfer.ref = $1 and (entry.to_account = 'spent' or entry.from_account = 'spent')
         and lot.kind = $2 and lot.card_id is not distinct from $3)
     select lot.id, lot.customer_id as "customerId", lot.expires_at as "expiresAt", s.left
     from (select lot_id, sum(amount)::bigint as left, max(at) as at, max(no) as no from side group by lot_id) s
     join wallet.lot on lot.id = s.lot_id where s.left > 0 order by s.at desc, s.no desc, lot.id desc`,
    [ref, kind, cardId],
    'wallet.spent',
  );
}

/** What a ref has earned and not been taken back. */
export async function readEarned(query: Query, ref: string): Promise<number> {
  const [row] = await query.query<{ left: number }>(
    `select coalesce(sum(case when entry.from_account = 'issued' then entry.amount else -entry.amount end), 0)::bigint as left
     from wallet.transfer join wallet.entry on entry.transfer_id = transfer.id
     join wallet.lot on lot.id = coalesce(entry.to_lot, entry.from_lot) and lot.kind = 'points'
     where transfer.ref = $1 and ((transfer.what = 'earned' and entry.from_account = 'issued') or entry.to_account = 'clawed-back')`,
    [ref],
    'wallet.earned-left',
  );
  return row?.left ?? 0;
}

export async function findAnswer<T>(query: Query, key: string): Promise<T | undefined> {
  const [row] = await query.query<{ answer: T }>(
    'select answer from wallet.transfer where key = $1',
    [key],
    'wallet.answer',
  );
  return row?.answer;
}
