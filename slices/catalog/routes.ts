import { refuse } from '@ruslo/kernel';
import { answer, problemSchema } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import { z } from 'zod';
import * as contract from './contract.ts';
import { categoryNames, contextOf, cursorOf, itemsOf, productOf, readCursor } from './read.ts';
import { search, suggest } from './search.ts';
import { variantsNow } from './shelf.ts';
import { loadCategories } from './store-read.ts';
import { loadAttributes } from './store-save.ts';
import { findByCode } from './store-variant.ts';

const tags = ['catalog'];
const read = { permission: 'catalog.read', self: 'visitor' } as const;

const listed = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : [];

/** category, brand and attribute.KEY of a query, each with its values. */
function filtersOf(query: Readonly<Record<string, unknown>>): Map<string, string[]> {
  const filters = new Map<string, string[]>();
  for (const [key, value] of Object.entries(query)) {
    const values = listed(value).filter((one) => one !== '');
    const isFilter = key === 'category' || key === 'brand' || /^attribute\.[a-z0-9][a-z0-9_-]{0,59}$/.test(key);
    if (isFilter && values.length > 0 && filters.size < 12) filters.set(key, values.slice(0, 50));
  }
  return filters;
}

/** What faces and their customers read. */
export function routes(app: App, house: House): void {
  app.get(
    '/v1/products',
    {
      config: read,
      schema: {
        tags,
        summary: 'Find products',
        description:
          'By words in either alphabet or keyboard layout and with slips, by `category`, `brand`, `attribute.KEY` (repeat for any of several, `10..20` for a range), and by price.',
        querystring: contract.searchQuery,
        response: { 200: contract.searchAnswer, 400: problemSchema },
      },
    },
    async (request, reply) => {
      const { q, priceFrom, priceTo, sort, channel, cursor, limit } = request.query;
      const after = cursor === undefined ? undefined : (readCursor(cursor, 2) ?? readCursor(cursor, 3));
      if (cursor !== undefined && after === undefined)
        return answer(house, request, reply, refuse('catalog.bad-cursor', 400));
      const found = await search(house.db, {
        text: q ?? '',
        facets: filtersOf(request.query),
        priceFrom, priceTo, sort, limit, after,
        state: request.caller.kind === 'customer' ? 'active' : request.query.state,
        count: after === undefined,
      }); // prettier-ignore
      const context = contextOf(house, request, channel);
      const items = await itemsOf(house, found.hits.map((hit) => hit.id), context); // prettier-ignore
      const last = found.hits.at(-1);
      return reply.send({
        items,
        nextCursor: found.hits.length === limit && last !== undefined ? cursorOf(last.key) : null,
        total: found.total,
        isEstimate: found.isEstimate,
        price: found.price,
        facets: await labelled(house, found.facets, request.locale),
        read: found.read,
        dropped: [...found.dropped],
      });
    },
  );

  app.get(
    '/v1/products/suggest',
    {
      config: read,
      schema: {
        tags,
        summary: 'What the typed may become',
        querystring: contract.suggestQuery,
        response: { 200: contract.suggestAnswer },
      },
    },
    async (request, reply) => {
      const { q, limit, channel } = request.query;
      const found = q.trim() === '' ? { words: [], productIds: [] } : await suggest(house.db, q, limit);
      const products = await itemsOf(house, found.productIds, contextOf(house, request, channel));
      return reply.send({ words: [...found.words], products });
    },
  );

  app.get(
    '/v1/products/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'A product with its variants and what it goes with',
        params: contract.idParams,
        querystring: contract.suggestQuery.pick({ channel: true }),
        response: { 200: contract.productSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const product = await productOf(house.db, request.params.id, contextOf(house, request, request.query.channel));
      return product === undefined
        ? answer(house, request, reply, refuse('catalog.not-found', 404))
        : reply.send(product);
    },
  );

  variantRoutes(app, house);
  app.get(
    '/v1/categories',
    {
      config: read,
      schema: { tags, summary: 'The tree of categories, parents first', response: { 200: z.object({ items: z.array(contract.categorySchema) }) } }, // prettier-ignore
    },
    async (_request, reply) => reply.send({ items: await loadCategories(house.db) }),
  );
}

function variantRoutes(app: App, house: House): void {
  const query = contract.suggestQuery.pick({ channel: true });
  app.get(
    '/v1/variants',
    {
      config: read,
      schema: {
        tags,
        summary: 'Variants by id, as they are sold now',
        querystring: query.extend({ ids: z.union([z.uuid(), z.array(z.uuid()).max(100)]) }),
        response: { 200: z.object({ items: z.array(contract.variantSchema) }) },
      },
    },
    async (request, reply) => {
      const ids = listed(request.query.ids);
      const found = await variantsNow(house.db, ids, contextOf(house, request, request.query.channel));
      return reply.send({ items: ids.flatMap((id) => show(found.get(id))) });
    },
  );

  app.get(
    '/v1/variants/by-code/:code',
    {
      config: read,
      schema: {
        tags,
        summary: 'The variant of a scanned code or an article',
        params: z.object({ code: z.string().min(1).max(120) }),
        querystring: query,
        response: { 200: contract.variantSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      const id = (await findByCode(house.db, [code])).get(code);
      const context = contextOf(house, request, request.query.channel);
      const [shown] = id === undefined ? [] : show((await variantsNow(house.db, [id], context)).get(id));
      return shown === undefined ? answer(house, request, reply, refuse('catalog.not-found', 404)) : reply.send(shown);
    },
  );
}

type Shown = z.input<typeof contract.variantSchema>;

/** The lists of a variant are read-only to us; the answer's type is not. */
const show = (variant: Awaited<ReturnType<typeof variantsNow>> extends Map<string, infer V> ? V | undefined : never): Shown[] =>
  variant === undefined
    ? []
    : [{ ...variant, categoryIds: [...variant.categoryIds], components: [...variant.components], attributes: { ...variant.attributes } }]; // prettier-ignore

/** Facets with what to call them: attributes by their declaration, categories by their present name. */
async function labelled(
  house: House,
  facets: Awaited<ReturnType<typeof search>>['facets'],
  locale: 'ru' | 'en',
): Promise<z.input<typeof contract.searchAnswer>['facets']> {
  const ofCategory = facets.find((facet) => facet.key === 'category');
  const names = await categoryNames(house.db, ofCategory?.values.map((value) => value.value) ?? []);
  const attributes = facets.length === 0 ? [] : await loadAttributes(house.db);
  const labels = new Map(
    attributes.map((one) => [`attribute.${one.key}`, locale === 'ru' ? one.labelRu : one.labelEn]),
  );
  return facets.map(({ key, values }) => ({
    key,
    label: labels.get(key) ?? null,
    values: values.map(({ value, label, count }) => ({ value, count, label: key === 'category' ? (names.get(value) ?? label) : label })), // prettier-ignore
  }));
}
