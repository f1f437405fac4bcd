import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPaymentLab } from '@ruslo/lab-payment';
import type { PaymentLab } from '@ruslo/lab-payment';
import { migrate, newId, openDb, openHouse, readConfig } from '@ruslo/platform';
import type { Db, OpenHouse } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { signInLink } from '@ruslo/staff';
import { fill } from './lib-commerce-fill.ts';
import type { Filled } from './lib-commerce-fill.ts';
import { slices } from './lib-commerce-slices.ts';
import { load, openLine, request } from './lib-http-load.ts';
import type { Line, LoadResult } from './lib-http-load.ts';
import { processorMs } from './lib-processor.ts';
import { latencyLine, machineLine, quantile } from './lib-stats.ts';
import { serve, stop, usageOf } from './lib-server.ts';

const usage = `npm run bench -- commerce [--rounds 3] [--seconds 6] [--customers 10000] [--variants 1000] [--rules 20] [--only add,checkout] [--followers] [--profile DIR] [--statements]
  add: to a cart of five lines, repriced, over HTTP with an API key. checkout: from that cart to a placed and paid order with stock,
  promotions and points: checkout written and quoted, placed, paid at the card provider, its webhook answered. Beside both the statements
  of pgbench's simple update. Postgres is durable and of its own; load and provider are in this process, so all share the machine.`;

const connections = 8;
const host = '127.0.0.1';

interface Bench extends Filled {
  readonly lab: PaymentLab;
  readonly house: OpenHouse;
  readonly yard: Db;
  readonly port: number;
  readonly key: string;
  readonly child: ChildProcess;
  readonly postgresPid: number;
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '6' },
      customers: { type: 'string', default: '10000' },
      variants: { type: 'string', default: '1000' },
      rules: { type: 'string', default: '20' },
      only: { type: 'string', default: 'add,checkout' },
      followers: { type: 'boolean', default: false },
      profile: { type: 'string' },
      statements: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  console.log(machineLine());
  const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-bench-'));
  const postgres = await startPostgresWatched(dataFolder, values.statements);
  const stops: (() => Promise<unknown> | void)[] = [
    () => postgres.stop(),
    () => rmSync(dataFolder, { recursive: true, force: true }),
  ];
  try {
    const db = openDb({ url: postgres.url, max: 2 });
    await migrate(db, slices);
    await db.query('create database yard');
    const yard = openDb({
      url: Object.assign(new URL(postgres.url), { pathname: '/yard' }).toString(),
      max: connections,
    });
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
    const customers = Number(values.customers);
    const filled = await fill(house, { customers, variants: Number(values.variants), rules: Number(values.rules) });
    await fillYard(yard);
    const lab = await openPaymentLab();
    stops.unshift(() => lab.close());
    const child = await serve(
      './lib-commerce-server.ts',
      [postgres.url, lab.url, lab.secret, ...(values.followers ? ['followers'] : [])],
      values.profile,
    );
    stops.unshift(() => stop(child.process));
    const key = await makeKey(house, child.port);
    const bench: Bench = {
      house,
      yard,
      lab,
      port: child.port,
      key,
      child: child.process,
      postgresPid: postgres.pid,
      ...filled,
    };
    lab.control.webhooks = 'lost';
    const only = new Set(values.only.split(','));
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (only.has('add')) await adds(bench, rounds, seconds);
    if (only.has('checkout')) await checkouts(bench, rounds, seconds, values.statements);
  } finally {
    for (const end of stops) await end();
  }
}

/** With `watched` Postgres counts its statements, which costs it a little. */
async function startPostgresWatched(dataFolder: string, watched: boolean): ReturnType<typeof startPostgres> {
  const postgres = await startPostgres({ dataFolder });
  if (!watched) return postgres;
  const db = openDb({ url: postgres.url, max: 1 });
  await db.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`);
  await db.close();
  await postgres.stop();
  const again = await startPostgres({ dataFolder });
  const other = openDb({ url: again.url, max: 1 });
  await other.query('create extension pg_stat_statements');
  await other.query('alter system set pg_stat_statements.track_planning = on');
  await other.query('select pg_reload_conf()');
  await other.close();
  return again;
}

/** The costliest statements of what was just measured, by their time for one of `count`. */
async function tellStatements(bench: Bench, count: number): Promise<void> {
  const rows = await bench.house.db.query<{ ms: number; planMs: number; calls: number; text: string }>(
    `select total_exec_time as ms, total_plan_time as "planMs", calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 150) as text
     from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database()) order by total_exec_time + total_plan_time desc limit 45`,
  );
  for (const row of rows)
    console.log(
      `    ${(row.ms / count).toFixed(3)} ms + ${(row.planMs / count).toFixed(3)} planning  ${(row.calls / count).toFixed(1)} ×  ${row.text}`,
    );
  const all = (of: 'ms' | 'planMs'): string => (rows.reduce((sum, row) => sum + row[of], 0) / count).toFixed(2);
  console.log(`    together ${all('ms')} ms + ${all('planMs')} planning`);
}

/** A key as the owner makes one for a site's back end. */
async function makeKey(house: OpenHouse, port: number): Promise<string> {
  const link = await signInLink(house);
  const post = async (path: string, body: object, cookie?: string): Promise<Response> => {
    const response = await fetch(`http://${host}:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-ruslo': '1', ...(cookie !== undefined && { cookie }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const signedIn = await post('/v1/session/link', { token: link.split('#token=')[1] ?? '' });
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const made = await post(
    '/v1/keys',
    { name: 'bench', scopes: ['cart.read', 'cart.write', 'order.read', 'order.write'] },
    cookie,
  );
  return ((await made.json()) as { secret: string }).secret;
}

