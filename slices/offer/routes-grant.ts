import { members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, append, command, fact, problemSchema, whose, whoseParams } from '@ruslo/platform';
import type { App, House, Query } from '@ruslo/platform';
import { z } from 'zod';
import { grantOffers } from './bulk.ts';
import * as contract from './contract.ts';
import { listGrants, revokeGrant, ruleById } from './store.ts';
import type { ListedGrant } from './store.ts';

const tags = ['offer'];
const params = z.object({ id: z.uuid() });

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const show = (row: ListedGrant, now: Date): contract.GrantItem => ({
  id: row.id,
  ruleId: row.ruleId,
  name: row.name,
  state: row.state === 'held' && row.validUntil !== null && row.validUntil <= now ? 'over' : row.state,
  source: row.source,
  validFrom: iso(row.validFrom),
  validUntil: iso(row.validUntil),
  grantedAt: row.grantedAt.toISOString(),
  usedAt: iso(row.usedAt),
});

async function personOf(query: Query, customerId: string): Promise<Result<readonly string[]>> {
  const set = await members(query, customerId);
  return set.length === 0 ? refuse('identity.not-found', 404) : ok(set);
}

const grantParams = z.object({ id: z.uuid(), offerId: z.uuid() });

/** The wallet of personal offers on a customer. */
export function grantRoutes(app: App, house: House): void {
  app.route({
    method: 'POST',
    url: '/v1/customers/:id/offers',
    config: { permission: 'offer.manage', audit: 'offer.granted' },
    schema: {
      tags,
      summary: 'Give a customer a personal offer; it works once',
      params,
      body: contract.grantBody,
      response: { 200: z.object({ id: z.uuid() }), 404: problemSchema },
    },
    handler: async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<{ id: string }>> => {
          const { ruleId, source, validFrom, validUntil } = request.body;
          const person = await personOf(tx, request.params.id);
          if (!person.ok) return person;
          const rule = await ruleById(tx, ruleId);
          if (rule === undefined) return refuse('offer.not-found', 404);
          if (rule.state === 'archived') return refuse('offer.archived', 409);
          const grant = {
            customerId: request.params.id,
            ruleId,
            source,
            validFrom: validFrom === undefined ? undefined : new Date(validFrom),
            validUntil: validUntil === undefined ? undefined : new Date(validUntil),
          };
          const [id] = await grantOffers(tx, [grant], house.clock.now());
          return id === undefined ? refuse('offer.not-found', 404) : ok({ id });
        }),
      ),
  });
  app.route({
    method: 'GET',
    url: '/v1/customers/:id/offers',
    config: { permission: 'offer.read', self: 'signed-in', audit: 'offer.viewed' },
    schema: {
      tags,
      summary: 'Personal offers of a customer, newest first',
      params: whoseParams,
      querystring: contract.grantsQuery,
      response: { 200: contract.pageOf(contract.grantSchema), 404: problemSchema },
    },
    async handler(request, reply) {
      const customer = whose(request, request.params.id);
      if (!customer.ok) return answer(house, request, reply, customer);
      const person = await personOf(house.db, customer.value);
      if (!person.ok) return answer(house, request, reply, person);
      const { cursor, limit } = request.query;
      const rows = await listGrants(house.db, person.value, {
        ...(cursor === undefined ? {} : { before: cursor }),
        limit: limit + 1,
      });
      const now = house.clock.now();
      const items = rows.slice(0, limit).map((row) => show(row, now));
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  });
  app.route({
    method: 'DELETE',
    url: '/v1/customers/:id/offers/:offerId',
    config: { permission: 'offer.manage', audit: 'offer.revoked' },
    schema: {
      tags,
      summary: 'Take a personal offer back that was not used',
      params: grantParams,
      response: { 200: z.object({ id: z.uuid() }), 404: problemSchema },
    },
    handler: async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<{ id: string }>> => {
          const { id, offerId } = request.params;
          const person = await personOf(tx, id);
          if (!person.ok) return person;
          const ruleId = await revokeGrant(tx, person.value, offerId);
          if (ruleId === undefined) return refuse('offer.not-found', 404);
          const data = { ruleId, grantId: offerId };
          await append(tx, [fact({ name: 'offer.revoked', customerId: id, at: house.clock.now(), data })]);
          return ok({ id: offerId });
        }),
      ),
  });
}
