import { shelf } from '@ruslo/catalog';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { placesOf } from '@ruslo/place';
import { answer, command, problemSchema } from '@ruslo/platform';
import type { App, House, Tx } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import * as contract from './contract.ts';
import type { Line } from './contract.ts';
import { promise } from './promise.ts';
import { setLevels, setSettings, shift, transfer } from './shift.ts';
import { readTariff, writeTariff } from './store-read.ts';

/** What staff do with stock, and the promise. */

const tags = ['stock'];
const manage = (audit: string): { permission: string; audit: string } => ({ permission: 'stock.manage', audit });
const changed = { 200: contract.changedAnswer, 404: problemSchema, 409: problemSchema };

const byOf = (request: FastifyRequest): string | null => (request.caller.kind === 'staff' ? request.caller.id : null);

async function known(tx: Tx, placeIds: readonly string[]): Promise<Result<undefined>> {
  const wanted = [...new Set(placeIds)];
  const found = await placesOf(tx, wanted);
  return found.length === wanted.length ? ok(undefined) : refuse('stock.no-such-place', 404);
}

export function actRoutes(app: App, house: House): void {
  moveRoutes(app, house);
  countRoutes(app, house);
  settingRoutes(app, house);
  promiseRoute(app, house);
}

function moveRoutes(app: App, house: House): void {
  app.post(
    '/v1/stock/receive',
    {
      config: manage('stock.received'),
      schema: { tags, summary: 'Goods have come to a place', body: contract.receiveBody, response: changed },
    },
    async (request, reply) => {
      const { placeId, lines, ref = null, why = null } = request.body;
      const from = { kind: 'received', ref, why, by: byOf(request) } as const;
      return answer(house, request, reply, await move(house, request, placeId, lines, from));
    },
  );

  app.post(
    '/v1/stock/adjust',
    {
      config: manage('stock.adjusted'),
      schema: {
        tags,
        summary: 'Correct what the books say by a difference, with a reason',
        description: 'Less than is promised may be left; the level then says what it is short of.',
        body: contract.adjustBody,
        response: changed,
      },
    },
    async (request, reply) => {
      const { placeId, lines, ref = null, why } = request.body;
      const from = { kind: 'adjusted', ref, why, by: byOf(request) } as const;
      return answer(house, request, reply, await move(house, request, placeId, lines, from));
    },
  );

  app.post(
    '/v1/stock/transfer',
    {
      config: manage('stock.transferred'),
      schema: {
        tags,
        summary: 'Goods go from one place to another',
        description: 'What is promised to somebody cannot go.',
        body: contract.transferBody,
        response: changed,
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const { ref = null, why = null, ...body } = request.body;
          const there = await known(tx, [body.fromId, body.toId]);
          if (!there.ok) return there;
          const done = await transfer(tx, { ...body, ref, why, by: byOf(request), now: house.clock.now() });
          return done.ok ? ok({ changed: body.lines.length * 2 }) : done;
        }),
      ),
  );
}

function move(
  house: House,
  request: FastifyRequest,
  placeId: string,
  lines: readonly Line[],
  from: {
    readonly kind: 'received' | 'adjusted';
    readonly ref: string | null;
    readonly by: string | null;
    readonly why: string | null;
  },
): Promise<Result<{ changed: number }>> {
  return command(house, request, async (tx) => {
    const there = await known(tx, [placeId]);
    if (!there.ok) return there;
    const parts = lines.map((line) => ({ ...line, placeId }));
    const done = await shift(tx, parts, { ...from, now: house.clock.now() });
    return done.ok ? ok({ changed: new Set(lines.map(({ variantId }) => variantId)).size }) : done;
  });
}

function countRoutes(app: App, house: House): void {
  app.post(
    '/v1/stock/count',
    {
      config: manage('stock.counted'),
      schema: {
        tags,
        summary: 'A stocktake: so much is there',
        description: 'Never fails because more is promised: the level then says what it is short of.',
        body: contract.countBody,
        response: changed,
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const { placeId, lines, ref = null, why } = request.body;
          const there = await known(tx, [placeId]);
          if (!there.ok) return there;
          const rows = lines.map((line) => ({ ...line, placeId }));
          const from = { kind: 'counted', ref, by: byOf(request), now: house.clock.now() } as const;
          return ok({ changed: await setLevels(tx, rows, why === undefined ? from : { ...from, why }) });
        }),
      ),
  );
}

function settingRoutes(app: App, house: House): void {
  app.put(
    '/v1/stock/levels',
    {
      config: manage('stock.levels-set'),
      schema: {
        tags,
        summary: 'Safety stock, backorder limit, and the lines of low and excess',
        body: contract.settingBody,
        response: changed,
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const { items } = request.body;
          const there = await known(
            tx,
            items.map(({ placeId }) => placeId),
          );
          if (!there.ok) return there;
          return ok({ changed: await setSettings(tx, items, house.clock.now()) });
        }),
      ),
  );

  app.get(
    '/v1/stock/tariff',
    {
      config: { permission: 'stock.read' },
      schema: { tags, summary: 'What bringing costs, and how long it takes', response: { 200: contract.tariffSchema } },
    },
    async () => (await readTariff(house.db)) ?? contract.defaultTariff,
  );

  app.put(
    '/v1/stock/tariff',
    {
      config: manage('stock.tariff-set'),
      schema: {
        tags,
        summary: 'Set what bringing costs, and how long it takes',
        body: contract.tariffSchema,
        response: { 200: contract.tariffSchema },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          await writeTariff(tx, request.body);
          return ok(request.body);
        }),
      ),
  );
}

/** Kits become what they are made of, services and gift cards need no shelf. */
async function goods(house: House, lines: readonly Line[]): Promise<Result<Line[]>> {
  const context = { channel: 'web', customerGroups: [], at: house.clock.now() } as const;
  const ids = lines.map(({ variantId }) => variantId);
  const variants = await shelf(house, ids, context);
  const unknown = ids.find((id) => !variants.has(id));
  if (unknown !== undefined) return refuse('stock.no-such-variant', 422, { variantId: unknown });
  return ok(
    lines.flatMap(({ variantId, quantity }) => {
      const variant = variants.get(variantId);
      if (variant === undefined || variant.kind !== 'good') return [];
      if (variant.components.length === 0) return [{ variantId, quantity }];
      return variant.components.map((part) => ({ variantId: part.variantId, quantity: part.quantity * quantity }));
    }),
  );
}

function promiseRoute(app: App, house: House): void {
  app.post(
    '/v1/stock/promise',
    {
      config: { permission: 'stock.read', self: 'visitor' },
      schema: {
        tags,
        summary: 'Which places serve this, by when and at what cost: the best first',
        description: 'Nothing is reserved by asking. A kit is looked up as what it is made of.',
        body: contract.promiseBody,
        response: { 200: contract.promiseAnswer, 422: problemSchema },
      },
    },
    async (request, reply) => {
      const { lines, method, to, placeId } = request.body;
      const wanted = await goods(house, lines);
      if (!wanted.ok) return answer(house, request, reply, wanted);
      const found = await promise(house.db, { lines: wanted.value, method, to, placeId, now: house.clock.now() });
      return answer(
        house,
        request,
        reply,
        ok({ items: found.map((one) => ({ ...one, readyAt: one.readyAt.toISOString() })) }),
      );
    },
  );
}
