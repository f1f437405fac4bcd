import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema } from '@ruslo/platform';
import type { App, House, Query } from '@ruslo/platform';
import { z } from 'zod';
import * as contract from './contract.ts';
import { refreshDocs } from './doc.ts';
import { changeList, makeList, toldBy } from './manage.ts';
import { cursorOf, readCursor } from './read.ts';
import { savePrices } from './save.ts';
import { deleteList, skuById } from './store-manage.ts';
import { loadListEntries, loadPriceChanges, loadPriceLists } from './store-read.ts';
import type { EntryRead, ListRead } from './store-read.ts';
import { productsOf } from './store-save.ts';

const tags = ['catalog'];
const problems = { 400: problemSchema, 404: problemSchema, 409: problemSchema, 422: problemSchema };

type List = z.input<typeof contract.priceListSchema>;
type Entry = z.input<typeof contract.entrySchema>;

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
const showList = (row: ListRead): List => ({ ...row, channels: row.channels as List['channels'], from: iso(row.from), until: iso(row.until) }); // prettier-ignore
const showEntry = ({ key: _key, ...row }: EntryRead): Entry => ({ ...row, from: iso(row.from), until: iso(row.until) });

async function listById(query: Query, id: string): Promise<Result<List>> {
  const [row] = await loadPriceLists(query, id);
  return row === undefined ? refuse('catalog.not-found', 404) : ok(showList(row));
}

/** Price lists, prices and their history. */
export function priceRoutes(app: App, house: House): void {
  listRoutes(app, house);
  entryRoutes(app, house);
  variantPriceRoutes(app, house);
}

function listRoutes(app: App, house: House): void {
  app.get(
    '/v1/price-lists',
    {
      config: { permission: 'catalog.read' },
      schema: { tags, summary: 'Price lists, the first to apply first', response: { 200: z.object({ items: z.array(contract.priceListSchema) }) } },
    },
    async (_request, reply) => reply.send({ items: (await loadPriceLists(house.db)).map(showList) }),
  ); // prettier-ignore

  app.post(
    '/v1/price-lists',
    {
      config: { permission: 'price.manage', audit: 'price-list.made' },
      schema: { tags, summary: 'Make a price list for some channels or customers', body: contract.priceListBody, response: { 200: contract.priceListSchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx) => {
        const { code, ...fields } = request.body;
        const made = await makeList(tx, code, fields);
        return made.ok ? listById(tx, made.value.id) : made;
      })),
  ); // prettier-ignore

  app.patch(
    '/v1/price-lists/:id',
    {
      config: { permission: 'price.manage', audit: 'price-list.changed' },
      schema: { tags, summary: 'Change or withdraw a price list', params: contract.idParams, body: contract.priceListPatch, response: { 200: contract.priceListSchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx) => {
        const changed = await changeList(house, tx, request.params.id, request.body);
        return changed.ok ? listById(tx, changed.value.id) : changed;
      })),
  ); // prettier-ignore

  app.delete(
    '/v1/price-lists/:id',
    {
      config: { permission: 'price.manage', audit: 'price-list.removed' },
      schema: { tags, summary: 'Take out a price list that never had a price', params: contract.idParams, response: { 200: contract.idParams, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx): Promise<Result<{ id: string }>> => {
        const { id } = request.params;
        if ((await loadPriceLists(tx, id)).length === 0) return refuse('catalog.not-found', 404);
        return (await deleteList(tx, id)) ? ok({ id }) : refuse('catalog.not-empty', 409);
      })),
  ); // prettier-ignore
}

