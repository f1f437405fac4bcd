import { mayTouch, members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema, whose, whoseParams } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { addToOrder } from './add.ts';
import { byOf, channelOf } from './by.ts';
import { cancelOrder } from './cancel.ts';
import { tellCards } from './cards.ts';
import * as contract from './contract.ts';
import { begin, nextPayment } from './pay.ts';
import { list, show } from './read.ts';
import { orderById } from './store.ts';
import type { OrderRow } from './store.ts';

const tags = ['order'];
const params = z.object({ id: z.uuid() });
const page = {
  cursor: z
    .string()
    .regex(/^\d{1,15}\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};

const listQuery = z.object({
  state: contract.stateSchema.optional(),
  channel: contract.channelSchema.optional(),
  placeId: z.uuid().optional(),
  customerId: z.uuid().optional(),
  /** A number of an order, a phone, an e-mail, a card. */
  q: z.string().max(320).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  ...page,
});

/** The order, if whoever asks may know of it. */
export async function touched(house: House, request: FastifyRequest, id: string): Promise<Result<OrderRow>> {
  const order = await orderById(house.db, id);
  if (order === undefined || !(await mayTouch(house.db, request.caller, order.customerId)))
    return refuse('order.not-found', 404);
  request.shown = order.customerId === null ? [] : [order.customerId];
  return ok(order);
}

export function orderRoutes(app: App, house: House): void {
  listRoutes(app, house);
  changeRoutes(app, house);
  cardRoute(app, house);
}

function listRoutes(app: App, house: House): void {
  app.get(
    '/v1/orders',
    {
      config: { permission: 'order.read', audit: 'order.listed' },
      schema: {
        tags,
        summary: 'Orders of all channels, newest first',
        querystring: listQuery,
        response: { 200: contract.orderListSchema },
      },
    },
    async (request) => {
      const found = await list(house, request.locale, request.query);
      request.shown = [...new Set(found.items.flatMap((item) => item.customerId ?? []))];
      return found;
    },
  );
  app.get(
    '/v1/customers/:id/orders',
    {
      config: { permission: 'order.read', self: 'signed-in', audit: 'order.viewed' },
      schema: {
        tags,
        summary: 'Orders of a person, over all her ids',
        params: whoseParams,
        querystring: z.object(page),
        response: { 200: contract.orderListSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const id = whose(request, request.params.id);
      if (!id.ok) return answer(house, request, reply, id);
      if ((await members(house.db, id.value)).length === 0)
        return answer(house, request, reply, refuse('identity.not-found', 404));
      return list(house, request.locale, { ...request.query, customerId: id.value });
    },
  );
  app.get(
    '/v1/orders/:id',
    {
      config: { permission: 'order.read', self: 'visitor', audit: 'order.viewed' },
      schema: {
        tags,
        summary: 'Everything about an order',
        params,
        response: { 200: contract.orderSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const order = await touched(house, request, request.params.id);
      if (!order.ok) return answer(house, request, reply, order);
      const isHers = request.caller.kind === 'customer';
      return answer(house, request, reply, await show(house, request.locale, order.value.id, isHers));
    },
  );
}

function changeRoutes(app: App, house: House): void {
  app.post(
    '/v1/orders/:id/pay',
    {
      config: { permission: 'order.write', self: 'visitor', audit: 'order.payment-begun' },
      schema: {
        tags,
        summary: 'Pay an order that awaits payment: go on, try again, or with another card',
        params,
        body: contract.payBody.default({ another: false }),
        response: { 200: contract.placedSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const order = await touched(house, request, request.params.id);
      if (!order.ok) return answer(house, request, reply, order);
      const { another, returnUrl } = request.body;
      const next = await command(house, request, (tx) =>
        nextPayment(tx, { orderId: order.value.id, another, now: house.clock.now() }),
      );
      return answer(house, request, reply, next.ok ? ok(await begin(house, next.value, returnUrl)) : next);
    },
  );
  app.post(
    '/v1/orders/:id/add',
    {
      config: { permission: 'order.write', self: 'visitor', audit: 'order.extended' },
      schema: {
        tags,
        summary: 'Add goods to an order that is not paid yet, in one click',
        description: 'What stands keeps its price; one payment and one receipt have both.',
        params,
        body: contract.addBody,
        response: { 200: contract.placedSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const order = await touched(house, request, request.params.id);
      if (!order.ok) return answer(house, request, reply, order);
      const { lines, expectedTotalMinor, returnUrl } = request.body;
      const by = byOf(request.caller);
      const added = await command(house, request, (tx) =>
        addToOrder(house, tx, { orderId: order.value.id, lines, expectedTotalMinor, by, now: house.clock.now() }),
      );
      return answer(house, request, reply, added.ok ? ok(await begin(house, added.value, returnUrl)) : added);
    },
  );
  app.post(
    '/v1/orders/:id/cancel',
    {
      config: { permission: 'order.cancel', self: 'visitor', audit: 'order.cancelled' },
      schema: {
        tags,
        summary: 'Cancel an order; what was paid goes back to where it came from',
        description: 'The customer herself may do it until somebody has begun to pick it.',
        params,
        body: contract.cancelBody.default({ why: '' }),
        response: { 200: contract.orderSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const order = await touched(house, request, request.params.id);
      if (!order.ok) return answer(house, request, reply, order);
      const { caller } = request;
      const { why, version } = request.body;
      const herself = caller.kind === 'customer';
      const from = { orderId: order.value.id, herself, version, why, by: byOf(caller) };
      const channel = channelOf(caller, undefined);
      const cancelled = await command(house, request, async (tx): Promise<Result<{ readonly id: string }>> => {
        const result = await cancelOrder(house, tx, { ...from, channel, now: house.clock.now() });
        return result.ok ? ok({ id: result.value.id }) : result;
      });
      if (!cancelled.ok) return answer(house, request, reply, cancelled);
      return answer(house, request, reply, await show(house, request.locale, cancelled.value.id, herself));
    },
  );
}

function cardRoute(app: App, house: House): void {
  app.post(
    '/v1/orders/:id/cards',
    {
      config: { permission: 'card.sell', self: 'signed-in', audit: 'card.told' },
      schema: {
        tags,
        summary: 'Make the gift cards of a paid order and tell their codes, once',
        description:
          'Codes are kept nowhere, so this answer is not kept for an idempotency key either. When it was lost, `anew` blocks the cards and makes others, unless something was spent of them.',
        params,
        body: z.object({ anew: z.boolean().default(false) }).default({ anew: false }),
        response: { 200: contract.toldCardsSchema, 403: problemSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const order = await touched(house, request, request.params.id);
      if (!order.ok) return answer(house, request, reply, order);
      const { caller } = request;
      // What was bought on line is told to who bought it: a till that asked `anew` would have her cards.
      if (caller.kind === 'staff' && order.value.method !== 'till' && !caller.permissions.has('card.manage'))
        return answer(house, request, reply, refuse('platform.not-permitted', 403, { permission: 'card.manage' }));
      const told = await refusing(house, order.value.id, request.body.anew);
      return answer(house, request, reply, told.ok ? ok({ items: [...told.value] }) : told);
    },
  );
}

class Undone extends Error {}

/** Like `command`, without keeping the answer: it has codes in it. */
async function refusing(house: House, orderId: string, anew: boolean): ReturnType<typeof tellCards> {
  let result: Awaited<ReturnType<typeof tellCards>> = refuse('order.not-found', 404);
  try {
    await house.db.retry(async (tx) => {
      result = await tellCards(tx, orderId, anew, house.clock.now());
      if (!result.ok) throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
  return result;
}
