import type { Query, Tx } from '@ruslo/platform';
import type { Reason } from './contract-return.ts';
import type { TenderKind } from './store.ts';

/** SQL of returns. */

export type ReturnState = 'announced' | 'received' | 'refunded' | 'withdrawn';
export type ReturnWay = 'place' | 'pickup' | 'mail' | 'system';

export interface ReturnLineRow {
  readonly lineNo: number;
  readonly quantity: number;
  readonly reason: Reason;
  readonly damaged: boolean;
  readonly amountMinor: number;
  readonly pointsSpent: number;
  readonly pointsEarned: number;
}
export interface ReturnRow {
  readonly id: string;
  readonly number: string;
  readonly orderId: string;
  readonly orderNumber: string;
  readonly customerId: string | null;
  readonly channel: string;
  readonly placeId: string | null;
  readonly state: ReturnState;
  readonly way: ReturnWay;
  readonly payTo: 'origin' | 'cash';
  readonly amountMinor: number;
  readonly deductedMinor: number;
  readonly carriedMinor: number;
  readonly pointsBack: number;
  readonly pointsTaken: number;
  readonly currency: string;
  readonly exchangeOrderId: string | null;
  readonly receiptId: string | null;
  readonly why: string | null;
  readonly by: string;
  readonly createdAt: Date;
  readonly receivedAt: Date | null;
  readonly refundedAt: Date | null;
  readonly lines: readonly (ReturnLineRow & { readonly sku: string; readonly title: string })[];
  readonly tenders: readonly { readonly tenderNo: number; readonly kind: TenderKind; readonly amountMinor: number }[];
}

const returnSql = `select r.id, r.number, r.order_id as "orderId", o.number as "orderNumber", r.customer_id as "customerId", r.channel,
    r.place_id as "placeId", r.state, r.way, r.pay_to as "payTo", r.amount_minor as "amountMinor",
    r.deducted_minor as "deductedMinor", r.carried_minor as "carriedMinor", r.points_back as "pointsBack",
    r.points_taken as "pointsTaken", r.currency, r.exchange_order_id as "exchangeOrderId", r.receipt_id as "receiptId", r.why, r.by,
    r.created_at as "createdAt", r.received_at as "receivedAt", r.refunded_at as "refundedAt",
    coalesce((select jsonb_agg(jsonb_build_object('lineNo', rl.line_no, 'quantity', rl.quantity, 'reason', rl.reason,
      'damaged', rl.damaged, 'amountMinor', rl.amount_minor, 'pointsSpent', rl.points_spent, 'pointsEarned', rl.points_earned,
      'sku', l.sku, 'title', l.title) order by rl.line_no, rl.damaged)
      from "order".return_line rl join "order".line l on l.order_id = r.order_id and l.line_no = rl.line_no
      where rl.return_id = r.id), '[]') as lines,
    coalesce((select jsonb_agg(jsonb_build_object('tenderNo', tender_no, 'kind', kind, 'amountMinor', amount_minor) order by tender_no)
      from "order".return_tender where return_id = r.id), '[]') as tenders
  from "order".return r join "order"."order" o on o.id = r.order_id`;

/** Returns of these orders, oldest first. */
export const returnsOf = (query: Query, orderIds: readonly string[]): Promise<ReturnRow[]> =>
  query.query<ReturnRow>(
    `${returnSql} where r.order_id = any($1::uuid[]) order by r.id`,
    [orderIds],
    'order.returns-of',
  );

export const returnById = async (query: Query, id: string): Promise<ReturnRow | undefined> =>
  (await query.query<ReturnRow>(`${returnSql} where r.id = $1`, [id], 'order.return'))[0];

export interface ReturnFilter {
  readonly orderId?: string | undefined;
  readonly customerIds?: readonly string[] | undefined;
  readonly placeId?: string | undefined;
  readonly state?: string | undefined;
}

