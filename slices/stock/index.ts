import type { Query, Slice } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };
import type { Key } from './contract.ts';
import { expireDue } from './duty.ts';

export type { Available } from './contract.ts';
export { available } from './promise.ts';
export { confirm, consume, release, reserve, sell } from './reserve.ts';
export { restock, setLevels } from './shift.ts';
export type { LevelSet } from './shift.ts';
export { availableSoon } from './soon.ts';

/** Quantities are whole base units: pieces, or grams of goods by weight. Kits are expanded by the caller. */
export interface Want extends Key {
  readonly quantity: number;
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
export const stock: Slice = {
  name: 'stock',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'stock.read': ['marketer', 'agent', 'associate', 'cashier', 'pickup', 'analyst', 'dpo', 'integrator'],
    'stock.manage': ['integrator', 'associate'],
  },
  duties: (house) => [expireDue(house)],
};
