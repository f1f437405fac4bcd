import { identity, joinCustomers, resolve } from '@ruslo/identity';
import { catalog, saveProducts, variantIdsByCode } from '@ruslo/catalog';
import { newId } from '@ruslo/platform';
import { place, savePlaces } from '@ruslo/place';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import type { Visitor } from '@ruslo/staff/testing';
import { signInAs, signInOwner } from '@ruslo/staff/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { proveStock, release, reserve, stock } from './index.ts';

let house: TestHouse;
let owner: Visitor;
let placeIds: Map<string, string>;

const at = (code: string): string => placeIds.get(code) ?? '';
const facts = async (name: string, variantId: string): Promise<Record<string, unknown>[]> => {
  const rows = await house.db.query<{ data: Record<string, unknown>; customer_id: string | null }>(
    `select data, customer_id from log.event where name = $1 and data ->> 'variantId' = $2 order by tx, id`,
    [name, variantId],
  );
  return rows.map(({ data, customer_id }) => ({ ...data, customerId: customer_id }));
};

beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, place, catalog, stock] });
  house.follow();
  owner = await signInOwner(house);
  const shop = { kind: 'shop', city: 'Казань', services: ['sale', 'pickup', 'ship'] } as const;
  placeIds = await house.db.tx((tx) =>
    savePlaces(
      tx,
      [
        { ...shop, code: 'A', name: 'А', lat: 55.79, lon: 49.11, services: ['sale', 'pickup', 'ship'] },
        { ...shop, code: 'B', name: 'Б', lat: 55.85, lon: 49.2, services: ['sale', 'pickup', 'ship'] },
        { ...shop, code: 'W', name: 'Склад', kind: 'warehouse', lat: 55.7, lon: 49.3, services: ['ship'] },
      ],
      house.clock.now(),
    ),
  );
});
afterAll(() => house.close());

it('receives, adjusts, counts and transfers, each with its movement', async () => {
  const variantId = newId();
  const lines = [{ variantId, quantity: 10 }];
  expect(await owner.ask('POST', '/v1/stock/receive', { placeId: at('A'), ref: 'ПН-1', lines })).toMatchObject({
    status: 200,
    body: { changed: 1 },
  });
  const adjust = (quantity: number) =>
    owner.ask('POST', '/v1/stock/adjust', { placeId: at('A'), why: 'бой', lines: [{ variantId, quantity }] });
  expect(await adjust(-11)).toMatchObject({ status: 409, body: { code: 'stock.short' } });
  expect(await adjust(-1)).toMatchObject({ status: 200 });
  const move = { fromId: at('A'), toId: at('B'), lines: [{ variantId, quantity: 4 }] };
  expect(await owner.ask('POST', '/v1/stock/transfer', move)).toMatchObject({ status: 200 });
  expect(await owner.ask('POST', '/v1/stock/transfer', { ...move, lines })).toMatchObject({ status: 409 });
  const counted = { placeId: at('B'), why: 'инвентаризация', lines: [{ variantId, onHand: 3 }] };
  expect(await owner.ask('POST', '/v1/stock/count', counted)).toMatchObject({ status: 200, body: { changed: 1 } });
  expect(await owner.ask('POST', '/v1/stock/count', counted)).toMatchObject({ status: 200, body: { changed: 0 } });
  expect(await owner.ask('GET', `/v1/stock/${variantId}`)).toMatchObject({
    status: 200,
    body: { total: 8, reservations: [] },
  });
  const all = await owner.ask('GET', `/v1/stock/movements?variantId=${variantId}&limit=3`);
  const page = all.body as unknown as { items: { kind: string; quantity: number; by: string }[]; nextCursor: number };
  expect(page.items.map(({ kind, quantity }) => [kind, quantity])).toEqual([
    ['counted', -1],
    ['arrived', 4],
    ['sent', -4],
  ]);
  const rest = await owner.ask('GET', `/v1/stock/movements?variantId=${variantId}&cursor=${page.nextCursor}`);
  expect(rest.body).toMatchObject({
    items: [{ kind: 'adjusted' }, { kind: 'received', ref: 'ПН-1' }],
    nextCursor: null,
  });
  expect(await owner.ask('POST', '/v1/stock/receive', { placeId: newId(), lines })).toMatchObject({ status: 404 });
  expect(await proveStock(house.db)).toEqual([]);
});

it('receives once with the same key, also ten times at once over two processes', async () => {
  const variantId = newId();
  const body = { placeId: at('A'), lines: [{ variantId, quantity: 5 }] };
  const other = await house.second();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, turn) =>
      (turn % 2 === 0 ? house : other).app.inject({
        method: 'POST',
        url: '/v1/stock/receive',
        headers: { 'x-ruslo': '1', 'idempotency-key': 'once', cookie: `ruslo_session=${owner.cookie}` },
        payload: body,
      }),
    ),
  );
  await other.close();
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  expect((await owner.ask('GET', `/v1/stock?variantId=${variantId}`)).body).toMatchObject({ items: [{ onHand: 5 }] });
});

