import { ok, refuse, spread } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { programme } from '@ruslo/loyalty';
import { placeById } from '@ruslo/place';
import { append, fact, newId } from '@ruslo/platform';
import type { House, NewEvent, Tx } from '@ruslo/platform';
import { restock } from '@ruslo/stock';
import { deskRowsOf } from './fulfil-store.ts';
import type { Held } from './fulfil-withdraw.ts';
import { readHeld } from './fulfil-withdraw.ts';
import { deskPaper, firstSaleReceipt, unitsOnPaper } from './hand-out-receipt.ts';
import type { Refunded } from './refund.ts';
import { bookRefund } from './refund.ts';
import type { Reason } from './contract-return.ts';
import type { ReturnLineRow, ReturnRow, ReturnWay } from './return-store.ts';
import { closeReturn, insertReturn, returnById, writeReturnLines } from './return-store.ts';
import type { RefundPlan } from './rules.ts';
import { planRefund, wantsOf } from './rules.ts';
import type { OrderRow } from './store.ts';
import { orderForUpdate } from './store.ts';
import { endWarranties } from './warranty.ts';

/** Returns: of any channel's order, at any place, without paper. Discounts stay as they were frozen at placement. */

export interface ReturnLine {
  readonly lineNo: number;
  readonly quantity: number;
  readonly reason: Reason;
  readonly damaged: boolean;
  readonly serials?: readonly string[] | undefined;
}

export interface ReturnAsk {
  readonly orderId: string;
  readonly lines: readonly ReturnLine[];
  readonly placeId: string;
  readonly payTo: 'origin' | 'cash';
  readonly way: ReturnWay;
  /** Staff's reason for a return outside of the policy; null = within it. */
  readonly why: string | null;
  readonly channel: Channel;
  readonly by: string;
  readonly staffId: string | null;
  readonly now: Date;
  /** Announced before. */
  readonly announced?: ReturnRow;
  /** What of the money stays, because it pays an exchange: by part, at most the part. */
  readonly keep?: (parts: readonly number[]) => readonly number[];
  readonly exchangeOrderId?: string;
}

export interface Returned {
  readonly held: Held;
  readonly returnId: string;
  readonly plan: RefundPlan;
  readonly refunded: Refunded;
  readonly receiptId: string | null;
  readonly facts: readonly NewEvent[];
}

const dayMs = 86_400_000;

/** When the days of the return window began: with the last hand-over. */
async function soldAt(tx: Tx, order: OrderRow): Promise<Date> {
  const done = (await deskRowsOf(tx, order.id)).flatMap((parcel) => parcel.doneAt ?? []);
  const last = done.toSorted((one, other) => other.getTime() - one.getTime())[0];
  return order.completedAt ?? last ?? order.placedAt;
}

/** Refuses `order.return-late` (422; days) when the window has closed and nobody has given a reason. */
export async function withinWindow(tx: Tx, order: OrderRow, at: Date, why: string | null): Promise<Result<undefined>> {
  if (why !== null) return ok(undefined);
  const { returnDays } = await programme(tx);
  const endMs = (await soldAt(tx, order)).getTime() + returnDays * dayMs;
  return at.getTime() <= endMs ? ok(undefined) : refuse('order.return-late', 422, { days: returnDays });
}

/** Refuses `order.no-such-place` (404) and `order.no-return-here` (409): a desk that takes nothing back. */
async function mayReturnHere(tx: Tx, ask: ReturnAsk): Promise<Result<undefined>> {
  const place = await placeById(tx, ask.placeId);
  if (place === undefined) return refuse('order.no-such-place', 404);
  const takes = place.services.includes('return') || ask.way === 'system' || ask.way === 'mail';
  return takes ? ok(undefined) : refuse('order.no-return-here', 409);
}

/** The same line, whole and damaged, leaves as one part of it. */
export function sumLines(lines: readonly ReturnLine[]): { lineNo: number; quantity: number; serials: string[] }[] {
  const sums = new Map<number, { lineNo: number; quantity: number; serials: string[] }>();
  for (const { lineNo, quantity, serials } of lines) {
    const sum = sums.get(lineNo) ?? { lineNo, quantity: 0, serials: [] };
    sums.set(lineNo, { lineNo, quantity: sum.quantity + quantity, serials: [...sum.serials, ...(serials ?? [])] });
  }
  return [...sums.values()];
}

