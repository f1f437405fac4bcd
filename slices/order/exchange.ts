import { members } from '@ruslo/identity';
import { ok, refuse, spread } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { redeem } from '@ruslo/offer';
import { addPayment } from '@ruslo/payment';
import { append, fact, newId } from '@ruslo/platform';
import type { House, Tx } from '@ruslo/platform';
import { sell } from '@ruslo/stock';
import { awardOrder } from './confirm.ts';
import { giftsAt } from './gift.ts';
import type { MoneyTaken } from './hand-out.ts';
import { deskPaper } from './hand-out-receipt.ts';
import { reckonNow } from './reckon.ts';
import type { Reckoned } from './reckon.ts';
import type { ReturnAsk, Returned } from './return.ts';
import { bringBack, readReturn } from './return.ts';
import type { ReturnRow } from './return-store.ts';
import { wantsOf } from './rules.ts';
import { insertOrder } from './store-place.ts';
import type { NewTender } from './store-place.ts';
import type { OrderRow } from './store.ts';
import { orderById, stepFacts } from './store.ts';
import { startWarranties } from './warranty.ts';

/** Exchange: a return and a sale in one document. Only the difference in price moves (T13). */

export interface ExchangeAsk extends ReturnAsk {
  readonly take: readonly { readonly variantId: string; readonly quantity: number }[];
  readonly coupons: readonly string[];
  readonly tenders: readonly MoneyTaken[];
  /** Sell what lies in the hand although the stock says there is none. */
  readonly found: boolean;
}

export interface Exchanged {
  readonly return: ReturnRow;
  readonly order: OrderRow;
  /** What of the old money pays the new goods. */
  readonly carriedMinor: number;
  /** What she pays on top. */
  readonly paidMinor: number;
  /** What goes back to her. */
  readonly refundedMinor: number;
}

interface Tendered extends NewTender {
  readonly originOrderId: string | null;
}

/**
 * Takes units back and sells others, both or neither. What the old units cost pays the new ones and stays where it is, in
 * the payments and cards it came from, so a later return of the new goods goes back there. Refuses what a return and a
 * sale refuse, and `order.wrong-payment` (422; due) when the tenders are not the difference.
 */
export async function exchange(house: House, tx: Tx, ask: ExchangeAsk): Promise<Result<Exchanged>> {
  const old = await orderById(tx, ask.orderId);
  if (old === undefined) return refuse('order.not-found', 404);
  const newOrderId = newId();
  const reckoned = await reckonTaken(house, tx, old, ask);
  if (!reckoned.ok) return reckoned;
  const { totalMinor } = reckoned.value;
  const returned = await bringBack(house, tx, {
    ...ask,
    exchangeOrderId: newOrderId,
    keep: (parts) => {
      const whole = parts.reduce((sum, part) => sum + part, 0);
      return spread(Math.min(whole, totalMinor), parts);
    },
  });
  if (!returned.ok) return returned;
  const carried = carriedTenders(returned.value, old.id);
  const carriedMinor = carried.reduce((sum, tender) => sum + tender.amountMinor, 0);
  const paid = await takeDifference(tx, { old, orderId: newOrderId, dueMinor: totalMinor - carriedMinor, ask });
  if (!paid.ok) return paid;
  const tenders = [...carried, ...paid.value];
  const sold = await writeSale(house, tx, {
    old,
    orderId: newOrderId,
    reckoned: reckoned.value,
    tenders,
    paid: paid.value,
    ask,
    returned: returned.value,
  });
  if (!sold.ok) return sold;
  const row = await readReturn(tx, returned.value.returnId);
  if (!row.ok) return row;
  const paidMinor = totalMinor - carriedMinor;
  return ok({
    return: row.value,
    order: sold.value,
    carriedMinor,
    paidMinor,
    refundedMinor: returned.value.refunded.moneyMinor - carriedMinor,
  });
}

/** The new goods at the price of today, here. */
async function reckonTaken(house: House, tx: Tx, old: OrderRow, ask: ExchangeAsk): Promise<Result<Reckoned>> {
  const { customerId } = old;
  const whole = await reckonNow(house, tx, {
    lines: ask.take.map((line, index) => ({ id: String(index + 1), ...line })),
    customerId,
    customerIds: customerId === null ? [] : await members(tx, customerId),
    coupons: ask.coupons,
    channel: ask.channel,
    placeId: ask.placeId,
    shippingMinor: 0,
    points: 0,
    at: ask.now,
  });
  const reckoned = await giftsAt(tx, whole, ask.placeId);
  if (reckoned.gone.length > 0 || reckoned.lines.length === 0) return refuse('order.changed', 409);
  if (reckoned.currency !== old.currency || reckoned.lines.some((line) => line.kind === 'gift-card'))
    return refuse('order.no-exchange', 422);
  return ok(reckoned);
}

/** The old tenders that pay the new order, still known by the order whose they were. */
function carriedTenders(returned: Returned, oldOrderId: string): Tendered[] {
  return returned.refunded.parts
    .filter((part) => part.keptMinor > 0)
    .map((part) => {
      const tender = returned.held.tenders.find((one) => one.tenderNo === part.tenderNo);
      return {
        kind: part.kind,
        amountMinor: part.keptMinor,
        cardId: tender?.cardId ?? null,
        paymentId: tender?.paymentId ?? null,
        originOrderId: tender?.originOrderId ?? oldOrderId,
      };
    });
}

