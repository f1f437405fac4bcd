import type { Logger } from 'pino';
import type { Db, Query } from './db.ts';
import { frontier, lastId, read } from './log.ts';
import type { LogEvent, Position } from './log.ts';
import type { Notice } from './notice.ts';

/** Something that passes: told to whoever listens now, kept nowhere. */
export interface Signal {
  readonly topic: string;
  readonly data: unknown;
}

/** What happens now, in this process and in others: the source of the open streams. */
export interface Live {
  /** Calls `listener` with each batch of the log from now on, in order. Events before are read with `read`. */
  events(listener: (events: readonly LogEvent[]) => void): () => void;
  signals(listener: (signal: Signal) => void): () => void;
  /** Sends a signal to every process when the transaction commits. At most 7,900 bytes of JSON; ids, not persons. */
  signal(query: Query, topic: string, data: unknown): Promise<void>;
  /** The log position up to which `events` has told. */
  readonly position: Position | undefined;
  close(): void;
}

/** `Live.signal` for doors that have only a transaction. */
export async function signal(query: Query, topic: string, data: unknown): Promise<void> {
  await query.query('select pg_notify($1, $2)', ['signal', JSON.stringify({ topic, data })], 'live.signal');
}

const batch = 1_000;
const heldRetryMs = 5;
const lookMs = 2_000;

/** One reader of the log for all open streams of this process. Reads nothing while nobody listens. */
export function openLive(db: Db, notice: Notice, logger: Logger): Live {
  const listeners = new Set<(events: readonly LogEvent[]) => void>();
  const signalListeners = new Set<(signal: Signal) => void>();
  let cursor: Position | undefined;
  let busy = false;
  let again = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const wake = (afterMs = 0): void => {
    if (closed || listeners.size === 0) return;
    if (afterMs > 0) {
      timer ??= setTimeout(() => {
        timer = undefined;
        wake();
      }, afterMs);
      return;
    }
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    void drain()
      .catch((error: unknown) => {
        logger.warn({ fault: error instanceof Error ? error.message : String(error) }, 'live tail failed');
        wake(500);
      })
      .finally(() => {
        busy = false;
        if (again) {
          again = false;
          wake();
        }
      });
  };
  const drain = async (): Promise<void> => {
    for (;;) {
      const edge = await frontier(db);
      const from = (cursor ??= { tx: edge.tx - 1, id: lastId });
      const events = await read(db, { after: from, below: edge.tx, limit: batch });
      // The last listener left meanwhile; whoever came after begins at the edge of then.
      if (cursor !== from) return;
      const last = events.at(-1);
      if (events.length === batch && last !== undefined) cursor = { tx: last.tx, id: last.id };
      else if (edge.tx - 1 >= from.tx) cursor = { tx: edge.tx - 1, id: lastId };
      if (events.length > 0) for (const listener of listeners) listener(events);
      if (closed || events.length < batch) {
        if (edge.held) wake(heldRetryMs);
        return;
      }
    }
  };
  const off = [
    notice.on('log', () => wake()),
    notice.onConnect(() => wake()),
    notice.on('signal', (payload) => {
      const told = JSON.parse(payload) as Signal;
      for (const listener of signalListeners) listener(told);
    }),
  ];
  // Whoever committed may have died before it rang.
  const ticker = setInterval(() => wake(), lookMs);
  ticker.unref();
  return {
    events(listener) {
      listeners.add(listener);
      if (listeners.size === 1) wake();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) cursor = undefined;
      };
    },
    signals(listener) {
      signalListeners.add(listener);
      return () => {
        signalListeners.delete(listener);
      };
    },
    signal,
    get position() {
      return cursor;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(ticker);
      for (const end of off) end();
    },
  };
}
