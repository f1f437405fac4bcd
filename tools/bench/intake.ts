import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { identity } from '@ruslo/identity';
import { migrate, openDb, openHouse, readConfig } from '@ruslo/platform';
import type { Db, OpenHouse } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { createSource, ingest, timeline } from '@ruslo/timeline';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { load, request } from './lib-http-load.ts';
import type { LoadResult } from './lib-http-load.ts';
import { latencyLine, machineLine, quantile, rate, yardstickLine } from './lib-stats.ts';
import { serve, stop, usageOf } from './lib-server.ts';

const usage = `npm run bench -- intake [--rounds 3] [--seconds 6] [--people 20000] [--followers] [--only batch,single,stream,page] [--profile DIR]
  Accepted, committed and joined events a second; live stream and first page. Postgres is durable and of its own.`;

interface Bench {
  readonly house: OpenHouse;
  readonly yard: Db;
  readonly port: number;
  readonly writeKey: string;
  readonly seconds: number;
  readonly people: number;
  readonly child: ChildProcess;
  readonly postgresPid: number;
}

const host = '127.0.0.1';

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '6' },
      people: { type: 'string', default: '20000' },
      followers: { type: 'boolean', default: false },
      only: { type: 'string', default: 'batch,single,stream,page' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  console.log(machineLine());
  console.log(
    values.followers
      ? 'the server also runs the followers of identity and timeline'
      : 'the server takes in and answers; followers run elsewhere (--followers: in the same process)',
  );
  const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-bench-'));
  const postgres = await startPostgres({ dataFolder });
  const stops: (() => Promise<unknown> | void)[] = [
    () => postgres.stop(),
    () => rmSync(dataFolder, { recursive: true, force: true }),
  ];
  try {
    const slices = [identity, timeline];
    const db = openDb({ url: postgres.url, max: 2 });
    await migrate(db, slices);
    await db.query('create database yard');
    const yardUrl = Object.assign(new URL(postgres.url), { pathname: '/yard' }).toString();
    const yard = openDb({ url: yardUrl, max: 1 });
    await migrate(yard, slices);
    const house = openHouse({
      config: { ...readConfig({ port: '0' }, {}), logLevel: 'fatal' },
      slices,
      postgresUrl: postgres.url,
      clickhouseUrl: 'http://127.0.0.1:9',
    });
    stops.unshift(
      () => yard.close(),
      () => db.close(),
      () => house.close(),
    );
    const source = await createSource(house, { name: 'Bench', kind: 'server', channel: 'web' });
    const child = await serve(
      './lib-intake-server.ts',
      [postgres.url, ...(values.followers ? ['followers'] : [])],
      values.profile,
    );
    stops.unshift(() => stop(child.process));
    const bench: Bench = {
      house,
      yard,
      port: child.port,
      writeKey: source.writeKey,
      seconds: Number(values.seconds),
      people: Number(values.people),
      child: child.process,
      postgresPid: postgres.pid,
    };
    await fill(bench, source.id);
    const only = new Set(values.only.split(','));
    const rounds = Number(values.rounds);
    if (only.has('batch')) await batches(bench, rounds);
    if (only.has('single')) await singles(bench, rounds);
    if (only.has('stream')) await stream(bench);
    if (only.has('page')) await page(bench, source.id);
    console.log(`server: ${Math.round((await usageOf(bench)).residentBytes / 1_048_576)} MB resident`);
  } finally {
    for (const end of stops) await end();
  }
}

let serial = 0;

/** An event as a shop's site sends it, about 650 bytes; of twenty people one is new. */
function event(people: number): object {
  serial += 1;
  const isNew = serial % 20 === 0;
  const who = isNew ? `new-${serial}` : `anon-${(serial * 7919) % people}`;
  const product = serial % 500;
  return {
    type: 'track',
    event: serial % 3 === 0 ? 'Product Added' : 'Product Viewed',
    anonymousId: who,
    ...(isNew || serial % 2 === 0 ? {} : { userId: `user-${(serial * 7919) % people}` }),
    messageId: `bench-${process.pid}-${serial}-${'x'.repeat(12)}`,
    timestamp: new Date().toISOString(),
    properties: {
      product_id: `p-${product}`,
      sku: `sku-${product}`,
      name: `Товар номер ${product}`,
      category: 'Дом и дача',
      price: 199 + product,
      quantity: 1,
      currency: 'RUB',
      url: `https://mayak.example/p/${product}`,
    },
    context: {
      library: { name: 'analytics.js', version: 'next-1.84.3' },
      locale: 'ru-RU',
      timezone: 'Europe/Moscow',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
      page: {
        path: `/p/${product}`,
        referrer: 'https://mayak.example/',
        title: 'Маяк',
        url: `https://mayak.example/p/${product}`,
      },
      campaign: { source: 'mail', name: 'autumn' },
    },
  };
}

