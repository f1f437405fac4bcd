import { newId } from '@ruslo/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cardLeft,
  cheese,
  documentsOf,
  factsOf,
  givePoints,
  kit,
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
import type { World } from './testing-desk.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await proveAll(world);
  await world.house.close();
});

const body = <T>(answer: { readonly body: unknown }): T => answer.body as T;

describe('pickup', () => {
  it('hands out two of three: money, gift card and points go back in their right parts, goods stay in that shop, receipts are right (T6, T39, T44, T45)', async () => {
    const { house, desk, shop } = world;
    const anna = await makePerson(world);
    await givePoints(house, anna.customerId, 500);
    const card = await makeCard(house, 300_000);
    const [phone, watch, cover] = [world.good(7), world.good(5), world.good(3)];
    const before = await Promise.all([phone, watch, cover].map((good) => onHand(world, good.id, shop)));
    const placed = await placeAndPay(world, anna, {
      lines: [phone, watch, cover].map((good) => ({ good, quantity: 1 })),
      checkout: { method: 'pickup', placeId: shop, pay: 'now', points: 500, cardCodes: [card.code] },
    });
    expect(placed.totalMinor).toBe(500_000 + 70_000 + 33_333 - 50_000);
    expect(await sumsOf(house, placed.orderId)).toMatchObject({
      state: 'confirmed',
      paidMinor: placed.totalMinor,
      tenders: { gift: { amountMinor: 300_000 }, card: { amountMinor: placed.totalMinor - 300_000 } },
    });
    expect((await points(world, anna)).active).toBe(0);
    const earned = (await points(world, anna)).pending;

    // The queue, a scan each, a scan sent twice, ready.
    const [parcel = ''] = placed.parcels;
    const queue = await desk.ask('GET', `/v1/places/${shop}/tasks`);
    expect(queue).toMatchObject({ status: 200 });
    expect(body<{ items: { id: string; ageS: number }[] }>(queue).items.map((item) => item.id)).toContain(parcel);
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/take`)).toMatchObject({ body: { state: 'picking' } });
    for (const key of ['one', 'one', 'two']) {
      const code = key === 'one' ? phone.ean : watch.sku;
      expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/pick`, { code, key })).toMatchObject({ status: 200 });
    }
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/pick`, { code: phone.ean, key: 'three' })).toMatchObject({
      status: 409,
      body: { code: 'order.picked-enough' },
    });
    expect(
      await desk.ask('POST', `/v1/fulfilments/${parcel}/pick`, { code: world.good(9).ean, key: 'x' }),
    ).toMatchObject({
      status: 409,
      body: { code: 'order.not-in-parcel' },
    });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/ready`, {})).toMatchObject({
      status: 409,
      body: { code: 'order.not-picked' },
    });
    await desk.ask('POST', `/v1/fulfilments/${parcel}/pick`, { code: cover.ean, key: 'four' });
    const ready = await desk.ask('POST', `/v1/fulfilments/${parcel}/ready`, {});
    expect(ready).toMatchObject({ status: 200, body: { state: 'ready', cell: 'A1', orderState: 'ready' } });

    // Her code, shown to her alone, finds the parcel.
    const codes = await anna.ask('GET', `/v1/orders/${placed.orderId}/hand-out-codes`);
    const [{ code, qr } = { code: '', qr: '' }] = body<{ items: { code: string; qr: string }[] }>(codes).items;
    expect(code).toMatch(/^\d{8}$/);
    expect(await desk.ask('GET', `/v1/orders/${placed.orderId}/hand-out-codes`)).toMatchObject({ status: 403 });
    const stranger = await makePerson(world);
    expect(await stranger.ask('GET', `/v1/orders/${placed.orderId}/hand-out-codes`)).toMatchObject({ status: 404 });
    for (const by of [{ code }, { qr }, { phone: anna.phone }, { orderNumber: placed.number }]) {
      expect(await desk.ask('POST', '/v1/hand-outs/find', { placeId: shop, ...by })).toMatchObject({
        status: 200,
        body: { items: [{ id: parcel, dueMinor: 0 }], proven: 'code' in by || 'qr' in by },
      });
    }
    expect(await desk.ask('POST', '/v1/hand-outs/find', { placeId: world.otherShop, code })).toMatchObject({
      status: 404,
    });

    // She takes the phone and the cover, and refuses the watch.
    const lineOf = new Map(
      body<{ lines: { lineNo: number; variantId: string }[] }>(ready).lines.map((line) => [
        line.variantId,
        line.lineNo,
      ]),
    );
    const lines = [phone, watch, cover].map((good) => ({
      lineNo: lineOf.get(good.id) ?? 0,
      taken: good === watch ? 0 : 1,
      refused: good === watch ? 1 : 0,
    }));
    const wrong = await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { lines: lines.slice(1) });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'order.units-differ' } });
    const order = await house.db.query<{ total: number; spent: number; earned: number }>(
      `select total_minor as total, points_spent as spent, points_earned as earned from "order".line where order_id = $1 and variant_id = $2`,
      [placed.orderId, watch.id],
    );
    const refused = order[0] ?? { total: 0, spent: 0, earned: 0 };
    const handed = await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { lines });
    expect(handed).toMatchObject({
      status: 200,
      body: {
        orderState: 'completed',
        takenMinor: placed.totalMinor - refused.total,
        refundedMinor: refused.total,
        pointsBack: refused.spent,
      },
    });
    const sums = await sumsOf(house, placed.orderId);
    expect(sums.refundedMinor).toBe(refused.total);
    const gift = sums.tenders['gift']?.refundedMinor ?? 0;
    const bank = sums.tenders['card']?.refundedMinor ?? 0;
    expect(gift + bank).toBe(refused.total);
    expect(Math.abs(gift - Math.round((refused.total * 300_000) / placed.totalMinor))).toBeLessThanOrEqual(1);
    expect(await cardLeft(world, card.id)).toBe(gift);
    expect(await points(world, anna)).toEqual({ active: refused.spent, pending: earned - refused.earned });

    // Stock: two gone, one is free in that shop again.
    const after = await Promise.all([phone, watch, cover].map((good) => onHand(world, good.id, shop)));
    expect(after).toEqual([
      { onHand: (before[0]?.onHand ?? 0) - 1, reserved: before[0]?.reserved },
      before[1],
      { onHand: (before[2]?.onHand ?? 0) - 1, reserved: before[2]?.reserved },
    ]);

    // Prepayment of all, refund of the refused part with its tags, full settlement of the taken with the offset.
    const documents = await documentsOf(house, placed.orderId);
    expect(documents.map((one) => [one.type, one.totalMinor])).toEqual([
      ['sale', placed.totalMinor],
      ['sale-refund', refused.total],
      ['sale', placed.totalMinor - refused.total],
    ]);
    const [prepaid, back, settled] = documents.map((one) => one.document);
    const methods = (document: typeof prepaid): unknown[] =>
      ((document?.['1059'] ?? []) as { '1214': number }[]).map((item) => item['1214']);
    expect(methods(prepaid)).toEqual([1, 1, 1]);
    expect(methods(back)).toEqual([1]);
    expect(methods(settled)).toEqual([4, 4]);
    expect(prepaid).toMatchObject({ '1081': placed.totalMinor - 300_000, '1215': 300_000 });
    expect(back).toMatchObject({ '1081': bank, '1215': gift });
    expect(settled).toMatchObject({ '1031': 0, '1081': 0, '1215': placed.totalMinor - refused.total });

    const facts = await factsOf(house, placed.orderId);
    for (const name of [
      'order.confirmed',
      'order.picking',
      'order.ready',
      'order.completed',
      'fulfilment.ready',
      'fulfilment.done',
    ])
      expect(facts.filter((fact) => fact === name)).toHaveLength(1);
  });

  it('is handed out once, by one of two desks, and the same key again is the same answer (T39)', async () => {
    const { desk, shop, house } = world;
    const anna = await makePerson(world);
    const good = world.good(2);
    const placed = await placeAndPay(world, anna, {
      lines: [{ good, quantity: 2 }],
      checkout: { method: 'pickup', placeId: shop },
    });
    const [parcel = ''] = placed.parcels;
    await makeReady(world, parcel);
    const other = await house.second();
    const there = Object.assign(Object.create(desk) as typeof desk, { app: other.app });
    const key = newId();
    const headers = { 'x-ruslo': '1', 'idempotency-key': key };
    const answers = await Promise.all(
      [desk, there, desk, there, desk, there].map((who, index) =>
        who.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, {}, index < 2 ? headers : { 'x-ruslo': '1' }),
      ),
    );
    const won = answers.filter((one) => one.status === 200);
    // Two asked with one key: either both have the same answer, or somebody without a key was first.
    expect(new Set(won.map((one) => JSON.stringify(one.body))).size).toBe(1);
    expect(won.length === 1 || (won.length === 2 && answers[0]?.status === 200 && answers[1]?.status === 200)).toBe(
      true,
    );
    for (const lost of answers.filter((one) => one.status !== 200))
      expect(lost).toMatchObject({ status: 409, body: { code: 'order.fulfilment-step' } });
    expect((await documentsOf(house, placed.orderId)).map((one) => one.type)).toEqual(['sale', 'sale']);
    const facts = await factsOf(house, placed.orderId);
    expect(facts.filter((fact) => fact === 'order.completed')).toHaveLength(1);
    const warranties = await anna.ask('GET', '/v1/customers/me/warranties');
    expect(body<{ items: unknown[] }>(warranties).items).toHaveLength(2);
    await other.close();
  });

  it('refused as a whole: everything goes back and the order ends', async () => {
    const { desk, shop, house } = world;
    const anna = await makePerson(world);
    await givePoints(house, anna.customerId, 100);
    const card = await makeCard(house, 20_000);
    const placed = await placeAndPay(world, anna, {
      lines: [{ good: world.good(5), quantity: 3 }],
      checkout: { method: 'pickup', placeId: shop, points: 100, cardCodes: [card.code] },
    });
    const [parcel = ''] = placed.parcels;
    await makeReady(world, parcel);
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/try`)).toMatchObject({ body: { state: 'trying' } });
    const lines = [{ lineNo: 1, taken: 0, refused: 3 }];
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { lines })).toMatchObject({
      status: 200,
      body: { orderState: 'cancelled', refundedMinor: placed.totalMinor, pointsBack: 100, receiptId: null },
    });
    expect(await sumsOf(house, placed.orderId)).toMatchObject({ refundedMinor: placed.totalMinor });
    expect(await cardLeft(world, card.id)).toBe(20_000);
    expect(await points(world, anna)).toEqual({ active: 100, pending: 0 });
  });

  it('is paid on hand-over: what she takes, part in cash, part by card, the gift card first held', async () => {
    const { desk, shop, house } = world;
    const anna = await makePerson(world);
    const card = await makeCard(house, 50_000);
    const placed = await placeAndPay(world, anna, {
      lines: [
        { good: world.good(5), quantity: 2 },
        { good: world.good(8), quantity: 1 },
      ],
      checkout: { method: 'pickup', placeId: shop, pay: 'on-handover', cardCodes: [card.code] },
    });
    expect(await sumsOf(house, placed.orderId)).toMatchObject({
      state: 'confirmed',
      tenders: { due: { amountMinor: 102_345 } },
    });
    const [parcel = ''] = placed.parcels;
    await makeReady(world, parcel);
    const found = await desk.ask('POST', '/v1/hand-outs/find', { placeId: shop, orderNumber: placed.number });
    expect(found).toMatchObject({ body: { items: [{ dueMinor: 102_345 }] } });
    const lines = [
      { lineNo: 1, taken: 1, refused: 1 },
      { lineNo: 2, taken: 1, refused: 0 },
    ];
    expect(
      await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, {
        lines,
        tenders: [{ kind: 'cash', amountMinor: 1 }],
      }),
    ).toMatchObject({
      status: 422,
      body: { code: 'order.wrong-payment' },
    });
    const tenders = [{ kind: 'cash', amountMinor: 2_345 }, { kind: 'terminal' }];
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { lines, tenders })).toMatchObject({
      status: 200,
      body: { takenMinor: 82_345, paidMinor: 32_345, refundedMinor: 0, orderState: 'completed' },
    });
    expect(await sumsOf(house, placed.orderId)).toMatchObject({ paidMinor: 82_345, refundedMinor: 0 });
    expect((await documentsOf(house, placed.orderId)).map((one) => one.document)).toMatchObject([
      { '1054': 1, '1031': 2_345, '1081': 30_000, '1215': 50_000, '1020': 82_345 },
    ]);
  });

  it('ends guessing: ten wrong codes at a place, then none for ten minutes', async () => {
    const { desk, otherShop: placeId, clock } = world;
    clock.pass(11 * 60_000);
    for (let guess = 0; guess < 10; guess += 1)
      expect(await desk.ask('POST', '/v1/hand-outs/find', { placeId, code: `0000000${guess}` })).toMatchObject({
        status: 404,
      });
    const find = () => desk.ask('POST', '/v1/hand-outs/find', { placeId, code: '99999999' });
    expect(await find()).toMatchObject({ status: 429, body: { code: 'order.too-many-guesses' } });
    clock.pass(11 * 60_000);
    expect(await find()).toMatchObject({ status: 404 });
  });

  it('takes a step back, and undoes a hand-out of a moment ago as a return', async () => {
    const { desk, shop, house, clock } = world;
    const anna = await makePerson(world);
    const good = world.good(6);
    const before = await onHand(world, good.id, shop);
    const placed = await placeAndPay(world, anna, {
      lines: [{ good, quantity: 1 }],
      checkout: { method: 'pickup', placeId: shop },
    });
    const [parcel = ''] = placed.parcels;
    await makeReady(world, parcel);
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/undo`)).toMatchObject({
      body: { state: 'picking', cell: null },
    });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/undo`)).toMatchObject({
      body: { state: 'waiting', orderState: 'confirmed' },
    });
    await makeReady(world, parcel);
    await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, {});
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/undo`)).toMatchObject({ status: 409 });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out/undo`)).toMatchObject({ status: 200 });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out/undo`)).toMatchObject({ status: 409 });
    expect(await sumsOf(house, placed.orderId)).toMatchObject({ refundedMinor: placed.totalMinor });
    expect(await onHand(world, good.id, shop)).toEqual(before);
    clock.pass(60_000);
  });

  it('comes from two shops: what the other one has is brought to her desk, refused goods stay there', async () => {
    const { desk, shop, otherShop, house } = world;
    const anna = await makePerson(world);
    const [here, there] = [world.good(4), world.good(10)];
    await stockUp(house, [here], [otherShop], 0);
    await stockUp(house, [there], [shop], 0);
    const placed = await placeAndPay(world, anna, {
      lines: [
        { good: here, quantity: 1 },
        { good: there, quantity: 2 },
      ],
      checkout: { method: 'pickup', placeId: shop },
    });
    expect(placed.parcels).toHaveLength(2);
    const views = await Promise.all(
      placed.parcels.map(async (id) =>
        body<{ id: string; placeId: string }>(await desk.ask('GET', `/v1/fulfilments/${id}`)),
      ),
    );
    const own = views.find((one) => one.placeId === shop)?.id ?? '';
    const away = views.find((one) => one.placeId === otherShop)?.id ?? '';
    await makeReady(world, own);
    expect(await sumsOf(house, placed.orderId)).toMatchObject({ state: 'picking' });
    await makeReady(world, away);
    // Packed there, not here yet: nobody can fetch it.
    expect(await desk.ask('POST', `/v1/fulfilments/${away}/hand-out`, {})).toMatchObject({ status: 409 });
    expect(await desk.ask('POST', `/v1/fulfilments/${own}/ship`)).toMatchObject({ status: 409 });
    expect(await desk.ask('POST', `/v1/fulfilments/${away}/ship`)).toMatchObject({
      status: 200,
      body: { state: 'shipped', orderState: 'picking' },
    });
    const queue = async (placeId: string): Promise<string[]> =>
      body<{ items: { id: string }[] }>(await desk.ask('GET', `/v1/places/${placeId}/tasks?limit=200`)).items.map(
        (one) => one.id,
      );
    expect([(await queue(shop)).includes(away), (await queue(otherShop)).includes(away)]).toEqual([true, false]);
    expect(await desk.ask('POST', `/v1/fulfilments/${away}/arrive`)).toMatchObject({
      body: { state: 'ready', orderState: 'ready' },
    });
    const found = await desk.ask('POST', '/v1/hand-outs/find', { placeId: shop, phone: anna.phone });
    expect(body<{ items: unknown[] }>(found).items).toHaveLength(2);
    const codes = await anna.ask('GET', `/v1/orders/${placed.orderId}/hand-out-codes`);
    expect(body<{ items: unknown[] }>(codes).items).toHaveLength(2);
    expect(await desk.ask('POST', `/v1/fulfilments/${own}/hand-out`, {})).toMatchObject({
      body: { orderState: 'ready' },
    });
    const lineNo = body<{ lines: { lineNo: number }[] }>(await desk.ask('GET', `/v1/fulfilments/${away}`)).lines[0]
      ?.lineNo;
    const lines = [{ lineNo, taken: 1, refused: 1 }];
    expect(await desk.ask('POST', `/v1/fulfilments/${away}/hand-out`, { lines })).toMatchObject({
      body: { orderState: 'completed' },
    });
    expect(await onHand(world, there.id, shop)).toEqual({ onHand: 1, reserved: 0 });
    expect(await onHand(world, there.id, otherShop)).toEqual({ onHand: 998, reserved: 0 });
  });

  it('in two parcels paid on hand-over: each pays its part, a card in parts, and a refusal of the second costs nothing', async () => {
    const { desk, shop, otherShop, house } = world;
    const anna = await makePerson(world);
    const card = await makeCard(house, 3_000);
    const [here, there] = [world.good(4), world.good(10)];
    await stockUp(house, [here], [otherShop], 0);
    await stockUp(house, [there], [shop], 0);
    const placed = await placeAndPay(world, anna, {
      lines: [
        { good: here, quantity: 7 },
        { good: there, quantity: 1 },
      ],
      checkout: { method: 'pickup', placeId: shop, pay: 'on-handover', cardCodes: [card.code] },
    });
    const views = await Promise.all(
      placed.parcels.map(async (id) =>
        body<{ id: string; placeId: string }>(await desk.ask('GET', `/v1/fulfilments/${id}`)),
      ),
    );
    const own = views.find((one) => one.placeId === shop)?.id ?? '';
    const away = views.find((one) => one.placeId === otherShop)?.id ?? '';
    await makeReady(world, own);
    await makeReady(world, away);
    await desk.ask('POST', `/v1/fulfilments/${away}/ship`);
    await desk.ask('POST', `/v1/fulfilments/${away}/arrive`);
    const parcel = body<{ dueMinor: number }>(await desk.ask('GET', `/v1/fulfilments/${own}`));
    // 700 of 5,690; of the 2,690 that the card does not pay, its part.
    expect(parcel.dueMinor).toBe(Math.round((2_690 * 700) / 5_690));
    expect(await desk.ask('POST', `/v1/fulfilments/${own}/hand-out`, { tenders: [{ kind: 'cash' }] })).toMatchObject({
      body: { paidMinor: parcel.dueMinor, orderState: 'ready' },
    });
    const lineNo = body<{ lines: { lineNo: number }[] }>(await desk.ask('GET', `/v1/fulfilments/${away}`)).lines[0]
      ?.lineNo;
    const lines = [{ lineNo, taken: 0, refused: 1 }];
    expect(await desk.ask('POST', `/v1/fulfilments/${away}/hand-out`, { lines })).toMatchObject({
      body: { orderState: 'completed', paidMinor: 0 },
    });
    const sums = await sumsOf(house, placed.orderId);
    expect(sums.paidMinor - sums.refundedMinor).toBe(700);
    expect(sums.tenders['cash']).toEqual({ amountMinor: parcel.dueMinor, refundedMinor: 0 });
    expect(await cardLeft(world, card.id)).toBe(3_000 - (700 - parcel.dueMinor));
  });

  it('counts grams, and a kit as what it is made of', async () => {
    const { desk, shop, house } = world;
    const anna = await makePerson(world);
    const [wheel, set, two, one] = [world.good(cheese), world.good(kit), world.good(8), world.good(6)];
    const levels = () => Promise.all([wheel, two, one].map((good) => onHand(world, good.id, shop)));
    const before = await levels();
    const placed = await placeAndPay(world, anna, {
      lines: [
        { good: wheel, quantity: 1_500 },
        { good: set, quantity: 2 },
      ],
      checkout: { method: 'pickup', placeId: shop },
    });
    expect(placed.totalMinor).toBe(134_985 + 240_000);
    const [parcel = ''] = placed.parcels;
    await makeReady(world, parcel);
    const lines = [
      { lineNo: 1, taken: 1_000, refused: 500 },
      { lineNo: 2, taken: 1, refused: 1 },
    ];
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { lines })).toMatchObject({
      body: { takenMinor: 89_990 + 120_000, refundedMinor: 44_995 + 120_000 },
    });
    const gone = [1_000, 2, 1];
    expect(await levels()).toEqual(
      before.map((level, index) => ({ ...level, onHand: level.onHand - (gone[index] ?? 0) })),
    );
    const back = [
      { lineNo: 1, quantity: 333 },
      { lineNo: 2, quantity: 1 },
    ];
    const returned = await desk.ask('POST', '/v1/returns', { orderId: placed.orderId, lines: back, placeId: shop });
    expect(returned).toMatchObject({ status: 200, body: { amountMinor: 120_000 + Math.round(0.333 * 89_990) } });
    const left = [667, 0, 0];
    expect(await levels()).toEqual(
      before.map((level, index) => ({ ...level, onHand: level.onHand - (left[index] ?? 0) })),
    );
    expect((await sumsOf(house, placed.orderId)).state).toBe('completed');
  });

  it('that is cancelled on the shelf frees its cell and gives everything back', async () => {
    const { desk, owner, shop, house } = world;
    const anna = await makePerson(world);
    const card = await makeCard(house, 10_000);
    const placed = await placeAndPay(world, anna, {
      lines: [{ good: world.good(5), quantity: 1 }],
      checkout: { method: 'pickup', placeId: shop, cardCodes: [card.code] },
    });
    const [parcel = ''] = placed.parcels;
    await makeReady(world, parcel);
    const codes = await anna.ask('GET', `/v1/orders/${placed.orderId}/hand-out-codes`);
    const [{ code } = { code: '' }] = body<{ items: { code: string }[] }>(codes).items;
    const cells = async (): Promise<number> =>
      JSON.stringify((await owner.ask('GET', `/v1/places/${shop}/cells`)).body).split(parcel).length - 1;
    expect(await cells()).toBe(1);
    const answers = await Promise.all([
      owner.ask('POST', `/v1/orders/${placed.orderId}/cancel`, { why: 'передумала' }),
      desk.ask('POST', `/v1/fulfilments/${parcel}/undo`),
    ]);
    expect(answers[0]).toMatchObject({ status: 200 });
    expect(await cells()).toBe(0);
    expect(await cardLeft(world, card.id)).toBe(10_000);
    expect(await sumsOf(house, placed.orderId)).toMatchObject({ state: 'cancelled', refundedMinor: placed.totalMinor });
    expect(await desk.ask('POST', '/v1/hand-outs/find', { placeId: shop, code })).toMatchObject({ status: 404 });
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, {})).toMatchObject({ status: 409 });
  });
});
