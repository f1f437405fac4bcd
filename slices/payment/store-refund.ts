import type { Query, Tx } from '@ruslo/platform';

export type RefundState = 'queued' | 'pending' | 'succeeded' | 'failed';

export interface Refund {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly reason: string;
  readonly state: RefundState;
  readonly tries: number;
  readonly nextAt: Date | null;
  readonly failure: string | null;
  readonly createdAt: Date;
  readonly doneAt: Date | null;
}

const columns = `id, payment_id as "paymentId", amount_minor as "amountMinor", reason, state, tries, next_at as "nextAt", failure,
  created_at as "createdAt", done_at as "doneAt"`;

export interface Refundable {
  readonly ref: string;
  readonly customerId: string | null;
  readonly method: string;
  readonly state: string;
  readonly amountMinor: number;
  readonly refundedMinor: number;
}

/** Whoever gives back of one payment waits here for the other. */
export async function lockPayment(tx: Tx, id: string): Promise<Refundable | undefined> {
  const [row] = await tx.query<Refundable>(
    `select ref, customer_id as "customerId", method, state, amount_minor as "amountMinor", refunded_minor as "refundedMinor"
     from payment.payment where id = $1 for update`,
    [id],
  );
  return row;
}

export async function refundByKey(
  query: Query,
  paymentId: string,
  key: string,
): Promise<{ readonly id: string; readonly amountMinor: number } | undefined> {
  const [row] = await query.query<{ id: string; amountMinor: number }>(
    'select id, amount_minor as "amountMinor" from payment.refund where payment_id = $1 and key = $2',
    [paymentId, key],
  );
  return row;
}

export async function insertRefund(
  tx: Tx,
  from: {
    readonly id: string;
    readonly paymentId: string;
    readonly key: string;
    readonly amountMinor: number;
    readonly reason: string;
    /** Given at once, from the drawer. */
    readonly isDone: boolean;
    readonly now: Date;
  },
): Promise<void> {
  await tx.query(
    `with taken as (update payment.payment set refunded_minor = refunded_minor + $4 where id = $2)
     insert into payment.refund (id, payment_id, key, amount_minor, reason, state, next_at, created_at, done_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      from.id,
      from.paymentId,
      from.key,
      from.amountMinor,
      from.reason,
      from.isDone ? 'succeeded' : 'queued',
      from.isDone ? null : from.now,
      from.now,
      from.isDone ? from.now : null,
    ],
  );
}

export interface DueRefund {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly round: number;
  readonly tries: number;
  readonly provider: string | null;
  readonly providerRef: string | null;
  readonly currency: string;
  readonly ref: string;
  readonly customerId: string | null;
}

/** Refunds that are due. Each is put off while it is tried, so that another process leaves it alone. */
export function claimRefunds(query: Query, now: Date, until: Date, limit: number): Promise<DueRefund[]> {
  return query.query<DueRefund>(
    `update payment.refund r set next_at = $2, tries = r.tries + 1
     from payment.payment p
     where p.id = r.payment_id and r.id in (select id from payment.refund where state in ('queued', 'pending') and next_at <= $1
       order by next_at limit $3 for update skip locked)
     returning r.id, r.payment_id as "paymentId", r.amount_minor as "amountMinor", r.round, r.tries, p.provider,
       p.provider_ref as "providerRef", p.currency, p.ref, p.customer_id as "customerId"`,
    [now, until, limit],
  );
}

/** True when this call ended it: whoever comes second says nothing of it. */
export async function endRefund(
  tx: Tx,
  from: {
    readonly id: string;
    readonly state: 'succeeded' | 'failed';
    readonly failure: string | null;
    readonly isRefused: boolean;
    readonly now: Date;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `update payment.refund set state = $2, failure = $3, refused = $4, next_at = null, done_at = $5
     where id = $1 and state in ('queued', 'pending') returning 1`,
    [from.id, from.state, from.failure, from.isRefused, from.now],
  );
  return rows.length === 1;
}

export async function putOff(
  query: Query,
  from: {
    readonly id: string;
    readonly state: 'queued' | 'pending';
    readonly failure: string | null;
    readonly nextAt: Date;
  },
): Promise<void> {
  await query.query(
    `update payment.refund set state = case when state = 'pending' then state else $2 end, failure = $3, next_at = $4
     where id = $1 and state in ('queued', 'pending')`,
    [from.id, from.state, from.failure, from.nextAt],
  );
}

/** Begins a failed one anew. Undefined when there is none; false when it has not failed. */
export async function retryRefund(tx: Tx, id: string, now: Date): Promise<boolean | undefined> {
  const [row] = await tx.query<{ state: RefundState }>('select state from payment.refund where id = $1 for update', [
    id,
  ]);
  if (row === undefined) return undefined;
  if (row.state !== 'failed') return false;
  await tx.query(
    `update payment.refund set state = 'queued', tries = 0, next_at = $2, done_at = null, refused = false,
       round = round + case when refused then 1 else 0 end
     where id = $1`,
    [id, now],
  );
  return true;
}

export async function refundById(query: Query, id: string): Promise<Refund | undefined> {
  const [row] = await query.query<Refund>(`select ${columns} from payment.refund where id = $1`, [id]);
  return row;
}

export const refundsOf = (query: Query, paymentIds: readonly string[]): Promise<Refund[]> =>
  query.query<Refund>(`select ${columns} from payment.refund where payment_id = any($1::uuid[]) order by id`, [
    paymentIds,
  ]);
