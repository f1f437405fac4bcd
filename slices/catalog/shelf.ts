import type { House, Query } from '@ruslo/platform';
import { loadPriced, variantAt } from './store-variant.ts';
import type { Priced } from './store-variant.ts';
import type { PriceContext, Variant } from './variant.ts';

/** The variants of this process, emptied by signal when they change; carts and lists ask no database for them. */

const topic = 'catalog.variants';
const maxCount = 20_000;
/** A signal may be lost with the connection that would have brought it. */
const maxAgeMs = 15_000;
/** A signal holds 7,900 bytes; beyond so many changed at once, everything is read again. */
const maxNamed = 150;

interface Kept {
  readonly priced: Priced;
  readonly loadedAtMs: number;
}

interface Shelf {
  get(ids: readonly string[], context: PriceContext): Promise<Map<string, Variant>>;
}

const shelves = new WeakMap<House, Shelf>();

/** Empties every process's shelf of these variants when the transaction commits; of all, when `ids` is undefined. */
export const variantsChanged = (house: Pick<House, 'live'>, query: Query, ids?: readonly string[]): Promise<void> =>
  house.live.signal(query, topic, ids === undefined || ids.length > maxNamed ? {} : { ids });

function openShelf(house: House): Shelf {
  const kept = new Map<string, Kept>();
  // What was read before a signal and came after it may be behind: it is given out, and not kept.
  let signals = 0;
  house.live.signals((signal) => {
    if (signal.topic !== topic) return;
    signals += 1;
    const { ids } = signal.data as { ids?: readonly string[] };
    if (ids === undefined) kept.clear();
    else for (const id of ids) kept.delete(id);
  });
  const keep = (rows: readonly Priced[]): void => {
    const loadedAtMs = performance.now();
    for (const priced of rows) {
      kept.delete(priced.variant.id);
      kept.set(priced.variant.id, { priced, loadedAtMs });
    }
    // A Map keeps the order of insertion: the first are those that nobody asked for the longest.
    for (const id of kept.keys()) {
      if (kept.size <= maxCount) break;
      kept.delete(id);
    }
  };
  return {
    async get(ids, context) {
      const found = new Map<string, Variant>();
      const missing: string[] = [];
      const nowMs = performance.now();
      const put = (priced: Priced): void => {
        const variant = variantAt(priced, context);
        if (variant !== undefined) found.set(variant.id, variant);
      };
      for (const id of ids) {
        const entry = kept.get(id);
        if (entry === undefined || nowMs - entry.loadedAtMs > maxAgeMs) missing.push(id);
        else {
          kept.delete(id);
          kept.set(id, entry);
          put(entry.priced);
        }
      }
      if (missing.length === 0) return found;
      const before = signals;
      const rows = await loadPriced(house.db, missing, context.at);
      if (before === signals) keep(rows);
      for (const priced of rows) put(priced);
      return found;
    },
  };
}

/** Variants by id from this process's shelf, milliseconds behind the store: for showing and carts. Unknown ids are left out. */
export async function shelf(
  house: House,
  ids: readonly string[],
  context: PriceContext,
): Promise<Map<string, Variant>> {
  let own = shelves.get(house);
  if (own === undefined) {
    own = openShelf(house);
    shelves.set(house, own);
  }
  return own.get(ids, context);
}

/** The same read in this transaction: what a placement decides by. */
export async function variantsNow(
  query: Query,
  ids: readonly string[],
  context: PriceContext,
): Promise<Map<string, Variant>> {
  const found = new Map<string, Variant>();
  for (const priced of await loadPriced(query, ids, context.at)) {
    const variant = variantAt(priced, context);
    if (variant !== undefined) found.set(variant.id, variant);
  }
  return found;
}
