import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Leaving, LineSums, OrderState } from './rules.ts';
import {
  factsOf,
  leave,
  nextStates,
  partsOf,
  planRefund,
  planTenders,
  refundParts,
  states,
  step,
  taking,
  wantsOf,
} from './rules.ts';

const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0);

const lineArbitrary = fc
  .record({
    quantity: fc.integer({ min: 1, max: 40 }),
    totalMinor: fc.integer({ min: 0, max: 5_000_000 }),
    pointsMinor: fc.integer({ min: 0, max: 100_000 }),
    pointsSpent: fc.integer({ min: 0, max: 1_000 }),
    pointsEarned: fc.integer({ min: 0, max: 1_000 }),
    discountMinor: fc.integer({ min: 0, max: 100_000 }),
  })
  .map((line): LineSums => ({
    ...line,
    sumMinor: line.totalMinor + line.discountMinor + line.pointsMinor,
    taken: 0,
    withdrawn: 0,
    returned: 0,
  }));

it('has no step outside of the table, and one fact for each (T42)', () => {
  for (const from of [null, ...states])
    for (const to of states) {
      const may = nextStates(from).includes(to);
      expect(step(from, to).ok).toBe(may);
      if (may)
        expect(factsOf(from, to).filter((name) => name === `order.${to}`).length).toBe(
          to === 'awaiting-payment' ? 0 : 1,
        );
    }
  for (const end of ['completed', 'cancelled'] as const satisfies readonly OrderState[])
    expect(nextStates(end)).toEqual([]);
});

it('gives back exactly the line, whatever leaves when and how (T3, T6, T7)', () => {
  fc.assert(
    fc.property(
      lineArbitrary,
      fc.array(fc.tuple(fc.constantFrom('take', 'withdraw', 'return'), fc.integer({ min: 1, max: 9 }))),
      (start, acts) => {
        let line = start;
        let keptMinor = 0;
        const back = { money: 0, spent: 0, earned: 0 };
        const end: typeof acts = [...acts, ['withdraw', line.quantity], ['return', line.quantity]];
        for (const [act, wanted] of end) {
          const open = line.quantity - line.taken - line.withdrawn;
          const count = Math.min(wanted, act === 'return' ? line.taken - line.returned : open);
          if (count === 0) continue;
          if (act === 'take') {
            keptMinor += taking(line, count).moneyMinor;
            line = { ...line, taken: line.taken + count };
            continue;
          }
          const how = act === 'return' ? 'returned' : 'withdrawn';
          const left = leave(line, count, how);
          if (!left.ok) throw new Error(left.refusal.code);
          if (how === 'returned') keptMinor -= left.value.moneyMinor;
          back.money += left.value.moneyMinor;
          back.spent += left.value.pointsSpent;
          back.earned += left.value.pointsEarned;
          line = { ...line, [how]: line[how] + count };
          expect(keptMinor).toBeGreaterThanOrEqual(0);
        }
        expect(back).toEqual({ money: line.totalMinor, spent: line.pointsSpent, earned: line.pointsEarned });
        expect(keptMinor).toBe(0);
        expect(leave(line, 1, 'returned').ok).toBe(false);
      },
    ),
  );
});

it('gives money back over its sources: never more than each has, together exactly (T6, T7)', () => {
  const tender = fc
    .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 100 }))
    .map(([amountMinor, percent]) => ({ amountMinor, refundedMinor: Math.floor((amountMinor * percent) / 100) }));
  fc.assert(
    fc.property(
      fc.array(tender, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 500_000 }), { maxLength: 12 }),
      (start, sums) => {
        let tenders = start;
        const whole = sum(tenders.map((one) => one.amountMinor - one.refundedMinor));
        let given = 0;
        for (const moneyMinor of [...sums, Number.NaN]) {
          const wanted = Number.isNaN(moneyMinor) ? whole - given : moneyMinor; // at last all that is left
          const parts = refundParts(tenders, wanted);
          if (!parts.ok) {
            expect(wanted).toBeGreaterThan(whole - given);
            continue;
          }
          expect(sum(parts.value)).toBe(wanted);
          given += wanted;
          tenders = tenders.map((one, index) => ({
            ...one,
            refundedMinor: one.refundedMinor + (parts.value[index] ?? 0),
          }));
          for (const one of tenders) expect(one.refundedMinor).toBeLessThanOrEqual(one.amountMinor);
        }
        expect(tenders.every((one) => one.refundedMinor === one.amountMinor)).toBe(true);
      },
    ),
  );
});

