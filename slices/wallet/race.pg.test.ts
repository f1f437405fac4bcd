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
import type { Holder } from './index.ts';

/** Everybody at once, in two processes on one database. */

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

const now = new Date('2026-03-10T12:00:00Z');
const atOnce = <T>(count: number, work: (db: TestHouse['db'], index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work((index % 2 === 0 ? house : other).db, index)));

async function withPoints(...amounts: number[]): Promise<string> {
  const customerId = newId();
  const one = {
    customerId,
    kind: 'points',
    availableAt: now,
    expiresAt: null,
    ref: null,
    reason: 'gift',
    now,
  } as const;
  await house.db.tx((tx) =>
    earn(
      tx,
      amounts.map((amount) => ({ ...one, amount, key: newId() })),
    ),
  );
  return customerId;
}
const active = async (customerId: string): Promise<number> =>
  (await balance(house.db, [customerId], 'points', now)).active;
const oks = (results: readonly { readonly ok: boolean }[]): number => results.filter((one) => one.ok).length;

describe('ten at once', () => {
  it('spend no more than there is: one wins (T25)', async () => {
    const customerId = await withPoints(30, 30, 40);
    const holder: Holder = { kind: 'points', customerIds: [customerId] };
    const results = await atOnce(10, (db) => {
      const ref = newId();
      return db.retry(async (tx) => {
        const held = await hold(tx, { holder, amount: 100, ref, key: 'a', until: null, now });
        return held.ok ? capture(tx, ref, now) : held;
      });
    });
    expect(oks(results)).toBe(1);
    expect(await active(customerId)).toBe(0);
  });

  it('spend what there is in parts, to the last point (T25)', async () => {
    const customerId = await withPoints(15, 15, 15);
    const holder: Holder = { kind: 'points', customerIds: [customerId] };
    const results = await atOnce(10, (db) =>
      db.retry((tx) => hold(tx, { holder, amount: 10, ref: newId(), key: 'a', until: null, now })),
    );
    expect(oks(results)).toBe(4);
    expect(await active(customerId)).toBe(5);
  });

  it('earn, hold, capture, release, give back and take back once per key (T26)', async () => {
    const customerId = newId();
    const ref = newId();
    const holder: Holder = { kind: 'points', customerIds: [customerId] };
    const earning = {
      customerId,
      kind: 'points',
      amount: 100,
      availableAt: now,
      expiresAt: null,
      ref,
      reason: 'earned',
      key: ref,
      now,
    } as const;
    await atOnce(10, (db) => db.retry((tx) => earn(tx, [earning])));
    expect(await active(customerId)).toBe(100);
    const spending = newId();
    const held = await atOnce(10, (db) =>
      db.retry((tx) => hold(tx, { holder, amount: 60, ref: spending, key: 'a', until: null, now })),
    );
    expect(new Set(held.map((one) => (one.ok ? one.value.holdId : ''))).size).toBe(1);
    expect(await active(customerId)).toBe(40);
    expect(oks(await atOnce(10, (db) => db.retry((tx) => capture(tx, spending, now))))).toBe(10);
    expect(await balance(house.db, [customerId], 'points', now)).toMatchObject({ active: 40, held: 0 });
    const back = { ref: spending, kind: 'points', amount: 25, graceDays: 0, key: 'r', now } as const;
    await atOnce(10, (db) => db.retry((tx) => giveBack(tx, back)));
    expect(await active(customerId)).toBe(65);
    await atOnce(10, (db, index) => db.retry((tx) => giveBack(tx, { ...back, key: `other-${index}` })));
    expect(await active(customerId)).toBe(100);
    const clawing = { customerIds: [customerId], customerId, ref, amount: 70, policy: 'debt', key: 'c', now } as const;
    const clawed = await atOnce(10, (db) => db.retry((tx) => clawBack(tx, clawing)));
    for (const one of clawed) expect(one).toEqual({ fromPending: 0, fromLots: 70, fromOther: 0, uncovered: 0 });
    expect(await active(customerId)).toBe(30);
    await atOnce(10, (db, index) => db.retry((tx) => clawBack(tx, { ...clawing, key: `other-${index}` })));
    expect(await active(customerId)).toBe(0);
  });

  it('capture and release the same hold: it ends once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const customerId = await withPoints(50);
      const ref = newId();
      const holder: Holder = { kind: 'points', customerIds: [customerId] };
      await house.db.tx((tx) => hold(tx, { holder, amount: 50, ref, key: 'a', until: null, now }));
      const results = await atOnce(10, (db, index) =>
        db.retry(async (tx) => {
          if (index < 5) return (await capture(tx, ref, now)).ok;
          await release(tx, ref, now);
          return false;
        }),
      );
      expect(await active(customerId)).toBe(results.some(Boolean) ? 0 : 50);
    }
  });
});

describe('a gift card', () => {
  async function activeCard(amountMinor: number): Promise<string> {
    const ref = newId();
    const [card] = await house.db.tx((tx) =>
      issueCards(tx, { amountsMinor: [amountMinor], currency: 'RUB', ref, expiresAt: null, key: ref, now }),
    );
    await atOnce(4, (db) => db.retry((tx) => activateCards(tx, ref, now)));
    return card?.id ?? '';
  }

  it('pays once in two channels at once (T33)', async () => {
    const cardId = await activeCard(1_000);
    const results = await atOnce(10, (db) =>
      db.retry((tx) =>
        hold(tx, { holder: { kind: 'gift', cardId }, amount: 1_000, ref: newId(), key: 'a', until: null, now }),
      ),
    );
    expect(oks(results)).toBe(1);
  });

  it('is either paid with or taken back, never both (T32)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const cardId = await activeCard(1_000);
      const results = await atOnce(10, (db, index) =>
        db.retry(async (tx): Promise<string> => {
          if (index >= 5) return (await refundCard(tx, cardId, now)).ok ? 'refunded' : '';
          const ref = newId();
          const held = await hold(tx, { holder: { kind: 'gift', cardId }, amount: 1, ref, key: 'a', until: null, now });
          return held.ok && (await capture(tx, ref, now)).ok ? 'paid' : '';
        }),
      );
      expect(new Set(results.filter((one) => one !== '')).size).toBe(1);
    }
  });
});
