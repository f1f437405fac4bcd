import { append, fact, newId } from '@ruslo/platform';
import type { House, Query, Tx } from '@ruslo/platform';
import { same } from './row.ts';
import type { Outcome, PriceRow, ProductRow, VariantRow } from './row.ts';
import { variantsChanged } from './shelf.ts';
import * as store from './store-save.ts';
import type { EntryRow, FullProduct, FullVariant } from './store-save.ts';

/**
 * Saving by sets: what comes in is compared with what is there, and only what differs is written. The same comparison
 * without writing is a dry run, so what it tells is what would happen.
 */

export interface Told {
  readonly at: Date;
  /** Who: staff:id, key:id, import. */
  readonly by: string;
}

export interface VariantOutcome extends Outcome {
  readonly sku: string;
  /** Of a dry run for what is new: none yet. */
  readonly id: string | undefined;
}
export interface ProductOutcome extends Outcome {
  readonly product: string;
  readonly id: string | undefined;
  /** In the order of the row. What differs at the product counts for each of its variants. */
  readonly variants: readonly VariantOutcome[];
}

interface Plan {
  readonly outcomes: ProductOutcome[];
  readonly products: FullProduct[];
  readonly variants: FullVariant[];
  readonly codesGone: string[];
  readonly codesCome: { code: string; variantId: string }[];
  readonly prices: PriceRow[];
}

type Live = Pick<House, 'live'>;

/** What saving these rows would do. Nothing is written. */
export async function compareProducts(query: Query, rows: readonly ProductRow[]): Promise<ProductOutcome[]> {
  return (await planProducts(query, rows, false)).outcomes;
}

/**
 * Writes products and their variants, found by code and SKU: what is new is made, what differs is changed. Prices that the
 * rows name go to the default list. What is searched follows by the duty `catalog.index`.
 */
export async function saveProducts(
  house: Live,
  tx: Tx,
  rows: readonly ProductRow[],
  told: Told,
): Promise<ProductOutcome[]> {
  const plan = await planProducts(tx, rows, true);
  // In the order of their codes, as they were locked.
  await store.writeProducts(tx, plan.products.toSorted((a, b) => (a.code < b.code ? -1 : 1)), told.at); // prettier-ignore
  await store.writeVariants(tx, plan.variants.toSorted((a, b) => (a.sku < b.sku ? -1 : 1))); // prettier-ignore
  await store.writeCodes(tx, plan.codesGone, plan.codesCome);
  if (plan.prices.length > 0) await savePrices(house, tx, plan.prices, told);
  await store.markStale(tx, [
    ...plan.products.map((product) => product.id),
    ...plan.variants.map((variant) => variant.productId),
  ]);
  const changed = plan.outcomes.filter((product) => product.outcome === 'changed').map((product) => product.id ?? '');
  const known = [
    ...plan.variants.map((variant) => variant.id),
    // A product that changed may have variants that its row did not name.
    ...(changed.length === 0 ? [] : await store.variantsOf(tx, changed)),
  ];
  if (known.length > 0) await variantsChanged(house, tx, known);
  return plan.outcomes;
}

async function planProducts(query: Query, rows: readonly ProductRow[], lock: boolean): Promise<Plan> {
  const skus = rows.flatMap((row) => row.variants.map((variant) => variant.sku));
  const parts = rows.flatMap((row) => row.variants.flatMap((one) => (one.components ?? []).map((part) => part.sku)));
  const products = new Map((await store.loadProducts(query, unique(rows.map((row) => row.code)), lock)).map((row) => [row.code, row])); // prettier-ignore
  const variants = new Map((await store.loadVariants(query, unique(skus), lock)).map((row) => [row.sku, row]));
  const others = parts.length === 0 ? [] : await store.loadVariants(query, unique(parts), false);
  const categories = await store.categoryIds(query, unique(rows.flatMap((row) => row.categoryCode ?? [])));
  const codes = unique(rows.flatMap((row) => row.variants.flatMap((variant) => variant.eans ?? [])));
  const owners = new Map(
    codes.length === 0 ? [] : (await store.loadCodes(query, codes)).map((row) => [row.code, row.variantId]),
  );
  const prices = await basePrices(query, rows, variants);
  const plan: Plan = { outcomes: [], products: [], variants: [], codesGone: [], codesCome: [], prices: [] };
  const componentIds = new Map(others.map((row) => [row.sku, row.id]));
  for (const row of rows) planProduct(plan, row, { products, variants, categories, owners, prices, componentIds });
  return plan;
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].toSorted();

