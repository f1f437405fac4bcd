import { identity, resolve } from '@ruslo/identity';
import { newId, runDuty } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { movableClock, signInAs, signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activateCards, balance, capture, earn, findCard, hold, issueCards, proveLedger, wallet } from './index.ts';

const clock = movableClock(new Date('2026-03-10T12:00:00Z'));
const dayMs = 86_400_000;
let house: TestHouse;
let owner: Visitor;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, wallet], clock });
  owner = await signInOwner(house);
});
afterAll(async () => {
  expect(await proveLedger(house.db)).toEqual([]);
  await house.close();
});

async function someCustomer(): Promise<string> {
  const at = clock.now().toISOString();
  const identifiers = [{ kind: 'user_id', value: `user-${newId()}`, proof: 'proven' }] as const;
  const seen = { at, occurredAt: at, sourceId: null, channel: 'web', identifiers, traits: undefined } as const;
  const [customerId] = await house.db.retry((tx) => resolve(tx, [seen], clock.now()));
  return customerId ?? '';
}

const factsOf = async (customerId: string): Promise<unknown[]> =>
  (
    await house.db.query<{ name: string; amount: number }>(
      `select name, (data ->> 'amount')::int as amount from log.event where customer_id = $1 and kind = 'fact' order by tx, id`,
      [customerId],
    )
  ).map((row) => [row.name, row.amount]);

describe('a purse over HTTP', () => {
  it('is corrected once per key, with a reason, and never below nothing (T26)', async () => {
    const id = await someCustomer();
    const url = `/v1/customers/${id}/purse`;
    const headers = { 'x-ruslo': '1', 'idempotency-key': newId() };
    const body = { kind: 'points', amount: 50, reason: 'Извинения за ожидание' };
    for (let i = 0; i < 2; i += 1)
      expect(await owner.ask('POST', `${url}/adjust`, body, headers)).toMatchObject({
        status: 200,
        body: { active: 50 },
      });
    expect(await owner.ask('POST', `${url}/adjust`, { ...body, amount: -60 })).toMatchObject({
      status: 409,
      body: { code: 'wallet.not-enough' },
    });
    expect(await owner.ask('POST', `${url}/adjust`, { ...body, amount: -20 })).toMatchObject({ body: { active: 30 } });
    expect(await owner.ask('GET', url)).toMatchObject({
      body: { points: { active: 30 }, credit: { active: 0 }, lots: [{ remaining: 30 }] },
    });
    const page = await owner.ask('GET', `${url}/entries?limit=1`);
    expect(page.body).toMatchObject({
      items: [{ what: 'adjusted', amount: -20, balanceAfter: 30, note: body.reason, text: 'Исправлено сотрудником' }],
    });
    const { nextCursor } = page.body as unknown as { nextCursor: string };
    expect((await owner.ask('GET', `${url}/entries?cursor=${nextCursor}`)).body).toMatchObject({
      items: [{ amount: 50, balanceAfter: 50 }],
      nextCursor: null,
    });
    expect(await owner.ask('GET', `${url}/entries?cursor=no`)).toMatchObject({ status: 400 });
    expect(await owner.ask('GET', `/v1/customers/${newId()}/purse`)).toMatchObject({ status: 404 });
    const cashier = await signInAs(owner, ['cashier'], 'kassa@example.test');
    expect(await cashier.ask('POST', `${url}/adjust`, body)).toMatchObject({ status: 403 });
  });

  it('shows a signed-in customer her own, without the words of staff', async () => {
    const opened = await owner.ask('POST', '/v1/customer-sessions', {
      identifiers: [{ kind: 'phone', value: '+79161234567' }],
      channel: 'web',
    });
    const { token, customerId } = opened.body as unknown as { token: string; customerId: string };
    await owner.ask('POST', `/v1/customers/${customerId}/purse/adjust`, {
      kind: 'credit',
      amount: 700,
      reason: 'Про Ивана',
    });
    const headers = { authorization: `Bearer ${token}` };
    const stranger = owner.app;
    const ask = async (url: string) => (await stranger.inject({ method: 'GET', url, headers })).json() as unknown;
    expect(await ask('/v1/customers/me/purse')).toMatchObject({ credit: { active: 700 } });
    expect(await ask('/v1/customers/me/purse/entries?kind=credit')).toMatchObject({
      items: [{ amount: 700, note: null }],
    });
    expect(await ask(`/v1/customers/${await someCustomer()}/purse`)).toMatchObject({ status: 403 });
  });
});

