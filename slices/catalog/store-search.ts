import type { Query, Tx } from '@ruslo/platform';

/** The SQL of searching and of what is searched. */

// The stem of a word never changes, so what was asked once is known.
const stems = new Map<string, string | null>();
const mostStems = 200_000;

/** Stem of each word by Postgres' dictionaries; null for a word that says nothing by itself (для, the). */
export async function stemsOf(query: Query, words: Iterable<string>): Promise<ReadonlyMap<string, string | null>> {
  const found = new Map<string, string | null>();
  const missing: string[] = [];
  for (const word of new Set(words)) {
    const stem = stems.get(word);
    if (stem === undefined) missing.push(word);
    else found.set(word, stem);
  }
  if (missing.length === 0) return found;
  const rows = await query.query<{ word: string; stem: string | null }>(
    `select w as word, (case when w ~ '[а-я]' then ts_lexize('russian_stem', w) when w ~ '^[a-z]' then ts_lexize('english_stem', w) else array[w] end)[1] as stem
       from unnest($1::text[]) as u (w)`,
    [missing],
    'catalog.stems',
  );
  if (stems.size > mostStems) stems.clear();
  for (const { word, stem } of rows) {
    stems.set(word, stem);
    found.set(word, stem);
  }
  return found;
}

export interface KnownWord {
  readonly word: string;
  readonly spelled: string;
  readonly stem: string;
  readonly products: number;
  readonly titles: number;
}

/** Words that are spelled so, or have such a stem. */
export const knownWords = (query: Query, terms: readonly string[]): Promise<KnownWord[]> =>
  query.query<KnownWord>(
    `select word, spelled, stem, products, titles from catalog.word where spelled = any($1::text[])
      union select word, spelled, stem, products, titles from catalog.word where stem = any($1::text[])`,
    [terms],
    'catalog.known-words',
  );

export const wordsFrom = (query: Query, prefix: string, limit: number): Promise<KnownWord[]> =>
  query.query<KnownWord>(
    `select word, spelled, stem, products, titles from catalog.word where spelled >= $1 and spelled < $1 || U&'\\FFFF' order by products desc, word limit $2`,
    [prefix, limit],
    'catalog.words-from',
  );

export const likeWords = (query: Query, spelled: string, limit: number): Promise<KnownWord[]> =>
  query.query<KnownWord>(
    `select word, spelled, stem, products, titles from catalog.word where spelled % $1 order by similarity(spelled, $1) desc, word limit $2`,
    [spelled, limit],
    'catalog.like-words',
  );

export interface Filter {
  /** Each group: one of these terms. */
  readonly groups: readonly (readonly string[])[];
  /** Each group: one of these facets. */
  readonly facets: readonly (readonly number[])[];
  readonly priceFrom?: number | undefined;
  readonly priceTo?: number | undefined;
  readonly state: 'active' | 'withdrawn' | 'any';
}
export type Sort = 'relevance' | 'popular' | 'price' | '-price' | 'title' | 'newest';

export interface Hit {
  readonly id: string;
  /** Where the next page goes on. */
  readonly key: readonly (string | number | null)[];
}

export interface Found {
  readonly hits: readonly Hit[];
  readonly total: number | null;
  readonly facets: readonly { readonly id: number; readonly count: number }[];
  readonly price: { readonly fromMinor: number; readonly toMinor: number } | null;
}

/** `left` is the column that goes first, the id second; both the same way, so that one comparison of rows pages. */
const orders: Readonly<Record<Sort, { readonly left: string; readonly cast: string; readonly way: 'asc' | 'desc' }>> = {
  relevance: { left: 'score', cast: 'bigint', way: 'desc' },
  popular: { left: 'popularity', cast: 'int', way: 'desc' },
  price: { left: 'coalesce(price_minor, 10000000000000)', cast: 'bigint', way: 'asc' },
  '-price': { left: 'coalesce(price_minor, -1)', cast: 'bigint', way: 'desc' },
  title: { left: 'title', cast: 'text', way: 'asc' },
  newest: { left: 'product_id', cast: 'uuid', way: 'desc' },
};

