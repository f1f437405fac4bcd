import type { Db, Query } from '@ruslo/platform';
import { facetValue } from './doc.ts';
import {
  allFacets,
  countFacet,
  countSample,
  facetsById,
  facetsByKey,
  findBroad,
  findProducts,
  knownWords,
  likeWords,
  stemsOf,
  wordsFrom,
} from './store-search.ts';
import type { Ask, FacetRow, Filter, Found, Hit, KnownWord, Sort } from './store-search.ts';
import { findByCode } from './store-variant.ts';
import { editDistance, fold, mostSlips, slips, switchLayout, termOf, termsFor, wordsOf } from './term.ts';
import type { Term } from './term.ts';

/** Finds what somebody at a search box may mean. */

const mostChunks = 8;
const mostBeginnings = 40;
const mostLike = 8;

/** A word of the question: any of these terms will do. */
export interface Meant {
  readonly said: string;
  /** What was read for it when it is not what was said. */
  readonly read: string;
  readonly terms: readonly string[];
  /** False when nothing that is sold has such a word. */
  readonly known: boolean;
  /** Products that have it, as they were counted last, and those that have it in the title. */
  readonly products: number;
  readonly titles: number;
}

type Known = Map<string, KnownWord>;

interface Reading {
  readonly text: string;
  readonly terms: readonly Term[];
}

/** The words of a question with what they may mean, each read as it stands, in the other layout, as a beginning, or with slips. */
export async function understand(query: Query, text: string): Promise<Meant[]> {
  const chunks = text.normalize('NFC').trim().split(/\s+/u).filter((chunk) => chunk !== '').slice(0, mostChunks); // prettier-ignore
  const codes = await findByCode(query, chunks.flatMap((chunk) => (/\d/.test(chunk) && chunk.length >= 4 ? [chunk, chunk.toUpperCase()] : []))); // prettier-ignore
  const texts = chunks.map((chunk) => [chunk, switchLayout(chunk)] as const);
  const words = texts.flatMap((both) => both.flatMap(wordsOf));
  const stems = await stemsOf(query, words);
  const read = (one: string): Reading => ({
    text: one,
    terms: wordsOf(one).flatMap((word) => {
      const stem = stems.get(word);
      return stem === null || stem === undefined ? [] : [termOf(word, stem)];
    }),
  });
  const readings = texts.map(([as, switched]) => ({ plain: read(as), switched: read(switched) }));
  const asked = readings.flatMap(({ plain, switched }) => [...plain.terms, ...switched.terms].flatMap(termsFor));
  const known: Known = new Map();
  for (const word of await knownWords(query, [...new Set(asked)]))
    for (const term of [word.spelled, word.stem])
      if ((known.get(term)?.products ?? -1) < word.products) known.set(term, word);
  const meant: Meant[] = [];
  for (const [index, { plain, switched }] of readings.entries()) {
    const chunk = chunks[index] ?? '';
    if (codes.has(chunk) || codes.has(chunk.toUpperCase()))
      meant.push({ said: chunk, read: chunk, terms: [chunk.toLowerCase()], known: true, products: 1, titles: 0 });
    else meant.push(...(await meaning(query, plain, switched, known, index === readings.length - 1)));
  }
  return meant;
}

const commonness = (term: Term, known: Known, of: 'products' | 'titles' = 'products'): number =>
  Math.max(0, ...termsFor(term).map((one) => known.get(one)?.[of] ?? 0));

const isKnown = (term: Term, known: Known): boolean =>
  /^\d+$/.test(term.word) || termsFor(term).some((one) => known.has(one));

const asSaid = (term: Term, known: Known): Meant => ({
  said: term.word,
  read: term.word,
  terms: termsFor(term),
  known: isKnown(term, known),
  products: commonness(term, known),
  titles: commonness(term, known, 'titles'),
});

