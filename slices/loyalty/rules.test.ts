import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from './contract.ts';
import type { LoyaltyLine, SettingsInput } from './contract.ts';
import { compile, dayStart, lifeOf, netAt, nextLook, quote, reachDays, tierAt } from './rules.ts';
import type { Qualifying } from './rules.ts';

const category = (no: number): string => `00000000-0000-4000-8000-00000000000${no}`;
const programmeOf = (input: SettingsInput) => compile(settingsSchema.parse(input));
const bonus = { multiplierBp: 10_000, extra: 0 };
const line = (id: string, totalMinor: number, more: Partial<LoyaltyLine> = {}): LoyaltyLine => ({
  id,
  categoryIds: [],
  totalMinor,
  floorMinor: 0,
  noDiscount: false,
  promoted: false,
  ...more,
});

const settingsArbitrary = fc.record({
  pointMinor: fc.constantFrom(1, 7, 50, 100),
  earnRateBp: fc.integer({ min: 0, max: 2_000 }),
  spendLimitBp: fc.integer({ min: 0, max: 10_000 }),
  spendOnPromoted: fc.boolean(),
  earnOnPromoted: fc.boolean(),
  excludedCategories: fc.subarray([category(1)]),
  categories: fc.subarray([
    { categoryId: category(2), earnRateBp: 0 },
    { categoryId: category(3), earnRateBp: 1_500 },
  ]),
});
const linesArbitrary = fc.uniqueArray(
  fc.record({
    id: fc.uuid(),
    categoryIds: fc.subarray([category(1), category(2), category(3)]),
    totalMinor: fc.nat(2_000_000),
    floorMinor: fc.nat(300_000),
    noDiscount: fc.boolean(),
    promoted: fc.boolean(),
  }),
  { maxLength: 12, selector: (one) => one.id },
);
const sum = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);

