import { identity } from '@ruslo/identity';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleInput } from './contract.ts';
import {
  addCoupons,
  book,
  bookNow,
  checkCoupon,
  couponsOf,
  giveBack,
  grantOffers,
  grantsOf,
  holdings,
  offer,
  redeem,
  savePromotions,
} from './index.ts';
import type { Priced } from './index.ts';
import { basket, line } from './testing.ts';

let house: TestHouse;
let other: TestHouse;
const now = new Date('2026-11-21T12:00:00Z');

beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, offer] });
  other = await house.second();
});
afterAll(async () => {
  await other.close();
  await house.close();
});

async function rule(extra: Partial<RuleInput> = {}): Promise<string> {
  const input: RuleInput = { name: 'Осенняя скидка', effects: [{ kind: 'percent', bp: 1_000 }], ...extra };
  const [id = ''] = await house.db.tx((tx) => savePromotions(house, tx, [{ rule: input }], now));
  return id;
}

/** A placement in one of the two processes; true when it got the uses. */
async function place(
  at: TestHouse,
  uses: Priced['uses'],
  who: { ref?: string; customerIds?: readonly string[] } = {},
): Promise<boolean> {
  const { ref = newId(), customerIds = [newId()] } = who;
  const result = await at.db.tx((tx) =>
    redeem(tx, { ref, customerIds, customerId: customerIds[0] ?? null, uses, now }),
  );
  if (!result.ok) expect(result.refusal).toMatchObject({ code: 'offer.used-up', status: 409 });
  return result.ok;
}

const won = (results: readonly boolean[]): number => results.filter(Boolean).length;
const houseOf = (index: number): TestHouse => (index % 2 === 0 ? house : other);

async function tally(scopeId: string): Promise<{ used: number; spent: number; kept: number }> {
  const [row] = await house.db.query<{ used: number; spent: number; kept: number }>(
    `select coalesce(sum(used), 0)::bigint as used, coalesce(sum(spent_minor), 0)::bigint as spent,
       (select count(*) from offer.redemption where (rule_id = $1 or coupon_id = $1) and given_back_at is null)::bigint as kept
     from offer.tally where scope_id = $1 and customer_id = '00000000-0000-0000-0000-000000000000'`,
    [scopeId],
  );
  return row ?? { used: 0, spent: 0, kept: 0 };
}

