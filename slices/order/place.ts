import { lockCart, takeAlong } from '@ruslo/cart';
import type { Cart } from '@ruslo/cart';
import { ok, refuse } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { redeem } from '@ruslo/offer';
import { newPayment } from '@ruslo/payment';
import type { Payment } from '@ruslo/payment';
import { append, newId } from '@ruslo/platform';
import type { House, Tx } from '@ruslo/platform';
import { reserve } from '@ruslo/stock';
import { hold, newHold } from '@ruslo/wallet';
import { withoutPurse } from './checkout.ts';
import { confirmOrder } from './confirm.ts';
import type { CheckoutData, Placed } from './contract.ts';
import { checkoutDataSchema } from './contract.ts';
import { ways } from './deliver.ts';
import type { Option } from './deliver.ts';
import { prepare } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import { wantsOf } from './rules.ts';
import type { NewTender } from './store-place.ts';
import { insertOrder, readForPlacement } from './store-place.ts';
import type { OrderRow } from './store.ts';
import { stepFacts } from './store.ts';

/** So long an order waits for its payment. */
export const payMs = 30 * 60_000;
/** Reservations and holds outlive the order's own time by so much: it ends them, and not they it. */
export const graceMs = 5 * 60_000;

export interface PlaceFrom {
  readonly customerId: string;
  readonly expectedTotalMinor: number;
  readonly cartVersion: number | undefined;
  readonly channel: Channel;
  /** Has not signed in: spends nothing of a purse. */
  readonly isVisitor: boolean;
  readonly by: string;
  /** Where the provider sends her back. */
  readonly returnUrl: string;
  readonly now: Date;
}

/** Payments of placements of this moment, so that beginning them reads nothing again; not those of a repeated answer. */
export const addedOf = new WeakMap<Placed, Payment>();

/**
 * Cart and checkout of a person become an order, or nothing happens: everything is read again in this transaction, and
 * when the total is not the one she saw, refused with `order.changed`.
 */
export async function placeOrder(house: House, tx: Tx, from: PlaceFrom): Promise<Result<Placed>> {
  const { customerId, now } = from;
  const cart = await lockCart(tx, customerId, now);
  if (cart === undefined || cart.lines.length === 0) return refuse('order.cart-empty', 409);
  if (from.cartVersion !== undefined && from.cartVersion !== cart.version) return refuse('order.changed', 409);
  const { customerIds, person } = cart;
  const { checkout, ...versions } = await readForPlacement(tx, customerIds);
  const known = checkoutDataSchema.parse(checkout?.data ?? {});
  const data = from.isVisitor ? withoutPurse(known) : known;
  const complete = isComplete(data);
  if (!complete.ok) return complete;
  const { lines, coupons } = cart;
  const ask = { customerId, customerIds, person, lines, coupons, data, channel: from.channel, now, ...versions };
  const prepared = await prepare(house, tx, ask);
  const same = isAsSeen(prepared, from.expectedTotalMinor, complete.value);
  if (!same.ok) return same;
  return write(house, tx, { ...from, cart, customerIds, prepared, checkout: complete.value });
}

interface Complete {
  readonly data: CheckoutData;
  readonly method: 'pickup' | 'delivery';
  readonly pay: 'now' | 'on-handover';
}

/** What a checkout must know before it can be placed; refuses `order.incomplete` with the field. */
export function isComplete(data: CheckoutData): Result<Complete> {
  const lack = (field: string): Result<never> => refuse('order.incomplete', 422, { field });
  if (data.method === undefined) return lack('method');
  if (data.method === 'pickup' && data.placeId === undefined) return lack('placeId');
  const { phone, email, address } = data.recipient ?? {};
  if ((phone ?? '') === '' && (email ?? '') === '') return lack('recipient.phone');
  if (data.method === 'delivery' && (address?.city ?? '') === '' && address?.lat === undefined)
    return lack('recipient.address');
  return ok({ data, method: data.method, pay: data.pay ?? 'now' });
}

