import { mayTouch } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema } from '@ruslo/platform';
import type { App, House, Tx } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { byOf } from './by.ts';
import * as contract from './contract-desk.ts';
import type { ParcelView } from './contract-desk.ts';
import { openCode } from './fulfil-code.ts';
import type { DeskRow } from './fulfil-store.ts';
import { deskRowsOf, listTasks } from './fulfil-store.ts';
import type { About, Desk } from './fulfil.ts';
import { arrive, beginTrying, missing, openDesk, pick, ready, ship, take, undo } from './fulfil.ts';
import { findParcels, showParcels } from './hand-out-find.ts';
import { handOut } from './hand-out.ts';
import { undoHandOut } from './hand-out-undo.ts';
import { tryOut } from './return.ts';
import { orderById } from './store.ts';

const tags = ['order'];
const params = z.object({ id: z.uuid() });
const problems = { 400: problemSchema, 404: problemSchema, 409: problemSchema, 422: problemSchema };

/** Who is at the desk. */
export function aboutOf(house: House, request: FastifyRequest): About {
  const { caller } = request;
  const staffId = caller.kind === 'staff' ? caller.id : null;
  return { by: byOf(caller), staffId, why: null, now: house.clock.now() };
}

type Deed = (tx: Tx, desk: Desk, about: About) => Promise<Result<DeskRow>>;

/** Runs a deed at one parcel as a command, and shows the parcel. */
async function atParcel(house: House, request: FastifyRequest, id: string, deed: Deed): Promise<Result<ParcelView>> {
  const about = aboutOf(house, request);
  return command(house, request, async (tx) => {
    const desk = await openDesk(tx, id);
    if (!desk.ok) return desk;
    const done = await deed(tx, desk.value, about);
    return done.ok ? show(tx, id, about.now) : done;
  });
}

async function show(tx: Tx, id: string, now: Date): Promise<Result<ParcelView>> {
  const [parcel] = await showParcels(tx, [id], now);
  return parcel === undefined ? refuse('order.no-such-fulfilment', 404) : ok(parcel);
}

/** Picking and handing out. */
export function deskRoutes(app: App, house: House): void {
  taskRoutes(app, house);
  stepRoutes(app, house);
  pickRoutes(app, house);
  handOutRoutes(app, house);
  codeRoutes(app, house);
}

const openStates = ['waiting', 'picking', 'ready', 'trying', 'shipped'];

function taskRoutes(app: App, house: House): void {
  app.get(
    '/v1/places/:id/tasks',
    {
      config: { permission: 'order.pick', audit: 'order.tasks-viewed' },
      schema: {
        tags,
        summary: 'What a place has to pick, pack and hand out, oldest first',
        params,
        querystring: contract.taskQuery,
        response: { 200: contract.taskListSchema, 400: problemSchema },
      },
    },
    async (request, reply) => {
      const { state, cursor, limit } = request.query;
      const [at = '', id = ''] = cursor?.split('~') ?? [];
      if (
        cursor !== undefined &&
        !(z.iso.datetime({ precision: 6 }).safeParse(at).success && z.uuid().safeParse(id).success)
      )
        return answer(house, request, reply, refuse('order.bad-cursor', 400));
      const rows = await listTasks(house.db, {
        placeId: request.params.id,
        states: state === 'open' ? openStates : [state],
        after: cursor === undefined ? undefined : { at, id },
        limit,
      });
      const items = await showParcels(
        house.db,
        rows.map((row) => row.id),
        house.clock.now(),
      );
      request.shown = items.flatMap((item) => item.customerId ?? []);
      const last = rows.at(-1);
      return { items, nextCursor: rows.length === limit && last !== undefined ? `${last.at}~${last.id}` : null };
    },
  );
  app.get(
    '/v1/fulfilments/:id',
    {
      config: { permission: 'order.read', audit: 'order.viewed' },
      schema: { tags, summary: 'One parcel', params, response: { 200: contract.parcelSchema, 404: problemSchema } },
    },
    async (request, reply) => {
      const [parcel] = await showParcels(house.db, [request.params.id], house.clock.now());
      request.shown = parcel?.customerId === undefined || parcel.customerId === null ? null : [parcel.customerId];
      const found: Result<ParcelView> = parcel === undefined ? refuse('order.no-such-fulfilment', 404) : ok(parcel);
      return answer(house, request, reply, found);
    },
  );
}

