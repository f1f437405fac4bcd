import { refuse, ok } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { NewEvent, Query, Tx } from '@ruslo/platform';
import type { LineSums, Method, OrderState } from './rules.ts';
import { factsOf, step } from './rules.ts';

export interface Recipient {
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly email?: string | undefined;
  readonly comment?: string | undefined;
  readonly address?:
    | {
        readonly city?: string | undefined;
        readonly street?: string | undefined;
        readonly house?: string | undefined;
        readonly flat?: string | undefined;
        readonly postcode?: string | undefined;
        readonly lat?: number | undefined;
        readonly lon?: number | undefined;
      }
    | undefined;
}

export interface OrderRow {
  readonly id: string;
  readonly number: string;
  readonly customerId: string | null;
  readonly channel: Channel;
  readonly sourceId: string | null;
  readonly salePlaceId: string | null;
  readonly method: Method;
  readonly pickupPlaceId: string | null;
  readonly state: OrderState;
  readonly pay: 'now' | 'on-handover';
  readonly currency: string;
  readonly sumMinor: number;
  readonly discountMinor: number;
  readonly pointsSpent: number;
  readonly pointsMinor: number;
  readonly pointsEarned: number;
  readonly shippingMinor: number;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly recipient: Recipient;
  readonly coupons: readonly string[];
  readonly cartId: string | null;
  readonly exchangeOf: string | null;
  readonly placedAt: Date;
  readonly expiresAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly completedAt: Date | null;
  readonly closedWhy: string | null;
  readonly version: number;
}

export const orderColumns = `id, number, customer_id as "customerId", channel, source_id as "sourceId", sale_place_id as "salePlaceId",
  method, pickup_place_id as "pickupPlaceId", state, pay, currency, sum_minor as "sumMinor", discount_minor as "discountMinor",
  points_spent as "pointsSpent", points_minor as "pointsMinor", points_earned as "pointsEarned", shipping_minor as "shippingMinor",
  total_minor as "totalMinor", paid_minor as "paidMinor", refunded_minor as "refundedMinor", recipient, coupons,
  cart_id as "cartId", exchange_of as "exchangeOf", placed_at as "placedAt", expires_at as "expiresAt",
  confirmed_at as "confirmedAt", completed_at as "completedAt", closed_why as "closedWhy", version`;

export interface LineDiscount {
  readonly ruleId: string;
  readonly name: string;
  readonly amountMinor: number;
  readonly coupon?: string;
  readonly grantId?: string;
}

export interface LineRow extends LineSums {
  readonly orderId: string;
  readonly lineNo: number;
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly kind: 'good' | 'service' | 'gift-card';
  readonly unit: 'piece' | 'weight';
  readonly priceMinor: number;
  readonly discounts: readonly LineDiscount[];
  readonly vat: string;
  readonly categoryIds: readonly string[];
  readonly warrantyMonths: number | null;
  readonly components: readonly { readonly variantId: string; readonly quantity: number }[];
  readonly gift: boolean;
  readonly marked: boolean;
  readonly minAge: number | null;
}

const lineColumns = `order_id as "orderId", line_no as "lineNo", variant_id as "variantId", sku, title, kind, unit, quantity,
  price_minor as "priceMinor", sum_minor as "sumMinor", discount_minor as "discountMinor", points_spent as "pointsSpent",
  points_minor as "pointsMinor", points_earned as "pointsEarned", total_minor as "totalMinor", discounts, vat,
  category_ids as "categoryIds", warranty_months as "warrantyMonths", components, gift, marked, min_age as "minAge",
  taken, withdrawn, returned`;

export const tenderKinds = ['card', 'cash', 'terminal', 'gift', 'credit', 'due'] as const;
export type TenderKind = (typeof tenderKinds)[number];

