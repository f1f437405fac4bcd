import type { Channel, Result } from '@ruslo/kernel';
import type { House, Query, Slice, Tx } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export interface BasketLine {
  readonly id: string;
  readonly variantId: string;
  readonly productId: string;
  readonly categoryIds: readonly string[];
  readonly brand: string | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Base units: pieces, or grams. */
  readonly quantity: number;
  readonly unit: 'piece' | 'weight';
  readonly priceMinor: number;
  /** The line before discounts: price × quantity, half up. */
  readonly sumMinor: number;
  readonly minPriceMinor: number | null;
  readonly noDiscount: boolean;
}

export interface Basket {
  readonly lines: readonly BasketLine[];
  readonly channel: Channel;
  readonly placeId: string | null;
  readonly at: Date;
  readonly timeZone: string;
  readonly currency: string;
  readonly customer: {
    readonly ids: readonly string[];
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly groups: readonly string[];
    readonly tier: string | null;
  } | null;
  readonly coupons: readonly string[];
  /** Personal offers that the customer holds now. */
  readonly grants: readonly { readonly id: string; readonly ruleId: string }[];
  readonly shippingMinor: number;
}

/** One rule's part in the price of a line. */
export interface Discount {
  readonly ruleId: string;
  readonly name: string;
  readonly amountMinor: number;
  readonly coupon?: string;
  readonly grantId?: string;
}

export interface PricedLine {
  readonly id: string;
  readonly sumMinor: number;
  readonly discounts: readonly Discount[];
  readonly discountMinor: number;
  /** sumMinor − discountMinor; never below the floor, never below 0. */
  readonly totalMinor: number;
}

export interface Priced {
  readonly lines: readonly PricedLine[];
  readonly shippingMinor: number;
  readonly shippingDiscountMinor: number;
  readonly gifts: readonly { readonly variantId: string; readonly quantity: number; readonly ruleId: string }[];
  /** Extra points that rules give: multiplier in basis points on what loyalty earns, and a fixed sum. */
  readonly points: { readonly multiplierBp: number; readonly extra: number; readonly ruleIds: readonly string[] };
  readonly sumMinor: number;
  readonly discountMinor: number;
  readonly totalMinor: number;
  /** What this placement would use up: rules with a limit or a budget, coupons, personal offers. */
  readonly uses: readonly {
    readonly ruleId: string;
    readonly couponId?: string;
    readonly grantId?: string;
    readonly amountMinor: number;
  }[];
  /** Why each rule was or was not applied; a code of `offer.why.*` with values. Only when asked for. */
  readonly why: readonly {
    readonly ruleId: string;
    readonly name: string;
    readonly applied: boolean;
    readonly code: string;
    readonly params?: Readonly<Record<string, string | number>>;
  }[];
  /** Coupon codes of the basket that gave nothing, with the reason code. */
  readonly refusedCoupons: readonly { readonly code: string; readonly why: string }[];
}

/** The compiled rules of a revision: pure, reusable, the same result for the same basket. */
export interface Book {
  readonly revision: number;
  price(basket: Basket, options?: { readonly explain?: boolean }): Priced;
  /** True when some rule asks for attributes of the customer, so that they need be read. */
  readonly asksCustomer: boolean;
}

/** The current book of this process, milliseconds behind the store. Coupons of a basket are looked up by `couponsOf`. */
export async function book(_house: House): Promise<Book> {
  throw new Error('not built yet');
}
/** The book at the revision that this transaction sees: what a placement decides by. */
export async function bookNow(_house: House, _tx: Query): Promise<Book> {
  throw new Error('not built yet');
}
/** Personal offers that these ids hold and may use at this moment. */
export async function grantsOf(
  _query: Query,
  _customerIds: readonly string[],
  _at: Date,
): Promise<readonly { readonly id: string; readonly ruleId: string }[]> {
  throw new Error('not built yet');
}
/** Normalised code → the coupon's rule, for codes that exist and are valid now; the basket then carries those codes. */
export async function checkCoupon(
  _query: Query,
  _code: string,
  _customerIds: readonly string[],
  _at: Date,
): Promise<Result<{ readonly code: string; readonly ruleId: string }>> {
  throw new Error('not built yet');
}
/**
 * Takes the uses of a placement: limits, per-customer limits, budgets, coupons, personal offers, each guarded by the
 * row itself; what has no limit takes no lock. Same `ref` again: no second effect. Refuses `offer.used-up` (409).
 */
export async function redeem(
  _tx: Tx,
  _from: {
    readonly ref: string;
    readonly customerIds: readonly string[];
    readonly customerId: string | null;
    readonly uses: Priced['uses'];
    readonly now: Date;
  },
): Promise<Result<undefined>> {
  throw new Error('not built yet');
}
/** Gives the uses of a ref back, once: the order was cancelled or has expired. */
export async function giveBack(_tx: Tx, _ref: string, _now: Date): Promise<void> {
  throw new Error('not built yet');
}

/** Why a price is what it is. */
export const offer: Slice = { name: 'offer', words: { ru, en } };
