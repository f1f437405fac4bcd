import { mayTouch, members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema, whose, whoseParams } from '@ruslo/platform';
import type { App, Caller, House, Tx } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { channelOf } from './by.ts';
import * as contract from './contract-return.ts';
import type { ReturnView } from './contract-return.ts';
import { exchange } from './exchange.ts';
import type { ExchangeAsk, Exchanged } from './exchange.ts';
import { announce, returnForUpdate, returnStep, stepReturn } from './return-announce.ts';
import { findReturnable } from './return-find.ts';
import type { ReturnRow } from './return-store.ts';
import { listReturns, returnById } from './return-store.ts';
import type { ReturnAsk } from './return.ts';
import { makeReturn, tryOut } from './return.ts';
import { aboutOf } from './routes-desk.ts';
import { ordersById } from './store.ts';
import { warrantiesOf } from './warranty.ts';

const tags = ['order'];
const params = z.object({ id: z.uuid() });
const problems = { 400: problemSchema, 404: problemSchema, 409: problemSchema, 422: problemSchema };

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** @param caller a customer does not see who of the staff it was, nor what they noted */
export const showReturn = (row: ReturnRow, caller?: Caller): ReturnView => ({
  ...row,
  ...(caller?.kind === 'customer' && { by: row.by.split(':')[0] ?? row.by, why: null }),
  createdAt: row.createdAt.toISOString(),
  receivedAt: iso(row.receivedAt),
  refundedAt: iso(row.refundedAt),
  lines: [...row.lines],
  tenders: [...row.tenders],
});

/** Returns, exchanges, warranty. */
export function returnRoutes(app: App, house: House): void {
  findRoutes(app, house);
  returnDeskRoutes(app, house);
  exchangeRoutes(app, house);
  announcedRoutes(app, house);
  customerRoutes(app, house);
}

function findRoutes(app: App, house: House): void {
  app.post(
    '/v1/returns/find',
    {
      config: { permission: 'order.return', audit: 'order.return-looked-up' },
      schema: {
        tags,
        summary: 'What can come back, of any channel, without paper: by order number, receipt, card, phone or customer',
        body: contract.returnFindBody,
        response: { 200: contract.returnFoundSchema, ...problems },
      },
    },
    async (request, reply) => {
      const found = await findReturnable(house, request.body, house.clock.now());
      if (found.ok) request.shown = found.value.items.flatMap((item) => item.customerId ?? []);
      return answer(house, request, reply, found);
    },
  );
  app.get(
    '/v1/returns',
    {
      config: { permission: 'order.read', audit: 'order.returns-viewed' },
      schema: {
        tags,
        summary: 'Returns, newest first',
        querystring: contract.returnListQuery,
        response: { 200: contract.returnListSchema, 400: problemSchema },
      },
    },
    async (request) => {
      const { customerId, cursor, limit, ...filter } = request.query;
      const customerIds = customerId === undefined ? undefined : await members(house.db, customerId);
      const rows = await listReturns(house.db, { ...filter, customerIds }, cursor, limit);
      request.shown = [...new Set(rows.flatMap((row) => row.customerId ?? []))];
      return {
        items: rows.map((row) => showReturn(row)),
        nextCursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
      };
    },
  );
  app.get(
    '/v1/returns/:id',
    {
      config: { permission: 'order.read', self: 'signed-in', audit: 'order.returns-viewed' },
      schema: { tags, summary: 'One return', params, response: { 200: contract.returnSchema, 404: problemSchema } },
    },
    async (request, reply) => {
      const row = await returnById(house.db, request.params.id);
      const found: Result<ReturnView> =
        row !== undefined && (await mayTouch(house.db, request.caller, row.customerId))
          ? ok(showReturn(row, request.caller))
          : refuse('order.no-such-return', 404);
      if (row?.customerId !== undefined && row.customerId !== null) request.shown = [row.customerId];
      return answer(house, request, reply, found);
    },
  );
}

function askOf(house: House, request: FastifyRequest, body: z.infer<typeof contract.returnBody>): ReturnAsk {
  const { by, staffId, now } = aboutOf(house, request);
  const { orderId, lines, placeId, to: payTo, why = null, channel } = body;
  return { orderId, lines, placeId, payTo, why, channel, way: 'place', by, staffId, now };
}

const shown = (result: Result<ReturnRow>): Result<ReturnView> => (result.ok ? ok(showReturn(result.value)) : result);

