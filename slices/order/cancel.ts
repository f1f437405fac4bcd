import { refuse } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { giveBack } from '@ruslo/offer';
import { cancelPayments } from '@ruslo/payment';
import { freeCell } from '@ruslo/place';
import type { Duty, House, Tx } from '@ruslo/platform';
import { release, restock } from '@ruslo/stock';
import { release as releaseHolds } from '@ruslo/wallet';
import { openUnits } from './fulfil-rules.ts';
import { deskRowsOf } from './fulfil-store.ts';
import { readHeld, withdraw } from './fulfil-withdraw.ts';
import { deskPlace } from './fulfil.ts';
import { mayCancelHerself, step, wantsOf } from './rules.ts';
import { cancelUnits, dueForExpiry, fulfilmentsOf, linesOf, lockDue, orderForUpdate, stepOrder } from './store.ts';
import type { OrderRow } from './store.ts';

/** Ends what an unpaid order held: goods, purses, uses of offers, payments under way. */
export async function letGo(tx: Tx, order: OrderRow, now: Date): Promise<void> {
  await releaseHolds(tx, order.id, now);
  await giveBack(tx, order.id, now);
  await release(tx, order.id, now);
  await cancelPayments(tx, order.id, now);
}

export interface CancelFrom {
  readonly orderId: string;
  /** She herself may cancel only before anybody has begun to pick it. */
  readonly herself: boolean;
  readonly version: number | undefined;
  readonly by: string;
  readonly why: string;
  readonly channel?: Channel;
  readonly now: Date;
}

/** Ends an order before anything of it is with the customer. What was paid goes back to where it came from, and its goods are free. */
export async function cancelOrder(house: House, tx: Tx, from: CancelFrom): Promise<Result<OrderRow>> {
  const { now } = from;
  const order = await orderForUpdate(tx, from.orderId);
  if (order === undefined) return refuse('order.not-found', 404);
  if (from.version !== undefined && from.version !== order.version) return refuse('order.changed-meanwhile', 409);
  const may = step(order.state, 'cancelled');
  if (!may.ok) return may;
  if (from.herself && !mayCancelHerself(order.state)) return refuse('order.being-picked', 409);
  const about = { by: from.by, why: from.why === '' ? null : from.why, now };
  const where = from.channel === undefined ? {} : { channel: from.channel };
  if (order.state === 'awaiting-payment') {
    await letGo(tx, order, now);
    await cancelUnits(tx, order.id);
    return stepOrder(tx, order, 'cancelled', { ...about, ...where });
  }
  const held = await readHeld(tx, order);
  const parcels = await fulfilmentsOf(tx, [order.id]);
  // What is on its way is ended where it comes back; what is with her is returned, not cancelled.
  const isOut = parcels.some((parcel) => parcel.state === 'shipped' || parcel.state === 'done');
  if (isOut || held.lines.some((line) => line.kind !== 'gift-card' && line.taken > 0))
    return refuse('order.partly-taken', 409);
  const untaken = await untake(tx, held);
  const back = await withdraw(house, tx, {
    held: untaken,
    parts: untaken.lines.map((line) => ({
      lineNo: line.lineNo,
      quantity: line.quantity - line.taken - line.withdrawn,
    })),
    closing: true,
    placeId: null,
    // Keys of receipts are one for all orders.
    key: `cancel:${order.id}`,
    reason: 'cancelled',
    now,
  });
  if (!back.ok) return back;
  await giveBack(tx, order.id, now);
  await release(tx, order.id, now);
  await keepBrought(tx, order, now);
  await cancelUnits(tx, order.id);
  for (const parcel of parcels) if (parcel.cell !== null) await freeCell(tx, parcel.id);
  const refundedMinor = back.value.refunded?.moneyMinor ?? 0;
  return stepOrder(tx, back.value.held.order, 'cancelled', { ...about, ...where, data: { refundedMinor } });
}

/** What another place has brought here left its stock there; it stays here. */
async function keepBrought(tx: Tx, order: OrderRow, now: Date): Promise<void> {
  const lines = await linesOf(tx, [order.id]);
  for (const parcel of await deskRowsOf(tx, order.id)) {
    if (parcel.shippedAt === null || parcel.state === 'cancelled') continue;
    const placeId = deskPlace(order, parcel);
    const parts = parcel.lines.map((line) => ({ placeId, lineNo: line.lineNo, quantity: openUnits(line) }));
    const wants = wantsOf(lines, parts);
    if (wants.length > 0) await restock(tx, { key: `cancelled:${parcel.id}`, ref: order.id, wants, now, by: null });
  }
}

/**
 * Sold gift cards count as taken when paid; with the order they go back, unless somebody has spent of them. Those that
 * have come back before were paid out then.
 */
async function untake(tx: Tx, held: Awaited<ReturnType<typeof readHeld>>): ReturnType<typeof readHeld> {
  if (!held.lines.some((line) => line.kind === 'gift-card')) return held;
  await tx.query(`update "order".line set taken = returned where order_id = $1 and kind = 'gift-card'`, [
    held.order.id,
  ]);
  return readHeld(tx, held.order);
}

const batch = 50;
/** One that could not expire is left alone for so long, so that it does not stand before the others. */
const againMs = 60_000;

async function expire(tx: Tx, id: string, now: Date): Promise<boolean> {
  const order = await lockDue(tx, id, now);
  if (order === undefined) return false;
  await letGo(tx, order, now);
  const stepped = await stepOrder(tx, order, 'expired', { by: 'system', why: 'not paid', now, channel: 'system' });
  if (!stepped.ok) throw new Error(`order ${order.id} could not expire: ${stepped.refusal.code}`);
  return true;
}

/**
 * Orders whose time to pay has run out: goods, purses and offers are free again. A payment that comes later finds them
 * so. Each in a transaction of its own: then locks are taken in the order of a placement, and a fault is one order's.
 */
export function expireOrders(house: House): Duty {
  const failedMs = new Map<string, number>();
  return {
    name: 'order.expiry',
    everyMs: 5_000,
    async run(now) {
      for (const [id, ms] of failedMs) if (now.getTime() - ms > againMs) failedMs.delete(id);
      const ids = await dueForExpiry(house.db, now, batch, [...failedMs.keys()]);
      let ended = 0;
      for (const id of ids) {
        try {
          if (await house.db.retry((tx) => expire(tx, id, now))) ended += 1;
        } catch (error) {
          failedMs.set(id, now.getTime());
          house.logger.error(
            { order: id, fault: error instanceof Error ? error.message : String(error) },
            'not expired',
          );
        }
      }
      return ids.length === batch && ended > 0;
    },
  };
}
