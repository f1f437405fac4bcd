import type { Variant } from '@ruslo/catalog';
import type { Channel } from '@ruslo/kernel';
import type { Priced } from '@ruslo/offer';
import type { House, Query, Slice, Tx } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export interface CartLine {
  readonly id: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly channel: Channel;
  readonly addedAt: string;
  /** Price of a unit when she last saw it; a difference is told. */
  readonly seenPriceMinor: number;
}
export interface Cart {
  readonly id: string;
  readonly customerId: string;
  readonly version: number;
  readonly lines: readonly CartLine[];
  readonly coupons: readonly string[];
}

/** The person's one cart, locked in this transaction; carts of her other ids are joined into it first. Undefined when she has none. */
export async function lockCart(_tx: Tx, _customerId: string, _now: Date): Promise<Cart | undefined> {
  throw new Error('not built yet');
}
/** The order took these lines: they leave the cart (what was added meanwhile stays), coupons too. */
export async function takeFromCart(
  _tx: Tx,
  _cart: Cart,
  _from: {
    readonly lineIds: readonly string[];
    readonly orderId: string;
    readonly channel: Channel;
    readonly now: Date;
  },
): Promise<void> {
  throw new Error('not built yet');
}

/** What prices a basket: used by the cart, the checkout and the till alike, so the same basket costs the same. */
export interface QuoteAsk {
  readonly lines: readonly { readonly id: string; readonly variantId: string; readonly quantity: number }[];
  readonly customerId: string | null;
  readonly customerIds: readonly string[];
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
  /** Lines whose variant is unknown or withdrawn; not in `priced`. */
  readonly gone: readonly string[];
  readonly tier: string | null;
  readonly currency: string;
}
/** From this process's memory, milliseconds behind the store. */
export async function quote(_house: House, _query: Query, _ask: QuoteAsk): Promise<Quote> {
  throw new Error('not built yet');
}
/** Everything read in this transaction: what a placement decides by. */
export async function quoteNow(_house: House, _tx: Tx, _ask: QuoteAsk): Promise<Quote> {
  throw new Error('not built yet');
}

/** One cart per customer over all channels, and her lists. */
export const cart: Slice = { name: 'cart', words: { ru, en } };
