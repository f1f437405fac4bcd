import { shelf } from '@ruslo/catalog';
import type { Variant } from '@ruslo/catalog';
import type { Person } from '@ruslo/identity';
import { mulDiv } from '@ruslo/kernel';
import type { Channel } from '@ruslo/kernel';
import { quotePoints } from '@ruslo/loyalty';
import type { PricedLine } from '@ruslo/offer';
import type { House, Query } from '@ruslo/platform';
import { availableSoon } from '@ruslo/stock';
import type { Available } from '@ruslo/stock';
import type { CartLineView, CartView } from './contract.ts';
import type { Quote } from './quote.ts';
import { quoteFor } from './quote.ts';
import type { Joined, RowLine } from './rules.ts';
import { noticeOf } from './rules.ts';

/** A cart as it is shown: with what its goods are and cost now, and what differs from what she saw. */

export interface Showing {
  readonly customerId: string;
  readonly person: Person;
  readonly channel: Channel;
  readonly at: Date;
}

export const variantsFor = (
  house: House,
  ids: readonly string[],
  { channel, person, at }: Showing,
): Promise<Map<string, Variant>> => shelf(house, ids, { channel, customerGroups: person.groups, at });

const empty: Joined = { id: '', version: 0, lines: [], coupons: [] };

/** @param known variants of the lines, when the caller has looked them up. */
export async function show(
  house: House,
  query: Query,
  joined: Joined = empty,
  showing: Showing,
  known?: ReadonlyMap<string, Variant>,
): Promise<CartView> {
  const { person, channel, at } = showing;
  const variants =
    known ??
    (await variantsFor(
      house,
      joined.lines.map((line) => line.variantId),
      showing,
    ));
  const quote = await quoteFor(
    house,
    query,
    {
      lines: joined.lines,
      customerId: showing.customerId,
      customerIds: person.ids,
      coupons: joined.coupons,
      channel,
      placeId: null,
      shippingMinor: 0,
      at,
    },
    person,
    variants,
  );
  const wanted = stockWanted(joined, variants);
  const stocked = await availableSoon(house, [...wanted.keys()], wanted);
  return viewOf(joined, showing.customerId, quote, stocked);
}

/** Variants whose stock says whether a line can be had, and how much of it: the goods themselves, or what a kit is made of. */
function stockWanted(joined: Joined, variants: ReadonlyMap<string, Variant>): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  const want = (id: string, quantity: number): void => void wanted.set(id, (wanted.get(id) ?? 0) + quantity);
  for (const line of joined.lines) {
    const variant = variants.get(line.variantId);
    if (variant?.kind !== 'good') continue;
    if (variant.components.length === 0) want(variant.id, line.quantity);
    else for (const part of variant.components) want(part.variantId, part.quantity * line.quantity);
  }
  return wanted;
}

function availableOf(variant: Variant | undefined, stocked: ReadonlyMap<string, Available>): number | null {
  if (variant?.kind !== 'good') return null;
  const of = (id: string): number => Math.max(0, stocked.get(id)?.total ?? 0);
  if (variant.components.length === 0) return of(variant.id);
  return Math.min(...variant.components.map((part) => Math.floor(of(part.variantId) / part.quantity)));
}

function viewOf(
  joined: Joined,
  customerId: string,
  { variants, priced, currency }: Quote,
  stocked: ReadonlyMap<string, Available>,
): CartView {
  const byId = new Map(priced.lines.map((line) => [line.id, line]));
  const notices: CartView['notices'] = [];
  const lines = joined.lines.map((line) => {
    const found = variants.get(line.variantId);
    const available = availableOf(found, stocked);
    notices.push(...noticeOf(line, found?.state === 'active' ? found : undefined, available));
    return lineView(line, found, byId.get(line.id), available);
  });
  for (const { code, why } of priced.refusedCoupons) notices.push({ code: 'coupon-refused', coupon: code, why });
  return {
    id: joined.id === '' ? null : joined.id,
    customerId,
    version: joined.version,
    currency,
    lines,
    coupons: [...joined.coupons],
    gifts: priced.gifts.map((gift) => ({ ...gift })),
    sumMinor: priced.sumMinor,
    discountMinor: priced.discountMinor,
    totalMinor: priced.totalMinor,
    notices,
  };
}

const lineView = (
  line: RowLine,
  variant: Variant | undefined,
  priced: PricedLine | undefined,
  available: number | null,
): CartLineView => ({
  id: line.id,
  variantId: line.variantId,
  quantity: line.quantity,
  channel: line.channel,
  addedAt: new Date(line.addedAtMs).toISOString(),
  seenPriceMinor: line.seenPriceMinor,
  state: variant?.state ?? 'withdrawn',
  productId: variant?.productId ?? null,
  sku: variant?.sku ?? null,
  title: variant?.title ?? null,
  image: variant?.image ?? null,
  unit: variant?.unit ?? 'piece',
  minAge: variant?.minAge ?? null,
  priceMinor: variant?.priceMinor ?? null,
  oldPriceMinor: variant?.oldPriceMinor ?? null,
  priceListId: variant?.priceListId ?? null,
  basePriceMinor: variant?.basePriceMinor ?? null,
  sumMinor: priced?.sumMinor ?? 0,
  discounts: (priced?.discounts ?? []).map(({ ruleId, name, amountMinor }) => ({ ruleId, name, amountMinor })),
  discountMinor: priced?.discountMinor ?? 0,
  totalMinor: priced?.totalMinor ?? 0,
  available,
});

/** What points can do for this cart; asks the store, so only who wants to know it pays for it. */
export async function pointsFor(
  house: House,
  query: Query,
  joined: Joined,
  showing: Showing,
): Promise<NonNullable<CartView['points']>> {
  const { person, channel, at } = showing;
  const quote = await quoteFor(
    house,
    query,
    {
      lines: joined.lines,
      customerId: showing.customerId,
      customerIds: person.ids,
      coupons: joined.coupons,
      channel,
      placeId: null,
      shippingMinor: 0,
      at,
    },
    person,
  );
  const lines = pointLines(joined, quote);
  const points = await quotePoints(house, query, {
    customerIds: person.ids,
    lines,
    currency: quote.currency,
    spend: null,
    bonus: quote.priced.points,
    at,
  });
  return { active: points.active, spendable: points.spendable, earn: points.earn, tier: points.tier };
}

const floorOf = (variant: Variant, quantity: number): number =>
  variant.minPriceMinor === null ? 0 : mulDiv(variant.minPriceMinor, quantity, variant.unit === 'weight' ? 1_000 : 1);

/** Lines of a quote as the programme asks about them. */
export function pointLines(
  cart: { readonly lines: readonly { readonly id: string; readonly variantId: string; readonly quantity: number }[] },
  quote: Quote,
): Parameters<typeof quotePoints>[2]['lines'] {
  const byId = new Map(cart.lines.map((line) => [line.id, line]));
  return quote.priced.lines.flatMap((line) => {
    const own = byId.get(line.id);
    const variant = own === undefined ? undefined : quote.variants.get(own.variantId);
    if (own === undefined || variant === undefined) return [];
    return [
      {
        id: line.id,
        categoryIds: variant.categoryIds,
        totalMinor: line.totalMinor,
        floorMinor: floorOf(variant, own.quantity),
        noDiscount: variant.noDiscount,
        promoted: line.discountMinor > 0,
      },
    ];
  });
}
