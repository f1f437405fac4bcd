/**
 * Two server processes on one Postgres, and everybody at once: goods that are scarce, one purse at ten tills, coupons
 * with a limit.
 *
 *   npm run drill -- races [--attempts 10000] [--seed 1]
 *
 * Traffic goes to 127.0.0.1 only.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { saveProducts } from '@ruslo/catalog';
import { addCoupons, savePromotions } from '@ruslo/offer';
import { newId } from '@ruslo/platform';
import { setLevels } from '@ruslo/stock';
import { chance } from './lib-chance.ts';
import type { Chance } from './lib-chance.ts';
import { prove } from './lib-proof.ts';
import { freePort, Server } from './lib-server.ts';
import { ask, fillStore, openServed, urlOf } from './lib-store.ts';
import type { Reply } from './lib-store.ts';
import type { Filled, Served } from './lib-world.ts';

const crowd = 50;

interface Ring {
  readonly house: Served;
  readonly store: Filled;
  readonly bases: readonly string[];
  readonly people: readonly { readonly token: string; readonly customerId: string }[];
  readonly random: Chance;
  readonly faults: string[];
  attempts: number;
}

/** A new good of which so many lie in the first shop. */
async function makeGood(ring: Ring, onHand: number, priceMinor: number): Promise<string> {
  const { house, store } = ring;
  const now = house.clock.now();
  const code = `race-${newId()}`;
  const row = { code, title: 'Последнее', variants: [{ sku: code, priceMinor, vat: '22' as const }] };
  const [saved] = await house.db.tx((tx) => saveProducts(house, tx, [row], { at: now, by: 'drill' }));
  const variantId = saved?.variants[0]?.id ?? '';
  const levels = [{ variantId, placeId: store.places[0] ?? '', onHand }];
  await house.db.tx((tx) => setLevels(tx, levels, { kind: 'imported', ref: null, by: null, now }));
  return variantId;
}

const statuses = (replies: readonly Reply[]): string =>
  JSON.stringify(
    Object.entries(Object.groupBy(replies, (one) => `${one.status} ${one.body.code ?? ''}`)).map(([what, all]) => [
      what,
      all?.length,
    ]),
  );

/** Everybody fills the cart, then everybody places at once, over both processes. */
async function placeAll(ring: Ring, variantId: string, coupon?: string): Promise<Reply[]> {
  const { store, bases, people } = ring;
  const checkout = {
    step: 'confirm',
    method: 'pickup',
    placeId: store.places[0],
    recipient: { name: 'Анна', phone: '+79170000001' },
    pay: 'on-handover',
  };
  const ops = [
    { op: 'clear' },
    { op: 'add', variantId, quantity: 1 },
    ...(coupon === undefined ? [] : [{ op: 'add-coupon', code: coupon }]),
  ];
  const base = (index: number): string => bases[index % bases.length] ?? '';
  const totals = await Promise.all(
    people.map(async ({ token }, index) => {
      await ask(base(index), token, 'POST', '/v1/customers/me/cart/operations', { key: randomUUID(), ops });
      await ask(base(index), token, 'PUT', '/v1/customers/me/checkout', checkout);
      const quote = await ask(base(index), token, 'POST', '/v1/customers/me/checkout/quote', {});
      return quote.body.totalMinor as number;
    }),
  );
  ring.attempts += people.length;
  return Promise.all(
    people.map(({ token }, index) =>
      ask(
        base(index + 1),
        token,
        'POST',
        '/v1/customers/me/checkout/place',
        { expectedTotalMinor: totals[index] },
        randomUUID(),
      ),
    ),
  );
}

function judge(ring: Ring, what: string, replies: readonly Reply[], winners: number): void {
  const won = replies.filter((reply) => reply.status === 200).length;
  const odd = replies.filter((reply) => reply.status !== 200 && reply.status !== 409).length;
  if (won !== winners || odd > 0) ring.faults.push(`${what}: ${won} won of ${winners}; ${statuses(replies)}`);
}

async function scarce(ring: Ring): Promise<void> {
  const onHand = 1 + ring.random.below(crowd - 5);
  const variantId = await makeGood(ring, onHand, 100_00);
  judge(ring, `stock of ${onHand}`, await placeAll(ring, variantId), onHand);
}

async function limited(ring: Ring): Promise<void> {
  const { house } = ring;
  const now = house.clock.now();
  const uses = 1 + ring.random.below(crowd - 5);
  const variantId = await makeGood(ring, 1_000, 100_00);
  const code = `RACE${randomUUID().slice(0, 8).toUpperCase()}`;
  const rule = {
    name: code,
    condition: { kind: 'coupon' as const },
    effects: [{ kind: 'order-percent' as const, bp: 1_000 }],
  };
  const [ruleId = ''] = await house.db.tx((tx) => savePromotions(house, tx, [{ rule }], now));
  await house.db.tx((tx) => addCoupons(tx, [{ ruleId, code, kind: 'shared', uses }], now));
  judge(ring, `coupon of ${uses}`, await placeAll(ring, variantId, code), uses);
}

