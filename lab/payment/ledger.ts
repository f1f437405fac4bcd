import { randomUUID } from 'node:crypto';

/** What a card provider keeps, and what it refuses. */

export type Status = 'pending' | 'waiting_for_capture' | 'succeeded' | 'canceled';

export interface Payment {
  readonly id: string;
  status: Status;
  readonly amountMinor: number;
  readonly currency: string;
  readonly capture: boolean;
  readonly returnUrl: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  refundedMinor: number;
  reason: string | undefined;
}

export interface Refund {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  status: 'pending' | 'succeeded' | 'canceled';
  reason: string | undefined;
}

export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const bad = (detail: string): Refused => new Refused(400, 'invalid_request', detail);

/** An object with exactly these members; `?` marks those that may be missing. */
export function shape(value: unknown, name: string, members: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${name}: an object`);
  const known = new Set(members.map((member) => member.replace('?', '')));
  const stranger = Object.keys(value).find((key) => !known.has(key));
  if (stranger !== undefined) throw bad(`${name}.${stranger}: unknown`);
  const missing = members.find((member) => !member.endsWith('?') && !(member in value));
  if (missing !== undefined) throw bad(`${name}.${missing}: missing`);
  return value as Record<string, unknown>;
}

/** `{value: "1990.50", currency: "RUB"}` as minor units. */
export function amountOf(value: unknown, currencies: readonly string[]): { amountMinor: number; currency: string } {
  const { value: text, currency } = shape(value, 'amount', ['value', 'currency']);
  if (typeof currency !== 'string' || !currencies.includes(currency))
    throw bad('amount.currency: not one of this shop');
  if (typeof text !== 'string' || !/^(0|[1-9]\d{0,9})\.\d{2}$/.test(text)) throw bad('amount.value: like "1990.50"');
  const amountMinor = Number(text.replace('.', ''));
  if (amountMinor === 0) throw bad('amount.value: more than nothing');
  return { amountMinor, currency };
}

export interface LedgerOptions {
  readonly currencies: readonly string[];
  readonly now: () => Date;
  /** Payments beyond this are forgotten, oldest first. */
  readonly most: number;
}

export class Ledger {
  readonly payments = new Map<string, Payment>();
  readonly refunds = new Map<string, Refund>();
  readonly options: LedgerOptions;

  constructor(options: LedgerOptions) {
    this.options = options;
  }

  create(body: unknown): Payment {
    const given = shape(body, 'payment', ['amount', 'capture', 'confirmation', 'metadata?', 'description?']);
    const { amountMinor, currency } = amountOf(given['amount'], this.options.currencies);
    if (typeof given['capture'] !== 'boolean') throw bad('capture: true or false');
    const confirmation = shape(given['confirmation'], 'confirmation', ['type', 'return_url']);
    if (confirmation['type'] !== 'redirect') throw bad('confirmation.type: redirect');
    const returnUrl = confirmation['return_url'];
    if (typeof returnUrl !== 'string' || !URL.canParse(returnUrl)) throw bad('confirmation.return_url: an address');
    const payment: Payment = {
      id: randomUUID(),
      status: 'pending',
      amountMinor,
      currency,
      capture: given['capture'],
      returnUrl,
      metadata: metadataOf(given['metadata']),
      createdAt: this.options.now(),
      refundedMinor: 0,
      reason: undefined,
    };
    this.payments.set(payment.id, payment);
    forget(this.payments, this.options.most);
    return payment;
  }

  find(id: string): Payment {
    const payment = this.payments.get(id);
    if (payment === undefined) throw new Refused(404, 'not_found', 'no such payment');
    this.expire(payment);
    return payment;
  }

  /** What nobody has confirmed for an hour is over. */
  expire(payment: Payment): void {
    const ageMs = this.options.now().getTime() - payment.createdAt.getTime();
    if (payment.status !== 'pending' || ageMs < 3_600_000) return;
    payment.status = 'canceled';
    payment.reason = 'expired_on_confirmation';
  }

  /** The customer's word on the confirmation page. */
  confirm(payment: Payment, answer: 'approve' | 'decline'): boolean {
    this.expire(payment);
    if (payment.status !== 'pending') return false;
    if (answer === 'decline') {
      payment.status = 'canceled';
      payment.reason = '3d_secure_failed';
    } else {
      payment.status = payment.capture ? 'succeeded' : 'waiting_for_capture';
    }
    return true;
  }

  capture(payment: Payment): void {
    if (payment.status !== 'waiting_for_capture') throw new Refused(409, 'invalid_state', `it is ${payment.status}`);
    payment.status = 'succeeded';
  }

  cancel(payment: Payment): void {
    if (payment.status !== 'pending' && payment.status !== 'waiting_for_capture')
      throw new Refused(409, 'invalid_state', `it is ${payment.status}`);
    payment.status = 'canceled';
    payment.reason = 'canceled_by_merchant';
  }

  refund(body: unknown, status: 'pending' | 'succeeded'): Refund {
    const given = shape(body, 'refund', ['payment_id', 'amount', 'description?']);
    if (typeof given['payment_id'] !== 'string') throw bad('payment_id: text');
    const payment = this.find(given['payment_id']);
    const { amountMinor, currency } = amountOf(given['amount'], this.options.currencies);
    if (currency !== payment.currency) throw bad('amount.currency: not that of the payment');
    if (payment.status !== 'succeeded') throw new Refused(409, 'invalid_state', `the payment is ${payment.status}`);
    if (payment.refundedMinor + amountMinor > payment.amountMinor)
      throw new Refused(409, 'amount_exceeded', 'more than what is left of the payment');
    payment.refundedMinor += amountMinor;
    const refund = { id: randomUUID(), paymentId: payment.id, amountMinor, currency, status, reason: undefined };
    this.refunds.set(refund.id, refund);
    forget(this.refunds, this.options.most);
    return refund;
  }
}

function metadataOf(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) throw bad('metadata: an object');
  const entries = Object.entries(value);
  if (entries.length > 16) throw bad('metadata: at most 16 keys');
  for (const [key, text] of entries) {
    if (key.length > 32 || typeof text !== 'string' || text.length > 512) throw bad(`metadata.${key}: a short text`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Maps keep the order of their making, so the oldest is the first. */
export function forget(map: Map<string, unknown>, most: number): void {
  while (map.size > most) map.delete(map.keys().next().value ?? '');
}

const decimal = (minor: number): string => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;

export const showPayment = (payment: Payment, base: string): Readonly<Record<string, unknown>> => ({
  id: payment.id,
  status: payment.status,
  paid: payment.status === 'succeeded' || payment.status === 'waiting_for_capture',
  amount: { value: decimal(payment.amountMinor), currency: payment.currency },
  refunded_amount: { value: decimal(payment.refundedMinor), currency: payment.currency },
  metadata: payment.metadata,
  created_at: payment.createdAt.toISOString(),
  ...(payment.status === 'pending' && {
    confirmation: { type: 'redirect', confirmation_url: `${base}/confirm/${payment.id}` },
  }),
  ...(payment.reason !== undefined && { cancellation_details: { party: 'merchant', reason: payment.reason } }),
});

export const showRefund = (refund: Refund): Readonly<Record<string, unknown>> => ({
  id: refund.id,
  payment_id: refund.paymentId,
  status: refund.status,
  amount: { value: decimal(refund.amountMinor), currency: refund.currency },
  ...(refund.reason !== undefined && { cancellation_details: { reason: refund.reason } }),
});
