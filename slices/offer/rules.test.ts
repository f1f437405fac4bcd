import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Basket, BasketLine, Priced } from './basket.ts';
import { spreadWithin } from './apply.ts';
import type { KeptRule } from './compile.ts';
import { modes } from './contract.ts';
import type { Effect, Leaf, Match } from './contract.ts';
import { compileBook } from './rules.ts';
import { basket, idOf, kept, line } from './testing.ts';

const book = (rules: readonly KeptRule[], capBp = 10_000): ReturnType<typeof compileBook> =>
  compileBook({ revision: 1, rules, capBp });

const price = (rules: readonly KeptRule[], from: Basket): Priced => book(rules).price(from, { explain: true });

// ---- anything that may come

const minor = fc.integer({ min: 0, max: 500_000 });
const bp = fc.integer({ min: 1, max: 10_000 });
const smallId = fc.integer({ min: 1, max: 4 }).map(idOf);

const anyLine = fc
  .record({
    variantId: smallId,
    categoryIds: fc.uniqueArray(smallId, { maxLength: 2 }),
    brand: fc.constantFrom(null, 'Маяк', 'Заря'),
    unit: fc.constantFrom('piece' as const, 'piece' as const, 'weight' as const),
    quantity: fc.integer({ min: 1, max: 12 }),
    priceMinor: minor,
    minPriceMinor: fc.option(minor, { freq: 3 }),
    noDiscount: fc.boolean().map((one) => one),
  })
  .map((from) => ({ ...from, noDiscount: from.noDiscount && from.priceMinor % 5 === 0 }));

const anyBasket = fc
  .record({
    lines: fc.array(anyLine, { minLength: 1, maxLength: 8 }),
    shippingMinor: fc.constantFrom(0, 29_900),
    channel: fc.constantFrom('web' as const, 'shop' as const),
    known: fc.boolean(),
  })
  .map(({ lines, shippingMinor, channel, known }) =>
    basket(
      lines.map((from, index) =>
        line(`line-${index}`, { ...from, quantity: from.unit === 'weight' ? from.quantity * 137 : from.quantity }),
      ),
      {
        shippingMinor,
        channel,
        customer: known ? { ids: [idOf(9)], attributes: {}, groups: ['friends'], tier: 'gold' } : null,
      },
    ),
  );

const match: fc.Arbitrary<Match> = fc.oneof(
  fc.constant({}),
  smallId.map((id) => ({ variantIds: [id] })),
  smallId.map((id) => ({ categoryIds: [id] })),
  fc.constantFrom('Маяк', 'Заря').map((brand) => ({ brands: [brand] })),
  minor.map((min): Match => ({ priceMinor: { min }, except: { brands: ['Заря'] } })),
);

const effect: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({ kind: fc.constant('percent' as const), lines: match, bp }),
  fc.record({ kind: fc.constant('amount' as const), lines: match, unitMinor: minor }),
  fc.record({ kind: fc.constant('price' as const), lines: match, priceMinor: minor }),
  fc.record({
    kind: fc.constant('nth' as const),
    lines: match,
    every: fc.integer({ min: 2, max: 4 }),
    count: fc.constant(1),
    bp,
    pick: fc.constantFrom('cheapest' as const, 'each' as const),
  }),
  fc.record({
    kind: fc.constant('bundle' as const),
    items: fc.array(fc.record({ lines: match, quantity: fc.integer({ min: 1, max: 2 }) }), {
      minLength: 1,
      maxLength: 2,
    }),
    priceMinor: minor,
  }),
  fc.record({ kind: fc.constant('order-percent' as const), lines: match, bp }),
  fc.record({ kind: fc.constant('order-amount' as const), lines: match, amountMinor: minor }),
  fc.record({
    kind: fc.constant('steps' as const),
    lines: match,
    steps: fc.array(fc.record({ fromMinor: minor, bp }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('shipping' as const), bp }),
  fc.record({
    kind: fc.constant('gift' as const),
    variantId: smallId,
    quantity: fc.constant(1),
    worthMinor: fc.constant(0),
  }),
  fc.record({ kind: fc.constant('points' as const), multiplierBp: fc.constant(20_000), worthMinor: fc.constant(0) }),
);

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ kind: fc.constant('sum' as const), minMinor: minor }),
  fc.record({ kind: fc.constant('count' as const), min: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ kind: fc.constant('channel' as const), channels: fc.constant<'web'[]>(['web']) }),
  fc.record<Extract<Leaf, { kind: 'lines' }>>({
    kind: fc.constant('lines'),
    lines: match,
    minQuantity: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('customer' as const), tiers: fc.constant<string[]>(['gold']) }),
  fc.record({ kind: fc.constant('time' as const), weekdays: fc.constant<number[]>([5]) }),
);

const anyRule = fc.record({
  effects: fc.array(effect, { minLength: 1, maxLength: 2 }),
  of: fc.array(leaf, { maxLength: 2 }),
  priority: fc.integer({ min: 0, max: 3 }),
  mode: fc.constantFrom(...modes),
  group: fc.constantFrom('a', 'b'),
  caps: fc.oneof(fc.constant({}), fc.constant({}), fc.record({ orderMinor: minor }), fc.record({ lineMinor: minor })),
});
const rulesOf = (from: readonly (typeof anyRule extends fc.Arbitrary<infer T> ? T : never)[]): KeptRule[] =>
  from.map(({ of, ...rule }, index) => kept(index + 100, { ...rule, condition: { kind: 'all', of } }));
