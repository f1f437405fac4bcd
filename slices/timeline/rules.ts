import type { Channel } from '@ruslo/kernel';
import type { Json } from './clean.ts';
import { cleanText, idText, isLonger, isObject, jsonText, timesOf } from './clean.ts';
import type { Identifier, Trust } from './who.ts';
import { aliasOf, identifiersOf } from './who.ts';

export { lightOf } from './health.ts';
export { summarise } from './summary.ts';

/** The tracking API: what came in, made into events of the log or into refusals, each by itself. Pure. */

export const limits = {
  bodyBytes: 500 * 1024,
  eventBytes: 32 * 1024,
  events: 2_500,
  /** Characters; longer ones are refused. */
  messageId: 99,
  name: 200,
  /** What a batch may grow to when its common context is merged into each event: 500 KB can be made into 80 MB. */
  mergedBytes: 8 * 1024 * 1024,
  /** Refusals listed in one answer; `rejectedTotal` counts them all. */
  listed: 2_500,
} as const;

export const trackKinds = ['track', 'page', 'screen', 'identify', 'group', 'alias'] as const;
export type TrackKind = (typeof trackKinds)[number];

export type RejectCode =
  | 'timeline.not-an-object'
  | 'timeline.unknown-type'
  | 'timeline.no-user'
  | 'timeline.no-event-name'
  | 'timeline.no-group'
  | 'timeline.no-previous'
  | 'timeline.event-too-large'
  | 'timeline.too-many-events'
  | 'timeline.too-deep'
  | 'timeline.message-id-too-long'
  | 'timeline.unknown-key'
  | 'timeline.source-off'
  | 'timeline.not-storable';

/** What a request says before its events are looked at. */
export interface Envelope {
  readonly writeKey: string | undefined;
  readonly items: readonly unknown[];
  /** The kind that the address names, for items that name none. */
  readonly kind: TrackKind | undefined;
  readonly context: Json | undefined;
  readonly integrations: Json | undefined;
  readonly sentAt: unknown;
}

/** Who sent it, when and from where. */
export interface Arrival {
  readonly sourceId: string;
  readonly channel: Channel;
  readonly trust: Trust;
  readonly receivedMs: number;
  /** The connection's address and agent, when they are the person's own (a browser). */
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The connection's address for events with `context.direct: true`. */
  readonly directIp?: string | undefined;
  /** History: what the client wrote as time stands. */
  readonly isImport: boolean;
  /** Gives the next event id. */
  newId(): string;
}

/** A row for the log, before identity says whose it is. */
export interface Row {
  readonly id: string;
  readonly kind: TrackKind;
  readonly name: string;
  readonly channel: Channel;
  readonly sourceId: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly originalAt: string | null;
  readonly sentAt: string | null;
  readonly messageId: string;
  readonly data: string;
  /** Null until identity has said whose it is. */
  customerId: string | null;
}

export interface Accepted {
  readonly index: number;
  readonly row: Row;
  /** The messageId is the client's, so it may come again; else we made it. */
  readonly ownMessageId: string | undefined;
  readonly identifiers: readonly Identifier[];
  readonly traits: Json | undefined;
  readonly alias: { readonly previous: { readonly kind: string; readonly value: string } } | undefined;
}

export interface Rejected {
  readonly index: number;
  readonly messageId: string | null;
  readonly code: RejectCode;
  readonly kind: string | null;
  readonly name: string | null;
  /** As it came. */
  readonly item: unknown;
}

const kinds: ReadonlySet<string> = new Set(trackKinds);
const isTrackKind = (text: string): text is TrackKind => kinds.has(text);
/** Browser clients shorten the last part of the address. */
const shortKinds: Readonly<Record<string, TrackKind>> = {
  i: 'identify',
  t: 'track',
  p: 'page',
  s: 'screen',
  g: 'group',
  a: 'alias',
};

/** The kind that the last part of an intake address names; undefined for batches. */
export function kindOfAddress(part: string): TrackKind | undefined {
  const low = part.toLowerCase();
  return isTrackKind(low) ? low : shortKinds[low];
}

// Strings are passed over whole, so digits inside them stay what they are.
const stringOrLongInteger = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/gs;

/** Integers that a double cannot hold become text: an outside system's id must not lose its last digits. */
export function parseJson(text: string): unknown {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  // Parsed as it is first: only in what is JSON does every string end, and with open ones the pattern would look for the
  // end from each quote anew (500 KB of quotes took minutes).
  const plain: unknown = JSON.parse(body);
  if (!/\d{16}/.test(body)) return plain;
  return JSON.parse(
    body.replace(stringOrLongInteger, (found) =>
      found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : `"${found}"`,
    ),
  );
}

