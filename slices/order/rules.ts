import { ok, refuse, share, spread } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';

/** Pure decisions of an order: which step may follow, what its units cost, and where money goes back to. */

export const states = [
  'awaiting-payment',
  'confirmed',
  'picking',
  'ready',
  'shipped',
  'completed',
  'cancelled',
  'expired',
] as const;
export type OrderState = (typeof states)[number];

export const methods = ['till', 'pickup', 'delivery'] as const;
export type Method = (typeof methods)[number];

/** The one table of allowed steps. What is not here does not happen, whoever asks. */
const allowed: Readonly<Record<OrderState | 'new', readonly OrderState[]>> = {
  new: ['awaiting-payment', 'confirmed', 'completed'],
  'awaiting-payment': ['confirmed', 'completed', 'cancelled', 'expired'],
  confirmed: ['picking', 'ready', 'shipped', 'completed', 'cancelled'],
  picking: ['confirmed', 'ready', 'shipped', 'completed', 'cancelled'],
  ready: ['picking', 'shipped', 'completed', 'cancelled'],
  shipped: ['completed', 'cancelled'],
  completed: [],
  cancelled: [],
  // Money that came late: everything is reserved anew.
  expired: ['confirmed', 'completed'],
};

export const nextStates = (from: OrderState | null): readonly OrderState[] => allowed[from ?? 'new'];

/** Refuses what the table does not have with `order.step` (409). */
export function step(from: OrderState | null, to: OrderState): Result<OrderState> {
  return nextStates(from).includes(to) ? ok(to) : refuse('order.step', 409, { from: from ?? 'new', to });
}

/** Facts of a step: each exactly once. An order that begins already confirmed or completed was placed in the same moment. */
export function factsOf(from: OrderState | null, to: OrderState): readonly string[] {
  if (from !== null) return [`order.${to}`];
  return to === 'awaiting-payment' ? ['order.placed'] : ['order.placed', `order.${to}`];
}

/** Before anybody has begun to pick it, the customer herself may cancel it. */
export const mayCancelHerself = (state: OrderState): boolean => state === 'awaiting-payment' || state === 'confirmed';

/** What of a line counts for its shares. */
export interface LineSums {
  readonly quantity: number;
  readonly taken: number;
  readonly withdrawn: number;
  readonly returned: number;
  readonly totalMinor: number;
  readonly sumMinor: number;
  readonly discountMinor: number;
  readonly pointsSpent: number;
  readonly pointsMinor: number;
  readonly pointsEarned: number;
}

/** What so many units of a line are, exactly: money, points that paid, points that were earned. */
export interface Share {
  readonly quantity: number;
  readonly moneyMinor: number;
  readonly pointsSpent: number;
  readonly pointsMinor: number;
  readonly pointsEarned: number;
}

/**
 * The part of `count` units that leave a line now. Units are numbered: those that never reached the customer leave from
 * the bottom, those that she brings back from the top, where the taken ones lie (`taking`). So refunds, receipts and
 * what stays add up to the line, in any order and split. Refuses `order.too-many` (409).
 */
export function leave(line: LineSums, count: number, how: 'withdrawn' | 'returned' = 'withdrawn'): Result<Share> {
  const left = how === 'withdrawn' ? line.quantity - line.taken - line.withdrawn : line.taken - line.returned;
  if (count <= 0 || count > left) return refuse('order.too-many', 409, { wanted: count, left });
  return ok(shareOf(line, how === 'withdrawn' ? line.withdrawn : line.quantity - line.returned - count, count));
}

/** The part of `count` units that the customer takes now: the next numbers from the top. */
export const taking = (line: LineSums, count: number): Share =>
  shareOf(line, line.quantity - line.taken - count, count);

function shareOf(line: LineSums, from: number, count: number): Share {
  const part = (total: number): number => share(total, line.quantity, from, count);
  return {
    quantity: count,
    moneyMinor: part(line.totalMinor),
    pointsSpent: part(line.pointsSpent),
    pointsMinor: part(line.pointsMinor),
    pointsEarned: part(line.pointsEarned),
  };
}

export interface TenderSums {
  readonly amountMinor: number;
  readonly refundedMinor: number;
}

/** Money that goes back, by tender: in proportion to what each still holds, to the kopeck. The sum may not pass what is left. */
export function refundParts(tenders: readonly TenderSums[], moneyMinor: number): Result<readonly number[]> {
  const left = tenders.map((tender) => tender.amountMinor - tender.refundedMinor);
  const whole = left.reduce((one, other) => one + other, 0);
  if (moneyMinor > whole) return refuse('order.refund-too-much', 409, { wanted: moneyMinor, left: whole });
  return ok(moneyMinor === 0 ? left.map(() => 0) : spread(moneyMinor, left));
}

export interface StockLine {
  readonly lineNo: number;
  readonly kind: 'good' | 'service' | 'gift-card';
  readonly variantId: string;
  readonly components: readonly { readonly variantId: string; readonly quantity: number }[];
}
export interface StockWant {
  readonly variantId: string;
  readonly placeId: string;
  readonly quantity: number;
}