async function fillYard(yard: Db): Promise<void> {
  await yard.query(`create table account (id int primary key, balance int, filler char(84)) with (fillfactor = 100)`);
  await yard.query(`create table history (account int, delta int, at timestamp, filler char(22))`);
  await yard.query(`insert into account select id, 0, '' from generate_series(1, 100000) id`);
  await yard.query('vacuum analyze');
}

/** pgbench's simple update in our own connections: what this machine's Postgres gives to three statements and a commit. */
async function yardstick(bench: Bench, seconds: number): Promise<{ perSecond: number; cost: string }> {
  const startedAt = performance.now();
  const before = processorMs(bench.postgresPid);
  let count = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1_000) {
      const id = 1 + Math.floor(Math.random() * 100_000);
      await bench.yard.tx(async (tx) => {
        await tx.query('update account set balance = balance + $2 where id = $1', [id, 7], 'yard.update');
        await tx.query('select balance from account where id = $1', [id], 'yard.select');
        await tx.query(
          'insert into history (account, delta, at) values ($1, $2, current_timestamp)',
          [id, 7],
          'yard.insert',
        );
      });
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const cost = `${((processorMs(bench.postgresPid) - before) / count).toFixed(2)} ms of Postgres each`;
  return { perSecond: (count * 1_000) / (performance.now() - startedAt), cost };
}

function refuseFailures(result: LoadResult): void {
  const other = [...result.statuses].filter(([status]) => status !== 200);
  if (other.length > 0)
    throw new Error(`answers other than 200: ${other.map(([status, count]) => `${status} × ${count}`).join(', ')}`);
}

let serial = 0;

/** A piece of goods into the next customer's cart. */
function addRequest(bench: Bench): Buffer {
  serial += 1;
  const customerId = bench.customerIds[serial % bench.customerIds.length] ?? '';
  const variantId = bench.variantIds[(serial * 7_919) % bench.variantIds.length] ?? '';
  return request(
    host,
    'POST',
    `/v1/customers/${customerId}/cart/operations`,
    { authorization: `Bearer ${bench.key}`, 'content-type': 'application/json' },
    JSON.stringify({ key: newId(), channel: 'web', ops: [{ op: 'add', variantId, quantity: 1 }] }),
  );
}

async function adds(bench: Bench, rounds: number, seconds: number): Promise<void> {
  const ours: number[] = [];
  const costs: number[] = [];
  const make = (count: number): Buffer[] => Array.from({ length: count }, () => addRequest(bench));
  await measure(bench, make(6_000));
  for (let round = 1; round <= rounds; round += 1) {
    const yard = await yardstick(bench, Math.min(3, seconds));
    const result = await measure(bench, make(1_000 * seconds));
    ours.push(result.perSecond);
    costs.push(result.costMs);
    console.log(
      `  round ${round}: ${Math.round(result.perSecond).toLocaleString('en')} adds/s; ${result.text}; yardstick ${Math.round(yard.perSecond).toLocaleString('en')}/s at ${yard.cost}`,
    );
  }
  const { residentBytes } = await usageOf(bench);
  console.log(
    `add to a cart of five lines, repriced: median ${Math.round(quantile(ours, 0.5)).toLocaleString('en')}/s (asked: 1,000), ${quantile(costs, 0.5).toFixed(2)} ms of processor each (asked: at most 1.2); server ${Math.round(residentBytes / 1_048_576)} MB resident`,
  );
}

async function measure(
  bench: Bench,
  requests: readonly Buffer[],
): Promise<{ perSecond: number; costMs: number; text: string }> {
  const before = await usageOf(bench);
  const own = process.cpuUsage();
  const result = await load({ port: bench.port, connections, next: (index) => requests[index] });
  const used = process.cpuUsage(own);
  const after = await usageOf(bench);
  refuseFailures(result);
  const each = (from: number, to: number): number => (to - from) / result.answered;
  const server = each(before.serverMs, after.serverMs);
  const postgres = each(before.postgresMs, after.postgresMs);
  return {
    perSecond: (result.answered * 1_000) / result.tookMs,
    costMs: server + postgres,
    text: `server ${server.toFixed(2)} + Postgres ${postgres.toFixed(2)} = ${(server + postgres).toFixed(2)} ms each, the load itself ${((used.user + used.system) / 1_000 / result.answered).toFixed(2)}; ${latencyLine('answer', result.latenciesMs)}`,
  };
}

