import type { House, Query } from '@ruslo/platform';
import type { Book } from './basket.ts';
import { ruleSchema } from './contract.ts';
import type { Rule } from './contract.ts';
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

/** Rows were judged when they were written; read again they get the defaults of what was added since. */
export const readRule = (body: unknown): Rule => ruleSchema.parse(body);

async function load(keeper: Keeper, query: Query): Promise<Compiled> {
  const { number, stamp, capBp, rules } = await readActive(query);
  if (keeper.current?.stamp === stamp) return keeper.current;
  const kept = rules.map(({ id, rule }) => ({ id, rule: readRule(rule) }));
  const compiled = { stamp, book: compileBook({ revision: number, rules: kept, capBp }) };
  if (keeper.current === undefined || keeper.current.book.revision <= number) keeper.current = compiled;
  return compiled;
}

/** Reads the revision first: an unchanged one needs no more. */
async function refresh(keeper: Keeper, house: House): Promise<Book> {
  keeper.isStale = false; // before reading: a signal that comes meanwhile marks it again
  try {
    const { stamp } = await readRevision(house.db);
    const { book } = keeper.current?.stamp === stamp ? keeper.current : await load(keeper, house.db);
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

export async function bookOf(house: House, query: Query): Promise<Book> {
  const keeper = keeperOf(house);
  const { stamp } = await readRevision(query);
  if (keeper.current?.stamp === stamp) return keeper.current.book;
  // The stamp tells a change that may yet be rolled back from the one that comes instead, so this may be kept.
  return (await load(keeper, query)).book;
}
