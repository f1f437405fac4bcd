import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newCode, readCode } from './code.ts';
import { freeOf, reckon, settle, spendable, take, takeBack } from './rules.ts';
import type { Lot } from './rules.ts';

const at = (ms: number): Date => new Date(1_700_000_000_000 + ms);

const lotArbitrary = fc
  .record({
    amount: fc.integer({ min: 1, max: 100 }),
    spent: fc.nat(100),
    held: fc.nat(100),
    availableAt: fc.nat(20),
    life: fc.option(fc.integer({ min: 1, max: 20 }), { nil: null }),
    createdAt: fc.nat(20),
    debt: fc.boolean(),
    ref: fc.constantFrom('a', 'b', null),
  })
  .map(({ amount, spent, held, availableAt, life, createdAt, debt, ref }): Omit<Lot, 'id'> => {
    const remaining = amount - Math.min(spent, amount);
    return {
      customerId: null,
      amount: debt ? -amount : amount,
      remaining: debt ? -remaining : remaining,
      held: debt ? 0 : Math.min(held, remaining),
      availableAt: at(debt ? createdAt : availableAt),
      expiresAt: debt || life === null ? null : at(availableAt + life),
      ref,
      createdAt: at(createdAt),
    };
  });
const lotsArbitrary = fc
  .array(lotArbitrary, { maxLength: 12 })
  .map((lots) => lots.map((lot, index): Lot => ({ ...lot, id: String(index).padStart(2, '0') })));
const net = (lots: readonly Lot[]): number => lots.reduce((sum, lot) => sum + lot.remaining, 0);

describe('a purse', () => {
  it('spends the soonest-expiring first, then the oldest, the never-expiring last, and nothing expired (T23, T24)', () => {
    fc.assert(
      fc.property(lotsArbitrary, fc.nat(40), fc.nat(300), (lots, ms, amount) => {
        const now = at(ms);
        const order = spendable(lots, now);
        for (const lot of order) expect(lot.expiresAt === null || lot.expiresAt > now).toBe(true);
        for (const [index, lot] of order.entries()) {
          const next = order[index + 1];
          if (next === undefined) continue;
          const [one, other] = [lot.expiresAt?.getTime() ?? Infinity, next.expiresAt?.getTime() ?? Infinity];
          expect(one < other || (one === other && lot.createdAt <= next.createdAt)).toBe(true);
        }
        const { parts, missing } = take(order, amount);
        expect(parts.reduce((sum, part) => sum + part.amount, 0) + missing).toBe(amount);
        // Only the last lot that is touched may keep something.
        for (const [index, part] of parts.slice(0, -1).entries())
          expect(order[index]).toSatisfy((lot: Lot) => freeOf(lot) === part.amount);
      }),
    );
  });

  // Nothing is looked at before it was made: all is made by 20.
  it('repays debts with what it has, changes no sum by it, and is settled then', () => {
    fc.assert(
      fc.property(lotsArbitrary, fc.nat(40), (lots, ms) => {
        const once = settle(lots, at(20 + ms));
        expect(net(once.lots)).toBe(net(lots));
        expect(settle(once.lots, at(20 + ms)).moves).toEqual([]);
        const balance = reckon(lots, at(20 + ms));
        expect(balance).toEqual(reckon(once.lots, at(20 + ms)));
        if (balance.debt > 0) expect(balance.active).toBe(-balance.debt);
      }),
    );
  });

  it('repays the same debts whether anybody looked before or not', () => {
    fc.assert(
      fc.property(lotsArbitrary, fc.nat(40), fc.nat(40), (lots, first, second) => {
        const [early, late] = [20 + Math.min(first, second), 20 + Math.max(first, second)];
        expect(reckon(settle(lots, at(early)).lots, at(late)).debt).toBe(reckon(lots, at(late)).debt);
      }),
    );
  });

  it('takes back from pending, then the lots of the order, then others, then says what is missing (T9)', () => {
    fc.assert(
      fc.property(lotsArbitrary, fc.nat(40), fc.nat(400), (lots, ms, amount) => {
        const now = at(ms);
        const taking = takeBack(lots, 'a', amount, now);
        expect(taking.fromPending + taking.fromLots + taking.fromOther + taking.uncovered).toBe(amount);
        const live = lots.filter((lot) => lot.expiresAt === null || lot.expiresAt > now);
        const free = (some: readonly Lot[]): number => some.reduce((sum, lot) => sum + freeOf(lot), 0);
        const pending = free(live.filter((lot) => lot.ref === 'a' && lot.availableAt > now));
        const own = free(live.filter((lot) => lot.ref === 'a' && lot.availableAt <= now));
        expect(taking.fromPending).toBe(Math.min(amount, pending));
        expect(taking.fromLots).toBe(Math.min(amount - taking.fromPending, own));
        expect(taking.uncovered).toBe(Math.max(0, amount - free(live)));
      }),
    );
  });
});

describe('codes of gift cards', () => {
  it('are read however people type them, and not with a wrong character', () => {
    for (let i = 0; i < 200; i += 1) {
      const code = newCode();
      const plain = code.replaceAll('-', '');
      expect(readCode(code)).toBe(plain);
      expect(readCode(` ${code.toLowerCase().replaceAll('-', ' ')} `)).toBe(plain);
      expect(readCode(plain.replaceAll('0', 'О').replaceAll('1', 'l').replaceAll('A', 'А'))).toBe(plain);
      const wrong = plain.startsWith('2') ? `3${plain.slice(1)}` : `2${plain.slice(1)}`;
      expect(readCode(wrong)).toBeUndefined();
    }
    expect(readCode('')).toBeUndefined();
    expect(readCode('U'.repeat(20))).toBeUndefined();
  });
});