/** The people who are known before anything is measured. */
async function fill(bench: Bench, sourceId: string): Promise<void> {
  const startedAt = performance.now();
  const step = 2_000;
  for (let from = 0; from < bench.people; from += step) {
    await ingest(
      bench.house,
      sourceId,
      Array.from({ length: Math.min(step, bench.people - from) }, (_, index) => ({
        type: 'identify',
        userId: `user-${from + index}`,
        anonymousId: `anon-${from + index}`,
        messageId: `fill-${from + index}`,
        traits: { city: 'Казань' },
      })),
    );
  }
  console.log(
    `people known before: ${bench.people.toLocaleString('en')} (${rate(bench.people, performance.now() - startedAt, 'new people')} through ingest)`,
  );
}

const headers = (bench: Bench): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${bench.writeKey}:`).toString('base64')}`,
  'content-type': 'application/json',
});

function refuseFailures(result: LoadResult): void {
  const other = [...result.statuses].filter(([status]) => status !== 200);
  if (other.length > 0)
    throw new Error(`answers other than 200: ${other.map(([status, count]) => `${status} × ${count}`).join(', ')}`);
}

async function countEvents(bench: Bench): Promise<number> {
  const [row] = await bench.house.db.query<{ count: number }>(
    'select count(*)::int as count from log.event where customer_id is not null',
  );
  return row?.count ?? 0;
}

interface Round {
  readonly rate: number;
  readonly latencyMs: number;
  /** Processor time for each event: what does not depend on who else is busy on the machine. */
  readonly cost: string;
}

/** Sends what was made beforehand and counts afterwards what is in the log with a customer. */
async function measure(
  bench: Bench,
  requests: readonly Buffer[],
  connections: number,
  eventsEach: number,
): Promise<Round> {
  const before = await countEvents(bench);
  const usageBefore = await usageOf(bench);
  const ownBefore = process.cpuUsage();
  const result = await load({ port: bench.port, connections, next: (index) => requests[index] });
  const own = process.cpuUsage(ownBefore);
  const usage = await usageOf(bench);
  refuseFailures(result);
  const added = (await countEvents(bench)) - before;
  if (added !== result.answered * eventsEach)
    throw new Error(
      `${result.answered * eventsEach} events were acknowledged, ${added} are in the log with a customer`,
    );
  const each = (ms: number): string => `${((ms * 1_000) / added).toFixed(0)} µs`;
  return {
    rate: (added * 1_000) / result.tookMs,
    latencyMs: quantile(result.latenciesMs, 0.99),
    cost: `processor per event: server ${each(usage.serverMs - usageBefore.serverMs)}, Postgres ${each(usage.postgresMs - usageBefore.postgresMs)}, load generator ${each((own.user + own.system) / 1_000)}`,
  };
}

/** Connections at once: a few servers that send batches; many pages and tills that send one event each. */
const senders = 16;
const callers = 128;

async function batches(bench: Bench, rounds: number): Promise<void> {
  const make = (): Buffer =>
    request(
      host,
      'POST',
      '/v1/batch',
      headers(bench),
      JSON.stringify({ batch: Array.from({ length: 100 }, () => event(bench.people)) }),
    );
  await measure(bench, Array.from({ length: 400 }, make), senders, 100); // the first ones find cold caches and uncompiled code
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const requests = Array.from({ length: Math.round(200 * bench.seconds) }, make);
    const { rate: perSecond, latencyMs, cost } = await measure(bench, requests, senders, 100);
    const copied = await copyRate(bench, requests.length * 100);
    console.log(
      `  round ${round + 1}: ${Math.round(perSecond).toLocaleString('en')} events/s in batches of 100 (p99 ${latencyMs.toFixed(0)} ms), COPY of the same rows ${Math.round(copied).toLocaleString('en')} rows/s; ${cost}`,
    );
    ours.push(perSecond);
    theirs.push(copied);
  }
  console.log(
    `batches of 100 over ${senders} connections: median ${Math.round(quantile(ours, 0.5)).toLocaleString('en')} events/s accepted, committed and joined (asked: 20,000)`,
  );
  console.log(
    yardstickLine({ name: 'of a bare COPY', ours: quantile(ours, 0.5), theirs: quantile(theirs, 0.5), least: 0.2 }),
  );
}