export interface TenderRow {
  readonly orderId: string;
  readonly tenderNo: number;
  readonly kind: TenderKind;
  readonly amountMinor: number;
  readonly refundedMinor: number;
  readonly cardId: string | null;
  readonly paymentId: string | null;
  /** The order by which wallet and payment know this money, when it came here by an exchange. */
  readonly originOrderId: string | null;
}

const tenderColumns = `order_id as "orderId", tender_no as "tenderNo", kind, amount_minor as "amountMinor",
  refunded_minor as "refundedMinor", card_id as "cardId", payment_id as "paymentId", origin_order_id as "originOrderId"`;

export type FulfilmentState = 'planned' | 'waiting' | 'picking' | 'ready' | 'trying' | 'shipped' | 'done' | 'cancelled';

export interface FulfilmentLineRow {
  readonly lineNo: number;
  readonly quantity: number;
  readonly picked: number;
  readonly taken: number;
  readonly refused: number;
  readonly notFound: number;
  readonly cancelled: number;
}

export interface FulfilmentRow {
  readonly id: string;
  readonly orderId: string;
  readonly placeId: string;
  readonly method: 'pickup' | 'delivery';
  readonly state: FulfilmentState;
  readonly cell: string | null;
  readonly codeSealed: string | null;
  readonly promisedAt: Date | null;
  readonly pickerId: string | null;
  readonly createdAt: Date;
  readonly pickedAt: Date | null;
  readonly readyAt: Date | null;
  readonly doneAt: Date | null;
  readonly version: number;
  readonly lines: readonly FulfilmentLineRow[];
}

export interface StepRow {
  readonly orderId: string;
  readonly fromState: OrderState | null;
  readonly toState: OrderState;
  readonly at: Date;
  readonly by: string;
  readonly why: string | null;
}

/** The order, locked until the transaction ends. */
export async function orderForUpdate(tx: Tx, id: string): Promise<OrderRow | undefined> {
  const rows = await tx.query<OrderRow>(
    `select ${orderColumns} from "order"."order" where id = $1 for update`,
    [id],
    'order.for-update',
  );
  return rows[0];
}

export async function orderById(query: Query, id: string): Promise<OrderRow | undefined> {
  return (await ordersById(query, [id]))[0];
}

export const ordersById = (query: Query, ids: readonly string[]): Promise<OrderRow[]> =>
  query.query<OrderRow>(
    `select ${orderColumns} from "order"."order" where id = any($1::uuid[]) order by placed_at desc, id desc`,
    [ids],
    'order.by-id',
  );

export const linesOf = (query: Query, orderIds: readonly string[]): Promise<LineRow[]> =>
  query.query<LineRow>(
    `select ${lineColumns} from "order".line where order_id = any($1::uuid[]) order by order_id, line_no`,
    [orderIds],
    'order.lines',
  );

export const tendersOf = (query: Query, orderIds: readonly string[]): Promise<TenderRow[]> =>
  query.query<TenderRow>(
    `select ${tenderColumns} from "order".tender where order_id = any($1::uuid[]) order by order_id, tender_no`,
    [orderIds],
    'order.tenders',
  );

/**
 * The order, locked, with its lines and tenders. While its lock was waited for, they may have changed: then they are read
 * once more. Who changes them before an order is paid, changes its version with them.
 */
export async function wholeForUpdate(
  tx: Tx,
  orderId: string,
): Promise<
  { readonly order: OrderRow; readonly lines: readonly LineRow[]; readonly tenders: readonly TenderRow[] } | undefined
> {
  const [row] = await tx.query<
    OrderRow & { seenVersion: number; lines: readonly LineRow[]; tenders: readonly TenderRow[] }
  >(
    `with locked as materialized (select ${orderColumns} from "order"."order" where id = $1 for update)
     select locked.*, (select version from "order"."order" where id = $1) as "seenVersion", ${partsSql} from locked`,
    [orderId],
    'order.whole-for-update',
  );
  if (row === undefined) return undefined;
  const { seenVersion, lines, tenders, ...order } = row;
  return { order, ...(seenVersion === order.version ? { lines, tenders } : await partsOfOrder(tx, orderId)) };
}