it('tells low, excess and back once, when the line is crossed', async () => {
  const variantId = newId();
  const placeId = at('A');
  const now = house.clock.now();
  const setting = { items: [{ variantId, placeId, lowAt: 2, excessAt: 9, safety: 1 }] };
  const receive = (quantity: number) =>
    owner.ask('POST', '/v1/stock/receive', { placeId, lines: [{ variantId, quantity }] });
  await receive(6);
  expect(await owner.ask('PUT', '/v1/stock/levels', setting)).toMatchObject({ status: 200, body: { changed: 1 } });
  const take = (quantity: number) =>
    house.db.tx((tx) => reserve(tx, { ref: 'r', wants: [{ variantId, placeId, quantity }], until: null, now }));
  expect((await take(3)).ok).toBe(true);
  expect(await facts('stock.low', variantId)).toEqual([{ variantId, placeId, available: 2, customerId: null }]);
  const list = await owner.ask('GET', `/v1/stock?low=true&placeId=${placeId}&variantId=${variantId}`);
  expect(list.body).toMatchObject({ items: [{ variantId, sellable: 2, reserved: 3 }] });
  await receive(5);
  await receive(1);
  expect(await facts('stock.excess', variantId)).toHaveLength(1);
  expect(await facts('stock.back', variantId)).toHaveLength(1);
  await owner.ask('POST', '/v1/stock/count', { placeId, lines: [{ variantId, onHand: 0 }] });
  expect(await facts('stock.low', variantId)).toHaveLength(2);
  const short = await owner.ask('GET', `/v1/stock?short=true&variantId=${variantId}`);
  expect(short.body).toMatchObject({ items: [{ shortage: 3, sellable: -4 }] });
  await house.db.tx((tx) => release(tx, 'r', now));
  await receive(1);
  expect(await facts('stock.back', variantId)).toHaveLength(1);
  await receive(1);
  expect(await facts('stock.back', variantId)).toHaveLength(2);
});

it('pages through levels by key', async () => {
  const variantIds = Array.from({ length: 7 }, () => newId());
  await owner.ask('POST', '/v1/stock/receive', {
    placeId: at('W'),
    lines: variantIds.map((variantId) => ({ variantId, quantity: 1 })),
  });
  const seen: string[] = [];
  let cursor = '';
  for (let turn = 0; turn < 5; turn += 1) {
    const answer = await owner.ask('GET', `/v1/stock?placeId=${at('W')}&limit=3${cursor}`);
    const page = answer.body as unknown as { items: { variantId: string }[]; nextCursor: string | null };
    seen.push(...page.items.map(({ variantId }) => variantId));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(seen).toEqual(variantIds.toSorted());
  expect(await owner.ask('GET', '/v1/stock?cursor=nonsense')).toMatchObject({ status: 400 });
});

it('lets a visitor ask what there is and who serves her, and nothing else', async () => {
  const opened = await house.app.inject({
    method: 'POST',
    url: '/v1/customer-sessions/visitor',
    payload: { anonymousId: newId() },
  });
  const { token, customerId } = opened.json<{ token: string; customerId: string }>();
  const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
    house.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { payload }),
    });
  const variantId = await someVariant('SKU-1');
  await owner.ask('POST', '/v1/stock/receive', { placeId: at('B'), lines: [{ variantId, quantity: 2 }] });
  const lines = [{ variantId, quantity: 2 }];
  const answer = await ask('POST', '/v1/stock/promise', { lines, method: 'pickup', to: { lat: 55.79, lon: 49.11 } });
  expect(answer.json()).toMatchObject({
    items: [{ placeId: at('B'), missing: [], costMinor: 0 }, { placeId: at('A') }],
  });
  const there = await ask('POST', '/v1/stock/promise', { lines, method: 'pickup', placeId: at('B') });
  expect(there.json<{ items: unknown[] }>().items).toMatchObject([{ placeId: at('B'), parts: [{ lines }] }]);
  const brought = await ask('POST', '/v1/stock/promise', { lines, method: 'pickup', placeId: at('A') });
  expect(brought.json<{ items: unknown[] }>().items).toMatchObject([
    { placeId: at('A'), parts: [{ placeId: at('B') }] },
  ]);
  const delivery = await ask('POST', '/v1/stock/promise', { lines, method: 'delivery' });
  expect(delivery.json()).toMatchObject({
    items: [{ placeId: null, parts: [{ placeId: at('B') }], costMinor: 29_900 }],
  });
  const free = await ask('GET', `/v1/stock/available?variantIds=${variantId}`);
  expect(free.json()).toMatchObject({ items: [{ total: 2, places: [{ placeId: at('B'), quantity: 2 }] }] });
  expect((await ask('GET', '/v1/stock')).statusCode).toBe(403);
  expect((await ask('POST', '/v1/stock/receive', { placeId: at('A'), lines })).statusCode).toBe(403);

  expect((await ask('POST', '/v1/customers/me/stock-waits', { variantId })).json()).toMatchObject({
    code: 'stock.there',
  });
  const gone = await someVariant('SKU-2');
  const waits = await Promise.all(
    Array.from({ length: 3 }, () => ask('POST', '/v1/customers/me/stock-waits', { variantId: gone })),
  );
  expect(new Set(waits.map((one) => one.json<{ id: string }>().id)).size).toBe(1);
  const other = await someCustomer();
  await owner.ask('POST', `/v1/customers/${other}/stock-waits`, { variantId: gone, placeId: at('W') });
  await owner.ask('POST', '/v1/stock/receive', { placeId: at('A'), lines: [{ variantId: gone, quantity: 1 }] });
  await vi.waitFor(async () => expect(await facts('stock.back-for-customer', gone)).toHaveLength(1));
  expect(await facts('stock.back-for-customer', gone)).toEqual([
    { variantId: gone, placeId: at('A'), available: 1, customerId },
  ]);
  expect((await ask('GET', '/v1/customers/me/stock-waits')).json()).toEqual({ items: [] });
  const left = await owner.ask('DELETE', `/v1/customers/${other}/stock-waits/${gone}`);
  expect(left).toMatchObject({ status: 200, body: { items: [] } });
});

