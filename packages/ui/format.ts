import { useWords, type Locale } from './words.ts';
import { useSyncExternalStore } from 'react';

/** How a reader writes numbers, money and times. One place, so that a number looks the same everywhere. */
const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function kept<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  key: string,
  make: () => T,
): T {
  const found = cache.get(key);
  if (found !== undefined) return found as T;
  const made = make();
  cache.set(key, made);
  return made;
}

let zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zoneWatchers = new Set<() => void>();

/** Sets the time zone of the staff member; everything on screen follows. */
export function changeZone(timeZone: string | null | undefined): void {
  const next = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (next === zone) return;
  zone = next;
  for (const watcher of zoneWatchers) watcher();
}

export const numberText = (value: number, locale: Locale): string =>
  kept(`n ${locale}`, () => new Intl.NumberFormat(locale)).format(value);

/** "1 990,50 ₽" from minor units. Whole amounts are written without kopecks. */
export function moneyText(amountMinor: number | string, currency: string, locale: Locale): string {
  const minor = Number(amountMinor);
  const whole = minor % 100 === 0;
  return kept(
    `m ${locale} ${currency} ${String(whole)}`,
    () =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: whole ? 0 : 2,
        maximumFractionDigits: 2,
      }),
  ).format(minor / 100);
}

type DateShape = 'day' | 'dayShort' | 'month' | 'time' | 'exact' | 'weekday' | 'seconds';

const shapes: Record<DateShape, Intl.DateTimeFormatOptions> = {
  day: { day: 'numeric', month: 'long', year: 'numeric' },
  dayShort: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  weekday: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  exact: {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  },
};

export function dateText(at: string | number | Date, shape: DateShape, locale: Locale): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  return kept(
    `d ${locale} ${shape} ${zone}`,
    () => new Intl.DateTimeFormat(locale, { ...shapes[shape], timeZone: zone }),
  )
    .format(date)
    .replace(/ г\.$/, ' г.');
}

/** A calendar date without a zone, such as a birth date. */
export function plainDateText(date: string, locale: Locale): string {
  const at = new Date(`${date.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return date;
  return kept(`p ${locale}`, () => new Intl.DateTimeFormat(locale, { ...shapes.day, timeZone: 'UTC' })).format(at);
}

/** Which calendar day an instant falls on in the staff member's zone, as 2026-11-21. */
export function dayKey(at: string | number | Date): string {
  return kept(`k ${zone}`, () => new Intl.DateTimeFormat('sv-SE', { timeZone: zone })).format(new Date(at));
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365.25 * 86_400],
  ['month', 30.44 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export function agoText(at: string | number | Date, now: number, locale: Locale): string {
  const seconds = (new Date(at).getTime() - now) / 1_000;
  const format = kept(`r ${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }));
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return locale === 'ru' ? 'только что' : 'just now';
}

/** Formatters bound to the reader's language and zone. */
export function useFormat(): {
  number: (value: number) => string;
  money: (amountMinor: number | string, currency?: string) => string;
  date: (at: string | number | Date, shape: DateShape) => string;
  plainDate: (date: string) => string;
  zone: string;
} {
  const { locale } = useWords();
  const current = useSyncExternalStore(
    (watcher) => {
      zoneWatchers.add(watcher);
      return () => zoneWatchers.delete(watcher);
    },
    () => zone,
  );
  return {
    number: (value) => numberText(value, locale),
    money: (amountMinor, currency = 'RUB') => moneyText(amountMinor, currency, locale),
    date: (at, shape) => dateText(at, shape, locale),
    plainDate: (date) => plainDateText(date, locale),
    zone: current,
  };
}
