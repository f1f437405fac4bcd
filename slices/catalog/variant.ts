import type { Channel } from '@ruslo/kernel';

/** What the door says of a variant. */

/** VAT rate as 54-FZ names it; `none` = without VAT. */
export type Vat = 'none' | '0' | '5' | '7' | '10' | '20' | '22';

/** A variant as it is sold at a moment in a channel to somebody. */
export interface Variant {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly title: string;
  readonly kind: 'good' | 'service' | 'gift-card';
  /** Category ids from the root to the leaf. */
  readonly categoryIds: readonly string[];
  readonly brand: string | null;
  /** A piece, or goods by weight: then quantities are grams and the price is of 1,000 g. */
  readonly unit: 'piece' | 'weight';
  readonly priceMinor: number;
  /** Price of the default list; differs from priceMinor when a price list deviates. */
  readonly basePriceMinor: number;
  /** Crossed-out price to show, or null. */
  readonly oldPriceMinor: number | null;
  readonly priceListId: string | null;
  readonly currency: string;
  /** No discount or points may bring the price of a unit below it. Null = no floor. */
  readonly minPriceMinor: number | null;
  /** Neither promotions nor points touch it (tobacco, alcohol, gift cards). */
  readonly noDiscount: boolean;
  readonly marked: boolean;
  readonly minAge: number | null;
  readonly vat: Vat;
  readonly warrantyMonths: number | null;
  readonly weightG: number | null;
  readonly image: string | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** A kit is sold as one and taken from stock as these (quantities of one kit). Empty for what is no kit. */
  readonly components: readonly { readonly variantId: string; readonly quantity: number }[];
  readonly state: 'active' | 'withdrawn';
}

export interface PriceContext {
  readonly channel: Channel;
  readonly customerGroups: readonly string[];
  readonly at: Date;
}
