import type { Basket, Book, Discount, HeldCoupon, Priced, PricedLine, Why } from './basket.ts';
import { restOf } from './apply.ts';
import { choose } from './choose.ts';
import type { Planned } from './choose.ts';
import { compile, fits } from './compile.ts';
import type { Compiled, CompiledBook, KeptRule, Keyed } from './compile.ts';
import type { RuleState } from './contract.ts';
import { Gains, takeOff, takeOffShipping, worthOf } from './gain.ts';
import type { Given } from './gain.ts';
import { viewOf } from './view.ts';
import type { View } from './view.ts';

/** The compiled engine: no clock, no chance, no database. The same basket at the same moment has the same price. */

export interface BookFrom {
  readonly revision: number;
  readonly rules: readonly KeptRule[];
  /** No line gets more than this share off. */
  readonly capBp: number;
}

export function compileBook({ revision, rules, capBp }: BookFrom): Book {
  const compiled = compile(rules);
  return {
    revision,
    asksCustomer: compiled.asksCustomer,
    asksGrants: compiled.asksGrants,
    limitedRuleIds: compiled.rules.filter((rule) => rule.isLimited).map((rule) => rule.id),
    price: (basket, options) => price(compiled, capBp, basket, options?.explain === true),
  };
}

/** What one rule did to the basket. */
interface Act {
  readonly rule: Compiled;
  readonly given: Given;
  shippingMinor: number;
}

/** Line effects of all rules first, then those on the order, then shipping: each phase by priority. */
function carryOut(view: View, plan: readonly Planned[]): Act[] {
  const rest = restOf(view);
  const acts = plan.map(({ rule, mask }) => ({
    rule,
    mask,
    given: { lines: new Map<number, number>(), totalMinor: 0 },
    shippingMinor: 0,
  }));
  for (const phase of ['line', 'order'] as const)
    for (const { rule, mask, given } of acts) takeOff(rule, phase, view, rest, mask, given);
  for (const act of acts) {
    if (act.mask !== undefined && act.mask.at(-1) !== true) continue;
    act.shippingMinor = takeOffShipping(act.rule, rest, act.given);
  }
  return acts;
}

/** Does a rule with this mask also give what is not about lines? In a group another one may. */
const givesExtras = ({ mask }: Planned): boolean => mask === undefined || mask.at(-1) === true;

function price(book: CompiledBook, capBp: number, basket: Basket, explain: boolean): Priced {
  const view = viewOf(basket, book.table, capBp);
  const reasons = new Map<Compiled, Why>();
  const keys = new Map<Compiled, Keyed>();
  for (const rule of book.rules) {
    const fit = fits(rule, view);
    if ('keys' in fit) keys.set(rule, fit.keys);
    else reasons.set(rule, fit.why);
  }
  const gains = new Gains(view);
  let plan: readonly Planned[];
  let acts: readonly Act[];
  for (;;) {
    const tries = new Map<readonly Planned[], readonly Act[]>();
    const chosen = choose(view, gains, [...keys.keys()], (tried) => {
      const outcome = carryOut(view, tried);
      tries.set(tried, outcome);
      return outcome.reduce((sum, act) => sum + act.given.totalMinor, 0) + sumWorth(tried);
    });
    plan = chosen.plan;
    acts = tries.get(plan) ?? carryOut(view, plan);
    // What a budget cannot pay in full, it does not begin; the others are then weighed anew.
    const broke = acts.filter(
      ({ rule, given }) => given.totalMinor > (basket.left?.get(rule.id)?.budgetMinor ?? Infinity),
    );
    for (const { rule } of broke) {
      keys.delete(rule);
      reasons.set(rule, { code: 'offer.why.no-budget' });
    }
    if (broke.length > 0) continue;
    for (const [rule, { code, to }] of chosen.lost)
      reasons.set(rule, to === undefined ? { code } : { code, params: { name: to.name } });
    break;
  }
  return settle({ book, view, plan, acts, keys, reasons, explain });
}

const sumWorth = (plan: readonly Planned[]): number =>
  plan.reduce((sum, planned) => sum + (givesExtras(planned) ? worthOf(planned.rule) : 0), 0);

interface Settling {
  readonly book: CompiledBook;
  readonly view: View;
  readonly plan: readonly Planned[];
  readonly acts: readonly Act[];
  readonly keys: ReadonlyMap<Compiled, Keyed>;
  readonly reasons: Map<Compiled, Why>;
  readonly explain: boolean;
}

