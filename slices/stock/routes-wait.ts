import { variantsNow } from '@ruslo/catalog';
import { members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Channel } from '@ruslo/kernel';
import { placesOf } from '@ruslo/place';
import { answer, command, problemSchema, whose, whoseParams } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import * as contract from './contract.ts';
import { addWait, endWaits, mostWaits, waitsOf } from './wait.ts';
import type { WaitRow } from './wait.ts';

/** Waiting until something is there again. */

const tags = ['stock'];
const show = (row: WaitRow): z.output<typeof contract.waitItem> => ({ ...row, at: row.at.toISOString() });

const channelOf = (request: FastifyRequest, given: Channel | undefined): Channel =>
  request.caller.kind === 'customer'
    ? request.caller.channel
    : (given ?? (request.caller.kind === 'staff' ? 'shop' : 'web'));

export function waitRoutes(app: App, house: House): void {
  app.post(
    '/v1/customers/:id/stock-waits',
    {
      config: { permission: 'stock.wait', self: 'visitor', audit: 'stock.wait-begun' },
      schema: {
        tags,
        summary: 'Tell her when it is there again',
        description: 'The fact `stock.back-for-customer` tells, once.',
        params: whoseParams,
        body: contract.waitBody,
        response: { 200: contract.waitItem, 404: problemSchema, 409: problemSchema, 422: problemSchema },
      },
    },
    async (request, reply) => {
      const who = whose(request, request.params.id);
      if (!who.ok) return answer(house, request, reply, who);
      const result = await command(house, request, async (tx) => {
        const set = await members(tx, who.value);
        if (set.length === 0) return refuse('identity.not-found', 404);
        const { variantId, placeId, channel } = request.body;
        const now = house.clock.now();
        const known = await variantsNow(tx, [variantId], { channel: 'web', customerGroups: [], at: now });
        if (!known.has(variantId)) return refuse('stock.no-such-variant', 422, { variantId });
        if (placeId !== null && (await placesOf(tx, [placeId])).length === 0) return refuse('stock.no-such-place', 404);
        // All that is listed of a person: a session costs nothing, and neither would a million rows.
        if ((await waitsOf(tx, set)).length >= mostWaits)
          return refuse('stock.too-many-waits', 422, { limit: mostWaits });
        const from = { customerId: who.value, variantId, placeId, channel: channelOf(request, channel), now };
        const added = await addWait(tx, from);
        return added.ok ? ok(show(added.value)) : added;
      });
      return answer(house, request, reply, result);
    },
  );

  app.get(
    '/v1/customers/:id/stock-waits',
    {
      config: { permission: 'stock.wait', self: 'visitor', audit: 'stock.waits-viewed' },
      schema: {
        tags,
        summary: 'What she waits for',
        params: whoseParams,
        response: { 200: contract.waitList },
      },
    },
    async (request, reply) => {
      const who = whose(request, request.params.id);
      if (!who.ok) return answer(house, request, reply, who);
      const rows = await waitsOf(house.db, await members(house.db, who.value));
      return answer(house, request, reply, ok({ items: rows.map(show) }));
    },
  );

  app.delete(
    '/v1/customers/:id/stock-waits/:variantId',
    {
      config: { permission: 'stock.wait', self: 'visitor', audit: 'stock.wait-ended' },
      schema: {
        tags,
        summary: 'She waits no longer',
        params: whoseParams.extend(contract.variantParams.shape),
        response: { 200: contract.waitList },
      },
    },
    async (request, reply) => {
      const who = whose(request, request.params.id);
      if (!who.ok) return answer(house, request, reply, who);
      const result = await command(house, request, async (tx) => {
        const set = await members(tx, who.value);
        await endWaits(tx, set, request.params.variantId);
        return ok({ items: (await waitsOf(tx, set)).map(show) });
      });
      return answer(house, request, reply, result);
    },
  );
}
