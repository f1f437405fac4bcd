import { signIn } from '@ruslo/identity';
import { newId, runDuty } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { movableClock, signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { savePrices } from '@ruslo/catalog';
import { addCoupons, savePromotions } from '@ruslo/offer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lockCart, quote, quoteNow, takeFromCart } from './index.ts';
import { Face, makeCustomer, makeGoods, setPrice, slices, visit } from './testing.ts';

let house: TestHouse;
let other: TestHouse;
let owner: Visitor;
let goods: string[];
const clock = movableClock();

beforeAll(async () => {
  house = await openTestHouse({ slices, clock });
  other = await house.second();
  owner = await signInOwner(house);
  goods = await makeGoods(house, [1_000, 2_000, 3_000, 4_000, 5_000, 6_000], 'kettle');
});
afterAll(async () => {
  await other.close();
  await house.close();
});

/** Signs a visitor in at a face with a phone, as the site's back end does after a one-time code. */
async function signInAt(
  at: TestHouse,
  channel: 'web' | 'app',
  phone: string,
  visitorToken?: string,
): Promise<Face & { customerId: string }> {
  const opened = await at.db.retry((tx) =>
    signIn(tx, { channel, identifiers: [{ kind: 'phone', value: phone }], visitorToken }, clock.now()),
  );
  if (!opened.ok) throw new Error(opened.refusal.code);
  return Object.assign(new Face(at, opened.value.token), { customerId: opened.value.customerId });
}

const phones = new Set<string>();
function newPhone(): string {
  const phone = `+7916${String(1_000_000 + phones.size * 7919).slice(0, 7)}`;
  phones.add(phone);
  return phone;
}

const add = (index: number, quantity = 1): object => ({ op: 'add', variantId: goods[index], quantity });
const linesOf = (body: object): Record<string, number> =>
  Object.fromEntries(
    ((body as { lines?: { variantId: string; quantity: number }[] }).lines ?? []).map((line) => [
      String(goods.indexOf(line.variantId)),
      line.quantity,
    ]),
  );
const factsOf = async (customerId: string, name: string): Promise<Record<string, unknown>[]> =>
  (
    await house.db.query<{ data: Record<string, unknown> }>(
      'select data from log.event where customer_id = $1 and name = $2 order by tx, id',
      [customerId, name],
    )
  ).map((row) => row.data);

describe('one cart over all channels', () => {
  it('adds, sums, sets, removes and clears, and answers with prices, availability and undo', async () => {
    const face = await visit(house, 'web');
    expect((await face.cart()).body).toMatchObject({ id: null, version: 0, lines: [], totalMinor: 0 });
    await face.do([add(0, 2)]);
    const second = await face.do([add(0), add(1)]);
    expect(second).toMatchObject({
      status: 200,
      body: {
        version: 2,
        repeated: false,
        undo: [
          { op: 'take', variantId: goods[1], quantity: 1 },
          { op: 'take', variantId: goods[0], quantity: 1 },
        ],
        cart: {
          totalMinor: 5_000,
          currency: 'RUB',
          notices: [],
          lines: [
            { variantId: goods[0], quantity: 3, priceMinor: 1_000, totalMinor: 3_000, available: 50, channel: 'web' },
            { variantId: goods[1], quantity: 1 },
          ],
        },
      },
    });
    const undone = await face.do((second.body as unknown as { undo: object[] }).undo);
    expect(linesOf((undone.body as unknown as { cart: object }).cart)).toEqual({ 0: 2 });
    await face.do([{ op: 'set', variantId: goods[0], quantity: 7 }]);
    expect(linesOf((await face.cart()).body)).toEqual({ 0: 7 });
    await face.do([{ op: 'clear' }]);
    expect((await face.cart()).body).toMatchObject({ lines: [], totalMinor: 0 });
    expect(await factsOf(face.customerId, 'cart.changed')).toHaveLength(5);
    expect((await factsOf(face.customerId, 'cart.changed'))[0]).toMatchObject({
      op: 'add', variantId: goods[0], quantity: 2, version: 1, lines: 1, totalMinor: 2_000, currency: 'RUB',
    }); // prettier-ignore
  });

  it('refuses what does not exist, and does nothing of the rest then', async () => {
    const face = await visit(house, 'web');
    const answer = await face.do([add(0), { op: 'add', variantId: newId(), quantity: 1 }]);
    expect(answer).toMatchObject({ status: 422, body: { code: 'cart.unknown-variant' } });
    expect((await face.cart()).body).toMatchObject({ version: 0, lines: [] });
    const staff = await owner.ask('POST', `/v1/customers/${newId()}/cart/operations`, { key: 'k', ops: [add(0)] });
    expect(staff).toMatchObject({ status: 404 });
  });

  it('the same key has one effect and one answer, on two houses at once too', async () => {
    const face = await visit(house, 'web');
    const there = new Face(other, face.token);
    const key = newId();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? face : there).do([add(0)], { key })),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 10 }, () => 200));
    const outcomes = answers.map(({ body }) => {
      const { version, did, undo } = body as unknown as Record<string, unknown>;
      return JSON.stringify({ version, did, undo });
    });
    expect(new Set(outcomes).size).toBe(1);
    expect(answers.filter((answer) => (answer.body as unknown as { repeated: boolean }).repeated)).toHaveLength(9);
    expect(linesOf((await face.cart()).body)).toEqual({ 0: 1 });
    expect(await factsOf(face.customerId, 'cart.changed')).toHaveLength(1);
  });

  it('a key that changed nothing changes nothing later', async () => {
    const face = await visit(house, 'web');
    const remove = [{ op: 'remove', variantId: goods[0] }];
    expect(await face.do(remove, { key: 'again' })).toMatchObject({ status: 200, body: { version: 0 } });
    await face.do([add(0)]);
    expect(await face.do(remove, { key: 'again' })).toMatchObject({ status: 200, body: { repeated: true } });
    expect(linesOf((await face.cart()).body)).toEqual({ 0: 1 });
  });

  it('edits from three channels at once end in one cart, none lost (D-01)', async () => {
    const phone = newPhone();
    const web = await signInAt(house, 'web', phone);
    const app = await signInAt(other, 'app', phone);
    const shop = {
      do: (ops: object[]) =>
        owner.ask('POST', `/v1/customers/${web.customerId}/cart/operations`, { key: newId(), ops }),
    };
    const faces = [web, app, shop];
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => faces[index % 3]?.do([add(index % 3), add(3)])),
    );
    expect(answers.every((answer) => answer?.status === 200)).toBe(true);
    for (const face of [web, app]) expect((await face.cart()).body).toMatchObject({ version: 30 });
    expect(linesOf((await app.cart()).body)).toEqual({ 0: 10, 1: 10, 2: 10, 3: 30 });
    expect((await owner.ask('GET', `/v1/customers/${web.customerId}/cart`)).body).toMatchObject({ version: 30 });
    const versions = (await factsOf(web.customerId, 'cart.changed')).map((data) => data['version']);
    expect(versions.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
  });

  it('with a version that is not the newest refuses, and shows the cart of now', async () => {
    const face = await visit(house, 'web');
    await face.do([add(0)]);
    expect(await face.do([add(1)], { expectedVersion: 1 })).toMatchObject({ status: 200 });
    expect(await face.do([add(2)], { expectedVersion: 1 })).toMatchObject({
      status: 409,
      body: { code: 'cart.changed', cart: { version: 2, lines: [{}, {}] } },
    });
    const two = await Promise.all(
      [face, new Face(other, face.token)].map((one) => one.do([add(3)], { expectedVersion: 2 })),
    );
    expect(two.map((answer) => answer.status).toSorted()).toEqual([200, 409]);
  });
});

