import { isUuid, ok, refuse } from '@ruslo/kernel';
import { answer, problemSchema } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import type { z } from 'zod';
import * as contract from './contract.ts';
import { available } from './promise.ts';
import { sellableOf } from './rules.ts';
import { availableSoon } from './soon.ts';
import type { LevelRow } from './store.ts';
import { readLevels, readMovements, readReservations } from './store-read.ts';
import type { MovementRow, ReservationRow } from './store-read.ts';

/** Lists of stock: by key or by number, so that the thousandth page costs what the first does. */

const tags = ['stock'];

const showLevel = (row: LevelRow & { readonly changedAt: Date }): z.output<typeof contract.levelItem> => ({
  ...row,
  sellable: sellableOf(row),
  changedAt: row.changedAt.toISOString(),
});
const showMovement = (row: MovementRow): z.output<typeof contract.movementItem> => ({
  ...row,
  at: row.at.toISOString(),
});
const showReservation = (row: ReservationRow): z.output<typeof contract.reservationItem> => ({
  ...row,
  until: row.until?.toISOString() ?? null,
  at: row.at.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
});

const next = <Row extends { readonly id: number }>(rows: readonly Row[], limit: number): number | null =>
  rows.length === limit ? (rows.at(-1)?.id ?? null) : null;

export function readRoutes(app: App, house: House): void {
  levelRoutes(app, house);
  historyRoutes(app, house);
  app.get(
    '/v1/stock/available',
    {
      config: { permission: 'stock.read', self: 'visitor' },
      schema: {
        tags,
        summary: 'What can be had of some variants now, in all and by place',
        description: 'At most a second old. What is promised is only what an order reserves.',
        querystring: contract.availableQuery,
        response: { 200: contract.availableAnswer, 400: problemSchema },
      },
    },
    async (request, reply) => {
      const ids = [...new Set(request.query.variantIds.split(','))];
      if (ids.length > 100 || !ids.every(isUuid))
        return answer(house, request, reply, refuse('platform.bad-request', 400));
      const found = await availableSoon(house, ids);
      const items = [...found].map(([variantId, { total, byPlace }]) => ({
        variantId,
        total,
        places: [...byPlace].map(([placeId, quantity]) => ({ placeId, quantity })),
      }));
      return answer(house, request, reply, ok({ items }));
    },
  );
}

function levelRoutes(app: App, house: House): void {
  app.get(
    '/v1/stock',
    {
      config: { permission: 'stock.read' },
      schema: {
        tags,
        summary: 'Levels by variant and place',
        querystring: contract.levelQuery,
        response: { 200: contract.levelList, 400: problemSchema },
      },
    },
    async (request, reply) => {
      const { cursor, limit, ...filter } = request.query;
      const [variantId = '', placeId = ''] = cursor?.split('~') ?? [];
      if (cursor !== undefined && !(isUuid(variantId) && isUuid(placeId)))
        return answer(house, request, reply, refuse('stock.bad-cursor', 400));
      const after = cursor === undefined ? undefined : { variantId, placeId };
      const rows = await readLevels(house.db, { ...filter, after, limit });
      const last = rows.at(-1);
      const nextCursor = rows.length === limit && last !== undefined ? `${last.variantId}~${last.placeId}` : null;
      return answer(house, request, reply, ok({ items: rows.map(showLevel), nextCursor }));
    },
  );

  app.get(
    '/v1/stock/:variantId',
    {
      config: { permission: 'stock.read' },
      schema: {
        tags,
        summary: 'One variant in every place, and to whom it is promised',
        params: contract.variantParams,
        response: { 200: contract.variantStock },
      },
    },
    async (request) => {
      const { variantId } = request.params;
      const [levels, reservations, sums] = await Promise.all([
        readLevels(house.db, { variantId, limit: 2_000 }),
        readReservations(house.db, { variantId, limit: 200 }),
        available(house.db, [variantId]),
      ]);
      return {
        variantId,
        total: sums.get(variantId)?.total ?? 0,
        items: levels.map(showLevel),
        reservations: reservations.map(showReservation),
      };
    },
  );
}

function historyRoutes(app: App, house: House): void {
  app.get(
    '/v1/stock/movements',
    {
      config: { permission: 'stock.read' },
      schema: {
        tags,
        summary: 'What came and went, newest first',
        querystring: contract.movementQuery,
        response: { 200: contract.movementList },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const rows = await readMovements(house.db, { ...filter, before: cursor, limit });
      return { items: rows.map(showMovement), nextCursor: next(rows, limit) };
    },
  );

  app.get(
    '/v1/stock/reservations',
    {
      config: { permission: 'stock.read' },
      schema: {
        tags,
        summary: 'What is promised to whom, newest first',
        querystring: contract.reservationQuery,
        response: { 200: contract.reservationList },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const rows = await readReservations(house.db, { ...filter, before: cursor, limit });
      return { items: rows.map(showReservation), nextCursor: next(rows, limit) };
    },
  );
}
