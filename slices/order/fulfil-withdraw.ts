import { ok, spread } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { House, Tx } from '@ruslo/platform';
import { capture } from '@ruslo/wallet';
import { deskPaper, firstSaleReceipt, unitsOnPaper } from './hand-out-receipt.ts';
import type { Refunded } from './refund.ts';
import { bookRefund } from './refund.ts';
import { planRefund } from './rules.ts';
import type { LineRow, OrderRow, TenderKind, TenderRow } from './store.ts';
import { linesOf, tendersOf } from './store.ts';

/** An order with its lines and tenders, locked in this transaction. */
export interface Held {
  readonly order: OrderRow;
  readonly lines: readonly LineRow[];
  readonly tenders: readonly TenderRow[];
}

const leftOf = (tender: TenderRow): number => tender.amountMinor - tender.refundedMinor;
const ranks: Readonly<Record<TenderKind, number>> = { due: 0, gift: 1, credit: 1, card: 2, cash: 2, terminal: 2 };

/**
 * Of an order that is paid on hand-over, what nobody has paid yet falls first, then cards and credit: so money that was
 * taken for an earlier parcel does not come back for a later one. Tenders with no more left than what goes.
 */
export function unpaidFirst(tenders: readonly TenderRow[], moneyMinor: number): readonly TenderRow[] {
  let rest = moneyMinor;
  const parts = new Map<number, number>();
  for (const rank of [0, 1, 2]) {
    const group = tenders.filter((tender) => ranks[tender.kind] === rank && leftOf(tender) > 0);
    const most = group.reduce((sum, tender) => sum + leftOf(tender), 0);
    const here = Math.min(rest, most);
    rest -= here;
    for (const [index, part] of spread(here, group.map(leftOf)).entries())
      parts.set(group[index]?.tenderNo ?? -1, part);
  }
  return tenders.map((tender) => ({
    ...tender,
    amountMinor: tender.refundedMinor + (parts.get(tender.tenderNo) ?? 0),
  }));
}

/**
 * Points and gift cards of an order that is paid on hand-over are only held until units of it move for the first time;
 * then they are spent, and what is refused gets its part back like everything else.
 */
export async function spendHolds(tx: Tx, held: Held, now: Date): Promise<Result<Held>> {
  const { order, lines, tenders } = held;
  if (order.pay === 'now' || lines.some((line) => line.taken + line.withdrawn > 0)) return ok(held);
  const captured = await capture(tx, order.id, now);
  if (!captured.ok) return captured;
  const paidMinor = tenders.reduce((sum, tender) => sum + (tender.kind === 'due' ? 0 : tender.amountMinor), 0);
  await tx.query('update "order"."order" set paid_minor = $2 where id = $1', [order.id, paidMinor]);
  return ok({ ...held, order: { ...order, paidMinor } });
}

/**
 * Units that never reach the customer (refused, not found): counts, money and points back, and the refund receipt of a
 * prepayment. Stock, fulfilments and the order's step are the caller's.
 */
export async function withdraw(
  house: House,
  tx: Tx,
  from: {
    readonly held: Held;
    readonly parts: readonly { readonly lineNo: number; readonly quantity: number }[];
    /** The order ends and nothing was taken: the delivery fee goes back too. */
    readonly closing: boolean;
    readonly placeId: string | null;
    readonly key: string;
    readonly reason: string;
    readonly now: Date;
  },
): Promise<Result<{ readonly held: Held; readonly refunded: Refunded | null }>> {
  const { key, reason, now, closing } = from;
  const parts = from.parts.filter((part) => part.quantity > 0);
  if (parts.length === 0) return ok({ held: from.held, refunded: null });
  const spent = await spendHolds(tx, from.held, now);
  if (!spent.ok) return spent;
  const { order, lines, tenders } = spent.value;
  const leaving = parts.map((part) => ({ ...part, how: 'withdrawn' as const }));
  const plan = planRefund(lines, leaving, closing ? order.shippingMinor : 0);
  if (!plan.ok) return plan;
  const sources = order.pay === 'now' ? tenders : unpaidFirst(tenders, plan.value.moneyMinor);
  const refunded = await bookRefund(tx, { order, tenders: sources, plan: plan.value, key, reason, now });
  if (!refunded.ok) return refunded;
  // Without a receipt of the prepayment (gift cards alone, or money at hand-over) there is nothing to take back on paper.
  const originalId = order.pay === 'now' ? await firstSaleReceipt(tx, order.id) : null;
  if (originalId !== null) {
    const units = plan.value.shares.flatMap((share) => {
      const line = lines.find((one) => one.lineNo === share.lineNo);
      return line === undefined ? [] : [unitsOnPaper(line, share)];
    });
    await deskPaper(house, tx, {
      order,
      key: `${key}:receipt`,
      type: 'sale-refund',
      method: 1,
      placeId: from.placeId,
      units,
      shippingMinor: plan.value.shippingMinor,
      minusMinor: refunded.value.deductedMinor,
      moved: refunded.value.parts,
      originalId,
      now,
    });
  }
  return ok({ held: await readHeld(tx, refunded.value.order), refunded: refunded.value });
}

/** Nobody has brought her anything yet. A gift card of the same order is hers when it is paid, and needs no bringing. */
export const nothingBrought = (lines: readonly LineRow[]): boolean =>
  lines.every((line) => line.taken === 0 || line.kind === 'gift-card');

export async function readHeld(tx: Tx, order: OrderRow): Promise<Held> {
  return { order, lines: await linesOf(tx, [order.id]), tenders: await tendersOf(tx, [order.id]) };
}
