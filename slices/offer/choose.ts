import type { Compiled } from './compile.ts';
import { gainOf } from './gain.ts';
import type { Gain } from './gain.ts';
import type { Mask } from './apply.ts';
import type { View } from './view.ts';

/** Which of the rules that fit may act, and on which lines. */

export interface Planned {
  readonly rule: Compiled;
  readonly mask: Mask;
}

/** Who had to stand back, and for whom. */
export interface Chosen {
  readonly plan: readonly Planned[];
  readonly lost: ReadonlyMap<Compiled, { readonly code: string; readonly to: Compiled | undefined }>;
}

const better = (one: { rule: Compiled; total: number }, other: { rule: Compiled; total: number }): number =>
  other.total - one.total || other.rule.priority - one.rule.priority || (one.rule.id < other.rule.id ? -1 : 1);

/**
 * In a group the most for the customer wins: line by line among rules of mode `best-per-line` whose parts are separable,
 * as a whole for all others. A whole one displaces what it overlaps only if it brings more, so a group never brings less
 * than any one of its rules alone.
 * @param rules sorted by priority
 */
function settleGroup(
  view: View,
  rules: readonly Compiled[],
  lost: Map<Compiled, { code: string; to: Compiled | undefined }>,
): Planned[] {
  if (rules.length === 1) return rules.map((rule) => ({ rule, mask: undefined }));
  const gains = rules.map((rule): { rule: Compiled; total: number; gain: Gain } => {
    const gain = gainOf(rule, view);
    return { rule, gain, total: gain.total };
  });
  const slots = view.lines.length + 1; // the last: what is not about lines
  const owners = new Array<Compiled | undefined>(slots);
  const bests = new Array<number>(slots).fill(0);
  const isPart = (rule: Compiled): boolean => rule.mode === 'best-per-line' && rule.isSeparable;
  for (const { rule, gain } of gains) {
    if (!isPart(rule)) continue;
    for (let slot = 0; slot < slots; slot += 1) {
      const amount = gain.slots[slot] ?? 0;
      if (gain.touches[slot] !== true || (owners[slot] !== undefined && amount <= (bests[slot] ?? 0))) continue;
      owners[slot] = rule;
      bests[slot] = amount;
    }
  }
  for (const { rule, gain, total } of gains.filter(({ rule }) => !isPart(rule)).toSorted(better)) {
    const covers = (slot: number): boolean => rule.mode === 'best' || gain.touches[slot] === true;
    let displaced = 0;
    let isTaken = false;
    for (let slot = 0; slot < slots; slot += 1) {
      if (!covers(slot)) continue;
      const owner = owners[slot];
      displaced += bests[slot] ?? 0;
      if (owner !== undefined && !isPart(owner)) isTaken = true;
    }
    const isFree = owners.every((owner, slot) => owner === undefined || !covers(slot));
    if (isTaken || (total <= displaced && !isFree)) continue;
    for (let slot = 0; slot < slots; slot += 1) {
      if (!covers(slot)) continue;
      owners[slot] = rule;
      // Its gain is counted once, at the first slot that it holds.
      bests[slot] = gain.touches[slot] === true ? (gain.slots[slot] ?? 0) : 0;
    }
  }
  return rules.flatMap((rule): Planned[] => {
    const mask = owners.map((owner) => owner === rule);
    if (mask.includes(true)) return [{ rule, mask: isPart(rule) ? mask : undefined }];
    lost.set(rule, { code: 'offer.why.group-better', to: owners.find((owner) => owner !== undefined) });
    return [];
  });
}

/**
 * Exclusive rules act alone: the best of them against all others together.
 * @param rules those whose conditions hold, sorted by priority
 * @param totalOf what a plan brings the customer
 */
export function choose(view: View, rules: readonly Compiled[], totalOf: (plan: readonly Planned[]) => number): Chosen {
  const lost = new Map<Compiled, { code: string; to: Compiled | undefined }>();
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
  for (const group of groups.values()) plan.push(...settleGroup(view, group, lost));
  const best = exclusives.map((rule) => ({ rule, total: gainOf(rule, view).total })).toSorted(better)[0];
  if (best === undefined) return { plan, lost };
  const together = plan.length === 0 ? -1 : totalOf(plan);
  if (best.total > together) {
    for (const rule of rules)
      if (rule !== best.rule) lost.set(rule, { code: 'offer.why.exclusive-better', to: best.rule });
    return { plan: [{ rule: best.rule, mask: undefined }], lost };
  }
  for (const rule of exclusives) lost.set(rule, { code: 'offer.why.together-better', to: undefined });
  return { plan, lost };
}
