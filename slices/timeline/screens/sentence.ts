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
  /** Order number, shop, how long. */
  readonly note: string;
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
  const slug = slugOf(item.name);
  const key = keyOf(item, slug, words);
  const general = `screen.timeline.kind.${item.kind}`;
  const known = isKnown(key, words);
  const base = known ? key : item.kind === 'track' || item.kind === 'fact' ? '' : general;
  const gendered = gender === undefined ? base : `${base}_${gender}`;
  const verb = base === '' ? item.name : words.say(words.has(gendered) ? gendered : base);
  return { verb, object: objectOf(item, slug), note: noteOf(item), figure: figureOf(item, words.locale) };
}

const isKnown = (key: string, words: Words): boolean => words.has(key) || words.has(`${key}_female`);

/** A fact is told in the words of the slice that wrote it: `order.placed` by `screen.order.event.placed`. */
function keyOf(item: Pick<Item, 'kind' | 'name'>, slug: string, words: Words): string {
  const key = `screen.timeline.event.${slug}`;
  if (item.kind !== 'fact' || isKnown(key, words)) return key;
  const dot = slug.indexOf('.');
  return ['screen', slug.slice(0, dot), 'event', slug.slice(dot + 1)].join('.');
}

function objectOf(item: Pick<Item, 'kind' | 'name' | 'summary'>, slug: string): string {
  const { summary } = item;
  if (item.kind === 'page' || item.kind === 'screen') return item.name || pick(summary, 'title', 'path');
  // A fact carries ids and not words; an order has a number that people say.
  if (item.kind === 'fact') return pick(summary, 'number');
  if (item.kind === 'identify' || item.kind === 'alias') return '';
  if (item.kind === 'group') return pick(summary, 'groupId');
  if (slug.includes('search')) return pick(summary, 'query');
  if (slug.includes('message')) return pick(summary, 'text', 'subject');
  return pick(summary, 'product', 'subject', 'query', 'topic', 'text', 'coupon', 'category', 'list');
}

function noteOf({ kind, summary }: Pick<Item, 'kind' | 'summary'>): string {
  if (kind === 'fact') return '';
  const seconds = Number(pick(summary, 'duration'));
  const duration =
    seconds > 0 ? `${String(Math.floor(seconds / 60))}:${String(Math.round(seconds % 60)).padStart(2, '0')}` : '';
  const rating = pick(summary, 'rating');
  return [pick(summary, 'orderId'), pick(summary, 'shop'), duration, rating === '' ? '' : `★ ${rating}`]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Segment's amounts are decimals in the currency; without one they are roubles. */
function figureOf({ kind, summary }: Pick<Item, 'kind' | 'summary'>, locale: Locale): string {
  const currency = pick(summary, 'currency') || 'RUB';
  if (kind === 'fact') {
    const minor = Number(pick(summary, 'totalMinor', 'amountMinor'));
    if (Number.isFinite(minor) && minor !== 0 && /^[A-Z]{3}$/.test(currency)) return moneyText(minor, currency, locale);
    // Points have no currency.
    const points = Number(pick(summary, 'amount'));
    return Number.isFinite(points) && points !== 0 ? points.toLocaleString(locale) : '';
  }
  const amount = Number(pick(summary, 'total', 'price'));
  if (!Number.isFinite(amount) || amount === 0 || !/^[A-Z]{3}$/.test(currency)) return '';
  return moneyText(Math.round(amount * 100), currency, locale);
}