/** Prices of the default list without end, of variants whose row names one. */
async function basePrices(
  query: Query,
  rows: readonly ProductRow[],
  variants: ReadonlyMap<string, FullVariant>,
): Promise<Map<string, EntryRow>> {
  const ids = rows.flatMap((row) =>
    row.variants.flatMap((variant) => (variant.priceMinor === undefined ? [] : (variants.get(variant.sku)?.id ?? []))),
  );
  if (ids.length === 0) return new Map();
  const [list] = await store.loadLists(query, ['default']);
  const entries = await store.loadEntries(query, ids, list === undefined ? [] : [list.id], false);
  return new Map(
    entries.filter((entry) => entry.from === null && entry.until === null).map((entry) => [entry.variantId, entry]),
  );
}

interface Known {
  readonly products: Map<string, FullProduct>;
  readonly variants: Map<string, FullVariant>;
  readonly categories: ReadonlyMap<string, string>;
  readonly owners: Map<string, string>;
  readonly prices: ReadonlyMap<string, EntryRow>;
  readonly componentIds: Map<string, string>;
}

function planProduct(plan: Plan, row: ProductRow, known: Known): void {
  const old = known.products.get(row.code);
  const why =
    old === undefined && row.title === undefined
      ? (['catalog.title-needed', 'a new product needs a title'] as const)
      : row.categoryCode !== undefined && row.categoryCode !== null && !known.categories.has(row.categoryCode)
        ? (['catalog.no-category', `no category "${row.categoryCode}"`] as const)
        : undefined;
  if (why !== undefined) {
    const refused = { outcome: 'refused', changes: [], code: why[0], why: why[1] } as const;
    const variants = row.variants.map((variant) => ({ ...refused, sku: variant.sku, id: undefined }));
    plan.outcomes.push({ ...refused, product: row.code, id: old?.id, variants });
    return;
  }
  const product = fullProduct(row, old, known.categories);
  const changes = old === undefined ? [] : differences(old, product);
  const outcome = old === undefined ? 'new' : changes.length > 0 ? 'changed' : 'unchanged';
  if (outcome !== 'unchanged') plan.products.push(product);
  known.products.set(row.code, product);
  const variants = row.variants.map((variant) => planVariant(plan, variant, product, changes, known));
  plan.outcomes.push({ product: row.code, id: product.id, outcome, changes, variants });
}

function planVariant(
  plan: Plan,
  row: VariantRow,
  product: FullProduct,
  productChanges: readonly string[],
  known: Known,
): VariantOutcome {
  const old = known.variants.get(row.sku);
  const lost = (row.components ?? []).find(
    (part) => !known.componentIds.has(part.sku) && !known.variants.has(part.sku),
  );
  if (lost !== undefined)
    return {
      sku: row.sku,
      id: old?.id,
      outcome: 'refused',
      changes: [],
      code: 'catalog.no-component',
      why: `no component "${lost.sku}"`,
    };
  const variant = fullVariant(row, old, product, known);
  const taken = takeCodes(plan, variant, old, known.owners);
  const changes = old === undefined ? [] : differences(old, { ...variant, eans: taken.eans });
  const isRowChanged = changes.some((name) => name !== 'eans');
  if (old === undefined || isRowChanged) plan.variants.push(variant);
  if (row.priceMinor !== undefined) {
    const entry = known.prices.get(variant.id);
    const oldPriceMinor = row.oldPriceMinor === undefined ? (entry?.oldPriceMinor ?? null) : row.oldPriceMinor;
    const crossed = crossedOut(row.priceMinor, oldPriceMinor);
    if (entry?.priceMinor !== row.priceMinor || entry.oldPriceMinor !== crossed) {
      plan.prices.push({ sku: row.sku, priceMinor: row.priceMinor, oldPriceMinor: crossed });
      if (old !== undefined) changes.push('price');
    }
  }
  known.variants.set(row.sku, { ...variant, eans: taken.eans });
  const all = [...productChanges, ...changes];
  const outcome = old === undefined ? 'new' : all.length > 0 ? 'changed' : 'unchanged';
  return {
    sku: row.sku,
    id: variant.id,
    outcome,
    changes: all,
    ...(taken.why === undefined ? {} : { code: 'catalog.code-taken', why: taken.why }),
  };
}

/** A crossed-out price that is not higher is none. */
export const crossedOut = (priceMinor: number, oldPriceMinor: number | null | undefined): number | null =>
  (oldPriceMinor ?? -1) > priceMinor ? (oldPriceMinor ?? null) : null;