function whereOf(filter: Filter, values: unknown[]): string {
  const where: string[] = [];
  // ORs of one facet and single values meet in as few conditions as may be: each is one scan of the index.
  const single = filter.facets.flatMap((group) => (group.length === 1 ? group : []));
  if (single.length > 0) where.push(`facets @> $${values.push(single)}::int[]`);
  for (const group of filter.facets) if (group.length !== 1) where.push(`facets && $${values.push(group)}::int[]`);
  if (filter.state !== 'any') where.push(filter.state === 'active' ? 'active' : 'not active');
  if (filter.priceFrom !== undefined) where.push(`price_minor >= $${values.push(filter.priceFrom)}::bigint`);
  if (filter.priceTo !== undefined) where.push(`price_minor <= $${values.push(filter.priceTo)}::bigint`);
  return where.map((one) => ` and ${one}`).join('');
}

/** Words in the title count, its first ones more; among equals the popular go first. */
function scoreOf(terms: readonly string[]): string {
  if (terms.length === 0) return 'popularity::bigint';
  const parts = terms.map((term) => `case when title_terms && ${term} then case when title_terms[1:2] && ${term} then 4 else 3 end else 0 end`); // prettier-ignore
  return `(${parts.join(' + ')})::bigint * 1000000000 + least(popularity, 999999999)`;
}

/** The same term where it stands in a title: so the index alone knows that. */
export const inTitle = (term: string): string => `=${term}`;

export interface Ask extends Filter {
  readonly sort: Sort;
  readonly limit: number;
  readonly after?: readonly (string | number | null)[] | undefined;
  /** Counts of facets, of all, and the range of prices. */
  readonly count: boolean;
}

export async function findProducts(query: Query, ask: Ask): Promise<Found> {
  const values: unknown[] = [ask.limit];
  const terms = ask.groups.map((group) => `$${values.push(group)}::text[]`);
  const where = `true${terms.map((term) => ` and terms && ${term}`).join('')}${whereOf(ask, values)}`;
  const { left, cast, way } = orders[ask.sort];
  const after =
    ask.after === undefined
      ? ''
      : ` where (sorted, product_id) ${way === 'desc' ? '<' : '>'} ($${values.push(ask.after[0])}::${cast}, $${values.push(ask.after[1])}::uuid)`;
  const score = ask.sort === 'relevance' ? scoreOf(terms) : left;
  const page = `select product_id, sorted from hit${after} order by sorted ${way}, product_id ${way} limit $1`;
  const columns = ask.count ? 'product_id, price_minor, facets' : 'product_id';
  const counts = ask.count
    ? `, (select count(*) from hit) as total,
         (select json_agg(json_build_array(f, n)) from (select f, count(*) as n from hit, unnest(facets) as f group by f) c) as facets,
         (select json_build_object('fromMinor', min(price_minor), 'toMinor', max(price_minor)) from hit having min(price_minor) is not null) as price`
    : '';
  const [row] = await query.query<{
    hits: readonly (readonly [string, string | number])[] | null;
    total?: number;
    facets?: readonly (readonly [number, number])[] | null;
    price?: Found['price'];
  }>(
    `with hit as ${ask.count ? 'materialized' : 'not materialized'} (select ${columns}, ${score} as sorted from catalog.doc where ${where}),
          page as (${page})
     select (select json_agg(json_build_array(product_id, sorted) order by sorted ${way}, product_id ${way}) from page) as hits${counts}`,
    values,
  );
  return {
    hits: (row?.hits ?? []).map(([id, sorted]) => ({ id, key: [sorted, id] })),
    total: row?.total ?? null,
    facets: (row?.facets ?? []).map(([id, count]) => ({ id, count })),
    price: row?.price ?? null,
  };
}

/** Up to so many are gathered and sorted; beyond, walking down by popularity soon meets enough of them. */
const gathered = 20_000;

/**
 * The first of very many by popularity, those with all words in the title before the others: two walks down an index that
 * end when the page is full, where scoring 100,000 took 280 ms. The key has the tier before popularity and id.
 * @param titles how many have all words in the title, at most. Few are fetched by the words: a walk would pass everything.
 */
