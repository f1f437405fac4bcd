import { mulDiv, spread } from '@ruslo/kernel';
import type { Effect } from './contract.ts';
import type { MatchTable } from './match.ts';
import { divisorOf, unitsOf } from './view.ts';
import type { View } from './view.ts';

/** Effects become functions that say how much each line loses, given what is left of the lines. */

/** What the lines still cost while rules are applied; never below the floors. */
export interface Rest {
  readonly minor: number[];
  shippingMinor: number;
}

export const restOf = (view: View): Rest => ({
  minor: view.lines.map((line) => line.sumMinor),
  shippingMinor: view.basket.shippingMinor,
});

/** Which lines a rule may touch; undefined = all. */
export type Mask = readonly boolean[] | undefined;

/** Place of a line and what it loses. */
export type Cut = readonly [place: number, amountMinor: number];

export type Phase = 'line' | 'order' | 'shipping' | 'extra';

export interface Action {
  readonly phase: Phase;
  /** Each line's part depends on that line alone. */
  readonly isSeparable: boolean;
  /** Lines that it may take something off; undefined for what is not about lines. */
  readonly matches: readonly number[] | undefined;
  cuts(view: View, rest: Rest, mask: Mask): Cut[];
  /** The sum of the cuts on all lines, where that is quicker to tell than the cuts. */
  total?(view: View, rest: Rest): number;
  readonly effect: Effect;
}

const room = (view: View, rest: Rest, place: number): number =>
  Math.max(0, (rest.minor[place] ?? 0) - (view.floors[place] ?? 0));

const allowed = (places: readonly number[], mask: Mask): readonly number[] =>
  mask === undefined ? places : places.filter((place) => mask[place] === true);

/**
 * Splits an amount over lines by what they cost, by largest remainder, ties to the earlier line id. A line gives no more
 * than its room; what it cannot give, the others give.
 */
export function spreadWithin(amountMinor: number, weights: readonly number[], rooms: readonly number[]): number[] {
  const total = rooms.reduce((left, right) => left + right, 0);
  if (amountMinor >= total) return [...rooms];
  let parts = spread(amountMinor, weights);
  for (;;) {
    const over = parts.reduce((sum, part, at) => sum + Math.max(0, part - (rooms[at] ?? 0)), 0);
    if (over === 0) return parts;
    const clipped = parts.map((part, at) => Math.min(part, rooms[at] ?? 0));
    // Only who has room left takes part in the next round; each round fills one line at least.
    const open = clipped.map((part, at) => (part < (rooms[at] ?? 0) ? Math.max(1, weights[at] ?? 0) : 0));
    const more = spread(over, open);
    parts = clipped.map((part, at) => part + (more[at] ?? 0));
  }
}

function perLine(
  match: number,
  effect: Effect,
  amountOf: (view: View, place: number, restMinor: number) => number,
): Action {
  return {
    phase: 'line',
    isSeparable: true,
    matches: [match],
    effect,
    cuts(view, rest, mask) {
      const cuts: Cut[] = [];
      for (const place of allowed(view.linesOf(match), mask)) {
        const amount = Math.min(amountOf(view, place, rest.minor[place] ?? 0), room(view, rest, place));
        if (amount > 0) cuts.push([place, amount]);
      }
      return cuts;
    },
  };
}

function wholeOrder(
  match: number,
  effect: Effect,
  amountOf: (baseMinor: number, beforeMinor: number) => number,
): Action {
  const wholeAmount = (view: View, rest: Rest, places: readonly number[]): number =>
    amountOf(
      sumOf(places, (place) => rest.minor[place] ?? 0),
      sumOf(places, (place) => view.lines[place]?.sumMinor ?? 0),
    );
  return {
    phase: 'order',
    isSeparable: false,
    matches: [match],
    effect,
    cuts(view, rest, mask) {
      const places = allowed(view.linesOf(match), mask);
      const amount = wholeAmount(view, rest, places);
      if (amount <= 0) return [];
      const weights = places.map((place) => rest.minor[place] ?? 0);
      const rooms = places.map((place) => room(view, rest, place));
      return pair(places, spreadWithin(amount, weights, rooms));
    },
    total(view, rest) {
      const places = view.linesOf(match);
      const amount = wholeAmount(view, rest, places);
      return amount <= 0
        ? 0
        : Math.min(
            amount,
            sumOf(places, (place) => room(view, rest, place)),
          );
    },
  };
}