it('keeps the tariff, and refuses who may not', async () => {
  const tariff = (await owner.ask('GET', '/v1/stock/tariff')).body as unknown as Record<string, number>;
  expect(await owner.ask('PUT', '/v1/stock/tariff', { ...tariff, feeMinor: 100 })).toMatchObject({ status: 200 });
  expect((await owner.ask('GET', '/v1/stock/tariff')).body).toMatchObject({ feeMinor: 100 });
  const variantId = await someVariant('SKU-3');
  await owner.ask('POST', '/v1/stock/receive', { placeId: at('W'), lines: [{ variantId, quantity: 1 }] });
  const delivery = { lines: [{ variantId, quantity: 1 }], method: 'delivery' };
  expect((await owner.ask('POST', '/v1/stock/promise', delivery)).body).toMatchObject({ items: [{ costMinor: 100 }] });
  expect(await owner.ask('PUT', '/v1/stock/tariff', tariff)).toMatchObject({ status: 200 });
  const clerk = await signInAs(owner, ['cashier'], 'till@example.test');
  expect(await clerk.ask('PUT', '/v1/stock/tariff', tariff)).toMatchObject({ status: 403 });
  expect(await clerk.ask('GET', '/v1/stock')).toMatchObject({ status: 200 });
});

it('tells a person who waited under two ids once, exports her waits and erases them', async () => {
  const variantId = await someVariant('SKU-WAITED');
  const [one, two, three] = [await someCustomer(), await someCustomer(), await someCustomer()];
  for (const id of [one, two, three]) await owner.ask('POST', `/v1/customers/${id}/stock-waits`, { variantId });
  // Nobody waits for what there is not.
  const nothing = await owner.ask('POST', `/v1/customers/${one}/stock-waits`, { variantId: newId() });
  expect(nothing).toMatchObject({ status: 422, body: { code: 'stock.no-such-variant' } });
  const nowhere = await owner.ask('POST', `/v1/customers/${one}/stock-waits`, { variantId, placeId: newId() });
  expect(nowhere).toMatchObject({ status: 404, body: { code: 'stock.no-such-place' } });
  await house.db.tx((tx) =>
    joinCustomers(tx, [
      { a: one, b: two, by: { kind: 'linkage', id: null }, why: 'test', evidence: [], at: house.clock.now() },
    ]),
  );
  const exported = await house.db.tx(async (tx) => stock.export?.(tx, [three]));
  expect(exported).toMatchObject({ stockWaits: [{ variantId }] });
  await house.db.tx(async (tx) => stock.erase?.(tx, [three]));
  await owner.ask('POST', '/v1/stock/receive', { placeId: at('A'), lines: [{ variantId, quantity: 1 }] });
  await vi.waitFor(async () => expect(await facts('stock.back-for-customer', variantId)).toHaveLength(1));
  const [left] = await house.db.query('select 1 from stock.wait where variant_id = $1', [variantId]);
  expect(left).toBeUndefined();
});

async function someCustomer(): Promise<string> {
  const now = new Date();
  const moment = now.toISOString();
  const identifiers = [{ kind: 'user_id', value: `user-${newId()}`, proof: 'proven' }] as const;
  const seen = {
    at: moment,
    occurredAt: moment,
    sourceId: null,
    channel: 'web',
    identifiers,
    traits: undefined,
  } as const;
  const [customerId] = await house.db.retry((tx) => resolve(tx, [seen], now));
  return customerId ?? '';
}

async function someVariant(sku: string): Promise<string> {
  const row = { code: sku, title: 'Чехол', variants: [{ sku, priceMinor: 10_000 }] };
  await house.db.tx((tx) => saveProducts(house, tx, [row], { at: house.clock.now(), by: 'import' }));
  return (await variantIdsByCode(house.db, [sku])).get(sku) ?? '';
}
