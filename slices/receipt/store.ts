import type { Query, Tx } from '@ruslo/platform';
import type { ReceiptType } from './rules.ts';

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

export interface ReceiptRow extends Receipt {
  readonly placeId: string | null;
  readonly customerId: string | null;
  readonly originalId: string | null;
  readonly currency: string;
  readonly registeredAt: Date | null;
  readonly tries: number;
  readonly failure: string | null;
}

const doorColumns = `id, ref, type, state, total_minor as "totalMinor", number, fiscal_sign as "fiscalSign",
  issued_at as "issuedAt", document`;
const columns = `${doorColumns}, place_id as "placeId", customer_id as "customerId", original_id as "originalId", currency,
  registered_at as "registeredAt", tries, failure`;

/** What a new document needs to know, in one round: the setting, an earlier one of the same key, the original. */
export async function readBefore(
  query: Query,
  key: string,
  originalId: string | null,
): Promise<{ setting: KeptSetting; earlierId: string | null; original: Record<string, unknown> | null }> {
  const [row] = await query.query<{
    data: unknown;
    version: number;
    changedAt: Date;
    earlierId: string | null;
    original: Record<string, unknown> | null;
  }>(
    `select s.data, s.version, s.changed_at as "changedAt", (select id from receipt.receipt where key = $1) as "earlierId",
       (select document from receipt.receipt where id = $2::uuid) as original from receipt.setting s`,
    [key, originalId],
    'receipt.read-before',
  );
  if (row === undefined) throw new Error('receipt.setting has no row');
  const { earlierId, original, ...setting } = row;
  return { setting, earlierId, original };
}

/** The setting of receipts as it was read last, of this database. */
export interface KeptSetting {
  readonly data: unknown;
  readonly version: number;
  readonly changedAt: Date;
}

/**
 * Writes a document that was made with this setting; undefined when the setting has changed since it was read.
 */
export async function insertReceipt(
  tx: Tx,
  from: {
    readonly id: string;
    readonly key: string;
    readonly ref: string;
    readonly type: ReceiptType;
    readonly placeId: string | null;
    readonly customerId: string | null;
    readonly originalId: string | null;
    readonly currency: string;
    readonly totalMinor: number;
    readonly document: Readonly<Record<string, unknown>>;
    readonly setting: KeptSetting;
    readonly now: Date;
  },
): Promise<string | undefined> {
  // When the same key comes at once, the second waits here and has the first one's id.
  const [row] = await tx.query<{ id: string }>(
    `insert into receipt.receipt (id, key, ref, type, state, lane, place_id, customer_id, original_id, currency, total_minor,
       document, issued_at, next_at)
     select $1::uuid, $2, $3, $4, 'queued', coalesce($5::uuid::text, 'online'), $5, $6::uuid, $7::uuid, $8, $9::bigint, $10::jsonb,
       $11::timestamptz, $11 from receipt.setting where version = $12::int and date_trunc('milliseconds', changed_at) = $13::timestamptz
     on conflict (key) do update set key = excluded.key returning id`,
    [
      from.id,
      from.key,
      from.ref,
      from.type,
      from.placeId,
      from.customerId,
      from.originalId,
      from.currency,
      from.totalMinor,
      JSON.stringify(from.document),
      from.now,
      from.setting.version,
      from.setting.changedAt,
    ],
    'receipt.insert',
  );
  return row?.id;
}

export const receiptsByRef = (query: Query, refs: readonly string[]): Promise<Receipt[]> =>
  query.query<Receipt>(`select ${doorColumns} from receipt.receipt where ref = any($1::text[]) order by id`, [refs]);

export async function receiptById(query: Query, id: string): Promise<ReceiptRow | undefined> {
  const [row] = await query.query<ReceiptRow>(`select ${columns} from receipt.receipt where id = $1`, [id]);
  return row;
}

export async function refByNumber(query: Query, numberOrSign: string): Promise<string | undefined> {
  const [row] = await query.query<{ ref: string }>(
    `select ref from (select ref, id from receipt.receipt where number = $1
       union all select ref, id from receipt.receipt where fiscal_sign = $1) found order by id desc limit 1`,
    [numberOrSign],
  );
  return row?.ref;
}

export interface ReceiptPage {
  readonly state?: string | undefined;
  readonly ref?: string | undefined;
  readonly placeId?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export function listReceipts(query: Query, from: ReceiptPage): Promise<ReceiptRow[]> {
  const values: unknown[] = [from.limit];
  const parts: string[] = [];
  const add = (text: string, value: string | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    parts.push(`${text} $${values.length}`);
  };
  // Only what is asked for stands in the statement, so that each shape has its index.
  add('state =', from.state);
  add('ref =', from.ref);
  add('place_id =', from.placeId);
  add('id <', from.cursor);
  const where = parts.length === 0 ? '' : `where ${parts.join(' and ')}`;
  return query.query<ReceiptRow>(`select ${columns} from receipt.receipt ${where} order by id desc limit $1`, values);
}

/** Begins a failed one anew. Undefined when there is none; false when it has not failed. */
export async function retryReceipt(tx: Tx, id: string, now: Date): Promise<boolean | undefined> {
  const [row] = await tx.query<{ state: string }>('select state from receipt.receipt where id = $1 for update', [id]);
  if (row === undefined) return undefined;
  if (row.state !== 'failed') return false;
  await tx.query(
    `update receipt.receipt set state = 'queued', tries = 0, first_try_at = null, next_at = $2, failure = null where id = $1`,
    [id, now],
  );
  return true;
}

/** The books keep their sums. What is not registered yet still needs its address, and loses it then. */
export async function eraseReceipts(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query(
    `update receipt.receipt set customer_id = null, forget = (state <> 'registered'),
       document = case when state = 'registered' then document - '1008' else document end
     where customer_id = any($1::uuid[])`,
    [customerIds],
  );
}

export const exportReceipts = (query: Query, customerIds: readonly string[]): Promise<ReceiptRow[]> =>
  query.query<ReceiptRow>(`select ${columns} from receipt.receipt where customer_id = any($1::uuid[]) order by id`, [
    customerIds,
  ]);
