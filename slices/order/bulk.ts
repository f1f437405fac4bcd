import { share, spread } from '@ruslo/kernel';
import type { Channel } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { NewEvent, Query, Tx } from '@ruslo/platform';
import type { Method } from './rules.ts';
import type { LineDiscount, TenderKind } from './store.ts';

/** Finished orders of the past, many at once: receipts of another system, the demo. */

export interface ImportedLine {
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly kind?: 'good' | 'service' | 'gift-card';
  readonly unit?: 'piece' | 'weight';
  readonly quantity: number;
  readonly priceMinor: number;
  /** Before discounts; price × quantity when absent (per 1,000 g of goods by weight the caller says it). */
  readonly sumMinor?: number;
  readonly discountMinor?: number;
  readonly pointsSpent?: number;
  readonly pointsMinor?: number;
  readonly pointsEarned?: number;
  readonly discounts?: readonly LineDiscount[];
  readonly vat?: string;
  readonly categoryIds?: readonly string[];
  readonly warrantyMonths?: number | null;
  readonly gift?: boolean;
  /** Units that came back. */
  readonly returned?: number;
}

export interface ImportedOrder {
  /** Of the other system; makes the order once. */
  readonly number: string;
  readonly customerId: string | null;
  readonly channel: Channel;
  readonly method: Method;
  /** Where it was sold, or handed out. */
  readonly placeId: string | null;
  readonly state?: 'completed' | 'cancelled' | 'expired';
  readonly currency?: string;
  readonly placedAt: Date;
  readonly completedAt?: Date;
  readonly lines: readonly ImportedLine[];
  /** Cash for all of it when absent. They sum to the total. */
  readonly tenders?: readonly { readonly kind: Exclude<TenderKind, 'due'>; readonly amountMinor: number }[];
  readonly shippingMinor?: number;
  readonly coupons?: readonly string[];
}

export interface ImportOptions {
  /** Appends `order.placed` and the fact of its end, as of then. */
  readonly facts?: boolean;
  readonly now: Date;
}

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

function lineOf(orderId: string, line: ImportedLine, index: number, isCompleted: boolean) {
  const sumMinor = line.sumMinor ?? line.priceMinor * line.quantity;
  const { discountMinor = 0, pointsMinor = 0, returned = 0 } = line;
  return {
    orderId,
    lineNo: index + 1,
    variantId: line.variantId,
    sku: line.sku,
    title: line.title,
    kind: line.kind ?? 'good',
    unit: line.unit ?? 'piece',
    quantity: line.quantity,
    priceMinor: line.priceMinor,
    sumMinor,
    discountMinor,
    pointsSpent: line.pointsSpent ?? 0,
    pointsMinor,
    pointsEarned: line.pointsEarned ?? 0,
    totalMinor: sumMinor - discountMinor - pointsMinor,
    discounts: line.discounts ?? [],
    vat: line.vat ?? 'none',
    categoryIds: line.categoryIds ?? [],
    warrantyMonths: line.warrantyMonths ?? null,
    gift: line.gift ?? false,
    taken: isCompleted ? line.quantity : 0,
    withdrawn: isCompleted ? 0 : line.quantity,
    returned: isCompleted ? returned : 0,
  };
}

type Line = ReturnType<typeof lineOf>;

/** What came back has the top numbers of its line, as everywhere. */
const backOf = (line: Line): number =>
  line.returned === 0 ? 0 : share(line.totalMinor, line.quantity, line.quantity - line.returned, line.returned);

function rowsOf(order: ImportedOrder) {
  const id = newId();
  const state = order.state ?? 'completed';
  const isCompleted = state === 'completed';
  const lines = order.lines.map((line, index) => lineOf(id, line, index, isCompleted));
  const shippingMinor = order.shippingMinor ?? 0;
  const totalMinor = sumOf(lines, (line) => line.totalMinor) + shippingMinor;
  const refundedMinor = sumOf(lines, backOf);
  const given = order.tenders ?? [{ kind: 'cash' as const, amountMinor: totalMinor }];
  const tenders = given.filter((tender) => tender.amountMinor > 0);
  if (sumOf(tenders, (tender) => tender.amountMinor) !== totalMinor)
    throw new Error(`tenders of the order ${order.number} are not its total of ${totalMinor}`);
  const back = spread(
    refundedMinor,
    tenders.map((tender) => tender.amountMinor),
  );
  return {
    order: {
      id,
      number: order.number,
      customerId: order.customerId,
      channel: order.channel,
      salePlaceId: order.method === 'pickup' ? null : order.placeId,
      pickupPlaceId: order.method === 'pickup' ? order.placeId : null,
      method: order.method,
      state,
      currency: order.currency ?? 'RUB',
      sumMinor: sumOf(lines, (line) => line.sumMinor),
      discountMinor: sumOf(lines, (line) => line.discountMinor),
      pointsSpent: sumOf(lines, (line) => line.pointsSpent),
      pointsMinor: sumOf(lines, (line) => line.pointsMinor),
      pointsEarned: sumOf(lines, (line) => line.pointsEarned),
      shippingMinor,
      totalMinor,
      paidMinor: isCompleted ? totalMinor : 0,
      refundedMinor: isCompleted ? refundedMinor : 0,
      coupons: order.coupons ?? [],
      placedAt: order.placedAt,
      completedAt: isCompleted ? (order.completedAt ?? order.placedAt) : null,
      stepId: newId(),
    },
    lines,
    tenders: tenders.map((tender, index) => ({
      orderId: id,
      tenderNo: index + 1,
      kind: tender.kind,
      amountMinor: tender.amountMinor,
      refundedMinor: isCompleted ? (back[index] ?? 0) : 0,
    })),
  };
}

