import { personIn } from '@ruslo/identity';
import { stampIn } from '@ruslo/offer';
import type { Priced } from '@ruslo/offer';
import { placesVersionIn } from '@ruslo/place';
import { newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import type { NewLine } from './reckon.ts';
import type { OrderState, Part } from './rules.ts';
import type { OrderRow, TenderKind } from './store.ts';
import { orderColumns } from './store.ts';

export interface NewTender {
  readonly kind: TenderKind;
  readonly amountMinor: number;
  readonly cardId: string | null;
  readonly paymentId: string | null;
}

export interface NewOrder extends Omit<OrderRow, 'number' | 'version' | 'refundedMinor' | 'closedWhy'> {
  readonly state: OrderState;
}

/** Lines out of one JSON parameter; the order is `$1`. */
const lineSql = (
  lines: string,
  taken: string,
): string => `insert into "order".line (order_id, line_no, variant_id, sku, title, kind, unit, quantity, price_minor, sum_minor,
      discount_minor, points_spent, points_minor, points_earned, total_minor, discounts, vat, category_ids, warranty_months,
      components, gift, marked, min_age, taken)
    select $1, "lineNo", "variantId", sku, title, kind, unit, quantity, "priceMinor", "sumMinor", "discountMinor", "pointsSpent",
      "pointsMinor", "pointsEarned", "totalMinor", discounts, vat,
      array(select jsonb_array_elements_text("categoryIds")::uuid), "warrantyMonths", components, gift, marked, "minAge",
      ${taken}
    from jsonb_to_recordset(${lines}::jsonb) as line ("lineNo" smallint, "variantId" uuid, sku text, title text, kind text, unit text,
      quantity bigint, "priceMinor" bigint, "sumMinor" bigint, "discountMinor" bigint, "pointsSpent" bigint, "pointsMinor" bigint,
      "pointsEarned" bigint, "totalMinor" bigint, discounts jsonb, vat text, "categoryIds" jsonb, "warrantyMonths" int,
      components jsonb, gift boolean, marked boolean, "minAge" int)`;

/** What other slices write in the statement of an order: parts of its `with`, with parameters from `at` on. */
export interface Along {
  readonly text: (at: number) => string;
  readonly values: readonly unknown[];
}

const insertSql = (along: string): string => `with placed as (
    insert into "order"."order" (id, number, customer_id, channel, source_id, sale_place_id, method, pickup_place_id, state, pay,
      currency, sum_minor, discount_minor, points_spent, points_minor, points_earned, shipping_minor, total_minor, paid_minor,
      recipient, coupons, cart_id, exchange_of, placed_at, expires_at, confirmed_at, completed_at, uses)
    values ($1, 'M-' || (1000000 + nextval('"order".number')), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
      $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $35)
    returning number),
  lined as (
    ${lineSql('$27', 'case when $26::timestamptz is null then 0 else quantity end')}),
  tendered as (
    insert into "order".tender (order_id, tender_no, kind, amount_minor, card_id, payment_id)
    select $1, no, kind, amount, card, payment
    from unnest($28::text[], $29::bigint[], $30::uuid[], $31::uuid[]) with ordinality as tender (kind, amount, card, payment, no)),
  stepped as (
    insert into "order".step (id, order_id, from_state, to_state, at, by) values ($32, $1, null, $8, $33, $34)),
  checked_out as (
    delete from "order".checkout where customer_id = any($36::uuid[])),
  task as (
    insert into "order".fulfilment (id, order_id, place_id, method, state, promised_at, created_at)
    select id, $1, place, $6, 'planned', $39, $33 from unnest($37::uuid[], $38::uuid[]) as task (id, place)),
  tasked as (
    insert into "order".fulfilment_line (fulfilment_id, line_no, quantity)
    select id, no, sum(quantity) from unnest($40::uuid[], $41::smallint[], $42::bigint[]) as part (id, no, quantity) group by id, no)${along}
  select number from placed`;
const insertValues = 42;

/** The statement with what goes along; few combinations ever come, and each is one prepared statement. */
function insertWith(along: readonly Along[]): { readonly text: string; readonly name: string } {
  let at = insertValues + 1;
  const key = along.map(({ text }) => text(0)).join();
  let known = insertsKnown.get(key);
  if (known === undefined) {
    const texts = along.map(({ text, values }) => {
      const part = `,\n  ${text(at)}`;
      at += values.length;
      return part;
    });
    known = { text: insertSql(texts.join('')), name: `order.insert-${insertsKnown.size}` };
    insertsKnown.set(key, known);
  }
  return known;
}
const insertsKnown = new Map<string, { readonly text: string; readonly name: string }>();

/** Writes a new order with its lines, tenders and first step in one statement; its number is drawn there. Completed = sold: all units are taken. */
export async function insertOrder(
  tx: Tx,
  from: {
    readonly order: NewOrder;
    readonly lines: readonly NewLine[];
    readonly tenders: readonly NewTender[];
    readonly uses?: Priced['uses'];
    /** Which place brings what: planned until the order is certain. */
    readonly parts?: readonly Part[];
    readonly promisedAt?: Date | null;
    /** Whose checkout has become this order. */
    readonly checkoutOf?: readonly string[];
    readonly along?: readonly Along[];
    readonly by: string;
    readonly now: Date;
  },
): Promise<OrderRow> {
  const { order, tenders, parts = [], along = [] } = from;
  const tasks = tasksOf(parts);
  const { text, name } = insertWith(along);
  const [row] = await tx.query<{ number: string }>(
    text,
    [
      order.id,
      order.customerId,
      order.channel,
      order.sourceId,
      order.salePlaceId,
      order.method,
      order.pickupPlaceId,
      order.state,
      order.pay,
      order.currency,
      order.sumMinor,
      order.discountMinor,
      order.pointsSpent,
      order.pointsMinor,
      order.pointsEarned,
      order.shippingMinor,
      order.totalMinor,
      order.paidMinor,
      JSON.stringify(order.recipient),
      order.coupons,
      order.cartId,
      order.exchangeOf,
      order.placedAt,
      order.expiresAt,
      order.confirmedAt,
      order.completedAt,
      JSON.stringify(from.lines),
      tenders.map((one) => one.kind),
      tenders.map((one) => one.amountMinor),
      tenders.map((one) => one.cardId),
      tenders.map((one) => one.paymentId),
      newId(),
      from.now,
      from.by,
      JSON.stringify(from.uses ?? []),
      from.checkoutOf ?? [],
      [...tasks.values()],
      [...tasks.keys()],
      from.promisedAt ?? null,
      parts.map((part) => tasks.get(part.placeId)),
      parts.map((part) => part.lineNo),
      parts.map((part) => part.quantity),
      ...along.flatMap(({ values }) => values),
    ],
    name,
  );
  if (row === undefined) throw new Error('an order was not inserted');
  return { ...order, number: row.number, version: 1, refundedMinor: 0, closedWhy: null };
}

/** A fulfilment for each place. */
function tasksOf(parts: readonly Part[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const part of parts) if (!ids.has(part.placeId)) ids.set(part.placeId, newId());
  return ids;
}

/** Fulfilments by place, one statement. */
export async function insertFulfilments(
  tx: Tx,
  from: {
    readonly orderId: string;
    readonly method: 'pickup' | 'delivery';
    readonly state: 'planned' | 'waiting';
    readonly parts: readonly Part[];
    readonly promisedAt: Date | null;
    readonly now: Date;
  },
): Promise<void> {
  const ids = tasksOf(from.parts);
  if (ids.size === 0) return;
  await tx.query(
    `with task as (
       insert into "order".fulfilment (id, order_id, place_id, method, state, promised_at, created_at)
       select id, $1, place, $2, $3, $4, $5 from unnest($6::uuid[], $7::uuid[]) as task (id, place))
     insert into "order".fulfilment_line (fulfilment_id, line_no, quantity)
     select id, no, sum(quantity) from unnest($8::uuid[], $9::smallint[], $10::bigint[]) as part (id, no, quantity) group by id, no`,
    [
      from.orderId,
      from.method,
      from.state,
      from.promisedAt,
      from.now,
      [...ids.values()],
      [...ids.keys()],
      from.parts.map((part) => ids.get(part.placeId)),
      from.parts.map((part) => part.lineNo),
      from.parts.map((part) => part.quantity),
    ],
    'order.fulfilment-insert',
  );
}

export interface CheckoutRow {
  readonly id: string;
  readonly customerId: string;
  readonly step: 'delivery' | 'payment' | 'confirm';
  readonly data: Record<string, unknown>;
  readonly channel: string;
  readonly version: number;
  readonly updatedAt: Date;
}

const checkoutColumns = `id, customer_id as "customerId", step, data, channel, version, updated_at as "updatedAt"`;

/** The checkout that a person left last, in whatever channel. */
export async function readCheckout(query: Query, customerIds: readonly string[]): Promise<CheckoutRow | undefined> {
  const [row] = await query.query<CheckoutRow>(
    `select ${checkoutColumns} from "order".checkout where customer_id = any($1::uuid[]) order by updated_at desc, version desc limit 1`,
    [customerIds],
    'order.checkout',
  );
  return row;
}

/**
 * The same for a placement, with the versions of what it is reckoned from, so that nothing is read that this process
 * knows: of the promotions and of the places.
 */
export async function readForPlacement(
  tx: Tx,
  customerIds: readonly string[],
): Promise<{ readonly checkout: CheckoutRow | undefined; readonly stamp: string; readonly placesVersion: string }> {
  const [row] = await tx.query<CheckoutRow & { stamp: string; placesVersion: string }>(
    `select checkout.*, (${stampIn}) as stamp, (${placesVersionIn}) as "placesVersion"
     from (select) as one left join (select ${checkoutColumns} from "order".checkout
       where customer_id = any((select $1::uuid[])::uuid[]) order by updated_at desc, version desc limit 1) as checkout on true`,
    [customerIds],
    'order.checkout-place',
  );
  if (row === undefined) throw new Error('a statement of one row gave none');
  const { stamp, placesVersion, ...checkout } = row;
  return { checkout: (checkout.id as string | null) === null ? undefined : checkout, stamp, placesVersion };
}

// In the row of the id she asks with, so that it stays with her when she turns out to be somebody else than it seemed.
const writeCheckoutSql = `with person as materialized (${personIn(2)}),
       latest as materialized (select version, updated_at from "order".checkout
         where customer_id = any((select ids from person)::uuid[]) order by updated_at desc, version desc limit 1)
     insert into "order".checkout (id, customer_id, step, data, channel, version, updated_at)
     select $1, $2::uuid, $3, $4::jsonb, $5, coalesce(latest.version, 0) + 1, $7::timestamptz from person left join latest on true
     where $6::int is null or coalesce(latest.version, $6) = $6
     on conflict (customer_id) do update set step = excluded.step, data = excluded.data, channel = excluded.channel,
       version = greatest(checkout.version + 1, excluded.version), updated_at = excluded.updated_at
     where $6::int is null or checkout.version = $6
       or (checkout.updated_at, checkout.version) < (select updated_at, version from latest)
     returning ${checkoutColumns}`;

/** Writes the checkout of a person; undefined when it is no longer at the version that was read, or nobody has this id. */
export async function writeCheckout(
  query: Query,
  from: {
    readonly customerId: string;
    readonly step: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly channel: string;
    readonly version: number | null;
    readonly now: Date;
  },
): Promise<CheckoutRow | undefined> {
  const [row] = await query.query<CheckoutRow>(
    writeCheckoutSql,
    [newId(), from.customerId, from.step, JSON.stringify(from.data), from.channel, from.version, from.now],
    'order.checkout-write',
  );
  return row;
}

/** Fulfilments of an order that is not certain yet, to be planned anew. */
export async function dropPlanned(tx: Tx, orderId: string): Promise<void> {
  await tx.query(
    `with planned as (select id from "order".fulfilment where order_id = $1 and state = 'planned')
     delete from "order".fulfilment_line where fulfilment_id in (select id from planned)`,
    [orderId],
  );
  await tx.query(`delete from "order".fulfilment where order_id = $1 and state = 'planned'`, [orderId]);
}

/** Lines that join an order before it is paid; undefined when somebody else has changed it. */
export async function addLines(
  tx: Tx,
  from: {
    readonly order: OrderRow;
    readonly lines: readonly NewLine[];
    readonly uses: Priced['uses'];
    readonly tender: { readonly tenderNo: number; readonly amountMinor: number; readonly paymentId: string };
  },
): Promise<OrderRow | undefined> {
  const { order, lines, tender } = from;
  const sum = (of: (line: NewLine) => number): number => lines.reduce((all, line) => all + of(line), 0);
  const [row] = await tx.query<OrderRow>(
    `with lined as (
       ${lineSql('$3', '0')}),
     tendered as (
       update "order".tender set amount_minor = $5, payment_id = $6 where order_id = $1 and tender_no = $4)
     update "order"."order" set version = version + 1, sum_minor = sum_minor + $7, discount_minor = discount_minor + $8,
       points_earned = points_earned + $9, total_minor = total_minor + $10, uses = $11
     where id = $1 and version = $2 returning ${orderColumns}`,
    [
      order.id,
      order.version,
      JSON.stringify(lines),
      tender.tenderNo,
      tender.amountMinor,
      tender.paymentId,
      sum((line) => line.sumMinor),
      sum((line) => line.discountMinor),
      sum((line) => line.pointsEarned),
      sum((line) => line.totalMinor),
      JSON.stringify(from.uses),
    ],
  );
  return row;
}
