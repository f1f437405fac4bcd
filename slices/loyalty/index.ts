import type { House, Query, Slice, Tx } from '@ruslo/platform';
import type { ClawBack } from '@ruslo/wallet';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export interface LoyaltyLine {
  readonly id: string;
  readonly categoryIds: readonly string[];
  /** After promotions, before points. */
  readonly totalMinor: number;
  /** No points may be spent below it: floor of the line. */
  readonly floorMinor: number;
  readonly noDiscount: boolean;
  /** Some promotion lowered it. */
  readonly promoted: boolean;
}
export interface PointsAsk {
  readonly customerIds: readonly string[];
  readonly lines: readonly LoyaltyLine[];
  readonly currency: string;
  /** Points she wants to spend; null = as many as may be. */
  readonly spend: number | null;
  readonly bonus: { readonly multiplierBp: number; readonly extra: number };
  readonly at: Date;
}
export interface PointsQuote {
  readonly active: number;
  readonly pending: number;
  /** The most that may be spent on this basket by balance and limits. */
  readonly spendable: number;
  /** What is spent, and per line how many points and what they pay. Same order as the lines. */
  readonly spend: number;
  readonly spent: readonly { readonly id: string; readonly points: number; readonly amountMinor: number }[];
  /** What the order earns, by line; only money earns, not what points paid. */
  readonly earn: number;
  readonly earned: readonly { readonly id: string; readonly points: number }[];
  readonly tier: string | null;
}
/** What points can do for this basket. Pure reading; the same in preview and at placement. */
export async function quotePoints(_house: House, _query: Query, _ask: PointsAsk): Promise<PointsQuote> {
  throw new Error('not built yet');
}
/** Tier of a person, for conditions of offers. */
export async function tierOf(_query: Query, _customerIds: readonly string[], _at: Date): Promise<string | null> {
  throw new Error('not built yet');
}
/** The order is certain: its points become pending until the return window closes. Once per order. */
export async function award(
  _tx: Tx,
  _from: {
    readonly orderId: string;
    readonly customerId: string;
    readonly points: number;
    /** Money of the order that counts for the tier. */
    readonly qualifyingMinor: number;
    readonly now: Date;
  },
): Promise<void> {
  throw new Error('not built yet');
}
/** Units came back: takes their points back and lowers what counts for the tier. Once per key. */
export async function reverse(
  _tx: Tx,
  _from: {
    readonly orderId: string;
    readonly customerId: string;
    readonly customerIds: readonly string[];
    readonly points: number;
    readonly qualifyingMinor: number;
    readonly key: string;
    readonly now: Date;
  },
): Promise<ClawBack> {
  throw new Error('not built yet');
}
/** What settings of the programme callers need: value of a point, return window, days of grace for points that come back. */
export interface Programme {
  readonly pointMinor: number;
  readonly returnDays: number;
  readonly graceDays: number;
  readonly clawBack: 'debt' | 'deduct';
  readonly timeZone: string;
}
export async function programme(_query: Query): Promise<Programme> {
  throw new Error('not built yet');
}

/** The programme: how points are earned, kept and spent, and what a tier is. */
export const loyalty: Slice = { name: 'loyalty', words: { ru, en } };