function isAsSeen(prepared: Prepared, expectedTotalMinor: number, complete: Complete): Result<undefined> {
  const { reckoned } = prepared;
  if (reckoned.gone.length > 0 || reckoned.lines.length === 0) return refuse('order.changed', 409);
  if (reckoned.totalMinor !== expectedTotalMinor) return refuse('order.changed', 409);
  const { points } = complete.data;
  // Points or a card that have gone meanwhile leave more to pay: she has not agreed to that.
  if (typeof points === 'number' && points !== reckoned.pointsSpent) return refuse('order.changed', 409);
  if ((complete.data.cards ?? []).length > 0 && prepared.tenders.length === 0) return refuse('order.changed', 409);
  const [lacking] = prepared.ways.missing;
  if (prepared.way === undefined && prepared.ways.isNeeded) {
    return refuse('order.short', 409, lacking === undefined ? {} : { variantId: lacking.variantId });
  }
  // What nobody hands over cannot be paid at the hand-over.
  const isHanded = prepared.ways.isNeeded && !reckoned.lines.some((line) => line.kind === 'gift-card');
  if (complete.pay === 'on-handover' && !isHanded) return refuse('order.pay-now', 422);
  return ok(undefined);
}

interface WriteFrom extends PlaceFrom {
  readonly cart: Cart;
  readonly customerIds: readonly string[];
  readonly prepared: Prepared;
  readonly checkout: Complete;
}

async function write(house: House, tx: Tx, from: WriteFrom): Promise<Result<Placed>> {
  const { prepared, checkout, now, cart } = from;
  const id = newId();
  const until = new Date(now.getTime() + payMs);
  const holdUntil = checkout.pay === 'on-handover' ? null : new Date(until.getTime() + graceMs);
  const isCard = checkout.pay === 'now' && prepared.toPayMinor > 0;
  const paying = isCard
    ? newPayment(house, {
        ref: id,
        customerId: from.customerId,
        amountMinor: prepared.toPayMinor,
        currency: prepared.reckoned.currency,
        key: 'place',
        returnUrl: from.returnUrl,
        now,
      })
    : undefined;
  const payment = paying?.payment;
  const tenders = tendersOf(prepared, checkout.pay, payment?.id ?? null);
  const { uses, pointsSpent } = prepared.reckoned;
  const { customerId, customerIds } = from;
  // Purses, then offers, then goods, everywhere in this order; what most want at once is locked last and shortest.
  const till = { until: holdUntil, now };
  const points =
    pointsSpent === 0
      ? undefined
      : await newHold(tx, { customerIds, amount: pointsSpent, ref: id, key: 'place:points', ...till });
  if (points?.ok === false) return points;
  const held = await holdPurses(tx, { orderId: id, customerIds, pointsSpent: 0, tenders, key: 'place', ...till });
  if (!held.ok) return held;
  if (uses.length > 0) {
    const redeemed = await redeem(tx, { ref: id, customerIds, customerId, uses, now, channel: from.channel });
    if (!redeemed.ok) return redeemed;
  }
  const way = await reserveWay(tx, from, id, holdUntil);
  if (!way.ok) return way;
  const lineIds = cart.lines.map((line) => line.id);
  const taking = await takeAlong(house, tx, cart, { lineIds, orderId: id, channel: from.channel, now });
  const order = await insertOrder(tx, {
    order: { ...headOf(from, id), expiresAt: until },
    lines: prepared.reckoned.lines,
    tenders,
    uses,
    parts: way.value?.parts ?? [],
    promisedAt: way.value?.readyAt ?? null,
    checkoutOf: customerIds,
    along: [paying?.along, points?.value, taking].filter((one) => one !== undefined),
    by: from.by,
    now,
  });
  const about = { by: from.by, why: null, now, channel: from.channel };
  await append(tx, stepFacts(order, null, 'awaiting-payment', about));
  if (payment !== undefined) {
    const placed = show(order, prepared.toPayMinor, payment.id);
    addedOf.set(placed, payment);
    return ok(placed);
  }
  const lines = prepared.reckoned.lines;
  const confirmed = await confirmOrder(house, tx, { order, lines, tenders, now, by: from.by });
  return confirmed.ok ? ok(show(confirmed.value, 0, null)) : confirmed;
}

const tendersOf = (prepared: Prepared, pay: 'now' | 'on-handover', paymentId: string | null): NewTender[] => [
  ...prepared.tenders.map(({ kind, amountMinor, cardId }) => ({ kind, amountMinor, cardId, paymentId: null })),
  ...(prepared.toPayMinor === 0
    ? []
    : [{ kind: pay === 'now' ? 'card' : 'due', amountMinor: prepared.toPayMinor, cardId: null, paymentId } as const]),
];

