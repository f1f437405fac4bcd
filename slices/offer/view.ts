import { mulDiv } from '@ruslo/kernel';
import type { Basket, BasketLine, HeldCoupon } from './basket.ts';
import type { MatchTable } from './match.ts';

/** A basket made ready for the rules: what many of them ask is reckoned once. */
export interface View {
  readonly basket: Basket;
  readonly atMs: number;
  /** Lines that rules may touch, by id: so neither their order nor that of the rules matters. */
  readonly lines: readonly BasketLine[];
  /** What a line costs at least. */
  readonly floors: readonly number[];
  readonly sumMinor: number;
  /** Pieces; a line by weight counts as one. */
  readonly count: number;
  linesOf(match: number): readonly number[];
  localTime(zone: string | undefined): { readonly weekday: number; readonly minute: number };
  readonly couponsByRule: ReadonlyMap<string, HeldCoupon>;
  readonly grantsByRule: ReadonlyMap<string, string>;
}

/** Units of a line as rules count them. */
export const unitsOf = (line: BasketLine): number => (line.unit === 'weight' ? 1 : line.quantity);
export const divisorOf = (line: BasketLine): number => (line.unit === 'weight' ? 1_000 : 1);

function floorOf(line: BasketLine, capBp: number): number {
  const least = line.minPriceMinor === null ? 0 : mulDiv(line.minPriceMinor, line.quantity, divisorOf(line));
  const cap = line.sumMinor - mulDiv(line.sumMinor, capBp, 10_000, 'down');
  return Math.min(line.sumMinor, Math.max(least, cap));
}

const formats = new Map<string, Intl.DateTimeFormat>();
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Day of the week (1 = Monday) and minute of the day on the clocks of a time zone. */
export function localTime(atMs: number, zone: string): { readonly weekday: number; readonly minute: number } {
  let format = formats.get(zone);
  if (format === undefined) {
    // Making one takes as long as pricing a basket.
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  return {
    weekday: weekdays.indexOf(parts.get('weekday') ?? '') + 1,
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}

const byId = (one: { readonly id: string }, other: { readonly id: string }): number =>
  one.id < other.id ? -1 : one.id > other.id ? 1 : 0;

export function viewOf(basket: Basket, table: MatchTable, capBp: number): View {
  const lines = basket.lines.filter((line) => !line.noDiscount && line.sumMinor > 0).toSorted(byId);
  const times = new Map<string, { readonly weekday: number; readonly minute: number }>();
  const couponsByRule = new Map<string, HeldCoupon>();
  for (const coupon of basket.coupons)
    if (typeof coupon !== 'string' && coupon.why === undefined && coupon.ruleId !== null)
      if (!couponsByRule.has(coupon.ruleId)) couponsByRule.set(coupon.ruleId, coupon);
  const grantsByRule = new Map<string, string>();
  for (const { id, ruleId } of basket.grants) if (!grantsByRule.has(ruleId)) grantsByRule.set(ruleId, id);
  const atMs = basket.at.getTime();
  return {
    basket,
    atMs,
    lines,
    floors: lines.map((line) => floorOf(line, capBp)),
    sumMinor: lines.reduce((sum, line) => sum + line.sumMinor, 0),
    count: lines.reduce((sum, line) => sum + unitsOf(line), 0),
    linesOf: table.find(lines),
    localTime(zone = basket.timeZone) {
      let time = times.get(zone);
      if (time === undefined) {
        time = localTime(atMs, zone);
        times.set(zone, time);
      }
      return time;
    },
    couponsByRule,
    grantsByRule,
  };
}