const savedOf = (outcomes: Awaited<ReturnType<typeof savePrices>>): z.infer<typeof contract.savedSchema> => {
  const count = (outcome: string): number => outcomes.filter((one) => one.outcome === outcome).length;
  return {
    new: count('new'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    refused: outcomes.filter((one) => one.outcome === 'refused').map((one) => ({ sku: one.sku, why: one.code ?? '' })),
  };
};

const moment = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

function entryRoutes(app: App, house: House): void {
  const entries = contract.page(contract.entrySchema);
  const list = async (query: z.infer<typeof contract.entryQuery>, listId: string | undefined): Promise<Result<z.input<typeof entries>>> => {
    const after = query.cursor === undefined ? undefined : readCursor(query.cursor, 3);
    if (query.cursor !== undefined && after === undefined) return refuse('catalog.bad-cursor', 400);
    const rows = await loadListEntries(house.db, { listId, variantId: query.variantId, at: house.clock.now(), after: after?.map(String), limit: query.limit });
    const last = rows.at(-1);
    const nextCursor = rows.length === query.limit && last !== undefined ? cursorOf([last.priceListId, last.variantId, last.key]) : null;
    return ok({ items: rows.map(showEntry), nextCursor });
  }; // prettier-ignore
  app.get(
    '/v1/price-lists/deviations',
    {
      config: { permission: 'catalog.read' },
      schema: { tags, summary: 'Where a price differs from the price everywhere', description: 'Of lists and entries that apply now or will.', querystring: contract.entryQuery, response: { 200: entries, 400: problemSchema } },
    },
    async (request, reply) => answer(house, request, reply, await list(request.query, undefined)),
  ); // prettier-ignore

  app.get(
    '/v1/price-lists/:id/entries',
    {
      config: { permission: 'catalog.read' },
      schema: { tags, summary: 'Prices of a list', params: contract.idParams, querystring: contract.entryQuery, response: { 200: entries, ...problems } },
    },
    async (request, reply) => answer(house, request, reply, await list(request.query, request.params.id)),
  ); // prettier-ignore

  app.post(
    '/v1/price-lists/:id/entries',
    {
      config: { permission: 'price.manage', audit: 'price.changed' },
      schema: { tags, summary: 'Set or take out prices of a list, by SKU', params: contract.idParams, body: contract.entryBody, response: { 200: contract.savedSchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx) => {
        const [own] = await loadPriceLists(tx, request.params.id);
        if (own === undefined) return refuse('catalog.not-found', 404);
        const rows = request.body.entries.map((entry) => ({ ...entry, list: own.code, from: moment(entry.from), until: moment(entry.until) }));
        return ok(savedOf(await savePrices(house, tx, rows, toldBy(house, request.caller))));
      })),
  ); // prettier-ignore
}

function variantPriceRoutes(app: App, house: House): void {
  app.put(
    '/v1/variants/:id/price',
    {
      config: { permission: 'price.manage', audit: 'price.changed' },
      schema: { tags, summary: 'Set the price of a variant, now or from a moment, everywhere or on a list', params: contract.idParams, body: contract.priceBody, response: { 200: contract.savedSchema, ...problems } },
    },
    async (request, reply) =>
      answer(house, request, reply, await command(house, request, async (tx) => {
        const { body, params } = request;
        const sku = await skuById(tx, params.id);
        if (sku === undefined) return refuse('catalog.not-found', 404);
        const told = toldBy(house, request.caller);
        const saved = await savePrices(house, tx, [{ ...body, sku, from: moment(body.from), until: moment(body.until) }], told);
        const refused = saved[0]?.outcome === 'refused' ? saved[0].code : undefined;
        if (refused !== undefined) return refuse(refused, 422);
        await refreshDocs(tx, await productsOf(tx, [params.id]), told.at);
        return ok(savedOf(saved));
      })),
  ); // prettier-ignore

  const history = contract.page(contract.historyItem);
  app.get(
    '/v1/variants/:id/price-history',
    {
      config: { permission: 'catalog.read' },
      schema: { tags, summary: 'Every change of a price, newest first', params: contract.idParams, querystring: contract.listQuery, response: { 200: history, ...problems } },
    },
    async (request, reply) => {
      const { cursor, limit } = request.query;
      const before = cursor === undefined ? undefined : readCursor(cursor, 1);
      if (cursor !== undefined && before === undefined) return answer(house, request, reply, refuse('catalog.bad-cursor', 400));
      const rows = await loadPriceChanges(house.db, request.params.id, before === undefined ? undefined : String(before[0]), limit);
      const items = rows.map((row) => ({ ...row, from: iso(row.from), until: iso(row.until), at: row.at.toISOString() }));
      const last = rows.at(-1);
      return reply.send({ items, nextCursor: rows.length === limit && last !== undefined ? cursorOf([last.id]) : null });
    },
  ); // prettier-ignore
}
