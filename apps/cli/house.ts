import { mkdirSync } from 'node:fs';
import { migrate, openHouse, readConfig } from '@ruslo/platform';
import type { ConfigFlags, OpenHouse } from '@ruslo/platform';
import { FolderInUse, lockFolder, runningPostgresUrl, startPostgres } from '@ruslo/platform/embedded';
import { slices } from './slices.ts';

/**
 * The house for one command: on the Postgres that the configuration names, on the one of a server that runs on the same
 * data folder, or on one that is started for this command. Followers are the server's; they catch up when it runs.
 */
export async function openCommandHouse(flags: ConfigFlags): Promise<{ house: OpenHouse; close(): Promise<void> }> {
  // A command speaks by what it prints.
  const config = { ...readConfig(flags), logLevel: 'error' };
  const postgres =
    config.postgresUrl === undefined
      ? await embedded(config.dataFolder)
      : { url: config.postgresUrl, stop: async () => undefined };
  const house = openHouse({
    config, slices, postgresUrl: postgres.url,
    // Commands write to Postgres only.
    clickhouseUrl: config.clickhouseUrl ?? 'http://127.0.0.1:9',
  }); // prettier-ignore
  const close = async (): Promise<void> => {
    await house.close();
    await postgres.stop();
  };
  try {
    await migrate(house.db, slices);
  } catch (error) {
    await close();
    throw error;
  }
  return { house, close };
}

async function embedded(dataFolder: string): Promise<{ url: string; stop(): Promise<void> }> {
  mkdirSync(dataFolder, { recursive: true });
  let release: () => void;
  try {
    release = lockFolder(dataFolder);
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    return { url: runningUrl(dataFolder), stop: async () => undefined };
  }
  try {
    const postgres = await startPostgres({ dataFolder });
    return {
      url: postgres.url,
      async stop() {
        await postgres.stop();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** A server holds the folder: its Postgres left there where it is. */
function runningUrl(dataFolder: string): string {
  const url = runningPostgresUrl(dataFolder);
  if (url === undefined) {
    throw new Error(
      `the data folder ${dataFolder} is in use, and its Postgres is not there yet: try again in a moment`,
    );
  }
  return url;
}