describe('persons who become one, and part', () => {
  it('an anonymous cart joins on sign-in and no line is lost (T40)', async () => {
    const phone = newPhone();
    const before = await signInAt(house, 'app', phone);
    await before.do([add(0, 2), add(1)]);
    const visitor = await visit(house, 'web');
    await visitor.do([add(0), add(2)]);
    const web = await signInAt(house, 'web', phone, visitor.token);
    expect(linesOf((await web.cart()).body)).toEqual({ 0: 3, 1: 1, 2: 1 });
    expect((await before.cart()).body).toEqual((await web.cart()).body);
    await web.do([
      { op: 'set', variantId: goods[0], quantity: 1 },
      { op: 'remove', variantId: goods[1] },
    ]);
    expect(linesOf((await before.cart()).body)).toEqual({ 0: 1, 2: 1 });
    await before.do([{ op: 'clear' }]);
    expect(linesOf((await web.cart()).body)).toEqual({});
  });

  it('joined by staff, told once, and parted again with what each put in (T40)', async () => {
    house.follow();
    const [a, b] = [await makeCustomer(house), await makeCustomer(house)];
    const put = (whom: string, ops: object[]) =>
      owner.ask('POST', `/v1/customers/${whom}/cart/operations`, { key: newId(), ops });
    await put(a, [add(0), add(1)]);
    await put(b, [add(0, 2), add(2)]);
    const merged = await owner.ask('POST', `/v1/customers/${a}/merge`, { with: b, why: 'одно лицо' });
    expect(merged.status).toBe(200);
    const seen = async (whom: string): Promise<Record<string, number>> =>
      linesOf((await owner.ask('GET', `/v1/customers/${whom}/cart`)).body);
    // At once: nobody waits for a follower.
    expect(await seen(a)).toEqual({ 0: 3, 1: 1, 2: 1 });
    const locked = await house.db.tx((tx) => lockCart(tx, b, clock.now()));
    expect(linesOf(locked ?? {})).toEqual({ 0: 3, 1: 1, 2: 1 });
    await put(b, [add(3)]);
    expect(await seen(a)).toEqual({ 0: 3, 1: 1, 2: 1, 3: 1 });
    await vi.waitFor(async () => expect(await factsOf(a, 'cart.joined')).toHaveLength(1), { timeout: 10_000 });
    const together = (await owner.ask('GET', `/v1/customers/${a}/cart`)).body as unknown as { version: number };
    const { mergeId } = merged.body as unknown as { mergeId: string };
    const undone = await owner.ask('POST', `/v1/customers/${a}/unmerge`, { mergeId, why: 'ошибка' });
    expect(undone.status).toBe(200);
    expect(await seen(a)).toEqual({ 0: 1, 1: 1 });
    expect(await seen(b)).toEqual({ 0: 2, 2: 1, 3: 1 });
    await vi.waitFor(async () => expect(await factsOf(a, 'cart.parted')).toHaveLength(1), { timeout: 10_000 });
    for (const whom of [a, b]) {
      const now = (await owner.ask('GET', `/v1/customers/${whom}/cart`)).body as unknown as { version: number };
      expect(now.version).toBeGreaterThan(together.version);
    }
  });
});