it('plans refunds of several lines as the sum of their parts, and refuses a line twice', () => {
  const lines = [
    { lineNo: 1, kind: 'good' as const, ...base(1_000, 3) },
    { lineNo: 2, kind: 'gift-card' as const, ...base(500, 1) },
  ];
  const leaving: Leaving[] = [
    { lineNo: 1, quantity: 2, how: 'withdrawn' },
    { lineNo: 2, quantity: 1, how: 'withdrawn' },
  ];
  expect(planRefund(lines, leaving, 90)).toMatchObject({
    ok: true,
    value: { moneyMinor: 666 + 500 + 90, qualifyingMinor: 666 },
  });
  expect(planRefund(lines, [...leaving, ...leaving])).toMatchObject({
    ok: false,
    refusal: { code: 'order.no-such-line' },
  });
});

function base(totalMinor: number, quantity: number): LineSums {
  const none = {
    taken: 0,
    withdrawn: 0,
    returned: 0,
    discountMinor: 0,
    pointsSpent: 0,
    pointsMinor: 0,
    pointsEarned: 0,
  };
  return { ...none, totalMinor, sumMinor: totalMinor, quantity };
}

it('shares lines out over places without tearing kits apart (T38)', () => {
  const kit = {
    lineNo: 1,
    kind: 'good' as const,
    variantId: 'kit',
    quantity: 2,
    components: [
      { variantId: 'a', quantity: 1 },
      { variantId: 'b', quantity: 2 },
    ],
  };
  const single = { lineNo: 2, kind: 'good' as const, variantId: 'a', quantity: 3, components: [] };
  const help = { lineNo: 3, kind: 'service' as const, variantId: 's', quantity: 1, components: [] };
  const lines = [kit, single, help];
  const at = (placeId: string, a: number, b: number) => ({
    placeId,
    lines: [
      { variantId: 'a', quantity: a },
      { variantId: 'b', quantity: b },
    ],
  });
  const parts = partsOf(lines, [at('x', 4, 2), at('y', 1, 2)]);
  expect(parts).toBeDefined();
  const wants = wantsOf(lines, parts ?? []);
  const total = (variantId: string): number =>
    sum(wants.filter((one) => one.variantId === variantId).map((one) => one.quantity));
  expect([total('a'), total('b')]).toEqual([5, 4]);
  expect(parts?.filter((part) => part.lineNo === 3)).toEqual([{ placeId: 'x', lineNo: 3, quantity: 1 }]);
  expect(partsOf([kit], [at('x', 2, 1), at('y', 0, 3)])).toBeUndefined();
});

it('pays with gift cards, then credit, then money; no advance buys an advance (T43)', () => {
  const cards = [
    { id: 'one', balanceMinor: 300 },
    { id: 'two', balanceMinor: 300 },
  ];
  expect(planTenders({ totalMinor: 1_000, advanceMinor: 500, cards, creditMinor: 70 })).toEqual({
    tenders: [
      { kind: 'gift', amountMinor: 300, cardId: 'one' },
      { kind: 'gift', amountMinor: 200, cardId: 'two' },
    ],
    toPayMinor: 500,
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100_000 }),
      fc.array(fc.integer({ min: -10, max: 50_000 }), { maxLength: 4 }),
      fc.integer({ min: 0, max: 50_000 }),
      (totalMinor, balances, creditMinor) => {
        const plan = planTenders({
          totalMinor,
          advanceMinor: 0,
          cards: balances.map((balanceMinor, index) => ({ id: String(index), balanceMinor })),
          creditMinor,
        });
        expect(sum(plan.tenders.map((one) => one.amountMinor)) + plan.toPayMinor).toBe(totalMinor);
        expect(plan.tenders.every((one) => one.amountMinor > 0)).toBe(true);
      },
    ),
  );
});
