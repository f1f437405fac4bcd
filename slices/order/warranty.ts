import { fact, newId } from '@ruslo/platform';
import type { NewEvent, Query, Tx } from '@ruslo/platform';
import type { LineRow, OrderRow } from './store.ts';

/** Warranty: a row per sold unit, from hand-over; goods by weight have one per hand-over. */

export interface Warranty {
  readonly id: string;
  readonly orderId: string;
  readonly lineNo: number;
  readonly customerId: string | null;
  readonly variantId: string;
  readonly sku: string;
  readonly title: string;
  readonly serial: string | null;
  readonly startsAt: Date;
  readonly untilAt: Date;
  readonly endedAt: Date | null;
}

const columns = `id, order_id as "orderId", line_no as "lineNo", customer_id as "customerId", variant_id as "variantId", sku, title,
  serial, starts_at as "startsAt", until_at as "untilAt", ended_at as "endedAt"`;

/**
 * Begins the warranty of units that the customer takes. A fact `warranty.started` for each line, for the caller's append.
 * @param lines as they are before the taking: their numbers go on from there
 */
export async function startWarranties(
  tx: Tx,
  from: {
    readonly order: Pick<OrderRow, 'id' | 'number' | 'customerId' | 'channel'>;
    readonly lines: readonly Pick<
      LineRow,
      'lineNo' | 'variantId' | 'sku' | 'title' | 'unit' | 'quantity' | 'taken' | 'warrantyMonths'
    >[];
    readonly parts: readonly {
      readonly lineNo: number;
      readonly quantity: number;
      readonly serials?: readonly string[];
    }[];
    readonly now: Date;
  },
): Promise<NewEvent[]> {
  const { order, now } = from;
  const facts: NewEvent[] = [];
  const rows = from.parts.flatMap((part) => {
    const line = from.lines.find((one) => one.lineNo === part.lineNo);
    const months = line?.warrantyMonths ?? 0;
    if (line === undefined || months <= 0 || part.quantity <= 0) return [];
    const { customerId, channel } = order;
    const data = { orderId: order.id, lineNo: line.lineNo, variantId: line.variantId, quantity: part.quantity, months };
    facts.push(fact({ name: 'warranty.started', customerId, channel, at: now, data }));
    const first = line.quantity - line.taken - part.quantity;
    const count = line.unit === 'weight' ? 1 : part.quantity;
    return Array.from({ length: count }, (_, index) => ({
      id: newId(),
      lineNo: line.lineNo,
      unitNo: first + index,
      quantity: line.unit === 'weight' ? part.quantity : 1,
      variantId: line.variantId,
      sku: line.sku,
      title: line.title,
      serial: part.serials?.[index] ?? null,
      months,
    }));
  });
  if (rows.length === 0) return [];
  await tx.query(
    `insert into "order".warranty (id, order_id, line_no, unit_no, quantity, customer_id, variant_id, sku, title, serial, starts_at, until_at)
     select id, $1, "lineNo", "unitNo", quantity, $2, "variantId", sku, title, serial, $3::timestamptz,
       ($3::timestamptz at time zone 'UTC' + make_interval(months => months)) at time zone 'UTC'
     from jsonb_to_recordset($4::jsonb) as row (id uuid, "lineNo" smallint, "unitNo" bigint, quantity bigint, "variantId" uuid,
       sku text, title text, serial text, months int)`,
    [order.id, order.customerId, now, JSON.stringify(rows)],
    'order.warranty-start',
  );
  return facts;
}

/** Ends the warranty of units that come back: those with the serial numbers given, then the highest numbers. */
export async function endWarranties(
  tx: Tx,
  orderId: string,
  parts: readonly { readonly lineNo: number; readonly quantity: number; readonly serials?: readonly string[] }[],
  now: Date,
): Promise<void> {
  if (parts.length === 0) return;
  await tx.query(
    `update "order".warranty w set ended_at = $2 from (
       select id, quantity, least(quantity, wanted) as taken,
         wanted - coalesce(sum(quantity) over (partition by live.line_no order by chosen desc, unit_no desc rows between unbounded preceding and 1 preceding), 0) as rest
       from (select w.id, w.line_no, w.unit_no, w.quantity, p.quantity as wanted,
               w.serial is not null and p.serials ? w.serial as chosen
             from "order".warranty w
             join jsonb_to_recordset($3::jsonb) as p ("lineNo" smallint, quantity bigint, serials jsonb) on p."lineNo" = w.line_no
             where w.order_id = $1 and w.ended_at is null) live) live
     where w.id = live.id and live.rest >= live.quantity`,
    [orderId, now, JSON.stringify(parts.map((part) => ({ ...part, serials: part.serials ?? [] })))],
  );
}

/** What stands under warranty for these customers, what ends soonest first. */
export const warrantiesOf = (
  query: Query,
  customerIds: readonly string[],
  options: { readonly ended?: boolean; readonly after?: { at: string; id: string }; readonly limit?: number } = {},
): Promise<Warranty[]> =>
  query.query<Warranty>(
    `select ${columns} from "order".warranty where customer_id = any($1::uuid[]) and ($2 or ended_at is null)
       and ($3::timestamptz is null or (until_at, id) > ($3, $4::uuid))
     order by until_at, id limit $5`,
    [customerIds, options.ended ?? false, options.after?.at ?? null, options.after?.id ?? null, options.limit ?? 200],
  );