/**
 * Units come back: stock of the place that takes them, points, money to where it came from, warranty, receipt. The order
 * is locked here. A preview is this very function in a transaction that is taken back, so preview = result (T11).
 * Refuses `order.not-found`, `order.no-return-here`, `order.return-late`, `order.too-many`, `order.cash-not-allowed`, `wallet.card-used`.
 */
export async function bringBack(house: House, tx: Tx, ask: ReturnAsk): Promise<Result<Returned>> {
  const order = await orderForUpdate(tx, ask.orderId);
  if (order === undefined) return refuse('order.not-found', 404);
  const { now } = ask;
  const here = await mayReturnHere(tx, ask);
  if (!here.ok) return here;
  const inTime = await withinWindow(tx, order, ask.announced?.createdAt ?? now, ask.why);
  if (!inTime.ok) return inTime;
  const held = await readHeld(tx, order);
  const sums = sumLines(ask.lines);
  const plan = planRefund(
    held.lines,
    sums.map(({ lineNo, quantity }) => ({ lineNo, quantity, how: 'returned' as const })),
  );
  if (!plan.ok) return plan;
  const returnId = ask.announced?.id ?? newId();
  const key = `return:${returnId}`;
  const { keep } = ask;
  const refunded = await bookRefund(tx, {
    order,
    // What is due for a parcel that still waits was never paid, so it does not come back.
    tenders: held.tenders.filter((tender) => tender.kind !== 'due'),
    plan: plan.value,
    key,
    reason: 'return',
    now,
    ...(keep === undefined ? {} : { keep }),
  });
  if (!refunded.ok) return refunded;
  const byCard = refunded.value.parts.find((part) => isBank(part.kind) && part.amountMinor > 0);
  // What was paid by card goes back to the card: cash for it is not allowed (Bank of Russia, 5348-U).
  if (ask.payTo === 'cash' && byCard !== undefined)
    return refuse('order.cash-not-allowed', 422, { amountMinor: byCard.amountMinor });
  await takeGoods(tx, held, ask, returnId);
  await endWarranties(tx, order.id, sums, now);
  const receiptId = await returnPaper(house, tx, { held, plan: plan.value, refunded: refunded.value, ask, key });
  const lines = linesWithSums(ask.lines, plan.value);
  await writeReturn(tx, { ask, order, returnId, lines, refunded: refunded.value, plan: plan.value, receiptId });
  const facts = [returnFact(order, ask, returnId, refunded.value)];
  return ok({
    held: await readHeld(tx, refunded.value.order),
    returnId,
    plan: plan.value,
    refunded: refunded.value,
    receiptId,
    facts,
  });
}

const isBank = (kind: string): boolean => kind === 'card' || kind === 'terminal';

async function takeGoods(tx: Tx, held: Held, ask: ReturnAsk, returnId: string): Promise<void> {
  const { now, staffId: by, placeId } = ask;
  for (const damaged of [false, true]) {
    const lines = ask.lines.filter((line) => line.damaged === damaged);
    const wants = wantsOf(
      held.lines,
      lines.map(({ lineNo, quantity }) => ({ placeId, lineNo, quantity })),
    );
    if (wants.length === 0) continue;
    await restock(tx, {
      key: `return:${returnId}:${damaged ? 'damaged' : 'whole'}`,
      ref: ask.orderId,
      wants,
      now,
      by,
      damaged,
    });
  }
}

async function returnPaper(
  house: House,
  tx: Tx,
  from: {
    readonly held: Held;
    readonly plan: RefundPlan;
    readonly refunded: Refunded;
    readonly ask: ReturnAsk;
    readonly key: string;
  },
): Promise<string | null> {
  const { held, plan, refunded, ask } = from;
  const { order } = held;
  const parcels = await deskRowsOf(tx, order.id);
  const nos = new Set(plan.shares.map((share) => share.lineNo));
  const settled = parcels.find((one) => one.receiptId !== null && one.lines.some((line) => nos.has(line.lineNo)));
  const units = plan.shares.flatMap((share) => {
    const line = held.lines.find((one) => one.lineNo === share.lineNo);
    return line === undefined ? [] : [unitsOnPaper(line, share)];
  });
  return deskPaper(house, tx, {
    order,
    key: `${from.key}:receipt`,
    type: 'sale-refund',
    method: 4,
    placeId: ask.placeId,
    units,
    shippingMinor: 0,
    minusMinor: refunded.deductedMinor,
    moved: refunded.parts,
    originalId: settled?.receiptId ?? (await firstSaleReceipt(tx, order.id)),
    now: ask.now,
  });
}

