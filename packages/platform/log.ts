import type { Channel } from '@ruslo/kernel';
import type { Db, Query, Tx } from './db.ts';
import { newId } from './id.ts';
import type { Part } from './statement.ts';

export const eventKinds = ['track', 'page', 'screen', 'identify', 'group', 'alias', 'fact'] as const;

/** Tracked behaviour keeps the kind of its call; what a slice decided is a `fact`. */
export type EventKind = (typeof eventKinds)[number];

/** A row to append. Times are ISO 8601 in UTC; `data` is JSON text without NUL characters. */
export interface NewEvent {
  readonly id: string;
  readonly kind: EventKind;
  /** "Product Viewed" for behaviour, `customer.merged` for facts. Never empty. */
  readonly name: string;
  readonly channel: Channel;
  readonly sourceId: string | null;
  readonly customerId: string | null;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly originalAt: string | null;
  readonly sentAt: string | null;
  readonly messageId: string | null;
  readonly data: string;
}

/** A row of the log as readers get it. */
export interface LogEvent {
  readonly tx: number;
  readonly id: string;
  readonly kind: EventKind;
  readonly name: string;
  readonly channel: Channel;
  readonly sourceId: string | null;
  readonly customerId: string | null;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
  readonly originalAt: Date | null;
  readonly sentAt: Date | null;
  readonly messageId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A place in the log: everything up to and including it has been read. */
export interface Position {
  readonly tx: number;
  readonly id: string;
}

export const firstId = '00000000-0000-0000-0000-000000000000';
export const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Positions travel as `tx.id`: the `id:` line of the stream and `Last-Event-ID`. */
export const formatPosition = (position: Position): string => `${position.tx}.${position.id}`;

export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(text);
  return match?.[1] !== undefined && match[2] !== undefined ? { tx: Number(match[1]), id: match[2] } : undefined;
}

/** The columns of `LogEvent`, for `select`s of the slices that read the log (timeline, insight). */
export const eventColumns = `tx, id, kind, name, channel, source_id as "sourceId", customer_id as "customerId",
  occurred_at as "occurredAt", received_at as "receivedAt", original_at as "originalAt", sent_at as "sentAt",
  message_id as "messageId", data`;

// JSON text never holds raw control characters, and names and message ids are cleaned of them, so two control
// characters can part the values and stand for null. Postgres splits such a text about as fast as COPY reads
// rows (36,000 against 34,000 rows/s side by side), and unlike COPY the statement can join and return.
const separator = '\u001e';
const absent = '\u001d';
const split = (parameter: number): string => `string_to_array($${parameter}, E'\\x1e', E'\\x1d')`;

// The text becomes jsonb outside of the unnest: as an array of jsonb it would be copied once more (27 against 21 µs a row).
const appendSql = `insert into log.event
  (tx, id, kind, name, channel, source_id, customer_id, occurred_at, received_at, original_at, sent_at, message_id, data)
  select (select log.tx()), id, kind, name, channel, source_id, customer_id, occurred_at, received_at, original_at, sent_at, message_id, data::jsonb
  from unnest($1::uuid[], ${split(2)}, ${split(3)}, ${split(4)}, $5::uuid[], $6::uuid[], $7::timestamptz[],
    $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], ${split(11)}, ${split(12)})
    as row (id, kind, name, channel, source_id, customer_id, occurred_at, received_at, original_at, sent_at, message_id, data)`;

const list = (values: readonly (string | null)[]): string => `{${values.map((value) => value ?? 'NULL').join()}}`;
const joined = (values: readonly (string | null)[]): string => values.map((value) => value ?? absent).join(separator);

/**
 * Appends rows to the log in the caller's transaction, and wakes the followers when it has committed. All rows of a
 * transaction are written together at its end, in one statement: a checkout tells some ten facts from five slices. Rows
 * keep their order (ids of one process grow). The month's partition is made when it is missing.
 */
export function append(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length > 0) {
    tx.last.rows.push(...events);
    tx.last.write ??= () => write(tx, tx.last.rows.splice(0) as NewEvent[]);
    tx.last.told ??= () => ringLog(tx.db);
  }
  return Promise.resolve();
}

async function write(tx: Tx, events: readonly NewEvent[]): Promise<Part | undefined> {
  if (events.length === 0) return undefined;
  await ensureMonths(tx, events);
  return {
    text: appendSql,
    values: [
      list(events.map((event) => event.id)),
      joined(events.map((event) => event.kind)),
      joined(events.map((event) => event.name)),
      joined(events.map((event) => event.channel)),
      list(events.map((event) => event.sourceId)),
      list(events.map((event) => event.customerId)),
      list(events.map((event) => event.occurredAt)),
      list(events.map((event) => event.receivedAt)),
      list(events.map((event) => event.originalAt)),
      list(events.map((event) => event.sentAt)),
      joined(events.map((event) => event.messageId)),
      joined(events.map((event) => event.data)),
    ],
    name: 'log.append',
  };
}

/**
 * A fact as part of the caller's own statement, for commands so frequent that a statement of its own is felt: the text of
 * an `insert` whose values are the parameters from `first` on (`appendInValues`), made for each row of `from`. Call
 * `monthReady` before and `ringLog` after it.
 */
export const appendIn = (first: number, from: string): string =>
  `insert into log.event (tx, id, kind, name, channel, customer_id, occurred_at, received_at, data)
   select log.tx(), $${first}::uuid, 'fact', $${first + 1}, $${first + 2}, $${first + 3}::uuid, $${first + 4}::timestamptz, $${first + 4}::timestamptz, $${first + 5}::jsonb from ${from}`;

