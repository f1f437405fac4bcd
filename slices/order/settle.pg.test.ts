import { newId, runDuty } from '@ruslo/platform';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Placed } from './contract.ts';
import { settlePayment } from './settle.ts';
import {
  factsOf,
  give,
  giftCard,
  makeGoods,
  onHand,
  openShop,
  pay,
  pickup,
  promote,
  proveAll,
  reserved,
  signIn,
} from './testing.ts';
import type { Face, Shop } from './testing.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
afterEach(async () => {
  await shop.lab.control.quiet();
  shop.lab.control.reset();
});

const late = 40 * 60_000;
const balanceOf = async (face: Face): Promise<number> => {
  const purse = await face.ask('GET', '/v1/customers/me/purse');
  return (purse.body as unknown as { points: { active: number } }).points.active;
};

/** An order of one thing with points, a gift card and money, not paid yet. */
async function mixed(onHandOf = 1): Promise<{ face: Face; placed: Placed; thing: string; cardId: string }> {
  const [thing = ''] = await makeGoods(shop, { priceMinor: 1_000_00, onHand: { [shop.kazan]: onHandOf } });
  const face = await signIn(shop);
  await give(shop, face, 'points', 200);
  const card = await giftCard(shop, 300_00);
  await face.fill(thing);
  const placed = await face.order({ ...pickup(shop.kazan), points: 200, cardCodes: [card.code] });
  expect(placed.toPayMinor).toBe(500_00);
  return { face, placed, thing, cardId: card.id };
}

it('confirms once, however often and from wherever the webhook comes', async () => {
  const { face, placed } = await mixed();
  shop.lab.control.webhooks = 'duplicate';
  await pay(shop, placed);
  await Promise.all([shop.house, shop.other, shop.house].map((house) => settlePayment(house, placed.paymentId ?? '')));
  const order = await face.read(placed.orderId);
  expect(order).toMatchObject({ state: 'confirmed', paidMinor: 800_00 });
  expect(await factsOf(shop.house, order.id)).toEqual(['order.placed', 'order.confirmed']);
  expect(await factsOf(shop.house, order.id, 'points.%')).toEqual(['points.spent', 'points.earned']);
  expect(order.receipts).toHaveLength(1);
  await proveAll(shop.house, order.id);
});

it('makes a lost webhook good, and believes no forged one', async () => {
  const { face, placed } = await mixed();
  shop.lab.control.webhooks = 'lost';
  await pay(shop, placed);
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'awaiting-payment' });
  const forged = await shop.house.app.inject({
    method: 'POST',
    url: '/v1/payments/card/webhook',
    headers: { 'content-type': 'application/json' },
    payload: { event: 'payment.succeeded', object: { id: placed.paymentId, status: 'succeeded' } },
  });
  expect(forged.statusCode).toBe(401);
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'awaiting-payment' });
  shop.clock.pass(61_000);
  await runDuty(shop.other, 'order.payments');
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'confirmed' });
});

it('waits on after a declined card, and is paid with another', async () => {
  const { face, placed } = await mixed();
  await pay(shop, placed, 'decline');
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'awaiting-payment', payments: [{ state: 'failed' }] });
  const next = await face.ask('POST', `/v1/orders/${placed.orderId}/pay`, {});
  expect(next).toMatchObject({ status: 200 });
  const again = next.body as unknown as Placed;
  expect(again.paymentId).not.toBe(placed.paymentId);
  await pay(shop, again);
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'confirmed', paidMinor: 800_00 });
});

it('frees goods, points, cards and offers when its time has run out (T19, T37)', async () => {
  const { face, placed, thing } = await mixed();
  expect(await balanceOf(face)).toBe(0);
  shop.clock.pass(late);
  await Promise.all([runDuty(shop.house, 'order.expiry'), runDuty(shop.other, 'order.expiry')]);
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'expired', stateText: 'Не оплачен вовремя' });
  expect(await reserved(shop.house, thing, shop.kazan)).toBe(0);
  expect(await balanceOf(face)).toBe(200);
  expect(await factsOf(shop.house, placed.orderId)).toEqual(['order.placed', 'order.expired']);
  const pays = await face.ask('POST', `/v1/orders/${placed.orderId}/pay`, {});
  expect(pays).toMatchObject({ status: 409, body: { code: 'order.not-payable' } });
  await proveAll(shop.house, placed.orderId);
});

