import { quote, quoteNow } from '@ruslo/cart';
import type { Quote } from '@ruslo/cart';
import { variantsNow } from '@ruslo/catalog';
import type { Variant } from '@ruslo/catalog';
import type { Person } from '@ruslo/identity';
import type { Channel } from '@ruslo/kernel';
import { mulDiv } from '@ruslo/kernel';
import { quotePoints } from '@ruslo/loyalty';
import type { PointsQuote } from '@ruslo/loyalty';
import type { Priced } from '@ruslo/offer';
import type { House, Tx } from '@ruslo/platform';
import type { LineDiscount } from './store.ts';

export interface ReckonAsk {
  readonly lines: readonly { readonly id: string; readonly variantId: string; readonly quantity: number }[];
  readonly customerId: string | null;
  readonly customerIds: readonly string[];
  /** Who she is, for whom it was read already. */
  readonly person?: Person;
  /** Of the promotions, for whom it was read already. */
  readonly stamp?: string | undefined;
  /** The points that are spent are held in this transaction: they are locked as they are read. */
  readonly holds?: boolean;
  readonly coupons: readonly string[];
  readonly channel: Channel;
  readonly placeId: string | null;
  readonly shippingMinor: number;
  /** Null = as many as may be. */
  readonly points: number | null;
  readonly at: Date;
}

/** A line of an order to be, with everything that is frozen at placement. */
export interface NewLine {
  readonly lineNo: number;
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly kind: Variant['kind'];
  readonly unit: Variant['unit'];
  readonly quantity: number;
  readonly priceMinor: number;
  readonly sumMinor: number;
  readonly discountMinor: number;
  readonly pointsSpent: number;
  readonly pointsMinor: number;
  readonly pointsEarned: number;
  readonly totalMinor: number;
  readonly discounts: readonly LineDiscount[];
  readonly vat: string;
  readonly categoryIds: readonly string[];
  readonly warrantyMonths: number | null;
  readonly components: Variant['components'];
  readonly gift: boolean;
  readonly marked: boolean;
  readonly minAge: number | null;
}

export interface Reckoned {
  readonly lines: readonly NewLine[];
  readonly gone: readonly string[];
  readonly refusedCoupons: Priced['refusedCoupons'];
  readonly uses: Priced['uses'];
  readonly currency: string;
  readonly sumMinor: number;
  readonly discountMinor: number;
  readonly pointsSpent: number;
  readonly pointsMinor: number;
  readonly pointsEarned: number;
  readonly shippingMinor: number;
  readonly totalMinor: number;
  readonly pointsActive: number;
  readonly pointsSpendable: number;
}

const noPoints: PointsQuote = {
  active: 0,
  pending: 0,
  spendable: 0,
  spend: 0,
  spent: [],
  earn: 0,
  earned: [],
  tier: null,
};

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

/** Prices and points of a basket from this transaction: what a placement decides by. */
export const reckonNow = async (house: House, tx: Tx, ask: ReckonAsk): Promise<Reckoned> =>
  reckon(house, tx, ask, await quoteNow(house, tx, ask, ask.stamp), ask.holds === true ? tx : undefined);

/** The same for showing. */
export const reckonSoon = async (house: House, ask: ReckonAsk): Promise<Reckoned> =>
  reckon(house, house.db, ask, await quote(house, house.db, ask));

