import { members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { programme, reverse } from '@ruslo/loyalty';
import { refund } from '@ruslo/payment';
import type { Tx } from '@ruslo/platform';
import { giveBack, refundCard } from '@ruslo/wallet';
import type { ClawBack } from '@ruslo/wallet';
import type { RefundPlan } from './rules.ts';
import { refundParts } from './rules.ts';
import type { OrderRow, TenderKind, TenderRow } from './store.ts';
import { addRefund, dropCards } from './store-refund.ts';

export interface RefundFrom {
  readonly order: OrderRow;
  readonly tenders: readonly TenderRow[];
  readonly plan: RefundPlan;
  /** Makes it once: `return:…`, `cancel:…`. */
  readonly key: string;
  readonly reason: string;
  readonly now: Date;
  /** By tender, in their order: what is not paid out, because it pays an exchange. At most the tender's part. */
  readonly keep?: (parts: readonly number[]) => readonly number[];
}

export interface Refunded {
  readonly order: OrderRow;
  /** By tender: what goes back, without what was kept. A `due` tender only falls. */
  readonly parts: readonly {
    readonly tenderNo: number;
    readonly kind: TenderKind;
    readonly amountMinor: number;
    readonly keptMinor: number;
  }[];
  /** Money that goes back or is kept for an exchange: the plan's, less what was deducted for points. */
  readonly moneyMinor: number;
  /** Kept for points that were earned by these units and are spent already (policy `deduct`). */
  readonly deductedMinor: number;
  readonly pointsBack: number;
  readonly clawBack: ClawBack | null;
}

/**
 * Books what goes back when units leave a locked order: each part of the money to its own source, the points that paid
 * into their lots, the points that were earned taken back. Marks the units, the tenders and the order. Stock,
 * receipts and the order's step are the caller's. Safe against doing it twice only by the caller's lock and key.
 */
export async function bookRefund(tx: Tx, from: RefundFrom): Promise<Result<Refunded>> {
  const { order, plan, key, now } = from;
  const cards = await takeCards(tx, order, plan, now);
  if (!cards.ok) return cards;
  const settings = await programme(tx);
  const whole = refundParts(from.tenders, plan.moneyMinor);
  if (!whole.ok) return whole;
  // Only money that would go back can be kept for points; what it could not cover is owed instead, never forgotten.
  const falls = from.tenders.some((tender, index) => tender.kind === 'due' && (whole.value[index] ?? 0) > 0);
  const covers = !falls && plan.moneyMinor >= plan.pointsTaken * settings.pointMinor;
  const policy = covers ? settings.clawBack : 'debt';
  const clawBack = await takePoints(tx, from, policy);
  const deductedMinor = policy === 'deduct' ? (clawBack?.uncovered ?? 0) * settings.pointMinor : 0;
  const moneyMinor = plan.moneyMinor - deductedMinor;
  const amounts = refundParts(from.tenders, moneyMinor);
  if (!amounts.ok) return amounts;
  const kept = from.keep?.(amounts.value) ?? [];
  const parts = from.tenders.map((tender, index) => {
    const keptMinor = kept[index] ?? 0;
    const { tenderNo, kind } = tender;
    return { tenderNo, kind, amountMinor: (amounts.value[index] ?? 0) - keptMinor, keptMinor };
  });
  for (const [index, tender] of from.tenders.entries()) {
    const amountMinor = parts[index]?.amountMinor ?? 0;
    if (amountMinor === 0) continue;
    const paid = await payBack(tx, { ...from, tender, amountMinor, graceDays: settings.graceDays });
    if (!paid.ok) return paid;
  }
  if (plan.pointsBack > 0) {
    const back = { ref: order.id, kind: 'points', amount: plan.pointsBack, graceDays: settings.graceDays } as const;
    await giveBack(tx, { ...back, key: `${key}:points`, now });
  }
  const isPaid = (tender: TenderRow): boolean => tender.kind !== 'due';
  const row = await addRefund(tx, {
    order,
    refundedMinor: from.tenders.reduce((sum, one, i) => sum + (isPaid(one) ? (amounts.value[i] ?? 0) : 0), 0),
    tenders: parts.map((part) => ({ tenderNo: part.tenderNo, amountMinor: part.amountMinor + part.keptMinor })),
    shares: plan.shares,
  });
  if (row === undefined) return refuse('order.changed-meanwhile', 409);
  return ok({ order: row, parts, moneyMinor, deductedMinor, pointsBack: plan.pointsBack, clawBack });
}

async function payBack(
  tx: Tx,
  from: RefundFrom & { readonly tender: TenderRow; readonly amountMinor: number; readonly graceDays: number },
): Promise<Result<unknown>> {
  const { tender, amountMinor, now, graceDays, reason } = from;
  const key = `${from.key}:${tender.tenderNo}`;
  if (tender.kind === 'due') return ok(undefined);
  if (tender.kind === 'gift' || tender.kind === 'credit') {
    const ref = tender.originOrderId ?? from.order.id;
    const whose = tender.cardId === null ? {} : { cardId: tender.cardId };
    await giveBack(tx, { ref, kind: tender.kind, ...whose, amount: amountMinor, graceDays, key, now });
    return ok(undefined);
  }
  // An imported order was paid elsewhere: whoever takes the goods back gives the money, and the receipt says so.
  if (tender.paymentId === null) return ok(undefined);
  return refund(tx, { paymentId: tender.paymentId, amountMinor, key, reason, now });
}

async function takePoints(tx: Tx, from: RefundFrom, policy: 'debt' | 'deduct'): Promise<ClawBack | null> {
  const { order, plan, key, now } = from;
  if (order.customerId === null || (plan.pointsTaken === 0 && plan.qualifyingMinor === 0)) return null;
  return reverse(tx, {
    orderId: order.id,
    customerId: order.customerId,
    customerIds: await members(tx, order.customerId),
    points: plan.pointsTaken,
    qualifyingMinor: plan.qualifyingMinor,
    key: `${key}:reverse`,
    now,
    policy,
  });
}

/** A sold gift card goes back only when nothing of it was spent. */
async function takeCards(tx: Tx, order: OrderRow, plan: RefundPlan, now: Date): Promise<Result<undefined>> {
  const shares = plan.shares.filter((one) => one.kind === 'gift-card');
  if (shares.length === 0) return ok(undefined);
  for (const cardId of await dropCards(tx, order.id, shares)) {
    const blocked = await refundCard(tx, cardId, now);
    if (!blocked.ok) return blocked;
  }
  return ok(undefined);
}
