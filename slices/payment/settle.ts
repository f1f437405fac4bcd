import { refuse, ok } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { append, fact } from '@ruslo/platform';
import type { House, Tx } from '@ruslo/platform';
import type { PaymentPort, PaymentState } from './port.ts';
import { portsOf } from './port.ts';
import { isFinal } from './rules.ts';
import * as store from './store.ts';
import type { Payment, PaymentRow } from './store.ts';

/** What a provider told, and the payment as it was when it told it. */
export interface Notice extends store.Told {
  readonly row: PaymentRow;
}

const faultOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Asks the provider to begin what is noted as being begun; repeated with the same key, it finds what it began before. */
async function begin(
  house: House,
  port: PaymentPort,
  row: Pick<PaymentRow, 'id' | 'amountMinor' | 'currency' | 'ref' | 'returnUrl'>,
): Promise<PaymentRow | undefined> {
  const { id, amountMinor, currency, ref } = row;
  const begun = await port.start({ id, amountMinor, currency, ref, returnUrl: row.returnUrl ?? '' });
  const { providerRef, confirmUrl } = begun;
  const now = house.clock.now();
  return store.storeStarted(house.db, { id, providerRef, confirmUrl, isFinal: isFinal(begun.state), now });
}

/** Outside of any transaction: asks the provider to begin; safe to repeat. Returns the payment as it is then. */
export async function startPayment(house: House, id: string, returnUrl: string): Promise<Result<Payment>> {
  const [first] = portsOf(house);
  if (first === undefined) return refuse('payment.no-provider', 422);
  const started = await store.markStarted(house.db, { id, provider: first.name, returnUrl, now: house.clock.now() });
  const row = started ?? (await store.paymentById(house.db, id));
  if (row === undefined) return refuse('payment.not-found', 404);
  if (isFinal(row.state) || row.providerRef !== null) return ok(store.show(row));
  return beginAt(house, row);
}

/**
 * The same for a payment that was just written by `newPayment`: it is noted already that the provider may have heard of it,
 * so nothing is written before the provider is asked.
 */
export const startAdded = async (house: House, added: Payment, returnUrl: string): Promise<Result<Payment>> =>
  added.provider === null ? startPayment(house, added.id, returnUrl) : beginAt(house, { ...added, returnUrl });

async function beginAt(house: House, row: Payment & { readonly returnUrl: string | null }): Promise<Result<Payment>> {
  const { id } = row;
  const port = portsOf(house).find(({ name }) => name === row.provider);
  if (port === undefined) return refuse('payment.no-provider', 422);
  try {
    const begun = (await begin(house, port, row)) ?? (await store.paymentById(house.db, id));
    return begun === undefined ? refuse('payment.not-found', 404) : ok(store.show(begun));
  } catch (error) {
    // It may have begun there all the same; settling asks again with the same key.
    house.logger.warn({ payment: id, fault: faultOf(error) }, 'payment provider did not begin');
    return refuse('payment.provider-away', 503);
  }
}

/** How it stands at the provider, or undefined when that cannot be learnt now. */
async function ask(
  house: House,
  row: PaymentRow,
): Promise<{ readonly state: PaymentState; readonly failure: string | null } | undefined> {
  const port = portsOf(house).find(({ name }) => name === row.provider);
  if (port === undefined) return undefined;
  try {
    const known = row.providerRef ?? (await begin(house, port, row))?.providerRef;
    return known === undefined || known === null ? undefined : await port.state(known);
  } catch (error) {
    house.logger.warn({ payment: row.id, fault: faultOf(error) }, 'payment provider did not say how it stands');
    return undefined;
  }
}

/**
 * Asks the provider how a payment stands (never believes a webhook's body) and stores it. When it has become final,
 * calls `then` in the same transaction, once per payment: the order acts on it there. Safe to repeat, in parallel too.
 * A provider that does not answer is no fault here: the payment is returned as we know it and asked for again later.
 * @param notice whose telling is the reason: it is noted with what comes of it
 */
export async function settle(
  house: House,
  paymentId: string,
  then: (tx: Tx, payment: Payment) => Promise<void>,
  notice?: Notice,
): Promise<Payment | undefined> {
  const row = notice?.row ?? (await store.paymentById(house.db, paymentId));
  const note = async (): Promise<void> => {
    if (notice !== undefined) await store.noteEvent(house.db, notice, paymentId, house.clock.now());
  };
  if (row === undefined || isFinal(row.state) || row.askedAt === null) {
    await note();
    return row && store.show(row);
  }
  const heard = await ask(house, row);
  const now = house.clock.now();
  if (heard === undefined || !isFinal(heard.state)) {
    await note();
    await store.markAsked(house.db, paymentId, now);
    const current = await store.paymentById(house.db, paymentId);
    return current && store.show(current);
  }
  try {
    return await house.db.retry((tx) => conclude(tx, { id: paymentId, ...heard, told: notice, now }, then));
  } catch (error) {
    // It is tried again, but after the others that are overdue.
    await store.markAsked(house.db, paymentId, now).catch(() => undefined);
    throw error;
  }
}

async function conclude(
  tx: Tx,
  end: Parameters<typeof store.storeState>[1],
  then: (tx: Tx, payment: Payment) => Promise<void>,
): Promise<Payment | undefined> {
  const stored = await store.storeState(tx, end);
  if (stored === undefined) {
    const final = await store.paymentById(tx, end.id);
    return final && store.show(final);
  }
  const payment = store.show(stored);
  await append(tx, [settled(payment, end.now)]);
  await then(tx, payment);
  return payment;
}

export function settled(payment: Payment, at: Date): ReturnType<typeof fact> {
  const { id: paymentId, ref: orderId, amountMinor, currency, method, failure, customerId } = payment;
  const data = { paymentId, orderId, amountMinor, currency, method, ...(failure !== null && { failure }) };
  return fact({ name: `payment.${payment.state}`, customerId, at, data });
}

/** Tells the provider to cancel. What it never heard of is begun first, as it may have heard of it and not answered. */
export async function tellCancel(house: House, row: PaymentRow): Promise<void> {
  const port = portsOf(house).find(({ name }) => name === row.provider);
  if (port === undefined) throw new Error('no provider');
  const known = row.providerRef ?? (await begin(house, port, row))?.providerRef;
  if (known !== undefined && known !== null) await port.cancel(known);
}
