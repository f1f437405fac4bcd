import { append, newId } from '@ruslo/platform';
import type { House, Query, Slice, Tx } from '@ruslo/platform';
import { duties, erase, exportPayments, health } from './duty.ts';
import { closePorts, keepPorts, portsOf } from './port.ts';
import type { PaymentMethod, PaymentPorts } from './port.ts';
import { routes } from './routes.ts';
import { settled } from './settle.ts';
import type { Notice } from './settle.ts';
import * as store from './store.ts';
import type { Payment } from './store.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export type { PaymentMethod, PaymentPort, PaymentPorts, PaymentState } from './port.ts';
export { refund } from './refund.ts';
export { settle, startAdded, startPayment } from './settle.ts';
export type { Notice } from './settle.ts';
export type { Payment } from './store.ts';

/**
 * Adds a payment of an order: `card` is new until `start`; `cash` and `terminal` have succeeded. `key` makes it once per
 * ref.
 */
export async function addPayment(
  tx: Tx,
  from: {
    readonly ref: string;
    readonly customerId: string | null;
    readonly method: PaymentMethod;
    readonly amountMinor: number;
    readonly currency: string;
    readonly key: string;
    readonly now: Date;
  },
): Promise<Payment> {
  const added = await store.insertPayment(tx, { ...from, id: newId() });
  if (added !== undefined) {
    const shown = store.show(added);
    if (shown.state === 'succeeded') await append(tx, [settled(shown, from.now)]);
    return shown;
  }
  const earlier = await store.paymentByKey(tx, from.ref, from.key);
  if (earlier === undefined) throw new Error('the payment of this key is not visible yet');
  if (earlier.amountMinor !== from.amountMinor || earlier.method !== from.method)
    throw new Error(`payment key ${from.key} was used for another amount`);
  return store.show(earlier);
}
/**
 * A card payment of an order that is written in this very moment, as part of the statement that writes the order (`text`
 * is one part of its `with`, with parameters from `at` on). It is noted that the provider is about to be asked: `startAdded`
 * follows after the commit, and when it does not, whoever asks for what is overdue begins it.
 */
export function newPayment(
  house: House,
  from: {
    readonly ref: string;
    readonly customerId: string | null;
    readonly amountMinor: number;
    readonly currency: string;
    readonly key: string;
    readonly returnUrl: string;
    readonly now: Date;
  },
): {
  readonly payment: Payment;
  readonly along: { readonly text: (at: number) => string; readonly values: readonly unknown[] };
} {
  const { key, returnUrl, now, ...about } = from;
  const provider = portsOf(house)[0]?.name ?? null;
  const open = { method: 'card', state: 'new', refundedMinor: 0, confirmUrl: null, failure: null } as const;
  const payment: Payment = { ...about, ...open, id: newId(), provider, createdAt: now };
  return { payment, along: { text: store.paymentIn, values: store.paymentInValues(payment, key, returnUrl) } };
}
/** Payments that should have been heard of by now: for the duty that makes lost webhooks good. */
export async function overdue(query: Query, before: Date, limit: number): Promise<readonly Payment[]> {
  return (await store.openBefore(query, before, limit)).map(store.show);
}
/**
 * The payment that a webhook is about, or undefined when the signature is wrong or nobody knows the payment. Settle it
 * with the `notice`, which notes the event; told twice, it answers twice, as the first telling may have been cut short.
 */
export async function readWebhook(
  house: House,
  provider: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): Promise<{ readonly paymentId: string; readonly notice: Notice } | undefined> {
  const now = house.clock.now();
  const told = portsOf(house)
    .find(({ name }) => name === provider)
    ?.readWebhook(headers, body, now);
  if (told === undefined) return undefined;
  const row = await store.paymentTold(house.db, { provider, ...told });
  return row === undefined ? undefined : { paymentId: row.id, notice: { provider, eventId: told.eventId, row } };
}
export async function paymentsOf(query: Query, refs: readonly string[]): Promise<readonly Payment[]> {
  return (await store.paymentsByRef(query, refs)).map(store.show);
}
/** The order is gone before it was paid: payments that are not final are cancelled; what succeeds later is the order's to refund. */
export async function cancelPayments(tx: Tx, ref: string, now: Date): Promise<void> {
  await store.wishCancelled(tx, ref, now);
}

/** Money in and out, behind a port. Providers are given when the server is put together, or made of its configuration; new payments go to the first. */
export function openPayment(ports: PaymentPorts): Slice {
  const slice: Slice = {
    name: 'payment',
    migrations: new URL('./migrations/', import.meta.url),
    words: { ru, en },
    permissions: {
      'payment.read': ['agent', 'cashier', 'analyst'],
      'payment.refund': ['agent'],
    },
    routes,
    duties,
    erase,
    export: exportPayments,
    health,
    close: closePorts,
  };
  keepPorts(slice, ports);
  return slice;
}
/** With no provider: cash and terminals only. */
export const payment: Slice = openPayment([]);