const importSql = `with given as (
    select * from jsonb_to_recordset($1::jsonb) as o (id uuid, number text, "customerId" uuid, channel text, "salePlaceId" uuid,
      "pickupPlaceId" uuid, method text, state text, currency text, "sumMinor" bigint, "discountMinor" bigint, "pointsSpent" bigint,
      "pointsMinor" bigint, "pointsEarned" bigint, "shippingMinor" bigint, "totalMinor" bigint, "paidMinor" bigint,
      "refundedMinor" bigint, coupons jsonb, "placedAt" timestamptz, "completedAt" timestamptz, "stepId" uuid)),
  added as (
    insert into "order"."order" (id, number, customer_id, channel, sale_place_id, pickup_place_id, method, state, pay, currency,
      sum_minor, discount_minor, points_spent, points_minor, points_earned, shipping_minor, total_minor, paid_minor,
      refunded_minor, coupons, placed_at, confirmed_at, completed_at)
    select id, number, "customerId", channel, "salePlaceId", "pickupPlaceId", method, state, 'now', currency, "sumMinor",
      "discountMinor", "pointsSpent", "pointsMinor", "pointsEarned", "shippingMinor", "totalMinor", "paidMinor", "refundedMinor",
      array(select jsonb_array_elements_text(coupons)), "placedAt", "completedAt", "completedAt"
    from given order by number
    on conflict (number) do nothing returning id),
  lined as (
    insert into "order".line (order_id, line_no, variant_id, sku, title, kind, unit, quantity, price_minor, sum_minor,
      discount_minor, points_spent, points_minor, points_earned, total_minor, discounts, vat, category_ids, warranty_months, gift,
      taken, withdrawn, returned)
    select "orderId", "lineNo", "variantId", sku, title, kind, unit, quantity, "priceMinor", "sumMinor", "discountMinor",
      "pointsSpent", "pointsMinor", "pointsEarned", "totalMinor", discounts, vat,
      array(select jsonb_array_elements_text("categoryIds")::uuid), "warrantyMonths", gift, taken, withdrawn, returned
    from jsonb_to_recordset($2::jsonb) as line ("orderId" uuid, "lineNo" smallint, "variantId" uuid, sku text, title text, kind text,
      unit text, quantity bigint, "priceMinor" bigint, "sumMinor" bigint, "discountMinor" bigint, "pointsSpent" bigint,
      "pointsMinor" bigint, "pointsEarned" bigint, "totalMinor" bigint, discounts jsonb, vat text, "categoryIds" jsonb,
      "warrantyMonths" int, gift boolean, taken bigint, withdrawn bigint, returned bigint)
    join added on added.id = "orderId"),
  tendered as (
    insert into "order".tender (order_id, tender_no, kind, amount_minor, refunded_minor)
    select "orderId", "tenderNo", kind, "amountMinor", "refundedMinor"
    from jsonb_to_recordset($3::jsonb) as t ("orderId" uuid, "tenderNo" smallint, kind text, "amountMinor" bigint,
      "refundedMinor" bigint)
    join added on added.id = "orderId"),
  stepped as (
    insert into "order".step (id, order_id, from_state, to_state, at, by)
    select "stepId", given.id, null, state, coalesce("completedAt", "placedAt"), 'import' from given join added using (id))
  select id from added`;

/**
 * Writes orders in one statement, whatever their number; those whose number is there already are left as they are. Give
 * it some thousands of lines a call. Touches no stock and no purse: what they hold is imported by itself.
 * @returns order ids in the order of the rows; undefined where the number was there
 */
export async function importOrders(
  tx: Tx,
  orders: readonly ImportedOrder[],
  options: ImportOptions,
): Promise<readonly (string | undefined)[]> {
  if (orders.length === 0) return [];
  const seen = new Set<string>();
  const rows = orders.map((order) => {
    const isNew = !seen.has(order.number);
    seen.add(order.number);
    return isNew ? rowsOf(order) : undefined;
  });
  const given = rows.flatMap((row) => row ?? []);
  const added = new Set(
    (
      await tx.query<{ id: string }>(importSql, [
        JSON.stringify(given.map((row) => row.order)),
        JSON.stringify(given.flatMap((row) => row.lines)),
        JSON.stringify(given.flatMap((row) => row.tenders)),
      ])
    ).map((row) => row.id),
  );
  if (options.facts === true)
    await append(
      tx,
      given.filter((row) => added.has(row.order.id)).flatMap((row) => factsOf(row.order, options.now)),
    );
  return rows.map((row) => (row !== undefined && added.has(row.order.id) ? row.order.id : undefined));
}

/** As of then; they were received now. */
function factsOf(order: ReturnType<typeof rowsOf>['order'], now: Date): NewEvent[] {
  const data = {
    orderId: order.id,
    number: order.number,
    totalMinor: order.totalMinor,
    currency: order.currency,
    channel: order.channel,
    placeId: order.pickupPlaceId ?? order.salePlaceId,
  };
  const { customerId, channel } = order;
  const at = (name: string, time: Date): NewEvent => ({
    ...fact({ name, customerId, channel, at: now, data }),
    occurredAt: time.toISOString(),
  });
  return [at('order.placed', order.placedAt), at(`order.${order.state}`, order.completedAt ?? order.placedAt)];
}

/** To be called after very many rows, outside of a transaction that matters. */
export async function settleOrders(query: Query): Promise<void> {
  for (const table of ['"order"', 'line', 'tender', 'step']) await query.query(`analyze "order".${table}`);
}