describe('prices', () => {
  it('a price that changes is told, and stays told until she acknowledges (T41)', async () => {
    const [variantId = ''] = await makeGoods(house, [10_000], 'dear');
    const web = await visit(house, 'web');
    await web.do([{ op: 'add', variantId, quantity: 1 }]);
    await setPrice(house, 'dear-0', 12_000);
    const notice = { code: 'price-changed', variantId, fromMinor: 10_000, toMinor: 12_000 };
    await vi.waitFor(
      async () => expect((await web.cart()).body).toMatchObject({ notices: [notice], totalMinor: 12_000 }),
      { timeout: 5_000 },
    );
    expect((await web.do([add(0)])).body).toMatchObject({ cart: { notices: [notice] } });
    expect((await web.do([{ op: 'acknowledge', variantIds: [variantId] }])).body).toMatchObject({
      cart: { notices: [] },
    });
    await web.do([{ op: 'set', variantId, quantity: 60 }]);
    expect((await web.cart()).body).toMatchObject({ notices: [{ code: 'short', variantId, available: 50 }] });
  });

  it('the same basket costs the same on the site, in the app and in the shop, by the cart, the quote and the placement (D-10, C-15)', async () => {
    const [ruleId = '', couponRule = ''] = await house.db.tx((tx) =>
      savePromotions(
        house,
        tx,
        [
          {
            rule: { name: 'Осень', effects: [{ kind: 'percent', lines: { variantIds: [goods[4] ?? ''] }, bp: 1_000 }] },
          },
          { rule: { name: 'Код', condition: { kind: 'coupon' }, effects: [{ kind: 'order-percent', bp: 500 }] } },
        ],
        clock.now(),
      ),
    );
    await house.db.tx((tx) => addCoupons(tx, [{ ruleId: couponRule, code: 'ОСЕНЬ5', kind: 'shared' }], clock.now()));
    const faces = await Promise.all(['web', 'app', 'shop'].map((channel) => visit(house, channel)));
    const totals = [];
    for (const face of faces) {
      await vi.waitFor(
        async () => {
          const { body } = await face.do([
            { op: 'set', variantId: goods[4], quantity: 3 },
            { op: 'set', variantId: goods[5], quantity: 1 },
            { op: 'add-coupon', code: 'осень5' },
          ]);
          const { cart } = body as unknown as {
            cart: { totalMinor: number; discountMinor: number; lines: { discounts: object[] }[] };
          };
          expect(cart.lines[0]?.discounts).toMatchObject([
            { ruleId, name: 'Осень', amountMinor: 1_500 },
            { name: 'Код' },
          ]);
          totals.push(cart.totalMinor);
        },
        { timeout: 5_000 },
      );
      const held = await house.db.tx((tx) => lockCart(tx, face.customerId, clock.now()));
      const ask = {
        lines: held?.lines ?? [], customerId: face.customerId, customerIds: [face.customerId], coupons: held?.coupons ?? [],
        channel: 'shop', placeId: null, shippingMinor: 0, at: clock.now(),
      } as const; // prettier-ignore
      totals.push((await quote(house, house.db, ask)).priced.totalMinor);
      totals.push((await house.db.tx((tx) => quoteNow(other, tx, ask))).priced.totalMinor);
    }
    expect(new Set(totals).size).toBe(1);
    expect(totals[0]).toBe(18_525);
    const [face] = faces;
    expect(await face?.do([{ op: 'add-coupon', code: 'нет такого' }])).toMatchObject({ status: 404 });
    expect((await face?.do([{ op: 'remove-coupon', code: 'ОСЕНЬ5' }]))?.body).toMatchObject({
      cart: { coupons: [], totalMinor: 19_500 },
    });
  });
});

