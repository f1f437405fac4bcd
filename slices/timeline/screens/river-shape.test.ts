import { channels } from '@ruslo/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { River } from './model.ts';
import { shapeRiver, ticksOf } from './river-shape.ts';

const dayMs = 86_400_000;
const start = Date.parse('2024-01-15T10:00:00Z');
const iso = (ms: number): string => new Date(ms).toISOString();

/** Rivers of every kind: one channel and one event, all channels and thousands, long silences, joins anywhere. */
const rivers = fc
  .record({
    days: fc.double({ min: 0.001, max: 4_000, noNaN: true }),
    buckets: fc.integer({ min: 1, max: 360 }),
    events: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        channel: fc.constantFrom(...channels),
        count: fc.integer({ min: 1, max: 500 }),
      }),
      { minLength: 1, maxLength: 80 },
    ),
    joins: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
  })
  .map(({ days, buckets, events, joins }): River => {
    const span = days * dayMs;
    const sorted = events.toSorted((a, b) => a.at - b.at);
    const used = [...new Set(sorted.map((event) => event.channel))];
    return {
      from: iso(start),
      to: iso(start + span),
      channels: used.map((channel) => {
        const own = sorted.filter((event) => event.channel === channel);
        const row = Array.from({ length: buckets }, () => 0);
        for (const event of own) {
          const at = Math.min(buckets - 1, Math.floor(event.at * buckets));
          row[at] = (row[at] ?? 0) + event.count;
        }
        return {
          channel,
          firstAt: iso(start + (own[0]?.at ?? 0) * span),
          lastAt: iso(start + (own.at(-1)?.at ?? 0) * span),
          count: own.reduce((sum, event) => sum + event.count, 0),
          buckets: row,
        };
      }),
      crossings: sorted.slice(1).flatMap((event, index) => {
        const before = sorted[index];
        return before === undefined || before.channel === event.channel
          ? []
          : [{ at: iso(start + event.at * span), fromChannel: before.channel, toChannel: event.channel }];
      }),
      joins: joins.map((at) => ({ at: iso(start + at * span) })),
    };
  });

const numbers = (path: string): number[] => [...path.matchAll(/-?\d+(?:\.\d+)?(?:e-?\d+)?/g)].map(Number);

describe('the river', () => {
  test('is drawn within its frame, whatever happened', () => {
    fc.assert(
      fc.property(rivers, fc.integer({ min: 300, max: 1_600 }), fc.boolean(), (river, width, even) => {
        const shape = shapeRiver(river, width, 36, even);
        for (const path of [
          shape.thread,
          shape.bed,
          ...shape.strands.flatMap((strand) => [strand.area, strand.before, strand.after]),
        ]) {
          expect(path).not.toMatch(/NaN|Infinity|undefined/);
          const found = numbers(path);
          for (let at = 0; at < found.length; at += 2) {
            expect(found[at]).toBeGreaterThanOrEqual(shape.left - 0.2);
            expect(found[at]).toBeLessThanOrEqual(shape.right + 0.2);
            expect(found[at + 1]).toBeGreaterThanOrEqual(-1);
            expect(found[at + 1]).toBeLessThanOrEqual(shape.height);
          }
        }
        expect(shape.joins.reduce((sum, join) => sum + join.count, 0)).toBe(river.joins.length);
        expect(shape.strands.flatMap((strand) => strand.dots).length).toBeLessThanOrEqual(260);
      }),
      { numRuns: 50 },
    );
  });

  test('keeps the order of time, and finds back the moment under the hand', () => {
    fc.assert(
      fc.property(
        rivers,
        fc.boolean(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 20 }),
        (river, even, shares) => {
          const shape = shapeRiver(river, 900, 36, even);
          const times = shares.map((share) => shape.from + share * (shape.to - shape.from)).toSorted((a, b) => a - b);
          const xs = times.map((at) => shape.xOf(at));
          for (const [at, x] of xs.entries()) {
            expect(x).toBeGreaterThanOrEqual((xs[at - 1] ?? shape.left) - 1e-6);
            expect(Math.abs(shape.xOf(shape.atOf(x)) - x)).toBeLessThan(1e-3);
          }
        },
      ),
    );
  });

  test('names its time without writing one mark over another', () => {
    fc.assert(
      fc.property(rivers, fc.boolean(), (river, even) => {
        const ticks = ticksOf(shapeRiver(river, 900, 36, even));
        for (const [at, tick] of ticks.entries()) {
          const before = ticks[at - 1];
          if (before !== undefined) expect(tick.x - before.x).toBeGreaterThanOrEqual(84);
        }
      }),
    );
  });

  test('gives a day of shopping room beside a year of silence', () => {
    const buckets = Array.from({ length: 360 }, (_, at) => (at === 0 ? 1 : at > 355 ? 20 : 0));
    const river: River = {
      from: iso(start),
      to: iso(start + 360 * dayMs),
      channels: [{ channel: 'web', firstAt: iso(start), lastAt: iso(start + 360 * dayMs), count: 81, buckets }],
      crossings: [],
      joins: [],
    };
    const lastDays = (even: boolean): number => {
      const shape = shapeRiver(river, 900, 36, even);
      return (shape.right - shape.xOf(start + 356 * dayMs)) / (shape.right - shape.left);
    };
    expect(lastDays(true)).toBeLessThan(0.02);
    expect(lastDays(false)).toBeGreaterThan(0.5);
  });
});
