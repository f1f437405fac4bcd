import { spread } from '@ruslo/kernel';
import type { Tx } from '@ruslo/platform';
import { issueReceipt } from '@ruslo/receipt';
import type { ReceiptLine, SettlementMethod, Vat } from '@ruslo/receipt';
import type { LineRow, OrderRow, TenderKind } from './store.ts';

/** Receipts of the desk: full settlement on hand-over, and the return of what was paid. */

/** Tag 1212 by the kind of the line: good, service, payment (a gift card is an advance). */
const subjects = { good: 1, service: 4, 'gift-card': 10 } as const;

/** A receipt line for these units. A gift card is always an advance (tag 1214 = 3), whatever the rest of the receipt is. */
export const receiptLine = (
  line: LineRow,
  units: { readonly quantity: number; readonly moneyMinor: number },
  method: SettlementMethod,
): ReceiptLine => ({
  title: line.title,
  quantity: units.quantity,
  unit: line.unit,
  totalMinor: units.moneyMinor,
  vat: line.vat as Vat,
  method: line.kind === 'gift-card' ? 3 : method,
  subject: subjects[line.kind],
});

export const shippingLine = (shippingMinor: number, method: SettlementMethod): ReceiptLine => ({
  title: 'Доставка',
  quantity: 1,
  unit: 'piece',
  totalMinor: shippingMinor,
  vat: 'none',
  method,
  subject: 4,
});

/** The same lines, together less by what is kept for points that were spent already. */
export function lessen(lines: readonly ReceiptLine[], minusMinor: number): readonly ReceiptLine[] {
  if (minusMinor === 0) return lines;
  const minus = spread(
    minusMinor,
    lines.map((line) => line.totalMinor),
  );
  return lines.map((line, index) => ({ ...line, totalMinor: line.totalMinor - (minus[index] ?? 0) }));
}

/** Issues the receipt of these lines, unless nothing was paid for them. */
export async function issueDeskReceipt(
  tx: Tx,
  from: {
    readonly order: OrderRow;
    readonly key: string;
    readonly type: 'sale' | 'sale-refund';
    readonly placeId: string | null;
    readonly lines: readonly ReceiptLine[];
    /** Money that moves now, by kind. What of the lines it does not cover is an offset of an earlier advance. */
    readonly moved: readonly { readonly kind: TenderKind; readonly amountMinor: number }[];
    readonly originalId: string | null;
    readonly now: Date;
  },
): Promise<string | null> {
  const { order } = from;
  const lines = from.lines.filter((line) => line.totalMinor > 0);
  if (lines.length === 0) return null;
  const by = (kinds: readonly TenderKind[]): number =>
    from.moved.reduce((sum, part) => sum + (kinds.includes(part.kind) ? part.amountMinor : 0), 0);
  const cashMinor = by(['cash']);
  const cardMinor = by(['card', 'terminal']);
  return issueReceipt(tx, {
    key: from.key,
    ref: order.id,
    type: from.type,
    placeId: from.placeId,
    customerId: order.customerId,
    contact: order.recipient.email ?? order.recipient.phone ?? null,
    currency: order.currency,
    lines,
    cashMinor,
    cardMinor,
    prepaidMinor: lines.reduce((sum, line) => sum + line.totalMinor, 0) - cashMinor - cardMinor,
    creditMinor: 0,
    originalId: from.originalId,
    now: from.now,
  });
}
