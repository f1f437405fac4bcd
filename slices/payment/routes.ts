import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import type { z } from 'zod';
import * as contract from './contract.ts';
import { paymentById } from './store.ts';
import type { Payment } from './store.ts';
import { listPayments, listRefunds } from './store-list.ts';
import { refundById, refundsOf, retryRefund } from './store-refund.ts';
import type { Refund } from './store-refund.ts';

const tags = ['payment'];

const showPayment = (row: Payment): z.infer<typeof contract.paymentSchema> => ({
  id: row.id,
  ref: row.ref,
  customerId: row.customerId,
  method: row.method,
  state: row.state,
  amountMinor: row.amountMinor,
  refundedMinor: row.refundedMinor,
  currency: row.currency,
  provider: row.provider,
  failure: row.failure,
  createdAt: row.createdAt.toISOString(),
});
const showRefund = (row: Refund): z.infer<typeof contract.refundSchema> => ({
  ...row,
  nextAt: row.nextAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
  doneAt: row.doneAt?.toISOString() ?? null,
});

/** The page, and the id after which the next begins when there may be more. */
function pageOf<Row extends { readonly id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  showItem: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  return { items: rows.map(showItem), nextCursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null };
}

export function routes(app: App, house: House): void {
  app.get(
    '/v1/payments',
    {
      config: { permission: 'payment.read', audit: 'payment.viewed' },
      schema: {
        tags,
        summary: 'Payments, newest first',
        querystring: contract.paymentQuery,
        response: { 200: contract.paymentList },
      },
    },
    async (request) => {
      const rows = await listPayments(house.db, request.query);
      request.shown = [...new Set(rows.flatMap((row) => row.customerId ?? []))];
      return pageOf(rows, request.query.limit, showPayment);
    },
  );
  app.get(
    '/v1/payments/:id',
    {
      config: { permission: 'payment.read', audit: 'payment.viewed' },
      schema: {
        tags,
        summary: 'A payment and what of it was given back',
        params: contract.idParams,
        response: { 200: contract.paymentDetail, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const row = await paymentById(house.db, request.params.id);
      if (row === undefined) return answer(house, request, reply, refuse('payment.not-found', 404));
      request.shown = row.customerId === null ? [] : [row.customerId];
      return { payment: showPayment(row), refunds: (await refundsOf(house.db, [row.id])).map(showRefund) };
    },
  );
  app.get(
    '/v1/refunds',
    {
      config: { permission: 'payment.read' },
      schema: {
        tags,
        summary: 'Money on its way back, newest first',
        querystring: contract.refundQuery,
        response: { 200: contract.refundList },
      },
    },
    async (request) => pageOf(await listRefunds(house.db, request.query), request.query.limit, showRefund),
  );
  app.post(
    '/v1/refunds/:id/retry',
    {
      config: { permission: 'payment.refund', audit: 'payment.refund-retried' },
      schema: {
        tags,
        summary: 'Send a failed refund again',
        params: contract.idParams,
        response: { 200: contract.refundSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const result = await command(
        house,
        request,
        async (tx): Promise<Result<z.infer<typeof contract.refundSchema>>> => {
          const retried = await retryRefund(tx, id, house.clock.now());
          if (retried === false) return refuse('payment.refund-not-failed', 409);
          const row = retried === undefined ? undefined : await refundById(tx, id);
          return row === undefined ? refuse('payment.refund-not-found', 404) : ok(showRefund(row));
        },
      );
      return answer(house, request, reply, result);
    },
  );
}
