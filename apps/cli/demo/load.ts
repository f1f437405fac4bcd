import { addCustomers, declareAttributes, joinCustomers, settleCustomers, suggest } from '@ruslo/identity';
import type { AddedCustomer, AddedJoin, AddedSuggestion } from '@ruslo/identity';
import type { Channel } from '@ruslo/kernel';
import { settleOrders } from '@ruslo/order';
import type { ImportedOrder } from '@ruslo/order';
import { append, newId } from '@ruslo/platform';
import type { House, NewEvent } from '@ruslo/platform';
import { addFigures, ensureSource } from '@ruslo/timeline';
import type { SourceFigure } from '@ruslo/timeline';
import { attributes, sources } from './brand.ts';
import { loadTrade } from './commerce.ts';
import type { DemoTrade } from './commerce.ts';
import type { SourceKey } from './brand.ts';
import { makeBatch } from './make.ts';
import type { Made } from './make.ts';
import { ordersOf, writeOrders } from './orders.ts';

export type DemoOptions = {
  customers: number;
  /** The same seed makes the same people who did the same things, counted back from now. */
  seed?: number | undefined;
  /** Events of a person on average; fewer for a million people, or they would fill the disk. */
  eventsPerCustomer?: number | undefined;
  onProgress?: ((done: { customers: number; events: number }) => void) | undefined;
};

export type DemoResult = {
  customers: number;
  events: number;
  orders: number;
  joins: number;
  suggestions: number;
  skipped: number;
};

const nothing: DemoResult = { customers: 0, events: 0, orders: 0, joins: 0, suggestions: 0, skipped: 0 };

/** People of one transaction: about 7,000 events, half a second. Long transactions would hold back the log's readers. */
const batchSize = 400;
/** Two transactions at once keep Postgres busy while the next people are being made up. */
const maxFlying = 2;

type SourceIds = ReadonlyMap<SourceKey, { id: string; channel: Channel }>;

/**
 * Fills the database with the demo brand. People who are there already (from an earlier run with the same seed) are
 * passed over, so it can be run again after a kill. Memory does not grow with the number of people.
 */
export async function loadDemo(house: House, options: DemoOptions): Promise<DemoResult> {
  const seed = options.seed ?? 2026;
  const mean = options.eventsPerCustomer ?? (options.customers > 100_000 ? 4 : 18);
  const now = house.clock.now().getTime();
  const ids: SourceIds = new Map(
    await Promise.all(
      sources.map(
        async ({ key, ...source }) =>
          [key, { id: (await ensureSource(house, source)).id, channel: source.channel }] as const,
      ),
    ),
  );
  await house.db.tx((tx) => declareAttributes(tx, attributes, house.clock.now()));
  const trade = await loadTrade(house);
  const total: DemoResult = { ...nothing };
  const figures = new Figures(now);
  const flying = new Set<Promise<void>>();
  for (let from = 0; from < options.customers; from += batchSize) {
    const batch = makeBatch(seed, from, Math.min(options.customers, from + batchSize), now, mean);
    const write = writeBatch(house, batch, ids, figures, trade).then((done) => {
      for (const key of ['customers', 'events', 'orders', 'joins', 'suggestions', 'skipped'] as const)
        total[key] += done[key];
      options.onProgress?.({ customers: total.customers + total.skipped, events: total.events });
    });
    const tracked: Promise<void> = write.finally(() => flying.delete(tracked));
    flying.add(tracked);
    // A fault is thrown where it is waited for; until then it must not count as nobody's.
    tracked.catch(() => undefined);
    // The first people bring most words of the search; two transactions would wait for each other over them.
    if (flying.size >= (from === 0 ? 1 : maxFlying)) await Promise.race(flying);
  }
  await Promise.all(flying);
  await figures.save(house);
  await settleCustomers(house.db);
  await settleOrders(house.db);
  return total;
}

/** What the sources' health lights live by: events by minute, of the last days only. */
class Figures {
  readonly #since: number;
  readonly #minutes = new Map<string, { sourceId: string; minute: number; last: number; count: number }>();

  constructor(now: number) {
    this.#since = now - 7 * 86_400_000;
  }