function returnDeskRoutes(app: App, house: House): void {
  app.post(
    '/v1/returns/preview',
    {
      config: { permission: 'order.return' },
      schema: {
        tags,
        summary: 'What a return would give back; the same as the return itself',
        description:
          'Discounts stay as they were frozen at placement (policy `keep`): what stays never gets dearer, and returning everything in parts gives back exactly what was paid.',
        body: contract.returnBody,
        response: { 200: contract.returnSchema, ...problems },
      },
    },
    async (request, reply) => {
      const ask = askOf(house, request, request.body);
      return answer(house, request, reply, shown(await tryOut(house, (tx) => makeReturn(house, tx, ask))));
    },
  );
  app.post(
    '/v1/returns',
    {
      config: { permission: 'order.return', audit: 'order.returned' },
      schema: {
        tags,
        summary: 'Take units back, at any place, of an order of any channel',
        body: contract.returnBody,
        response: { 200: contract.returnSchema, ...problems },
      },
    },
    async (request, reply) => {
      const ask = askOf(house, request, request.body);
      const result = await command(house, request, async (tx) => shown(await makeReturn(house, tx, ask)));
      if (result.ok && result.value.customerId !== null) request.shown = [result.value.customerId];
      return answer(house, request, reply, result);
    },
  );
}

function exchangeRoutes(app: App, house: House): void {
  const askFor = (request: FastifyRequest, body: z.infer<typeof contract.exchangeBody>): ExchangeAsk => {
    const { take, coupons, tenders, found } = body;
    return { ...askOf(house, request, body), take, coupons, tenders, found };
  };
  const show = (result: Result<Exchanged>): Result<z.infer<typeof contract.exchangedSchema>> => {
    if (!result.ok) return result;
    const { order, carriedMinor, paidMinor, refundedMinor } = result.value;
    const { id: orderId, number: orderNumber, totalMinor, currency } = order;
    const sums = { totalMinor, carriedMinor, paidMinor, refundedMinor, currency };
    return ok({ return: showReturn(result.value.return), orderId, orderNumber, ...sums });
  };
  app.post(
    '/v1/exchanges/preview',
    {
      config: { permission: 'order.return' },
      schema: {
        tags,
        summary: 'What an exchange would move; tenders may be left out',
        body: contract.exchangeBody,
        response: { 200: contract.exchangedSchema, ...problems },
      },
    },
    async (request, reply) => {
      const ask = askFor(request, request.body);
      const tenders = ask.tenders.length === 0 ? [{ kind: 'cash' as const }] : ask.tenders;
      return answer(house, request, reply, show(await tryOut(house, (tx) => exchange(house, tx, { ...ask, tenders }))));
    },
  );
  app.post(
    '/v1/exchanges',
    {
      config: { permission: 'order.return', audit: 'order.exchanged' },
      schema: {
        tags,
        summary: 'Take units back and sell others in one document; only the difference moves',
        body: contract.exchangeBody,
        response: { 200: contract.exchangedSchema, ...problems },
      },
    },
    async (request, reply) => {
      const ask = askFor(request, request.body);
      const result = await command(house, request, async (tx) => show(await exchange(house, tx, ask)));
      if (result.ok && result.value.return.customerId !== null) request.shown = [result.value.return.customerId];
      return answer(house, request, reply, result);
    },
  );
}

/** Pays an announced return out, with what really came. */
async function payOut(
  house: House,
  tx: Tx,
  request: FastifyRequest,
  row: ReturnRow,
  body: z.infer<typeof contract.refundBody> & { readonly placeId: string | null },
): Promise<Result<ReturnView>> {
  const may = returnStep(row.state, 'refunded');
  if (!may.ok) return may;
  const { by, staffId, now } = aboutOf(house, request);
  if (body.placeId === null) return refuse('order.return-step', 409, { from: row.state, to: 'refunded' });
  const { to: payTo, why = null, channel, placeId } = body;
  const lines =
    body.lines ?? row.lines.map(({ lineNo, quantity, reason, damaged }) => ({ lineNo, quantity, reason, damaged }));
  const { orderId, way } = row;
  return shown(
    await makeReturn(house, tx, {
      orderId,
      lines,
      placeId,
      payTo,
      why,
      channel,
      way,
      by,
      staffId,
      now,
      announced: row,
    }),
  );
}

