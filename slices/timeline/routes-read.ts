import { joins, members } from '@ruslo/identity';
import { isUuid, ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, lastId } from '@ruslo/platform';
import type { App, House, LogEvent } from '@ruslo/platform';
import type { z } from 'zod';
import * as contract from './contract.ts';
import type { InspectorItem, TimelineItem } from './contract.ts';
import { summarise } from './rules.ts';
import * as store from './store.ts';
import type { RecentEvent, RejectedRow } from './store.ts';

/** Reading: a person's timeline and river, single events, the inspector. */

const tags = ['timeline'];
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export const showItem = (event: LogEvent): TimelineItem => ({
  id: event.id,
  kind: event.kind,
  name: event.name,
  channel: event.channel,
  sourceId: event.sourceId,
  customerId: event.customerId,
  occurredAt: event.occurredAt.toISOString(),
  receivedAt: event.receivedAt.toISOString(),
  summary: summarise(event.kind, event.data),
});

const cursorOf = (event: LogEvent): string => `${event.occurredAt.getTime()}.${event.id}`;

/** Undefined when there is none; `bad` when it is not one that we gave. */
function readCursor(text: string | undefined): { at: string; id: string } | undefined | 'bad' {
  if (text === undefined || text === '') return undefined;
  const [ms = '', id = ''] = text.split('.');
  const at = new Date(Number(ms));
  return /^-?\d{1,15}$/.test(ms) && isUuid(id) && !Number.isNaN(at.getTime()) ? { at: at.toISOString(), id } : 'bad';
}

export function readRoutes(app: App, house: House): void {
  app.get(
    '/v1/customers/:id/timeline',
    {
      config: { permission: 'customer.read', audit: 'customer.viewed' },
      schema: {
        tags,
        summary: 'What a person did and what happened to them, newest first',
        params: contract.idParams,
        querystring: contract.timelineQuery,
        response: { 200: contract.timelineList },
      },
    },
    async (request, reply) => answer(house, request, reply, await timeline(house, request.params.id, request.query)),
  );

  app.get(
    '/v1/customers/:id/river',
    {
      config: { permission: 'customer.read', audit: 'customer.viewed' },
      schema: {
        tags,
        summary: 'Activity by channel over time, with crossings and joins; at most 500 of each',
        params: contract.idParams,
        querystring: contract.riverQuery,
        response: { 200: contract.river },
      },
    },
    async (request, reply) => answer(house, request, reply, await river(house, request.params.id, request.query)),
  );

  app.get(
    '/v1/events/:id',
    {
      config: { permission: 'event.read', audit: 'event.viewed' },
      schema: {
        tags,
        summary: 'One event as it is kept',
        params: contract.idParams,
        response: { 200: contract.eventItem },
      },
    },
    async (request, reply) => {
      const event = await store.eventById(house.db, request.params.id);
      if (typeof event?.customerId === 'string') request.shown = [event.customerId];
      return answer(
        house,
        request,
        reply,
        event === undefined ? refuse('timeline.event-not-found', 404) : ok(showEvent(event)),
      );
    },
  );

  app.get(
    '/v1/events',
    {
      config: { permission: 'event.read', audit: 'event.listed' },
      schema: {
        tags,
        summary:
          'The inspector: the newest events, kept and refused. A page may be short or empty and still have a next one',
        querystring: contract.inspectorQuery,
        response: { 200: contract.inspectorList },
      },
    },
    async (request, reply) => {
      if (request.query.customerId !== undefined) request.shown = [request.query.customerId];
      return answer(house, request, reply, await inspect(house, request.query, request.locale));
    },
  );

  app.get(
    '/v1/rejected/:id',
    {
      config: { permission: 'event.read', audit: 'event.viewed' },
      schema: {
        tags,
        summary: 'A refused event as it came',
        params: contract.idParams,
        response: { 200: contract.rejectedItem },
      },
    },
    async (request, reply) => {
      const row = await store.rejectedById(house.db, request.params.id);
      return answer(
        house,
        request,
        reply,
        row === undefined
          ? refuse('timeline.event-not-found', 404)
          : ok({ ...row, at: row.at.toISOString(), reason: house.words.say(request.locale, `problem.${row.code}`) }),
      );
    },
  );
}

const showEvent = (event: LogEvent): z.input<typeof contract.eventItem> => ({
  id: event.id,
  kind: event.kind,
  name: event.name,
  channel: event.channel,
  sourceId: event.sourceId,
  customerId: event.customerId,
  occurredAt: event.occurredAt.toISOString(),
  receivedAt: event.receivedAt.toISOString(),
  originalAt: iso(event.originalAt),
  sentAt: iso(event.sentAt),
  messageId: event.messageId,
  data: { ...event.data },
});

