import type { Duty, House, Query, Tx } from '@ruslo/platform';
import { loadAttributes, markStale } from './store-save.ts';
import type { AttributeRow } from './row.ts';
import { facetIds, inTitle, loadIndexable, stemsOf, writeDocs, writeWords } from './store-search.ts';
import type { DocRow, Indexable } from './store-search.ts';
import { plain, termOf, wordsOf } from './term.ts';
import type { Term } from './term.ts';

/** What is searched, kept beside what is sold: one row a product, made anew when the product changed. */

/** Words of a description beyond these say little and cost the index much. */
const mostDescriptionWords = 40;
const mostTerms = 400;

interface FacetValue {
  readonly key: string;
  readonly value: string;
  readonly label: string;
}

const facetKey = (facet: Pick<FacetValue, 'key' | 'value'>): string => `${facet.key}\u0000${facet.value}`;

/** Value by which a filter finds a facet, whatever its capitals. */
export const facetValue = (value: string | number | boolean): string => plain(String(value)).trim().slice(0, 200);

function facetsOf(row: Indexable, facetable: ReadonlySet<string>): FacetValue[] {
  const found = new Map<string, FacetValue>();
  const add = (key: string, value: string | number | boolean): void => {
    const one = { key, value: facetValue(value), label: String(value).slice(0, 200) };
    if (one.value !== '') found.set(facetKey(one), one);
  };
  for (const id of row.path ?? []) found.set(`category\u0000${id}`, { key: 'category', value: id, label: '' });
  if (row.brand !== null) add('brand', row.brand);
  for (const values of [
    row.attributes,
    ...row.variants.filter((variant) => variant.active).map((variant) => variant.attributes),
  ])
    for (const [key, value] of Object.entries(values)) if (facetable.has(key)) add(`attribute.${key}`, value);
  return [...found.values()];
}

/** Words of the title in their order, then those of everything else. */
function textOf(row: Indexable): { title: string[]; rest: string[] } {
  const values = [row.attributes, ...row.variants.map((variant) => variant.attributes)].flatMap((attributes) =>
    Object.values(attributes).filter((value) => typeof value !== 'boolean'),
  );
  const rest = [...(row.categories ?? []), ...row.variants.map((variant) => variant.title), ...values.map(String)];
  return {
    title: wordsOf(`${row.title} ${row.brand ?? ''}`),
    rest: [...wordsOf(rest.join(' ')), ...wordsOf(row.description.slice(0, 1_000)).slice(0, mostDescriptionWords)],
  };
}

const codesOf = (row: Indexable): string[] =>
  [row.code, ...row.variants.flatMap((variant) => [variant.sku, ...(variant.codes ?? [])])]
    .map((code) => code.toLowerCase().replaceAll(/\s/g, ''))
    .filter((code) => code !== '');

const leastOf = (prices: readonly (number | null)[]): number | null => {
  const some = prices.filter((price) => price !== null);
  return some.length === 0 ? null : Math.min(...some);
};

/** Makes the searched rows of these products anew. */
export async function refreshDocs(tx: Tx, productIds: readonly string[], at: Date): Promise<void> {
  if (productIds.length === 0) return;
  const rows = await loadIndexable(tx, productIds, at);
  const attributes: readonly AttributeRow[] = await loadAttributes(tx);
  const facetable = new Set(attributes.filter((one) => one.facetable).map((one) => one.key));
  const texts = new Map(rows.map((row) => [row.id, textOf(row)]));
  const stems = await stemsOf(
    tx,
    [...texts.values()].flatMap(({ title, rest }) => [...title, ...rest]),
  );
  const terms = new Map<string, Term>();
  const termsOf = (words: readonly string[]): string[] =>
    words.flatMap((word) => {
      const stem = stems.get(word);
      if (stem === null || stem === undefined) return [];
      const term = terms.get(word) ?? termOf(word, stem);
      terms.set(word, term);
      return term.stem === term.spelled ? [term.stem] : [term.stem, term.spelled];
    });
  const facets = new Map(rows.map((row) => [row.id, facetsOf(row, facetable)]));
  const every = new Map([...facets.values()].flat().map((one) => [facetKey(one), one]));
  const ids = await facetIds(
    tx,
    [...every.values()].toSorted((a, b) => (facetKey(a) < facetKey(b) ? -1 : 1)),
  );
  const docs = rows.map((row): DocRow => {
    const { title, rest } = texts.get(row.id) ?? { title: [], rest: [] };
    const titleTerms = [...new Set(termsOf(title))];
    const active = row.variants.filter((variant) => variant.active);
    return {
      productId: row.id,
      titleTerms: titleTerms.slice(0, mostTerms),
      terms: [
        ...new Set([...titleTerms.flatMap((term) => [term, inTitle(term)]), ...codesOf(row), ...termsOf(rest)]),
      ].slice(0, mostTerms),
      facets: (facets.get(row.id) ?? []).flatMap((one) => ids.get(facetKey(one)) ?? []).toSorted((a, b) => a - b),
      priceMinor: leastOf((active.length > 0 ? active : row.variants).map((variant) => variant.priceMinor)),
      popularity: row.popularity,
      title: row.title,
      active: row.active && active.some((variant) => variant.priceMinor !== null),
    };
  });
  await writeDocs(tx, docs);
  await saveWords(tx, terms.values());
}

