import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema } from '@ruslo/platform';
import type { App, House, Tx } from '@ruslo/platform';
import { z } from 'zod';
import * as contract from './contract.ts';
import { saveProduct, toldBy } from './manage.ts';
import { contextOf, productOf } from './read.ts';
import type { AttributeRow } from './row.ts';
import { relationKinds } from './row.ts';
import { saveCategories, saveRelations } from './save-tree.ts';
import {
  categoryById,
  codesById,
  deleteAttribute,
  deleteCategory,
  deleteRelation,
  staleByAttribute,
  updateAttribute,
} from './store-manage.ts';
import { loadCategories, loadProduct } from './store-read.ts';
import { insertAttributes, loadAttributes } from './store-save.ts';

const tags = ['catalog'];
const problems = { 404: problemSchema, 409: problemSchema, 422: problemSchema };

/** What staff change: products, categories, attributes, relations. */
export function manageRoutes(app: App, house: House): void {
  productRoutes(app, house);
  categoryRoutes(app, house);
  attributeRoutes(app, house);
  relationRoutes(app, house);
}

type Product = z.input<typeof contract.productSchema>;

function productRoutes(app: App, house: House): void {
  app.post(
    '/v1/products',
    {
      config: { permission: 'catalog.manage', audit: 'product.made' },
      schema: { tags, summary: 'Make a product with its variants', body: contract.productBody, response: { 200: contract.productSchema, ...problems } },
    },
    async (request, reply) => {
      const context = contextOf(house, request, undefined);
      const made = await command(house, request, async (tx): Promise<Result<Product>> => {
        const saved = await saveProduct(house, tx, request.body, toldBy(house, request.caller), true);
        if (!saved.ok) return saved;
        const product = await productOf(tx, saved.value.id, context);
        return product === undefined ? refuse('catalog.not-found', 404) : ok(product);
      });
      return answer(house, request, reply, made);
    },
  ); // prettier-ignore

  app.patch(
    '/v1/products/:id',
    {
      config: { permission: 'catalog.manage', audit: 'product.changed' },
      schema: {
        tags,
        summary: 'Change a product and the variants that are named',
        description: 'Variants are found by SKU; a new SKU is a new variant, others stay. With `version` it is refused when somebody changed it meanwhile.',
        params: contract.idParams,
        body: contract.productPatch,
        response: { 200: contract.productSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { version, variants, ...patch } = request.body;
      const context = contextOf(house, request, undefined);
      const changed = await command(house, request, async (tx): Promise<Result<Product>> => {
        const old = await loadProduct(tx, request.params.id, true);
        if (old === undefined) return refuse('catalog.not-found', 404);
        if (version !== undefined && version !== old.version) return refuse('catalog.changed', 409);
        const row = { ...patch, code: old.code, variants: variants ?? [] };
        const saved = await saveProduct(house, tx, row, toldBy(house, request.caller), false);
        if (!saved.ok) return saved;
        const product = await productOf(tx, old.id, context);
        return product === undefined ? refuse('catalog.not-found', 404) : ok(product);
      });
      return answer(house, request, reply, changed);
    },
  ); // prettier-ignore
}

type Category = z.input<typeof contract.categorySchema>;

async function saveCategory(
  house: House,
  tx: Tx,
  row: { code: string; name: string; sort: number; parentId: string | null },
): Promise<Result<Category>> {
  const parent = row.parentId === null ? undefined : await categoryById(tx, row.parentId);
  if (row.parentId !== null && parent === undefined) return refuse('catalog.no-category', 422);
  const [saved] = await saveCategories(house, tx, [{ code: row.code, name: row.name, sort: row.sort, parentCode: parent?.code ?? null }]); // prettier-ignore
  if (saved?.outcome === 'refused') return refuse('catalog.bad-parent', 422);
  const shown = (await loadCategories(tx)).find((one) => one.code === row.code);
  return shown === undefined ? refuse('catalog.not-found', 404) : ok(shown);
}

function categoryRoutes(app: App, house: House): void {
  app.post(
    '/v1/categories',
    {
      config: { permission: 'catalog.manage', audit: 'category.made' },
      schema: { tags, summary: 'Make a category', body: contract.categoryBody, response: { 200: contract.categorySchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<Category>> => {
        const isThere = (await loadCategories(tx)).some((one) => one.code === request.body.code);
        return isThere ? refuse('catalog.code-in-use', 409, { code: request.body.code }) : saveCategory(house, tx, request.body);
      })),
  ); // prettier-ignore

  app.patch(
    '/v1/categories/:id',
    {
      config: { permission: 'catalog.manage', audit: 'category.changed' },
      schema: { tags, summary: 'Rename or move a category', params: contract.idParams, body: contract.categoryPatch, response: { 200: contract.categorySchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<Category>> => {
        const [old] = await loadCategories(tx, [request.params.id]);
        if (old === undefined) return refuse('catalog.not-found', 404);
        const { name, sort, parentId } = request.body;
        return saveCategory(house, tx, { code: old.code, name: name ?? old.name, sort: sort ?? old.sort, parentId: parentId === undefined ? old.parentId : parentId });
      })),
  ); // prettier-ignore

  app.delete(
    '/v1/categories/:id',
    {
      config: { permission: 'catalog.manage', audit: 'category.removed' },
      schema: { tags, summary: 'Take an empty category out', params: contract.idParams, response: { 200: contract.idParams, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<{ id: string }>> => {
        const { id } = request.params;
        if ((await categoryById(tx, id)) === undefined) return refuse('catalog.not-found', 404);
        return (await deleteCategory(tx, id)) ? ok({ id }) : refuse('catalog.not-empty', 409);
      })),
  ); // prettier-ignore
}

type Attribute = z.input<typeof contract.attributeSchema>;

const showAttribute = ({ labelRu, labelEn, options, ...row }: AttributeRow): Attribute => ({
  ...row,
  label: { ru: labelRu, en: labelEn },
  options: [...options],
});

function attributeRoutes(app: App, house: House): void {
  const params = z.object({ key: z.string().max(60) });
  app.get(
    '/v1/product-attributes',
    {
      config: { permission: 'catalog.read', self: 'visitor' },
      schema: { tags, summary: 'Declared attributes of products', response: { 200: z.object({ items: z.array(contract.attributeSchema) }) } },
    },
    async (_request, reply) => reply.send({ items: (await loadAttributes(house.db)).map(showAttribute) }),
  ); // prettier-ignore

  app.post(
    '/v1/product-attributes',
    {
      config: { permission: 'catalog.manage', audit: 'product-attribute.declared' },
      schema: { tags, summary: 'Declare an attribute of products', body: contract.attributeBody, response: { 200: contract.attributeSchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<Attribute>> => {
        const { label, level = 'product', measure = null, options = [], facetable = true, sort = 0, key, type } = request.body;
        const row = { key, type, labelRu: label.ru, labelEn: label.en, level, measure, options, facetable, sort };
        const [made] = await insertAttributes(tx, [row]);
        if (made === undefined) return refuse('catalog.code-in-use', 409, { code: key });
        await staleByAttribute(tx, key);
        return ok(showAttribute(row));
      })),
  ); // prettier-ignore

  app.patch(
    '/v1/product-attributes/:key',
    {
      config: { permission: 'catalog.manage', audit: 'product-attribute.changed' },
      schema: { tags, summary: 'Change how an attribute is shown', params, body: contract.attributePatch, response: { 200: contract.attributeSchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<Attribute>> => {
        const { label, ...rest } = request.body;
        const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
        const [row] = await updateAttribute(tx, request.params.key, { ...known, ...(label === undefined ? {} : { labelRu: label.ru, labelEn: label.en }) });
        if (row === undefined) return refuse('catalog.not-found', 404);
        if (rest.facetable !== undefined) await staleByAttribute(tx, row.key);
        return ok(showAttribute(row));
      })),
  ); // prettier-ignore

  app.delete(
    '/v1/product-attributes/:key',
    {
      config: { permission: 'catalog.manage', audit: 'product-attribute.removed' },
      schema: { tags, summary: 'Take a declaration back; stored values stay', params, response: { 200: params, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<{ key: string }>> => {
        const [row] = await deleteAttribute(tx, request.params.key);
        if (row === undefined) return refuse('catalog.not-found', 404);
        await staleByAttribute(tx, row.key);
        return ok(row);
      })),
  ); // prettier-ignore
}

function relationRoutes(app: App, house: House): void {
  const relation = z.object({ id: z.uuid(), kind: z.enum(relationKinds), productId: z.uuid() });
  app.post(
    '/v1/products/:id/relations',
    {
      config: { permission: 'catalog.manage', audit: 'product.related' },
      schema: { tags, summary: 'Say that a product fits another, is consumable for it, or stands in for it', params: contract.idParams, body: contract.relationBody, response: { 200: relation, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<z.infer<typeof relation>>> => {
        const { kind, productId, sort } = request.body;
        const codes = await codesById(tx, [request.params.id, productId]);
        const [a, b] = [codes.get(request.params.id), codes.get(productId)];
        if (a === undefined || b === undefined) return refuse('catalog.not-found', 404);
        const [saved] = await saveRelations(tx, [{ kind, a, b, sort }]);
        return saved?.outcome === 'refused' ? refuse('catalog.itself', 422) : ok({ id: request.params.id, kind, productId });
      })),
  ); // prettier-ignore

  app.delete(
    '/v1/products/:id/relations/:kind/:productId',
    {
      config: { permission: 'catalog.manage', audit: 'product.unrelated' },
      schema: { tags, summary: 'Take a relation back', params: relation, response: { 200: relation, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<z.infer<typeof relation>>> => {
        const { id, kind, productId } = request.params;
        const [a, b] = kind === 'substitute' && id > productId ? [productId, id] : [id, productId];
        const [gone] = await deleteRelation(tx, kind, a, b);
        return gone === undefined ? refuse('catalog.not-found', 404) : ok(request.params);
      })),
  ); // prettier-ignore
}
