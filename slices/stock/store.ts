import type { Tx } from '@ruslo/platform';
import type { Change, Key, MovementKind, Part } from './contract.ts';

/** SQL of the hot paths: reserve, confirm, release, consume, sell, expire. Each begins with the locks of its levels, in key order. */

export const keyColumns = 'variant_id as "variantId", place_id as "placeId"';
export const free = (row: string): string => `${row}.on_hand - ${row}.reserved - ${row}.safety + ${row}.backorder`;

/** What the constraints of a level are about. */
const guarded = (row: string): string =>
  ['on_hand', 'reserved', 'backorder', 'shortage'].map((name) => `${row}.${name}`).join();
const kept = 'backorder = k.backorder, shortage = k.shortage';

export const uuids = (values: readonly string[]): string => `{${values.join()}}`;
const variantsOf = (keys: readonly Key[]): string => uuids(keys.map(({ variantId }) => variantId));
const placesOf = (keys: readonly Key[]): string => uuids(keys.map(({ placeId }) => placeId));
const quantitiesOf = (parts: readonly Part[]): string => `{${parts.map(({ quantity }) => quantity).join()}}`;

export interface Taken extends Part {
  readonly done: boolean;
  readonly free: number | null;
  readonly lowAt: number | null;
}

// The locks wait for whoever was before, and then show the row as that one left it: by those values it is judged whether all
// is there, and from those values alone the new row is made. `l.reserved + q` would be right in the end, too; but Postgres checks
// constraints on the row as the statement's snapshot saw it before it looks for a newer one, and a reservation that was released
// in between would make that look oversold. Proven by 200 buyers at once and by the races of history.pg.test.ts.
const reserveSql = `with want as materialized (select * from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::bigint[])) as w (v, p, q)),
  own as materialized (select r.variant_id, r.place_id, r.until is not null and r.until <= $6 as due
    from stock.reservation r join want w on r.variant_id = w.v and r.place_id = w.p where r.ref = $1 and r.state = 'live'),
  need as materialized (select * from want w where not exists (select from own o where o.variant_id = w.v and o.place_id = w.p and not due)),
  locked as materialized (select l.variant_id, l.place_id, ${free('l')} as free, l.low_at, ${guarded('l')}, n.q
    from stock.level l join need n on l.variant_id = n.v and l.place_id = n.p order by l.variant_id, l.place_id for update of l),
  fit as materialized (select (select count(*) from locked where free >= q) = (select count(*) from need)
    and not exists (select from own where due) as done),
  taken as (update stock.level l set reserved = k.reserved + k.q, on_hand = k.on_hand, ${kept}, changed_at = $6 from locked k, fit
    where fit.done and l.variant_id = k.variant_id and l.place_id = k.place_id),
  kept as (insert into stock.reservation (ref, variant_id, place_id, quantity, until, at)
    select $1, variant_id, place_id, q, $5, $6 from locked, fit where fit.done)
  select n.v as "variantId", n.p as "placeId", n.q as quantity, fit.done, k.free, k.low_at as "lowAt"
  from fit, need n left join locked k on k.variant_id = n.v and k.place_id = n.p order by n.v, n.p`;

/** Reserves all parts or none; rows for what was not reserved under this ref before. Parts have distinct keys. */
export const takeReserved = (
  tx: Tx,
  ref: string,
  parts: readonly Part[],
  until: Date | null,
  now: Date,
): Promise<Taken[]> =>
  tx.query<Taken>(
    reserveSql,
    [ref, variantsOf(parts), placesOf(parts), quantitiesOf(parts), until, now],
    'stock.reserve',
  );

// What a customer holds in her hand is there, so the shelf gives away its safety stock too.
const sellSql = `with want as materialized (select * from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as w (v, p, q)),
  locked as materialized (select l.variant_id, l.place_id, l.on_hand - l.reserved as free, ${free('l')} as before, l.low_at, ${guarded('l')}, w.q
    from stock.level l join want w on l.variant_id = w.v and l.place_id = w.p order by l.variant_id, l.place_id for update of l),
  fit as materialized (select (select count(*) from locked where free >= q) = (select count(*) from want) as done),
  taken as (update stock.level l set on_hand = k.on_hand - k.q, reserved = k.reserved, ${kept}, changed_at = $6 from locked k, fit
    where fit.done and l.variant_id = k.variant_id and l.place_id = k.place_id),
  moved as (insert into stock.movement (variant_id, place_id, kind, quantity, ref, by, at)
    select variant_id, place_id, 'sold', -q, $1, $5, $6 from locked, fit where fit.done)
  select w.v as "variantId", w.p as "placeId", w.q as quantity, fit.done, k.free, k.before, k.low_at as "lowAt"
  from fit, want w left join locked k on k.variant_id = w.v and k.place_id = w.p order by w.v, w.p`;

