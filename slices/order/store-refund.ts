import type { Tx } from '@ruslo/platform';
import type { LeftShare } from './rules.ts';
import type { OrderRow } from './store.ts';
import { orderColumns } from './store.ts';

/** Marks what left an order, in one statement; undefined when somebody else has changed the order. */
export async function addRefund(
  tx: Tx,
  from: {
    readonly order: OrderRow;
    readonly refundedMinor: number;
    readonly tenders: readonly { readonly tenderNo: number; readonly amountMinor: number }[];
    readonly shares: readonly Pick<LeftShare, 'lineNo' | 'quantity' | 'how'>[];
  },
): Promise<OrderRow | undefined> {
  const { order, tenders, shares } = from;
  const [row] = await tx.query<OrderRow>(
    `with moved as (
       update "order"."order" set refunded_minor = refunded_minor + $3, version = version + 1
       where id = $1 and version = $2 returning ${orderColumns}),
     paid as (
       update "order".tender set refunded_minor = tender.refunded_minor + part.amount
       from moved, unnest($4::smallint[], $5::bigint[]) as part (no, amount)
       where order_id = moved.id and tender_no = part.no and part.amount > 0),
     gone as (
       update "order".line set
         withdrawn = line.withdrawn + part.withdrawn, returned = line.returned + part.returned
       from moved, (
         select no, coalesce(sum(quantity) filter (where how = 'withdrawn'), 0) as withdrawn,
           coalesce(sum(quantity) filter (where how = 'returned'), 0) as returned
         from unnest($6::smallint[], $7::bigint[], $8::text[]) as unit (no, quantity, how) group by no) as part
       where order_id = moved.id and line_no = part.no)
     select * from moved`,
    [
      order.id,
      order.version,
      from.refundedMinor,
      tenders.map((one) => one.tenderNo),
      tenders.map((one) => one.amountMinor),
      shares.map((one) => one.lineNo),
      shares.map((one) => one.quantity),
      shares.map((one) => one.how),
    ],
    'order.refund',
  );
  return row;
}

/** Takes off the gift cards of the units that leave, and says which; units whose code was never asked for have none. */
export async function dropCards(
  tx: Tx,
  orderId: string,
  shares: readonly Pick<LeftShare, 'lineNo' | 'quantity'>[],
): Promise<readonly string[]> {
  const rows = await tx.query<{ cardId: string }>(
    `delete from "order".card using unnest($2::smallint[], $3::bigint[]) as part (no, quantity)
     where order_id = $1 and line_no = part.no
       and unit_no >= (select count(*) from "order".card as all_cards where order_id = $1 and line_no = part.no) - part.quantity
     returning card_id as "cardId"`,
    [orderId, shares.map((one) => one.lineNo), shares.map((one) => one.quantity)],
  );
  return rows.map((row) => row.cardId);
}