/** What each row of the return has of the line's part; whole and damaged units cost the same to the kopeck. */
export function linesWithSums(lines: readonly ReturnLine[], plan: RefundPlan): ReturnLineRow[] {
  return plan.shares.flatMap((share) => {
    const own = lines.filter((line) => line.lineNo === share.lineNo);
    const weights = own.map((line) => line.quantity);
    const money = spread(share.moneyMinor, weights);
    const spent = spread(share.pointsSpent, weights);
    const earned = spread(share.pointsEarned, weights);
    return own.map(({ lineNo, quantity, reason, damaged }, index) => ({
      lineNo,
      quantity,
      reason,
      damaged,
      amountMinor: money[index] ?? 0,
      pointsSpent: spent[index] ?? 0,
      pointsEarned: earned[index] ?? 0,
    }));
  });
}

async function writeReturn(
  tx: Tx,
  from: {
    readonly ask: ReturnAsk;
    readonly order: OrderRow;
    readonly returnId: string;
    readonly lines: readonly ReturnLineRow[];
    readonly refunded: Refunded;
    readonly plan: RefundPlan;
    readonly receiptId: string | null;
  },
): Promise<void> {
  const { ask, order, returnId: id, refunded } = from;
  const { channel, placeId, way, payTo, why, by, now } = ask;
  const { customerId, currency } = order;
  if (ask.announced === undefined)
    await insertReturn(tx, {
      id,
      orderId: order.id,
      customerId,
      channel,
      placeId,
      state: 'received',
      way,
      payTo,
      currency,
      why,
      by,
      now,
    });
  await writeReturnLines(tx, id, from.lines);
  await closeReturn(tx, {
    id,
    placeId,
    payTo,
    amountMinor: refunded.moneyMinor,
    deductedMinor: refunded.deductedMinor,
    carriedMinor: refunded.parts.reduce((sum, part) => sum + part.keptMinor, 0),
    pointsBack: refunded.pointsBack,
    pointsTaken: from.plan.pointsTaken,
    exchangeOrderId: ask.exchangeOrderId ?? null,
    receiptId: from.receiptId,
    why,
    now,
    tenders: refunded.parts
      .map(({ tenderNo, kind, amountMinor, keptMinor }) => ({ tenderNo, kind, amountMinor: amountMinor + keptMinor }))
      .filter((part) => part.amountMinor > 0),
  });
}

const returnFact = (order: OrderRow, ask: ReturnAsk, returnId: string, refunded: Refunded): NewEvent =>
  fact({
    name: 'order.returned',
    customerId: order.customerId,
    channel: ask.channel,
    at: ask.now,
    data: {
      orderId: order.id,
      number: order.number,
      returnId,
      placeId: ask.placeId,
      orderChannel: order.channel,
      amountMinor: refunded.moneyMinor,
      currency: order.currency,
      pointsBack: refunded.pointsBack,
      lines: ask.lines.map(({ lineNo, quantity, damaged }) => ({ lineNo, quantity, damaged })),
    },
  });

/** A return at a desk, with its fact. */
export async function makeReturn(house: House, tx: Tx, ask: ReturnAsk): Promise<Result<ReturnRow>> {
  const returned = await bringBack(house, tx, ask);
  if (!returned.ok) return returned;
  await append(tx, returned.value.facts);
  return readReturn(tx, returned.value.returnId);
}

export async function readReturn(tx: Tx, id: string): Promise<Result<ReturnRow>> {
  const row = await returnById(tx, id);
  if (row === undefined) return refuse('order.no-such-return', 404);
  return ok(row);
}

class TakenBack extends Error {}

/** Does it and takes it back: what a preview shows is what the deed would do, because it is the deed. */
export async function tryOut<T>(house: House, work: (tx: Tx) => Promise<Result<T>>): Promise<Result<T>> {
  const tried: { result?: Result<T> } = {};
  try {
    await house.db.retry(async (tx) => {
      tried.result = await work(tx);
      throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  if (tried.result === undefined) throw new Error('a trial ended without a result');
  return tried.result;
}
