import { identity } from '@ruslo/identity';
import { newId, runDuty } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { movableClock, signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { capture, hold, wallet } from '@ruslo/wallet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { award, loyalty, qualify, reverse, tierOf } from './index.ts';

const dayMs = 86_400_000;
const clock = movableClock(new Date('2026-11-20T12:00:00Z'));
let house: TestHouse;
let owner: Visitor;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, wallet, loyalty], clock });
  owner = await signInOwner(house);
});
afterAll(() => house.close());

const settings = {
  earnRateBp: 300,
  spendLimitBp: 3_000,
  returnDays: 14,
  expiryDays: 365,
  tierDays: 365,
  tiers: [
    { code: 'silver', name: { ru: 'Серебряный', en: 'Silver' }, fromMinor: 0 },
    { code: 'gold', name: { ru: 'Золотой', en: 'Gold' }, fromMinor: 5_000_000, earnRateBp: 500, graceDays: 30 },
  ],
};

/** A customer with a session of her own. */
async function someCustomer(): Promise<{
  id: string;
  ask: (url: string, language?: string) => Promise<Record<string, unknown>>;
}> {
  const identifiers = [{ kind: 'user_id', value: `user-${newId()}` }];
  const opened = await owner.ask('POST', '/v1/customer-sessions', { identifiers, channel: 'web' });
  const { token, customerId } = opened.body as unknown as { token: string; customerId: string };
  return {
    id: customerId,
    async ask(url, language = 'ru') {
      const headers = { authorization: `Bearer ${token}`, 'accept-language': language };
      return (await house.app.inject({ method: 'GET', url, headers })).json();
    },
  };
}

const factsOf = async (customerId: string): Promise<unknown[]> =>
  (
    await house.db.query<{ data: unknown }>(
      `select data from log.event where customer_id = $1 and name = 'tier.changed' order by tx, id`,
      [customerId],
    )
  ).map((row) => row.data);

it('keeps versions of the programme, refuses to change an old one, and tries settings out', async () => {
  expect(await owner.ask('GET', '/v1/loyalty/programme')).toMatchObject({
    body: { version: 0, settings: { earnRateBp: 0 } },
  });
  const saved = await owner.ask('PUT', '/v1/loyalty/programme', { settings, version: 0 });
  expect(saved).toMatchObject({
    status: 200,
    body: { version: 1, settings: { earnRateBp: 300, timeZone: 'Europe/Moscow' } },
  });
  expect(await owner.ask('PUT', '/v1/loyalty/programme', { settings, version: 0 })).toMatchObject({
    status: 409,
    body: { code: 'loyalty.changed-meanwhile' },
  });
  for (const wrong of [
    { timeZone: 'Mars/Olympus' },
    { earnRateBp: 10_001 },
    { tiers: [settings.tiers[0], settings.tiers[0]] },
  ])
    expect(await owner.ask('PUT', '/v1/loyalty/programme', { settings: wrong, version: 1 })).toMatchObject({
      status: 400,
    });
  expect(await owner.ask('GET', '/v1/loyalty/programme/versions')).toMatchObject({ body: { items: [{ version: 1 }] } });
  const lines = [{ id: 'a', totalMinor: 1_000_000 }];
  const tried = { lines, active: 10_000, spend: null };
  expect(await owner.ask('POST', '/v1/loyalty/what-if', tried)).toMatchObject({
    body: { spend: 3_000, earn: 210, tier: 'silver' },
  });
  expect(await owner.ask('POST', '/v1/loyalty/what-if', { ...tried, tier: 'gold', spend: 0 })).toMatchObject({
    body: { earn: 500 },
  });
  expect(
    await owner.ask('POST', '/v1/loyalty/what-if', { ...tried, settings: { ...settings, spendLimitBp: 5_000 } }),
  ).toMatchObject({ body: { spend: 5_000 } });
});

it('says in plain words what there is, what waits, what it is for, in the language of the asker', async () => {
  const anna = await someCustomer();
  const customerIds = [anna.id];
  const orderId = newId();
  const now = clock.now();
  const bought = { orderId, customerId: anna.id, number: 'М-1000042', points: 120, qualifyingMinor: 4_000_000, now };
  await house.db.tx((tx) => award(tx, bought));
  expect(await anna.ask('/v1/customers/me/points')).toMatchObject({
    active: 0,
    pending: { amount: 120, parts: [{ amount: 120, availableAt: '2026-12-04T12:00:00.000Z', ref: orderId }] },
    tier: { code: 'silver', name: 'Серебряный', next: { code: 'gold', missingMinor: 1_000_000, progressBp: 8_000 } },
    lines: [
      {
        code: 'loyalty.line.earned-later',
        text: '+120 баллов за заказ М-1000042, можно тратить с 4 декабря',
        amount: 120,
        balanceAfter: 120,
      },
    ],
    summary: [
      'Можно потратить: 0 баллов.',
      '120 баллов можно будет тратить с 4 декабря.',
      'Ваш уровень: Серебряный.',
      'До уровня «Золотой» осталось купить на 10 000 ₽.',
    ],
  });
  expect(await anna.ask('/v1/customers/me/points', 'en')).toMatchObject({
    lines: [{ text: '+120 points for order М-1000042, to spend from December 4' }],
  });
  const after = new Date(now.getTime() + 20 * dayMs);
  const spending = newId();
  await house.db.tx(async (tx) => {
    const holder = { kind: 'points', customerIds } as const;
    await hold(tx, { holder, amount: 21, ref: spending, key: 'a', until: null, now: after });
    await capture(tx, spending, after);
  });
  clock.pass(20 * dayMs);
  owner = await signInAgain();
  expect(await anna.ask('/v1/customers/me/points')).toMatchObject({
    active: 99,
    pending: { amount: 0, parts: [] },
    expiring: [{ at: '2027-12-04T21:00:00.000Z', amount: 99 }],
    lines: [{ text: '−21 балл: оплата покупки' }, { text: '+120 баллов за заказ М-1000042' }],
    summary: expect.arrayContaining(['99 баллов действуют по 4 декабря 2027 г. включительно.']) as unknown,
  });
});

