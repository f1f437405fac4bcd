import type { ServerResponse } from 'node:http';
import { members } from '@ruslo/identity';
import { formatPosition, read } from '@ruslo/platform';
import type { House, LogEvent, Position, Signal } from '@ruslo/platform';
import { showItem } from './routes-read.ts';

/** Open streams of this process, fed from one reading of the log. */

/** A reader that leaves so much unread is dropped: it comes back with Last-Event-ID and catches up from the log. */
const unreadBytes = 1_048_576;
const heartbeatMs = 15_000;
const recheckMs = 60_000;
/** How many events of the log a reader may have missed before it is told to load afresh. */
const mostMissed = 5_000;
export const mostStreams = 1_000;
/** Of one member or key, so that nobody takes them all. A lost connection counts until the network has given it up. */
export const mostOfOne = 100;

export interface Topics {
  readonly customers: readonly string[];
  readonly inspector: boolean;
  readonly suggestions: boolean;
  /** A customer's own stream: only what she may know of herself. */
  readonly own: boolean;
}

/** What a customer hears of herself at her faces. Who looked at her, joined or judged her is none of it. */
const safeFacts = /^(?:cart|list|order|fulfilment|points|tier|card|payment|price|stock|coupon|offer)\.[a-z-]+$/;
const isSafe = (event: LogEvent): boolean => event.kind === 'fact' && safeFacts.test(event.name);

interface Stream {
  readonly out: ServerResponse;
  readonly topics: Topics;
  /** The member or key who reads. */
  readonly callerId: string;
  /** Asked each minute and when we hear that access changed: has the caller still the right to all this? */
  readonly isAllowed: () => Promise<boolean>;
  checkedAtMs: number;
  /** Member id → the customer ids that were asked for: two of them may become one person. */
  byMember: ReadonlyMap<string, readonly string[]>;
  /** Live events that wait until those missed before are sent, or until it is known whose are meant after a merge. */
  waiting: LogEvent[] | undefined;
}

export interface Hub {
  /** Writes to `out` until it closes. The head of the answer has been sent. */
  open(
    out: ServerResponse,
    topics: Topics,
    after: Position | undefined,
    callerId: string,
    isAllowed: () => Promise<boolean>,
  ): Promise<void>;
  readonly count: number;
  countOf(callerId: string): number;
  close(): void;
}

const ownTopic = 'customer:me';
const headFacts = new Set(['customer.merged', 'customer.unmerged']);
const isSuggestion = (event: LogEvent): boolean => event.kind === 'fact' && event.name.startsWith('suggestion.');

const hubs = new WeakMap<House, Hub>();

/** The hub of this process, once its routes are there. */
export const hubOf = (house: House): Hub | undefined => hubs.get(house);

