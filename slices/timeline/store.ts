import type { Channel } from '@ruslo/kernel';
import { eventColumns } from '@ruslo/platform';
import type { EventKind, LogEvent, Query, Tx } from '@ruslo/platform';
import type { SourceKind } from './source-kind.ts';

/** All SQL of the slice: its own schema, and reading the log. */

export interface SourceRow {
  readonly id: string;
  readonly name: string;
  readonly kind: SourceKind;
  readonly channel: Channel;
  readonly owner: string;
  readonly writeKey: string;
  readonly proves: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: Date;
}

const sourceColumns = `id, name, kind, channel, owner, write_key as "writeKey", proves, enabled, created_at as "createdAt"`;

export const allSources = (query: Query): Promise<SourceRow[]> =>
  query.query<SourceRow>(
    `select ${sourceColumns} from timeline.source where deleted_at is null order by created_at, id`,
  );

export async function sourceById(query: Query, id: string): Promise<SourceRow | undefined> {
  const [row] = await query.query<SourceRow>(
    `select ${sourceColumns} from timeline.source where id = $1 and deleted_at is null`,
    [id],
  );
  return row;
}

export async function insertSource(tx: Tx, source: Omit<SourceRow, 'createdAt'>): Promise<SourceRow> {
  const [row] = await tx.query<SourceRow>(
    `insert into timeline.source (id, name, kind, channel, owner, write_key, proves, enabled)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${sourceColumns}`,
    [source.id, source.name, source.kind, source.channel, source.owner, source.writeKey, source.proves, source.enabled],
  );
  if (row === undefined) throw new Error('insert returned no source');
  return row;
}

export async function updateSource(tx: Tx, source: SourceRow): Promise<SourceRow | undefined> {
  const [row] = await tx.query<SourceRow>(
    `update timeline.source set name = $2, owner = $3, proves = $4, enabled = $5, write_key = $6
     where id = $1 and deleted_at is null returning ${sourceColumns}`,
    [source.id, source.name, source.owner, source.proves, source.enabled, source.writeKey],
  );
  return row;
}

/** Events keep naming their source, so the row stays; its key stops working. */
export async function deleteSource(tx: Tx, id: string, spentKey: string): Promise<boolean> {
  const rows = await tx.query(
    `update timeline.source set deleted_at = now(), enabled = false, write_key = $2 where id = $1 and deleted_at is null returning id`,
    [id, spentKey],
  );
  return rows.length > 0;
}

export interface Count {
  readonly sourceId: string;
  /** Start of the minute, ISO. */
  readonly minute: string;
  readonly lastSeenAt: string;
  accepted: number;
  repeated: number;
  rejected: number;
  late: number;
}

/** Adds what was counted; rows in the order of their keys, so that two processes never wait for each other in a ring. */
export async function addCounts(tx: Tx, counts: readonly Count[]): Promise<void> {
  const sorted = counts.toSorted((a, b) => (a.sourceId + a.minute < b.sourceId + b.minute ? -1 : 1));
  await tx.query(
    `insert into timeline.source_minute as old (source_id, minute, accepted, repeated, rejected, late)
     select c.* from unnest($1::uuid[], $2::timestamptz[], $3::int[], $4::int[], $5::int[], $6::int[]) as c (source_id, minute, accepted, repeated, rejected, late)
     where exists (select from timeline.source s where s.id = c.source_id)
     on conflict (source_id, minute) do update set accepted = old.accepted + excluded.accepted, repeated = old.repeated + excluded.repeated,
       rejected = old.rejected + excluded.rejected, late = old.late + excluded.late`,
    [
      sorted.map((count) => count.sourceId),
      sorted.map((count) => count.minute),
      sorted.map((count) => count.accepted),
      sorted.map((count) => count.repeated),
      sorted.map((count) => count.rejected),
      sorted.map((count) => count.late),
    ],
  );
  await tx.query(
    `insert into timeline.source_seen as old (source_id, last_seen_at)
     select c.source_id, max(c.at) from unnest($1::uuid[], $2::timestamptz[]) as c (source_id, at)
     where exists (select from timeline.source s where s.id = c.source_id) group by 1 order by 1
     on conflict (source_id) do update set last_seen_at = greatest(old.last_seen_at, excluded.last_seen_at)`,
    [sorted.map((count) => count.sourceId), sorted.map((count) => count.lastSeenAt)],
  );
}

export interface SourceState {
  readonly sourceId: string;
  readonly lastSeenAt: Date | null;
  /** In the last five minutes. */
  readonly accepted5: number;
  /** In the last hour. */
  readonly acceptedHour: number;
  readonly rejectedHour: number;
  readonly lateHour: number;
  /** The longest silence between two minutes with events in the last seven days. */
  readonly longestGapMs: number;
  /** How far back the counts go. */
  readonly knownMs: number;
}

