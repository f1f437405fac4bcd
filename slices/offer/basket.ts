import type { Channel } from '@ruslo/kernel';

/** What is priced, and what the price is: the shapes of the engine. */

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
  /** Rules neither touch such a line nor count it: a gift card does not bring a basket to a threshold. */
  readonly noDiscount: boolean;
}

/** A code of the basket, looked up. One that gives nothing says why; see `couponsOf`. */
export interface HeldCoupon {
  /** Normalised. */
  readonly code: string;
  readonly ruleId: string | null;
  readonly couponId: string | null;
  /** A code of `offer.why.*`: not known, over, used up. */
  readonly why?: string;
}

/** What is left of a rule's limits for this person; absent means no such limit. */
export interface Left {
  readonly uses?: number;
  readonly mine?: number;
  readonly budgetMinor?: number;
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
  /** Looked up by `holdings` or `couponsOf`; a bare code is refused as unknown. */
  readonly coupons: readonly (string | HeldCoupon)[];
  /** Personal offers that the customer holds now. */
  readonly grants: readonly { readonly id: string; readonly ruleId: string }[];
  /** By rule, from `holdings`: without it the price promises what `redeem` may refuse. */
  readonly left?: ReadonlyMap<string, Left>;
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

/** Why a rule was or was not applied: a code of `offer.why.*` with values for its words. */
export interface Why {
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number>>;
}

export interface Priced {
  /** In the order of the basket. */
  readonly lines: readonly PricedLine[];
  /** Before its discount. */
  readonly shippingMinor: number;
  readonly shippingDiscountMinor: number;
  readonly gifts: readonly { readonly variantId: string; readonly quantity: number; readonly ruleId: string }[];
  /** Extra points that rules give: multiplier in basis points on what loyalty earns, and a fixed sum. */
  readonly points: { readonly multiplierBp: number; readonly extra: number; readonly ruleIds: readonly string[] };
  /** Of the lines. */
  readonly sumMinor: number;
  /** Of the lines; that of shipping stands apart. */
  readonly discountMinor: number;
  /** sumMinor − discountMinor + shippingMinor − shippingDiscountMinor. */
  readonly totalMinor: number;
  /** What this placement would use up: rules with a limit or a budget, coupons, personal offers. */
  readonly uses: readonly {
    readonly ruleId: string;
    readonly couponId?: string;
    readonly grantId?: string;
    readonly amountMinor: number;
  }[];
  /** Why each rule was or was not applied; only when asked for. */
  readonly why: readonly (Why & {
    readonly ruleId: string;
    readonly name: string;
    readonly applied: boolean;
  })[];
  /** Coupon codes of the basket that gave nothing, with the reason code. */
  readonly refusedCoupons: readonly { readonly code: string; readonly why: string }[];
}

/** The compiled rules of a revision: pure, reusable, the same result for the same basket. */
export interface Book {
  readonly revision: number;
  price(basket: Basket, options?: { readonly explain?: boolean }): Priced;
  /** True when some rule asks for attributes of the customer, so that they need be read. */
  readonly asksCustomer: boolean;
  /** True when some rule is a personal offer; else nobody's need be read. */
  readonly asksGrants: boolean;
  /** Rules with a limit, a limit a customer or a budget: what `holdings` reads. */
  readonly limitedRuleIds: readonly string[];
}
