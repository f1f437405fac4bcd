import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { FolderInUse, lockFolder } from './lock.ts';
import { runningPostgresUrl, startPostgres } from './postgres.ts';
import { isAlive, processesIn, waitGone } from './process.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'ruslo-embedded-'));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A process of its own that holds a cluster, as the server does; resolves when Postgres is up. */
async function holder(dataFolder: string): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const module = new URL('./postgres.ts', import.meta.url).href;
  const script = `const { startPostgres } = await import(${JSON.stringify(module)});
    const up = await startPostgres({ dataFolder: ${JSON.stringify(dataFolder)} });
    console.log(JSON.stringify({ url: up.url, pid: up.pid })); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, ...(JSON.parse(line.toString()) as { url: string; pid: number }) };
}

test('makes a cluster, stops it, and starts it again with its rows on the same address', async () => {
  const dataFolder = folder();
  const first = await startPostgres({ dataFolder });
  await ask(first.url, 'create table kept (n int)');
  await ask(first.url, 'insert into kept values (7)');
  const { pid } = first;
  await first.stop();
  expect(isAlive(pid)).toBe(false);
  const second = await startPostgres({ dataFolder });
  cleanups.push(() => second.stop());
  expect(second.url).toBe(first.url);
  expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
  expect(statSync(join(dataFolder, 'postgres.password')).mode & 0o777).toBe(0o600);
});

test('is asked over a private socket, also from a data folder with a long path, and by its port', async () => {
  const dataFolder = join(folder(), 'so-long-a-name-'.repeat(8));
  const first = await startPostgres({ dataFolder, durable: false });
  const socketFolder = new URL(first.url).searchParams.get('host') ?? '';
  expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
  expect(runningPostgresUrl(dataFolder)).toBe(first.url);
  const where = 'select inet_server_addr() is null as local';
  expect(await ask(first.url, where)).toEqual([{ local: true }]);
  expect(await ask(Object.assign(new URL(first.url), { search: '' }).toString(), where)).toEqual([{ local: false }]);
  await first.stop();
  expect(existsSync(socketFolder)).toBe(false);
  // Whoever takes the name meanwhile, with whatever behind it, does not get our connections.
  symlinkSync(tmpdir(), socketFolder);
  cleanups.push(() => rmSync(socketFolder, { force: true }));
  const second = await startPostgres({ dataFolder, durable: false });
  cleanups.push(() => second.stop());
  expect(new URL(second.url).searchParams.get('host')).not.toBe(socketFolder);
  expect(await ask(second.url, where)).toEqual([{ local: true }]);
});

test('knows Cyrillic: case, trigrams and Russian order', async () => {
  const up = await startPostgres({ dataFolder: folder(), durable: false });
  cleanups.push(() => up.stop());
  await ask(up.url, 'create extension pg_trgm');
  const rows = await ask(
    up.url,
    `select lower('ЁЖИК') as lower, similarity('Иванов', 'иванова') > 0.5 as alike,
    (select array_agg(x order by x collate "ru-x-icu") from unnest(array['жук', 'ёж', 'Ель', 'ель']) x) as sorted`,
  );
  expect(rows).toEqual([{ lower: 'ёжик', alike: true, sorted: ['ёж', 'ель', 'Ель', 'жук'] }]);
});

test('as root it runs as somebody else', async () => {
  const up = await startPostgres({ dataFolder: folder(), durable: false });
  cleanups.push(() => up.stop());
  const uid = /^Uid:\s+(\d+)/m.exec(
    existsSync('/proc') ? readFileSync(`/proc/${up.pid}/status`, 'utf8') : 'Uid: 1',
  )?.[1];
  expect(Number(uid)).toBeGreaterThan(0);
});

test('after kill -9 of its owner Postgres shuts down by itself, and the next start loses nothing', async () => {
  const dataFolder = folder();
  const held = await holder(dataFolder);
  await ask(held.url, 'create table kept as select 1 as n');
  held.child.kill('SIGKILL');
  expect(await waitGone(held.pid, 10_000)).toBe(true);
  const next = await startPostgres({ dataFolder });
  cleanups.push(() => next.stop());
  expect(await ask(next.url, 'select n from kept')).toEqual([{ n: 1 }]);
});

test('after kill -9 of everything the next start finds the leftovers', async () => {
  const dataFolder = folder();
  const held = await holder(dataFolder);
  await ask(held.url, 'create table kept as select 1 as n');
  const busy = ask(held.url, 'select pg_sleep(60)').catch(() => undefined);
  await delay(200);
  process.kill(held.pid, 'SIGKILL');
  held.child.kill('SIGKILL');
  const next = await startPostgres({ dataFolder });
  cleanups.push(() => next.stop());
  await busy;
  expect(await ask(next.url, 'select n from kept')).toEqual([{ n: 1 }]);
});

test('a postmaster that still runs without an owner is replaced', async () => {
  const dataFolder = folder();
  const held = await holder(dataFolder);
  await ask(held.url, 'create table kept as select 1 as n');
  // Two starts on one folder are kept apart by the lock; here the second one takes the first for a leftover.
  held.child.kill('SIGSTOP');
  const next = await startPostgres({ dataFolder });
  cleanups.push(() => next.stop());
  expect(isAlive(held.pid)).toBe(false);
  expect(await ask(next.url, 'select n from kept')).toEqual([{ n: 1 }]);
});

test('a stale postmaster.pid with the number of a stranger is no obstacle, and the stranger lives', async () => {
  const dataFolder = folder();
  const first = await startPostgres({ dataFolder });
  await first.stop();
  const stranger = spawn('sleep', ['60']);
  cleanups.push(() => stranger.kill('SIGKILL'));
  writeFileSync(
    join(dataFolder, 'postgres', 'postmaster.pid'),
    `${stranger.pid}\n${join(dataFolder, 'postgres')}\n1\n1\n\n\n\nready\n`,
  );
  const second = await startPostgres({ dataFolder });
  cleanups.push(() => second.stop());
  expect(second.pid).not.toBe(stranger.pid);
  expect(isAlive(stranger.pid ?? 0)).toBe(true);
});

test('whoever merely looks around in the folder lives on', async () => {
  const dataFolder = folder();
  await (await startPostgres({ dataFolder })).stop();
  const shell = spawn('sleep', ['60'], { cwd: join(dataFolder, 'postgres'), stdio: 'ignore' });
  cleanups.push(() => shell.kill('SIGKILL'));
  await once(shell, 'spawn');
  const up = await startPostgres({ dataFolder });
  cleanups.push(() => up.stop());
  expect(shell.exitCode ?? shell.signalCode).toBeNull();
  // What is acknowledged must be on disk.
  expect(
    await ask(
      up.url,
      `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit') order by name`,
    ),
  ).toEqual(['fsync', 'full_page_writes', 'synchronous_commit'].map((name) => ({ name, setting: 'on' })));
});

