import { mostMinor } from '@ruslo/kernel';
import type { Available, Change, Line, Part, Promised, PromiseAsk, Tariff } from './contract.ts';

/** Sums wants of the same variant and place; in the order in which everybody locks. */
export function gather(wants: readonly Part[]): Part[] {
  const sums = new Map<string, Part>();
  for (const want of wants) {
    if (!Number.isSafeInteger(want.quantity)) throw new RangeError(`quantity ${want.quantity}`);
    if (want.quantity === 0) continue;
    const key = `${want.variantId} ${want.placeId}`;
    const sum = sums.get(key);
    sums.set(key, {
      variantId: want.variantId,
      placeId: want.placeId,
      quantity: want.quantity + (sum?.quantity ?? 0),
    });
  }
  return [...sums.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, part]) => part);
}

/** Wants are not negative; a want of nothing is none. */
export function wantsOf(wants: readonly Part[]): Part[] {
  for (const { quantity } of wants) if (quantity < 0) throw new RangeError(`quantity ${quantity}`);
  return gather(wants);
}

/** What may still be promised of a level; less than 0 when too much was. */
export const sellableOf = (level: {
  readonly onHand: number;
  readonly reserved: number;
  readonly safety: number;
  readonly backorder: number;
}): number => level.onHand - level.reserved - level.safety + level.backorder;

export type StockFact = 'stock.low' | 'stock.excess' | 'stock.back';

/** What is to be told of a change: each line is crossed once, not told again while it stays crossed. */
export function crossings(change: Change): StockFact[] {
  const facts: StockFact[] = [];
  const { before, after, lowAt, lowAtBefore = lowAt } = change;
  const wasLow = lowAtBefore !== null && before <= lowAtBefore;
  if (lowAt !== null && after <= lowAt && !wasLow) facts.push('stock.low');
  if (before <= 0 && after > 0) facts.push('stock.back');
  const { onHandBefore = 0, onHandAfter = 0, excessAt = null, excessAtBefore = excessAt } = change;
  const wasExcess = excessAtBefore !== null && onHandBefore >= excessAtBefore;
  if (excessAt !== null && onHandAfter >= excessAt && !wasExcess) facts.push('stock.excess');
  return facts;
}

/** Does it begin or end to be sellable? Then every process forgets what it remembers of the variant. */
export const turns = ({ before, after }: Change): boolean => before > 0 !== after > 0;

/** Sums what is sellable by place. Variants of which nothing is known are there with 0. */
export function sumAvailable(
  variantIds: readonly string[],
  rows: readonly { readonly variantId: string; readonly placeId: string; readonly free: number }[],
): Map<string, Available> {
  const byVariant = new Map<string, Map<string, number>>(variantIds.map((id) => [id, new Map<string, number>()]));
  for (const row of rows) byVariant.get(row.variantId)?.set(row.placeId, row.free);
  return new Map(
    [...byVariant].map(([id, byPlace]) => {
      let total = 0;
      for (const quantity of byPlace.values()) total += quantity;
      return [id, { total, byPlace }];
    }),
  );
}

// --- The promise: which place or places serve an order, by when, at what cost.

export interface Point {
  readonly lat: number;
  readonly lon: number;
}
/** A place that has something of what is wanted, or where it can be handed out. */
export interface Candidate extends Point {
  readonly id: string;
  readonly code: string;
  /** Sellable by line of the ask. */
  readonly free: readonly number[];
  readonly handsOut: boolean;
  readonly ships: boolean;
}
/** What the planner asks of the world: all pure functions of their parameters. */
export interface Ground {
  distanceKm(one: Point, other: Point): number;
  /** When an order that comes now is gathered there; null: never. */
  gatheredMs(placeId: string): number | null;
  /** The moment, or when the place opens next; null: never. */
  openMs(placeId: string, atMs: number): number | null;
}

interface Source {
  readonly place: Candidate;
  readonly km: number | null;
  /** When what it gives is where it is wanted. */
  readonly thereMs: number;
  /** What it costs by weight, alone. */
  readonly costMinor: number;
}
interface Cover {
  readonly takes: readonly { readonly source: Source; readonly quantities: readonly number[] }[];
  readonly missing: readonly number[];
  readonly thereMs: number;
  readonly costMinor: number;
}

const hourMs = 3_600_000;
/** So many promises are made at most. The others bound the search, so that it takes milliseconds with hundreds of places. */
const answersMost = 10;
const wholeHubsMost = 8;
const otherHubsMost = 4;
const suppliersMost = 40;
const pairedMost = 24;
const pairsMost = 5;
const seedsMost = 3;

const byCode = (one: Candidate, other: Candidate): number =>
  one.code < other.code ? -1 : one.code > other.code ? 1 : 0;
