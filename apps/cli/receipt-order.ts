import { saveProducts, variantIdsByCode } from '@ruslo/catalog';
import type { ProductRow } from '@ruslo/catalog';
import { resolve } from '@ruslo/identity';
import { importOrders } from '@ruslo/order';
import type { ImportedLine, ImportedOrder } from '@ruslo/order';
import { places } from '@ruslo/place';
import type { House, Tx } from '@ruslo/platform';
import { openCsv } from './csv-file.ts';
import { UsageError } from './mapping.ts';
import type { DiscountField, ReceiptLine } from './receipt.ts';

/** Receipts of another system as orders: what was paid, what was taken off and why. */

/** One receipt whose lines are of one card and one store. */
export type OldReceipt = { receipt: string; lines: readonly ReceiptLine[] };

export type OrderOptions = { system: string; currency: string };

const discountNames: Readonly<Record<DiscountField, string>> = {
  discount: 'Скидка по карте',
  coupon: 'Купон',
  couponMatch: 'Купон, доплата магазина',
};

/** Redeemed coupons by card column and day, as a file of redemptions tells them. */
export type Redemptions = ReadonlyMap<string, readonly string[]>;

/** Reads a file of redeemed coupons: who (the same number the card is made of), the coupon, the day. */
export async function readRedemptions(
  file: string,
  cardOf: (number: string) => string | undefined,
): Promise<Redemptions> {
  const csv = await openCsv(file, ',');
  const found = new Map<string, string[]>();
  for await (const { values } of csv.rows()) {
    if (values === undefined) continue;
    const who = values['household_id'] ?? values['card'] ?? '';
    const coupon = values['coupon_upc'] ?? values['coupon'] ?? '';
    const day = (values['redemption_date'] ?? values['date'] ?? '').slice(0, 10);
    const card = cardOf(who);
    if (card === undefined || coupon === '' || day === '')
      throw new UsageError(`${file}: a row needs household_id or card, coupon_upc or coupon, redemption_date or date`);
    const key = `${card} ${day}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, [coupon]);
    else if (!known.includes(coupon)) known.push(coupon);
  }
  return found;
}

/** The line at its shelf price; discounts make it what was paid. Some systems write 0 pieces of what is not counted. */
function lineOf(line: ReceiptLine, variantId: string): ImportedLine {
  const discounts = (Object.keys(discountNames) as DiscountField[])
    .filter((field) => line.discounts[field] > 0)
    .map((field) => ({ ruleId: `import:${field}`, name: discountNames[field], amountMinor: line.discounts[field] }));
  const discountMinor = discounts.reduce((sum, one) => sum + one.amountMinor, 0);
  const quantity = Math.max(1, Math.round(line.quantity));
  const sumMinor = line.amountMinor + discountMinor;
  return {
    variantId,
    sku: line.product,
    title: line.name === '' ? line.product : line.name,
    quantity,
    priceMinor: Math.round(sumMinor / quantity),
    sumMinor,
    discountMinor,
    discounts,
  };
}

/** The ids of what the receipts name; what the catalogue does not know is put there, without a price of its own. */
async function variantsOf(
  house: House,
  tx: Tx,
  receipts: readonly OldReceipt[],
  system: string,
): Promise<Map<string, string>> {
  const lines = receipts.flatMap((receipt) => receipt.lines);
  const ids = new Map(await variantIdsByCode(tx, [...new Set(lines.map(({ product }) => product))]));
  const unknown = new Map(lines.filter(({ product }) => !ids.has(product)).map((line) => [line.product, line]));
  if (unknown.size === 0) return ids;
  const rows = [...unknown.values()].map((line): ProductRow => ({
    code: `${system}:${line.product}`,
    title: line.name === '' ? line.product : line.name,
    source: system,
    state: 'withdrawn',
    variants: [{ sku: line.product }],
  }));
  const saved = await saveProducts(house, tx, rows, { at: house.clock.now(), by: 'import' });
  for (const { variants } of saved) for (const { sku, id } of variants) if (id !== undefined) ids.set(sku, id);
  return ids;
}

/** Brings receipts in as completed orders, once per number. Facts are not written: the receipts are on the timeline already. */
export async function ordersOf(
  house: House,
  receipts: readonly OldReceipt[],
  options: OrderOptions,
  redeemed: Redemptions | undefined,
): Promise<void> {
  const sold = receipts.filter(({ lines }) => lines.every((line) => line.amountMinor >= 0));
  if (sold.length === 0) return;
  const now = house.clock.now();
  await house.db.retry(async (tx) => {
    const owners = await resolve(
      tx,
      sold.map(({ lines }) => {
        const at = new Date(lines[0]?.at ?? 0).toISOString();
        const identifiers = [{ kind: 'card', value: lines[0]?.card ?? '', proof: 'proven' }] as const;
        return {
          at: now.toISOString(),
          occurredAt: at,
          sourceId: null,
          channel: 'shop',
          identifiers,
          traits: undefined,
        };
      }),
      now,
    );
    const variantIds = await variantsOf(house, tx, sold, options.system);
    const placeIds = new Map((await places(tx)).map((place) => [place.code, place.id]));
    await importOrders(
      tx,
      sold.map(({ receipt, lines }, index): ImportedOrder => {
        const placedAt = new Date(Math.min(...lines.map((line) => line.at)));
        const hasCoupon = lines.some((line) => line.discounts.coupon > 0);
        const day = `${lines[0]?.card ?? ''} ${new Date(placedAt).toISOString().slice(0, 10)}`;
        return {
          number: `${options.system}-${receipt}`,
          customerId: owners[index] ?? null,
          channel: 'shop',
          method: 'till',
          placeId: placeIds.get(lines[0]?.store ?? '') ?? null,
          currency: options.currency,
          placedAt,
          lines: lines.flatMap((line) => {
            const variantId = variantIds.get(line.product);
            return variantId === undefined ? [] : [lineOf(line, variantId)];
          }),
          ...(hasCoupon && redeemed !== undefined ? { coupons: redeemed.get(day) ?? [] } : {}),
        };
      }),
      { now },
    );
  });
}
