import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PaymentPort, PaymentState } from '@ruslo/payment';
import { callProvider } from './http.ts';
import type { Calls } from './http.ts';

export interface CardOptions {
  /** Address of the provider's API, such as `https://api.example.com/v3`. */
  readonly url: string;
  /** The shop's secret: calls are made with it, and webhooks signed. */
  readonly secret: string;
  /** Name of the provider in payments and in the address of its webhook; `card` when absent. */
  readonly name?: string;
  /** How long one call may take; 10 s when absent. */
  readonly timeoutMs?: number;
}

interface ProviderPayment {
  readonly id: string;
  readonly status: 'pending' | 'waiting_for_capture' | 'succeeded' | 'canceled';
  readonly confirmation?: { readonly confirmation_url?: string };
  readonly cancellation_details?: { readonly reason?: string };
}
interface ProviderRefund {
  readonly id: string;
  readonly status: 'pending' | 'succeeded' | 'canceled';
  readonly cancellation_details?: { readonly reason?: string };
}

/** A webhook older or newer than this is somebody's copy. Providers sign anew when they repeat. */
const toleranceMs = 5 * 60_000;

/** Currencies with other than two decimals, which the protocol writes as they are. */
function decimalsOf(currency: string): number {
  let known = decimalsKnown.get(currency);
  if (known === undefined) {
    known = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    decimalsKnown.set(currency, known);
  }
  return known;
}
/** A formatter takes longer to make than a payment to write. */
const decimalsKnown = new Map<string, number>();

/** Minor units as the protocol writes them: `1990.50`. */
export function decimal(amountMinor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(amountMinor);
  const digits = String(amountMinor).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function stateOf({ status, cancellation_details: details }: ProviderPayment): PaymentState {
  if (status === 'succeeded') return 'succeeded';
  if (status !== 'canceled') return 'pending';
  // Who cancelled: we, or the bank that said no.
  return details?.reason === 'canceled_by_merchant' ? 'cancelled' : 'failed';
}

/** A card provider over HTTP: payments with a confirmation page, partial refunds, signed webhooks. */
export function openCard(options: CardOptions): PaymentPort {
  const calls: Calls = callProvider({
    url: options.url,
    secret: options.secret,
    timeoutMs: options.timeoutMs ?? 10_000,
  });
  return {
    name: options.name ?? 'card',
    async start({ id, amountMinor, currency, ref, returnUrl }) {
      const made = await calls.post<ProviderPayment>('/payments', id, {
        amount: { value: decimal(amountMinor, currency), currency },
        capture: true,
        confirmation: { type: 'redirect', return_url: returnUrl },
        metadata: { payment_id: id, order_id: ref },
      });
      return { providerRef: made.id, confirmUrl: made.confirmation?.confirmation_url ?? null, state: stateOf(made) };
    },
    async state(providerRef) {
      const payment = await calls.get<ProviderPayment>(`/payments/${encodeURIComponent(providerRef)}`);
      return { state: stateOf(payment), failure: payment.cancellation_details?.reason ?? null };
    },
    async cancel(providerRef) {
      // 409: it is final already, and how is asked for afterwards.
      await calls.post(`/payments/${encodeURIComponent(providerRef)}/cancel`, `cancel-${providerRef}`, {}, [409]);
    },
    async refund({ id, providerRef, amountMinor, currency }) {
      const made = await calls.post<ProviderRefund | { readonly code: string }>(
        '/refunds',
        id,
        { payment_id: providerRef, amount: { value: decimal(amountMinor, currency), currency } },
        [400, 404, 409],
      );
      if ('code' in made) return { state: 'failed', failure: made.code };
      if (made.status === 'canceled')
        return { state: 'failed', failure: made.cancellation_details?.reason ?? 'canceled' };
      return { state: made.status, failure: null };
    },
    readWebhook: (headers, body, now) => {
      if (!isSigned(headers['x-signature'], body, options.secret, now)) return undefined;
      return readEvent(body);
    },
    close: () => calls.close(),
  };
}

/** `x-signature: t=<unix seconds>,v1=<hex of HMAC-SHA256 over "t.body">`. */
function isSigned(header: string | string[] | undefined, body: Buffer, secret: string, now: Date): boolean {
  const [, seconds = '', given = ''] =
    /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(typeof header === 'string' ? header : '') ?? [];
  if (given === '' || Math.abs(now.getTime() - Number(seconds) * 1_000) > toleranceMs) return false;
  const own = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
  return timingSafeEqual(own, Buffer.from(given, 'hex'));
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Which payment it is about; what it says of it is not believed. */
function readEvent(body: Buffer): ReturnType<PaymentPort['readWebhook']> {
  const event = parse(body);
  const object = event?.object;
  const providerRef = object?.payment_id ?? object?.id;
  if (typeof event?.id !== 'string' || typeof providerRef !== 'string') return undefined;
  const ours = object?.metadata?.payment_id;
  return {
    eventId: event.id.slice(0, 200),
    providerRef,
    paymentId: typeof ours === 'string' && uuid.test(ours) ? ours : null,
  };
}

interface Told {
  readonly id?: unknown;
  readonly object?: {
    readonly id?: unknown;
    readonly payment_id?: unknown;
    readonly metadata?: { readonly payment_id?: unknown };
  };
}

function parse(body: Buffer): Told | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Told) : undefined;
  } catch {
    return undefined;
  }
}