const isNothing = (quantities: readonly number[]): boolean => quantities.every((quantity) => quantity === 0);

/** Gives what is needed from these sources, the cheapest first; who has nothing left to give falls out. */
function give(need: readonly number[], sources: readonly Source[], tariff: Tariff): Cover {
  const missing = [...need];
  const takes: { source: Source; quantities: number[] }[] = [];
  for (const source of sources) {
    const quantities = missing.map((quantity, line) => Math.min(quantity, source.place.free[line] ?? 0));
    if (isNothing(quantities)) continue;
    takes.push({ source, quantities });
    for (const [line, quantity] of quantities.entries()) missing[line] = (missing[line] ?? 0) - quantity;
  }
  const km = takes.reduce((sum, { source }) => sum + (source.km ?? 0), 0);
  const thereMs = Math.max(0, ...takes.map(({ source }) => source.thereMs));
  return { takes, missing, thereMs, costMinor: km * tariff.kmMinor + Math.max(0, takes.length - 1) * tariff.partMinor };
}

/** Share of the lines that lack, so that grams do not outweigh pieces. */
const lacks = (cover: Cover, need: readonly number[]): number =>
  cover.missing.reduce((sum, quantity, line) => sum + (quantity === 0 ? 0 : quantity / (need[line] ?? 1)), 0);

/** What these leave lacking together, without making a list of it: asked for thousands of pairs. */
function leftBy(need: readonly number[], one: Candidate, other?: Candidate): number {
  let sum = 0;
  for (let line = 0; line < need.length; line += 1) {
    const quantity = need[line] ?? 0;
    if (quantity === 0) continue;
    const left = quantity - (one.free[line] ?? 0) - (other?.free[line] ?? 0);
    if (left > 0) sum += left / quantity;
  }
  return sum;
}

interface Pair {
  readonly sources: readonly [Source, Source];
  readonly left: number;
  readonly roughMinor: number;
}

/** The best pairs of near sources neither of which has all: with one that has, a second parcel could only cost more. */
function pairs(need: readonly number[], near: readonly Source[], tariff: Tariff): Pair[] {
  const partial = near.filter(({ place }) => leftBy(need, place) > 0);
  const found: Pair[] = [];
  for (let first = 0; first < partial.length; first += 1) {
    for (let second = first + 1; second < partial.length; second += 1) {
      const [one, other] = [partial[first], partial[second]];
      if (one === undefined || other === undefined) continue;
      const left = leftBy(need, one.place, other.place);
      const waitMinor = (Math.max(one.thereMs, other.thereMs) / hourMs) * tariff.hourMinor;
      const roughMinor = ((one.km ?? 0) + (other.km ?? 0)) * tariff.kmMinor + waitMinor;
      found.push({ sources: [one, other], left, roughMinor });
    }
  }
  return found.sort((one, other) => one.left - other.left || one.roughMinor - other.roughMinor).slice(0, pairsMost);
}

/** Ways to cover what is needed: single sources that have all, pairs, and more parcels where two do not do. */
function covers(need: readonly number[], sources: readonly Source[], tariff: Tariff): Cover[] {
  const useful = sources.toSorted((one, other) => one.costMinor - other.costMinor || byCode(one.place, other.place));
  const whole = useful.filter(({ place }) => leftBy(need, place) === 0).slice(0, answersMost);
  const singles = (whole.length > 0 ? whole : useful.slice(0, answersMost)).map((one) => give(need, [one], tariff));
  if (tariff.partsMost < 2 || useful.length < 2) return singles;
  const splits = pairs(need, useful.slice(0, pairedMost), tariff).map((pair) => give(need, pair.sources, tariff));
  if (whole.length === 0 && !splits.some(({ missing }) => isNothing(missing))) {
    const fullest = useful
      .toSorted((one, other) => leftBy(need, one.place) - leftBy(need, other.place))
      .slice(0, seedsMost);
    const seeds = new Set([...useful.slice(0, seedsMost), ...fullest]);
    for (const seed of seeds) splits.push(grow(need, seed, useful, tariff));
  }
  const parted = splits.filter(({ takes }) => takes.length > 1);
  return whole.length > 0 || parted.length === 0 ? [...singles, ...parted] : parted;
}

/** Adds to a source again and again the one that covers most of what still lacks; among equals the cheaper. */
function grow(need: readonly number[], seed: Source, useful: readonly Source[], tariff: Tariff): Cover {
  const chosen = [seed];
  let cover = give(need, chosen, tariff);
  while (chosen.length < tariff.partsMost && !isNothing(cover.missing)) {
    const lacking = cover.missing;
    const lackedAlone = lacking.reduce((sum, quantity) => sum + (quantity > 0 ? 1 : 0), 0);
    let best: { source: Source; gain: number } | undefined;
    for (const source of useful) {
      if (chosen.includes(source)) continue;
      const gain = lackedAlone - leftBy(lacking, source.place);
      if (gain > 0 && (best === undefined || gain > best.gain + 1e-9)) best = { source, gain };
    }
    if (best === undefined) break;
    chosen.push(best.source);
    cover = give(need, chosen, tariff);
  }
  const sorted = chosen.toSorted((one, other) => one.costMinor - other.costMinor || byCode(one.place, other.place));
  return give(need, sorted, tariff);
}

