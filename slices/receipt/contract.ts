import { z } from 'zod';

/** Tag 1214 for the sale of a gift card: 3 advance, or 1 full prepayment. */
export const settingSchema = z
  .object({
    taxSystem: z
      .union([z.literal(1), z.literal(2), z.literal(4), z.literal(16), z.literal(32)])
      .default(1)
      .describe(
        'Tag 1055: 1 general, 2 simplified (income), 4 simplified (income less expense), 16 agricultural, 32 patent',
      ),
    seller: z.string().max(256).default('').describe('Tag 1048'),
    sellerInn: z
      .string()
      .regex(/^(\d{10}|\d{12})?$/)
      .default('')
      .describe('Tag 1018'),
    site: z.string().max(256).default('').describe('Tag 1187 of online receipts: the address of the site'),
    senderEmail: z
      .union([z.literal(''), z.email()])
      .default('')
      .describe('Tag 1117'),
    timeZone: z.int().min(1).max(11).default(2).describe('Tag 1011: 1 Kaliningrad, 2 Moscow … 11 Kamchatka'),
    giftCardMethod: z
      .union([z.literal(1), z.literal(2), z.literal(3)])
      .default(3)
      .describe('Tag 1214 when a gift card is sold: 3 advance, 1 full prepayment; ask your accountant'),
    rounding: z.enum(['half-up', 'half-even']).default('half-up').describe('How VAT is rounded to the kopeck'),
  })
  .meta({ id: 'ReceiptSetting' });
export type Setting = z.infer<typeof settingSchema>;

export const settingAnswer = z.object({ setting: settingSchema, version: z.int() });
export const settingBody = z.object({ setting: settingSchema, version: z.int().min(1).max(2_147_483_647) });

export const receiptStates = ['queued', 'registered', 'failed'] as const;
export const receiptQuery = z.object({
  state: z.enum(receiptStates).optional(),
  /** The order. */
  ref: z.string().max(100).optional(),
  placeId: z.uuid().optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const idParams = z.object({ id: z.uuid() });

export const receiptItem = z
  .object({
    id: z.uuid(),
    ref: z.string(),
    type: z.enum(['sale', 'sale-refund']),
    state: z.enum(receiptStates),
    placeId: z.uuid().nullable(),
    originalId: z.uuid().nullable(),
    currency: z.string(),
    totalMinor: z.int(),
    number: z.string().nullable(),
    fiscalSign: z.string().nullable(),
    issuedAt: z.iso.datetime(),
    registeredAt: z.iso.datetime().nullable(),
    tries: z.int(),
    failure: z
      .string()
      .nullable()
      .describe(
        '`no-register`: no cash register is configured and the receipt waits; otherwise what the register said',
      ),
  })
  .meta({ id: 'Receipt' });
export const receiptDetail = z
  .object({
    receipt: receiptItem,
    document: z
      .record(z.string(), z.unknown())
      .describe('FFD 1.2 by tag number; amounts in kopecks, quantities in the measure of tag 2108'),
  })
  .meta({ id: 'ReceiptDetail' });
export const receiptList = z.object({ items: z.array(receiptItem), nextCursor: z.uuid().nullable() });

const ended = z.object({ receiptId: z.uuid(), orderId: z.string() });

/** Facts that receipt appends, with what their `data` holds. */
export const facts = { 'receipt.registered': ended, 'receipt.failed': ended };

/** Every code that this slice refuses with, and its HTTP status. */
export const problems = {
  'receipt.not-found': 404,
  'receipt.not-failed': 409,
  'receipt.setting-changed': 409,
};
