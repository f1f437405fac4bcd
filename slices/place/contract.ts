import { z } from 'zod';

export const placeKinds = ['shop', 'warehouse', 'pickup', 'cafe'] as const;
export type PlaceKind = (typeof placeKinds)[number];

export const placeServices = ['sale', 'pickup', 'try-on', 'return', 'ship', 'cafe'] as const;
export type PlaceService = (typeof placeServices)[number];

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
const span = z.object({ from: time, to: z.union([time, z.literal('24:00')]) });
const spans = z.array(span).max(6);

/** Seven lists from Monday; a `to` that is not after `from` is of the next day. */
export const hoursSchema = z
  .object({
    week: z.array(spans).length(7),
    exceptions: z
      .array(z.object({ date: z.iso.date(), spans, note: z.string().max(200).optional() }))
      .max(400)
      .default([])
      .refine((days) => new Set(days.map(({ date }) => date)).size === days.length, 'a date twice'),
  })
  .meta({ id: 'PlaceHours' });

/** IANA zone that this runtime knows. */
const timeZone = z
  .string()
  .max(64)
  .refine((zone) => {
    try {
      return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
    } catch {
      return false;
    }
  }, 'unknown time zone');

const fields = {
  code: z.string().trim().min(1).max(40),
  kind: z.enum(placeKinds),
  name: z.string().trim().min(1).max(200),
  brand: z.string().trim().max(100).nullable(),
  city: z.string().trim().min(1).max(100),
  address: z.string().trim().max(400),
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  timeZone,
  services: z.array(z.enum(placeServices)).max(placeServices.length),
  state: z.enum(['open', 'closed']),
  withinId: z.uuid().nullable(),
  phone: z.string().trim().max(40).nullable(),
  prepMinutes: z.int().min(0).max(100_000),
};

export const newPlace = z.object({
  ...fields,
  brand: fields.brand.default(null),
  address: fields.address.default(''),
  timeZone: timeZone.default('Europe/Moscow'),
  services: fields.services.default([]),
  state: fields.state.default('open'),
  withinId: fields.withinId.default(null),
  phone: fields.phone.default(null),
  prepMinutes: fields.prepMinutes.default(60),
  hours: hoursSchema.nullable().default(null),
});
export const placePatch = z.object(fields).partial();
export const hoursBody = z.object({ hours: hoursSchema.nullable().describe('null: round the clock') });

export const placeItem = z
  .object({
    id: z.uuid(),
    ...fields,
    hours: hoursSchema.nullable(),
    openNow: z.boolean(),
    /** When it opens next, if it is shut. */
    opensAt: z.iso.datetime().nullable(),
    /** When it shuts, if it is open. */
    closesAt: z.iso.datetime().nullable(),
    /** From `near`. */
    distanceKm: z.number().nullable(),
  })
  .meta({ id: 'Place' });

export const placeQuery = z.object({
  q: z.string().trim().max(100).optional().describe('Part of code, name, city or address'),
  kind: z.enum(placeKinds).optional(),
  city: z.string().max(100).optional(),
  service: z.enum(placeServices).optional(),
  state: z.enum(['open', 'closed']).optional(),
  near: z
    .string()
    .regex(/^-?\d{1,2}(?:\.\d+)?,-?\d{1,3}(?:\.\d+)?$/)
    .optional()
    .describe('lat,lon: the nearest first'),
  mine: z.stringbool().optional().describe('Only places to which the asking member of staff is assigned'),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const placeList = z.object({ items: z.array(placeItem), nextCursor: z.uuid().nullable() });

export const idParams = z.object({ id: z.uuid() });

export const staffBody = z.object({ staffIds: z.array(z.uuid()).max(500) });
export const staffList = z.object({ items: z.array(z.object({ staffId: z.uuid() })) });

export const cellsBody = z.object({
  codes: z
    .array(z.string().trim().min(1).max(20))
    .max(2_000)
    .refine((codes) => new Set(codes).size === codes.length, 'a cell twice')
    .describe('All cells of the desk, in the order in which they are filled'),
});
export const cellList = z.object({
  items: z.array(z.object({ code: z.string(), ref: z.string().nullable(), takenAt: z.iso.datetime().nullable() })),
  free: z.int(),
});

/** A place as an import or the demo brings it: by code. */
export type PlaceSave = Omit<z.input<typeof newPlace>, 'withinId'> & {
  /** Code of the place on whose floor it stands. */
  readonly withinCode?: string | null | undefined;
  /** All cells of its pickup desk; absent: as they are. */
  readonly cells?: readonly string[] | undefined;
};
