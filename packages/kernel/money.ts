/** Money is whole minor units (kopecks) with an ISO 4217 currency. Never a float. */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

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
