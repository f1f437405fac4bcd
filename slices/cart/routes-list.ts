import type { Variant } from '@ruslo/catalog';
import { personOf } from '@ruslo/identity';
import type { Person } from '@ruslo/identity';
import type { Channel, Result } from '@ruslo/kernel';
import { ok, refuse } from '@ruslo/kernel';
import { answer, append, command, fact, newId, problemSchema, whose } from '@ruslo/platform';
import type { App, House, Tx } from '@ruslo/platform';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { readCart } from './cart.ts';
import * as contract from './contract-list.ts';
import { channelOf } from './routes.ts';
import * as store from './store-list.ts';
import type { ListRow } from './store-list.ts';
import { variantsFor } from './view.ts';

/** Lists that travel with a person, and where she stopped. */

const tags = ['cart'];
const mostLists = 50;
const mostItems = 500;

export function listRoutes(app: App, house: House): void {
  readRoutes(app, house);
  changeRoutes(app, house);
  itemRoutes(app, house);
}

function readRoutes(app: App, house: House): void {
  app.get(
    '/v1/customers/:id/lists',
    {
      config: { permission: 'cart.read', self: 'visitor', audit: 'list.viewed' },
      schema: {
        tags,
        summary: 'Saved lists and the list to compare, over all ids of the person',
        params: contract.whoseParams,
        querystring: contract.channelQuery,
        response: { 200: contract.lists, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const asked = await askedFor(house, request, request.params.id, request.query.channel);
      if (!asked.ok) return answer(house, request, reply, asked);
      return answer(house, request, reply, ok({ items: await shownLists(house, asked.value) }));
    },
  );
  app.get(
    '/v1/customers/:id/state',
    {
      config: { permission: 'cart.read', self: 'visitor', audit: 'customer.viewed' },
      schema: {
        tags,
        summary: 'Where she stopped: cart, lists, what she looked at and searched for, preferences; in one call',
        params: contract.whoseParams,
        querystring: contract.channelQuery,
        response: { 200: contract.state, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const asked = await askedFor(house, request, request.params.id, request.query.channel);
      if (!asked.ok) return answer(house, request, reply, asked);
      return answer(house, request, reply, await stateOf(house, asked.value));
    },
  );
}

interface Asked {
  readonly customerId: string;
  readonly person: Person;
  readonly channel: Channel;
  readonly at: Date;
}

async function askedFor(
  house: House,
  request: FastifyRequest,
  id: string,
  channel: Channel | undefined,
): Promise<Result<Asked>> {
  const customerId = whose(request, id);
  if (!customerId.ok) return customerId;
  const person = await personOf(house.db, customerId.value);
  if (person === undefined) return refuse('identity.not-found', 404);
  return ok({
    customerId: customerId.value,
    person,
    channel: channelOf(request.caller, channel),
    at: house.clock.now(),
  });
}

const itemOf = (variantId: string, at: string, variant: Variant | undefined): z.input<typeof contract.item> => ({
  variantId,
  at,
  sku: variant?.sku ?? null,
  title: variant?.title ?? null,
  image: variant?.image ?? null,
  priceMinor: variant?.priceMinor ?? null,
  currency: variant?.currency ?? null,
  state: variant?.state ?? 'withdrawn',
});

async function shownLists(house: House, asked: Asked): Promise<z.input<typeof contract.list>[]> {
  const rows = merged(await store.readLists(house.db, asked.person.ids));
  const ids = [...new Set(rows.flatMap((row) => row.items.map((item) => item.variantId)))];
  const variants = await variantsFor(house, ids, asked);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    items: row.items.map((item) => itemOf(item.variantId, item.addedAt, variants.get(item.variantId))),
  }));
}

/** One list to compare, whoever of her ids put things into it. */
function merged(rows: readonly ListRow[]): ListRow[] {
  const [first, ...others] = rows.filter((row) => row.kind === 'compare');
  const saved = rows.filter((row) => row.kind === 'saved');
  if (first === undefined) return saved;
  const items = new Map<string, ListRow['items'][number]>();
  for (const item of [first, ...others].flatMap((row) => row.items)) {
    const known = items.get(item.variantId);
    if (known === undefined || known.addedAt < item.addedAt) items.set(item.variantId, item);
  }
  const newest = [...items.values()].toSorted((a, b) => (a.addedAt < b.addedAt ? 1 : -1));
  return [{ ...first, items: newest }, ...saved];
}

/** Attributes whose key begins so are what she prefers: a size, a brand, a shop. Faces preset their filters by them. */
const preferencePrefix = 'preference_';

async function stateOf(house: House, asked: Asked): Promise<Result<z.input<typeof contract.state>>> {
  const { ids, attributes } = asked.person;
  const [cart, lists, viewed, searches] = await Promise.all([
    readCart(house, asked),
    shownLists(house, asked),
    store.readRecent(house.db, ids, 'viewed'),
    store.readRecent(house.db, ids, 'search'),
  ]);
  if (!cart.ok) return cart;
  const variants = await variantsFor(
    house,
    viewed.map((row) => row.value),
    asked,
  );
  return ok({
    cart: cart.value,
    lists,
    viewed: viewed.map(({ value, at }) => itemOf(value, at.toISOString(), variants.get(value))),
    searches: searches.map(({ value, at }) => ({ words: value, at: at.toISOString() })),
    preferences: preferencesOf(attributes),
  });
}

function preferencesOf(attributes: Person['attributes']): Record<string, string | number | string[]> {
  const preferences: Record<string, string | number | string[]> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (!key.startsWith(preferencePrefix)) continue;
    preferences[key.slice(preferencePrefix.length)] =
      typeof value === 'string' || typeof value === 'number' ? value : [...value];
  }
  return preferences;
}

