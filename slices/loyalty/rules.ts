import { mulDiv, spread } from '@ruslo/kernel';
import type { LoyaltyLine, PointsAsk, PointsQuote, Settings, Tier } from './contract.ts';

const dayMs = 86_400_000;

/** Settings with what a quote looks up. */
export interface Compiled {
  readonly settings: Settings;
  readonly rates: ReadonlyMap<string, number>;
  readonly excluded: ReadonlySet<string>;
  /** Highest first. */
  readonly tiers: readonly Tier[];
}

export const compile = (settings: Settings): Compiled => ({
  settings,
  rates: new Map(settings.categories.map((one) => [one.categoryId, one.earnRateBp])),
  excluded: new Set(settings.excludedCategories),
  tiers: settings.tiers.toSorted((one, other) => other.fromMinor - one.fromMinor),
});

/** How far back money can still matter. */
export const reachDays = (settings: Settings): number =>
  settings.tierDays + settings.tiers.reduce((most, tier) => Math.max(most, tier.graceDays), 0) + 1;

/** Money of an order for the tier; a return is below zero, known later, and counts at the moment of its order. */
export interface Qualifying {
  readonly amountMinor: number;
  readonly countsAtMs: number;
  readonly knownAtMs: number;
}

/** Net money within the window that ends at a moment, as it was known then. */
export function netAt(rows: readonly Qualifying[], tierDays: number, atMs: number): number {
  let sum = 0;
  for (const row of rows)
    if (row.knownAtMs <= atMs && row.countsAtMs <= atMs && row.countsAtMs > atMs - tierDays * dayMs)
      sum += row.amountMinor;
  return sum;
}

/**
 * The tier at a moment: the highest whose money was reached at that moment or at any within its days of grace before.
 * Nothing is remembered, so it is the same whenever and wherever it is asked, and for any set of customer ids.
 */
export function tierAt(programme: Compiled, rows: readonly Qualifying[], atMs: number): Tier | null {
  const { tierDays } = programme.settings;
  for (const tier of programme.tiers) {
    const fromMs = atMs - tier.graceDays * dayMs;
    // The sum rises only where money becomes known, so its highest is there or at the beginning.
    const looks = [fromMs, ...rows.map((row) => row.knownAtMs).filter((ms) => ms > fromMs && ms <= atMs)];
    if (looks.some((ms) => netAt(rows, tierDays, ms) >= tier.fromMinor)) return tier;
  }
  return null;
}

/** When the tier may change next by the passing of time alone; null: never. */
export function nextLook(programme: Compiled, rows: readonly Qualifying[], atMs: number): number | null {
  const { tierDays } = programme.settings;
  const graces = new Set([0, ...programme.tiers.map((tier) => tier.graceDays)]);
  let next = Infinity;
  for (const row of rows)
    for (const grace of graces)
      for (const ms of [row.countsAtMs + (tierDays + grace) * dayMs, row.knownAtMs + grace * dayMs])
        if (ms > atMs && ms < next) next = ms;
  return next === Infinity ? null : next;
}

const isExcluded = (programme: Compiled, line: LoyaltyLine): boolean =>
  line.noDiscount || line.categoryIds.some((id) => programme.excluded.has(id));

/** The most money of a line that points may pay. */
function capMinor(programme: Compiled, line: LoyaltyLine): number {
  if (isExcluded(programme, line) || (line.promoted && !programme.settings.spendOnPromoted)) return 0;
  const limit = mulDiv(line.totalMinor, programme.settings.spendLimitBp, 10_000, 'down');
  return Math.max(0, Math.min(limit, line.totalMinor - line.floorMinor));
}

function rateBp(programme: Compiled, tier: Tier | null, line: LoyaltyLine): number {
  if (isExcluded(programme, line) || (line.promoted && !programme.settings.earnOnPromoted)) return 0;
  let own: number | undefined;
  for (const id of line.categoryIds) {
    const rate = programme.rates.get(id);
    if (rate !== undefined && (own === undefined || rate > own)) own = rate;
  }
  return own ?? tier?.earnRateBp ?? programme.settings.earnRateBp;
}

const total = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);

