import type { Result } from '@ruslo/kernel';
import type { Query, Slice, Tx } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

/** Points are whole points; gift cards and store credit are minor units of their currency. */
export type PurseKind = 'points' | 'gift' | 'credit';

export interface Balance {
  /** Spendable now: lots that have begun and not expired, minus live holds, minus debt. May be negative. */
  readonly active: number;
  /** In lots that begin later. */
  readonly pending: number;
  readonly held: number;
  /** Owed after a claw-back that found nothing to take. */
  readonly debt: number;
  /** Soonest first, at most 5. */
  readonly expiring: readonly { readonly at: Date; readonly amount: number }[];
}

/** Of all ids of a person. */
export async function balance(
  _query: Query,
  _customerIds: readonly string[],
  _kind: 'points' | 'credit',
  _at: Date,
): Promise<Balance> {
  throw new Error('not built yet');
}

export interface Earning {
  readonly customerId: string;
  readonly kind: 'points' | 'credit';
  readonly amount: number;
  readonly availableAt: Date;
  readonly expiresAt: Date | null;
  /** What it is for, such as an order id; claw-back looks for the lots of a ref first. */
  readonly ref: string | null;
  /** A word of `wallet.reason.*`: earned, welcome, gift, correction… */
  readonly reason: string;
  /** Same key again: no second effect. */
  readonly key: string;
  readonly now: Date;
}
/** Adds lots, many in one statement. A debt is repaid first by what is available at once. */
export async function earn(_tx: Tx, _earnings: readonly Earning[]): Promise<void> {
  throw new Error('not built yet');
}

/** Whose purse: a person's ids, or one gift card. */
export type Holder =
  | { readonly kind: 'points' | 'credit'; readonly customerIds: readonly string[] }
  | { readonly kind: 'gift'; readonly cardId: string };

/**
 * Holds an amount for a ref, soonest-expiring lots first, then oldest, never-expiring last; expired lots and holds are
 * judged at `now`. Same ref and key again: the first answer. Refuses `wallet.not-enough` (409; params: wanted, available).
 */
export async function hold(
  _tx: Tx,
  _from: {
    readonly holder: Holder;
    readonly amount: number;
    readonly ref: string;
    readonly key: string;
    readonly until: Date | null;
    readonly now: Date;
  },
): Promise<Result<{ readonly holdId: string }>> {
  throw new Error('not built yet');
}
/** Turns all live holds of a ref into spending, once. Refuses `wallet.hold-ended` when one has expired or was released. */
export async function capture(_tx: Tx, _ref: string, _now: Date): Promise<Result<undefined>> {
  throw new Error('not built yet');
}
/** Frees all live holds of a ref. Idempotent. */
export async function release(_tx: Tx, _ref: string, _now: Date): Promise<void> {
  throw new Error('not built yet');
}
/**
 * Gives spent amounts of a ref back into lots with their original expiry, or `graceDays` from now when that has passed.
 * Never more than was spent by this ref with this holder kind (and card). `key` makes it once.
 */
export async function giveBack(
  _tx: Tx,
  _from: {
    readonly ref: string;
    readonly kind: PurseKind;
    readonly cardId?: string;
    readonly amount: number;
    readonly graceDays: number;
    readonly key: string;
    readonly now: Date;
  },
): Promise<void> {
  throw new Error('not built yet');
}
export interface ClawBack {
  readonly fromPending: number;
  readonly fromLots: number;
  readonly fromOther: number;
  /** What nothing covered: now a negative balance (`debt`), or left to the caller to deduct (`deduct`). */
  readonly uncovered: number;
}
/** Takes back what a ref earned: its pending lots, its other lots, other lots of the person, then policy. `key` makes it once. */
export async function clawBack(
  _tx: Tx,
  _from: {
    readonly customerIds: readonly string[];
    readonly customerId: string;
    readonly ref: string;
    readonly amount: number;
    readonly policy: 'debt' | 'deduct';
    readonly key: string;
    readonly now: Date;
  },
): Promise<ClawBack> {
  throw new Error('not built yet');
}

export interface GiftCard {
  readonly id: string;
  readonly last4: string;
  readonly state: 'new' | 'active' | 'blocked';
  readonly currency: string;
  readonly balanceMinor: number;
  readonly expiresAt: Date | null;
}
/** Makes cards that are not active yet. The codes are returned once and kept only as hashes. */
export async function issueCards(
  _tx: Tx,
  _from: {
    readonly amountsMinor: readonly number[];
    readonly currency: string;
    readonly ref: string | null;
    readonly expiresAt: Date | null;
    readonly key: string;
    readonly now: Date;
  },
): Promise<readonly { readonly id: string; readonly code: string; readonly last4: string }[]> {
  throw new Error('not built yet');
}
/** Only when paid. Books the value; idempotent. */
export async function activateCards(_tx: Tx, _ref: string, _now: Date): Promise<void> {
  throw new Error('not built yet');
}
/** The card of a code. Guesses are counted by who asks; refuses `wallet.no-such-card` (404) and `wallet.too-many-guesses` (429). */
export async function findCard(
  _query: Query,
  _from: { readonly code: string; readonly asker: string; readonly now: Date },
): Promise<Result<GiftCard>> {
  throw new Error('not built yet');
}
/** A sold card comes back: what is left is blocked and taken off; refuses `wallet.card-used` when some was spent. */
export async function refundCard(_tx: Tx, _cardId: string, _now: Date): Promise<Result<undefined>> {
  throw new Error('not built yet');
}

/** One ledger for points, gift cards and store credit. */
export const wallet: Slice = { name: 'wallet', words: { ru, en } };
