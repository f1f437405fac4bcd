/**
 * Kills the server and Postgres with SIGKILL at random moments in the middle of checkouts, then counts: every order is
 * paid and confirmed with its goods, points and receipts, or has ended and given everything back; every charge at the
 * provider has its order or its refund; lost webhooks were made good.
 *
 *   npm run drill -- checkout [--kills 20] [--seed 1]
 *
 * `--kills` are shared between server and Postgres. Traffic goes to 127.0.0.1 only.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPaymentLab } from '@ruslo/lab-payment';
import type { PaymentLab } from '@ruslo/lab-payment';
import { openDb } from '@ruslo/platform';
import type { Db } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { chance } from './lib-chance.ts';
import type { Chance } from './lib-chance.ts';
import { prove } from './lib-proof.ts';
import { freePort, killPostgres, Server } from './lib-server.ts';
import { ask, fillStore, openServed, urlOf } from './lib-store.ts';
import type { Reply } from './lib-store.ts';
import type { Filled } from './lib-world.ts';

const workers = 4;

interface Load {
  stopped: boolean;
  /** Orders whose placement or sale was answered. */
  readonly acknowledged: Set<string>;
  readonly paid: Set<string>;
  placements: number;
  again: number;
}

/** Sent with the same key until somebody answers. */
async function untilAnswered(load: Load, work: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await work();
    if (reply.status > 0 && reply.status < 500) return reply;
    load.again += 1;
    await delay(150);
  }
}

async function buy(base: string, store: Filled, lab: PaymentLab, load: Load, random: Chance): Promise<void> {
  const send = (token: string, method: 'POST' | 'PUT', path: string, body: object): Promise<Reply> => {
    const key = randomUUID();
    return untilAnswered(load, () => ask(base, token, method, path, body, key));
  };
  const identifiers = [{ kind: 'user_id', value: `drill-${random.below(300)}` }];
  const channel = random.pick(['web', 'app', 'messenger']);
  const opened = await send(store.secret, 'POST', '/v1/customer-sessions', { identifiers, channel });
  const { token, customerId } = opened.body;
  if (random.hits(0.2)) await send(store.secret, 'POST', `/v1/customers/${customerId}/purse/adjust`, gift(random));
  const goods = store.goods.filter((good) => good.kind === 'good');
  const lines = [random.pick(goods), random.pick(goods)].map(({ id, most }) => ({
    variantId: id,
    quantity: 1 + random.below(most),
  }));
  const ops = [{ op: 'clear' }, ...lines.map((line) => ({ op: 'add', ...line }))];
  await send(token, 'POST', '/v1/customers/me/cart/operations', { key: randomUUID(), ops });
  const recipient = { name: 'Анна', phone: '+79170000001', address: { city: 'Казань', lat: 55.79, lon: 49.1 } };
  const where = random.hits(0.7) ? { method: 'pickup', placeId: random.pick(store.places) } : { method: 'delivery' };
  const pay = random.hits(0.85) ? 'now' : 'on-handover';
  await send(token, 'PUT', '/v1/customers/me/checkout', { step: 'confirm', ...where, recipient, pay, points: null });
  const quote = await send(token, 'POST', '/v1/customers/me/checkout/quote', {});
  if (quote.status !== 200) return;
  load.placements += 1;
  const expectedTotalMinor: number = quote.body.totalMinor;
  const placed = await send(token, 'POST', '/v1/customers/me/checkout/place', { expectedTotalMinor });
  if (placed.status !== 200) return;
  const { orderId } = placed.body;
  let { paymentId } = placed.body;
  load.acknowledged.add(orderId);
  if (paymentId === null) return;
  if (lab.control.of(paymentId).length === 0) {
    // The provider was not reached before the kill: she presses «pay» once more.
    const again = await send(store.secret, 'POST', `/v1/orders/${orderId}/pay`, {});
    paymentId = again.body.paymentId ?? paymentId;
  }
  if (lab.control.of(paymentId).length === 0 || random.hits(0.08)) return;
  lab.control.webhooks = random.pick(['normal', 'normal', 'lost', 'duplicate']);
  lab.control.confirm(paymentId, random.hits(0.92) ? 'approve' : 'decline');
  load.paid.add(paymentId);
  if (random.hits(0.1)) await send(store.secret, 'POST', `/v1/orders/${orderId}/cancel`, { why: 'drill' });
}

const gift = (random: Chance): object => ({ kind: 'points', amount: 1 + random.below(500), reason: 'drill' });

/** At a random moment, but not before some have bought since the last kill. */
async function wait(load: Load, random: Chance): Promise<void> {
  const until = load.placements + 4;
  const end = Date.now() + 20_000;
  while (load.placements < until && Date.now() < end) await delay(20);
  await delay(random() * 1_500);
}

