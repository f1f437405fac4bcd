import { newId } from '@ruslo/platform';
import type { Db, Query, Slice, Tx } from '@ruslo/platform';
import { settingSchema } from './contract.ts';
import type { Setting } from './contract.ts';
import { documentOf } from './document.ts';
import { keepPort } from './port.ts';
import type { FiscalPorts } from './port.ts';
import { closeRegister, duties, health } from './register.ts';
import { routes } from './routes.ts';
import type { ReceiptLine, ReceiptType } from './rules.ts';
import * as store from './store.ts';
import type { Receipt } from './store.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { DocumentRefused } from './port.ts';
export type { FiscalPort, FiscalPorts } from './port.ts';
export type { ReceiptLine, ReceiptType, SettlementMethod, SettlementSubject } from './rules.ts';
export type { Receipt } from './store.ts';
export type { Vat } from './vat.ts';

export interface ReceiptDraft {
  /** Once per key. */
  readonly key: string;
  readonly ref: string;
  readonly type: ReceiptType;
  /** Null: sold on line, so it needs a contact. */
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
  /** A refund repeats the tags of this one, and is registered after it. */
  readonly originalId: string | null;
  readonly now: Date;
}
/** Writes the document in the caller's transaction; a duty brings it to the cash register. Returns its id. */
export async function issueReceipt(tx: Tx, draft: ReceiptDraft): Promise<string> {
  const kept = keptOf.get(tx.db);
  if (kept !== undefined && draft.originalId === null) {
    const id = await write(tx, draft, kept, undefined);
    if (id !== undefined) return id;
  }
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const { setting, earlierId, original } = await store.readBefore(tx, draft.key, draft.originalId);
    if (earlierId !== null) return earlierId;
    if (draft.originalId !== null && original === null) throw new Error(`no receipt ${draft.originalId}`);
    const read = { setting, parsed: settingSchema.parse(setting.data) };
    keptOf.set(tx.db, read);
    const id = await write(tx, draft, read, original ?? undefined);
    if (id !== undefined) return id;
  }
  throw new Error('the setting of receipts changes faster than it can be read');
}

const tries = 3;

interface Kept {
  readonly setting: store.KeptSetting;
  readonly parsed: Setting;
}

/** Undefined when the setting is no longer this one. */
const write = (
  tx: Tx,
  draft: ReceiptDraft,
  { setting, parsed }: Kept,
  original: Readonly<Record<string, unknown>> | undefined,
): Promise<string | undefined> =>
  store.insertReceipt(tx, { ...draft, ...documentOf(draft, parsed, original), id: newId(), setting });

/** The setting as this process read it last: it counts only while the store has this version, which the insert asks. */
const keptOf = new WeakMap<Db, Kept>();

export const receiptsOf = (query: Query, refs: readonly string[]): Promise<readonly Receipt[]> =>
  store.receiptsByRef(query, refs);
/** The ref (order) of a receipt by its fiscal number or sign: return without paper, or with it. */
export const refByReceipt = (query: Query, numberOrSign: string): Promise<string | undefined> =>
  store.refByNumber(query, numberOrSign);

/** Documents of the law (54-FZ), behind a port. Without one they wait. */
export function openReceipt(port: FiscalPorts): Slice {
  const slice: Slice = {
    name: 'receipt',
    migrations: new URL('./migrations/', import.meta.url),
    words: { ru, en },
    permissions: {
      'receipt.read': ['agent', 'cashier', 'analyst', 'integrator'],
      'receipt.manage': ['integrator'],
    },
    routes,
    duties,
    erase: store.eraseReceipts,
    async export(tx, customerIds) {
      return { receipts: await store.exportReceipts(tx, customerIds) };
    },
    health,
    close: closeRegister,
  };
  keepPort(slice, port);
  return slice;
}
export const receipt: Slice = openReceipt(undefined);
