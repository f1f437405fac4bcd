import type { Json } from './clean.ts';
import { isObject } from './clean.ts';

/** A few fields of an event from which a screen can say in one sentence what happened. Pure. */

export type Summary = Record<string, string | number | boolean>;

/** Property of the Segment e-commerce and general names → field of the summary; the first that is there wins. */
const picked: Readonly<Record<string, readonly string[]>> = {
  product: ['name', 'product_name', 'productName', 'title'],
  sku: ['sku', 'product_id', 'productId'],
  category: ['category'],
  price: ['price'],
  quantity: ['quantity'],
  total: ['total', 'revenue', 'value', 'amount'],
  currency: ['currency'],
  orderId: ['order_id', 'orderId', 'checkout_id', 'receipt_id', 'receiptId'],
  query: ['query', 'search', 'q'],
  shop: ['shop', 'store', 'store_name', 'shop_name', 'affiliation'],
  coupon: ['coupon', 'coupon_name'],
  subject: ['subject', 'campaign_name', 'campaign', 'email_subject'],
  duration: ['duration', 'duration_s', 'durationS'],
  topic: ['topic', 'reason', 'theme'],
  text: ['text', 'message', 'comment'],
  status: ['status', 'result'],
  rating: ['rating'],
  list: ['list_id', 'list'],
};
const ofPage: Readonly<Record<string, readonly string[]>> = {
  title: ['title', 'name'],
  path: ['path', 'url'],
  query: ['search'],
  referrer: ['referrer'],
};
const textLength = 160;
const mostFields = 8;

export function summarise(kind: string, data: Readonly<Json>): Summary {
  const summary: Summary = {};
  const properties = isObject(data['properties']) ? data['properties'] : {};
  switch (kind) {
    case 'page':
    case 'screen':
      pick(summary, properties, ofPage);
      break;
    case 'identify':
    case 'group': {
      const traits = isObject(data['traits']) ? Object.keys(data['traits']) : [];
      if (traits.length > 0) put(summary, 'fields', traits.slice(0, 8).join(', '));
      put(summary, 'groupId', data['groupId']);
      break;
    }
    case 'alias':
      put(summary, 'previousId', data['previousId']);
      break;
    case 'fact':
      for (const [key, value] of Object.entries(data))
        if (Object.keys(summary).length < mostFields) put(summary, key, value);
      break;
    default: {
      pick(summary, properties, picked);
      const products = properties['products'];
      if (Array.isArray(products)) addProducts(summary, products);
    }
  }
  return summary;
}

function addProducts(summary: Summary, products: readonly unknown[]): void {
  summary['products'] = products.length;
  const names = products
    .slice(0, 3)
    .flatMap((product) => (isObject(product) ? [product['name'] ?? product['product_name'] ?? product['sku']] : []));
  const text = names.filter((name) => typeof name === 'string').join(', ');
  if (summary['product'] === undefined) put(summary, 'product', text);
}

function pick(summary: Summary, from: Json, fields: Readonly<Record<string, readonly string[]>>): void {
  for (const [field, names] of Object.entries(fields)) {
    if (Object.keys(summary).length >= mostFields) return;
    for (const name of names) if (put(summary, field, from[name])) break;
  }
}

function put(summary: Summary, field: string, value: unknown): boolean {
  if (typeof value === 'string') {
    if (value.trim() === '') return false;
    summary[field] = value.length > textLength ? `${value.slice(0, textLength - 1).toWellFormed()}…` : value;
    return true;
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    summary[field] = value;
    return true;
  }
  return false;
}
