import { catalog, saveProducts } from '@ruslo/catalog';
import { identity, signIn } from '@ruslo/identity';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { movableClock, signInAs, signInOwner } from '@ruslo/staff/testing';
import type { Answer, Visitor } from '@ruslo/staff/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleInput } from './contract.ts';
import { book, bookNow, grantsOf, offer, redeem } from './index.ts';

let house: TestHouse;
let owner: Visitor;
let goods: string[];
const clock = movableClock(new Date('2026-11-20T12:00:00Z'));

beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, catalog, offer], clock });
  owner = await signInOwner(house);
  const rows = [100_000, 50_000, 30_000].map((priceMinor, index) => {
    const code = `kettle-${index}`;
    return { code, title: `Чайник ${index}`, variants: [{ sku: code, priceMinor }] };
  });
  const saved = await house.db.tx((tx) => saveProducts(house, tx, rows, { at: clock.now(), by: 'test' }));
  goods = saved.map((product) => product.variants[0]?.id ?? '');
});
afterAll(() => house.close());

interface Shown {
  readonly id: string;
  readonly version: number;
}
const percent = (name: string, extra: Partial<RuleInput> = {}): RuleInput => ({
  name,
  effects: [{ kind: 'percent', bp: 1_000 }],
  ...extra,
});
async function write(rule: RuleInput, state = 'active'): Promise<Shown> {
  const answer = await owner.ask('POST', '/v1/promotions', { rule, state });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as unknown as Shown;
}
const archive = async ({ id }: Shown): Promise<Answer> => {
  const { version } = (await owner.ask('GET', `/v1/promotions/${id}`)).body as unknown as Shown;
  return owner.ask('PATCH', `/v1/promotions/${id}`, { version, state: 'archived' });
};
const preview = (body: object): Promise<Answer> =>
  owner.ask('POST', '/v1/promotions/preview', {
    lines: goods.map((variantId) => ({ variantId, quantity: 1 })),
    ...body,
  });

async function someCustomer(): Promise<{ id: string; token: string }> {
  const value = `+7916${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}`;
  const opened = await house.db.retry((tx) =>
    signIn(tx, { channel: 'web', identifiers: [{ kind: 'phone', value }] }, clock.now()),
  );
  if (!opened.ok) throw new Error(opened.refusal.code);
  return { id: opened.value.customerId, token: opened.value.token };
}

describe('promotions', () => {
  it('are written, edited by versions, and kept in their history', async () => {
    const made = await write(percent('Скидка на чайники'), 'draft');
    const url = `/v1/promotions/${made.id}`;
    const edit = { version: 1, rule: percent('Скидка на всё') };
    expect(await owner.ask('PATCH', url, edit)).toMatchObject({ status: 200, body: { version: 2, state: 'draft' } });
    expect(await owner.ask('PATCH', url, edit)).toMatchObject({
      status: 409,
      body: { code: 'offer.changed-meanwhile' },
    });
    expect(await owner.ask('PATCH', url, { version: 2, state: 'paused' })).toMatchObject({
      status: 409,
      body: { code: 'offer.no-such-step' },
    });
    expect(await owner.ask('PATCH', url, { version: 2, state: 'active' })).toMatchObject({ body: { state: 'active' } });
    const versions = await owner.ask('GET', `${url}/versions`);
    expect(versions.body).toMatchObject({
      items: [{ version: 3 }, { version: 2 }, { rule: { name: 'Скидка на чайники' } }],
    });
    expect((await owner.ask('GET', '/v1/promotions?search=на%20вс&state=active')).body).toMatchObject({
      items: [{ id: made.id }],
      nextCursor: null,
    });
    expect(await archive(made)).toMatchObject({ status: 200, body: { state: 'archived' } });
    expect(await owner.ask('PATCH', url, { version: 4, rule: percent('x') })).toMatchObject({ status: 409 });
  });

  it('are refused with what is wrong where', async () => {
    const bad = { rule: { name: 'x', mode: 'best', effects: [{ kind: 'nth', every: 2, count: 2 }] } };
    const answer = await owner.ask('POST', '/v1/promotions', bad);
    expect(answer).toMatchObject({ status: 400 });
    expect(JSON.stringify(answer.body)).toMatch(/effects\/0\/count/);
    expect(JSON.stringify(answer.body)).toMatch(/group/);
    let condition: object = { kind: 'coupon' };
    for (let depth = 0; depth < 2_000; depth += 1) condition = { kind: 'not', of: condition };
    expect(await owner.ask('POST', '/v1/promotions', { rule: { ...percent('x'), condition } })).toMatchObject({
      status: 400,
    });
  });

  it('have one effect for the same key twice, and page by cursor', async () => {
    const key = { 'x-ruslo': '1', 'idempotency-key': newId() };
    const body = { rule: percent('Один раз'), state: 'draft' };
    const [first, second] = await Promise.all([1, 2].map(() => owner.ask('POST', '/v1/promotions', body, key)));
    expect(first?.body).toEqual(second?.body);
    await write(percent('Один раз'), 'draft');
    const page = await owner.ask('GET', '/v1/promotions?search=Один&limit=1');
    const { nextCursor } = page.body as unknown as { nextCursor: string };
    const rest = await owner.ask('GET', `/v1/promotions?search=Один&limit=1&cursor=${nextCursor}`);
    expect(rest.body).toMatchObject({ items: [{ version: 1 }], nextCursor: null });
  });

  it('are the marketer’s, and others may read them', async () => {
    const cashier = await signInAs(owner, ['cashier'], 'cashier@example.org');
    expect(await cashier.ask('GET', '/v1/promotions')).toMatchObject({ status: 200 });
    expect(await cashier.ask('POST', '/v1/promotions', { rule: percent('x') })).toMatchObject({ status: 403 });
  });
});

