import { placesVersionIn } from '@ruslo/place';
import type { Query, Tx } from '@ruslo/platform';
import type { Key, MovementKind, Tariff } from './contract.ts';
import { free, keyColumns, levelColumns, uuids } from './store.ts';
import type { LevelRow } from './store.ts';

/** What is read of stock without changing it. */

export interface Sellable extends Key {
  readonly free: number;
}
export const readSellable = (
  query: Query,
  variantIds: readonly string[],
  closed: readonly string[],
): Promise<Sellable[]> =>
  query.query<Sellable>(
    `select ${keyColumns}, ${free('l')} as free from stock.level l
     where variant_id = any($1::uuid[]) and place_id <> all($2::uuid[]) and ${free('l')} > 0`,
    [uuids(variantIds), uuids(closed)],
    'stock.sellable',
  );

const tariffColumns = `fee_minor as "feeMinor", fee_km_minor as "feeKmMinor", fee_part_minor as "feePartMinor", part_minor as "partMinor",
  km_minor as "kmMinor", hour_minor as "hourMinor", delivery_hours as "deliveryHours", km_per_hour as "kmPerHour",
  transfer_hours as "transferHours", parts_most as "partsMost"`;

export interface Free {
  /** By place: sellable quantities in the order of the variants. */
  readonly byPlace: ReadonlyMap<string, readonly number[]>;
  /** Undefined when nobody set one. */
  readonly tariff: Tariff | undefined;
  /** Of the places; undefined when nothing is free anywhere. */
  readonly placesVersion: string | undefined;
}

/** What a promise reads, in one query. One row a place: 6,000 rows would take longer to read than to find. The first has the tariff. */
export async function readFree(query: Query, variantIds: readonly string[]): Promise<Free> {
  const rows = await query.query<{
    placeId: string;
    parts: string;
    tariff: Tariff | null;
    version: string;
  }>(
    `select place_id as "placeId", parts, (${placesVersionIn}) as version,
       case when row_number() over () = 1 then (select to_jsonb(t) from (select ${tariffColumns} from stock.tariff) t) end as tariff
     from (select l.place_id, string_agg(k.i || ':' || (${free('l')}), ',') as parts
       from unnest((select $1::uuid[])::uuid[]) with ordinality as k (v, i) join stock.level l on l.variant_id = k.v
       where ${free('l')} > 0 group by l.place_id) as place`,
    [uuids(variantIds)],
    'stock.free',
  );
  const byPlace = rows.map(({ placeId, parts }): [string, number[]] => {
    const quantities = variantIds.map(() => 0);
    for (const part of parts.split(',')) {
      const colon = part.indexOf(':');
      quantities[Number(part.slice(0, colon)) - 1] = Number(part.slice(colon + 1));
    }
    return [placeId, quantities];
  });
  return { byPlace: new Map(byPlace), tariff: rows[0]?.tariff ?? undefined, placesVersion: rows[0]?.version };
}

export async function readTariff(query: Query): Promise<Tariff | undefined> {
  return (await query.query<Tariff>(`select ${tariffColumns} from stock.tariff`, [], 'stock.tariff'))[0];
}

export async function writeTariff(tx: Tx, tariff: Tariff): Promise<void> {
  await tx.query(
    `insert into stock.tariff (fee_minor, fee_km_minor, fee_part_minor, part_minor, km_minor, hour_minor, delivery_hours, km_per_hour,
       transfer_hours, parts_most) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (one) do update set fee_minor = $1, fee_km_minor = $2, fee_part_minor = $3, part_minor = $4, km_minor = $5,
       hour_minor = $6, delivery_hours = $7, km_per_hour = $8, transfer_hours = $9, parts_most = $10`,
    [
      tariff.feeMinor,
      tariff.feeKmMinor,
      tariff.feePartMinor,
      tariff.partMinor,
      tariff.kmMinor,
      tariff.hourMinor,
      tariff.deliveryHours,
      tariff.kmPerHour,
      tariff.transferHours,
      tariff.partsMost,
    ],
  );
}

/** Conditions that are given, with their values in order. */
function conditions(given: readonly (readonly [sql: string, value: unknown])[]): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const parts = given
    .filter(([, value]) => value !== undefined)
    .map(([sql, value]) => {
      if (!sql.includes('?')) return sql;
      const list = Array.isArray(value) ? value : [value];
      return sql.replaceAll('?', () => `$${values.push(list.shift())}`);
    });
  return { sql: parts.length === 0 ? 'true' : parts.join(' and '), values };
}
const flag = (wanted: boolean | undefined): true | undefined => (wanted === true ? true : undefined);