/** The six values of `appendIn`. */
export const appendInValues = (event: NewEvent): readonly unknown[] => [
  event.id,
  event.name,
  event.channel,
  event.customerId,
  event.receivedAt,
  event.data,
];

interface Bell {
  rangAtMs: number;
  timer: NodeJS.Timeout | undefined;
}

const bells = new WeakMap<object, Bell>();
const ringMs = 5;

/**
 * Wakes the readers of the log after a commit, at once and then at most every 5 ms. A NOTIFY inside of each transaction
 * makes all of them commit one after the other: with eight writers 290 to 840 small changes a second instead of 990 to
 * 2,000, and a third more processor time. Should this process die before it rings, the readers look by themselves soon.
 */
export function ringLog(db: Db): void {
  let bell = bells.get(db);
  if (bell === undefined) bells.set(db, (bell = { rangAtMs: -Infinity, timer: undefined }));
  if (bell.timer !== undefined) return;
  const own = bell;
  const ring = (): void => {
    own.timer = undefined;
    own.rangAtMs = performance.now();
    db.query(`select pg_notify('log', '')`, [], 'log.ring').catch(() => undefined);
  };
  const waitMs = own.rangAtMs + ringMs - performance.now();
  if (waitMs > 0) own.timer = setTimeout(ring, waitMs);
  else ring();
}

const readyMonths = new WeakMap<object, Set<string>>();

/** Makes the month's partition when it is missing; asks the store once a month and process. Undefined when it is known. */
export function monthReady(db: Db, at: Date): Promise<void> | undefined {
  const month = at.toISOString().slice(0, 7);
  const known = readyMonths.get(db) ?? new Set();
  if (known.has(month)) return undefined;
  readyMonths.set(db, known);
  return db.query('select log.ensure_month($1)', [at]).then(() => {
    known.add(month);
  });
}

// Which months have a partition, per connection: tests open many databases in one process.
const knownMonths = new WeakMap<object, Set<string>>();

async function ensureMonths(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  let known = knownMonths.get(tx.client);
  if (known === undefined) {
    known = new Set();
    knownMonths.set(tx.client, known);
  }
  for (const event of events) {
    const month = event.receivedAt.slice(0, 7);
    if (known.has(month)) continue;
    const [row] = await tx.query<{ existed: boolean }>('select log.ensure_month($1) as existed', [event.receivedAt]);
    if (row?.existed === true) known.add(month);
  }
}

export interface NewFact {
  /** Past tense: `customer.merged`. */
  readonly name: string;
  readonly customerId: string | null;
  readonly channel?: Channel;
  readonly sourceId?: string | null;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Makes the log row of a slice's fact; give it to `append`. */
export function fact(from: NewFact): NewEvent {
  const at = from.at.toISOString();
  return {
    id: newId(),
    kind: 'fact',
    name: from.name,
    channel: from.channel ?? 'system',
    sourceId: from.sourceId ?? null,
    customerId: from.customerId,
    occurredAt: at,
    receivedAt: at,
    originalAt: null,
    sentAt: null,
    messageId: null,
    data: JSON.stringify(from.data),
  };
}

/**
 * Claims message ids for as long as their events are kept. Returns the event ids whose message is new; the others
 * are duplicates of something that was accepted before, or of an earlier row of the same call.
 * @param claims key = first 16 bytes of the SHA-256 of the messageId, as a uuid.
 */
export async function claimMessages(tx: Tx, claims: readonly { key: string; eventId: string }[]): Promise<Set<string>> {
  const count = await tx.count(
    'insert into log.message (key, event_id) select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing',
    [list(claims.map((claim) => claim.key)), list(claims.map((claim) => claim.eventId))],
    'log.claim-messages',
  );
  // Nearly always all are new, and then nothing need come back.
  if (count === claims.length) return new Set(claims.map((claim) => claim.eventId));
  const rows = await tx.query<{ event_id: string }>(
    'select event_id from log.message where key = any($1::uuid[]) and event_id = any($2::uuid[])',
    [list(claims.map((claim) => claim.key)), list(claims.map((claim) => claim.eventId))],
    'log.claimed-messages',
  );
  return new Set(rows.map((row) => row.event_id));
}

/** Where the log is complete: every transaction below `tx` has ended. `held` says that visible rows wait above it. */
export async function frontier(query: Query): Promise<{ tx: number; held: boolean }> {
  const [row] = await query.query<{ tx: number; held: boolean }>(
    `select log.settled_tx() as tx, coalesce((select max(tx) from log.event) >= log.settled_tx(), false) as held`,
    [],
    'log.frontier',
  );
  return row ?? { tx: 0, held: false };
}

export interface ReadOptions {
  readonly after: Position;
  /** From `frontier`; rows at or above it may still be incomplete. */
  readonly below: number;
  readonly limit: number;
  /** Only events with one of these names. */
  readonly names?: readonly string[] | undefined;
}

/** Reads the log in its order. */
export function read(query: Query, options: ReadOptions): Promise<LogEvent[]> {
  const values: unknown[] = [options.after.tx, options.after.id, options.below, options.limit];
  if (options.names === undefined) {
    return query.query<LogEvent>(
      `select ${eventColumns} from log.event where (tx, id) > ($1, $2) and tx < $3 order by tx, id limit $4`,
      values,
      'log.read',
    );
  }
  return query.query<LogEvent>(
    `select ${eventColumns} from log.event where (tx, id) > ($1, $2) and tx < $3 and name = any($5) order by tx, id limit $4`,
    [...values, options.names],
    'log.read-names',
  );
}
