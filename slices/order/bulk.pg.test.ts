import { newId } from '@ruslo/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderView } from './contract.ts';
import { importOrders, settleOrders } from './index.ts';
import type { ImportedOrder } from './index.ts';
import { makeGoods, openShop, signIn } from './testing.ts';
import type { Shop } from './testing.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const placedAt = new Date('2026-02-03T10:00:00Z');

it('brings orders of the past in once, with what came back of them, and tells them as of then', async () => {
  const [tea = ''] = await makeGoods(shop, { priceMinor: 99_99 });
  const anna = await signIn(shop);
  const order: ImportedOrder = {
    number: `CJ-${newId()}`,
    customerId: anna.customerId,
    channel: 'shop',
    method: 'till',
    placeId: shop.kazan,
    placedAt,
    lines: [
      {
        variantId: tea,
        sku: 'tea',
        title: 'Чай',
        quantity: 3,
        priceMinor: 99_99,
        discountMinor: 10_01,
        discounts: [{ ruleId: newId(), name: 'Купон', amountMinor: 10_01, coupon: 'TEA' }],
        returned: 1,
      },
    ],
    tenders: [
      { kind: 'cash', amountMinor: 89_96 },
      { kind: 'terminal', amountMinor: 200_00 },
    ],
  };
  const bring = () =>
    shop.house.db.tx((tx) => importOrders(tx, [order, order], { facts: true, now: shop.clock.now() }));
  const [id, twice] = await bring();
  expect(twice).toBeUndefined();
  expect(await bring()).toEqual([undefined, undefined]);
  const read = (await anna.ask('GET', `/v1/orders/${id ?? ''}`)).body as unknown as OrderView;
  expect(read).toMatchObject({
    state: 'completed',
    totalMinor: 289_96,
    refundedMinor: 96_66,
    placedAt: placedAt.toISOString(),
  });
  expect(read.lines).toMatchObject([{ taken: 3, returned: 1, discounts: [{ coupon: 'TEA' }] }]);
  expect(read.tenders.reduce((sum, one) => sum + one.refundedMinor, 0)).toBe(96_66);
  const facts = await shop.house.db.query(
    `select name, occurred_at as at from log.event where data->>'orderId' = $1 order by name`,
    [id],
  );
  expect(facts).toEqual([
    { name: 'order.completed', at: placedAt },
    { name: 'order.placed', at: placedAt },
  ]);
});

it('brings thousands in at once, and lists them quickly by any filter', async () => {
  const [tea = ''] = await makeGoods(shop, { priceMinor: 10_00 });
  const anna = await signIn(shop);
  const many = Array.from({ length: 4_000 }, (_, index): ImportedOrder => ({
    number: `MANY-${index}`,
    customerId: index % 400 === 0 ? anna.customerId : null,
    channel: index % 2 === 0 ? 'shop' : 'web',
    method: 'till',
    placeId: index % 100 === 0 ? shop.moscow : shop.kazan,
    placedAt: new Date(placedAt.getTime() + index * 60_000),
    lines: [{ variantId: tea, sku: 'tea', title: 'Чай', quantity: 2, priceMinor: 10_00 }],
  }));
  await shop.house.db.tx((tx) => importOrders(tx, many, { now: shop.clock.now() }));
  await settleOrders(shop.house.db);
  const list = async (query: string) =>
    (await shop.owner.ask('GET', `/v1/orders?limit=100&${query}`)).body as unknown as { items: { number: string }[] };
  expect((await list(`placeId=${shop.moscow}`)).items).toHaveLength(40);
  expect((await list(`customerId=${anna.customerId}`)).items.map((one) => one.number)[0]).toBe('MANY-3600');
  expect((await list('q=many-17')).items).toMatchObject([{ number: 'MANY-17' }]);
  expect((await list('state=completed&channel=web')).items).toHaveLength(100);
});

it('keeps the sums and forgets whom they concern when a person is erased (T30)', async () => {
  const [tea = ''] = await makeGoods(shop, { priceMinor: 10_00 });
  const anna = await signIn(shop);
  await anna.fill(tea);
  const placed = await anna.order({
    method: 'pickup',
    placeId: shop.kazan,
    recipient: { name: 'Анна Иванова', phone: '+79170000009' },
  });
  const order = shop.house.slices.find((slice) => slice.name === 'order');
  const kept = await shop.house.db.tx((tx) => order?.export?.(tx, [anna.customerId]) ?? Promise.resolve({}));
  expect(JSON.stringify(kept)).toContain('Анна Иванова');
  await shop.house.db.tx((tx) => order?.erase?.(tx, [anna.customerId]) ?? Promise.resolve());
  const read = (await shop.owner.ask('GET', `/v1/orders/${placed.orderId}`)).body as unknown as OrderView;
  expect(read).toMatchObject({ customerId: null, totalMinor: 10_00, recipient: {} });
  expect(JSON.stringify(read)).not.toContain(anna.customerId);
});
