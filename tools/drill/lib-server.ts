import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentValue } from '@ruslo/platform';

/** A server of its own process, which drills start, kill and start again. */

const startLimitMs = 60_000;

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

export class Server {
  readonly base: string;
  readonly #data: string;
  readonly #port: number;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  output = '';

  constructor(
    data: string,
    port: number,
    environment: Readonly<Record<string, string>> = {},
    args: readonly string[] = [],
  ) {
    this.#data = data;
    this.#port = port;
    this.#environment = environment;
    this.#args = args;
    this.base = `http://127.0.0.1:${port}`;
  }

  start(): void {
    const child = spawn(
      process.execPath,
      ['apps/server/main.ts', '--data', this.#data, '--port', String(this.#port), '--empty', ...this.#args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: environmentValue('PATH') ?? '', HOME: environmentValue('HOME') ?? '', ...this.#environment },
      },
    );
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-200_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#child = child;
  }

  async ready(): Promise<void> {
    const end = Date.now() + startLimitMs;
    while (Date.now() < end) {
      const answer = await fetch(`${this.base}/health/ready`, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      if (answer?.status === 200) return;
      await delay(100);
    }
    throw new Error(`the server was not ready in ${startLimitMs / 1000} s; it said:\n${this.output.slice(-4_000)}`);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill(signal);
    await gone;
  }
}

/** The first line of postmaster.pid; undefined while there is none. */
export async function postmasterPid(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Kills Postgres with SIGKILL and waits until a new one has begun: the old one's backends answer for another moment. */
export async function killPostgres(data: string): Promise<void> {
  const beganMs = Date.now();
  const pid = await postmasterPid(data);
  if (pid === undefined) throw new Error('no postmaster to kill');
  process.kill(pid, 'SIGKILL');
  while ([pid, undefined].includes(await postmasterPid(data))) {
    if (Date.now() - beganMs > startLimitMs) throw new Error('Postgres was not started again');
    await delay(5);
  }
}
