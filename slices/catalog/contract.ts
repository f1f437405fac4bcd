import { channels, mostMinor } from '@ruslo/kernel';
import { z } from 'zod';
import {
  attributeValues,
  code,
  ean,
  mediaItem,
  priceMinor,
  productRow,
  relationKinds,
  sku,
  variantRow,
} from './row.ts';

const channel = z.enum(channels);
const vat = z.enum(['none', '0', '5', '7', '10', '20', '22']);
export const idParams = z.object({ id: z.uuid() });
export const listQuery = z.object({
  cursor: z.string().max(2_000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const page = <Item extends z.ZodType>(item: Item): z.ZodObject<{ items: z.ZodArray<Item>; nextCursor: z.ZodNullable<z.ZodString> }> =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() }); // prettier-ignore

const minor = z.int().min(0).max(mostMinor);

export const variantSchema = z
  .object({
    id: z.uuid(),
    productId: z.uuid(),
    sku: z.string(),
    title: z.string(),
    kind: z.enum(['good', 'service', 'gift-card']),
    categoryIds: z.array(z.uuid()),
    brand: z.string().nullable(),
    unit: z.enum(['piece', 'weight']),
    priceMinor: minor,
    /** Of the default list: differs where a price list deviates. */
    basePriceMinor: minor,
    oldPriceMinor: minor.nullable(),
    priceListId: z.uuid().nullable(),
    currency: z.string(),
    minPriceMinor: minor.nullable(),
    noDiscount: z.boolean(),
    marked: z.boolean(),
    minAge: z.int().nullable(),
    vat,
    warrantyMonths: z.int().nullable(),
    weightG: z.int().nullable(),
    image: z.string().nullable(),
    attributes: attributeValues,
    components: z.array(z.object({ variantId: z.uuid(), quantity: z.int() })),
    state: z.enum(['active', 'withdrawn']),
  })
  .meta({ id: 'Variant' });

export const productItem = z
  .object({
    id: z.uuid(),
    title: z.string(),
    brand: z.string().nullable(),
    categoryId: z.uuid().nullable(),
    kind: z.enum(['good', 'service', 'gift-card']),
    image: z.string().nullable(),
    state: z.enum(['active', 'withdrawn']),
    /** Variants that are sold. */
    variantCount: z.int(),
    /** The one to put in a cart from a list; null when there is a choice to make, or nothing to sell. */
    variantId: z.uuid().nullable(),
    /** The least price of its variants for who asks; null when nothing of it is priced. */
    priceMinor: minor.nullable(),
    oldPriceMinor: minor.nullable(),
    basePriceMinor: minor.nullable(),
    currency: z.string().nullable(),
  })
  .meta({ id: 'ProductItem' });

export const searchQuery = z
  .object({
    q: z.string().max(200).optional(),
    category: z.union([z.string(), z.array(z.string())]).optional(),
    brand: z.union([z.string(), z.array(z.string())]).optional(),
    priceFrom: z.coerce.number().int().min(0).max(mostMinor).optional(),
    priceTo: z.coerce.number().int().min(0).max(mostMinor).optional(),
    sort: z.enum(['relevance', 'popular', 'price', '-price', 'title', 'newest']).optional(),
    channel: channel.optional(),
    /** For staff: what is not sold too. */
    state: z.enum(['active', 'withdrawn', 'any']).default('active'),
    cursor: z.string().max(2_000).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(24),
  })
  .catchall(z.union([z.string().max(300), z.array(z.string().max(300)).max(50)]));

export const searchAnswer = page(productItem)
  .extend({
    /** Of a first page that is asked by words or filters; null otherwise. */
    total: z.int().nullable(),
    /** True when there are so many that total and counts are estimated from a sample. */
    isEstimate: z.boolean(),
    price: z.object({ fromMinor: minor, toMinor: minor }).nullable(),
    facets: z.array(
      z.object({
        key: z.string(),
        label: z.string().nullable(),
        values: z.array(z.object({ value: z.string(), label: z.string(), count: z.int() })),
      }),
    ),
    /** What was looked for instead of what was typed. */
    read: z.string().nullable(),
    /** Words that were let go because nothing has them all. */
    dropped: z.array(z.string()),
  })
  .meta({ id: 'ProductSearch' });

export const suggestQuery = z.object({
  q: z.string().max(200),
  channel: channel.optional(),
  limit: z.coerce.number().int().min(1).max(20).default(8),
});
export const suggestAnswer = z.object({ words: z.array(z.string()), products: z.array(productItem) });

export const fullVariant = variantRow
  .omit({ priceMinor: true, oldPriceMinor: true, components: true })
  .required()
  .extend({
    id: z.uuid(),
    weightG: z.int().nullable(),
    minAge: z.int().nullable(),
    minPriceMinor: minor.nullable(),
    warrantyMonths: z.int().nullable(),
    image: z.string().nullable(),
    eans: z.array(ean),
    components: z.array(z.object({ variantId: z.uuid(), quantity: z.int() })),
    /** For who asks, now; null when it has no price. */
    priceMinor: minor.nullable(),
    basePriceMinor: minor.nullable(),
    oldPriceMinor: minor.nullable(),
    priceListId: z.uuid().nullable(),
    currency: z.string().nullable(),
  })
  .meta({ id: 'ProductVariant' });

export const relationItem = z.object({
  kind: z.enum(relationKinds),
  /** `to`: this product fits the other, or is consumable for it. `from`: the other for this. Substitutes are mutual. */
  direction: z.enum(['to', 'from', 'both']),
  productId: z.uuid(),
});

export const productSchema = z
  .object({
    id: z.uuid(),
    code,
    title: z.string(),
    description: z.string(),
    brand: z.string().nullable(),
    kind: z.enum(['good', 'service', 'gift-card']),
    categoryId: z.uuid().nullable(),
    /** From the root. */
    categories: z.array(z.object({ id: z.uuid(), name: z.string() })),
    attributes: attributeValues,
    media: z.array(mediaItem.required()),
    popularity: z.int(),
    state: z.enum(['active', 'withdrawn']),
    source: z.string().nullable(),
    version: z.int(),
    variants: z.array(fullVariant),
    relations: z.array(relationItem),
  })
  .meta({ id: 'Product' });

export const productBody = productRow
  .omit({ source: true })
  .extend({ variants: z.array(variantRow).min(1).max(1_000) });
export const productPatch = productRow
  .omit({ source: true, code: true, variants: true })
  .partial()
  .extend({ version: z.int().optional(), variants: z.array(variantRow).max(1_000).optional() });

export const categorySchema = z
  .object({
    id: z.uuid(),
    code,
    parentId: z.uuid().nullable(),
    name: z.string(),
    sort: z.int(),
    path: z.array(z.uuid()),
    /** Of it and all below it, as they were counted last. */
    products: z.int(),
  })
  .meta({ id: 'Category' });
export const categoryBody = z.object({
  code,
  parentId: z.uuid().nullable().default(null),
  name: z.string().trim().min(1).max(200),
  sort: z.int().min(0).max(100_000).default(0),
});
export const categoryPatch = categoryBody.omit({ code: true }).partial();

export const attributeSchema = z
  .object({
    key: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,59}$/),
    label: z.object({ ru: z.string().trim().min(1).max(120), en: z.string().trim().min(1).max(120) }),
    type: z.enum(['text', 'number', 'boolean', 'option']),
    level: z.enum(['product', 'variant']),
    measure: z.string().trim().max(20).nullable(),
    options: z.array(z.string().trim().min(1).max(300)).max(500),
    facetable: z.boolean(),
    sort: z.int().min(0).max(100_000),
  })
  .meta({ id: 'ProductAttribute' });