export const sourceStates = (query: Query, now: Date): Promise<SourceState[]> =>
  query.query<SourceState>(
    `with gap as (
       select *, minute - lag(minute) over (partition by source_id order by minute) as silence
       from timeline.source_minute where minute > $1::timestamptz - interval '7 days'
     )
     select s.id as "sourceId", n.last_seen_at as "lastSeenAt",
       coalesce(sum(g.accepted) filter (where g.minute > $1::timestamptz - interval '5 minutes'), 0)::int as "accepted5",
       coalesce(sum(g.accepted) filter (where g.minute > $1::timestamptz - interval '1 hour'), 0)::int as "acceptedHour",
       coalesce(sum(g.rejected) filter (where g.minute > $1::timestamptz - interval '1 hour'), 0)::int as "rejectedHour",
       coalesce(sum(g.late) filter (where g.minute > $1::timestamptz - interval '1 hour'), 0)::int as "lateHour",
       coalesce(extract(epoch from max(g.silence)) * 1000, 0)::float8 as "longestGapMs",
       coalesce(extract(epoch from $1::timestamptz - min(g.minute)) * 1000, 0)::float8 as "knownMs"
     from timeline.source s left join timeline.source_seen n on n.source_id = s.id left join gap g on g.source_id = s.id
     where s.deleted_at is null group by s.id, n.last_seen_at`,
    [now],
  );

export interface RejectedRow {
  readonly id: string;
  readonly at: Date;
  readonly sourceId: string | null;
  readonly kind: string | null;
  readonly name: string | null;
  readonly messageId: string | null;
  readonly code: string;
}

export interface NewRejected extends Omit<RejectedRow, 'at'> {
  readonly at: string;
  readonly raw: string;
}

const rejectedColumns = `id, at, source_id as "sourceId", kind, name, message_id as "messageId", code`;

export async function insertRejected(tx: Tx, rows: readonly NewRejected[]): Promise<void> {
  await tx.query(
    `insert into timeline.rejected (id, at, source_id, kind, name, message_id, code, raw)
     select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) on conflict do nothing`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.at),
      rows.map((row) => row.sourceId),
      rows.map((row) => row.kind),
      rows.map((row) => row.name),
      rows.map((row) => row.messageId),
      rows.map((row) => row.code),
      rows.map((row) => row.raw),
    ],
  );
}

/** Forgets old counts and refusals. */
export async function prune(query: Query, now: Date): Promise<void> {
  await query.query(`delete from timeline.source_minute where minute < $1::timestamptz - interval '8 days'`, [now]);
  await query.query(
    `delete from timeline.rejected where at < $1::timestamptz - interval '7 days'
       or id < (select id from timeline.rejected order by id desc offset 100000 limit 1)`,
    [now],
  );
}

export async function rejectedById(query: Query, id: string): Promise<(RejectedRow & { raw: string }) | undefined> {
  const [row] = await query.query<RejectedRow & { raw: string }>(
    `select ${rejectedColumns}, raw from timeline.rejected where id = $1`,
    [id],
  );
  return row;
}

export interface Filter {
  readonly sourceId?: string | undefined;
  readonly kind?: string | undefined;
  /** Ids below this one: both are made in the order of time. */
  readonly before: string;
  readonly limit: number;
}

export const recentRejected = (query: Query, filter: Filter): Promise<RejectedRow[]> =>
  query.query<RejectedRow>(
    `select ${rejectedColumns} from timeline.rejected
     where id < $1 and ($2::uuid is null or source_id = $2) and ($3::text is null or kind = $3) order by id desc limit $4`,
    [filter.before, filter.sourceId ?? null, filter.kind ?? null, filter.limit],
  );

/** How many rows of the log one page of the inspector looks through at most; the cursor then goes on from there. */
export const scanned = 20_000;

export interface RecentEvent {
  readonly id: string;
  readonly receivedAt: Date;
  readonly sourceId: string | null;
  readonly kind: EventKind;
  readonly name: string;
  readonly channel: Channel;
  readonly customerId: string | null;
}

const recentColumns = `id, received_at as "receivedAt", source_id as "sourceId", kind, name, channel, customer_id as "customerId"`;

/** The newest events of the log, whoever they are about. `lastScanned` when the look ended before the page was full. */
export async function recentEvents(
  query: Query,
  filter: Filter,
): Promise<{ events: RecentEvent[]; lastScanned: string | undefined }> {
  if (filter.sourceId === undefined && filter.kind === undefined) {
    const events = await query.query<RecentEvent>(
      `select ${recentColumns} from log.event where id < $1 order by id desc limit $2`,
      [filter.before, filter.limit],
    );
    return { events, lastScanned: undefined };
  }
  const rows = await query.query<RecentEvent & { floor: string | null }>(
    `with looked as materialized (select id, received_at, source_id, kind, name, channel, customer_id from log.event where id < $1 order by id desc limit $5),
       edge as (select case when count(*) = $5 then min(id::text) end as floor from looked)
     select f.*, edge.floor from edge left join (
       select ${recentColumns} from looked where ($2::uuid is null or source_id = $2) and ($3::text is null or kind = $3)
       order by id desc limit $4) f on true order by f.id desc`,
    [filter.before, filter.sourceId ?? null, filter.kind ?? null, filter.limit, scanned],
  );
  const events = rows.filter((row) => row.id !== null);
  return { events, lastScanned: events.length < filter.limit ? (rows[0]?.floor ?? undefined) : undefined };
}

