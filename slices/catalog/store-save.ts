import type { Query, Tx } from '@ruslo/platform';
import type { AttributeRow, AttributeValues } from './row.ts';

/** The SQL of saving: many rows are one statement, and rows are taken in the order of their codes. */

export interface FullProduct {
  readonly id: string;
  readonly code: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string | null;
  readonly categoryId: string | null;
  readonly kind: string;
  readonly attributes: AttributeValues;
  readonly media: readonly { readonly url: string; readonly alt: string }[];
  readonly popularity: number;
  readonly state: string;
  readonly source: string | null;
}

export interface FullVariant {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly title: string;
  readonly unit: string;
  readonly weightG: number | null;
  readonly marked: boolean;
  readonly minAge: number | null;
  readonly vat: string;
  readonly minPriceMinor: number | null;
  readonly noDiscount: boolean;
  readonly warrantyMonths: number | null;
  readonly attributes: AttributeValues;
  readonly image: string | null;
  readonly components: readonly { readonly variantId: string; readonly quantity: number }[];
  readonly sort: number;
  readonly state: string;
  readonly eans: readonly string[];
}

const locking = (lock: boolean, table: string): string => (lock ? `for update of ${table}` : '');

export const loadProducts = (query: Query, codes: readonly string[], lock: boolean): Promise<FullProduct[]> =>
  query.query<FullProduct>(
    `select p.id, p.code, p.title, p.description, p.brand, p.category_id as "categoryId", p.kind, p.attributes, p.media, p.popularity, p.state, p.source
       from catalog.product p where p.code = any($1::text[]) order by p.code ${locking(lock, 'p')}`,
    [codes],
    `catalog.load-products${lock ? '-locked' : ''}`,
  );

export const loadVariants = (query: Query, skus: readonly string[], lock: boolean): Promise<FullVariant[]> =>
  query.query<FullVariant>(
    `select v.id, v.product_id as "productId", v.sku, v.title, v.unit, v.weight_g as "weightG", v.marked, v.min_age as "minAge", v.vat,
            v.min_price_minor as "minPriceMinor", v.no_discount as "noDiscount", v.warranty_months as "warrantyMonths", v.attributes, v.image,
            v.components, v.sort, v.state, array(select c.code from catalog.code c where c.variant_id = v.id order by c.code) as eans
       from catalog.variant v where v.sku = any($1::text[]) order by v.sku ${locking(lock, 'v')}`,
    [skus],
    `catalog.load-variants${lock ? '-locked' : ''}`,
  );

export async function writeProducts(tx: Tx, rows: readonly FullProduct[], at: Date): Promise<void> {
  if (rows.length === 0) return;
  const written = await tx.query<{ id: string }>(
    `insert into catalog.product (id, code, title, description, brand, category_id, kind, attributes, media, popularity, state, source, created_at, updated_at)
     select r.id, r.code, r.title, r.description, r.brand, r."categoryId", r.kind, r.attributes, r.media, r.popularity, r.state, r.source, $2, $2
       from jsonb_to_recordset($1::jsonb) as r(id uuid, code text, title text, description text, brand text, "categoryId" uuid, kind text, attributes jsonb,
            media jsonb, popularity int, state text, source text)
     on conflict (code) do update set title = excluded.title, description = excluded.description, brand = excluded.brand, category_id = excluded.category_id,
       kind = excluded.kind, attributes = excluded.attributes, media = excluded.media, popularity = excluded.popularity, state = excluded.state,
       source = excluded.source, version = product.version + 1, updated_at = excluded.updated_at returning id`,
    [JSON.stringify(rows), at],
    'catalog.write-products',
  );
  expectOurs(rows, written);
}

/** Somebody made one with the same code in the same moment: begun anew, it is found and compared. */
function expectOurs(rows: readonly { readonly id: string }[], written: readonly { readonly id: string }[]): void {
  const ours = new Set(rows.map((row) => row.id));
  if (written.every((row) => ours.has(row.id))) return;
  throw Object.assign(new Error('made by another at the same moment'), { code: '40001' });
}