export async function findBroad(query: Query, ask: Ask, titles: number): Promise<Hit[]> {
  const hits: Hit[] = [];
  const tiers = ask.after?.[0] === 0 || titles === 0 ? [0] : [1, 0];
  for (const tier of tiers) {
    const values: unknown[] = [ask.limit - hits.length];
    const titled = ask.groups.map((group) => `terms && $${values.push(group.map(inTitle))}::text[]`).join(' and ');
    const groups = ask.groups.map((group) => ` and terms && $${values.push(group)}::text[]`).join('');
    const where = `${tier === 1 ? titled : `not (${titled})`}${groups}${whereOf(ask, values)}`;
    const after = ask.after?.[0] === tier ? ` and (popularity, product_id) < ($${values.push(ask.after[1])}::int, $${values.push(ask.after[2])}::uuid)` : ''; // prettier-ignore
    const from =
      tier === 1 && titles < gathered
        ? `(select product_id, popularity from catalog.doc where ${where} offset 0) d where true`
        : `catalog.doc where ${where}`;
    const rows = await query.query<{ id: string; popularity: number }>(
      `select product_id as id, popularity from ${from}${after} order by popularity desc, product_id desc limit $1`,
      values,
    );
    hits.push(...rows.map(({ id, popularity }) => ({ id, key: [tier, popularity, id] })));
    if (hits.length >= ask.limit) break;
  }
  return hits;
}

/**
 * Counts of facets among about `share` (0 to 1) of the pages of the table, the same pages each time: reading all of 100,000
 * took 80 ms. Neighbours are alike, so rare values are rough.
 */
export async function countSample(
  query: Query,
  filter: Filter,
  share: number,
): Promise<{ id: number; count: number }[]> {
  const values: unknown[] = [share * 100];
  const terms = filter.groups.map((group) => ` and terms && $${values.push(group)}::text[]`).join('');
  const rows = await query.query<{ id: number; count: number }>(
    `select f as id, count(*) as count from catalog.doc tablesample system ($1) repeatable (1), unnest(facets) as f
      where true${terms}${whereOf(filter, values)} group by f`,
    values,
  );
  return rows.map(({ id, count }) => ({ id, count: Math.round(count / share) }));
}

/** Counts of one facet's values. */
export async function countFacet(query: Query, filter: Filter, key: string): Promise<{ id: number; count: number }[]> {
  const values: unknown[] = [key];
  const terms = filter.groups.map((group) => `$${values.push(group)}::text[]`);
  const where = `true${terms.map((term) => ` and terms && ${term}`).join('')}${whereOf(filter, values)}`;
  return query.query<{ id: number; count: number }>(
    `select f as id, count(*) as count from catalog.doc, unnest(facets) as f
      where ${where} and f = any(array(select id from catalog.facet where key = $1)) group by f`,
    values,
  );
}

export interface FacetRow {
  readonly id: number;
  readonly key: string;
  readonly value: string;
  readonly label: string;
  readonly products: number;
}

export const facetsById = (query: Query, ids: readonly number[]): Promise<FacetRow[]> =>
  query.query<FacetRow>(
    'select id, key, value, label, products from catalog.facet where id = any($1::int[])',
    [ids],
    'catalog.facets-by-id',
  );

export const facetsByKey = (query: Query, keys: readonly string[]): Promise<FacetRow[]> =>
  query.query<FacetRow>(
    'select id, key, value, label, products from catalog.facet where key = any($1::text[])',
    [keys],
    'catalog.facets-by-key',
  );

/** All facets, as they were counted last. */
export const allFacets = (query: Query): Promise<FacetRow[]> =>
  query.query<FacetRow>(
    'select id, key, value, label, products from catalog.facet where products > 0 order by products desc limit 5000',
    [],
    'catalog.all-facets',
  );

export interface Indexable {
  readonly id: string;
  readonly code: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string | null;
  readonly path: readonly string[] | null;
  readonly categories: readonly string[] | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly popularity: number;
  readonly active: boolean;
  readonly variants: readonly {
    readonly sku: string;
    readonly title: string;
    readonly attributes: Readonly<Record<string, string | number | boolean>>;
    readonly codes: readonly string[] | null;
    readonly active: boolean;
    readonly priceMinor: number | null;
  }[];
}

