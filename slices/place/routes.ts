import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, append, command, fact, newId, problemSchema } from '@ruslo/platform';
import type { App, House, Tx } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import * as contract from './contract.ts';
import { distanceKm, nextClose, nextOpen, openAt } from './rules.ts';
import * as store from './store.ts';
import type { Place } from './store.ts';

const tags = ['place'];
type Item = z.output<typeof contract.placeItem>;
type Point = { readonly lat: number; readonly lon: number };

function show(place: Place, now: Date, near?: Point): Item {
  const isOpen = place.state === 'open' && openAt(place.hours, place.timeZone, now);
  const opens = place.state === 'open' && !isOpen ? nextOpen(place.hours, place.timeZone, now) : null;
  return {
    ...place,
    services: [...place.services],
    hours: place.hours as Item['hours'],
    openNow: isOpen,
    opensAt: opens?.toISOString() ?? null,
    closesAt: isOpen ? (nextClose(place.hours, place.timeZone, now)?.toISOString() ?? null) : null,
    distanceKm: near === undefined ? null : Math.round(distanceKm(near, place) * 100) / 100,
  };
}

/** A few hundred places: they are sifted and sorted here. */
function sift(
  places: readonly Place[],
  query: z.output<typeof contract.placeQuery>,
  mine: ReadonlySet<string> | undefined,
): Place[] {
  const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return places.filter((place) => {
    const text = `${place.code} ${place.name} ${place.city} ${place.address}`.toLowerCase();
    return (
      words.every((word) => text.includes(word)) &&
      (query.kind === undefined || place.kind === query.kind) &&
      (query.city === undefined || place.city.toLowerCase() === query.city.toLowerCase()) &&
      (query.service === undefined || place.services.includes(query.service)) &&
      (query.state === undefined || place.state === query.state) &&
      (mine === undefined || mine.has(place.id))
    );
  });
}

const pointOf = (text: string | undefined): Point | undefined => {
  if (text === undefined) return undefined;
  const [lat = 0, lon = 0] = text.split(',').map(Number);
  return { lat, lon };
};

export function routes(app: App, house: House): void {
  readRoutes(app, house);
  writeRoutes(app, house);
  deskRoutes(app, house);
}