export async function writeVariants(tx: Tx, rows: readonly FullVariant[]): Promise<void> {
  if (rows.length === 0) return;
  const written = await tx.query<{ id: string }>(
    `insert into catalog.variant (id, product_id, sku, title, unit, weight_g, marked, min_age, vat, min_price_minor, no_discount, warranty_months, attributes,
            image, components, sort, state)
     select r.id, r."productId", r.sku, r.title, r.unit, r."weightG", r.marked, r."minAge", r.vat, r."minPriceMinor", r."noDiscount", r."warrantyMonths",
            r.attributes, r.image, r.components, r.sort, r.state
       from jsonb_to_recordset($1::jsonb) as r(id uuid, "productId" uuid, sku text, title text, unit text, "weightG" int, marked boolean, "minAge" smallint, vat text,
            "minPriceMinor" bigint, "noDiscount" boolean, "warrantyMonths" smallint, attributes jsonb, image text, components jsonb, sort int, state text)
     on conflict (sku) do update set product_id = excluded.product_id, title = excluded.title, unit = excluded.unit, weight_g = excluded.weight_g,
       marked = excluded.marked, min_age = excluded.min_age, vat = excluded.vat, min_price_minor = excluded.min_price_minor, no_discount = excluded.no_discount,
       warranty_months = excluded.warranty_months, attributes = excluded.attributes, image = excluded.image, components = excluded.components,
       sort = excluded.sort, state = excluded.state returning id`,
    [JSON.stringify(rows)],
    'catalog.write-variants',
  );
  expectOurs(rows, written);
}

/** Whose these codes are. */
export const loadCodes = (query: Query, codes: readonly string[]): Promise<{ code: string; variantId: string }[]> =>
  query.query<{ code: string; variantId: string }>(
    'select code, variant_id as "variantId" from catalog.code where code = any($1::text[])',
    [codes],
    'catalog.load-codes',
  );

export async function writeCodes(
  tx: Tx,
  gone: readonly string[],
  come: readonly { readonly code: string; readonly variantId: string }[],
): Promise<void> {
  if (gone.length > 0) await tx.query('delete from catalog.code where code = any($1::text[])', [gone]);
  if (come.length === 0) return;
  await tx.query(
    'insert into catalog.code (code, variant_id) select * from unnest($1::text[], $2::uuid[]) as u (code, variant_id) order by 1 on conflict do nothing',
    [come.map((row) => row.code), come.map((row) => row.variantId)],
    'catalog.write-codes',
  );
}

export async function categoryIds(query: Query, codes: readonly string[]): Promise<Map<string, string>> {
  if (codes.length === 0) return new Map();
  const rows = await query.query<{ code: string; id: string }>(
    'select code, id from catalog.category where code = any($1::text[])',
    [codes],
    'catalog.category-ids',
  );
  return new Map(rows.map((row) => [row.code, row.id]));
}

/** What is searched of these products is behind; the duty `catalog.index` brings it up. */
export async function markStale(tx: Tx, productIds: readonly string[]): Promise<void> {
  if (productIds.length === 0) return;
  await tx.query(
    // Not "do nothing": the row stays locked until this commits, so that whoever indexes meanwhile does not take it out unread.
    'insert into catalog.stale (product_id) select distinct id from unnest($1::uuid[]) as u (id) order by id on conflict (product_id) do update set product_id = excluded.product_id',
    [productIds],
    'catalog.mark-stale',
  );
}

export async function insertAttributes(tx: Tx, rows: readonly AttributeRow[]): Promise<string[]> {
  const inserted = await tx.query<{ key: string }>(
    `insert into catalog.attribute (key, label_ru, label_en, type, level, measure, options, facetable, sort)
     select r.key, r."labelRu", r."labelEn", r.type, r.level, r.measure, array(select jsonb_array_elements_text(r.options)), r.facetable, r.sort
       from jsonb_to_recordset($1::jsonb) as r(key text, "labelRu" text, "labelEn" text, type text, level text, measure text, options jsonb, facetable boolean, sort int)
      order by r.key on conflict do nothing returning key`,
    [JSON.stringify(rows)],
  );
  return inserted.map((row) => row.key);
}

export const loadAttributes = (query: Query): Promise<AttributeRow[]> =>
  query.query<AttributeRow>(
    `select key, label_ru as "labelRu", label_en as "labelEn", type, level, measure, options, facetable, sort from catalog.attribute order by sort, key`,
    [],
    'catalog.attributes',
  );