export interface LevelFilter {
  readonly variantId?: string | undefined;
  readonly placeId?: string | undefined;
  readonly low?: boolean | undefined;
  readonly excess?: boolean | undefined;
  readonly short?: boolean | undefined;
  readonly after?: Key | undefined;
  readonly limit: number;
}

export const readLevels = (query: Query, filter: LevelFilter): Promise<(LevelRow & { readonly changedAt: Date })[]> => {
  const { sql, values } = conditions([
    ['variant_id = ?', filter.variantId],
    ['place_id = ?', filter.placeId],
    ['low', flag(filter.low)],
    ['excess', flag(filter.excess)],
    ['shortage > 0', flag(filter.short)],
    [
      '(variant_id, place_id) > (?, ?)',
      filter.after === undefined ? undefined : [filter.after.variantId, filter.after.placeId],
    ],
  ]);
  return query.query(
    `select ${levelColumns}, changed_at as "changedAt" from stock.level where ${sql}
     order by variant_id, place_id limit ${Math.trunc(filter.limit)}`,
    values,
  );
};

export interface MovementRow extends Key {
  readonly id: number;
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly ref: string | null;
  readonly by: string | null;
  readonly why: string | null;
  readonly at: Date;
}
export const readMovements = (
  query: Query,
  filter: {
    readonly variantId?: string | undefined;
    readonly placeId?: string | undefined;
    readonly ref?: string | undefined;
    readonly kind?: string | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  },
): Promise<MovementRow[]> => {
  const { sql, values } = conditions([
    ['variant_id = ?', filter.variantId],
    ['place_id = ?', filter.placeId],
    ['ref = ?', filter.ref],
    ['kind = ?', filter.kind],
    ['id < ?', filter.before],
  ]);
  return query.query(
    `select id, ${keyColumns}, kind, quantity, ref, by, why, at from stock.movement where ${sql}
     order by id desc limit ${Math.trunc(filter.limit)}`,
    values,
  );
};

export interface ReservationRow extends Key {
  readonly id: number;
  readonly ref: string;
  readonly quantity: number;
  readonly state: 'live' | 'consumed' | 'released' | 'expired';
  readonly until: Date | null;
  readonly at: Date;
  readonly endedAt: Date | null;
}
/** Of a ref everything; else only what is live, of which there are never very many. */
export const readReservations = (
  query: Query,
  filter: {
    readonly variantId?: string | undefined;
    readonly placeId?: string | undefined;
    readonly ref?: string | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  },
): Promise<ReservationRow[]> => {
  const { sql, values } = conditions([
    ['variant_id = ?', filter.variantId],
    ['place_id = ?', filter.placeId],
    ['ref = ?', filter.ref],
    [`state = 'live'`, filter.ref === undefined ? true : undefined],
    ['id < ?', filter.before],
  ]);
  return query.query(
    `select id, ref, ${keyColumns}, quantity, state, until, at, ended_at as "endedAt" from stock.reservation where ${sql}
     order by id desc limit ${Math.trunc(filter.limit)}`,
    values,
  );
};

export interface Difference extends Key {
  readonly onHand: number;
  readonly moved: number;
  readonly reserved: number;
  readonly live: number;
}
/** Levels that are not the sum of their movements, or whose reserved is not the sum of the live reservations. None, if all is well. */
export const proveStock = (query: Query): Promise<Difference[]> =>
  query.query<Difference>(
    `select variant_id as "variantId", place_id as "placeId", coalesce(on_hand, 0) as "onHand", coalesce(moved, 0) as moved,
       coalesce(reserved, 0) as reserved, coalesce(live, 0) as live
     from stock.level
     full join (select variant_id, place_id, sum(quantity)::bigint as moved from stock.movement group by variant_id, place_id) m
       using (variant_id, place_id)
     full join (select variant_id, place_id, sum(quantity)::bigint as live from stock.reservation where state = 'live'
       group by variant_id, place_id) r using (variant_id, place_id)
     where coalesce(on_hand, 0) <> coalesce(moved, 0) or coalesce(reserved, 0) <> coalesce(live, 0)
     order by 1, 2 limit 1000`,
  );
