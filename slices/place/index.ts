import type { Query, Slice, Tx } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export type PlaceKind = 'shop' | 'warehouse' | 'pickup' | 'cafe';
export type PlaceService = 'sale' | 'pickup' | 'try-on' | 'return' | 'ship' | 'cafe';

export interface Place {
  readonly id: string;
  /** Short code of the company: `KZN-1`. Unique. */
  readonly code: string;
  readonly kind: PlaceKind;
  readonly name: string;
  readonly brand: string | null;
  readonly city: string;
  readonly address: string;
  readonly lat: number;
  readonly lon: number;
  readonly timeZone: string;
  readonly services: readonly PlaceService[];
  readonly state: 'open' | 'closed';
  /** Place whose floor it stands on: a café corner in a shop. */
  readonly withinId: string | null;
}

/** All places; a few hundred rows. */
export async function places(_query: Query): Promise<readonly Place[]> {
  throw new Error('not built yet');
}
export async function placeById(_query: Query, _id: string): Promise<Place | undefined> {
  throw new Error('not built yet');
}
/** Takes a free cell of the pickup desk for a parcel (`ref` = fulfilment id), the same again for the same ref; null when none is free. */
export async function takeCell(_tx: Tx, _placeId: string, _ref: string, _now: Date): Promise<string | null> {
  throw new Error('not built yet');
}
export async function freeCell(_tx: Tx, _ref: string): Promise<void> {
  throw new Error('not built yet');
}
/** Places to which a member of staff is assigned. */
export async function staffPlaces(_query: Query, _staffId: string): Promise<readonly string[]> {
  throw new Error('not built yet');
}

/** Where things are sold, kept and handed out. */
export const place: Slice = { name: 'place', words: { ru, en } };
