import type { Result } from '@ruslo/kernel';
import pg from 'pg';
import { send } from './statement.ts';
import type { Answer, Part } from './statement.ts';

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
  /** Runs one statement and returns how many rows it wrote or read. */
  count(text: string, values?: readonly unknown[], name?: string): Promise<number>;
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
  /** Makes ready for the rows, and says the statement that writes them: it travels with the commit. */
  write: (() => Promise<Part | undefined>) | undefined;
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

// node-postgres reads a moment by a regular expression; that of a session in UTC is one that JavaScript reads itself.
const otherMoment = pg.types.getTypeParser(1184, 'text') as (text: string) => unknown;
pg.types.setTypeParser(1184, (text) =>
  text.length > 20 && text.length < 30 && text.endsWith('+00') && text.charCodeAt(10) === 32
    ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
    : otherMoment(text),
);

const part = (text: string, values: readonly unknown[] | undefined, name: string | undefined): Part => ({
  text,
  ...(values === undefined ? {} : { values }),
  ...(name === undefined ? {} : { name }),
});

/** Without a name and values a text may hold several statements, as migrations do: that goes the plain way. */
const isPlain = (values: readonly unknown[] | undefined, name: string | undefined): boolean =>
  name === undefined && (values === undefined || values.length === 0);

const control = (text: string): Part => ({ text, name: text });

/** SQLSTATEs after which the same work, begun anew, may well succeed. */
const retryable = new Set(['40001', '40P01', '23505', '55P03']);

export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Nobody knows in which state the connection is: no answer of Postgres, or one that ends the session. */
function isFatal(error: unknown): boolean {
  const state = sqlState(error);
  return state?.length !== 5 || /^(?:08|53|57P)/.test(state);
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
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      return await work(client);
    } catch (error) {
      if (isFatal(error)) broken ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  };
  const tx = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    const line = new Line(client);
    try {
      const own = asTx(line, db);
      const value = await work(own);
      await line.commit(await own.last.write?.());
      own.last.told?.();
      return value;
    } catch (error) {
      await line.rollback().catch((failure: unknown) => {
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
    query: <Row>(text: string, values?: readonly unknown[], name?: string) =>
      withClient(async (client) => {
        if (isPlain(values, name)) return (await client.query(text)).rows as Row[];
        const [answer] = await send(client, [part(text, values, name)]);
        return (answer?.rows ?? []) as Row[];
      }),
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

/**
 * The connection of one transaction. `begin`, savepoints and their ends wait for the next statement and travel with it:
 * each would else be a way to Postgres and back. One that asks nothing never begins.
 */
class Line {
  readonly client: pg.PoolClient;
  #waiting: string[] = ['begin'];
  #hasBegun = false;

  constructor(client: pg.PoolClient) {
    this.client = client;
  }

  later(command: string): void {
    this.#waiting.push(command);
  }

  #before(): Part[] {
    const before = this.#waiting.map(control);
    if (before.length > 0) {
      this.#hasBegun = true;
      this.#waiting = [];
    }
    return before;
  }

  async ask(text: string, values: readonly unknown[] | undefined, name: string | undefined): Promise<Answer> {
    const before = this.#before();
    if (isPlain(values, name)) {
      if (before.length > 0) await send(this.client, before);
      const result = await this.client.query<Record<string, unknown>>(text);
      return { rows: result.rows, command: result.command, count: result.rowCount ?? undefined };
    }
    const answers = await send(this.client, [...before, part(text, values, name)]);
    return answers.at(-1) as Answer;
  }

  async commit(last: Part | undefined): Promise<void> {
    if (!this.#hasBegun && last === undefined) return;
    const answers = await send(this.client, [
      ...this.#before(),
      ...(last === undefined ? [] : [last]),
      control('commit'),
    ]);
    // After a failed statement whose error somebody swallowed, Postgres answers "ROLLBACK" without an error.
    if (answers.at(-1)?.command !== 'COMMIT') throw new Error('the transaction had failed before its commit');
  }

  async rollback(): Promise<void> {
    if (this.#hasBegun) await this.client.query('rollback');
  }
}

function asTx(line: Line, db: Db): Tx {
  const last: Last = { rows: [], write: undefined, told: undefined };
  return {
    client: line.client,
    db,
    last,
    query: async <Row>(text: string, values?: readonly unknown[], name?: string) =>
      (await line.ask(text, values, name)).rows as Row[],
    count: async (text, values, name) => (await line.ask(text, values, name)).count ?? 0,
    async attempt(work) {
      const before = last.rows.length;
      line.later('savepoint attempt');
      const result = await work();
      if (!result.ok) {
        line.later('rollback to savepoint attempt');
        last.rows.length = before;
      }
      line.later('release savepoint attempt');
      return result;
    },
  };
}
