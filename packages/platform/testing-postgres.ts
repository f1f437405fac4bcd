import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { environmentValue } from './config.ts';
import { startPostgres } from './embedded/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Postgres for tests, whose user may create databases. Take a database of your own through `testing.ts`. */
    postgresUrl: string;
  }
}

interface Shared {
  readonly url: string;
  stop(): Promise<void>;
}

// Each project of vitest calls the set-up for itself, in one process; they share one Postgres, and the last one stops it.
const global = globalThis as { rusloTestPostgres?: { users: number; readonly started: Promise<Shared> } };

/**
 * Global set-up of vitest: one throwaway Postgres for the whole run.
 * RUSLO_TEST_POSTGRES_URL names another one (15 to 18), on which the same suite then runs.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const shared = (global.rusloTestPostgres ??= { users: 0, started: start() });
  shared.users += 1;
  const postgres = await shared.started;
  project.provide('postgresUrl', postgres.url);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete global.rusloTestPostgres;
    await postgres.stop();
  };
}

async function start(): Promise<Shared> {
  const url = environmentValue('RUSLO_TEST_POSTGRES_URL');
  if (url !== undefined && url !== '') return { url, stop: () => Promise.resolve() };
  const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-test-postgres-'));
  const remove = (): void => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const postgres = await startPostgres({ dataFolder, durable: false, database: 'test' });
    return {
      url: postgres.url,
      async stop() {
        await postgres.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
