import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentValue, firstId, read } from '@ruslo/platform';
import type { House } from '@ruslo/platform';

const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

export interface Demo {
  /** Ends the loading; the next start goes on with it. */
  stop(): void;
}

/**
 * Loads the demo brand into an empty database, in a process of its own so that the server answers meanwhile. A load
 * that was broken off is taken up again: the demo comes from a seed, and its message ids make it repeatable.
 * @returns undefined when there is nothing to do.
 */
export async function loadDemo(
  house: House,
  urls: { postgresUrl: string; clickhouseUrl: string },
  say: (line: string) => void,
): Promise<Demo | undefined> {
  const state = join(house.config.dataFolder, 'demo.state');
  // Only the owner of the embedded stores goes on with it: a further process would load it beside the first.
  const begun =
    house.config.postgresUrl === undefined && existsSync(state) && readFileSync(state, 'utf8').trim() === 'loading';
  if (!existsSync(program) || (!begun && !(await isEmpty(house)))) return undefined;
  mkdirSync(house.config.dataFolder, { recursive: true, mode: 0o755 });
  writeFileSync(state, 'loading\n');
  const child = spawn(process.execPath, [program, 'demo'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: environmentValue('PATH'),
      RUSLO_POSTGRES_URL: urls.postgresUrl,
      RUSLO_CLICKHOUSE_URL: urls.clickhouseUrl,
      RUSLO_DATA: house.config.dataFolder,
    },
  });
  follow(child, say, () => writeFileSync(state, 'loaded\n'));
  return {
    stop: () => {
      child.kill('SIGTERM');
    },
  };
}

async function isEmpty(house: House): Promise<boolean> {
  const first = await read(house.db, {
    after: { tx: 0, id: firstId },
    below: Number.MAX_SAFE_INTEGER,
    limit: 1,
  });
  return first.length === 0;
}

function follow(child: ChildProcess, say: (line: string) => void, done: () => void): void {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000);
    });
  }
  // The last line that is not a progress bar, or what went wrong.
  const last = (): string =>
    said
      .trim()
      .split(/[\r\n]+/)
      .slice(-2)
      .join('; ');
  child.once('exit', (code) => {
    if (code === 0) {
      done();
      say(`demo brand loaded: ${last()}`);
    } else if (code !== null) {
      say(`demo brand not loaded (${code}): ${last()}`);
    }
  });
}