function announcedRoutes(app: App, house: House): void {
  app.post(
    '/v1/returns/:id/receive',
    {
      config: { permission: 'order.return', audit: 'order.returned' },
      schema: {
        tags,
        summary: 'What was announced is here: refund it, or look at it first',
        params,
        body: contract.receiveBody,
        response: { 200: contract.returnSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const result = await command(house, request, async (tx): Promise<Result<ReturnView>> => {
        const row = await returnForUpdate(tx, request.params.id);
        if (!row.ok) return row;
        if (body.refund) return payOut(house, tx, request, row.value, body);
        const { placeId, channel } = body;
        return shown(await stepReturn(tx, row.value, { state: 'received', placeId, channel, now: house.clock.now() }));
      });
      return answer(house, request, reply, result);
    },
  );
  app.post(
    '/v1/returns/:id/refund',
    {
      config: { permission: 'order.return', audit: 'order.returned' },
      schema: {
        tags,
        summary: 'Refund what was received',
        params,
        body: contract.refundBody,
        response: { 200: contract.returnSchema, ...problems },
      },
    },
    async (request, reply) => {
      const result = await command(house, request, async (tx): Promise<Result<ReturnView>> => {
        const row = await returnForUpdate(tx, request.params.id);
        if (!row.ok) return row;
        if (row.value.state !== 'received')
          return refuse('order.return-step', 409, { from: row.value.state, to: 'refunded' });
        return payOut(house, tx, request, row.value, { ...request.body, placeId: row.value.placeId });
      });
      return answer(house, request, reply, result);
    },
  );
  app.post(
    '/v1/returns/:id/withdraw',
    {
      config: { permission: 'order.return', self: 'signed-in' },
      schema: {
        tags,
        summary: 'Call an announced return off',
        params,
        response: { 200: contract.returnSchema, ...problems },
      },
    },
    async (request, reply) => {
      const result = await command(house, request, async (tx): Promise<Result<ReturnView>> => {
        const row = await returnForUpdate(tx, request.params.id);
        if (!row.ok) return row;
        if (!(await mayTouch(tx, request.caller, row.value.customerId))) return refuse('order.no-such-return', 404);
        const channel = channelOf(request.caller, undefined);
        return shown(
          await stepReturn(tx, row.value, { state: 'withdrawn', placeId: null, channel, now: house.clock.now() }),
        );
      });
      return answer(house, request, reply, result);
    },
  );
}

function customerRoutes(app: App, house: House): void {
  app.post(
    '/v1/customers/:id/returns',
    {
      config: { permission: 'order.return', self: 'signed-in', audit: 'order.return-announced' },
      schema: {
        tags,
        summary: 'Announce a return',
        params: whoseParams,
        body: contract.announceBody,
        response: { 200: contract.returnSchema, ...problems },
      },
    },
    async (request, reply) => {
      const who = whose(request, request.params.id);
      if (!who.ok) return answer(house, request, reply, who);
      const { by, now } = aboutOf(house, request);
      const { orderId, lines, way, placeId = null } = request.body;
      const result = await command(house, request, async (tx): Promise<Result<ReturnView>> => {
        const ids = await members(tx, who.value);
        const [order] = await ordersById(tx, [orderId]);
        if (order?.customerId === undefined || order.customerId === null || !ids.includes(order.customerId))
          return refuse('order.not-found', 404);
        const channel = channelOf(request.caller, undefined);
        return shown(await announce(tx, { orderId, lines, way, placeId, channel, by, now }));
      });
      return answer(house, request, reply, result);
    },
  );
  app.get(
    '/v1/customers/:id/returns',
    {
      config: { permission: 'order.read', self: 'signed-in', audit: 'order.returns-viewed' },
      schema: {
        tags,
        summary: 'Returns of a customer, newest first',
        params: whoseParams,
        querystring: contract.returnListQuery.omit({ customerId: true }),
        response: { 200: contract.returnListSchema, ...problems },
      },
    },
    async (request, reply) => {
      const who = whose(request, request.params.id);
      if (!who.ok) return answer(house, request, reply, who);
      const { cursor, limit, ...filter } = request.query;
      const customerIds = await members(house.db, who.value);
      const rows = await listReturns(house.db, { ...filter, customerIds }, cursor, limit);
      const nextCursor = rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
      const items = rows.map((row) => showReturn(row, request.caller));
      return answer(house, request, reply, ok({ items, nextCursor }));
    },
  );
  app.get(
    '/v1/customers/:id/warranties',
    {
      config: { permission: 'order.read', self: 'signed-in', audit: 'order.warranties-viewed' },
      schema: {
        tags,
        summary: 'What a customer has under warranty, what ends soonest first',
        params: whoseParams,
        querystring: contract.warrantyQuery,
        response: { 200: contract.warrantyListSchema, ...problems },
      },
    },
    async (request, reply) => {
      const who = whose(request, request.params.id);
      if (!who.ok) return answer(house, request, reply, who);
      const { ended, cursor, limit } = request.query;
      const [at = '', id = ''] = cursor?.split('~') ?? [];
      if (cursor !== undefined && !(z.iso.datetime().safeParse(at).success && z.uuid().safeParse(id).success))
        return answer(house, request, reply, refuse('order.bad-cursor', 400));
      const after = cursor === undefined ? {} : { after: { at, id } };
      const rows = await warrantiesOf(house.db, await members(house.db, who.value), { ended, ...after, limit });
      const last = rows.at(-1);
      const items = rows.map((row) => ({
        id: row.id,
        orderId: row.orderId,
        lineNo: row.lineNo,
        variantId: row.variantId,
        sku: row.sku,
        title: row.title,
        serial: row.serial,
        startsAt: row.startsAt.toISOString(),
        untilAt: row.untilAt.toISOString(),
        endedAt: iso(row.endedAt),
      }));
      const nextCursor =
        rows.length === limit && last !== undefined ? `${last.untilAt.toISOString()}~${last.id}` : null;
      return answer(house, request, reply, ok({ items, nextCursor }));
    },
  );
}