describe('the price, explained', () => {
  it('says of every rule whether it acts and why not, in words (T17)', async () => {
    const rules = [
      await write(percent('Осень')),
      await write(percent('От пяти тысяч', { condition: { kind: 'sum', minMinor: 500_000 } })),
      await write(percent('По купону', { condition: { kind: 'coupon' } })),
    ];
    const answer = await preview({ coupons: ['нет такого'], shippingMinor: 29_900 });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        sumMinor: 180_000,
        discountMinor: 18_000,
        totalMinor: 191_900,
        refusedCoupons: [{ code: 'НЕТТАКОГО', why: 'offer.why.coupon-unknown', text: 'Такого купона нет' }],
      },
    });
    const { why } = answer.body as unknown as { why: { name: string; code: string; text: string; applied: boolean }[] };
    const said = new Map(why.map((one) => [one.name, one]));
    expect(said.get('Осень')).toMatchObject({ applied: true, code: 'offer.why.applied', text: 'Применена' });
    expect(said.get('От пяти тысяч')?.text.replaceAll(/\s/g, ' ')).toBe('До порога 5 000,00 ₽ не хватает 3 200,00 ₽');
    expect(said.get('По купону')).toMatchObject({ code: 'offer.why.coupon' });
    const draft = { rule: percent('Черновик', { effects: [{ kind: 'order-amount', amountMinor: 10_000 }] }) };
    expect((await preview({ draft })).body).toMatchObject({ discountMinor: 28_000 });
    expect((await preview({})).body).toMatchObject({ discountMinor: 18_000 });
    for (const rule of rules) await archive(rule);
    expect((await preview({})).body).toMatchObject({ discountMinor: 0, why: [] });
  });

  it('is in the OpenAPI document', async () => {
    const { body } = await owner.ask('GET', '/openapi.json');
    expect(Object.keys((body as unknown as { paths: object }).paths)).toContain('/v1/promotions/preview');
  });
});

describe('coupons', () => {
  it('are drawn, found, used once, and blocked', async () => {
    const rule = await write(percent('Купон', { condition: { kind: 'coupon' } }));
    const url = `/v1/promotions/${rule.id}/coupons`;
    const drawn = await owner.ask('POST', url, { count: 300, prefix: 'nov' });
    const { items } = drawn.body as unknown as { items: { id: string; code: string; uses: number }[] };
    expect(new Set(items.map(({ code }) => code)).size).toBe(300);
    expect(items[0]).toMatchObject({ uses: 1, used: 0, kind: 'unique' });
    const { id = '', code = '' } = items[0] ?? {};
    expect((await owner.ask('GET', `${url}?search=${code.toLowerCase()}`)).body).toMatchObject({ items: [{ id }] });
    // Whoever may only look at promotions does not carry a list of codes away.
    const looker = await signInAs(owner, ['associate'], 'looker@example.org');
    const seen = (await looker.ask('GET', `${url}?limit=200`)).body as unknown as { items: { code: string }[] };
    expect(seen.items).toHaveLength(200);
    expect(seen.items.every((item) => /^…\w{4}$/.test(item.code))).toBe(true);
    expect((await looker.ask('GET', `${url}?search=${code}`)).body).toMatchObject({ items: [{ id, code }] });
    const typed = `${code.slice(0, 3).toLowerCase()}-${code.slice(3)}`;
    expect((await preview({ coupons: [typed] })).body).toMatchObject({ discountMinor: 18_000, refusedCoupons: [] });
    expect(await owner.ask('PATCH', `${url}/${id}`, { state: 'blocked' })).toMatchObject({
      body: { state: 'blocked' },
    });
    expect((await preview({ coupons: [typed] })).body).toMatchObject({
      discountMinor: 0,
      refusedCoupons: [{ why: 'offer.why.coupon-blocked' }],
    });
    expect(await owner.ask('POST', url, { code: 'Осень-2026', uses: 100 })).toMatchObject({
      body: { items: [{ code: 'ОСЕНЬ2026', kind: 'shared', uses: 100 }] },
    });
    expect(await owner.ask('POST', url, { code: 'осень 2026' })).toMatchObject({
      status: 409,
      body: { code: 'offer.code-taken' },
    });
    await archive(rule);
    expect((await preview({ coupons: ['осень2026'] })).body).toMatchObject({
      refusedCoupons: [{ why: 'offer.why.rule-not-active' }],
    });
  });
});

