import { hash } from 'node:crypto';
import type { Sighting } from '@ruslo/identity';
import { append, claimMessages, isOutage, sqlState } from '@ruslo/platform';
import type { Db, House, Tx } from '@ruslo/platform';
import type { Accepted } from './rules.ts';

/**
 * From judged events to committed rows. Requests that come while a transaction runs are gathered into the next one,
 * so that a thousand single events cost as few commits as ten batches.
 */

export type Resolve = (tx: Tx, sightings: readonly Sighting[], now: Date) => Promise<(string | null)[]>;

export interface Outcome {
  /** Events that the store cannot keep, whatever is tried. */
  readonly refused: ReadonlySet<Accepted>;
  /** Events whose messageId was seen before. */
  readonly repeated: ReadonlySet<Accepted>;
}

interface Ticket {
  readonly events: readonly Accepted[];
  readonly bytes: number;
  readonly deadlineMs: number;
  readonly settle: (outcome: Outcome | undefined) => void;
  isSettled: boolean;
}

export interface Pipeline {
  /** False when no more bytes may be held: answer 503 at once. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
  /**
   * Commits the events, together with those of others. `settle` gets the outcome, or undefined when they are not
   * known to be committed: the store is away or too slow. `bytes` were reserved by the caller and stay so until then.
   */
  offer(events: readonly Accepted[], bytes: number, settle: (outcome: Outcome | undefined) => void): void;
  /** Commits in this very call, without the queue, for imports. Throws when the store is away. */
  commit(events: readonly Accepted[]): Promise<Outcome>;
  readonly heldBytes: number;
  readonly maxBytes: number;
  readonly queuedEvents: number;
  /** Waits until nothing is under way. */
  drained(): Promise<void>;
}

export interface PipelineOptions {
  readonly db: Db;
  readonly resolve: Resolve;
  readonly clock: House['clock'];
  readonly logger: House['logger'];
  readonly maxBytes: number;
  /** Events of one transaction. */
  readonly maxEvents?: number;
  /** Transactions at once. */
  readonly flushes?: number;
  /** A second transaction at once begins only for so many events: small ones are better gathered. */
  readonly minEvents?: number;
  /** After a transaction a few wait so long for others: clients who were just answered send again. */
  readonly gatherMs?: number;
  /** A request is answered after so long, come what may. */
  readonly waitMs?: number;
}

const nothing: ReadonlySet<Accepted> = new Set();
const retryable = new Set(['40001', '40P01', '23505', '55P03']);
const tries = 8;
/** Fewer are worth waiting a moment for others: each transaction costs about 1 ms of processor beside its rows. */
const fewEvents = 64;

export function openPipeline(options: PipelineOptions): Pipeline {
  const { maxEvents = 2_000, flushes = 2, minEvents = 400, gatherMs = 1, waitMs = 10_000 } = options;
  const queue: Ticket[] = [];
  const flying = new Set<Ticket>();
  let queuedEvents = 0;
  let heldBytes = 0;
  let running = 0;
  let sweeper: NodeJS.Timeout | undefined;
  let gathering: NodeJS.Timeout | undefined;
  const idle: (() => void)[] = [];

  const finish = (ticket: Ticket, outcome: Outcome | undefined): void => {
    if (ticket.isSettled) return;
    ticket.isSettled = true;
    ticket.settle(outcome);
  };
  const drop = (ticket: Ticket): void => {
    heldBytes -= ticket.bytes;
  };

  const take = (): Ticket[] => {
    const taken: Ticket[] = [];
    let events = 0;
    for (const ticket of queue) {
      if (taken.length > 0 && events + ticket.events.length > maxEvents) break;
      taken.push(ticket);
      events += ticket.events.length;
    }
    queue.splice(0, taken.length);
    queuedEvents -= events;
    return taken;
  };

  const flush = async (tickets: readonly Ticket[]): Promise<void> => {
    for (const ticket of tickets) flying.add(ticket);
    let outcome: Outcome | undefined;
    try {
      const [only] = tickets;
      outcome = await commitAll(
        options,
        tickets.length === 1 && only !== undefined ? only.events : tickets.flatMap((ticket) => ticket.events),
      );
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      options.logger[isOutage(error) ? 'warn' : 'error'](
        { fault, state: sqlState(error), requests: tickets.length },
        'intake could not commit',
      );
    }
    for (const ticket of tickets) {
      flying.delete(ticket);
      drop(ticket);
      finish(ticket, outcome);
    }
  };

  const rest = (): void => {
    clearTimeout(gathering);
    gathering = setTimeout(() => {
      gathering = undefined;
      pump();
    }, gatherMs);
  };
  const pump = (): void => {
    if (gathering !== undefined && queuedEvents < fewEvents) return;
    while (queue.length > 0 && running < flushes && (running === 0 || queuedEvents >= minEvents)) {
      running += 1;
      void flush(take()).finally(() => {
        running -= 1;
        if (running === 0 && gatherMs > 0) rest();
        pump();
        if (running === 0 && queue.length === 0) {
          clearInterval(sweeper);
          sweeper = undefined;
          for (const wake of idle.splice(0)) wake();
        }
      });
    }
  };

  const sweep = (): void => {
    const nowMs = performance.now();
    while (queue[0] !== undefined && queue[0].deadlineMs <= nowMs) {
      const ticket = queue.shift();
      if (ticket === undefined) break;
      queuedEvents -= ticket.events.length;
      drop(ticket);
      finish(ticket, undefined);
    }
    for (const ticket of flying) if (ticket.deadlineMs <= nowMs) finish(ticket, undefined);
  };

  return {
    reserve(bytes) {
      if (heldBytes + bytes > options.maxBytes) return false;
      heldBytes += bytes;
      return true;
    },
    release(bytes) {
      heldBytes -= bytes;
    },
    offer(events, bytes, settle) {
      queue.push({ events, bytes, settle, deadlineMs: performance.now() + waitMs, isSettled: false });
      queuedEvents += events.length;
      sweeper ??= setInterval(sweep, 200);
      // After this turn of the loop, so that requests that were read together are written together.
      if (running === 0) setImmediate(pump);
      else pump();
    },
    commit: (events) => commitAll(options, events),
    maxBytes: options.maxBytes,
    get heldBytes() {
      return heldBytes;
    },
    get queuedEvents() {
      return queuedEvents;
    },
    drained() {
      if (running === 0 && queue.length === 0) return Promise.resolve();
      return new Promise((resolve) => {
        idle.push(resolve);
      });
    },
  };
}