/** Reads the outer form of a body; undefined when it is neither an object nor a list. */
export function openEnvelope(body: unknown, kind: TrackKind | undefined): Envelope | undefined {
  if (Array.isArray(body))
    return {
      writeKey: keyOf(body[0]),
      items: body,
      kind,
      context: undefined,
      integrations: undefined,
      sentAt: undefined,
    };
  if (!isObject(body)) return undefined;
  const { batch } = body;
  if (!Array.isArray(batch)) {
    return {
      writeKey: keyOf(body),
      items: [body],
      kind,
      context: undefined,
      integrations: undefined,
      sentAt: undefined,
    };
  }
  return {
    writeKey: keyOf(body) ?? keyOf(batch[0]),
    items: batch,
    kind,
    context: isObject(body['context']) ? body['context'] : undefined,
    integrations: isObject(body['integrations']) ? body['integrations'] : undefined,
    sentAt: body['sentAt'] ?? body['sent_at'],
  };
}

function keyOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const key = body['writeKey'] ?? body['write_key'] ?? body['api_key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** Judges each item by itself: what is wrong with one never costs another. */
export function judge(envelope: Envelope, arrival: Arrival): { accepted: Accepted[]; rejected: Rejected[] } {
  const accepted: Accepted[] = [];
  const rejected: Rejected[] = [];
  const receivedAt = new Date(arrival.receivedMs).toISOString();
  const common = commonOf(envelope);
  const commonBytes = typeof common === 'number' ? common : 0;
  let mergedBytes = 0;
  for (let index = 0; index < envelope.items.length; index += 1) {
    const item = envelope.items[index];
    if (index >= limits.events) {
      rejected.push(rejection(index, item, 'timeline.too-many-events'));
      continue;
    }
    const judged =
      typeof common === 'string' && isObject(item)
        ? common
        : mergedBytes + commonBytes > limits.mergedBytes
          ? 'timeline.event-too-large'
          : judgeOne(item, index, envelope, arrival, receivedAt);
    // What was merged and then refused has cost its time as well.
    mergedBytes += typeof judged === 'string' ? commonBytes : judged.row.data.length;
    if (typeof judged === 'string') rejected.push(rejection(index, item, judged));
    else if (mergedBytes > limits.mergedBytes) rejected.push(rejection(index, item, 'timeline.event-too-large'));
    else accepted.push(judged);
  }
  return { accepted, rejected };
}

/**
 * How many characters a batch's common context and integrations add to each event, or why no event can carry them:
 * merged into 2,400 events before anybody measured, 400 KB of context held the process for a minute.
 */
function commonOf({ context, integrations }: Envelope): number | RejectCode {
  if (context === undefined && integrations === undefined) return 0;
  const text = jsonText({ context, integrations });
  if (text === undefined) return 'timeline.too-deep';
  return text.length > limits.eventBytes * 2 ? 'timeline.event-too-large' : text.length;
}

/** Refuses everything of an envelope for one reason, such as a key that nobody gave out. */
export const rejectAll = (envelope: Envelope, code: RejectCode): Rejected[] =>
  envelope.items.map((item, index) => rejection(index, item, code));

export function rejection(index: number, item: unknown, code: RejectCode): Rejected {
  const from = isObject(item) ? item : {};
  const messageId = idText(from['messageId']);
  const kind = typeof from['type'] === 'string' ? cleanText(from['type'], 40) : null;
  const name = typeof from['event'] === 'string' ? from['event'] : from['name'];
  return {
    index,
    code,
    item,
    kind,
    messageId: messageId === undefined ? null : cleanText(messageId, limits.messageId),
    name: typeof name === 'string' ? cleanText(name, limits.name) : null,
  };
}

function judgeOne(
  raw: unknown,
  index: number,
  envelope: Envelope,
  arrival: Arrival,
  receivedAt: string,
): Accepted | RejectCode {
  if (!isObject(raw)) return 'timeline.not-an-object';
  const item = raw['distinct_id'] !== undefined && raw['messageId'] === undefined ? fromPosthog(raw) : raw;
  const kind = kindOfItem(item, envelope.kind);
  if (kind === undefined) return 'timeline.unknown-type';
  const messageId = idText(item['messageId']);
  if (messageId !== undefined && messageId.length > limits.messageId) return 'timeline.message-id-too-long';

  const context = contextOf(item, envelope, arrival);
  const ownTraits = isObject(item['traits']) ? item['traits'] : undefined;
  const contextTraits = context !== undefined && isObject(context['traits']) ? context['traits'] : undefined;
  const traits =
    kind === 'group' || ownTraits === undefined
      ? contextTraits
      : contextTraits === undefined
        ? ownTraits
        : { ...contextTraits, ...ownTraits };
  const identifiers = identifiersOf(item, context, traits, arrival.trust);
  if (identifiers.length === 0) return 'timeline.no-user';
  if (kind === 'group' && idText(item['groupId']) === undefined) return 'timeline.no-group';
  if (kind === 'alias' && idText(item['previousId']) === undefined) return 'timeline.no-previous';
  const name = nameOf(kind, item);
  if (name === undefined) return 'timeline.no-event-name';

  const data = jsonText(dataOf(item, context, envelope.integrations));
  if (data === undefined) return 'timeline.too-deep';
  if (isLonger(data, limits.eventBytes) && isTooLarge(item, data)) return 'timeline.event-too-large';

  const times = timesOf(
    item['originalTimestamp'] ?? item['timestamp'],
    item['sentAt'] ?? envelope.sentAt,
    arrival.receivedMs,
    arrival.isImport,
  );
  const id = arrival.newId();
  const stored = messageId === undefined ? id : cleanText(messageId, limits.messageId) || id;
  return {
    index,
    identifiers,
    traits,
    ownMessageId: messageId,
    alias: kind === 'alias' ? aliasOf(item) : undefined,
    row: {
      id,
      kind,
      name,
      channel: arrival.channel,
      sourceId: arrival.sourceId,
      receivedAt,
      data,
      occurredAt: times.occurredMs === arrival.receivedMs ? receivedAt : new Date(times.occurredMs).toISOString(),
      originalAt: times.originalMs === undefined ? null : new Date(times.originalMs).toISOString(),
      sentAt: times.sentMs === undefined ? null : new Date(times.sentMs).toISOString(),
      messageId: stored,
      customerId: null,
    },
  };
}

function kindOfItem(item: Json, byAddress: TrackKind | undefined): TrackKind | undefined {
  const { type } = item;
  if (typeof type === 'string') {
    const low = type.toLowerCase();
    if (isTrackKind(low)) return low;
  }
  if (byAddress !== undefined) return byAddress;
  return type === undefined && typeof item['event'] === 'string' ? 'track' : undefined;
}

function contextOf(item: Json, envelope: Envelope, arrival: Arrival): Json | undefined {
  const own = isObject(item['context']) ? item['context'] : undefined;
  const merged =
    envelope.context === undefined ? own : own === undefined ? envelope.context : { ...envelope.context, ...own };
  const isDirect = merged?.['direct'] === true;
  const ip = merged?.['ip'] === undefined ? (isDirect ? arrival.directIp : arrival.ip) : undefined;
  const userAgent = merged?.['userAgent'] === undefined ? arrival.userAgent : undefined;
  if (ip === undefined && userAgent === undefined) return merged;
  return { ...merged, ...(ip === undefined ? {} : { ip }), ...(userAgent === undefined ? {} : { userAgent }) };
}

function nameOf(kind: TrackKind, item: Json): string | undefined {
  if (kind === 'track') {
    const text = idText(item['event']);
    return text === undefined ? undefined : cleanText(text, limits.name) || undefined;
  }
  if (kind === 'page' || kind === 'screen') {
    const properties = isObject(item['properties']) ? item['properties'] : {};
    const text = idText(item['name']) ?? idText(properties['title']) ?? idText(properties['path']) ?? kind;
    return cleanText(text, limits.name) || kind;
  }
  return kind;
}

/** Kept in columns of their own, or nobody's business. */
const inColumns: ReadonlySet<string> = new Set([
  'type', 'messageId', 'sentAt', 'receivedAt', 'writeKey', 'write_key', 'api_key', 'context', 'integrations', '__proto__',
]); // prettier-ignore

function dataOf(item: Json, context: Json | undefined, integrations: Json | undefined): Json {
  const data: Json = {};
  for (const key in item) if (!inColumns.has(key)) data[key] = item[key];
  if (context !== undefined) data['context'] = context;
  const own = item['integrations'];
  if (integrations !== undefined) data['integrations'] = isObject(own) ? { ...integrations, ...own } : integrations;
  else if (own !== undefined) data['integrations'] = own;
  return data;
}

/** 32 KB is for the event as sent; what the batch's common context adds may come on top, as much again. */
function isTooLarge(item: Json, data: string): boolean {
  if (isLonger(data, limits.eventBytes * 2)) return true;
  const own = jsonText(item);
  return own === undefined || isLonger(own, limits.eventBytes);
}

/** PostHog's form of an event, as far as it says the same in other words. */
function fromPosthog(raw: Json): Json {
  const { distinct_id: who, uuid, $set: set, ...rest } = raw;
  const properties = isObject(raw['properties']) ? raw['properties'] : {};
  const isAnonymous = properties['$process_person_profile'] === false || properties['$is_identified'] === false;
  const event = raw['event'];
  const type =
    event === '$identify'
      ? 'identify'
      : event === '$pageview'
        ? 'page'
        : event === '$screen'
          ? 'screen'
          : event === '$create_alias'
            ? 'alias'
            : 'track';
  const traits = isObject(properties['$set']) ? properties['$set'] : isObject(set) ? set : undefined;
  return {
    ...rest,
    type,
    messageId: uuid,
    ...(isAnonymous ? { anonymousId: who } : { userId: who }),
    ...(properties['$anon_distinct_id'] === undefined ? {} : { anonymousId: properties['$anon_distinct_id'] }),
    ...(type === 'alias' ? { previousId: properties['alias'] } : {}),
    ...(traits === undefined ? {} : { traits }),
  };
}
