import { spread } from '@ruslo/kernel';
import type { House, Tx } from '@ruslo/platform';
import { receiptsOf } from '@ruslo/receipt';
import type { PaperLine, PaperMethod } from './paper.ts';
import { paper, paperLines, paperSums } from './paper.ts';
import type { LineRow, OrderRow, TenderKind } from './store.ts';

/** Receipts of the desk: full settlement on hand-over, and the return of what was paid. */

export const unitsOnPaper = (
  line: LineRow,
  units: { readonly quantity: number; readonly moneyMinor: number },
): PaperLine => ({
  title: line.title,
  kind: line.kind,
  unit: line.unit,
  vat: line.vat,
  quantity: units.quantity,
  totalMinor: units.moneyMinor,
});

export interface DeskPaper {
  readonly order: OrderRow;
  readonly key: string;
  readonly type: 'sale' | 'sale-refund';
  readonly method: PaperMethod;
  readonly placeId: string | null;
  readonly units: readonly PaperLine[];
  readonly shippingMinor: number;
  /** Kept for points that were spent already: the lines together are less by it. */
  readonly minusMinor: number;
  /** Money that moves now. What of the lines it does not cover is an offset of an earlier advance. */
  readonly moved: readonly { readonly kind: TenderKind; readonly amountMinor: number }[];
  readonly originalId: string | null;
  readonly now: Date;
}

/** Issues the receipt, unless nothing was paid for what is on it. */
export async function deskPaper(house: House, tx: Tx, from: DeskPaper): Promise<string | null> {
  const whole = paperLines(house, from.units, from.method, from.shippingMinor);
  const minus = spread(
    from.minusMinor,
    whole.map((line) => line.totalMinor),
  );
  const lines = whole.map((line, index) => ({ ...line, totalMinor: line.totalMinor - (minus[index] ?? 0) }));
  const sums = paperSums(from.moved);
  const totalMinor = lines.reduce((sum, line) => sum + line.totalMinor, 0);
  const prepaidMinor = totalMinor - sums.cashMinor - sums.cardMinor;
  return (await paper(tx, { ...from, lines, sums: { ...sums, prepaidMinor } })) ?? null;
}

/** The receipt with which the order was paid: of the prepayment, or of the till. */
export async function firstSaleReceipt(tx: Tx, orderId: string): Promise<string | null> {
  const receipts = (await receiptsOf(tx, [orderId])).filter((receipt) => receipt.type === 'sale');
  return receipts.toSorted((one, other) => one.issuedAt.getTime() - other.issuedAt.getTime())[0]?.id ?? null;
}
