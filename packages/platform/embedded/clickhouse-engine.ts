import { Session } from 'chdb';
import {
  ClickhouseFault,
  killStatement,
  placeholder,
  resetStatement,
  setStatement,
  useStatement,
} from './clickhouse-http.ts';
import type { ClickhouseRequest } from './clickhouse-http.ts';

export interface EngineOptions {
  readonly folder: string;
  /** The whole engine stays below; a single query below half of it. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** Queries that run at once; the others wait. */
  readonly sessions: number;
}

export interface Answer {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly elapsedMs: number;
}

interface Lane {
  readonly session: Session;
  database: string | undefined;
  /** Parameters stay with a session for ever; a later query must not see those of an earlier one. */
  readonly parameters: Set<string>;
}

const waitingLimit = 200;

/** chDB sessions over one folder: each runs one query at a time with its own settings, parameters and database. */
export class Engine {
  readonly #free: Lane[] = [];
  readonly #waiting: ((lane: Lane) => void)[] = [];
  readonly #control: Session;
  readonly #all: Session[] = [];
  readonly version: string;

  constructor(options: EngineOptions) {
    const connectionArgs = engineArguments(options);
    for (let count = 0; count <= options.sessions; count += 1) {
      this.#all.push(new Session(options.folder, { connectionArgs }));
    }
    const [control, ...lanes] = this.#all;
    if (control === undefined) throw new Error('no session');
    this.#control = control;
    for (const session of lanes) this.#free.push({ session, database: undefined, parameters: new Set() });
    this.version = control.query('SELECT version()', 'TabSeparated').trim();
  }

  /** @param tag names the run for `cancel`. */
  async run(request: ClickhouseRequest, tag: string): Promise<Answer> {
    const lane = await this.#lease();
    const changed = ['log_comment'];
    try {
      const { session } = lane;
      for (const name of lane.parameters) {
        if (!request.parameters.has(name) && placeholder(request.query, name)) {
          throw new ClickhouseFault(456, `Substitution \`${name}\` is not set`, 'UNKNOWN_QUERY_PARAMETER');
        }
      }
      const database = request.database ?? 'default';
      if (lane.database !== database) {
        lane.database = undefined;
        await session.queryAsync(useStatement(database));
        lane.database = database;
      }
      await session.queryAsync(setStatement('log_comment', tag));
      for (const [name, value] of request.settings) {
        await session.queryAsync(setStatement(name, value));
        changed.push(name);
      }
      for (const [name, value] of request.parameters) {
        await session.queryAsync(setStatement(`param_${name}`, value));
        lane.parameters.add(name);
      }
      if (/\buse\b/i.test(request.query)) lane.database = undefined;
      const result = await session.queryAsync(request.query, { format: request.format });
      return { bytes: result.bytes(), rowsRead: result.rowsRead, elapsedMs: result.elapsed * 1_000 };
    } finally {
      for (const name of changed) await lane.session.queryAsync(resetStatement(name)).catch(() => undefined);
      this.#release(lane);
    }
  }

  /** Ends a running query whose asker is gone. */
  async cancel(tag: string): Promise<void> {
    await this.#control.queryAsync(killStatement(tag));
  }

  /** True while parts are being merged: not the moment to stop. */
  async merging(): Promise<boolean> {
    const result = await this.#control.queryAsync('SELECT count() FROM system.merges', { format: 'TabSeparated' });
    return result.text().trim() !== '0';
  }

  close(): void {
    for (const session of this.#all) session.close();
  }

  #lease(): Promise<Lane> {
    const lane = this.#free.pop();
    if (lane !== undefined) return Promise.resolve(lane);
    if (this.#waiting.length >= waitingLimit) {
      return Promise.reject(new ClickhouseFault(202, 'Too many simultaneous queries', 'TOO_MANY_SIMULTANEOUS_QUERIES'));
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #release(lane: Lane): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(lane);
    else next(lane);
  }
}

function engineArguments(options: EngineOptions): string[] {
  const values: Record<string, number> = {
    max_server_memory_usage: options.memoryBytes,
    max_memory_usage: Math.floor(options.memoryBytes / 2),
    // An answer is held whole before it is sent.
    max_result_bytes: 128 * 1_048_576,
    max_threads: options.threads,
    max_execution_time: 60,
    // The rest keeps an idle engine small and quiet; a server's defaults are for a machine of its own.
    mark_cache_size: 64 * 1_048_576,
    uncompressed_cache_size: 0,
    index_mark_cache_size: 16 * 1_048_576,
    background_pool_size: 2,
    background_schedule_pool_size: 1,
    background_common_pool_size: 1,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
  };
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
