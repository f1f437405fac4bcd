import type { Query } from '@ruslo/platform';

/** The SQL of reading for screens and faces. */

export interface ItemRow {
  readonly id: string;
  readonly title: string;
  readonly brand: string | null;
  readonly categoryId: string | null;
  readonly kind: 'good' | 'service' | 'gift-card';
  readonly image: string | null;
  readonly state: 'active' | 'withdrawn';
  readonly variantIds: readonly string[];
}

/** Products for a list, in no order, with the ids of the variants that are sold. */
export const loadItems = (query: Query, ids: readonly string[]): Promise<ItemRow[]> =>
  query.query<ItemRow>(
    `select p.id, p.title, p.brand, p.category_id as "categoryId", p.kind, p.media->0->>'url' as image, p.state,
            array(select v.id from catalog.variant v where v.product_id = p.id and v.state = 'active' order by v.sort, v.id)::text[] as "variantIds"
       from catalog.product p where p.id = any($1::uuid[])`,
    [ids],
    'catalog.items',
  );

export interface ProductRead {
  readonly id: string;
  readonly code: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string | null;
  readonly kind: 'good' | 'service' | 'gift-card';
  readonly categoryId: string | null;
  readonly path: readonly string[] | null;
  readonly attributes: Record<string, string | number | boolean>;
  readonly media: { url: string; alt: string }[];
  readonly popularity: number;
  readonly state: 'active' | 'withdrawn';
  readonly source: string | null;
  readonly version: number;
}

export async function loadProduct(query: Query, id: string, lock = false): Promise<ProductRead | undefined> {
  const rows = await query.query<ProductRead>(
    `select p.id, p.code, p.title, p.description, p.brand, p.kind, p.category_id as "categoryId", c.path, p.attributes, p.media, p.popularity, p.state, p.source, p.version
       from catalog.product p left join catalog.category c on c.id = p.category_id where p.id = $1 ${lock ? 'for update of p' : ''}`,
    [id],
  );
  return rows[0];
}

export const skusOf = async (query: Query, productId: string): Promise<string[]> =>
  (
    await query.query<{ sku: string }>('select sku from catalog.variant where product_id = $1 order by sort, id', [
      productId,
    ])
  ).map((row) => row.sku);

export interface CategoryRead {
  readonly id: string;
  readonly code: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly sort: number;
  readonly path: string[];
  readonly products: number;
}

export const loadCategories = (query: Query, ids?: readonly string[]): Promise<CategoryRead[]> =>
  query.query<CategoryRead>(
    `select c.id, c.code, c.parent_id as "parentId", c.name, c.sort, c.path::text[] as path, coalesce(f.products, 0) as products
       from catalog.category c left join catalog.facet f on f.key = 'category' and f.value = c.id::text
      where $1::uuid[] is null or c.id = any($1) order by cardinality(c.path), c.sort, c.name, c.id`,
    [ids ?? null],
    'catalog.categories',
  );

export interface ListRead {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly priority: number;
  readonly currency: string;
  readonly channels: string[];
  readonly customerGroups: string[];
  readonly from: Date | null;
  readonly until: Date | null;
  readonly state: 'active' | 'withdrawn';
  readonly entries: number;
}

export const loadPriceLists = (query: Query, id?: string): Promise<ListRead[]> =>
  query.query<ListRead>(
    `select l.id, l.code, l.name, l.priority, l.currency, l.channels, l.customer_groups as "customerGroups", l.from_at as "from", l.until_at as until, l.state,
            (select count(*) from catalog.price e where e.list_id = l.id)::int as entries
       from catalog.price_list l where $1::uuid is null or l.id = $1 order by l.priority desc, l.id`,
    [id ?? null],
  );

export interface EntryRead {
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly priceListId: string;
  readonly from: Date | null;
  readonly until: Date | null;
  readonly priceMinor: number;
  readonly oldPriceMinor: number | null;
  readonly basePriceMinor: number | null;
  readonly key: string;
}

/**
 * Entries of a list, or, without one, all that deviates now or later from the price everywhere.
 * @param after list id, variant id and start of the last one seen
 */
export const loadListEntries = (
  query: Query,
  from: { readonly listId?: string | undefined; readonly variantId?: string | undefined; readonly at: Date; readonly after?: readonly string[] | undefined; readonly limit: number }, // prettier-ignore
): Promise<EntryRead[]> =>
  query.query<EntryRead>(
    `select e.variant_id as "variantId", v.sku, v.title, e.list_id as "priceListId", nullif(e.from_at, '-infinity') as "from", e.until_at as until,
            e.price_minor as "priceMinor", e.old_price_minor as "oldPriceMinor", b.price_minor as "basePriceMinor", e.from_at::text as key
       from catalog.price e join catalog.price_list l on l.id = e.list_id join catalog.variant v on v.id = e.variant_id
       left join lateral (select o.price_minor from catalog.price o join catalog.price_list d on d.id = o.list_id
          where o.variant_id = e.variant_id and d.priority = 0 and o.from_at <= $1 and (o.until_at is null or o.until_at > $1) order by o.from_at desc limit 1) b on true
      where (e.list_id = $2 or ($2::uuid is null and l.priority > 0 and l.state = 'active' and e.price_minor is distinct from b.price_minor
              and (e.until_at is null or e.until_at > $1) and (l.until_at is null or l.until_at > $1)))
        and ($7::uuid is null or e.variant_id = $7)
        and ($3::uuid is null or (e.list_id, e.variant_id, e.from_at) > ($3, $4::uuid, $5::timestamptz))
      order by e.list_id, e.variant_id, e.from_at limit $6`,
    [from.at, from.listId ?? null, from.after?.[0] ?? null, from.after?.[1] ?? null, from.after?.[2] ?? null, from.limit, from.variantId ?? null], // prettier-ignore
  );

export interface ChangeRead {
  readonly id: string;
  readonly priceListId: string;
  readonly from: Date | null;
  readonly until: Date | null;
  readonly priceMinor: number | null;
  readonly oldPriceMinor: number | null;
  readonly at: Date;
  readonly by: string;
}

export const loadPriceChanges = (
  query: Query,
  variantId: string,
  before: string | undefined,
  limit: number,
): Promise<ChangeRead[]> =>
  query.query<ChangeRead>(
    `select id, list_id as "priceListId", from_at as "from", until_at as until, price_minor as "priceMinor", old_price_minor as "oldPriceMinor", at, by
       from catalog.price_change where variant_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
    [variantId, before ?? null, limit],
  );
