import type { House, Locale, Query } from '@ruslo/platform';
import { balance, showEntries, showLots } from '@ruslo/wallet';
import type { ShownEntry } from '@ruslo/wallet';
import type { z } from 'zod';
import type { statementLine, statementSchema, Tier } from './contract.ts';
import { netAt, tierAt } from './rules.ts';
import type { Compiled, Qualifying } from './rules.ts';
import { readNumbers, readStanding } from './store.ts';

/** What a person has, what waits, what ends, and how it came: in plain words. */

type Line = z.infer<typeof statementLine>;
type Statement = z.infer<typeof statementSchema>;

interface Speaker {
  readonly house: House;
  readonly locale: Locale;
  readonly timeZone: string;
  readonly now: Date;
}

const pendingMost = 50;

const numbers = { ru: new Intl.NumberFormat('ru'), en: new Intl.NumberFormat('en') };
const digits = (speaker: Speaker, amount: number): string =>
  numbers[speaker.locale].format(amount).replaceAll('\u00a0', ' ');

/** «+120 баллов», with a real minus. */
function pointsOf(speaker: Speaker, amount: number, isSigned = false): string {
  const sign = amount < 0 ? '−' : isSigned ? '+' : '';
  const size = Math.abs(amount);
  return (
    sign + speaker.house.words.say(speaker.locale, 'loyalty.points', { count: size, amount: digits(speaker, size) })
  );
}

/** «5 декабря», with the year when it is another one. */
function dayOf(speaker: Speaker, at: Date): string {
  const year = (of: Date): string =>
    new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: speaker.timeZone }).format(of);
  return new Intl.DateTimeFormat(speaker.locale, {
    day: 'numeric',
    month: 'long',
    timeZone: speaker.timeZone,
    ...(year(at) === year(speaker.now) ? {} : { year: 'numeric' }),
  }).format(at);
}

/** The last day on which something that ends at a moment can be used. */
const lastDayOf = (speaker: Speaker, at: Date): string => dayOf(speaker, new Date(at.getTime() - 1));

function codeOf(speaker: Speaker, entry: ShownEntry, number: string | undefined): string {
  const waits = entry.availableAt !== null && entry.availableAt > speaker.now;
  if (entry.what === 'earned') {
    if (entry.reason !== 'earned') return waits ? 'loyalty.line.given-later' : 'loyalty.line.given';
    const what = waits ? 'loyalty.line.earned-later' : 'loyalty.line.earned';
    return number === undefined ? `${what}-unknown` : what;
  }
  const hasOrder = ['spent', 'returned', 'clawed-back'].includes(entry.what) && number !== undefined;
  return `loyalty.line.${entry.what}${hasOrder ? '-order' : ''}`;
}

function lineOf(speaker: Speaker, entry: ShownEntry, number: string | undefined): Line {
  const { house, locale } = speaker;
  const code = codeOf(speaker, entry, number);
  const reason = `wallet.reason.${entry.reason}`;
  const params = {
    points: pointsOf(speaker, entry.amount, true),
    ...(number === undefined ? {} : { order: number }),
    ...(entry.availableAt === null ? {} : { date: dayOf(speaker, entry.availableAt) }),
    ...(house.words.has(reason)
      ? { reason: house.words.say(locale, reason) }
      : { reason: house.words.say(locale, 'loyalty.gift') }),
  };
  return {
    code,
    params,
    text: house.words.say(locale, code, params),
    at: entry.at.toISOString(),
    amount: entry.amount,
    balanceAfter: entry.balanceAfter,
    ref: entry.ref,
  };
}