const changed = (
  tx: Tx,
  from: { readonly customerId: string; readonly channel: Channel; readonly at: Date },
  data: Readonly<Record<string, unknown>>,
): Promise<void> => append(tx, [fact({ name: 'list.changed', ...from, data })]);

function changeRoutes(app: App, house: House): void {
  app.post(
    '/v1/customers/:id/lists',
    {
      config: { permission: 'cart.write', self: 'visitor', audit: 'list.changed' },
      schema: {
        tags,
        summary: 'Make a saved list',
        params: contract.whoseParams,
        body: contract.listBody,
        response: { 200: contract.listMade, 404: problemSchema, 422: problemSchema },
      },
    },
    async (request, reply) => {
      const asked = await askedFor(house, request, request.params.id, request.body.channel);
      if (!asked.ok) return answer(house, request, reply, asked);
      const { customerId, person, channel, at } = asked.value;
      const { name } = request.body;
      const result = await command(house, request, async (tx) => {
        if ((await store.countSaved(tx, person.ids)) >= mostLists)
          return refuse('cart.too-many-lists', 422, { limit: mostLists });
        const id = newId();
        await store.insertList(tx, { id, customerId, name, createdAt: at });
        await changed(tx, { customerId, channel, at }, { listId: id, op: 'made' });
        return ok({ id, kind: 'saved' as const, name });
      });
      return answer(house, request, reply, result);
    },
  );
  app.patch(
    '/v1/customers/:id/lists/:listId',
    {
      config: { permission: 'cart.write', self: 'visitor', audit: 'list.changed' },
      schema: {
        tags,
        summary: 'Rename a saved list',
        params: contract.listParams,
        body: contract.listBody,
        response: { 200: contract.listMade, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const asked = await askedFor(house, request, request.params.id, request.body.channel);
      if (!asked.ok) return answer(house, request, reply, asked);
      const { customerId, person, channel, at } = asked.value;
      const { name } = request.body;
      const result = await command(house, request, async (tx) => {
        const list = await store.lockList(tx, request.params.listId, person.ids);
        if (list === undefined) return refuse('cart.no-such-list', 404);
        await store.renameList(tx, list.id, name);
        await changed(tx, { customerId, channel, at }, { listId: list.id, op: 'renamed' });
        return ok({ id: list.id, kind: 'saved' as const, name });
      });
      return answer(house, request, reply, result);
    },
  );
  app.delete(
    '/v1/customers/:id/lists/:listId',
    {
      config: { permission: 'cart.write', self: 'visitor', audit: 'list.changed' },
      schema: {
        tags,
        summary: 'Take a saved list away',
        params: contract.listParams,
        response: { 200: contract.done, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const asked = await askedFor(house, request, request.params.id, undefined);
      if (!asked.ok) return answer(house, request, reply, asked);
      const { customerId, person, channel, at } = asked.value;
      const result = await command(house, request, async (tx) => {
        const list = await store.lockList(tx, request.params.listId, person.ids);
        if (list === undefined) return refuse('cart.no-such-list', 404);
        await store.deleteList(tx, list.id);
        await changed(tx, { customerId, channel, at }, { listId: list.id, op: 'deleted' });
        return ok({ done: true });
      });
      return answer(house, request, reply, result);
    },
  );
}

function itemRoutes(app: App, house: House): void {
  for (const method of ['PUT', 'DELETE'] as const) {
    app.route({
      method,
      url: '/v1/customers/:id/lists/:listId/items/:variantId',
      config: { permission: 'cart.write', self: 'visitor', audit: 'list.changed' },
      schema: {
        tags,
        summary: method === 'PUT' ? 'Put a variant into a list' : 'Take a variant out of a list',
        description: 'The list is an id, or `compare`.',
        params: contract.itemParams,
        querystring: contract.channelQuery,
        response: { 200: contract.done, 404: problemSchema, 422: problemSchema },
      },
      async handler(request, reply) {
        const asked = await askedFor(house, request, request.params.id, request.query.channel);
        if (!asked.ok) return answer(house, request, reply, asked);
        const { listId, variantId } = request.params;
        if (method === 'PUT' && !(await variantsFor(house, [variantId], asked.value)).has(variantId))
          return answer(house, request, reply, refuse('cart.unknown-variant', 422, { variantId }));
        const result = await command(house, request, (tx) =>
          changeItem(tx, asked.value, { method, listId, variantId }),
        );
        return answer(house, request, reply, result);
      },
    });
  }
}

async function changeItem(
  tx: Tx,
  { customerId, person, channel, at }: Asked,
  wanted: { readonly method: 'PUT' | 'DELETE'; readonly listId: string; readonly variantId: string },
): Promise<Result<{ done: boolean }>> {
  const { method, listId, variantId } = wanted;
  const isCompare = listId === 'compare';
  let done: boolean;
  if (isCompare && method === 'DELETE') {
    // Whichever of her ids put it in: it is one list to her.
    const lists = (await store.readLists(tx, person.ids)).filter((row) => row.kind === 'compare');
    done = await store.takeItem(
      tx,
      lists.map((row) => row.id),
      variantId,
    );
  } else {
    const id = isCompare ? await store.compareList(tx, newId(), customerId, at) : listId;
    const list = await store.lockList(tx, id, person.ids);
    if (list === undefined) return refuse('cart.no-such-list', 404);
    if (method === 'PUT' && list.items >= mostItems) return refuse('cart.list-full', 422, { limit: mostItems });
    done = method === 'PUT' ? await store.putItem(tx, id, variantId, at) : await store.takeItem(tx, [id], variantId);
  }
  if (done)
    await changed(tx, { customerId, channel, at }, { listId, op: method === 'PUT' ? 'put' : 'taken', variantId });
  return ok({ done });
}
