import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDb } from './index.ts';
import type { Db } from './index.ts';
import { openNotice } from './notice.ts';
import type { Notice } from './notice.ts';
import { testDatabase } from './testing.ts';

/** Stands before Postgres: may swallow what is said, and tell of an end late. */
class Proxy {
  readonly pairs = new Set<{ near: Socket; far: Socket; isSilent: boolean }>();
  endLateMs = 0;
  #server: Server | undefined;

  async start(target: URL): Promise<string> {
    const server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      const pair = { near, far, isSilent: false };
      this.pairs.add(pair);
      near.on('data', (chunk: Buffer) => pair.isSilent || far.write(chunk));
      far.on('data', (chunk: Buffer) => pair.isSilent || near.write(chunk));
      near.on('close', () => far.destroy());
      far.on('close', () => setTimeout(() => near.destroy(), this.endLateMs));
      for (const socket of [near, far]) socket.on('error', () => undefined);
    });
    this.#server = server;
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = new URL(target);
    url.port = String((server.address() as AddressInfo).port);
    url.search = '';
    return url.toString();
  }

  async stop(): Promise<void> {
    for (const { near } of this.pairs) near.destroy();
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
    });
  }
}

const logger = pino({ level: 'silent' });
let db: Db;
let proxy: Proxy;
let notice: Notice;
let heard: string[] = [];
let connects = 0;

beforeAll(async () => {
  const database = await testDatabase([]);
  db = openDb({ url: database, max: 2 });
  proxy = new Proxy();
  notice = openNotice(await proxy.start(new URL(database)), logger, { checkMs: 300 });
  notice.on('signal', (payload) => heard.push(payload));
  notice.onConnect(() => {
    connects += 1;
  });
});
afterAll(async () => {
  await notice.close();
  await proxy.stop();
  await db.close();
});
const sessions = async (): Promise<number> =>
  (
    await db.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'ruslo notice'`,
    )
  ).length;

it('comes back once when the end of a connection is told later than its fault', async () => {
  await expect.poll(() => notice.connected).toBe(true);
  proxy.endLateMs = 400;
  const before = connects;
  await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'ruslo notice'`,
  );
  await expect.poll(() => connects).toBe(before + 1);
  await delay(1_000);
  proxy.endLateMs = 0;
  expect(connects).toBe(before + 1);
  expect(await sessions()).toBe(1);
  heard = [];
  await db.query(`select pg_notify('signal', 'one')`);
  await delay(200);
  expect(heard).toEqual(['one']);
});

it('leaves a connection that hears nothing any more, and takes its locks along', async () => {
  expect(await notice.tryLock('mine')).toBe(true);
  const before = connects;
  // The other end is gone without a word, as when a router forgets the connection.
  for (const pair of proxy.pairs) pair.isSilent = true;
  await expect.poll(() => connects, { timeout: 5_000 }).toBe(before + 1);
  heard = [];
  await db.query(`select pg_notify('signal', 'two')`);
  await expect.poll(() => heard).toEqual(['two']);
  // Postgres would hold the old session's locks until its own end of the connection notices, which may take hours.
  await expect.poll(() => notice.tryLock('mine'), { timeout: 3_000 }).toBe(true);
  expect(await sessions()).toBe(1);
});