describe('a quote', () => {
  it('is paid and earned to the last unit, within every limit, whatever the order of the lines (T4, T14, T17)', () => {
    fc.assert(
      fc.property(
        settingsArbitrary,
        linesArbitrary,
        fc.integer({ min: -500, max: 50_000 }),
        fc.option(fc.nat(50_000)),
        fc.record({ multiplierBp: fc.constantFrom(10_000, 15_000, 30_000), extra: fc.nat(100) }),
        (settings, lines, active, spend, extra) => {
          const programme = programmeOf(settings);
          const ask = { lines, spend, bonus: extra };
          const quoted = quote(programme, null, { active, pending: 0 }, ask);
          expect(quoted.spend).toBeLessThanOrEqual(Math.max(active, 0));
          expect(quoted.spend).toBe(Math.min(spend ?? quoted.spendable, quoted.spendable));
          expect(sum(quoted.spent.map((one) => one.points))).toBe(quoted.spend);
          expect(sum(quoted.spent.map((one) => one.amountMinor))).toBe(quoted.spend * settings.pointMinor);
          expect(sum(quoted.earned.map((one) => one.points))).toBe(quoted.earn);
          for (const [index, one] of lines.entries()) {
            const paid = quoted.spent[index]?.amountMinor ?? 0;
            const isOut = one.noDiscount || one.categoryIds.some((id) => settings.excludedCategories.includes(id));
            if (isOut || (one.promoted && !settings.spendOnPromoted)) expect(paid).toBe(0);
            if (paid > 0) expect(one.totalMinor - paid).toBeGreaterThanOrEqual(one.floorMinor);
            expect(paid * 10_000).toBeLessThanOrEqual(one.totalMinor * settings.spendLimitBp);
            if (isOut || (one.promoted && !settings.earnOnPromoted)) expect(quoted.earned[index]?.points).toBe(0);
          }
          const turned = quote(programme, null, { active, pending: 0 }, { ...ask, lines: lines.toReversed() });
          expect({ ...turned, spent: turned.spent.toReversed(), earned: turned.earned.toReversed() }).toEqual(quoted);
          // Preview = result: asking for exactly what was shown shows the same.
          expect(quote(programme, null, { active, pending: 0 }, { ...ask, spend: quoted.spend })).toEqual(quoted);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('earns by money only, not by what points paid', () => {
    const programme = programmeOf({ earnRateBp: 1_000, spendLimitBp: 5_000 });
    const lines = [line('a', 100_000)];
    expect(quote(programme, null, { active: 500, pending: 0 }, { lines, spend: 0, bonus }).earn).toBe(100);
    expect(quote(programme, null, { active: 500, pending: 0 }, { lines, spend: null, bonus })).toMatchObject({
      spend: 500,
      earn: 50,
    });
  });

  it('takes the rate of the category before that of the tier before that of the programme', () => {
    const programme = programmeOf({
      earnRateBp: 100,
      categories: [{ categoryId: category(1), earnRateBp: 1_000 }],
      tiers: [{ code: 'gold', name: { ru: 'Золото', en: 'Gold' }, fromMinor: 0, earnRateBp: 500 }],
    });
    const lines = [line('a', 100_000), line('b', 100_000, { categoryIds: [category(1)] })];
    const [gold] = programme.tiers;
    const balance = { active: 0, pending: 0 };
    expect(quote(programme, null, balance, { lines, spend: 0, bonus }).earned.map((one) => one.points)).toEqual([
      10, 100,
    ]);
    expect(quote(programme, gold ?? null, balance, { lines, spend: 0, bonus }).earned.map((one) => one.points)).toEqual(
      [50, 100],
    );
  });

  it('is exact for the largest sums', () => {
    const programme = programmeOf({ earnRateBp: 10_000, pointMinor: 1 });
    const lines = [line('a', 1_000_000_000_000), line('b', 999_999_999_999)];
    const quoted = quote(programme, null, { active: 0, pending: 0 }, { lines, spend: 0, bonus });
    expect(quoted.earned.map((one) => one.points)).toEqual([1_000_000_000_000, 999_999_999_999]);
  });
});

const dayMs = 86_400_000;
const tiers = [
  { code: 'base', name: { ru: 'Базовый', en: 'Base' }, fromMinor: 0, graceDays: 0 },
  { code: 'silver', name: { ru: 'Серебро', en: 'Silver' }, fromMinor: 100, graceDays: 5 },
  { code: 'gold', name: { ru: 'Золото', en: 'Gold' }, fromMinor: 300, graceDays: 10 },
];
const tierProgramme = programmeOf({ tierDays: 30, tiers });
const codeAt = (rows: readonly Qualifying[], ms: number): string | undefined => tierAt(tierProgramme, rows, ms)?.code;
const rowsArbitrary = fc
  .array(fc.record({ day: fc.nat(60), amount: fc.integer({ min: 1, max: 200 }), back: fc.option(fc.nat(20)) }), {
    maxLength: 8,
  })
  .map((orders) =>
    orders.flatMap(({ day, amount, back }) => [
      { amountMinor: amount, countsAtMs: day * dayMs, knownAtMs: day * dayMs },
      ...(back === null ? [] : [{ amountMinor: -amount, countsAtMs: day * dayMs, knownAtMs: (day + back) * dayMs }]),
    ]),
  );

describe('a tier (T28)', () => {
  it('counts net money of the window; a return lowers it when grace has ended', () => {
    const order = { amountMinor: 350, countsAtMs: 0, knownAtMs: 0 };
    const back = { amountMinor: -300, countsAtMs: 0, knownAtMs: 3 * dayMs };
    expect(codeAt([order], 0)).toBe('gold');
    expect(netAt([order, back], 30, 3 * dayMs)).toBe(50);
    expect(codeAt([order, back], 3 * dayMs)).toBe('gold');
    expect(codeAt([order, back], 13 * dayMs - 1)).toBe('gold');
    expect(codeAt([order, back], 13 * dayMs)).toBe('base');
    expect(codeAt([order], 30 * dayMs + 10 * dayMs - 1)).toBe('gold');
    expect(codeAt([order], 30 * dayMs + 10 * dayMs)).toBe('base');
  });

  it('does not flap: what is returned and bought again within grace changes nothing', () => {
    const rows = [
      { amountMinor: 300, countsAtMs: 0, knownAtMs: 0 },
      { amountMinor: -300, countsAtMs: 0, knownAtMs: 2 * dayMs },
      { amountMinor: 300, countsAtMs: 9 * dayMs, knownAtMs: 9 * dayMs },
    ];
    for (let day = 0; day < 35; day += 1) expect(codeAt(rows, day * dayMs)).toBe('gold');
  });

  it('is lost only after the money was below it for all its days of grace, and never wrongly high', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.nat(120), (rows, day) => {
        const code = codeAt(rows, day * dayMs);
        const held = tiers.findIndex((tier) => tier.code === code);
        for (const [index, tier] of tiers.entries()) {
          const days = Array.from({ length: tier.graceDays + 1 }, (_, back) => day - back);
          const wasReached = days.some((one) => netAt(rows, 30, one * dayMs) >= tier.fromMinor);
          expect(held >= index).toBe(
            tiers.slice(index).some((above, at) => (at === 0 ? wasReached : held >= tiers.indexOf(above))),
          );
        }
      }),
    );
  });

  it('changes at no other moment than those that are looked at', () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        let lookMs = rows.reduce((last, row) => Math.max(last, row.knownAtMs), 0);
        let code = codeAt(rows, lookMs);
        for (let ms = lookMs; ms < 130 * dayMs; ms += dayMs / 2) {
          const next = nextLook(tierProgramme, rows, lookMs);
          if (next !== null && next <= ms) {
            lookMs = ms;
            code = codeAt(rows, ms);
          }
          expect(codeAt(rows, ms)).toBe(code);
        }
      }),
    );
    expect(reachDays(tierProgramme.settings)).toBe(41);
  });
});

