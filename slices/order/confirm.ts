import type { Result } from '@ruslo/kernel';
import { award } from '@ruslo/loyalty';
import type { House, Tx } from '@ruslo/platform';
import { confirm } from '@ruslo/stock';
import { capture } from '@ruslo/wallet';
import { paper, paperLines, paperSums } from './paper.ts';
import type { PaperLine } from './paper.ts';
import type { OrderRow, TenderKind } from './store.ts';
import { markTaken, stepOrder } from './store.ts';

export interface ConfirmFrom {
  /** Locked, or written in this transaction. */
  readonly order: OrderRow;
  readonly lines: readonly (PaperLine & { readonly lineNo: number })[];
  readonly tenders: readonly { readonly kind: TenderKind; readonly amountMinor: number }[];
  readonly by: string;
  readonly why?: string;
  readonly now: Date;
}

/** Money of the lines that counts for the tier: a gift card counts when it is spent. */
export const qualifying = (lines: readonly Pick<PaperLine, 'kind' | 'totalMinor'>[]): number =>
  lines.reduce((sum, line) => sum + (line.kind === 'gift-card' ? 0 : line.totalMinor), 0);

/**
 * The order is certain: what was held is taken, its points become pending, paid money gets its receipt, its fulfilments
 * become tasks. What nobody need hand over is with the customer at once. Refuses what no longer holds, such as
 * `stock.short` and `wallet.hold-ended`.
 */
export async function confirmOrder(house: House, tx: Tx, from: ConfirmFrom): Promise<Result<OrderRow>> {
  const { order, lines, tenders, now } = from;
  const isPaid = order.pay === 'now';
  // Paid at the hand-over: purses are only held until then.
  const hasPurse =
    isPaid && (order.pointsSpent > 0 || tenders.some((one) => one.kind === 'gift' || one.kind === 'credit'));
  if (hasPurse) {
    const captured = await capture(tx, order.id, now);
    if (!captured.ok) return captured;
  }
  const hasGoods = lines.some((line) => line.kind === 'good');
  if (hasGoods) {
    const held = await confirm(tx, order.id, now);
    if (!held.ok) return held;
  }
  await awardOrder(tx, order, lines, now);
  const sums = paperSums(tenders);
  if (isPaid && sums.cardMinor > 0) {
    await paper(tx, {
      order,
      key: `${order.id}:paid`,
      type: 'sale',
      placeId: null,
      lines: paperLines(house, lines, hasGoods ? 1 : 4, order.shippingMinor),
      sums,
      originalId: null,
      now,
    });
  }
  const paidMinor = isPaid ? tenders.reduce((sum, one) => sum + one.amountMinor, 0) : 0;
  const about = { by: from.by, why: from.why ?? null, now };
  const confirmed = await stepOrder(tx, order, 'confirmed', { ...about, paidMinor });
  if (!confirmed.ok) return confirmed;
  if (hasGoods && !lines.some((line) => line.kind === 'gift-card')) return confirmed;
  await markTaken(tx, order.id, hasGoods ? ['gift-card'] : ['gift-card', 'service']);
  return hasGoods ? confirmed : stepOrder(tx, confirmed.value, 'completed', about);
}

/** Its points become pending until the return window closes. */
export async function awardOrder(
  tx: Tx,
  order: OrderRow,
  lines: readonly Pick<PaperLine, 'kind' | 'totalMinor'>[],
  now: Date,
): Promise<void> {
  const qualifyingMinor = qualifying(lines);
  if (order.customerId === null || (order.pointsEarned === 0 && qualifyingMinor === 0)) return;
  const { id: orderId, customerId, number, pointsEarned: points } = order;
  await award(tx, { orderId, customerId, number, points, qualifyingMinor, now });
}
