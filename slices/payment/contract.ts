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