describe('limits', () => {
  it('lets exactly as many win as the limit says, of 50 at once in two processes (T18; Medusa, shopper #510)', async () => {
    const ruleId = await rule({ limits: { uses: 7 } });
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => place(houseOf(index), [{ ruleId, amountMinor: 100 }])),
    );
    expect(won(results)).toBe(7);
    expect(await tally(ruleId)).toMatchObject({ used: 7, kept: 7 });
  });

  it('sells a coupon of one use once, of 50 at once (T18; PrestaShop #9839, #29493)', async () => {
    const ruleId = await rule({ condition: { kind: 'coupon' } });
    const [couponId = ''] = await house.db.tx((tx) =>
      addCoupons(tx, [{ ruleId, code: `one-${newId()}`, kind: 'unique' }], now),
    );
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => place(houseOf(index), [{ ruleId, couponId, amountMinor: 100 }])),
    );
    expect(won(results)).toBe(1);
  });

  it('counts a person over all her ids (T18)', async () => {
    const ruleId = await rule({ limits: { perCustomer: 2 } });
    const ids = [newId(), newId(), newId()];
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const first = ids[index % 3] ?? '';
        const customerIds = [first, ...ids.filter((id) => id !== first)];
        return place(houseOf(index), [{ ruleId, amountMinor: 100 }], { customerIds });
      }),
    );
    expect(won(results)).toBe(2);
    expect(await place(house, [{ ruleId, amountMinor: 100 }])).toBe(true);
  });

  it('never overruns a budget, and spends it to the last (T21)', async () => {
    const ruleId = await rule({ limits: { budgetMinor: 10_000 } });
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        place(houseOf(index), [{ ruleId, amountMinor: index % 2 === 0 ? 700 : 300 }]),
      ),
    );
    const { spent, used } = await tally(ruleId);
    expect(used).toBe(won(results));
    expect(spent).toBeLessThanOrEqual(10_000);
    expect(spent).toBeGreaterThan(9_300);
    expect(await place(house, [{ ruleId, amountMinor: 10_001 - spent }])).toBe(false);
  });

  it('takes shared limits in one order, so that nobody waits in a ring', async () => {
    const ids = await Promise.all([1, 2, 3, 4].map(() => rule({ limits: { uses: 1_000, budgetMinor: 1_000_000 } })));
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const turned = [...ids.slice(index % 4), ...ids.slice(0, index % 4)];
        return place(
          houseOf(index),
          turned.map((ruleId) => ({ ruleId, amountMinor: 1 })),
        );
      }),
    );
    expect(won(results)).toBe(40);
    for (const id of ids) expect(await tally(id)).toMatchObject({ used: 40, spent: 40 });
  });

  it('takes nothing when one of several is used up, also if the transaction goes on', async () => {
    const free = await rule({ limits: { uses: 5 } });
    const full = await rule({ limits: { uses: 1 } });
    expect(await place(house, [{ ruleId: full, amountMinor: 1 }])).toBe(true);
    const uses = [free, full].map((ruleId) => ({ ruleId, amountMinor: 1 }));
    expect(await place(house, uses)).toBe(false);
    expect(await tally(free)).toEqual({ used: 0, spent: 0, kept: 0 });
  });

  it('takes no lock for what has no limit (T20; Sylius #18960)', async () => {
    const ruleId = await rule({ condition: { kind: 'coupon' } });
    const [couponId = ''] = await house.db.tx((tx) =>
      addCoupons(tx, [{ ruleId, code: `open-${newId()}`, kind: 'shared' }], now),
    );
    const uses = [{ ruleId, couponId, amountMinor: 100 }];
    await house.db.tx(async (tx) => {
      await redeem(tx, { ref: newId(), customerIds: [], customerId: null, uses, now });
      // The first one is still open; the second would wait for any lock of it, and fail after 200 ms.
      await other.db.tx(async (second) => {
        await second.query(`set local lock_timeout = '200ms'`);
        const result = await redeem(second, { ref: newId(), customerIds: [], customerId: null, uses, now });
        expect(result.ok).toBe(true);
      });
    });
    expect(await tally(ruleId)).toMatchObject({ used: 0 });
    // The same with a limit does wait: so the test above can fail.
    const limited = [{ ruleId: await rule({ limits: { uses: 9 } }), amountMinor: 1 }];
    await house.db.tx(async (tx) => {
      await redeem(tx, { ref: newId(), customerIds: [], customerId: null, uses: limited, now });
      const waiting = other.db.tx(async (second) => {
        await second.query(`set local lock_timeout = '200ms'`);
        await redeem(second, { ref: newId(), customerIds: [], customerId: null, uses: limited, now });
      });
      await expect(waiting).rejects.toMatchObject({ code: '55P03' });
    });
  });
});

describe('the same again', () => {
  it('has one effect for ten at once with one ref', async () => {
    const ruleId = await rule({ limits: { uses: 5, budgetMinor: 1_000 } });
    const ref = newId();
    const customerIds = [newId()];
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        place(houseOf(index), [{ ruleId, amountMinor: 100 }], { ref, customerIds }),
      ),
    );
    expect(won(results)).toBe(10);
    expect(await tally(ruleId)).toEqual({ used: 1, spent: 100, kept: 1 });
  });

  it('gives back once, however often it is asked, and may be taken anew (T19)', async () => {
    const ruleId = await rule({
      limits: { uses: 1, perCustomer: 1, budgetMinor: 1_000 },
      condition: { kind: 'grant' },
    });
    const customerId = newId();
    const [grantId = ''] = await house.db.tx((tx) => grantOffers(tx, [{ customerId, ruleId, source: 'test' }], now));
    const ref = newId();
    const who = { ref, customerIds: [customerId] };
    const uses = [{ ruleId, grantId, amountMinor: 600 }];
    expect(await place(house, uses, who)).toBe(true);
    expect(await grantsOf(house.db, [customerId], now)).toEqual([]);
    await Promise.all(Array.from({ length: 10 }, (_, index) => houseOf(index).db.tx((tx) => giveBack(tx, ref, now))));
    expect(await tally(ruleId)).toEqual({ used: 0, spent: 0, kept: 0 });
    expect(await grantsOf(house.db, [customerId], now)).toEqual([{ id: grantId, ruleId }]);
    // A late payment takes the order up again.
    expect(await place(house, uses, who)).toBe(true);
    expect(await place(house, uses, who)).toBe(true);
    expect(await tally(ruleId)).toEqual({ used: 1, spent: 600, kept: 1 });
    await house.db.tx((tx) => giveBack(tx, ref, now));
    expect(await tally(ruleId)).toEqual({ used: 0, spent: 0, kept: 0 });
  });

  it('uses a personal offer once over all ids of the person, of ten at once', async () => {
    const ruleId = await rule({ condition: { kind: 'grant' } });
    const ids = [newId(), newId()];
    const [grantId = ''] = await house.db.tx((tx) =>
      grantOffers(tx, [{ customerId: ids[0] ?? '', ruleId, source: 'test' }], now),
    );
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        place(houseOf(index), [{ ruleId, grantId, amountMinor: 5 }], { customerIds: ids.toReversed() }),
      ),
    );
    expect(won(results)).toBe(1);
    // Nobody else may use it.
    expect(await place(house, [{ ruleId, grantId, amountMinor: 5 }])).toBe(false);
  });

  it('ends every interleaving of taking and giving back with counts that equal the redemptions (T18, T19, T21)', async () => {
    const ruleId = await rule({ limits: { uses: 6, perCustomer: 2, budgetMinor: 2_500 } });
    const refs = Array.from({ length: 12 }, () => newId());
    const people = [newId(), newId(), newId(), newId()];
    await Promise.all(
      Array.from({ length: 120 }, async (_, index) => {
        const ref = refs[(index * 7) % 12] ?? '';
        const customerIds = [people[((index * 7) % 12) % 4] ?? ''];
        if (index % 3 === 2) await houseOf(index).db.tx((tx) => giveBack(tx, ref, now));
        else await place(houseOf(index), [{ ruleId, amountMinor: 400 }], { ref, customerIds });
      }),
    );
    const { used, spent, kept } = await tally(ruleId);
    expect(used).toBe(kept);
    expect(spent).toBe(kept * 400);
    expect(kept).toBeLessThanOrEqual(6);
    for (const ref of refs) await house.db.tx((tx) => giveBack(tx, ref, now));
    expect(await tally(ruleId)).toEqual({ used: 0, spent: 0, kept: 0 });
    expect(await house.db.query('select 1 from offer.tally where scope_id = $1 and used <> 0', [ruleId])).toEqual([]);
  });
});

