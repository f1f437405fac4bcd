import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startClickhouse } from './clickhouse.ts';
import type { EmbeddedClickhouse } from './clickhouse.ts';
import { isAlive, waitGone } from './process.ts';

let dataFolder: string;
let up: EmbeddedClickhouse;
let client: ClickHouseClient;
const changes: string[] = [];
const log = { level: ClickHouseLogLevel.OFF };

beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-clickhouse-'));
  up = await startClickhouse({
    dataFolder,
    onChange: (state) => {
      changes.push(state);
    },
  });
  client = createClient({ url: up.url, log });
  await client.command({ query: 'create table pair (n UInt64, word String) engine = MergeTree order by n' });
});

afterAll(async () => {
  await client.close();
  await up.stop();
  rmSync(dataFolder, { recursive: true, force: true });
});

async function rows(query: string, parameters: Record<string, unknown> = {}): Promise<unknown[]> {
  const result = await client.query({ query, query_params: parameters, format: 'JSONEachRow' });
  return result.json();
}

test('the unmodified client pings, writes, reads and binds parameters', async () => {
  expect(await client.ping()).toEqual({ success: true });
  expect(await client.ping({ select: true })).toEqual({ success: true });
  await client.insert({
    table: 'pair',
    values: [
      { n: 1, word: 'ёж' },
      { n: 2, word: "o'n\\e\n\n; drop table pair" },
    ],
    format: 'JSONEachRow',
  });
  expect(await rows('select * from pair where n = {n:UInt64}', { n: 2 })).toEqual([
    { n: 2, word: "o'n\\e\n\n; drop table pair" },
  ]);
  expect(await rows('select * from pair where word in {words:Array(String)}', { words: ['ёж', "'"] })).toEqual([
    { n: 1, word: 'ёж' },
  ]);
  const json = await client.query({ query: 'select count() as count from pair', format: 'JSON' });
  expect(await json.json()).toMatchObject({ rows: 1, data: [{ count: 2 }] });
});

test('a parameter of one query is not seen by the next', async () => {
  expect(await rows('select {a:UInt8} + 1 as b', { a: 1 })).toEqual([{ b: 2 }]);
  for (let turn = 0; turn < 4; turn += 1) {
    await expect(rows('select {a:UInt8} + 1 as b')).rejects.toMatchObject({ code: '456' });
  }
});

test('queries at once keep their own parameters and settings', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      client
        .query({
          query: "select {n:UInt32} as n, getSetting('max_block_size') as size, sleepEachRow(0.005)",
          query_params: { n },
          clickhouse_settings: { max_block_size: String(1000 + n) },
          format: 'JSONEachRow',
        })
        .then((result) => result.json()),
    ),
  );
  expect(answers.flat()).toMatchObject(Array.from({ length: 40 }, (_, n) => ({ n, size: 1000 + n })));
  const [after] = await rows("select getSetting('max_block_size') as size");
  expect(after).not.toMatchObject({ size: 1039 });
});

test('errors are typed', async () => {
  await expect(rows('select * from nowhere')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
  await expect(rows('selec 1')).rejects.toBeInstanceOf(ClickHouseError);
  await expect(rows('select count() from numbers(100000000) group by number')).rejects.toMatchObject({ code: '241' });
  await expect(client.insert({ table: 'pair', values: [{ n: 'x' }], format: 'JSONEachRow' })).rejects.toBeInstanceOf(
    ClickHouseError,
  );
});

test('compressed both ways, and rows with blank lines stay rows', async () => {
  const packed = createClient({ url: up.url, log, compression: { request: true, response: true } });
  await client.command({ query: 'create table line (text String) engine = MergeTree order by text' });
  await packed.insert({
    table: 'line',
    values: Readable.from(['a\n', '\n', 'select 1\n'], { objectMode: false }),
    format: 'TabSeparated',
  });
  await packed.command({ query: 'insert into line format JSONEachRow\n{"text":"b"}\n\n{"text":"c"}' });
  await packed.command({ query: "insert into line values ('d')" });
  const result = await packed.query({ query: 'select text from line order by text', format: 'JSONEachRow' });
  expect(await result.json()).toEqual(['', 'a', 'b', 'c', 'd', 'select 1'].map((text) => ({ text })));
  await packed.close();
  expect(readdirSync(join(dataFolder, 'clickhouse.incoming'))).toEqual([]);
});

test('each database is its own', async () => {
  await client.command({ query: 'create database other' });
  const other = createClient({ url: up.url, log, database: 'other' });
  await other.command({ query: 'create table pair (n UInt8) engine = Memory' });
  expect(
    await (await other.query({ query: 'select count() as count from pair', format: 'JSONEachRow' })).json(),
  ).toEqual([{ count: 0 }]);
  expect(await rows('select count() as count from pair')).toEqual([{ count: 2 }]);
  await other.close();
});

test('nobody without the password is answered', async () => {
  const address = new URL(up.url);
  address.username = '';
  address.password = '';
  const response = await fetch(new URL('/?query=select+1', address));
  expect(response.status).toBe(403);
  expect(response.headers.get('X-ClickHouse-Exception-Code')).toBe('516');
  await response.text();
});

test('a query whose asker left is ended', async () => {
  const controller = new AbortController();
  const long = client.query({
    query: 'select count() from numbers(100000000000) where not ignore(sipHash64(number))',
    abort_signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 300);
  await expect(long).rejects.toThrow();
  const left =
    "select count() as count from system.processes where query like '%sipHash64%' and query not like '%system%'";
  await expect.poll(() => rows(left), { timeout: 20_000 }).toEqual([{ count: 0 }]);
});

test('a killed engine comes back with its tables at the same address', async () => {
  const before = up.pid ?? 0;
  process.kill(before, 'SIGKILL');
  await waitGone(before, 5_000);
  await expect
    .poll(() => rows('select count() as count from pair').catch(() => 'refused'), { timeout: 10_000 })
    .toEqual([{ count: 2 }]);
  expect(up.pid).not.toBe(before);
  expect(changes).toEqual(['lost', 'back']);
});

test('an idle engine rests and is woken by the next query', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ruslo-clickhouse-'));
  const idle = await startClickhouse({ dataFolder: folder, idleMs: 400 });
  const asker = createClient({ url: idle.url, log, keep_alive: { enabled: false } });
  try {
    const pid = idle.pid ?? 0;
    await asker.command({ query: 'create table kept engine = MergeTree order by n as select 1 as n' });
    expect(await waitGone(pid, 10_000)).toBe(true);
    expect(idle.pid).toBeUndefined();
    const result = await asker.query({ query: 'select n from kept', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ n: 1 }]);
    expect(isAlive(idle.pid ?? 0)).toBe(true);
  } finally {
    await asker.close();
    await idle.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
