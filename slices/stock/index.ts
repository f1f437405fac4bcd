import type { Result } from '@ruslo/kernel';
import type { House, Query, Slice, Tx } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

/** Quantities are whole base units: pieces, or grams of goods by weight. Kits are expanded by the caller. */
export interface Want {
  readonly variantId: string;
  readonly placeId: string;
  readonly quantity: number;
}

/**
 * Reserves everything or nothing, in one statement, sorted by key. Same `ref` again: the first answer, no second effect.
 * Refuses with `stock.short` (409; params: variantId, placeId, wanted, available of the first that lacks).
 * @param ref whose it is, such as an order id. One ref may hold several rows.
 * @param until null = holds until consumed or released
 */
export async function reserve(
  _tx: Tx,
  _from: { readonly ref: string; readonly wants: readonly Want[]; readonly until: Date | null; readonly now: Date },
): Promise<Result<undefined>> {
  throw new Error('not built yet');
}
/** The order is certain: what is live holds without end; what has expired is reserved anew, or `stock.short`. */
export async function confirm(_tx: Tx, _ref: string, _now: Date): Promise<Result<undefined>> {
  throw new Error('not built yet');
}
/** Ends live reservations of a ref (of these wants only, when given; partly, when quantities are less). Idempotent for the whole. */
export async function release(_tx: Tx, _ref: string, _now: Date, _part?: readonly Want[]): Promise<void> {
  throw new Error('not built yet');
}
/** Hands out or ships reserved goods: reservation consumed, on hand falls, a movement `sold` each. Refuses `stock.not-reserved`. */
export async function consume(
  _tx: Tx,
  _from: { readonly ref: string; readonly wants: readonly Want[]; readonly now: Date; readonly by: string | null },
): Promise<Result<undefined>> {
  throw new Error('not built yet');
}
/** Sells from the shelf without a reservation (till). Refuses `stock.short`, unless `found`: then what lacks is first written as found. */
export async function sell(
  _tx: Tx,
  _from: {
    readonly ref: string;
    readonly wants: readonly Want[];
    readonly now: Date;
    readonly by: string | null;
    readonly found?: boolean;
  },
): Promise<Result<undefined>> {
  throw new Error('not built yet');
}
/** Goods come back to a place: a movement `returned` each. `key` makes it once. */
export async function restock(
  _tx: Tx,
  _from: {
    readonly key: string;
    readonly ref: string;
    readonly wants: readonly Want[];
    readonly now: Date;
    readonly by: string | null;
    /** Damaged goods come back without becoming sellable: a second movement `written-off`. */
    readonly damaged?: boolean;
  },
): Promise<void> {
  throw new Error('not built yet');
}

export interface Available {
  /** Sellable over all open places: on hand − safety − reserved, plus backorder where it is allowed. */
  readonly total: number;
  readonly byPlace: ReadonlyMap<string, number>;
}
/** What can be promised now, read in this transaction. Variants without any level are there with 0. */
export async function available(_query: Query, _variantIds: readonly string[]): Promise<Map<string, Available>> {
  throw new Error('not built yet');
}
/** The same from this process's memory, at most a second old: for showing and carts. */
export async function availableSoon(_house: House, _variantIds: readonly string[]): Promise<Map<string, Available>> {
  throw new Error('not built yet');
}

export interface PromiseAsk {
  readonly lines: readonly { readonly variantId: string; readonly quantity: number }[];
  readonly method: 'pickup' | 'delivery';
  /** Where the customer is, or wants it. */
  readonly to: { readonly lat: number; readonly lon: number } | null;
  /** Only this place, for a pickup there. */
  readonly placeId?: string | undefined;
  readonly now: Date;
}
export interface Promised {
  /** One part a place; more than one only when splitting pays. Every line is covered, or `missing` says what lacks. */
  readonly parts: readonly {
    readonly placeId: string;
    readonly lines: readonly { readonly variantId: string; readonly quantity: number }[];
    readonly distanceKm: number | null;
  }[];
  /** Where it is handed out (pickup), null for delivery. */
  readonly placeId: string | null;
  readonly readyAt: Date;
  readonly costMinor: number;
  readonly missing: readonly { readonly variantId: string; readonly quantity: number }[];
}
/** Which place or places serve this, by when and at what cost: the best first, at most 10. */
export async function promise(_query: Query, _ask: PromiseAsk): Promise<readonly Promised[]> {
  throw new Error('not built yet');
}

/** What lies where, and what of it is promised. */
export const stock: Slice = { name: 'stock', words: { ru, en } };
