import type { Query } from '@ruslo/platform';
import type { Payment } from './store.ts';
import type { Refund, RefundState } from './store-refund.ts';
import type { PaymentState } from './port.ts';

interface Page {
  /** Id of the last row seen. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Newest first: ids grow with time, so the key of the page is the id alone. */
export function listPayments(
  query: Query,
  from: Page & { readonly state?: PaymentState | undefined; readonly ref?: string | undefined },
): Promise<Payment[]> {
  const values: unknown[] = [from.limit];
  const where = conditions(values, { 'state = ': from.state, 'ref = ': from.ref, 'id < ': from.cursor });
  return query.query<Payment>(
    `select id, ref, customer_id as "customerId", method, state, amount_minor as "amountMinor",
       refunded_minor as "refundedMinor", currency, provider, confirm_url as "confirmUrl", failure, created_at as "createdAt"
     from payment.payment ${where} order by id desc limit $1`,
    values,
  );
}

export function listRefunds(
  query: Query,
  from: Page & { readonly state?: RefundState | undefined },
): Promise<Refund[]> {
  const values: unknown[] = [from.limit];
  const where = conditions(values, { 'state = ': from.state, 'id < ': from.cursor });
  return query.query<Refund>(
    `select id, payment_id as "paymentId", amount_minor as "amountMinor", reason, state, tries, next_at as "nextAt", failure,
       created_at as "createdAt", done_at as "doneAt" from payment.refund ${where} order by id desc limit $1`,
    values,
  );
}

/** Only what is asked for stands in the statement, so that each shape has its index. */
function conditions(values: unknown[], wanted: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(wanted).flatMap(([text, value]) => {
    if (value === undefined) return [];
    values.push(value);
    return [`${text}$${values.length}`];
  });
  return parts.length === 0 ? '' : `where ${parts.join(' and ')}`;
}
