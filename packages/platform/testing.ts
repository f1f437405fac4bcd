import { createHash, randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { Clock } from './clock.ts';
import { environmentValue, readConfig } from './config.ts';
import { openDb } from './db.ts';
import { openHouse } from './house.ts';
import type { OpenHouse } from './house.ts';
import { openApp } from './http.ts';
import { loadMigrations, migrate } from './migrate.ts';
import type { App, Slice } from './slice.ts';

export interface TestHouse extends OpenHouse {
  /** Fastify with the routes of the slices; `inject` or `listen`. */
  readonly app: App;
  /** URL of this file's own database. */
  readonly postgresUrl: string;
  /** Another process's view: a second house on the same database. */
  second(): Promise<TestHouse>;
}

export interface TestHouseOptions {
  readonly slices: readonly Slice[];
  readonly clock?: Clock;
  readonly clickhouseUrl?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const withDatabase = (url: string, name: string): string => {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  return parsed.toString();
};

/** The shared test cluster, started by vitest's global set-up. */
export function testPostgresUrl(): string {
  const url = environmentValue('RUSLO_TEST_POSTGRES_URL');
  if (url === undefined) throw new Error('RUSLO_TEST_POSTGRES_URL is not set: run through `npm test` or `npx vitest`');
  return url;
}

/** A fresh migrated database: a copy of a template that is made once per set of migrations (a copy takes about 50 ms). */
export async function testDatabase(slices: readonly Slice[]): Promise<string> {
  const admin = openDb({ url: testPostgresUrl(), max: 1 });
  try {
    const migrations = await loadMigrations(slices);
    const hash = createHash('sha256')
      .update(migrations.map((migration) => migration.hash).join())
      .digest('hex')
      .slice(0, 16);
    const template = `template_${hash}`;
    await admin.query(`select pg_advisory_lock(hashtext('ruslo.template'))`);
    const [there] = await admin.query('select 1 from pg_database where datname = $1', [template]);
    if (there === undefined) {
      await admin.query(`create database making_${hash}`);
      const db = openDb({ url: withDatabase(testPostgresUrl(), `making_${hash}`), max: 1 });
      await migrate(db, slices);
      await db.close();
      await admin.query(`alter database making_${hash} rename to ${template}`);
    }
    const name = `test_${randomBytes(6).toString('hex')}`;
    await admin.query(`create database ${name} template ${template}`);
    await admin.query(`select pg_advisory_unlock(hashtext('ruslo.template'))`);
    return withDatabase(testPostgresUrl(), name);
  } finally {
    await admin.close();
  }
}

/** A house with its own database and an app, nothing mocked. Close it in `afterAll`. */
export async function openTestHouse(options: TestHouseOptions): Promise<TestHouse> {
  return houseOn(await testDatabase(options.slices), options);
}

async function houseOn(postgresUrl: string, options: TestHouseOptions): Promise<TestHouse> {
  const house = openHouse({
    config: readConfig({ port: '0' }, options.environment ?? {}),
    slices: options.slices,
    postgresUrl,
    clickhouseUrl: options.clickhouseUrl ?? environmentValue('RUSLO_TEST_CLICKHOUSE_URL') ?? 'http://127.0.0.1:9',
    logger: pino({ level: environmentValue('RUSLO_LOG_LEVEL') ?? 'fatal' }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const app = await openApp(house);
  const close = house.close;
  return Object.assign(house, {
    app,
    postgresUrl,
    second: () => houseOn(postgresUrl, options),
    async close() {
      await app.close();
      await close();
    },
  });
}
