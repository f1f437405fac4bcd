import { mostMinor } from '@ruslo/kernel';
import { z } from 'zod';

const rateBp = z.int().min(0).max(10_000);
const days = z.int().min(0).max(3_650);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

export const tierSchema = z
  .object({
    code: z.string().regex(/^[a-z0-9-]{1,30}$/),
    name: z.object({ ru: z.string().trim().min(1).max(60), en: z.string().trim().min(1).max(60) }),
    /** Net money over the last `tierDays` from which the tier is held. */
    fromMinor: z.int().min(0).max(mostMinor),
    /** Instead of the programme's rate; null: the programme's. */
    earnRateBp: rateBp.nullable().default(null),
    /** How long the tier is kept after the money fell below it. */
    graceDays: days.default(0),
  })
  .meta({ id: 'LoyaltyTier' });

export const settingsSchema = z
  .object({
    /** What one point pays, in minor units: 100 is one rouble. */
    pointMinor: z.int().min(1).max(1_000_000).default(100),
    /** Value of the points that money earns, in basis points of the money. */
    earnRateBp: rateBp.default(0),
    categories: z
      .array(z.object({ categoryId: z.uuid(), earnRateBp: rateBp }))
      .max(500)
      .default([]),
    /** Goods of these categories neither earn nor are paid with points. */
    excludedCategories: z.array(z.uuid()).max(500).default([]),
    earnOnPromoted: z.boolean().default(true),
    spendOnPromoted: z.boolean().default(true),
    /** The most of a line's price that points may pay. */
    spendLimitBp: rateBp.default(0),
    /** Earned points wait so long: until the order can no longer be returned. */
    returnDays: days.default(14),
    /** After they begin, to the end of that day in `timeZone`; null: never. */
    expiryDays: days.min(1).nullable().default(365),
    /** Life of points that come back after they would have expired. */
    graceDays: days.default(30),
    clawBack: z.enum(['debt', 'deduct']).default('debt'),
    timeZone: z.string().max(64).refine(isTimeZone).default('Europe/Moscow'),
    tierDays: days.min(1).default(365),
    tiers: z.array(tierSchema).max(20).default([]),
  })
  .refine((settings) => new Set(settings.tiers.map((tier) => tier.code)).size === settings.tiers.length, {
    message: 'tier codes must differ',
    path: ['tiers'],
  })
  .meta({ id: 'LoyaltySettings' });

export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;
export type Tier = z.infer<typeof tierSchema>;

export interface LoyaltyLine {
  readonly id: string;
  readonly categoryIds: readonly string[];
  /** After promotions, before points. */
  readonly totalMinor: number;
  /** No points may be spent below it: floor of the line. */
  readonly floorMinor: number;
  /** Neither earns nor is paid with points. */
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
/** What settings of the programme callers need: value of a point, return window, days of grace for points that come back. */
export interface Programme {
  readonly pointMinor: number;
  readonly returnDays: number;
  readonly graceDays: number;
  readonly clawBack: 'debt' | 'deduct';
  readonly timeZone: string;
}

const time = z.iso.datetime();
const points = z.int();

export const programmeSchema = z
  .object({
    /** 0: nobody has set a programme, and nothing is earned or spent. */
    version: z.int(),
    settings: settingsSchema,
    by: z.string().nullable(),
    at: time.nullable(),
  })
  .meta({ id: 'LoyaltyProgramme' });

export const saveBody = z.object({
  settings: settingsSchema,
  /** The version that was changed; another meanwhile refuses. */
  version: z.int().min(0),
});

export const versionPage = z.object({
  items: z.array(z.object({ version: z.int(), by: z.string(), at: time })),
  nextCursor: z.string().nullable(),
});
export const versionQuery = z.object({
  cursor: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const whatIfBody = z.object({
  /** The programme in force, when absent. */
  settings: settingsSchema.optional(),
  /** Whose points and tier; nobody's, when absent. */
  customerId: z.uuid().optional(),
  /** Spendable points to reckon with, instead of the customer's own. */
  active: z.int().min(0).max(mostMinor).optional(),
  /** Code of a tier to reckon with, instead of the customer's own. */
  tier: z.string().max(30).optional(),
  spend: z.int().min(0).max(mostMinor).nullable().default(null),
  lines: z
    .array(
      z.object({
        id: z.string().min(1).max(100),
        categoryIds: z.array(z.uuid()).max(50).default([]),
        totalMinor: z.int().min(0).max(mostMinor),
        floorMinor: z.int().min(0).max(mostMinor).default(0),
        noDiscount: z.boolean().default(false),
        promoted: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(200),
});
export const quoteSchema = z
  .object({
    active: points,
    pending: points,
    spendable: points,
    spend: points,
    spent: z.array(z.object({ id: z.string(), points, amountMinor: z.int() })),
    earn: points,
    earned: z.array(z.object({ id: z.string(), points })),
    tier: z.string().nullable(),
  })
  .meta({ id: 'PointsQuote' });

export const statementLine = z
  .object({
    /** Key of the words. */
    code: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    /** In the asker's language. */
    text: z.string(),
    at: time,
    amount: points,
    balanceAfter: points,
    ref: z.string().nullable(),
  })
  .meta({ id: 'PointsStatementLine' });

export const statementSchema = z
  .object({
    active: points,
    debt: points,
    held: points,
    pending: z.object({
      amount: points,
      parts: z.array(z.object({ amount: points, availableAt: time, ref: z.string().nullable() })),
    }),
    expiring: z.array(z.object({ at: time, amount: points })),
    tier: z.object({
      code: z.string().nullable(),
      name: z.string().nullable(),
      /** Net money of the window now. */
      moneyMinor: z.int(),
      /** The tier is only kept by grace: the money is below it. */
      kept: z.boolean(),
      next: z
        .object({ code: z.string(), name: z.string(), fromMinor: z.int(), missingMinor: z.int(), progressBp: z.int() })
        .nullable(),
    }),
    lines: z.array(statementLine),
    /** Everything above in sentences. */
    summary: z.array(z.string()),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'PointsStatement' });
export const statementQuery = z.object({
  cursor: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
