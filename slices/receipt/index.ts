import type { Vat } from './vat.ts';
import type { Query, Slice, Tx } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export type { Vat } from './vat.ts';

/** Tag 1054: sale or its return. */
export type ReceiptType = 'sale' | 'sale-refund';
/** Tag 1214. 1 full prepayment, 2 prepayment, 3 advance, 4 full settlement. */
export type SettlementMethod = 1 | 2 | 3 | 4;
/** Tag 1212. 1 good, 4 service, 10 payment, 33 marked good with code … */
export type SettlementSubject = number;

export interface ReceiptLine {
  readonly title: string;
  /** Base units: pieces, or grams. */
  readonly quantity: number;
  readonly unit: 'piece' | 'weight';
  /** The line as paid: after discounts and points. A line whose units cost differently is parted by the slice. */
  readonly totalMinor: number;
  readonly vat: Vat;
  readonly method: SettlementMethod;
  readonly subject: SettlementSubject;
}
export interface ReceiptDraft {
  /** Once per key. */
  readonly key: string;
  readonly ref: string;
  readonly type: ReceiptType;
  readonly placeId: string | null;
  readonly customerId: string | null;
  /** Where the customer gets it: phone or e-mail; may be null at a till that prints. */
  readonly contact: string | null;
  readonly currency: string;
  readonly lines: readonly ReceiptLine[];
  /** Tags 1031, 1081, 1215, 1216. Sum = sum of the lines. */
  readonly cashMinor: number;
  readonly cardMinor: number;
  /** Offset of an earlier prepayment or advance, gift cards among them. */
  readonly prepaidMinor: number;
  readonly creditMinor: number;
  /** A refund repeats the tags of this one. */
  readonly originalId: string | null;
  readonly now: Date;
}
/** Writes the document in the caller's transaction; a duty brings it to the cash register. Returns its id. */
export async function issueReceipt(_tx: Tx, _draft: ReceiptDraft): Promise<string> {
  throw new Error('not built yet');
}
export interface Receipt {
  readonly id: string;
  readonly ref: string;
  readonly type: ReceiptType;
  readonly state: 'queued' | 'registered' | 'failed';
  readonly totalMinor: number;
  readonly number: string | null;
  readonly fiscalSign: string | null;
  readonly issuedAt: Date;
  /** FFD 1.2 document by tag number. */
  readonly document: Readonly<Record<string, unknown>>;
}
export async function receiptsOf(_query: Query, _refs: readonly string[]): Promise<readonly Receipt[]> {
  throw new Error('not built yet');
}
/** The ref (order) of a receipt by its fiscal number or sign: return without paper, or with it. */
export async function refByReceipt(_query: Query, _numberOrSign: string): Promise<string | undefined> {
  throw new Error('not built yet');
}

/** What a cash register does for us; the receipt's id is the idempotency key. */
export interface FiscalPort {
  readonly name: string;
  register(receipt: {
    readonly id: string;
    readonly document: Readonly<Record<string, unknown>>;
  }): Promise<{ readonly number: string; readonly fiscalSign: string; readonly registeredAt: Date }>;
}
/** Documents of the law (54-FZ), behind a port. */
export function openReceipt(_port: FiscalPort | undefined): Slice {
  return { name: 'receipt', words: { ru, en } };
}
export const receipt: Slice = openReceipt(undefined);
