import { saveProgramme } from '@ruslo/loyalty';
import { newId, runDuty } from '@ruslo/platform';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { order } from './index.ts';
import {
  cardLeft,
  documentsOf,
  factsOf,
  givePoints,
  makeCard,
  makePerson,
  makeReady,
  onHand,
  openWorld,
  placeAndPay,
  points,
  proveAll,
  stockUp,
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
const address = { city: 'Казань', street: 'Баумана', house: '1', lat: 55.79, lon: 49.11 };

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

describe('delivery', () => {
  it('is shipped from a shop, delivered, and comes back in another shop without paper (T6, T12)', async () => {
    const { desk, house, otherShop } = world;
    const anna = await makePerson(world);
    await givePoints(house, anna.customerId, 300);
    const [one, two] = [world.good(0), world.good(3)];
    const placed = await placeAndPay(world, anna, {
      lines: [
        { good: one, quantity: 1 },
        { good: two, quantity: 3 },
      ],
      checkout: { method: 'delivery', recipient: { address }, points: 300 },
    });
    const [parcel = ''] = placed.parcels;
    const task = body<{ placeId: string; state: string }>(await desk.ask('GET', `/v1/fulfilments/${parcel}`));
    expect(task.state).toBe('waiting');
    const from = await onHand(world, two.id, task.placeId);
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/deliver`, {})).toMatchObject({ status: 409 });
    await makeReady(world, parcel);
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/deliver`, {})).toMatchObject({ status: 409 });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/ship`)).toMatchObject({
      body: { state: 'shipped', orderState: 'shipped' },
    });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/ship`)).toMatchObject({ status: 409 });
    expect(await onHand(world, two.id, task.placeId)).toEqual({ onHand: from.onHand - 3, reserved: from.reserved - 3 });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/deliver`, {})).toMatchObject({
      body: { orderState: 'completed' },
    });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/deliver`, {})).toMatchObject({ status: 409 });

    const there = await onHand(world, two.id, otherShop);
    const before = await points(world, anna);
    for (const by of [{ phone: anna.phone }, { orderNumber: placed.number }, { customerId: anna.customerId }])
      expect(await desk.ask('POST', '/v1/returns/find', by)).toMatchObject({
        status: 200,
        body: { items: [{ orderId: placed.orderId, channel: 'web', inTime: true }] },
      });
    // Or with the paper: by the number of the register or by its sign.
    await runDuty(house, 'receipt.register');
    const receipt = (await documentsOf(house, placed.orderId))[0]?.number;
    expect(await desk.ask('POST', '/v1/returns/find', { receipt })).toMatchObject({
      body: { items: [{ orderId: placed.orderId }] },
    });
    const found = await desk.ask('POST', '/v1/returns/find', { phone: anna.phone });
    const line = body<{
      items: { lines: { lineNo: number; variantId: string; returnable: number; amountMinor: number }[] }[];
    }>(found).items[0]?.lines.find((each) => each.variantId === two.id);
    expect(line).toMatchObject({ returnable: 3 });
    const lines = [
      { lineNo: line?.lineNo, quantity: 1, reason: 'defect', damaged: true },
      { lineNo: line?.lineNo, quantity: 1, reason: 'unfit' },
    ];
    const preview = await desk.ask('POST', '/v1/returns/preview', {
      orderId: placed.orderId,
      lines,
      placeId: otherShop,
    });
    expect(await onHand(world, two.id, otherShop)).toEqual(there);
    const returned = await giveBack(placed.orderId, lines);
    expect(returned).toMatchObject({ status: 200, body: { state: 'refunded', channel: 'shop' } });
    // Preview = result (T11), but for its name.
    const strip = (answer: { readonly body: unknown }): object => {
      const {
        id: _id,
        number: _number,
        receiptId: _receiptId,
        createdAt: _at,
        receivedAt: _in,
        refundedAt: _out,
        ...rest
      } = body<Record<string, unknown>>(answer);
      return rest;
    };
    expect(strip(preview)).toEqual(strip(returned));
    // The damaged one is not sellable again.
    expect(await onHand(world, two.id, otherShop)).toEqual({ ...there, onHand: there.onHand + 1 });
    const back = body<{ amountMinor: number; pointsBack: number; pointsTaken: number }>(returned);
    const after = await points(world, anna);
    expect(after).toEqual({ active: before.active + back.pointsBack, pending: before.pending - back.pointsTaken });

    // The rest too: everything that was paid for goods has come back, to where it came from.
    expect(await giveBack(placed.orderId, [{ lineNo: line?.lineNo, quantity: 2 }])).toMatchObject({
      status: 409,
      body: { code: 'order.too-many' },
    });
    const rest = [
      { lineNo: line?.lineNo, quantity: 1 },
      { lineNo: line?.lineNo === 1 ? 2 : 1, quantity: 1 },
    ];
    expect(await giveBack(placed.orderId, rest)).toMatchObject({ status: 200 });
    const [{ shipping } = { shipping: 0 }] = await house.db.query<{ shipping: number }>(
      'select shipping_minor as shipping from "order"."order" where id = $1',
      [placed.orderId],
    );
    expect((await sumsOf(house, placed.orderId)).refundedMinor).toBe(placed.totalMinor - shipping);
    expect(await points(world, anna)).toEqual({ active: 300, pending: 0 });
    const documents = await documentsOf(house, placed.orderId);
    expect(documents.map((document) => document.type)).toEqual(['sale', 'sale', 'sale-refund', 'sale-refund']);
    // The tags of the settlement are repeated (T45).
    for (const { document } of documents.slice(2))
      expect(
        (document['1059'] as { '1214': number; '1199': number }[]).every(
          (item) => item['1214'] === 4 && item['1199'] === 11,
        ),
      ).toBe(true);
    expect(await desk.ask('POST', '/v1/returns/find', { orderNumber: placed.number })).toMatchObject({ status: 404 });
    expect(await desk.ask('GET', `/v1/returns?orderId=${placed.orderId}&limit=1`)).toMatchObject({
      body: { items: [{}] },
    });
    const warranties = await anna.ask('GET', '/v1/customers/me/warranties');
    expect(body<{ items: unknown[] }>(warranties).items).toEqual([]);
    const ended = await anna.ask('GET', '/v1/customers/me/warranties?ended=true');
    expect(body<{ items: unknown[] }>(ended).items).toHaveLength(1);
  });

  it('what is refused at the door comes back into stock, with its money', async () => {
    const { desk, house } = world;
    const anna = await makePerson(world);
    const good = world.good(1);
    const placed = await placeAndPay(world, anna, {
      lines: [{ good, quantity: 2 }],
      checkout: { method: 'delivery', recipient: { address } },
    });
    const [parcel = ''] = placed.parcels;
    const { placeId } = body<{ placeId: string }>(await desk.ask('GET', `/v1/fulfilments/${parcel}`));
    const before = await onHand(world, good.id, placeId);
    await makeReady(world, parcel);
    await desk.ask('POST', `/v1/fulfilments/${parcel}/ship`);
    const lines = [{ lineNo: 1, taken: 0, refused: 2 }];
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/deliver`, { lines })).toMatchObject({
      body: { orderState: 'cancelled' },
    });
    expect(await onHand(world, good.id, placeId)).toEqual({ onHand: before.onHand, reserved: before.reserved - 2 });
    expect((await sumsOf(house, placed.orderId)).refundedMinor).toBe(placed.totalMinor);
  });
});

describe('not found', () => {
  it('goes to another place that has it, and is withdrawn with its money where none has', async () => {
    const { desk, house, shop, otherShop } = world;
    const anna = await makePerson(world);
    const good = world.good(10);
    await stockUp(house, [good], [shop, otherShop], 3);
    const placed = await placeAndPay(world, anna, {
      lines: [{ good, quantity: 2 }],
      checkout: { method: 'delivery', recipient: { address } },
    });
    const [parcel = ''] = placed.parcels;
    const { placeId } = body<{ placeId: string }>(await desk.ask('GET', `/v1/fulfilments/${parcel}`));
    const other = placeId === shop ? otherShop : shop;
    await desk.ask('POST', `/v1/fulfilments/${parcel}/take`);
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/not-found`, { lineNo: 1, quantity: 3 })).toMatchObject({
      status: 409,
    });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/not-found`, { lineNo: 1, quantity: 1 })).toMatchObject({
      status: 200,
      body: { placeId: other, refundedMinor: 0, parcel: { orderState: 'picking' } },
    });
    expect(await onHand(world, good.id, placeId)).toEqual({ onHand: 2, reserved: 1 });
    expect(await onHand(world, good.id, other)).toEqual({ onHand: 3, reserved: 1 });
    // The other one is missing too, and now nobody has it left who is not in the order already.
    const withdrawn = await desk.ask('POST', `/v1/fulfilments/${parcel}/not-found`, { lineNo: 1, quantity: 1 });
    expect(withdrawn).toMatchObject({ status: 200, body: { placeId: null, parcel: { state: 'cancelled' } } });
    const { refundedMinor } = body<{ refundedMinor: number }>(withdrawn);
    expect((await sumsOf(house, placed.orderId)).refundedMinor).toBe(refundedMinor);
    const [second = ''] = (
      await house.db.query<{ id: string }>(
        `select id from "order".fulfilment where order_id = $1 and state = 'waiting'`,
        [placed.orderId],
      )
    ).map((row) => row.id);
    await makeReady(world, second);
    await desk.ask('POST', `/v1/fulfilments/${second}/ship`);
    expect(await desk.ask('POST', `/v1/fulfilments/${second}/deliver`, {})).toMatchObject({
      body: { orderState: 'completed', takenMinor: placed.totalMinor - refundedMinor },
    });
    const facts = await factsOf(house, placed.orderId);
    expect(facts.filter((name) => name === 'fulfilment.not-found')).toHaveLength(2);
  });
});

describe('return', () => {
  it('once per key, and of one unit under ten desks once', async () => {
    const anna = await makePerson(world);
    const { orderId } = await bought(anna, [
      { index: 8, quantity: 1 },
      { index: 5, quantity: 2 },
    ]);
    const headers = { 'x-ruslo': '1', 'idempotency-key': newId() };
    const both = await Promise.all([1, 2].map(() => giveBack(orderId, [{ lineNo: 2, quantity: 1 }], {}, headers)));
    expect(both[0]).toEqual({ ...both[1], headers: both[0]?.headers });
    const ten = await Promise.all(Array.from({ length: 10 }, () => giveBack(orderId, [{ lineNo: 1, quantity: 1 }])));
    expect(ten.filter((one) => one.status === 200)).toHaveLength(1);
    expect(ten.filter((one) => one.body.code === 'order.too-many')).toHaveLength(9);
    expect((await sumsOf(world.house, orderId)).refundedMinor).toBe(82_345);
  });

  it('keeps the window, lets staff say why, and gives no cash for what was paid by card', async () => {
    const anna = await makePerson(world);
    const { orderId } = await bought(anna, [{ index: 6, quantity: 2 }]);
    const lines = [{ lineNo: 1, quantity: 1 }];
    expect(await giveBack(orderId, lines, { to: 'cash' })).toMatchObject({
      status: 422,
      body: { code: 'order.cash-not-allowed' },
    });
    await world.house.db.query(
      `update "order"."order" set completed_at = completed_at - interval '15 days' where id = $1`,
      [orderId],
    );
    expect(await giveBack(orderId, lines)).toMatchObject({ status: 422, body: { code: 'order.return-late' } });
    expect(await giveBack(orderId, lines, { why: 'брак, виден не сразу' })).toMatchObject({
      status: 200,
      body: { why: 'брак, виден не сразу' },
    });
    const paidCash = await bought(anna, [{ index: 6, quantity: 1 }], { pay: 'on-handover' });
    expect(await giveBack(paidCash.orderId, lines, { to: 'cash' })).toMatchObject({
      status: 200,
      body: { tenders: [{ kind: 'cash' }] },
    });
  });

  it('keeps money for points that were spent already, when the programme says so, down to the receipt (T9)', async () => {
    const { house, clock, owner } = world;
    const terms = { pointMinor: 100, earnRateBp: 1_000, spendLimitBp: 10_000, returnDays: 0 } as const;
    await house.db.tx((tx) => saveProgramme(tx, { ...terms, clawBack: 'deduct' }, 'test', clock.now()));
    const anna = await makePerson(world);
    const { orderId, totalMinor } = await bought(anna, [{ index: 5, quantity: 2 }]);
    expect(await points(world, anna)).toEqual({ active: 140, pending: 0 });
    await owner.ask('POST', `/v1/customers/${anna.customerId}/purse/adjust`, {
      kind: 'points',
      amount: -100,
      reason: 'потрачены',
    });
    const late = { why: 'окно закрыто' };
    const one = await giveBack(orderId, [{ lineNo: 1, quantity: 1 }], late);
    // 70 points go, of the 40 that are left: 30 points are 30 roubles.
    expect(one).toMatchObject({ status: 200, body: { amountMinor: 67_000, deductedMinor: 3_000, pointsTaken: 70 } });
    expect(await points(world, anna)).toEqual({ active: 0, pending: 0 });
    expect(await giveBack(orderId, [{ lineNo: 1, quantity: 1 }], late)).toMatchObject({
      body: { amountMinor: 63_000, deductedMinor: 7_000 },
    });
    expect((await sumsOf(house, orderId)).refundedMinor).toBe(totalMinor - 10_000);
    const documents = await documentsOf(house, orderId);
    expect(documents.slice(2).map((document) => document.totalMinor)).toEqual([67_000, 63_000]);
    await house.db.tx((tx) =>
      saveProgramme(tx, { ...terms, earnRateBp: 500, spendLimitBp: 3_000, returnDays: 14 }, 'test', clock.now()),
    );
  });

  it('says nothing of a person who was erased, and keeps the sums (T30)', async () => {
    const { house } = world;
    const anna = await makePerson(world);
    const { orderId, totalMinor } = await bought(anna, [{ index: 1, quantity: 1 }]);
    await giveBack(orderId, [{ lineNo: 1, quantity: 1 }]);
    const told = await house.db.tx((tx) => order.export?.(tx, [anna.customerId]) ?? Promise.resolve({}));
    expect(told).toMatchObject({ returns: [{ orderId }], warranties: [{ sku: 'SKU-1' }] });
    await house.db.tx((tx) => order.erase?.(tx, [anna.customerId]) ?? Promise.resolve());
    const list = await world.owner.ask('GET', `/v1/returns?orderId=${orderId}`);
    expect(list).toMatchObject({ body: { items: [{ customerId: null, amountMinor: totalMinor }] } });
  });

  it('is announced by herself in one call, received, looked at, and refunded', async () => {
    const { desk, otherShop, house } = world;
    const anna = await makePerson(world);
    const { orderId, totalMinor } = await bought(anna, [{ index: 8, quantity: 2 }]);
    const stranger = await makePerson(world);
    const ask = { orderId, lines: [{ lineNo: 1, quantity: 2, reason: 'unfit' }], way: 'mail' };
    expect(await stranger.ask('POST', '/v1/customers/me/returns', ask)).toMatchObject({ status: 404 });
    const announced = await anna.ask('POST', '/v1/customers/me/returns', ask);
    expect(announced).toMatchObject({ status: 200, body: { state: 'announced', way: 'mail', amountMinor: 0 } });
    const { id } = body<{ id: string }>(announced);
    expect(await anna.ask('POST', '/v1/customers/me/returns', ask)).toMatchObject({
      status: 409,
      body: { code: 'order.too-many' },
    });
    expect((await sumsOf(house, orderId)).refundedMinor).toBe(0);
    expect(await stranger.ask('GET', `/v1/returns/${id}`)).toMatchObject({ status: 404 });
    expect(await stranger.ask('POST', `/v1/returns/${id}/withdraw`)).toMatchObject({ status: 404 });
    expect(await desk.ask('POST', `/v1/returns/${id}/refund`, {})).toMatchObject({
      status: 409,
      body: { code: 'order.return-step' },
    });
    expect(await desk.ask('POST', `/v1/returns/${id}/receive`, { placeId: otherShop, refund: false })).toMatchObject({
      body: { state: 'received' },
    });
    expect(await anna.ask('POST', `/v1/returns/${id}/withdraw`)).toMatchObject({ status: 409 });
    const twice = await Promise.all([1, 2].map(() => desk.ask('POST', `/v1/returns/${id}/refund`, {})));
    expect(twice.map((one) => one.status).toSorted()).toEqual([200, 409]);
    expect((await sumsOf(house, orderId)).refundedMinor).toBe(totalMinor);
    expect(await anna.ask('GET', '/v1/customers/me/returns')).toMatchObject({
      body: { items: [{ id, state: 'refunded', amountMinor: totalMinor }] },
    });
    const second = await bought(anna, [{ index: 8, quantity: 1 }]);
    const other = await anna.ask('POST', '/v1/customers/me/returns', {
      orderId: second.orderId,
      lines: [{ lineNo: 1, quantity: 1 }],
    });
    const { id: otherId } = body<{ id: string }>(other);
    expect(await anna.ask('POST', `/v1/returns/${otherId}/withdraw`)).toMatchObject({ body: { state: 'withdrawn' } });
    expect(await desk.ask('POST', `/v1/returns/${otherId}/receive`, { placeId: otherShop })).toMatchObject({
      status: 409,
    });
  });
});

describe('histories', () => {
  /** Any split of taking, refusing and bringing back, at any place, ends with every kopeck and point where it came from. */
  const history = fc.record({
    lines: fc.uniqueArray(
      fc.record({ index: fc.integer({ min: 0, max: 9 }), quantity: fc.integer({ min: 1, max: 4 }) }),
      {
        minLength: 1,
        maxLength: 3,
        selector: (line) => line.index,
      },
    ),
    points: fc.constantFrom(0, 7, 100, 999),
    giftMinor: fc.constantFrom(0, 1, 12_345, 100_000),
    handOver: fc.boolean(),
    refuse: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 3 }),
    split: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 4 }),
  });

  it(
    'refund exactly what was paid, in any order and split, and never more (T6, T7, T8, T9, T10)',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async (told) => {
          const { house, desk, shop } = world;
          const anna = await makePerson(world);
          if (told.points > 0) await givePoints(house, anna.customerId, told.points);
          const card = told.giftMinor > 0 ? await makeCard(house, told.giftMinor) : undefined;
          const placed = await placeAndPay(world, anna, {
            lines: told.lines.map(({ index, quantity }) => ({ good: world.good(index), quantity })),
            checkout: {
              method: 'pickup',
              placeId: shop,
              pay: told.handOver ? 'on-handover' : 'now',
              points: null,
              ...(card === undefined ? {} : { cardCodes: [card.code] }),
            },
          });
          const before = await house.db.query<{ no: number; quantity: number; total: number }>(
            'select line_no as no, quantity, total_minor as total from "order".line where order_id = $1 order by line_no',
            [placed.orderId],
          );
          const lines = before.map(({ no, quantity }, index) => {
            const refused = Math.min(quantity, told.refuse[index] ?? 0);
            return { lineNo: no, taken: quantity - refused, refused };
          });
          for (const parcel of placed.parcels) {
            await makeReady(world, parcel);
            const due = told.handOver && lines.some((line) => line.taken > 0) ? [{ kind: 'cash' }] : [];
            expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { lines, tenders: due })).toMatchObject(
              { status: 200 },
            );
          }
          let left = lines.map((line) => ({ lineNo: line.lineNo, quantity: line.taken }));
          let given = (await sumsOf(house, placed.orderId)).refundedMinor;
          const bring = async (part: { lineNo: number; quantity: number }, damaged: boolean): Promise<void> => {
            const answer = await giveBack(placed.orderId, [{ ...part, damaged }]);
            expect(answer).toMatchObject({ status: 200 });
            const { amountMinor } = body<{ amountMinor: number }>(answer);
            // Units of a line differ by at most a kopeck, so nothing that stays gets dearer (T8).
            const line = before.find((one) => one.no === part.lineNo);
            const even = ((line?.total ?? 0) * part.quantity) / (line?.quantity ?? 1);
            expect(Math.abs(amountMinor - even)).toBeLessThanOrEqual(1);
            given += amountMinor;
            expect(given).toBeLessThanOrEqual((await sumsOf(house, placed.orderId)).paidMinor);
            left = left.map((one) =>
              one.lineNo === part.lineNo ? { ...one, quantity: one.quantity - part.quantity } : one,
            );
          };
          for (const [pick, quantity, damaged] of told.split) {
            const open = left.filter((one) => one.quantity > 0);
            const line = open[pick % Math.max(1, open.length)];
            if (line !== undefined)
              await bring({ lineNo: line.lineNo, quantity: Math.min(quantity, line.quantity) }, damaged);
          }
          for (const line of left.filter((one) => one.quantity > 0)) await bring(line, false);
          const sums = await sumsOf(house, placed.orderId);
          expect(sums.refundedMinor).toBe(sums.paidMinor);
          expect(given).toBe(sums.paidMinor);
          for (const [kind, tender] of Object.entries(sums.tenders))
            expect([kind, tender.refundedMinor]).toEqual([kind, tender.amountMinor]);
          if (card !== undefined) expect(await cardLeft(world, card.id)).toBe(told.giftMinor);
          expect(await points(world, anna)).toEqual({ active: told.points, pending: 0 });
          // What the receipts say together is nothing: every sale was taken back, prepayments were settled or returned.
          const documents = await documentsOf(house, placed.orderId);
          const money = documents.reduce((sum, one) => {
            const moved = Number(one.document['1031']) + Number(one.document['1081']);
            return sum + (one.type === 'sale' ? moved : -moved);
          }, 0);
          expect(money).toBe(0);
        }),
        { numRuns: 25 },
      );
    },
  );
});
