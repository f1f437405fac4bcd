import { ok } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { readWebhook } from '@ruslo/payment';
import { answer, command, problemSchema, sendProblem } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import { z } from 'zod';
import { byOf } from './by.ts';
import * as contract from './contract.ts';
import type { TillSale } from './contract.ts';
import { sendChanged, changedSchema } from './routes-checkout.ts';
import { quoteTill, readTenders, sellAtTill } from './sell.ts';
import { settlePayment } from './settle.ts';

const tags = ['order'];

export function tillRoutes(app: App, house: House): void {
  app.post(
    '/v1/till/quote',
    {
      config: { permission: 'order.sell' },
      schema: {
        tags,
        summary: 'What a basket costs at a till, or what lies in the customer’s cart',
        body: contract.tillQuoteBody,
        response: { 200: contract.orderQuoteSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const quote = await house.db.tx((tx) => quoteTill(house, tx, body, house.clock.now()));
      return answer(house, request, reply, quote);
    },
  );
  app.post(
    '/v1/till/sales',
    {
      config: { permission: 'order.sell', audit: 'order.sold' },
      schema: {
        tags,
        summary: 'Sell at a till: placed, paid, handed over and on paper at once',
        description:
          'Tenders sum to the total. Give an `Idempotency-Key`: a till that lost the answer sends again and gets the first one.',
        body: contract.tillSaleBody,
        response: { 200: contract.tillSaleSchema, 404: problemSchema, 409: changedSchema, 422: problemSchema },
      },
    },
    async (request, reply) => {
      const { body, caller } = request;
      request.shown = body.customerId === undefined ? [] : [body.customerId];
      const from = {
        ask: body,
        by: byOf(caller),
        staffId: caller.kind === 'staff' ? caller.id : null,
        now: house.clock.now(),
      };
      const paid = await readTenders(house, from);
      if (!paid.ok) return answer(house, request, reply, paid);
      const sold: Result<TillSale> = await command(house, request, (tx) =>
        sellAtTill(house, tx, { ...from, now: house.clock.now(), paid: paid.value }),
      );
      if (sold.ok || sold.refusal.status !== 409) return answer(house, request, reply, sold);
      const quote = await house.db.tx((tx) => quoteTill(house, tx, body, house.clock.now()));
      return sendChanged(house, request, reply, sold.refusal, quote.ok ? quote.value : null);
    },
  );
}

/** What providers send. The body is read raw, because its signature is over the bytes, and believed only as a hint to ask. */
export function webhookRoutes(app: App, house: House): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, next) => next(null, body));
    scope.route({
      method: 'POST',
      url: '/v1/payments/:provider/webhook',
      config: { permission: 'public', rateLimit: false },
      schema: {
        tags,
        summary: 'Notice of a payment provider: checked, and taken as a reason to ask how the payment stands',
        params: z.object({ provider: z.string().max(60) }),
        response: { 200: z.object({}), 401: problemSchema },
      },
      async handler(request, reply) {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const params = request.params as { provider: string };
        const told = await readWebhook(house, params.provider, request.headers, body);
        if (told === undefined) return sendProblem(house, request, reply, { code: 'order.bad-webhook', status: 401 });
        await settlePayment(house, told.paymentId, told.notice);
        return answer(house, request, reply, ok({}));
      },
    });
    done();
  });
}
