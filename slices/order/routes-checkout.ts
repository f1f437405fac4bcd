import { ok } from '@ruslo/kernel';
import type { Channel, Refusal, Result } from '@ruslo/kernel';
import { answer, command, problemSchema, whose, whoseParams } from '@ruslo/platform';
import type { App, Caller, House } from '@ruslo/platform';
import { askerOf } from '@ruslo/wallet';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { byOf, channelOf } from './by.ts';
import { quoteCheckout, saveCheckout, showCheckout } from './checkout.ts';
import * as contract from './contract.ts';
import type { OrderQuote, Placed } from './contract.ts';
import { begin, returnUrlOf } from './pay.ts';
import { addedOf, placeOrder } from './place.ts';

const tags = ['order'];
const idempotency = z.object({ 'idempotency-key': z.string().max(200).optional() });

/** A placement that was refused says what the order would be now, so that the customer can agree anew. */
export const changedSchema = problemSchema
  .extend({ quote: contract.orderQuoteSchema.nullable() })
  .meta({ id: 'OrderChanged' });

/** The refusal with the quote of now; the codes are those that a race over stock, points, coupons or prices brings. */
export function sendChanged(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
  quote: OrderQuote | null,
): FastifyReply {
  const detail = house.words.say(request.locale, `problem.${refusal.code}`, refusal.params);
  const problem = {
    type: `/docs/problems#${refusal.code}`,
    title: 'Conflict',
    status: refusal.status,
    detail,
    code: refusal.code,
    instance: String(request.id),
    quote,
  };
  return reply.code(refusal.status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}

export function checkoutRoutes(app: App, house: House): void {
  readRoutes(app, house);
  placeRoute(app, house);
}

function readRoutes(app: App, house: House): void {
  app.get(
    '/v1/customers/:id/checkout',
    {
      config: { permission: 'order.read', self: 'visitor', audit: 'checkout.viewed' },
      schema: {
        tags,
        summary: 'Where a person stands in her checkout, in whatever channel she left it',
        params: whoseParams,
        response: { 200: contract.checkoutSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const id = whose(request, request.params.id);
      return answer(house, request, reply, id.ok ? await showCheckout(house, id.value) : id);
    },
  );
  app.put(
    '/v1/customers/:id/checkout',
    {
      config: { permission: 'order.write', self: 'visitor', audit: 'checkout.changed' },
      schema: {
        tags,
        summary: 'Write how far she has come: delivery, payment, confirm',
        description:
          'Replaces what was there. Codes of gift cards are looked up and not kept; a card that was shown before is named by its id. With `quote: true` the answer brings what the order would be now, or null when the cart is empty.',
        params: whoseParams,
        body: contract.checkoutBody,
        response: { 200: contract.savedCheckoutSchema, 404: problemSchema, 409: problemSchema, 429: problemSchema },
      },
    },
    async (request, reply) => {
      const id = whose(request, request.params.id);
      if (!id.ok) return answer(house, request, reply, id);
      const channel = channelOf(request.caller, request.body.channel);
      const saved = await saveCheckout(house, {
        customerId: id.value,
        body: request.body,
        channel,
        asker: askerOf(request, id.value),
        now: house.clock.now(),
      });
      if (!saved.ok || request.body.quote !== true) return answer(house, request, reply, saved);
      const quote = await quoteNow(house, request.caller, id.value, channel, saved.value);
      return answer(house, request, reply, ok({ ...saved.value, quote: quote.ok ? quote.value : null }));
    },
  );
  app.post(
    '/v1/customers/:id/checkout/quote',
    {
      config: { permission: 'order.read', self: 'visitor' },
      schema: {
        tags,
        summary: 'What the order would be: lines, discounts, points, delivery, what is to pay',
        description:
          'Reckoned as the placement reckons it: what is shown here is what the order will be, to the kopeck.',
        params: whoseParams,
        body: z.object({ channel: contract.channelSchema.optional() }).default({}),
        response: { 200: contract.orderQuoteSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const id = whose(request, request.params.id);
      if (!id.ok) return answer(house, request, reply, id);
      return answer(
        house,
        request,
        reply,
        await quoteNow(house, request.caller, id.value, channelOf(request.caller, request.body.channel)),
      );
    },
  );
}

const quoteNow = (
  house: House,
  caller: Caller,
  customerId: string,
  channel: Channel,
  known?: contract.CheckoutData,
): Promise<Result<OrderQuote>> =>
  quoteCheckout(house, {
    customerId,
    channel,
    isVisitor: isVisitor(caller),
    now: house.clock.now(),
    ...(known !== undefined && { known }),
  });

/** A purse opens only to who has signed in: for a visitor there are no points and no store credit. */
const isVisitor = (caller: Caller): boolean => caller.kind === 'customer' && !caller.signedIn;

function placeRoute(app: App, house: House): void {
  app.post(
    '/v1/customers/:id/checkout/place',
    {
      config: { permission: 'order.write', self: 'visitor', audit: 'order.placed' },
      schema: {
        tags,
        summary: 'Place the order',
        description:
          'Everything or nothing. When price, points or stock are no longer what she saw (`expectedTotalMinor`), refused with 409 and the quote of now. Give an `Idempotency-Key`: the same key again is the same order.',
        params: whoseParams,
        headers: idempotency,
        body: contract.placeBody,
        response: { 200: contract.placedSchema, 404: problemSchema, 409: changedSchema, 422: problemSchema },
      },
    },
    async (request, reply) => {
      const id = whose(request, request.params.id);
      if (!id.ok) return answer(house, request, reply, id);
      const { expectedTotalMinor, cartVersion, returnUrl } = request.body;
      const channel = channelOf(request.caller, request.body.channel);
      const by = byOf(request.caller);
      const about = { channel, by, isVisitor: isVisitor(request.caller) };
      const from = {
        customerId: id.value,
        expectedTotalMinor,
        cartVersion,
        ...about,
        returnUrl: returnUrlOf(house, returnUrl),
      };
      const placed: Result<Placed> = await command(house, request, (tx) =>
        placeOrder(house, tx, { ...from, now: house.clock.now() }),
      );
      if (placed.ok) {
        const added = addedOf.get(placed.value);
        return answer(house, request, reply, ok(await begin(house, placed.value, returnUrl, added)));
      }
      if (placed.refusal.status !== 409) return answer(house, request, reply, placed);
      const quote = await quoteNow(house, request.caller, id.value, channel);
      return sendChanged(house, request, reply, placed.refusal, quote.ok ? quote.value : null);
    },
  );
}
