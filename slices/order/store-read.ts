import { eraseReturns, exportReturns } from './return-store.ts';
import type { Query, Tx } from '@ruslo/platform';
import type { OrderRow } from './store.ts';
import { orderColumns } from './store.ts';

export interface SummaryRow extends OrderRow {
  readonly lines: number;
  readonly title: string | null;
}

export interface Find {
  readonly numbers: readonly string[];
  readonly orderId: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly customerIds: readonly string[];
}

export interface ListFilter {
  readonly state: string | undefined;
  readonly channel: string | undefined;
  readonly placeId: string | undefined;
  readonly customerIds: readonly string[] | undefined;
  readonly find: Find | undefined;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  readonly after: { readonly at: Date; readonly id: string } | undefined;
  readonly limit: number;
}

/** A page of orders, newest first. Only what is asked for stands in the statement, so that each has its index. */
export function listOrders(query: Query, filter: ListFilter): Promise<SummaryRow[]> {
  const values: unknown[] = [];
  const where: string[] = [];
  const add = (text: (...at: string[]) => string, ...given: readonly unknown[]): void => {
    where.push(text(...given.map((value) => `$${values.push(value)}`)));
  };
  if (filter.state !== undefined) add((at) => `state = ${at}`, filter.state);
  if (filter.channel !== undefined) add((at) => `channel = ${at}`, filter.channel);
  if (filter.placeId !== undefined) add((at) => `coalesce(pickup_place_id, sale_place_id) = ${at}`, filter.placeId);
  if (filter.customerIds !== undefined) add((at) => `customer_id = any(${at}::uuid[])`, filter.customerIds);
  if (filter.from !== undefined) add((at) => `placed_at >= ${at}`, filter.from);
  if (filter.to !== undefined) add((at) => `placed_at < ${at}`, filter.to);
  if (filter.after !== undefined) {
    add(
      (at, id) => `(placed_at, id) < (${at ?? ''}::timestamptz, ${id ?? ''}::uuid)`,
      filter.after.at,
      filter.after.id,
    );
  }
  const { find } = filter;
  if (find !== undefined) {
    const any: string[] = [`number = any($${values.push(find.numbers)}::text[])`];
    if (find.customerIds.length > 0) any.push(`customer_id = any($${values.push(find.customerIds)}::uuid[])`);
    if (find.orderId !== null) any.push(`id = $${values.push(find.orderId)}::uuid`);
    if (find.phone !== null) {
      any.push(
        `recipient ? 'phone' and right(regexp_replace(recipient ->> 'phone', '\\D', '', 'g'), 10) = $${values.push(find.phone)}`,
      );
    }
    if (find.email !== null)
      any.push(`recipient ? 'email' and lower(recipient ->> 'email') = $${values.push(find.email)}`);
    where.push(`(${any.join(' or ')})`);
  }
  const limit = `$${values.push(filter.limit)}`;
  return query.query<SummaryRow>(
    `select page.*, line.lines, line.title from (
       select ${orderColumns} from "order"."order" ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
       order by placed_at desc, id desc limit ${limit}) as page
     cross join lateral (select count(*)::int as lines, min(title) filter (where line_no = 1) as title
       from "order".line where order_id = page.id) as line
     order by page."placedAt" desc, page.id desc`,
    values,
  );
}

/** A reason of ours stays; what people wrote themselves may name somebody. */
const isCode = (column: string): string => `case when ${column} ~ '^[a-z][a-z-]*$' then ${column} end`;

/** Sums stay, whom they concern does not (T30). */
export async function eraseOrders(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query(
    `update "order".step set by = case when by like 'customer:%' then 'customer' else by end, why = ${isCode('why')}
       where order_id in (select id from "order"."order" where customer_id = any($1::uuid[]))`,
    [customerIds],
  );
  await tx.query(
    `update "order"."order" set customer_id = null, recipient = '{}', closed_why = ${isCode('closed_why')} where customer_id = any($1::uuid[])`,
    [customerIds],
  );
  await tx.query('delete from "order".checkout where customer_id = any($1::uuid[])', [customerIds]);
  await eraseReturns(tx, customerIds);
}

/** Everything kept about a person's orders. */
export async function exportOrders(tx: Tx, customerIds: readonly string[]): Promise<Record<string, unknown>> {
  const orders = await tx.query(
    `select ${orderColumns}, (select jsonb_agg(jsonb_build_object('sku', sku, 'title', title, 'quantity', quantity, 'totalMinor', total_minor,
       'taken', taken, 'returned', returned) order by line_no) from "order".line where order_id = "order".id) as lines
     from "order"."order" where customer_id = any($1::uuid[]) order by placed_at desc`,
    [customerIds],
  );
  const checkouts = await tx.query(
    'select step, data, channel, updated_at as "updatedAt" from "order".checkout where customer_id = any($1::uuid[])',
    [customerIds],
  );
  return { orders, checkouts, ...(await exportReturns(tx, customerIds)) };
}