describe('personal offers', () => {
  it('stand in the wallet of the customer, work once, and can be taken back', async () => {
    const rule = await write(percent('Аксессуары для вас', { condition: { kind: 'grant' } }));
    const customer = await someCustomer();
    const url = `/v1/customers/${customer.id}/offers`;
    const given = await owner.ask('POST', url, { ruleId: rule.id, validUntil: '2026-11-25T00:00:00Z' });
    const { id: grantId } = given.body as unknown as { id: string };
    const mine = await house.app.inject({
      url: '/v1/customers/me/offers',
      headers: { authorization: `Bearer ${customer.token}` },
    });
    expect(mine.json()).toMatchObject({ items: [{ id: grantId, name: 'Аксессуары для вас', state: 'held' }] });
    const stranger = await house.app.inject({ url, headers: { authorization: `Bearer ${customer.token}` } });
    expect(stranger.statusCode).toBe(403);
    expect((await preview({ customerId: customer.id })).body).toMatchObject({
      discountMinor: 18_000,
      lines: [{ discounts: [{ grantId }] }, {}, {}],
    });
    const customerIds = [customer.id];
    const uses = [{ ruleId: rule.id, grantId, amountMinor: 18_000 }];
    const from = { ref: newId(), customerIds, customerId: customer.id, uses, now: clock.now() };
    expect((await house.db.tx((tx) => redeem(tx, from))).ok).toBe(true);
    expect((await preview({ customerId: customer.id })).body).toMatchObject({ discountMinor: 0 });
    expect((await owner.ask('GET', url)).body).toMatchObject({ items: [{ state: 'used' }] });
    const again = await owner.ask('POST', url, { ruleId: rule.id, validUntil: '2026-11-20T13:00:00Z' });
    clock.pass(7_200_000);
    expect((await owner.ask('GET', url)).body).toMatchObject({ items: [{ state: 'over' }, { state: 'used' }] });
    expect(await grantsOf(house.db, customerIds, clock.now())).toEqual([]);
    const { id: second } = again.body as unknown as { id: string };
    expect(await owner.ask('DELETE', `${url}/${second}`)).toMatchObject({ status: 200 });
    expect(await owner.ask('DELETE', `${url}/${second}`)).toMatchObject({ status: 404 });
    await archive(rule);
  });

  it('are told and erased with the person, and the sums stay (T30)', async () => {
    const rule = await write(percent('Разовая', { limits: { uses: 10, perCustomer: 1, budgetMinor: 5_000 } }));
    const customer = await someCustomer();
    const who = { customerIds: [customer.id], customerId: customer.id };
    const uses = [{ ruleId: rule.id, amountMinor: 500 }];
    await house.db.tx((tx) => redeem(tx, { ref: newId(), ...who, uses, now: clock.now() }));
    await owner.ask('POST', `/v1/customers/${customer.id}/offers`, { ruleId: rule.id });
    const told = await house.db.tx((tx) => offer.export?.(tx, [customer.id]) ?? Promise.resolve({}));
    expect(told).toMatchObject({
      offers: [{ name: 'Разовая' }],
      offerUses: [{ amount_minor: 500 }],
      offerCounts: [{ used: 1 }],
    });
    await house.db.tx((tx) => offer.erase?.(tx, [customer.id]) ?? Promise.resolve());
    const empty = await house.db.tx((tx) => offer.export?.(tx, [customer.id]) ?? Promise.resolve({}));
    expect(empty).toEqual({ offers: [], offerUses: [], offerCounts: [] });
    expect((await owner.ask('GET', `/v1/promotions/${rule.id}`)).body).toMatchObject({ used: 1, spentMinor: 500 });
    await archive(rule);
  });
});

it('caps all discounts, and every process hears of it', async () => {
  const rule = await write(percent('Много', { effects: [{ kind: 'percent', bp: 9_000 }] }));
  const second = await house.second();
  expect((await book(second)).revision).toBeGreaterThan(1);
  expect(await owner.ask('PATCH', '/v1/promotion-setting', { capBp: 5_000 })).toMatchObject({ status: 200 });
  expect((await preview({})).body).toMatchObject({ discountMinor: 90_000 });
  const { revision } = await house.db.tx((tx) => bookNow(house, tx));
  await expect.poll(async () => (await book(second)).revision).toBe(revision);
  await second.close();
  await archive(rule);
});
