import { shelf, variantsNow } from '@ruslo/catalog';
import type { Person } from '@ruslo/identity';
import type { Channel } from '@ruslo/kernel';
import type { House, Query, Tx } from '@ruslo/platform';
import { balance, giftCards } from '@ruslo/wallet';
import type { CheckoutData, OrderQuote } from './contract.ts';
import { wayAt, ways } from './deliver.ts';
import type { BroughtLine, DeliverAsk, Option, Ways } from './deliver.ts';
import { reckonNow, reckonSoon, withoutGifts } from './reckon.ts';
import type { ReckonAsk, Reckoned } from './reckon.ts';
import type { TenderPlan } from './rules.ts';
import { planTenders } from './rules.ts';

/** The one reckoning of a checkout: the preview and the placement differ only in where they read from. */

export interface PrepareAsk {
  readonly customerId: string;
  readonly customerIds: readonly string[];
  readonly person: Person;
  readonly lines: ReckonAsk['lines'];
  readonly coupons: readonly string[];
  readonly data: CheckoutData;
  readonly channel: Channel;
  readonly now: Date;
  /** Of what a placement has read already: the stamp of the promotions, the version of the places. */
  readonly stamp?: string;
  readonly placesVersion?: string;
}

export interface Prepared {
  readonly reckoned: Reckoned;
  readonly ways: Ways;
  /** The best way for what was chosen; undefined when there is none, or nothing to bring. */
  readonly way: Option | undefined;
  readonly tenders: readonly (TenderPlan & { readonly last4: string | null })[];
  /** Money: by card now, or at the hand-over. */
  readonly toPayMinor: number;
}

/** @param tx the placement's transaction: everything is read in it; absent for a preview. */
export async function prepare(house: House, tx: Tx | undefined, ask: PrepareAsk): Promise<Prepared> {
  const query = tx ?? house.db;
  // A pickup costs nothing, so the price need not wait for the way.
  const isFree = tx !== undefined && ask.data.method === 'pickup' && ask.data.placeId !== undefined;
  const before = isFree ? undefined : await waysOf(query, ask, await broughtLines(house, tx, ask));
  const reckonAsk: ReckonAsk = {
    lines: ask.lines,
    customerId: ask.customerId,
    customerIds: ask.customerIds,
    person: ask.person,
    stamp: ask.stamp,
    holds: tx !== undefined,
    coupons: ask.coupons,
    channel: ask.channel,
    placeId: null,
    shippingMinor: before?.options[0]?.costMinor ?? 0,
    points: ask.data.points === undefined ? 0 : ask.data.points,
    at: ask.now,
  };
  const full = tx === undefined ? await reckonSoon(house, reckonAsk) : await reckonNow(house, tx, reckonAsk);
  const first = before ?? (await waysThere(query, ask, full));
  const { reckoned, found } = await withGifts(query, ask, first, full);
  const pays = await tendersOf(query, ask, reckoned);
  return { reckoned, ways: found, way: found.options[0], ...pays };
}

/**
 * Lines in stock terms, numbered as they will be. A placement reads them in its own transaction: one that asked for a
 * second connection while it holds the first could wait for ever for others that do the same.
 */
async function broughtLines(house: House, tx: Tx | undefined, ask: PrepareAsk): Promise<BroughtLine[]> {
  const ids = ask.lines.map((line) => line.variantId);
  const context = { channel: ask.channel, customerGroups: [], at: ask.now };
  const variants = tx === undefined ? await shelf(house, ids, context) : await variantsNow(tx, ids, context);
  const lines: BroughtLine[] = [];
  for (const line of ask.lines) {
    const variant = variants.get(line.variantId);
    if (variant?.state !== 'active') continue;
    const { id: variantId, kind, components } = variant;
    lines.push({ lineNo: lines.length + 1, variantId, kind, components, quantity: line.quantity });
  }
  return lines;
}

/** For a pickup at a certain place: all from there. With gifts it is asked what is there, because they hold up nothing. */
async function waysThere(query: Query, ask: PrepareAsk, reckoned: Reckoned): Promise<Ways> {
  const lines = reckoned.lines.filter((line) => !line.gift);
  const { placeId } = ask.data;
  if (placeId === undefined || lines.length < reckoned.lines.length) return waysOf(query, ask, lines);
  const { placesVersion } = ask;
  return wayAt(query, { lines, method: 'pickup', placeId, to: null, now: ask.now, placesVersion });
}

const nothing: Ways = { options: [], missing: [], isNeeded: false };

