import { mostMinor } from '@ruslo/kernel';
import { newId } from '@ruslo/platform';
import { signInAs } from '@ruslo/staff/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Face, give, makeGoods, openShop, pay, pickup, signIn } from './testing.ts';
import type { Shop } from './testing.ts';

/** What reaches the checkout from outside: visitors, strangers, nonsense. */

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

async function visitor(anonymousId: string): Promise<Face> {
  const made = await shop.owner.ask('POST', '/v1/customer-sessions/visitor', { anonymousId, channel: 'web' });
  expect(made).toMatchObject({ status: 200 });
  const { token, customerId } = made.body as unknown as { token: string; customerId: string };
  return new Face(shop.house, token, customerId);
}

it('spends nothing of a purse for who has not signed in', async () => {
  const [good = ''] = await makeGoods(shop, { priceMinor: 100_000 });
  const guest = await visitor('anon-guest-0001');
  await give(shop, guest, 'points', 300);
  await give(shop, guest, 'credit', 20_000);
  await guest.fill(good);
  const saved = await guest.ask('PUT', '/v1/customers/me/checkout', {
    step: 'confirm',
    ...pickup(shop.kazan),
    points: null,
    creditMinor: null,
  });
  expect(saved.status).toBe(200);
  const quote = await guest.quote();
  expect(quote).toMatchObject({ totalMinor: 100_000, toPayMinor: 100_000, pointsSpent: 0, pointsActive: 0 });
  expect(quote.tenders.map((tender) => tender.kind)).toEqual(['card']);
  const cart = await guest.ask('GET', '/v1/customers/me/cart?points=true');
  expect(cart.body).not.toHaveProperty('points');
  const placed = await guest.place(100_000);
  expect(placed).toMatchObject({ status: 200, body: { totalMinor: 100_000, toPayMinor: 100_000 } });
});

it('shows a customer nothing of another: order, codes, cards, returns, payment', async () => {
  const [good = ''] = await makeGoods(shop, { priceMinor: 50_000 });
  const anna = await signIn(shop);
  const boris = await signIn(shop);
  const guest = await visitor('anon-guest-0002');
  await anna.fill(good);
  const { orderId } = await anna.order({ ...pickup(shop.kazan), pay: 'on-handover' });
  for (const other of [boris, guest]) {
    expect((await other.ask('GET', `/v1/orders/${orderId}`)).status).toBe(404);
    for (const act of ['pay', 'cancel'])
      expect((await other.ask('POST', `/v1/orders/${orderId}/${act}`, {})).status).toBe(404);
    const lines = [{ variantId: good, quantity: 1 }];
    expect((await other.ask('POST', `/v1/orders/${orderId}/add`, { lines })).status).toBe(404);
    for (const path of ['payments', 'receipts', 'returns', 'orders', 'gift-cards', 'promotions'])
      expect((await other.ask('GET', `/v1/${path}`)).status).toBe(403);
    expect((await other.ask('GET', `/v1/customers/${anna.customerId}/orders`)).status).toBe(
      other === guest ? 401 : 403,
    );
  }
  expect((await boris.ask('GET', `/v1/orders/${orderId}/hand-out-codes`)).status).toBe(404);
  expect((await boris.ask('POST', `/v1/orders/${orderId}/cards`, {})).status).toBe(404);
  const announced = { orderId, lines: [{ lineNo: 1, quantity: 1 }] };
  expect((await boris.ask('POST', '/v1/customers/me/returns', announced)).status).toBe(404);
});

it('refuses what is none: scripts to come back to, half characters, cursors', async () => {
  const [good = ''] = await makeGoods(shop, { priceMinor: 50_000 });
  const anna = await signIn(shop);
  await anna.fill(good);
  for (const returnUrl of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd']) {
    const placed = await anna.ask('POST', '/v1/customers/me/checkout/place', { expectedTotalMinor: 1, returnUrl });
    expect(placed.status, returnUrl).toBe(400);
  }
  for (const name of ['\u0000', 'a\ud800']) {
    const saved = await anna.ask('PUT', '/v1/customers/me/checkout', { step: 'delivery', recipient: { name } });
    expect(saved).toMatchObject({ status: 400, body: { code: 'platform.bad-text' } });
  }
  expect((await anna.ask('GET', '/v1/customers/me/orders?cursor=1.x')).status).toBe(400);
});

it('counts guesses of gift cards by address, however many visitors come from it', async () => {
  for (let time = 0; time < 10; time += 1) {
    const guest = await visitor(`anon-guesser-${time}`);
    const body = { step: 'payment', cardCodes: ['0000-0000-0000-0000-0001'] };
    expect((await guest.ask('PUT', '/v1/customers/me/checkout', body)).status).toBe(404);
  }
  const guest = await visitor('anon-guesser-last');
  const body = { step: 'payment', cardCodes: ['0000-0000-0000-0000-0001'] };
  expect((await guest.ask('PUT', '/v1/customers/me/checkout', body)).status).toBe(429);
});

it('sells nothing for more than money can be, and reckons it nowhere', async () => {
  const [dear = ''] = await makeGoods(shop, { priceMinor: mostMinor });
  const anna = await signIn(shop);
  const ops = [{ op: 'add', variantId: dear, quantity: 10_000_000 }];
  const done = await anna.ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
  expect(done).toMatchObject({ status: 200, body: { cart: { totalMinor: mostMinor, lines: [{ quantity: 1 }] } } });
  expect((await anna.ask('GET', '/v1/customers/me/state')).status).toBe(200);
  const lines = [{ variantId: dear, quantity: 1_000_000_000 }];
  expect(await shop.owner.ask('POST', '/v1/till/quote', { placeId: shop.kazan, lines })).toMatchObject({
    status: 200,
    body: { totalMinor: 0, gone: [{ variantId: dear }] },
  });
  const tenders = [{ kind: 'cash', amountMinor: mostMinor }];
  expect((await shop.owner.ask('POST', '/v1/till/sales', { placeId: shop.kazan, lines, tenders })).status).toBe(409);
  const basket = { lines: [{ variantId: dear, quantity: 100_000_000 }] };
  expect(await shop.owner.ask('POST', '/v1/promotions/preview', basket)).toMatchObject({
    status: 200,
    body: { unknown: [dear], totalMinor: 0 },
  });
});

it('tells a till the gift cards that it sold, and not those that somebody bought on line', async () => {
  const [card = ''] = await makeGoods(shop, { priceMinor: 100_000, kind: 'gift-card' });
  const anna = await signIn(shop);
  await anna.fill(card);
  const placed = await anna.order({ ...pickup(shop.kazan) });
  await pay(shop, placed);
  const cashier = await signInAs(shop.owner, ['cashier'], 'till@example.org');
  const url = `/v1/orders/${placed.orderId}/cards`;
  expect(await cashier.ask('POST', url, { anew: true })).toMatchObject({ status: 403 });
  expect(await anna.ask('POST', url, {})).toMatchObject({ status: 200, body: { items: [{ amountMinor: 100_000 }] } });
  const lines = [{ variantId: card, quantity: 1 }];
  const tenders = [{ kind: 'cash', amountMinor: 100_000 }];
  const sold = await cashier.ask('POST', '/v1/till/sales', { placeId: shop.kazan, lines, tenders });
  expect(sold).toMatchObject({ status: 200 });
  const { orderId } = sold.body as unknown as { orderId: string };
  expect(await cashier.ask('POST', `/v1/orders/${orderId}/cards`, {})).toMatchObject({ status: 200 });
});