/** The codes that are the variant's: one that another variant has stays there, and is told. */
function takeCodes(
  plan: Plan,
  variant: FullVariant,
  old: FullVariant | undefined,
  owners: Map<string, string>,
): { eans: readonly string[]; why?: string } {
  const eans: string[] = [];
  const foreign: string[] = [];
  for (const code of variant.eans) {
    const owner = owners.get(code);
    if (owner !== undefined && owner !== variant.id) {
      foreign.push(code);
      continue;
    }
    eans.push(code);
    if (owner === undefined) {
      owners.set(code, variant.id);
      plan.codesCome.push({ code, variantId: variant.id });
    }
  }
  for (const code of old?.eans ?? [])
    if (!eans.includes(code)) {
      plan.codesGone.push(code);
      owners.delete(code);
    }
  return foreign.length === 0 ? { eans } : { eans, why: `code ${foreign.join(', ')} is another variant’s` };
}

function fullProduct(
  row: ProductRow,
  old: FullProduct | undefined,
  categories: ReadonlyMap<string, string>,
): FullProduct {
  return {
    id: old?.id ?? newId(),
    code: row.code,
    title: row.title ?? old?.title ?? row.code,
    description: row.description ?? old?.description ?? '',
    brand: row.brand === undefined ? (old?.brand ?? null) : row.brand === '' ? null : row.brand,
    categoryId:
      row.categoryCode === undefined
        ? (old?.categoryId ?? null)
        : row.categoryCode === null
          ? null
          : (categories.get(row.categoryCode) ?? null),
    kind: row.kind ?? old?.kind ?? 'good',
    attributes: row.attributes ?? old?.attributes ?? {},
    media: row.media ?? old?.media ?? [],
    popularity: row.popularity ?? old?.popularity ?? 0,
    state: row.state ?? old?.state ?? 'active',
    source: row.source === undefined ? (old?.source ?? null) : row.source,
  };
}

const orOld = <T>(value: T | null | undefined, old: T | null | undefined): T | null =>
  value === undefined ? (old ?? null) : value;

function fullVariant(row: VariantRow, old: FullVariant | undefined, product: FullProduct, known: Known): FullVariant {
  const components = row.components?.map((part) => ({
    variantId: known.componentIds.get(part.sku) ?? known.variants.get(part.sku)?.id ?? '',
    quantity: part.quantity,
  }));
  return {
    id: old?.id ?? newId(),
    productId: product.id,
    sku: row.sku,
    title: row.title ?? old?.title ?? product.title,
    unit: row.unit ?? old?.unit ?? 'piece',
    weightG: orOld(row.weightG, old?.weightG),
    marked: row.marked ?? old?.marked ?? false,
    minAge: orOld(row.minAge, old?.minAge),
    vat: row.vat ?? old?.vat ?? '22',
    minPriceMinor: orOld(row.minPriceMinor, old?.minPriceMinor),
    // A gift card is money: no discount touches it, whatever a row forgot to say.
    noDiscount: row.noDiscount ?? old?.noDiscount ?? product.kind === 'gift-card',
    warrantyMonths: orOld(row.warrantyMonths, old?.warrantyMonths),
    attributes: row.attributes ?? old?.attributes ?? {},
    image: orOld(row.image, old?.image),
    components: components ?? old?.components ?? [],
    sort: row.sort ?? old?.sort ?? 0,
    state: row.state ?? old?.state ?? 'active',
    eans: row.eans === undefined ? (old?.eans ?? []) : unique(row.eans),
  };
}

const differences = <T extends object>(old: T, now: T): string[] =>
  (Object.keys(now) as (keyof T & string)[]).filter((name) => !same(old[name], now[name]));

export interface PriceOutcome extends Outcome {
  readonly sku: string;
  readonly wasMinor?: number | undefined;
}

interface Change extends Omit<EntryRow, 'priceMinor'> {
  readonly priceMinor: number | null;
  readonly old: EntryRow | undefined;
}

/** What saving these prices would do. Nothing is written. */
export const comparePrices = async (query: Query, rows: readonly PriceRow[]): Promise<PriceOutcome[]> =>
  (await planPrices(query, rows, false)).outcomes;

