import type { House, Query } from '@ruslo/platform';
import type { Book } from './basket.ts';
import { ruleSchema } from './contract.ts';
import type { Rule } from './contract.ts';
import type { KeptRule } from './compile.ts';
import { compileBook } from './rules.ts';
import { readActive, readRevision } from './store.ts';

/** The compiled book of this process: a cache of what the store says, emptied by a signal. */

interface Compiled {
  readonly stamp: string;
  readonly book: Book;
}

interface Keeper {
  current: Compiled | undefined;
  isStale: boolean;
  checkedAtMs: number;
  loading: Promise<Book> | undefined;
  readonly close: () => void;
}

const topic = 'offer.revision';
/** A signal may be lost with the connection that would have brought it. */
const maxAgeMs = 15_000;

const keepers = new WeakMap<House, Keeper>();

/** Tells every process that the rules have changed, when the transaction commits. */
export const rulesChanged = (house: House, query: Query): Promise<void> => house.live.signal(query, topic, {});

function keeperOf(house: House): Keeper {
  const known = keepers.get(house);
  if (known !== undefined) return known;
  const keeper: Keeper = {
    current: undefined,
    isStale: true,
    checkedAtMs: -Infinity,
    loading: undefined,
    close: house.live.signals((signal) => {
      if (signal.topic === topic) keeper.isStale = true;
    }),
  };
  keepers.set(house, keeper);
  return keeper;
}

export function closeBook(house: House): void {
  keepers.get(house)?.close();
  keepers.delete(house);
}

/** A rule that cannot be read gives no discount; it must not take all prices with it. */
function readable(house: House, rows: readonly { readonly id: string; readonly rule: unknown }[]): KeptRule[] {
  return rows.flatMap(({ id, rule }) => {
    const read = ruleSchema.safeParse(rule);
    if (read.success) return [{ id, rule: read.data }];
    house.logger.error({ ruleId: id, fault: read.error.message }, 'promotion not readable, left out');
    return [];
  });
}

async function load(keeper: Keeper, house: House, query: Query): Promise<Compiled> {
  const { number, stamp, capBp, rules } = await readActive(query);
  if (keeper.current?.stamp === stamp) return keeper.current;
  const compiled = { stamp, book: compileBook({ revision: number, rules: readable(house, rules), capBp }) };
  if (keeper.current === undefined || keeper.current.book.revision <= number) keeper.current = compiled;
  return compiled;
}

/** Reads the revision first: an unchanged one needs no more. */
async function refresh(keeper: Keeper, house: House): Promise<Book> {
  keeper.isStale = false; // before reading: a signal that comes meanwhile marks it again
  try {
    const { stamp } = await readRevision(house.db);
    const { book } = keeper.current?.stamp === stamp ? keeper.current : await load(keeper, house, house.db);
    keeper.checkedAtMs = performance.now();
    return book;
  } catch (error) {
    keeper.isStale = true;
    throw error;
  } finally {
    keeper.loading = undefined;
  }
}

export function currentBook(house: House): Book | Promise<Book> {
  const keeper = keeperOf(house);
  const isOld = performance.now() - keeper.checkedAtMs >= maxAgeMs;
  if (keeper.current !== undefined && !keeper.isStale && !isOld) return keeper.current.book;
  keeper.loading ??= refresh(keeper, house);
  if (keeper.current === undefined || keeper.isStale) return keeper.loading;
  // Merely old: go on with what is known while it is looked at again.
  keeper.loading.catch(() => undefined);
  return keeper.current.book;
}

export async function bookOf(house: House, query: Query, known?: string): Promise<Book> {
  const keeper = keeperOf(house);
  const stamp = known ?? (await readRevision(query)).stamp;
  if (keeper.current?.stamp === stamp) return keeper.current.book;
  // The stamp tells a change that may yet be rolled back from the one that comes instead, so this may be kept.
  return (await load(keeper, house, query)).book;
}

/** The book of now with one rule more, or in the place of another: for trying it. */
export async function draftBook(
  house: House,
  draft: { readonly id: string; readonly rule: Rule; readonly replaces?: string | undefined },
): Promise<Book> {
  const { number, capBp, rules } = await readActive(house.db);
  const others = readable(house, rules).filter(({ id }) => id !== draft.replaces);
  return compileBook({ revision: number, capBp, rules: [...others, draft] });
}
