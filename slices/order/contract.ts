import { channels, mostMinor } from '@ruslo/kernel';
import { z } from 'zod';

/** What the outside sees of orders. */

const minor = z.int().min(0).max(mostMinor);
const text = (most: number) => z.string().trim().max(most);

/** Where the provider sends her back: a page, never a script. */
const returnUrlSchema = z.url({ protocol: /^https?$/ }).max(2_000);
export const quantitySchema = z.int().min(1).max(1_000_000_000);
export const channelSchema = z.enum(channels);

export const stateSchema = z.enum([
  'awaiting-payment',
  'confirmed',
  'picking',
  'ready',
  'shipped',
  'completed',
  'cancelled',
  'expired',
]);

export const addressSchema = z.object({
  city: text(120).optional(),
  street: text(200).optional(),
  house: text(40).optional(),
  flat: text(40).optional(),
  postcode: text(20).optional(),
  lat: z.number().min(-90).max(90).optional(),
  lon: z.number().min(-180).max(180).optional(),
});

export const recipientSchema = z.object({
  name: text(200).optional(),
  phone: text(40).optional(),
  email: text(320).optional(),
  comment: text(1_000).optional(),
  address: addressSchema.optional(),
});

/** What a checkout knows so far; everything may be missing until it is placed. */
export const checkoutDataSchema = z.object({
  method: z.enum(['pickup', 'delivery']).optional(),
  placeId: z.uuid().optional(),
  recipient: recipientSchema.optional(),
  pay: z.enum(['now', 'on-handover']).optional(),
  /** Points to spend; `null` = as many as may be, absent = none. */
  points: z.int().min(0).max(mostMinor).nullable().optional(),
  /** Gift cards by id; codes are given once, in `cardCodes`, and not kept. */
  cards: z
    .array(z.object({ id: z.uuid(), last4: z.string().max(8) }))
    .max(10)
    .optional(),
  /** Store credit to spend; `null` = as much as there is. */
  creditMinor: minor.nullable().optional(),
});
export type CheckoutData = z.infer<typeof checkoutDataSchema>;

export const stepNames = ['delivery', 'payment', 'confirm'] as const;

export const checkoutBody = checkoutDataSchema.extend({
  step: z.enum(stepNames),
  channel: channelSchema.optional(),
  /** The version that was read; when somebody has gone on meanwhile in another channel, refused with `order.checkout-moved`. */
  version: z.int().min(0).max(2_147_483_647).optional(),
  cardCodes: z.array(z.string().trim().min(4).max(64)).max(5).optional(),
  /** The answer brings what the order would be now: one request instead of two before she agrees. */
  quote: z.boolean().optional(),
});

