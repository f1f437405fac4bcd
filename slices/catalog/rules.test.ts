import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPrice } from './rules.ts';
import type { PriceEntry } from './rules.ts';
import { attributeKey, editDistance, fold, settleStem, slips, switchLayout, wordsOf } from './term.ts';
import type { PriceContext } from './variant.ts';

const entry = (from: Partial<PriceEntry>): PriceEntry => ({
  listId: 'a', priority: 0, currency: 'RUB', channels: [], customerGroups: [], fromMs: null, untilMs: null, priceMinor: 100, oldPriceMinor: null, ...from,
}); // prettier-ignore
const context = (atMs = 1_000, rest: Partial<PriceContext> = {}): PriceContext => ({ channel: 'web', customerGroups: [], at: new Date(atMs), ...rest }); // prettier-ignore

const someEntry = fc.record({
  listId: fc.constantFrom('a', 'b', 'c', 'd'),
  priority: fc.integer({ min: 0, max: 3 }),
  currency: fc.constant('RUB'),
  channels: fc.subarray(['web', 'app', 'shop'] as const),
  customerGroups: fc.subarray(['staff', 'vip']),
  fromMs: fc.option(fc.integer({ min: 0, max: 20 })),
  untilMs: fc.option(fc.integer({ min: 10, max: 40 })),
  priceMinor: fc.integer({ min: 0, max: 50 }),
  oldPriceMinor: fc.constant(null),
});

describe('which price applies', () => {
  it('does not depend on the order in which prices were loaded (T14)', () => {
    fc.assert(
      fc.property(fc.array(someEntry, { maxLength: 12 }), fc.integer({ min: 0, max: 45 }), fc.subarray(['staff', 'vip']), fc.infiniteStream(fc.nat()), (entries, atMs, customerGroups, chance) => {
        const asked = context(atMs, { customerGroups });
        const shuffled = entries.map((one) => ({ one, at: chance.next().value ?? 0 })).toSorted((a, b) => a.at - b.at).map(({ one }) => one);
        expect(applyPrice(shuffled, asked)?.price.priceMinor).toBe(applyPrice(entries, asked)?.price.priceMinor);
        expect(applyPrice(shuffled, asked)?.base.priceMinor).toBe(applyPrice(entries, asked)?.base.priceMinor);
      }),
    );
  }); // prettier-ignore

  it('is not changed by a price that does not apply (T15)', () => {
    const asked = context();
    const own = [entry({}), entry({ listId: 'web', priority: 5, channels: ['web'], priceMinor: 90 })];
    for (const other of [{ channels: ['app'] as const }, { customerGroups: ['vip'] }, { fromMs: 1_001 }, { untilMs: 1_000 }])
      expect(applyPrice([...own, entry({ listId: 'x', priority: 9, priceMinor: 1, ...other })], asked)?.price.priceMinor).toBe(90);
  }); // prettier-ignore

  it('takes priority first, then the latest start, then the id', () => {
    const early = entry({ listId: 'b', priority: 1, fromMs: 10, priceMinor: 80 });
    const late = entry({ listId: 'c', priority: 1, fromMs: 20, priceMinor: 85 });
    expect(applyPrice([entry({}), early, late], context())?.price).toBe(late);
    const twin = entry({ listId: 'a', priority: 1, fromMs: 20, priceMinor: 99 });
    expect(applyPrice([late, twin], context())?.price).toBe(twin);
    expect(applyPrice([late, entry({ listId: 'z', priority: 2, priceMinor: 200 })], context())?.price.listId).toBe('z');
  });

  it('tells the price everywhere beside a deviation, and nothing where nothing is priced', () => {
    const applied = applyPrice([entry({ priceMinor: 100 }), entry({ listId: 'w', priority: 1, channels: ['web'], priceMinor: 120 })], context()); // prettier-ignore
    expect([applied?.price.priceMinor, applied?.base.priceMinor]).toEqual([120, 100]);
    expect(applyPrice([entry({ fromMs: 2_000 })], context())).toBeUndefined();
  });
});

describe('words', () => {
  it.each([
    ['самсунг', 'samsung'], ['филипс', 'philips'], ['бош', 'bosch'], ['хуавей', 'huawei'], ['канон', 'canon'], ['лего', 'lego'], ['макбук', 'macbook'],
    ['джбл', 'jbl'], ['галакси', 'galaxy'], ['ксерокс', 'xerox'], ['электролюкс', 'electrolux'], ['рибок', 'reebok'], ['экко', 'ecco'], ['кружка', 'krujka'],
  ])('%s sounds as %s', (one, other) => expect(fold(one)).toBe(fold(other))); // prettier-ignore

  it('reads the other layout both ways', () => {
    expect(switchLayout('fqajy')).toBe('айфон');
    expect(switchLayout('ыфьыгтп')).toBe('samsung');
    expect(wordsOf(switchLayout('xt[jk'))).toEqual(['чехол']);
  });

  it('parts numbers from letters, and drops the vowel that comes and goes', () => {
    expect(wordsOf('WH-1000XM5, 256ГБ Ёлка й')).toEqual(['wh', '1000', 'xm', '5', '256', 'гб', 'елка', 'й']);
    expect(settleStem('чехол')).toBe('чехл');
    expect(settleStem('кружек')).toBe('кружк');
    expect(settleStem('дом')).toBe('дом');
  });

  it('lists every spelling one slip away, and only those', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abdefghijklmnoprstuvz'), minLength: 3, maxLength: 8 });
    fc.assert(fc.property(word, (one) => slips(one).every((other) => editDistance(one, other, 2) === 1)));
    expect(slips('samsung')).toEqual(expect.arrayContaining(['samsun', 'samusng', 'samsunk', 'samssung']));
  });

  it('makes a key of what a feed calls an attribute', () => {
    expect(attributeKey('Объём памяти, ГБ')).toBe('obem-pamiati-gb');
    expect(attributeKey('—')).toBe('');
  });
});