/** Places that can bring something of what is needed to a point: the nearest, and the nearest that have everything. */
function suppliers(
  need: readonly number[],
  candidates: readonly Candidate[],
  to: Point | null,
  ground: Ground,
): { readonly place: Candidate; readonly km: number | null }[] {
  const able = candidates
    .filter(({ ships, free }) => ships && need.some((quantity, line) => quantity > 0 && (free[line] ?? 0) > 0))
    .map((place) => ({ place, km: to === null ? null : ground.distanceKm(to, place) }))
    .toSorted((one, other) => (one.km ?? 0) - (other.km ?? 0) || byCode(one.place, other.place));
  if (able.length <= suppliersMost) return able;
  const whole = able.filter(({ place }) => leftBy(need, place) === 0).slice(0, answersMost);
  const fullest = able
    .map((one) => ({ one, left: leftBy(need, one.place) }))
    .toSorted((one, other) => one.left - other.left)
    .slice(0, answersMost)
    .map(({ one }) => one);
  return [...new Set([...able.slice(0, suppliersMost), ...whole, ...fullest])];
}

interface Option extends Promised {
  /** What it is worth to be better: what lacks, then money, distance and waiting as one sum, then codes. */
  readonly lacks: number;
  readonly weightMinor: number;
  readonly codes: string;
}

function best(options: readonly Option[]): Promised[] {
  const least = Math.min(...options.filter(({ parts }) => parts.length === 1).map((option) => option.lacks));
  const single = Math.min(
    ...options
      .filter(({ parts, lacks: lack }) => parts.length === 1 && lack === least)
      .map((option) => option.weightMinor),
  );
  return options
    .filter(
      (option) =>
        option.placeId !== null || option.parts.length === 1 || option.lacks < least || option.weightMinor < single,
    )
    .toSorted(
      (one, other) =>
        one.lacks - other.lacks ||
        one.weightMinor - other.weightMinor ||
        one.parts.length - other.parts.length ||
        (one.codes < other.codes ? -1 : one.codes > other.codes ? 1 : 0),
    )
    .slice(0, answersMost)
    .map(({ parts, placeId, readyAt, costMinor, missing }) => ({ parts, placeId, readyAt, costMinor, missing }));
}

/** Which place or places serve an ask, by when and at what cost: the best first. Equal asks get equal answers. */
export function plan(ask: PromiseAsk, candidates: readonly Candidate[], ground: Ground, tariff: Tariff): Promised[] {
  const need = ask.lines.map(({ quantity }) => quantity);
  if (isNothing(need)) return [];
  return best(
    ask.method === 'delivery'
      ? planDelivery(ask, need, candidates, ground, tariff)
      : planPickup(ask, need, candidates, ground, tariff),
  );
}

const linesOf = (ask: PromiseAsk, quantities: readonly number[]): Line[] =>
  ask.lines.flatMap(({ variantId }, line) => {
    const quantity = quantities[line] ?? 0;
    return quantity > 0 ? [{ variantId, quantity }] : [];
  });

function planDelivery(
  ask: PromiseAsk,
  need: readonly number[],
  candidates: readonly Candidate[],
  ground: Ground,
  tariff: Tariff,
): Option[] {
  const nowMs = ask.now.getTime();
  const sources = suppliers(need, candidates, ask.to, ground).flatMap(({ place, km }): Source[] => {
    const gatheredMs = ground.gatheredMs(place.id);
    if (gatheredMs === null) return [];
    const thereMs = gatheredMs + (tariff.deliveryHours + (km ?? 0) / tariff.kmPerHour) * hourMs;
    const costMinor = (km ?? 0) * tariff.kmMinor + ((thereMs - nowMs) / hourMs) * tariff.hourMinor;
    return [{ place, km, thereMs, costMinor }];
  });
  return covers(need, sources, tariff).map((cover) => {
    const farKm = Math.max(0, ...cover.takes.map(({ source }) => source.km ?? 0));
    const feeMinor =
      tariff.feeMinor + Math.round(farKm * tariff.feeKmMinor) + (cover.takes.length - 1) * tariff.feePartMinor;
    return {
      parts: cover.takes.map(({ source, quantities }) => ({
        placeId: source.place.id,
        lines: linesOf(ask, quantities),
        distanceKm: source.km,
      })),
      placeId: null,
      readyAt: new Date(cover.thereMs),
      costMinor: Math.min(mostMinor, feeMinor),
      missing: linesOf(ask, cover.missing),
      lacks: lacks(cover, need),
      weightMinor: cover.costMinor + ((cover.thereMs - nowMs) / hourMs) * tariff.hourMinor,
      codes: cover.takes.map(({ source }) => source.place.code).join(' '),
    };
  });
}

