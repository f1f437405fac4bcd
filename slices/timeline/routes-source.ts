import { ok, refuse } from '@ruslo/kernel';
import { answer, command, fact, append } from '@ruslo/platform';
import type { App, House, Tx } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import * as contract from './contract.ts';
import { lightOf } from './rules.ts';
import { makeSource, newWriteKey, sourcesChanged } from './source.ts';
import type { SourceRow, SourceState } from './store.ts';
import { allSources, deleteSource, insertSource, sourceById, sourceStates, updateSource } from './store.ts';

/** Sources: who writes, with which key, and how it is doing. */

const tags = ['timeline'];

type SourceItem = z.input<typeof contract.sourceItem>;

function show(row: SourceRow, state: SourceState | undefined, now: Date, withKey: boolean): SourceItem {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    channel: row.channel,
    owner: row.owner,
    writeKey: withKey ? row.writeKey : '',
    proves: [...row.proves],
    enabled: row.enabled,
    createdAt: row.createdAt.toISOString(),
    health:
      state === undefined ? 'grey' : lightOf({ ...state, lastSeenMs: state.lastSeenAt?.getTime() }, now.getTime()),
    lastSeenAt: state?.lastSeenAt?.toISOString() ?? null,
    eventsPerMinute: (state?.accepted5 ?? 0) / 5,
    rejectedLastHour: state?.rejectedHour ?? 0,
  };
}

const mayManage = (request: FastifyRequest): boolean =>
  request.caller.kind !== 'anonymous' && request.caller.permissions.has('source.manage');

/** The health of all sources, read at most once in five seconds however many screens are open. */
const statesRead = new WeakMap<House, { atMs: number; states: Promise<SourceState[]> }>();
function statesOf(house: House): Promise<SourceState[]> {
  const known = statesRead.get(house);
  if (known !== undefined && performance.now() - known.atMs < 5_000) return known.states;
  const states = sourceStates(house.db, house.clock.now());
  states.catch(() => statesRead.delete(house));
  statesRead.set(house, { atMs: performance.now(), states });
  return states;
}

export function sourceRoutes(app: App, house: House): void {
  const manage = (audit: string): { permission: string; audit: string } => ({ permission: 'source.manage', audit });
  const told = async (tx: Tx, name: string, source: Pick<SourceRow, 'id' | 'name' | 'channel'>): Promise<void> => {
    await append(tx, [
      fact({
        name,
        customerId: null,
        sourceId: source.id,
        at: house.clock.now(),
        data: { sourceId: source.id, name: source.name, sourceChannel: source.channel },
      }),
    ]);
    await sourcesChanged(house, tx);
  };

  app.get(
    '/v1/sources',
    {
      config: { permission: 'source.read' },
      schema: { tags, summary: 'All sources with their health', response: { 200: contract.sourceList } },
    },
    async (request) => {
      const [rows, states] = await Promise.all([allSources(house.db), statesOf(house)]);
      const byId = new Map(states.map((state) => [state.sourceId, state]));
      return { items: rows.map((row) => show(row, byId.get(row.id), house.clock.now(), mayManage(request))) };
    },
  );

  app.post(
    '/v1/sources',
    {
      config: manage('source.created'),
      schema: {
        tags,
        summary: 'A new source with a write key of its own',
        body: contract.newSource,
        response: { 200: contract.sourceItem },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const row = await insertSource(tx, makeSource(request.body));
          await told(tx, 'source.created', row);
          return ok(show(row, undefined, house.clock.now(), true));
        }),
      ),
  );

  app.patch(
    '/v1/sources/:id',
    {
      config: manage('source.changed'),
      schema: {
        tags,
        summary: 'Rename a source, hand it over, switch it off, or set what its word proves',
        params: contract.idParams,
        body: contract.sourcePatch,
        response: { 200: contract.sourceItem },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, (tx) => change(tx, request.params.id, request.body, 'source.changed')),
      ),
  );

  app.post(
    '/v1/sources/:id/key',
    {
      config: manage('source.key-rotated'),
      schema: {
        tags,
        summary: 'A new write key; the old one stops working at once',
        params: contract.idParams,
        response: { 200: contract.sourceItem },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, (tx) =>
          change(tx, request.params.id, { writeKey: newWriteKey() }, 'source.key-rotated'),
        ),
      ),
  );

  app.delete(
    '/v1/sources/:id',
    {
      config: manage('source.deleted'),
      schema: {
        tags,
        summary: 'Remove a source; its events stay',
        params: contract.idParams,
        response: { 200: z.object({}) },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx) => {
          const row = await sourceById(tx, request.params.id);
          if (row === undefined || !(await deleteSource(tx, row.id, `spent ${newWriteKey()}`)))
            return refuse('timeline.source-not-found', 404);
          await told(tx, 'source.deleted', row);
          return ok({});
        }),
      ),
  );

  async function change(
    tx: Tx,
    id: string,
    patch: { [K in keyof SourceRow]?: SourceRow[K] | undefined },
    name: string,
  ): Promise<ReturnType<typeof ok<SourceItem>> | ReturnType<typeof refuse>> {
    const row = await sourceById(tx, id);
    if (row === undefined) return refuse('timeline.source-not-found', 404);
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    const changed = await updateSource(tx, { ...row, ...given });
    if (changed === undefined) return refuse('timeline.source-not-found', 404);
    await told(tx, name, changed);
    const states = await statesOf(house);
    return ok(
      show(
        changed,
        states.find((state) => state.sourceId === id),
        house.clock.now(),
        true,
      ),
    );
  }
}
