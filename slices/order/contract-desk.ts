import { mostMinor } from '@ruslo/kernel';
import { z } from 'zod';
import { quantitySchema } from './contract.ts';

/** What the outside sees of picking and handing out. */

const moment = z.iso.datetime();
const units = z.int().min(0).max(1_000_000_000);
const lineNo = z.int().min(0).max(32_767);

export const parcelSchema = z
  .object({
    id: z.uuid(),
    orderId: z.uuid(),
    number: z.string(),
    orderState: z.string(),
    customerId: z.uuid().nullable(),
    recipientName: z.string().nullable(),
    method: z.enum(['pickup', 'delivery']),
    state: z.enum(['planned', 'waiting', 'picking', 'ready', 'trying', 'shipped', 'done', 'cancelled']),
    placeId: z.uuid(),
    /** Where it is handed out: another place than `placeId` when a shop brings it there. */
    deskPlaceId: z.uuid(),
    cell: z.string().nullable(),
    promisedAt: moment.nullable(),
    createdAt: moment,
    /** How long it has waited. */
    ageS: z.int(),
    pickerId: z.uuid().nullable(),
    readyAt: moment.nullable(),
    shippedAt: moment.nullable(),
    doneAt: moment.nullable(),
    /** To pay when everything is taken. */
    dueMinor: z.int(),
    currency: z.string(),
    lines: z.array(
      z.object({
        lineNo: z.int(),
        variantId: z.uuid(),
        sku: z.string(),
        title: z.string(),
        kind: z.enum(['good', 'service', 'gift-card']),
        unit: z.enum(['piece', 'weight']),
        warrantyMonths: z.int().nullable(),
        quantity: z.int(),
        picked: z.int(),
        taken: z.int(),
        refused: z.int(),
        notFound: z.int(),
        cancelled: z.int(),
      }),
    ),
  })
  .meta({ id: 'Parcel' });
export type ParcelView = z.infer<typeof parcelSchema>;

export const taskQuery = z.object({
  state: z.enum(['open', 'waiting', 'picking', 'ready', 'trying', 'shipped']).default('open'),
  cursor: z.string().max(120).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const taskListSchema = z.object({ items: z.array(parcelSchema), nextCursor: z.string().nullable() });

export const pickBody = z.object({
  /** EAN or SKU, as scanned. */
  code: z.string().trim().min(1).max(120),
  quantity: quantitySchema.default(1),
  /** Made by the scanner; the same again counts once. */
  key: z.string().min(1).max(120),
});
export const missingBody = z.object({ lineNo, quantity: quantitySchema });
export const missingSchema = z.object({
  parcel: parcelSchema,
  /** The place that brings it now; null: withdrawn. */
  placeId: z.uuid().nullable(),
  refundedMinor: z.int(),
});
export const readyBody = z.object({
  /** Count what was not scanned as picked. */
  all: z.boolean().default(false),
});

export const moneyTaken = z.object({
  kind: z.enum(['cash', 'terminal']),
  /** Absent: what is left to pay. */
  amountMinor: z.int().min(1).max(mostMinor).optional(),
});

export const handOutBody = z.object({
  /** Per line what is taken and what is refused; everything is taken when absent. */
  lines: z
    .array(
      z.object({
        lineNo,
        taken: units,
        refused: units.default(0),
        serials: z.array(z.string().trim().min(1).max(80)).max(1_000).optional(),
      }),
    )
    .max(500)
    .optional(),
  /** Money for what is paid on hand-over. */
  tenders: z.array(moneyTaken).max(5).default([]),
  /** Where it happens; the desk of the parcel when absent. */
  placeId: z.uuid().optional(),
});
export const handedOutSchema = z
  .object({
    orderId: z.uuid(),
    orderState: z.string(),
    takenMinor: z.int(),
    paidMinor: z.int(),
    refundedMinor: z.int(),
    pointsBack: z.int(),
    receiptId: z.uuid().nullable(),
  })
  .meta({ id: 'HandedOut' });

const one = z.string().trim().min(1).max(320).optional();
export const handOutFindBody = z
  .object({ placeId: z.uuid(), code: one, qr: one, card: one, phone: one, orderNumber: one })
  .refine(
    ({ placeId: _placeId, ...by }) => Object.values(by).filter((value) => value !== undefined).length === 1,
    'one of code, qr, card, phone, orderNumber',
  );
export const handOutFoundSchema = z.object({
  items: z.array(parcelSchema),
  /** She has shown the code; otherwise look at a paper. */
  proven: z.boolean(),
});
export const handOutCodesSchema = z.object({
  items: z.array(z.object({ fulfilmentId: z.uuid(), placeId: z.uuid(), code: z.string(), qr: z.string() })),
});