describe('gift cards over HTTP', () => {
  it('show their codes once and keep them nowhere (T34)', async () => {
    const headers = { 'x-ruslo': '1', 'idempotency-key': newId() };
    const body = { amountsMinor: [100_000, 200_000], currency: 'RUB', active: true };
    const made = await owner.ask('POST', '/v1/gift-cards', body, headers);
    const { cards } = made.body as unknown as { cards: { id: string; last4: string; code: string }[] };
    expect(cards).toHaveLength(2);
    expect(cards[0]?.code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/);
    const again = await owner.ask('POST', '/v1/gift-cards', body, headers);
    expect(again.body).toEqual({ cards: cards.map((card) => ({ ...card, code: null })) });
    const code = cards[0]?.code ?? '';
    const tables = await house.db.query<{ text: string }>(
      `select c::text as text from wallet.card c union all select c::text from log.command c union all select e::text from log.event e`,
    );
    const plain = code.replaceAll('-', '');
    for (const { text } of tables) expect(text.includes(code) || text.includes(plain)).toBe(false);
    expect(
      await owner.ask('POST', '/v1/gift-cards/check', { code: code.toLowerCase().replaceAll('-', ' ') }),
    ).toMatchObject({
      status: 200,
      body: { balanceMinor: 100_000, state: 'active' },
    });
    expect(await owner.ask('GET', '/v1/gift-cards?limit=1')).toMatchObject({
      body: { items: [{ leftMinor: 200_000 }] },
    });
    expect(await owner.ask('POST', `/v1/gift-cards/${cards[0]?.id}/block`, { why: 'утеряна' })).toMatchObject({
      body: { state: 'blocked' },
    });
    expect(await owner.ask('GET', `/v1/gift-cards/${cards[0]?.id}/entries`)).toMatchObject({
      body: { items: [{ what: 'activated', amount: 100_000 }] },
    });
    expect(await owner.ask('GET', '/v1/wallet/proof')).toMatchObject({ body: { proven: true, differences: [] } });
  });

  it('limit guessing by who asks, over two processes, even when all come at once (T34)', async () => {
    const other = await house.second();
    const ref = newId();
    const now = clock.now();
    const [card] = await house.db.tx((tx) =>
      issueCards(tx, { amountsMinor: [100], currency: 'RUB', ref, expiresAt: null, key: ref, now }),
    );
    await house.db.tx((tx) => activateCards(tx, ref, now));
    const asker = newId();
    const wrong = '0000-0000-0000-0000-0000';
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => findCard((i % 2 === 0 ? house : other).db, { code: wrong, asker, now })),
    );
    const codes = answers.map((one) => (one.ok ? '' : one.refusal.code));
    expect(codes.filter((one) => one === 'wallet.no-such-card')).toHaveLength(10);
    expect(await findCard(house.db, { code: card?.code ?? '', asker, now })).toMatchObject({
      ok: false,
      refusal: { status: 429 },
    });
    expect(await findCard(other.db, { code: card?.code ?? '', asker: newId(), now })).toMatchObject({ ok: true });
    const later = new Date(now.getTime() + 16 * 60_000);
    expect(await findCard(house.db, { code: card?.code ?? '', asker, now: later })).toMatchObject({ ok: true });
    await other.close();
  });
});

