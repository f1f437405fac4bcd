import { resolve } from '@ruslo/identity';
import { roles } from '@ruslo/kernel';
import type { House, Slice } from '@ruslo/platform';
import { closeIntake, intakeOf, judgeFor, settle } from './intake.ts';
import type { Outcome } from './pipeline.ts';
import { limits } from './rules.ts';
import type { RejectCode } from './rules.ts';
import { intakeRoutes } from './routes-intake.ts';
import { readRoutes } from './routes-read.ts';
import { sourceRoutes } from './routes-source.ts';
import { streamRoutes } from './routes-stream.ts';
import { makeSource, sourcesChanged } from './source.ts';
import type { SourceRow } from './store.ts';
import { allSources, eraseEvents, exportEvents, insertSource, sourceById } from './store.ts';
import { hubOf, openHub } from './stream.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export type { SourceKind } from './source-kind.ts';
export { addFigures } from './figures.ts';
export type { SourceFigure } from './figures.ts';
export type { SourceRow as Source } from './store.ts';

export interface Ingested {
  /** Committed, repeated ones among them. */
  readonly accepted: number;
  readonly repeated: number;
  /** Which of the given events were repeated ones. */
  readonly repeatedIndexes: readonly number[];
  readonly rejected: readonly { readonly index: number; readonly code: RejectCode }[];
}

/**
 * Commits events of the tracking API without HTTP: imports and the demo. Times are history, as in `/v1/import`; give
 * every event a `messageId` made from its origin, and the same call again has no second effect. At most 2,500 a call
 * are accepted; two or three calls at once are quickest. Throws when the store is away.
 */
export async function ingest(house: House, sourceId: string, events: readonly unknown[]): Promise<Ingested> {
  const intake = intakeOf(house, resolve);
  await intake.sources.ready();
  // One that was made a moment ago may not have been heard of yet.
  const source = intake.sources.byId(sourceId) ?? (await sourceById(house.db, sourceId));
  if (source === undefined) throw new Error(`there is no source ${sourceId}`);
  const receivedMs = house.clock.now().getTime();
  const envelope = {
    writeKey: undefined,
    items: events,
    kind: undefined,
    context: undefined,
    integrations: undefined,
    sentAt: undefined,
  };
  const judged = judgeFor(source, envelope, { receivedMs, isImport: true });
  const outcome: Outcome =
    judged.accepted.length === 0
      ? { refused: new Set(), repeated: new Set() }
      : await intake.pipeline.commit(judged.accepted);
  const { accepted, repeated, rejected } = settle(intake, source, receivedMs, judged, outcome);
  const repeatedIndexes = judged.accepted.flatMap((event) => (outcome.repeated.has(event) ? [event.index] : []));
  return { accepted, repeated, repeatedIndexes, rejected: rejected.map(({ index, code }) => ({ index, code })) };
}

/** At most so many events are accepted in one call of `ingest`. */
export const ingestLimit = limits.events;

/** Makes a source, for the demo and imports; people do it in the console. */
export async function createSource(house: House, from: Parameters<typeof makeSource>[0]): Promise<SourceRow> {
  return await house.db.tx(async (tx) => {
    const row = await insertSource(tx, makeSource(from));
    await sourcesChanged(house, tx);
    return row;
  });
}

/** The standing source of this kind and name, made when there is none. Two that ask at once get the same one. */
export async function ensureSource(house: House, from: Parameters<typeof makeSource>[0]): Promise<SourceRow> {
  return await house.db.tx(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtext('timeline.ensure-source'))`);
    const there = (await allSources(tx)).find((source) => source.kind === from.kind && source.name === from.name);
    if (there !== undefined) return there;
    const row = await insertSource(tx, makeSource(from));
    await sourcesChanged(house, tx);
    return row;
  });
}

export const timeline: Slice = {
  name: 'timeline',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'source.read': ['marketer', 'agent', 'analyst', 'dpo', 'integrator'],
    'source.manage': ['integrator'],
    'event.read': ['marketer', 'analyst', 'dpo', 'integrator'],
    'stream.read': roles,
  },
  async routes(app, house) {
    const hub = openHub(house);
    const intake = intakeOf(house, resolve);
    app.addHook('preClose', async () => {
      hub.close(); // open streams would keep the server from closing
      await intake.pipeline.drained(); // what was taken in is still answered
    });
    await intakeRoutes(app, house, intake);
    sourceRoutes(app, house);
    readRoutes(app, house);
    streamRoutes(app, house, hub);
  },
  async metrics(house) {
    const { pipeline, ledger } = intakeOf(house, resolve);
    const { accepted, repeated, rejected, busyRequests } = ledger.totals;
    return [
      '# HELP ruslo_intake_events_total Events by what became of them; repeated ones were kept before',
      '# TYPE ruslo_intake_events_total counter',
      `ruslo_intake_events_total{state="accepted"} ${accepted}`,
      `ruslo_intake_events_total{state="repeated"} ${repeated}`,
      `ruslo_intake_events_total{state="rejected"} ${rejected}`,
      '# HELP ruslo_intake_busy_total Requests that were answered with 503',
      '# TYPE ruslo_intake_busy_total counter',
      `ruslo_intake_busy_total ${busyRequests}`,
      '# HELP ruslo_intake_held_bytes Bytes of events that are not committed yet',
      '# TYPE ruslo_intake_held_bytes gauge',
      `ruslo_intake_held_bytes ${pipeline.heldBytes}`,
      '# HELP ruslo_intake_queued_events Events that wait for a transaction',
      '# TYPE ruslo_intake_queued_events gauge',
      `ruslo_intake_queued_events ${pipeline.queuedEvents}`,
      '# HELP ruslo_streams Open streams',
      '# TYPE ruslo_streams gauge',
      `ruslo_streams ${hubOf(house)?.count ?? 0}`,
      '',
    ].join('\n');
  },
  erase: eraseEvents,
  export: async (tx, ids) => ({ events: await exportEvents(tx, ids) }),
  async close(house) {
    hubOf(house)?.close();
    await closeIntake(house);
  },
};
