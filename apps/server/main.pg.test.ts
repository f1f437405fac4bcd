import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentValue } from '@ruslo/platform';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
let dataFolder: string;
const running = new Set<ChildProcess>();

beforeAll(() => {
  dataFolder = realpathSync(mkdtempSync(join(tmpdir(), 'ruslo-server-')));
});
afterEach(async () => {
  for (const child of running) await ended(child, 'SIGKILL');
});
afterAll(() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 }));

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly link: string;
  output(): string;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function launch(
  args: readonly string[],
  environment: Record<string, string> = {},
): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, [program, '--empty', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: environmentValue('PATH'), ...environment },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return { child, output: () => output };
}

async function start(args: readonly string[] = [], environment: Record<string, string> = {}): Promise<Running> {
  const port = await freePort();
  const { child, output } = launch(['--data', dataFolder, '--port', String(port), ...args], environment);
  await expect
    .poll(
      () => {
        if (child.exitCode !== null) throw new Error(output());
        return output();
      },
      { timeout: 40_000, interval: 50 },
    )
    .toContain('Ready in');
  return { child, output, url: `http://127.0.0.1:${port}`, link: /Sign in\s+(\S+)/.exec(output())?.[1] ?? '' };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
  return child.exitCode;
}

const ready = async (url: string): Promise<number> =>
  (await fetch(`${url}/health/ready`).catch(() => undefined))?.status ?? 0;
const postmaster = (): number =>
  Number(readFileSync(join(dataFolder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
const engine = (): number =>
  (JSON.parse(readFileSync(join(dataFolder, 'clickhouse.pid'), 'utf8')) as { pid: number }).pid;

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('starts on an empty folder, answers, and stops whole', async () => {
  const server = await start();
  expect(await ready(server.url)).toBe(200);
  expect(server.link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\S+token=/);
  const pids = [postmaster(), engine()];
  expect(pids.every(lives)).toBe(true);
  expect(await ended(server.child, 'SIGINT')).toBe(0);
  expect(pids.some(lives)).toBe(false);
});

test('a second start on the same folder says who holds it; with the addresses of the first it works beside it', async () => {
  const first = await start();
  const second = launch(['--data', dataFolder, '--port', String(await freePort())]);
  await once(second.child, 'exit');
  expect(second.child.exitCode).toBe(1);
  expect(second.output()).toContain(`as process ${first.child.pid}`);
  expect(second.output()).toContain('RUSLO_POSTGRES_URL');
  const beside = await start([], {
    RUSLO_POSTGRES_URL: readFileSync(join(dataFolder, 'postgres.url'), 'utf8').trim(),
    RUSLO_CLICKHOUSE_URL: readFileSync(join(dataFolder, 'clickhouse.url'), 'utf8').trim(),
  });
  expect(await ready(beside.url)).toBe(200);
  expect(await ended(beside.child, 'SIGTERM')).toBe(0);
  expect(await ready(first.url)).toBe(200);
  expect(await ended(first.child, 'SIGTERM')).toBe(0);
});

test('after kill -9 of the server, and of everything, the next start cleans up and answers', async () => {
  const first = await start();
  await ended(first.child, 'SIGKILL');
  const second = await start();
  for (const pid of [postmaster(), engine(), second.child.pid ?? 0]) process.kill(pid, 'SIGKILL');
  const third = await start();
  expect(await ready(third.url)).toBe(200);
  expect(await ended(third.child, 'SIGINT')).toBe(0);
});

test('stores killed under a living server come back by themselves', async () => {
  const server = await start();
  const pid = postmaster();
  process.kill(engine(), 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => ready(server.url), { timeout: 20_000 }).not.toBe(0);
  await expect.poll(() => ready(server.url), { timeout: 20_000 }).toBe(200);
  expect(postmaster()).not.toBe(pid);
  expect(await ended(server.child, 'SIGINT')).toBe(0);
});

test('a taken port and an unknown option are refused in words', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const taken = launch(['--data', dataFolder, '--port', String(port)]);
  await once(taken.child, 'exit');
  expect(taken.output()).toContain(`Port ${port} of 127.0.0.1 is taken`);
  other.close();
  const unknown = launch(['--dtaa', 'x']);
  await once(unknown.child, 'exit');
  expect(unknown.child.exitCode).toBe(1);
  expect(unknown.output()).toContain('--data DIR');
});
