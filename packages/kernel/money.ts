/**
 * Money is whole minor units (kopecks) with an ISO 4217 currency, never a float. Sums read from text are bigint; in
 * commerce they are safe integers (`priceMinor: number`), which JSON carries as they are and `mostMinor` bounds.
 */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Ten billion of the main unit: no price, order or purse goes beyond it, so sums of 9,000 of them are still exact. */
export const mostMinor = 1_000_000_000_000;

export type Rounding = 'half-up' | 'half-even' | 'down';

const decimal = /^-?\d{1,15}(?:[.,]\d{1,2})?$/;

/**
 * Reads a decimal amount such as "1990.50" or "1990,5" as minor units of a currency with two decimals.
 * Returns undefined for anything else: more decimals would need a rounding that nobody named.
 */
export function minorFromDecimal(text: string): bigint | undefined {
  const trimmed = text.trim();
  if (!decimal.test(trimmed)) return undefined;
  const negative = trimmed.startsWith('-');
  const [whole = '0', fraction = ''] = trimmed.replace('-', '').replace(',', '.').split('.');
  const minor = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return negative ? -minor : minor;
}

/**
 * `a × b ÷ divisor` as an integer, exact whatever the size of the product. Half-up rounds halves away from zero.
 * @param divisor a positive integer
 */
export function mulDiv(a: number, b: number, divisor: number, rounding: Rounding = 'half-up'): number {
  const product = a * b;
  if (!Number.isSafeInteger(product)) return Number(divideBig(BigInt(a) * BigInt(b), BigInt(divisor), rounding));
  const rest = Math.abs(product) % divisor;
  const whole = (Math.abs(product) - rest) / divisor;
  const up =
    rounding !== 'down' &&
    (rest * 2 > divisor || (rest * 2 === divisor && (rounding === 'half-up' || whole % 2 === 1)));
  const size = up ? whole + 1 : whole;
  return product < 0 && size !== 0 ? -size : size;
}

function divideBig(product: bigint, divisor: bigint, rounding: Rounding): bigint {
  const size = product < 0n ? -product : product;
  const whole = size / divisor;
  const twice = (size % divisor) * 2n;
  const up =
    rounding !== 'down' && (twice > divisor || (twice === divisor && (rounding === 'half-up' || whole % 2n === 1n)));
  const result = up ? whole + 1n : whole;
  return product < 0n ? -result : result;
}

/**
 * Splits a total over weights by largest remainder: the parts sum to the total exactly, each differs from its exact
 * share by less than one unit, and ties go to the earlier place. All weights zero: the first place gets everything.
 * @param total an integer of any sign
 * @param weights integers that are not negative
 */
export function spread(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const sum = weights.reduce((left, right) => left + right, 0);
  if (sum === 0) return weights.map((_, index) => (index === 0 ? total : 0));
  const size = Math.abs(total);
  const parts = weights.map((weight) => mulDiv(size, weight, sum, 'down'));
  let left = size - parts.reduce((one, other) => one + other, 0);
  const order = weights
    .map((weight, index) => ({ index, rest: remainder(size, weight, sum) }))
    .sort((one, other) => other.rest - one.rest || one.index - other.index);
  for (const { index } of order) {
    if (left === 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left -= 1;
  }
  return total < 0 ? parts.map((part) => (part === 0 ? 0 : -part)) : parts;
}

function remainder(a: number, b: number, divisor: number): number {
  const product = a * b;
  // Nearly always: ten times as quick as by bigint.
  return Number.isSafeInteger(product) ? product % divisor : Number((BigInt(a) * BigInt(b)) % BigInt(divisor));
}

/**
 * What `count` units, beginning with unit `from`, have of a total that belongs to `quantity` units. Any two units differ
 * by at most one, and whatever the order and the split, all units together have the total exactly: so a total frozen at
 * placement is a frozen split of its units.
 */
export function share(total: number, quantity: number, from: number, count: number): number {
  const upTo = (units: number): number => mulDiv(total, units, quantity, 'down');
  return upTo(from + count) - upTo(from);
}