/** Points that money earns, rounded down over the whole basket, with the weights by which lines share them. */
function earnedBy(programme: Compiled, tier: Tier | null, lines: readonly LoyaltyLine[], money: readonly number[]) {
  const rates = lines.map((line) => rateBp(programme, tier, line));
  const exact = lines.reduce((sum, _, index) => sum + BigInt(money[index] ?? 0) * BigInt(rates[index] ?? 0), 0n);
  const points = Number(exact / (10_000n * BigInt(programme.settings.pointMinor)));
  // Weights beyond 2^53 would not be exact any more; those of ten billion roubles are counted in whole minor units.
  const fits = exact <= BigInt(Number.MAX_SAFE_INTEGER);
  const weights = lines.map((_, index) =>
    fits ? (money[index] ?? 0) * (rates[index] ?? 0) : mulDiv(money[index] ?? 0, rates[index] ?? 0, 10_000, 'down'),
  );
  return { points, weights };
}

/**
 * What points can do for a basket. Depends on the lines, not on their order: ties of the spread go by line id.
 * @param balance spendable points may be below zero
 */
export function quote(
  programme: Compiled,
  tier: Tier | null,
  balance: { readonly active: number; readonly pending: number },
  ask: Pick<PointsAsk, 'lines' | 'spend' | 'bonus'>,
): PointsQuote {
  const { pointMinor } = programme.settings;
  const lines = ask.lines.toSorted((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const caps = lines.map((line) => capMinor(programme, line));
  const spendable = Math.max(0, Math.min(balance.active, Math.floor(total(caps) / pointMinor)));
  const spend = Math.max(0, Math.min(ask.spend ?? spendable, spendable));
  // By the caps, so that no line is paid beyond its own: a share of them rounded up is still within.
  const amounts = spread(spend * pointMinor, caps);
  const points = spread(spend, amounts);
  const money = lines.map((line, index) => line.totalMinor - (amounts[index] ?? 0));
  const base = earnedBy(programme, tier, lines, money);
  const earn =
    base.points === 0 && total(base.weights) === 0
      ? 0
      : mulDiv(base.points, ask.bonus.multiplierBp, 10_000, 'down') + ask.bonus.extra;
  const shares = spread(earn, base.weights);
  const place = new Map(lines.map((line, index) => [line.id, index]));
  const at = (parts: readonly number[], id: string): number => parts[place.get(id) ?? -1] ?? 0;
  return {
    active: balance.active,
    pending: balance.pending,
    spendable,
    spend,
    spent: ask.lines.map(({ id }) => ({ id, points: at(points, id), amountMinor: at(amounts, id) })),
    earn,
    earned: ask.lines.map(({ id }) => ({ id, points: at(shares, id) })),
    tier: tier?.code ?? null,
  };
}

/** The first moment of the day that is so many days after the day of `at`, in a time zone. */
export function dayStart(at: Date, days: number, timeZone: string): Date {
  const [year = 0, month = 1, day = 1] = localParts(at.getTime(), timeZone);
  const wallMs = Date.UTC(year, month - 1, day + days);
  let ms = wallMs;
  // Twice: the offset of the first guess may be that of the other side of a clock change.
  for (let round = 0; round < 2; round += 1) {
    const [y = 0, mo = 1, d = 1, h = 0, mi = 0, s = 0] = localParts(ms, timeZone);
    ms += wallMs - Date.UTC(y, mo - 1, d, h, mi, s);
  }
  return new Date(ms);
}

const formats = new Map<string, Intl.DateTimeFormat>();
function localParts(ms: number, timeZone: string): number[] {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts = format.formatToParts(ms);
  return ['year', 'month', 'day', 'hour', 'minute', 'second'].map((type) =>
    Number(parts.find((part) => part.type === type)?.value ?? 0),
  );
}

/** When points of an order begin and end: with the return window, and at the end of the last day. */
export function lifeOf(settings: Settings, now: Date): { readonly availableAt: Date; readonly expiresAt: Date | null } {
  const availableAt = new Date(now.getTime() + settings.returnDays * dayMs);
  const expiresAt =
    settings.expiryDays === null ? null : dayStart(availableAt, settings.expiryDays + 1, settings.timeZone);
  return { availableAt, expiresAt };
}
