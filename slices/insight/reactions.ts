import type { Follower, House, LogEvent, Tx } from '@ruslo/platform';
import { purchaseNames, purchaseOf } from './rules.ts';
import { addPurchases, eraseCopies } from './store.ts';
import type { PurchaseRow } from './store.ts';

/** Keeps purchase totals; acts once per event because the cursor moves in the same transaction. */
export const vitalsFollower: Follower = {
  name: 'insight.vitals',
  names: purchaseNames,
  async handle(tx: Tx, events: readonly LogEvent[]) {
    const rows: PurchaseRow[] = [];
    for (const event of events) {
      const purchase = event.customerId === null ? undefined : purchaseOf(event.name, event.data);
      if (purchase === undefined || event.customerId === null) continue;
      rows.push({ ...purchase, customerId: event.customerId, occurredAt: event.occurredAt });
    }
    if (rows.length > 0) await addPurchases(tx, rows);
  },
};

/** Tells the copy, which no transaction of Postgres reaches, that these customers are erased. */
export const erasedFact = 'insight.erased';

function idsOf({ kind, data }: LogEvent): string[] {
  const ids = kind === 'fact' ? data['customerIds'] : undefined;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}

/**
 * Copies the log to ClickHouse. Outside Postgres a batch may be sent twice (a crash between the insert and the
 * cursor); rows of equal key fold there, so the copy counts each event once.
 */
export function copyFollower(house: House): Follower {
  return {
    name: 'insight.copy',
    // Events are at most 32 KB each: a batch stays below 64 MB of text whatever comes.
    batch: 2_000,
    async handle(_tx, events) {
      await house.clickhouse.insert({
        table: 'event',
        format: 'JSONEachRow',
        clickhouse_settings: { date_time_input_format: 'best_effort' },
        values: events.map((event) => ({
          id: event.id,
          tx: event.tx,
          kind: event.kind,
          name: event.name,
          channel: event.channel,
          source_id: event.sourceId,
          customer_id: event.customerId,
          occurred_at: event.occurredAt.toISOString(),
          received_at: event.receivedAt.toISOString(),
          data: JSON.stringify(event.data),
        })),
      });
      const erased = events.flatMap((event) => (event.name === erasedFact ? idsOf(event) : []));
      if (erased.length > 0) await eraseCopies(house.clickhouse, erased);
    },
  };
}
