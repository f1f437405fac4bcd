import type { Logger } from 'pino';
import { sqlState } from './db.ts';
import type { Db } from './db.ts';
import { firstId, frontier, lastId, read } from './log.ts';
import type { LogEvent, Position } from './log.ts';
import type { Notice } from './notice.ts';
import type { Follower } from './slice.ts';

export interface FollowerState {
  readonly name: string;
  readonly leading: boolean;
  readonly fault: string | undefined;
  readonly failures: number;
}

export interface Followers {
  states(): readonly FollowerState[];
  close(): Promise<void>;
}

/** How often a process that does not lead a follower looks whether the leader died. */
const takeOverMs = 2_000;
/** A cursor that moved without effects is stored no oftener than this. */
const idleStoreMs = 5_000;
const defaultBatch = 500;
/** Rows visible above the frontier wait for an older transaction to end, and that end need not notify: look again soon. */
const heldRetryMs = 5;
/** One that stays open for long, such as somebody's forgotten psql, is asked after ever less often. */
const heldMostMs = 200;
/** After failures, however many facts arrive meanwhile. */
const failedMostMs = 5_000;

/**
 * After it has read all there was a follower rests, so that facts which come without a pause are read in batches: with
 * twenty followers, most of which want none of them, each bell would else be forty statements.
 */
const restMs = 10;
const idleRestMs = 50;

interface Run {
  readonly follower: Follower;
  leading: boolean;
  cursor: Position | undefined;
  stored: Position | undefined;
  storedAtMs: number;
  failures: number;
  fault: string | undefined;
  busy: boolean;
  again: boolean;
  timer: NodeJS.Timeout | undefined;
  heldMs: number;
  /** Not before this: what failed is not tried anew with every fact that arrives. */
  retryAtMs: number;
  restUntilMs: number;
}

/** Runs the followers of all slices in this process: leads those whose lock it gets, stands by for the others. */
export function runFollowers(db: Db, notice: Notice, followers: readonly Follower[], logger: Logger): Followers {
  const runs: Run[] = followers.map((follower) => ({
    follower,
    leading: false,
    cursor: undefined,
    stored: undefined,
    storedAtMs: 0,
    failures: 0,
    fault: undefined,
    busy: false,
    again: false,
    timer: undefined,
    heldMs: heldRetryMs,
    retryAtMs: 0,
    restUntilMs: 0,
  }));
  let closed = false;

  const wake = (run: Run, afterMs = 0): void => {
    if (closed || !run.leading) return;
    const waitMs = Math.max(afterMs, Math.max(run.retryAtMs, run.restUntilMs) - performance.now());
    if (waitMs > 0) {
      run.timer ??= setTimeout(() => {
        run.timer = undefined;
        wake(run);
      }, waitMs);
      return;
    }
    if (run.busy) {
      run.again = true;
      return;
    }
    run.busy = true;
    void drain(run).finally(() => {
      run.busy = false;
      if (run.again) {
        run.again = false;
        wake(run);
      }
    });
  };

  const drain = async (run: Run): Promise<void> => {
    try {
      let more = true;
      const found = run.stored;
      while (more && !closed && run.leading) {
        const step = await stepOf(db, run);
        more = step === 'more';
        if (step === 'held') wake(run, run.heldMs);
        if (step === 'done') run.restUntilMs = performance.now() + (found === run.stored ? idleRestMs : restMs);
        run.heldMs = step === 'held' ? Math.min(run.heldMs * 2, heldMostMs) : heldRetryMs;
      }
    } catch (error) {
      run.failures += 1;
      run.fault = error instanceof Error ? error.message : String(error);
      run.cursor = undefined;
      run.retryAtMs = performance.now() + Math.min(100 * 2 ** Math.min(run.failures, 9), failedMostMs);
      logger.error(
        { follower: run.follower.name, failures: run.failures, state: sqlState(error), fault: run.fault },
        'follower failed',
      );
      wake(run);
    }
  };

  const takeLead = async (): Promise<void> => {
    for (const run of runs) {
      if (run.leading || closed) continue;
      try {
        run.leading = await notice.tryLock(`follower ${run.follower.name}`);
      } catch (error) {
        logger.debug({ fault: error instanceof Error ? error.message : String(error) }, 'lead not taken');
      }
      if (run.leading) {
        run.cursor = undefined;
        wake(run);
      }
    }
  };
  const offConnect = notice.onConnect(() => {
    // The locks went with the old connection; the effects' transaction guards against a second leader meanwhile.
    for (const run of runs) {
      run.leading = false;
      run.cursor = undefined;
      run.retryAtMs = 0;
    }
    void takeLead();
  });
  const offLog = notice.on('log', () => {
    for (const run of runs) wake(run);
  });
  const ticker = setInterval(() => {
    if (runs.some((run) => !run.leading)) void takeLead();
    // Whoever committed may have died before it rang.
    for (const run of runs) wake(run);
  }, takeOverMs);

  return {
    states: () =>
      runs.map((run) => ({ name: run.follower.name, leading: run.leading, fault: run.fault, failures: run.failures })),
    async close() {
      closed = true;
      clearInterval(ticker);
      offConnect();
      offLog();
      for (const run of runs) clearTimeout(run.timer);
      while (runs.some((run) => run.busy))
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
    },
  };
}