function sumOf(places: readonly number[], amountOf: (place: number) => number): number {
  let sum = 0;
  for (const place of places) sum += amountOf(place);
  return sum;
}

const pair = (places: readonly number[], amounts: readonly number[]): Cut[] =>
  places.flatMap((place, at): Cut[] => {
    const amount = amounts[at] ?? 0;
    return amount > 0 ? [[place, amount]] : [];
  });

/** Pieces of the matched lines, dearest first. */
function pieces(view: View, places: readonly number[]): number[] {
  const price = (place: number): number => view.lines[place]?.priceMinor ?? 0;
  return places
    .filter((place) => view.lines[place]?.unit === 'piece')
    .toSorted((one, other) => price(other) - price(one) || one - other);
}

const piecesAt = (view: View, place: number): number => {
  const line = view.lines[place];
  return line === undefined ? 0 : unitsOf(line);
};

function nth(match: number, effect: Extract<Effect, { kind: 'nth' }>): Action {
  return {
    phase: 'line',
    isSeparable: false,
    matches: [match],
    effect,
    cuts(view, rest, mask) {
      const places = pieces(view, allowed(view.linesOf(match), mask));
      const total = places.reduce((sum, place) => sum + piecesAt(view, place), 0);
      const rounds = Math.floor(total / effect.every);
      const most = Math.min(rounds * effect.count, effect.most ?? Number.MAX_SAFE_INTEGER);
      if (most === 0) return [];
      const cuts: Cut[] = [];
      let passed = 0;
      for (const place of places) {
        const from = passed;
        passed += piecesAt(view, place);
        const off = effect.pick === 'cheapest' ? tail(from, passed, total, most) : each(from, passed, effect, most);
        if (off === 0) continue;
        // What so many of its pieces cost by now, after what other rules took off.
        const cost = mulDiv(rest.minor[place] ?? 0, off, passed - from, 'down');
        const amount = Math.min(mulDiv(cost, effect.bp, 10_000), room(view, rest, place));
        if (amount > 0) cuts.push([place, amount]);
      }
      return cuts.toSorted((one, other) => one[0] - other[0]);
    },
  };
}

/** How many of the pieces from … until are among the last `most` of `total`. */
const tail = (from: number, until: number, total: number, most: number): number =>
  Math.max(0, until - Math.max(from, total - most));

/** How many of the pieces from … until are the last `count` of a full `every`, of at most `most` in all. */
function each(from: number, until: number, { every, count }: { every: number; count: number }, most: number): number {
  const upTo = (end: number): number =>
    Math.min(most, Math.floor(end / every) * count + Math.max(0, (end % every) - (every - count)));
  return upTo(until) - upTo(from);
}

function bundle(matches: readonly number[], effect: Extract<Effect, { kind: 'bundle' }>): Action {
  return {
    phase: 'line',
    isSeparable: false,
    matches,
    effect,
    cuts(view, rest, mask) {
      const orders = matches.map((match) => pieces(view, allowed(view.linesOf(match), mask)));
      const left = new Map(orders.flat().map((place) => [place, piecesAt(view, place)]));
      const off = new Map<number, number>();
      for (let set = 0; set < (effect.most ?? mostSets); set += 1) {
        const picked = pickSet(orders, effect.items, left);
        if (picked === undefined) break;
        const places = [...picked.keys()].toSorted((one, other) => one - other);
        const costs = places.map((place) => costOf(view, rest, place, picked.get(place) ?? 0));
        const amount = costs.reduce((sum, cost) => sum + cost, 0) - effect.priceMinor;
        // The sets come dearest first: from the first that is cheaper without the rule on, the rest are too.
        if (amount <= 0) break;
        const rooms = places.map((place, at) =>
          Math.min(costs[at] ?? 0, room(view, rest, place) - (off.get(place) ?? 0)),
        );
        for (const [place, part] of pair(places, spreadWithin(amount, costs, rooms)))
          off.set(place, (off.get(place) ?? 0) + part);
        for (const [place, count] of picked) left.set(place, (left.get(place) ?? 0) - count);
      }
      return [...off].toSorted((one, other) => one[0] - other[0]);
    },
  };
}

