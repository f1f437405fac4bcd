import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openApp } from '@ruslo/platform';
import type { OpenHouse } from '@ruslo/platform';
import { processorMs } from './lib-processor.ts';

/** The server that a bench loads, in a process of its own, and what it costs. */

/** Starts a program of this folder that calls `listen`. @param profile folder for a processor profile of it */
export async function serve(
  program: string,
  args: readonly string[],
  profile: string | undefined,
): Promise<{ process: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [...args], {
    execArgv: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { process: child, port };
}

export const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });

export interface Usage {
  readonly residentBytes: number;
  readonly serverMs: number;
  /** Of all processes of Postgres; NaN where there is no /proc. */
  readonly postgresMs: number;
}

export const usageOf = (of: { readonly child: ChildProcess; readonly postgresPid: number }): Promise<Usage> =>
  new Promise((resolve) => {
    of.child.once('message', (message) => {
      const { rss, cpu } = message as { rss: number; cpu: NodeJS.CpuUsage };
      resolve({
        residentBytes: rss,
        serverMs: (cpu.user + cpu.system) / 1_000,
        postgresMs: processorMs(of.postgresPid),
      });
    });
    of.child.send('usage');
  });

/** In the process that was started: tells its port, answers for its usage, and ends when it is told or left alone. */
export async function listen(house: OpenHouse, followers: boolean): Promise<void> {
  const app = await openApp(house);
  if (followers) house.follow();
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  process.send?.({ port: Number(new URL(address).port) });
  process.on('message', (message) => {
    if (message === 'usage') process.send?.({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() });
  });
  const end = async (): Promise<void> => {
    await app.close();
    await house.close();
    process.exit(0);
  };
  process.on('disconnect', () => void end());
  process.on('SIGTERM', () => void end());
}
