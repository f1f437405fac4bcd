import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@clickhouse/client';
import { environmentValue, openDb } from '@ruslo/platform';
import type { Db } from '@ruslo/platform';
import { startClickhouse } from '@ruslo/platform/embedded';
import type { EmbeddedClickhouse } from '@ruslo/platform/embedded';
import { testDatabase } from '@ruslo/platform/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { slices } from './slices.ts';

/** Two real server processes on one given Postgres and one given ClickHouse. */

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-two-'));
let clickhouse: EmbeddedClickhouse;
let db: Db;
let servers: { child: ChildProcess; url: string; output(): string }[] = [];
let cookie = '';
let writeKey = '';

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

async function start(postgresUrl: string): Promise<(typeof servers)[number]> {
  const port = await freePort();
  const child = spawn(process.execPath, [program, '--empty', '--port', String(port), '--data', dataFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: environmentValue('PATH'), RUSLO_POSTGRES_URL: postgresUrl, RUSLO_CLICKHOUSE_URL: clickhouse.url },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  await vi.waitFor(() => expect(output).toContain('Ready in'), { timeout: 40_000, interval: 50 });
  return { child, url: `http://127.0.0.1:${port}`, output: () => output };
}

beforeAll(async () => {
  clickhouse = await startClickhouse({ dataFolder });
  const postgresUrl = await testDatabase(slices);
  db = openDb({ url: postgresUrl, max: 2 });
  servers = [await start(postgresUrl), await start(postgresUrl)];
  const token = /[#?]token=([\w-]+)/.exec(servers[0]?.output() ?? '')?.[1];
  const session = await fetch(`${servers[0]?.url}/v1/session/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-ruslo': '1' },
    body: JSON.stringify({ token }),
  });
  cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const source = await fetch(`${servers[0]?.url}/v1/sources`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-ruslo': '1', cookie },
    body: JSON.stringify({ name: 'Сайт', kind: 'site' }),
  });
  ({ writeKey } = (await source.json()) as { writeKey: string });
}, 120_000);

afterAll(async () => {
  for (const { child } of servers) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await db.close();
  await clickhouse.stop();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
});

interface Sent {
  readonly messageId: string;
  readonly anonymousId: string;
}

async function send(to: number, events: readonly Sent[]): Promise<number> {
  const answer = await fetch(`${servers[to]?.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      batch: events.map((event) => ({ ...event, type: 'track', event: 'Product Viewed', properties: {} })),
    }),
  });
  return answer.status;
}

const some = (count: number, person: string): Sent[] =>
  Array.from({ length: count }, () => ({ messageId: randomUUID(), anonymousId: person }));

async function stored(messages: readonly Sent[]): Promise<{ rows: number; customers: number }> {
  const [row] = await db.query<{ rows: number; customers: number }>(
    `select count(*)::int as rows, count(distinct customer_id)::int as customers from log.event where message_id = any($1)`,
    [messages.map((event) => event.messageId)],
  );
  return row ?? { rows: 0, customers: 0 };
}

async function copied(): Promise<{ postgres: number; clickhouse: number }> {
  const client = createClient({ url: clickhouse.url });
  const result = await client.query({ query: 'select count() as n from event final', format: 'JSONEachRow' });
  const [copy] = await result.json<{ n: string }>();
  await client.close();
  const [log] = await db.query<{ n: number }>('select count(*)::int as n from log.event');
  return { postgres: log?.n ?? -1, clickhouse: Number(copy?.n) };
}

test('a person whom both meet at once for the first time is one customer, and each event is there once', async () => {
  const events = some(40, 'anna');
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => send(i % 2, events.slice((i % 5) * 8, (i % 5) * 8 + 16))),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(await stored(events)).toEqual({ rows: 40, customers: 1 });
});

test('what one takes in shows at once on a stream of the other', async () => {
  const end = new AbortController();
  const stream = await fetch(`${servers[1]?.url}/v1/stream?topics=inspector`, {
    headers: { cookie },
    signal: end.signal,
  });
  expect(stream.status).toBe(200);
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  const [event] = some(1, 'boris');
  let heard = '';
  const listening = (async () => {
    while (!/event: accepted/.test(heard)) heard += (await reader?.read())?.value ?? '';
  })();
  await expect.poll(() => heard, { timeout: 5_000 }).toContain('ready');
  expect(await send(0, event === undefined ? [] : [event])).toBe(200);
  await listening;
  end.abort();
  expect(heard).toContain('Product Viewed');
});

test('when the one that leads the followers is killed, the other goes on and nothing is lost or doubled', async () => {
  const events = some(200, 'vera');
  await send(0, events.slice(0, 100));
  const leaders = await db.query<{ name: string }>(
    `select distinct a.application_name as name, l.pid from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and a.datname = current_database() and a.application_name = 'ruslo notice'`,
  );
  expect(leaders).toHaveLength(1);
  const first = servers[0]?.child;
  if (first !== undefined) {
    first.kill('SIGKILL');
    await once(first, 'exit');
  }
  expect(await send(1, events)).toBe(200);
  expect(await stored(events)).toEqual({ rows: 200, customers: 1 });
  await expect
    .poll(
      async () => {
        const { postgres, clickhouse: copy } = await copied();
        return postgres - copy;
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBe(0);
});
