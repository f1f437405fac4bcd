import type { BasketLine } from './basket.ts';
import type { AttributeTest, Match } from './contract.ts';

/** Which lines a rule means. Equal matches are compiled once; an index leads from a line to the matches that name it. */

type Test = (line: BasketLine) => boolean;

/** Does a value pass? A list passes when one of its members does. */
export function testAttribute(value: unknown, test: AttributeTest): boolean {
  if (test.op === 'not') return !testAttribute(value, { ...test, op: Array.isArray(test.value) ? 'in' : 'is' });
  if (Array.isArray(value)) return value.some((one) => testAttribute(one, test));
  if (value === undefined || value === null) return false;
  const wanted = test.value;
  switch (test.op) {
    case 'is':
      return value === wanted;
    case 'in':
      return Array.isArray(wanted) ? (wanted as unknown[]).includes(value) : value === wanted;
    case 'min':
    case 'max': {
      // Numbers by size; texts by order, which is right for ISO days and levels of one letter.
      if (typeof value !== typeof wanted || (typeof value !== 'number' && typeof value !== 'string')) return false;
      return test.op === 'min' ? value >= (wanted as typeof value) : value <= (wanted as typeof value);
    }
  }
}

type Fields = NonNullable<Match['except']>;

function testsOf(match: Fields): Test[] {
  const tests: Test[] = [];
  const { variantIds, productIds, categoryIds, brands, attributes, priceMinor } = match;
  if (variantIds) {
    const set = new Set(variantIds);
    tests.push((line) => set.has(line.variantId));
  }
  if (productIds) {
    const set = new Set(productIds);
    tests.push((line) => set.has(line.productId));
  }
  if (categoryIds) {
    const set = new Set(categoryIds);
    tests.push((line) => line.categoryIds.some((id) => set.has(id)));
  }
  if (brands) {
    const set = new Set(brands);
    tests.push((line) => line.brand !== null && set.has(line.brand));
  }
  if (priceMinor) {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = priceMinor;
    tests.push((line) => line.priceMinor >= min && line.priceMinor <= max);
  }
  for (const test of attributes ?? []) tests.push((line) => testAttribute(line.attributes[test.key], test));
  return tests;
}

function compileTest(match: Match): Test {
  const tests = testsOf(match);
  const except = match.except === undefined ? [] : testsOf(match.except);
  return (line) => tests.every((test) => test(line)) && (except.length === 0 || !except.every((test) => test(line)));
}

const none: readonly number[] = [];

/** All matches of a book. */
export class MatchTable {
  readonly #ids = new Map<string, number>();
  readonly #tests: Test[] = [];
  /** False for a match that only tests can tell: it is looked up when a rule asks. */
  readonly #indexed: boolean[] = [];
  readonly #byVariant = new Map<string, number[]>();
  readonly #byProduct = new Map<string, number[]>();
  readonly #byCategory = new Map<string, number[]>();
  readonly #byBrand = new Map<string, number[]>();

  /** The number of this match; equal ones share theirs. */
  add(match: Match): number {
    const key = JSON.stringify(match);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#tests.length;
    this.#ids.set(key, id);
    this.#tests.push(compileTest(match));
    const { variantIds, productIds, categoryIds, brands } = match;
    if (variantIds) put(this.#byVariant, variantIds, id);
    else if (productIds) put(this.#byProduct, productIds, id);
    else if (categoryIds) put(this.#byCategory, categoryIds, id);
    else if (brands) put(this.#byBrand, brands, id);
    this.#indexed.push((variantIds ?? productIds ?? categoryIds ?? brands) !== undefined);
    return id;
  }

  /** For one basket: the places of the lines that a match means, in their order. */
  find(lines: readonly BasketLine[]): (match: number) => readonly number[] {
    const found = this.#tests.map((): number[] | undefined => undefined);
    const visit = (candidates: readonly number[] | undefined, line: BasketLine, place: number): void => {
      for (const match of candidates ?? none) {
        const list = found[match];
        // A line may be named twice, by a category and by the one above it.
        if (list?.at(-1) === place || this.#tests[match]?.(line) !== true) continue;
        if (list === undefined) found[match] = [place];
        else list.push(place);
      }
    };
    for (const [place, line] of lines.entries()) {
      visit(this.#byVariant.get(line.variantId), line, place);
      visit(this.#byProduct.get(line.productId), line, place);
      for (const id of line.categoryIds) visit(this.#byCategory.get(id), line, place);
      if (line.brand !== null) visit(this.#byBrand.get(line.brand), line, place);
    }
    return (match) => {
      const list = found[match];
      if (list !== undefined) return list;
      if (this.#indexed[match] === true) return none;
      const test = this.#tests[match];
      const looked = lines.flatMap((line, place) => (test?.(line) === true ? [place] : []));
      found[match] = looked;
      return looked;
    };
  }
}

function put(index: Map<string, number[]>, keys: readonly string[], id: number): void {
  for (const key of new Set(keys)) {
    const list = index.get(key);
    if (list === undefined) index.set(key, [id]);
    else list.push(id);
  }
}
