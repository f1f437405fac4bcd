import { identity } from '@ruslo/identity';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  activateCards,
  balance,
  capture,
  clawBack,
  earn,
  giveBack,
  hold,
  issueCards,
  proveLedger,
  refundCard,
  release,
  wallet,
} from './index.ts';
import type { Earning, Holder } from './index.ts';

let house: TestHouse;
let other: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, wallet] });
  other = await house.second();
});
afterAll(async () => {
  expect(await proveLedger(house.db)).toEqual([]);
  await other.close();
  await house.close();
});

const dayMs = 86_400_000;
const now = new Date('2026-03-10T12:00:00Z');
const later = (days: number): Date => new Date(now.getTime() + days * dayMs);

const earning = (customerId: string, amount: number, more: Partial<Earning> = {}): Earning => ({
  customerId,
  kind: 'points',
  amount,
  availableAt: now,
  expiresAt: null,
  ref: null,
  reason: 'welcome',
  key: newId(),
  now,
  ...more,
});
const points = (...customerIds: string[]): Holder => ({ kind: 'points', customerIds });
const holdPoints = (customerId: string, amount: number, ref: string, at = now, until: Date | null = null) =>
  house.db.tx((tx) => hold(tx, { holder: points(customerId), amount, ref, key: ref, until, now: at }));
const active = async (customerId: string, at = now): Promise<number> =>
  (await balance(house.db, [customerId], 'points', at)).active;

