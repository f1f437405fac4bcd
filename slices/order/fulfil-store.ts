import { append, fact } from '@ruslo/platform';
import type { NewEvent, Query, Tx } from '@ruslo/platform';
import type { FulfilmentRow, FulfilmentState, OrderRow } from './store.ts';

/** SQL of fulfilments. Whoever writes has locked the order. */

export interface DeskRow extends FulfilmentRow {
  readonly shippedAt: Date | null;
  readonly takenAt: Date | null;
  readonly receiptId: string | null;
  readonly handedOut: { readonly by: string; readonly placeId: string; readonly returnId?: string } | null;
}

const linesSql = `coalesce((select jsonb_agg(jsonb_build_object('lineNo', line_no, 'quantity', quantity, 'picked', picked, 'taken', taken,
    'refused', refused, 'notFound', not_found, 'cancelled', cancelled) order by line_no)
    from "order".fulfilment_line where fulfilment_id = f.id), '[]') as lines`;
const deskColumns = `f.id, f.order_id as "orderId", f.place_id as "placeId", f.method, f.state, f.cell, f.code_sealed as "codeSealed",
  f.promised_at as "promisedAt", f.picker_id as "pickerId", f.created_at as "createdAt", f.picked_at as "pickedAt",
  f.ready_at as "readyAt", f.done_at as "doneAt", f.version, f.shipped_at as "shippedAt", f.taken_at as "takenAt",
  f.receipt_id as "receiptId", f.handed_out as "handedOut", ${linesSql}`;

export const orderIdOfFulfilment = async (query: Query, id: string): Promise<string | undefined> =>
  (
    await query.query<{ orderId: string }>(
      'select order_id as "orderId" from "order".fulfilment where id = $1',
      [id],
      'order.of-fulfilment',
    )
  )[0]?.orderId;

export const deskRowsOf = (query: Query, orderId: string): Promise<DeskRow[]> =>
  query.query<DeskRow>(
    `select ${deskColumns} from "order".fulfilment f where order_id = $1 order by created_at, id`,
    [orderId],
    'order.desk-rows',
  );

export const deskRowsById = (query: Query, ids: readonly string[]): Promise<DeskRow[]> =>
  query.query<DeskRow>(
    `select ${deskColumns} from "order".fulfilment f where id = any($1::uuid[]) order by created_at, id`,
    [ids],
  );

/** What a step writes besides the state; what is absent stays. */
export interface Moved {
  readonly cell?: string | null;
  readonly code?: { readonly hash: Buffer; readonly sealed: string } | null;
  readonly pickerId?: string | null;
  readonly takenAt?: Date | null;
  readonly pickedAt?: Date | null;
  readonly readyAt?: Date | null;
  readonly shippedAt?: Date;
  readonly doneAt?: Date;
  readonly receiptId?: string | null;
  readonly handedOut?: DeskRow['handedOut'];
}

const columns: Readonly<Record<Exclude<keyof Moved, 'code'>, string>> = {
  cell: 'cell',
  pickerId: 'picker_id',
  takenAt: 'taken_at',
  pickedAt: 'picked_at',
  readyAt: 'ready_at',
  shippedAt: 'shipped_at',
  doneAt: 'done_at',
  receiptId: 'receipt_id',
  handedOut: 'handed_out',
};

export async function writeFulfilment(tx: Tx, id: string, state: FulfilmentState, moved: Moved): Promise<void> {
  const values: unknown[] = [id, state];
  const sets = ['state = $2', 'version = version + 1'];
  const set = (column: string, value: unknown): void => {
    values.push(value);
    sets.push(`${column} = $${values.length}`);
  };
  for (const [key, column] of Object.entries(columns) as [Exclude<keyof Moved, 'code'>, string][])
    if (moved[key] !== undefined) set(column, moved[key]);
  if (moved.code !== undefined) {
    set('code_hash', moved.code?.hash ?? null);
    set('code_sealed', moved.code?.sealed ?? null);
  }
  await tx.query(`update "order".fulfilment set ${sets.join(', ')} where id = $1`, values);
}

/** Adds to counts of a fulfilment's lines. */
export async function countParts(
  tx: Tx,
  fulfilmentId: string,
  parts: readonly {
    readonly lineNo: number;
    readonly picked?: number;
    readonly taken?: number;
    readonly refused?: number;
    readonly notFound?: number;
  }[],
): Promise<void> {
  const list = (of: 'picked' | 'taken' | 'refused' | 'notFound'): number[] => parts.map((part) => part[of] ?? 0);
  await tx.query(
    `update "order".fulfilment_line l set picked = l.picked + p.picked, taken = l.taken + p.taken,
       refused = l.refused + p.refused, not_found = l.not_found + p.missing
     from unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) as p (no, picked, taken, refused, missing)
     where l.fulfilment_id = $1 and l.line_no = p.no`,
    [fulfilmentId, parts.map((part) => part.lineNo), list('picked'), list('taken'), list('refused'), list('notFound')],
    'order.count-parts',
  );
}