describe('an order and what is left behind', () => {
  it('takes its lines; what was added meanwhile stays', async () => {
    const face = await visit(house, 'web');
    await face.do([add(0, 2), add(1)]);
    await house.db.tx(async (tx) => {
      const cart = await lockCart(tx, face.customerId, clock.now());
      if (cart === undefined) throw new Error('no cart');
      const lineIds = cart.lines.filter((line) => line.variantId === goods[0]).map((line) => line.id);
      await takeFromCart(tx, cart, { lineIds, orderId: newId(), channel: 'web', now: clock.now() });
    });
    expect(linesOf((await face.cart()).body)).toEqual({ 1: 1 });
    expect((await factsOf(face.customerId, 'cart.changed')).at(-1)).toMatchObject({
      op: 'ordered',
      version: 2,
      lines: 1,
    });
  });

  it('a cart that lies for the time of the setting is idle once a version; an ordered one never (D-02)', async () => {
    const [left, ordered] = [await visit(house, 'web'), await visit(house, 'web')];
    await left.do([add(0, 2)]);
    await ordered.do([add(0)]);
    clock.pass(29 * 60_000);
    await left.do([add(1)]);
    await house.db.tx(async (tx) => {
      const cart = await lockCart(tx, ordered.customerId, clock.now());
      if (cart === undefined) throw new Error('no cart');
      const lineIds = cart.lines.map((line) => line.id);
      await takeFromCart(tx, cart, { lineIds, orderId: newId(), channel: 'web', now: clock.now() });
    });
    clock.pass(2 * 60_000);
    await Promise.all([runDuty(house, 'cart.idle'), runDuty(other, 'cart.idle')]);
    expect(await factsOf(left.customerId, 'cart.idle')).toEqual([]);
    clock.pass(29 * 60_000);
    for (const at of [house, other, house]) await runDuty(at, 'cart.idle');
    expect(await factsOf(left.customerId, 'cart.idle')).toMatchObject([{ lines: 2, totalMinor: 4_000, version: 2 }]);
    expect(await factsOf(ordered.customerId, 'cart.idle')).toEqual([]);
    await left.do([add(1)]);
    clock.pass(31 * 60_000);
    await Promise.all([runDuty(house, 'cart.idle'), runDuty(other, 'cart.idle')]);
    expect(await factsOf(left.customerId, 'cart.idle')).toMatchObject([{}, { version: 3 }]);
  });
});

