import { STATUS_CODES } from 'node:http';
import { ok } from '@ruslo/kernel';
import type { Channel } from '@ruslo/kernel';
import { answer, command, problemSchema, sendProblem, whose, whoseParams } from '@ruslo/platform';
import type { App, Caller, House } from '@ruslo/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from './cart.ts';
import { operate, readCart } from './cart.ts';
import * as contract from './contract.ts';
import { settingChanged } from './setting.ts';
import { readSetting, writeSetting } from './store.ts';

const tags = ['cart'];

/** A customer's session says where she is; others say it themselves. */
export function channelOf(caller: Caller, asked: Channel | undefined): Channel {
  if (caller.kind === 'customer') return caller.channel;
  return asked ?? (caller.kind === 'staff' ? 'shop' : 'web');
}

export const byOf = (caller: Caller): { kind: string; id: string | null } => ({
  kind: caller.kind,
  id: caller.kind === 'anonymous' ? null : caller.id,
});

export function cartRoutes(app: App, house: House): void {
  app.get(
    '/v1/customers/:id/cart',
    {
      config: { permission: 'cart.read', self: 'visitor', audit: 'cart.viewed' },
      schema: {
        tags,
        summary: 'The one cart of a person, with the prices of now',
        params: whoseParams,
        querystring: contract.cartQuery,
        response: { 200: contract.cartSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const customerId = whose(request, request.params.id);
      if (!customerId.ok) return answer(house, request, reply, customerId);
      const result = await readCart(house, {
        customerId: customerId.value,
        channel: channelOf(request.caller, request.query.channel),
        at: house.clock.now(),
        // A purse opens only to who has signed in.
        points: request.query.points === 'true' && (request.caller.kind !== 'customer' || request.caller.signedIn),
      });
      return answer(house, request, asJson(reply), result);
    },
  );
  // No audit entry: the operation itself is kept, with who, where and when.
  app.post(
    '/v1/customers/:id/cart/operations',
    {
      config: { permission: 'cart.write', self: 'visitor' },
      schema: {
        tags,
        summary: 'Change the cart; the answer is the repriced cart',
        description:
          'All operations or none. Without expectedVersion they are applied to the newest cart, so those of several faces all count.',
        params: whoseParams,
        body: contract.operationBody,
        response: { 200: contract.operatedSchema, 404: problemSchema, 409: contract.changedSchema, 422: problemSchema },
      },
    },
    async (request, reply) => {
      const customerId = whose(request, request.params.id);
      if (!customerId.ok) return answer(house, request, reply, customerId);
      const { key, ops, channel, expectedVersion } = request.body;
      const done = await operate(house, {
        customerId: customerId.value,
        key,
        ops,
        expectedVersion,
        channel: channelOf(request.caller, channel),
        by: byOf(request.caller),
        at: house.clock.now(),
      });
      return send(house, request, reply, done);
    },
  );
}

const json = 'application/json; charset=utf-8';
const asJson = <Reply extends FastifyReply>(reply: Reply): Reply => {
  reply.type(json).serializer(JSON.stringify);
  return reply;
};

/** What the store and the rules made needs no second reading by the schema: that took a quarter of the request. */
function send(house: House, request: FastifyRequest, reply: FastifyReply, done: Answer): FastifyReply {
  if (done.kind === 'refused') return sendProblem(house, request, reply, done.refusal);
  if (done.kind === 'done') return asJson(reply).send(done.operated);
  const code = 'cart.changed';
  return reply
    .code(409)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({
      type: `/docs/problems#${code}`,
      title: STATUS_CODES[409],
      status: 409,
      detail: house.words.say(request.locale, `problem.${code}`),
      code,
      instance: String(request.id),
      cart: done.cart,
    });
}

export function settingRoutes(app: App, house: House): void {
  app.get(
    '/v1/cart-setting',
    {
      config: { permission: 'cart.read' },
      schema: { tags, summary: 'Settings of carts', response: { 200: contract.settingSchema } },
    },
    async (_request, reply) => reply.send(await readSetting(house.db)),
  );
  app.patch(
    '/v1/cart-setting',
    {
      config: { permission: 'cart.manage', audit: 'cart.setting-changed' },
      schema: {
        tags,
        summary: 'Change settings of carts',
        body: contract.settingSchema.partial(),
        response: { 200: contract.settingSchema },
      },
    },
    async (request, reply) => {
      const result = await command(house, request, async (tx) => {
        await writeSetting(tx, request.body);
        await settingChanged(house, tx);
        return ok(await readSetting(tx));
      });
      return answer(house, request, reply, result);
    },
  );
}
