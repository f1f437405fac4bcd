import { share } from '@ruslo/kernel';
import { describe, expect, it } from 'vitest';
import type { Basket, BasketLine, Left, Priced } from './basket.ts';
import type { Effect, RuleInput } from './contract.ts';
import { maySet, normaliseCode, compileBook } from './rules.ts';
import { basket, idOf, kept, line } from './testing.ts';
import { localTime } from './view.ts';

type Input = Partial<RuleInput> & Pick<RuleInput, 'effects'>;

function price(rules: readonly Input[], lines: readonly BasketLine[], from: Partial<Basket> = {}): Priced {
  const book = compileBook({ revision: 1, capBp: 10_000, rules: rules.map((rule, index) => kept(index + 1, rule)) });
  return book.price(basket(lines, from), { explain: true });
}
const totals = (priced: Priced): number[] => priced.lines.map(({ totalMinor }) => totalMinor);
const off = (priced: Priced): number[] => priced.lines.map(({ discountMinor }) => discountMinor);
const codes = (priced: Priced): string[] => priced.why.map(({ code }) => code.replace('offer.why.', ''));
const only = (effect: RuleInput['effects'][number]): Input[] => [{ effects: [effect] }];

const phone = line('a', { priceMinor: 10_000, variantId: idOf(1), brand: 'Маяк' });
const cover = line('b', { priceMinor: 3_333, quantity: 3, variantId: idOf(2), categoryIds: [idOf(20)] });
const cheese = line('c', { priceMinor: 79_900, quantity: 345, unit: 'weight', variantId: idOf(3) });

describe('each effect', () => {
  it('takes a percentage, a sum of each unit, or sets the price, by grams too', () => {
    const lines = [phone, cover, cheese]; // 100.00, 99.99, 345 g at 799.00 a kilogram = 275.66
    expect(lines.map(({ sumMinor }) => sumMinor)).toEqual([10_000, 9_999, 27_566]);
    expect(off(price(only({ kind: 'percent', bp: 1_500 }), lines))).toEqual([1_500, 1_500, 4_135]);
    expect(off(price(only({ kind: 'amount', unitMinor: 1_000 }), lines))).toEqual([1_000, 3_000, 345]);
    expect(totals(price(only({ kind: 'price', priceMinor: 3_000 }), lines))).toEqual([3_000, 9_000, 1_035]);
    // A price that is higher than hers is no offer.
    expect(off(price(only({ kind: 'price', priceMinor: 99_000 }), lines))).toEqual([0, 0, 0]);
  });

  it('gives the cheapest of three for nothing, and each third in falling price', () => {
    const lines = [
      line('a', { priceMinor: 500, quantity: 2 }),
      line('b', { priceMinor: 400, quantity: 2 }),
      line('c', { priceMinor: 100, quantity: 2 }),
      { ...cheese, id: 'd' },
    ];
    expect(off(price(only({ kind: 'nth', every: 3 }), lines))).toEqual([0, 0, 200, 0]);
    expect(off(price(only({ kind: 'nth', every: 3, pick: 'each' }), lines))).toEqual([0, 400, 100, 0]);
    expect(off(price(only({ kind: 'nth', every: 3, pick: 'each', most: 1 }), lines))).toEqual([0, 400, 0, 0]);
    expect(off(price(only({ kind: 'nth', every: 2, bp: 5_000 }), lines.slice(0, 2)))).toEqual([0, 400]);
    expect(off(price(only({ kind: 'nth', every: 7 }), lines))).toEqual([0, 0, 0, 0]);
  });

  it('sells a set for its price, as often as there are whole sets', () => {
    const items = [
      { lines: { variantIds: [idOf(1)] }, quantity: 1 },
      { lines: { categoryIds: [idOf(20)] }, quantity: 2 },
    ];
    const set: Effect = { kind: 'bundle', items, priceMinor: 12_000 };
    const priced = price(only(set), [{ ...phone, quantity: 2, sumMinor: 20_000 }, cover]);
    expect(priced.totalMinor).toBe(12_000 + 10_000 + 3_333);
    expect(price(only(set), [phone]).discountMinor).toBe(0);
    expect(price(only({ ...set, priceMinor: 20_000 }), [phone, cover]).discountMinor).toBe(0);
  });

  it('spreads what it takes off the order over the lines exactly (T2)', () => {
    const lines = ['a', 'b', 'c'].map((id) => line(id, { priceMinor: 3_333 }));
    expect(off(price(only({ kind: 'order-amount', amountMinor: 1_000 }), lines))).toEqual([334, 333, 333]);
    expect(off(price(only({ kind: 'order-percent', bp: 1_000 }), lines))).toEqual([334, 333, 333]);
    expect(price(only({ kind: 'order-amount', amountMinor: 1_000_000 }), lines).totalMinor).toBe(0);
  });

  it('rises by steps, counted before discounts', () => {
    const steps: Effect = {
      kind: 'steps',
      steps: [
        { fromMinor: 500_000, bp: 500 },
        { fromMinor: 1_000_000, amountMinor: 100_000 },
      ],
    };
    const sums = (priceMinor: number): number =>
      price([{ effects: [steps] }, { effects: [{ kind: 'percent', bp: 1_000 }] }], [line('a', { priceMinor })])
        .discountMinor;
    expect(sums(499_999)).toBe(50_000);
    expect(sums(500_000)).toBe(50_000 + 22_500);
    expect(sums(1_000_000)).toBe(100_000 + 100_000);
  });

  it('carries shipping, gifts and points', () => {
    const rules: Input[] = [
      { effects: [{ kind: 'shipping', bp: 10_000 }] },
      { effects: [{ kind: 'gift', variantId: idOf(7), quantity: 1 }] },
      { effects: [{ kind: 'points', multiplierBp: 20_000 }] },
      { effects: [{ kind: 'points', multiplierBp: 30_000, extra: 50 }] },
    ];
    const priced = price(rules, [phone], { shippingMinor: 29_900 });
    expect(priced).toMatchObject({ shippingDiscountMinor: 29_900, totalMinor: 10_000, discountMinor: 0 });
    expect(priced.gifts).toEqual([{ variantId: idOf(7), quantity: 1, ruleId: idOf(2) }]);
    expect(priced.points).toEqual({ multiplierBp: 40_000, extra: 50, ruleIds: [idOf(3), idOf(4)] });
    expect(codes(price(rules, [phone]))[0]).toBe('lines');
  });
});