test('a postmaster killed under a living server comes back on the same address', async () => {
  const dataFolder = folder();
  const seen: string[] = [];
  const up = await startPostgres({
    dataFolder,
    onChange: (state) => {
      seen.push(state);
    },
  });
  cleanups.push(() => up.stop());
  await ask(up.url, 'create table kept as select 1 as n');
  const before = up.pid;
  process.kill(before, 'SIGKILL');
  for (const until = Date.now() + 15_000; !seen.includes('back') && Date.now() < until;) await delay(20);
  expect(seen).toEqual(['lost', 'back']);
  expect(up.pid).not.toBe(before);
  expect(await ask(up.url, 'select n from kept')).toEqual([{ n: 1 }]);
});

test('half an initdb is thrown away', async () => {
  const dataFolder = folder();
  writeFileSync(join(dataFolder, 'postgres.new.password'), 'x');
  const up = await startPostgres({ dataFolder, durable: false });
  await up.stop();
  expect(processesIn(join(dataFolder, 'postgres'), 'postgres')).toEqual([]);
  expect(existsSync(join(dataFolder, 'postgres.new.password'))).toBe(false);
});

test('one process at a time holds a data folder; the lock of a dead one is taken over', async () => {
  const dataFolder = folder();
  const other = spawn('sleep', ['60']);
  const release = lockFolder(dataFolder);
  expect(() => lockFolder(dataFolder)).toThrow(FolderInUse);
  release();
  writeFileSync(join(dataFolder, 'ruslo.lock'), JSON.stringify({ pid: other.pid, began: 'another time' }));
  lockFolder(dataFolder)();
  other.kill('SIGKILL');
  await once(other, 'exit');
  writeFileSync(join(dataFolder, 'ruslo.lock'), 'not json');
  lockFolder(dataFolder)();
});