function tierOf(speaker: Speaker, programme: Compiled, rows: readonly Qualifying[]): Statement['tier'] {
  const atMs = speaker.now.getTime();
  const tier = tierAt(programme, rows, atMs);
  const moneyMinor = netAt(rows, programme.settings.tierDays, atMs);
  const nameOf = (one: Tier): string => one.name[speaker.locale];
  const next = programme.tiers
    .toReversed()
    .find((one) => one.fromMinor > moneyMinor && one.fromMinor > (tier?.fromMinor ?? -1));
  return {
    code: tier?.code ?? null,
    name: tier === null ? null : nameOf(tier),
    moneyMinor,
    kept: tier !== null && moneyMinor < tier.fromMinor,
    next:
      next === undefined
        ? null
        : {
            code: next.code,
            name: nameOf(next),
            fromMinor: next.fromMinor,
            missingMinor: next.fromMinor - moneyMinor,
            progressBp: Math.max(0, Math.floor((moneyMinor / next.fromMinor) * 10_000)),
          },
  };
}

function summaryOf(speaker: Speaker, statement: Omit<Statement, 'summary' | 'lines' | 'nextCursor'>): string[] {
  const { words } = speaker.house;
  const say = (key: string, params: Record<string, string>): string => words.say(speaker.locale, key, params);
  const { active, debt, pending, expiring, tier } = statement;
  const sentences = [
    debt > 0
      ? say('loyalty.say.debt', { points: pointsOf(speaker, debt) })
      : say('loyalty.say.active', { points: pointsOf(speaker, active) }),
  ];
  for (const part of pending.parts.slice(0, 3))
    sentences.push(
      say('loyalty.say.pending', {
        points: pointsOf(speaker, part.amount),
        date: dayOf(speaker, new Date(part.availableAt)),
      }),
    );
  for (const part of expiring.slice(0, 1))
    sentences.push(
      say('loyalty.say.expiring', {
        points: pointsOf(speaker, part.amount),
        date: lastDayOf(speaker, new Date(part.at)),
      }),
    );
  if (tier.name !== null)
    sentences.push(say(tier.kept ? 'loyalty.say.tier-kept' : 'loyalty.say.tier', { tier: tier.name }));
  if (tier.next !== null)
    sentences.push(
      say('loyalty.say.next', {
        tier: tier.next.name,
        money: digits(speaker, Math.ceil(tier.next.missingMinor / 100)),
      }),
    );
  return sentences;
}

/** The statement of a person, newest line first. */
export async function statementOf(
  house: House,
  query: Query,
  from: {
    readonly customerIds: readonly string[];
    readonly locale: Locale;
    readonly before: { readonly at: Date; readonly id: string } | undefined;
    readonly limit: number;
    readonly now: Date;
  },
): Promise<Statement> {
  const { customerIds, now } = from;
  const { programme, rows } = await readStanding(query, customerIds, now);
  const speaker: Speaker = { house, locale: from.locale, timeZone: programme.settings.timeZone, now };
  const purse = await balance(query, customerIds, 'points', now);
  const lots = await showLots(query, customerIds);
  const entries = await showEntries(query, customerIds, 'points', from.before, from.limit);
  const orders = await readNumbers(query, [...new Set(entries.flatMap((entry) => entry.ref ?? []))]);
  const last = entries.at(-1);
  const state = {
    active: purse.active,
    debt: purse.debt,
    held: purse.held,
    pending: {
      amount: purse.pending,
      parts: lots
        .filter((lot) => lot.kind === 'points' && lot.remaining > lot.held && lot.availableAt > now)
        .toSorted((one, other) => one.availableAt.getTime() - other.availableAt.getTime())
        .slice(0, pendingMost)
        .map((lot) => ({ amount: lot.remaining - lot.held, availableAt: lot.availableAt.toISOString(), ref: lot.ref })),
    },
    expiring: purse.expiring.map((one) => ({ at: one.at.toISOString(), amount: one.amount })),
    tier: tierOf(speaker, programme, rows),
  };
  return {
    ...state,
    summary: summaryOf(speaker, state),
    // What debts and lots of one purse settle between them moves nothing she would see.
    lines: entries
      .filter((entry) => entry.amount !== 0)
      .map((entry) => lineOf(speaker, entry, orders.get(entry.ref ?? ''))),
    nextCursor: entries.length === from.limit && last !== undefined ? `${last.at.getTime()}.${last.id}` : null,
  };
}