function readRoutes(app: App, house: House): void {
  app.get(
    '/v1/places',
    {
      config: { permission: 'place.read', self: 'visitor' },
      schema: {
        tags,
        summary: 'Shops, warehouses, pickup points and cafés, by code or the nearest first',
        querystring: contract.placeQuery,
        response: { 200: contract.placeList },
      },
    },
    async (request) => {
      const { cursor, limit, near } = request.query;
      const { caller } = request;
      const mine =
        request.query.mine === true
          ? new Set(caller.kind === 'staff' ? await store.staffPlaces(house.db, caller.id) : [])
          : undefined;
      const point = pointOf(near);
      const now = house.clock.now();
      const found = sift(await store.allPlaces(house.db), request.query, mine);
      const sorted =
        point === undefined
          ? found
          : found.toSorted(
              (one, other) => distanceKm(point, one) - distanceKm(point, other) || (one.code < other.code ? -1 : 1),
            );
      const from = cursor === undefined ? 0 : sorted.findIndex(({ id }) => id === cursor) + 1;
      const items = sorted.slice(from, from + limit);
      return {
        items: items.map((place) => show(place, now, point)),
        nextCursor: from + limit < sorted.length ? (items.at(-1)?.id ?? null) : null,
      };
    },
  );

  app.get(
    '/v1/places/:id',
    {
      config: { permission: 'place.read', self: 'visitor' },
      schema: {
        tags,
        summary: 'One place with its hours',
        params: contract.idParams,
        response: { 200: contract.placeItem, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const [place] = await store.placesById(house.db, [request.params.id]);
      const result = place === undefined ? refuse('place.not-found', 404) : ok(show(place, house.clock.now()));
      return answer(house, request, reply, result);
    },
  );
}

function writeRoutes(app: App, house: House): void {
  const change = (request: FastifyRequest, id: string, work: (place: Place) => Place): Promise<Result<Item>> =>
    command(house, request, async (tx) => {
      const place = await store.lockPlace(tx, id);
      if (place === undefined) return refuse('place.not-found', 404);
      const now = house.clock.now();
      const next = work(place);
      if (await store.codeTaken(tx, next.code, id)) return refuse('place.code-taken', 409, { code: next.code });
      const within = await checkWithin(tx, next);
      if (!within.ok) return within;
      await store.updatePlace(tx, next, now);
      await append(tx, [fact({ name: 'place.changed', customerId: null, at: now, data: { placeId: id } })]);
      return ok(show(next, now));
    });

  app.post(
    '/v1/places',
    {
      config: { permission: 'place.manage', audit: 'place.created' },
      schema: {
        tags,
        summary: 'A new place',
        body: contract.newPlace,
        response: { 200: contract.placeItem, 409: problemSchema, 422: problemSchema },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const place: Place = { id: newId(), ...request.body };
          const now = house.clock.now();
          const within = await checkWithin(tx, place);
          if (!within.ok) return within;
          if (!(await store.insertPlace(tx, place, now))) return refuse('place.code-taken', 409, { code: place.code });
          await append(tx, [fact({ name: 'place.created', customerId: null, at: now, data: { placeId: place.id } })]);
          return ok(show(place, now));
        }),
      ),
  );

  app.patch(
    '/v1/places/:id',
    {
      config: { permission: 'place.manage', audit: 'place.changed' },
      schema: {
        tags,
        summary: 'Change a place, or close it',
        params: contract.idParams,
        body: contract.placePatch,
        response: { 200: contract.placeItem, 404: problemSchema, 409: problemSchema, 422: problemSchema },
      },
    },
    async (request, reply) => {
      const given = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== undefined));
      const result = await change(request, request.params.id, (place) => ({ ...place, ...given }));
      return answer(house, request, reply, result);
    },
  );

  app.put(
    '/v1/places/:id/hours',
    {
      config: { permission: 'place.manage', audit: 'place.hours-set' },
      schema: {
        tags,
        summary: 'Set the hours: a week, and days that differ from it',
        params: contract.idParams,
        body: contract.hoursBody,
        response: { 200: contract.placeItem, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const { hours } = request.body;
      const result = await change(request, request.params.id, (place) => ({ ...place, hours }));
      return answer(house, request, reply, result);
    },
  );
}

async function checkWithin(tx: Tx, place: Place): Promise<Result<undefined>> {
  if (place.withinId === null) return ok(undefined);
  if (place.withinId === place.id) return refuse('place.within-itself', 422);
  const [around] = await store.placesById(tx, [place.withinId]);
  return around === undefined ? refuse('place.not-found', 422) : ok(undefined);
}

function deskRoutes(app: App, house: House): void {
  const known = async (tx: Tx, id: string): Promise<Result<undefined>> =>
    (await store.lockPlace(tx, id)) === undefined ? refuse('place.not-found', 404) : ok(undefined);

  app.get(
    '/v1/places/:id/staff',
    {
      config: { permission: 'place.read' },
      schema: { tags, summary: 'Who works there', params: contract.idParams, response: { 200: contract.staffList } },
    },
    async (request) => ({
      items: (await store.staffOf(house.db, request.params.id)).map((staffId) => ({ staffId })),
    }),
  );

  app.put(
    '/v1/places/:id/staff',
    {
      config: { permission: 'place.manage', audit: 'place.staff-set' },
      schema: {
        tags,
        summary: 'Assign staff to a place',
        params: contract.idParams,
        body: contract.staffBody,
        response: { 200: contract.staffList, 404: problemSchema },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const { id } = request.params;
          const there = await known(tx, id);
          if (!there.ok) return there;
          await store.setStaff(tx, id, request.body.staffIds);
          return ok({ items: (await store.staffOf(tx, id)).map((staffId) => ({ staffId })) });
        }),
      ),
  );

  const showCells = (cells: readonly store.Cell[]): z.input<typeof contract.cellList> => ({
    items: cells.map(({ code, ref, takenAt }) => ({ code, ref, takenAt: takenAt?.toISOString() ?? null })),
    free: cells.filter(({ ref }) => ref === null).length,
  });

  app.get(
    '/v1/places/:id/cells',
    {
      config: { permission: 'place.read' },
      schema: {
        tags,
        summary: 'Cells of the pickup desk, and whose parcel lies in each',
        params: contract.idParams,
        response: { 200: contract.cellList },
      },
    },
    async (request) => showCells(await store.cellsOf(house.db, request.params.id)),
  );

  app.put(
    '/v1/places/:id/cells',
    {
      config: { permission: 'place.manage', audit: 'place.cells-set' },
      schema: {
        tags,
        summary: 'Set the cells of the pickup desk',
        description: 'A cell in which a parcel lies cannot be taken away.',
        params: contract.idParams,
        body: contract.cellsBody,
        response: { 200: contract.cellList, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const { id } = request.params;
          const there = await known(tx, id);
          if (!there.ok) return there;
          const occupied = await store.setCells(tx, id, request.body.codes);
          if (occupied !== undefined) return refuse('place.cell-occupied', 409, { code: occupied });
          return ok(showCells(await store.cellsOf(tx, id)));
        }),
      ),
  );
}
