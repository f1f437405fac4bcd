import { inOrder } from './compile.ts';
import type { Compiled } from './compile.ts';
import type { Gains } from './gain.ts';
import type { Cut, Mask } from './apply.ts';
import type { View } from './view.ts';

/** Which of the rules that fit may act, and on which lines. */

export interface Planned {
  readonly rule: Compiled;
  readonly mask: Mask;
}

export interface Lost {
  readonly code: string;
  readonly to: Compiled | undefined;
}

/** Who had to stand back, and for whom. */
export interface Chosen {
  readonly plan: readonly Planned[];
  readonly lost: ReadonlyMap<Compiled, Lost>;
}

const better = (one: { rule: Compiled; total: number }, other: { rule: Compiled; total: number }): number =>
  other.total - one.total || other.rule.priority - one.rule.priority || (one.rule.id < other.rule.id ? -1 : 1);

/**
 * In a group the most for the customer wins: line by line among rules of mode `best-per-line` whose parts are separable,
 * as a whole for all others. A whole one displaces what it overlaps only if it brings more, so a group never brings less
 * than any one of its rules alone.
 * @param rules sorted by priority
 */
function settleGroup(view: View, gains: Gains, rules: readonly Compiled[], lost: Map<Compiled, Lost>): Planned[] {
  if (rules.length === 1) return rules.map((rule) => ({ rule, mask: undefined }));
  const extraSlot = view.lines.length; // what is not about lines
  const owners = Array.from({ length: extraSlot + 1 }, (): Compiled | undefined => undefined);
  const bests = Array.from({ length: extraSlot + 1 }, () => 0);
  const slotsOf = (rule: Compiled): readonly Cut[] => {
    const { cuts, extra } = gains.of(rule);
    return rule.hasExtras || extra > 0 ? [...cuts, [extraSlot, extra]] : cuts;
  };
  for (const rule of rules) {
    if (!isPart(rule)) continue;
    for (const [slot, amount] of slotsOf(rule)) {
      if (owners[slot] !== undefined && amount <= (bests[slot] ?? 0)) continue;
      owners[slot] = rule;
      bests[slot] = amount;
    }
  }
  const wholes = rules.filter((rule) => !isPart(rule)).map((rule) => ({ rule, total: gains.total(rule) }));
  for (const { rule, total } of wholes.toSorted(better)) {
    if (total === 0 && !rule.hasExtras) continue;
    const covered = rule.mode === 'best' ? owners.map((_, slot) => slot) : slotsOf(rule).map(([slot]) => slot);
    let displaced = 0;
    let rivals = 0;
    let isTaken = false;
    for (const slot of covered) {
      const owner = owners[slot];
      if (owner === undefined) continue;
      rivals += 1;
      displaced += bests[slot] ?? 0;
      isTaken ||= !isPart(owner);
    }
    if (isTaken || (rivals > 0 && total <= displaced)) continue;
    for (const slot of covered) {
      owners[slot] = rule;
      bests[slot] = 0;
    }
    for (const [slot, amount] of slotsOf(rule)) bests[slot] = amount;
    if (rule.mode === 'best') break; // it holds everything
  }
  const winner = owners.find((owner) => owner !== undefined);
  const masks = new Map<Compiled, boolean[]>();
  for (const [slot, owner] of owners.entries()) {
    if (owner === undefined) continue;
    const mask = masks.get(owner) ?? owners.map(() => false);
    mask[slot] = true;
    masks.set(owner, mask);
  }
  return rules.flatMap((rule): Planned[] => {
    const mask = masks.get(rule);
    if (mask !== undefined) return [{ rule, mask: isPart(rule) ? mask : undefined }];
    lost.set(rule, gains.total(rule) > 0 ? { code: 'offer.why.group-better', to: winner } : nothingLeft);
    return [];
  });
}

const nothingLeft: Lost = { code: 'offer.why.nothing-left', to: undefined };

/** A group may part its lines among such rules. */
const isPart = (rule: Compiled): boolean => rule.mode === 'best-per-line' && rule.isSeparable;

/**
 * Exclusive rules act alone: the best of them against all others together. Nor do the others together bring less than
 * one of them would alone, which happens by a kopeck, when one rule is rounded on what another has left.
 * @param rules those whose conditions hold, sorted by priority
 * @param totalOf what a plan brings the customer
 */
export function choose(
  view: View,
  gains: Gains,
  rules: readonly Compiled[],
  totalOf: (plan: readonly Planned[]) => number,
): Chosen {
  const lost = new Map<Compiled, Lost>();
  const groups = new Map<string, Compiled[]>();
  const exclusives: Compiled[] = [];
  const plan: Planned[] = [];
  for (const rule of rules) {
    if (rule.mode === 'exclusive') exclusives.push(rule);
    else if (rule.group === null || rule.mode === 'stacks') plan.push({ rule, mask: undefined });
    else {
      const group = groups.get(rule.group);
      if (group === undefined) groups.set(rule.group, [rule]);
      else group.push(rule);
    }
  }
  for (const group of groups.values()) plan.push(...settleGroup(view, gains, group, lost));
  plan.sort((one, other) => inOrder(one.rule, other.rule));
  const together = plan.length === 0 ? -1 : totalOf(plan);
  const single =
    plan.length < 2
      ? undefined
      : bestOf(
          gains,
          plan.map(({ rule }) => rule),
        );
  const exclusive = bestOf(gains, exclusives);
  const most = Math.max(together, single?.total ?? -1);
  if (exclusive !== undefined && exclusive.total > most) {
    const why = { code: 'offer.why.exclusive-better', to: exclusive.rule };
    for (const rule of rules) if (rule !== exclusive.rule) lost.set(rule, why);
    return { plan: [{ rule: exclusive.rule, mask: undefined }], lost };
  }
  for (const rule of exclusives) lost.set(rule, { code: 'offer.why.together-better', to: undefined });
  if (single === undefined || single.total <= together) return { plan, lost };
  // It alone on the lines; what the others give beside them, a gift or the shipping, they still give.
  const beside = [...view.lines.map(() => false), true];
  const kept = plan.flatMap((planned): Planned[] => {
    const { rule, mask } = planned;
    if (rule === single.rule) return [{ rule, mask: undefined }];
    if (rule.givesBeside && (mask === undefined || mask.at(-1) === true)) return [{ rule, mask: beside }];
    lost.set(rule, { code: 'offer.why.exclusive-better', to: single.rule });
    return [];
  });
  return { plan: kept, lost };
}

const bestOf = (gains: Gains, rules: readonly Compiled[]): { rule: Compiled; total: number } | undefined => {
  let best: { rule: Compiled; total: number } | undefined;
  for (const rule of rules) {
    const one = { rule, total: gains.total(rule) };
    if (best === undefined || better(one, best) < 0) best = one;
  }
  return best;
};
