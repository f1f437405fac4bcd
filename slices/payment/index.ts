import type { Result } from '@ruslo/kernel';
import type { House, Query, Slice, Tx } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

/** `card` goes through a provider; `cash` and `terminal` are taken by a cashier and are there at once. */
export type PaymentMethod = 'card' | 'cash' | 'terminal';
export type PaymentState = 'new' | 'pending' | 'succeeded' | 'failed' | 'cancelled';

export interface Payment {
  readonly id: string;
  /** The order. */
  readonly ref: string;
  readonly customerId: string | null;
  readonly method: PaymentMethod;
  readonly state: PaymentState;
  readonly amountMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
  readonly provider: string | null;
  /** Where the customer confirms (3-D Secure), while pending. */
  readonly confirmUrl: string | null;
  readonly failure: string | null;
  readonly createdAt: Date;
}

/** What a card provider does for us. Every call carries our id as its idempotency key and may be repeated. */
export interface PaymentPort {
  readonly name: string;
  start(payment: {
    readonly id: string;
    readonly amountMinor: number;
    readonly currency: string;
    readonly ref: string;
    readonly returnUrl: string;
  }): Promise<{ readonly providerRef: string; readonly confirmUrl: string | null; readonly state: PaymentState }>;
  state(providerRef: string): Promise<{ readonly state: PaymentState; readonly failure: string | null }>;
  cancel(providerRef: string): Promise<void>;
  refund(refund: {
    readonly id: string;
    readonly providerRef: string;
    readonly amountMinor: number;
  }): Promise<{ readonly state: 'succeeded' | 'pending' | 'failed'; readonly failure: string | null }>;
  /** Checks the signature; undefined for what the provider did not send. */
  readWebhook(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: Buffer,
  ): { readonly eventId: string; readonly providerRef: string; readonly paymentId: string | null } | undefined;
}

/** Adds a payment of an order: `card` is new until `start`; `cash` and `terminal` have succeeded. `key` makes it once. */
export async function addPayment(
  _tx: Tx,
  _from: {
    readonly ref: string;
    readonly customerId: string | null;
    readonly method: PaymentMethod;
    readonly amountMinor: number;
    readonly currency: string;
    readonly key: string;
    readonly now: Date;
  },
): Promise<Payment> {
  throw new Error('not built yet');
}
/** Outside of any transaction: asks the provider to begin; safe to repeat. Returns the payment as it is then. */
export async function startPayment(_house: House, _id: string, _returnUrl: string): Promise<Result<Payment>> {
  throw new Error('not built yet');
}
/**
 * Asks the provider how a payment stands (never believes a webhook's body) and stores it. When it has become final,
 * calls `then` in the same transaction, once per payment: the order acts on it there. Safe to repeat, in parallel too.
 */
export async function settle(
  _house: House,
  _paymentId: string,
  _then: (tx: Tx, payment: Payment) => Promise<void>,
): Promise<Payment | undefined> {
  throw new Error('not built yet');
}
/** Payments that should have been heard of by now: for the duty that makes lost webhooks good. */
export async function overdue(_query: Query, _before: Date, _limit: number): Promise<readonly Payment[]> {
  throw new Error('not built yet');
}
/** The payment that a webhook is about, or undefined when the signature is wrong. Notes the event. */
export async function readWebhook(
  _house: House,
  _provider: string,
  _headers: Readonly<Record<string, string | string[] | undefined>>,
  _body: Buffer,
): Promise<{ readonly paymentId: string } | undefined> {
  throw new Error('not built yet');
}
export async function paymentsOf(_query: Query, _refs: readonly string[]): Promise<readonly Payment[]> {
  throw new Error('not built yet');
}
/** Money goes back the way it came: cards by the provider (a duty sends it until it is there), cash at once. Never more than was paid. `key` makes it once. */
export async function refund(
  _tx: Tx,
  _from: {
    readonly paymentId: string;
    readonly amountMinor: number;
    readonly key: string;
    readonly reason: string;
    readonly now: Date;
  },
): Promise<Result<{ readonly refundId: string }>> {
  throw new Error('not built yet');
}
/** The order is gone before it was paid: payments that are not final are cancelled; what succeeds later is the order's to refund. */
export async function cancelPayments(_tx: Tx, _ref: string, _now: Date): Promise<void> {
  throw new Error('not built yet');
}

/** Money in and out, behind a port. Providers are given when the server is put together. */
export function openPayment(_ports: readonly PaymentPort[]): Slice {
  return { name: 'payment', words: { ru, en } };
}
/** With no provider: cash and terminals only. */
export const payment: Slice = openPayment([]);