export const takeSold = (
  tx: Tx,
  ref: string,
  parts: readonly Part[],
  by: string | null,
  now: Date,
): Promise<(Taken & { readonly before: number | null })[]> =>
  tx.query(sellSql, [ref, variantsOf(parts), placesOf(parts), quantitiesOf(parts), by, now], 'stock.sell');

/** Locks the levels of the keys in order, so that nobody changes them or their reservations until the transaction ends. */
export const lockLevels = (tx: Tx, keys: readonly Key[]): Promise<LevelRow[]> =>
  tx.query<LevelRow>(
    `select ${levelColumns} from stock.level l join unnest($1::uuid[], $2::uuid[]) as k (v, p) on l.variant_id = k.v and l.place_id = k.p
     order by l.variant_id, l.place_id for update of l`,
    [variantsOf(keys), placesOf(keys)],
    'stock.lock',
  );

export interface LevelRow extends Key {
  readonly onHand: number;
  readonly reserved: number;
  readonly safety: number;
  readonly backorder: number;
  readonly shortage: number;
  readonly lowAt: number | null;
  readonly excessAt: number | null;
}
export const levelColumns = `variant_id as "variantId", place_id as "placeId", on_hand as "onHand", reserved, safety, backorder,
  shortage, low_at as "lowAt", excess_at as "excessAt"`;

/** Locks the levels at which a ref has live reservations. */
export const lockOf = (tx: Tx, ref: string): Promise<readonly unknown[]> =>
  tx.query(
    `select from stock.level l where (l.variant_id, l.place_id) in
       (select variant_id, place_id from stock.reservation where ref = $1 and state = 'live')
     order by l.variant_id, l.place_id for update of l`,
    [ref],
    'stock.lock-of',
  );

/** What ends, is released or expired: less reserved, and less shortage where it is no longer short. */
const lessReserved = (quantity: string): string => `reserved = l.reserved - ${quantity},
  shortage = least(l.shortage, greatest(0, l.reserved - ${quantity} - l.on_hand - l.backorder))`;
const changed = `returning l.variant_id as "variantId", l.place_id as "placeId"`;

export const releaseAll = (tx: Tx, ref: string, now: Date): Promise<Change[]> =>
  tx.query<Change>(
    `with ended as (update stock.reservation set state = 'released', ended_at = $2 where ref = $1 and state = 'live'
       returning variant_id, place_id, quantity)
     update stock.level l set ${lessReserved('e.quantity')}, changed_at = $2 from ended e
     where l.variant_id = e.variant_id and l.place_id = e.place_id
     ${changed}, ${free('l')} as after, ${free('l')} - e.quantity as before, l.low_at as "lowAt"`,
    [ref, now],
    'stock.release',
  );

/** Begins a statement that ends parts of live reservations of $1 by wants $2, $3, $4 as state $5 at $6: all, or (`fit`) none. */
const endParts = (
  fit: string,
): string => `with want as materialized (select * from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as w (v, p, q)),
  mine as materialized (select r.id, r.variant_id, r.place_id, r.quantity, r.until, r.at, least(w.q, r.quantity) as q
    from stock.reservation r join want w on r.variant_id = w.v and r.place_id = w.p
    where r.ref = $1 and r.state = 'live' ${fit}),
  fit as materialized (select (select count(*) from mine) = (select count(*) from want) as done),
  ended as (update stock.reservation r set state = case when m.q = m.quantity then $5 else 'live' end,
      ended_at = case when m.q = m.quantity then $6::timestamptz end,
      quantity = case when m.q = m.quantity then m.quantity else m.quantity - m.q end
    from mine m, fit where r.id = m.id ${fit === '' ? '' : 'and fit.done'}),
  split as (insert into stock.reservation (ref, variant_id, place_id, quantity, state, until, part_of, at, ended_at)
    select $1, variant_id, place_id, q, $5, until, id, at, $6 from mine, fit where q < quantity ${fit === '' ? '' : 'and fit.done'})`;

