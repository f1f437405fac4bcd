import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, append, command, fact, newId, problemSchema } from '@ruslo/platform';
import type { App, Caller, House, Tx } from '@ruslo/platform';
import { z } from 'zod';
import { rulesChanged } from './book.ts';
import * as contract from './contract.ts';
import { preview } from './preview.ts';
import { couponRoutes } from './routes-coupon.ts';
import { grantRoutes } from './routes-grant.ts';
import { maySet } from './rules.ts';
import { bumpRevision, listRules, listVersions, lockRule, readCap, ruleById, saveRules } from './store.ts';
import type { ListedRule, SavedRule } from './store.ts';

const tags = ['offer'];
const params = z.object({ id: z.uuid() });

const show = (row: ListedRule): contract.Promotion => ({
  id: row.id,
  state: row.state,
  version: row.version,
  rule: row.body,
  used: row.used,
  spentMinor: row.spentMinor,
  createdAt: row.createdAt.toISOString(),
  changedAt: row.changedAt.toISOString(),
});

const staffId = (caller: Caller): string | null => (caller.kind === 'staff' ? caller.id : null);

async function save(house: House, tx: Tx, rule: SavedRule, caller: Caller): Promise<Result<contract.Promotion>> {
  const now = house.clock.now();
  const [row] = await saveRules(tx, [rule], staffId(caller), now);
  if (row === undefined) throw new Error('the rule was not saved');
  const name = row.version === 1 ? 'promotion.created' : 'promotion.changed';
  const data = { ruleId: row.id, version: row.version, state: row.state };
  await append(tx, [fact({ name, customerId: null, at: now, data })]);
  await bumpRevision(tx);
  await rulesChanged(house, tx);
  const saved = await ruleById(tx, row.id);
  return saved === undefined ? refuse('offer.not-found', 404) : ok(show(saved));
}

export function routes(app: App, house: House): void {
  readRoutes(app, house);
  writeRoutes(app, house);
  settingRoutes(app, house);
  couponRoutes(app, house);
  grantRoutes(app, house);
  app.route({
    method: 'POST',
    url: '/v1/promotions/preview',
    config: { permission: 'offer.read' },
    schema: {
      tags,
      summary: 'What a basket would cost, and why',
      description:
        'Says of every active rule whether it acts, and why not. With `draft` a rule is tried before it is kept.',
      body: contract.previewBody,
      response: { 200: contract.pricedSchema, 404: problemSchema },
    },
    handler: async (request, reply) =>
      answer(house, request, reply, await preview(house, request.body, request.locale)),
  });
}

function readRoutes(app: App, house: House): void {
  app.route({
    method: 'GET',
    url: '/v1/promotions',
    config: { permission: 'offer.read' },
    schema: {
      tags,
      summary: 'Promotions, newest first',
      querystring: contract.promotionsQuery,
      response: { 200: contract.pageOf(contract.promotionSchema) },
    },
    async handler(request) {
      const { search, state, cursor, limit } = request.query;
      const rows = await listRules(house.db, {
        ...(search === undefined || search === '' ? {} : { search }),
        ...(state === undefined ? {} : { state }),
        ...(cursor === undefined ? {} : { before: cursor }),
        limit: limit + 1,
      });
      const items = rows.slice(0, limit).map(show);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  });
  app.route({
    method: 'GET',
    url: '/v1/promotions/:id',
    config: { permission: 'offer.read' },
    schema: {
      tags,
      summary: 'One promotion',
      params,
      response: { 200: contract.promotionSchema, 404: problemSchema },
    },
    async handler(request, reply) {
      const row = await ruleById(house.db, request.params.id);
      return answer(house, request, reply, row === undefined ? refuse('offer.not-found', 404) : ok(show(row)));
    },
  });
  app.route({
    method: 'GET',
    url: '/v1/promotions/:id/versions',
    config: { permission: 'offer.read' },
    schema: {
      tags,
      summary: 'What a promotion said before, newest first',
      params,
      response: { 200: z.object({ items: z.array(contract.versionSchema) }) },
    },
    handler: async (request) => ({
      items: (await listVersions(house.db, request.params.id)).map((row) => ({
        version: row.version,
        state: row.state,
        rule: row.body,
        at: row.at.toISOString(),
        staffId: row.staffId,
      })),
    }),
  });
}

function writeRoutes(app: App, house: House): void {
  app.route({
    method: 'POST',
    url: '/v1/promotions',
    config: { permission: 'offer.manage', audit: 'promotion.created' },
    schema: {
      tags,
      summary: 'Write a promotion',
      body: contract.promotionBody,
      response: { 200: contract.promotionSchema, 400: problemSchema },
    },
    handler: async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, (tx) => save(house, tx, { id: newId(), ...request.body }, request.caller)),
      ),
  });
  app.route({
    method: 'PATCH',
    url: '/v1/promotions/:id',
    config: { permission: 'offer.manage', audit: 'promotion.changed' },
    schema: {
      tags,
      summary: 'Change a promotion, or activate, pause or archive it',
      description: 'Each change is a new version; `version` names the one that was read.',
      params,
      body: contract.promotionPatch,
      response: { 200: contract.promotionSchema, 404: problemSchema, 409: problemSchema },
    },
    handler: async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<contract.Promotion>> => {
          const { version, rule, state } = request.body;
          const row = await lockRule(tx, request.params.id);
          if (row === undefined) return refuse('offer.not-found', 404);
          if (row.version !== version) return refuse('offer.changed-meanwhile', 409, { version: row.version });
          const next = state ?? row.state;
          if (!maySet(row.state, next)) return refuse('offer.no-such-step', 409, { from: row.state, to: next });
          if (row.state === 'archived') return refuse('offer.archived', 409);
          return save(house, tx, { id: row.id, state: next, rule: rule ?? row.body }, request.caller);
        }),
      ),
  });
}

function settingRoutes(app: App, house: House): void {
  app.route({
    method: 'GET',
    url: '/v1/promotion-setting',
    config: { permission: 'offer.read' },
    schema: { tags, summary: 'The cap on all discounts', response: { 200: contract.settingSchema } },
    handler: async () => ({ capBp: await readCap(house.db) }),
  });
  app.route({
    method: 'PATCH',
    url: '/v1/promotion-setting',
    config: { permission: 'offer.manage', audit: 'promotion.setting-changed' },
    schema: {
      tags,
      summary: 'Change the cap on all discounts',
      body: contract.settingSchema,
      response: { 200: contract.settingSchema },
    },
    handler: async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<{ capBp: number }>> => {
          await bumpRevision(tx, request.body.capBp);
          await rulesChanged(house, tx);
          return ok({ capBp: request.body.capBp });
        }),
      ),
  });
}
