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
export function takeOff(rule: Compiled, phase: Phase, view: View, rest: Rest, mask: Mask, given: Given): Cut[] {
  const taken: Cut[] = [];
  for (const action of rule.actions) {
    if (action.phase !== phase) continue;
    for (const [place, amountMinor] of capped(rule, action.cuts(view, rest, mask), given)) {
      rest.minor[place] = (rest.minor[place] ?? 0) - amountMinor;
      given.lines.set(place, (given.lines.get(place) ?? 0) + amountMinor);
      given.totalMinor += amountMinor;
      taken.push([place, amountMinor]);
    }
  }
  return taken;
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
  /** By line, and in the last place what is not about lines. */
  readonly slots: readonly number[];
  /** Where it would act, even if it brings nothing there that counts as money. */
  readonly touches: readonly boolean[];
}

export const worthOf = (rule: Compiled): number =>
  rule.actions.reduce(
    (sum, { effect }) => sum + (effect.kind === 'gift' || effect.kind === 'points' ? effect.worthMinor : 0),
    0,
  );

export function gainOf(rule: Compiled, view: View): Gain {
  const rest = restOf(view);
  const given: Given = { lines: new Map(), totalMinor: 0 };
  const slots = new Array<number>(view.lines.length + 1).fill(0);
  const touches = new Array<boolean>(view.lines.length + 1).fill(false);
  for (const phase of ['line', 'order'] as const)
    for (const [place, amount] of takeOff(rule, phase, view, rest, undefined, given)) {
      slots[place] = (slots[place] ?? 0) + amount;
      touches[place] = true;
    }
  const extra = takeOffShipping(rule, rest, given) + worthOf(rule);
  slots[view.lines.length] = extra;
  touches[view.lines.length] = rule.actions.some(({ matches }) => matches === undefined);
  return { total: given.totalMinor + worthOf(rule), slots, touches };
}
