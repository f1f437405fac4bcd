import { findHolder, members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { House, Query } from '@ruslo/platform';
import type { ParcelView } from './contract-desk.ts';
import { codeKey, countGuess, hashCode, mayGuess, readQr } from './fulfil-code.ts';
import { isFinal } from './fulfil-rules.ts';
import type { DeskRow } from './fulfil-store.ts';
import { deskRowsById, parcelOrders, parcelsByCode } from './fulfil-store.ts';
import { deskPlace, isAway } from './fulfil.ts';
import { dueWhenAll } from './hand-out.ts';
import type { LineRow, OrderRow, TenderRow } from './store.ts';
import { linesOf, ordersById, tendersOf } from './store.ts';

/** Parcels as the desk sees them, and how it finds them. */

export function showParcel(
  from: { readonly order: OrderRow; readonly lines: readonly LineRow[]; readonly tenders: readonly TenderRow[] },
  parcels: readonly DeskRow[],
  parcel: DeskRow,
  now: Date,
): ParcelView {
  const { order } = from;
  return {
    id: parcel.id,
    orderId: order.id,
    number: order.number,
    orderState: order.state,
    customerId: order.customerId,
    recipientName: order.recipient.name ?? null,
    method: parcel.method,
    state: parcel.state,
    placeId: parcel.placeId,
    deskPlaceId: deskPlace(order, parcel),
    cell: parcel.cell,
    promisedAt: parcel.promisedAt?.toISOString() ?? null,
    createdAt: parcel.createdAt.toISOString(),
    ageS: Math.max(0, Math.floor((now.getTime() - parcel.createdAt.getTime()) / 1_000)),
    pickerId: parcel.pickerId,
    readyAt: parcel.readyAt?.toISOString() ?? null,
    shippedAt: parcel.shippedAt?.toISOString() ?? null,
    doneAt: parcel.doneAt?.toISOString() ?? null,
    dueMinor: isFinal(parcel.state) ? 0 : dueWhenAll(from, parcels, parcel),
    currency: order.currency,
    lines: parcel.lines.flatMap((part) => {
      const line = from.lines.find((one) => one.lineNo === part.lineNo);
      if (line === undefined) return [];
      const { variantId, sku, title, kind, unit, warrantyMonths } = line;
      return [{ variantId, sku, title, kind, unit, warrantyMonths, ...part }];
    }),
  };
}

/** Parcels of these ids, in their order, with what the desk must know of their orders. */
export async function showParcels(query: Query, ids: readonly string[], now: Date): Promise<ParcelView[]> {
  const rows = await deskRowsById(query, ids);
  const orderIds = [...new Set(rows.map((row) => row.orderId))];
  const [orders, lines, tenders, siblings] = [
    await ordersById(query, orderIds),
    await linesOf(query, orderIds),
    await tendersOf(query, orderIds),
    await deskRowsById(query, await parcelIds(query, orderIds)),
  ];
  return ids.flatMap((id) => {
    const parcel = rows.find((row) => row.id === id);
    const order = orders.find((one) => one.id === parcel?.orderId);
    if (parcel === undefined || order === undefined) return [];
    const own = <T extends { readonly orderId: string }>(all: readonly T[]): T[] =>
      all.filter((one) => one.orderId === order.id);
    return [showParcel({ order, lines: own(lines), tenders: own(tenders) }, own(siblings), parcel, now)];
  });
}

const parcelIds = async (query: Query, orderIds: readonly string[]): Promise<string[]> =>
  (
    await query.query<{ id: string }>('select id from "order".fulfilment where order_id = any($1::uuid[])', [orderIds])
  ).map((row) => row.id);

export interface FindAsk {
  readonly placeId: string;
  readonly code?: string | undefined;
  readonly qr?: string | undefined;
  readonly card?: string | undefined;
  readonly phone?: string | undefined;
  readonly orderNumber?: string | undefined;
}

/**
 * Parcels that lie ready at this place. A wrong code is counted by place and by who asks: after ten within ten minutes
 * refused with `order.too-many-guesses` (429). Refuses `order.nothing-here` (404).
 */
export async function findParcels(
  house: House,
  ask: FindAsk,
  asker: string,
  now: Date,
): Promise<Result<{ readonly items: ParcelView[]; readonly proven: boolean }>> {
  const proven = ask.code !== undefined || ask.qr !== undefined;
  if (proven && !(await mayGuess(house.db, ask.placeId, asker, now))) return refuse('order.too-many-guesses', 429);
  const ids = proven ? await byCode(house.db, ask) : await byWho(house.db, ask);
  if (!ids.ok) return ids;
  const orders = await ordersById(
    house.db,
    ids.value.map((one) => one.orderId),
  );
  const rows = (
    await deskRowsById(
      house.db,
      ids.value.map((one) => one.id),
    )
  ).filter((parcel) => {
    const order = orders.find((one) => one.id === parcel.orderId);
    if (order === undefined || !['ready', 'trying'].includes(parcel.state)) return false;
    return deskPlace(order, parcel) === ask.placeId && !isAway(order, parcel);
  });
  if (rows.length === 0) {
    if (proven) await countGuess(house.db, ask.placeId, asker, now);
    return refuse('order.nothing-here', 404);
  }
  return ok({
    items: await showParcels(
      house.db,
      rows.map((row) => row.id),
      now,
    ),
    proven,
  });
}

type Found = Result<readonly { readonly id: string; readonly orderId: string }[]>;

async function byCode(query: Query, ask: FindAsk): Promise<Found> {
  const scanned = ask.qr === undefined ? undefined : readQr(ask.qr);
  const code = scanned?.code ?? ask.code?.replace(/\D/g, '') ?? '';
  if (code === '') return ok([]);
  const found = await parcelsByCode(query, hashCode(await codeKey(query), code));
  return ok(scanned === undefined ? found : found.filter((one) => one.id === scanned.fulfilmentId));
}

async function byWho(query: Query, ask: FindAsk): Promise<Found> {
  const orders = await ordersBy(query, ask, (from) => parcelOrders(query, from));
  if (!orders.ok) return orders;
  const rows = await query.query<{ id: string; orderId: string }>(
    `select id, order_id as "orderId" from "order".fulfilment where order_id = any($1::uuid[]) and state in ('ready', 'trying') order by created_at, id`,
    [orders.value],
  );
  return ok(rows);
}

/** Ids of orders by what somebody says or shows at a desk: number, card, phone of the customer or of the recipient. */
export async function ordersBy(
  query: Query,
  ask: {
    readonly card?: string | undefined;
    readonly phone?: string | undefined;
    readonly orderNumber?: string | undefined;
    readonly customerId?: string | undefined;
  },
  read: (from: {
    readonly customerIds?: readonly string[];
    readonly number?: string;
    readonly phone?: string;
  }) => Promise<readonly { readonly id: string }[]>,
): Promise<Result<string[]>> {
  const ids = new Set<string>();
  const add = (rows: readonly { readonly id: string }[]): void => {
    for (const row of rows) ids.add(row.id);
  };
  if (ask.orderNumber !== undefined) add(await read({ number: ask.orderNumber.toUpperCase() }));
  if (ask.orderNumber !== undefined && ids.size === 0) add(await read({ number: ask.orderNumber }));
  if (ask.customerId !== undefined) add(await read({ customerIds: await members(query, ask.customerId) }));
  for (const kind of ['card', 'phone'] as const) {
    const value = ask[kind];
    if (value === undefined) continue;
    const holder = await findHolder(query, kind, value);
    if (holder.ok) add(await read({ customerIds: await members(query, holder.value.customerId) }));
    // The number that stands on the order, whoever's it is: people order with the phone of their spouse.
    else if (kind === 'card') return holder;
    if (kind === 'phone') add(await read({ phone: value.replace(/\D/g, '').slice(-10) }));
  }
  return ok([...ids]);
}
