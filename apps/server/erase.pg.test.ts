import { saveProducts } from '@ruslo/catalog';
import { members } from '@ruslo/identity';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { setLevels } from '@ruslo/stock';
import { earn } from '@ruslo/wallet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slices } from './slices.ts';

/** A customer who has used everything is erased: then no table of the whole database names her (T30). */

const phone = '+79175554433';
const email = 'verochka@example.ru';
const name = 'Вероника';

let house: TestHouse;
let owner: Visitor;
let token: string;
let customerId: string;
const places: string[] = [];
let variants: string[] = [];

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** As the customer herself, and with a key of her own, so that answers are kept. */
async function hers<T>(method: Method, url: string, payload?: object): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'idempotency-key': newId() };
  const answer = await house.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  expect(answer.statusCode, `${method} ${url} ${answer.body}`).toBe(200);
  return answer.json<T>();
}
async function ask<T>(method: Method, url: string, body?: object): Promise<T> {
  const answer = await owner.ask(method, url, body, { 'x-ruslo': '1', 'idempotency-key': newId() });
  expect(answer.status, `${method} ${url} ${JSON.stringify(answer.body)}`).toBe(200);
  return answer.body as unknown as T;
}

beforeAll(async () => {
  house = await openTestHouse({ slices });
  owner = await signInOwner(house);
  const services = ['sale', 'pickup', 'try-on', 'return', 'ship'];
  for (const code of ['KZN-1', 'KZN-2'])
    places.push((await ask<{ id: string }>('POST', '/v1/places', { code, kind: 'shop', name: code, city: 'Казань', lat: 55.79, lon: 49.12, services })).id); // prettier-ignore
  const now = house.clock.now();
  const rows = ['e-1', 'e-2', 'e-none'].map((sku) => ({ code: sku, title: sku, variants: [{ sku, vat: '22' as const, priceMinor: 50_000, warrantyMonths: 12 }] })); // prettier-ignore
  const saved = await house.db.tx((tx) => saveProducts(house, tx, rows, { at: now, by: 'test' }));
  variants = saved.flatMap((product) => product.variants.map((variant) => variant.id ?? ''));
  const levels = variants.slice(0, 2).map((variantId) => ({ variantId, placeId: places[0] ?? '', onHand: 50 }));
  await house.db.tx((tx) => setLevels(tx, levels, { kind: 'imported', ref: null, by: null, now }));
});
afterAll(() => house.close());