function headOf(from: WriteFrom, id: string): Parameters<typeof insertOrder>[1]['order'] {
  const { reckoned } = from.prepared;
  const { data, method, pay } = from.checkout;
  return {
    id,
    customerId: from.customerId,
    channel: from.channel,
    sourceId: null,
    salePlaceId: null,
    method,
    pickupPlaceId: method === 'pickup' ? (data.placeId ?? null) : null,
    state: 'awaiting-payment',
    pay,
    currency: reckoned.currency,
    sumMinor: reckoned.sumMinor,
    discountMinor: reckoned.discountMinor,
    pointsSpent: reckoned.pointsSpent,
    pointsMinor: reckoned.pointsMinor,
    pointsEarned: reckoned.pointsEarned,
    shippingMinor: reckoned.shippingMinor,
    totalMinor: reckoned.totalMinor,
    paidMinor: 0,
    recipient: data.recipient ?? {},
    coupons: from.cart.coupons,
    cartId: from.cart.id,
    exchangeOf: null,
    placedAt: from.now,
    expiresAt: null,
    confirmedAt: null,
    completedAt: null,
  };
}

/** Holds what purses pay: points, gift cards, store credit. */
export async function holdPurses(
  tx: Tx,
  from: {
    readonly orderId: string;
    readonly customerIds: readonly string[];
    readonly pointsSpent: number;
    readonly tenders: readonly Pick<NewTender, 'kind' | 'amountMinor' | 'cardId'>[];
    readonly key: string;
    readonly until: Date | null;
    readonly now: Date;
  },
): Promise<Result<undefined>> {
  const { customerIds, until, now, orderId: ref } = from;
  if (from.pointsSpent > 0) {
    const holder = { kind: 'points', customerIds } as const;
    const held = await hold(tx, { holder, amount: from.pointsSpent, ref, key: `${from.key}:points`, until, now });
    if (!held.ok) return held;
  }
  for (const tender of from.tenders) {
    if (tender.kind !== 'gift' && tender.kind !== 'credit') continue;
    const holder =
      tender.kind === 'credit'
        ? ({ kind: 'credit', customerIds } as const)
        : ({ kind: 'gift', cardId: tender.cardId ?? '' } as const);
    const key = `${from.key}:${tender.cardId ?? 'credit'}`;
    const held = await hold(tx, { holder, amount: tender.amountMinor, ref, key, until, now });
    if (!held.ok) return held;
  }
  return ok(undefined);
}

const tries = 3;

/** Reserves the way that was promised; when somebody was quicker there, what is promised then, at the same cost. */
async function reserveWay(
  tx: Tx,
  from: WriteFrom,
  ref: string,
  until: Date | null,
): Promise<Result<Option | undefined>> {
  const { prepared, checkout, now } = from;
  const { lines } = prepared.reckoned;
  const { lat, lon } = checkout.data.recipient?.address ?? {};
  let way = prepared.way;
  let last: Result<undefined> = ok(undefined);
  for (let attempt = 1; way !== undefined; attempt += 1) {
    last = await reserve(tx, { ref, wants: wantsOf(lines, way.parts), until, now });
    if (last.ok) return ok(way);
    if (attempt === tries) return last;
    // Somebody was quicker, or the shop itself lacks something that another one can bring.
    const found = await ways(tx, {
      lines,
      method: checkout.method,
      placeId: checkout.method === 'pickup' ? (checkout.data.placeId ?? null) : null,
      to: lat === undefined || lon === undefined ? null : { lat, lon },
      now,
    });
    way = found.options.find((option) => option.costMinor === prepared.way?.costMinor);
    const [lacking] = found.missing;
    if (way === undefined && lacking !== undefined) return refuse('order.short', 409, { variantId: lacking.variantId });
  }
  return last.ok ? ok(undefined) : last;
}

const show = (order: OrderRow, toPayMinor: number, paymentId: string | null): Placed => ({
  orderId: order.id,
  number: order.number,
  state: order.state,
  totalMinor: order.totalMinor,
  toPayMinor,
  currency: order.currency,
  paymentId,
  confirmUrl: null,
  expiresAt: order.expiresAt?.toISOString() ?? null,
});