export interface EntryRow {
  readonly variantId: string;
  readonly listId: string;
  /** Null = since ever. */
  readonly from: Date | null;
  readonly until: Date | null;
  readonly priceMinor: number;
  readonly oldPriceMinor: number | null;
}

/** Entries of these variants on these lists. */
export const loadEntries = (
  query: Query,
  variantIds: readonly string[],
  listIds: readonly string[],
  lock: boolean,
): Promise<EntryRow[]> =>
  query.query<EntryRow>(
    `select variant_id as "variantId", list_id as "listId", nullif(from_at, '-infinity') as "from", until_at as until, price_minor as "priceMinor",
            old_price_minor as "oldPriceMinor"
       from catalog.price where variant_id = any($1::uuid[]) and list_id = any($2::uuid[]) order by variant_id, list_id, from_at ${lock ? 'for update' : ''}`,
    [variantIds, listIds],
    `catalog.load-entries${lock ? '-locked' : ''}`,
  );

const entryColumns = (
  rows: readonly (Omit<EntryRow, 'priceMinor'> & { readonly priceMinor: number | null })[],
): unknown[] => [
  rows.map((row) => row.variantId),
  rows.map((row) => row.listId),
  rows.map((row) => row.from?.toISOString() ?? '-infinity'),
  rows.map((row) => row.until?.toISOString() ?? null),
  rows.map((row) => row.priceMinor),
  rows.map((row) => row.oldPriceMinor),
];

export async function writeEntries(tx: Tx, rows: readonly EntryRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into catalog.price (variant_id, list_id, from_at, until_at, price_minor, old_price_minor)
     select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::bigint[]) order by 1, 2, 3
     on conflict (variant_id, list_id, from_at) do update set until_at = excluded.until_at, price_minor = excluded.price_minor, old_price_minor = excluded.old_price_minor`,
    entryColumns(rows),
    'catalog.write-entries',
  );
}

export async function deleteEntries(
  tx: Tx,
  rows: readonly Pick<EntryRow, 'variantId' | 'listId' | 'from'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `delete from catalog.price p using unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as u (variant_id, list_id, from_at)
      where p.variant_id = u.variant_id and p.list_id = u.list_id and p.from_at = u.from_at`,
    [
      rows.map((row) => row.variantId),
      rows.map((row) => row.listId),
      rows.map((row) => row.from?.toISOString() ?? '-infinity'),
    ],
  );
}

export async function writePriceChanges(
  tx: Tx,
  ids: readonly string[],
  rows: readonly (Omit<EntryRow, 'priceMinor'> & { readonly priceMinor: number | null })[],
  at: Date,
  by: string,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into catalog.price_change (id, variant_id, list_id, from_at, until_at, price_minor, old_price_minor, at, by)
     select id, variant_id, list_id, nullif(from_at, '-infinity'), until_at, price_minor, old_price_minor, $8, $9
       from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::uuid[])
         as u (variant_id, list_id, from_at, until_at, price_minor, old_price_minor, id)`,
    [...entryColumns(rows), ids, at, by],
    'catalog.write-price-changes',
  );
}

export const productsOf = async (query: Query, variantIds: readonly string[]): Promise<string[]> =>
  (
    await query.query<{ id: string }>(
      'select distinct product_id as id from catalog.variant where id = any($1::uuid[]) order by 1',
      [variantIds],
      'catalog.products-of',
    )
  ).map((row) => row.id);

export const variantsOf = async (query: Query, productIds: readonly string[]): Promise<string[]> =>
  (
    await query.query<{ id: string }>(
      'select id from catalog.variant where product_id = any($1::uuid[])',
      [productIds],
      'catalog.variants-of',
    )
  ).map((row) => row.id);

export interface ListRow {
  readonly id: string;
  readonly code: string;
  readonly priority: number;
  readonly currency: string;
}

export const loadLists = (query: Query, codes: readonly string[]): Promise<ListRow[]> =>
  query.query<ListRow>(
    'select id, code, priority, currency from catalog.price_list where code = any($1::text[])',
    [codes],
    'catalog.load-lists',
  );