async function stepOf(db: Db, run: Run): Promise<'more' | 'done' | 'held'> {
  if (run.cursor === undefined) {
    run.stored = await storedCursor(db, run.follower.name);
    run.cursor = run.stored;
  }
  const before = run.cursor;
  const edge = await frontier(db);
  // After a failure one event at a time, so that what is wrong stands alone in the fault.
  const limit = run.failures > 1 ? 1 : (run.follower.batch ?? defaultBatch);
  const events = await read(db, { after: before, below: edge.tx, limit, names: run.follower.names });
  const last = events.at(-1);
  const full = events.length === limit;
  const after: Position =
    full && last !== undefined
      ? { tx: last.tx, id: last.id }
      : { tx: Math.max(edge.tx - 1, before.tx), id: edge.tx - 1 >= before.tx ? lastId : before.id };
  if (events.length > 0) {
    await effect(db, run, events, after);
  } else if (after.tx - before.tx > 0 && Date.now() - run.storedAtMs > idleStoreMs) {
    await effect(db, run, [], after);
  }
  run.cursor = after;
  run.failures = 0;
  run.fault = undefined;
  if (full) return 'more';
  return edge.held ? 'held' : 'done';
}

/** Handles a batch and moves the stored cursor in one transaction; gives way when another leader moved it. */
async function effect(db: Db, run: Run, events: readonly LogEvent[], after: Position): Promise<void> {
  const stored = run.stored;
  if (stored === undefined) throw new Error('a follower must load its cursor first');
  await db.tx(async (tx) => {
    // The cursor last: a follower that only writes elsewhere then takes no transaction id while it works,
    // and holds back no other reader of the log.
    if (events.length > 0) await run.follower.handle(tx, events);
    const moved = await tx.query(
      `update log.follower set tx = $2, id = $3, updated_at = now() where name = $1 and tx = $4 and id = $5 returning name`,
      [run.follower.name, after.tx, after.id, stored.tx, stored.id],
    );
    if (moved.length === 0) throw new Error(`another process moved the cursor of ${run.follower.name}`);
  });
  run.stored = after;
  run.storedAtMs = Date.now();
}

async function storedCursor(db: Db, name: string): Promise<Position> {
  const rows = await db.query<Position>(
    `with made as (insert into log.follower (name) values ($1) on conflict do nothing returning tx, id)
     select tx, id from made union all select tx, id from log.follower where name = $1`,
    [name],
  );
  return rows[0] ?? { tx: 0, id: firstId };
}
