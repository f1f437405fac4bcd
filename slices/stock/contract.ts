import { channels, mostMinor } from '@ruslo/kernel';
import { z } from 'zod';

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
  /** When the line itself was moved. */
  readonly lowAtBefore?: number | null;
  readonly excessAtBefore?: number | null;
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

/** As Postgres writes them: ids are compared as text here. */
const uuid = z.uuid().toLowerCase();

/** Base units of one variant at one place. */
export const mostUnits = 1_000_000_000;
const units = z.int().min(0).max(mostUnits);
const limit = z.coerce.number().int().min(1).max(500).default(50);
const cursor = z.string().max(100).optional();
const linesMost = 5_000;

const levelFields = {
  variantId: uuid,
  placeId: uuid,
  onHand: z.int(),
  reserved: z.int(),
  safety: z.int(),
  backorder: z.int(),
  shortage: z.int(),
  sellable: z.int().describe('on hand − reserved − safety + backorder; less than 0 when more was promised'),
  lowAt: z.int().nullable(),
  excessAt: z.int().nullable(),
  changedAt: z.iso.datetime(),
};
export const levelItem = z.object(levelFields).meta({ id: 'StockLevel' });
export const levelQuery = z.object({
  variantId: uuid.optional(),
  placeId: uuid.optional(),
  low: z.stringbool().optional().describe('Only what is at or under its low line'),
  excess: z.stringbool().optional().describe('Only what is at or over its excess line'),
  short: z.stringbool().optional().describe('Only where more is promised than is there'),
  cursor,
  limit,
});
export const levelList = z.object({ items: z.array(levelItem), nextCursor: z.string().nullable() });

export const movementItem = z
  .object({
    id: z.int(),
    variantId: uuid,
    placeId: uuid,
    kind: z.enum(movementKinds),
    quantity: z.int(),
    ref: z.string().nullable(),
    by: uuid.nullable(),
    why: z.string().nullable(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'StockMovement' });
const idCursor = z.coerce.number().int().min(1).optional();
export const movementQuery = z
  .object({
    variantId: uuid.optional(),
    placeId: uuid.optional(),
    ref: z.string().max(100).optional(),
    kind: z.enum(movementKinds).optional(),
    cursor: idCursor,
    limit,
  })
  .refine(
    ({ kind, variantId, placeId, ref }) => kind === undefined || (variantId ?? placeId ?? ref) !== undefined,
    'kind goes with variantId, placeId or ref',
  );
export const movementList = z.object({ items: z.array(movementItem), nextCursor: z.int().nullable() });

export const reservationStates = ['live', 'consumed', 'released', 'expired'] as const;
export const reservationItem = z
  .object({
    id: z.int(),
    ref: z.string(),
    variantId: uuid,
    placeId: uuid,
    quantity: z.int(),
    state: z.enum(reservationStates),
    until: z.iso.datetime().nullable(),
    at: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'StockReservation' });
export const reservationQuery = z.object({
  ref: z.string().max(100).optional().describe('Of this order, also what has ended; without it only what is live'),
  variantId: uuid.optional(),
  placeId: uuid.optional(),
  cursor: idCursor,
  limit,
});
export const reservationList = z.object({ items: z.array(reservationItem), nextCursor: z.int().nullable() });

export const variantParams = z.object({ variantId: uuid });
export const variantStock = z.object({
  variantId: uuid,
  total: z.int().describe('Sellable over all open places'),
  items: z.array(levelItem),
  reservations: z.array(reservationItem).describe('Live ones, the newest 200'),
});

const why = z.string().trim().max(400);
const ref = z.string().trim().min(1).max(100);
const counted = z
  .array(z.object({ variantId: uuid, quantity: z.int().min(1).max(mostUnits) }))
  .min(1)
  .max(linesMost);
export const receiveBody = z.object({ placeId: uuid, ref: ref.optional(), why: why.optional(), lines: counted });
export const adjustBody = z.object({
  placeId: uuid,
  why: why.min(1),
  ref: ref.optional(),
  lines: z
    .array(z.object({ variantId: uuid, quantity: z.int().min(-mostUnits).max(mostUnits) }))
    .min(1)
    .max(linesMost),
});
export const transferBody = z
  .object({ fromId: uuid, toId: uuid, ref: ref.optional(), why: why.optional(), lines: counted })
  .refine(({ fromId, toId }) => fromId !== toId, 'from a place to itself');
export const countBody = z.object({
  placeId: uuid,
  ref: ref.optional(),
  why: why.optional(),
  lines: z
    .array(z.object({ variantId: uuid, onHand: units }))
    .min(1)
    .max(linesMost),
});
export const changedAnswer = z.object({ changed: z.int().describe('Levels that are other than before') });

export const settingBody = z.object({
  items: z
    .array(
      z.object({
        variantId: uuid,
        placeId: uuid,
        safety: units.optional(),
        backorder: units.optional().describe('So much may be promised beyond what is there'),
        lowAt: units.nullable().optional(),
        excessAt: units.min(1).nullable().optional(),
      }),
    )
    .min(1)
    .max(linesMost),
});
export type LevelSetting = z.output<typeof settingBody>['items'][number];

const minor = z.int().min(0).max(mostMinor);
export const tariffSchema = z
  .object({
    feeMinor: minor,
    feeKmMinor: minor,
    feePartMinor: minor,
    partMinor: minor,
    kmMinor: minor,
    hourMinor: minor,
    deliveryHours: z.number().min(0).max(10_000),
    kmPerHour: z.number().min(0.1).max(2_000),
    transferHours: z.number().min(0).max(10_000),
    partsMost: z.int().min(1).max(10),
  })
  .meta({ id: 'StockTariff' });

const lineSchema = z.object({ variantId: uuid, quantity: z.int().min(1).max(mostUnits) });
export const promiseBody = z.object({
  lines: z.array(lineSchema).min(1).max(100),
  method: z.enum(['pickup', 'delivery']),
  to: z
    .object({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) })
    .nullable()
    .default(null),
  placeId: uuid.optional(),
});
/** Lines with the same goods and what kits are made of add up to more than one line may ask for. */
const partSchema = z.object({ variantId: uuid, quantity: z.int() });
export const promiseAnswer = z.object({
  items: z.array(
    z
      .object({
        parts: z.array(z.object({ placeId: uuid, lines: z.array(partSchema), distanceKm: z.number().nullable() })),
        placeId: uuid.nullable(),
        readyAt: z.iso.datetime(),
        costMinor: z.int(),
        missing: z.array(partSchema),
      })
      .meta({ id: 'StockPromise' }),
  ),
});

export const availableQuery = z.object({ variantIds: z.string().max(4_000).describe('Up to 100 ids with commas') });
export const availableAnswer = z.object({
  items: z.array(
    z.object({
      variantId: uuid,
      total: z.int(),
      places: z.array(z.object({ placeId: uuid, quantity: z.int() })),
    }),
  ),
});

export const waitBody = z.object({
  variantId: uuid,
  placeId: uuid.nullable().default(null).describe('Only there; null: anywhere'),
  channel: z.enum(channels).optional(),
});
export const waitItem = z
  .object({ id: uuid, variantId: uuid, placeId: uuid.nullable(), at: z.iso.datetime() })
  .meta({ id: 'StockWait' });
export const waitList = z.object({ items: z.array(waitItem) });