// Words that stand in catalog.word for certain.
const standing = new WeakMap<object, Set<string>>();
const maxStanding = 200_000;

/** Words with letters: beginnings and slips are looked up among them. */
async function saveWords(tx: Tx, terms: Iterable<Term>): Promise<void> {
  let known = standing.get(tx.client);
  if (known === undefined || known.size > maxStanding) {
    known = new Set();
    standing.set(tx.client, known);
  }
  const fresh = [...terms].filter((term) => !/^\d/.test(term.word) && term.word.length <= 60 && !known.has(term.word));
  // What this transaction inserted may still be rolled back; what was there stays until it is counted out.
  const inserted = new Set(await writeWords(tx, fresh));
  for (const term of fresh) if (!inserted.has(term.word)) known.add(term.word);
}

const batch = 500;

/** Brings some of what is behind up to date; true when there may be more. */
async function indexSome(house: House, now: Date): Promise<boolean> {
  return house.db.retry(async (tx) => {
    const rows = await tx.query<{ id: string }>(
      `delete from catalog.stale where product_id in (select product_id from catalog.stale order by product_id limit ${batch} for update skip locked)
       returning product_id as id`,
    );
    const ids = rows.map((row) => row.id).toSorted();
    await refreshDocs(tx, ids, now);
    if (ids.length > 0) await tx.query('update catalog.tide set miscounted = true where not miscounted');
    return ids.length === batch;
  });
}

/** Prices that began or ended by themselves change what is searched and sorted. What carts show is judged by the moment anyway. */
async function priceDue(house: House, now: Date): Promise<boolean> {
  return house.db.retry(async (tx) => {
    const rows = await tx.query<{ id: string }>(
      `with tide as (select priced_at from catalog.tide for update skip locked),
            due as (select e.variant_id from tide, catalog.price e where e.from_at > tide.priced_at and e.from_at <= $1 and e.from_at > '-infinity'
                    union select e.variant_id from tide, catalog.price e where e.until_at > tide.priced_at and e.until_at <= $1)
       select distinct v.product_id as id from due join catalog.variant v on v.id = due.variant_id order by 1`,
      [now],
    );
    await markStale(tx, rows.map((row) => row.id)); // prettier-ignore
    await tx.query('update catalog.tide set priced_at = greatest(priced_at, $1)', [now]);
    return false;
  });
}

/** Counts products by word and by facet; words that no product has any more go. */
export async function countWords(query: Query): Promise<void> {
  const [row] = await query.query('update catalog.tide set miscounted = false where miscounted returning one');
  if (row === undefined) return;
  await query.query(
    `with counted as materialized (select t, count(*)::int as n from catalog.doc, unnest(terms) t where active group by t)
     update catalog.word w set products = coalesce(c.n, 0), titles = coalesce(i.n, 0)
       from catalog.word o left join counted c on c.t = o.stem left join counted i on i.t = '=' || o.stem
      where o.word = w.word and (w.products, w.titles) is distinct from (coalesce(c.n, 0), coalesce(i.n, 0))`,
  );
  await query.query(
    `with counted as (select f, count(*)::int as n from catalog.doc, unnest(facets) f where active group by f)
     update catalog.facet x set products = coalesce(c.n, 0) from catalog.facet o left join counted c on c.f = o.id where o.id = x.id and x.products <> coalesce(c.n, 0)`,
  );
  await query.query(
    'delete from catalog.word w where products = 0 and not exists (select from catalog.doc d where d.terms @> array[w.stem])',
  );
}

export const duties = (house: House): Duty[] => [
  { name: 'catalog.index', everyMs: 1_000, run: (now) => indexSome(house, now) },
  { name: 'catalog.price-due', everyMs: 10_000, run: (now) => priceDue(house, now) },
  {
    name: 'catalog.count',
    everyMs: 300_000,
    run: async () => {
      await countWords(house.db);
      return false;
    },
  },
];

/** Brings all that is behind up to date, after a large import. @param onDone told after each batch, with how many are left at most */
export async function indexProducts(house: House, onDone?: (done: number) => void): Promise<void> {
  for (let done = batch; await indexSome(house, house.clock.now()); done += batch) onDone?.(done);
  await countWords(house.db);
}