describe('floors and caps', () => {
  it('stops at the least price, and leaves what takes no discount (T4)', () => {
    const lines = [
      line('a', { priceMinor: 20_000, quantity: 2, minPriceMinor: 18_000 }),
      line('b', { priceMinor: 15_000, noDiscount: true }),
      line('c', { priceMinor: 1_000 }),
    ];
    expect(totals(price(only({ kind: 'percent', bp: 5_000 }), lines))).toEqual([36_000, 15_000, 500]);
    // What one line cannot give, the others give.
    expect(totals(price(only({ kind: 'order-amount', amountMinor: 4_500 }), lines))).toEqual([36_000, 15_000, 500]);
    const threshold: Input = {
      condition: { kind: 'sum', minMinor: 50_000 },
      effects: [{ kind: 'order-amount', amountMinor: 1_000 }],
    };
    // A gift card or a pack of cigarettes does not bring a basket over a threshold.
    expect(codes(price([threshold], lines))).toEqual(['sum']);
  });

  it('keeps the caps of a rule on a line and on the order', () => {
    const lines = [line('a', { priceMinor: 10_000 }), line('b', { priceMinor: 30_000 })];
    const half: Effect = { kind: 'percent', bp: 5_000 };
    expect(off(price([{ effects: [half], caps: { lineMinor: 6_000 } }], lines))).toEqual([5_000, 6_000]);
    expect(off(price([{ effects: [half], caps: { orderMinor: 1_001 } }], lines))).toEqual([250, 751]);
  });
});