/** What parts of an order are in stock terms: kits by their components, services and gift cards not at all, equal goods summed. */
export function wantsOf(
  lines: readonly StockLine[],
  parts: readonly { readonly placeId: string; readonly lineNo: number; readonly quantity: number }[],
): StockWant[] {
  const byNo = new Map(lines.map((line) => [line.lineNo, line]));
  const sums = new Map<string, StockWant>();
  for (const part of parts) {
    const line = byNo.get(part.lineNo);
    if (line === undefined || line.kind !== 'good' || part.quantity === 0) continue;
    const goods = line.components.length === 0 ? [{ variantId: line.variantId, quantity: 1 }] : line.components;
    for (const good of goods) {
      const key = `${good.variantId} ${part.placeId}`;
      const quantity = (sums.get(key)?.quantity ?? 0) + good.quantity * part.quantity;
      sums.set(key, { variantId: good.variantId, placeId: part.placeId, quantity });
    }
  }
  return [...sums.values()];
}

export interface Leaving {
  readonly lineNo: number;
  readonly quantity: number;
  readonly how: 'withdrawn' | 'returned';
}

export interface LeftShare extends Share {
  readonly lineNo: number;
  readonly how: 'withdrawn' | 'returned';
  readonly kind: 'good' | 'service' | 'gift-card';
}

export interface RefundPlan {
  readonly shares: readonly LeftShare[];
  readonly shippingMinor: number;
  /** Money of the units and of the delivery, before anything is kept for points. */
  readonly moneyMinor: number;
  readonly pointsBack: number;
  readonly pointsTaken: number;
  /** Money that counted for the tier. */
  readonly qualifyingMinor: number;
}

const sumBy = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

/** What goes back when these units leave: the same reckoning for the preview and for the deed. */
export function planRefund(
  lines: readonly (LineSums & { readonly lineNo: number; readonly kind: LeftShare['kind'] })[],
  leaving: readonly Leaving[],
  shippingMinor = 0,
): Result<RefundPlan> {
  const shares: LeftShare[] = [];
  const seen = new Set<string>();
  for (const { lineNo, quantity, how } of leaving) {
    const line = lines.find((one) => one.lineNo === lineNo);
    if (line === undefined || seen.has(`${how} ${lineNo}`)) return refuse('order.no-such-line', 404, { line: lineNo });
    seen.add(`${how} ${lineNo}`);
    const left = leave(line, quantity, how);
    if (!left.ok) return left;
    shares.push({ ...left.value, lineNo, how, kind: line.kind });
  }
  return ok({
    shares,
    shippingMinor,
    moneyMinor: sumBy(shares, (one) => one.moneyMinor) + shippingMinor,
    pointsBack: sumBy(shares, (one) => one.pointsSpent),
    pointsTaken: sumBy(shares, (one) => one.pointsEarned),
    qualifyingMinor: sumBy(shares, (one) => (one.kind === 'gift-card' ? 0 : one.moneyMinor)),
  });
}

export interface Part {
  readonly placeId: string;
  readonly lineNo: number;
  readonly quantity: number;
}

/**
 * Shares lines out over the places that a promise names: goods by piece, kits only whole, services with the first
 * place. Undefined when a kit would have to be put together from two places.
 */
export function partsOf(
  lines: readonly (StockLine & { readonly quantity: number })[],
  places: readonly {
    readonly placeId: string;
    readonly lines: readonly { readonly variantId: string; readonly quantity: number }[];
  }[],
): Part[] | undefined {
  const first = places[0];
  if (first === undefined) return undefined;
  const stock = places.map((place) => {
    const left = new Map<string, number>();
    for (const one of place.lines) left.set(one.variantId, (left.get(one.variantId) ?? 0) + one.quantity);
    return { placeId: place.placeId, left };
  });
  const parts: Part[] = [];
  // Kits first: single goods can come from anywhere.
  const sorted = [...lines].sort((one, other) => other.components.length - one.components.length);
  for (const line of sorted) {
    if (line.kind === 'gift-card') continue;
    if (line.kind === 'service') {
      parts.push({ placeId: first.placeId, lineNo: line.lineNo, quantity: line.quantity });
      continue;
    }
    const goods = line.components.length === 0 ? [{ variantId: line.variantId, quantity: 1 }] : line.components;
    let open = line.quantity;
    for (const { placeId, left } of stock) {
      const most = Math.min(open, ...goods.map((good) => Math.floor((left.get(good.variantId) ?? 0) / good.quantity)));
      if (most <= 0) continue;
      for (const good of goods) left.set(good.variantId, (left.get(good.variantId) ?? 0) - most * good.quantity);
      parts.push({ placeId, lineNo: line.lineNo, quantity: most });
      open -= most;
    }
    if (open > 0) return undefined;
  }
  return parts;
}

export interface TenderPlan {
  readonly kind: 'gift' | 'credit';
  readonly amountMinor: number;
  readonly cardId: string | null;
}

/**
 * Gift cards in their order, then store credit, as far as they go; the rest is money. What pays in advance (a gift card)
 * is not bought with another advance.
 */
export function planTenders(from: {
  readonly totalMinor: number;
  readonly advanceMinor: number;
  readonly cards: readonly { readonly id: string; readonly balanceMinor: number }[];
  readonly creditMinor: number;
}): { readonly tenders: readonly TenderPlan[]; readonly toPayMinor: number } {
  let open = from.totalMinor - from.advanceMinor;
  const tenders: TenderPlan[] = [];
  const take = (kind: TenderPlan['kind'], balanceMinor: number, cardId: string | null): void => {
    const amountMinor = Math.min(open, Math.max(0, balanceMinor));
    if (amountMinor === 0) return;
    open -= amountMinor;
    tenders.push({ kind, amountMinor, cardId });
  };
  for (const card of from.cards) take('gift', card.balanceMinor, card.id);
  take('credit', from.creditMinor, null);
  return { tenders, toPayMinor: open + from.advanceMinor };
}
