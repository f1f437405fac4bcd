import type { Channel } from '@ruslo/kernel';
import type { House, Query, Tx } from '@ruslo/platform';

export interface PurchaseRow {
  readonly customerId: string;
  readonly currency: string;
  readonly purchases: number;
  readonly amountMinor: bigint;
  readonly occurredAt: Date;
}

/** Adds a batch to the totals in one statement. */
export async function addPurchases(tx: Tx, rows: readonly PurchaseRow[]): Promise<void> {
  await tx.query(
    `insert into insight.purchase_total (customer_id, currency, purchases, spent_minor, first_purchase_at, last_purchase_at)
     select customer_id, currency, sum(purchases), sum(amount),
            min(at) filter (where purchases > 0), max(at) filter (where purchases > 0)
     from unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::timestamptz[]) as u (customer_id, currency, purchases, amount, at)
     group by customer_id, currency order by customer_id, currency
     on conflict (customer_id, currency) do update set
       purchases = purchase_total.purchases + excluded.purchases,
       spent_minor = purchase_total.spent_minor + excluded.spent_minor,
       first_purchase_at = least(purchase_total.first_purchase_at, excluded.first_purchase_at),
       last_purchase_at = greatest(purchase_total.last_purchase_at, excluded.last_purchase_at)`,
    [
      rows.map((row) => row.customerId),
      rows.map((row) => row.currency),
      rows.map((row) => row.purchases),
      rows.map((row) => row.amountMinor.toString()),
      rows.map((row) => row.occurredAt),
    ],
  );
}

export interface TotalsRow {
  readonly currency: string;
  readonly purchases: number;
  readonly spentMinor: number;
  readonly firstPurchaseAt: Date | null;
  readonly lastPurchaseAt: Date | null;
}

/** Totals over a person's set of ids, the currency of most purchases first. */
export function readTotals(query: Query, customerIds: readonly string[]): Promise<TotalsRow[]> {
  return query.query<TotalsRow>(
    `select currency, sum(purchases)::int as purchases, least(sum(spent_minor), 9007199254740991)::bigint as "spentMinor",
            min(first_purchase_at) as "firstPurchaseAt", max(last_purchase_at) as "lastPurchaseAt"
     from insight.purchase_total where customer_id = any($1::uuid[])
     group by currency order by sum(purchases) desc, currency`,
    [customerIds],
  );
}

export function erase(tx: Tx, customerIds: readonly string[]): Promise<unknown> {
  return tx.query('delete from insight.purchase_total where customer_id = any($1::uuid[])', [customerIds]);
}

/** Rewrites the parts that hold the rows, so that they are gone from the disk when it returns. Twice does no harm. */
export async function eraseCopies(clickhouse: House['clickhouse'], customerIds: readonly string[]): Promise<void> {
  await clickhouse.command({
    query: 'alter table event delete where customer_id in {ids:Array(UUID)}',
    query_params: { ids: customerIds },
    clickhouse_settings: { mutations_sync: '1' },
  });
}

export interface ContactRow {
  readonly channel: Channel;
  readonly contacts: number;
  readonly purchases: number;
  readonly lastAt: Date;
}

/** What a person's set of ids did by channel in the last year, most contacts first. */
export function readContacts(query: Query, customerIds: readonly string[], now: Date): Promise<ContactRow[]> {
  return query.query<ContactRow>(
    `select channel, count(*)::int as contacts, (count(*) filter (where name = 'Order Completed'))::int as purchases, max(occurred_at) as "lastAt"
     from log.event where customer_id = any($1::uuid[]) and occurred_at > $2::timestamptz - interval '1 year' and kind <> 'fact'
     group by channel order by count(*) desc, channel`,
    [customerIds, now],
  );
}