const anyRules = fc.array(anyRule, { maxLength: 8 }).map(rulesOf);

const floorOf = (one: BasketLine): number => {
  if (one.noDiscount) return one.sumMinor;
  const least = (one.minPriceMinor ?? 0) * (one.unit === 'weight' ? one.quantity / 1_000 : one.quantity);
  return Math.min(one.sumMinor, Math.round(least));
};

const brings = (priced: Priced): number => priced.discountMinor + priced.shippingDiscountMinor;
const runs = { numRuns: 3_000 };

describe('any rules and any basket', () => {
  it('adds up to the kopeck, and goes below no floor (T1, T2, T4; Saleor PR 18425)', () => {
    fc.assert(
      fc.property(anyRules, anyBasket, fc.integer({ min: 0, max: 10_000 }), (rules, from, capBp) => {
        const priced = book(rules, capBp).price(from);
        for (const [index, one] of priced.lines.entries()) {
          const of = from.lines[index];
          if (of === undefined) throw new Error('a line too many');
          expect(one.discounts.every(({ amountMinor }) => Number.isSafeInteger(amountMinor) && amountMinor > 0)).toBe(
            true,
          );
          expect(one.discountMinor).toBe(one.discounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0));
          expect(one.totalMinor).toBe(one.sumMinor - one.discountMinor);
          expect(one.totalMinor).toBeGreaterThanOrEqual(floorOf(of));
          expect(one.discountMinor).toBeLessThanOrEqual(Math.floor((of.sumMinor * capBp) / 10_000));
        }
        expect(priced.discountMinor).toBe(priced.lines.reduce((sum, one) => sum + one.discountMinor, 0));
        expect(priced.shippingDiscountMinor).toBeLessThanOrEqual(from.shippingMinor);
        expect(priced.totalMinor).toBe(
          priced.sumMinor - priced.discountMinor + priced.shippingMinor - priced.shippingDiscountMinor,
        );
        expect(priced.gifts.every(({ quantity }) => quantity > 0)).toBe(true);
      }),
      runs,
    );
  });

  it('does not depend on the order of rules or lines (T14), and explains itself the same way each time (T17)', () => {
    fc.assert(
      fc.property(anyRules, anyBasket, fc.infiniteStream(fc.nat()), (rules, from, chance) => {
        const shuffle = <T>(list: readonly T[]): T[] =>
          list
            .map((one) => ({ one, at: chance.next().value }))
            .toSorted((left, right) => left.at - right.at)
            .map(({ one }) => one);
        const priced = price(rules, from);
        expect(price(shuffle(rules), from)).toEqual(priced);
        const turned = price(rules, { ...from, lines: shuffle(from.lines) });
        const byId = (one: Priced): unknown => one.lines.toSorted((left, right) => (left.id < right.id ? -1 : 1));
        expect(byId(turned)).toEqual(byId(priced));
        expect(priced.why).toHaveLength(rules.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is not changed by a rule that does not fit (T15)', () => {
    fc.assert(
      fc.property(anyRules, anyRule, anyBasket, (rules, more, from) => {
        const [extra] = rulesOf([more]);
        if (extra === undefined) return;
        const stranger: KeptRule = {
          id: idOf(7),
          rule: {
            ...extra.rule,
            condition: { kind: 'all', of: [extra.rule.condition, { kind: 'channel', channels: ['mail'] }] },
          },
        };
        expect(book([...rules, stranger]).price(from)).toEqual(book(rules).price(from));
      }),
      { numRuns: 1_000 },
    );
  });

  it('never brings less than any single rule alone (T16)', () => {
    fc.assert(
      fc.property(anyRules, anyBasket, (rules, from) => {
        const priced = price(rules, from);
        for (const rule of rules) expect(brings(priced)).toBeGreaterThanOrEqual(brings(price([rule], from)));
      }),
      runs,
    );
  });

  it('keeps caps of a rule, and lets nothing beside an exclusive one', () => {
    fc.assert(
      fc.property(anyRules, anyBasket, (rules, from) => {
        const priced = price(rules, from);
        const byRule = new Map<string, number>();
        for (const { discounts } of priced.lines)
          for (const { ruleId, amountMinor } of discounts) byRule.set(ruleId, (byRule.get(ruleId) ?? 0) + amountMinor);
        const applied = priced.why.filter((one) => one.applied).map(({ ruleId }) => ruleId);
        for (const { id, rule } of rules) {
          expect(byRule.get(id) ?? 0).toBeLessThanOrEqual(rule.caps.orderMinor ?? Infinity);
          if (rule.mode === 'exclusive' && applied.includes(id)) expect(applied).toEqual([id]);
          const rivals = rules.filter((one) => one.rule.group === rule.group && one.rule.mode === 'best');
          expect(rivals.filter((one) => applied.includes(one.id)).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

it('spreads an amount exactly within the room of each line (T2)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ weight: minor, room: minor }), { minLength: 1, maxLength: 12 }),
      minor,
      (lines, amount) => {
        const rooms = lines.map(({ weight, room }) => Math.min(weight, room));
        const parts = spreadWithin(
          amount,
          lines.map(({ weight }) => weight),
          rooms,
        );
        const total = rooms.reduce((sum, one) => sum + one, 0);
        expect(parts.reduce((sum, one) => sum + one, 0)).toBe(Math.min(amount, total));
        for (const [at, part] of parts.entries()) {
          expect(part).toBeGreaterThanOrEqual(0);
          expect(part).toBeLessThanOrEqual(rooms[at] ?? 0);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});
