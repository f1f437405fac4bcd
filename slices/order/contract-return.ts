import { z } from 'zod';
import { moneyTaken } from './contract-desk.ts';
import { channelSchema, quantitySchema } from './contract.ts';

/** What the outside sees of returns, exchanges and warranty. */

const moment = z.iso.datetime();

export const reasons = ['unfit', 'defect', 'wrong', 'not-needed', 'other'] as const;
export type Reason = (typeof reasons)[number];

export const returnLine = z.object({
  lineNo: z.int().min(0).max(32_767),
  quantity: quantitySchema,
  reason: z.enum(reasons).default('other'),
  damaged: z.boolean().default(false),
  serials: z.array(z.string().trim().min(1).max(80)).max(1_000).optional(),
});
const returnLines = z
  .array(returnLine)
  .min(1)
  .max(500)
  .refine(
    (lines) => new Set(lines.map((line) => `${line.lineNo} ${line.damaged}`)).size === lines.length,
    'a line twice',
  );

export const returnBody = z.object({
  orderId: z.uuid(),
  lines: returnLines,
  placeId: z.uuid(),
  /** `cash` only where nothing was paid by card. */
  to: z.enum(['origin', 'cash']).default('origin'),
  /** Reason of a return outside of the policy. */
  why: z.string().trim().min(3).max(500).optional(),
  channel: channelSchema.default('shop'),
});

export const exchangeBody = returnBody.extend({
  take: z
    .array(z.object({ variantId: z.uuid(), quantity: quantitySchema }))
    .min(1)
    .max(100),
  coupons: z.array(z.string().trim().min(1).max(64)).max(20).default([]),
  tenders: z.array(moneyTaken).max(5).default([]),
  found: z.boolean().default(false),
});

export const announceBody = z.object({
  orderId: z.uuid(),
  lines: returnLines,
  way: z.enum(['place', 'pickup', 'mail']).default('place'),
  placeId: z.uuid().optional(),
});

export const receiveBody = z.object({
  placeId: z.uuid(),
  /** What really came; what was announced when absent. */
  lines: returnLines.optional(),
  /** False: it is looked at first, `refund` comes later. */
  refund: z.boolean().default(true),
  to: z.enum(['origin', 'cash']).default('origin'),
  why: z.string().trim().min(3).max(500).optional(),
  channel: channelSchema.default('shop'),
});
export const refundBody = receiveBody.omit({ placeId: true, refund: true });

export const returnSchema = z
  .object({
    id: z.uuid(),
    number: z.string(),
    orderId: z.uuid(),
    orderNumber: z.string(),
    customerId: z.uuid().nullable(),
    channel: z.string(),
    placeId: z.uuid().nullable(),
    state: z.enum(['announced', 'received', 'refunded', 'withdrawn']),
    way: z.enum(['place', 'pickup', 'mail', 'system']),
    payTo: z.enum(['origin', 'cash']),
    /** Money, gift cards and store credit together; `tenders` says which. */
    amountMinor: z.int(),
    deductedMinor: z.int(),
    carriedMinor: z.int(),
    pointsBack: z.int(),
    pointsTaken: z.int(),
    currency: z.string(),
    exchangeOrderId: z.uuid().nullable(),
    receiptId: z.uuid().nullable(),
    why: z.string().nullable(),
    by: z.string(),
    createdAt: moment,
    receivedAt: moment.nullable(),
    refundedAt: moment.nullable(),
    lines: z.array(
      z.object({
        lineNo: z.int(),
        sku: z.string(),
        title: z.string(),
        quantity: z.int(),
        reason: z.enum(reasons),
        damaged: z.boolean(),
        amountMinor: z.int(),
        pointsSpent: z.int(),
        pointsEarned: z.int(),
      }),
    ),
    tenders: z.array(z.object({ tenderNo: z.int(), kind: z.string(), amountMinor: z.int() })),
  })
  .meta({ id: 'Return' });
export type ReturnView = z.infer<typeof returnSchema>;

export const returnListQuery = z.object({
  orderId: z.uuid().optional(),
  customerId: z.uuid().optional(),
  placeId: z.uuid().optional(),
  state: z.enum(['announced', 'received', 'refunded', 'withdrawn']).optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const returnListSchema = z.object({ items: z.array(returnSchema), nextCursor: z.string().nullable() });

const one = z.string().trim().min(1).max(320).optional();
export const returnFindBody = z
  .object({ orderNumber: one, receipt: one, card: one, phone: one, customerId: z.uuid().optional() })
  .refine((by) => Object.values(by).filter((value) => value !== undefined).length === 1, 'one way to find it');
export const returnFoundSchema = z.object({
  items: z.array(
    z
      .object({
        orderId: z.uuid(),
        number: z.string(),
        customerId: z.uuid().nullable(),
        channel: z.string(),
        placedAt: moment,
        completedAt: moment.nullable(),
        currency: z.string(),
        /** The return window is open; after it staff must say why. */
        inTime: z.boolean(),
        lines: z.array(
          z.object({
            lineNo: z.int(),
            variantId: z.uuid(),
            sku: z.string(),
            title: z.string(),
            unit: z.enum(['piece', 'weight']),
            quantity: z.int(),
            returned: z.int(),
            /** So many can still come back, and all of them together are this much money and points. */
            returnable: z.int(),
            amountMinor: z.int(),
            pointsSpent: z.int(),
          }),
        ),
      })
      .meta({ id: 'ReturnableOrder' }),
  ),
});

export const exchangedSchema = z
  .object({
    return: returnSchema,
    orderId: z.uuid(),
    orderNumber: z.string(),
    totalMinor: z.int(),
    carriedMinor: z.int(),
    /** Paid on top, and given back: one of them is 0. */
    paidMinor: z.int(),
    refundedMinor: z.int(),
    currency: z.string(),
  })
  .meta({ id: 'Exchanged' });

export const warrantySchema = z
  .object({
    id: z.uuid(),
    orderId: z.uuid(),
    lineNo: z.int(),
    variantId: z.uuid(),
    sku: z.string(),
    title: z.string(),
    serial: z.string().nullable(),
    startsAt: moment,
    untilAt: moment,
    endedAt: moment.nullable(),
  })
  .meta({ id: 'Warranty' });
export const warrantyQuery = z.object({
  ended: z.stringbool().default(false),
  cursor: z.string().max(120).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const warrantyListSchema = z.object({ items: z.array(warrantySchema), nextCursor: z.string().nullable() });