function settle({ book, view, plan, acts, keys, reasons, explain }: Settling): Priced {
  const { basket } = view;
  const discounts = new Map<string, Discount[]>();
  const gifts: { variantId: string; quantity: number; ruleId: string }[] = [];
  const points = { multiplierBp: 10_000, extra: 0, ruleIds: [] as string[] };
  const uses: { ruleId: string; couponId?: string; grantId?: string; amountMinor: number }[] = [];
  const usedCodes = new Set<string>();
  const applied = new Set<Compiled>();
  let shippingDiscountMinor = 0;
  for (const [at, act] of acts.entries()) {
    const { rule, given } = act;
    const planned = plan[at];
    const extras = planned !== undefined && givesExtras(planned) ? addExtras(rule, gifts, points) : 0;
    if (given.totalMinor === 0 && extras === 0) {
      reasons.set(rule, { code: 'offer.why.nothing-left' });
      continue;
    }
    applied.add(rule);
    const key = keys.get(rule);
    const coupon = key?.coupon === true ? view.couponsByRule.get(rule.id) : undefined;
    const couponId = coupon?.couponId ?? null;
    const grantId = key?.grant === true ? view.grantsByRule.get(rule.id) : undefined;
    if (coupon !== undefined) usedCodes.add(coupon.code);
    shippingDiscountMinor += act.shippingMinor;
    for (const [place, amountMinor] of given.lines) {
      const id = view.lines[place]?.id ?? '';
      const list = discounts.get(id) ?? [];
      if (list.length === 0) discounts.set(id, list);
      list.push({
        ruleId: rule.id,
        name: rule.name,
        amountMinor,
        ...(coupon === undefined ? {} : { coupon: coupon.code }),
        ...(grantId === undefined ? {} : { grantId }),
      });
    }
    if (rule.isLimited || coupon !== undefined || grantId !== undefined)
      uses.push({
        ruleId: rule.id,
        ...(couponId === null ? {} : { couponId }),
        ...(grantId === undefined ? {} : { grantId }),
        amountMinor: given.totalMinor,
      });
  }
  const lines = basket.lines.map((line): PricedLine => {
    const list = discounts.get(line.id) ?? [];
    const discountMinor = list.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    return {
      id: line.id,
      sumMinor: line.sumMinor,
      discounts: list,
      discountMinor,
      totalMinor: line.sumMinor - discountMinor,
    };
  });
  const sumMinor = lines.reduce((sum, line) => sum + line.sumMinor, 0);
  const discountMinor = lines.reduce((sum, line) => sum + line.discountMinor, 0);
  return {
    lines,
    shippingMinor: basket.shippingMinor,
    shippingDiscountMinor,
    gifts,
    points,
    sumMinor,
    discountMinor,
    totalMinor: sumMinor - discountMinor + basket.shippingMinor - shippingDiscountMinor,
    uses,
    why: explain ? book.rules.map((rule) => tell(rule, applied.has(rule), reasons.get(rule))) : [],
    refusedCoupons: basket.coupons.flatMap((coupon) => refusal(coupon, usedCodes, book, reasons)),
  };
}

/** Gifts and points of a rule; how many there were. */
function addExtras(
  rule: Compiled,
  gifts: { variantId: string; quantity: number; ruleId: string }[],
  points: { multiplierBp: number; extra: number; ruleIds: string[] },
): number {
  let count = 0;
  for (const { effect } of rule.actions) {
    if (effect.kind === 'gift') {
      gifts.push({ variantId: effect.variantId, quantity: effect.quantity, ruleId: rule.id });
      count += 1;
    } else if (effect.kind === 'points') {
      // Multipliers add their surplus: twice and three times make four times, whatever their order.
      points.multiplierBp += (effect.multiplierBp ?? 10_000) - 10_000;
      points.extra += effect.extra ?? 0;
      if (!points.ruleIds.includes(rule.id)) points.ruleIds.push(rule.id);
      count += 1;
    }
  }
  return count;
}

const tell = (rule: Compiled, applied: boolean, reason: Why | undefined): Priced['why'][number] => ({
  ruleId: rule.id,
  name: rule.name,
  applied,
  ...(applied ? { code: 'offer.why.applied' } : (reason ?? { code: 'offer.why.nothing-left' })),
});

function refusal(
  coupon: string | HeldCoupon,
  usedCodes: ReadonlySet<string>,
  book: CompiledBook,
  reasons: ReadonlyMap<Compiled, Why>,
): { readonly code: string; readonly why: string }[] {
  if (typeof coupon === 'string') return [{ code: coupon, why: 'offer.why.coupon-unknown' }];
  if (usedCodes.has(coupon.code)) return [];
  if (coupon.why !== undefined) return [{ code: coupon.code, why: coupon.why }];
  const rule = book.rules.find(({ id }) => id === coupon.ruleId);
  if (rule === undefined) return [{ code: coupon.code, why: 'offer.why.rule-not-active' }];
  return [{ code: coupon.code, why: reasons.get(rule)?.code ?? 'offer.why.coupon-not-needed' }];
}

/** How people type a code does not matter: letters of any case, blanks and hyphens as they like. */
export const normaliseCode = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s‐-―-]/gu, '');

const steps: Readonly<Record<RuleState, readonly RuleState[]>> = {
  draft: ['active', 'archived'],
  active: ['paused', 'archived'],
  paused: ['active', 'archived'],
  archived: [],
};

/** May a rule go from this state to that one? */
export const maySet = (from: RuleState, to: RuleState): boolean => from === to || steps[from].includes(to);