describe('days', () => {
  it('begin at midnight of the time zone, over clock changes too (T24)', () => {
    expect(dayStart(new Date('2026-03-10T20:59:59Z'), 0, 'Europe/Moscow').toISOString()).toBe(
      '2026-03-09T21:00:00.000Z',
    );
    expect(dayStart(new Date('2026-03-10T21:00:00Z'), 1, 'Europe/Moscow').toISOString()).toBe(
      '2026-03-11T21:00:00.000Z',
    );
    // Berlin turns its clocks on 29 March 2026 and 25 October 2026.
    expect(dayStart(new Date('2026-03-28T12:00:00Z'), 1, 'Europe/Berlin').toISOString()).toBe(
      '2026-03-28T23:00:00.000Z',
    );
    expect(dayStart(new Date('2026-03-28T12:00:00Z'), 2, 'Europe/Berlin').toISOString()).toBe(
      '2026-03-29T22:00:00.000Z',
    );
    expect(dayStart(new Date('2026-10-25T12:00:00Z'), 0, 'Europe/Berlin').toISOString()).toBe(
      '2026-10-24T22:00:00.000Z',
    );
    expect(dayStart(new Date('2026-01-31T12:00:00Z'), 29, 'Asia/Vladivostok').toISOString()).toBe(
      '2026-02-28T14:00:00.000Z',
    );
  });

  it('of points are whole: they end with the last day', () => {
    const { settings } = programmeOf({ returnDays: 14, expiryDays: 30, timeZone: 'Europe/Moscow' });
    expect(lifeOf(settings, new Date('2026-03-01T12:00:00Z'))).toEqual({
      availableAt: new Date('2026-03-15T12:00:00Z'),
      expiresAt: new Date('2026-04-14T21:00:00Z'),
    });
    expect(lifeOf({ ...settings, expiryDays: null }, new Date(0)).expiresAt).toBeNull();
  });
});
