import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { Tx } from '@ruslo/platform';
import { insertRefund, lockPayment, refundByKey } from './store-refund.ts';

/** Money goes back the way it came: cards by the provider (a duty sends it until it is there), cash at once. Never more than was paid. `key` makes it once. */
export async function refund(
  tx: Tx,
  from: {
    readonly paymentId: string;
    readonly amountMinor: number;
    readonly key: string;
    readonly reason: string;
    readonly now: Date;
  },
): Promise<Result<{ readonly refundId: string }>> {
  const { paymentId, amountMinor, key, reason, now } = from;
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0) return refuse('payment.bad-amount', 422);
  const payment = await lockPayment(tx, paymentId);
  if (payment === undefined) return refuse('payment.not-found', 404);
  const earlier = await refundByKey(tx, paymentId, key);
  if (earlier !== undefined)
    return earlier.amountMinor === amountMinor ? ok({ refundId: earlier.id }) : refuse('payment.key-used', 422);
  if (payment.state !== 'succeeded') return refuse('payment.not-paid', 409);
  const leftMinor = payment.amountMinor - payment.refundedMinor;
  if (amountMinor > leftMinor) return refuse('payment.refund-too-much', 409, { leftMinor, wantedMinor: amountMinor });
  const id = newId();
  const isDone = payment.method !== 'card';
  await insertRefund(tx, { id, paymentId, key, amountMinor, reason, isDone, now });
  if (isDone) await append(tx, [refunded({ ...payment, id, paymentId, amountMinor }, now)]);
  return ok({ refundId: id });
}

export function refunded(
  from: {
    readonly id: string;
    readonly paymentId: string;
    readonly ref: string;
    readonly amountMinor: number;
    readonly customerId: string | null;
  },
  at: Date,
): ReturnType<typeof fact> {
  const data = { refundId: from.id, paymentId: from.paymentId, orderId: from.ref, amountMinor: from.amountMinor };
  return fact({ name: 'payment.refunded', customerId: from.customerId, at, data });
}