it('reserves anew when the money comes late and everything is still there (T36)', async () => {
  const { face, placed, thing } = await mixed();
  shop.clock.pass(late);
  await runDuty(shop.house, 'order.expiry');
  await pay(shop, placed);
  await runDuty(shop.house, 'order.payments');
  const order = await face.read(placed.orderId);
  expect(order).toMatchObject({ state: 'confirmed', paidMinor: 800_00 });
  expect(await reserved(shop.house, thing, shop.kazan)).toBe(1);
  expect(await balanceOf(face)).toBe(0);
  expect(order.steps.map((one) => one.toState)).toEqual(['awaiting-payment', 'expired', 'confirmed']);
  await proveAll(shop.house, order.id);
});

it('holds anew when the money comes late and nobody has swept the order yet (T36, T24)', async () => {
  const { face, placed, thing } = await mixed();
  shop.clock.pass(late);
  await pay(shop, placed);
  await runDuty(shop.other, 'order.payments');
  const order = await face.read(placed.orderId);
  expect(order).toMatchObject({ state: 'confirmed', paidMinor: 800_00 });
  expect(await reserved(shop.house, thing, shop.kazan)).toBe(1);
  expect(await balanceOf(face)).toBe(0);
  expect(await factsOf(shop.house, order.id)).toEqual(['order.placed', 'order.confirmed']);
  await runDuty(shop.house, 'order.expiry');
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'confirmed' });
  await proveAll(shop.house, order.id);
});

it('gives late money back when somebody else has the goods now, and sells nothing twice (T36)', async () => {
  const { face, placed, thing } = await mixed();
  shop.clock.pass(late);
  await runDuty(shop.house, 'order.expiry');
  const boris = await signIn(shop);
  await boris.fill(thing);
  await boris.order(pickup(shop.kazan));
  await pay(shop, placed);
  await runDuty(shop.house, 'order.payments');
  await runDuty(shop.house, 'payment.refunds');
  const order = await face.read(placed.orderId);
  expect(order).toMatchObject({
    state: 'expired',
    paidMinor: 0,
    payments: [{ state: 'succeeded', refundedMinor: 500_00 }],
  });
  expect(shop.lab.control.keptMinor(placed.paymentId ?? '')).toBe(0);
  expect(await reserved(shop.house, thing, shop.kazan)).toBe(1);
  expect(await balanceOf(face)).toBe(200);
  expect(await factsOf(shop.house, order.id)).toContain('order.late-payment-refunded');
  await proveAll(shop.house, order.id);
});

it('gives money back that comes after she has cancelled', async () => {
  const { face, placed, thing } = await mixed();
  expect(await face.ask('POST', `/v1/orders/${placed.orderId}/cancel`, { why: 'передумала' })).toMatchObject({
    status: 200,
  });
  expect(await reserved(shop.house, thing, shop.kazan)).toBe(0);
  await pay(shop, placed);
  await runDuty(shop.house, 'order.payments');
  await runDuty(shop.house, 'payment.refunds');
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'cancelled', paidMinor: 0 });
  expect(shop.lab.control.keptMinor(placed.paymentId ?? '')).toBe(0);
  expect(await balanceOf(face)).toBe(200);
});

it('stands when the provider is away at the placement, and is paid when it is back', async () => {
  shop.lab.control.fail('create', 'error-before', 1);
  const { face, placed } = await mixed();
  const next = (await face.ask('POST', `/v1/orders/${placed.orderId}/pay`, {})).body as unknown as Placed;
  expect(next.confirmUrl).toContain('http');
  await pay(shop, next);
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'confirmed' });
});

