import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ToChild, ToParent } from './clickhouse-child.ts';
import { markOf, signal, stillRuns, waitGone } from './process.ts';
import type { ProcessMark } from './process.ts';

export interface StartClickhouseOptions {
  /** The tables go into `<dataFolder>/clickhouse`. */
  readonly dataFolder: string;
  /** The engine stays below; 1 GiB when absent. */
  readonly memoryBytes?: number;
  readonly threads?: number;
  /**
   * The engine ends after so long without a request and comes back with the next one (0.15 s), because an idle one
   * holds 280 MB. 60 s when absent; 0: it stays.
   */
  readonly idleMs?: number;
  readonly onChange?: (state: 'lost' | 'back', detail: string) => void;
}

export interface EmbeddedClickhouse {
  /** Of ClickHouse's HTTP interface, with user and password: `createClient({ url })`. Stays the same over restarts. */
  readonly url: string;
  /** Of the process that holds the engine; undefined while it rests. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/**
 * Opens the address of an embedded ClickHouse (chDB in a process of its own) and starts the engine. This process only
 * accepts connections and hands their sockets over; no query and no row passes through it. A crashed engine is
 * replaced at the next connection, which waits for it; an engine that does not start is only told to `onChange`.
 */
export async function startClickhouse(options: StartClickhouseOptions): Promise<EmbeddedClickhouse> {
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o755 });
  const dataFolder = realpathSync(options.dataFolder);
  await endLeftover(join(dataFolder, 'clickhouse.pid'));
  const password = keepPassword(join(dataFolder, 'clickhouse.password'));
  const keeper = new Keeper(dataFolder, password, options);
  const port = await keeper.listen(join(dataFolder, 'clickhouse.port'));
  // Without analytics the house still works: the next connection tries again.
  await keeper
    .wake()
    .catch((error: unknown) => options.onChange?.('lost', error instanceof Error ? error.message : String(error)));
  return {
    url: `http://${user}:${password}@127.0.0.1:${port}`,
    get pid() {
      return keeper.pid;
    },
    stop: () => keeper.stop(),
  };
}

const user = 'ruslo';
const logLimitBytes = 10_000_000;