  add(events: readonly NewEvent[]): void {
    for (const { sourceId, receivedAt } of events) {
      const at = Date.parse(receivedAt);
      if (sourceId === null || at < this.#since) continue;
      const minute = at - (at % 60_000);
      const key = `${sourceId} ${minute}`;
      const known = this.#minutes.get(key) ?? { sourceId, minute, last: at, count: 0 };
      this.#minutes.set(key, { ...known, last: Math.max(known.last, at), count: known.count + 1 });
    }
  }

  async save(house: Pick<House, 'db'>): Promise<void> {
    const rows = [...this.#minutes.values()].map((one): SourceFigure => ({
      sourceId: one.sourceId,
      minute: new Date(one.minute),
      lastSeenAt: new Date(one.last),
      accepted: one.count,
    }));
    for (let from = 0; from < rows.length; from += 5000) {
      await house.db.retry((tx) => addFigures(tx, rows.slice(from, from + 5000)));
    }
  }
}

async function writeBatch(
  house: Pick<House, 'db' | 'clock'>,
  made: readonly Made[],
  ids: SourceIds,
  figures: Figures,
  trade: DemoTrade,
): Promise<DemoResult> {
  const now = house.clock.now();
  const written = await house.db.retry(async (tx) => {
    const added = await addCustomers(tx, made.map((one) => rowOf(one, ids)), 'import'); // prettier-ignore
    const events: NewEvent[] = [];
    const joins: AddedJoin[] = [];
    const suggestions: AddedSuggestion[] = [];
    const orders: ImportedOrder[] = [];
    const result: DemoResult = { ...nothing };
    for (const [index, one] of made.entries()) {
      const own = added[index];
      if (own === undefined) continue;
      if (one.isPerson) result[own.isNew ? 'customers' : 'skipped'] += 1;
      if (!own.isNew) continue;
      for (const done of one.deeds) events.push(eventOf(done, own.id, ids));
      orders.push(
        ...ordersOf(
          one.deeds.map(({ deed }) => deed),
          own.id,
          trade,
        ),
      );
      const { joins: join, resembles } = one;
      const other = added[join?.to ?? resembles?.to ?? -1];
      if (other === undefined) continue;
      const pair = { a: other.id, b: own.id };
      if (join !== undefined) joins.push({ ...join, ...pair, at: new Date(join.at) });
      else if (resembles !== undefined) suggestions.push({ ...resembles, ...pair, at: new Date(resembles.at) });
    }
    await append(tx, events);
    result.orders = await writeOrders(tx, orders, now);
    for (const kind of ['rule', 'linkage'] as const) {
      const ofKind = joins.filter((join) => join.by.kind === kind);
      result.joins += await joinCustomers(tx, ofKind);
    }
    result.suggestions = await suggest(tx, suggestions);
    result.events = events.length;
    return { result, events };
  });
  figures.add(written.events);
  return written.result;
}

function rowOf(made: Made, ids: SourceIds): AddedCustomer {
  const place = (key: SourceKey): { channel: Channel; sourceId: string | null } => ({
    channel: ids.get(key)?.channel ?? 'system',
    sourceId: ids.get(key)?.id ?? null,
  });
  return {
    profile: made.profile,
    createdAt: new Date(made.createdAt),
    ...place(made.source),
    identifiers: made.identifiers.map(({ from, at, ...one }) => ({ ...one, ...place(from), at: new Date(at) })),
  };
}

function eventOf({ deed, userId, anonymousId }: Made['deeds'][number], customerId: string, ids: SourceIds): NewEvent {
  const source = ids.get(deed.source);
  const at = new Date(deed.at).toISOString();
  return {
    id: newId(), kind: deed.kind, name: deed.name, channel: source?.channel ?? 'system', sourceId: source?.id ?? null, customerId,
    occurredAt: at, receivedAt: at, originalAt: at, sentAt: null, messageId: null,
    data: JSON.stringify({ ...(userId === undefined ? {} : { userId }), ...(anonymousId === undefined ? {} : { anonymousId }), properties: deed.properties }),
  }; // prettier-ignore
}