async function live(): Promise<void> {
  const anonymousId = 'anon-to-be-erased';
  const visitor = await house.app.inject({
    method: 'POST',
    url: '/v1/customer-sessions/visitor',
    payload: { anonymousId },
  });
  const visitorToken = visitor.json<{ token: string }>().token;
  const identifiers = [{ kind: 'phone', value: phone }, { kind: 'email', value: email }]; // prettier-ignore
  ({ token, customerId } = await ask<{ token: string; customerId: string }>('POST', '/v1/customer-sessions', {
    identifiers,
    visitorToken,
  }));
  const now = house.clock.now();
  const purse = { availableAt: now, expiresAt: null, ref: null, reason: 'gift', now };
  for (const kind of ['points', 'credit'] as const)
    await house.db.tx((tx) => earn(tx, [{ customerId, kind, amount: 500, key: newId(), ...purse }]));
  await ask('POST', `/v1/customers/${customerId}/purse/adjust`, {
    kind: 'points',
    amount: 5,
    reason: `${name} просила`,
  });
  const list = await hers<{ id: string }>('POST', '/v1/customers/me/lists', { name: 'Подарки' });
  await hers('PUT', `/v1/customers/me/lists/${list.id}/items/${variants[0] ?? ''}`);
  await hers('PUT', `/v1/customers/me/lists/compare/items/${variants[1] ?? ''}`);
  await hers('POST', '/v1/customers/me/stock-waits', { variantId: variants[2] });
  const rule = { name: 'Скидка', condition: { kind: 'grant' }, effects: [{ kind: 'percent', bp: 500 }] };
  const promotion = await ask<{ id: string }>('POST', '/v1/promotions', { rule, state: 'active' });
  await ask('POST', `/v1/customers/${customerId}/offers`, { ruleId: promotion.id });
  for (const round of [1, 2, 3]) {
    const ops = [{ op: 'add', variantId: variants[0], quantity: 2 }];
    await hers('POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
    const recipient = {
      name,
      phone,
      email,
      comment: `домофон ${name}`,
      address: { city: 'Казань', street: 'Баумана' },
    };
    const checkout = { step: 'confirm', method: 'pickup', placeId: places[0], pay: 'on-handover', recipient };
    await hers('PUT', '/v1/customers/me/checkout', checkout);
    const { totalMinor } = await hers<{ totalMinor: number }>('POST', '/v1/customers/me/checkout/quote', {});
    const { orderId } = await hers<{ orderId: string }>('POST', '/v1/customers/me/checkout/place', {
      expectedTotalMinor: totalMinor,
    });
    if (round === 1) await hers('POST', `/v1/orders/${orderId}/cancel`, { why: `я ${name}, звоните ${phone}` });
    else await desk(orderId);
    if (round === 2) await hers('POST', '/v1/customers/me/returns', { orderId, lines: [{ lineNo: 1, quantity: 1 }] });
  }
  const ops = [{ op: 'add', variantId: variants[1], quantity: 1 }];
  await hers('POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
  await hers('PUT', '/v1/customers/me/checkout', { step: 'delivery', recipient: { name, phone } });
  const sale = { placeId: places[0], customerId, contact: email, lines: [{ variantId: variants[0], quantity: 1 }] };
  const quote = await ask<{ totalMinor: number }>('POST', '/v1/till/quote', {
    placeId: places[0],
    customerId,
    lines: sale.lines,
  });
  await ask('POST', '/v1/till/sales', { ...sale, tenders: [{ kind: 'cash', amountMinor: quote.totalMinor }] });
}

async function desk(orderId: string): Promise<void> {
  const { fulfilments } = await hers<{ fulfilments: { id: string }[] }>('GET', `/v1/orders/${orderId}`);
  const id = fulfilments[0]?.id ?? '';
  await ask('POST', `/v1/fulfilments/${id}/take`);
  await ask('POST', `/v1/fulfilments/${id}/ready`, { all: true });
  await ask('POST', `/v1/fulfilments/${id}/hand-out`, { tenders: [{ kind: 'cash' }] });
}

/** Tables of the database in whose rows one of these stands. */
async function where(said: readonly string[]): Promise<string[]> {
  const tables = await house.db.query<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1, 2`,
  );
  const found: string[] = [];
  for (const { schema, name: table } of tables) {
    const [row] = await house.db.query<{ text: string }>(
      `select t::text as text from "${schema}"."${table}" t where exists (select from unnest($1::text[]) as said where position(said in t::text) > 0) limit 1`,
      [said],
    );
    if (row !== undefined) found.push(`${schema}.${table}: ${row.text.slice(0, 300)}`);
  }
  return found;
}

test('no table names who was erased', async () => {
  await live();
  const ids = await members(house.db, customerId);
  const said = [...ids, phone, phone.slice(1), phone.slice(2), email, name];
  expect((await where(said)).length).toBeGreaterThan(15);
  await house.db.retry(async (tx) => {
    for (const slice of house.slices.toReversed()) await slice.erase?.(tx, ids);
  });
  const left = (await where(said)).map((one) => one.split(':')[0] ?? '');
  // Who looked at whom stays with the access log; analytics are told which ids to forget; a receipt that waits for its
  // register still needs the address, and loses it then.
  const stays = ['log.event', 'receipt.receipt', 'staff.audit'];
  expect(left.filter((table) => !stays.some((one) => table.startsWith(one)))).toEqual([]);
  expect((await where([name, email])).filter((one) => !one.startsWith('receipt.receipt'))).toEqual([]);
  expect(
    await house.db.query(`select name from log.event where data::text like '%' || $1 || '%'`, [customerId]),
  ).toEqual([{ name: 'insight.erased' }]);
  expect(
    await house.db.query('select id from receipt.receipt where not forget and document::text like $1', ['%54433%']),
  ).toEqual([]);
});