async function takeDifference(
  tx: Tx,
  from: { readonly old: OrderRow; readonly orderId: string; readonly dueMinor: number; readonly ask: ExchangeAsk },
): Promise<Result<Tendered[]>> {
  const { old, orderId, dueMinor, ask } = from;
  const said = ask.tenders.reduce((sum, tender) => sum + (tender.amountMinor ?? 0), 0);
  const open = ask.tenders.filter((tender) => tender.amountMinor === undefined).length;
  if (open > 1 || said > dueMinor || (open === 0 && said !== dueMinor))
    return refuse('order.wrong-payment', 422, { due: dueMinor, said });
  const tenders: Tendered[] = [];
  for (const [index, tender] of ask.tenders.entries()) {
    const amountMinor = tender.amountMinor ?? dueMinor - said;
    if (amountMinor === 0) continue;
    const payment = await addPayment(tx, {
      ref: orderId,
      customerId: old.customerId,
      method: tender.kind,
      amountMinor,
      currency: old.currency,
      key: `exchange:${index}`,
      now: ask.now,
    });
    tenders.push({ kind: tender.kind, amountMinor, cardId: null, paymentId: payment.id, originOrderId: null });
  }
  return ok(tenders);
}

async function writeSale(
  house: House,
  tx: Tx,
  from: {
    readonly old: OrderRow;
    readonly orderId: string;
    readonly reckoned: Reckoned;
    readonly tenders: readonly Tendered[];
    readonly paid: readonly Tendered[];
    readonly ask: ExchangeAsk;
    readonly returned: Returned;
  },
): Promise<Result<OrderRow>> {
  const { old, orderId, reckoned, tenders, ask, returned } = from;
  const { placeId, now, by } = ask;
  const { lines } = reckoned;
  const wants = wantsOf(
    lines,
    lines.map(({ lineNo, quantity }) => ({ placeId, lineNo, quantity })),
  );
  const gone = await sell(tx, { ref: orderId, wants, now, by: ask.staffId, found: ask.found });
  if (!gone.ok) return gone;
  if (reckoned.uses.length > 0) {
    const { customerId } = old;
    const customerIds = customerId === null ? [] : await members(tx, customerId);
    const redeemed = await redeem(tx, { ref: orderId, customerIds, customerId, uses: reckoned.uses, now });
    if (!redeemed.ok) return redeemed;
  }
  const order = await insertOrder(tx, { order: newOrder(from), lines, tenders, uses: reckoned.uses, by, now });
  await tx.query(
    `update "order".tender t set origin_order_id = part.origin
     from unnest($2::uuid[]) with ordinality as part (origin, no) where t.order_id = $1 and t.tender_no = part.no and part.origin is not null`,
    [orderId, tenders.map((tender) => tender.originOrderId)],
  );
  await awardOrder(tx, order, lines, now);
  await deskPaper(house, tx, {
    order,
    key: `${orderId}:sold`,
    type: 'sale',
    method: 4,
    placeId,
    units: lines,
    shippingMinor: 0,
    minusMinor: 0,
    moved: from.paid,
    originalId: null,
    now,
  });
  const warranties = await startWarranties(tx, {
    order,
    lines: lines.map((line) => ({ ...line, taken: 0 })),
    parts: lines.map(({ lineNo, quantity }) => ({ lineNo, quantity })),
    now,
  });
  const about = { by, why: null, now, channel: ask.channel };
  const data = {
    orderId: old.id,
    number: old.number,
    returnId: returned.returnId,
    newOrderId: orderId,
    newNumber: order.number,
    differenceMinor: order.totalMinor - returned.refunded.moneyMinor,
    currency: old.currency,
  };
  await append(tx, [
    ...returned.facts,
    ...stepFacts(order, null, 'completed', about),
    fact({ name: 'order.exchanged', customerId: old.customerId, channel: ask.channel, at: now, data }),
    ...warranties,
  ]);
  return ok(order);
}

function newOrder(from: {
  readonly old: OrderRow;
  readonly orderId: string;
  readonly reckoned: Reckoned;
  readonly ask: ExchangeAsk;
  readonly returned: Returned;
}): Parameters<typeof insertOrder>[1]['order'] {
  const { old, reckoned, ask } = from;
  return {
    id: from.orderId,
    customerId: old.customerId,
    channel: ask.channel,
    sourceId: null,
    salePlaceId: ask.placeId,
    method: 'till',
    pickupPlaceId: null,
    state: 'completed',
    pay: 'now',
    currency: old.currency,
    sumMinor: reckoned.sumMinor,
    discountMinor: reckoned.discountMinor,
    pointsSpent: 0,
    pointsMinor: 0,
    pointsEarned: reckoned.pointsEarned,
    shippingMinor: 0,
    totalMinor: reckoned.totalMinor,
    paidMinor: reckoned.totalMinor,
    recipient: old.recipient,
    coupons: ask.coupons,
    cartId: null,
    exchangeOf: from.returned.returnId,
    placedAt: ask.now,
    expiresAt: null,
    confirmedAt: ask.now,
    completedAt: ask.now,
  };
}