describe('lists', () => {
  it('travel with the person, and the state brings all in one call (B-02, B-03, B-06)', async () => {
    const phone = newPhone();
    const visitor = await visit(house, 'web');
    await visitor.ask('PUT', `/v1/customers/me/lists/compare/items/${goods[0]}`);
    const web = await signInAt(house, 'web', phone, visitor.token);
    const app = await signInAt(other, 'app', phone);
    await app.ask('PUT', `/v1/customers/me/lists/compare/items/${goods[1]}`);
    const made = await web.ask('POST', '/v1/customers/me/lists', { name: 'На дачу' });
    const { id } = made.body as unknown as { id: string };
    expect(await web.ask('PUT', `/v1/customers/me/lists/${id}/items/${goods[2]}`)).toMatchObject({
      body: { done: true },
    });
    expect(await web.ask('PUT', `/v1/customers/me/lists/${id}/items/${goods[2]}`)).toMatchObject({
      body: { done: false },
    });
    expect(await web.ask('PUT', `/v1/customers/me/lists/${id}/items/${newId()}`)).toMatchObject({ status: 422 });
    await web.do([add(3)]);
    const state = await app.ask('GET', '/v1/customers/me/state');
    expect(state).toMatchObject({
      status: 200,
      body: {
        cart: { lines: [{ variantId: goods[3] }] },
        lists: [
          {
            kind: 'compare',
            items: expect.arrayContaining(
              [{}, {}].map((_, index) =>
                expect.objectContaining({ variantId: goods[index], priceMinor: 1_000 * (index + 1) }),
              ),
            ),
          },
          { kind: 'saved', name: 'На дачу', items: [{ variantId: goods[2], title: 'Чайник' }] },
        ],
        preferences: {},
      },
    });
    expect(await visitor.ask('GET', '/v1/customers/me/lists')).toMatchObject({ status: 401 });
    const stranger = await visit(house, 'web');
    expect(await stranger.ask('DELETE', `/v1/customers/me/lists/${id}`)).toMatchObject({ status: 404 });
    expect(await stranger.ask('GET', `/v1/customers/${app.customerId}/state`)).toMatchObject({ status: 403 });
    expect(await app.ask('DELETE', `/v1/customers/me/lists/${id}`)).toMatchObject({ status: 200 });
    expect((await web.ask('GET', '/v1/customers/me/lists')).body).toMatchObject({ items: [{ kind: 'compare' }] });
  });
});

it('erasing takes everything; the export names it', async () => {
  const face = await visit(house, 'web');
  await face.do([add(0)]);
  await face.ask('PUT', `/v1/customers/me/lists/compare/items/${goods[1]}`);
  const slice = slices.find((one) => one.name === 'cart');
  const exported = await house.db.tx(async (tx) => slice?.export?.(tx, [face.customerId]));
  expect(exported).toMatchObject({ carts: [{}], cartOperations: [{}], lists: [{ items: [{}] }], recent: [] });
  await house.db.tx(async (tx) => slice?.erase?.(tx, [face.customerId]));
  const after = await house.db.tx(async (tx) => slice?.export?.(tx, [face.customerId]));
  expect(after).toEqual({ carts: [], cartOperations: [], lists: [], recent: [] });
});

