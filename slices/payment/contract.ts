import { z } from 'zod';

export const paymentStates = ['new', 'pending', 'succeeded', 'failed', 'cancelled'] as const;
export const refundStates = ['queued', 'pending', 'succeeded', 'failed'] as const;

const page = {
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

export const paymentQuery = z.object({
  state: z.enum(paymentStates).optional(),
  /** The order. */
  ref: z.string().max(100).optional(),
  ...page,
});
export const refundQuery = z.object({ state: z.enum(refundStates).optional(), ...page });
export const idParams = z.object({ id: z.uuid() });

export const paymentSchema = z
  .object({
    id: z.uuid(),
    ref: z.string(),
    customerId: z.uuid().nullable(),
    method: z.enum(['card', 'cash', 'terminal']),
    state: z.enum(paymentStates),
    amountMinor: z.int(),
    refundedMinor: z.int().describe('Given back, or on its way back'),
    currency: z.string(),
    provider: z.string().nullable(),
    failure: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Payment' });

export const refundSchema = z
  .object({
    id: z.uuid(),
    paymentId: z.uuid(),
    amountMinor: z.int(),
    reason: z.string(),
    state: z.enum(refundStates),
    tries: z.int(),
    nextAt: z.iso.datetime().nullable(),
    failure: z.string().nullable(),
    createdAt: z.iso.datetime(),
    doneAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PaymentRefund' });

export const paymentDetail = z
  .object({ payment: paymentSchema, refunds: z.array(refundSchema) })
  .meta({ id: 'PaymentDetail' });
export const paymentList = z.object({ items: z.array(paymentSchema), nextCursor: z.uuid().nullable() });
export const refundList = z.object({ items: z.array(refundSchema), nextCursor: z.uuid().nullable() });

const paid = z.object({
  paymentId: z.uuid(),
  orderId: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  method: z.enum(['card', 'cash', 'terminal']),
  /** What the provider says; absent when it succeeded. */
  failure: z.string().optional(),
});
const back = z.object({ refundId: z.uuid(), paymentId: z.uuid(), orderId: z.string(), amountMinor: z.int() });

/** Facts that payment appends, with what their `data` holds. */
export const facts = {
  'payment.succeeded': paid,
  'payment.failed': paid,
  'payment.cancelled': paid,
  'payment.refunded': back,
  'payment.refund-failed': back.extend({ failure: z.string().nullable() }),
};

/** Every code that this slice refuses with, and its HTTP status. */
export const problems = {
  'payment.not-found': 404,
  'payment.no-provider': 422,
  'payment.provider-away': 503,
  'payment.bad-amount': 422,
  'payment.not-paid': 409,
  'payment.refund-too-much': 409,
  'payment.key-used': 422,
  'payment.refund-not-found': 404,
  'payment.refund-not-failed': 409,
};
