import { mulDiv } from '@ruslo/kernel';
import type { Rounding } from '@ruslo/kernel';
import type { Vat } from './vat.ts';

/** Documents by the tags of FFD 1.2. Amounts are kopecks; quantities are pieces or kilograms with up to three decimals. */

/** Tag 1054: sale or its return. */
export type ReceiptType = 'sale' | 'sale-refund';
/** Tag 1214. 1 full prepayment, 2 prepayment, 3 advance, 4 full settlement. */
export type SettlementMethod = 1 | 2 | 3 | 4;
/** Tag 1212. 1 good, 4 service, 10 payment, 31 and 33 marked good with code … A line of subject 10 is a gift card: its method is the setting's. */
export type SettlementSubject = number;

export interface ReceiptLine {
  readonly title: string;
  /** Base units: pieces, or grams. */
  readonly quantity: number;
  readonly unit: 'piece' | 'weight';
  /** The line as paid: after discounts and points. A line whose units cost differently is parted by the slice. */
  readonly totalMinor: number;
  readonly vat: Vat;
  readonly method: SettlementMethod;
  readonly subject: SettlementSubject;
  /** Marking code of a marked good (tag 2000); one piece a line. */
  readonly code?: string | null;
}

export interface Item {
  readonly '1030': string;
  readonly '1079': number;
  readonly '1023': number;
  readonly '1043': number;
  readonly '1199': number;
  readonly '1200'?: number;
  readonly '1214': number;
  readonly '1212': number;
  readonly '2108': number;
  readonly '2000'?: string;
}

export interface Part {
  readonly quantity: number;
  readonly priceMinor: number;
  readonly totalMinor: number;
}

/** Pieces of 1, kilograms of 1,000 grams: what one price is for. */
const per = (unit: 'piece' | 'weight'): number => (unit === 'weight' ? 1_000 : 1);

/**
 * Parts a line into at most two of one unit price each, so that price × quantity, rounded half up to the kopeck, is the
 * sum of each part and both have the total exactly.
 */
export function partLine(quantity: number, unit: 'piece' | 'weight', totalMinor: number): Part[] {
  const base = per(unit);
  const nearest = mulDiv(totalMinor, base, quantity);
  if (mulDiv(nearest, quantity, base) === totalMinor) return [{ quantity, priceMinor: nearest, totalMinor }];
  const priceMinor = mulDiv(totalMinor, base, quantity, 'down');
  // So many base units at one kopeck more, and price × quantity of both parts is the total without any rest.
  const dearer = Number(BigInt(totalMinor) * BigInt(base) - BigInt(priceMinor) * BigInt(quantity));
  const parts = split(quantity, base, priceMinor, dearer);
  // Two halves of a kopeck would both round up; a gram moved over leaves the sum short of it by less than half.
  return sumOf(parts) === totalMinor ? parts : split(quantity, base, priceMinor, dearer - 1);
}

const split = (quantity: number, base: number, priceMinor: number, dearer: number): Part[] =>
  [
    { quantity: quantity - dearer, priceMinor },
    { quantity: dearer, priceMinor: priceMinor + 1 },
  ]
    .filter((part) => part.quantity > 0)
    .map((part) => ({ ...part, totalMinor: mulDiv(part.priceMinor, part.quantity, base) }));

const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.totalMinor, 0);

/** Tag 1199 by rate: for goods handed over, and reckoned within an amount paid before. */
const rates: Readonly<Record<Vat, { readonly full: number; readonly before: number; readonly percent: number }>> = {
  '20': { full: 1, before: 3, percent: 20 },
  '10': { full: 2, before: 4, percent: 10 },
  '0': { full: 5, before: 5, percent: 0 },
  none: { full: 6, before: 6, percent: 0 },
  '5': { full: 7, before: 9, percent: 5 },
  '7': { full: 8, before: 10, percent: 7 },
  '22': { full: 11, before: 12, percent: 22 },
};

/** Percent of each value of tag 1199; undefined where the whole amount is meant (0 %, none). */
const percentOf: ReadonlyMap<number, number> = new Map(
  Object.values(rates)
    .filter(({ percent }) => percent > 0)
    .flatMap(({ full, before, percent }) => [
      [full, percent],
      [before, percent],
    ]),
);

