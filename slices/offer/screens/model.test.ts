import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { change, csvOf, deny, fromWall, peel, readLines, toWall, writeLines } from './model.ts';

describe('what the screens of promotions reckon with', () => {
  it('reads a wall clock back as the moment it shows, in any zone', () => {
    const zones = fc.constantFrom('Europe/Moscow', 'Asia/Kamchatka', 'America/New_York', 'Asia/Kolkata');
    fc.assert(
      fc.property(zones, fc.integer({ min: 1_600_000_000, max: 1_900_000_000 }), (zone, seconds) => {
        const wall = toWall(new Date(seconds * 1_000).toISOString(), zone);
        // An hour that a clock change repeats has one wall for two moments: the wall is what is kept.
        expect(toWall(fromWall(wall, zone), zone)).toBe(wall);
      }),
    );
  });

  it('keeps a basket in the address, and drops what is none', () => {
    const lines = [{ variantId: '0190a1b2-0000-7000-8000-000000000001', quantity: 3 }];
    expect(readLines(writeLines(lines) ?? '')).toEqual(lines);
    expect(readLines('nonsense,*,0190a1b2-0000-7000-8000-000000000001*-1')).toEqual([]);
    expect(writeLines([])).toBeNull();
  });

  it('peels denials and puts them back', () => {
    const leaf = { kind: 'coupon' } as const;
    expect(peel(deny(leaf, true))).toEqual({ inner: leaf, denied: true });
    expect(peel({ kind: 'not', of: { kind: 'not', of: leaf } })).toEqual({ inner: leaf, denied: false });
  });

  it('changes a field without losing those it does not know', () => {
    const leaf = { kind: 'sum', minMinor: 5, moon: 'full' };
    expect(change(leaf, { minMinor: undefined })).toEqual({ kind: 'sum', moon: 'full' });
  });

  it('writes no cell that a spreadsheet would run', () => {
    expect(csvOf([['=1+1', 'a;b', null]])).toBe(`'=1+1;"a;b";`);
  });
});
