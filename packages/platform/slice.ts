import type { Channel, Role } from '@ruslo/kernel';
import type { FastifyInstance, FastifyRequest, RawServerDefault, FastifyBaseLogger } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ZodTypeProvider } from '@fastify/type-provider-zod';
import type { Logger } from 'pino';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Db, Tx } from './db.ts';
import type { Live } from './live.ts';
import type { LogEvent } from './log.ts';
import type { Words } from './words.ts';

/** What a running process gives every slice. */
export interface House {
  readonly config: Config;
  readonly clock: Clock;
  readonly db: Db;
  readonly clickhouse: ClickHouseClient;
  readonly live: Live;
  readonly logger: Logger;
  readonly words: Words;
  readonly slices: readonly Slice[];
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who asks. `public` routes see `anonymous`. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'staff';
      readonly id: string;
      readonly sessionId: string;
      readonly roles: readonly Role[];
      readonly permissions: ReadonlySet<string>;
      readonly locale: 'ru' | 'en';
    }
  | { readonly kind: 'key'; readonly id: string; readonly permissions: ReadonlySet<string> }
  | {
      /** A shop customer at a face: may use only routes with `config.self`, for herself. */
      readonly kind: 'customer';
      /** The customer id with which the session was opened. */
      readonly id: string;
      readonly sessionId: string;
      /** False for a visitor who has not said who she is. */
      readonly signedIn: boolean;
      readonly channel: Channel;
      readonly permissions: ReadonlySet<string>;
    };

/** Everything that is said of one request for the audit log; no personal data. */
export interface AuditEntry {
  readonly at: Date;
  readonly caller: Caller;
  /** The route's `audit` config, such as `customer.viewed`. */
  readonly action: string;
  readonly customerId: string | null;
  readonly status: number;
  readonly ip: string;
  readonly requestId: string;
}

/**
 * Reads the log in order and does the rest of the work of a fact. Its cursor is stored in the transaction of its
 * effects, so each fact acts once in Postgres; effects outside carry the event id as idempotency key.
 */
export interface Follower {
  /** Unique over all slices, `slice.purpose`. */
  readonly name: string;
  /** Only events with these names; everything when absent. */
  readonly names?: readonly string[];
  /** At most so many events a call; 500 when absent. */
  readonly batch?: number;
  handle(tx: Tx, events: readonly LogEvent[]): Promise<void>;
}

/**
 * Work that time brings: what is due in the slice's own tables. Every process with the role `worker` runs it, so it
 * takes its rows with `for update skip locked` and does a bounded batch a call.
 */
export interface Duty {
  /** Unique over all slices, `slice.purpose`. */
  readonly name: string;
  readonly everyMs: number;
  /** True when there may be more: it is called again at once. */
  run(now: Date): Promise<boolean>;
}

export interface Health {
  readonly ok: boolean;
  readonly detail?: string;
}

/** One business noun: what the platform and the server need to know of it. */
export interface Slice {
  /** Folder = workspace = Postgres schema = OpenAPI tag. */
  readonly name: string;
  /** `new URL('./migrations/', import.meta.url)` */
  readonly migrations?: URL;
  /** ClickHouse migrations, `new URL('./clickhouse/', import.meta.url)` */
  readonly clickhouse?: URL;
  readonly words?: { readonly ru: Readonly<Record<string, string>>; readonly en: Readonly<Record<string, string>> };
  /** Permission → roles that hold it. The owner holds all. */
  readonly permissions?: Readonly<Record<string, readonly Role[]>>;
  /** Registers the routes; each names `config.permission`. */
  routes?(app: App, house: House): void | Promise<void>;
  followers?(house: House): readonly Follower[];
  duties?(house: House): readonly Duty[];
  /** Recognises who asks; the first slice that returns a caller wins (staff does). */
  authenticate?(house: House, request: FastifyRequest): Promise<Caller | undefined>;
  /** Takes audit entries of all routes with `config.audit`. */
  audit?(house: House, entry: AuditEntry): void;
  /** Erases a person (all ids of the set) in the caller's transaction. */
  erase?(tx: Tx, customerIds: readonly string[]): Promise<void>;
  /** Everything this slice keeps of a person. */
  export?(tx: Tx, customerIds: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  health?(house: House): Promise<Health>;
  /** Lines in Prometheus text form, appended to /metrics. */
  metrics?(house: House): Promise<string>;
  /** Ends what `routes` or `followers` began: timers, queues. Called when the server stops, before the pool closes. */
  close?(house: House): Promise<void>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call: a permission, `public` (anybody) or `write-key` (the intake checks its own key). */
    permission?: string;
    /**
     * The customer herself may call it too, for herself: `visitor` also before she has signed in. The handler asks
     * `whose` (for `/v1/customers/:id/…`, where she says `me`) or checks the owner of what the path names.
     */
    self?: 'visitor' | 'signed-in';
    /** Written to the audit log when answered, such as `customer.viewed`. The customer is `params.id`, when it is a customer's route, else `request.shown`. */
    audit?: string;
  }
  interface FastifyRequest {
    caller: Caller;
    /** Customers whom the answer shows, for the access log; set by routes with `audit` that do not have the customer in the path. */
    shown: readonly string[] | null;
    /** Language of the answer. */
    locale: 'ru' | 'en';
  }
}
