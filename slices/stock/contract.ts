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

export interface Line {
  readonly variantId: string;
  readonly quantity: number;
}

export interface PromiseAsk {
  readonly lines: readonly Line[];
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
    readonly lines: readonly Line[];
    /** To the customer; of what is brought to another place for pickup: to that place. Null when nobody said where she is. */
    readonly distanceKm: number | null;
  }[];
  /** Where it is handed out (pickup), null for delivery. */
  readonly placeId: string | null;
  readonly readyAt: Date;
  /** What the customer pays for the bringing, by the tariff; 0 for a pickup. */
  readonly costMinor: number;
  readonly missing: readonly Line[];
}

/** What bringing costs and how long it takes. The `…Minor` of weighing are not charged: they say what is better. */
export interface Tariff {
  /** Charged for a delivery: base, a kilometre of the farthest parcel, each further parcel. */
  readonly feeMinor: number;
  readonly feeKmMinor: number;
  readonly feePartMinor: number;
  /** Weighing: what a further parcel, a kilometre and an hour of waiting are worth. */
  readonly partMinor: number;
  readonly kmMinor: number;
  readonly hourMinor: number;
  /** From the door of the place to the customer: so many hours, and so fast. */
  readonly deliveryHours: number;
  readonly kmPerHour: number;
  /** From place to place. */
  readonly transferHours: number;
  /** No order is split into more parcels. */
  readonly partsMost: number;
}

export const defaultTariff: Tariff = {
  feeMinor: 29_900,
  feeKmMinor: 0,
  feePartMinor: 0,
  partMinor: 20_000,
  kmMinor: 1_000,
  hourMinor: 1_000,
  deliveryHours: 24,
  kmPerHour: 50,
  transferHours: 24,
  partsMost: 4,
};
