import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import { z } from 'zod';
import { blockValue, byOf, unblockValue } from './change.ts';
import * as contract from './contract.ts';
import {
  deleteAttribute,
  insertAttribute,
  listAttributes,
  listBlocked,
  listUndeclared,
  updateAttribute,
} from './store-change.ts';
import type { AttributeRow } from './store-change.ts';

const tags = ['identity'];

const show = (row: AttributeRow): z.input<typeof contract.attributeItem> => ({
  key: row.key,
  label: { ru: row.label_ru, en: row.label_en },
  type: row.type,
  options: [...row.options],
  createdAt: row.created_at.toISOString(),
});

/** Declared attributes and blocked values. */
export function settingRoutes(app: App, house: House): void {
  app.get(
    '/v1/attributes',
    {
      config: { permission: 'customer.read' },
      schema: { tags, summary: 'Declared attributes of customers', response: { 200: contract.attributesAnswer } },
    },
    async (_request, reply) =>
      reply.send({
        items: (await listAttributes(house.db)).map(show),
        nextCursor: null,
        undeclared: await listUndeclared(house.db),
      }),
  );

  app.post(
    '/v1/attributes',
    {
      config: { permission: 'attribute.manage', audit: 'attribute.declared' },
      schema: {
        tags,
        summary: 'Declare an attribute',
        description: 'From then on a trait with this key is kept when it fits the type.',
        body: contract.attributeBody,
        response: { 200: contract.attributeItem },
      },
    },
    async (request, reply) => {
      const { key, label, type, options } = request.body;
      return answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<z.input<typeof contract.attributeItem>>> => {
          const [row] = await insertAttribute(tx, {
            key,
            label_ru: label.ru,
            label_en: label.en,
            type,
            options: options ?? [],
            created_at: house.clock.now(),
          });
          return row === undefined ? refuse('identity.attribute-taken', 409, { key }) : ok(show(row));
        }),
      );
    },
  );

  app.patch(
    '/v1/attributes/:key',
    {
      config: { permission: 'attribute.manage', audit: 'attribute.changed' },
      schema: {
        tags,
        summary: 'Change the label or the options',
        params: contract.attributeParams,
        body: contract.attributePatch,
        response: { 200: contract.attributeItem },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<z.input<typeof contract.attributeItem>>> => {
          const [row] = await updateAttribute(tx, request.params.key, request.body.label, request.body.options);
          return row === undefined ? refuse('identity.not-found', 404) : ok(show(row));
        }),
      ),
  );

  app.delete(
    '/v1/attributes/:key',
    {
      config: { permission: 'attribute.manage', audit: 'attribute.removed' },
      schema: {
        tags,
        summary: 'Take a declaration back',
        description: 'Stored values stay and are hidden; declared again, they are shown again.',
        params: contract.attributeParams,
        response: { 200: z.object({ key: z.string() }) },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<{ key: string }>> => {
          const [row] = await deleteAttribute(tx, request.params.key);
          return row === undefined ? refuse('identity.not-found', 404) : ok(row);
        }),
      ),
  );
  blockedRoutes(app, house);
}

const listQuery = z.object({
  cursor: z.string().max(6_000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const cursorShape = z.tuple([z.iso.datetime(), z.string(), z.string()]);

function blockedRoutes(app: App, house: House): void {
  app.get(
    '/v1/blocked-identifiers',
    {
      config: { permission: 'customer.read' },
      schema: {
        tags,
        summary: 'Values that name nobody',
        querystring: listQuery,
        response: { 200: contract.page(contract.blockedItem) },
      },
    },
    async (request, reply) => {
      const { cursor, limit } = request.query;
      const after = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && after === undefined)
        return answer(house, request, reply, refuse('identity.bad-cursor', 400));
      const rows = await listBlocked(house.db, after, limit);
      const last = rows.at(-1);
      return reply.send({
        items: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
        nextCursor:
          rows.length === limit && last !== undefined
            ? Buffer.from(JSON.stringify([last.at.toISOString(), last.kind, last.value])).toString('base64url')
            : null,
      });
    },
  );

  app.post(
    '/v1/blocked-identifiers',
    {
      config: { permission: 'attribute.manage', audit: 'identifier.blocked' },
      schema: {
        tags,
        summary: 'Block a value',
        description: 'It names nobody from then on: an office phone, the e-mail of a shop.',
        body: contract.blockedBody,
        response: { 200: contract.blockedItem },
      },
    },
    async (request, reply) => {
      const { kind, value, why } = request.body;
      const blocked = await command(house, request, async (tx) => {
        const row = await blockValue(tx, kind, value, why, byOf(request.caller), house.clock.now());
        return row.ok ? ok({ ...row.value, at: row.value.at.toISOString() }) : row;
      });
      return answer(house, request, reply, blocked);
    },
  );

  app.delete(
    '/v1/blocked-identifiers',
    {
      config: { permission: 'attribute.manage', audit: 'identifier.unblocked' },
      schema: {
        tags,
        summary: 'Unblock a value',
        querystring: contract.blockedQuery,
        response: { 200: contract.blockedQuery },
      },
    },
    async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, (tx) => unblockValue(tx, request.query.kind, request.query.value)),
      ),
  );
}

function readCursor(text: string): { at: string; kind: string; value: string } | undefined {
  try {
    const [at, kind, value] = cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { at, kind, value };
  } catch {
    return undefined;
  }
}