/** The newest rows of the log, written by COPY into an empty log of a database beside it. */
async function copyRate(bench: Bench, rows: number): Promise<number> {
  const columns =
    'id, kind, name, channel, source_id, customer_id, occurred_at, received_at, original_at, sent_at, message_id, data';
  const reader = await bench.house.db.pool.connect();
  const chunks: Buffer[] = [];
  try {
    const out = reader.query(
      copyTo(`copy (select ${columns} from log.event order by id desc limit ${rows}) to stdout`),
    );
    for await (const chunk of out) chunks.push(chunk as Buffer);
  } finally {
    reader.release();
  }
  await bench.yard.query('truncate log.event');
  await bench.yard.query('select log.ensure_month(now())');
  const writer = await bench.yard.pool.connect();
  try {
    const startedAt = performance.now();
    await pipeline(chunks, writer.query(copyFrom(`copy log.event (${columns}) from stdin`)));
    return (rows * 1_000) / (performance.now() - startedAt);
  } finally {
    writer.release();
  }
}

async function singles(bench: Bench, rounds: number): Promise<void> {
  const make = (): Buffer => request(host, 'POST', '/v1/track', headers(bench), JSON.stringify(event(bench.people)));
  await measure(bench, Array.from({ length: 8_000 }, make), callers, 1);
  const ours: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const {
      rate: perSecond,
      latencyMs,
      cost,
    } = await measure(bench, Array.from({ length: 6_000 * bench.seconds }, make), callers, 1);
    console.log(
      `  round ${round + 1}: ${Math.round(perSecond).toLocaleString('en')} requests/s of one event (p99 ${latencyMs.toFixed(0)} ms); ${cost}`,
    );
    ours.push(perSecond);
  }
  console.log(
    `single events over ${callers} connections: median ${Math.round(quantile(ours, 0.5)).toLocaleString('en')} requests/s (asked: 6,000)`,
  );
}

/** From the moment in which the answer says "accepted" to the moment in which another connection hears of it. */
async function stream(bench: Bench): Promise<void> {
  const heardAt = new Map<string, number>();
  const acceptedAt = new Map<string, number>();
  const controller = new AbortController();
  const response = await fetch(`http://${host}:${bench.port}/v1/stream?topics=inspector`, {
    signal: controller.signal,
  });
  const listening = listen(response, (name) => heardAt.set(name, performance.now()), controller.signal);
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  const count = 1_000 * Math.max(3, bench.seconds);
  const make = (index: number): Buffer =>
    request(
      host,
      'POST',
      '/v1/track',
      headers(bench),
      JSON.stringify({ ...event(bench.people), event: `Live ${index}` }),
    );
  const requests = Array.from({ length: count }, (_, index) => make(index));
  const result = await load({
    port: bench.port,
    connections: 32,
    perSecond: 1_000,
    next: (index) => requests[index],
    onAnswer: (index) => acceptedAt.set(`Live ${index}`, performance.now()),
  });
  refuseFailures(result);
  await new Promise((resolve) => {
    setTimeout(resolve, 1_000);
  });
  controller.abort();
  await listening;
  const delays = [...acceptedAt].map(([name, at]) => Math.max(0, (heardAt.get(name) ?? Number.POSITIVE_INFINITY) - at));
  console.log(
    `${latencyLine(`accepted → stream at ${Math.round((count * 1_000) / result.tookMs).toLocaleString('en')} events/s`, delays)} (asked: p99 under 100 ms); unheard: ${delays.filter((delay) => delay === Number.POSITIVE_INFINITY).length}`,
  );
}

async function listen(response: Response, heard: (name: string) => void, signal: AbortSignal): Promise<void> {
  if (response.body === null) throw new Error('the stream has no body');
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of response.body) {
      rest += decoder.decode(chunk, { stream: true });
      const end = rest.lastIndexOf('\n\n');
      if (end === -1) continue;
      for (const match of rest.slice(0, end).matchAll(/"name":"(Live \d+)"/g))
        if (match[1] !== undefined) heard(match[1]);
      rest = rest.slice(end + 2);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function page(bench: Bench, sourceId: string): Promise<void> {
  for (let from = 0; from < 5_000; from += 1_000) {
    await ingest(
      bench.house,
      sourceId,
      Array.from({ length: 1_000 }, (_, index) => ({
        ...event(1),
        userId: 'reader',
        anonymousId: undefined,
        messageId: `page-${from + index}`,
        timestamp: new Date(Date.now() - (from + index) * 60_000).toISOString(),
      })),
    );
  }
  const [row] = await bench.house.db.query<{ id: string }>(
    `select customer_id as id from log.event where message_id = 'page-0'`,
  );
  const bytes = request(host, 'GET', `/v1/customers/${row?.id ?? ''}/timeline?limit=50`, {});
  await load({ port: bench.port, connections: 1, next: (index) => (index < 50 ? bytes : undefined) });
  const result = await load({ port: bench.port, connections: 1, next: (index) => (index < 1_000 ? bytes : undefined) });
  refuseFailures(result);
  console.log(
    `${latencyLine('first page of a timeline of 5,000 events', result.latenciesMs)} (asked: p99 under 50 ms)`,
  );
}