const partsSql = `(select coalesce(jsonb_agg(line order by line."lineNo"), '[]') from (
         select ${lineColumns} from "order".line where order_id = $1) as line) as lines,
       (select coalesce(jsonb_agg(tender order by tender."tenderNo"), '[]') from (
         select ${tenderColumns} from "order".tender where order_id = $1) as tender) as tenders`;

/** Lines and tenders of a locked order in one statement. */
async function partsOfOrder(
  tx: Tx,
  orderId: string,
): Promise<{ readonly lines: readonly LineRow[]; readonly tenders: readonly TenderRow[] }> {
  const [row] = await tx.query<{ lines: readonly LineRow[]; tenders: readonly TenderRow[] }>(
    `select ${partsSql}`,
    [orderId],
    'order.parts',
  );
  return row ?? { lines: [], tenders: [] };
}

/** Fulfilments of these orders with their lines. Lock the order first when you mean to change them. */
export const fulfilmentsOf = (query: Query, orderIds: readonly string[]): Promise<FulfilmentRow[]> =>
  query.query<FulfilmentRow>(
    `select id, order_id as "orderId", place_id as "placeId", method, state, cell, code_sealed as "codeSealed",
       promised_at as "promisedAt", picker_id as "pickerId", created_at as "createdAt", picked_at as "pickedAt",
       ready_at as "readyAt", done_at as "doneAt", version,
       coalesce((select jsonb_agg(jsonb_build_object('lineNo', line_no, 'quantity', quantity, 'picked', picked, 'taken', taken,
         'refused', refused, 'notFound', not_found, 'cancelled', cancelled) order by line_no)
         from "order".fulfilment_line where fulfilment_id = fulfilment.id), '[]') as lines
     from "order".fulfilment where order_id = any($1::uuid[]) order by order_id, created_at, id`,
    [orderIds],
    'order.fulfilments',
  );

export const stepsOf = (query: Query, orderIds: readonly string[]): Promise<StepRow[]> =>
  query.query<StepRow>(
    `select order_id as "orderId", from_state as "fromState", to_state as "toState", at, by, why
     from "order".step where order_id = any($1::uuid[]) order by order_id, id`,
    [orderIds],
  );

export interface StepFrom {
  /** `staff:id`, `key:id`, `customer:id` or `system`. */
  readonly by: string;
  readonly why: string | null;
  readonly now: Date;
  /** Where it happened; the order's own channel when absent. */
  readonly channel?: Channel;
  /** More for the fact: ids and amounts. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** What was paid at this step. */
  readonly paidMinor?: number;
}

/** The facts of a step of this order. */
export function stepFacts(order: OrderRow, from: OrderState | null, to: OrderState, about: StepFrom): NewEvent[] {
  return factsOf(from, to).map((name) =>
    fact({
      name,
      customerId: order.customerId,
      channel: about.channel ?? order.channel,
      sourceId: order.sourceId,
      at: about.now,
      data: {
        orderId: order.id,
        number: order.number,
        totalMinor: order.totalMinor,
        currency: order.currency,
        channel: order.channel,
        placeId: order.pickupPlaceId ?? order.salePlaceId,
        ...about.data,
      },
    }),
  );
}

/**
 * The order, which this transaction has locked, goes one step: refused with `order.step` when the table does not have
 * it. Writes the step, moves what hangs on it (fulfilments become tasks when it is confirmed, and end when it is
 * cancelled) and appends the fact; `also` are further facts for the same append. Returns the order as it is then.
 */
