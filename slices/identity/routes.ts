import { isUuid, ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import type { z } from 'zod';
import { broughtBy, portraitOf, probability, showItem } from './card.ts';
import { byOf, change, dismiss, mergeByHand } from './change.ts';
import * as contract from './contract.ts';
import { findHolder } from './find.ts';
import { unmerge } from './merge.ts';
import { search } from './search.ts';
import { listAttributes } from './store-change.ts';
import { joinsOf } from './store-merge.ts';
import type { Join } from './store-merge.ts';
import {
  headOf,
  listByContact,
  listHeads,
  listSuggestions,
  loadContacts,
  loadIdentifiers,
  loadItems,
  loadMembers,
  siftHeads,
} from './store-read.ts';
import type { Filter, SuggestionRow } from './store-read.ts';
import type { AttributeType } from './trait.ts';

const tags = ['identity'];

export function customerRoutes(app: App, house: House): void {
  app.get(
    '/v1/customers',
    {
      config: { permission: 'customer.read', audit: 'customer.searched' },
      schema: {
        tags,
        summary: 'Customers: search and filter',
        description:
          'Newest first; with a channel or a time of last contact, or sorted by it, the latest contact first; with q the likeliest first.',
        querystring: contract.listQuery,
        response: { 200: contract.page(contract.customerItem) },
      },
    },
    async (request, reply) => answer(house, request, reply, await list(house, request.query)),
  );

  app.get(
    '/v1/customers/lookup',
    {
      config: { permission: 'customer.read', audit: 'customer.looked-up' },
      schema: {
        tags,
        summary: 'The customer behind an identifier, for a till or a call line',
        description:
          'The value is normalised: a phone in any form, a scanned card, an e-mail in capitals. Who proved it comes before who claimed it; 409 identity.ambiguous when several only claim it.',
        querystring: contract.lookupQuery,
        response: { 200: contract.lookupAnswer },
      },
    },
    async (request, reply) => {
      const found = await lookup(house, request.query.kind, request.query.value);
      if (found.ok) request.shown = [found.value.id];
      return answer(house, request, reply, found);
    },
  );

  app.get(
    '/v1/customers/:id',
    {
      config: { permission: 'customer.read', audit: 'customer.viewed' },
      schema: {
        tags,
        summary: 'One person: who, identifiers, what joined them, suggestions',
        description: 'Any id of the person will do.',
        params: contract.idParams,
        response: { 200: contract.customerCard },
      },
    },
    async (request, reply) => answer(house, request, reply, await card(house, request.params.id)),
  );

  app.patch(
    '/v1/customers/:id',
    {
      config: { permission: 'customer.write', audit: 'customer.changed' },
      schema: {
        tags,
        summary: 'Correct a person by hand',
        description: 'What is set here is not overwritten by tracked traits; null empties a field.',
        params: contract.idParams,
        body: contract.patchBody,
        response: { 200: contract.customerCard },
      },
    },
    async (request, reply) => {
      const changed = await command(house, request, (tx) =>
        change(tx, request.params.id, request.body, byOf(request.caller), house.clock.now()),
      );
      return answer(house, request, reply, changed.ok ? await card(house, changed.value.id) : changed);
    },
  );

  app.post(
    '/v1/customers/:id/merge',
    {
      config: { permission: 'customer.merge', audit: 'customer.merged' },
      schema: {
        tags,
        summary: 'Say that two are one person',
        description: 'Every event keeps its owner, so it can be taken back at any time. Takes an Idempotency-Key.',
        params: contract.idParams,
        body: contract.mergeBody,
        response: { 200: contract.mergeAnswer },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, (tx) =>
          mergeByHand(tx, { id: request.params.id, ...request.body }, byOf(request.caller), house.clock.now()),
        ),
      ),
  );

  app.post(
    '/v1/customers/:id/unmerge',
    {
      config: { permission: 'customer.merge', audit: 'customer.unmerged' },
      schema: {
        tags,
        summary: 'Take a merge back',
        description:
          'Any standing merge of the person, in any order. The two are kept apart from then on. Takes an Idempotency-Key.',
        params: contract.idParams,
        body: contract.unmergeBody,
        response: { 200: contract.unmergeAnswer },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<{ ids: string[] }>> => {
          const { mergeId, why } = request.body;
          const parted = await unmerge(tx, mergeId, byOf(request.caller), why, house.clock.now(), request.params.id);
          return parted.ok ? ok({ ids: [...parted.value.customerIds] }) : parted;
        }),
      ),
  );
  suggestionRoutes(app, house);
}

function suggestionRoutes(app: App, house: House): void {
  app.get(
    '/v1/suggestions',
    {
      config: { permission: 'customer.read', audit: 'suggestion.viewed' },
      schema: {
        tags,
        summary: 'Who may be one person',
        querystring: contract.suggestionsQuery,
        response: { 200: contract.page(contract.suggestionItem) },
      },
    },
    async (request, reply) => {
      const { state, customerId, cursor, limit } = request.query;
      const head = customerId === undefined ? undefined : ((await headOf(house.db, customerId)) ?? customerId);
      if (head !== undefined) request.shown = [head];
      const rows = await listSuggestions(house.db, state, { before: cursor, limit, head });
      return reply.send({
        items: await showSuggestions(house, rows),
        nextCursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
      });
    },
  );

  app.post(
    '/v1/suggestions/:id/dismiss',
    {
      config: { permission: 'customer.merge', audit: 'suggestion.dismissed' },
      schema: {
        tags,
        summary: 'Say that two are two',
        description: 'No rule will join them from then on.',
        params: contract.idParams,
        body: contract.dismissBody,
        response: { 200: contract.done },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, (tx) =>
          dismiss(tx, request.params.id, request.body.why, byOf(request.caller), house.clock.now()),
        ),
      ),
  );
}

type ListQuery = z.output<typeof contract.listQuery>;
type Page = z.input<ReturnType<typeof contract.page<typeof contract.customerItem>>>;

/** How many of a search pass the filters at most. */
const searchReach = 200;

async function list(house: House, query: ListQuery): Promise<Result<Page>> {
  const { q = '', channel, lastSeenFrom, lastSeenTo, hasSuggestion, known, sort, cursor, limit } = query;
  const attributes = await attributeFilters(house, query);
  if (!attributes.ok) return attributes;
  const filter: Filter = {
    channel,
    lastSeenFrom,
    lastSeenTo,
    hasSuggestion,
    isKnown: known,
    attributes: attributes.value,
  };
  if (q.trim() !== '') return searchPage(house, query, filter);
  if (sort === 'lastSeen' || channel !== undefined || lastSeenFrom !== undefined || lastSeenTo !== undefined)
    return contactPage(house, query, filter);
  if (cursor !== undefined && !isUuid(cursor)) return refuse('identity.bad-cursor', 400);
  const heads = await listHeads(house.db, filter, cursor, limit);
  return ok({
    items: (await loadItems(house.db, heads)).map(showItem),
    nextCursor: heads.length === limit ? (heads.at(-1) ?? null) : null,
  });
}

async function searchPage(house: House, { q = '', cursor, limit }: ListQuery, filter: Filter): Promise<Result<Page>> {
  const from = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isInteger(from) || from < 0) return refuse('identity.bad-cursor', 400);
  const isFiltered =
    filter.attributes.length > 0 ||
    [filter.channel, filter.lastSeenFrom, filter.lastSeenTo, filter.hasSuggestion, filter.isKnown].some(
      (value) => value !== undefined,
    );
  const found = await search(house.db, q, isFiltered ? searchReach : Math.min(from + limit + 1, searchReach));
  const heads = isFiltered && found.length > 0 ? await siftHeads(house.db, filter, found) : found;
  const shown = heads.slice(from, from + limit);
  return ok({
    items: (await loadItems(house.db, shown)).map(showItem),
    nextCursor: heads.length > from + limit ? String(from + limit) : null,
  });
}