export const recentOfCustomer = (query: Query, ids: readonly string[], filter: Filter): Promise<RecentEvent[]> =>
  query.query<RecentEvent>(
    `select ${recentColumns} from log.event where customer_id = any($1::uuid[]) and id < $2
       and ($3::uuid is null or source_id = $3) and ($4::text is null or kind = $4) order by id desc limit $5`,
    [ids, filter.before, filter.sourceId ?? null, filter.kind ?? null, filter.limit],
  );

export async function eventById(query: Query, id: string): Promise<LogEvent | undefined> {
  const [row] = await query.query<LogEvent>(
    `select ${eventColumns} from log.event where id = $1 limit 1`,
    [id],
    'timeline.event',
  );
  return row;
}

export interface Page {
  readonly channels?: readonly string[] | undefined;
  readonly kinds?: readonly string[] | undefined;
  /** Events that occurred before this (and, at the same moment, have a smaller id). */
  readonly before?: { readonly at: string; readonly id: string } | undefined;
  readonly limit: number;
}

/** The newest events of a person: of each id of the set its newest, then the newest of these. */
export function timelinePage(query: Query, ids: readonly string[], page: Page): Promise<LogEvent[]> {
  const values: unknown[] = [ids, page.limit];
  const conditions = ['customer_id = m.id'];
  if (page.before !== undefined) {
    values.push(page.before.at, page.before.id);
    conditions.push(`(occurred_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
  }
  for (const [column, wanted] of [
    ['channel', page.channels],
    ['kind', page.kinds],
  ] as const) {
    if (wanted === undefined) continue;
    values.push(wanted);
    conditions.push(`${column} = any($${values.length}::text[])`);
  }
  return query.query<LogEvent>(
    `select e.* from unnest($1::uuid[]) as m(id) cross join lateral (
       select ${eventColumns} from log.event where ${conditions.join(' and ')} order by occurred_at desc, id desc limit $2) e
     order by "occurredAt" desc, id desc limit $2`,
    values,
  );
}

/** Contacts: not what the house does by itself, nor what it concludes about who is who. */
const isContact = `channel <> 'system' and (kind <> 'fact' or split_part(name, '.', 1) not in ('customer', 'identifier', 'suggestion'))`;

export interface ChannelSpan {
  readonly channel: Channel;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}

/** First and last contact by channel. Facts of the house itself are no contacts. */
export const channelSpans = (query: Query, ids: readonly string[]): Promise<ChannelSpan[]> =>
  query.query<ChannelSpan>(
    `select channel, min(occurred_at) as "firstAt", max(occurred_at) as "lastAt", count(*)::int as count
     from log.event where customer_id = any($1::uuid[]) and ${isContact} group by channel order by min(occurred_at), channel`,
    [ids],
  );

export const bucketCounts = (
  query: Query,
  ids: readonly string[],
  from: Date,
  to: Date,
  buckets: number,
): Promise<{ channel: Channel; bucket: number; count: number }[]> =>
  query.query(
    `select channel, least(width_bucket(extract(epoch from occurred_at), extract(epoch from $2::timestamptz), extract(epoch from $3::timestamptz) + 0.001, $4::int) - 1, $4::int - 1) as bucket,
       count(*)::int as count
     from log.event where customer_id = any($1::uuid[]) and ${isContact} and occurred_at between $2 and $3 group by 1, 2`,
    [ids, from, to, buckets],
  );

/** The newest moments at which the person went from one channel over to another. */
export const crossings = (
  query: Query,
  ids: readonly string[],
  from: Date,
  to: Date,
  limit: number,
): Promise<{ at: Date; fromChannel: Channel; toChannel: Channel }[]> =>
  query.query(
    `select at, "fromChannel", "toChannel" from (
       select occurred_at as at, lag(channel) over (order by occurred_at, id) as "fromChannel", channel as "toChannel"
       from (select occurred_at, id, channel from log.event
             where customer_id = any($1::uuid[]) and ${isContact} and occurred_at between $2 and $3
             order by occurred_at desc, id desc limit 20000) newest) step
     where "fromChannel" <> "toChannel" order by at desc limit $4`,
    [ids, from, to, limit],
  );

export async function eraseEvents(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.query('delete from log.event where customer_id = any($1::uuid[])', [ids]);
}

export const exportEvents = (tx: Tx, ids: readonly string[]): Promise<LogEvent[]> =>
  tx.query<LogEvent>(
    `select ${eventColumns} from log.event where customer_id = any($1::uuid[]) order by occurred_at, id`,
    [ids],
  );