/** What is paid before the goods go over is taxed by the reckoned rate (20/120). */
export const rateTag = (vat: Vat, method: number): number => (method < 4 ? rates[vat].before : rates[vat].full);

/** VAT within an amount. */
export const vatWithin = (totalMinor: number, rate: number, rounding: Rounding): number | undefined => {
  const percent = percentOf.get(rate);
  return percent === undefined ? undefined : mulDiv(totalMinor, percent, 100 + percent, rounding);
};

/** The items of one line (tag 1059). */
export function itemsOf(line: ReceiptLine, giftCardMethod: number, rounding: Rounding): Item[] {
  const method = line.subject === 10 ? giftCardMethod : line.method;
  const rate = rateTag(line.vat, method);
  return partLine(line.quantity, line.unit, line.totalMinor).map((part) => {
    const vatMinor = vatWithin(part.totalMinor, rate, rounding);
    return {
      '1030': line.title.slice(0, 128),
      '1079': part.priceMinor,
      '1023': line.unit === 'weight' ? part.quantity / 1_000 : part.quantity,
      '1043': part.totalMinor,
      '1199': rate,
      ...(vatMinor !== undefined && { '1200': vatMinor }),
      '1214': method,
      '1212': line.subject,
      '2108': line.unit === 'weight' ? 11 : 0,
      ...(line.code !== undefined && line.code !== null && { '2000': line.code }),
    };
  });
}

/** Tags of the sums by rate. The rates of 2025 and 2026 stand in 1115, each as {1199, 1120}. */
const sumTags: ReadonlyMap<number, string> = new Map([
  [1, '1102'],
  [2, '1103'],
  [5, '1104'],
  [6, '1105'],
  [3, '1106'],
  [4, '1107'],
]);

/** Sums of the receipt by rate: VAT, or the amount itself where none is within. */
export function vatSums(items: readonly Item[]): Record<string, unknown> {
  const byRate = new Map<number, number>();
  for (const item of items) {
    const amount = item['1200'] ?? item['1043'];
    byRate.set(item['1199'], (byRate.get(item['1199']) ?? 0) + amount);
  }
  const rows = [...byRate].sort(([one], [other]) => one - other);
  const named = rows.flatMap(([rate, minor]) => {
    const tag = sumTags.get(rate);
    return tag === undefined ? [] : [[tag, minor] as const];
  });
  const newer = rows.filter(([rate]) => !sumTags.has(rate)).map(([rate, minor]) => ({ '1199': rate, '1120': minor }));
  return { ...Object.fromEntries(named), ...(newer.length > 0 && { '1115': newer }) };
}

/**
 * A refund repeats the tags of the sale (T45): rate, method, subject. Its line is found by name and measure; where one
 * name stands there more than once, by the tags it was given, then by the nearest price. What the original does not
 * have stands as it was given.
 */
export function repeatTags(item: Item, original: readonly Item[], rounding: Rounding): Item {
  const unlike = (other: Item): number =>
    (['1199', '1214', '1212'] as const).filter((tag) => other[tag] !== item[tag]).length;
  const further = (other: Item): number => Math.abs(other['1079'] - item['1079']);
  const same = original
    .filter((other) => other['1030'] === item['1030'] && other['2108'] === item['2108'])
    .toSorted((one, other) => unlike(one) - unlike(other) || further(one) - further(other))[0];
  if (same === undefined) return item;
  const { '1200': _given, ...rest } = item;
  const vatMinor = vatWithin(item['1043'], same['1199'], rounding);
  const code = item['2000'] ?? same['2000'];
  return {
    ...rest,
    '1199': same['1199'],
    '1214': same['1214'],
    '1212': same['1212'],
    ...(vatMinor !== undefined && { '1200': vatMinor }),
    ...(code !== undefined && { '2000': code }),
  };
}

/** Waiting grows from 1 s to a minute: a till that has paper again goes on soon. */
export const waitMs = (tries: number): number => Math.min(1_000 * 2 ** Math.min(Math.max(tries - 1, 0), 10), 60_000);

/** A register that has not taken a document for a day will not take it by itself. */
export const giveUpMs = 86_400_000;
