import { lockCart, takeFromCart } from '@ruslo/cart';
import type { Cart } from '@ruslo/cart';
import { variantIdsByCode } from '@ruslo/catalog';
import { members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { redeem } from '@ruslo/offer';
import { addPayment } from '@ruslo/payment';
import { placeById } from '@ruslo/place';
import { append, newId } from '@ruslo/platform';
import type { House, Tx } from '@ruslo/platform';
import { sell } from '@ruslo/stock';
import { capture, findCard } from '@ruslo/wallet';
import type { z } from 'zod';
import { awardOrder } from './confirm.ts';
import type { OrderQuote, TillSale, tillQuoteBody, tillSaleBody } from './contract.ts';
import { giftsAt } from './gift.ts';
import { paper, paperLines, paperSums } from './paper.ts';
import { holdPurses } from './place.ts';
import { showQuote } from './prepare.ts';
import { reckonNow } from './reckon.ts';
import type { Reckoned } from './reckon.ts';
import { wantsOf } from './rules.ts';
import type { NewTender } from './store-place.ts';
import { insertOrder } from './store-place.ts';
import type { OrderRow } from './store.ts';
import { stepFacts } from './store.ts';
import { startWarranties } from './warranty.ts';

/** Sales at a till: placed, paid, handed over and on paper in one transaction. */

export type TillQuoteAsk = z.infer<typeof tillQuoteBody>;
export type TillSaleAsk = z.infer<typeof tillSaleBody>;

interface Basket {
  readonly cart: Cart | undefined;
  readonly customerIds: readonly string[];
  readonly lines: readonly { readonly id: string; readonly variantId: string; readonly quantity: number }[];
  readonly coupons: readonly string[];
  readonly reckoned: Reckoned;
}

/** Lines that were scanned and, when asked for, what lies in her cart, with the price of this moment. */
async function basketOf(house: House, tx: Tx, ask: TillQuoteAsk, now: Date): Promise<Result<Basket>> {
  const place = await placeById(tx, ask.placeId);
  if (place === undefined) return refuse('order.no-such-place', 404);
  if (place.state !== 'open' || !place.services.some((one) => one === 'sale' || one === 'cafe'))
    return refuse('order.no-sale-here', 409);
  const { customerId } = ask;
  const customerIds = customerId === undefined ? [] : await members(tx, customerId);
  if (customerId !== undefined && customerIds.length === 0) return refuse('identity.not-found', 404);
  const codes = ask.lines.flatMap((line) => line.code ?? []);
  const known = codes.length === 0 ? new Map<string, string>() : await variantIdsByCode(tx, codes);
  const lines: { id: string; variantId: string; quantity: number }[] = [];
  for (const [index, line] of ask.lines.entries()) {
    const variantId = line.variantId ?? known.get(line.code ?? '');
    if (variantId === undefined) return refuse('order.no-such-code', 404, { code: line.code ?? '' });
    lines.push({ id: `line-${String(index + 1).padStart(4, '0')}`, variantId, quantity: line.quantity });
  }
  if (ask.cart && customerId === undefined) return refuse('order.whose-cart', 422);
  const cart = ask.cart && customerId !== undefined ? await lockCart(tx, customerId, now) : undefined;
  for (const { id, variantId, quantity } of cart?.lines ?? []) lines.push({ id, variantId, quantity });
  if (lines.length === 0) return refuse('order.cart-empty', 409);
  const coupons = [...new Set([...ask.coupons, ...(cart?.coupons ?? [])])];
  const whole = await reckonNow(house, tx, {
    lines,
    customerId: customerId ?? null,
    customerIds,
    coupons,
    channel: ask.channel,
    placeId: ask.placeId,
    shippingMinor: 0,
    points: ask.points,
    at: now,
  });
  const reckoned = await giftsAt(tx, whole, ask.placeId);
  return ok({ cart, customerIds, lines, coupons, reckoned });
}

/** What the basket costs at this till, before anything is paid. */
export async function quoteTill(house: House, tx: Tx, ask: TillQuoteAsk, now: Date): Promise<Result<OrderQuote>> {
  const basket = await basketOf(house, tx, ask, now);
  if (!basket.ok) return basket;
  const { reckoned, lines, cart } = basket.value;
  const prepared = {
    reckoned,
    ways: { options: [], missing: [], isNeeded: false },
    way: undefined,
    tenders: [],
    toPayMinor: reckoned.totalMinor,
  };
  return ok({ ...showQuote(prepared, lines, 'now', cart?.version ?? null), tenders: [] });
}

export interface SellFrom {
  readonly ask: TillSaleAsk;
  readonly by: string;
  readonly staffId: string | null;
  readonly now: Date;
}

type PaidWith = Omit<NewTender, 'paymentId'> & {
  /** Of a gift card: only its own currency is what it pays. */
  readonly currency?: string;
};

/**
 * Cards by their codes, before the sale's transaction begins: a wrong guess must count although the sale is refused.
 */
export async function readTenders(house: House, from: SellFrom): Promise<Result<readonly PaidWith[]>> {
  const tenders: PaidWith[] = [];
  for (const tender of from.ask.tenders) {
    if (tender.kind !== 'gift') {
      tenders.push({ kind: tender.kind, amountMinor: tender.amountMinor, cardId: null });
      continue;
    }
    const found = await findCard(house.db, {
      code: tender.code,
      asker: from.staffId === null ? `${from.by}:${from.ask.placeId}` : from.by,
      now: from.now,
    });
    if (!found.ok) return found;
    if (tenders.some((one) => one.cardId === found.value.id)) return refuse('order.card-twice', 422);
    const { id: cardId, currency } = found.value;
    tenders.push({ kind: 'gift', amountMinor: tender.amountMinor, cardId, currency });
  }
  return ok(tenders);
}

function checkTenders(reckoned: Reckoned, paid: readonly PaidWith[], ask: TillSaleAsk): Result<number> {
  const sum = (kinds: readonly string[]): number =>
    paid.reduce((all, one) => all + (kinds.includes(one.kind) ? one.amountMinor : 0), 0);
  const all = paid.reduce((total, one) => total + one.amountMinor, 0);
  if (all !== reckoned.totalMinor) return refuse('order.wrong-payment', 422, { due: reckoned.totalMinor, said: all });
  if (paid.some(({ currency = reckoned.currency }) => currency !== reckoned.currency))
    return refuse('order.card-currency', 422);
  if (paid.filter((one) => one.kind === 'credit').length > 1)
    return refuse('order.wrong-payment', 422, { due: all, said: all });
  if (paid.some((one) => one.kind === 'credit') && ask.customerId === undefined) return refuse('order.whose-cart', 422);
  const advance = reckoned.lines.reduce((total, line) => total + (line.kind === 'gift-card' ? line.totalMinor : 0), 0);
  if (sum(['gift', 'credit']) > reckoned.totalMinor - advance) return refuse('order.card-for-card', 422);
  const cash = sum(['cash']);
  const given = ask.cashGivenMinor ?? cash;
  if (given < cash) return refuse('order.wrong-payment', 422, { due: cash, said: given });
  return ok(given - cash);
}

/** Sells at a till. Everything or nothing; the answer says the change. */
export async function sellAtTill(
  house: House,
  tx: Tx,
  from: SellFrom & { readonly paid: readonly PaidWith[] },
): Promise<Result<TillSale>> {
  const { ask, now, paid } = from;
  const basket = await basketOf(house, tx, ask, now);
  if (!basket.ok) return basket;
  const { reckoned } = basket.value;
  if (reckoned.gone.length > 0) return refuse('order.changed', 409);
  if (ask.expectedTotalMinor !== undefined && ask.expectedTotalMinor !== reckoned.totalMinor)
    return refuse('order.changed', 409);
  if (typeof ask.points === 'number' && ask.points !== reckoned.pointsSpent) return refuse('order.changed', 409);
  const minAge = Math.max(0, ...reckoned.lines.map((line) => line.minAge ?? 0));
  if (minAge > 0 && !ask.ageChecked) return refuse('order.age-unchecked', 409, { age: minAge });
  const change = checkTenders(reckoned, paid, ask);
  if (!change.ok) return change;
  const orderId = newId();
  const tenders = await takeMoney(tx, { ...from, orderId, currency: reckoned.currency });
  const order = await insertOrder(tx, {
    order: headOf(from, orderId, basket.value),
    lines: reckoned.lines,
    tenders,
    uses: reckoned.uses,
    by: from.by,
    now,
  });
  const spent = await spend(tx, from, basket.value, order, tenders);
  if (!spent.ok) return spent;
  await awardOrder(tx, order, reckoned.lines, now);
  const receiptId = await paper(tx, {
    order,
    key: `${orderId}:sold`,
    type: 'sale',
    placeId: ask.placeId,
    lines: paperLines(house, reckoned.lines, 4, 0),
    sums: paperSums(tenders),
    originalId: null,
    now,
  });
  const { cart } = basket.value;
  if (cart !== undefined) {
    const lineIds = cart.lines.map((line) => line.id);
    await takeFromCart(tx, cart, { lineIds, orderId, channel: ask.channel, now });
  }
  const warranties = await startWarranties(tx, {
    order,
    lines: reckoned.lines.map((line) => ({ ...line, taken: 0 })),
    parts: reckoned.lines.map(({ lineNo, quantity }) => ({ lineNo, quantity })),
    now,
  });
  await append(tx, [...stepFacts(order, null, 'completed', { by: from.by, why: null, now }), ...warranties]);
  return ok(show(order, change.value, receiptId ?? null));
}

/** Cash and terminal are there at once; purses are held and taken in the same transaction. */
async function takeMoney(
  tx: Tx,
  from: SellFrom & { readonly paid: readonly PaidWith[]; readonly orderId: string; readonly currency: string },
): Promise<NewTender[]> {
  const tenders: NewTender[] = [];
  for (const [index, one] of from.paid.entries()) {
    const isMoney = one.kind === 'cash' || one.kind === 'terminal';
    const payment = isMoney
      ? await addPayment(tx, {
          ref: from.orderId,
          customerId: from.ask.customerId ?? null,
          method: one.kind === 'cash' ? 'cash' : 'terminal',
          amountMinor: one.amountMinor,
          currency: from.currency,
          key: `till:${index}`,
          now: from.now,
        })
      : undefined;
    tenders.push({ ...one, paymentId: payment?.id ?? null });
  }
  return tenders;
}

async function spend(
  tx: Tx,
  from: SellFrom,
  basket: Basket,
  order: OrderRow,
  tenders: readonly NewTender[],
): Promise<Result<undefined>> {
  const { now, ask } = from;
  const { customerIds, reckoned } = basket;
  const { id: orderId, pointsSpent } = order;
  const held = await holdPurses(tx, { orderId, customerIds, pointsSpent, tenders, key: 'till', until: null, now });
  if (!held.ok) return held;
  if (pointsSpent > 0 || tenders.some((one) => one.kind === 'gift' || one.kind === 'credit')) {
    const captured = await capture(tx, orderId, now);
    if (!captured.ok) return captured;
  }
  if (reckoned.uses.length > 0) {
    const { customerId } = order;
    const redeemed = await redeem(tx, { ref: orderId, customerIds, customerId, uses: reckoned.uses, now });
    if (!redeemed.ok) return redeemed;
  }
  const parts = reckoned.lines.map(({ lineNo, quantity }) => ({ placeId: ask.placeId, lineNo, quantity }));
  const wants = wantsOf(reckoned.lines, parts);
  if (wants.length === 0) return ok(undefined);
  return sell(tx, { ref: orderId, wants, now, by: from.staffId, found: ask.found });
}

function headOf(from: SellFrom, id: string, basket: Basket): Parameters<typeof insertOrder>[1]['order'] {
  const { ask, now } = from;
  const { reckoned } = basket;
  const contact = ask.contact ?? '';
  return {
    id,
    customerId: ask.customerId ?? null,
    channel: ask.channel,
    sourceId: null,
    salePlaceId: ask.placeId,
    method: 'till',
    pickupPlaceId: null,
    state: 'completed',
    pay: 'now',
    currency: reckoned.currency,
    sumMinor: reckoned.sumMinor,
    discountMinor: reckoned.discountMinor,
    pointsSpent: reckoned.pointsSpent,
    pointsMinor: reckoned.pointsMinor,
    pointsEarned: reckoned.pointsEarned,
    shippingMinor: 0,
    totalMinor: reckoned.totalMinor,
    paidMinor: reckoned.totalMinor,
    recipient: contact === '' ? {} : contact.includes('@') ? { email: contact } : { phone: contact },
    coupons: basket.coupons,
    cartId: basket.cart?.id ?? null,
    exchangeOf: null,
    placedAt: ask.soldAt === undefined ? now : new Date(ask.soldAt),
    expiresAt: null,
    confirmedAt: now,
    completedAt: now,
  };
}

const show = (order: OrderRow, changeMinor: number, receiptId: string | null): TillSale => ({
  orderId: order.id,
  number: order.number,
  totalMinor: order.totalMinor,
  currency: order.currency,
  pointsSpent: order.pointsSpent,
  pointsEarned: order.pointsEarned,
  changeMinor,
  receiptId,
});
