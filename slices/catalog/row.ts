import { mostMinor } from '@ruslo/kernel';
import { z } from 'zod';
import type { Vat } from './variant.ts';

/**
 * Rows as imports, the demo and staff bring them in. What a row does not say stays as it is, or gets the default when the
 * thing is new; null takes a value out.
 */

const vats = ['none', '0', '5', '7', '10', '20', '22'] as const satisfies readonly Vat[];

export const priceMinor = z.int().min(0).max(mostMinor);
export const code = z.string().trim().min(1).max(120);
export const sku = z.string().trim().min(1).max(80);
/** EAN, UPC, a shop's own code of weighed goods. */
export const ean = z.string().regex(/^[0-9A-Za-z-]{4,40}$/);
const text = (most: number): z.ZodString => z.string().trim().max(most);

export const attributeValues = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9_-]{0,59}$/),
  z.union([text(300), z.number(), z.boolean()]),
);
export type AttributeValues = z.infer<typeof attributeValues>;

export const mediaItem = z.object({ url: text(1_000).min(1), alt: text(300).default('') });

export const variantRow = z.object({
  sku,
  /** The product's title when it says none. */
  title: text(300).min(1).optional(),
  eans: z.array(ean).max(50).optional(),
  unit: z.enum(['piece', 'weight']).optional(),
  weightG: z.int().min(1).max(100_000_000).nullish(),
  marked: z.boolean().optional(),
  minAge: z.int().min(1).max(99).nullish(),
  vat: z.enum(vats).optional(),
  minPriceMinor: priceMinor.nullish(),
  noDiscount: z.boolean().optional(),
  warrantyMonths: z.int().min(0).max(1_200).nullish(),
  attributes: attributeValues.optional(),
  image: text(1_000).nullish(),
  /** A kit: what one of it is taken from stock as. */
  components: z
    .array(z.object({ sku, quantity: z.int().min(1).max(1_000_000) }))
    .max(50)
    .optional(),
  sort: z.int().min(0).max(100_000).optional(),
  state: z.enum(['active', 'withdrawn']).optional(),
  /** On the default list, without end. */
  priceMinor: priceMinor.optional(),
  oldPriceMinor: priceMinor.nullish(),
});
export type VariantRow = z.infer<typeof variantRow>;

export const productRow = z.object({
  code,
  /** Needed when the product is new. */
  title: text(300).min(1).optional(),
  description: text(20_000).optional(),
  brand: text(120).nullish(),
  categoryCode: code.nullish(),
  kind: z.enum(['good', 'service', 'gift-card']).optional(),
  attributes: attributeValues.optional(),
  media: z.array(mediaItem).max(50).optional(),
  /** Higher is shown earlier among equals. */
  popularity: z.int().min(0).max(1_000_000_000).optional(),
  state: z.enum(['active', 'withdrawn']).optional(),
  /** System whose feed it is of. */
  source: text(60).nullish(),
  /** Others of the product stay as they are. */
  variants: z.array(variantRow).max(1_000),
});
export type ProductRow = z.infer<typeof productRow>;

export const categoryRow = z.object({
  code,
  parentCode: code.nullable(),
  name: text(200).min(1),
  sort: z.int().min(0).max(100_000).optional(),
});
export type CategoryRow = z.infer<typeof categoryRow>;

export const relationKinds = ['fits', 'consumable-for', 'substitute'] as const;
export type RelationKind = (typeof relationKinds)[number];
/** Between products by their codes: `a` fits `b`, `a` is consumable for `b`, `a` and `b` stand in for each other. */
export interface RelationRow {
  readonly kind: RelationKind;
  readonly a: string;
  readonly b: string;
  readonly sort?: number | undefined;
}

/** An entry of a price list. One of the same list that begins at the same time is replaced. */
export interface PriceRow {
  readonly sku: string;
  /** Code of the list; `default` when absent. */
  readonly list?: string | undefined;
  /** Null takes the entry out. */
  readonly priceMinor: number | null;
  readonly oldPriceMinor?: number | null | undefined;
  /** Absent: since ever, and until for ever. */
  readonly from?: Date | null | undefined;
  readonly until?: Date | null | undefined;
}

export interface AttributeRow {
  readonly key: string;
  readonly labelRu: string;
  readonly labelEn: string;
  readonly type: 'text' | 'number' | 'boolean' | 'option';
  readonly level: 'product' | 'variant';
  readonly measure: string | null;
  readonly options: readonly string[];
  readonly facetable: boolean;
  readonly sort: number;
}

/** What saving did with a row, or would do. */
export interface Outcome {
  readonly outcome: 'new' | 'changed' | 'unchanged' | 'refused';
  /** Names of what differs, for a dry run. */
  readonly changes: readonly string[];
  /** Why it was refused, or what of it was left out: for a report. */
  readonly why?: string | undefined;
  /** The same as a problem code. */
  readonly code?: string | undefined;
}

/** Equal as JSON, whatever the order of keys: jsonb sorts them its own way. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return (
    keys.length === others.length &&
    keys.every((key) => same((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]))
  );
}
