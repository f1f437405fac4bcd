import { variantsNow } from '@ruslo/catalog';
import type { Variant } from '@ruslo/catalog';
import { personOf } from '@ruslo/identity';
import { mostMinor, mulDiv, ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { newId } from '@ruslo/platform';
import type { House, Locale } from '@ruslo/platform';
import type { z } from 'zod';
import type { Basket, BasketLine } from './basket.ts';
import { bookOf, draftBook } from './book.ts';
import type { previewBody, pricedSchema } from './contract.ts';
import { readHoldings } from './redeem.ts';

type Ask = z.output<typeof previewBody>;
type Preview = z.output<typeof pricedSchema>;

const lineOf = (id: string, quantity: number, variant: Variant): BasketLine => ({
  id,
  variantId: variant.id,
  productId: variant.productId,
  categoryIds: variant.categoryIds,
  brand: variant.brand,
  attributes: variant.attributes,
  quantity,
  unit: variant.unit,
  priceMinor: variant.priceMinor,
  sumMinor: mulDiv(variant.priceMinor, quantity, variant.unit === 'weight' ? 1_000 : 1),
  minPriceMinor: variant.minPriceMinor,
  noDiscount: variant.noDiscount,
});

/** Prices a basket that somebody thought up, and says why it costs that; nothing is used up. */
export async function preview(house: House, ask: Ask, locale: Locale): Promise<Result<Preview>> {
  const at = ask.at === undefined ? house.clock.now() : new Date(ask.at);
  const person = ask.customerId === undefined ? undefined : await personOf(house.db, ask.customerId);
  if (ask.customerId !== undefined && person === undefined) return refuse('identity.not-found', 404);
  const groups = [...(person?.groups ?? []), ...(ask.customer?.groups ?? [])];
  const variants = await variantsNow(
    house.db,
    ask.lines.map(({ variantId }) => variantId),
    { channel: ask.channel, customerGroups: groups, at },
  );
  const lines: BasketLine[] = [];
  const unknown: string[] = [];
  for (const [index, { variantId, quantity }] of ask.lines.entries()) {
    const variant = variants.get(variantId);
    const line = variant && lineOf(String(index + 1).padStart(4, '0'), quantity, variant);
    if (line === undefined || line.sumMinor > mostMinor) unknown.push(variantId);
    else lines.push(line);
  }
  const { draft } = ask;
  // Not the cache: who has just saved a rule sees it.
  const book =
    draft === undefined
      ? await bookOf(house, house.db)
      : await draftBook(house, { id: draft.replaces ?? newId(), ...draft });
  const customerIds = person?.ids ?? [];
  const held = await readHoldings(house.db, book, { customerIds, codes: ask.coupons, at });
  const basket: Basket = {
    lines,
    channel: ask.channel,
    placeId: ask.placeId,
    at,
    timeZone: ask.timeZone,
    currency: variants.values().next().value?.currency ?? 'RUB',
    customer:
      person === undefined && ask.customer === undefined
        ? null
        : {
            ids: customerIds,
            attributes: { ...person?.attributes, ...ask.customer?.attributes },
            groups,
            tier: ask.customer?.tier ?? null,
          },
    ...held,
    shippingMinor: ask.shippingMinor,
  };
  const priced = book.price(basket, { explain: true });
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency: basket.currency });
  const say = (code: string, params: Readonly<Record<string, string | number>> = {}): string => {
    const told = Object.entries(params).map(([key, value]) =>
      key.endsWith('Minor') ? [key, money.format(Number(value) / 100)] : [key, value],
    );
    return house.words.say(locale, code, Object.fromEntries(told) as Record<string, string | number>);
  };
  const { uses: _uses, ...shown } = priced;
  return ok({
    ...shown,
    lines: priced.lines.map((line, index) => ({
      ...line,
      discounts: line.discounts.map((discount) => ({ ...discount })),
      variantId: lines[index]?.variantId ?? '',
      title: variants.get(lines[index]?.variantId ?? '')?.title ?? '',
      quantity: lines[index]?.quantity ?? 0,
    })),
    unknown,
    gifts: [...priced.gifts],
    points: { ...priced.points, ruleIds: [...priced.points.ruleIds] },
    why: priced.why.map(({ params, ...why }) => ({
      ...why,
      ...(params === undefined ? {} : { params: { ...params } }),
      text: say(why.code, params),
    })),
    refusedCoupons: priced.refusedCoupons.map((one) => ({ ...one, text: say(one.why) })),
  });
}
