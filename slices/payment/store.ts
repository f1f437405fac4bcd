import type { Query, Tx } from '@ruslo/platform';
import type { PaymentMethod, PaymentState } from './port.ts';

export interface Payment {
  readonly id: string;
  /** The order. */
  readonly ref: string;
  readonly customerId: string | null;
  readonly method: PaymentMethod;
  readonly state: PaymentState;
  readonly amountMinor: number;
  /** Given back, or on its way back. */
  readonly refundedMinor: number;
  readonly currency: string;
  readonly provider: string | null;
  /** Where the customer confirms (3-D Secure), while pending. */
  readonly confirmUrl: string | null;
  readonly failure: string | null;
  readonly createdAt: Date;
}

/** With what only this slice needs to know. */
export interface PaymentRow extends Payment {
  readonly providerRef: string | null;
  readonly returnUrl: string | null;
  readonly askedAt: Date | null;
}

const columns = `id, ref, customer_id as "customerId", method, state, amount_minor as "amountMinor",
  refunded_minor as "refundedMinor", currency, provider, confirm_url as "confirmUrl", failure, created_at as "createdAt",
  provider_ref as "providerRef", return_url as "returnUrl", asked_at as "askedAt"`;

/** Drops what only this slice needs to know. */
export function show(row: PaymentRow): Payment {
  const { providerRef: _ref, returnUrl: _url, askedAt: _asked, ...payment } = row;
  return payment;
}

export interface NewPayment {
  readonly id: string;
  readonly ref: string;
  readonly key: string;
  readonly customerId: string | null;
  readonly method: PaymentMethod;
  readonly amountMinor: number;
  readonly currency: string;
  readonly now: Date;
}

/** The new row, or undefined when the key was used before. */
export async function insertPayment(tx: Tx, from: NewPayment): Promise<PaymentRow | undefined> {
  const isPaid = from.method !== 'card';
  const [row] = await tx.query<PaymentRow>(
    `insert into payment.payment (id, ref, key, customer_id, method, state, amount_minor, currency, created_at, final_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (ref, key) do nothing returning ${columns}`,
    [
      from.id,
      from.ref,
      from.key,
      from.customerId,
      from.method,
      isPaid ? 'succeeded' : 'new',
      from.amountMinor,
      from.currency,
      from.now,
      isPaid ? from.now : null,
    ],
    'payment.insert',
  );
  return row;
}

/** A new card payment as part of the caller's own statement: one part of its `with`, with parameters from `at` on. */
export const paymentIn = (
  at: number,
): string => `payment_added as (insert into payment.payment (id, ref, key, customer_id, method, state, amount_minor, currency,
      created_at, provider, return_url, asked_at)
    values ($${at}::uuid, $${at + 1}, $${at + 2}, $${at + 3}::uuid, 'card', 'new', $${at + 4}::bigint, $${at + 5}, $${at + 6}::timestamptz,
      $${at + 7}, $${at + 8}, case when $${at + 7}::text is not null then $${at + 6}::timestamptz end))`;

export const paymentInValues = (payment: Payment, key: string, returnUrl: string | null): unknown[] => [
  payment.id,
  payment.ref,
  key,
  payment.customerId,
  payment.amountMinor,
  payment.currency,
  payment.createdAt,
  payment.provider,
  payment.provider === null ? null : returnUrl,
];

export async function paymentByKey(query: Query, ref: string, key: string): Promise<PaymentRow | undefined> {
  const [row] = await query.query<PaymentRow>(`select ${columns} from payment.payment where ref = $1 and key = $2`, [
    ref,
    key,
  ]);
  return row;
}

export async function paymentById(query: Query, id: string): Promise<PaymentRow | undefined> {
  const [row] = await query.query<PaymentRow>(
    `select ${columns} from payment.payment where id = $1`,
    [id],
    'payment.by-id',
  );
  return row;
}

/** From here on the provider may have heard of it. Undefined when it is final already. */
export async function markStarted(
  query: Query,
  from: { readonly id: string; readonly provider: string; readonly returnUrl: string; readonly now: Date },
): Promise<PaymentRow | undefined> {
  const [row] = await query.query<PaymentRow>(
    `update payment.payment set provider = coalesce(provider, $2), return_url = coalesce(return_url, $3), asked_at = $4
     where id = $1 and method = 'card' and state in ('new', 'pending') returning ${columns}`,
    [from.id, from.provider, from.returnUrl, from.now],
    'payment.mark-started',
  );
  return row;
}

/** What the provider answered to the start. A final answer is left to `settle`, which is due at once then. */
export async function storeStarted(
  query: Query,
  from: {
    readonly id: string;
    readonly providerRef: string;
    readonly confirmUrl: string | null;
    readonly isFinal: boolean;
    readonly now: Date;
  },
): Promise<PaymentRow | undefined> {
  const [row] = await query.query<PaymentRow>(
    `update payment.payment set provider_ref = $2, confirm_url = $3, state = 'pending', asked_at = $4
     where id = $1 and state in ('new', 'pending') returning ${columns}`,
    [from.id, from.providerRef, from.confirmUrl, from.isFinal ? new Date(0) : from.now],
    'payment.store-started',
  );
  return row;
}

