/**
 * Random histories of orders over all slices; at the end, and on the way, everything adds up to the last unit.
 *
 *   npm run drill -- histories [--histories 10000] [--seed 1] [--every 500] [--parallel 1]
 *
 * History n has the seed `seed + n`. A failure prints it and all that was done in it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate, openApp, openHouse, readConfig } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { runHistories } from './lib-histories-run.ts';
import { openWorld } from './lib-world.ts';
import type { Opener } from './lib-world.ts';

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      histories: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      every: { type: 'string', default: '500' },
      parallel: { type: 'string', default: '1' },
    },
  });
  const dataFolder = await mkdtemp(join(tmpdir(), 'ruslo-histories-'));
  const postgres = await startPostgres({ dataFolder, durable: false });
  const open: Opener = async (slices, clock) => {
    const one = async () => {
      const house = openHouse({
        config: { ...readConfig({ port: '0' }, {}), logLevel: 'fatal' },
        slices,
        clock,
        postgresUrl: postgres.url,
        clickhouseUrl: 'http://127.0.0.1:9',
      });
      await migrate(house.db, slices);
      const app = await openApp(house);
      const { close } = house;
      return Object.assign(house, {
        app,
        async close() {
          await app.close();
          await close();
        },
      });
    };
    return { house: await one(), other: await one() };
  };
  const world = await openWorld(open);
  try {
    const began = performance.now();
    const done = await runHistories(world, {
      histories: Number(values.histories),
      seed: Number(values.seed),
      every: Number(values.every),
      parallel: Number(values.parallel),
      say: (line) => console.log(line),
    });
    for (const [what, times] of [...done.tally].toSorted(([one], [other]) => one.localeCompare(other)))
      console.log(`${String(times).padStart(8)}  ${what}`);
    for (const line of done.logs) console.log(line);
    for (const line of done.differences.slice(0, 100)) console.log(line);
    const seconds = Math.round((performance.now() - began) / 1_000);
    console.log(`${done.histories} histories, ${done.orders} orders, ${done.proofs} proofs in ${seconds} s`);
    console.log(
      done.differences.length === 0 ? 'drill: passed' : `drill: FAILED, ${done.differences.length} differences`,
    );
    process.exitCode = done.differences.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    await world.close();
    await postgres.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}
