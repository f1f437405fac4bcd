import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { addPayment, cancelPayments, paymentsOf, startAdded, startPayment } from '@ruslo/payment';
import type { Payment } from '@ruslo/payment';
import type { House, Tx } from '@ruslo/platform';
import type { Placed } from './contract.ts';
import { orderForUpdate, setPayment, tendersOf } from './store.ts';

/** Paying an order that is placed: after the placement, once more, or with another card. Money moves outside of transactions. */

export const returnUrlOf = (house: House, said: string | undefined): string =>
  said ?? house.config.publicUrl ?? `http://${house.config.host}:${house.config.port}/`;

/** Begins the payment of a placement; when the provider is away, the order stands and is paid by `pay`. */
export async function begin(
  house: House,
  placed: Placed,
  returnUrl: string | undefined,
  added?: Payment,
): Promise<Placed> {
  if (placed.paymentId === null) return placed;
  const back = returnUrlOf(house, returnUrl);
  const started = await (added === undefined
    ? startPayment(house, placed.paymentId, back)
    : startAdded(house, added, back));
  if (!started.ok) house.logger.warn({ order: placed.orderId, code: started.refusal.code }, 'payment not begun');
  return started.ok ? { ...placed, confirmUrl: started.value.confirmUrl } : placed;
}

/** The payment to go on with: the one under way, or a new one when it has failed or another card is wanted. */
export async function nextPayment(
  tx: Tx,
  from: { readonly orderId: string; readonly another: boolean; readonly now: Date },
): Promise<Result<Placed>> {
  const { now } = from;
  const order = await orderForUpdate(tx, from.orderId);
  if (order === undefined) return refuse('order.not-found', 404);
  const isOver = order.expiresAt !== null && order.expiresAt.getTime() <= now.getTime();
  if (order.state !== 'awaiting-payment' || isOver) return refuse('order.not-payable', 409, { state: order.state });
  const tender = (await tendersOf(tx, [order.id])).find((one) => one.kind === 'card');
  if (tender === undefined) return refuse('order.not-payable', 409, { state: order.state });
  const payments = await paymentsOf(tx, [order.id]);
  const current = payments.find((one) => one.id === tender.paymentId);
  const isOpen = current !== undefined && (current.state === 'new' || current.state === 'pending');
  let payment: Payment | undefined = current;
  if (current?.state === 'succeeded') return refuse('order.being-confirmed', 409);
  if (!isOpen || from.another) {
    await cancelPayments(tx, order.id, now);
    payment = await addPayment(tx, {
      ref: order.id,
      customerId: order.customerId,
      method: 'card',
      amountMinor: tender.amountMinor,
      currency: order.currency,
      key: `again:${payments.length}`,
      now,
    });
    await setPayment(tx, tender, payment.id);
  }
  return ok({
    orderId: order.id,
    number: order.number,
    state: order.state,
    totalMinor: order.totalMinor,
    toPayMinor: tender.amountMinor,
    currency: order.currency,
    paymentId: payment?.id ?? null,
    confirmUrl: null,
    expiresAt: order.expiresAt?.toISOString() ?? null,
  });
}
