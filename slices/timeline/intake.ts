import { newId, openDb, sendProblem } from '@ruslo/platform';
import type { House } from '@ruslo/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Ledger } from './ledger.ts';
import { openLedger } from './ledger.ts';
import type { Outcome, Pipeline, Resolve } from './pipeline.ts';
import { openPipeline } from './pipeline.ts';
import { judge, limits, rejection } from './rules.ts';
import type { Accepted, Arrival, Envelope, Rejected } from './rules.ts';
import type { Sources } from './source.ts';
import { openSources } from './source.ts';
import type { SourceRow } from './store.ts';

/** The intake of one process: sources, pipeline and figures. */
export interface Intake {
  readonly sources: Sources;
  readonly pipeline: Pipeline;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/** Older than this when it arrives counts as late in the figures. */
const lateMs = 24 * 3_600_000;

const intakes = new WeakMap<House, Intake>();

/** The intake has connections of its own, so that a flood of events never keeps people from being answered. */
export function intakeOf(house: House, resolve: Resolve): Intake {
  const open = intakes.get(house);
  if (open !== undefined) return open;
  const { logger } = house;
  const db = openDb({
    url: house.db.url,
    max: 3,
    applicationName: 'ruslo intake',
    statementTimeoutMs: 8_000,
    answerTimeoutMs: 9_000,
    onError: (error) => logger.warn({ fault: error.message }, 'idle intake connection lost'),
  });
  const sources = openSources(house);
  const ledger = openLedger(house);
  const pipeline = openPipeline({ db, resolve, clock: house.clock, logger, maxBytes: house.config.intakeQueueBytes });
  const intake: Intake = {
    sources,
    pipeline,
    ledger,
    async close() {
      intakes.delete(house);
      sources.close();
      await pipeline.drained();
      await ledger.close();
      await db.close();
    },
  };
  intakes.set(house, intake);
  return intake;
}

export const closeIntake = async (house: House): Promise<void> => {
  await intakes.get(house)?.close();
};

/** The reply as text: a serializer would cost more than all else that is done for a single event. */
export function answerText(
  accepted: number,
  rejected: readonly { index: number; messageId: string | null; code: string }[],
): string {
  if (rejected.length === 0) return `{"success":true,"accepted":${accepted},"rejected":[]}`;
  const listed = rejected.slice(0, limits.listed).map(({ index, messageId, code }) => ({ index, messageId, code }));
  const total = rejected.length > listed.length ? `,"rejectedTotal":${rejected.length}` : '';
  return `{"success":true,"accepted":${accepted},"rejected":${JSON.stringify(listed)}${total}}`;
}

export interface Delivered {
  readonly accepted: number;
  readonly repeated: number;
  readonly rejected: readonly Rejected[];
}

/** Judges the events of an envelope whose source is known. */
export function judgeFor(
  source: SourceRow,
  envelope: Envelope,
  at: Pick<Arrival, 'receivedMs' | 'ip' | 'userAgent' | 'directIp' | 'isImport'>,
): { accepted: Accepted[]; rejected: Rejected[] } {
  return judge(envelope, { sourceId: source.id, channel: source.channel, trust: source, newId, ...at });
}

/** Puts what was decided and done into the figures, and gives the answer's numbers. */
export function settle(
  intake: Intake,
  source: SourceRow,
  receivedMs: number,
  judged: { readonly accepted: readonly Accepted[]; readonly rejected: readonly Rejected[] },
  outcome: Outcome,
): Delivered {
  const { accepted } = judged;
  let { rejected } = judged;
  if (outcome.refused.size > 0) {
    const unkept = accepted.filter((event) => outcome.refused.has(event));
    rejected = [
      ...rejected,
      ...unkept.map((event) => rejection(event.index, sentOf(event), 'timeline.not-storable')),
    ].toSorted((a, b) => a.index - b.index);
  }
  const repeated =
    outcome.repeated.size === 0 ? 0 : accepted.reduce((sum, event) => sum + (outcome.repeated.has(event) ? 1 : 0), 0);
  const kept = accepted.length - outcome.refused.size;
  const lateBefore = new Date(receivedMs - lateMs).toISOString();
  const late =
    source.kind === 'import'
      ? 0
      : accepted.reduce((sum, event) => sum + (event.row.occurredAt < lateBefore ? 1 : 0), 0);
  intake.ledger.count(source.id, receivedMs, { accepted: kept - repeated, repeated, rejected: rejected.length, late });
  if (rejected.length > 0) intake.ledger.reject(source.id, receivedMs, rejected);
  return { accepted: kept, repeated, rejected };
}

/** What came, as far as it is still at hand: the parsed bodies are let go while their events wait to be committed. */
const sentOf = ({ row }: Accepted): unknown => ({
  type: row.kind,
  name: row.name,
  messageId: row.messageId,
  data: row.data,
});

/** How the intake answers: open to every origin, also when it refuses, or a browser would not show its client why. */
export function answerTrack(reply: FastifyReply, text: string): void {
  reply.header('access-control-allow-origin', '*').header('content-type', 'application/json; charset=utf-8').send(text);
}

export function refuseTrack(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  code: string,
  status: number,
): void {
  reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'retry-after');
  if (status === 503) {
    reply.header('retry-after', '1');
    intakes.get(house)?.ledger.busy();
  }
  request.locale = 'en'; // programs read it
  sendProblem(house, request, reply, { code, status, params: { limit: limits.bodyBytes / 1024 } });
}
