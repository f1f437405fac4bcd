import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './embedded/postgres.ts';

interface Shared {
  users: number;
  readonly started: Promise<() => Promise<void>>;
}

// Each project of vitest calls the set-up for itself, in one process; they share one Postgres, and the last one stops it.
const global = globalThis as { rusloTestPostgres?: Shared };

/**
 * Global set-up of vitest: one throwaway Postgres for the whole run, told to the test processes in
 * RUSLO_TEST_POSTGRES_URL. Set by hand, it names another one (15 to 18), on which the same suite then runs.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const shared = (global.rusloTestPostgres ??= { users: 0, started: start() });
  shared.users += 1;
  const stop = await shared.started;
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete global.rusloTestPostgres;
    await stop();
  };
}

async function start(): Promise<() => Promise<void>> {
  if ((process.env['RUSLO_TEST_POSTGRES_URL'] ?? '') !== '') return () => Promise.resolve();
  const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-test-postgres-'));
  const remove = (): void => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const postgres = await startPostgres({ dataFolder, durable: false, database: 'test' });
    process.env['RUSLO_TEST_POSTGRES_URL'] = postgres.url;
    return async () => {
      delete process.env['RUSLO_TEST_POSTGRES_URL'];
      await postgres.stop();
      remove();
    };
  } catch (error) {
    remove();
    throw error;
  }
}