describe('erasing', () => {
  it('leaves the entries and their sums without the person (T30)', async () => {
    const customerId = await someCustomer();
    await owner.ask('POST', `/v1/customers/${customerId}/purse/adjust`, {
      kind: 'points',
      amount: 70,
      reason: 'Про Анну',
    });
    expect(await house.db.tx(async (tx) => wallet.export?.(tx, [customerId]))).toMatchObject({
      lots: [{ remaining: 70 }],
      points: [{ amount: 70 }],
    });
    const sum = async (): Promise<unknown> =>
      (await house.db.query('select count(*)::int as n, sum(amount)::int as sum from wallet.entry'))[0];
    const before = await sum();
    await house.db.tx(async (tx) => wallet.erase?.(tx, [customerId]));
    expect(await sum()).toEqual(before);
    const rows = await house.db.query<{ text: string }>(
      `select t::text as text from wallet.lot t union all select t::text from wallet.hold t union all select t::text from wallet.transfer t
       union all select t::text from wallet.entry t union all select t::text from wallet.note t`,
    );
    for (const { text } of rows) {
      expect(text.includes(customerId)).toBe(false);
      expect(text.includes('Про Анну')).toBe(false);
    }
    await runDuty(house, 'wallet.expire');
    expect(
      await house.db.query(`select 1 from wallet.lot where customer_id is null and card_id is null and remaining <> 0`),
    ).toEqual([]);
    await expect(house.db.query('update wallet.entry set amount = 1')).rejects.toThrow('append-only');
    await expect(house.db.query('delete from wallet.transfer')).rejects.toThrow('append-only');
    await expect(house.db.query('truncate wallet.entry')).rejects.toThrow('append-only');
  });
});

describe('duties', () => {
  it('book what has expired and say what has begun; balances do not wait for them (T24)', async () => {
    const customerId = await someCustomer();
    const now = clock.now();
    const after = (days: number): Date => new Date(now.getTime() + days * dayMs);
    const one = { customerId, kind: 'points', ref: null, reason: 'welcome', now } as const;
    await house.db.tx((tx) =>
      earn(tx, [
        { ...one, amount: 10, availableAt: now, expiresAt: after(1), key: newId() },
        { ...one, amount: 20, availableAt: after(1), expiresAt: null, key: newId() },
      ]),
    );
    clock.pass(dayMs);
    expect(await balance(house.db, [customerId], 'points', clock.now())).toMatchObject({ active: 20, pending: 0 });
    await runDuty(house, 'wallet.begin');
    await runDuty(house, 'wallet.expire');
    await runDuty(house, 'wallet.expire');
    expect(await balance(house.db, [customerId], 'points', clock.now())).toMatchObject({ active: 20, pending: 0 });
    expect(await factsOf(customerId)).toEqual([
      ['points.earned', 10],
      ['points.earned', 20],
      ['points.activated', 20],
      ['points.expired', 10],
    ]);
  });

  it('end holds that have expired, once (T31)', async () => {
    const customerId = await someCustomer();
    const now = clock.now();
    await house.db.tx((tx) =>
      earn(tx, [
        {
          customerId,
          kind: 'points',
          amount: 10,
          availableAt: now,
          expiresAt: null,
          ref: null,
          reason: 'gift',
          key: newId(),
          now,
        },
      ]),
    );
    const ref = newId();
    const until = new Date(now.getTime() + 60_000);
    const holder = { kind: 'points', customerIds: [customerId] } as const;
    await house.db.tx((tx) => hold(tx, { holder, amount: 10, ref, key: 'a', until, now }));
    expect(await balance(house.db, [customerId], 'points', now)).toMatchObject({ active: 0, held: 10 });
    expect(await balance(house.db, [customerId], 'points', until)).toMatchObject({ active: 10, held: 0 });
    clock.pass(60_000);
    await runDuty(house, 'wallet.holds');
    expect(await house.db.tx((tx) => capture(tx, ref, clock.now()))).toMatchObject({ ok: false });
    expect(
      await house.db.tx((tx) => hold(tx, { holder, amount: 10, ref, key: 'b', until: null, now: clock.now() })),
    ).toMatchObject({ ok: true });
    expect(await house.db.tx((tx) => capture(tx, ref, clock.now()))).toMatchObject({ ok: true });
  });
});
