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

export function openNotice(url: string, logger: Logger): Notice {
  const listeners = new Map<string, Set<Listener>>([
    ['log', new Set()],
    ['signal', new Set()],
  ]);
  const connectListeners = new Set<() => void>();
  let client: pg.Client | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let delayMs = 100;

  const lost = (from: pg.Client): void => {
    if (client === from) client = undefined;
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
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
    });
    next.on('error', (error) => {
      logger.warn({ fault: error.message }, 'notice connection lost');
      lost(next);
    });
    next.on('end', () => lost(next));
    next.on('notification', (message) => {
      for (const listener of listeners.get(message.channel) ?? []) listener(message.payload ?? '');
    });
    try {
      await next.connect();
      await next.query('listen log; listen signal');
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
      const last = client;
      client = undefined;
      await last?.end();
    },
  };
}
