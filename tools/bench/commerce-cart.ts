import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveProducts } from '@ruslo/catalog';
import { savePromotions } from '@ruslo/offer';
import { migrate, newId, openDb, openHouse, readConfig } from '@ruslo/platform';
import type { Db, OpenHouse } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { signInLink } from '@ruslo/staff';
import { setLevels } from '@ruslo/stock';
import { slices } from './lib-commerce-slices.ts';
import { load, request } from './lib-http-load.ts';
import type { LoadResult } from './lib-http-load.ts';
import { latencyLine, machineLine, quantile } from './lib-stats.ts';

const usage = `npm run bench -- commerce-cart [--rounds 3] [--seconds 6] [--customers 10000] [--variants 1000] [--rules 20] [--followers] [--profile DIR]
  Adds to a cart of five lines, repriced, over HTTP with an API key; beside it the statements of pgbench's simple update.
  Postgres is durable and of its own; the load comes from this process, so all share the machine.`;

const connections = 8;
const host = '127.0.0.1';

interface Bench {
  readonly house: OpenHouse;
  readonly yard: Db;
  readonly port: number;
  readonly key: string;
  readonly child: ChildProcess;
  readonly postgresPid: number;
  readonly customerIds: readonly string[];
  readonly variantIds: readonly string[];
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
      followers: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  console.log(machineLine());
  const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-bench-'));
  const postgres = await startPostgres({ dataFolder });
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
    const child = await serve(postgres.url, values.followers, values.profile);
    stops.unshift(() => stop(child.process));
    const key = await makeKey(house, child.port);
    const bench: Bench = {
      house,
      yard,
      port: child.port,
      key,
      child: child.process,
      postgresPid: postgres.pid,
      ...filled,
    };
    await adds(bench, Number(values.rounds), Number(values.seconds));
  } finally {
    for (const end of stops) await end();
  }
}

async function serve(
  postgresUrl: string,
  followers: boolean,
  profile: string | undefined,
): Promise<{ process: ChildProcess; port: number }> {
  const child = fork(
    fileURLToPath(new URL('./lib-commerce-server.ts', import.meta.url)),
    [postgresUrl, ...(followers ? ['followers'] : [])],
    { execArgv: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`] },
  );
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { process: child, port };
}

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });

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
  const made = await post('/v1/keys', { name: 'bench', scopes: ['cart.read', 'cart.write'] }, cookie);
  return ((await made.json()) as { secret: string }).secret;
}

/** Customers with five lines each in their carts, goods with stock, promotions of which some meet the cart. */
async function fill(
  house: OpenHouse,
  size: { readonly customers: number; readonly variants: number; readonly rules: number },
): Promise<Pick<Bench, 'customerIds' | 'variantIds'>> {
  const now = new Date();
  const variantIds: string[] = [];
  const placeId = newId();
  for (let from = 0; from < size.variants; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, size.variants - from) }, (_, index) => {
      const code = `p-${from + index}`;
      return {
        code,
        title: `Товар номер ${from + index}`,
        brand: `Марка ${(from + index) % 40}`,
        variants: [{ sku: code, priceMinor: 10_000 + ((from + index) % 500) * 100 }],
      };
    });
    const saved = await house.db.tx((tx) => saveProducts(house, tx, rows, { at: now, by: 'bench' }));
    for (const product of saved) variantIds.push(product.variants[0]?.id ?? '');
  }
  for (let from = 0; from < variantIds.length; from += 1_000)
    await house.db.tx((tx) =>
      setLevels(
        tx,
        variantIds.slice(from, from + 1_000).map((variantId) => ({ variantId, placeId, onHand: 100_000 })),
        { kind: 'imported', ref: null, by: null, now },
      ),
    );
  await house.db.tx((tx) =>
    savePromotions(
      house,
      tx,
      Array.from({ length: size.rules }, (_, index) => ({
        rule: {
          name: `Акция ${index}`,
          condition: { kind: 'sum', minMinor: index * 20_000 },
          effects: [{ kind: 'percent', lines: { brands: [`Марка ${index % 40}`] }, bp: 500 }],
        },
      })),
      now,
    ),
  );
  const customerIds = await fillCarts(house, variantIds, size.customers);
  return { customerIds, variantIds };
}

async function fillCarts(house: OpenHouse, variantIds: readonly string[], customers: number): Promise<string[]> {
  const ids: string[] = [];
  const now = new Date();
  for (let from = 0; from < customers; from += 5_000) {
    const batch = Array.from({ length: Math.min(5_000, customers - from) }, () => newId());
    ids.push(...batch);
    await house.db.query(
      `insert into identity.customer (id, head_id, created_at, updated_at, channel) select id, id, $2, $2, 'web' from unnest($1::uuid[]) as u (id)`,
      [batch, now],
    );
    const lines = batch.map((_, index) =>
      JSON.stringify(
        Array.from({ length: 5 }, (_line, place) => {
          const at = (from + index + place * 7) % (variantIds.length - 1);
          return [newId(), variantIds[at], 1, 'web', now.getTime(), 10_000 + (at % 500) * 100];
        }),
      ),
    );
    await house.db.query(
      `insert into cart.cart (customer_id, id, version, lines, line_count, coupons, channel, changed_at, check_at)
       select id, id, 1, lines, 5, '{}', 'web', $3::timestamptz, $3::timestamptz + interval '30 minutes' from unnest($1::uuid[], $2::json[]) as u (id, lines)`,
      [batch, lines, now],
    );
  }
  await house.db.query('vacuum analyze');
  return ids;
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

interface Usage {
  readonly residentBytes: number;
  readonly serverMs: number;
  /** Of all processes of Postgres; NaN where there is no /proc. */
  readonly postgresMs: number;
}

const usageOf = (bench: Pick<Bench, 'child' | 'postgresPid'>): Promise<Usage> =>
  new Promise((resolve) => {
    bench.child.once('message', (message) => {
      const { rss, cpu } = message as { rss: number; cpu: NodeJS.CpuUsage };
      resolve({
        residentBytes: rss,
        serverMs: (cpu.user + cpu.system) / 1_000,
        postgresMs: processorMs(bench.postgresPid),
      });
    });
    bench.child.send('usage');
  });

/** Processor time of a process and its children in milliseconds, from /proc (100 ticks a second). */
function processorMs(pid: number): number {
  try {
    let ticks = 0;
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const stat = statOf(name);
      if (stat === undefined || (Number(name) !== pid && Number(stat[1]) !== pid)) continue;
      ticks += Number(stat[11]) + Number(stat[12]);
      // Children that have ended meanwhile, such as a worker of autovacuum, are in the parent's account.
      if (Number(name) === pid) ticks += Number(stat[13]) + Number(stat[14]);
    }
    return ticks * 10;
  } catch {
    return Number.NaN;
  }
}

function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // it ended meanwhile
  }
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
  await measure(bench, make(2_000));
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
