import type { Query } from '@ruslo/platform';
import type { Key, Tariff } from './contract.ts';
import { free, keyColumns, uuids } from './store.ts';

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

/** Sellable quantities by place, in the order of the variants. One row a place: 6,000 rows would take longer to read than to find. */
export async function readFree(query: Query, variantIds: readonly string[]): Promise<Map<string, number[]>> {
  const rows = await query.query<{ placeId: string; parts: string }>(
    `select l.place_id as "placeId", string_agg(k.i || ':' || (${free('l')}), ',') as parts
     from unnest($1::uuid[]) with ordinality as k (v, i) join stock.level l on l.variant_id = k.v
     where ${free('l')} > 0 group by l.place_id`,
    [uuids(variantIds)],
    'stock.free',
  );
  return new Map(
    rows.map(({ placeId, parts }) => {
      const quantities = variantIds.map(() => 0);
      for (const part of parts.split(',')) {
        const colon = part.indexOf(':');
        quantities[Number(part.slice(0, colon)) - 1] = Number(part.slice(colon + 1));
      }
      return [placeId, quantities];
    }),
  );
}

const tariffColumns = `fee_minor as "feeMinor", fee_km_minor as "feeKmMinor", fee_part_minor as "feePartMinor", part_minor as "partMinor",
  km_minor as "kmMinor", hour_minor as "hourMinor", delivery_hours as "deliveryHours", km_per_hour as "kmPerHour",
  transfer_hours as "transferHours", parts_most as "partsMost"`;

export async function readTariff(query: Query): Promise<Tariff | undefined> {
  return (await query.query<Tariff>(`select ${tariffColumns} from stock.tariff`, [], 'stock.tariff'))[0];
}