async function waysOf(
  query: Query,
  ask: PrepareAsk,
  lines: readonly BroughtLine[],
  placeId?: string | null,
): Promise<Ways> {
  const { method, recipient } = ask.data;
  if (method === undefined) return { ...nothing, isNeeded: lines.some((line) => line.kind === 'good') };
  const { lat, lon } = recipient?.address ?? {};
  const from: DeliverAsk = {
    lines,
    method,
    placeId: method === 'pickup' ? (placeId ?? ask.data.placeId ?? null) : null,
    to: lat === undefined || lon === undefined ? null : { lat, lon },
    now: ask.now,
  };
  return ways(query, from);
}

/** Gifts of promotions travel with the order; where they would make it dearer or are not there, they are left out. */
async function withGifts(
  query: Query,
  ask: PrepareAsk,
  before: Ways,
  reckoned: Reckoned,
): Promise<{ readonly reckoned: Reckoned; readonly found: Ways }> {
  if (!reckoned.lines.some((line) => line.gift)) return { reckoned, found: before };
  const first = before.options[0];
  if (before.isNeeded && first === undefined) return { reckoned: withoutGifts(reckoned), found: before };
  const found = await waysOf(query, ask, reckoned.lines, first?.placeId);
  const best = found.options[0];
  const fits = !found.isNeeded || (best !== undefined && best.costMinor === (first?.costMinor ?? 0));
  return fits ? { reckoned, found } : { reckoned: withoutGifts(reckoned), found: before };
}

async function tendersOf(
  query: Query,
  ask: PrepareAsk,
  reckoned: Reckoned,
): Promise<Pick<Prepared, 'tenders' | 'toPayMinor'>> {
  const wanted = ask.data.cards ?? [];
  const credit = ask.data.creditMinor;
  const advanceMinor = reckoned.lines
    .filter((line) => line.kind === 'gift-card')
    .reduce((sum, line) => sum + line.totalMinor, 0);
  const cards =
    wanted.length === 0
      ? []
      : await giftCards(
          query,
          wanted.map((card) => card.id),
          ask.now,
        );
  const usable = cards.filter((card) => card.state === 'active' && card.currency === reckoned.currency);
  const has =
    credit === undefined || credit === 0 ? 0 : (await balance(query, ask.customerIds, 'credit', ask.now)).active;
  const plan = planTenders({
    totalMinor: reckoned.totalMinor,
    advanceMinor,
    cards: usable,
    creditMinor: Math.min(has, credit ?? has),
  });
  const last4 = new Map(cards.map((card) => [card.id, card.last4]));
  const tenders = plan.tenders.map((one) => ({
    ...one,
    last4: one.cardId === null ? null : (last4.get(one.cardId) ?? null),
  }));
  return { tenders, toPayMinor: plan.toPayMinor };
}

/** What the customer sees before she agrees. */
export function showQuote(
  prepared: Prepared,
  lines: PrepareAsk['lines'],
  pay: 'now' | 'on-handover',
  cartVersion: number | null,
): OrderQuote {
  const { reckoned } = prepared;
  const rest = {
    kind: pay === 'now' ? 'card' : 'due',
    amountMinor: prepared.toPayMinor,
    cardId: null,
    last4: null,
  } as const;
  return {
    currency: reckoned.currency,
    sumMinor: reckoned.sumMinor,
    discountMinor: reckoned.discountMinor,
    pointsSpent: reckoned.pointsSpent,
    pointsMinor: reckoned.pointsMinor,
    pointsEarned: reckoned.pointsEarned,
    shippingMinor: reckoned.shippingMinor,
    totalMinor: reckoned.totalMinor,
    lines: reckoned.lines.map((line) => ({ ...line, discounts: [...line.discounts] })),
    gone: reckoned.gone.map((lineId) => ({
      lineId,
      variantId: lines.find((line) => line.id === lineId)?.variantId ?? lineId,
    })),
    refusedCoupons: [...reckoned.refusedCoupons],
    pointsActive: reckoned.pointsActive,
    pointsSpendable: reckoned.pointsSpendable,
    tenders: [...prepared.tenders, ...(prepared.toPayMinor > 0 ? [rest] : [])],
    toPayMinor: prepared.toPayMinor,
    options: prepared.ways.options.map((option) => ({
      placeId: option.placeId,
      readyAt: option.readyAt.toISOString(),
      costMinor: option.costMinor,
      parts: [...option.places],
    })),
    missing: [...prepared.ways.missing],
    cartVersion,
  };
}