export const attributeBody = attributeSchema
  .partial({ level: true, measure: true, options: true, facetable: true, sort: true })
  .meta({ id: 'ProductAttributeBody' });
export const attributePatch = attributeSchema.pick({ label: true, options: true, facetable: true, sort: true, measure: true }).partial().meta({ id: 'ProductAttributePatch' }); // prettier-ignore

export const priceListSchema = z
  .object({
    id: z.uuid(),
    code,
    name: z.string(),
    /** 0 is the price everywhere; of the others the higher goes first. */
    priority: z.int(),
    currency: z.string(),
    channels: z.array(channel),
    customerGroups: z.array(z.string()),
    from: z.iso.datetime().nullable(),
    until: z.iso.datetime().nullable(),
    state: z.enum(['active', 'withdrawn']),
    entries: z.int(),
  })
  .meta({ id: 'PriceList' });
const listFields = z.object({
  name: z.string().trim().min(1).max(120),
  priority: z.int().min(1).max(1_000_000),
  channels: z.array(channel).max(channels.length).default([]),
  customerGroups: z.array(z.string().trim().min(1).max(60)).max(50).default([]),
  from: z.iso.datetime({ offset: true }).nullable().default(null),
  until: z.iso.datetime({ offset: true }).nullable().default(null),
});
export const priceListBody = listFields.extend({ code: code.regex(/^[a-z0-9][a-z0-9-]*$/) });
export const priceListPatch = z.object({
  name: listFields.shape.name.optional(),
  priority: listFields.shape.priority.optional(),
  channels: z.array(channel).max(channels.length).optional(),
  customerGroups: z.array(z.string().trim().min(1).max(60)).max(50).optional(),
  from: z.iso.datetime({ offset: true }).nullish(),
  until: z.iso.datetime({ offset: true }).nullish(),
  state: z.enum(['active', 'withdrawn']).optional(),
});

export const priceBody = z.object({
  /** Code of the price list. */
  list: code.default('default'),
  /** Null takes the entry out. */
  priceMinor: priceMinor.nullable(),
  oldPriceMinor: priceMinor.nullish(),
  from: z.iso.datetime({ offset: true }).nullish(),
  until: z.iso.datetime({ offset: true }).nullish(),
});
export const entryBody = z.object({
  entries: z
    .array(priceBody.omit({ list: true }).extend({ sku }))
    .min(1)
    .max(1_000),
});
/** Entries of one variant, or of all. */
export const entryQuery = listQuery.extend({ variantId: z.uuid().optional() });
export const entrySchema = z
  .object({
    variantId: z.uuid(),
    sku: z.string(),
    title: z.string(),
    priceListId: z.uuid(),
    from: z.iso.datetime().nullable(),
    until: z.iso.datetime().nullable(),
    priceMinor: minor,
    oldPriceMinor: minor.nullable(),
    /** What it costs everywhere else. */
    basePriceMinor: minor.nullable(),
  })
  .meta({ id: 'PriceEntry' });
export const savedSchema = z.object({
  new: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  refused: z.array(z.object({ sku: z.string(), why: z.string() })),
});

export const historyItem = z
  .object({
    id: z.uuid(),
    priceListId: z.uuid(),
    from: z.iso.datetime().nullable(),
    until: z.iso.datetime().nullable(),
    priceMinor: minor.nullable(),
    oldPriceMinor: minor.nullable(),
    at: z.iso.datetime(),
    by: z.string(),
  })
  .meta({ id: 'PriceChange' });

export const relationBody = z.object({
  kind: z.enum(relationKinds),
  /** The product of the path fits, or is consumable for, this one. */
  productId: z.uuid(),
  sort: z.int().min(0).max(100_000).default(0),
});
