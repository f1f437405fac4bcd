import { saveCategories, saveProducts, saveRelations, variantIdsByCode } from '@ruslo/catalog';
import type { ProductRow } from '@ruslo/catalog';
import { saveProgramme } from '@ruslo/loyalty';
import { addCoupons, savePromotions } from '@ruslo/offer';
import { savePlaces } from '@ruslo/place';
import type { House } from '@ruslo/platform';
import { setLevels } from '@ruslo/stock';
import { activateCards, issueCards } from '@ruslo/wallet';
import { assortment } from './assortment.ts';
import type { DemoProduct } from './assortment.ts';
import { shops } from './brand.ts';
import { promotionsOf, tiers } from './promotion.ts';
import { Chance } from './random.ts';

/** What the demo sells by: variant ids by SKU, place ids by code. */
export type DemoTrade = {
  readonly variantIds: ReadonlyMap<string, string>;
  readonly placeIds: ReadonlyMap<string, string>;
};

const day = (from: string, to: string): { from: string; to: string }[] => [{ from, to }];
const week = (
  from: string,
  to: string,
  weekendTo = to,
): { week: { from: string; to: string }[][]; exceptions: [] } => ({
  week: [...Array.from({ length: 5 }, () => day(from, to)), day(from, weekendTo), day(from, weekendTo)],
  exceptions: [],
});
const cells = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`);

export const warehouse = 'kzn-sklad';

/** Six shops with a café corner each, a warehouse, two pickup points. */
async function savePlacesOfBrand(house: House, now: Date): Promise<Map<string, string>> {
  const common = { brand: 'Маяк', timeZone: 'Europe/Moscow' } as const;
  const rows = [
    ...shops.map((shop) => ({
      ...common, code: shop.id, kind: 'shop' as const, name: shop.name, city: shop.city, address: shop.address, lat: shop.latitude, lon: shop.longitude,
      services: ['sale', 'pickup', 'try-on', 'return', 'ship'] as const, hours: week('10:00', '21:00', '22:00'), cells: cells('A', 40), prepMinutes: 60,
    })),
    ...shops.map((shop) => ({
      ...common, brand: 'Маяк Кофе', code: `${shop.id}-cafe`, kind: 'cafe' as const, name: `Маяк Кофе, ${shop.name}`, city: shop.city, address: shop.address,
      lat: shop.latitude, lon: shop.longitude, services: ['sale', 'cafe'] as const, hours: week('10:00', '21:00'), withinCode: shop.id,
    })),
    { ...common, code: warehouse, kind: 'warehouse' as const, name: 'Склад «Волга»', city: 'Казань', address: 'Казань, ул. Техническая, 120', lat: 55.7361, lon: 49.1465, services: ['ship'] as const, hours: null, prepMinutes: 180 },
    { ...common, code: 'kzn-vokzal', kind: 'pickup' as const, name: 'Пункт выдачи у вокзала', city: 'Казань', address: 'Казань, ул. Саид-Галеева, 5', lat: 55.7887, lon: 49.1018, services: ['pickup', 'try-on', 'return'] as const, hours: week('09:00', '21:00'), cells: cells('B', 60) },
    { ...common, code: 'msk-kursk', kind: 'pickup' as const, name: 'Пункт выдачи на Курской', city: 'Москва', address: 'Москва, ул. Земляной Вал, 29', lat: 55.7585, lon: 37.6593, services: ['pickup', 'try-on', 'return'] as const, hours: week('09:00', '21:00'), cells: cells('C', 60) },
  ]; // prettier-ignore
  return house.db.retry((tx) =>
    savePlaces(
      tx,
      rows.map((row) => ({ ...row, services: [...row.services] })),
      now,
    ),
  );
}

const codeOf = (path: readonly string[]): string => path.join(' / ');

function categoriesOf(products: readonly DemoProduct[]): { code: string; parentCode: string | null; name: string }[] {
  const rows = new Map<string, { code: string; parentCode: string | null; name: string }>();
  for (const { category } of products)
    for (const [depth, name] of category.entries()) {
      const code = codeOf(category.slice(0, depth + 1));
      rows.set(code, { code, parentCode: depth === 0 ? null : codeOf(category.slice(0, depth)), name });
    }
  return [...rows.values()];
}

const rowOf = (product: DemoProduct, index: number): ProductRow => ({
  code: product.code,
  title: product.title,
  brand: product.brand,
  categoryCode: codeOf(product.category),
  kind: product.kind,
  attributes: product.attributes,
  popularity: 100_000 - index,
  variants: product.variants.map((variant, sort) => ({
    sku: variant.sku,
    title: variant.option === '' ? product.title : `${product.title}, ${variant.option}`,
    eans: [variant.ean],
    unit: product.unit,
    weightG: product.weightG === 0 ? null : product.weightG,
    marked: product.marked,
    vat: product.kind === 'gift-card' ? 'none' : '20',
    minPriceMinor: Math.floor((variant.priceMinor * product.floorBp) / 10_000),
    noDiscount: product.noDiscount,
    warrantyMonths: product.warrantyMonths ?? null,
    attributes: variant.attributes,
    sort,
    priceMinor: variant.priceMinor,
    oldPriceMinor: variant.oldPriceMinor ?? null,
  })),
});

/** How many of a variant lie at a place: the shops keep a few of what is asked for, the warehouse more. */
function levelOf(chance: Chance, product: DemoProduct, code: string): number {
  if (product.kind !== 'good') return 0;
  if (product.category[0] === 'Маяк Кофе') return 0;
  if (product.unit === 'weight') return code === warehouse ? 60_000 : 5_000;
  const isRare = chance.chance(product.popularity < 400 ? 0.15 : 0.45);
  if (code === warehouse) return isRare ? chance.between(0, 6) : chance.between(12, 90);
  return isRare ? 0 : chance.between(1, product.popularity < 400 ? 14 : 6);
}

/** Café goods are made on the spot: each corner has all of them, by the thousand. */
function levelsOf(
  products: readonly DemoProduct[],
  variantIds: ReadonlyMap<string, string>,
  placeIds: ReadonlyMap<string, string>,
): { variantId: string; placeId: string; onHand: number }[] {
  const levels: { variantId: string; placeId: string; onHand: number }[] = [];
  const chance = new Chance(2026, 77);
  for (const product of products)
    for (const { sku } of product.variants) {
      const variantId = variantIds.get(sku);
      if (variantId === undefined) continue;
      for (const code of [...shops.map(({ id }) => id), warehouse]) {
        const onHand = levelOf(chance, product, code);
        const placeId = placeIds.get(code);
        if (onHand > 0 && placeId !== undefined) levels.push({ variantId, placeId, onHand });
      }
      if (product.category[0] !== 'Маяк Кофе') continue;
      for (const { id } of shops) {
        const placeId = placeIds.get(`${id}-cafe`);
        if (placeId !== undefined)
          levels.push({ variantId, placeId, onHand: product.unit === 'weight' ? 5_000 : 1_000 });
      }
    }
  return levels;
}

const batch = 400;

/**
 * Brings in places, assortment, stock, programme, promotions and gift cards of the brand. Run again it finds
 * them there and changes nothing.
 */
export async function loadTrade(house: House, onProgress?: (done: number, all: number) => void): Promise<DemoTrade> {
  const now = house.clock.now();
  const products = assortment();
  const told = { at: now, by: 'import' };
  const placeIds = await savePlacesOfBrand(house, now);
  await house.db.retry((tx) => saveCategories(house, tx, categoriesOf(products)));
  let isNew = false;
  for (let from = 0; from < products.length; from += batch) {
    const rows = products.slice(from, from + batch).map((product, index) => rowOf(product, from + index));
    const outcomes = await house.db.retry((tx) => saveProducts(house, tx, rows, told));
    isNew ||= outcomes.some(({ outcome }) => outcome === 'new');
    onProgress?.(Math.min(products.length, from + batch), products.length);
  }
  const skus = products.flatMap(({ variants }) => variants.map(({ sku }) => sku));
  const variantIds = await variantIdsByCode(house.db, skus);
  // Who runs the demo a second time has sold and counted meanwhile.
  if (isNew) {
    await house.db.retry((tx) =>
      saveRelations(
        tx,
        products.flatMap(({ code, relations }) => relations.map(({ kind, to }) => ({ kind, a: code, b: to }))),
      ),
    );
    const levels = levelsOf(products, variantIds, placeIds);
    for (let from = 0; from < levels.length; from += 5_000)
      await house.db.retry((tx) =>
        setLevels(tx, levels.slice(from, from + 5_000), { kind: 'imported', ref: 'demo', by: null, now }),
      );
    await loadOffers(house, variantIds, placeIds);
  }
  return { variantIds, placeIds };
}

async function loadOffers(
  house: House,
  variantIds: ReadonlyMap<string, string>,
  placeIds: ReadonlyMap<string, string>,
): Promise<void> {
  const now = house.clock.now();
  await house.db.retry(async (tx) => {
    await saveProgramme(
      tx,
      { pointMinor: 100, earnRateBp: 300, spendLimitBp: 3_000, spendOnPromoted: false, returnDays: 14, expiryDays: 365, graceDays: 30, tiers },
      'demo',
      now,
    ); // prettier-ignore
    const offers = promotionsOf(variantIds, placeIds);
    const ids = await savePromotions(
      house,
      tx,
      offers.map(({ rule }) => ({ rule })),
      now,
    );
    await addCoupons(
      tx,
      offers.flatMap(({ coupon }, index) => {
        const ruleId = ids[index];
        return coupon === undefined || ruleId === undefined ? [] : [{ ...coupon, ruleId, kind: 'shared' as const }];
      }),
      now,
    );
    const ref = 'demo-gift-cards';
    await issueCards(tx, {
      amountsMinor: [100_000, 200_000, 300_000, 500_000, 500_000, 1_000_000],
      currency: 'RUB',
      ref,
      expiresAt: new Date(now.getTime() + 3 * 365 * 86_400_000),
      key: ref,
      now,
    });
    await activateCards(tx, ref, now);
  });
}