/** Writes entries of price lists, the history of each, and the fact `price.changed` for what was priced before. */
export async function savePrices(house: Live, tx: Tx, rows: readonly PriceRow[], told: Told): Promise<PriceOutcome[]> {
  const { outcomes, changes, defaultId } = await planPrices(tx, rows, true);
  if (changes.length === 0) return outcomes;
  await store.deleteEntries(tx, changes.filter((row) => row.priceMinor === null)); // prettier-ignore
  await store.writeEntries(
    tx,
    changes.flatMap(({ old: _old, ...row }) =>
      row.priceMinor === null ? [] : [{ ...row, priceMinor: row.priceMinor }],
    ),
  );
  await store.writePriceChanges(tx, changes.map(() => newId()), changes, told.at, told.by); // prettier-ignore
  const told_ = changes.filter((row) => row.old !== undefined || row.listId !== defaultId || row.from !== null);
  await append(
    tx,
    told_.map((row) =>
      fact({
        name: 'price.changed',
        customerId: null,
        at: told.at,
        data: {
          variantId: row.variantId,
          priceListId: row.listId === defaultId ? null : row.listId,
          priceMinor: row.priceMinor,
          wasMinor: row.old?.priceMinor ?? null,
          from: row.from?.toISOString() ?? null,
          until: row.until?.toISOString() ?? null,
        },
      }),
    ),
  );
  const ids = [...new Set(changes.map((row) => row.variantId))];
  const based = changes.filter((row) => row.listId === defaultId).map((row) => row.variantId);
  if (based.length > 0) await store.markStale(tx, await store.productsOf(tx, based));
  await variantsChanged(house, tx, ids);
  return outcomes;
}

async function planPrices(
  query: Query,
  rows: readonly PriceRow[],
  lock: boolean,
): Promise<{ outcomes: PriceOutcome[]; changes: Change[]; defaultId: string | undefined }> {
  const lists = new Map(
    (await store.loadLists(query, unique(['default', ...rows.map((row) => row.list ?? 'default')]))).map((list) => [
      list.code,
      list,
    ]),
  );
  const ids = await skuIds(query, unique(rows.map((row) => row.sku)));
  const listIds = [...lists.values()].map((list) => list.id).toSorted();
  const keyOf = (row: Pick<EntryRow, 'variantId' | 'listId' | 'from'>): string =>
    `${row.variantId} ${row.listId} ${row.from?.getTime() ?? ''}`;
  const entries = new Map(
    (await store.loadEntries(query, [...ids.values()], listIds, lock)).map((row) => [keyOf(row), row]),
  );
  const changes = new Map<string, Change>();
  const outcomes = rows.map((row): PriceOutcome => {
    const refused = (code: string, why: string): PriceOutcome => ({
      sku: row.sku,
      outcome: 'refused',
      changes: [],
      code,
      why,
    });
    const variantId = ids.get(row.sku);
    const list = lists.get(row.list ?? 'default');
    if (variantId === undefined) return refused('catalog.no-variant', `no variant "${row.sku}"`);
    if (list === undefined) return refused('catalog.no-price-list', `no price list "${row.list}"`);
    const [from, until] = [row.from ?? null, row.until ?? null];
    if (until !== null && from !== null && until <= from)
      return refused('catalog.bad-period', 'it ends before it begins');
    if (row.priceMinor === null && list.priority === 0 && from === null)
      return refused('catalog.base-price-stays', 'the price everywhere cannot be taken out: withdraw the variant');
    const key = keyOf({ variantId, listId: list.id, from });
    const old = entries.get(key);
    const pending = changes.get(key);
    const was = pending === undefined ? old : pending.priceMinor === null ? undefined : (pending as EntryRow);
    const priceMinor = row.priceMinor;
    const oldPriceMinor = priceMinor === null ? null : crossedOut(priceMinor, row.oldPriceMinor === undefined ? was?.oldPriceMinor : row.oldPriceMinor); // prettier-ignore
    const isSame =
      priceMinor === null
        ? was === undefined
        : was?.priceMinor === priceMinor &&
          was.oldPriceMinor === oldPriceMinor &&
          was.until?.getTime() === until?.getTime();
    if (isSame) return { sku: row.sku, outcome: 'unchanged', changes: [] };
    changes.set(key, { variantId, listId: list.id, from, until, priceMinor, oldPriceMinor, old });
    return was === undefined
      ? { sku: row.sku, outcome: 'new', changes: [] }
      : { sku: row.sku, outcome: 'changed', changes: ['price'], wasMinor: was.priceMinor };
  });
  return { outcomes, changes: [...changes.values()], defaultId: lists.get('default')?.id };
}

async function skuIds(query: Query, skus: readonly string[]): Promise<Map<string, string>> {
  const rows = await query.query<{ sku: string; id: string }>(
    'select sku, id from catalog.variant where sku = any($1::text[])',
    [skus],
    'catalog.sku-ids',
  );
  return new Map(rows.map((row) => [row.sku, row.id]));
}