function planPickup(
  ask: PromiseAsk,
  need: readonly number[],
  candidates: readonly Candidate[],
  ground: Ground,
  tariff: Tariff,
): Option[] {
  const hubs = candidates
    .filter(({ handsOut, id }) => handsOut && (ask.placeId === undefined || ask.placeId === id))
    .map((place) => ({ place, km: ask.to === null ? null : ground.distanceKm(ask.to, place) }))
    .toSorted((one, other) => (one.km ?? 0) - (other.km ?? 0) || byCode(one.place, other.place));
  const has = ({ place }: { place: Candidate }): boolean =>
    need.every((quantity, line) => (place.free[line] ?? 0) >= quantity);
  // The nearest that have everything, and the nearest to which the rest could be brought.
  const chosen = [
    ...hubs.filter(has).slice(0, wholeHubsMost),
    ...hubs.filter((hub) => !has(hub)).slice(0, otherHubsMost),
  ];
  return chosen.flatMap((hub) => pickupAt(ask, need, hub, candidates, ground, tariff));
}

function pickupAt(
  ask: PromiseAsk,
  need: readonly number[],
  hub: { readonly place: Candidate; readonly km: number | null },
  candidates: readonly Candidate[],
  ground: Ground,
  tariff: Tariff,
): Option[] {
  const nowMs = ask.now.getTime();
  const own = need.map((quantity, line) => Math.min(quantity, hub.place.free[line] ?? 0));
  const rest = need.map((quantity, line) => quantity - (own[line] ?? 0));
  const gatheredMs = ground.gatheredMs(hub.place.id);
  if (gatheredMs === null) return [];
  const cover = isNothing(rest) ? undefined : bringTo(hub.place, rest, nowMs, candidates, ground, tariff);
  const brought = cover?.takes ?? [];
  const arrivesMs = brought.length === 0 ? gatheredMs : Math.max(gatheredMs, cover?.thereMs ?? 0);
  const readyMs = ground.openMs(hub.place.id, arrivesMs);
  if (readyMs === null || (isNothing(own) && brought.length === 0)) return [];
  const missing = cover?.missing ?? rest;
  return [
    {
      parts: [
        ...(isNothing(own) ? [] : [{ placeId: hub.place.id, lines: linesOf(ask, own), distanceKm: hub.km }]),
        ...brought.map(({ source, quantities }) => ({
          placeId: source.place.id,
          lines: linesOf(ask, quantities),
          distanceKm: source.km,
        })),
      ],
      placeId: hub.place.id,
      readyAt: new Date(readyMs),
      costMinor: 0,
      missing: linesOf(ask, missing),
      lacks: missing.reduce((sum, quantity, line) => sum + (quantity === 0 ? 0 : quantity / (need[line] ?? 1)), 0),
      weightMinor:
        (hub.km ?? 0) * tariff.kmMinor +
        (brought.length > 0 ? tariff.partMinor + (cover?.costMinor ?? 0) : 0) +
        ((readyMs - nowMs) / hourMs) * tariff.hourMinor,
      codes: hub.place.code,
    },
  ];
}

/** What lacks at a place, brought there from others: the best way. */
function bringTo(
  hub: Candidate,
  rest: readonly number[],
  nowMs: number,
  candidates: readonly Candidate[],
  ground: Ground,
  tariff: Tariff,
): Cover | undefined {
  const others = candidates.filter(({ id }) => id !== hub.id);
  const sources = suppliers(rest, others, hub, ground).flatMap(({ place, km }): Source[] => {
    const gatheredMs = ground.gatheredMs(place.id);
    if (gatheredMs === null || km === null) return [];
    const thereMs = gatheredMs + (tariff.transferHours + km / tariff.kmPerHour) * hourMs;
    return [{ place, km, thereMs, costMinor: km * tariff.kmMinor + ((thereMs - nowMs) / hourMs) * tariff.hourMinor }];
  });
  const weight = (cover: Cover): number => cover.costMinor + ((cover.thereMs - nowMs) / hourMs) * tariff.hourMinor;
  return covers(rest, sources, tariff).toSorted(
    (one, other) =>
      lacks(one, rest) - lacks(other, rest) || weight(one) - weight(other) || one.takes.length - other.takes.length,
  )[0];
}
