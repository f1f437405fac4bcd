import type { Query, Tx } from '@ruslo/platform';

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
    [rows.map((row) => row.customerId), rows.map((row) => row.currency), rows.map((row) => row.purchases),
      rows.map((row) => row.amountMinor.toString()), rows.map((row) => row.occurredAt)]);
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
     group by currency order by sum(purchases) desc, currency`, [customerIds]);
}

export function erase(tx: Tx, customerIds: readonly string[]): Promise<unknown> {
  return tx.query('delete from insight.purchase_total where customer_id = any($1::uuid[])', [customerIds]);
}

/** The newest moment in the log per id of the set: one index look-up each. */
export async function lastContact(query: Query, customerIds: readonly string[]): Promise<Date | null> {
  const [row] = await query.query<{ at: Date | null }>(
    `select max(last.occurred_at) as at from unnest($1::uuid[]) as member (id)
     cross join lateral (select occurred_at from log.event
       where customer_id = member.id and kind <> 'fact' order by occurred_at desc, id desc limit 1) last`, [customerIds]);
  return row?.at ?? null;
}
