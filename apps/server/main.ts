import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrate, migrateClickhouse, openHouse, readConfig } from '@ruslo/platform';
import type { App, Config, Followers, OpenHouse } from '@ruslo/platform';
import { signInLink } from '@ruslo/staff';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { buildConsole } from './build-console.ts';
import { loadDemo } from './demo.ts';
import { openEntrance } from './entrance.ts';
import { slices } from './slices.ts';
import { lockStores, openStores, StartRefused } from './stores.ts';
import type { Stores } from './stores.ts';

const usage = `npm start -- [options]
  --data DIR     folder of the embedded stores (data)
  --port N       port of API and console (3000)
  --host HOST    address to listen on (127.0.0.1)
  --role ROLE    api: API and console; worker: followers only; all: both (all)
  --empty        leave an empty database empty, without the demo brand
  RUSLO_POSTGRES_URL and RUSLO_CLICKHOUSE_URL name other stores instead of the embedded ones.`;

interface Flags {
  readonly config: Config;
  readonly empty: boolean;
}

function readFlags(): Flags {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      role: { type: 'string' },
      empty: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  return { config: readConfig(values), empty: values.empty };
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** On a terminal the log would bury the addresses, so there it goes into a file; elsewhere it is the output. */
function openLogger(config: Config): Logger {
  const options = { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!process.stdout.isTTY) return pino(options);
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o755 });
  const path = join(config.dataFolder, 'server.log');
  if (existsSync(path) && statSync(path).size > 10_000_000) renameSync(path, `${path}.1`);
  return pino(options, pino.destination({ dest: path, mkdir: true, sync: false }));
}

/** What is running, in the order in which it was begun; stopping goes the other way. */
type Stops = { readonly name: string; end(): Promise<unknown> | undefined }[];

async function start(flags: Flags, stops: Stops): Promise<void> {
  const { config } = flags;
  await refusePortInUse(config);
  const unlock = lockStores(config);
  stops.push({
    name: 'lock',
    async end() {
      unlock();
    },
  });
  // Both use the processor fully for a moment, and neither waits for the other.
  const building = config.role === 'worker' ? undefined : buildConsole().catch((error: unknown) => error as Error);
  const logger = openLogger(config);
  const stores = await openStores(config, (state, detail) => {
    logger[state === 'lost' ? 'error' : 'info']({ detail }, `store ${state}`);
  });
  stops.push({ name: 'stores', end: () => stores.stop() });
  const house = openHouse({
    config,
    slices,
    postgresUrl: stores.postgresUrl,
    clickhouseUrl: stores.clickhouseUrl,
    logger,
  });
  stops.push({
    name: 'house',
    async end() {
      await house.close();
      // The pool does not wait for its last good-byes; that Postgres then ends is no news.
      logger.level = 'silent';
    },
  });
  const analytics = migrateAnalytics(house);
  await migrate(house.db, slices);
  // A ClickHouse that does not answer must not hold up the rest.
  await Promise.race([analytics, delay(3_000)]);
  const followers = config.role === 'api' ? undefined : house.follow();
  const built = await building;
  if (built instanceof Error) say(built.message);
  const link = await listen(house, followers, stops);
  await printReady(house, stores, link);
  if (!flags.empty && config.role !== 'worker') {
    const demo = await loadDemo(house, stores, say);
    if (demo !== undefined) {
      say('Loading the demo brand Маяк; the console fills while you look.');
      stops.push({
        name: 'demo',
        async end() {
          demo.stop();
        },
      });
    }
  }
}

/** Analytics may be away: the house works without, and the tables are made when it is back. */
async function migrateAnalytics(house: OpenHouse, attempt = 0): Promise<void> {
  try {
    await migrateClickhouse(house.clickhouse, slices);
  } catch (error) {
    house.logger.warn(
      { fault: error instanceof Error ? error.message : String(error), attempt },
      'ClickHouse is not ready',
    );
    setTimeout(() => void migrateAnalytics(house, attempt + 1), Math.min(1_000 * 2 ** attempt, 60_000)).unref();
  }
}