/** Newest first; ids grow with time. */
export function listReturns(
  query: Query,
  filter: ReturnFilter,
  before: string | undefined,
  limit: number,
): Promise<ReturnRow[]> {
  const values: unknown[] = [];
  const wheres: string[] = [];
  const where = (sql: (at: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    wheres.push(sql(`$${values.length}`));
  };
  where((at) => `r.order_id = ${at}`, filter.orderId);
  where((at) => `r.customer_id = any(${at}::uuid[])`, filter.customerIds);
  where((at) => `r.place_id = ${at}`, filter.placeId);
  where((at) => `r.state = ${at}`, filter.state);
  where((at) => `r.id < ${at}::uuid`, before);
  values.push(limit);
  const sql = wheres.length === 0 ? '' : `where ${wheres.join(' and ')}`;
  return query.query<ReturnRow>(`${returnSql} ${sql} order by r.id desc limit $${values.length}`, values);
}

export interface NewReturn {
  readonly id: string;
  readonly orderId: string;
  readonly customerId: string | null;
  readonly channel: string;
  readonly placeId: string | null;
  readonly state: ReturnState;
  readonly way: ReturnWay;
  readonly payTo: 'origin' | 'cash';
  readonly currency: string;
  readonly why: string | null;
  readonly by: string;
  readonly now: Date;
}

export async function insertReturn(tx: Tx, row: NewReturn): Promise<void> {
  await tx.query(
    `insert into "order".return (id, number, order_id, customer_id, channel, place_id, state, way, pay_to, currency, why, by, created_at)
     values ($1, 'R-' || (1000000 + nextval('"order".return_number')), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      row.id,
      row.orderId,
      row.customerId,
      row.channel,
      row.placeId,
      row.state,
      row.way,
      row.payTo,
      row.currency,
      row.why,
      row.by,
      row.now,
    ],
    'order.return-insert',
  );
}

/** The lines of a return, in place of those that were announced. */
export async function writeReturnLines(tx: Tx, returnId: string, lines: readonly ReturnLineRow[]): Promise<void> {
  await tx.query('delete from "order".return_line where return_id = $1', [returnId]);
  await tx.query(
    `insert into "order".return_line (return_id, line_no, quantity, reason, damaged, amount_minor, points_spent, points_earned)
     select $1, * from unnest($2::smallint[], $3::bigint[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[], $8::bigint[])`,
    [
      returnId,
      lines.map((line) => line.lineNo),
      lines.map((line) => line.quantity),
      lines.map((line) => line.reason),
      lines.map((line) => line.damaged),
      lines.map((line) => line.amountMinor),
      lines.map((line) => line.pointsSpent),
      lines.map((line) => line.pointsEarned),
    ],
    'order.return-lines',
  );
}

/** The return is paid out; its sums are final. */
export async function closeReturn(
  tx: Tx,
  from: {
    readonly id: string;
    readonly placeId: string;
    readonly payTo: 'origin' | 'cash';
    readonly amountMinor: number;
    readonly deductedMinor: number;
    readonly carriedMinor: number;
    readonly pointsBack: number;
    readonly pointsTaken: number;
    readonly exchangeOrderId: string | null;
    readonly receiptId: string | null;
    readonly why: string | null;
    readonly now: Date;
    readonly tenders: readonly { readonly tenderNo: number; readonly kind: string; readonly amountMinor: number }[];
  },
): Promise<void> {
  await tx.query(
    `with closed as (update "order".return set state = 'refunded', place_id = $2, pay_to = $3, amount_minor = $4, deducted_minor = $5,
         carried_minor = $6, points_back = $7, points_taken = $8, exchange_order_id = $9, receipt_id = $10, why = coalesce($11, why),
         received_at = coalesce(received_at, $12), refunded_at = $12
       where id = $1 returning id)
     insert into "order".return_tender (return_id, tender_no, kind, amount_minor)
     select closed.id, part.* from closed, unnest($13::smallint[], $14::text[], $15::bigint[]) as part (no, kind, amount)`,
    [
      from.id,
      from.placeId,
      from.payTo,
      from.amountMinor,
      from.deductedMinor,
      from.carriedMinor,
      from.pointsBack,
      from.pointsTaken,
      from.exchangeOrderId,
      from.receiptId,
      from.why,
      from.now,
      from.tenders.map((tender) => tender.tenderNo),
      from.tenders.map((tender) => tender.kind),
      from.tenders.map((tender) => tender.amountMinor),
    ],
    'order.return-close',
  );
}

export const markReturn = (
  tx: Tx,
  id: string,
  to: { readonly state: 'received' | 'withdrawn'; readonly placeId: string | null; readonly now: Date },
): Promise<unknown> =>
  tx.query(
    `update "order".return set state = $2, place_id = coalesce($3, place_id),
       received_at = case when $2 = 'received' then $4 else received_at end where id = $1`,
    [id, to.state, to.placeId, to.now],
  );

/** Orders of these customers or this number of which something can still come back, newest first. */
export const returnableOrders = (
  query: Query,
  from: {
    readonly customerIds?: readonly string[];
    readonly number?: string;
    readonly phone?: string;
    readonly id?: string;
  },
): Promise<{ id: string }[]> => {
  const returnable = 'exists (select from "order".line l where l.order_id = o.id and l.returned < l.taken)';
  const [where, value] =
    from.id !== undefined
      ? ['o.id = $1', from.id]
      : from.number !== undefined
        ? ['o.number = $1', from.number]
        : from.phone !== undefined
          ? [
              `right(regexp_replace(o.recipient ->> 'phone', '\\D', '', 'g'), 10) = $1 and o.recipient ? 'phone'`,
              from.phone,
            ]
          : ['o.customer_id = any($1::uuid[])', from.customerIds ?? []];
  return query.query(
    `select o.id from "order"."order" o where ${where} and ${returnable} order by o.placed_at desc limit 20`,
    [value],
  );
};

/** Sums stay for the books; whose they were does not. */
export async function eraseReturns(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query(
    `update "order".return set customer_id = null, why = null, by = case when by like 'customer:%' then 'customer' else by end
     where customer_id = any($1::uuid[])`,
    [customerIds],
  );
  await tx.query('update "order".warranty set customer_id = null, serial = null where customer_id = any($1::uuid[])', [
    customerIds,
  ]);
}

export async function exportReturns(tx: Tx, customerIds: readonly string[]): Promise<Record<string, unknown>> {
  const returns = await tx.query(`${returnSql} where r.customer_id = any($1::uuid[]) order by r.id`, [customerIds]);
  const warranties = await tx.query(
    `select order_id as "orderId", sku, title, serial, starts_at as "startsAt", until_at as "untilAt", ended_at as "endedAt"
     from "order".warranty where customer_id = any($1::uuid[]) order by until_at`,
    [customerIds],
  );
  return { returns, warranties };
}
