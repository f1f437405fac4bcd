import { newId } from '@ruslo/platform';
import { receiptsOf } from '@ruslo/receipt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView, TillSale } from './contract.ts';
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
  signIn,
} from './testing.ts';
import type { Face, Shop } from './testing.ts';
import type { Placed } from './contract.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const sell = (body: object, key = newId(), at = shop.owner) =>
  at.ask('POST', '/v1/till/sales', { placeId: shop.kazan, ...body }, { 'x-ruslo': '1', 'idempotency-key': key });
const quote = (body: object) => shop.owner.ask('POST', '/v1/till/quote', { placeId: shop.kazan, ...body });
const show = async (id: string): Promise<OrderView> =>
  (await shop.owner.ask('GET', `/v1/orders/${id}`)).body as unknown as OrderView;
const pointsOf = async (face: Face): Promise<number> => {
  const purse = await face.ask('GET', '/v1/customers/me/purse');
  return (purse.body as unknown as { points: { active: number } }).points.active;
};

it('sells to nobody known for cash, with change, and gives the first answer again to a till that lost it (T26)', async () => {
  const [tea = ''] = await makeGoods(shop, { priceMinor: 149_90, sku: 'tea-1', eans: ['4600000000017'] });
  const body = {
    lines: [{ code: '4600000000017', quantity: 2 }],
    tenders: [{ kind: 'cash', amountMinor: 299_80 }],
    cashGivenMinor: 500_00,
  };
  const key = newId();
  const sold = await sell(body, key);
  expect(sold).toMatchObject({ status: 200, body: { totalMinor: 299_80, changeMinor: 200_20 } });
  const again = await sell(body, key);
  expect(again.body).toEqual(sold.body);
  expect(await onHand(shop.house, tea, shop.kazan)).toBe(98);
  const { orderId } = sold.body as unknown as TillSale;
  const order = await show(orderId);
  expect(order).toMatchObject({ state: 'completed', method: 'till', customerId: null, paidMinor: 299_80 });
  expect(order.lines).toMatchObject([{ taken: 2, withdrawn: 0, returned: 0 }]);
  expect(order.receipts).toMatchObject([{ type: 'sale', totalMinor: 299_80 }]);
  expect(await factsOf(shop.house, orderId)).toEqual(['order.placed', 'order.completed']);
  await proveAll(shop.house, orderId);
});

it('takes cash, terminal, gift card, credit and points together, priced as the web prices (D-08)', async () => {
  const [phone = '', cover = ''] = await makeGoods(shop, { priceMinor: 2_000_00 }, { priceMinor: 99_99 });
  await promote(shop, {
    rule: { name: '3 по цене 2', effects: [{ kind: 'nth', lines: { variantIds: [cover] }, every: 3 }] },
  });
  const anna = await signIn(shop);
  await give(shop, anna, 'points', 300);
  await give(shop, anna, 'credit', 150_00);
  const card = await giftCard(shop, 200_00);
  await anna.fill(phone, [cover, 3]);
  await anna.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...pickup(shop.kazan), points: 300 });
  const web = await anna.quote();
  const basket = {
    customerId: anna.customerId,
    lines: [
      { variantId: phone, quantity: 1 },
      { variantId: cover, quantity: 3 },
    ],
    points: 300,
  };
  const till = await quote(basket);
  expect(till.body).toMatchObject({
    totalMinor: web.totalMinor,
    discountMinor: web.discountMinor,
    pointsMinor: 300_00,
  });
  const rest = web.totalMinor - 150_00 - 200_00 - 400_00;
  const tenders = [
    { kind: 'cash', amountMinor: rest },
    { kind: 'terminal', amountMinor: 400_00 },
    { kind: 'gift', code: card.code, amountMinor: 200_00 },
    { kind: 'credit', amountMinor: 150_00 },
  ];
  expect(await sell({ ...basket, tenders: tenders.slice(1) })).toMatchObject({
    status: 422,
    body: { code: 'order.wrong-payment' },
  });
  const sold = await sell({ ...basket, tenders, expectedTotalMinor: web.totalMinor });
  expect(sold).toMatchObject({ status: 200, body: { totalMinor: web.totalMinor, pointsSpent: 300 } });
  const { orderId } = sold.body as unknown as TillSale;
  const order = await show(orderId);
  expect(order.tenders).toHaveLength(4);
  expect(order.pointsEarned).toBe(web.pointsEarned);
  expect(await pointsOf(anna)).toBe(0);
  await proveAll(shop.house, orderId);
});

