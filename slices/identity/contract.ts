import { channels } from '@ruslo/kernel';
import { z } from 'zod';

/** What the outside sees of identity: endpoints and facts. Ids are uuids, times ISO 8601 in UTC. */

const id = z.uuid();
const moment = z.iso.datetime();
/** Years that a calendar of people needs; Postgres knows no year 0. */
const isUsual = (at: string): boolean => at >= '1900' && at < '2201';
const day = z.iso.date().refine(isUsual, 'a day from 1900 to 2200');
// A lone half of a surrogate pair is no text: Postgres refuses it inside JSON.
const wellFormed = (text: string): string => text.toWellFormed();
const part = z.string().trim().max(120).overwrite(wellFormed).nullable();
const why = z.string().trim().min(1).max(500).overwrite(wellFormed);

export const name = z.object({ first: part, middle: part, last: part }).meta({ id: 'PersonName' });
export const idParams = z.object({ id });

export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const customerItem = z
  .object({
    id: id.describe('The head: the id that stands for the whole person'),
    name,
    phone: z.string().nullable(),
    email: z.string().nullable(),
    card: z.string().nullable(),
    createdAt: moment,
    lastSeenAt: moment.nullable(),
    suggestionCount: z.number().int(),
  })
  .meta({ id: 'CustomerItem' });

const boolean = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
/** A day or a moment. */
const when = z.union([day, moment.refine(isUsual, 'a moment from 1900 to 2200')]);
/** `attribute.KEY=value` filters by a declared attribute. */
export const listQuery = z
  .object({
    q: z
      .string()
      .max(200)
      .optional()
      .describe(
        'Name (typos, other alphabet and keyboard layout are understood), phone in any form or at least four digits of it, e-mail, card',
      ),
    channel: z.enum(channels).optional().describe('Who had contact through this channel'),
    lastSeenFrom: when.optional(),
    lastSeenTo: when.optional(),
    hasSuggestion: boolean.optional(),
    known: boolean
      .optional()
      .describe('Whether a name or a contact is known; false lists the visitors who left neither'),
    sort: z.enum(['created', 'lastSeen']).default('created'),
    cursor: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  })
  .catchall(z.string().max(200));

export const lookupQuery = z.object({
  kind: z
    .string()
    .max(60)
    .describe(
      'user_id, anonymous_id, email, phone, card, device, push_token, telegram, vk, max, whatsapp, viber, external:SYSTEM',
    ),
  value: z.string().max(4096).describe('As it was typed or scanned: it is normalised here'),
});
export const lookupAnswer = customerItem.extend({
  customerId: id.describe('The id that holds the identifier; events go there'),
  proof: z.enum(['proven', 'claimed']),
  state: z.enum(['active', 'shared', 'retired', 'blocked']),
});

export const evidence = z.array(
  z.object({
    field: z.string(),
    a: z.string(),
    b: z.string(),
    verdict: z.enum(['agree', 'similar', 'differ']),
    weight: z.number(),
  }),
);
const by = z.object({ kind: z.enum(['rule', 'linkage', 'staff', 'key']), id: id.nullable() });
export const mergeItem = z.object({ id, at: moment, by, why: z.string(), evidence });

const personItem = z.object({
  id,
  name,
  phone: z.string().nullable(),
  email: z.string().nullable(),
  card: z.string().nullable(),
});
export const suggestionItem = z
  .object({
    id,
    a: personItem,
    b: personItem,
    score: z.number().describe('Probability that the two are one person, 0 to 1'),
    evidence,
    raisedAt: moment,
    state: z.enum(['open', 'merged', 'dismissed']),
    decidedAt: moment.nullable(),
    why: z.string().nullable(),
  })
  .meta({ id: 'Suggestion' });

export const attributeValue = z.union([z.string().max(2_000), z.number(), z.array(z.string().max(200)).max(100)]);
export const customerCard = z
  .object({
    id,
    name,
    birthDate: day.nullable(),
    city: z.string().nullable(),
    address: z.string().nullable(),
    createdAt: moment,
    lastSeenAt: moment.nullable(),
    attributes: z.record(z.string(), attributeValue),
    identifiers: z
      .array(
        z.object({
          kind: z.string(),
          value: z.string(),
          proof: z.enum(['proven', 'claimed']),
          how: z.string(),
          state: z.enum(['active', 'shared', 'retired', 'blocked']),
          firstSeenAt: moment,
          lastSeenAt: moment.describe('Last contact of the customer id that holds it'),
          channel: z.string(),
          sourceId: id.nullable(),
          customerId: id,
        }),
      )
      .describe('At most 300, those that name a person first'),
    identifierCount: z.number().int(),
    members: z.array(
      z.object({
        id,
        createdAt: moment,
        name,
        merge: mergeItem.nullable().describe('What brought this id in; null for the head'),
      }),
    ),
    channels: z.array(z.object({ channel: z.string(), firstAt: moment, lastAt: moment })),
    suggestions: z.array(suggestionItem),
  })
  .meta({ id: 'Customer' });

