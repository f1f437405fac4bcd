import { minorFromDecimal } from '@ruslo/kernel';

/** What one event says about buying; undefined when it says nothing usable. */
export interface Purchase {
  readonly currency: string;
  /** Negative for a refund. */
  readonly amountMinor: bigint;
  readonly purchases: 0 | 1;
}

/** What moves a customer's totals: the Segment e-commerce names that others track, and the facts of our own orders. */
export const purchaseNames = ['Order Completed', 'Order Refunded', 'order.completed', 'order.returned'] as const;

/** A billion in the main unit; beyond it a total is a mistake of the sender, and sums would leave what JSON can carry. */
const mostMinor = 100_000_000_000n;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a purchase or refund from a tracked event's data. `total` (or `revenue`) is a decimal in the main unit of the
 * currency, as Segment has it; a number is read by its shortest decimal form, so 19.9 is 1990 minor units exactly.
 */
export function purchaseOf(name: string, data: Readonly<Record<string, unknown>>): Purchase | undefined {
  if (name === 'order.completed') return ownPurchase(data['totalMinor'], data['currency'], 1);
  if (name === 'order.returned') return ownPurchase(data['amountMinor'], data['currency'], 0);
  const properties = data['properties'];
  if (!isRecord(properties)) return undefined;
  const total = properties['total'] ?? properties['revenue'] ?? properties['value'];
  if (typeof total !== 'number' && typeof total !== 'string') return undefined;
  // More than two decimals come from sums of floats (0.1 + 0.2): a number is rounded half up to minor units.
  const amount = typeof total === 'number' ? minorFromDecimal(total.toFixed(2)) : minorFromDecimal(total);
  if (amount === undefined || amount > mostMinor || amount < -mostMinor) return undefined;
  const given = properties['currency'];
  const currency = typeof given === 'string' && /^[A-Za-z]{3}$/.test(given) ? given.toUpperCase() : 'RUB';
  return name === 'Order Refunded'
    ? { currency, amountMinor: -amount, purchases: 0 }
    : { currency, amountMinor: amount, purchases: 1 };
}

/** A fact of our own order: whole minor units, checked where it was written. */
function ownPurchase(minor: unknown, currency: unknown, purchases: 0 | 1): Purchase | undefined {
  if (typeof minor !== 'number' || !Number.isSafeInteger(minor) || typeof currency !== 'string') return undefined;
  return { currency, amountMinor: BigInt(purchases === 1 ? minor : -minor), purchases };
}

/** Recency, frequency, monetary: 5 is best, 1 is least. */
export interface Rfm {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
}

export type Stage = 'prospect' | 'new' | 'active' | 'cooling' | 'lost';

/** The bounds are settings of the definition, printed beside the number; the first that fits gives the score. */
export const rfmBounds = {
  recencyDays: [30, 60, 120, 240],
  purchases: [10, 6, 3, 2],
  spentMinor: [10_000_000, 5_000_000, 2_000_000, 500_000],
} as const;

const dayMs = 86_400_000;

const scoreAtMost = (value: number, bounds: readonly number[]): number => {
  const index = bounds.findIndex((bound) => value <= bound);
  return index === -1 ? 1 : 5 - index;
};

const scoreAtLeast = (value: number, bounds: readonly number[]): number => {
  const index = bounds.findIndex((bound) => value >= bound);
  return index === -1 ? 1 : 5 - index;
};

export interface Totals {
  readonly purchases: number;
  readonly spentMinor: number;
  readonly lastPurchaseAt: Date | null;
}

/** Scores a person's totals at a moment; undefined for who never bought. */
export function rfmOf(totals: Totals, now: Date): Rfm | undefined {
  if (totals.purchases === 0 || totals.lastPurchaseAt === null) return undefined;
  const days = (now.getTime() - totals.lastPurchaseAt.getTime()) / dayMs;
  return {
    recency: scoreAtMost(days, rfmBounds.recencyDays),
    frequency: scoreAtLeast(totals.purchases, rfmBounds.purchases),
    monetary: scoreAtLeast(totals.spentMinor, rfmBounds.spentMinor),
  };
}

/** Where a person stands in her life with the brand. */
export function stageOf(totals: Totals, now: Date): Stage {
  if (totals.purchases === 0 || totals.lastPurchaseAt === null) return 'prospect';
  const days = (now.getTime() - totals.lastPurchaseAt.getTime()) / dayMs;
  if (days > 365) return 'lost';
  if (days > 120) return 'cooling';
  return totals.purchases === 1 ? 'new' : 'active';
}
