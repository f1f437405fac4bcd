import type { Query, Tx } from '@ruslo/platform';
import type { AttributeRow, RelationKind } from './row.ts';

/** The SQL of what staff change one at a time. */

export const categoryById = async (
  query: Query,
  id: string,
): Promise<{ code: string; parentCode: string | null; name: string; sort: number } | undefined> =>
  (
    await query.query<{ code: string; parentCode: string | null; name: string; sort: number }>(
      `select c.code, p.code as "parentCode", c.name, c.sort from catalog.category c left join catalog.category p on p.id = c.parent_id where c.id = $1`,
      [id],
    )
  )[0];

/** Takes out a category that has neither children nor products; false when it has. */
export async function deleteCategory(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.query(
    `delete from catalog.category c where id = $1 and not exists (select from catalog.category k where k.parent_id = c.id)
        and not exists (select from catalog.product p where p.category_id = c.id) returning id`,
    [id],
  );
  if (rows.length > 0) await tx.query(`delete from catalog.facet where key = 'category' and value = $1`, [id]);
  return rows.length > 0;
}

export const updateAttribute = (
  tx: Tx,
  key: string,
  patch: Partial<Pick<AttributeRow, 'labelRu' | 'labelEn' | 'measure' | 'options' | 'facetable' | 'sort'>>,
): Promise<AttributeRow[]> =>
  tx.query<AttributeRow>(
    `update catalog.attribute set label_ru = coalesce($2, label_ru), label_en = coalesce($3, label_en), measure = case when $4 then $5 else measure end,
            options = coalesce($6, options), facetable = coalesce($7, facetable), sort = coalesce($8, sort)
      where key = $1 returning key, label_ru as "labelRu", label_en as "labelEn", type, level, measure, options, facetable, sort`,
    [
      key,
      patch.labelRu ?? null,
      patch.labelEn ?? null,
      patch.measure !== undefined,
      patch.measure ?? null,
      patch.options ?? null,
      patch.facetable ?? null,
      patch.sort ?? null,
    ],
  );

export const deleteAttribute = (tx: Tx, key: string): Promise<{ key: string }[]> =>
  tx.query<{ key: string }>('delete from catalog.attribute where key = $1 returning key', [key]);

/** What is searched of all products with this attribute is to be made anew. */
export async function staleByAttribute(tx: Tx, key: string): Promise<void> {
  await tx.query(
    `insert into catalog.stale (product_id) select id from (select id from catalog.product where attributes ? $1
       union select product_id from catalog.variant where attributes ? $1) p order by id on conflict (product_id) do update set product_id = excluded.product_id`,
    [key],
  );
}

export interface ListFields {
  readonly name: string;
  readonly priority: number;
  readonly channels: readonly string[];
  readonly customerGroups: readonly string[];
  readonly from: Date | null;
  readonly until: Date | null;
  readonly state: 'active' | 'withdrawn';
}

/** A new list in the currency of the default one; nothing when the code is taken. */
export const insertList = (tx: Tx, id: string, code: string, fields: ListFields): Promise<{ id: string }[]> =>
  tx.query<{ id: string }>(
    `insert into catalog.price_list (id, code, name, priority, currency, channels, customer_groups, from_at, until_at, state)
     select $1, $2, $3, $4, d.currency, $5, $6, $7, $8, $9 from catalog.price_list d where d.priority = 0 on conflict do nothing returning id`,
    [
      id,
      code,
      fields.name,
      fields.priority,
      fields.channels,
      fields.customerGroups,
      fields.from,
      fields.until,
      fields.state,
    ],
  );

export async function updateList(tx: Tx, id: string, fields: ListFields): Promise<void> {
  await tx.query(
    `update catalog.price_list set name = $2, priority = $3, channels = $4, customer_groups = $5, from_at = $6, until_at = $7, state = $8 where id = $1`,
    [id, fields.name, fields.priority, fields.channels, fields.customerGroups, fields.from, fields.until, fields.state],
  );
}

/** Takes out a list that never had a price; false when it had: its history names it. */
export const deleteList = async (tx: Tx, id: string): Promise<boolean> =>
  (
    await tx.query(
      `delete from catalog.price_list l where id = $1 and priority > 0 and not exists (select from catalog.price e where e.list_id = l.id)
          and not exists (select from catalog.price_change h where h.list_id = l.id) returning id`,
      [id],
    )
  ).length > 0;

export const skuById = async (query: Query, variantId: string): Promise<string | undefined> =>
  (await query.query<{ sku: string }>('select sku from catalog.variant where id = $1', [variantId]))[0]?.sku;

export const codesById = async (query: Query, productIds: readonly string[]): Promise<Map<string, string>> =>
  new Map(
    (
      await query.query<{ id: string; code: string }>(
        'select id, code from catalog.product where id = any($1::uuid[])',
        [productIds],
      )
    ).map((row) => [row.id, row.code]),
  );

export const deleteRelation = (tx: Tx, kind: RelationKind, a: string, b: string): Promise<{ kind: string }[]> =>
  tx.query<{ kind: string }>('delete from catalog.relation where kind = $1 and a = $2 and b = $3 returning kind', [
    kind,
    a,
    b,
  ]);

/** SKUs and codes of products, for what a new one may not take. */
export const owners = (query: Query, skus: readonly string[]): Promise<{ sku: string; productCode: string }[]> =>
  query.query<{ sku: string; productCode: string }>(
    'select v.sku, p.code as "productCode" from catalog.variant v join catalog.product p on p.id = v.product_id where v.sku = any($1::text[])',
    [skus],
  );
