import { newId, runDuty } from '@ruslo/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Placed } from './contract.ts';
import {
  factsOf,
  give,
  giftCard,
  makeGoods,
  openShop,
  pay,
  pickup,
  promote,
  proveAll,
  reserved,
  signIn,
} from './testing.ts';
import type { Shop } from './testing.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

it('places what was quoted, to the kopeck, and confirms it when the provider says so (T5, T42)', async () => {
  const [phone, cover] = await makeGoods(shop, { priceMinor: 1_999_00 }, { priceMinor: 333_33 });
  await promote(shop, {
    rule: { name: 'Чехлы −7 %', effects: [{ kind: 'percent', lines: { variantIds: [cover ?? ''] }, bp: 700 }] },
  });
  const anna = await signIn(shop);
  await give(shop, anna, 'points', 100);
  const card = await giftCard(shop, 500_00);
  await anna.fill(phone ?? '', [cover ?? '', 3]);
  await anna.ask('PUT', '/v1/customers/me/checkout', {
    step: 'payment',
    ...pickup(shop.kazan),
    points: 100,
    cardCodes: [card.code],
  });
  const quote = await anna.quote();
  expect(quote.pointsSpent).toBe(100);
  expect(quote.tenders).toMatchObject([{ kind: 'gift', amountMinor: 500_00 }, { kind: 'card' }]);
  const placed = (await anna.place(quote.totalMinor)).body as unknown as Placed;
  expect(placed).toMatchObject({
    state: 'awaiting-payment',
    totalMinor: quote.totalMinor,
    toPayMinor: quote.toPayMinor,
  });
  expect(placed.confirmUrl).toContain('http');
  const before = await anna.read(placed.orderId);
  for (const key of ['sumMinor', 'discountMinor', 'pointsMinor', 'pointsEarned', 'totalMinor'] as const) {
    expect(before[key]).toBe(quote[key]);
    expect(before.lines.map((line) => line[key])).toEqual(quote.lines.map((line) => line[key]));
  }
  expect(await reserved(shop.house, phone ?? '', shop.kazan)).toBe(1);
  await pay(shop, placed);
  const order = await anna.read(placed.orderId);
  expect(order).toMatchObject({ state: 'confirmed', stateText: 'Принят', paidMinor: order.totalMinor });
  expect(order.fulfilments).toMatchObject([{ state: 'waiting', placeId: shop.kazan }]);
  expect(order.receipts).toMatchObject([{ type: 'sale', totalMinor: order.totalMinor }]);
  expect(await factsOf(shop.house, order.id)).toEqual(['order.placed', 'order.confirmed']);
  expect(order.steps.map((one) => one.toState)).toEqual(['awaiting-payment', 'confirmed']);
  const cart = await anna.ask('GET', '/v1/customers/me/cart');
  expect(cart.body).toMatchObject({ lines: [] });
  expect((await anna.ask('GET', '/v1/customers/me/checkout')).status).toBe(404);
  await proveAll(shop.house, order.id);
});

it('refuses what differs from what she saw, says the quote of now, and leaves cart and stock alone (T41, D-10)', async () => {
  const [kettle] = await makeGoods(shop, { priceMinor: 1_000_00, sku: 'kettle-41' });
  const anna = await signIn(shop);
  await anna.fill(kettle ?? '');
  await anna.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...pickup(shop.kazan) });
  const quote = await anna.quote();
  await makeGoods(shop, { priceMinor: 1_100_00, sku: 'kettle-41' });
  const refused = await anna.place(quote.totalMinor);
  expect(refused).toMatchObject({ status: 409, body: { code: 'order.changed', quote: { totalMinor: 1_100_00 } } });
  expect(await reserved(shop.house, kettle ?? '', shop.kazan)).toBe(0);
  const cart = await anna.ask('GET', '/v1/customers/me/cart');
  expect(cart.body).toMatchObject({ lines: [{ variantId: kettle }] });
  expect((await anna.place(1_100_00)).status).toBe(200);
});

