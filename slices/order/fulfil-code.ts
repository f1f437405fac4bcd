import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomInt } from 'node:crypto';
import { isUuid } from '@ruslo/kernel';
import type { Query, Tx } from '@ruslo/platform';

/**
 * Hand-out codes: eight digits that the customer shows or says. The store keeps a keyed hash to find the parcel by, and
 * the code itself sealed, to show it to her again. Beside its key that hides nothing from who reads the whole database;
 * it keeps codes out of logs, exports and partial leaks.
 */

const digits = 8;

export interface HandOutCode {
  readonly code: string;
  /** What the QR says: the parcel and its code, so that a scan needs no search. */
  readonly qr: string;
}

const qrOf = (fulfilmentId: string, code: string): string => `RUSLO:H:${fulfilmentId}:${code}`;

/** Makes the key on first use; whoever comes second at the same moment gets the first one's. */
export async function codeKey(query: Query): Promise<Buffer> {
  const [row] = await query.query<{ key: Buffer }>('select key from "order".secret', [], 'order.secret');
  if (row !== undefined) return row.key;
  await query.query('insert into "order".secret (key) values ($1) on conflict do nothing', [randomBytes(32)]);
  const [made] = await query.query<{ key: Buffer }>('select key from "order".secret');
  if (made === undefined) throw new Error('no key for hand-out codes');
  return made.key;
}

export const newCode = (): string => String(randomInt(0, 10 ** digits)).padStart(digits, '0');

export const hashCode = (key: Buffer, code: string): Buffer => createHmac('sha256', key).update(code).digest();

function seal(key: Buffer, fulfilmentId: string, code: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(fulfilmentId));
  const sealed = Buffer.concat([cipher.update(code, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

function open(key: Buffer, fulfilmentId: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(fulfilmentId));
  cipher.setAuthTag(bytes.subarray(-16));
  return cipher.update(bytes.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8');
}

/** A fresh code for a parcel, not in use by another that waits. */
export async function makeCode(
  tx: Tx,
  fulfilmentId: string,
): Promise<{ readonly hash: Buffer; readonly sealed: string } & HandOutCode> {
  const key = await codeKey(tx);
  for (;;) {
    const code = newCode();
    const hash = hashCode(key, code);
    const [used] = await tx.query(
      `select 1 from "order".fulfilment where code_hash = $1 and state in ('ready', 'trying') limit 1`,
      [hash],
      'order.code-used',
    );
    if (used === undefined) return { hash, sealed: seal(key, fulfilmentId, code), code, qr: qrOf(fulfilmentId, code) };
  }
}

/** The code of a parcel that waits, for showing it to the customer: never to the desk. */
export async function openCode(
  query: Query,
  parcel: { readonly id: string; readonly codeSealed: string | null; readonly state: string },
): Promise<HandOutCode | null> {
  if (parcel.codeSealed === null || !['ready', 'trying'].includes(parcel.state)) return null;
  const code = open(await codeKey(query), parcel.id, parcel.codeSealed);
  return { code, qr: qrOf(parcel.id, code) };
}

/** Parcel and code of a scanned QR; undefined for what is none of ours. */
export function readQr(text: string): { readonly fulfilmentId: string; readonly code: string } | undefined {
  const [, id = '', code = ''] = /^RUSLO:H:([0-9a-f-]{36}):(\d{8})$/i.exec(text.trim()) ?? [];
  return isUuid(id) ? { fulfilmentId: id, code } : undefined;
}

const mostWrong = 10;
const windowMs = 10 * 60_000;

/** True while who asks at this place may try another code. */
export async function mayGuess(query: Query, placeId: string, asker: string, now: Date): Promise<boolean> {
  const [row] = await query.query<{ wrong: number }>(
    'select wrong from "order".guess where place_id = $1 and asker = $2 and since > $3',
    [placeId, asker, new Date(now.getTime() - windowMs)],
  );
  return (row?.wrong ?? 0) < mostWrong;
}

/** Counts a wrong code, outside of the transaction that is refused. */
export async function countGuess(query: Query, placeId: string, asker: string, now: Date): Promise<void> {
  await query.query(
    `insert into "order".guess (place_id, asker, since, wrong) values ($1, $2, $3, 1)
     on conflict (place_id, asker) do update set
       wrong = case when guess.since > $4 then guess.wrong + 1 else 1 end,
       since = case when guess.since > $4 then guess.since else excluded.since end`,
    [placeId, asker, now, new Date(now.getTime() - windowMs)],
  );
}
