/** What `/v1/payments` and `/v1/refunds` answer, as far as the screens read it. */

export interface Payment {
  readonly id: string;
  /** The order. */
  readonly ref: string;
  readonly customerId: string | null;
  readonly method: 'card' | 'cash' | 'terminal';
  readonly state: PaymentState;
  readonly amountMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
  readonly provider: string | null;
  readonly failure: string | null;
  readonly createdAt: string;
}
export type PaymentState = 'new' | 'pending' | 'succeeded' | 'failed' | 'cancelled';

export interface Refund {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly reason: string;
  readonly state: 'queued' | 'pending' | 'succeeded' | 'failed';
  readonly tries: number;
  readonly nextAt: string | null;
  readonly failure: string | null;
  readonly createdAt: string;
  readonly doneAt: string | null;
}

export const paymentStates = ['new', 'pending', 'succeeded', 'failed', 'cancelled'] as const;

export const paymentLight = {
  new: 'none',
  pending: 'warn',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'none',
} as const;
export const refundLight = { queued: 'warn', pending: 'warn', succeeded: 'good', failed: 'bad' } as const;
