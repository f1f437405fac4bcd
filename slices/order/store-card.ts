import type { Query, Tx } from '@ruslo/platform';

export interface SoldCardRow {
  readonly orderId: string;
  readonly lineNo: number;
  readonly cardId: string;
  readonly last4: string;
}

export const cardsOf = (query: Query, orderIds: readonly string[]): Promise<SoldCardRow[]> =>
  query.query<SoldCardRow>(
    `select order_id as "orderId", line_no as "lineNo", card_id as "cardId", last4 from "order".card
     where order_id = any($1::uuid[]) order by order_id, line_no, unit_no`,
    [orderIds],
  );

export const insertCards = (
  tx: Tx,
  orderId: string,
  lineNo: number,
  cards: readonly { readonly id: string; readonly last4: string }[],
): Promise<unknown> =>
  tx.query(
    `insert into "order".card (order_id, line_no, unit_no, card_id, last4)
     select $1, $2, no - 1, id, last4 from unnest($3::uuid[], $4::text[]) with ordinality as card (id, last4, no)`,
    [orderId, lineNo, cards.map((card) => card.id), cards.map((card) => card.last4)],
  );