export async function insertFulfilment(
  tx: Tx,
  row: {
    readonly id: string;
    readonly orderId: string;
    readonly placeId: string;
    readonly method: 'pickup' | 'delivery';
    readonly promisedAt: Date | null;
    readonly now: Date;
    readonly parts: readonly { readonly lineNo: number; readonly quantity: number }[];
  },
): Promise<void> {
  await tx.query(
    `with made as (insert into "order".fulfilment (id, order_id, place_id, method, state, promised_at, created_at)
       values ($1, $2, $3, $4, 'waiting', $5, $6) returning id)
     insert into "order".fulfilment_line (fulfilment_id, line_no, quantity)
     select made.id, no, quantity from made, unnest($7::smallint[], $8::bigint[]) as part (no, quantity)`,
    [
      row.id,
      row.orderId,
      row.placeId,
      row.method,
      row.promisedAt,
      row.now,
      row.parts.map((part) => part.lineNo),
      row.parts.map((part) => part.quantity),
    ],
  );
}

/** True when this scan is new; the same key again was counted before. */
export async function noteScan(
  tx: Tx,
  from: {
    readonly fulfilmentId: string;
    readonly key: string;
    readonly lineNo: number;
    readonly quantity: number;
    readonly now: Date;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `insert into "order".scan (fulfilment_id, key, line_no, quantity, at) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning key`,
    [from.fulfilmentId, from.key, from.lineNo, from.quantity, from.now],
    'order.scan',
  );
  return rows.length > 0;
}

/** Forgets what was picked: the task goes back into the queue. */
export async function unpick(tx: Tx, fulfilmentId: string): Promise<void> {
  await tx.query('update "order".fulfilment_line set picked = 0 where fulfilment_id = $1', [fulfilmentId]);
  await tx.query('delete from "order".scan where fulfilment_id = $1', [fulfilmentId]);
}

/** What a place has to do: tasks of its own, and parcels that another place brings to its desk. Oldest first. */
export const listTasks = (
  query: Query,
  from: {
    readonly placeId: string;
    readonly states: readonly string[];
    readonly after: { readonly at: string; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<{ id: string; at: string }[]> =>
  query.query(
    `select id, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from (
       select f.id, f.created_at from "order".fulfilment f
       where f.place_id = $1 and f.state = any($2::text[]) and f.state not in ('planned', 'done', 'cancelled')
         and ($3::timestamptz is null or (f.created_at, f.id) > ($3, $4::uuid))
         and not (f.method = 'pickup' and f.shipped_at is not null)
       union all
       select f.id, f.created_at from "order"."order" o join "order".fulfilment f on f.order_id = o.id
       where o.pickup_place_id = $1 and o.state in ('confirmed', 'picking', 'ready') and f.shipped_at is not null
         and f.state = any($2::text[]) and f.state not in ('planned', 'done', 'cancelled')
         and ($3::timestamptz is null or (f.created_at, f.id) > ($3, $4::uuid))) task
     order by created_at, id limit $5`,
    [from.placeId, from.states, from.after?.at ?? null, from.after?.id ?? null, from.limit],
    'order.tasks',
  );

/** Parcels that lie ready at this place, by code; a hash may in theory meet a parcel of another place. */
export const parcelsByCode = (query: Query, hash: Buffer): Promise<{ id: string; orderId: string }[]> =>
  query.query(
    `select id, order_id as "orderId" from "order".fulfilment where code_hash = $1 and state in ('ready', 'trying')`,
    [hash],
    'order.by-code',
  );

/** Open orders with a parcel for hand-out, of these customers or with this number. */
export const parcelOrders = (
  query: Query,
  from: { readonly customerIds?: readonly string[]; readonly number?: string; readonly phone?: string },
): Promise<{ id: string }[]> => {
  const open = `state in ('confirmed', 'picking', 'ready', 'shipped')`;
  if (from.number !== undefined)
    return query.query(`select id from "order"."order" where number = $1 and ${open}`, [from.number]);
  if (from.phone !== undefined)
    return query.query(
      `select id from "order"."order" where right(regexp_replace(recipient ->> 'phone', '\\D', '', 'g'), 10) = $1
         and recipient ? 'phone' and ${open} order by placed_at desc limit 20`,
      [from.phone],
    );
  return query.query(
    `select id from "order"."order" where customer_id = any($1::uuid[]) and ${open} order by placed_at desc limit 20`,
    [from.customerIds ?? []],
  );
};

/** Steps that the customer hears of; the others are the desk's own business and stay out of her timeline. */
const hers: ReadonlySet<string> = new Set(['ready', 'shipped', 'done', 'not-found']);

/** The fact of a fulfilment's step, beside what it is about. */
export const fulfilmentFact = (
  order: OrderRow,
  name: string,
  fulfilment: { readonly id: string; readonly placeId: string },
  now: Date,
  data: Readonly<Record<string, unknown>> = {},
): NewEvent =>
  fact({
    name: `fulfilment.${name}`,
    customerId: hers.has(name) ? order.customerId : null,
    channel: order.channel,
    at: now,
    data: {
      orderId: order.id,
      number: order.number,
      fulfilmentId: fulfilment.id,
      placeId: fulfilment.placeId,
      pickupPlaceId: order.pickupPlaceId,
      ...data,
    },
  });

export const tell = (tx: Tx, events: readonly NewEvent[]): Promise<void> => append(tx, events);
