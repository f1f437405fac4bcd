import { findHolder, members } from '@ruslo/identity';
import { isUuid, ok, refuse } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { paymentsOf } from '@ruslo/payment';
import type { House, Locale, Query } from '@ruslo/platform';
import { receiptsOf } from '@ruslo/receipt';
import type { OrderSummary, OrderView } from './contract.ts';
import type { OrderState } from './rules.ts';
import { cardsOf } from './store-card.ts';
import { listOrders } from './store-read.ts';
import type { Find, SummaryRow } from './store-read.ts';
import { fulfilmentsOf, linesOf, orderById, stepsOf, tendersOf } from './store.ts';
import type { OrderRow } from './store.ts';

/** The same words in every channel (E-04). */
export const stateText = (house: Pick<House, 'words'>, locale: Locale, state: OrderState): string =>
  house.words.say(locale, `order.state.${state}`);

function head(house: House, locale: Locale, row: OrderRow) {
  return {
    id: row.id,
    number: row.number,
    customerId: row.customerId,
    channel: row.channel,
    method: row.method,
    salePlaceId: row.salePlaceId,
    pickupPlaceId: row.pickupPlaceId,
    state: row.state,
    stateText: stateText(house, locale, row.state),
    pay: row.pay,
    currency: row.currency,
    sumMinor: row.sumMinor,
    discountMinor: row.discountMinor,
    pointsSpent: row.pointsSpent,
    pointsMinor: row.pointsMinor,
    pointsEarned: row.pointsEarned,
    shippingMinor: row.shippingMinor,
    totalMinor: row.totalMinor,
    paidMinor: row.paidMinor,
    refundedMinor: row.refundedMinor,
    placedAt: row.placedAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    confirmedAt: row.confirmedAt?.toISOString() ?? null,
    completedAt: row.completedAt?.toISOString() ?? null,
    closedWhy: row.closedWhy,
    version: row.version,
  };
}

export interface ListAsk {
  readonly state?: OrderState | undefined;
  readonly channel?: Channel | undefined;
  readonly placeId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly q?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Orders, newest first. */
export async function list(
  house: House,
  locale: Locale,
  ask: ListAsk,
): Promise<{ items: OrderSummary[]; nextCursor: string | null }> {
  const customerIds = ask.customerId === undefined ? undefined : await members(house.db, ask.customerId);
  const rows = await listOrders(house.db, {
    state: ask.state,
    channel: ask.channel,
    placeId: ask.placeId,
    customerIds,
    find: ask.q === undefined || ask.q.trim() === '' ? undefined : await findOf(house.db, ask.q.trim()),
    from: ask.from === undefined ? undefined : new Date(ask.from),
    to: ask.to === undefined ? undefined : new Date(ask.to),
    after: readCursor(ask.cursor),
    limit: ask.limit + 1,
  });
  const page = rows.slice(0, ask.limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => summary(house, locale, row)),
    nextCursor: rows.length > ask.limit && last !== undefined ? `${last.placedAt.getTime()}.${last.id}` : null,
  };
}

const summary = (house: House, locale: Locale, row: SummaryRow): OrderSummary => ({
  ...head(house, locale, row),
  lines: row.lines,
  title: row.title,
  recipientName: row.recipient.name ?? null,
});

function readCursor(cursor: string | undefined): { readonly at: Date; readonly id: string } | undefined {
  const [ms = '', id = ''] = (cursor ?? '').split('.');
  return /^\d{1,15}$/.test(ms) && isUuid(id) ? { at: new Date(Number(ms)), id } : undefined;
}

/** What somebody typed: a number of an order, a phone, an e-mail, a card. */
async function findOf(query: Query, text: string): Promise<Find> {
  const customerIds = new Set<string>();
  const holds = async (kind: string): Promise<void> => {
    const found = await findHolder(query, kind, text);
    if (found.ok) for (const id of await members(query, found.value.customerId)) customerIds.add(id);
  };
  const digits = text.replaceAll(/\D/g, '');
  const isEmail = text.includes('@');
  const isPhone = !isEmail && digits.length >= 10 && /^[\d\s()+-]+$/.test(text);
  if (isEmail) await holds('email');
  if (isPhone) await holds('phone');
  if (!isEmail && digits.length >= 6) await holds('card');
  const upper = text.toUpperCase();
  return {
    numbers: [text, upper, upper.replace(/^М/, 'M'), `M-${digits}`], // a Cyrillic М looks the same
    orderId: isUuid(text) ? text : null,
    phone: isPhone ? digits.slice(-10) : null,
    email: isEmail ? text.toLowerCase() : null,
    customerIds: [...customerIds],
  };
}

/** Everything about one order. @param isHers hides who of the staff did what */
export async function show(house: House, locale: Locale, id: string, isHers: boolean): Promise<Result<OrderView>> {
  const query = house.db;
  const ids = [id];
  const order = await orderById(query, id);
  if (order === undefined) return refuse('order.not-found', 404);
  const [lines, tenders, payments, fulfilments, steps, receipts, cards] = await Promise.all([
    linesOf(query, ids),
    tendersOf(query, ids),
    paymentsOf(query, ids),
    fulfilmentsOf(query, ids),
    stepsOf(query, ids),
    receiptsOf(query, ids),
    cardsOf(query, ids),
  ]);
  const who = (by: string): string => (isHers ? (by.split(':')[0] ?? by) : by);
  return ok({
    ...head(house, locale, order),
    recipient: order.recipient,
    coupons: [...order.coupons],
    exchangeOf: order.exchangeOf,
    lines: lines.map((line) => ({ ...line, discounts: [...line.discounts] })),
    tenders: tenders.map((tender) => ({ ...tender })),
    payments: payments.map((one) => ({ ...one, createdAt: one.createdAt.toISOString() })),
    fulfilments: fulfilments.map((one) => ({
      ...one,
      lines: [...one.lines],
      promisedAt: one.promisedAt?.toISOString() ?? null,
      readyAt: one.readyAt?.toISOString() ?? null,
      doneAt: one.doneAt?.toISOString() ?? null,
    })),
    steps: steps.map((one) => ({ ...one, by: who(one.by), at: one.at.toISOString() })),
    receipts: receipts.map((one) => ({ ...one, issuedAt: one.issuedAt.toISOString() })),
    cards: cards.map(({ lineNo, cardId, last4 }) => ({ lineNo, cardId, last4 })),
  });
}
