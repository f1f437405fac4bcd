import type { Query, Tx } from '@ruslo/platform';

/** The SQL of lists and of what was looked at and searched for. Only tables of schema `cart`. */

export interface ListRow {
  readonly id: string;
  readonly customerId: string;
  readonly kind: 'saved' | 'compare';
  readonly name: string;
  readonly createdAt: Date;
  /** Newest first. */
  readonly items: readonly { readonly variantId: string; readonly addedAt: string }[];
}

export const readLists = (query: Query, customerIds: readonly string[]): Promise<ListRow[]> =>
  query.query<ListRow>(
    `select l.id, l.customer_id as "customerId", l.kind, l.name, l.created_at as "createdAt",
       coalesce((select json_agg(json_build_object('variantId', i.variant_id, 'addedAt', to_char(i.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
         order by i.added_at desc, i.variant_id) from cart.list_item i where i.list_id = l.id), '[]') as items
       from cart.list l where l.customer_id = any($1::uuid[]) order by l.kind, l.created_at, l.id`,
    [customerIds],
    'cart.lists',
  );

export async function countSaved(query: Query, customerIds: readonly string[]): Promise<number> {
  const [row] = await query.query<{ count: number }>(
    `select count(*)::int as count from cart.list where customer_id = any($1::uuid[]) and kind = 'saved'`,
    [customerIds],
  );
  return row?.count ?? 0;
}

export const insertList = (
  tx: Tx,
  row: { readonly id: string; readonly customerId: string; readonly name: string; readonly createdAt: Date },
): Promise<unknown> =>
  tx.query(`insert into cart.list (id, customer_id, kind, name, created_at) values ($1, $2, 'saved', $3, $4)`, [
    row.id,
    row.customerId,
    row.name,
    row.createdAt,
  ]);

/** The compare list of this customer id, made when it is not there. */
export async function compareList(tx: Tx, id: string, customerId: string, now: Date): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    `insert into cart.list (id, customer_id, kind, name, created_at) values ($1, $2, 'compare', '', $3)
     on conflict (customer_id) where kind = 'compare' do update set name = '' returning id`,
    [id, customerId, now],
  );
  return row?.id ?? id;
}

/** The list when it is one of these ids', locked. */
export async function lockList(
  tx: Tx,
  id: string,
  customerIds: readonly string[],
): Promise<{ readonly id: string; readonly items: number } | undefined> {
  const [row] = await tx.query<{ id: string; items: number }>(
    `select l.id, (select count(*)::int from cart.list_item i where i.list_id = l.id) as items
       from cart.list l where l.id = $1 and l.customer_id = any($2::uuid[]) for update`,
    [id, customerIds],
  );
  return row;
}

export const renameList = (tx: Tx, id: string, name: string): Promise<unknown> =>
  tx.query('update cart.list set name = $2 where id = $1', [id, name]);

export const deleteList = (tx: Tx, id: string): Promise<unknown> =>
  tx.query('delete from cart.list where id = $1', [id]);

/** True when it was not in it. */
export const putItem = async (tx: Tx, listId: string, variantId: string, now: Date): Promise<boolean> =>
  (
    await tx.query(
      'insert into cart.list_item (list_id, variant_id, added_at) values ($1, $2, $3) on conflict do nothing returning 1',
      [listId, variantId, now],
    )
  ).length === 1;

/** From all lists given; true when it was in one. */
export const takeItem = async (tx: Tx, listIds: readonly string[], variantId: string): Promise<boolean> =>
  (
    await tx.query('delete from cart.list_item where list_id = any($1::uuid[]) and variant_id = $2 returning 1', [
      listIds,
      variantId,
    ])
  ).length > 0;

export interface Recent {
  readonly customerId: string;
  readonly kind: 'viewed' | 'search';
  readonly value: string;
  readonly at: Date;
}

export const mostRecent = 50;

/** Notes the newest of each, and forgets what is beyond the last fifty of a customer id. */
export async function noteRecent(tx: Tx, rows: readonly Recent[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into cart.recent (customer_id, kind, value, at)
     select customer_id, kind, value, max(at) from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as u (customer_id, kind, value, at)
      group by 1, 2, 3 order by 1, 2, 3
     on conflict (customer_id, kind, value) do update set at = greatest(recent.at, excluded.at)`,
    [
      rows.map((row) => row.customerId),
      rows.map((row) => row.kind),
      rows.map((row) => row.value),
      rows.map((row) => row.at),
    ],
    'cart.note-recent',
  );
  await tx.query(
    `delete from cart.recent r using (
       select customer_id, kind, value, row_number() over (partition by customer_id, kind order by at desc, value) as place
         from cart.recent where customer_id = any($1::uuid[])) o
      where o.place > $2 and r.customer_id = o.customer_id and r.kind = o.kind and r.value = o.value`,
    [[...new Set(rows.map((row) => row.customerId))], mostRecent],
    'cart.forget-recent',
  );
}

/** What she looked at and searched for last, over all her ids, each once, newest first. */
export const readRecent = (
  query: Query,
  customerIds: readonly string[],
  kind: Recent['kind'],
): Promise<{ value: string; at: Date }[]> =>
  query.query<{ value: string; at: Date }>(
    `select value, max(at) as at from cart.recent where customer_id = any($1::uuid[]) and kind = $2
      group by value order by 2 desc, 1 limit $3`,
    [customerIds, kind, mostRecent],
    'cart.recent',
  );