describe('the book', () => {
  it('is the same object until a rule changes, and sees a change of the own transaction', async () => {
    const before = await book(house);
    expect(await book(house)).toBe(before);
    expect(await house.db.tx((tx) => bookNow(house, tx))).toBe(before);
    const undone = house.db.tx(async (tx) => {
      await savePromotions(house, tx, [{ rule: { name: 'x', effects: [{ kind: 'percent', bp: 1 }] } }], now);
      expect((await bookNow(house, tx)).revision).toBe(before.revision + 1);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await rule();
    const after = await house.db.tx((tx) => bookNow(house, tx));
    expect(after.revision).toBe(before.revision + 1);
    await expect.poll(async () => (await book(other)).revision).toBe(after.revision);
  });

  it('leaves a rule out that cannot be read', async () => {
    const good = await rule();
    const bad = await rule();
    await house.db.query(`update offer.rule set body = '{"name": "?"}' where id = $1`, [bad]);
    const fresh = await house.second();
    const { why } = (await book(fresh)).price(basket([line('a')]), { explain: true });
    expect(why.map(({ ruleId }) => ruleId)).toContain(good);
    expect(why.map(({ ruleId }) => ruleId)).not.toContain(bad);
    await fresh.close();
    await house.db.query(`update offer.rule set state = 'archived' where id = $1`, [bad]);
  });

  it('tells what a person holds and what is left', async () => {
    const ruleId = await rule({ limits: { uses: 3, budgetMinor: 500 }, condition: { kind: 'coupon' } });
    const code = `Осень-${newId()}`;
    await house.db.tx((tx) => addCoupons(tx, [{ ruleId, code, kind: 'shared', perCustomer: 1 }], now));
    const customerIds = [newId()];
    const [coupon] = await couponsOf(house.db, [code.toLowerCase()], customerIds, now);
    expect(coupon).toMatchObject({ ruleId });
    expect(await checkCoupon(house.db, ` ${code.toLowerCase()} `, customerIds, now)).toMatchObject({ ok: true });
    const couponId = coupon?.couponId ?? '';
    expect(await place(house, [{ ruleId, couponId, amountMinor: 200 }], { customerIds })).toBe(true);
    const held = await holdings(house.db, await house.db.tx((tx) => bookNow(house, tx)), {
      customerIds,
      codes: [code, 'NO SUCH'],
      at: now,
    });
    expect(held.left.get(ruleId)).toEqual({ uses: 2, budgetMinor: 300 });
    expect(held.coupons).toMatchObject([{ why: 'offer.why.coupon-used-by-you' }, { why: 'offer.why.coupon-unknown' }]);
    expect(await checkCoupon(house.db, code, customerIds, now)).toMatchObject({
      ok: false,
      refusal: { code: 'offer.coupon-used-up' },
    });
    expect(await checkCoupon(house.db, code, [newId()], now)).toMatchObject({ ok: true });
  });
});
