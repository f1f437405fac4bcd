import type { Channel } from '@ruslo/kernel';
import type { PriceContext } from './variant.ts';

/** Which price applies: pure, and the same whatever the order in which prices were loaded. */

/** An entry of a price list together with what its list says. Times in milliseconds; null = without bound. */
export interface PriceEntry {
  readonly listId: string;
  readonly priority: number;
  readonly currency: string;
  /** Empty: all. */
  readonly channels: readonly Channel[];
  /** Empty: everybody. */
  readonly customerGroups: readonly string[];
  /** The later of the starts of list and entry. */
  readonly fromMs: number | null;
  /** The earlier of their ends; the moment itself is past it. */
  readonly untilMs: number | null;
  readonly priceMinor: number;
  readonly oldPriceMinor: number | null;
}

export interface AppliedPrice {
  readonly price: PriceEntry;
  /** Of the default list; the applied one itself when that list says nothing. */
  readonly base: PriceEntry;
}

const holds = (entry: PriceEntry, atMs: number): boolean =>
  (entry.fromMs === null || entry.fromMs <= atMs) && (entry.untilMs === null || atMs < entry.untilMs);

const isFor = (entry: PriceEntry, context: PriceContext): boolean =>
  (entry.channels.length === 0 || entry.channels.includes(context.channel)) &&
  (entry.customerGroups.length === 0 || entry.customerGroups.some((group) => context.customerGroups.includes(group)));

/** True when `one` goes before `other`: higher priority, then later start, then smaller list id. */
function goesBefore(one: PriceEntry, other: PriceEntry): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  const [from, otherFrom] = [one.fromMs ?? -Infinity, other.fromMs ?? -Infinity];
  if (from !== otherFrom) return from > otherFrom;
  if (one.listId !== other.listId) return one.listId < other.listId;
  // Two entries of one list that begin together with it: the one that ends sooner is the more particular, then the lower.
  const [until, otherUntil] = [one.untilMs ?? Infinity, other.untilMs ?? Infinity];
  return until === otherUntil ? one.priceMinor < other.priceMinor : until < otherUntil;
}

/** The price at a moment in a channel to somebody, or undefined: what has no price is not sold. */
export function applyPrice(entries: readonly PriceEntry[], context: PriceContext): AppliedPrice | undefined {
  const atMs = context.at.getTime();
  let price: PriceEntry | undefined;
  let base: PriceEntry | undefined;
  for (const entry of entries) {
    if (!holds(entry, atMs)) continue;
    if (entry.priority === 0 && (base === undefined || goesBefore(entry, base))) base = entry;
    if (isFor(entry, context) && (price === undefined || goesBefore(entry, price))) price = entry;
  }
  return price === undefined ? undefined : { price, base: base ?? price };
}