async function meaning(
  query: Query,
  plain: Reading,
  switched: Reading,
  known: Known,
  isLast: boolean,
): Promise<Meant[]> {
  if (plain.terms.length > 0 && plain.terms.every((term) => isKnown(term, known))) {
    const least = (reading: Reading): number => Math.min(...reading.terms.map((term) => commonness(term, known)));
    // A rare word by chance, where the other layout gives one that very many goods have.
    const isSwitched =
      switched.terms.length > 0 &&
      switched.terms.every((term) => /\p{L}/u.test(term.word) && isKnown(term, known)) &&
      least(switched) > 50 * (1 + least(plain));
    return (isSwitched ? switched : plain).terms.map((term) => asSaid(term, known));
  }
  const hasLetters = switched.terms.some((term) => term.word.length > 1 && /\p{L}/u.test(term.word));
  if (hasLetters && switched.terms.every((term) => isKnown(term, known)))
    return switched.terms.map((term) => ({ ...asSaid(term, known), said: plain.text }));
  for (const guess of [isLast ? beginning : undefined, slipped, isLast ? undefined : beginning, parted]) {
    if (guess === undefined) continue;
    for (const reading of hasLetters ? [plain, switched] : [plain]) {
      const found = await guessed(query, reading, known, guess);
      if (found !== undefined) return found;
    }
  }
  return plain.terms.map((term) => asSaid(term, known));
}

type Guess = (query: Query, term: Term) => Promise<Meant | undefined>;

/** All words of a reading, the unknown ones guessed; undefined when one of them cannot be. */
async function guessed(query: Query, reading: Reading, known: Known, guess: Guess): Promise<Meant[] | undefined> {
  const found: Meant[] = [];
  for (const term of reading.terms) {
    const one = isKnown(term, known) ? asSaid(term, known) : await guess(query, term);
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found.length === 0 ? undefined : found;
}

const meantBy = (term: Term, words: readonly KnownWord[]): Meant | undefined =>
  words.length === 0
    ? undefined
    : {
        said: term.word,
        read: words[0]?.word ?? term.word,
        terms: [...new Set(words.flatMap((word) => [word.spelled, word.stem]))],
        known: true,
        products: words.reduce((sum, word) => sum + word.products, 0),
        titles: words.reduce((sum, word) => sum + word.titles, 0),
      };

const beginning: Guess = async (query, term) =>
  term.spelled.length < 2 ? undefined : meantBy(term, await wordsFrom(query, term.spelled, mostBeginnings));

const slipped: Guess = async (query, term) => {
  const most = mostSlips(term.spelled);
  if (most === 0 || term.spelled.length > 40) return undefined;
  const forms = [...new Set([term.spelled, term.stem])].filter((form) => mostSlips(form) > 0);
  const near = await knownWords(query, forms.flatMap(slips));
  if (near.length > 0) {
    const likeliest = near.toSorted((a, b) => b.products - a.products || (a.word < b.word ? -1 : 1));
    return meantBy(term, likeliest.slice(0, mostLike));
  }
  if (most < 2) return undefined;
  const like = (await likeWords(query, term.spelled, 60))
    .map((word) => ({
      word,
      distance: Math.min(editDistance(term.spelled, word.spelled, most), editDistance(term.stem, word.stem, most)),
    })) // prettier-ignore
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance || b.word.products - a.word.products);
  return meantBy(term, like.slice(0, mostLike).map(({ word }) => word)); // prettier-ignore
};

/** Two words written as one: чехолiphone, пауэрбанк. */
const parted: Guess = async (query, term) => {
  const cuts = Array.from({ length: Math.max(0, term.word.length - 5) }, (_, index) => index + 3);
  if (cuts.length === 0 || cuts.length > 30) return undefined;
  const halves = cuts.map((cut) => [term.word.slice(0, cut), term.word.slice(cut)] as const);
  const known = new Map((await knownWords(query, halves.flat().map(fold))).map((word) => [word.spelled, word])); // prettier-ignore
  const both = halves.flatMap(([head, tail]) => {
    const [one, other] = [known.get(fold(head)), known.get(fold(tail))];
    return one === undefined || other === undefined ? [] : [[one, other] as const];
  });
  // The rarer half names it: the other is nearly always there too.
  const rarer = both.map(([one, other]) => (one.products <= other.products ? one : other))[0];
  return rarer === undefined ? undefined : meantBy(term, [rarer]);
};

export interface SearchAsk {
  readonly text: string;
  /** Facet key → values; any of the values of a key, all of the keys. */
  readonly facets: ReadonlyMap<string, readonly string[]>;
  readonly priceFrom?: number | undefined;
  readonly priceTo?: number | undefined;
  readonly state: Filter['state'];
  readonly sort: Sort | undefined;
  readonly limit: number;
  readonly after?: Ask['after'];
  readonly count: boolean;
}

export interface FacetCount {
  readonly key: string;
  readonly values: readonly { readonly value: string; readonly label: string; readonly count: number }[];
}