export function openHub(house: House): Hub {
  const streams = new Set<Stream>();
  let offEvents: (() => void) | undefined;
  let offSignals: (() => void) | undefined;
  let ticker: NodeJS.Timeout | undefined;

  const drop = (stream: Stream, why: string): void => {
    if (!streams.delete(stream)) return;
    stream.out.end(`: ${why}\n\n`);
    if (stream.out.writableLength > unreadBytes) stream.out.destroy();
    if (streams.size > 0) return;
    offEvents?.();
    offSignals?.();
    clearInterval(ticker);
    offEvents = offSignals = ticker = undefined;
  };
  const write = (stream: Stream, text: string): void => {
    if (text === '' || !streams.has(stream)) return;
    stream.out.write(text);
    if (stream.out.writableLength > unreadBytes) drop(stream, 'too slow');
  };
  const hear = (events: readonly LogEvent[]): void => {
    const shown = new Map<LogEvent, string>();
    for (const stream of streams) {
      if (stream.waiting !== undefined) stream.waiting.push(...events);
      else void deliver(stream, events, shown);
    }
  };
  /** Tells in the order of the log. Merges and partings change whose events a topic means, so what comes after them waits. */
  const deliver = async (
    stream: Stream,
    events: readonly LogEvent[],
    shown: Map<LogEvent, string> = new Map(),
  ): Promise<void> => {
    let rest = events;
    for (let at = turnIn(stream, rest); at !== -1; at = turnIn(stream, rest)) {
      stream.waiting ??= [];
      const turn = rest[at];
      const frames = turn === undefined ? undefined : await follow(stream, turn);
      if (frames === undefined) return;
      write(stream, tell(stream, rest.slice(0, at + 1), shown) + frames);
      rest = [...rest.slice(at + 1), ...stream.waiting.splice(0)];
    }
    stream.waiting = undefined;
    write(stream, tell(stream, rest, shown));
  };
  /** Asks anew who the touched persons are; undefined when that is not possible and the reader must come back. */
  const follow = async (stream: Stream, event: LogEvent): Promise<string | undefined> => {
    try {
      let text = '';
      for (const customerId of touchedBy(stream, event)) {
        const members = await setMembers(house, stream, customerId);
        // To herself: look again. Whom she was joined with, and why, may be a stranger's matter when it was a mistake.
        const said = stream.topics.own
          ? { topic: ownTopic, at: event.occurredAt }
          : {
              topic: `customer:${customerId}`,
              customerId: event.customerId,
              members,
              at: event.occurredAt,
              why: event.data['why'] ?? null,
            };
        text += frame(event.name === 'customer.merged' ? 'merged' : 'unmerged', formatPosition(event), said);
      }
      return text;
    } catch (error) {
      house.logger.warn(
        { fault: error instanceof Error ? error.message : String(error) },
        'stream cannot follow a merge',
      );
      drop(stream, 'try again');
      return undefined;
    }
  };
  const recheck = (stream: Stream): void => {
    stream.checkedAtMs = performance.now();
    stream.isAllowed().then(
      (allowed) => {
        if (!allowed) drop(stream, 'signed out');
      },
      () => undefined,
    );
  };
  const hearSignal = (signal: Signal): void => {
    if (signal.topic === 'access.changed') {
      const { id } = signal.data as { id?: string };
      for (const stream of streams) if (stream.callerId === id) recheck(stream);
    }
    if (signal.topic !== 'timeline.rejected') return;
    const { items } = signal.data as { items?: readonly Record<string, unknown>[] };
    const text = (items ?? [])
      .map((item) => frame('rejected', undefined, { topic: 'inspector', state: 'rejected', ...item }))
      .join('');
    for (const stream of streams) if (stream.topics.inspector) write(stream, text);
  };
  const tick = (): void => {
    for (const stream of streams) {
      write(stream, ': still here\n\n');
      if (performance.now() - stream.checkedAtMs < recheckMs) continue;
      recheck(stream);
    }
  };
  const begin = (): void => {
    if (offEvents !== undefined) return;
    offEvents = house.live.events(hear);
    offSignals = house.live.signals(hearSignal);
    ticker = setInterval(tick, heartbeatMs);
    ticker.unref();
  };

  const hub: Hub = {
    get count() {
      return streams.size;
    },
    countOf(callerId) {
      let count = 0;
      for (const stream of streams) if (stream.callerId === callerId) count += 1;
      return count;
    },
    async open(out, topics, after, callerId, isAllowed) {
      const stream: Stream = {
        out,
        topics,
        callerId,
        isAllowed,
        checkedAtMs: performance.now(),
        byMember: new Map(),
        waiting: [],
      };
      // Gone while the right was looked up: its `close` has been, and would not come again.
      if (out.destroyed || out.closed) return;
      streams.add(stream);
      out.on('close', () => drop(stream, 'closed'));
      out.on('error', () => drop(stream, 'closed'));
      begin();
      try {
        const from = await livePosition(house, () => streams.has(stream));
        if (from === undefined) return;
        // After the place is known: a merge before it is then seen here, and one after it is told.
        for (const customerId of topics.customers) await setMembers(house, stream, customerId);
        const missed = after === undefined ? [] : await missedEvents(house, after, from);
        write(
          stream,
          missed === 'too-many' ? frame('reset', formatPosition(from), {}) : tell(stream, missed, new Map()),
        );
        write(
          stream,
          frame('ready', formatPosition(from), {
            customers: topics.own ? {} : Object.fromEntries(topics.customers.map((id) => [id, membersOf(stream, id)])),
          }),
        );
        const waiting = stream.waiting?.filter((event) => isAfter(event, from)) ?? [];
        stream.waiting = [];
        void deliver(stream, waiting);
      } catch (error) {
        house.logger.warn({ fault: error instanceof Error ? error.message : String(error) }, 'stream cannot begin');
        drop(stream, 'try again');
      }
    },
    close() {
      for (const stream of streams) drop(stream, 'the server stops');
    },
  };
  hubs.set(house, hub);
  return hub;
}

