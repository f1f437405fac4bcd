import { newId } from '@ruslo/platform';
import type { House } from '@ruslo/platform';
import { isObject } from './clean.ts';
import type { Rejected } from './rules.ts';
import type { Count, NewRejected } from './store.ts';
import { addCounts, insertRejected, prune } from './store.ts';

/**
 * Counts by source and minute, and the events that were refused: gathered in memory and written once a second, not
 * with each event. What a crash takes with it is a second of figures, never an event that was acknowledged.
 */
export interface Ledger {
  count(
    sourceId: string,
    atMs: number,
    counted: { accepted?: number; repeated?: number; rejected?: number; late?: number },
  ): void;
  reject(sourceId: string | null, atMs: number, rejected: readonly Rejected[]): void;
  /** Since this process began. */
  readonly totals: Readonly<Totals>;
  /** A request was answered with 503. */
  busy(): void;
  /** Writes what is gathered. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface Totals {
  accepted: number;
  repeated: number;
  rejected: number;
  busyRequests: number;
}

const writeMs = 1_000;
const pruneMs = 10 * 60_000;
/** Refusals kept from one request and from one second; more are only counted. */
const keptOfRequest = 50;
const keptOfSecond = 300;
const keptBytes = 4 * 1_048_576;
export const rawLength = 32 * 1024;
/** Who has no key may send without end: enough to see who it is, too little to fill the disk (100,000 are kept). */
const rawOfStranger = 2_048;
/** A signal holds 7,900 bytes, and one that is longer fails with its transaction; the rest of a burst is seen by asking. */
const told = 25;
const toldBytes = 7_500;

export function openLedger(house: House): Ledger {
  const totals: Totals = { accepted: 0, repeated: 0, rejected: 0, busyRequests: 0 };
  let counts = new Map<string, Count>();
  let refusals: NewRejected[] = [];
  let refusalBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let prunedAtMs = performance.now();

  const arm = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, writeMs);
  };
  const write = async (): Promise<void> => {
    const countedNow = counts;
    const refusedNow = refusals;
    counts = new Map();
    refusals = [];
    refusalBytes = 0;
    try {
      await house.db.retry(async (tx) => {
        if (countedNow.size > 0) await addCounts(tx, [...countedNow.values()]);
        if (refusedNow.length > 0) {
          await insertRejected(tx, refusedNow);
          const items = newest(refusedNow);
          await house.live.signal(tx, 'timeline.rejected', { items });
        }
      });
      if (performance.now() - prunedAtMs > pruneMs) {
        prunedAtMs = performance.now();
        await prune(house.db, house.clock.now());
      }
    } catch (error) {
      house.logger.warn(
        { fault: error instanceof Error ? error.message : String(error) },
        'intake figures of a second not written',
      );
    }
  };
  const flush = async (): Promise<void> => {
    if (writing !== undefined) await writing;
    if (counts.size === 0 && refusals.length === 0) return;
    writing = write().finally(() => {
      writing = undefined;
    });
    await writing;
  };

  return {
    count(sourceId, atMs, { accepted = 0, repeated = 0, rejected = 0, late = 0 }) {
      totals.accepted += accepted;
      totals.repeated += repeated;
      const minuteMs = atMs - (atMs % 60_000);
      const key = `${sourceId} ${minuteMs}`;
      const count = counts.get(key);
      if (count === undefined) {
        counts.set(key, {
          sourceId,
          minute: new Date(minuteMs).toISOString(),
          lastSeenAt: new Date(atMs).toISOString(),
          accepted,
          repeated,
          rejected,
          late,
        });
      } else {
        count.accepted += accepted;
        count.repeated += repeated;
        count.rejected += rejected;
        count.late += late;
      }
      arm();
    },
    reject(sourceId, atMs, rejected) {
      totals.rejected += rejected.length;
      const at = new Date(atMs).toISOString();
      for (const one of rejected.slice(0, keptOfRequest)) {
        if (refusals.length >= keptOfSecond || refusalBytes > keptBytes) break;
        const raw = rawOf(one.item, sourceId === null ? rawOfStranger : rawLength);
        refusalBytes += raw.length * 2;
        refusals.push({
          id: newId(),
          at,
          sourceId,
          kind: one.kind,
          name: one.name,
          messageId: one.messageId,
          code: one.code,
          raw,
        });
      }
      arm();
    },
    totals,
    busy() {
      totals.busyRequests += 1;
    },
    flush,
    async close() {
      clearTimeout(timer);
      await flush();
    },
  };
}

/** The last refusals as they are told, as many as one signal holds: a name of 60 letters may take 240 bytes. */
function newest(refused: readonly NewRejected[]): object[] {
  const items: object[] = [];
  let bytes = 0;
  for (const { id, at, sourceId, kind, name, code } of refused.slice(-told).toReversed()) {
    const item = { id, at, sourceId, kind, name: name?.slice(0, 60) ?? null, code };
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > toldBytes) break;
    items.unshift(item);
  }
  return items;
}

/** An item as it came, readable, without keys, at most so many characters. */
export function rawOf(item: unknown, most = rawLength): string {
  let value = item;
  if (isObject(item)) {
    const { writeKey: _key, write_key: _key2, api_key: _key3, ...rest } = item;
    value = rest;
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  return (text ?? '(too deep to show)').slice(0, most).replaceAll('\u0000', '\ufffd').toWellFormed();
}
