import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultTariff } from './contract.ts';
import type { PromiseAsk } from './contract.ts';
import { crossings, gather, plan, sellableOf } from './rules.ts';
import type { Candidate, Ground } from './rules.ts';

const hourMs = 3_600_000;
const now = new Date('2026-03-02T09:00:00Z');

/** Places on a line: a degree is a kilometre, everything is gathered in an hour, always open. */
const ground: Ground = {
  distanceKm: (one, other) => Math.abs(one.lat - other.lat),
  gatheredMs: () => now.getTime() + hourMs,
  openMs: (_placeId, atMs) => atMs,
};
const at = (code: string, lat: number, free: number[], more: Partial<Candidate> = {}): Candidate => ({
  id: code,
  code,
  lat,
  lon: 0,
  free,
  handsOut: true,
  ships: true,
  ...more,
});
const asks = (method: PromiseAsk['method'], ...quantities: number[]): PromiseAsk => ({
  lines: quantities.map((quantity, line) => ({ variantId: `v${line}`, quantity })),
  method,
  to: { lat: 0, lon: 0 },
  now,
});

it('proposes the nearest place that has everything', () => {
  const places = [at('near', 1, [1, 0]), at('full', 5, [2, 2]), at('far', 9, [9, 9])];
  const [first, second] = plan(asks('pickup', 1, 1), places, ground, defaultTariff);
  expect(first).toMatchObject({
    placeId: 'full',
    parts: [{ placeId: 'full', distanceKm: 5 }],
    missing: [],
    costMinor: 0,
  });
  expect(first?.readyAt).toEqual(new Date(now.getTime() + hourMs));
  expect(second?.placeId).toBe('far');
});

it('brings what lacks from another place when nobody near has everything', () => {
  const places = [at('near', 1, [1, 0], { ships: false }), at('store', 3, [0, 5], { handsOut: false })];
  const [first] = plan(asks('pickup', 1, 1), places, ground, defaultTariff);
  expect(first?.placeId).toBe('near');
  expect(first?.parts.map(({ placeId }) => placeId)).toEqual(['near', 'store']);
  expect(first?.readyAt.getTime()).toBeGreaterThan(now.getTime() + 24 * hourMs);
  expect(first?.missing).toEqual([]);
});

it('splits a delivery only when it pays', () => {
  const near = [at('a', 1, [1, 0]), at('b', 2, [0, 1])];
  const one = plan(asks('delivery', 1, 1), [...near, at('c', 10, [1, 1])], ground, defaultTariff);
  expect(one[0]?.parts.map(({ placeId }) => placeId)).toEqual(['c']);
  expect(one.every(({ parts }) => parts.length === 1)).toBe(true);
  const far = plan(asks('delivery', 1, 1), [...near, at('c', 900, [1, 1])], ground, defaultTariff);
  expect(far[0]?.parts.map(({ placeId }) => placeId)).toEqual(['a', 'b']);
  const none = plan(asks('delivery', 1, 1), near, ground, { ...defaultTariff, partsMost: 1 });
  expect(none[0]).toMatchObject({ parts: [{ placeId: 'a' }], missing: [{ variantId: 'v1', quantity: 1 }] });
});

it('covers three lines that lie in three places, up to the most parcels', () => {
  const places = [at('a', 1, [2, 0, 0]), at('b', 2, [0, 1, 0]), at('c', 3, [0, 0, 1]), at('d', 4, [1, 0, 0])];
  const [first] = plan(asks('delivery', 3, 1, 1), places, ground, defaultTariff);
  expect(first?.missing).toEqual([]);
  expect(first?.parts).toHaveLength(4);
  const [most] = plan(asks('delivery', 3, 1, 1), places, ground, { ...defaultTariff, partsMost: 3 });
  expect(most?.parts).toHaveLength(3);
  expect(most?.missing).toEqual([{ variantId: 'v0', quantity: 1 }]);
});

it('never promises more than there is, loses nothing, and answers equal asks equally', () => {
  const candidate = fc.record({
    lat: fc.integer({ min: 0, max: 300 }),
    free: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 }),
    handsOut: fc.boolean(),
    ships: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(candidate, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('pickup' as const, 'delivery' as const),
      fc.integer({ min: 1, max: 5 }),
      (drawn, quantities, method, partsMost) => {
        const places = drawn.map(({ lat, free, ...more }, index) =>
          at(`p${index}`, lat, free.slice(0, quantities.length), more),
        );
        const tariff = { ...defaultTariff, partsMost };
        const answers = plan(asks(method, ...quantities), places, ground, tariff);
        expect(plan(asks(method, ...quantities), places.toReversed(), ground, tariff)).toEqual(answers);
        for (const { parts, missing } of answers) {
          expect(new Set(parts.map(({ placeId }) => placeId)).size).toBe(parts.length);
          for (const [line, quantity] of quantities.entries()) {
            const of = (lines: readonly { variantId: string; quantity: number }[]): number =>
              lines.find(({ variantId }) => variantId === `v${line}`)?.quantity ?? 0;
            for (const part of parts) {
              const place = places.find(({ id }) => id === part.placeId);
              expect(of(part.lines)).toBeLessThanOrEqual(place?.free[line] ?? 0);
            }
            expect(parts.reduce((sum, part) => sum + of(part.lines), 0) + of(missing)).toBe(quantity);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

it('tells each line that is crossed, once', () => {
  const change = { variantId: 'v', placeId: 'p', lowAt: 3 };
  expect(crossings({ ...change, before: 4, after: 3 })).toEqual(['stock.low']);
  expect(crossings({ ...change, before: 3, after: 2 })).toEqual([]);
  expect(crossings({ ...change, before: 0, after: 5 })).toEqual(['stock.back']);
  expect(crossings({ ...change, before: 5, after: 9, onHandBefore: 5, onHandAfter: 9, excessAt: 9 })).toEqual([
    'stock.excess',
  ]);
});

it('sums wants of one key and sorts them as everybody locks', () => {
  const want = (variantId: string, quantity: number) => ({ variantId, placeId: 'p', quantity });
  expect(gather([want('b', 1), want('a', 2), want('b', 3), want('c', 0)])).toEqual([want('a', 2), want('b', 4)]);
  expect(sellableOf({ onHand: 5, reserved: 2, safety: 4, backorder: 0 })).toBe(-1);
});
