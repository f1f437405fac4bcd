/** What `/v1/receipts` answers, as far as the screens read it. */
export interface Receipt {
  readonly id: string;
  /** The order. */
  readonly ref: string;
  readonly type: 'sale' | 'sale-refund';
  readonly state: 'queued' | 'registered' | 'failed';
  readonly originalId: string | null;
  readonly currency: string;
  readonly totalMinor: number;
  readonly number: string | null;
  readonly fiscalSign: string | null;
  readonly issuedAt: string;
  readonly failure: string | null;
}

export const receiptStates = ['queued', 'registered', 'failed'] as const;
export const receiptLight = { queued: 'warn', registered: 'good', failed: 'bad' } as const;