/** Sessions of staff do not live as long as the clock was moved. */
async function signInAgain(): Promise<Visitor> {
  return signInOwner(house);
}

it('tells once that a tier has changed, also when only time has passed (T28)', async () => {
  const boris = await someCustomer();
  const at = clock.now();
  const orderId = newId();
  await house.db.tx((tx) => qualify(tx, [{ orderId, customerId: boris.id, qualifyingMinor: 6_000_000, at }]));
  await runDuty(house, 'loyalty.tier');
  await runDuty(house, 'loyalty.tier');
  expect(await factsOf(boris.id)).toEqual([{ from: null, to: 'gold' }]);
  const back = {
    orderId,
    customerId: boris.id,
    customerIds: [boris.id],
    points: 0,
    qualifyingMinor: 6_000_000,
    key: 'r',
  };
  clock.pass(60_000);
  await house.db.tx((tx) => reverse(tx, { ...back, now: clock.now() }));
  await runDuty(house, 'loyalty.tier');
  expect(await factsOf(boris.id)).toHaveLength(1);
  clock.pass(30 * dayMs);
  await runDuty(house, 'loyalty.tier');
  await runDuty(house, 'loyalty.tier');
  expect(await factsOf(boris.id)).toEqual([
    { from: null, to: 'gold' },
    { from: 'gold', to: 'silver' },
  ]);
});

it('is one person’s over all her ids, and parts again (T29)', async () => {
  owner = await signInAgain();
  const [one, two] = [await someCustomer(), await someCustomer()];
  const at = clock.now();
  const bought = (customerId: string) => ({ orderId: newId(), customerId, qualifyingMinor: 3_000_000, at });
  await house.db.tx((tx) => qualify(tx, [bought(one.id), bought(two.id)]));
  const tier = (...ids: string[]) => tierOf(house.db, ids, at);
  expect([await tier(one.id), await tier(two.id), await tier(one.id, two.id)]).toEqual(['silver', 'silver', 'gold']);
  await runDuty(house, 'loyalty.tier');
  const followers = house.follow();
  const merged = await owner.ask('POST', `/v1/customers/${one.id}/merge`, { with: two.id, why: 'один человек' });
  expect(merged.status).toBe(200);
  expect(await one.ask('/v1/customers/me/points')).toMatchObject({ tier: { code: 'gold' } });
  const { mergeId } = merged.body as unknown as { mergeId: string };
  await expect
    .poll(async () => {
      await runDuty(house, 'loyalty.tier');
      return factsOf(one.id);
    })
    .toEqual([
      { from: null, to: 'silver' },
      { from: 'silver', to: 'gold' },
    ]);
  await owner.ask('POST', `/v1/customers/${one.id}/unmerge`, { mergeId, why: 'разные люди' });
  expect(await one.ask('/v1/customers/me/points')).toMatchObject({ tier: { code: 'silver', moneyMinor: 3_000_000 } });
  expect(await two.ask('/v1/customers/me/points')).toMatchObject({ tier: { code: 'silver', moneyMinor: 3_000_000 } });
  await followers.close();
});

it('misses no money that comes for another of her ids while her tier is looked at (T28)', async () => {
  const [one, two] = [await someCustomer(), await someCustomer()];
  const at = clock.now();
  const bought = (customerId: string, qualifyingMinor: number) => ({
    orderId: newId(),
    customerId,
    qualifyingMinor,
    at,
  });
  await house.db.tx((tx) => qualify(tx, [bought(one.id, 100), bought(two.id, 100)]));
  const merged = await owner.ask('POST', `/v1/customers/${one.id}/merge`, { with: two.id, why: 'один человек' });
  expect(merged.status).toBe(200);
  await runDuty(house, 'loyalty.tier');
  await house.db.tx((tx) => qualify(tx, [bought(one.id, 100)]));
  let looked: Promise<void> | undefined;
  await house.db.tx(async (tx) => {
    await qualify(tx, [bought(two.id, 6_000_000)]);
    // It sees the money of the one, and must wait for that of the other.
    looked = runDuty(house, 'loyalty.tier');
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  await looked;
  await runDuty(house, 'loyalty.tier');
  expect([...(await factsOf(one.id)), ...(await factsOf(two.id))]).toContainEqual({ from: 'silver', to: 'gold' });
});

it('forgets whose money it was, and keeps the sums (T30)', async () => {
  const vera = await someCustomer();
  await house.db.tx((tx) =>
    qualify(tx, [{ orderId: newId(), customerId: vera.id, qualifyingMinor: 100, at: clock.now() }]),
  );
  const total = async () =>
    (await house.db.query('select sum(amount_minor)::int as sum from loyalty.qualification'))[0];
  const before = await total();
  expect(await house.db.tx(async (tx) => loyalty.export?.(tx, [vera.id]))).toMatchObject({
    qualifying: [{ amountMinor: 100 }],
  });
  await house.db.tx(async (tx) => loyalty.erase?.(tx, [vera.id]));
  expect(await total()).toEqual(before);
  const rows = await house.db.query<{ text: string }>(
    'select q::text as text from loyalty.qualification q union all select s::text from loyalty.standing s',
  );
  for (const { text } of rows) expect(text).not.toContain(vera.id);
});