/** What a provider told. */
export interface Told {
  readonly provider: string;
  readonly eventId: string;
}

/** Locks and stores in one statement, with what was told; undefined when another has made it final before. */
export async function storeState(
  tx: Tx,
  from: {
    readonly id: string;
    readonly state: PaymentState;
    readonly failure: string | null;
    readonly told: Told | undefined;
    readonly now: Date;
  },
): Promise<PaymentRow | undefined> {
  const [row] = await tx.query<PaymentRow>(
    `with told as (
       insert into payment.event as e (provider, event_id, payment_id, received_at)
       select $5, $6, $1::uuid, $4::timestamptz where $5::text is not null
       on conflict (provider, event_id) do update set times = e.times + 1)
     update payment.payment set state = $2, failure = $3, asked_at = $4,
       final_at = case when $2 in ('succeeded', 'failed', 'cancelled') then $4::timestamptz end,
       cancel_at = case when $2 in ('succeeded', 'failed', 'cancelled') then null else cancel_at end,
       confirm_url = case when $2 in ('succeeded', 'failed', 'cancelled') then null else confirm_url end
     where id = $1 and state in ('new', 'pending') returning ${columns}`,
    [from.id, from.state, from.failure, from.now, from.told?.provider ?? null, from.told?.eventId ?? null],
    'payment.store-state',
  );
  return row;
}

export async function markAsked(query: Query, id: string, now: Date): Promise<void> {
  await query.query('update payment.payment set asked_at = $2 where id = $1', [id, now], 'payment.mark-asked');
}

export async function openBefore(query: Query, before: Date, limit: number): Promise<PaymentRow[]> {
  return query.query<PaymentRow>(
    `select ${columns} from payment.payment where state in ('new', 'pending') and asked_at < $1 order by asked_at limit $2`,
    [before, limit],
    'payment.open-before',
  );
}

export async function paymentsByRef(query: Query, refs: readonly string[]): Promise<PaymentRow[]> {
  return query.query<PaymentRow>(
    `select ${columns} from payment.payment where ref = any($1::text[]) order by id`,
    [refs],
    'payment.by-ref',
  );
}

/** What never began is cancelled here and now; of what the provider may know, it must be told. */
export async function wishCancelled(tx: Tx, ref: string, now: Date): Promise<void> {
  await tx.query(
    `update payment.payment set
       state = case when asked_at is null then 'cancelled' else state end,
       final_at = case when asked_at is null then $2::timestamptz end,
       cancel_at = case when asked_at is null then null else coalesce(cancel_at, $2::timestamptz) end
     where id in (select id from payment.payment where ref = $1 and state in ('new', 'pending') order by id for update)`,
    [ref, now],
    'payment.wish-cancelled',
  );
}

/** Payments to be cancelled at their provider. Each is put off while it is tried, so that another process leaves it alone. */
export async function claimCancels(
  query: Query,
  now: Date,
  until: Date,
  limit: number,
): Promise<(PaymentRow & { readonly tries: number })[]> {
  return query.query(
    `update payment.payment set cancel_at = $2, cancel_tries = cancel_tries + 1
     where id in (select id from payment.payment where cancel_at <= $1 and state in ('new', 'pending')
       order by cancel_at limit $3 for update skip locked)
     returning ${columns}, cancel_tries as tries`,
    [now, until, limit],
  );
}

export async function storeCancel(query: Query, id: string, again: Date | null): Promise<void> {
  // Told: whoever settles what is overdue asks at once how it ended.
  await query.query(
    `update payment.payment set cancel_at = $2::timestamptz, asked_at = case when $2::timestamptz is null then 'epoch' else asked_at end
     where id = $1 and state in ('new', 'pending')`,
    [id, again],
  );
}

/** The payment that a provider's notice is about. */
export async function paymentTold(
  query: Query,
  from: { readonly provider: string; readonly providerRef: string; readonly paymentId: string | null },
): Promise<PaymentRow | undefined> {
  const [row] = await query.query<PaymentRow>(
    `select ${columns} from payment.payment where provider = (select $1::text) and provider_ref = (select $2::text)
     union all
     select ${columns} from payment.payment where id = (select $3::uuid) and provider = (select $1::text) and provider_ref is null
     limit 1`,
    [from.provider, from.providerRef, from.paymentId],
    'payment.told',
  );
  return row;
}

/** Notes what a provider told. */
export async function noteEvent(query: Query, told: Told, paymentId: string, now: Date): Promise<void> {
  await query.query(
    `insert into payment.event as e (provider, event_id, payment_id, received_at) values ($1, $2, $3, $4)
     on conflict (provider, event_id) do update set times = e.times + 1`,
    [told.provider, told.eventId, paymentId, now],
    'payment.note-event',
  );
}

export async function forgetEvents(query: Query, before: Date, limit: number): Promise<number> {
  const rows = await query.query(
    `delete from payment.event where (provider, event_id) in
       (select provider, event_id from payment.event where received_at < $1 order by received_at limit $2 for update skip locked)
     returning 1`,
    [before, limit],
  );
  return rows.length;
}
