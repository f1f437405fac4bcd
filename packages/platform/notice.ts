import pg from 'pg';
import type { Logger } from 'pino';

type Listener = (payload: string) => void;

/**
 * One connection of the process that hears NOTIFY and holds the session locks of the followers which this process
 * leads. When it breaks, every lock is gone with it; it comes back by itself and tells its users.
 */
export interface Notice {
  on(channel: 'log' | 'signal', listener: Listener): () => void;
  /** Called after each (re)connection: whatever was led or heard before must be taken up anew. */
  onConnect(listener: () => void): () => void;
  /** Tries a session advisory lock; false when another process holds it or there is no connection. */
  tryLock(name: string): Promise<boolean>;
  readonly connected: boolean;
  close(): Promise<void>;
}

/** Where a session is known to Postgres, so that it can be ended when our end of it is gone. */
interface Session {
  readonly pid: number;
  readonly since: string;
}

/** @param checkMs how often the connection is asked whether it still lives; it may take twice as long to answer. */
export function openNotice(url: string, logger: Logger, { checkMs = 5_000 } = {}): Notice {
  const listeners = new Map<string, Set<Listener>>([
    ['log', new Set()],
    ['signal', new Set()],
  ]);
  const connectListeners = new Set<() => void>();
  /** The newest try, connected or not: what older ones still say counts no more. */
  let newest: pg.Client | undefined;
  let client: pg.Client | undefined;
  let session: Session | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let delayMs = 100;

  const lost = (from: pg.Client): void => {
    if (newest !== from) return;
    newest = undefined;
    client = undefined;
    if (closed) return;
    timer = setTimeout(() => {
      void connect();
    }, delayMs);
    delayMs = Math.min(delayMs * 2, 2_000);
  };
  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'ruslo notice',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 2 * checkMs,
    });
    newest = next;
    next.on('error', (error) => {
      logger.warn({ fault: error.message }, 'notice connection lost');
      lost(next);
    });
    next.on('end', () => lost(next));
    next.on('notification', (message) => {
      if (newest !== next) return;
      for (const listener of listeners.get(message.channel) ?? []) listener(message.payload ?? '');
    });
    try {
      await next.connect();
      await next.query('listen log; listen signal');
      session = await replace(next, session);
    } catch (error) {
      logger.debug(
        { fault: error instanceof Error ? error.message : String(error) },
        'notice connection not possible yet',
      );
      void next.end().catch(() => undefined);
      lost(next);
      return;
    }
    if (closed) {
      await next.end();
      return;
    }
    client = next;
    delayMs = 100;
    for (const listener of connectListeners) listener();
  };
  // A connection that only listens would not notice that the other end is gone: nothing comes, and that is all.
  const check = setInterval(() => {
    const asked = client;
    asked?.query('select 1').catch((error: unknown) => {
      if (newest !== asked || closed) return;
      logger.warn(
        { fault: error instanceof Error ? error.message : String(error) },
        'notice connection does not answer',
      );
      void asked.end().catch(() => undefined);
      lost(asked);
    });
  }, checkMs);
  void connect();

  return {
    on(channel, listener) {
      listeners.get(channel)?.add(listener);
      return () => {
        listeners.get(channel)?.delete(listener);
      };
    },
    onConnect(listener) {
      connectListeners.add(listener);
      if (client !== undefined) listener();
      return () => {
        connectListeners.delete(listener);
      };
    },
    async tryLock(name) {
      if (client === undefined) return false;
      const result = await client.query<{ held: boolean }>(
        `select pg_try_advisory_lock(hashtextextended($1, 7)) as held`,
        [name],
      );
      return result.rows[0]?.held === true;
    },
    get connected() {
      return client !== undefined;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(check);
      const last = client;
      client = undefined;
      await last?.end();
    },
  };
}

/** Ends our earlier session where Postgres has not noticed yet that it is gone: it would keep its locks for hours. */
async function replace(client: pg.Client, earlier: Session | undefined): Promise<Session | undefined> {
  if (earlier !== undefined) {
    await client.query(
      `select pg_terminate_backend(pid, 1000) from pg_stat_activity where pid = $1 and extract(epoch from backend_start)::text = $2`,
      [earlier.pid, earlier.since],
    );
  }
  const result = await client.query<Session>(
    'select pid, extract(epoch from backend_start)::text as since from pg_stat_activity where pid = pg_backend_pid()',
  );
  return result.rows[0];
}