async function reckon(
  house: House,
  query: House['db'] | Tx,
  ask: ReckonAsk,
  quoted: Quote,
  holdIn?: Tx,
): Promise<Reckoned> {
  const { priced, variants } = quoted;
  const lockIn = ask.points === 0 ? undefined : holdIn;
  const points =
    ask.customerIds.length === 0 ? noPoints : await quotePoints(house, query, pointsAsk(ask, quoted), lockIn);
  const spent = new Map(points.spent.map((one) => [one.id, one]));
  const earned = new Map(points.earned.map((one) => [one.id, one.points]));
  const pricedById = new Map(priced.lines.map((line) => [line.id, line]));
  const lines: NewLine[] = [];
  // In the order in which they were asked for, so that line numbers are known before the price.
  for (const wanted of ask.lines) {
    const line = pricedById.get(wanted.id);
    if (line === undefined) continue;
    const variant = variants.get(wanted.variantId);
    if (variant === undefined) throw new Error(`line ${line.id} is priced without a variant`);
    const pointsMinor = spent.get(line.id)?.amountMinor ?? 0;
    lines.push({
      ...frozen(variant, lines.length + 1, wanted.quantity),
      priceMinor: variant.priceMinor,
      sumMinor: line.sumMinor,
      discountMinor: line.discountMinor,
      pointsSpent: spent.get(line.id)?.points ?? 0,
      pointsMinor,
      pointsEarned: earned.get(line.id) ?? 0,
      totalMinor: line.totalMinor - pointsMinor,
      discounts: line.discounts,
      gift: false,
    });
  }
  lines.push(...(await giftLines(query, ask, quoted, lines.length)));
  const shippingMinor = priced.shippingMinor - priced.shippingDiscountMinor;
  return {
    lines,
    gone: quoted.gone,
    refusedCoupons: priced.refusedCoupons,
    uses: priced.uses,
    currency: quoted.currency,
    sumMinor: sumOf(lines, (line) => line.sumMinor),
    discountMinor: sumOf(lines, (line) => line.discountMinor),
    pointsSpent: sumOf(lines, (line) => line.pointsSpent),
    pointsMinor: sumOf(lines, (line) => line.pointsMinor),
    pointsEarned: sumOf(lines, (line) => line.pointsEarned),
    shippingMinor,
    totalMinor: sumOf(lines, (line) => line.totalMinor) + shippingMinor,
    pointsActive: points.active,
    pointsSpendable: points.spendable,
  };
}

function pointsAsk(ask: ReckonAsk, quoted: Quote): Parameters<typeof quotePoints>[2] {
  const asked = new Map(ask.lines.map((line) => [line.id, line]));
  const lines = quoted.priced.lines.map((line) => {
    const wanted = asked.get(line.id);
    const variant = wanted === undefined ? undefined : quoted.variants.get(wanted.variantId);
    const floor = variant?.minPriceMinor ?? 0;
    return {
      id: line.id,
      categoryIds: variant?.categoryIds ?? [],
      totalMinor: line.totalMinor,
      floorMinor: mulDiv(floor, wanted?.quantity ?? 0, variant?.unit === 'weight' ? 1_000 : 1),
      noDiscount: variant?.noDiscount === true || variant?.kind === 'gift-card',
      promoted: line.discounts.length > 0,
    };
  });
  const { multiplierBp, extra } = quoted.priced.points;
  return {
    customerIds: ask.customerIds,
    lines,
    currency: quoted.currency,
    spend: ask.points,
    bonus: { multiplierBp, extra },
    at: ask.at,
  };
}

const frozen = (variant: Variant, lineNo: number, quantity: number) => ({
  lineNo,
  variantId: variant.id,
  sku: variant.sku,
  title: variant.title,
  kind: variant.kind,
  unit: variant.unit,
  quantity,
  vat: variant.vat,
  categoryIds: variant.categoryIds,
  warrantyMonths: variant.warrantyMonths,
  components: variant.components,
  marked: variant.marked,
  minAge: variant.minAge,
});

/** What promotions add for nothing: lines of their own, with the rule that gave them. */
async function giftLines(query: House['db'] | Tx, ask: ReckonAsk, quoted: Quote, after: number): Promise<NewLine[]> {
  const { gifts } = quoted.priced;
  if (gifts.length === 0) return [];
  const context = { channel: ask.channel, customerGroups: [], at: ask.at };
  const variants = await variantsNow(
    query,
    gifts.map((gift) => gift.variantId),
    context,
  );
  return gifts.flatMap((gift, index) => {
    const variant = variants.get(gift.variantId);
    if (variant === undefined || variant.state !== 'active') return [];
    return {
      ...frozen(variant, after + index + 1, gift.quantity),
      priceMinor: 0,
      sumMinor: 0,
      discountMinor: 0,
      pointsSpent: 0,
      pointsMinor: 0,
      pointsEarned: 0,
      totalMinor: 0,
      discounts: [{ ruleId: gift.ruleId, name: '', amountMinor: 0 }],
      gift: true,
    };
  });
}

/** The basket without gifts that no place has: they are extra, and hold up nothing. */
export const withoutGifts = (reckoned: Reckoned): Reckoned => ({
  ...reckoned,
  lines: reckoned.lines.filter((line) => !line.gift),
});
