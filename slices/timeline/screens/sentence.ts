import { moneyText, type Locale } from '@ruslo/ui';
import type { Item } from './model.ts';

export type Gender = 'female' | 'male' | undefined;

/**
 * A Russian verb in the past has a gender. The patronymic tells it for sure; then a few endings of first names
 * do; otherwise the sentence is built without a verb.
 */
export function genderOf(
  name: { first?: string | null; middle?: string | null; last?: string | null } | null | undefined,
): Gender {
  const middle = name?.middle?.trim().toLowerCase() ?? '';
  if (/(?:вна|чна|шна|кызы)$/.test(middle)) return 'female';
  if (/(?:вич|ьич|тич|оглы)$/.test(middle)) return 'male';
  const last = name?.last?.trim().toLowerCase() ?? '';
  if (/(?:ова|ева|ёва|ина|ына|ская|цкая)$/.test(last)) return 'female';
  if (/(?:ов|ев|ёв|ин|ын|ский|цкий)$/.test(last)) return 'male';
  return undefined;
}

/** What a timeline row says: a verb phrase, its object, and figures at the right. */
export interface Sentence {
  readonly verb: string;
  readonly object: string;
  readonly figure: string;
}

interface Words {
  readonly say: (key: string, values?: Record<string, unknown>) => string;
  readonly has: (key: string) => boolean;
  readonly locale: Locale;
}

export const slugOf = (name: string): string =>
  name
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');

/** The first of the fields that is there, as text. */
const pick = (summary: Item['summary'], ...keys: readonly string[]): string => {
  for (const key of keys) {
    const value = summary[key];
    if (value !== undefined && value !== '') return String(value);
  }
  return '';
};

export function sentence(item: Pick<Item, 'kind' | 'name' | 'summary'>, gender: Gender, words: Words): Sentence {
  const { summary } = item;
  const slug = slugOf(item.name);
  const key = `screen.timeline.event.${slug}`;
  const general = `screen.timeline.kind.${item.kind}`;
  const known = words.has(key) || words.has(`${key}_female`);
  const base = known ? key : item.kind === 'track' || item.kind === 'fact' ? '' : general;
  const gendered = gender === undefined ? base : `${base}_${gender}`;
  const verb = base === '' ? item.name : words.say(words.has(gendered) ? gendered : base);
  return { verb, object: objectOf(item, slug), figure: figureOf(summary, words.locale) };
}

function objectOf(item: Pick<Item, 'kind' | 'name' | 'summary'>, slug: string): string {
  const { summary } = item;
  if (item.kind === 'page' || item.kind === 'screen') return pick(summary, 'title', 'name', 'path', 'url') || item.name;
  if (/search/.test(slug)) return pick(summary, 'query', 'search', 'text');
  if (/^(?:order|receipt|checkout|refund|return)/.test(slug))
    return pick(summary, 'orderId', 'order', 'number', 'receipt', 'place', 'product', 'title');
  if (/^(?:call)/.test(slug)) return pick(summary, 'topic', 'reason', 'subject', 'text');
  return pick(
    summary,
    'product',
    'title',
    'subject',
    'text',
    'query',
    'promotion',
    'coupon',
    'category',
    'list',
    'campaign',
    'topic',
    'value',
    'field',
    'name',
    'place',
    'path',
    'url',
  );
}

function figureOf(summary: Item['summary'], locale: Locale): string {
  const currency = pick(summary, 'currency') || 'RUB';
  const minor = Number(pick(summary, 'totalMinor', 'amountMinor', 'priceMinor'));
  const whole = Number(pick(summary, 'total', 'revenue', 'amount', 'price'));
  const minorAmount = Number.isFinite(minor) && minor !== 0 ? minor : Math.round(whole * 100);
  if (!Number.isFinite(minorAmount) || minorAmount === 0 || !/^[A-Z]{3}$/.test(currency)) return '';
  return moneyText(minorAmount, currency, locale);
}