it('sells exactly what is there to ten who place at once over two processes, and leaves the others their carts', async () => {
  const [rare] = await makeGoods(shop, { priceMinor: 50_00, onHand: { [shop.kazan]: 2, [shop.moscow]: 1 } });
  const faces = await Promise.all(Array.from({ length: 10 }, () => signIn(shop)));
  for (const face of faces) {
    await face.fill(rare ?? '');
    const delivery = {
      method: 'delivery',
      recipient: { phone: '+79170000002', address: { city: 'Казань', lat: 55.8, lon: 49.1 } },
    };
    await face.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...delivery });
  }
  const quotes = await Promise.all(faces.map((face) => face.quote()));
  const answers = await Promise.all(
    faces.map((face, index) =>
      face.place(quotes[index]?.totalMinor ?? 0, newId(), index % 2 === 0 ? shop.house : shop.other),
    ),
  );
  const won = answers.filter((answer) => answer.status === 200);
  // From Moscow it may cost more: then who came there is told, and tries again.
  expect(won.length).toBeGreaterThanOrEqual(2);
  for (const [index, face] of faces.entries()) {
    if (answers[index]?.status === 200) continue;
    expect(answers[index]?.status).toBe(409);
    const cart = await face.ask('GET', '/v1/customers/me/cart');
    expect(cart.body).toMatchObject({ lines: [{ variantId: rare }] });
    const again = await face.quote();
    if (again.options.length > 0) answers[index] = await face.place(again.totalMinor);
  }
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(3);
  const held =
    (await reserved(shop.house, rare ?? '', shop.kazan)) + (await reserved(shop.house, rare ?? '', shop.moscow));
  expect(held).toBe(3);
});

it('gives the first order again for the same key, also at once and from another process', async () => {
  const [kettle] = await makeGoods(shop, { priceMinor: 700_00 });
  const anna = await signIn(shop);
  await anna.fill(kettle ?? '');
  await anna.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...pickup(shop.kazan) });
  const { totalMinor } = await anna.quote();
  const key = newId();
  const answers = await Promise.all([
    anna.place(totalMinor, key),
    anna.place(totalMinor, key, shop.other),
    anna.place(totalMinor, key),
  ]);
  const ids = new Set(answers.map((answer) => (answer.body as unknown as Placed).orderId));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  expect(ids.size).toBe(1);
  expect(await reserved(shop.house, kettle ?? '', shop.kazan)).toBe(1);
  const later = await anna.place(totalMinor, newId());
  expect(later).toMatchObject({ status: 409, body: { code: 'order.cart-empty' } });
});

it('takes a kit from the stock as its parts, all or none (T38)', async () => {
  const code = `part-${newId()}`;
  const [lamp, shade] = await makeGoods(
    shop,
    { priceMinor: 100_00, sku: `${code}-a`, onHand: { [shop.kazan]: 5 } },
    { priceMinor: 50_00, sku: `${code}-b`, onHand: { [shop.kazan]: 5 } },
  );
  const components = [
    { sku: `${code}-a`, quantity: 1 },
    { sku: `${code}-b`, quantity: 2 },
  ];
  const [kit] = await makeGoods(shop, { priceMinor: 180_00, components });
  const anna = await signIn(shop);
  await anna.fill([kit ?? '', 2]);
  const placed = await anna.order(pickup(shop.kazan));
  expect(await reserved(shop.house, lamp ?? '', shop.kazan)).toBe(2);
  expect(await reserved(shop.house, shade ?? '', shop.kazan)).toBe(4);
  expect((await anna.read(placed.orderId)).fulfilments[0]?.lines).toMatchObject([{ lineNo: 1, quantity: 2 }]);
  const boris = await signIn(shop);
  await boris.fill(kit ?? '');
  await boris.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...pickup(shop.kazan) });
  const quote = await boris.quote();
  expect(quote.missing.length).toBeGreaterThan(0);
  expect(await boris.place(quote.totalMinor)).toMatchObject({ status: 409, body: { code: 'order.short' } });
  expect(await reserved(shop.house, lamp ?? '', shop.kazan)).toBe(2);
});