export const patchBody = z
  .object({
    name: z.object({ first: part, middle: part, last: part }).partial(),
    birthDate: day.nullable(),
    city: part,
    address: z.string().trim().max(300).overwrite(wellFormed).nullable(),
    attributes: z.record(z.string().max(60), attributeValue.nullable()),
  })
  .partial();
export const mergeBody = z.object({ with: id, why, suggestionId: id.optional() });
export const mergeAnswer = z.object({ mergeId: id, id: id.describe('Head of the person they became') });
export const unmergeBody = z.object({ mergeId: id, why });
export const unmergeAnswer = z.object({ ids: z.array(id).describe('Heads of the two persons') });
export const dismissBody = z.object({ why });
export const done = z.object({ id });

export const suggestionsQuery = z.object({
  state: z.enum(['open', 'merged', 'dismissed']).default('open'),
  customerId: id.optional(),
  cursor: id.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const label = z.object({ ru: z.string().trim().min(1).max(80), en: z.string().trim().min(1).max(80) });
const options = z.array(z.string().trim().min(1).max(200)).max(200);
export const attributeKey = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,59}$/)
  // `constructor` and the like: every object has them, so a person without the attribute would seem to have it.
  .refine((key) => !(key in {}), 'a name that every object has');
export const attributeItem = z
  .object({
    key: z.string(),
    label,
    type: z.enum(['text', 'number', 'money', 'date', 'list']),
    options: z.array(z.string()),
    createdAt: moment,
  })
  .meta({ id: 'Attribute' });
export const attributeBody = z.object({
  key: attributeKey,
  label,
  type: z
    .enum(['text', 'number', 'money', 'date', 'list'])
    .describe('Money is whole minor units; its currency is that of the company'),
  options: options.optional().describe('When given, only these values are taken (text and list)'),
});
export const attributePatch = z.object({ label, options }).partial();
export const attributeParams = z.object({ key: z.string().max(60) });
export const attributesAnswer = page(attributeItem).extend({
  undeclared: z.array(z.string()).describe('Traits that came but are not declared'),
});

export const blockedItem = z
  .object({ kind: z.string(), value: z.string(), why: z.string(), at: moment })
  .meta({ id: 'BlockedIdentifier' });
export const blockedBody = z.object({ kind: z.string().max(60), value: z.string().max(4096), why });
export const blockedQuery = z.object({ kind: z.string().max(60), value: z.string().max(4096) });

/** Facts that this slice writes. Ids only: persons are read where they are shown. */
export const facts = {
  'customer.merged': z.object({
    mergeId: id,
    a: id,
    b: id,
    by,
    why: z.string(),
    evidence: z.array(z.object({ field: z.string(), verdict: z.string() })),
  }),
  'customer.unmerged': z.object({ mergeId: id, a: id, b: id, heads: z.array(id), by, why: z.string() }),
  'customer.changed': z.object({ fields: z.array(z.string()), by }),
  'identifier.claimed': z.object({ others: z.array(id), kind: z.string() }),
  'identifier.shared': z.object({ kind: z.string(), owner: id }),
  'suggestion.raised': z.object({ suggestionId: id, a: id, b: id, score: z.number() }),
  'suggestion.decided': z.object({ suggestionId: id, a: id, b: id, state: z.enum(['merged', 'dismissed']), by }),
};

/** Every code that this slice refuses with, and its HTTP status. */
export const problems = {
  'identity.not-found': 404,
  'identity.ambiguous': 409,
  'identity.not-an-identifier': 422,
  'identity.one-already': 409,
  'identity.no-such-merge': 404,
  'identity.undone-already': 409,
  'identity.no-such-suggestion': 404,
  'identity.decided-already': 409,
  'identity.unknown-attribute': 422,
  'identity.wrong-attribute': 422,
  'identity.attribute-taken': 409,
  'identity.bad-cursor': 400,
} as const;
