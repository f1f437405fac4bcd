import { channels } from '@ruslo/kernel';
import { z } from 'zod';
import { cartSchema } from './contract.ts';

/** What the outside sees of lists and of where somebody stopped. */

export const whoseParams = z.object({ id: z.union([z.literal('me'), z.uuid()]) });
export const listParams = whoseParams.extend({ listId: z.uuid() });
export const itemParams = whoseParams.extend({
  listId: z.union([z.literal('compare'), z.uuid()]),
  variantId: z.uuid(),
});
export const channelQuery = z.object({ channel: z.enum(channels).optional() });
export const listBody = z.object({ name: z.string().trim().min(1).max(120), channel: z.enum(channels).optional() });

export const item = z
  .object({
    variantId: z.uuid(),
    at: z.iso.datetime(),
    sku: z.string().nullable(),
    title: z.string().nullable(),
    image: z.string().nullable(),
    priceMinor: z.int().nullable(),
    currency: z.string().nullable(),
    state: z.enum(['active', 'withdrawn']),
  })
  .meta({ id: 'ListItem' });

export const list = z
  .object({
    id: z.uuid(),
    kind: z.enum(['saved', 'compare']),
    name: z.string(),
    createdAt: z.iso.datetime(),
    items: z.array(item),
  })
  .meta({ id: 'CustomerList' });

export const lists = z.object({ items: z.array(list) });
export const listMade = z.object({ id: z.uuid(), kind: z.enum(['saved', 'compare']), name: z.string() });
export const done = z.object({ done: z.boolean().describe('False when it was so already') });

export const state = z
  .object({
    cart: cartSchema,
    lists: z.array(list),
    viewed: z.array(item).describe('The last fifty, newest first'),
    searches: z.array(z.object({ words: z.string(), at: z.iso.datetime() })),
    preferences: z
      .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
      .describe('Attributes `preference_…` of the customer'),
  })
  .meta({ id: 'CustomerState' });
