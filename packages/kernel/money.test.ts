import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minorFromDecimal, mulDiv, share, spread } from './money.ts';

const minor = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });
const sum = (values: readonly number[]): number => values.reduce((left, right) => left + right, 0);

it('reads decimals and nothing else', () => {
  expect(minorFromDecimal('1990,5')).toBe(199_050n);
  expect(minorFromDecimal('-0.07')).toBe(-7n);
  for (const text of ['', '1.999', '1e3', 'NaN', '1 000', '--1']) expect(minorFromDecimal(text)).toBeUndefined();
});

it('rounds as named, exactly, also beyond 2^53 (T5)', () => {
  expect([mulDiv(5, 1, 2), mulDiv(5, 1, 2, 'half-even'), mulDiv(7, 1, 2, 'half-even'), mulDiv(-5, 1, 2)]).toEqual([
    3, 2, 4, -3,
  ]);
  fc.assert(
    fc.property(
      minor,
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (a, b, divisor) => {
        fc.pre(Math.abs(a) <= 9_000_000_000 || b <= divisor);
        const exact = BigInt(a) * BigInt(b);
        const down = BigInt(mulDiv(a, b, divisor, 'down'));
        expect(down).toBe(exact / BigInt(divisor));
        for (const rounding of ['half-up', 'half-even'] as const) {
          const twice = 2n * (BigInt(mulDiv(a, b, divisor, rounding)) * BigInt(divisor) - exact);
          expect(twice <= BigInt(divisor) && twice >= -BigInt(divisor)).toBe(true);
        }
      },
    ),
  );
});

it('spreads to the whole, within one unit of the exact share (T2)', () => {
  fc.assert(
    fc.property(
      minor,
      fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 1, maxLength: 40 }),
      (total, weights) => {
        const parts = spread(total, weights);
        expect(sum(parts)).toBe(total);
        const all = sum(weights);
        if (all === 0) return;
        for (const [index, part] of parts.entries()) {
          const gap = BigInt(part) * BigInt(all) - BigInt(total) * BigInt(weights[index] ?? 0);
          expect(gap < BigInt(all) && gap > -BigInt(all)).toBe(true);
        }
      },
    ),
  );
});

it('gives units parts that differ by at most one and sum to the whole in any split (T3)', () => {
  fc.assert(
    fc.property(minor, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }), (total, counts) => {
      const quantity = sum(counts);
      let from = 0;
      const parts = counts.map((count) => {
        const part = share(total, quantity, from, count);
        from += count;
        return part;
      });
      expect(sum(parts)).toBe(total);
      const units = Array.from({ length: quantity }, (_, unit) => share(total, quantity, unit, 1));
      expect(Math.max(...units) - Math.min(...units)).toBeLessThanOrEqual(1);
    }),
  );
});
