import type { Channel } from '@ruslo/kernel';
import type { House, Query, Slice } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

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

/** Variants by id from this process's shelf, milliseconds behind the store: for showing and carts. Unknown ids are left out. */
export async function shelf(
  _house: House,
  _ids: readonly string[],
  _context: PriceContext,
): Promise<Map<string, Variant>> {
  throw new Error('not built yet');
}
/** The same read in this transaction: what a placement decides by. */
export async function variantsNow(
  _query: Query,
  _ids: readonly string[],
  _context: PriceContext,
): Promise<Map<string, Variant>> {
  throw new Error('not built yet');
}
/** Variant ids by SKU or EAN, for scanners and imports. */
export async function variantIdsByCode(_query: Query, _codes: readonly string[]): Promise<Map<string, string>> {
  throw new Error('not built yet');
}

/** What is sold, and for how much. */
export const catalog: Slice = { name: 'catalog', words: { ru, en } };