/**
 * Commits the events in one transaction. When the store refuses something in them, in ever smaller ones, until the
 * event that it refuses stands alone and its neighbours are kept.
 */
async function commitAll(options: PipelineOptions, events: readonly Accepted[]): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const repeated = await options.db.tx((tx) => commitOnce(options, tx, events));
      return { refused: nothing, repeated };
    } catch (error) {
      const state = sqlState(error) ?? '';
      if (retryable.has(state) && attempt < tries) {
        await new Promise((resolve) => {
          setTimeout(resolve, Math.random() * 8 * attempt);
        });
        continue;
      }
      if (!isDataFault(error, state)) throw error;
      if (events.length > 1) return await commitHalves(options, events);
      options.logger.error(
        { fault: error instanceof Error ? error.message : String(error), state, messageId: events[0]?.row.messageId },
        'event cannot be stored',
      );
      return { refused: new Set(events), repeated: nothing };
    }
  }
}

/** Something about the very values, or a slip of ours over them; not the state of the store or of its tables. */
function isDataFault(error: unknown, state: string): boolean {
  if (isOutage(error)) return false;
  return (
    /^(?:22|23514|21000|54)/.test(state) ||
    (state === '' && (error instanceof TypeError || error instanceof RangeError))
  );
}

async function commitHalves(options: PipelineOptions, events: readonly Accepted[]): Promise<Outcome> {
  const middle = Math.ceil(events.length / 2);
  const first = await commitAll(options, events.slice(0, middle));
  const second = await commitAll(options, events.slice(middle));
  return {
    refused: new Set([...first.refused, ...second.refused]),
    repeated: new Set([...first.repeated, ...second.repeated]),
  };
}

async function commitOnce(
  options: PipelineOptions,
  tx: Tx,
  events: readonly Accepted[],
): Promise<ReadonlySet<Accepted>> {
  const repeated = await claim(tx, events);
  const fresh = repeated.size === 0 ? events : events.filter((event) => !repeated.has(event));
  if (fresh.length === 0) return repeated;
  const owners = await options.resolve(tx, fresh.map(sightingOf), options.clock.now());
  fresh.forEach((event, index) => {
    event.row.customerId = owners[index] ?? null;
  });
  await append(
    tx,
    fresh.map((event) => event.row),
  );
  return repeated;
}

/** Takes the message ids, in the order of their keys: two transactions with the same ones then wait, but never for each other. */
async function claim(tx: Tx, events: readonly Accepted[]): Promise<ReadonlySet<Accepted>> {
  const claims: { key: string; eventId: string }[] = [];
  for (const { ownMessageId, row } of events) {
    if (ownMessageId !== undefined)
      claims.push({ key: hash('sha256', ownMessageId, 'hex').slice(0, 32), eventId: row.id });
  }
  if (claims.length === 0) return nothing;
  claims.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const taken = await claimMessages(tx, claims);
  if (taken.size === claims.length) return nothing;
  return new Set(events.filter((event) => event.ownMessageId !== undefined && !taken.has(event.row.id)));
}

function sightingOf(event: Accepted): Sighting {
  const { row } = event;
  return {
    at: row.receivedAt,
    occurredAt: row.occurredAt,
    sourceId: row.sourceId,
    channel: row.channel,
    identifiers: event.identifiers,
    traits: event.traits,
    ...(event.alias === undefined ? {} : { alias: event.alias }),
  };
}
