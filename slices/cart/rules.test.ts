import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from './idle.ts';
import type { Goods, Op, Row, RowLine } from './rules.ts';
import { apply, join, mostLines, noticeOf, without } from './rules.ts';

const variants = ['v1', 'v2', 'v3', 'v4', 'v5'];
const goods = new Map<string, Goods>(
  variants.map((id, index) => [id, { priceMinor: 100 * (index + 1), unit: 'piece', state: 'active' }]),
);
let count = 0;
const at = {
  customerId: 'a',
  goods,
  channel: 'web',
  atMs: 1,
  limits: { mostPieces: 999, mostGrams: 100_000 },
  newId: () => `id-${(count += 1)}`,
} as const;

function applied(rows: readonly Row[], ops: readonly Op[], more: Partial<typeof at> | object = {}): readonly Row[] {
  const result = apply(rows, ops, { ...at, ...more });
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value.rows;
}
const quantities = (rows: readonly Row[]): Record<string, number> =>
  Object.fromEntries(
    (join(rows)?.lines ?? [])
      .map((line) => [line.variantId, line.quantity] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );

const line = fc.record({
  id: fc.uuid(),
  variantId: fc.constantFrom(...variants),
  quantity: fc.integer({ min: 1, max: 50 }),
  channel: fc.constantFrom('web' as const, 'app' as const, 'shop' as const),
  addedAtMs: fc.integer({ min: 0, max: 5 }),
  seenPriceMinor: fc.integer({ min: 1, max: 1_000 }),
});
const rowOf = (customerId: string): fc.Arbitrary<Row> =>
  fc.record({
    customerId: fc.constant(customerId),
    id: fc.constant(`cart-${customerId}`),
    version: fc.integer({ min: 1, max: 9 }),
    lines: fc.uniqueArray(line, { selector: (one: RowLine) => one.variantId, maxLength: 5 }),
    coupons: fc.uniqueArray(fc.constantFrom('A', 'B', 'C')),
  });
const rows = fc.tuple(rowOf('a'), rowOf('b'), rowOf('c'));
const shuffled = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });

describe('joining carts', () => {
  it('gives the same in every order, and the same again when joined twice (T40)', () => {
    fc.assert(
      fc.property(rows, shuffled, (all, order) => {
        const other = order.map((index) => all[index]).filter((row) => row !== undefined);
        expect(join(other)).toEqual(join(all));
        expect(join([...all, ...other])).toEqual(join(all));
      }),
    );
  });

  it('loses no line: the same variant is one line with the sum (T40)', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const sums: Record<string, number> = {};
        for (const one of all.flatMap((row) => row.lines))
          sums[one.variantId] = (sums[one.variantId] ?? 0) + one.quantity;
        expect(quantities(all)).toEqual(sums);
        expect(new Set(join(all)?.coupons)).toEqual(new Set(all.flatMap((row) => row.coupons)));
      }),
    );
  });

  it('parts into what each id put in: additions after the merge go with the id that made them (T40)', () => {
    fc.assert(
      fc.property(rowOf('a'), rowOf('b'), fc.constantFrom(...variants), (a, b, variantId) => {
        const after = applied([a, b], [{ op: 'add', variantId, quantity: 2 }], { customerId: 'b' });
        expect(after.find((row) => row.customerId === 'a')).toEqual(a);
        expect(quantities(after.filter((row) => row.customerId === 'b'))).toEqual(
          quantities(applied([b], [{ op: 'add', variantId, quantity: 2 }], { customerId: 'b' })),
        );
      }),
    );
  });
});

const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    op: fc.constantFrom('add' as const, 'take' as const),
    variantId: fc.constantFrom(...variants),
    quantity: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ op: fc.constant('set' as const), variantId: fc.constantFrom(...variants), quantity: fc.nat(9) }),
  fc.record({ op: fc.constant('remove' as const), variantId: fc.constantFrom(...variants) }),
  fc.record({ op: fc.constantFrom('add-coupon' as const, 'remove-coupon' as const), code: fc.constantFrom('A', 'B') }),
  fc.constant({ op: 'clear' as const }),
);

