import { channels, mostMinor } from '@ruslo/kernel';
import { z } from 'zod';

/** What the outside sees: a rule as data, and the bodies and answers of the routes. */

const minor = z.int().min(0).max(mostMinor);
const bp = z.int().min(1).max(10_000);
const few = 10_000;
const ids = z.array(z.uuid()).min(1).max(few);
const word = z.string().trim().min(1).max(200);
const scalar = z.union([z.string().max(200), z.number(), z.boolean()]);

const attributeTest = z.strictObject({
  key: word,
  op: z.enum(['is', 'not', 'in', 'min', 'max']),
  value: z.union([scalar, z.array(scalar).min(1).max(500)]),
});
export type AttributeTest = z.infer<typeof attributeTest>;

const matchFields = {
  variantIds: ids.optional(),
  productIds: ids.optional(),
  categoryIds: ids.optional(),
  brands: z.array(word).min(1).max(500).optional(),
  attributes: z.array(attributeTest).min(1).max(10).optional(),
  priceMinor: z.strictObject({ min: minor.optional(), max: minor.optional() }).optional(),
};
/** Which lines are meant: all of the given hold, none of `except` does. Empty means every line. */
export const matchSchema = z
  .strictObject({ ...matchFields, except: z.strictObject(matchFields).optional() })
  .meta({ id: 'OfferMatch' });
export type Match = z.infer<typeof matchSchema>;

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
export const zoneSchema = z.string().max(60).refine(isZone, 'no such time zone');

const leafSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('lines'),
      lines: matchSchema,
      /** Pieces; a line by weight counts as one. */
      minQuantity: z.int().min(1).max(1_000_000).optional(),
      minWeightG: z.int().min(1).max(100_000_000).optional(),
      minSumMinor: minor.optional(),
    }),
    z.strictObject({ kind: z.literal('sum'), minMinor: minor.optional(), maxMinor: minor.optional() }),
    z.strictObject({ kind: z.literal('count'), min: z.int().min(0).optional(), max: z.int().min(0).optional() }),
    z.strictObject({
      kind: z.literal('time'),
      /** 1 = Monday. */
      weekdays: z.array(z.int().min(1).max(7)).min(1).max(7).optional(),
      /** A window that ends before it begins goes over midnight. */
      from: clock.optional(),
      until: clock.optional(),
      /** That of the basket when absent. */
      timeZone: zoneSchema.optional(),
    }),
    z.strictObject({ kind: z.literal('place'), placeIds: ids }),
    z.strictObject({ kind: z.literal('channel'), channels: z.array(z.enum(channels)).min(1) }),
    z.strictObject({
      kind: z.literal('customer'),
      known: z.boolean().optional(),
      tiers: z.array(word).min(1).max(50).optional(),
      groups: z.array(word).min(1).max(500).optional(),
      attributes: z.array(attributeTest).min(1).max(10).optional(),
    }),
    z.strictObject({ kind: z.literal('coupon') }),
    z.strictObject({ kind: z.literal('grant') }),
  ])
  .meta({ id: 'OfferTest' });

export type Leaf = z.infer<typeof leafSchema>;
export type Condition =
  | Leaf
  | { kind: 'all'; of: Condition[] }
  | { kind: 'any'; of: Condition[] }
  | { kind: 'not'; of: Condition };

/** Built level by level: a body cannot be nested deeper than we are willing to walk. */
function level(depth: number): z.ZodType<Condition, Condition> {
  if (depth === 0) return leafSchema;
  const inner = level(depth - 1);
  return z
    .union([
      leafSchema,
      z.strictObject({ kind: z.literal('all'), of: z.array(inner).max(30) }),
      z.strictObject({ kind: z.literal('any'), of: z.array(inner).min(1).max(30) }),
      z.strictObject({ kind: z.literal('not'), of: inner }),
    ])
    .meta({ id: `OfferCondition${depth}` });
}
export const conditionSchema = level(4);

const quantity = z.int().min(1).max(1_000);
const lines = matchSchema.optional();