export interface SearchAnswer {
  readonly hits: readonly Hit[];
  readonly total: number | null;
  /** Total and counts are of a sample. */
  readonly isEstimate: boolean;
  readonly price: Found['price'];
  readonly facets: readonly FacetCount[];
  /** What was searched instead of what was typed; null when it is the same. */
  readonly read: string | null;
  /** Words that were let go because nothing has them all. */
  readonly dropped: readonly string[];
}

/** Beyond so many products counts are estimated from a sample, and the first are walked to instead of sorted. */
const broad = 20_000;
const sampled = 10_000;

export async function search(db: Db, ask: SearchAsk): Promise<SearchAnswer> {
  let meant = ask.text.trim() === '' ? [] : await understand(db, ask.text);
  const filters = await facetFilters(db, ask.facets);
  const base = { facets: [...filters.values()].map((filter) => filter.ids), priceFrom: ask.priceFrom, priceTo: ask.priceTo, state: ask.state }; // prettier-ignore
  const sort = ask.sort ?? (meant.length > 0 ? 'relevance' : 'popular');
  const isAll = meant.length === 0 && filters.size === 0 && ask.priceFrom === undefined && ask.priceTo === undefined;
  const dropped: string[] = [];
  let found: Found;
  let many: number;
  for (;;) {
    many = Math.min(...meant.map((one) => one.products), ...[...filters.values()].map((filter) => filter.products));
    const isBroad = many > broad && ask.priceFrom === undefined && ask.priceTo === undefined;
    const how = { ...base, groups: meant.map((one) => one.terms), sort, limit: ask.limit, after: ask.after };
    const isWalked =
      sort === 'relevance' && meant.length > 0 && (ask.after === undefined ? isBroad : ask.after.length === 3);
    found = isWalked
      ? {
          hits: await findBroad(db, { ...how, count: false }, Math.min(...meant.map((one) => one.titles))),
          total: null,
          facets: [],
          price: null,
        }
      : await findProducts(db, { ...how, count: ask.count && !isAll && !isBroad });
    if (found.hits.length > 0 || meant.length < 2 || ask.after !== undefined) break;
    const least = await hardest(db, meant, base);
    dropped.push(least.said);
    meant = meant.filter((one) => one !== least);
  }
  const filter = { ...base, groups: meant.map((one) => one.terms) };
  const isEstimate = found.total === null && ask.count && !isAll;
  const counts = isEstimate ? await countSample(db, filter, Math.max(0.001, sampled / Math.max(many, broad))) : found.facets; // prettier-ignore
  const isOther = meant.some((one) => one.read !== one.said);
  return {
    hits: found.hits,
    total: found.total ?? (isEstimate ? many : null),
    isEstimate,
    price: found.price,
    facets: !ask.count ? [] : isAll ? await everything(db) : await countsOf(db, counts, filter, filters),
    read: isOther ? meant.map((one) => one.read).join(' ') : null,
    dropped,
  };
}

/** The word without which most is found: the one to let go. */
async function hardest(db: Db, meant: readonly Meant[], base: Omit<Filter, 'groups'>): Promise<Meant> {
  const unknown = meant.find((one) => !one.known);
  if (unknown !== undefined) return unknown;
  let best: { readonly one: Meant; readonly found: number } | undefined;
  for (const one of meant.toReversed()) {
    const groups = meant.filter((other) => other !== one).map((other) => other.terms);
    const { hits } = await findProducts(db, { ...base, groups, sort: 'newest', limit: 50, count: false });
    if (best === undefined || hits.length > best.found) best = { one, found: hits.length };
  }
  return best?.one ?? (meant[0] as Meant);
}

interface FacetFilter {
  readonly ids: readonly number[];
  readonly products: number;
}

