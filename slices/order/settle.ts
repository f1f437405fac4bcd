import { members } from '@ruslo/identity';
import { ok } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { giveBack, redeem } from '@ruslo/offer';
import type { Priced } from '@ruslo/offer';
import { cancelPayments, overdue, refund, settle } from '@ruslo/payment';
import type { Notice, Payment } from '@ruslo/payment';
import { append, fact } from '@ruslo/platform';
import type { Duty, House, Tx } from '@ruslo/platform';
import { release, reserve } from '@ruslo/stock';
import { release as releaseHolds } from '@ruslo/wallet';
import { confirmOrder } from './confirm.ts';
import { holdPurses } from './place.ts';
import { wantsOf } from './rules.ts';
import { fulfilmentsOf, linesOf, setPayment, tendersOf, usesOf, wholeForUpdate } from './store.ts';
import type { OrderRow } from './store.ts';

/** What was held for an order no longer holds: its payment is to be judged anew, with a way back. */
class Unheld extends Error {}

/**
 * What happens when a payment has become final. Called once per payment, in the transaction that stores its state.
 * @param isLate hold everything anew when what was held is gone, and give the money back when that fails; otherwise `Unheld` is thrown
 */
export async function onPayment(house: House, tx: Tx, payment: Payment, isLate: boolean): Promise<void> {
  if (payment.state !== 'succeeded') return; // the order waits on: she may pay with another card until it expires
  const now = house.clock.now();
  const whole = await wholeForUpdate(tx, payment.ref);
  if (whole === undefined) return;
  const { lines, tenders } = whole;
  let { order } = whole;
  const tender = tenders.find((one) => one.kind === 'card' && one.amountMinor === payment.amountMinor);
  if (tender === undefined || (order.state !== 'awaiting-payment' && order.state !== 'expired')) {
    await giveBackLate(tx, order, payment, now);
    return;
  }
  if (tender.paymentId !== payment.id) {
    // She took another card and then paid with the first one: what is there counts, the other is called off.
    order = { ...order, version: await setPayment(tx, tender, payment.id) };
    await cancelPayments(tx, order.id, now);
  }
  const about = { order, lines, tenders, by: 'system', now };
  if (order.state === 'awaiting-payment' && !isLate) {
    if (!(await confirmOrder(house, tx, about)).ok) throw new Unheld();
    return;
  }
  if (!isLate) throw new Unheld();
  const result = await tx.attempt(async () => {
    const held = await holdAnew(tx, order, now);
    return held.ok ? confirmOrder(house, tx, { ...about, why: 'paid late' }) : held;
  });
  if (!result.ok) await giveBackLate(tx, order, payment, now);
}

/** Reserves and holds for an order whose reservations have ended. */
async function holdAnew(tx: Tx, order: OrderRow, now: Date): Promise<Result<undefined>> {
  // What still stands of the first time would be held twice.
  await releaseHolds(tx, order.id, now);
  await giveBack(tx, order.id, now);
  await release(tx, order.id, now);
  const customerIds = order.customerId === null ? [] : await members(tx, order.customerId);
  const key = `late:${order.version}`;
  const tenders = await tendersOf(tx, [order.id]);
  const { id: orderId, pointsSpent } = order;
  const held = await holdPurses(tx, { orderId, customerIds, pointsSpent, tenders, key, until: null, now });
  if (!held.ok) return held;
  const uses: Priced['uses'] = await usesOf(tx, order.id);
  if (uses.length > 0) {
    const redeemed = await redeem(tx, { ref: order.id, customerIds, customerId: order.customerId, uses, now });
    if (!redeemed.ok) return redeemed;
  }
  const [lines, fulfilments] = [await linesOf(tx, [order.id]), await fulfilmentsOf(tx, [order.id])];
  const parts = fulfilments.flatMap((one) =>
    one.lines.map(({ lineNo, quantity }) => ({ placeId: one.placeId, lineNo, quantity })),
  );
  const wants = wantsOf(lines, parts);
  return wants.length === 0 ? ok(undefined) : reserve(tx, { ref: order.id, wants, until: null, now });
}

/** Money that came for nothing: too late, twice, or of a sum that is no longer asked. */
async function giveBackLate(tx: Tx, order: OrderRow, payment: Payment, now: Date): Promise<void> {
  const { id: paymentId, amountMinor } = payment;
  const refunded = await refund(tx, { paymentId, amountMinor, key: 'late', reason: 'late', now });
  if (!refunded.ok) throw new Error(`payment ${paymentId} could not be given back: ${refunded.refusal.code}`);
  await append(tx, [
    fact({
      name: 'order.late-payment-refunded',
      customerId: order.customerId,
      channel: order.channel,
      at: now,
      data: { orderId: order.id, number: order.number, paymentId, amountMinor, state: order.state },
    }),
  ]);
}

/** Asks how a payment stands and lets the order act on it, once. */
export async function settlePayment(house: House, paymentId: string, notice?: Notice): Promise<Payment | undefined> {
  try {
    return await settle(house, paymentId, (tx, payment) => onPayment(house, tx, payment, false), notice);
  } catch (error) {
    if (!(error instanceof Unheld)) throw error;
    return settle(house, paymentId, (tx, payment) => onPayment(house, tx, payment, true), notice);
  }
}

const unheardMs = 60_000;
const batch = 20;

/** Asks for payments that nobody has told us of: a lost webhook is made good. */
export const askPayments = (house: House): Duty => ({
  name: 'order.payments',
  everyMs: 10_000,
  async run(now) {
    const payments = await overdue(house.db, new Date(now.getTime() - unheardMs), batch);
    for (const payment of payments) {
      try {
        await settlePayment(house, payment.id);
      } catch (error) {
        // It is asked again in its turn; the others need not wait for it.
        const fault = error instanceof Error ? error.message : String(error);
        house.logger.error({ payment: payment.id, order: payment.ref, fault }, 'payment not settled');
      }
    }
    return payments.length === batch;
  },
});