it('sells the cart that was filled on the web (B-03)', async () => {
  const [kettle = ''] = await makeGoods(shop, { priceMinor: 1_500_00 });
  const anna = await signIn(shop, 'web');
  await anna.fill([kettle, 2]);
  const ask = { customerId: anna.customerId, cart: true };
  expect((await quote(ask)).body).toMatchObject({ totalMinor: 3_000_00 });
  const sold = await sell({ ...ask, tenders: [{ kind: 'terminal', amountMinor: 3_000_00 }] });
  expect(sold).toMatchObject({ status: 200 });
  expect((await anna.ask('GET', '/v1/customers/me/cart')).body).toMatchObject({ lines: [] });
  expect((await anna.ask('GET', '/v1/customers/me/orders')).body).toMatchObject({
    items: [{ channel: 'shop', state: 'completed', stateText: 'Выполнен' }],
  });
});

it('lets ten tills spend one purse once, over two processes (T25)', async () => {
  const [tea = ''] = await makeGoods(shop, { priceMinor: 200_00 });
  const anna = await signIn(shop);
  await give(shop, anna, 'points', 100);
  const made = await shop.owner.ask('POST', '/v1/keys', { name: 'till', scopes: ['order.sell'] });
  const { secret } = made.body as unknown as { secret: string };
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      (index % 2 === 0 ? shop.house : shop.other).app.inject({
        method: 'POST',
        url: '/v1/till/sales',
        headers: { authorization: `Bearer ${secret}`, 'idempotency-key': `till-${index}` },
        payload: {
          placeId: shop.kazan,
          customerId: anna.customerId,
          lines: [{ variantId: tea, quantity: 1 }],
          points: 100,
          tenders: [{ kind: 'cash', amountMinor: 100_00 }],
        },
      }),
    ),
  );
  expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1);
  expect(answers.filter((answer) => answer.statusCode === 409)).toHaveLength(9);
  expect(await pointsOf(anna)).toBe(0);
  expect(await onHand(shop.house, tea, shop.kazan)).toBe(99);
});

it('sells no more than there is, unless the cashier holds it in her hand', async () => {
  const [last = ''] = await makeGoods(shop, { priceMinor: 10_00, onHand: { [shop.kazan]: 1 } });
  const body = { lines: [{ variantId: last, quantity: 1 }], tenders: [{ kind: 'cash', amountMinor: 10_00 }] };
  const answers = await Promise.all(Array.from({ length: 5 }, () => sell(body)));
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  expect(answers.find((answer) => answer.status !== 200)).toMatchObject({ status: 409, body: { code: 'stock.short' } });
  expect(await sell({ ...body, found: true })).toMatchObject({ status: 200 });
  expect(await onHand(shop.house, last, shop.kazan)).toBe(0);
});

it('asks for papers where goods have an age limit', async () => {
  const [wine = ''] = await makeGoods(shop, { priceMinor: 700_00, minAge: 18, noDiscount: true });
  const body = { lines: [{ variantId: wine, quantity: 1 }], tenders: [{ kind: 'cash', amountMinor: 700_00 }] };
  expect(await sell(body)).toMatchObject({
    status: 409,
    body: { code: 'order.age-unchecked', quote: { lines: [{ minAge: 18 }] } },
  });
  expect(await sell({ ...body, ageChecked: true })).toMatchObject({ status: 200 });
});