it('cancels a paid order: every part of the money goes to its source, the points too (T6, T7, T9, T10)', async () => {
  const { face, placed, thing } = await mixed();
  await pay(shop, placed);
  const before = await face.read(placed.orderId);
  expect(before.pointsEarned).toBeGreaterThan(0);
  const answers = await Promise.all([
    face.ask('POST', `/v1/orders/${placed.orderId}/cancel`, {}),
    face.ask('POST', `/v1/orders/${placed.orderId}/cancel`, {}, undefined, shop.other),
  ]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  await runDuty(shop.house, 'payment.refunds');
  const order = await face.read(placed.orderId);
  expect(order).toMatchObject({ state: 'cancelled', paidMinor: 800_00, refundedMinor: 800_00 });
  expect(order.tenders.map((one) => one.refundedMinor)).toEqual(order.tenders.map((one) => one.amountMinor));
  expect(shop.lab.control.keptMinor(placed.paymentId ?? '')).toBe(0);
  expect(await balanceOf(face)).toBe(200);
  const purse = await face.ask('GET', '/v1/customers/me/purse');
  expect(purse.body).toMatchObject({ points: { pending: 0, debt: 0 } });
  expect(await reserved(shop.house, thing, shop.kazan)).toBe(0);
  expect(await onHand(shop.house, thing, shop.kazan)).toBe(1);
  expect(order.receipts.map((one) => one.type).sort()).toEqual(['sale', 'sale-refund']);
  expect(order.fulfilments).toMatchObject([{ state: 'cancelled' }]);
  expect(await factsOf(shop.house, order.id)).toEqual(['order.placed', 'order.confirmed', 'order.cancelled']);
  await proveAll(shop.house, order.id);
});

it('lets her cancel until it is picked, and staff until it is ready', async () => {
  const { face, placed } = await mixed();
  await pay(shop, placed);
  await shop.house.db.query(`update "order"."order" set state = 'picking' where id = $1`, [placed.orderId]);
  const url = `/v1/orders/${placed.orderId}/cancel`;
  expect(await face.ask('POST', url, {})).toMatchObject({ status: 409, body: { code: 'order.being-picked' } });
  const { version } = await face.read(placed.orderId);
  expect(await shop.owner.ask('POST', url, { version: version - 1 })).toMatchObject({ status: 409 });
  expect(await shop.owner.ask('POST', url, { version, why: 'нет товара' })).toMatchObject({ status: 200 });
});

it('adds to an order that is not paid yet: one total, one payment, one receipt (D-04)', async () => {
  const [phone = '', cover = ''] = await makeGoods(shop, { priceMinor: 900_00 }, { priceMinor: 99_99 });
  await promote(shop, {
    rule: { name: 'Телефон', effects: [{ kind: 'percent', lines: { variantIds: [phone] }, bp: 1_000 }] },
  });
  const face = await signIn(shop);
  await face.fill(phone);
  const placed = await face.order(pickup(shop.kazan));
  expect(placed.totalMinor).toBe(810_00);
  const wrong = await face.ask('POST', `/v1/orders/${placed.orderId}/add`, {
    lines: [{ variantId: cover, quantity: 2 }],
    expectedTotalMinor: 1,
  });
  expect(wrong).toMatchObject({ status: 409, body: { code: 'order.changed' } });
  const key = newId();
  const url = `/v1/orders/${placed.orderId}/add`;
  const more = { lines: [{ variantId: cover, quantity: 2 }] };
  const added = await face.ask('POST', url, more, key);
  expect(added).toMatchObject({ status: 200, body: { totalMinor: 1_009_98, toPayMinor: 1_009_98 } });
  expect(await face.ask('POST', url, more, key, shop.other)).toMatchObject({
    status: 200,
    body: { totalMinor: 1_009_98 },
  });
  expect(await reserved(shop.house, cover, shop.kazan)).toBe(2);
  // The first payment is called off; were it to come all the same, its money goes back.
  await pay(shop, placed);
  await runDuty(shop.house, 'order.payments');
  expect(await face.read(placed.orderId)).toMatchObject({ state: 'awaiting-payment' });
  await pay(shop, added.body as unknown as Placed);
  const order = await face.read(placed.orderId);
  expect(order).toMatchObject({ state: 'confirmed', totalMinor: 1_009_98, paidMinor: 1_009_98 });
  expect(order.lines).toMatchObject([{ totalMinor: 810_00 }, { totalMinor: 199_98 }]);
  expect(order.receipts).toMatchObject([{ totalMinor: 1_009_98 }]);
  expect(order.fulfilments).toMatchObject([{ state: 'waiting', lines: [{ lineNo: 1 }, { lineNo: 2 }] }]);
  await proveAll(shop.house, order.id);
});