function keepPassword(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

/** An engine whose parent was killed ends by itself; one that hangs is ended here, for it locks the folder. */
async function endLeftover(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const mark = parseMark(readFileSync(path, 'utf8'));
  if (mark !== undefined && stillRuns(mark)) {
    signal(mark.pid, 'SIGKILL');
    await waitGone(mark.pid, 5_000);
  }
  rmSync(path, { force: true });
}

function parseMark(text: string): ProcessMark | undefined {
  try {
    return JSON.parse(text) as ProcessMark;
  } catch {
    return undefined;
  }
}

class Keeper {
  readonly #dataFolder: string;
  readonly #password: string;
  readonly #options: StartClickhouseOptions;
  readonly #server: Server;
  /** Connections that came while no engine was there. */
  readonly #waiting: Socket[] = [];
  #child: ChildProcess | undefined;
  #waking: Promise<void> | undefined;
  /** Ends of engines that were told to close; the next one starts after them, for they lock the folder. */
  #closing: Promise<void> = Promise.resolve();
  /** Sockets given to the engine that runs now. */
  #handed = 0;
  #failures = 0;
  #notBefore = 0;
  #stopping = false;

  constructor(dataFolder: string, password: string, options: StartClickhouseOptions) {
    this.#dataFolder = dataFolder;
    this.#password = password;
    this.#options = options;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** On the port of the last time when it is free, so that addresses survive a restart. */
  async listen(portFile: string): Promise<number> {
    const kept = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) || 0 : 0;
    if (kept === 0 || !(await this.#tryListen(kept))) await this.#tryListen(0);
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('there is no free port on 127.0.0.1');
    if (address.port !== kept) writeFileSync(portFile, `${address.port}\n`);
    return address.port;
  }

  #tryListen(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const failed = (): void => resolve(false);
      this.#server.once('error', failed);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', failed);
        this.#server.unref();
        resolve(true);
      });
    });
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#child !== undefined && this.#waking === undefined) return this.#hand(this.#child, socket);
    // Far from the next attempt: better a clear refusal now than a wait that ends in one.
    if (this.#stopping || this.#notBefore - performance.now() > 3_000) return void socket.destroy();
    this.#waiting.push(socket);
    void this.wake().catch(() => undefined);
  }

  #hand(child: ChildProcess, socket: Socket): void {
    this.#handed += 1;
    child.send({ kind: 'socket' } satisfies ToChild, socket, { keepOpen: false }, (error) => {
      if (error !== null) socket.destroy();
    });
  }

  /** Starts the engine when none runs. Throws when it does not come up. */
  wake(): Promise<void> {
    if (this.#child !== undefined && this.#waking === undefined) return Promise.resolve();
    this.#waking ??= this.#start()
      .finally(() => {
        this.#waking = undefined;
      })
      .then(
        () => {
          for (const socket of this.#waiting.splice(0)) if (this.#child !== undefined) this.#hand(this.#child, socket);
        },
        (error: unknown) => {
          for (const socket of this.#waiting.splice(0)) socket.destroy();
          throw error;
        },
      );
    return this.#waking;
  }

  async #start(): Promise<void> {
    await this.#closing;
    const wait = this.#notBefore - performance.now();
    if (wait > 0) await delay(wait);
    if (this.#stopping) throw new Error('the embedded ClickHouse is being stopped');
    const child = this.#fork();
    const ready = await new Promise<boolean>((resolve) => {
      child.once('message', (message: ToParent) => resolve(message.kind === 'ready'));
      child.once('exit', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    if (!ready) {
      this.#backOff();
      throw new Error(`the embedded ClickHouse did not start, see ${this.#logPath}; or set RUSLO_CLICKHOUSE_URL`);
    }
    // Until here it kept us running; from here on only what is asked of it does.
    child.unref();
    child.channel?.unref();
    this.#child = child;
    this.#handed = 0;
    if (child.pid !== undefined)
      writeFileSync(join(this.#dataFolder, 'clickhouse.pid'), JSON.stringify(markOf(child.pid)));
    child.on('message', (message: ToParent) => {
      if (message.kind === 'idle') this.#rest(child, message.received);
    });
    child.once('exit', (code, by) => this.#lost(child, `${code ?? by}`));
    if (this.#failures > 0) this.#options.onChange?.('back', `the embedded ClickHouse runs again as ${child.pid}`);
    // Fifteen quiet seconds, and the next crash counts as a first one.
    setTimeout(() => {
      if (this.#child === child) this.#failures = 0;
    }, 15_000).unref();
  }

  get #logPath(): string {
    return join(this.#dataFolder, 'clickhouse.log');
  }

  #fork(): ChildProcess {
    const path = this.#logPath;
    if (existsSync(path) && statSync(path).size > logLimitBytes) renameSync(path, `${path}.1`);
    const log = openSync(path, 'a', 0o600);
    const { memoryBytes = 1_073_741_824, threads = 2, idleMs = 60_000 } = this.#options;
    const child = fork(new URL('./clickhouse-child.ts', import.meta.url), [], {
      // Detached, because a Ctrl-C of the terminal must reach the server alone.
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: ['--max-old-space-size=256'],
      // One thread for each session (4) and some for files.
      env: { PATH: '/usr/bin:/bin', TZ: 'UTC', UV_THREADPOOL_SIZE: '8' },
    });
    closeSync(log);
    const folder = join(this.#dataFolder, 'clickhouse');
    child.send(
      {
        kind: 'open',
        folder,
        incoming: join(this.#dataFolder, 'clickhouse.incoming'),
        user,
        password: this.#password,
        memoryBytes,
        threads,
        idleMs,
      } satisfies ToChild,
      (error) => {
        if (error !== null) child.kill('SIGKILL');
      },
    );
    return child;
  }

  #rest(child: ChildProcess, received: number): void {
    // A socket may be under way to it: then it is not idle, and will say so again.
    if (this.#child !== child || this.#waking !== undefined || received !== this.#handed) return;
    this.#child = undefined;
    this.#closing = this.#end(child, 10_000);
  }

  #lost(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    if (this.#stopping) return;
    this.#backOff();
    this.#options.onChange?.('lost', `the embedded ClickHouse ended (${how})`);
  }

  #backOff(): void {
    this.#notBefore = performance.now() + Math.min(100 * 2 ** this.#failures, 30_000);
    this.#failures += 1;
  }

  async #end(child: ChildProcess, timeoutMs: number): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = new Promise<boolean>((resolve) => {
      child.once('exit', () => resolve(true));
    });
    child.send({ kind: 'close' } satisfies ToChild, () => undefined);
    if (await Promise.race([gone, delay(timeoutMs, false, { ref: false })])) return;
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#server.close();
    await this.#waking?.catch(() => undefined);
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    if (this.#child !== undefined) await this.#end(this.#child, 3_000);
    await this.#closing;
    rmSync(join(this.#dataFolder, 'clickhouse.pid'), { force: true });
  }
}
