import type { Result } from '@ruslo/kernel';
import pg from 'pg';

/** Anything SQL can be sent through: the pool, or one transaction. */
export interface Query {
  /**
   * Runs one statement and returns its rows.
   * @param name when given, the statement is prepared once per connection under this name (hot paths).
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
}

/** One transaction on one connection. Doors of slices take it, so that a command is one transaction. */
export interface Tx extends Query {
  readonly client: pg.PoolClient;
  readonly db: Db;
  /** What waits for the end: the log gathers its rows here and writes them together. */
  readonly last: Last;
  /**
   * Does a part that may be refused: then nothing of it stays, and the transaction goes on. What it throws ends the
   * transaction as ever.
   */
  attempt<T>(work: () => Promise<Result<T>>): Promise<Result<T>>;
}

export interface Last {
  readonly rows: object[];
  /** Writes the rows, just before the commit. */
  write: (() => Promise<void>) | undefined;
  /** Called when the transaction has committed. */
  told: (() => void) | undefined;
}

export interface Db extends Query {
  readonly pool: pg.Pool;
  readonly url: string;
  /** Runs `work` in a transaction (READ COMMITTED); commits when it returns, rolls back when it throws. */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Like `tx`, and runs `work` again (up to `tries` times) after a serialization failure, deadlock or unique clash. */
  retry<T>(work: (tx: Tx) => Promise<T>, tries?: number): Promise<T>;
  close(): Promise<void>;
}

// bigint as string would leak into JSON; counts and positions here stay below 2^53, money columns are read as text where they may not.
pg.types.setTypeParser(20, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a number`);
  return value;
});
// Dates without a time are calendar days, not moments.
pg.types.setTypeParser(1082, (text) => text);

async function run<Row>(
  on: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
  name?: string,
): Promise<Row[]> {
  const query: pg.QueryConfig = { text, values: values as unknown[] };
  if (name !== undefined) query.name = name;
  const result = await on.query(query);
  return result.rows as Row[];
}

/** SQLSTATEs after which the same work, begun anew, may well succeed. */
const retryable = new Set(['40001', '40P01', '23505', '55P03']);

export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export interface OpenDbOptions {
  readonly url: string;
  readonly max: number;
  readonly applicationName?: string;
  readonly onError?: (error: Error) => void;
  /** Postgres ends a statement that takes longer. */
  readonly statementTimeoutMs?: number;
  /** We give up a statement without an answer: the other end may be gone without a word. */
  readonly answerTimeoutMs?: number;
}

/** Opens a pool. Nothing connects until the first statement. */
export function openDb(options: OpenDbOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: options.applicationName ?? 'ruslo',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    // A process that dies without a word in the middle of a transaction would hold back every reader of the log, for hours.
    idle_in_transaction_session_timeout: 120_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    allowExitOnIdle: true,
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
    ...(options.answerTimeoutMs === undefined ? {} : { query_timeout: options.answerTimeoutMs }),
  });
  // An idle connection that Postgres closed must not end the process: the pool makes a new one.
  pool.on('error', (error) => options.onError?.(error));
  const tx = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('begin');
      const own = asTx(client, db);
      const value = await work(own);
      await own.last.write?.();
      const end = await client.query('commit');
      // After a failed statement whose error somebody swallowed, Postgres answers "ROLLBACK" without an error.
      if (end.command !== 'COMMIT') throw new Error('the transaction had failed before its commit');
      own.last.told?.();
      return value;
    } catch (error) {
      await client.query('rollback').catch((failure: unknown) => {
        broken = failure instanceof Error ? failure : new Error(String(failure));
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  };
  const db: Db = {
    pool,
    url: options.url,
    query: (text, values, name) => run(pool, text, values, name),
    tx,
    async retry(work, tries = 5) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await tx(work);
        } catch (error) {
          if (attempt >= tries || !retryable.has(sqlState(error) ?? '')) throw error;
        }
      }
    },
    close: () => pool.end(),
  };
  return db;
}

function asTx(client: pg.PoolClient, db: Db): Tx {
  const last: Last = { rows: [], write: undefined, told: undefined };
  return {
    client,
    db,
    last,
    query: (text, values, name) => run(client, text, values, name),
    async attempt(work) {
      const before = last.rows.length;
      await client.query('savepoint attempt');
      const result = await work();
      if (!result.ok) {
        await client.query('rollback to savepoint attempt');
        last.rows.length = before;
      }
      await client.query('release savepoint attempt');
      return result;
    },
  };
}