const steps: readonly { name: string; permission: string; summary: string; deed: Deed }[] = [
  { name: 'take', permission: 'order.pick', summary: 'Begin to pick', deed: take },
  { name: 'undo', permission: 'order.pick', summary: 'Take the last step back, where nothing has left', deed: undo },
  {
    name: 'ship',
    permission: 'order.pick',
    summary: 'It leaves: to the customer, or to the desk where she comes for it',
    deed: ship,
  },
  { name: 'arrive', permission: 'order.hand-out', summary: 'Goods from another place are at the desk', deed: arrive },
  { name: 'try', permission: 'order.hand-out', summary: 'She tries it on', deed: beginTrying },
];

function stepRoutes(app: App, house: House): void {
  for (const { name, permission, summary, deed } of steps) {
    app.post(
      `/v1/fulfilments/:id/${name}`,
      {
        config: { permission },
        schema: { tags, summary, params, response: { 200: contract.parcelSchema, ...problems } },
      },
      async (request, reply) => answer(house, request, reply, await atParcel(house, request, request.params.id, deed)),
    );
  }
}

function pickRoutes(app: App, house: House): void {
  app.post(
    '/v1/fulfilments/:id/pick',
    {
      config: { permission: 'order.pick' },
      schema: {
        tags,
        summary: 'A scan of the picker',
        description: 'The same `key` again counts once, however often a scanner without network sends it.',
        params,
        body: contract.pickBody,
        response: { 200: contract.parcelSchema, ...problems },
      },
    },
    async (request, reply) => {
      const deed: Deed = (tx, desk, about) => pick(tx, desk, request.body, about);
      return answer(house, request, reply, await atParcel(house, request, request.params.id, deed));
    },
  );
  app.post(
    '/v1/fulfilments/:id/not-found',
    {
      config: { permission: 'order.pick' },
      schema: {
        tags,
        summary: 'Units are not on the shelf: another place brings them, or they are refunded',
        params,
        body: contract.missingBody,
        response: { 200: contract.missingSchema, ...problems },
      },
    },
    async (request, reply) => {
      const about = aboutOf(house, request);
      const { id } = request.params;
      const result = await command(house, request, async (tx) => {
        const desk = await openDesk(tx, id);
        if (!desk.ok) return desk;
        const done = await missing(house, tx, desk.value, request.body, about);
        if (!done.ok) return done;
        const { placeId, refundedMinor } = done.value;
        const parcel = await show(tx, id, about.now);
        return parcel.ok ? ok({ parcel: parcel.value, placeId, refundedMinor }) : parcel;
      });
      return answer(house, request, reply, result);
    },
  );
  app.post(
    '/v1/fulfilments/:id/ready',
    {
      config: { permission: 'order.pick' },
      schema: {
        tags,
        summary: 'Everything is packed: a cell, a hand-out code, and she is told',
        params,
        body: contract.readyBody,
        response: { 200: contract.parcelSchema, ...problems },
      },
    },
    async (request, reply) => {
      const deed: Deed = (tx, desk, about) => ready(tx, desk, request.body.all, about);
      return answer(house, request, reply, await atParcel(house, request, request.params.id, deed));
    },
  );
}

