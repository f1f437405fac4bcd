import { saveProgramme } from '@ruslo/loyalty';
import { savePromotions } from '@ruslo/offer';
import { newId, runDuty } from '@ruslo/platform';
import { proveLedger } from '@ruslo/wallet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importOrders } from './bulk.ts';
import type { OrderView } from './contract.ts';
import { giftCard, makeCard, makePerson, openWorld, placeAndPay, points, stockUp } from './testing-desk.ts';
import type { Person, World } from './testing-desk.ts';

/** What a review tried to break: money that is returned twice, value made of nothing, one bad row before good ones. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.house.close();
});

const read = async (orderId: string): Promise<OrderView> =>
  (await world.owner.ask('GET', `/v1/orders/${orderId}`)).body as unknown as OrderView;
const fromShop = () => ({ method: 'pickup', placeId: world.shop, pay: 'now' });

/** An order of one piece that awaits its payment. */
async function unpaid(anna: Person, index: number): Promise<{ orderId: string; paymentId: string }> {
  const { id, priceMinor } = world.good(index);
  const ops = [{ op: 'add', variantId: id, quantity: 1 }];
  await anna.ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
  const recipient = { name: 'Анна', phone: anna.phone };
  await anna.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...fromShop(), recipient });
  const ask = { expectedTotalMinor: priceMinor };
  const placed = await anna.ask('POST', '/v1/customers/me/checkout/place', ask, newId());
  expect(placed).toMatchObject({ status: 200, body: { state: 'awaiting-payment' } });
  return placed.body as unknown as { orderId: string; paymentId: string };
}

it('cancels an order of which a gift card has come back already, and gives each kopeck back once (T6, T7)', async () => {
  const anna = await makePerson(world);
  const placed = await placeAndPay(world, anna, {
    lines: [
      { good: world.good(5), quantity: 1 },
      { good: world.good(giftCard), quantity: 3 },
    ],
    checkout: fromShop(),
  });
  const told = await anna.ask('POST', `/v1/orders/${placed.orderId}/cards`, {});
  expect(told).toMatchObject({ status: 200 });
  const lineNo = (await read(placed.orderId)).lines.find((line) => line.kind === 'gift-card')?.lineNo ?? 0;
  const back = { orderId: placed.orderId, placeId: world.shop, lines: [{ lineNo, quantity: 1 }] };
  expect(await world.owner.ask('POST', '/v1/returns', back)).toMatchObject({ status: 200 });
  expect(await world.owner.ask('POST', `/v1/orders/${placed.orderId}/cancel`, { why: 'не нужно' })).toMatchObject({
    status: 200,
    body: { state: 'cancelled', paidMinor: placed.totalMinor, refundedMinor: placed.totalMinor },
  });
  expect(await proveLedger(world.house.db)).toEqual([]);
});

it('makes no gift cards for orders of another system, whose codes were told there', async () => {
  const anna = await makePerson(world);
  const card = world.good(giftCard);
  const [orderId = ''] = await world.house.db.tx((tx) =>
    importOrders(
      tx,
      [
        {
          number: `OLD-${newId()}`,
          customerId: anna.customerId,
          channel: 'shop',
          method: 'till',
          placeId: world.shop,
          placedAt: new Date('2025-12-20T10:00:00Z'),
          lines: [
            {
              variantId: card.id,
              sku: card.sku,
              title: 'Подарочная карта',
              kind: 'gift-card',
              quantity: 1,
              priceMinor: card.priceMinor,
            },
          ],
        },
      ],
      { now: world.clock.now() },
    ),
  );
  const told = await anna.ask('POST', `/v1/orders/${orderId}/cards`, {});
  expect(told).toMatchObject({ status: 404, body: { code: 'order.no-cards' } });
});

it('settles the payments behind one that cannot be settled', async () => {
  const anna = await makePerson(world);
  const bad = await unpaid(anna, 1);
  world.clock.pass(1_000);
  const good = await unpaid(anna, 2);
  // Something that no document can say: whatever went wrong there, it is this order's alone.
  await world.house.db.query(`update "order".line set vat = 'unheard-of' where order_id = $1`, [bad.orderId]);
  world.clock.pass(61_000);
  await runDuty(world.house, 'order.payments');
  expect(await read(bad.orderId)).toMatchObject({ state: 'awaiting-payment' });
  expect(await read(good.orderId)).toMatchObject({ state: 'confirmed' });
});

