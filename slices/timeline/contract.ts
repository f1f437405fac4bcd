import { channels } from '@ruslo/kernel';
import { z } from 'zod';
import { sourceKinds } from './source-kind.ts';

/** What the outside sees of the timeline: sources, the tracking API, reading, the inspector. */

const moment = z.iso.datetime();
const channel = z.enum(channels);
const name = z.string().trim().min(1).max(120);
const owner = z.string().trim().max(120);
/** An identifier kind, `external` for all outside systems, `external:<system>` for one, `*` for every kind. */
const provable = z.string().regex(/^(?:\*|[a-z_]{2,20}|external(?::[a-z0-9][a-z0-9_.-]{0,39})?)$/);
export const health = z.enum(['green', 'amber', 'red', 'grey']);

export const sourceItem = z
  .object({
    id: z.uuid(),
    name: z.string(),
    kind: z.enum(sourceKinds),
    channel,
    owner: z.string(),
    /** Empty for callers who may not manage sources. */
    writeKey: z.string(),
    proves: z.array(z.string()),
    enabled: z.boolean(),
    health,
    lastSeenAt: moment.nullable(),
    eventsPerMinute: z.number(),
    rejectedLastHour: z.number().int(),
    createdAt: moment,
  })
  .meta({ id: 'Source' });
export const sourceList = z.object({ items: z.array(sourceItem) });
export const newSource = z.object({
  name,
  kind: z.enum(sourceKinds),
  channel: channel.optional(),
  owner: owner.optional(),
  proves: z.array(provable).max(40).optional(),
});
export const sourcePatch = z.object({ name, owner, enabled: z.boolean(), proves: z.array(provable).max(40) }).partial();
export const idParams = z.object({ id: z.uuid() });

const loose = z.record(z.string(), z.unknown());
const externalId = z.object({
  id: z.string(),
  type: z.string(),
  collection: z.string().optional(),
  encoding: z.string().optional(),
});

/** One event as clients send it. Unknown fields are kept. */
export const trackEvent = z
  .looseObject({
    type: z
      .enum(['identify', 'track', 'page', 'screen', 'group', 'alias'])
      .optional()
      .describe('Not needed where the address names it'),
    userId: z.union([z.string(), z.number()]).nullish(),
    anonymousId: z.union([z.string(), z.number()]).nullish(),
    messageId: z
      .string()
      .max(99)
      .optional()
      .describe('The same one again has no second effect, for as long as the event is kept'),
    timestamp: z.string().optional(),
    originalTimestamp: z.string().optional(),
    sentAt: z.string().nullish(),
    event: z.string().optional().describe('track: its name'),
    name: z.string().nullish().describe('page, screen'),
    properties: loose.optional(),
    traits: loose.optional(),
    groupId: z.union([z.string(), z.number()]).optional(),
    previousId: z.union([z.string(), z.number()]).optional(),
    context: z
      .looseObject({
        externalIds: z.array(externalId).optional(),
        traits: loose.optional(),
        direct: z.boolean().optional(),
      })
      .optional(),
    integrations: loose.optional(),
    writeKey: z.string().optional(),
  })
  .meta({ id: 'TrackEvent' });

export const trackBatch = z
  .looseObject({
    batch: z.array(trackEvent).max(2500),
    writeKey: z.string().optional(),
    sentAt: z.string().nullish(),
    context: loose.optional().describe('Merged into every event'),
    integrations: loose.optional().describe('Merged into every event'),
  })
  .meta({ id: 'TrackBatch' });

export const trackAnswer = z
  .object({
    success: z.literal(true),
    accepted: z.number().int().describe('Events that are committed; repeated ones among them'),
    rejected: z.array(z.object({ index: z.number().int(), messageId: z.string().nullable(), code: z.string() })),
    rejectedTotal: z.number().int().optional().describe('When there are more than the list holds'),
  })
  .meta({ id: 'TrackAnswer' });