/** Sends one request and reads its answer; anything but 200 ends the bench. */
async function ask<T>(bench: Bench, line: Line, method: string, path: string, body: object, key?: string): Promise<T> {
  const headers = {
    authorization: `Bearer ${bench.key}`,
    'content-type': 'application/json',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  const { status, text } = await line.ask(request(host, method, path, headers, JSON.stringify(body)), true);
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
  return JSON.parse(text) as T;
}

let eventSerial = 0;

/** From a cart of five lines to an order that is placed and paid. The provider's webhook is sent here, signed as it signs. */
async function checkOut(bench: Bench, line: Line, customerId: string, turn: number): Promise<void> {
  const path = `/v1/customers/${customerId}/checkout`;
  const { quote } = await ask<{ quote: { totalMinor: number } }>(bench, line, 'PUT', path, {
    quote: true, step: 'confirm', channel: 'web', method: 'pickup', placeId: bench.placeIds[turn % bench.placeIds.length], pay: 'now', points: 100, recipient: { phone: '+79170000000' },
  }); // prettier-ignore
  const placed = await ask<{ paymentId: string | null; confirmUrl: string | null }>(
    bench,
    line,
    'POST',
    `${path}/place`,
    { expectedTotalMinor: quote.totalMinor, channel: 'web' },
    newId(),
  );
  if (placed.paymentId === null) throw new Error('nothing to pay');
  bench.lab.control.confirm(placed.paymentId, 'approve');
  const [object] = bench.lab.control.of(placed.paymentId);
  eventSerial += 1;
  const body = JSON.stringify({ id: `bench-${eventSerial}`, type: 'notification', event: 'payment.succeeded', object });
  const headers = { 'content-type': 'application/json', 'x-signature': bench.lab.control.sign(body) };
  const heard = await line.ask(request(host, 'POST', '/v1/payments/card/webhook', headers, body), true);
  if (heard.status !== 200) throw new Error(`webhook: ${heard.status} ${heard.text}`);
}

async function checkouts(bench: Bench, rounds: number, seconds: number, statements: boolean): Promise<void> {
  const ours: number[] = [];
  const costs: number[] = [];
  let turn = 0;
  const next = (): string | undefined => bench.customerIds[turn++];
  await checkoutsOf(bench, next, 200);
  if (statements) await bench.house.db.query('select pg_stat_statements_reset()');
  for (let round = 1; round <= rounds; round += 1) {
    const yard = await yardstick(bench, Math.min(3, seconds));
    const result = await checkoutsOf(bench, next, 200 * seconds);
    ours.push(result.perSecond);
    costs.push(result.costMs);
    console.log(
      `  round ${round}: ${Math.round(result.perSecond)} checkouts/s; ${result.text}; yardstick ${Math.round(yard.perSecond).toLocaleString('en')}/s at ${yard.cost}`,
    );
  }
  if (statements) await tellStatements(bench, rounds * 200 * seconds);
  const [paid] = await bench.house.db.query<{ orders: number }>(
    `select count(*)::int as orders from "order"."order" where state = 'confirmed' and paid_minor = total_minor`,
  );
  if (paid?.orders !== turn) throw new Error(`${paid?.orders} orders are paid of ${turn}`);
  console.log(
    `whole checkout, cart to paid order: median ${Math.round(quantile(ours, 0.5))}/s (asked: 200), ${quantile(costs, 0.5).toFixed(2)} ms of processor each (asked: at most 8)`,
  );
}

async function checkoutsOf(
  bench: Bench,
  next: () => string | undefined,
  count: number,
): Promise<{ perSecond: number; costMs: number; text: string }> {
  const before = await usageOf(bench);
  const startedAt = performance.now();
  const latenciesMs: number[] = [];
  let left = count;
  const one = async (): Promise<void> => {
    const line = await openLine(bench.port);
    while (left > 0) {
      left -= 1;
      const customerId = next();
      if (customerId === undefined) throw new Error('more checkouts than customers: give --customers');
      const sentAt = performance.now();
      await checkOut(bench, line, customerId, left);
      latenciesMs.push(performance.now() - sentAt);
    }
    line.close();
  };
  await Promise.all(Array.from({ length: connections }, one));
  const tookMs = performance.now() - startedAt;
  const after = await usageOf(bench);
  const server = (after.serverMs - before.serverMs) / count;
  const postgres = (after.postgresMs - before.postgresMs) / count;
  return {
    perSecond: (count * 1_000) / tookMs,
    costMs: server + postgres,
    text: `server ${server.toFixed(2)} + Postgres ${postgres.toFixed(2)} = ${(server + postgres).toFixed(2)} ms each; ${latencyLine('checkout', latenciesMs)}`,
  };
}