async function timeline(
  house: House,
  id: string,
  query: z.output<typeof contract.timelineQuery>,
): Promise<Result<z.input<typeof contract.timelineList>>> {
  const cursor = readCursor(query.cursor);
  if (cursor === 'bad') return refuse('timeline.bad-cursor', 400);
  const before = cursor ?? (query.until === undefined ? undefined : { at: query.until, id: lastId });
  const ids = await members(house.db, id);
  if (ids.length === 0) return refuse('timeline.customer-not-found', 404);
  const events = await store.timelinePage(house.db, ids, {
    channels: query.channel,
    kinds: query.kind,
    before,
    limit: query.limit + 1,
  });
  const page = events.slice(0, query.limit);
  const last = page.at(-1);
  return ok({
    items: page.map(showItem),
    nextCursor: events.length > query.limit && last !== undefined ? cursorOf(last) : null,
  });
}

async function river(
  house: House,
  id: string,
  query: z.output<typeof contract.riverQuery>,
): Promise<Result<z.input<typeof contract.river>>> {
  const ids = await members(house.db, id);
  if (ids.length === 0) return refuse('timeline.customer-not-found', 404);
  const [spans, joined] = await Promise.all([store.channelSpans(house.db, ids), joins(house.db, id)]);
  const now = house.clock.now();
  const first = spans.reduce((least, span) => Math.min(least, span.firstAt.getTime()), now.getTime());
  const last = spans.reduce((most, span) => Math.max(most, span.lastAt.getTime()), first);
  const from = query.from === undefined ? new Date(first) : new Date(query.from);
  const to = new Date(Math.max(query.to === undefined ? last : Date.parse(query.to), from.getTime() + 1));
  const [counts, crossed] = await Promise.all([
    store.bucketCounts(house.db, ids, from, to, query.buckets),
    store.crossings(house.db, ids, from, to, 500),
  ]);
  const rows = new Map(spans.map((span) => [span.channel, Array.from({ length: query.buckets }, () => 0)]));
  for (const { channel, bucket, count } of counts) {
    const row = rows.get(channel);
    if (row?.[bucket] !== undefined) row[bucket] = count;
  }
  return ok({
    from: from.toISOString(),
    to: to.toISOString(),
    channels: spans.map((span) => ({
      channel: span.channel,
      firstAt: span.firstAt.toISOString(),
      lastAt: span.lastAt.toISOString(),
      count: span.count,
      buckets: rows.get(span.channel) ?? [],
    })),
    crossings: crossed.map((step) => ({ ...step, at: step.at.toISOString() })).reverse(),
    joins: joined.slice(-500).map((join) => ({ ...join, at: new Date(join.at).toISOString() })),
  });
}

const showAccepted = (event: RecentEvent): InspectorItem => ({
  id: event.id,
  at: event.receivedAt.toISOString(),
  state: 'accepted',
  sourceId: event.sourceId,
  kind: event.kind,
  name: event.name,
  channel: event.channel,
  customerId: event.customerId,
});

const showRejected =
  (house: House, locale: 'ru' | 'en') =>
  (row: RejectedRow): InspectorItem => ({
    id: row.id,
    at: row.at.toISOString(),
    state: 'rejected',
    code: row.code,
    reason: house.words.say(locale, `problem.${row.code}`),
    sourceId: row.sourceId,
    kind: row.kind,
    name: row.name,
    channel: null,
    customerId: null,
  });

/** Accepted and refused events have ids of one kind, made in the order of time, so the two lists merge by id. */
async function inspect(
  house: House,
  query: z.output<typeof contract.inspectorQuery>,
  locale: 'ru' | 'en',
): Promise<Result<z.input<typeof contract.inspectorList>>> {
  const filter = { sourceId: query.source, kind: query.kind, before: query.cursor ?? lastId, limit: query.limit };
  let accepted: RecentEvent[] = [];
  let lastScanned: string | undefined;
  if (query.state !== 'rejected') {
    if (query.customerId === undefined)
      ({ events: accepted, lastScanned } = await store.recentEvents(house.db, filter));
    else accepted = await store.recentOfCustomer(house.db, await members(house.db, query.customerId), filter);
  }
  const rejected =
    query.state === 'accepted' || query.customerId !== undefined ? [] : await store.recentRejected(house.db, filter);
  const merged = [...accepted.map(showAccepted), ...rejected.map(showRejected(house, locale))].toSorted((a, b) =>
    a.id < b.id ? 1 : -1,
  );
  // Beyond the place where the look through the log ended, refused ones would come before accepted ones not seen yet.
  const items = merged.filter((item) => lastScanned === undefined || item.id >= lastScanned).slice(0, query.limit);
  const full = accepted.length === query.limit || rejected.length === query.limit;
  return ok({
    items,
    nextCursor: items.length === query.limit && full ? (items.at(-1)?.id ?? null) : (lastScanned ?? null),
  });
}
