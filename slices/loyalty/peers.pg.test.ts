import { identity } from '@ruslo/identity';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { balance, capture, giveBack, hold, proveLedger, showEntries, wallet } from '@ruslo/wallet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { award, loyalty, reverse, saveProgramme } from './index.ts';

/** Faults that peers have had, as scenarios. */

let house: TestHouse;
let other: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, wallet, loyalty] });
  other = await house.second();
  await house.db.tx((tx) =>
    saveProgramme(tx, { earnRateBp: 1_000, spendLimitBp: 5_000, returnDays: 14 }, 'test', start),
  );
});
afterAll(async () => {
  expect(await proveLedger(house.db)).toEqual([]);
  await other.close();
  await house.close();
});

const dayMs = 86_400_000;
const start = new Date('2026-03-10T12:00:00Z');
const on = (day: number): Date => new Date(start.getTime() + day * dayMs);
const purse = (customerId: string, day: number) => balance(house.db, [customerId], 'points', on(day));

async function buy(customerId: string, orderId: string, points: number, day: number, db = house.db): Promise<void> {
  await db.retry((tx) => award(tx, { orderId, customerId, points, qualifyingMinor: points * 1_000, now: on(day) }));
}
async function spend(customerId: string, orderId: string, amount: number, day: number): Promise<boolean> {
  return house.db.retry(async (tx) => {
    const holder = { kind: 'points', customerIds: [customerId] } as const;
    const held = await hold(tx, { holder, amount, ref: orderId, key: 'points', until: null, now: on(day) });
    return held.ok && (await capture(tx, orderId, on(day))).ok;
  });
}
const bringBack = (customerId: string, orderId: string, points: number, day: number, key = newId(), db = house.db) =>
  db.retry((tx) =>
    reverse(tx, {
      orderId,
      customerId,
      customerIds: [customerId],
      points,
      qualifyingMinor: points * 1_000,
      key,
      now: on(day),
    }),
  );

describe('what happened to peers does not happen here', () => {
  it('buy, earn, refund, keep the points (odoo/odoo#257854)', async () => {
    const customerId = newId();
    const [first, second] = [newId(), newId()];
    await buy(customerId, first, 100, 0);
    // They cannot be spent while the goods can be brought back…
    expect(await spend(customerId, second, 100, 13)).toBe(false);
    await bringBack(customerId, first, 100, 13);
    expect(await purse(customerId, 20)).toMatchObject({ active: 0, pending: 0, debt: 0 });
    // …and what was spent meanwhile, where the return is late, is owed and repaid by the next purchase.
    const third = newId();
    await buy(customerId, third, 100, 20);
    expect(await spend(customerId, newId(), 100, 34)).toBe(true);
    await bringBack(customerId, third, 100, 35);
    expect(await purse(customerId, 35)).toMatchObject({ active: -100, debt: 100 });
    await buy(customerId, newId(), 130, 36);
    expect(await purse(customerId, 50)).toMatchObject({ active: 30, debt: 0 });
  });

  it('a refund spends points again instead of giving them back (odoo/odoo#212922, #221928)', async () => {
    const customerId = newId();
    await buy(customerId, newId(), 100, 0);
    const order = newId();
    expect(await spend(customerId, order, 60, 20)).toBe(true);
    expect(await purse(customerId, 20)).toMatchObject({ active: 40 });
    const back = { ref: order, kind: 'points', amount: 60, graceDays: 30, key: 'return', now: on(21) } as const;
    await house.db.retry((tx) => giveBack(tx, back));
    expect(await purse(customerId, 21)).toMatchObject({ active: 100 });
    const entries = await showEntries(house.db, [customerId], 'points', undefined, 10);
    expect(entries.map((entry) => [entry.what, entry.amount, entry.balanceAfter])).toEqual([
      ['returned', 60, 100],
      ['spent', -60, 40],
      ['earned', 100, 100],
    ]);
  });

  it('double points when an offline till sends a sale again (OCA/pos#185, odoo/odoo#270532; T26)', async () => {
    const customerId = newId();
    const sales = Array.from({ length: 5 }, () => newId());
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        buy(customerId, sales[index % 5] ?? '', 10, 0, (index % 2 === 0 ? house : other).db),
      ),
    );
    expect(await purse(customerId, 0)).toMatchObject({ pending: 50 });
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        bringBack(customerId, sales[0] ?? '', 10, 1, 'return-1', (index % 2 === 0 ? house : other).db),
      ),
    );
    expect(await purse(customerId, 1)).toMatchObject({ pending: 40, debt: 0 });
  });

  it('max(points − x, 0) hides what is owed: here it is a debt with its entry (Odoo loyalty_history)', async () => {
    const customerId = newId();
    const order = newId();
    await buy(customerId, order, 100, 0);
    expect(await spend(customerId, newId(), 70, 20)).toBe(true);
    expect(await bringBack(customerId, order, 100, 21)).toEqual({
      fromPending: 0,
      fromLots: 30,
      fromOther: 0,
      uncovered: 70,
    });
    expect(await purse(customerId, 21)).toMatchObject({ active: -70, debt: 70 });
    const [entry] = await showEntries(house.db, [customerId], 'points', undefined, 1);
    expect(entry).toMatchObject({ what: 'clawed-back', amount: -100, balanceAfter: -70 });
  });

  it('a return takes back no more than its order earned, however often it is asked (T7, T9)', async () => {
    const customerId = newId();
    const [order, kept] = [newId(), newId()];
    await buy(customerId, order, 50, 0);
    await buy(customerId, kept, 50, 0);
    for (let i = 0; i < 4; i += 1) await bringBack(customerId, order, 30, 1);
    expect(await purse(customerId, 15)).toMatchObject({ active: 50, debt: 0 });
  });
});