/** Filters as numbers of facets; a value that nothing has is the number -1. `10..20` is a range of numbers. */
async function facetFilters(db: Db, wanted: ReadonlyMap<string, readonly string[]>): Promise<Map<string, FacetFilter>> {
  const filters = new Map<string, FacetFilter>();
  if (wanted.size === 0) return filters;
  const rows = await facetsByKey(db, [...wanted.keys()]);
  for (const [key, values] of wanted) {
    const own = rows.filter((row) => row.key === key);
    const rowsOf = values.flatMap((value) => {
      const range = /^(-?\d*\.?\d*)\.\.(-?\d*\.?\d*)$/.exec(value);
      if (range === null) return own.filter((row) => row.value === facetValue(value));
      const [from, to] = [range[1], range[2]].map((text) => (text === undefined || text === '' ? undefined : Number(text))); // prettier-ignore
      return own.filter((row) => Number(row.value) >= (from ?? -Infinity) && Number(row.value) <= (to ?? Infinity));
    });
    const products = rowsOf.reduce((sum, row) => sum + row.products, 0);
    filters.set(key, { ids: rowsOf.length === 0 ? [-1] : rowsOf.map((row) => row.id), products });
  }
  return filters;
}

const mostValues = 50;

/** Counts by facet. A facet that is filtered by is counted without its own filter: its other values can be added. */
async function countsOf(
  db: Db,
  found: Found['facets'],
  filter: Filter,
  filters: ReadonlyMap<string, FacetFilter>,
): Promise<FacetCount[]> {
  const counts = new Map(found.map(({ id, count }) => [id, count]));
  for (const key of filters.keys()) {
    if (key === 'category') continue; // a tree is narrowed, not added to
    const others = [...filters].filter(([other]) => other !== key).map(([, other]) => other.ids);
    const isAlone = filter.groups.length === 0 && others.length === 0 && filter.priceFrom === undefined && filter.priceTo === undefined; // prettier-ignore
    const own = isAlone
      ? (await facetsByKey(db, [key])).map(({ id, products }) => ({ id, count: products }))
      : await countFacet(db, { ...filter, facets: others }, key);
    for (const { id, count } of own) if (count > 0) counts.set(id, count);
  }
  const likely = [...counts].toSorted(([a, n], [b, m]) => m - n || a - b).slice(0, 3_000);
  const rows = await facetsById(db, likely.map(([id]) => id)); // prettier-ignore
  return grouped(rows.map((row) => ({ ...row, products: counts.get(row.id) ?? 0 })));
}

const everything = async (db: Db): Promise<FacetCount[]> => grouped(await allFacets(db));

function grouped(rows: readonly FacetRow[]): FacetCount[] {
  const byKey = new Map<string, FacetRow[]>();
  for (const row of rows) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row]);
  return [...byKey]
    .map(([key, values]) => ({
      key,
      values: values
        .toSorted((a, b) => b.products - a.products || (a.value < b.value ? -1 : 1))
        .slice(0, mostValues)
        .map(({ value, label, products }) => ({ value, label, count: products })),
    }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

export interface Suggestions {
  readonly words: readonly string[];
  readonly productIds: readonly string[];
}

/** What the typed may become: whole words for its last one, and the first products. */
export async function suggest(db: Db, text: string, limit: number): Promise<Suggestions> {
  const trimmed = text.trimStart();
  const words = trimmed.split(/\s+/u);
  const last = words.at(-1) ?? '';
  const head = words.slice(0, -1).join(' ');
  const found: KnownWord[] = [];
  for (const reading of [last, switchLayout(last)]) {
    const spelled = fold(wordsOf(reading).at(-1) ?? '');
    if (spelled.length === 0) continue;
    found.push(...(await wordsFrom(db, spelled, mostBeginnings)));
    if (found.length > 0) break;
  }
  const before = head === '' ? [] : await understand(db, head);
  const completed = [...new Map(found.map((word) => [word.stem, word])).values()].slice(0, limit);
  const likely = [...new Set(completed.flatMap((word) => [word.spelled, word.stem]))];
  const sum = (of: 'products' | 'titles'): number => completed.reduce((all, word) => all + word[of], 0);
  const least = (of: 'products' | 'titles'): number => Math.min(sum(of), ...before.map((one) => one[of]));
  const groups = likely.length > 0 ? [...before.map((one) => one.terms), likely] : (await understand(db, trimmed)).map((one) => one.terms); // prettier-ignore
  const asked = { groups, facets: [], state: 'active', sort: 'relevance', limit, count: false } as const;
  const isMany = likely.length > 0 && least('products') > broad;
  const hits = groups.length === 0 ? [] : isMany ? await findBroad(db, asked, least('titles')) : (await findProducts(db, asked)).hits; // prettier-ignore
  const prefix = head === '' ? '' : `${before.map((one) => one.read).join(' ')} `;
  return { words: completed.map((word) => `${prefix}${word.word}`), productIds: hits.map((hit) => hit.id) };
}