it('makes a sold gift card worth something only when it is paid, and takes it back only unused (T32, T43)', async () => {
  const [gift = '', tea = ''] = await makeGoods(
    shop,
    { priceMinor: 1_000_00, kind: 'gift-card' },
    { priceMinor: 100_00 },
  );
  const anna = await signIn(shop);
  await anna.fill(gift);
  const placed = await anna.order(pickup(shop.kazan));
  const url = `/v1/orders/${placed.orderId}/cards`;
  expect(await anna.ask('POST', url, {})).toMatchObject({ status: 409, body: { code: 'order.not-paid' } });
  await pay(shop, placed as Placed);
  const paid = await anna.read(placed.orderId);
  expect(paid).toMatchObject({ state: 'completed', lines: [{ kind: 'gift-card', taken: 1 }] });
  const [receipt] = await receiptsOf(shop.house.db, [placed.orderId]);
  expect(receipt?.document['1059']).toMatchObject([{ '1212': 10, '1214': 3 }]);
  const told = (await anna.ask('POST', url, {})).body as unknown as {
    items: { code: string | null; cardId: string }[];
  };
  const code = told.items[0]?.code ?? '';
  expect(code.length).toBeGreaterThan(8);
  expect((await anna.ask('POST', url, {})).body).toMatchObject({ items: [{ code: null }] });
  // A gift card buys no gift card.
  const forCard = {
    lines: [{ variantId: gift, quantity: 1 }],
    tenders: [{ kind: 'gift', code, amountMinor: 1_000_00 }],
  };
  expect(await sell(forCard)).toMatchObject({ status: 422, body: { code: 'order.card-for-card' } });
  const anew = (await anna.ask('POST', url, { anew: true })).body as unknown as { items: { code: string }[] };
  const buys = (text: string) =>
    sell({ lines: [{ variantId: tea, quantity: 1 }], tenders: [{ kind: 'gift', code: text, amountMinor: 100_00 }] });
  expect(await buys(code)).toMatchObject({ status: 409 });
  expect(await buys(anew.items[0]?.code ?? '')).toMatchObject({ status: 200 });
  expect(await anna.ask('POST', url, { anew: true })).toMatchObject({
    status: 409,
    body: { code: 'wallet.card-used' },
  });
  expect(JSON.stringify(await shop.house.db.query('select answer from log.command'))).not.toContain(code);
});

it('finds orders by number, phone and place, page by page', async () => {
  const [tea = ''] = await makeGoods(shop, { priceMinor: 10_00 });
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    shop.clock.pass(1_000);
    const sold = await sell({
      placeId: shop.moscow,
      lines: [{ variantId: tea, quantity: 1 }],
      tenders: [{ kind: 'cash', amountMinor: 10_00 }],
      contact: '8 (917) 555-44-33',
      found: true,
    });
    ids.push((sold.body as unknown as TillSale).orderId);
  }
  const list = async (query: string) =>
    (await shop.owner.ask('GET', `/v1/orders?${query}`)).body as unknown as {
      items: { id: string; number: string }[];
      nextCursor: string | null;
    };
  const first = await list(`placeId=${shop.moscow}&limit=3`);
  const second = await list(`placeId=${shop.moscow}&limit=3&cursor=${first.nextCursor ?? ''}`);
  expect([...first.items, ...second.items].map((one) => one.id)).toEqual(ids.toReversed());
  expect(second.nextCursor).toBeNull();
  expect((await list(`q=${encodeURIComponent('+7 917 555 44 33')}`)).items).toHaveLength(5);
  const number = first.items[0]?.number ?? '';
  expect((await list(`q=${number}`)).items).toMatchObject([{ id: ids[4] }]);
  expect((await list(`q=${number.replace('M-', '')}`)).items).toMatchObject([{ id: ids[4] }]);
  expect((await list('q=nothing')).items).toEqual([]);
});