export async function stepOrder(
  tx: Tx,
  order: OrderRow,
  toState: OrderState,
  about: StepFrom,
  also: readonly NewEvent[] = [],
): Promise<Result<OrderRow>> {
  const may = step(order.state, toState);
  if (!may.ok) return may;
  const [row] = await tx.query<OrderRow>(
    `with moved as (
       update "order"."order" set state = $3, version = version + 1, expires_at = null, paid_minor = paid_minor + $9,
         confirmed_at = case when $3 = 'confirmed' and confirmed_at is null then $5 else confirmed_at end,
         completed_at = case when $3 = 'completed' then $5 else completed_at end,
         closed_why = case when $3 in ('cancelled', 'expired') then $7 else null end
       where id = $1 and version = $2
       returning ${orderColumns}),
     stepped as (
       insert into "order".step (id, order_id, from_state, to_state, at, by, why)
       select $4, id, $8, $3, $5, $6, $7 from moved),
     task as (
       update "order".fulfilment set version = fulfilment.version + 1,
         state = case when $3 = 'cancelled' then 'cancelled' else 'waiting' end
       from moved where order_id = moved.id
         and (($3 = 'confirmed' and fulfilment.state = 'planned') or ($3 = 'cancelled' and fulfilment.state <> 'done')))
     select * from moved`,
    [order.id, order.version, toState, newId(), about.now, about.by, about.why, order.state, about.paidMinor ?? 0],
    'order.step',
  );
  if (row === undefined) return refuse('order.changed-meanwhile', 409);
  await append(tx, [...stepFacts(order, order.state, toState, about), ...also]);
  return ok(row);
}

/** Units of lines of these kinds are with the customer. */
export const markTaken = (tx: Tx, orderId: string, kinds: readonly LineRow['kind'][]): Promise<unknown> =>
  tx.query(`update "order".line set taken = quantity - withdrawn where order_id = $1 and kind = any($2)`, [
    orderId,
    kinds,
  ]);

/** What an order took of limits and budgets of offers. */
export async function usesOf(query: Query, orderId: string): Promise<readonly OfferUse[]> {
  const [row] = await query.query<{ uses: readonly OfferUse[] }>(`select uses from "order"."order" where id = $1`, [
    orderId,
  ]);
  return row?.uses ?? [];
}

export interface OfferUse {
  readonly ruleId: string;
  readonly couponId?: string;
  readonly grantId?: string;
  readonly amountMinor: number;
}

/** Ids of orders whose time to pay has run out, but for those that are left for later. */
export const dueForExpiry = async (
  query: Query,
  now: Date,
  limit: number,
  without: readonly string[],
): Promise<string[]> =>
  (
    await query.query<{ id: string }>(
      `select id from "order"."order" where state = 'awaiting-payment' and expires_at <= $1 and id <> all($3::uuid[])
       order by expires_at limit $2`,
      [now, limit, without],
    )
  ).map((row) => row.id);

/** One of them, locked, when it is still so; one that somebody works on is left for the next time. */
export async function lockDue(tx: Tx, id: string, now: Date): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>(
    `select ${orderColumns} from "order"."order" where id = $1 and state = 'awaiting-payment' and expires_at <= $2
     for update skip locked`,
    [id, now],
  );
  return row;
}

/** What no fulfilment will bring any more. */
export const cancelUnits = (tx: Tx, orderId: string): Promise<unknown> =>
  tx.query(
    `update "order".fulfilment_line set cancelled = quantity - taken - refused - not_found
     from "order".fulfilment where fulfilment.id = fulfilment_id and order_id = $1 and state not in ('done', 'cancelled')`,
    [orderId],
  );

/** Another payment pays a tender of this order. Returns the version that the order has by it. */
export async function setPayment(tx: Tx, tender: TenderRow, paymentId: string): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    `with paid as (update "order".tender set payment_id = $3 where order_id = $1 and tender_no = $2)
     update "order"."order" set version = version + 1 where id = $1 returning version`,
    [tender.orderId, tender.tenderNo, paymentId],
  );
  if (row === undefined) throw new Error(`no order ${tender.orderId}`);
  return row.version;
}