async function contactPage(house: House, { cursor, limit }: ListQuery, filter: Filter): Promise<Result<Page>> {
  const [micros = '', customerId = ''] = cursor?.split('~') ?? [];
  if (cursor !== undefined && !(/^\d{1,17}$/.test(micros) && isUuid(customerId)))
    return refuse('identity.bad-cursor', 400);
  const rows = await listByContact(house.db, filter, cursor === undefined ? undefined : { micros, customerId }, limit);
  const last = rows.at(-1);
  return ok({
    items: (
      await loadItems(
        house.db,
        rows.map((row) => row.id),
      )
    ).map(showItem),
    nextCursor: rows.length === limit && last !== undefined ? `${last.micros}~${last.customerId}` : null,
  });
}

/** `attribute.KEY=value` as what the stored attributes must contain. */
async function attributeFilters(house: House, query: ListQuery): Promise<Result<unknown[]>> {
  const given = Object.entries(query).filter(([key]) => key.startsWith('attribute.'));
  if (given.length === 0) return ok([]);
  const types = new Map((await listAttributes(house.db)).map((row) => [row.key, row.type]));
  const wanted: unknown[] = [];
  for (const [name, text] of given) {
    const key = name.slice('attribute.'.length);
    const type: AttributeType | undefined = types.get(key);
    if (type === undefined) return refuse('identity.unknown-attribute', 422, { key: key.slice(0, 60) });
    wanted.push({ [key]: type === 'list' ? [text] : type === 'number' || type === 'money' ? Number(text) : text });
  }
  return ok(wanted);
}