const membersOf = (stream: Stream, customerId: string): string[] =>
  [...stream.byMember].filter(([, asked]) => asked.includes(customerId)).map(([id]) => id);

async function setMembers(house: House, stream: Stream, customerId: string): Promise<string[]> {
  const ids = await members(house.db, customerId);
  // Ids that left keep being heard of until their own set is asked for: they are replaced, all at once.
  const next = new Map<string, readonly string[]>();
  for (const [id, asked] of stream.byMember) {
    const others = asked.filter((other) => other !== customerId);
    if (others.length > 0) next.set(id, others);
  }
  for (const id of ids) next.set(id, [...(next.get(id) ?? []), customerId]);
  stream.byMember = next;
  return ids;
}

/** The customers asked for whose person a merge or parting changed. */
const touchedBy = (stream: Stream, event: LogEvent): string[] =>
  event.kind === 'fact' && headFacts.has(event.name)
    ? [...new Set(idsOf(event).flatMap((id) => stream.byMember.get(id) ?? []))]
    : [];

const turnIn = (stream: Stream, events: readonly LogEvent[]): number =>
  stream.byMember.size === 0 ? -1 : events.findIndex((event) => touchedBy(stream, event).length > 0);

/** Where the live tail stands: all after it will be told. It takes a moment when this is the first stream. */
async function livePosition(house: House, goesOn: () => boolean): Promise<Position | undefined> {
  while (house.live.position === undefined) {
    if (!goesOn()) return undefined;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  return house.live.position;
}

async function missedEvents(house: House, after: Position, upTo: Position): Promise<LogEvent[] | 'too-many'> {
  const events = await read(house.db, { after, below: upTo.tx + 1, limit: mostMissed + 1 });
  return events.length > mostMissed ? 'too-many' : events.filter((event) => !isAfter(event, upTo));
}

const isAfter = (event: LogEvent, position: Position): boolean =>
  event.tx > position.tx || (event.tx === position.tx && event.id > position.id);

function idsOf(event: LogEvent): string[] {
  const { a, b } = event.data;
  return [event.customerId, a, b].filter((id): id is string => typeof id === 'string');
}

const frame = (event: string, id: string | undefined, data: Readonly<Record<string, unknown>>): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** What the events are to this stream; each event is made into text once for all streams. */
function tell(stream: Stream, events: readonly LogEvent[], shown: Map<LogEvent, string>): string {
  let text = '';
  for (const event of events) {
    const asked = event.customerId === null ? undefined : stream.byMember.get(event.customerId);
    const suggestion = stream.topics.suggestions && isSuggestion(event);
    if (asked === undefined && !stream.topics.inspector && !suggestion) continue;
    let item = shown.get(event);
    if (item === undefined) {
      item = JSON.stringify(showItem(event));
      shown.set(event, item);
    }
    const id = formatPosition(event);
    if (stream.topics.own) {
      if (isSafe(event)) text += `event: timeline\nid: ${id}\ndata: {"topic":"${ownTopic}",${item.slice(1)}\n\n`;
      continue;
    }
    for (const customerId of asked ?? [])
      text += `event: timeline\nid: ${id}\ndata: {"topic":"customer:${customerId}",${item.slice(1)}\n\n`;
    if (stream.topics.inspector)
      text += `event: accepted\nid: ${id}\ndata: {"topic":"inspector","state":"accepted","at":"${event.receivedAt.toISOString()}",${item.slice(1)}\n\n`;
    if (suggestion) text += `event: suggestion\nid: ${id}\ndata: {"topic":"suggestions",${item.slice(1)}\n\n`;
  }
  return text;
}