it('lets the orders behind one that cannot expire do so', async () => {
  const anna = await makePerson(world);
  const bad = await unpaid(anna, 8);
  world.clock.pass(1_000);
  const good = await unpaid(anna, 9);
  // No version follows this one.
  await world.house.db.query(`update "order"."order" set version = 2147483647 where id = $1`, [bad.orderId]);
  world.clock.pass(31 * 60_000);
  await runDuty(world.house, 'order.expiry');
  expect(await read(bad.orderId)).toMatchObject({ state: 'awaiting-payment' });
  expect(await read(good.orderId)).toMatchObject({ state: 'expired' });
});

it('sells at a till although the gift of a promotion has run out, and says so before', async () => {
  const { house, clock, shop, owner } = world;
  const [bought, gift] = [world.good(3), world.good(10)];
  await stockUp(house, [gift], [shop], 1);
  const effects = [{ kind: 'gift' as const, variantId: gift.id, quantity: 1 }];
  const condition = { kind: 'lines' as const, lines: { variantIds: [bought.id] } };
  await house.db.tx((tx) =>
    savePromotions(house, tx, [{ rule: { name: 'Подарок', condition, effects } }], clock.now()),
  );
  const body = { placeId: shop, lines: [{ variantId: bought.id, quantity: 1 }] };
  const tenders = [{ kind: 'cash', amountMinor: bought.priceMinor }];
  const sell = () => owner.ask('POST', '/v1/till/sales', { ...body, tenders });
  const linesOf = async (answer: { readonly body: unknown }): Promise<number> =>
    (await read((answer.body as { orderId: string }).orderId)).lines.length;
  const first = await sell();
  expect(first).toMatchObject({ status: 200 });
  expect(await linesOf(first)).toBe(2);
  expect((await owner.ask('POST', '/v1/till/quote', body)).body).toMatchObject({ lines: [{ gift: false }] });
  const second = await sell();
  expect(second).toMatchObject({ status: 200 });
  expect(await linesOf(second)).toBe(1);
  const lines = [{ lineNo: 1, quantity: 1 }];
  const { orderId } = second.body as unknown as { orderId: string };
  const take = [{ variantId: bought.id, quantity: 1 }];
  expect(await owner.ask('POST', '/v1/exchanges', { orderId, placeId: shop, lines, take })).toMatchObject({
    status: 200,
    body: { paidMinor: 0, refundedMinor: 0 },
  });
});

it('keeps nothing of a refund for points where nothing was paid: what she has spent of them she owes (T9)', async () => {
  const { house, clock, shop, owner } = world;
  const programme = { pointMinor: 100, earnRateBp: 500, spendLimitBp: 3_000, returnDays: 14 };
  const atOnce = { ...programme, returnDays: 0, clawBack: 'deduct' as const };
  await house.db.tx((tx) => saveProgramme(tx, atOnce, 'test', clock.now()));
  const anna = await makePerson(world);
  const placed = await placeAndPay(world, anna, {
    lines: [{ good: world.good(9), quantity: 1 }],
    checkout: { method: 'pickup', placeId: shop, pay: 'on-handover' },
  });
  expect(await points(world, anna)).toEqual({ active: 500, pending: 0 });
  const sold = await owner.ask('POST', '/v1/till/sales', {
    placeId: shop,
    customerId: anna.customerId,
    lines: [{ variantId: world.good(7).id, quantity: 1 }],
    points: 500,
    tenders: [{ kind: 'cash', amountMinor: 450_000 }],
  });
  expect(sold).toMatchObject({ status: 200 });
  const cancelled = await owner.ask('POST', `/v1/orders/${placed.orderId}/cancel`, { why: 'не пришла' });
  expect(cancelled).toMatchObject({ status: 200, body: { tenders: [{ kind: 'due', refundedMinor: 1_000_000 }] } });
  // The sale at the till has earned 225, which go first.
  expect(await points(world, anna)).toEqual({ active: 225 - 500, pending: 0 });
  await house.db.tx((tx) => saveProgramme(tx, programme, 'test', clock.now()));
});

