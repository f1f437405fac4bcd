import { spread } from '@ruslo/kernel';
import { restOf, shippingCut } from './apply.ts';
import type { Cut, Mask, Phase, Rest } from './apply.ts';
import type { Compiled } from './compile.ts';
import type { View } from './view.ts';

/** What a rule has given so far, for its caps. */
export interface Given {
  readonly lines: Map<number, number>;
  totalMinor: number;
}

/** What a rule takes off the lines in one phase, within its caps; `rest` and `given` are moved on. */
export function takeOff(rule: Compiled, phase: Phase, view: View, rest: Rest, mask: Mask, given: Given): void {
  for (const action of rule.actions) {
    if (action.phase !== phase) continue;
    for (const [place, amountMinor] of capped(rule, action.cuts(view, rest, mask), given)) {
      rest.minor[place] = (rest.minor[place] ?? 0) - amountMinor;
      given.lines.set(place, (given.lines.get(place) ?? 0) + amountMinor);
      given.totalMinor += amountMinor;
    }
  }
}

function capped(rule: Compiled, cuts: readonly Cut[], given: Given): readonly Cut[] {
  const { lineMinor, orderMinor } = rule.caps;
  if (lineMinor === undefined && orderMinor === undefined) return cuts;
  const byLine =
    lineMinor === undefined
      ? cuts
      : cuts.map(([place, amount]): Cut => [
          place,
          Math.max(0, Math.min(amount, lineMinor - (given.lines.get(place) ?? 0))),
        ]);
  const total = byLine.reduce((sum, [, amount]) => sum + amount, 0);
  const most = orderMinor === undefined ? total : Math.max(0, orderMinor - given.totalMinor);
  if (total <= most) return byLine.filter(([, amount]) => amount > 0);
  const parts = spread(
    most,
    byLine.map(([, amount]) => amount),
  );
  return byLine.flatMap(([place], at): Cut[] => {
    const part = parts[at] ?? 0;
    return part > 0 ? [[place, part]] : [];
  });
}

/** What a rule takes off shipping, within its cap. */
export function takeOffShipping(rule: Compiled, rest: Rest, given: Given): number {
  let taken = 0;
  for (const action of rule.actions) {
    const most = rule.caps.orderMinor === undefined ? Infinity : Math.max(0, rule.caps.orderMinor - given.totalMinor);
    const cut = Math.min(shippingCut(action.effect, rest.shippingMinor), most);
    rest.shippingMinor -= cut;
    given.totalMinor += cut;
    taken += cut;
  }
  return taken;
}

/** What a rule brings the customer when it acts alone. */
export interface Gain {
  readonly total: number;
  /** By line; each line at most once. */
  readonly cuts: readonly Cut[];
  /** On shipping, and what gifts and points are said to be worth. */
  readonly extra: number;
}

export const worthOf = (rule: Compiled): number =>
  rule.actions.reduce(
    (sum, { effect }) => sum + (effect.kind === 'gift' || effect.kind === 'points' ? effect.worthMinor : 0),
    0,
  );

/** Gains are asked for again and again while rules are weighed; each is reckoned once a basket. */
export class Gains {
  readonly #view: View;
  readonly #untouched: Rest;
  readonly #gains = new Map<Compiled, Gain>();
  readonly #totals = new Map<Compiled, number>();

  constructor(view: View) {
    this.#view = view;
    this.#untouched = restOf(view);
  }

  of(rule: Compiled): Gain {
    let gain = this.#gains.get(rule);
    if (gain === undefined) {
      gain = this.#reckon(rule);
      this.#gains.set(rule, gain);
    }
    return gain;
  }

  total(rule: Compiled): number {
    const [action] = rule.actions;
    if (rule.actions.length > 1 || action?.total === undefined || rule.caps.lineMinor !== undefined)
      return this.of(rule).total;
    let total = this.#totals.get(rule);
    if (total === undefined) {
      // Not yet spread over the lines, which takes most of the time.
      total = Math.min(action.total(this.#view, this.#untouched), rule.caps.orderMinor ?? Infinity);
      this.#totals.set(rule, total);
    }
    return total;
  }

  #reckon(rule: Compiled): Gain {
    const [action] = rule.actions;
    const worth = worthOf(rule);
    if (rule.actions.length === 1 && action?.matches !== undefined) {
      const given = { lines: new Map<number, number>(), totalMinor: 0 };
      const cuts = capped(rule, action.cuts(this.#view, this.#untouched, undefined), given);
      return { total: cuts.reduce((sum, [, amount]) => sum + amount, 0), cuts, extra: 0 };
    }
    const rest = restOf(this.#view);
    const given: Given = { lines: new Map(), totalMinor: 0 };
    for (const phase of ['line', 'order'] as const) takeOff(rule, phase, this.#view, rest, undefined, given);
    const extra = takeOffShipping(rule, rest, given) + worth;
    return { total: given.totalMinor + worth, cuts: [...given.lines], extra };
  }
}
