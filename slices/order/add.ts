import { members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { giveBack, redeem } from '@ruslo/offer';
import type { Priced } from '@ruslo/offer';
import { addPayment, cancelPayments, paymentsOf } from '@ruslo/payment';
import { append, fact } from '@ruslo/platform';
import type { House, Tx } from '@ruslo/platform';
import { release, reserve } from '@ruslo/stock';
import type { Placed } from './contract.ts';
import { ways } from './deliver.ts';
import { graceMs } from './place.ts';
import { reckonNow } from './reckon.ts';
import type { NewLine } from './reckon.ts';
import { wantsOf } from './rules.ts';
import { addLines, dropPlanned, insertFulfilments } from './store-place.ts';
import { linesOf, orderForUpdate, tendersOf, usesOf } from './store.ts';
import type { OrderRow } from './store.ts';

export interface AddFrom {
  readonly orderId: string;
  readonly lines: readonly { readonly variantId: string; readonly quantity: number }[];
  readonly expectedTotalMinor: number | undefined;
  readonly by: string;
  readonly now: Date;
}

/**
 * Adds goods to an order that is not paid yet (D-04): what stands keeps its price, what is added has the price of this
 * moment, everything is reserved anew, and one payment and one receipt have both.
 */
export async function addToOrder(house: House, tx: Tx, from: AddFrom): Promise<Result<Placed>> {
  const { now } = from;
  const order = await orderForUpdate(tx, from.orderId);
  if (order === undefined) return refuse('order.not-found', 404);
  const { expiresAt, method } = order;
  const isOver = expiresAt === null || expiresAt.getTime() <= now.getTime();
  if (order.state !== 'awaiting-payment' || isOver || method === 'till')
    return refuse('order.not-payable', 409, { state: order.state });
  const tender = (await tendersOf(tx, [order.id])).find((one) => one.kind === 'card');
  if (tender === undefined) return refuse('order.not-payable', 409, { state: order.state });
  const customerIds = order.customerId === null ? [] : await members(tx, order.customerId);
  const before = await linesOf(tx, [order.id]);
  const reckoned = await reckonNow(house, tx, {
    lines: from.lines.map((line, index) => ({ id: `added-${String(index + 1).padStart(2, '0')}`, ...line })),
    customerId: order.customerId,
    customerIds,
    coupons: [],
    channel: order.channel,
    placeId: null,
    shippingMinor: 0,
    points: 0,
    at: now,
  });
  if (reckoned.gone.length > 0) return refuse('order.changed', 409);
  const last = Math.max(...before.map((line) => line.lineNo));
  const added = reckoned.lines
    .filter((line) => !line.gift)
    .map((line, index) => ({ ...line, lineNo: last + index + 1 }));
  const totalMinor = order.totalMinor + reckoned.totalMinor;
  if (from.expectedTotalMinor !== undefined && from.expectedTotalMinor !== totalMinor)
    return refuse('order.changed', 409);
  const used = await redeemAnew(tx, order, customerIds, reckoned.uses, now);
  if (!used.ok) return used;
  const reserved = await reserveAnew(tx, order, [...before, ...added], new Date(expiresAt.getTime() + graceMs), now);
  if (!reserved.ok) return reserved;
  const amountMinor = tender.amountMinor + reckoned.totalMinor;
  const payments = await paymentsOf(tx, [order.id]);
  await cancelPayments(tx, order.id, now);
  const { id: ref, customerId, currency } = order;
  const key = `again:${payments.length}`;
  const payment = await addPayment(tx, { ref, customerId, method: 'card', amountMinor, currency, key, now });
  const row = await addLines(tx, {
    order,
    lines: added,
    uses: used.value,
    tender: { tenderNo: tender.tenderNo, amountMinor, paymentId: payment.id },
  });
  if (row === undefined) return refuse('order.changed-meanwhile', 409);
  await append(tx, [
    fact({
      name: 'order.extended',
      customerId,
      channel: order.channel,
      at: now,
      data: { orderId: row.id, number: row.number, lines: added.length, totalMinor: row.totalMinor, currency },
    }),
  ]);
  return ok({
    orderId: row.id,
    number: row.number,
    state: row.state,
    totalMinor: row.totalMinor,
    toPayMinor: amountMinor,
    currency,
    paymentId: payment.id,
    confirmUrl: null,
    expiresAt: expiresAt.toISOString(),
  });
}

/** Offers count an order once: what it used before and uses now are one use of a rule. */
async function redeemAnew(
  tx: Tx,
  order: OrderRow,
  customerIds: readonly string[],
  more: Priced['uses'],
  now: Date,
): Promise<Result<Priced['uses']>> {
  const before: Priced['uses'] = await usesOf(tx, order.id);
  if (more.length === 0) return ok(before);
  const byRule = new Map(before.map((use) => [use.ruleId, use]));
  for (const use of more) {
    const had = byRule.get(use.ruleId);
    byRule.set(use.ruleId, had === undefined ? use : { ...had, amountMinor: had.amountMinor + use.amountMinor });
  }
  const uses = [...byRule.values()];
  await giveBack(tx, order.id, now);
  const taken = await redeem(tx, { ref: order.id, customerIds, customerId: order.customerId, uses, now });
  return taken.ok ? ok(uses) : taken;
}

async function reserveAnew(
  tx: Tx,
  order: OrderRow,
  lines: readonly Pick<NewLine, 'lineNo' | 'kind' | 'variantId' | 'components' | 'quantity'>[],
  until: Date,
  now: Date,
): Promise<Result<undefined>> {
  const { id: orderId, method } = order;
  if (method === 'till') return refuse('order.not-payable', 409, { state: order.state });
  await release(tx, orderId, now);
  const { lat, lon } = order.recipient.address ?? {};
  const to = lat === undefined || lon === undefined ? null : { lat, lon };
  const found = await ways(tx, { lines, method, placeId: order.pickupPlaceId, to, now });
  const [way] = found.options;
  if (way === undefined) return found.isNeeded ? refuse('order.short', 409) : ok(undefined);
  const reserved = await reserve(tx, { ref: orderId, wants: wantsOf(lines, way.parts), until, now });
  if (!reserved.ok) return reserved;
  await dropPlanned(tx, orderId);
  const { parts, readyAt: promisedAt } = way;
  await insertFulfilments(tx, { orderId, method, state: 'planned', parts, promisedAt, now });
  return ok(undefined);
}
