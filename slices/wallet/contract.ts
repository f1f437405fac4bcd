import { mostMinor } from '@ruslo/kernel';
import { z } from 'zod';

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

const amount = z.int().min(-mostMinor).max(mostMinor);
const time = z.iso.datetime();
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const listQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Sums of amounts: what one amount may be does not bound them. */
const sum = z.int();

export const balanceSchema = z
  .object({
    active: sum,
    pending: sum,
    held: sum,
    debt: sum,
    expiring: z.array(z.object({ at: time, amount: sum })),
  })
  .meta({ id: 'PurseBalance' });

export const purseSchema = z
  .object({
    customerId: z.uuid(),
    points: balanceSchema,
    credit: balanceSchema,
    lots: z.array(
      z.object({
        id: z.uuid(),
        kind: z.enum(['points', 'credit']),
        amount,
        remaining: amount,
        held: amount,
        availableAt: time,
        expiresAt: time.nullable(),
        ref: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Purse' });

export const entrySchema = z
  .object({
    id: z.uuid(),
    what: z.string(),
    reason: z.string(),
    /** In the asker's language. */
    text: z.string(),
    /** The order, or whatever else it was for. */
    ref: z.string().nullable(),
    at: time,
    amount,
    balanceAfter: sum,
    /** What staff wrote; only staff see it. */
    note: z.string().nullable(),
    /** Of what it brought: from when and until when it can be spent. */
    availableAt: time.nullable(),
    expiresAt: time.nullable(),
  })
  .meta({ id: 'PurseEntry' });
export const entryPage = page(entrySchema);
export const entriesQuery = listQuery.extend({ kind: z.enum(['points', 'credit']).default('points') });

/** By hand, at once: a billion points, or ten million of the main unit. */
const mostByHand = 1_000_000_000;
export const adjustBody = z.object({
  kind: z.enum(['points', 'credit']),
  /** Below zero takes away. */
  amount: z
    .int()
    .min(-mostByHand)
    .max(mostByHand)
    .refine((value) => value !== 0),
  reason: z.string().trim().min(3).max(500),
  /** Of what is given; never, when absent. */
  expiresAt: time.nullable().default(null),
});
export const adjustedSchema = z.object({
  customerId: z.uuid(),
  kind: z.enum(['points', 'credit']),
  amount,
  active: sum,
});

const money = z.int().min(1).max(mostMinor);
export const issueBody = z.object({
  amountsMinor: z.array(money).min(1).max(1_000),
  currency: z.string().regex(/^[A-Z]{3}$/),
  expiresAt: time.nullable().default(null),
  /** True for cards that are given away: they are worth something at once. Sold ones are activated when they are paid. */
  active: z.boolean().default(false),
});
export const issuedSchema = z.object({
  cards: z.array(
    z.object({
      id: z.uuid(),
      last4: z.string(),
      /** Shown this once; null when the same command is sent again. */
      code: z.string().nullable(),
    }),
  ),
});

export const cardSchema = z
  .object({
    id: z.uuid(),
    last4: z.string(),
    state: z.enum(['new', 'active', 'blocked']),
    currency: z.string(),
    amountMinor: amount,
    leftMinor: amount,
    heldMinor: amount,
    ref: z.string().nullable(),
    expiresAt: time.nullable(),
    issuedAt: time,
    activatedAt: time.nullable(),
    blockedAt: time.nullable(),
    refundedAt: time.nullable(),
  })
  .meta({ id: 'GiftCard' });
export const cardPage = page(cardSchema);
export const cardsQuery = listQuery.extend({
  state: z.enum(['new', 'active', 'blocked']).optional(),
  last4: z.string().length(4).toUpperCase().optional(),
  ref: z.string().max(100).optional(),
});
export const cardParams = z.object({ id: z.uuid() });

export const checkBody = z.object({
  code: z.string().min(1).max(60),
  /** From a trusted face: for whom it asks, so that one customer's wrong codes do not stop another. Never a name. */
  asker: z.string().min(1).max(100).optional(),
});
export const checkedSchema = z.object({
  id: z.uuid(),
  last4: z.string(),
  state: z.enum(['new', 'active', 'blocked']),
  currency: z.string(),
  balanceMinor: amount,
  expiresAt: time.nullable(),
});
export const blockBody = z.object({ why: z.string().trim().min(3).max(500) });

export const proofSchema = z.object({
  proven: z.boolean(),
  differences: z.array(
    z.object({ what: z.enum(['lot', 'hold', 'entry']), id: z.uuid(), kept: z.int(), reckoned: z.int() }),
  ),
  sums: z.array(z.object({ kind: z.enum(['points', 'gift', 'credit']), lots: z.int(), held: z.int(), owed: z.int() })),
  at: time,
});