describe('who may act', () => {
  it('lets the best of a group win, in the basket or on each line (T16)', () => {
    const lines = [phone, cover];
    const all: Input = { effects: [{ kind: 'percent', bp: 1_000 }], group: 'g' };
    const brand: Input = { effects: [{ kind: 'percent', lines: { brands: ['Маяк'] }, bp: 1_500 }], group: 'g' };
    expect(
      off(
        price(
          [
            { ...all, mode: 'best' },
            { ...brand, mode: 'best' },
          ],
          lines,
        ),
      ),
    ).toEqual([1_000, 1_000]);
    expect(
      off(
        price(
          [
            { ...all, mode: 'best-per-line' },
            { ...brand, mode: 'best-per-line' },
          ],
          lines,
        ),
      ),
    ).toEqual([1_500, 1_000]);
    expect(off(price([all, brand], lines))).toEqual([1_000 + 1_350, 1_000]);
  });

  it('lets an exclusive rule act alone, and only when that is the best (T16)', () => {
    const two: Input[] = [1, 2].map(() => ({ effects: [{ kind: 'percent', bp: 1_000 }] }));
    const alone = (bp: number): Input => ({ mode: 'exclusive', effects: [{ kind: 'percent', bp }] });
    expect(codes(price([...two, alone(2_000)], [phone]))).toEqual(['exclusive-better', 'exclusive-better', 'applied']);
    expect(codes(price([...two, alone(1_900)], [phone]))).toEqual(['applied', 'applied', 'together-better']);
  });

  it('judges hours by the clocks of the place, over midnight too', () => {
    expect(localTime(Date.parse('2026-11-20T22:30:00Z'), 'Europe/Moscow')).toEqual({ weekday: 6, minute: 90 });
    const night: Input = {
      condition: { kind: 'time', weekdays: [5], from: '22:00', until: '02:00' },
      effects: [{ kind: 'percent', bp: 1_000 }],
    };
    const at = (iso: string, timeZone = 'Europe/Moscow'): number =>
      price([night], [phone], { at: new Date(iso), timeZone }).discountMinor;
    expect(at('2026-11-20T19:00:00Z')).toBe(1_000); // Friday 22:00
    expect(at('2026-11-20T22:30:00Z')).toBe(1_000); // Saturday 01:30 is still Friday's night
    expect(at('2026-11-20T23:00:00Z')).toBe(0);
    expect(at('2026-11-20T19:00:00Z', 'Asia/Vladivostok')).toBe(0);
    expect(at('2026-11-19T19:00:00Z')).toBe(0);
  });

  it('begins and ends at its moments', () => {
    const rule: Input = {
      validFrom: '2026-11-20T00:00:00+03:00',
      validUntil: '2026-11-21T00:00:00+03:00',
      effects: [{ kind: 'percent', bp: 1_000 }],
    };
    const code = (iso: string): string | undefined => codes(price([rule], [phone], { at: new Date(iso) }))[0];
    expect(code('2026-11-19T20:59:59.999Z')).toBe('not-yet');
    expect(code('2026-11-19T21:00:00Z')).toBe('applied');
    expect(code('2026-11-20T21:00:00Z')).toBe('over');
  });

  it('asks who she is', () => {
    const rule: Input = {
      condition: {
        kind: 'all',
        of: [
          {
            kind: 'customer',
            tiers: ['gold'],
            groups: ['friends'],
            attributes: [{ key: 'city', op: 'in', value: ['Казань'] }],
          },
          { kind: 'not', of: { kind: 'channel', channels: ['shop'] } },
        ],
      },
      effects: [{ kind: 'percent', bp: 1_000 }],
    };
    const her = { ids: [], attributes: { city: 'Казань' }, groups: ['friends'], tier: 'gold' };
    const code = (customer: Basket['customer'], channel: Basket['channel'] = 'web'): string | undefined =>
      codes(price([rule], [phone], { customer, channel }))[0];
    expect(code(her)).toBe('applied');
    expect(code(null)).toBe('customer-unknown');
    expect(code({ ...her, tier: 'silver' })).toBe('tier');
    expect(code({ ...her, groups: [] })).toBe('group');
    expect(code({ ...her, attributes: {} })).toBe('attribute');
    expect(code(her, 'shop')).toBe('not');
  });

  it('takes a coupon or an offer only where it is needed', () => {
    const rule: Input = {
      condition: { kind: 'any', of: [{ kind: 'sum', minMinor: 20_000 }, { kind: 'grant' }, { kind: 'coupon' }] },
      effects: [{ kind: 'percent', bp: 1_000 }],
    };
    const held = {
      coupons: [{ code: 'A', ruleId: idOf(1), couponId: idOf(50) }],
      grants: [{ id: idOf(60), ruleId: idOf(1) }],
    };
    expect(price([rule], [phone], held)).toMatchObject({
      uses: [{ ruleId: idOf(1), grantId: idOf(60), amountMinor: 1_000 }],
      refusedCoupons: [{ code: 'A', why: 'offer.why.coupon-not-needed' }],
    });
    expect(price([rule], [phone], { coupons: held.coupons })).toMatchObject({
      lines: [{ discounts: [{ coupon: 'A' }] }],
      uses: [{ couponId: idOf(50) }],
      refusedCoupons: [],
    });
    expect(price([rule], [line('a', { priceMinor: 20_000 })], held).uses).toEqual([]);
  });

  it('promises nothing that is used up, and begins no discount that the budget cannot pay (T21)', () => {
    const rules: Input[] = [
      { limits: { uses: 5 }, effects: [{ kind: 'percent', bp: 1_000 }] },
      { limits: { budgetMinor: 5_000 }, mode: 'exclusive', effects: [{ kind: 'percent', bp: 5_000 }] },
      { limits: { perCustomer: 1 }, effects: [{ kind: 'percent', bp: 1_000 }] },
    ];
    const customer = { ids: [idOf(9)], attributes: {}, groups: [], tier: null };
    const left = (uses: number, budgetMinor: number, mine: number): ReadonlyMap<string, Left> =>
      new Map([
        [idOf(1), { uses }],
        [idOf(2), { budgetMinor }],
        [idOf(3), { mine }],
      ]);
    const tell = (from: Partial<Basket>): string[] => codes(price(rules, [phone], from));
    expect(tell({ customer, left: left(1, 5_000, 1) })).toEqual(['exclusive-better', 'applied', 'exclusive-better']);
    expect(tell({ customer, left: left(1, 4_999, 1) })).toEqual(['applied', 'no-budget', 'applied']);
    expect(tell({ customer, left: left(0, 0, 0) })).toEqual(['used-up', 'no-budget', 'used-by-you']);
    expect(tell({ left: left(1, 0, 1) })).toEqual(['applied', 'no-budget', 'customer-unknown']);
  });
});

