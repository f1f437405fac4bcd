import { saveProducts } from '@ruslo/catalog';
import { saveProgramme } from '@ruslo/loyalty';
import { savePromotions } from '@ruslo/offer';
import { savePlaces } from '@ruslo/place';
import { newId } from '@ruslo/platform';
import type { House } from '@ruslo/platform';
import { setLevels } from '@ruslo/stock';
import { earn } from '@ruslo/wallet';

export interface FillSize {
  readonly customers: number;
  readonly variants: number;
  readonly rules: number;
}
export interface Filled {
  readonly customerIds: readonly string[];
  readonly variantIds: readonly string[];
  /** Three shops with all goods. */
  readonly placeIds: readonly string[];
}

/** Customers with five lines each in their carts, goods with stock, promotions of which some meet the cart. */
export async function fill(house: House, size: FillSize): Promise<Filled> {
  const now = new Date();
  const variantIds: string[] = [];
  const shops = [55.79, 55.81, 55.83].map((lat, index) => ({
    code: `bench-${index}`, kind: 'shop' as const, name: `Магазин ${index}`, city: 'Казань', lat, lon: 49.12, services: ['sale' as const, 'pickup' as const, 'ship' as const],
  })); // prettier-ignore
  const placeIds = [...(await house.db.tx((tx) => savePlaces(tx, shops, now))).values()];
  for (let from = 0; from < size.variants; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, size.variants - from) }, (_, index) => {
      const code = `p-${from + index}`;
      return {
        code,
        title: `Товар номер ${from + index}`,
        brand: `Марка ${(from + index) % 40}`,
        variants: [{ sku: code, priceMinor: 10_000 + ((from + index) % 500) * 100 }],
      };
    });
    const saved = await house.db.tx((tx) => saveProducts(house, tx, rows, { at: now, by: 'bench' }));
    for (const product of saved) variantIds.push(product.variants[0]?.id ?? '');
  }
  for (let from = 0; from < variantIds.length; from += 1_000)
    await house.db.tx((tx) =>
      setLevels(
        tx,
        variantIds
          .slice(from, from + 1_000)
          .flatMap((variantId) => placeIds.map((placeId) => ({ variantId, placeId, onHand: 1_000_000 }))),
        { kind: 'imported', ref: null, by: null, now },
      ),
    );
  await house.db.tx((tx) =>
    savePromotions(
      house,
      tx,
      Array.from({ length: size.rules }, (_, index) => ({
        rule: {
          name: `Акция ${index}`,
          condition: { kind: 'sum', minMinor: index * 20_000 },
          effects: [{ kind: 'percent', lines: { brands: [`Марка ${index % 40}`] }, bp: 500 }],
        },
      })),
      now,
    ),
  );
  await house.db.tx((tx) =>
    saveProgramme(tx, { earnRateBp: 300, spendLimitBp: 3_000, spendOnPromoted: true }, 'bench', now),
  );
  const customerIds = await fillCarts(house, variantIds, size.customers);
  return { customerIds, variantIds, placeIds };
}

async function fillCarts(house: House, variantIds: readonly string[], customers: number): Promise<string[]> {
  const ids: string[] = [];
  const now = new Date();
  for (let from = 0; from < customers; from += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, customers - from) }, () => newId());
    ids.push(...batch);
    await house.db.query(
      `insert into identity.customer (id, head_id, created_at, updated_at, channel) select id, id, $2, $2, 'web' from unnest($1::uuid[]) as u (id)`,
      [batch, now],
    );
    const lines = batch.map((_, index) =>
      JSON.stringify(
        Array.from({ length: 5 }, (_line, place) => {
          const at = (from + index + place * 7) % (variantIds.length - 1);
          return [newId(), variantIds[at], 1, 'web', now.getTime(), 10_000 + (at % 500) * 100];
        }),
      ),
    );
    await house.db.query(
      `insert into cart.cart (customer_id, id, version, lines, line_count, coupons, channel, changed_at, check_at)
       select id, id, 1, lines, 5, '{}', 'web', $3::timestamptz, $3::timestamptz + interval '30 minutes' from unnest($1::uuid[], $2::json[]) as u (id, lines)`,
      [batch, lines, now],
    );
    await house.db.tx((tx) =>
      earn(
        tx,
        batch.map((customerId) => ({
          customerId, kind: 'points', amount: 100, availableAt: now, expiresAt: null, ref: null, reason: 'gift', key: customerId, now,
        })),
      ),
    ); // prettier-ignore
  }
  await house.db.query('vacuum analyze');
  return ids;
}
