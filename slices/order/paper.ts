import { issueReceipt } from '@ruslo/receipt';
import type { ReceiptLine, Vat } from '@ruslo/receipt';
import type { House, Tx } from '@ruslo/platform';
import type { OrderRow, TenderKind } from './store.ts';

/** What of an order goes on paper. */

export interface PaperLine {
  readonly title: string;
  readonly kind: 'good' | 'service' | 'gift-card';
  readonly unit: 'piece' | 'weight';
  readonly quantity: number;
  readonly totalMinor: number;
  readonly vat: string;
}

/** Tag 1214. 1 = paid before it is handed over, 4 = paid and handed over. */
export type PaperMethod = 1 | 4;

const giftCardSubject = 10;
const serviceSubject = 4;
const goodSubject = 1;

/** Lines of a receipt; the delivery is a service of its own. A sold gift card is an advance, whatever else the receipt is. */
export function paperLines(
  house: Pick<House, 'words'>,
  lines: readonly PaperLine[],
  method: PaperMethod,
  shippingMinor: number,
): ReceiptLine[] {
  const paper = lines.map((line): ReceiptLine => ({
    title: line.title,
    quantity: line.quantity,
    unit: line.unit,
    totalMinor: line.totalMinor,
    vat: line.vat as Vat,
    method: line.kind === 'gift-card' ? 3 : method,
    subject: line.kind === 'gift-card' ? giftCardSubject : line.kind === 'service' ? serviceSubject : goodSubject,
  }));
  if (shippingMinor > 0) {
    const title = house.words.say('ru', 'order.shipping');
    paper.push({
      title,
      quantity: 1,
      unit: 'piece',
      totalMinor: shippingMinor,
      vat: shippingVat(lines),
      method,
      subject: serviceSubject,
    });
  }
  return paper;
}

/** Who sells without VAT delivers without it; everybody else at the common rate, whatever the goods have. */
const shippingVat = (lines: readonly PaperLine[]): Vat => (lines.every((line) => line.vat === 'none') ? 'none' : '22');

export interface PaperSums {
  readonly cashMinor: number;
  readonly cardMinor: number;
  readonly prepaidMinor: number;
  readonly creditMinor: number;
}

/** Tags 1031, 1081 and 1215: gift cards and store credit are advances that are settled now. */
export function paperSums(tenders: readonly { readonly kind: TenderKind; readonly amountMinor: number }[]): PaperSums {
  const sum = (...kinds: readonly TenderKind[]): number =>
    tenders.reduce((all, one) => all + (kinds.includes(one.kind) ? one.amountMinor : 0), 0);
  return {
    cashMinor: sum('cash'),
    cardMinor: sum('card', 'terminal'),
    prepaidMinor: sum('gift', 'credit'),
    creditMinor: 0,
  };
}

/** Receipt of an order in this transaction; undefined when nothing was paid: what costs nothing has no receipt. */
export async function paper(
  tx: Tx,
  from: {
    readonly order: OrderRow;
    readonly key: string;
    readonly type: 'sale' | 'sale-refund';
    readonly placeId: string | null;
    readonly lines: readonly ReceiptLine[];
    readonly sums: PaperSums;
    readonly originalId: string | null;
    readonly now: Date;
  },
): Promise<string | undefined> {
  const { order } = from;
  const lines = from.lines.filter((line) => line.totalMinor > 0);
  if (lines.length === 0) return undefined;
  return issueReceipt(tx, {
    key: from.key,
    ref: order.id,
    type: from.type,
    placeId: from.placeId,
    customerId: order.customerId,
    contact: order.recipient.phone ?? order.recipient.email ?? null,
    currency: order.currency,
    lines,
    ...from.sums,
    originalId: from.originalId,
    now: from.now,
  });
}