describe('what others got wrong', () => {
  it('leaves a frozen discount alone when part of the order comes back (Vendure #4811, #5127)', () => {
    // 40 % off the order of three lines; each unit's part is a share of its own line, and stays what it was.
    const lines = [
      line('a', { priceMinor: 9_999, quantity: 3 }),
      line('b', { priceMinor: 101 }),
      line('c', { priceMinor: 77_700, quantity: 7 }),
    ];
    const priced = price(only({ kind: 'order-percent', bp: 4_000 }), lines);
    expect(priced.discountMinor).toBe(Math.round(priced.sumMinor * 0.4));
    for (const [index, { quantity }] of lines.entries()) {
      const { discountMinor = 0, sumMinor = 0 } = priced.lines[index] ?? {};
      const units = Array.from({ length: quantity }, (_, unit) => share(discountMinor, quantity, unit, 1));
      expect(units.reduce((sum, one) => sum + one, 0)).toBe(discountMinor);
      // Two of them come back: what the others have is still 40 % of their price, not 4 %.
      const kept = units.slice(2).reduce((sum, one) => sum + one, 0);
      if (quantity > 2) expect(kept / ((sumMinor / quantity) * (quantity - 2))).toBeCloseTo(0.4, 3);
    }
  });

  it('gives gifts beside other discounts without a price below nothing (Saleor PR 18425)', () => {
    const rules: Input[] = [
      { effects: [{ kind: 'gift', variantId: idOf(2), quantity: 1 }] },
      { effects: [{ kind: 'order-amount', amountMinor: 50_000 }] },
      { effects: [{ kind: 'amount', unitMinor: 40_000 }] },
    ];
    const priced = price(rules, [phone, cover]);
    expect(totals(priced)).toEqual([0, 0]);
    expect(priced.totalMinor).toBe(0);
    expect(priced.gifts).toHaveLength(1);
  });
});

it('reads a code as people type it', () => {
  expect(normaliseCode(' осень-2026 ')).toBe('ОСЕНЬ2026');
  expect(normaliseCode('Nov – 1b')).toBe('NOV1B');
});

it('knows the steps of a promotion’s life', () => {
  expect(maySet('draft', 'active') && maySet('active', 'paused') && maySet('paused', 'active')).toBe(true);
  expect(maySet('archived', 'active') || maySet('active', 'draft')).toBe(false);
});