async function killAtRandom(server: Server, data: string, load: Load, kills: number, random: Chance): Promise<string> {
  const done = { server: 0, postgres: 0 };
  for (let kill = 0; kill < kills; kill += 1) {
    await wait(load, random);
    const beganMs = Date.now();
    const what = random.hits(0.5) ? 'server' : 'postgres';
    if (what === 'server') {
      await server.kill();
      server.start();
    } else await killPostgres(data);
    done[what] += 1;
    await server.ready();
    console.log(`${String(kill + 1).padStart(3)} killed ${what.padEnd(8)} ready after ${Date.now() - beganMs} ms`);
  }
  return `server ${done.server}, Postgres ${done.postgres}`;
}

/** Orders that nobody pays end in half an hour; here, now. Then what is late is asked for, and refunds are sent. */
async function settle(db: Db, lab: PaymentLab): Promise<void> {
  const end = Date.now() + 240_000;
  await lab.control.quiet();
  lab.control.webhooks = 'normal';
  // Payments that nobody told of are asked for after a minute, and they should be found paid, not expired.
  await delay(75_000);
  await db.query(`update "order"."order" set expires_at = now() where state = 'awaiting-payment'`);
  for (;;) {
    const [left] = await db.query<{ orders: number; payments: number; refunds: number }>(
      `select (select count(*)::int from "order"."order" where state = 'awaiting-payment') as orders,
         (select count(*)::int from payment.payment where state in ('new', 'pending') or cancel_at is not null) as payments,
         (select count(*)::int from payment.refund where state in ('queued', 'pending')) as refunds`,
    );
    if (left !== undefined && left.orders + left.payments + left.refunds === 0) return;
    if (Date.now() > end) throw new Error(`not settled: ${JSON.stringify(left)}`);
    await delay(1_000);
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
  });
  const random = chance(Number(values.seed));
  const data = await mkdtemp(join(tmpdir(), 'ruslo-drill-'));
  const port = await freePort();
  const lab = await openPaymentLab({ webhookUrl: `http://127.0.0.1:${port}/v1/payments/card/webhook` });
  const server = new Server(data, port, { RUSLO_PAYMENT_URL: lab.url, RUSLO_PAYMENT_SECRET: lab.secret });
  const beganMs = Date.now();
  const load: Load = { stopped: false, acknowledged: new Set(), paid: new Set(), placements: 0, again: 0 };
  try {
    server.start();
    await server.ready();
    const house = await openServed(await urlOf(data, 'postgres'));
    const store = await fillStore(house);
    await house.close();
    const work = async (no: number): Promise<void> => {
      const own = chance(Number(values.seed) * 1_000 + no);
      while (!load.stopped) await buy(server.base, store, lab, load, own);
    };
    const running = Array.from({ length: workers }, (_, no) => work(no));
    const killed = await killAtRandom(server, data, load, Number(values.kills), random);
    load.stopped = true;
    await Promise.all(running);
    const db = openDb({ url: await urlOf(data, 'postgres'), max: 2 });
    await settle(db, lab);
    await db.close();
    await server.stop();
    const differences = await count(data, load, lab);
    for (const line of differences.slice(0, 50)) console.log(line);
    const seconds = Math.round((Date.now() - beganMs) / 1_000);
    console.log(
      `killed: ${killed}; ${load.placements} placements, ${load.paid.size} payments, sent again ${load.again}; ${seconds} s`,
    );
    console.log(differences.length === 0 ? 'drill: passed' : 'drill: FAILED');
    process.exitCode = differences.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error);
    console.error(server.output.slice(-8_000));
    process.exitCode = 1;
  } finally {
    load.stopped = true;
    await server.kill();
    await lab.close();
    await rm(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Opens the store that the stopped server left, and adds up. */
async function count(data: string, load: Load, lab: PaymentLab): Promise<string[]> {
  const postgres = await startPostgres({ dataFolder: data });
  const db = openDb({ url: postgres.url, max: 2 });
  try {
    const proof = await db.tx((tx) => prove(tx, lab));
    const differences = [...proof.differences];
    const rows = await db.query<{ id: string; state: string; payments: string[] | null }>(
      `select o.id, o.state, array_agg(p.id::text) filter (where p.method = 'card') as payments
       from "order"."order" o left join payment.payment p on p.ref = o.id::text group by o.id`,
    );
    const states = new Map<string, number>();
    for (const row of rows) states.set(row.state, (states.get(row.state) ?? 0) + 1);
    const there = new Set(rows.map((row) => row.id));
    for (const id of load.acknowledged)
      if (!there.has(id)) differences.push(`order ${id} was acknowledged and is gone`);
    const known = new Set(rows.flatMap((row) => row.payments ?? []));
    for (const id of load.paid) if (!known.has(id)) differences.push(`payment ${id} was made and is gone`);
    const waiting = states.get('awaiting-payment') ?? 0;
    if (waiting > 0) differences.push(`${waiting} orders still await payment`);
    console.log(`${proof.orders} orders: ${[...states].map(([state, times]) => `${state} ${times}`).join(', ')}`);
    return differences;
  } finally {
    await db.close();
    await postgres.stop();
  }
}
