import { shelf, variantsNow } from '@ruslo/catalog';
import type { PriceContext, Variant } from '@ruslo/catalog';
import { personOf } from '@ruslo/identity';
import type { Person } from '@ruslo/identity';
import type { Channel } from '@ruslo/kernel';
import { mostMinor, mulDiv } from '@ruslo/kernel';
import { tierOf } from '@ruslo/loyalty';
import { book, bookNow, holdings } from '@ruslo/offer';
import type { BasketLine, Book, Priced } from '@ruslo/offer';
import { placeById } from '@ruslo/place';
import type { House, Query, Tx } from '@ruslo/platform';
import { settingSoon } from './setting.ts';

/** The one way in which a basket gets its price: of the cart, of the checkout and of the till. */

export interface QuoteAsk {
  readonly lines: readonly { readonly id: string; readonly variantId: string; readonly quantity: number }[];
  readonly customerId: string | null;
  readonly customerIds: readonly string[];
  /** Who she is, for whom it was read already. */
  readonly person?: Person | undefined;
  readonly coupons: readonly string[];
  readonly channel: Channel;
  readonly placeId: string | null;
  readonly shippingMinor: number;
  readonly at: Date;
  readonly explain?: boolean;
}

export interface Quote {
  readonly variants: ReadonlyMap<string, Variant>;
  readonly priced: Priced;
  /** Lines whose variant is unknown or withdrawn, or whose sum no money can be; not in `priced`. */
  readonly gone: readonly string[];
  readonly tier: string | null;
  readonly currency: string;
}

/** What of the world a quote is reckoned from. */
interface Sources {
  variants(ids: readonly string[], context: PriceContext): Promise<ReadonlyMap<string, Variant>>;
  book(): Promise<Book>;
}

const defaultCurrency = 'RUB';

/** From this process's memory, milliseconds behind the store. */
export async function quote(house: House, query: Query, ask: QuoteAsk): Promise<Quote> {
  const person = await personAsked(query, ask);
  return quoteFor(house, query, ask, person);
}

/** The same for whose person is known already, and with variants at hand. */
export function quoteFor(
  house: House,
  query: Query,
  ask: QuoteAsk,
  person: Person | undefined,
  known?: ReadonlyMap<string, Variant>,
): Promise<Quote> {
  return price(house, query, ask, person, {
    variants: async (ids, context) => known ?? (await shelf(house, ids, context)),
    book: () => book(house),
  });
}

const personAsked = async (query: Query, ask: QuoteAsk): Promise<Person | undefined> =>
  ask.person ?? (ask.customerId === null ? undefined : await personOf(query, ask.customerId));

/**
 * Everything read in this transaction: what a placement decides by.
 * @param stamp of the promotions, when it was read in this transaction already
 */
export async function quoteNow(house: House, tx: Tx, ask: QuoteAsk, stamp?: string): Promise<Quote> {
  const person = await personAsked(tx, ask);
  return price(house, tx, ask, person, {
    variants: (ids, context) => variantsNow(tx, ids, context),
    book: () => bookNow(house, tx, stamp),
  });
}

async function price(
  house: House,
  query: Query,
  ask: QuoteAsk,
  person: Person | undefined,
  sources: Sources,
): Promise<Quote> {
  const groups = person?.groups ?? [];
  const ids = ask.lines.map((line) => line.variantId);
  const variants = await sources.variants(ids, { channel: ask.channel, customerGroups: groups, at: ask.at });
  const lines: BasketLine[] = [];
  const gone: string[] = [];
  for (const line of ask.lines) {
    const variant = variants.get(line.variantId);
    const basketed = variant?.state === 'active' ? basketLine(line, variant) : undefined;
    // What costs more than anything may is not sold, rather than reckoned wrong.
    if (basketed !== undefined && basketed.sumMinor <= mostMinor) lines.push(basketed);
    else gone.push(line.id);
  }
  const currency = variants.get(lines[0]?.variantId ?? '')?.currency ?? defaultCurrency;
  const rules = await sources.book();
  const tier = rules.asksCustomer && person !== undefined ? await tierOf(query, person.ids, ask.at) : null;
  const basket = {
    lines,
    channel: ask.channel,
    placeId: ask.placeId,
    at: ask.at,
    timeZone: await timeZoneOf(house, query, ask.placeId),
    currency,
    customer:
      person === undefined ? null : { ids: person.ids, attributes: person.attributes, groups: person.groups, tier },
    shippingMinor: ask.shippingMinor,
  };
  const options = ask.explain === true ? { explain: true } : undefined;
  const of = { customerIds: person?.ids ?? [], codes: ask.coupons, at: ask.at };
  // What is left of limits is counted only when a rule that has some would act: it can then only be less.
  const held = await holdings(query, { asksGrants: rules.asksGrants, limitedRuleIds: [] }, of);
  let priced = rules.price({ ...basket, coupons: held.coupons, grants: held.grants }, options);
  const limited = new Set(rules.limitedRuleIds);
  if (ask.explain === true ? limited.size > 0 : priced.uses.some((use) => limited.has(use.ruleId)))
    priced = rules.price({ ...basket, ...(await holdings(query, rules, of)) }, options);
  return { variants, priced, gone, tier, currency };
}

const basketLine = (line: QuoteAsk['lines'][number], variant: Variant): BasketLine => ({
  id: line.id,
  variantId: variant.id,
  productId: variant.productId,
  categoryIds: variant.categoryIds,
  brand: variant.brand,
  attributes: variant.attributes,
  quantity: line.quantity,
  unit: variant.unit,
  priceMinor: variant.priceMinor,
  sumMinor: mulDiv(variant.priceMinor, line.quantity, variant.unit === 'weight' ? 1_000 : 1),
  minPriceMinor: variant.minPriceMinor,
  noDiscount: variant.noDiscount,
});

/** Hours of a rule are those of the shop where it is bought; elsewhere those of the company. */
async function timeZoneOf(house: House, query: Query, placeId: string | null): Promise<string> {
  const place = placeId === null ? undefined : await placeById(query, placeId);
  return place?.timeZone ?? (await settingSoon(house, query)).timeZone;
}