export const effectSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('percent'), lines, bp }),
    /** Off each unit (off 1,000 g of goods by weight). */
    z.strictObject({ kind: z.literal('amount'), lines, unitMinor: minor }),
    /** A unit costs this (1,000 g of goods by weight). */
    z.strictObject({ kind: z.literal('price'), lines, priceMinor: minor }),
    /** Of every `every` pieces `count` get `bp` off: `cheapest` of all of them, or of each `every` in falling price. */
    z.strictObject({
      kind: z.literal('nth'),
      lines,
      every: z.int().min(2).max(1_000),
      count: quantity.default(1),
      bp: bp.default(10_000),
      pick: z.enum(['cheapest', 'each']).default('cheapest'),
      most: quantity.optional(),
    }),
    z.strictObject({
      kind: z.literal('bundle'),
      items: z
        .array(z.strictObject({ lines: matchSchema, quantity }))
        .min(1)
        .max(10),
      priceMinor: minor,
      most: quantity.optional(),
    }),
    z.strictObject({ kind: z.literal('order-percent'), lines, bp }),
    z.strictObject({ kind: z.literal('order-amount'), lines, amountMinor: minor }),
    /** The highest step that the lines reach, counted before discounts. */
    z.strictObject({
      kind: z.literal('steps'),
      lines,
      steps: z
        .array(z.strictObject({ fromMinor: minor, bp: bp.optional(), amountMinor: minor.optional() }))
        .min(1)
        .max(20),
    }),
    z.strictObject({ kind: z.literal('shipping'), bp: bp.optional(), amountMinor: minor.optional() }),
    /** `worthMinor` weighs it against money where only one rule may win. */
    z.strictObject({ kind: z.literal('gift'), variantId: z.uuid(), quantity, worthMinor: minor.default(0) }),
    z.strictObject({
      kind: z.literal('points'),
      multiplierBp: z.int().min(10_000).max(1_000_000).optional(),
      extra: z.int().min(0).max(1_000_000_000).optional(),
      worthMinor: minor.default(0),
    }),
  ])
  .meta({ id: 'OfferEffect' });
export type Effect = z.infer<typeof effectSchema>;

export const modes = ['stacks', 'best', 'best-per-line', 'exclusive'] as const;

const moment = z.iso.datetime({ offset: true });
const ruleFields = {
  name: z.string().trim().min(1).max(200),
  /** Higher goes first. */
  priority: z.int().min(0).max(1_000_000).default(0),
  /** `best`: one of its group; `best-per-line`: one of its group on each line; `exclusive`: nothing beside it. */
  mode: z.enum(modes).default('stacks'),
  group: word.nullable().default(null),
  condition: conditionSchema.default({ kind: 'all', of: [] }),
  effects: z.array(effectSchema).min(1).max(10),
  caps: z.strictObject({ lineMinor: minor.optional(), orderMinor: minor.optional() }).default({}),
  limits: z
    .strictObject({
      uses: z.int().min(1).max(1_000_000_000).optional(),
      perCustomer: z.int().min(1).max(1_000_000).optional(),
      budgetMinor: minor.optional(),
    })
    .default({}),
  validFrom: moment.nullable().default(null),
  validUntil: moment.nullable().default(null),
};

function judgeRule(rule: z.infer<z.ZodObject<typeof ruleFields>>, context: z.RefinementCtx): void {
  const say = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', path, message, input: rule });
  if ((rule.mode === 'best' || rule.mode === 'best-per-line') && rule.group === null)
    say(['group'], `mode ${rule.mode} needs a group`);
  if (rule.validFrom !== null && rule.validUntil !== null && Date.parse(rule.validFrom) >= Date.parse(rule.validUntil))
    say(['validUntil'], 'ends before it begins');
  for (const [index, effect] of rule.effects.entries()) {
    if (effect.kind === 'nth' && effect.count >= effect.every)
      say(['effects', index, 'count'], 'must be less than every');
    if (effect.kind === 'points' && effect.multiplierBp === undefined && effect.extra === undefined)
      say(['effects', index], 'needs multiplierBp or extra');
    if (effect.kind === 'shipping' && (effect.bp === undefined) === (effect.amountMinor === undefined))
      say(['effects', index], 'needs bp or amountMinor');
    if (effect.kind === 'steps')
      for (const [at, step] of effect.steps.entries())
        if ((step.bp === undefined) === (step.amountMinor === undefined))
          say(['effects', index, 'steps', at], 'needs bp or amountMinor');
  }
}

/** A rule as somebody writes it. */
export const ruleSchema = z.strictObject(ruleFields).superRefine(judgeRule).meta({ id: 'OfferRule' });
export type RuleInput = z.input<typeof ruleSchema>;
export type Rule = z.output<typeof ruleSchema>;

export const ruleStates = ['draft', 'active', 'paused', 'archived'] as const;
export type RuleState = (typeof ruleStates)[number];

export const promotionSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(ruleStates),
    version: z.int(),
    rule: z.looseObject({ name: z.string() }).meta({ id: 'OfferRuleKept' }),
    /** Uses and money given away, where the rule has a limit or a budget. */
    used: z.int(),
    spentMinor: z.int(),
    createdAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
  })
  .meta({ id: 'Promotion' });