const mostSets = 1_000;

const costOf = (view: View, rest: Rest, place: number, count: number): number =>
  mulDiv(rest.minor[place] ?? 0, count, piecesAt(view, place), 'down');

/** The dearest pieces that make one set, by line; undefined when there is no whole set left. */
function pickSet(
  orders: readonly (readonly number[])[],
  items: readonly { readonly quantity: number }[],
  left: ReadonlyMap<number, number>,
): Map<number, number> | undefined {
  const picked = new Map<number, number>();
  for (const [at, order] of orders.entries()) {
    let missing = items[at]?.quantity ?? 0;
    for (const place of order) {
      const count = Math.min(missing, (left.get(place) ?? 0) - (picked.get(place) ?? 0));
      if (count > 0) picked.set(place, (picked.get(place) ?? 0) + count);
      missing -= Math.max(0, count);
      if (missing === 0) break;
    }
    if (missing > 0) return undefined;
  }
  return picked;
}

const noCuts = (): Cut[] => [];

function highestStep(effect: Extract<Effect, { kind: 'steps' }>): (base: number, before: number) => number {
  const steps = effect.steps.toSorted((one, other) => other.fromMinor - one.fromMinor);
  return (base, before) => {
    const step = steps.find(({ fromMinor }) => before >= fromMinor);
    if (step === undefined) return 0;
    return step.bp === undefined ? (step.amountMinor ?? 0) : mulDiv(base, step.bp, 10_000);
  };
}

export function compileEffect(effect: Effect, table: MatchTable): Action {
  switch (effect.kind) {
    case 'percent':
      return perLine(table.add(effect.lines ?? {}), effect, (_view, _place, rest) => mulDiv(rest, effect.bp, 10_000));
    case 'amount':
      return perLine(table.add(effect.lines ?? {}), effect, (view, place) => {
        const line = view.lines[place];
        return line === undefined ? 0 : mulDiv(effect.unitMinor, line.quantity, divisorOf(line));
      });
    case 'price':
      return perLine(table.add(effect.lines ?? {}), effect, (view, place, rest) => {
        const line = view.lines[place];
        return line === undefined ? 0 : rest - mulDiv(effect.priceMinor, line.quantity, divisorOf(line));
      });
    case 'nth':
      return nth(table.add(effect.lines ?? {}), effect);
    case 'bundle':
      return bundle(
        effect.items.map((item) => table.add(item.lines)),
        effect,
      );
    case 'order-percent':
      return wholeOrder(table.add(effect.lines ?? {}), effect, (base) => mulDiv(base, effect.bp, 10_000));
    case 'order-amount':
      return wholeOrder(table.add(effect.lines ?? {}), effect, () => effect.amountMinor);
    case 'steps':
      return wholeOrder(table.add(effect.lines ?? {}), effect, highestStep(effect));
    case 'shipping':
      return { phase: 'shipping', isSeparable: true, matches: undefined, effect, cuts: noCuts };
    case 'gift':
    case 'points':
      return { phase: 'extra', isSeparable: true, matches: undefined, effect, cuts: noCuts };
  }
}

/** What an effect on shipping takes off what shipping still costs. */
export function shippingCut(effect: Effect, restMinor: number): number {
  if (effect.kind !== 'shipping') return 0;
  return Math.min(
    restMinor,
    effect.bp === undefined ? (effect.amountMinor ?? 0) : mulDiv(restMinor, effect.bp, 10_000),
  );
}