/** What is to be searched of these products, as it is now. */
export const loadIndexable = (query: Query, ids: readonly string[], at: Date): Promise<Indexable[]> =>
  query.query<Indexable>(
    `select p.id, p.code, p.title, p.description, p.brand, c.path, p.attributes, p.popularity, p.state = 'active' as active,
            (select json_agg(k.name) from catalog.category k where k.id = any(c.path)) as categories,
            coalesce((select json_agg(json_build_object('sku', v.sku, 'title', v.title, 'attributes', v.attributes, 'active', v.state = 'active',
                'codes', (select json_agg(code) from catalog.code where variant_id = v.id),
                'priceMinor', (select e.price_minor from catalog.price e join catalog.price_list l on l.id = e.list_id
                   where e.variant_id = v.id and l.priority = 0 and e.from_at <= $2 and (e.until_at is null or e.until_at > $2) order by e.from_at desc limit 1))
                order by v.sort, v.id) from catalog.variant v where v.product_id = p.id), '[]') as variants
       from catalog.product p left join catalog.category c on c.id = p.category_id where p.id = any($1::uuid[])`,
    [ids, at],
    'catalog.load-indexable',
  );

export interface DocRow {
  readonly productId: string;
  readonly titleTerms: readonly string[];
  readonly terms: readonly string[];
  readonly facets: readonly number[];
  readonly priceMinor: number | null;
  readonly popularity: number;
  readonly title: string;
  readonly active: boolean;
}

export async function writeDocs(tx: Tx, rows: readonly DocRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `insert into catalog.doc (product_id, title_terms, terms, facets, price_minor, popularity, title, active)
     select r.id, string_to_array(r.title_terms, ' '), string_to_array(r.terms, ' '), string_to_array(r.facets, ' ')::int[], r.price, r.popularity, r.title, r.active
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::int[], $7::text[], $8::boolean[])
         as r (id, title_terms, terms, facets, price, popularity, title, active) order by 1
     on conflict (product_id) do update set title_terms = excluded.title_terms, terms = excluded.terms, facets = excluded.facets,
       price_minor = excluded.price_minor, popularity = excluded.popularity, title = excluded.title, active = excluded.active
     where (doc.title_terms, doc.terms, doc.facets, doc.price_minor, doc.popularity, doc.title, doc.active) is distinct from
       (excluded.title_terms, excluded.terms, excluded.facets, excluded.price_minor, excluded.popularity, excluded.title, excluded.active)`,
    [
      rows.map((row) => row.productId),
      rows.map((row) => row.titleTerms.join(' ')),
      rows.map((row) => row.terms.join(' ')),
      rows.map((row) => row.facets.join(' ')),
      rows.map((row) => row.priceMinor),
      rows.map((row) => row.popularity),
      rows.map((row) => row.title),
      rows.map((row) => row.active),
    ],
    'catalog.write-docs',
  );
}

export async function writeWords(tx: Tx, rows: readonly Omit<KnownWord, 'products' | 'titles'>[]): Promise<string[]> {
  if (rows.length === 0) return [];
  const inserted = await tx.query<{ word: string }>(
    `insert into catalog.word (word, spelled, stem) select * from unnest($1::text[], $2::text[], $3::text[]) as u (word, spelled, stem) order by 1
     on conflict do nothing returning word`,
    [rows.map((row) => row.word), rows.map((row) => row.spelled), rows.map((row) => row.stem)],
    'catalog.write-words',
  );
  return inserted.map((row) => row.word);
}

/** Ids of these values of facets; new ones are made. */
export async function facetIds(
  tx: Tx,
  values: readonly { readonly key: string; readonly value: string; readonly label: string }[],
): Promise<Map<string, number>> {
  const columns = [values.map((row) => row.key), values.map((row) => row.value), values.map((row) => row.label)];
  const text = `select f.id, f.key, f.value from unnest($1::text[], $2::text[]) as u (key, value) join catalog.facet f on f.key = u.key and f.value = u.value`;
  const read = async (): Promise<Map<string, number>> => {
    const rows = await tx.query<{ id: number; key: string; value: string }>(text, columns.slice(0, 2), 'catalog.facet-ids'); // prettier-ignore
    return new Map(rows.map((row) => [`${row.key}\u0000${row.value}`, row.id]));
  };
  const found = await read();
  if (found.size === values.length) return found;
  await tx.query(
    `insert into catalog.facet (key, value, label) select u.* from unnest($1::text[], $2::text[], $3::text[]) as u (key, value, label)
      where not exists (select from catalog.facet f where f.key = u.key and f.value = u.value) order by 1, 2 on conflict do nothing`,
    columns,
    'catalog.make-facets',
  );
  return read();
}