function handOutRoutes(app: App, house: House): void {
  app.post(
    '/v1/hand-outs/find',
    {
      config: { permission: 'order.hand-out', audit: 'order.parcel-found' },
      schema: {
        tags,
        summary: 'Parcels that wait at this place: by code, QR, card, phone or order number',
        body: contract.handOutFindBody,
        response: { 200: contract.handOutFoundSchema, ...problems, 429: problemSchema },
      },
    },
    async (request, reply) => {
      const about = aboutOf(house, request);
      const found = await findParcels(house, request.body, about.by, about.now);
      if (found.ok) request.shown = found.value.items.flatMap((item) => item.customerId ?? []);
      return answer(house, request, reply, found);
    },
  );
  for (const name of ['hand-out', 'deliver'] as const) {
    app.post(
      `/v1/fulfilments/:id/${name}`,
      {
        config: { permission: 'order.hand-out', audit: 'order.handed-out' },
        schema: {
          tags,
          summary: name === 'deliver' ? 'The courier has handed it over' : 'Hand a parcel out, all of it or in part',
          description:
            'Per line taken + refused = what is in the parcel. What is refused stays with the place; its money, gift card and points go back to where they came from.',
          params,
          body: contract.handOutBody,
          response: { 200: contract.handedOutSchema, ...problems },
        },
      },
      async (request, reply) => {
        const about = aboutOf(house, request);
        const result = await command(house, request, async (tx) => {
          const desk = await openDesk(tx, request.params.id);
          if (!desk.ok) return desk;
          const { order } = desk.value.held;
          const { lines, tenders, placeId } = request.body;
          const channel = order.method === 'pickup' ? ({ channel: 'pickup' } as const) : {};
          const done = await handOut(house, tx, desk.value, { lines, tenders, placeId }, { ...about, ...channel });
          if (!done.ok) return done;
          const { order: after, ...sums } = done.value;
          return ok({ orderId: after.id, orderState: after.state, ...sums });
        });
        return answer(house, request, reply, result);
      },
    );
  }
  app.post(
    '/v1/fulfilments/:id/hand-out/preview',
    {
      config: { permission: 'order.hand-out' },
      schema: {
        tags,
        summary: 'What a hand-out would move: what is to pay for what is taken, what goes back for what is refused',
        params,
        body: contract.handOutBody,
        response: { 200: contract.handedOutSchema, ...problems },
      },
    },
    async (request, reply) => {
      const about = aboutOf(house, request);
      const { lines, placeId } = request.body;
      // What is to pay is the answer; who asks for it cannot know it yet.
      const isTaken = lines === undefined || lines.some((line) => line.taken > 0);
      const tenders = isTaken ? [{ kind: 'cash' as const }] : [];
      const result = await tryOut(house, async (tx) => {
        const desk = await openDesk(tx, request.params.id);
        if (!desk.ok) return desk;
        const done = await handOut(house, tx, desk.value, { lines, tenders, placeId }, about);
        if (!done.ok) return done;
        const { order: after, ...sums } = done.value;
        return ok({ orderId: after.id, orderState: after.state, ...sums });
      });
      return answer(house, request, reply, result);
    },
  );
  app.post(
    '/v1/fulfilments/:id/hand-out/undo',
    {
      config: { permission: 'order.hand-out', audit: 'order.hand-out-undone' },
      schema: {
        tags,
        summary: 'It was handed out by mistake, a few minutes ago: everything taken comes back as a return',
        params,
        response: { 200: z.object({ returnId: z.uuid() }), ...problems },
      },
    },
    async (request, reply) => {
      const about = aboutOf(house, request);
      const result = await command(house, request, (tx) => undoHandOut(house, tx, request.params.id, about));
      return answer(house, request, reply, result);
    },
  );
}

function codeRoutes(app: App, house: House): void {
  app.get(
    '/v1/orders/:id/hand-out-codes',
    {
      config: { permission: 'order.read', self: 'signed-in', audit: 'order.code-viewed' },
      schema: {
        tags,
        summary: 'Her codes for parcels that wait; only the customer herself sees them',
        params,
        response: { 200: contract.handOutCodesSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      if (request.caller.kind !== 'customer')
        return answer(house, request, reply, refuse('platform.not-permitted', 403, { permission: 'self' }));
      const order = await orderById(house.db, request.params.id);
      if (order === undefined || !(await mayTouch(house.db, request.caller, order.customerId)))
        return answer(house, request, reply, refuse('order.not-found', 404));
      const items = [];
      for (const parcel of await deskRowsOf(house.db, order.id)) {
        const code = await openCode(house.db, parcel);
        if (code !== null)
          items.push({ fulfilmentId: parcel.id, placeId: order.pickupPlaceId ?? parcel.placeId, ...code });
      }
      return { items };
    },
  );
}
