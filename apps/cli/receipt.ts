import { cardFrom, normalise } from '@ruslo/identity';
import type { Mapping } from './mapping.ts';

/** One line of a receipt as a file tells it, made of our own fields. */
export type ReceiptLine = {
  line: number;
  raw: string;
  card: string;
  at: number;
  store: string;
  product: string;
  name: string;
  category: string;
  quantity: number;
  /** What was paid for the line, in hundredths. */
  amountMinor: number;
  /** What was taken off before that, in hundredths, by kind. */
  discounts: Readonly<Record<DiscountField, number>>;
};

/** Columns of discounts: by the card, by a coupon, and what the shop added to a coupon. */
export const discountFields = ['discount', 'coupon', 'couponMatch'] as const;
export type DiscountField = (typeof discountFields)[number];

export const receiptFields = [
  'receipt',
  'card',
  'time',
  'store',
  'product',
  'name',
  'category',
  'quantity',
  'amount',
  ...discountFields,
] as const;

/** Columns that other systems use for the same thing. */
export const receiptAliases: Readonly<Record<string, readonly string[]>> = {
  receipt: ['receipt_id', 'basket_id', 'order_id', 'check_id'],
  card: ['card_number', 'bonus_card'],
  time: ['timestamp', 'transaction_timestamp', 'date', 'datetime'],
  store: ['store_id', 'shop', 'shop_id'],
  product: ['product_id', 'sku', 'article'],
  name: ['product_name', 'title'],
  category: ['product_category'],
  quantity: ['qty', 'count'],
  amount: ['sales_value', 'total', 'sum', 'price_total'],
  discount: ['retail_disc', 'discount_sum'],
  coupon: ['coupon_disc', 'coupon_discount'],
  couponMatch: ['coupon_match_disc'],
};

export type ReceiptOptions = {
  /** Column whose number becomes a bonus card: prefix, zeros, the number, the check digit. */
  cardFrom?: string | undefined;
  cardPrefix: string;
  /** Offset of times without a zone, such as "+03:00". */
  zone: string;
};

/** Reads one row; a string tells why it cannot be taken. */
export function readReceiptLine(
  values: Record<string, string>,
  mapping: Mapping,
  options: ReceiptOptions,
  line: number,
  raw: string,
): { receipt: string; row: ReceiptLine } | string {
  const get = (field: string): string => values[mapping.get(field) ?? ''] ?? '';
  const receipt = get('receipt');
  if (receipt === '') return 'no receipt number';
  if (receipt.length > 60) return 'receipt number too long';
  const card = readCard(values, get('card'), options);
  if (!card.ok) return card.reason;
  const at = readTime(get('time'), options.zone);
  if (at === undefined) return `not a time: "${get('time')}"`;
  const quantity = get('quantity') === '' ? 1 : readNumber(get('quantity'));
  if (quantity === undefined || quantity < 0) return `not a quantity: "${get('quantity')}"`;
  const amount = readNumber(get('amount'));
  if (amount === undefined || Math.abs(amount) > 1e9) return `not an amount: "${get('amount')}"`;
  if (get('product') === '') return 'no product';
  const discounts: Record<DiscountField, number> = { discount: 0, coupon: 0, couponMatch: 0 };
  for (const field of discountFields) {
    const value = get(field) === '' ? 0 : readNumber(get(field));
    if (value === undefined || value < 0 || value > 1e9) return `not a discount: "${get(field)}"`;
    discounts[field] = Math.round(value * 100);
  }
  return {
    receipt,
    row: {
      line, raw, card: card.value, at, store: get('store'), product: get('product'), name: get('name'), category: get('category'), quantity, discounts,
      // Rounded half away from zero once, here; sums are exact afterwards.
      amountMinor: Math.sign(amount) * Math.round(Math.abs(amount) * 100),
    },
  }; // prettier-ignore
}

function readCard(
  values: Record<string, string>,
  given: string,
  options: ReceiptOptions,
): { ok: true; value: string } | { ok: false; reason: string } {
  if (options.cardFrom !== undefined) {
    const number = values[options.cardFrom] ?? '';
    const card = cardFrom(number, options.cardPrefix);
    return card === undefined ? { ok: false, reason: `no card can be made of "${number}"` } : { ok: true, value: card };
  }
  if (given === '') return { ok: false, reason: 'no card' };
  const normal = normalise('card', given);
  return normal.ok ? normal : { ok: false, reason: `card ${normal.code}: "${given}"` };
}

/** "2017-01-28 14:06:53", with or without "T" and a zone. */
export function readTime(text: string, zone: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (match === null) return undefined;
  const at = Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? zone}`);
  return Number.isNaN(at) || at < 0 ? undefined : at;
}

export function readNumber(text: string): number | undefined {
  const plain = text.replace(/[\s\u00a0]/gu, '').replace(',', '.');
  // Programs write a nought that came out of a subtraction as 4.44e-16.
  return /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/i.test(plain) ? Number(plain) : undefined;
}

export type TrackedReceipt = {
  type: 'track';
  event: 'Order Completed';
  messageId: string;
  timestamp: string;
  context: Record<string, unknown>;
  properties: Record<string, unknown>;
};

/** All lines of a receipt as one event of the tracking API; a string tells why they are no receipt. */
export function receiptEvent(
  receipt: string,
  lines: readonly ReceiptLine[],
  system: string,
  currency: string,
): TrackedReceipt | string {
  const [first] = lines;
  if (first === undefined) return 'no lines';
  if (lines.some((line) => line.card !== first.card)) return 'lines of one receipt name different cards';
  if (lines.some((line) => line.store !== first.store)) return 'lines of one receipt name different stores';
  const total = lines.reduce((sum, line) => sum + line.amountMinor, 0);
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: `receipt:${system}:${receipt}`,
    timestamp: new Date(Math.min(...lines.map((line) => line.at))).toISOString(),
    context: { externalIds: [{ id: first.card, type: 'card', collection: 'users', encoding: 'none' }] },
    properties: {
      order_id: receipt, total: total / 100, currency, place: first.store,
      products: lines.map((line) => ({
        product_id: line.product,
        ...(line.name === '' ? {} : { name: line.name }),
        ...(line.category === '' ? {} : { category: line.category }),
        quantity: line.quantity,
        price: line.quantity > 0 ? Math.round(line.amountMinor / line.quantity) / 100 : line.amountMinor / 100,
        amount: line.amountMinor / 100,
      })),
    },
  }; // prettier-ignore
}