export type Promotion = z.infer<typeof promotionSchema>;

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const promotionsQuery = z.object({
  search: z.string().trim().max(200).optional(),
  state: z.enum(ruleStates).optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const promotionBody = z.strictObject({ rule: ruleSchema, state: z.enum(['draft', 'active']).default('draft') });
export const promotionPatch = z.strictObject({
  /** The version that was edited: an edit of somebody else between refuses this one. */
  version: z.int().min(1),
  rule: ruleSchema.optional(),
  state: z.enum(ruleStates).optional(),
});
export const versionSchema = z.object({
  version: z.int(),
  state: z.enum(ruleStates),
  rule: z.looseObject({ name: z.string() }),
  at: z.iso.datetime(),
  staffId: z.uuid().nullable(),
});
export const settingSchema = z
  .object({
    /** No line gets more than this share off, whatever rules meet. */
    capBp: z.int().min(0).max(10_000),
  })
  .meta({ id: 'OfferSetting' });

export const couponStates = ['active', 'blocked'] as const;
const couponCode = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} -]{2,39}$/u, 'letters, digits and hyphens, 3 to 40');
const couponTerms = {
  perCustomer: z.int().min(1).max(1_000_000).optional(),
  validFrom: moment.optional(),
  validUntil: moment.optional(),
};
/** One code for everybody, or so many unique codes that work once each. */
export const couponsBody = z.union([
  z.strictObject({ code: couponCode, uses: z.int().min(1).max(1_000_000_000).optional(), ...couponTerms }),
  z.strictObject({
    count: z.int().min(1).max(10_000),
    prefix: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9]{0,12}$/)
      .default(''),
    ...couponTerms,
  }),
]);
export const couponSchema = z
  .object({
    id: z.uuid(),
    code: z.string(),
    kind: z.enum(['shared', 'unique']),
    state: z.enum(couponStates),
    uses: z.int().nullable(),
    perCustomer: z.int().nullable(),
    used: z.int(),
    validFrom: z.iso.datetime().nullable(),
    validUntil: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Coupon' });
export type CouponItem = z.infer<typeof couponSchema>;
export const couponsQuery = z.object({
  search: z.string().trim().max(40).optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const couponPatch = z.strictObject({
  state: z.enum(couponStates).optional(),
  validUntil: moment.nullable().optional(),
});

export const grantBody = z.strictObject({
  ruleId: z.uuid(),
  validFrom: moment.optional(),
  validUntil: moment.optional(),
  /** Who gave it and why: `journey`, `apology`. Never a person. */
  source: z.string().trim().min(1).max(100).default('staff'),
});
export const grantStates = ['held', 'used', 'revoked'] as const;
export const grantSchema = z
  .object({
    id: z.uuid(),
    ruleId: z.uuid(),
    name: z.string(),
    /** As kept; a held one whose time is over is `over`. */
    state: z.enum([...grantStates, 'over']),
    source: z.string(),
    validFrom: z.iso.datetime().nullable(),
    validUntil: z.iso.datetime().nullable(),
    grantedAt: z.iso.datetime(),
    usedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PersonalOffer' });
export type GrantItem = z.infer<typeof grantSchema>;
export const grantsQuery = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const previewBody = z.strictObject({
  lines: z
    .array(z.strictObject({ variantId: z.uuid(), quantity: z.int().min(1).max(100_000_000) }))
    .min(1)
    .max(500),
  channel: z.enum(channels).default('web'),
  placeId: z.uuid().nullable().default(null),
  customerId: z.uuid().optional(),
  /** What the slices above know of her, for trying: beside, or instead of, `customerId`. */
  customer: z
    .strictObject({
      attributes: z.record(z.string(), scalar).default({}),
      groups: z.array(word).default([]),
      tier: word.nullable().default(null),
    })
    .optional(),
  coupons: z.array(z.string().max(60)).max(20).default([]),
  at: moment.optional(),
  timeZone: zoneSchema.default('Europe/Moscow'),
  shippingMinor: minor.default(0),
  /** A rule that is not kept yet, priced as if it were active; with `replaces` in the place of one that is. */
  draft: z.strictObject({ rule: ruleSchema, replaces: z.uuid().optional() }).optional(),
});

const discountSchema = z.object({
  ruleId: z.uuid(),
  name: z.string(),
  amountMinor: z.int(),
  coupon: z.string().optional(),
  grantId: z.uuid().optional(),
});
export const pricedSchema = z
  .object({
    lines: z.array(
      z.object({
        id: z.string(),
        variantId: z.uuid(),
        title: z.string(),
        quantity: z.int(),
        sumMinor: z.int(),
        discounts: z.array(discountSchema),
        discountMinor: z.int(),
        totalMinor: z.int(),
      }),
    ),
    unknown: z.array(z.uuid()),
    shippingMinor: z.int(),
    shippingDiscountMinor: z.int(),
    gifts: z.array(z.object({ variantId: z.uuid(), quantity: z.int(), ruleId: z.uuid() })),
    points: z.object({ multiplierBp: z.int(), extra: z.int(), ruleIds: z.array(z.uuid()) }),
    sumMinor: z.int(),
    discountMinor: z.int(),
    totalMinor: z.int(),
    why: z.array(
      z.object({
        ruleId: z.uuid(),
        name: z.string(),
        applied: z.boolean(),
        code: z.string(),
        params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
        text: z.string(),
      }),
    ),
    refusedCoupons: z.array(z.object({ code: z.string(), why: z.string(), text: z.string() })),
  })
  .meta({ id: 'PricePreview' });