export const checkoutSchema = checkoutDataSchema
  .extend({
    id: z.uuid(),
    step: z.enum(stepNames),
    channel: channelSchema,
    version: z.int(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Checkout' });

const discountSchema = z.object({
  ruleId: z.string(),
  name: z.string(),
  amountMinor: z.int(),
  coupon: z.string().optional(),
  grantId: z.string().optional(),
});

const pricedLineSchema = z.object({
  variantId: z.uuid(),
  sku: z.string(),
  title: z.string(),
  kind: z.enum(['good', 'service', 'gift-card']),
  unit: z.enum(['piece', 'weight']),
  quantity: z.int(),
  priceMinor: z.int(),
  sumMinor: z.int(),
  discountMinor: z.int(),
  pointsSpent: z.int(),
  pointsMinor: z.int(),
  pointsEarned: z.int(),
  totalMinor: z.int(),
  discounts: z.array(discountSchema),
  gift: z.boolean(),
  marked: z.boolean(),
  minAge: z.int().nullable(),
});

const tenderKindSchema = z.enum(['card', 'cash', 'terminal', 'gift', 'credit', 'due']);

const sums = {
  currency: z.string(),
  sumMinor: z.int(),
  discountMinor: z.int(),
  pointsSpent: z.int(),
  pointsMinor: z.int(),
  pointsEarned: z.int(),
  shippingMinor: z.int(),
  totalMinor: z.int(),
};

export const promiseOptionSchema = z.object({
  placeId: z.uuid().nullable(),
  readyAt: z.iso.datetime(),
  costMinor: z.int(),
  parts: z.array(z.object({ placeId: z.uuid(), distanceKm: z.number().nullable() })),
});

export const orderQuoteSchema = z
  .object({
    ...sums,
    lines: z.array(pricedLineSchema),
    /** Promotions' gifts that are not in stock are left out; nothing else is. */
    gone: z.array(z.object({ lineId: z.string(), variantId: z.uuid() })),
    refusedCoupons: z.array(z.object({ code: z.string(), why: z.string() })),
    pointsActive: z.int(),
    pointsSpendable: z.int(),
    tenders: z.array(
      z.object({
        kind: tenderKindSchema,
        amountMinor: z.int(),
        cardId: z.uuid().nullable(),
        last4: z.string().nullable(),
      }),
    ),
    /** What is left to pay by card, cash or terminal. */
    toPayMinor: z.int(),
    options: z.array(promiseOptionSchema),
    /** Goods that no place can bring now. */
    missing: z.array(z.object({ variantId: z.uuid(), quantity: z.int() })),
    cartVersion: z.int().nullable(),
  })
  .meta({ id: 'OrderQuote' });
export type OrderQuote = z.infer<typeof orderQuoteSchema>;

/** `quote` when it was asked for; null when the cart is empty. */
export const savedCheckoutSchema = checkoutSchema
  .extend({ quote: orderQuoteSchema.nullable().optional() })
  .meta({ id: 'SavedCheckout' });

export const placeBody = z.object({
  /** The total that the customer saw and agreed to. */
  expectedTotalMinor: minor,
  cartVersion: z.int().optional(),
  returnUrl: returnUrlSchema.optional(),
  channel: channelSchema.optional(),
});

export const placedSchema = z
  .object({
    orderId: z.uuid(),
    number: z.string(),
    state: stateSchema,
    totalMinor: z.int(),
    toPayMinor: z.int(),
    currency: z.string(),
    paymentId: z.uuid().nullable(),
    /** Where she confirms the payment; null when nothing is to be paid now or the provider did not answer: then `pay`. */
    confirmUrl: z.string().nullable(),
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PlacedOrder' });
export type Placed = z.infer<typeof placedSchema>;

const saleLine = z
  .object({
    variantId: z.uuid().optional(),
    code: z.string().trim().min(1).max(80).optional(),
    quantity: quantitySchema,
  })
  .refine((line) => (line.variantId === undefined) !== (line.code === undefined), 'variantId or code');

export const tillQuoteBody = z.object({
  placeId: z.uuid(),
  customerId: z.uuid().optional(),
  lines: z.array(saleLine).max(300).default([]),
  /** Sell what lies in the customer's cart, with its coupons. */
  cart: z.boolean().default(false),
  coupons: z.array(z.string().trim().min(1).max(64)).max(20).default([]),
  points: z.int().min(0).max(mostMinor).nullable().default(0),
  channel: channelSchema.default('shop'),
});

export const tillTenderSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cash'), amountMinor: minor.min(1) }),
  z.object({ kind: z.literal('terminal'), amountMinor: minor.min(1) }),
  z.object({ kind: z.literal('gift'), code: z.string().trim().min(4).max(64), amountMinor: minor.min(1) }),
  z.object({ kind: z.literal('credit'), amountMinor: minor.min(1) }),
]);

export const tillSaleBody = tillQuoteBody.extend({
  tenders: z.array(tillTenderSchema).max(10),
  /** Cash that was handed over; what is above the cash tender is the change. */
  cashGivenMinor: minor.optional(),
  expectedTotalMinor: minor.optional(),
  /** The cashier has seen the papers of whom goods with an age limit are sold to. */
  ageChecked: z.boolean().default(false),
  /** Sell what lies in the hand although the stock says there is none. */
  found: z.boolean().default(false),
  contact: text(320).optional(),
  /** When it was sold, for a sale that a till without network sends later. */
  soldAt: z.iso.datetime().optional(),
});

export const tillSaleSchema = z
  .object({
    orderId: z.uuid(),
    number: z.string(),
    totalMinor: z.int(),
    currency: z.string(),
    pointsSpent: z.int(),
    pointsEarned: z.int(),
    changeMinor: z.int(),
    /** Null when nothing was to pay. */
    receiptId: z.uuid().nullable(),
  })
  .meta({ id: 'TillSale' });
export type TillSale = z.infer<typeof tillSaleSchema>;

const orderHead = {
  id: z.uuid(),
  number: z.string(),
  customerId: z.uuid().nullable(),
  channel: channelSchema,
  method: z.enum(['till', 'pickup', 'delivery']),
  salePlaceId: z.uuid().nullable(),
  pickupPlaceId: z.uuid().nullable(),
  state: stateSchema,
  /** The same words in every channel. */
  stateText: z.string(),
  pay: z.enum(['now', 'on-handover']),
  ...sums,
  paidMinor: z.int(),
  refundedMinor: z.int(),
  placedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  confirmedAt: z.iso.datetime().nullable(),
  completedAt: z.iso.datetime().nullable(),
  closedWhy: z.string().nullable(),
  version: z.int(),
};

export const orderSummarySchema = z
  .object({ ...orderHead, lines: z.int(), title: z.string().nullable(), recipientName: z.string().nullable() })
  .meta({ id: 'OrderSummary' });
export type OrderSummary = z.infer<typeof orderSummarySchema>;

export const orderListSchema = z.object({ items: z.array(orderSummarySchema), nextCursor: z.string().nullable() });

export const orderSchema = z
  .object({
    ...orderHead,
    recipient: recipientSchema,
    coupons: z.array(z.string()),
    exchangeOf: z.uuid().nullable(),
    lines: z.array(
      pricedLineSchema.extend({
        lineNo: z.int(),
        taken: z.int(),
        withdrawn: z.int(),
        returned: z.int(),
        warrantyMonths: z.int().nullable(),
      }),
    ),
    tenders: z.array(
      z.object({
        tenderNo: z.int(),
        kind: tenderKindSchema,
        amountMinor: z.int(),
        refundedMinor: z.int(),
        cardId: z.uuid().nullable(),
        paymentId: z.uuid().nullable(),
      }),
    ),
    payments: z.array(
      z.object({
        id: z.uuid(),
        method: z.enum(['card', 'cash', 'terminal']),
        state: z.enum(['new', 'pending', 'succeeded', 'failed', 'cancelled']),
        amountMinor: z.int(),
        refundedMinor: z.int(),
        failure: z.string().nullable(),
        confirmUrl: z.string().nullable(),
        createdAt: z.iso.datetime(),
      }),
    ),
    fulfilments: z.array(
      z.object({
        id: z.uuid(),
        placeId: z.uuid(),
        method: z.enum(['pickup', 'delivery']),
        state: z.enum(['planned', 'waiting', 'picking', 'ready', 'trying', 'shipped', 'done', 'cancelled']),
        cell: z.string().nullable(),
        promisedAt: z.iso.datetime().nullable(),
        readyAt: z.iso.datetime().nullable(),
        doneAt: z.iso.datetime().nullable(),
        lines: z.array(
          z.object({
            lineNo: z.int(),
            quantity: z.int(),
            picked: z.int(),
            taken: z.int(),
            refused: z.int(),
            notFound: z.int(),
            cancelled: z.int(),
          }),
        ),
      }),
    ),
    steps: z.array(
      z.object({
        fromState: stateSchema.nullable(),
        toState: stateSchema,
        at: z.iso.datetime(),
        by: z.string(),
        why: z.string().nullable(),
      }),
    ),
    receipts: z.array(
      z.object({
        id: z.uuid(),
        type: z.enum(['sale', 'sale-refund']),
        state: z.enum(['queued', 'registered', 'failed']),
        totalMinor: z.int(),
        number: z.string().nullable(),
        fiscalSign: z.string().nullable(),
        issuedAt: z.iso.datetime(),
      }),
    ),
    cards: z.array(z.object({ lineNo: z.int(), cardId: z.uuid(), last4: z.string() })),
  })
  .meta({ id: 'Order' });
export type OrderView = z.infer<typeof orderSchema>;

export const cancelBody = z.object({
  why: text(500).default(''),
  /** The version that was read; refused with `order.changed-meanwhile` when it is not the current one. */
  version: z.int().optional(),
});

export const payBody = z.object({
  returnUrl: returnUrlSchema.optional(),
  /** With another card: what is under way is cancelled first. */
  another: z.boolean().default(false),
});

export const addBody = z.object({
  lines: z
    .array(z.object({ variantId: z.uuid(), quantity: quantitySchema }))
    .min(1)
    .max(20),
  expectedTotalMinor: minor.optional(),
  returnUrl: returnUrlSchema.optional(),
});

export const toldCardsSchema = z
  .object({
    items: z.array(
      z.object({
        lineNo: z.int(),
        cardId: z.uuid(),
        last4: z.string(),
        /** Told now and kept nowhere; null when it was told before. */
        code: z.string().nullable(),
        amountMinor: z.int(),
      }),
    ),
  })
  .meta({ id: 'ToldGiftCards' });