describe('points', () => {
  it('are earned, held, spent and given back (T22, T31)', async () => {
    const customerId = newId();
    await house.db.tx((tx) =>
      earn(tx, [
        earning(customerId, 100, { expiresAt: later(10) }),
        earning(customerId, 50),
        earning(customerId, 30, { availableAt: later(3) }),
      ]),
    );
    expect(await balance(house.db, [customerId], 'points', now)).toEqual({
      active: 150,
      pending: 30,
      held: 0,
      debt: 0,
      expiring: [{ at: later(10), amount: 100 }],
    });
    const ref = newId();
    expect(await holdPoints(customerId, 151, ref)).toMatchObject({
      ok: false,
      refusal: { code: 'wallet.not-enough', params: { wanted: 151, available: 150 } },
    });
    expect(await holdPoints(customerId, 120, ref)).toMatchObject({ ok: true });
    expect(await balance(house.db, [customerId], 'points', now)).toMatchObject({ active: 30, held: 120 });
    expect(await house.db.tx((tx) => capture(tx, ref, now))).toMatchObject({ ok: true });
    expect(await house.db.tx((tx) => capture(tx, ref, now))).toMatchObject({ ok: true });
    expect(await balance(house.db, [customerId], 'points', now)).toMatchObject({ active: 30, held: 0, expiring: [] });
    await house.db.tx((tx) => giveBack(tx, { ref, kind: 'points', amount: 500, graceDays: 5, key: 'r1', now }));
    await house.db.tx((tx) => giveBack(tx, { ref, kind: 'points', amount: 500, graceDays: 5, key: 'r1', now }));
    await house.db.tx((tx) => giveBack(tx, { ref, kind: 'points', amount: 500, graceDays: 5, key: 'r2', now }));
    expect(await balance(house.db, [customerId], 'points', now)).toMatchObject({
      active: 150,
      expiring: [{ at: later(10), amount: 100 }],
    });
    expect(await proveLedger(house.db)).toEqual([]);
  });

  it('come back with their own expiry, last spent first, or with days of grace when that has passed (T10)', async () => {
    const customerId = newId();
    await house.db.tx((tx) =>
      earn(tx, [
        earning(customerId, 10, { expiresAt: later(1) }),
        earning(customerId, 10, { expiresAt: later(5) }),
        earning(customerId, 10, { expiresAt: later(9) }),
      ]),
    );
    const ref = newId();
    await holdPoints(customerId, 30, ref);
    await house.db.tx((tx) => capture(tx, ref, now));
    const back = (amount: number, key: string, at: Date) =>
      house.db.tx((tx) => giveBack(tx, { ref, kind: 'points', amount, graceDays: 7, key, now: at }));
    const expiring = async (at: Date) =>
      (await balance(house.db, [customerId], 'points', at)).expiring.map((one) => [one.at.getTime(), one.amount]);
    await back(15, 'a', now);
    expect(await expiring(now)).toEqual([
      [later(5).getTime(), 5],
      [later(9).getTime(), 10],
    ]);
    // The lots of the 1st and the 5th day are over: what comes back from them lives for seven days from then.
    await back(8, 'b', later(6));
    expect(await expiring(later(6))).toEqual([
      [later(9).getTime(), 10],
      [later(13).getTime(), 8],
    ]);
    await back(100, 'c', later(6));
    await back(100, 'd', later(6));
    expect(await expiring(later(6))).toEqual([
      [later(9).getTime(), 10],
      [later(13).getTime(), 15],
    ]);
  });

  it('are freed by release, and a hold that ended is not spent', async () => {
    const customerId = newId();
    await house.db.tx((tx) => earn(tx, [earning(customerId, 10)]));
    const ref = newId();
    await holdPoints(customerId, 10, ref);
    await house.db.tx((tx) => release(tx, ref, now));
    await house.db.tx((tx) => release(tx, ref, now));
    expect(await active(customerId)).toBe(10);
    expect(await house.db.tx((tx) => capture(tx, ref, now))).toMatchObject({
      ok: false,
      refusal: { code: 'wallet.hold-ended' },
    });
  });

  it('leave a debt after a claw-back that finds nothing, and the next earning repays it (T9)', async () => {
    const customerId = newId();
    const ref = newId();
    await house.db.tx((tx) => earn(tx, [earning(customerId, 100, { ref })]));
    await holdPoints(customerId, 80, 'x' + ref);
    await house.db.tx((tx) => capture(tx, 'x' + ref, now));
    const back = { customerIds: [customerId], customerId, ref, amount: 100, policy: 'debt', key: 'k', now } as const;
    const answer = { fromPending: 0, fromLots: 20, fromOther: 0, uncovered: 80 };
    expect(await house.db.tx((tx) => clawBack(tx, back))).toEqual(answer);
    expect(await house.db.tx((tx) => clawBack(tx, back))).toEqual(answer);
    expect(await balance(house.db, [customerId], 'points', now)).toMatchObject({ active: -80, debt: 80 });
    await house.db.tx((tx) => earn(tx, [earning(customerId, 100, { availableAt: later(1) })]));
    expect(await balance(house.db, [customerId], 'points', now)).toMatchObject({ active: -80, pending: 100 });
    expect(await balance(house.db, [customerId], 'points', later(1))).toMatchObject({ active: 20, debt: 0 });
    expect(await holdPoints(customerId, 20, newId(), later(1))).toMatchObject({ ok: true });
    expect(await proveLedger(house.db)).toEqual([]);
  });
});

describe('gift cards', () => {
  it('are worth something only when paid, and go back only unused (T32)', async () => {
    const ref = newId();
    const [card] = await house.db.tx((tx) =>
      issueCards(tx, { amountsMinor: [100_000], currency: 'RUB', ref, expiresAt: null, key: ref, now }),
    );
    const holder = { kind: 'gift', cardId: card?.id ?? '' } as const;
    const pay = (amount: number) =>
      house.db.tx((tx) => hold(tx, { holder, amount, ref: newId(), key: 'k', until: null, now }));
    expect(await pay(1)).toMatchObject({ ok: false });
    await house.db.tx((tx) => activateCards(tx, ref, now));
    await house.db.tx((tx) => activateCards(tx, ref, now));
    expect(await house.db.tx((tx) => refundCard(tx, card?.id ?? '', now))).toMatchObject({ ok: true });
    expect(await pay(1)).toMatchObject({ ok: false, refusal: { code: 'wallet.card-not-active' } });
    expect(await proveLedger(house.db)).toEqual([]);
  });
});
