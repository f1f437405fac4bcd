import { channels, mostMinor } from '@ruslo/kernel';
import { z } from 'zod';
import type { Did, Op } from './rules.ts';

/** What the outside sees of carts and lists. */

function isTimeZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const variantId = z.uuid();
const quantity = z.int().min(1).max(10_000_000).describe('Pieces, or grams of goods by weight');
const code = z.string().trim().min(1).max(60);

export const op = z.discriminatedUnion('op', [
  z.object({ op: z.enum(['add', 'take']), variantId, quantity: quantity.default(1) }),
  z.object({ op: z.literal('set'), variantId, quantity: z.int().min(0).max(10_000_000) }),
  z.object({ op: z.literal('remove'), variantId }),
  z.object({ op: z.literal('clear') }),
  z.object({ op: z.enum(['add-coupon', 'remove-coupon']), code }),
  z.object({ op: z.literal('acknowledge'), variantIds: z.array(variantId).max(200).optional() }),
]);

export const operationBody = z.object({
  key: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[\u0021-\u007e]+$/)
    .describe('Drawn anew for each act. The same key again has no second effect and gets the first outcome'),
  channel: z.enum(channels).optional().describe('Where it is done; a customer’s session says it by itself'),
  ops: z.array(op).min(1).max(50),
  expectedVersion: z
    .int()
    .min(0)
    .optional()
    .describe('Refuse with cart.changed when the cart is at another version. Without it the newest cart is changed'),
});

export const cartQuery = z.object({
  channel: z.enum(channels).optional(),
  points: z.enum(['true', 'false']).optional().describe('With what points can do for this cart'),
});

const minor = z.int().min(0).max(mostMinor);
/** Of many lines: may be more than one of them. */
const sum = z.int().min(0);

export const cartLine = z
  .object({
    id: z.uuid(),
    variantId,
    quantity: z.int(),
    channel: z.enum(channels),
    addedAt: z.iso.datetime(),
    seenPriceMinor: minor,
    state: z.enum(['active', 'withdrawn']),
    productId: z.uuid().nullable(),
    sku: z.string().nullable(),
    title: z.string().nullable(),
    image: z.string().nullable(),
    unit: z.enum(['piece', 'weight']),
    minAge: z.int().nullable(),
    priceMinor: minor.nullable(),
    oldPriceMinor: minor.nullable(),
    priceListId: z.uuid().nullable().describe('The price list that deviates from the default here'),
    basePriceMinor: minor.nullable(),
    sumMinor: minor,
    discounts: z.array(z.object({ ruleId: z.string(), name: z.string(), amountMinor: minor })),
    discountMinor: minor,
    totalMinor: minor,
    available: z.int().nullable().describe('What can be promised now; null for what is in no stock'),
  })
  .meta({ id: 'CartLine' });

export const notice = z
  .discriminatedUnion('code', [
    z.object({
      code: z.literal('price-changed'),
      lineId: z.uuid(),
      variantId,
      fromMinor: minor,
      toMinor: minor,
    }),
    z.object({ code: z.literal('short'), lineId: z.uuid(), variantId, available: z.int() }),
    z.object({ code: z.literal('withdrawn'), lineId: z.uuid(), variantId }),
    z.object({ code: z.literal('coupon-refused'), coupon: z.string(), why: z.string() }),
  ])
  .meta({ id: 'CartNotice' });

export const cartSchema = z
  .object({
    id: z.uuid().nullable().describe('Null before anything was put in'),
    customerId: z.uuid(),
    version: z.int(),
    currency: z.string(),
    lines: z.array(cartLine),
    coupons: z.array(z.string()),
    gifts: z.array(z.object({ variantId, quantity: z.int(), ruleId: z.string() })),
    sumMinor: sum,
    discountMinor: sum,
    totalMinor: sum,
    notices: z.array(notice).describe('What differs from what she last saw. Nothing is changed until she acknowledges'),
    points: z.object({ active: z.int(), spendable: z.int(), earn: z.int(), tier: z.string().nullable() }).optional(),
  })
  .meta({ id: 'Cart' });

const did = z.object({
  op: z.string(),
  variantId: variantId.optional(),
  code: z.string().optional(),
  quantity: z.int().optional().describe('Of the line afterwards'),
  most: z.int().optional().describe('The quantity was cut to this limit'),
});

export const operatedSchema = z
  .object({
    cart: cartSchema,
    did: z.array(did),
    undo: z.array(op).describe('Operations that take it back'),
    version: z.int().describe('Of the cart after these operations'),
    repeated: z.boolean().describe('The key was used before: this is the first outcome, beside the cart of now'),
  })
  .meta({ id: 'CartOperated' });

export const changedSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.literal('cart.changed'),
    instance: z.string(),
    cart: cartSchema,
  })
  .meta({ id: 'CartChangedProblem' });

export const settingSchema = z
  .object({
    idleMinutes: z.int().min(1).max(10_080).describe('A cart with goods and no change for so long is idle'),
    mostPieces: z.int().min(1).max(100_000).describe('Of one variant in a cart'),
    mostGrams: z.int().min(1).max(10_000_000),
    timeZone: z.string().max(60).refine(isTimeZone, 'no IANA time zone'),
  })
  .meta({ id: 'CartSetting' });

export type CartView = z.input<typeof cartSchema>;
export type CartLineView = z.input<typeof cartLine>;

/** Kept with an operation and told again for the same key. */
export interface Outcome {
  readonly version: number;
  readonly did: readonly Did[];
  readonly undo: readonly Op[];
}
export interface Operated extends Outcome {
  readonly cart: CartView;
  readonly repeated: boolean;
}