it('lets thirty who place at once use a promotion of seven uses seven times (T18)', async () => {
  const [kettle] = await makeGoods(shop, { priceMinor: 300_00, onHand: { [shop.kazan]: 1_000 } });
  await promote(shop, {
    rule: {
      name: 'Первым семи',
      effects: [{ kind: 'percent', lines: { variantIds: [kettle ?? ''] }, bp: 1_000 }],
      limits: { uses: 7 },
    },
  });
  const faces = await Promise.all(Array.from({ length: 30 }, () => signIn(shop)));
  for (const face of faces) {
    await face.fill(kettle ?? '');
    await face.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...pickup(shop.kazan) });
  }
  const answers = await Promise.all(
    faces.map((face, index) => face.place(270_00, newId(), index % 2 === 0 ? shop.house : shop.other)),
  );
  const won = answers.filter((answer) => answer.status === 200);
  expect(won).toHaveLength(7);
  const lost = answers.filter((answer) => answer.status !== 200);
  for (const answer of lost) expect(answer.status).toBe(409);
  // The discount of an order that is never paid comes back with it.
  shop.clock.pass(31 * 60_000);
  await runDuty(shop.house, 'order.expiry');
  const again = await Promise.all(faces.slice(0, 3).map((face) => face.fill(kettle ?? '').then(() => face.quote())));
  expect(again.some((quote) => quote.discountMinor > 0)).toBe(true);
});

it('lets two channels spend one gift card once (T33)', async () => {
  const [kettle] = await makeGoods(shop, { priceMinor: 400_00 });
  const card = await giftCard(shop, 400_00);
  const faces = await Promise.all([signIn(shop, 'web'), signIn(shop, 'app')]);
  for (const face of faces) {
    await face.fill(kettle ?? '');
    await face.ask('PUT', '/v1/customers/me/checkout', {
      step: 'confirm',
      ...pickup(shop.kazan),
      cardCodes: [card.code],
    });
  }
  const answers = await Promise.all(
    faces.map((face, index) => face.place(400_00, newId(), index === 0 ? shop.house : shop.other)),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  const won = answers.find((answer) => answer.status === 200)?.body as unknown as Placed;
  expect(won).toMatchObject({ state: 'confirmed', toPayMinor: 0 });
  await proveAll(shop.house, won.orderId);
});

it('goes on in another channel at the step where she left (B-02)', async () => {
  const user = `user-${newId()}`;
  const [web, app] = [await signIn(shop, 'web', user), await signIn(shop, 'app', user)];
  await web.ask('PUT', '/v1/customers/me/checkout', { step: 'payment', ...pickup(shop.moscow), points: 10 });
  const there = await app.ask('GET', '/v1/customers/me/checkout');
  expect(there.body).toMatchObject({ step: 'payment', channel: 'web', placeId: shop.moscow, points: 10, version: 1 });
  const on = await app.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...pickup(shop.moscow), version: 1 });
  expect(on.body).toMatchObject({ step: 'confirm', channel: 'app', version: 2 });
  const stale = await web.ask('PUT', '/v1/customers/me/checkout', { step: 'delivery', version: 1 });
  expect(stale).toMatchObject({ status: 409, body: { code: 'order.checkout-moved' } });
});

it('shows no order to whom it does not belong', async () => {
  const [kettle] = await makeGoods(shop, { priceMinor: 10_00 });
  const [anna, eve] = [await signIn(shop), await signIn(shop)];
  await anna.fill(kettle ?? '');
  const { orderId } = await anna.order(pickup(shop.kazan));
  for (const [method, url] of [
    ['GET', ''],
    ['POST', '/cancel'],
    ['POST', '/pay'],
  ] as const)
    expect((await eve.ask(method, `/v1/orders/${orderId}${url}`, method === 'GET' ? undefined : {})).status).toBe(404);
  expect((await eve.ask('GET', '/v1/customers/me/orders')).body).toMatchObject({ items: [] });
  expect((await anna.ask('GET', '/v1/customers/me/orders')).body).toMatchObject({ items: [{ id: orderId }] });
});

it('answers a saved checkout with the quote that the quote itself gives, and with none of an empty cart', async () => {
  const [kettle] = await makeGoods(shop, { priceMinor: 10_00 });
  const face = await signIn(shop);
  const save = (): ReturnType<typeof face.ask> =>
    face.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...pickup(shop.kazan), quote: true });
  expect((await save()).body.quote).toBeNull();
  await face.fill([kettle ?? '', 2]);
  const saved = await save();
  expect(saved.body.quote).toEqual(await face.quote());
});
