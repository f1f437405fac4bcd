import { isUuid } from '@ruslo/kernel';
import type { Channel } from '@ruslo/kernel';
import type { Caller, House, Query } from '@ruslo/platform';
import type { z } from 'zod';
import type * as contract from './contract.ts';
import { relations } from './save-tree.ts';
import { shelf, variantsNow } from './shelf.ts';
import { loadVariants } from './store-save.ts';
import { loadCategories, loadItems, loadProduct, skusOf } from './store-read.ts';
import type { PriceContext } from './variant.ts';

/** For whom prices are shown: the channel of a customer's session, else the one asked for. */
export function contextOf(
  house: House,
  request: { readonly caller: Caller },
  channel: Channel | undefined,
): PriceContext {
  const own = request.caller.kind === 'customer' ? request.caller.channel : undefined;
  const otherwise = request.caller.kind === 'staff' ? 'shop' : 'web';
  return { channel: own ?? channel ?? otherwise, customerGroups: [], at: house.clock.now() };
}

type Item = z.input<typeof contract.productItem>;

/** Products for a list, in the order of the ids, with the least price of each for who asks. */
export async function itemsOf(house: House, ids: readonly string[], context: PriceContext): Promise<Item[]> {
  if (ids.length === 0) return [];
  const rows = new Map((await loadItems(house.db, ids)).map((row) => [row.id, row]));
  const variants = await shelf(house, [...rows.values()].flatMap((row) => row.variantIds), context); // prettier-ignore
  return ids.flatMap((id): Item[] => {
    const row = rows.get(id);
    if (row === undefined) return [];
    const own = row.variantIds.flatMap((variantId) => variants.get(variantId) ?? []);
    let least = own[0];
    for (const one of own) if (least !== undefined && one.priceMinor < least.priceMinor) least = one;
    const { variantIds: _ids, ...rest } = row;
    return [
      {
        ...rest,
        image: row.image ?? least?.image ?? null,
        variantCount: own.length,
        variantId: own.length === 1 ? (own[0]?.id ?? null) : null,
        priceMinor: least?.priceMinor ?? null,
        oldPriceMinor: least?.oldPriceMinor ?? null,
        basePriceMinor: least?.basePriceMinor ?? null,
        currency: least?.currency ?? null,
      },
    ];
  });
}

type Product = z.input<typeof contract.productSchema>;

/** A product with everything of it; read now, so that who saved it sees what was saved. */
export async function productOf(query: Query, id: string, context: PriceContext): Promise<Product | undefined> {
  const row = await loadProduct(query, id);
  if (row === undefined) return undefined;
  const { path, ...product } = row;
  const categories = path === null ? [] : await loadCategories(query, path);
  const skus = await skusOf(query, id);
  const order = new Map(skus.map((sku, index) => [sku, index]));
  const variants = (await loadVariants(query, skus, false)).toSorted(
    (one, other) => (order.get(one.sku) ?? 0) - (order.get(other.sku) ?? 0),
  );
  const priced = await variantsNow(query, variants.map((variant) => variant.id), context); // prettier-ignore
  const related = await relations(query, [id]);
  return {
    ...product,
    categories: categories.map(({ id: categoryId, name }) => ({ id: categoryId, name })),
    variants: variants.map(({ productId: _productId, eans, components, ...variant }): Product['variants'][number] => {
      const price = priced.get(variant.id);
      return {
        ...(variant as unknown as Product['variants'][number]),
        eans: [...eans],
        components: [...components],
        priceMinor: price?.priceMinor ?? null,
        basePriceMinor: price?.basePriceMinor ?? null,
        oldPriceMinor: price?.oldPriceMinor ?? null,
        priceListId: price?.priceListId ?? null,
        currency: price?.currency ?? null,
      };
    }),
    relations: related.map(({ kind, otherId, from }) => ({
      kind,
      direction: kind === 'substitute' ? 'both' : from ? 'to' : 'from',
      productId: otherId,
    })),
  };
}

export const cursorOf = (key: readonly unknown[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The key of a cursor, or undefined for what is none of ours. */
export function readCursor(cursor: string, length: number): (string | number | null)[] | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const isOurs =
      Array.isArray(key) &&
      key.length === length &&
      key.every((one) => typeof one === 'string' || typeof one === 'number');
    return isOurs ? (key as (string | number)[]) : undefined;
  } catch {
    return undefined;
  }
}

/** The ids among facet values that are categories, with their names: renamed ones are shown by their new name. */
export async function categoryNames(query: Query, values: readonly string[]): Promise<Map<string, string>> {
  const ids = values.filter((value) => isUuid(value));
  return new Map((ids.length === 0 ? [] : await loadCategories(query, ids)).map((row) => [row.id, row.name]));
}