/** Ten tills spend one purse, points and a card's worth of credit: one of them does. */
async function purse(ring: Ring): Promise<void> {
  const { store, bases, random } = ring;
  const variantId = await makeGood(ring, 100, 200_00);
  const who = `purse-${randomUUID()}`;
  const identifiers = [{ kind: 'user_id', value: who }];
  const opened = await ask(bases[0] ?? '', store.secret, 'POST', '/v1/customer-sessions', {
    identifiers,
    channel: 'web',
  });
  const { customerId } = opened.body;
  const isPoints = random.hits(0.5);
  const given = { kind: isPoints ? 'points' : 'credit', amount: isPoints ? 100 : 100_00, reason: 'drill' };
  await ask(bases[0] ?? '', store.secret, 'POST', `/v1/customers/${customerId}/purse/adjust`, given, randomUUID());
  const sale = {
    placeId: store.places[0],
    customerId,
    lines: [{ variantId, quantity: 1 }],
    points: isPoints ? 100 : 0,
    tenders: isPoints
      ? [{ kind: 'cash', amountMinor: 100_00 }]
      : [
          { kind: 'credit', amountMinor: 100_00 },
          { kind: 'cash', amountMinor: 100_00 },
        ],
  };
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, till) =>
      ask(bases[till % 2] ?? '', store.secret, 'POST', '/v1/till/sales', sale, randomUUID()),
    ),
  );
  judge(ring, `one purse of ${given.kind}`, replies, 1);
}

async function enter(house: Served, store: Filled, bases: readonly string[], random: Chance): Promise<Ring> {
  const people = await Promise.all(
    Array.from({ length: crowd }, async (_, index) => {
      const identifiers = [{ kind: 'user_id', value: `race-${index}` }];
      const opened = await ask(bases[0] ?? '', store.secret, 'POST', '/v1/customer-sessions', {
        identifiers,
        channel: 'web',
      });
      if (opened.status !== 200) throw new Error(`not signed in: ${JSON.stringify(opened)}`);
      return opened.body as { token: string; customerId: string };
    }),
  );
  return { house, store, bases, people, random, faults: [], attempts: 0 };
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { attempts: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  });
  const data = await mkdtemp(join(tmpdir(), 'ruslo-races-'));
  const one = new Server(data, await freePort(), { RUSLO_LOG_LEVEL: 'warn' });
  let two: Server | undefined;
  const beganMs = Date.now();
  try {
    one.start();
    await one.ready();
    const postgresUrl = await urlOf(data, 'postgres');
    const stores = { RUSLO_POSTGRES_URL: postgresUrl, RUSLO_CLICKHOUSE_URL: await urlOf(data, 'clickhouse') };
    two = new Server(data, await freePort(), { ...stores, RUSLO_LOG_LEVEL: 'warn' }, ['--role', 'api']);
    two.start();
    await two.ready();
    const house = await openServed(postgresUrl);
    const ring = await enter(house, await fillStore(house), [one.base, two.base], chance(Number(values.seed)));
    const most = Number(values.attempts);
    const rounds = { stock: 0, coupon: 0, purse: 0 };
    while (ring.attempts < most && ring.faults.length === 0) {
      await scarce(ring);
      rounds.stock += 1;
      if (rounds.stock % 10 === 0) {
        await limited(ring);
        rounds.coupon += 1;
      }
      if (rounds.stock % 4 === 0) {
        await purse(ring);
        rounds.purse += 1;
      }
    }
    const proof = await house.db.tx((tx) => prove(tx));
    await house.close();
    for (const line of [...ring.faults, ...proof.differences].slice(0, 50)) console.log(line);
    const seconds = Math.round((Date.now() - beganMs) / 1_000);
    console.log(
      `${ring.attempts} checkouts, ${rounds.stock} goods, ${rounds.coupon} coupons, ${rounds.purse} purses at ten tills, two processes; ${proof.orders} orders; ${seconds} s`,
    );
    const passed = ring.faults.length + proof.differences.length === 0;
    console.log(passed ? 'drill: passed, 0 oversold' : 'drill: FAILED');
    process.exitCode = passed ? 0 : 1;
  } catch (error) {
    console.error(error);
    console.error(one.output.slice(-4_000));
    process.exitCode = 1;
  } finally {
    await two?.kill();
    await one.stop();
    await rm(data, { recursive: true, force: true, maxRetries: 5 });
  }
}