async function lookup(house: House, kind: string, raw: string): Promise<Result<z.input<typeof contract.lookupAnswer>>> {
  const holder = await findHolder(house.db, kind, raw);
  if (!holder.ok) return holder;
  const found = holder.value;
  const [item] = await loadItems(house.db, [found.headId]);
  if (item === undefined) return refuse('identity.not-found', 404);
  return ok({ ...showItem(item), customerId: found.customerId, proof: found.proof, state: found.state });
}

const maxIdentifiers = 300;

async function card(house: House, id: string): Promise<Result<z.input<typeof contract.customerCard>>> {
  const head = await headOf(house.db, id);
  if (head === undefined) return refuse('identity.not-found', 404);
  const [members, identifiers, contacts, merges, suggestions, attributes] = await Promise.all([
    loadMembers(house.db, head),
    loadIdentifiers(house.db, head, maxIdentifiers),
    loadContacts(house.db, head),
    joinsOf(house.db, head, 1_000),
    listSuggestions(house.db, 'open', { before: undefined, limit: 50, head }),
    listAttributes(house.db),
  ]);
  const portrait = portraitOf(members);
  const brought = broughtBy(head, merges);
  const declared = new Set(attributes.map((attribute) => attribute.key));
  const lastOf = new Map<string, Date>();
  const channels = new Map<string, { firstAt: Date; lastAt: Date }>();
  for (const row of contacts) {
    const last = lastOf.get(row.customerId);
    if (last === undefined || row.lastAt > last) lastOf.set(row.customerId, row.lastAt);
    const known = channels.get(row.channel);
    channels.set(row.channel, {
      firstAt: known !== undefined && known.firstAt < row.firstAt ? known.firstAt : row.firstAt,
      lastAt: known !== undefined && known.lastAt > row.lastAt ? known.lastAt : row.lastAt,
    });
  }
  const lastSeenAt = [...lastOf.values()].reduce<Date | null>(
    (last, at) => (last === null || at > last ? at : last),
    null,
  );
  // A claim beside a proof of the same value says nothing more.
  const proven = new Set(identifiers.filter((row) => row.proof === 'proven').map((row) => `${row.kind} ${row.value}`));
  return ok({
    id: head,
    ...portrait,
    createdAt: (members[0]?.createdAt ?? new Date(0)).toISOString(),
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
    attributes: Object.fromEntries(
      Object.entries(portrait.attributes)
        .filter(([key]) => declared.has(key))
        .map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]),
    ),
    identifiers: identifiers
      .filter((row) => row.proof === 'proven' || !proven.has(`${row.kind} ${row.value}`))
      .map(({ total: _total, ...row }) => ({
        ...row,
        firstSeenAt: row.firstSeenAt.toISOString(),
        lastSeenAt: (lastOf.get(row.customerId) ?? row.firstSeenAt).toISOString(),
      })),
    identifierCount: identifiers[0]?.total ?? 0,
    members: members.map((row) => ({
      id: row.id,
      createdAt: row.createdAt.toISOString(),
      name: { first: row.first, middle: row.middle, last: row.last },
      merge: showMerge(brought.get(row.id)),
    })),
    channels: [...channels].map(([channel, { firstAt, lastAt }]) => ({
      channel,
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
    })),
    suggestions: await showSuggestions(house, suggestions),
  });
}

const showMerge = (merge: Join | undefined): z.input<typeof contract.mergeItem> | null =>
  merge === undefined
    ? null
    : {
        id: merge.mergeId,
        at: merge.at.toISOString(),
        by: merge.by,
        why: merge.why,
        evidence: merge.evidence.map((line) => ({ ...line })),
      };

async function showSuggestions(
  house: House,
  rows: readonly SuggestionRow[],
): Promise<z.input<typeof contract.suggestionItem>[]> {
  const items = new Map(
    (await loadItems(house.db, [...new Set(rows.flatMap((row) => [row.headA, row.headB]))])).map((item) => [
      item.id,
      item,
    ]),
  );
  const nobody = { first: null, middle: null, last: null };
  const person = (id: string): z.input<typeof contract.suggestionItem>['a'] => {
    const item = items.get(id);
    return {
      id,
      name: item?.name ?? nobody,
      phone: item?.phone ?? null,
      email: item?.email ?? null,
      card: item?.card ?? null,
    };
  };
  return rows.map((row) => ({
    id: row.id,
    a: person(row.headA),
    b: person(row.headB),
    score: probability(row.score),
    evidence: row.evidence.map((line) => ({ ...line })),
    raisedAt: row.raisedAt.toISOString(),
    state: row.state,
    decidedAt: row.decidedAt?.toISOString() ?? null,
    why: row.why,
  }));
}
