import { identity } from '@ruslo/identity';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { balance, proveLedger, wallet } from '@ruslo/wallet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { award, loyalty, programme, quotePoints, reverse, saveProgramme, tierOf } from './index.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, wallet, loyalty] });
});
afterAll(async () => {
  expect(await proveLedger(house.db)).toEqual([]);
  await house.close();
});

const dayMs = 86_400_000;
const now = new Date('2026-03-10T12:00:00Z');
const later = (days: number): Date => new Date(now.getTime() + days * dayMs);
const tiers = [
  { code: 'silver', name: { ru: 'Серебро', en: 'Silver' }, fromMinor: 0 },
  { code: 'gold', name: { ru: 'Золото', en: 'Gold' }, fromMinor: 5_000_000, earnRateBp: 700, graceDays: 30 },
];

it('earns and spends nothing before there is a programme', async () => {
  const line = { id: 'a', categoryIds: [], totalMinor: 100_000, floorMinor: 0, noDiscount: false, promoted: false };
  const ask = {
    customerIds: [newId()],
    lines: [line],
    currency: 'RUB',
    spend: null,
    bonus: { multiplierBp: 10_000, extra: 0 },
    at: now,
  };
  expect(await quotePoints(house, house.db, ask)).toMatchObject({ active: 0, spendable: 0, earn: 0, tier: null });
});

it('keeps points of an order until it can no longer be returned, and takes them back before (T9, T27)', async () => {
  await house.db.tx((tx) => saveProgramme(tx, { earnRateBp: 500, spendLimitBp: 3_000, tiers }, 'test', now));
  expect(await programme(house.db)).toMatchObject({ pointMinor: 100, returnDays: 14, clawBack: 'debt' });
  const customerId = newId();
  const customerIds = [customerId];
  const orderId = newId();
  const one = { orderId, customerId, points: 120, qualifyingMinor: 6_000_000, now };
  await house.db.tx((tx) => award(tx, one));
  await house.db.tx((tx) => award(tx, one));
  expect(await balance(house.db, customerIds, 'points', now)).toMatchObject({ active: 0, pending: 120 });
  expect(await balance(house.db, customerIds, 'points', later(14))).toMatchObject({ active: 120, pending: 0 });
  expect(await tierOf(house.db, customerIds, now)).toBe('gold');
  const back = { orderId, customerId, customerIds, points: 120, qualifyingMinor: 6_000_000, key: 'r', now: later(1) };
  const answer = { fromPending: 120, fromLots: 0, fromOther: 0, uncovered: 0 };
  expect(await house.db.tx((tx) => reverse(tx, back))).toEqual(answer);
  expect(await house.db.tx((tx) => reverse(tx, back))).toEqual(answer);
  expect(await balance(house.db, customerIds, 'points', later(14))).toMatchObject({ active: 0, pending: 0 });
  expect(await tierOf(house.db, customerIds, later(30))).toBe('gold');
  expect(await tierOf(house.db, customerIds, later(31))).toBe('silver');
});