const list = z
  .string()
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(z.string().max(40)).max(20));
const limit = z.coerce.number().int().min(1).max(200).default(50);
const cursor = z.string().max(120).optional();

/** A few fields for a human sentence; which ones depends on the event. */
export const summary = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const timelineItem = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    name: z.string(),
    channel,
    sourceId: z.uuid().nullable(),
    customerId: z.uuid().nullable(),
    occurredAt: moment,
    receivedAt: moment,
    summary,
  })
  .meta({ id: 'TimelineItem' });
export type TimelineItem = z.infer<typeof timelineItem>;
export const timelineQuery = z.object({
  channel: list.optional(),
  kind: list.optional(),
  until: moment.optional().describe('Only what happened up to this moment; a cursor goes on from there'),
  cursor,
  limit,
});
export const timelineList = z.object({ items: z.array(timelineItem), nextCursor: z.string().nullable() });

export const eventItem = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    name: z.string(),
    channel,
    sourceId: z.uuid().nullable(),
    customerId: z.uuid().nullable(),
    occurredAt: moment,
    receivedAt: moment,
    originalAt: moment.nullable(),
    sentAt: moment.nullable(),
    messageId: z.string().nullable(),
    data: loose,
  })
  .meta({ id: 'Event' });

export const riverQuery = z.object({
  from: moment.optional(),
  to: moment.optional(),
  buckets: z.coerce.number().int().min(1).max(400).default(120),
});
export const river = z
  .object({
    from: moment,
    to: moment,
    channels: z.array(
      z.object({
        channel,
        firstAt: moment,
        lastAt: moment,
        count: z.number().int(),
        buckets: z.array(z.number().int()),
      }),
    ),
    crossings: z.array(z.object({ at: moment, fromChannel: channel, toChannel: channel })),
    joins: z.array(z.looseObject({ at: moment })),
  })
  .meta({ id: 'River' });

export const inspectorQuery = z.object({
  source: z.uuid().optional(),
  kind: z.string().max(40).optional(),
  state: z.enum(['accepted', 'rejected']).optional(),
  customerId: z.uuid().optional(),
  cursor: z.uuid().optional(),
  limit,
});
export const inspectorItem = z
  .object({
    id: z.uuid(),
    at: moment,
    state: z.enum(['accepted', 'rejected']),
    code: z.string().optional(),
    reason: z.string().optional(),
    sourceId: z.uuid().nullable(),
    kind: z.string().nullable(),
    name: z.string().nullable(),
    channel: channel.nullable(),
    customerId: z.uuid().nullable(),
  })
  .meta({ id: 'InspectorItem' });
export type InspectorItem = z.infer<typeof inspectorItem>;
export const inspectorList = z.object({ items: z.array(inspectorItem), nextCursor: z.string().nullable() });
export const rejectedItem = z
  .object({
    id: z.uuid(),
    at: moment,
    sourceId: z.uuid().nullable(),
    kind: z.string().nullable(),
    name: z.string().nullable(),
    messageId: z.string().nullable(),
    code: z.string(),
    reason: z.string(),
    raw: z.string(),
  })
  .meta({ id: 'RejectedEvent' });

export const streamQuery = z.object({ topics: z.string().max(2_000), lastEventId: z.string().max(80).optional() });

/** Codes of refusals; each has a text under `problem.<code>`. */
export const problems = [
  'timeline.unreadable',
  'timeline.body-too-large',
  'timeline.unknown-key',
  'timeline.source-off',
  'timeline.busy',
  'timeline.not-an-object',
  'timeline.unknown-type',
  'timeline.no-user',
  'timeline.no-event-name',
  'timeline.no-group',
  'timeline.no-previous',
  'timeline.event-too-large',
  'timeline.too-many-events',
  'timeline.too-deep',
  'timeline.message-id-too-long',
  'timeline.not-storable',
  'timeline.source-not-found',
  'timeline.event-not-found',
  'timeline.customer-not-found',
  'timeline.bad-cursor',
  'timeline.bad-topic',
  'timeline.too-many-streams',
] as const;