export const releaseParts = (tx: Tx, ref: string, parts: readonly Part[], now: Date): Promise<Change[]> =>
  tx.query<Change>(
    `${endParts('')}
     update stock.level l set ${lessReserved('m.q')}, changed_at = $6 from mine m
     where l.variant_id = m.variant_id and l.place_id = m.place_id
     ${changed}, ${free('l')} as after, ${free('l')} - m.q as before, l.low_at as "lowAt"`,
    [ref, variantsOf(parts), placesOf(parts), quantitiesOf(parts), 'released', now],
    'stock.release-parts',
  );

/**
 * Goods leave: reservation and on hand fall together. What the books do not have, though it is in somebody's hand, is
 * first written as found. The levels are locked already. Returns how many parts were consumed: all or 0.
 */
export async function consumeParts(
  tx: Tx,
  ref: string,
  parts: readonly Part[],
  by: string | null,
  now: Date,
): Promise<boolean> {
  const rows = await tx.query(
    `${endParts('and r.quantity >= w.q')},
     gone as (select m.variant_id, m.place_id, m.q, greatest(0, m.q - b.on_hand) as found
       from fit, mine m join stock.level b on b.variant_id = m.variant_id and b.place_id = m.place_id where fit.done),
     level as (update stock.level l set on_hand = l.on_hand + g.found - g.q, reserved = l.reserved - g.q,
         shortage = least(l.shortage, greatest(0, l.reserved - l.on_hand - g.found - l.backorder)), changed_at = $6
       from gone g where l.variant_id = g.variant_id and l.place_id = g.place_id),
     moved as (insert into stock.movement (variant_id, place_id, kind, quantity, ref, by, at)
       select variant_id, place_id, kind, quantity, $1, $7, $6 from (
         select variant_id, place_id, 'found', found from gone where found > 0
         union all select variant_id, place_id, 'sold', -q from gone) as move (variant_id, place_id, kind, quantity))
     select from fit where done`,
    [ref, variantsOf(parts), placesOf(parts), quantitiesOf(parts), 'consumed', now, by],
    'stock.consume',
  );
  return rows.length > 0;
}

const expireTail = `ended as (update stock.reservation r set state = 'expired', ended_at = $3 from due
    where r.id = due.id returning r.variant_id, r.place_id, r.quantity),
  freed as (select variant_id, place_id, sum(quantity)::bigint as quantity from ended group by variant_id, place_id)
  update stock.level l set ${lessReserved('f.quantity')}, changed_at = $3 from freed f
  where l.variant_id = f.variant_id and l.place_id = f.place_id
  ${changed}, ${free('l')} as after, ${free('l')} - f.quantity as before, l.low_at as "lowAt"`;

/** Ends what is due at these keys, whose levels are locked. Rows that somebody is confirming just now are passed over. */
export const expireAt = (tx: Tx, keys: readonly Key[], now: Date): Promise<Change[]> =>
  tx.query<Change>(
    `with due as materialized (select r.id from stock.reservation r join unnest($1::uuid[], $2::uuid[]) as k (v, p)
         on r.variant_id = k.v and r.place_id = k.p where r.state = 'live' and r.until <= $3 for update of r skip locked),
       ${expireTail}`,
    [variantsOf(keys), placesOf(keys), now],
    'stock.expire-at',
  );

/** Locks levels at which something is due, at most `limit` reservations' worth, passing over those that others hold. */
export const lockDue = (tx: Tx, now: Date, limit: number): Promise<Key[]> =>
  tx.query<Key>(
    `select ${keyColumns} from stock.level l where (l.variant_id, l.place_id) in (select variant_id, place_id
       from stock.reservation where state = 'live' and until <= $1 order by until limit $2)
     order by l.variant_id, l.place_id for update of l skip locked`,
    [now, limit],
    'stock.lock-due',
  );

export interface Unheld extends Part {
  readonly state: 'live' | 'expired';
}