it('another price stands where a price list deviates, and says which list; everywhere else it is the same (D-10, C-15)', async () => {
  const [variantId = ''] = await makeGoods(house, [7_000], 'lamp');
  const made = await owner.ask('POST', '/v1/price-lists', {
    code: 'app-only',
    name: 'Только в приложении',
    priority: 10,
    channels: ['app'],
  });
  expect(made.status).toBe(200);
  const now = clock.now();
  await house.db.tx((tx) =>
    savePrices(house, tx, [{ sku: 'lamp-0', list: 'app-only', priceMinor: 6_500 }], { at: now, by: 'test' }),
  );
  const phone = newPhone();
  const [web, app] = [await signInAt(house, 'web', phone), await signInAt(house, 'app', phone)];
  await web.do([{ op: 'add', variantId, quantity: 1 }]);
  expect((await web.cart()).body).toMatchObject({
    totalMinor: 7_000,
    lines: [{ priceMinor: 7_000, priceListId: null }],
  });
  await vi.waitFor(
    async () =>
      expect((await app.cart()).body).toMatchObject({
        totalMinor: 6_500,
        lines: [{ priceMinor: 6_500, basePriceMinor: 7_000, priceListId: expect.stringMatching(/-/) }],
        notices: [{ code: 'price-changed', fromMinor: 7_000, toMinor: 6_500 }],
      }),
    { timeout: 5_000 },
  );
  expect((await web.cart()).body).toMatchObject({ totalMinor: 7_000, notices: [] });
});

it('a size that staff note in the shop presets the filter at her next visit to the site; a group has its prices (B-06)', async () => {
  const attribute = (key: string): Promise<{ status: number }> =>
    owner.ask('POST', '/v1/attributes', { key, label: { ru: 'Свойство', en: 'Attribute' }, type: 'text' });
  expect((await attribute('preference_size')).status).toBe(200);
  expect((await attribute('group')).status).toBe(200);
  const [variantId = ''] = await makeGoods(house, [7_000], 'coat');
  await owner.ask('POST', '/v1/price-lists', { code: 'own', name: 'Своим', priority: 20, customerGroups: ['own'] });
  await house.db.tx((tx) =>
    savePrices(house, tx, [{ sku: 'coat-0', list: 'own', priceMinor: 5_000 }], { at: clock.now(), by: 'test' }),
  );
  const phone = newPhone();
  const app = await signInAt(house, 'app', phone);
  await app.do([{ op: 'add', variantId, quantity: 1 }]);
  const changed = await owner.ask('PATCH', `/v1/customers/${app.customerId}`, {
    attributes: { preference_size: '46', group: 'own' },
  });
  expect(changed.status).toBe(200);
  const visitor = await visit(other, 'web');
  const web = await signInAt(other, 'web', phone, visitor.token);
  await vi.waitFor(
    async () =>
      expect((await web.ask('GET', '/v1/customers/me/state')).body).toMatchObject({
        preferences: { size: '46' },
        cart: { totalMinor: 5_000, notices: [{ code: 'price-changed', fromMinor: 7_000, toMinor: 5_000 }] },
      }),
    { timeout: 5_000 },
  );
  expect((await web.ask('GET', '/v1/customers/me/state')).body).not.toHaveProperty('preferences.group');
});

it('settings hold in every process as soon as they are changed', async () => {
  const face = await visit(other, 'web');
  expect((await owner.ask('PATCH', '/v1/cart-setting', { mostPieces: 5 })).body).toMatchObject({
    mostPieces: 5,
    idleMinutes: 30,
  });
  await vi.waitFor(
    async () =>
      expect((await face.do([{ op: 'set', variantId: goods[0], quantity: 9 }])).body).toMatchObject({
        did: [{ quantity: 5, most: 5 }],
      }),
    { timeout: 5_000 },
  );
  expect(await owner.ask('PATCH', '/v1/cart-setting', { timeZone: 'Nowhere/Land' })).toMatchObject({ status: 400 });
  expect(await face.ask('PATCH', '/v1/cart-setting', { mostPieces: 1 })).toMatchObject({ status: 403 });
  await owner.ask('PATCH', '/v1/cart-setting', { mostPieces: 999 });
});
