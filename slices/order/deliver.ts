import { doneAt, nextOpen, placeById } from '@ruslo/place';
import type { Query } from '@ruslo/platform';
import { promise } from '@ruslo/stock';
import type { Promised } from '@ruslo/stock';
import { partsOf, wantsOf } from './rules.ts';
import type { Part, StockLine } from './rules.ts';

export type BroughtLine = StockLine & { readonly quantity: number };

export interface DeliverAsk {
  readonly lines: readonly BroughtLine[];
  readonly method: 'pickup' | 'delivery';
  /** Only this place, for a pickup there. */
  readonly placeId: string | null;
  readonly to: { readonly lat: number; readonly lon: number } | null;
  readonly now: Date;
}

export interface Option {
  /** Where it is handed out; null for a delivery. */
  readonly placeId: string | null;
  readonly readyAt: Date;
  readonly costMinor: number;
  readonly places: readonly { readonly placeId: string; readonly distanceKm: number | null }[];
  /** Which place brings how much of which line. */
  readonly parts: readonly Part[];
}

export interface Ways {
  /** Best first. Empty when nothing can be brought; also when there is nothing to bring. */
  readonly options: readonly Option[];
  readonly missing: Promised['missing'];
  /** False when nothing in the basket needs a place: gift cards and services. */
  readonly isNeeded: boolean;
}

/** Ways to bring these lines, by what the stock promises. Kits are whole: a promise that would tear one apart is none. */
export async function ways(query: Query, ask: DeliverAsk): Promise<Ways> {
  const whole = ask.lines.map((line) => ({ placeId: '', lineNo: line.lineNo, quantity: line.quantity }));
  const goods = wantsOf(ask.lines, whole).map(({ variantId, quantity }) => ({ variantId, quantity }));
  if (goods.length === 0) return { options: [], missing: [], isNeeded: false };
  const promised = await promise(query, {
    lines: goods,
    method: ask.method,
    to: ask.to,
    placeId: ask.placeId ?? undefined,
    now: ask.now,
  });
  const options = promised.flatMap((one): Option[] => {
    const parts = one.missing.length > 0 ? undefined : partsOf(ask.lines, one.parts);
    if (parts === undefined) return [];
    const places = one.parts.map(({ placeId, distanceKm }) => ({ placeId, distanceKm }));
    return [{ placeId: one.placeId, readyAt: one.readyAt, costMinor: one.costMinor, places, parts }];
  });
  if (options.length > 0) return { options, missing: [], isNeeded: true };
  const lacking = promised[0]?.missing ?? [];
  return { options, missing: lacking.length > 0 ? lacking : goods, isNeeded: true };
}

/**
 * For a placement that is picked up at a certain place: everything from there, without asking what lies elsewhere. It
 * costs nothing, as every pickup; whether it is there the reservation says, and then the way is asked for after all.
 */
export async function wayAt(
  query: Query,
  ask: DeliverAsk & { readonly placeId: string; readonly placesVersion: string | undefined },
): Promise<Ways> {
  const isNeeded = ask.lines.some((line) => line.kind === 'good');
  if (!isNeeded) return { options: [], missing: [], isNeeded };
  const place = await placeById(query, ask.placeId, ask.placesVersion);
  if (place === undefined || place.state !== 'open' || !place.services.includes('pickup')) return ways(query, ask);
  const gathered = doneAt(place.hours, place.timeZone, ask.now, place.prepMinutes);
  const readyAt = gathered === null ? null : nextOpen(place.hours, place.timeZone, gathered);
  if (readyAt === null) return ways(query, ask);
  const lines = ask.lines.filter((line) => line.kind !== 'gift-card');
  const parts = lines.map(({ lineNo, quantity }) => ({ placeId: place.id, lineNo, quantity }));
  const places = [{ placeId: place.id, distanceKm: null }];
  return { options: [{ placeId: place.id, readyAt, costMinor: 0, places, parts }], missing: [], isNeeded };
}