/**
 * Lets the live reservations of a ref hold without end. Returns what does not hold: expired, or (`live`) ended by
 * somebody in this very moment, which a second look tells apart. The newest whole row of a key counts.
 */
export const holdOn = (tx: Tx, ref: string): Promise<Unheld[]> =>
  tx.query<Unheld>(
    `with held as (update stock.reservation set until = null where ref = $1 and state = 'live' returning variant_id, place_id)
     select variant_id as "variantId", place_id as "placeId", quantity, state from (
       select distinct on (variant_id, place_id) variant_id, place_id, quantity, state from stock.reservation
       where ref = $1 and part_of is null order by variant_id, place_id, id desc) as last
     where state in ('live', 'expired')
       and not exists (select from held h where h.variant_id = last.variant_id and h.place_id = last.place_id)`,
    [ref],
    'stock.confirm',
  );

/** Remembers a deed; false when it was done before. */
export async function once(tx: Tx, key: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    'insert into stock.deed (key, at) values ($1, $2) on conflict do nothing returning key',
    [key, now],
    'stock.once',
  );
  return rows.length > 0;
}

/** Makes sure that there is a level for each of these keys. */
export const ensureLevels = (tx: Tx, keys: readonly Key[], now: Date): Promise<unknown> =>
  tx.query(
    `insert into stock.level (variant_id, place_id, changed_at)
     select v, p, $3 from unnest($1::uuid[], $2::uuid[]) as k (v, p) order by v, p on conflict do nothing`,
    [variantsOf(keys), placesOf(keys), now],
    'stock.ensure',
  );

export interface Why {
  readonly kind: MovementKind;
  readonly ref: string | null;
  readonly by: string | null;
  readonly why: string | null;
  readonly now: Date;
}

/** Writes movements and what they make of their levels, which are locked. `both` = a second movement takes it away again. */
export const writeShift = (tx: Tx, parts: readonly Part[], from: Why): Promise<unknown> =>
  tx.query(
    `with part as materialized (select * from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as w (v, p, q)),
     moved as (insert into stock.movement (variant_id, place_id, kind, quantity, ref, by, why, at)
       select v, p, $4, q, $5, $6, $7, $8 from part)
     update stock.level l set on_hand = l.on_hand + w.q, changed_at = $8,
       shortage = greatest(0, l.reserved - l.on_hand - w.q - l.backorder)
     from part w where l.variant_id = w.v and l.place_id = w.p`,
    [variantsOf(parts), placesOf(parts), quantitiesOf(parts), from.kind, from.ref, from.by, from.why, from.now],
    'stock.shift',
  );

/** Goods that came back broken: they come and go, and the level does not change. */
export const writeDamaged = (tx: Tx, parts: readonly Part[], from: Why): Promise<unknown> =>
  tx.query(
    `insert into stock.movement (variant_id, place_id, kind, quantity, ref, by, why, at)
     select v, p, kind, q * sign, $4, $5, $6, $7 from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as w (v, p, q),
       (values ('returned', 1), ('written-off', -1)) as k (kind, sign) order by v, p, sign desc`,
    [variantsOf(parts), placesOf(parts), quantitiesOf(parts), from.ref, from.by, from.why, from.now],
    'stock.damaged',
  );

export const writeSettings = (
  tx: Tx,
  rows: readonly (Key & {
    readonly safety: number;
    readonly backorder: number;
    readonly lowAt: number | null;
    readonly excessAt: number | null;
  })[],
  now: Date,
): Promise<unknown> =>
  tx.query(
    `update stock.level l set safety = s.safety, backorder = s.backorder, low_at = s.low_at, excess_at = s.excess_at, changed_at = $7,
       shortage = greatest(0, l.reserved - l.on_hand - s.backorder)
     from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
       as s (v, p, safety, backorder, low_at, excess_at)
     where l.variant_id = s.v and l.place_id = s.p`,
    [
      variantsOf(rows),
      placesOf(rows),
      rows.map(({ safety }) => safety),
      rows.map(({ backorder }) => backorder),
      rows.map(({ lowAt }) => lowAt),
      rows.map(({ excessAt }) => excessAt),
      now,
    ],
    'stock.settings',
  );
