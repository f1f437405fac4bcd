import pg from 'pg';

export interface PoolOptions {
  readonly config: pg.ClientConfig;
  readonly max: number;
  /** How long a statement waits for a connection. */
  readonly waitMs: number;
  /** Connections that nobody used for as long are closed. */
  readonly idleMs: number;
  readonly onError: (error: Error) => void;
}

interface Waiting {
  readonly untilMs: number;
  readonly resolve: (client: pg.Client) => void;
  readonly reject: (error: Error) => void;
}

interface Idle {
  readonly client: pg.Client;
  readonly sinceMs: number;
}

const closeMs = 2_000;

/**
 * The connections of one process. Like the pool of node-postgres, but a statement that finds a connection free pays for
 * no timers, events and promises: of a short statement these were a tenth. Idle connections do not keep the process.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #all = new Set<pg.Client>();
  readonly #idle: Idle[] = [];
  readonly #waiting: Waiting[] = [];
  #closing = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended: { readonly done: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get totalCount(): number {
    return this.#all.size;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** A connection that is free now. */
  take(): pg.Client | undefined {
    const idle = this.#ended === undefined ? this.#idle.pop() : undefined;
    if (idle !== undefined) holding(idle.client).ref();
    return idle?.client;
  }

  /** A connection as soon as there is one; give it back with `release`. */
  connect(): Promise<pg.Client> {
    if (this.#ended !== undefined) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'));
    const client = this.take();
    if (client !== undefined) return Promise.resolve(client);
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ untilMs: performance.now() + this.#options.waitMs, resolve, reject }) === 1) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
      }
      if (this.#all.size < this.#options.max) this.#open();
      this.#tick();
    });
  }

  /** @param broken the connection is closed, because nobody knows in which state it is. */
  release(client: pg.Client, broken = false): void {
    if (broken || this.#ended !== undefined || !this.#all.has(client)) {
      this.#close(client);
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) {
      holding(client).unref();
      this.#idle.push({ client, sinceMs: performance.now() });
      this.#tick();
    } else next.resolve(client);
  }

  /** Ends all connections; those in use when they are given back. */
  end(): Promise<void> {
    if (this.#ended === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ended = { done: promise, resolve };
      clearTimeout(this.#timer);
      for (const { client } of this.#idle.splice(0)) this.#close(client);
      const closed = new Error('the pool was closed');
      for (const waiting of this.#waiting.splice(0)) waiting.reject(closed);
      this.#settle();
    }
    return this.#ended.done;
  }

  #open(): void {
    const client = new pg.Client(this.#options.config);
    this.#all.add(client);
    // One that was closed, in use or idle, must not end the process: whoever uses it hears it by its statement.
    client.on('error', (error) => {
      const at = this.#idle.findIndex((idle) => idle.client === client);
      if (at >= 0) {
        this.#idle.splice(at, 1);
        this.#options.onError(error);
      }
      if (this.#all.has(client)) this.#close(client);
    });
    client.connect().then(
      () => this.release(client),
      (error: unknown) => {
        this.#waiting.shift()?.reject(faultOf(error));
        this.#close(client);
      },
    );
  }

  #close(client: pg.Client): void {
    const wasOurs = this.#all.delete(client);
    this.#closing += 1;
    // Whoever waits for the end of the pool must not be gone before it.
    if (this.#ended !== undefined) holding(client).ref();
    let isGone = false;
    const gone = (): void => {
      clearTimeout(timer);
      if (!isGone) this.#closing -= 1;
      isGone = true;
      this.#settle();
    };
    // The other end may be gone without a word.
    const timer = setTimeout(gone, closeMs);
    timer.unref();
    client.end().then(gone, gone);
    if (wasOurs && this.#ended === undefined && this.#waiting.length > 0 && this.#all.size < this.#options.max)
      this.#open();
  }

  #settle(): void {
    if (this.#all.size === 0 && this.#closing === 0) this.#ended?.resolve();
  }

  /** One timer for all that waits and all that lies idle. */
  #tick(): void {
    if (this.#timer !== undefined || this.#ended !== undefined) return;
    const { waitMs, idleMs } = this.#options;
    const afterMs = this.#waiting.length > 0 ? Math.min(250, waitMs) : idleMs / 4;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const nowMs = performance.now();
      while (this.#waiting[0] !== undefined && this.#waiting[0].untilMs <= nowMs)
        this.#waiting.shift()?.reject(new Error('timeout exceeded when trying to connect'));
      // The youngest is last and is taken first.
      while (this.#idle[0] !== undefined && nowMs - this.#idle[0].sinceMs > idleMs) {
        const idle = this.#idle.shift();
        if (idle !== undefined) this.#close(idle.client);
      }
      if (this.#waiting.length > 0 || this.#idle.length > 0) this.#tick();
    }, afterMs);
    if (this.#waiting.length === 0) this.#timer.unref();
  }
}

function faultOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.message === 'timeout expired'
    ? new Error('Connection terminated due to connection timeout', { cause: error })
    : error;
}

/** Missing in the types of node-postgres. */
const holding = (client: pg.Client): { ref(): void; unref(): void } =>
  client as unknown as { ref(): void; unref(): void };
