export interface Key {
  readonly variantId: string;
  readonly placeId: string;
}
export interface Part extends Key {
  readonly quantity: number;
}

/** A level of which more or less can be promised than before, as far as somebody may want to hear of it. */
export interface Change extends Key {
  readonly before: number;
  readonly after: number;
  readonly lowAt: number | null;
  readonly onHandBefore?: number;
  readonly onHandAfter?: number;
  readonly excessAt?: number | null;
}

export interface Available {
  /** Sellable over all open places: on hand − safety − reserved, plus backorder where it is allowed. */
  readonly total: number;
  readonly byPlace: ReadonlyMap<string, number>;
}

export const movementKinds = [
  'received',
  'imported',
  'adjusted',
  'counted',
  'found',
  'sold',
  'returned',
  'written-off',
  'sent',
  'arrived',
] as const;
export type MovementKind = (typeof movementKinds)[number];
