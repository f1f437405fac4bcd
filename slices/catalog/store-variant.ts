import type { Query } from '@ruslo/platform';
import { applyPrice } from './rules.ts';
import type { PriceEntry } from './rules.ts';
import type { PriceContext, Variant } from './variant.ts';

/** A variant with all prices that are not past: what each moment, channel and customer makes a `Variant` of. */
export interface Priced {
  readonly variant: Omit<Variant, 'priceMinor' | 'basePriceMinor' | 'oldPriceMinor' | 'priceListId' | 'currency'>;
  readonly prices: readonly PriceEntry[];
}

type PriceRow = readonly [string, number, string, PriceEntry['channels'], readonly string[], number | null, number | null, number, number | null]; // prettier-ignore

interface Row {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly title: string;
  readonly kind: Variant['kind'];
  readonly path: readonly string[] | null;
  readonly brand: string | null;
  readonly unit: Variant['unit'];
  readonly minPriceMinor: number | null;
  readonly noDiscount: boolean;
  readonly marked: boolean;
  readonly minAge: number | null;
  readonly vat: Variant['vat'];
  readonly warrantyMonths: number | null;
  readonly weightG: number | null;
  readonly image: string | null;
  readonly attributes: Variant['attributes'];
  readonly components: Variant['components'];
  readonly state: Variant['state'];
  readonly prices: readonly PriceRow[] | null;
}

// Behind a select the planner sees no values, so it keeps one plan: planning anew took twice as long as reading.
// Withdrawn when the product is. Milliseconds are reckoned here so that JSON carries numbers, not texts to be parsed.
const text = `
select v.id, v.product_id as "productId", v.sku, v.title, p.kind, c.path, p.brand, v.unit, v.min_price_minor as "minPriceMinor",
       v.no_discount as "noDiscount", v.marked, v.min_age as "minAge", v.vat, v.warranty_months as "warrantyMonths",
       v.weight_g as "weightG", coalesce(v.image, p.media->0->>'url') as image, p.attributes || v.attributes as attributes, v.components,
       case when p.state = 'active' then v.state else p.state end as state,
       (select json_agg(json_build_array(l.id, l.priority, l.currency, l.channels, l.customer_groups,
                 case when coalesce(l.from_at, '-infinity') < e.from_at and e.from_at > '-infinity' then (extract(epoch from e.from_at) * 1000)::bigint
                      when l.from_at is not null then (extract(epoch from l.from_at) * 1000)::bigint end,
                 (extract(epoch from least(l.until_at, e.until_at)) * 1000)::bigint, e.price_minor, e.old_price_minor))
          from catalog.price e join catalog.price_list l on l.id = e.list_id
         where e.variant_id = v.id and l.state = 'active'
           and (e.until_at is null or e.until_at > $2) and (l.until_at is null or l.until_at > $2)) as prices
  from catalog.variant v
  join catalog.product p on p.id = v.product_id
  left join catalog.category c on c.id = p.category_id
 where v.id = any((select $1::uuid[])::uuid[])`;

/** Variants with their prices that are not past at `at`. */
export async function loadPriced(query: Query, ids: readonly string[], at: Date): Promise<Priced[]> {
  if (ids.length === 0) return [];
  const rows = await query.query<Row>(text, [ids, at], 'catalog.variants');
  return rows.map(({ path, prices, ...row }) => ({
    variant: { ...row, categoryIds: path ?? [] },
    prices: (prices ?? []).map(
      ([listId, priority, currency, channels, customerGroups, fromMs, untilMs, priceMinor, oldPriceMinor]) => ({
        listId, priority, currency, channels, customerGroups, fromMs, untilMs, priceMinor, oldPriceMinor,
      }), // prettier-ignore
    ),
  }));
}

/** The variant at a moment in a channel to somebody; undefined when nothing says what it costs. */
export function variantAt({ variant, prices }: Priced, context: PriceContext): Variant | undefined {
  const applied = applyPrice(prices, context);
  if (applied === undefined) return undefined;
  const { price, base } = applied;
  return {
    ...variant,
    priceMinor: price.priceMinor,
    basePriceMinor: base.priceMinor,
    oldPriceMinor: price.oldPriceMinor,
    priceListId: price.priority === 0 ? null : price.listId,
    currency: price.currency,
  };
}

/** Variant ids by SKU or by what a scanner reads; a SKU goes before another variant's code. */
export async function findByCode(query: Query, codes: readonly string[]): Promise<Map<string, string>> {
  if (codes.length === 0) return new Map();
  const rows = await query.query<{ code: string; id: string }>(
    `select code, variant_id as id from catalog.code where code = any($1::text[])
     union all select sku, id from catalog.variant where sku = any($1::text[])`,
    [codes],
    'catalog.by-code',
  );
  return new Map(rows.map((row) => [row.code, row.id]));
}

export interface CodedVariant {
  readonly id: string;
  readonly sku: string;
  readonly unit: Variant['unit'];
}

/** The variants behind SKUs and scanned codes, priced or not: for imports. */
export async function findVariants(query: Query, codes: readonly string[]): Promise<Map<string, CodedVariant>> {
  const ids = await findByCode(query, codes);
  const rows = await query.query<CodedVariant>(
    'select id, sku, unit from catalog.variant where id = any($1::uuid[])',
    [[...new Set(ids.values())]],
    'catalog.coded-variants',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    [...ids].flatMap(([code, id]) => {
      const row = byId.get(id);
      return row === undefined ? [] : [[code, row] as const];
    }),
  );
}
