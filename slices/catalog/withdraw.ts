import type { House, Query, Tx } from '@ruslo/platform';
import { variantsChanged } from './shelf.ts';
import { markStale } from './store-save.ts';

/** What a feed no longer has. */

/** Variants for sale whose product came from this system, by id: a page after `after`. */
export const variantsOfSource = (
  query: Query,
  source: string,
  after: string | null,
  limit: number,
): Promise<{ id: string; sku: string; title: string }[]> =>
  query.query<{ id: string; sku: string; title: string }>(
    `select v.id, v.sku, v.title from catalog.variant v join catalog.product p on p.id = v.product_id
      where p.source = $1 and v.state = 'active' and ($2::uuid is null or v.id > $2) order by v.id limit $3`,
    [source, after, limit],
  );

/** Takes variants off sale; a product without any is not found any more. Sold by a later feed, they come back. */
export async function withdrawVariants(house: Pick<House, 'live'>, tx: Tx, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await tx.query<{ id: string; productId: string }>(
    `update catalog.variant set state = 'withdrawn' where state = 'active'
        and id in (select id from catalog.variant where id = any($1::uuid[]) order by id for update) returning id, product_id as "productId"`,
    [ids],
  );
  await markStale(tx, rows.map((row) => row.productId)); // prettier-ignore
  await variantsChanged(house, tx, rows.map((row) => row.id)); // prettier-ignore
  return rows.length;
}
