import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyLine, machineLine, quantile, rate, summary, yardstickLine } from './lib-stats.ts';

describe('quantile', () => {
  it('is the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(summary(hundred)).toEqual({ count: 100, median: 50, p95: 95, p99: 99, max: 100 });
    expect(quantile([7], 0.5)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('is always a sample with the right share at or below it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (samples, share) => {
          const value = quantile(samples, share);
          const below = samples.filter((sample) => sample <= value).length;
          return samples.includes(value) && below >= Math.floor(share * samples.length);
        },
      ),
    );
  });
});

describe('lines', () => {
  it('name what was asked and whether it was met', () => {
    expect(yardstickLine({ name: 'intake', ours: 30, theirs: 100, least: 0.2 })).toBe(
      'intake: 0.30 of the bare store (asked: 0.20) met',
    );
    expect(yardstickLine({ name: 'intake', ours: 10, theirs: 100, least: 0.2 })).toContain(
      '0.10 of the bare store (asked: 0.20) MISSED',
    );
    expect(latencyLine('lookup', [1, 2, 3])).toBe(
      'lookup: median 2.00 ms, p95 3.00 ms, p99 3.00 ms, max 3.00 ms (3 tries)',
    );
    expect(rate(40_000, 2_000, 'events')).toBe('20,000 events/s');
    expect(machineLine()).toMatch(/^\d+ cores, .* GB, Node v/);
  });
});