async function listen(house: OpenHouse, followers: Followers | undefined, stops: Stops): Promise<string | undefined> {
  const { config } = house;
  if (config.role === 'worker') {
    if (config.port !== 0 && process.argv.includes('--port')) {
      const server = await serveHealth(house, followers, config);
      stops.push({ name: 'health', end: async () => server.close() });
    }
    return undefined;
  }
  const app: App = await openEntrance(house, { followers });
  stops.push({ name: 'entrance', end: () => app.close() });
  const link = await signInLink(house);
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') throw new StartRefused(portInUse(config));
    throw error;
  }
  return link;
}

/** A worker answers only whether it lives. */
function serveHealth(house: OpenHouse, followers: Followers | undefined, config: Config): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/health/live') return void response.end('{"ok":true}');
    if (request.url !== '/health/ready') return void response.writeHead(404).end();
    const states = followers?.states() ?? [];
    house.db.query('select 1').then(
      () => response.end(JSON.stringify({ ok: true, followers: states })),
      () => response.writeHead(503).end(JSON.stringify({ ok: false, followers: states })),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => resolve(server));
  });
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const portInUse = (config: Config): string =>
  `Port ${config.port} of ${config.host} is taken. Another one: npm start -- --port ${config.port + 1}`;

/** Said at once, before the stores are opened for nothing. */
function refusePortInUse(config: Config): Promise<void> {
  if (config.role === 'worker' || config.port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) =>
      reject(codeOf(error) === 'EADDRINUSE' ? new StartRefused(portInUse(config)) : error),
    );
    probe.listen(config.port, config.host, () => probe.close(() => resolve()));
  });
}

async function printReady(house: OpenHouse, stores: Stores, link: string | undefined): Promise<void> {
  const { config } = house;
  const seconds = (performance.now() / 1_000).toFixed(1);
  const home = config.publicUrl ?? `http://${config.host === '0.0.0.0' ? '127.0.0.1' : config.host}:${config.port}`;
  const lines =
    link === undefined
      ? ['Ruslo works as a worker: followers only.']
      : [`Console      ${home}/`, `Sign in      ${link}   (once, within 30 minutes)`, `API          ${home}/docs`];
  say(`
  ${lines.join('\n  ')}
  Stores       PostgreSQL ${stores.postgres}, ClickHouse ${stores.clickhouse}, ${config.dataFolder}${process.stdout.isTTY ? '\n  Log          ' + join(config.dataFolder, 'server.log') : ''}

  Ready in ${seconds} s. Ctrl-C stops everything.
`);
}

async function stopAll(stops: Stops): Promise<void> {
  for (const part of stops.splice(0).reverse()) {
    await part
      .end()
      ?.catch((error: unknown) => say(`${part.name}: ${error instanceof Error ? error.message : String(error)}`));
  }
}

const stops: Stops = [];
let stoppedAtMs = 0;

function stopOnce(reason: string, code: number): void {
  if (stoppedAtMs > 0) {
    // npm and the terminal both pass a Ctrl-C on, so only one that comes later is a person's second.
    if (performance.now() - stoppedAtMs > 1_500) process.exit(130);
    return;
  }
  stoppedAtMs = performance.now();
  say(`${reason}, stopping…`);
  setTimeout(() => {
    say('It did not stop within 40 s.');
    process.exit(1);
  }, 40_000).unref();
  void stopAll(stops).then(() => {
    say(`Stopped in ${((performance.now() - stoppedAtMs) / 1_000).toFixed(1)} s.`);
    process.exit(code);
  });
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopOnce(name, 0));
// A bug must not leave stores running behind a dead server; what was acknowledged is committed.
process.on('uncaughtException', (error) => {
  say(error.stack ?? error.message);
  stopOnce('Fault', 1);
});

function flagsOrUsage(): Flags {
  try {
    return readFlags();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
    return process.exit(1);
  }
}

const flags = flagsOrUsage();
try {
  await start(flags, stops);
} catch (error) {
  // A refusal is for the person who typed the command; anything else is a fault, and its stack says where.
  const refused = error instanceof StartRefused || !(error instanceof Error);
  process.stderr.write(
    `${refused ? String(error instanceof Error ? error.message : error) : (error.stack ?? error.message)}\n`,
  );
  await stopAll(stops);
  process.exit(1);
}
