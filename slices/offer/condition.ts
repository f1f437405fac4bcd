import type { Why } from './basket.ts';
import type { Condition, Leaf } from './contract.ts';
import { testAttribute } from './match.ts';
import type { MatchTable } from './match.ts';
import { unitsOf } from './view.ts';
import type { View } from './view.ts';

/** Conditions become functions that say why not, or nothing when they hold. */

export interface Keys {
  readonly coupon: boolean;
  readonly grant: boolean;
}
export type Check = (view: View, keys: Keys) => Why | undefined;

const why = (code: string, params?: Why['params']): Why =>
  params === undefined ? { code: `offer.why.${code}` } : { code: `offer.why.${code}`, params };

// The cheap ones first: most rules fail by one of them, and the rest is never reckoned.
const costs: Readonly<Record<Condition['kind'], number>> = {
  channel: 0,
  place: 1,
  coupon: 2,
  grant: 2,
  sum: 3,
  count: 3,
  customer: 4,
  time: 5,
  lines: 6,
  not: 7,
  any: 8,
  all: 8,
};

export function compileCondition(condition: Condition, table: MatchTable): Check {
  switch (condition.kind) {
    case 'all': {
      const checks = condition.of
        .toSorted((one, other) => costs[one.kind] - costs[other.kind])
        .map((one) => compileCondition(one, table));
      return (view, keys) => {
        for (const check of checks) {
          const reason = check(view, keys);
          if (reason !== undefined) return reason;
        }
        return undefined;
      };
    }
    case 'any': {
      const checks = condition.of.map((one) => compileCondition(one, table));
      return (view, keys) => {
        let first: Why | undefined;
        for (const check of checks) {
          const reason = check(view, keys);
          if (reason === undefined) return undefined;
          first ??= reason;
        }
        return first;
      };
    }
    case 'not': {
      const check = compileCondition(condition.of, table);
      const reason = why('not');
      return (view, keys) => (check(view, keys) === undefined ? reason : undefined);
    }
    case 'lines':
      return compileLines(condition, table);
    case 'time':
      return compileTime(condition);
    case 'customer':
      return compileCustomer(condition);
    case 'channel':
    case 'place':
    case 'sum':
    case 'count':
    case 'coupon':
    case 'grant':
      return compileSimple(condition);
  }
}

type LeafOf<Kind extends Leaf['kind']> = Extract<Leaf, { kind: Kind }>;

function compileSimple(leaf: LeafOf<'sum' | 'count' | 'place' | 'channel' | 'coupon' | 'grant'>): Check {
  switch (leaf.kind) {
    case 'sum': {
      const { minMinor = 0, maxMinor = Number.MAX_SAFE_INTEGER } = leaf;
      return ({ sumMinor }) => {
        if (sumMinor < minMinor) return why('sum', { minMinor, missingMinor: minMinor - sumMinor });
        return sumMinor > maxMinor ? why('sum-over', { maxMinor }) : undefined;
      };
    }
    case 'count': {
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = leaf;
      return ({ count }) =>
        count < min
          ? why('count', { min, missing: min - count })
          : count > max
            ? why('count-over', { max })
            : undefined;
    }
    case 'place': {
      const places = new Set(leaf.placeIds);
      const reason = why('place');
      return ({ basket }) => (basket.placeId !== null && places.has(basket.placeId) ? undefined : reason);
    }
    case 'channel': {
      const channels = new Set<string>(leaf.channels);
      const reason = why('channel');
      return ({ basket }) => (channels.has(basket.channel) ? undefined : reason);
    }
    case 'coupon': {
      const reason = why('coupon');
      return (_view, keys) => (keys.coupon ? undefined : reason);
    }
    case 'grant': {
      const reason = why('grant');
      return (_view, keys) => (keys.grant ? undefined : reason);
    }
  }
}

function compileLines(leaf: LeafOf<'lines'>, table: MatchTable): Check {
  const match = table.add(leaf.lines);
  const { minQuantity = 1, minWeightG = 0, minSumMinor = 0 } = leaf;
  const reason = why('lines');
  const isPlain = minQuantity === 1 && minWeightG === 0 && minSumMinor === 0;
  return (view) => {
    const places = view.linesOf(match);
    if (places.length === 0) return reason;
    if (isPlain) return undefined;
    let quantity = 0;
    let weightG = 0;
    let sumMinor = 0;
    for (const place of places) {
      const line = view.lines[place];
      if (line === undefined) continue;
      quantity += unitsOf(line);
      if (line.unit === 'weight') weightG += line.quantity;
      sumMinor += line.sumMinor;
    }
    if (quantity < minQuantity) return why('lines-quantity', { min: minQuantity, missing: minQuantity - quantity });
    if (weightG < minWeightG) return why('lines-weight', { minG: minWeightG, missingG: minWeightG - weightG });
    if (sumMinor < minSumMinor)
      return why('lines-sum', { minMinor: minSumMinor, missingMinor: minSumMinor - sumMinor });
    return undefined;
  };
}

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

function compileTime(leaf: LeafOf<'time'>): Check {
  const days = leaf.weekdays === undefined ? undefined : new Set(leaf.weekdays);
  const from = leaf.from === undefined ? 0 : minuteOf(leaf.from);
  const until = leaf.until === undefined ? 1_440 : minuteOf(leaf.until);
  const reason = why('time');
  return (view) => {
    const { weekday, minute } = view.localTime(leaf.timeZone);
    const isOver = until <= from; // over midnight: what is after it still belongs to the day before
    const inWindow = isOver ? minute >= from || minute < until : minute >= from && minute < until;
    const day = isOver && minute < until ? ((weekday + 5) % 7) + 1 : weekday;
    return inWindow && (days === undefined || days.has(day)) ? undefined : reason;
  };
}

function compileCustomer(leaf: LeafOf<'customer'>): Check {
  const { known, attributes = [] } = leaf;
  const tiers = leaf.tiers === undefined ? undefined : new Set(leaf.tiers);
  const groups = leaf.groups === undefined ? undefined : new Set(leaf.groups);
  const needsSomebody = tiers !== undefined || groups !== undefined || attributes.length > 0;
  return ({ basket: { customer } }) => {
    if (customer === null) return known === true || needsSomebody ? why('customer-unknown') : undefined;
    if (known === false) return why('customer-known');
    if (tiers !== undefined && (customer.tier === null || !tiers.has(customer.tier))) return why('tier');
    if (groups !== undefined && !customer.groups.some((group) => groups.has(group))) return why('group');
    const failed = attributes.find((test) => !testAttribute(customer.attributes[test.key], test));
    return failed === undefined ? undefined : why('attribute', { key: failed.key });
  };
}

/** Does some part of the condition say this? */
export function mentions(condition: Condition, holds: (leaf: Leaf) => boolean): boolean {
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some((one) => mentions(one, holds));
  return condition.kind === 'not' ? mentions(condition.of, holds) : holds(condition);
}
