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

/** Whose purse: a person's ids, or one gift card. */
export type Holder =
  | { readonly kind: 'points' | 'credit'; readonly customerIds: readonly string[] }
  | { readonly kind: 'gift'; readonly cardId: string };

export interface ClawBack {
  readonly fromPending: number;
  readonly fromLots: number;
  readonly fromOther: number;
  /** What nothing covered: now a negative balance (`debt`), or left to the caller to deduct (`deduct`). */
  readonly uncovered: number;
}

export interface GiftCard {
  readonly id: string;
  readonly last4: string;
  readonly state: 'new' | 'active' | 'blocked';
  readonly currency: string;
  readonly balanceMinor: number;
  readonly expiresAt: Date | null;
}
