import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@ruslo/platform';
import { FolderInUse, lockFolder, pingPostgres, startClickhouse, startPostgres } from '@ruslo/platform/embedded';

export interface Stores {
  readonly postgresUrl: string;
  readonly clickhouseUrl: string;
  /** "embedded" or "given", for the line that the start prints. */
  readonly postgres: string;
  readonly clickhouse: string;
  /** Stops the embedded ones; those of the environment are somebody else's. */
  stop(): Promise<void>;
}

export type Tell = (state: 'lost' | 'back', detail: string) => void;

/** A message for the person who typed the command; its stack says nothing to them. */
export class StartRefused extends Error {}

/**
 * Takes the data folder for the embedded stores; refused while another process holds it. Not needed when the
 * environment names both stores, so any number of processes work on one given database.
 * @returns a function that gives it back, when the stores are stopped.
 */
export function lockStores(config: Config): () => void {
  return config.postgresUrl === undefined || config.clickhouseUrl === undefined ? lock(config) : () => undefined;
}

/** Opens the stores: the embedded ones in the locked data folder, or those that the environment names. */
export async function openStores(config: Config, tell: Tell): Promise<Stores> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.allSettled(stops.splice(0).map((end) => end()));
  };
  // All settle before one refusal is told, so that nothing is left running behind it.
  const [postgres, clickhouse] = await Promise.allSettled([
    openPostgres(config, tell, stops),
    openClickhouse(config, tell, stops),
  ]);
  if (postgres.status === 'rejected' || clickhouse.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : (clickhouse as PromiseRejectedResult).reason;
  }
  return {
    postgresUrl: postgres.value,
    clickhouseUrl: clickhouse.value,
    stop,
    postgres: config.postgresUrl === undefined ? 'embedded' : 'given',
    clickhouse: config.clickhouseUrl === undefined ? 'embedded' : 'given',
  };
}

function lock(config: Config): () => void {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o755 });
  try {
    return lockFolder(config.dataFolder);
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    const { dataFolder } = config;
    throw new StartRefused(`Ruslo already runs on ${dataFolder} as process ${error.pid}.
  To stop it:                kill ${error.pid}
  For a brand of its own:    npm start -- --data OTHER --port ${config.port + 1}
  For one more process on the same stores:
    RUSLO_POSTGRES_URL="$(cat ${join(dataFolder, 'postgres.url')})" RUSLO_CLICKHOUSE_URL="$(cat ${join(dataFolder, 'clickhouse.url')})" npm start -- --port ${config.port + 1}`);
  }
}

async function openPostgres(config: Config, tell: Tell, stops: (() => Promise<void>)[]): Promise<string> {
  if (config.postgresUrl !== undefined) {
    await pingPostgres(config.postgresUrl).catch((error: unknown) => {
      throw new StartRefused(
        `RUSLO_POSTGRES_URL does not answer: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    return config.postgresUrl;
  }
  const postgres = await startPostgres({ dataFolder: config.dataFolder, onChange: tell });
  stops.push(() => postgres.stop());
  return keepUrl(config, 'postgres.url', postgres.url);
}

async function openClickhouse(config: Config, tell: Tell, stops: (() => Promise<void>)[]): Promise<string> {
  if (config.clickhouseUrl !== undefined) return config.clickhouseUrl;
  const clickhouse = await startClickhouse({ dataFolder: config.dataFolder, onChange: tell });
  stops.push(() => clickhouse.stop());
  return keepUrl(config, 'clickhouse.url', clickhouse.url);
}

/** The address with its password, for tools and for further processes of the same user. */
function keepUrl(config: Config, name: string, url: string): string {
  writeFileSync(join(config.dataFolder, name), `${url}\n`, { mode: 0o600 });
  return url;
}
