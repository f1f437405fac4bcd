import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fulfilmentStep, isFinal, nextFulfilmentStates, openUnits, orderStateBy, readHandOut } from './fulfil-rules.ts';
import type { Progress } from './fulfil-rules.ts';
import { leave, nextStates, taking } from './rules.ts';
import type { LineSums, OrderState } from './rules.ts';
import type { FulfilmentLineRow, FulfilmentState } from './store.ts';

const states: readonly FulfilmentState[] = [
  'planned',
  'waiting',
  'picking',
  'ready',
  'trying',
  'shipped',
  'done',
  'cancelled',
];

const part = (more: Partial<FulfilmentLineRow> = {}): FulfilmentLineRow => ({
  lineNo: 1,
  quantity: 2,
  picked: 0,
  taken: 0,
  refused: 0,
  notFound: 0,
  cancelled: 0,
  ...more,
});
const progress = (state: FulfilmentState, more: Partial<Progress> = {}): Progress => ({
  state,
  away: false,
  lines: [part(state === 'done' ? { taken: 2 } : {})],
  ...more,
});

describe('steps of a fulfilment', () => {
  it('go by the table and end (T42)', () => {
    for (const from of states)
      for (const to of states) expect(fulfilmentStep(from, to).ok).toBe(nextFulfilmentStates(from).includes(to));
    for (const state of states) expect(nextFulfilmentStates(state).length === 0).toBe(isFinal(state));
  });

  it('lead the order only where its own table lets it go (T42)', () => {
    const start = fc.integer({ min: 1, max: 4 });
    const acts = fc.array(fc.tuple(fc.nat(3), fc.nat(7)), { maxLength: 30 });
    fc.assert(
      fc.property(start, acts, (count, told) => {
        let parcels = Array.from({ length: count }, () => progress('waiting'));
        let state: OrderState = 'confirmed';
        for (const [which, choice] of told) {
          const parcel = parcels[which % count];
          const next = parcel === undefined ? [] : nextFulfilmentStates(parcel.state);
          const to = next[choice % Math.max(1, next.length)];
          // A parcel that is shipped to a customer does not become ready again.
          if (parcel === undefined || to === undefined || (parcel.state === 'shipped' && to === 'ready')) continue;
          parcels = parcels.map((one) => (one === parcel ? progress(to) : one));
          const after = orderStateBy(parcels, false);
          if (after !== state) {
            expect(nextStates(state)).toContain(after);
            state = after;
          }
        }
      }),
    );
  });

  it('count a parcel that lies packed elsewhere as being picked', () => {
    expect(orderStateBy([progress('ready'), progress('ready', { away: true })], false)).toBe('picking');
    expect(orderStateBy([progress('ready'), progress('done')], false)).toBe('ready');
    expect(orderStateBy([progress('cancelled')], false)).toBe('cancelled');
    expect(orderStateBy([progress('cancelled')], true)).toBe('completed');
  });
});

describe('a hand-out', () => {
  it('says of every unit whether it was taken: taken + refused + not found + cancelled = ordered (T39)', () => {
    const count = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(count, count, count, count, (taken, refused, notFound, cancelled) => {
        fc.pre(taken + refused + notFound + cancelled > 0);
        const line = part({ quantity: taken + refused + notFound + cancelled, notFound, cancelled });
        expect(openUnits(line)).toBe(taken + refused);
        expect(readHandOut([line], [{ lineNo: 1, taken, refused }]).ok).toBe(true);
        expect(readHandOut([line], [{ lineNo: 1, taken: taken + 1, refused }]).ok).toBe(false);
        expect(readHandOut([line], undefined)).toMatchObject({ ok: true });
      }),
    );
    expect(readHandOut([part()], [{ lineNo: 2, taken: 2, refused: 0 }]).ok).toBe(false);
  });
});

describe('units', () => {
  it('that are taken, refused and brought back have disjoint numbers, so receipts and refunds are the line (T3, T6)', () => {
    const acts = fc.array(fc.tuple(fc.constantFrom('take', 'withdraw', 'return'), fc.integer({ min: 1, max: 5 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(100_000), acts, (quantity, totalMinor, told) => {
        let line: LineSums = {
          quantity,
          taken: 0,
          withdrawn: 0,
          returned: 0,
          totalMinor,
          sumMinor: totalMinor,
          discountMinor: 0,
          pointsSpent: 0,
          pointsMinor: 0,
          pointsEarned: 0,
        };
        let [settled, refused, returned] = [0, 0, 0];
        for (const [act, count] of told) {
          if (act === 'take') {
            const taken = Math.min(count, quantity - line.taken - line.withdrawn);
            if (taken <= 0) continue;
            settled += taking(line, taken).moneyMinor;
            line = { ...line, taken: line.taken + taken };
            continue;
          }
          const left = leave(line, count, act === 'withdraw' ? 'withdrawn' : 'returned');
          if (!left.ok) continue;
          if (act === 'withdraw') {
            refused += left.value.moneyMinor;
            line = { ...line, withdrawn: line.withdrawn + count };
          } else {
            returned += left.value.moneyMinor;
            line = { ...line, returned: line.returned + count };
          }
          expect(returned).toBeLessThanOrEqual(settled);
        }
        if (line.taken + line.withdrawn === quantity) expect(settled + refused).toBe(totalMinor);
        if (line.taken === line.returned) expect(returned).toBe(settled);
      }),
    );
  });
});
