import { newId } from '@ruslo/platform';
import { addCoupons, savePromotions } from '@ruslo/offer';
import { receiptsOf } from '@ruslo/receipt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from './contract.ts';
import { giftCard, makePerson, makeReady, onHand, openWorld, placeAndPay, stockUp } from './testing-desk.ts';
import type { World } from './testing-desk.ts';

/** Ends of orders that random histories found (tools/drill/histories.ts). */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.house.close();
});

const cancel = (orderId: string) => world.owner.ask('POST', `/v1/orders/${orderId}/cancel`, { why: 'не нужно' });
const read = async (orderId: string): Promise<OrderView> =>
  (await world.owner.ask('GET', `/v1/orders/${orderId}`)).body as unknown as OrderView;
const fromShop = () => ({ method: 'pickup', placeId: world.shop, pay: 'now' });

it('gives each cancelled order its own receipt of the refund (T45)', async () => {
  for (let time = 0; time < 2; time += 1) {
    const anna = await makePerson(world);
    const placed = await placeAndPay(world, anna, {
      lines: [{ good: world.good(1), quantity: 1 }],
      checkout: fromShop(),
    });
    expect(await cancel(placed.orderId)).toMatchObject({ status: 200 });
    const papers = await receiptsOf(world.house.db, [placed.orderId]);
    expect(papers.map(({ type, totalMinor }) => ({ type, totalMinor }))).toEqual([
      { type: 'sale', totalMinor: 149_900 },
      { type: 'sale-refund', totalMinor: 149_900 },
    ]);
  }
});

it('counts the units of an order that is cancelled before it is paid (T39)', async () => {
  const anna = await makePerson(world);
  const ops = [{ op: 'add', variantId: world.good(2).id, quantity: 3 }];
  await anna.ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
  const recipient = { name: 'Анна', phone: anna.phone };
  await anna.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...fromShop(), recipient });
  const ask = { expectedTotalMinor: 299_997 };
  const placed = await anna.ask('POST', '/v1/customers/me/checkout/place', ask, newId());
  expect(placed).toMatchObject({ status: 200, body: { state: 'awaiting-payment' } });
  const { orderId } = placed.body as unknown as { orderId: string };
  expect(await cancel(orderId)).toMatchObject({ status: 200 });
  const { fulfilments } = await read(orderId);
  expect(fulfilments).toMatchObject([{ state: 'cancelled', lines: [{ quantity: 3, cancelled: 3 }] }]);
  expect(await onHand(world, world.good(2).id, world.shop)).toEqual({ onHand: 1_000, reserved: 0 });
});

it('keeps what another place has brought when the order is cancelled at the desk (T35)', async () => {
  const { desk, shop, otherShop, house } = world;
  const there = world.good(4);
  await stockUp(house, [there], [shop], 0);
  const anna = await makePerson(world);
  const placed = await placeAndPay(world, anna, { lines: [{ good: there, quantity: 2 }], checkout: fromShop() });
  const parcel = placed.parcels[0] ?? '';
  await makeReady(world, parcel);
  for (const step of ['ship', 'arrive'])
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/${step}`, {}), step).toMatchObject({ status: 200 });
  expect(await onHand(world, there.id, otherShop)).toEqual({ onHand: 998, reserved: 0 });
  expect(await cancel(placed.orderId)).toMatchObject({ status: 200 });
  expect(await onHand(world, there.id, otherShop)).toEqual({ onHand: 998, reserved: 0 });
  expect(await onHand(world, there.id, shop)).toEqual({ onHand: 2, reserved: 0 });
});

it('settles the delivery with the goods although a gift card of the same order was hers before (T44)', async () => {
  const anna = await makePerson(world);
  const lines = [
    { good: world.good(5), quantity: 1 },
    { good: world.good(giftCard), quantity: 1 },
  ];
  const address = { city: 'Казань', lat: 55.79, lon: 49.11 };
  const placed = await placeAndPay(world, anna, {
    lines,
    checkout: { method: 'delivery', pay: 'now', recipient: { address } },
  });
  const { shippingMinor } = await read(placed.orderId);
  expect(shippingMinor).toBeGreaterThan(0);
  const parcel = placed.parcels[0] ?? '';
  await makeReady(world, parcel);
  for (const step of ['ship', 'deliver'])
    expect(await world.desk.ask('POST', `/v1/fulfilments/${parcel}/${step}`, {}), step).toMatchObject({ status: 200 });
  const papers = await receiptsOf(world.house.db, [placed.orderId]);
  expect(papers.map(({ totalMinor }) => totalMinor)).toEqual([220_000 + shippingMinor, 70_000 + shippingMinor]);
});

it('gives the delivery back when all goods are refused, although a gift card of the order is hers', async () => {
  const anna = await makePerson(world);
  const lines = [
    { good: world.good(5), quantity: 1 },
    { good: world.good(giftCard), quantity: 1 },
  ];
  const address = { city: 'Казань', lat: 55.79, lon: 49.11 };
  const checkout = { method: 'delivery', pay: 'now', recipient: { address } };
  const placed = await placeAndPay(world, anna, { lines, checkout });
  const { shippingMinor, lines: sold } = await read(placed.orderId);
  const parcel = placed.parcels[0] ?? '';
  await makeReady(world, parcel);
  await world.desk.ask('POST', `/v1/fulfilments/${parcel}/ship`, {});
  const lineNo = sold.find((line) => line.kind === 'good')?.lineNo ?? 0;
  const refused = { lines: [{ lineNo, taken: 0, refused: 1 }] };
  expect(await world.desk.ask('POST', `/v1/fulfilments/${parcel}/deliver`, refused)).toMatchObject({
    status: 200,
    body: { refundedMinor: 70_000 + shippingMinor, orderState: 'completed' },
  });
});

it('frees the use of a coupon when everything is refused at the desk (T19)', async () => {
  const { house, clock, desk } = world;
  const rule = {
    name: 'Один раз',
    condition: { kind: 'coupon' as const },
    effects: [{ kind: 'order-percent' as const, bp: 1_000 }],
  };
  const [ruleId = ''] = await house.db.tx((tx) => savePromotions(house, tx, [{ rule }], clock.now()));
  const code = 'ONCEONLY';
  await house.db.tx((tx) => addCoupons(tx, [{ ruleId, code, kind: 'shared', uses: 1 }], clock.now()));
  for (let time = 0; time < 2; time += 1) {
    const anna = await makePerson(world);
    const ops = [{ op: 'add-coupon', code }];
    const added = await anna.ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
    expect(added).toMatchObject({ status: 200 });
    const placed = await placeAndPay(world, anna, {
      lines: [{ good: world.good(7), quantity: 1 }],
      checkout: fromShop(),
    });
    expect(placed.totalMinor).toBe(450_000);
    const parcel = placed.parcels[0] ?? '';
    await makeReady(world, parcel);
    const refused = { lines: [{ lineNo: 1, taken: 0, refused: 1 }] };
    expect(await desk.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, refused)).toMatchObject({
      status: 200,
      body: { orderState: 'cancelled' },
    });
  }
});