describe('operations', () => {
  it('that add commute: whatever the order in which faces are heard, the cart is the same (D-01)', () => {
    const add = fc.record({
      op: fc.constant('add' as const),
      variantId: fc.constantFrom(...variants),
      quantity: fc.integer({ min: 1, max: 600 }),
    });
    fc.assert(
      fc.property(fc.array(add, { maxLength: 6 }), fc.nat(), (ops, seed) => {
        const other = ops.toSorted((one, two) => ((one.quantity * 31 + seed) % 7) - ((two.quantity * 31 + seed) % 7));
        expect(quantities(applied([], other))).toEqual(quantities(applied([], ops)));
      }),
    );
  });

  it('are taken back by their undo (D-01)', () => {
    fc.assert(
      fc.property(rows, fc.array(op, { minLength: 1, maxLength: 5 }), (all, ops) => {
        const done = apply(all, ops, at);
        if (!done.ok) throw new Error(done.refusal.code);
        const back = applied(done.value.rows, done.value.undo);
        expect(quantities(back)).toEqual(quantities(all));
        expect(new Set(join(back)?.coupons)).toEqual(new Set(join(all)?.coupons));
      }),
    );
  });

  it('raise the version exactly when they change something', () => {
    fc.assert(
      fc.property(rows, fc.array(op, { minLength: 1, maxLength: 5 }), (all, ops) => {
        const done = apply(all, ops, at);
        if (!done.ok) throw new Error(done.refusal.code);
        const grown = (join(done.value.rows)?.version ?? 0) - (join(all)?.version ?? 0);
        expect(grown).toBe(done.value.changed.length);
      }),
    );
  });

  it('cut a line to the most of the policy and say so', () => {
    const done = apply([], [{ op: 'add', variantId: 'v1', quantity: 5_000 }], at);
    expect(done).toMatchObject({ ok: true, value: { did: [{ op: 'add', quantity: 999, most: 999 }] } });
  });

  it('refuse what does not exist or is withdrawn, and do nothing then', () => {
    const withdrawn = new Map([...goods, ['v1', { priceMinor: 1, unit: 'piece', state: 'withdrawn' } as const]]);
    const code = (ops: readonly Op[], more: object = {}): string => {
      const result = apply([], ops, { ...at, ...more });
      return result.ok ? 'ok' : result.refusal.code;
    };
    expect(code([{ op: 'add', variantId: 'nothing', quantity: 1 }])).toBe('cart.unknown-variant');
    expect(code([{ op: 'add', variantId: 'v1', quantity: 1 }], { goods: withdrawn })).toBe('cart.withdrawn');
    const many = new Map(Array.from({ length: mostLines + 1 }, (_, index) => [`m${index}`, { priceMinor: 1, unit: 'piece', state: 'active' } as const])); // prettier-ignore
    const ops = [...many.keys()].map((variantId) => ({ op: 'add', variantId, quantity: 1 }) as const);
    expect(code(ops, { goods: many })).toBe('cart.full');
  });
});

describe('prices that changed', () => {
  const dearer = new Map([...goods, ['v1', { priceMinor: 150, unit: 'piece', state: 'active' } as const]]);
  const [row] = applied([], [{ op: 'add', variantId: 'v1', quantity: 1 }]);
  const seen = (all: readonly Row[]): number | undefined => join(all)?.lines[0]?.seenPriceMinor;

  it('are told until she acknowledges, or adds at the same face (T41)', () => {
    if (row === undefined) throw new Error('no row');
    const [held] = row.lines;
    if (held === undefined) throw new Error('no line');
    expect(noticeOf(held, dearer.get('v1'), null)).toMatchObject([
      { code: 'price-changed', fromMinor: 100, toMinor: 150 },
    ]);
    expect(seen(applied([row], [{ op: 'add', variantId: 'v1', quantity: 1 }], { goods: dearer, channel: 'app' }))).toBe(
      100,
    );
    expect(seen(applied([row], [{ op: 'set', variantId: 'v1', quantity: 0 }], { goods: dearer }))).toBe(undefined);
    expect(seen(applied([row], [{ op: 'add', variantId: 'v1', quantity: 1 }], { goods: dearer }))).toBe(150);
    expect(seen(applied([row], [{ op: 'acknowledge' }], { goods: dearer, channel: 'app' }))).toBe(150);
    expect(seen(applied([row], [{ op: 'acknowledge', variantIds: ['v2'] }], { goods: dearer }))).toBe(100);
  });

  it('and what lacks or is withdrawn is told too (T41)', () => {
    const held = { id: 'l', variantId: 'v1', quantity: 3, seenPriceMinor: 100 };
    expect(noticeOf(held, goods.get('v1'), 2)).toEqual([{ code: 'short', lineId: 'l', variantId: 'v1', available: 2 }]);
    expect(noticeOf(held, undefined, null)).toEqual([{ code: 'withdrawn', lineId: 'l', variantId: 'v1' }]);
    expect(noticeOf(held, goods.get('v1'), 3)).toEqual([]);
  });
});

it('keeps what was added while an order was placed', () => {
  const before = applied(
    [],
    [
      { op: 'add', variantId: 'v1', quantity: 2 },
      { op: 'add-coupon', code: 'A' },
    ],
  );
  const meanwhile = applied(before, [
    { op: 'add', variantId: 'v1', quantity: 1 },
    { op: 'add', variantId: 'v2', quantity: 1 },
  ]);
  const after = without(meanwhile, [{ variantId: 'v1', quantity: 2 }], 'a');
  expect(quantities(after)).toEqual({ v1: 1, v2: 1 });
  expect(after[0]?.coupons).toEqual([]);
});

it('judges a cart idle once a version, and an empty one never (D-02)', () => {
  const start = new Date('2026-11-21T12:00:00Z');
  const later = (minutes: number): Date => new Date(start.getTime() + minutes * 60_000);
  const lines = [{ id: 'l', variantId: 'v1', quantity: 1, channel: 'web', addedAtMs: 0, seenPriceMinor: 1 }] as const;
  const cart = { version: 3, lines, changedAt: start, idleVersion: null };
  expect(judge([cart], later(29), 30)).toEqual({ isIdle: false, lookAt: later(30), version: null });
  expect(judge([cart], later(30), 30)).toEqual({ isIdle: true, lookAt: null, version: 3 });
  expect(judge([{ ...cart, idleVersion: 3 }], later(60), 30).isIdle).toBe(false);
  expect(judge([{ ...cart, lines: [] }], later(60), 30)).toEqual({ isIdle: false, lookAt: null, version: null });
  expect(judge([cart, { ...cart, changedAt: later(20) }], later(31), 30).lookAt).toEqual(later(50));
});