it('leaves her checkout hers when she is parted again from somebody with whom she was wrongly one (T29)', async () => {
  const { house, owner } = world;
  const [anna, vera] = [await makePerson(world), await makePerson(world)];
  const card = await makeCard(house, 300_000);
  const recipient = (person: Person) => ({ name: 'Кто-то', phone: person.phone });
  const save = (person: Person, more: object = {}) =>
    person.ask('PUT', '/v1/customers/me/checkout', {
      step: 'confirm',
      ...fromShop(),
      recipient: recipient(person),
      ...more,
    });
  expect(await save(vera)).toMatchObject({ status: 200, body: { version: 1 } });
  const merged = await owner.ask('POST', `/v1/customers/${anna.customerId}/merge`, {
    with: vera.customerId,
    why: 'одно лицо',
  });
  expect(merged).toMatchObject({ status: 200 });
  const { mergeId } = merged.body as unknown as { mergeId: string };
  const saved = await save(anna, { cardCodes: [card.code], version: 1 });
  expect(saved).toMatchObject({ status: 200, body: { version: 2, cards: [{ id: card.id }] } });
  expect(await save(anna, { version: 1 })).toMatchObject({ status: 409, body: { code: 'order.checkout-moved' } });
  // One person has one checkout, whichever of her ids asks.
  expect(await vera.ask('GET', '/v1/customers/me/checkout')).toMatchObject({ body: { version: 2 } });
  const parted = await owner.ask('POST', `/v1/customers/${anna.customerId}/unmerge`, { mergeId, why: 'ошибка' });
  expect(parted).toMatchObject({ status: 200 });
  const hers = await vera.ask('GET', '/v1/customers/me/checkout');
  expect(hers).toMatchObject({ status: 200, body: { recipient: recipient(vera), cards: [] } });
  const own = await anna.ask('GET', '/v1/customers/me/checkout');
  expect(own).toMatchObject({ status: 200, body: { recipient: recipient(anna), cards: [{ id: card.id }] } });
});

it('takes no gift card of another currency at a till', async () => {
  const { owner, shop } = world;
  const made = await owner.ask('POST', '/v1/gift-cards', {
    amountsMinor: [1_000_000],
    currency: 'KZT',
    active: true,
    expiresAt: null,
  });
  const [card] = (made.body as unknown as { cards: { code: string }[] }).cards;
  const { id: variantId, priceMinor: amountMinor } = world.good(5);
  const tenders = [{ kind: 'gift', code: card?.code, amountMinor }];
  const sold = await owner.ask('POST', '/v1/till/sales', {
    placeId: shop,
    lines: [{ variantId, quantity: 1 }],
    tenders,
  });
  expect(sold).toMatchObject({ status: 422, body: { code: 'order.card-currency' } });
});

it('tells the cards that were paid although a promotion gave one beside them for nothing', async () => {
  const { house, clock } = world;
  const card = world.good(giftCard);
  const effects = [{ kind: 'gift' as const, variantId: card.id, quantity: 1 }];
  const condition = { kind: 'lines' as const, lines: { variantIds: [world.good(6).id] } };
  const rule = { name: 'Карта в подарок', condition, effects };
  await house.db.tx((tx) => savePromotions(house, tx, [{ rule }], clock.now()));
  const anna = await makePerson(world);
  const lines = [world.good(6), card].map((good) => ({ good, quantity: 1 }));
  const placed = await placeAndPay(world, anna, { lines, checkout: fromShop() });
  const sold = (await read(placed.orderId)).lines;
  expect(sold.filter((line) => line.kind === 'gift-card').map((line) => line.gift)).toEqual([false, true]);
  const told = await anna.ask('POST', `/v1/orders/${placed.orderId}/cards`, {});
  expect(told).toMatchObject({ status: 200, body: { items: [{ amountMinor: card.priceMinor }] } });
});
