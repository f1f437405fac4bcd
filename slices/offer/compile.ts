import type { Basket, Left, Why } from './basket.ts';
import { compileEffect } from './apply.ts';
import type { Action } from './apply.ts';
import { compileCondition, mentions } from './condition.ts';
import type { Check } from './condition.ts';
import type { Rule } from './contract.ts';
import { MatchTable } from './match.ts';
import type { View } from './view.ts';

/** A rule as the store keeps it, ready to compile. */
export interface KeptRule {
  readonly id: string;
  readonly rule: Rule;
}

export interface Compiled {
  readonly id: string;
  readonly name: string;
  readonly priority: number;
  readonly mode: Rule['mode'];
  readonly group: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly check: Check;
  readonly asksCoupon: boolean;
  readonly asksGrant: boolean;
  readonly actions: readonly Action[];
  /** All that it does to lines, it does to each by itself: a group may part its lines among such rules. */
  readonly isSeparable: boolean;
  /** It gives gifts or points. */
  readonly hasExtras: boolean;
  /** It gives something that is not about lines: those, or shipping. */
  readonly givesBeside: boolean;
  readonly caps: Rule['caps'];
  readonly isLimited: boolean;
  readonly isLimitedByCustomer: boolean;
}

export interface CompiledBook {
  readonly rules: readonly Compiled[];
  readonly table: MatchTable;
  readonly asksCustomer: boolean;
  readonly asksGrants: boolean;
}

/** By priority, then by id: the order in which rules were loaded means nothing. */
export const inOrder = (
  one: { readonly id: string; readonly priority: number },
  other: { readonly id: string; readonly priority: number },
): number => other.priority - one.priority || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);

export function compile(kept: readonly KeptRule[]): CompiledBook {
  const table = new MatchTable();
  const rules = kept.map((one) => compileRule(one, table)).toSorted(inOrder);
  const asksCustomer = kept.some(({ rule }) =>
    mentions(
      rule.condition,
      (leaf) =>
        leaf.kind === 'customer' &&
        (leaf.attributes !== undefined || leaf.groups !== undefined || leaf.tiers !== undefined),
    ),
  );
  const asksGrants = kept.some(({ rule }) => mentions(rule.condition, (leaf) => leaf.kind === 'grant'));
  return { rules, table, asksCustomer, asksGrants };
}

function compileRule({ id, rule }: KeptRule, table: MatchTable): Compiled {
  const { condition, limits } = rule;
  const actions = rule.effects.map((effect) => compileEffect(effect, table));
  return {
    id,
    name: rule.name,
    priority: rule.priority,
    mode: rule.mode,
    group: rule.group,
    fromMs: rule.validFrom === null ? -Infinity : Date.parse(rule.validFrom),
    untilMs: rule.validUntil === null ? Infinity : Date.parse(rule.validUntil),
    check: compileCondition(condition, table),
    asksCoupon: mentions(condition, (leaf) => leaf.kind === 'coupon'),
    asksGrant: mentions(condition, (leaf) => leaf.kind === 'grant'),
    actions,
    isSeparable: rule.caps.orderMinor === undefined && actions.every((action) => action.isSeparable),
    hasExtras: actions.some((action) => action.phase === 'extra'),
    givesBeside: actions.some((action) => action.matches === undefined),
    caps: rule.caps,
    isLimited: limits.uses !== undefined || limits.perCustomer !== undefined || limits.budgetMinor !== undefined,
    isLimitedByCustomer: limits.perCustomer !== undefined,
  };
}

/** The coupon or the personal offer with which a rule acts; it takes neither when it fits without. */
export interface Keyed {
  readonly coupon: boolean;
  readonly grant: boolean;
}

const nothing: Keyed = { coupon: false, grant: false };

/** Does the rule fit this basket? With which keys, or why not. */
export function fits(rule: Compiled, view: View): { readonly keys: Keyed } | { readonly why: Why } {
  if (view.atMs < rule.fromMs) return { why: { code: 'offer.why.not-yet' } };
  if (view.atMs >= rule.untilMs) return { why: { code: 'offer.why.over' } };
  const short = rule.isLimited ? shortage(rule, view.basket) : undefined;
  if (short !== undefined) return { why: short };
  let why: Why | undefined;
  for (const keys of keysFor(rule, view)) {
    why = rule.check(view, keys);
    if (why === undefined) return actsOnSomething(rule, view) ? { keys } : { why: { code: 'offer.why.lines' } };
  }
  return { why: why ?? { code: 'offer.why.lines' } };
}

/** What the rule may come with, the cheapest for the customer first. */
function keysFor(rule: Compiled, view: View): readonly Keyed[] {
  const coupon = rule.asksCoupon && view.couponsByRule.has(rule.id);
  const grant = rule.asksGrant && view.grantsByRule.has(rule.id);
  if (!coupon && !grant) return [nothing];
  return [
    nothing,
    ...(grant ? [{ coupon: false, grant: true }] : []),
    ...(coupon ? [{ coupon: true, grant: false }] : []),
    ...(coupon && grant ? [{ coupon: true, grant: true }] : []),
  ];
}

function shortage(rule: Compiled, basket: Basket): Why | undefined {
  // Who is not known cannot be counted.
  if (rule.isLimitedByCustomer && basket.customer === null) return { code: 'offer.why.customer-unknown' };
  const left: Left | undefined = basket.left?.get(rule.id);
  if (left === undefined) return undefined;
  if (left.uses !== undefined && left.uses <= 0) return { code: 'offer.why.used-up' };
  if (left.mine !== undefined && left.mine <= 0) return { code: 'offer.why.used-by-you' };
  if (left.budgetMinor !== undefined && left.budgetMinor <= 0) return { code: 'offer.why.no-budget' };
  return undefined;
}

const actsOnSomething = (rule: Compiled, view: View): boolean =>
  rule.actions.some(({ matches, phase }) =>
    matches === undefined
      ? phase !== 'shipping' || view.basket.shippingMinor > 0
      : matches.some((match) => view.linesOf(match).length > 0),
  );
