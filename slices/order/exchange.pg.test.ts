import { paymentsOf } from '@ruslo/payment';
import { newId } from '@ruslo/platform';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cardLeft,
  documentsOf,
  factsOf,
  giftCard,
  makeCard,
  makePerson,
  makeReady,
  onHand,
  openWorld,
  placeAndPay,
  points,
  proveAll,
  sumsOf,
} from './testing-desk.ts';
import type { Person, Placed, World } from './testing-desk.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await proveAll(world);
  await world.house.close();
});

const body = <T>(answer: { readonly body: unknown }): T => answer.body as T;

/** Ordered on the web, picked up whole. */
async function bought(
  person: Person,
  lines: readonly { readonly index: number; readonly quantity: number }[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<Placed> {
  const placed = await placeAndPay(world, person, {
    lines: lines.map(({ index, quantity }) => ({ good: world.good(index), quantity })),
    checkout: { method: 'pickup', placeId: world.shop, ...more },
  });
  for (const parcel of placed.parcels) {
    await makeReady(world, parcel);
    expect(await world.desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { tenders: dueIn(more) })).toMatchObject({
      status: 200,
    });
  }
  return placed;
}
const dueIn = (more: Readonly<Record<string, unknown>>): object[] =>
  more['pay'] === 'on-handover' ? [{ kind: 'cash' }] : [];

const giveBack = (orderId: string, lines: readonly object[], more: object = {}, headers?: Record<string, string>) =>
  world.desk.ask(
    'POST',
    '/v1/returns',
    { orderId, lines, placeId: world.otherShop, ...more },
    headers ?? { 'x-ruslo': '1' },
  );

describe('exchange', () => {
  it('moves only the difference, both ways, and what was exchanged goes back to the old card (T13)', async () => {
    const { desk, house, otherShop } = world;
    const anna = await makePerson(world);
    const card = await makeCard(house, 40_000);
    const [cheap, dear] = [world.good(5), world.good(7)];
    const placed = await bought(anna, [{ index: 5, quantity: 1 }], { cardCodes: [card.code] });
    const before = [await onHand(world, cheap.id, otherShop), await onHand(world, dear.id, otherShop)];
    const ask = {
      orderId: placed.orderId,
      lines: [{ lineNo: 1, quantity: 1 }],
      placeId: otherShop,
      take: [{ variantId: dear.id, quantity: 1 }],
    };
    expect(await desk.ask('POST', '/v1/exchanges', ask)).toMatchObject({
      status: 422,
      body: { code: 'order.wrong-payment' },
    });
    expect((await sumsOf(house, placed.orderId)).refundedMinor).toBe(0);
    const preview = await desk.ask('POST', '/v1/exchanges/preview', ask);
    expect(preview).toMatchObject({
      status: 200,
      body: { totalMinor: 500_000, carriedMinor: 70_000, paidMinor: 430_000, refundedMinor: 0 },
    });
    const headers = { 'x-ruslo': '1', 'idempotency-key': newId() };
    const up = await desk.ask('POST', '/v1/exchanges', { ...ask, tenders: [{ kind: 'terminal' }] }, headers);
    expect(up).toMatchObject({ status: 200, body: { carriedMinor: 70_000, paidMinor: 430_000, refundedMinor: 0 } });
    expect(
      (await desk.ask('POST', '/v1/exchanges', { ...ask, tenders: [{ kind: 'terminal' }] }, headers)).body,
    ).toEqual(up.body);
    expect([await onHand(world, cheap.id, otherShop), await onHand(world, dear.id, otherShop)]).toEqual([
      { ...before[0], onHand: (before[0]?.onHand ?? 0) + 1 },
      { ...before[1], onHand: (before[1]?.onHand ?? 0) - 1 },
    ]);
    // Nothing went back to the gift card yet.
    expect(await cardLeft(world, card.id)).toBe(0);
    const { orderId } = body<{ orderId: string }>(up);
    expect(await sumsOf(house, orderId)).toMatchObject({
      state: 'completed',
      paidMinor: 500_000,
      tenders: { gift: { amountMinor: 40_000 }, card: { amountMinor: 30_000 }, terminal: { amountMinor: 430_000 } },
    });
    // And down: the dear one for a cheap one. 430,000 of 500,000 go back, each part to its own source.
    const down = await desk.ask('POST', '/v1/exchanges', {
      orderId,
      lines: [{ lineNo: 1, quantity: 1 }],
      placeId: otherShop,
      take: [{ variantId: cheap.id, quantity: 1 }],
    });
    expect(down).toMatchObject({
      status: 200,
      body: { totalMinor: 70_000, carriedMinor: 70_000, paidMinor: 0, refundedMinor: 430_000 },
    });
    // Then that comes back as well: all the money of three documents has gone where it came from.
    const last = body<{ orderId: string }>(down).orderId;
    expect(await giveBack(last, [{ lineNo: 1, quantity: 1 }])).toMatchObject({
      status: 200,
      body: { amountMinor: 70_000 },
    });
    expect(await cardLeft(world, card.id)).toBe(40_000);
    const refunds = (await paymentsOf(house.db, [placed.orderId, orderId]))
      .map(({ method, amountMinor, refundedMinor }) => ({ method, amountMinor, refundedMinor }))
      .toSorted((one, other) => one.amountMinor - other.amountMinor);
    expect(refunds).toEqual([
      { method: 'card', amountMinor: 30_000, refundedMinor: 30_000 },
      { method: 'terminal', amountMinor: 430_000, refundedMinor: 430_000 },
    ]);
    expect(await points(world, anna)).toEqual({ active: 0, pending: 0 });
    expect(await factsOf(house, placed.orderId)).toContain('order.exchanged');
    const documents = await documentsOf(house, orderId);
    expect(documents[0]?.document).toMatchObject({ '1054': 1, '1020': 500_000, '1081': 430_000, '1215': 70_000 });
  });
});

describe('till', () => {
  it('a sale to nobody known comes back by its number, in cash', async () => {
    const { owner, desk, shop, house } = world;
    const good = world.good(0);
    const sale = await owner.ask('POST', '/v1/till/sales', {
      placeId: shop,
      lines: [{ code: good.ean, quantity: 1 }],
      tenders: [{ kind: 'cash', amountMinor: good.priceMinor }],
    });
    expect(sale).toMatchObject({ status: 200 });
    const { orderId, number } = body<{ orderId: string; number: string }>(sale);
    expect(await desk.ask('POST', '/v1/returns/find', { orderNumber: number })).toMatchObject({
      body: { items: [{ orderId, customerId: null }] },
    });
    expect(await giveBack(orderId, [{ lineNo: 1, quantity: 1 }], { to: 'cash' })).toMatchObject({
      body: { tenders: [{ kind: 'cash', amountMinor: good.priceMinor }] },
    });
    const ended = await house.db.query('select id from "order".warranty where order_id = $1 and ended_at is not null', [
      orderId,
    ]);
    expect(ended).toHaveLength(1);
  });

  it('a sold gift card comes back, and does not when something of it was spent (T32)', async () => {
    const { owner, shop } = world;
    const card = world.good(giftCard);
    const sell = async (): Promise<{ orderId: string; code: string; cardId: string }> => {
      const sale = await owner.ask('POST', '/v1/till/sales', {
        placeId: shop,
        lines: [{ code: card.sku, quantity: 1 }],
        tenders: [{ kind: 'cash', amountMinor: card.priceMinor }],
      });
      expect(sale).toMatchObject({ status: 200 });
      const { orderId } = body<{ orderId: string }>(sale);
      const told = await owner.ask('POST', `/v1/orders/${orderId}/cards`, {});
      const [made] = body<{ items: { code: string; cardId: string }[] }>(told).items;
      return { orderId, code: made?.code ?? '', cardId: made?.cardId ?? '' };
    };
    const unused = await sell();
    expect(await giveBack(unused.orderId, [{ lineNo: 1, quantity: 1 }])).toMatchObject({
      body: { amountMinor: card.priceMinor },
    });
    expect(await cardLeft(world, unused.cardId)).toBe(0);
    const used = await sell();
    const good = world.good(8);
    const spent = await owner.ask('POST', '/v1/till/sales', {
      placeId: shop,
      lines: [{ code: good.ean, quantity: 1 }],
      tenders: [{ kind: 'gift', code: used.code, amountMinor: good.priceMinor }],
    });
    expect(spent).toMatchObject({ status: 200 });
    expect(await giveBack(used.orderId, [{ lineNo: 1, quantity: 1 }])).toMatchObject({
      status: 409,
      body: { code: 'wallet.card-used' },
    });
    expect(await cardLeft(world, used.cardId)).toBe(card.priceMinor - good.priceMinor);
  });
});

describe('chains of exchanges', () => {
  const change = fc.record({
    index: fc.integer({ min: 0, max: 8 }),
    quantity: fc.integer({ min: 1, max: 2 }),
    kind: fc.constantFrom('cash', 'terminal'),
  });
  const chain = fc.record({
    first: change,
    giftMinor: fc.constantFrom(0, 999, 100_000),
    changes: fc.array(change, { minLength: 1, maxLength: 3 }),
  });

  it(
    'move only differences, and at the end everything is where it came from (T6, T7, T13)',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(chain, async ({ first, giftMinor, changes }) => {
          const { desk, house, otherShop } = world;
          const anna = await makePerson(world);
          const card = giftMinor > 0 ? await makeCard(house, giftMinor) : undefined;
          const placed = await bought(anna, [first], card === undefined ? {} : { cardCodes: [card.code] });
          const orders = [placed.orderId];
          let now = { orderId: placed.orderId, quantity: first.quantity, totalMinor: placed.totalMinor };
          for (const { index, quantity, kind } of changes) {
            const answer = await desk.ask('POST', '/v1/exchanges', {
              orderId: now.orderId,
              lines: [{ lineNo: 1, quantity: now.quantity }],
              placeId: otherShop,
              take: [{ variantId: world.good(index).id, quantity }],
              tenders: [{ kind }],
            });
            expect(answer).toMatchObject({ status: 200 });
            const done = body<{
              orderId: string;
              totalMinor: number;
              carriedMinor: number;
              paidMinor: number;
              refundedMinor: number;
            }>(answer);
            expect(done.paidMinor - done.refundedMinor).toBe(done.totalMinor - now.totalMinor);
            expect(Math.min(done.paidMinor, done.refundedMinor)).toBe(0);
            now = { orderId: done.orderId, quantity, totalMinor: done.totalMinor };
            orders.push(done.orderId);
          }
          expect(await giveBack(now.orderId, [{ lineNo: 1, quantity: now.quantity }])).toMatchObject({
            status: 200,
            body: { amountMinor: now.totalMinor },
          });
          for (const payment of await paymentsOf(house.db, orders))
            expect(payment.refundedMinor).toBe(payment.amountMinor);
          if (card !== undefined) expect(await cardLeft(world, card.id)).toBe(giftMinor);
          expect(await points(world, anna)).toEqual({ active: 0, pending: 0 });
          for (const orderId of orders) {
            const sums = await sumsOf(house, orderId);
            expect(sums.refundedMinor).toBe(sums.paidMinor);
          }
        }),
        { numRuns: 15 },
      );
    },
  );
});
