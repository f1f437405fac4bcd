import { randomInt } from 'node:crypto';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema } from '@ruslo/platform';
import type { App, House, Tx } from '@ruslo/platform';
import { z } from 'zod';
import { addCoupons } from './bulk.ts';
import type { AddedCoupon } from './bulk.ts';
import * as contract from './contract.ts';
import { normaliseCode } from './rules.ts';
import { couponsById, listCoupons, patchCoupon, ruleById } from './store.ts';
import type { ListedCoupon } from './store.ts';

const tags = ['offer'];
const params = z.object({ id: z.uuid() });

/** Without letters and digits that people take for each other; ten of them are 50 bits, so nobody guesses one. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const uniqueLength = 10;
const newCode = (prefix: string): string =>
  prefix + Array.from({ length: uniqueLength }, () => alphabet[randomInt(alphabet.length)]).join('');

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const show = (row: ListedCoupon): contract.CouponItem => ({
  id: row.id,
  code: row.code,
  kind: row.kind,
  state: row.state,
  uses: row.mostUses,
  perCustomer: row.mostEach,
  used: row.used,
  validFrom: iso(row.validFrom),
  validUntil: iso(row.validUntil),
  createdAt: row.createdAt.toISOString(),
});

/** A unique code is as good as money: who only looks sees its end, unless she was told all of it. */
const hidden = (item: contract.CouponItem): contract.CouponItem =>
  item.kind === 'unique' ? { ...item, code: `…${item.code.slice(-4)}` } : item;

const dateOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

type Added = Result<{ items: contract.CouponItem[] }>;

async function add(house: House, tx: Tx, ruleId: string, body: z.output<typeof contract.couponsBody>): Promise<Added> {
  const now = house.clock.now();
  const rule = await ruleById(tx, ruleId);
  if (rule === undefined) return refuse('offer.not-found', 404);
  if (rule.state === 'archived') return refuse('offer.archived', 409);
  const terms = {
    ruleId,
    perCustomer: body.perCustomer,
    validFrom: dateOf(body.validFrom),
    validUntil: dateOf(body.validUntil),
  };
  const coupons: AddedCoupon[] =
    'code' in body
      ? [{ ...terms, kind: 'shared', code: body.code, uses: body.uses }]
      : Array.from({ length: body.count }, () => ({ ...terms, kind: 'unique', code: newCode(body.prefix) }));
  const ids = (await addCoupons(tx, coupons, now)).flatMap((id) => id ?? []);
  // Two drawn codes are the same once in thousands of years; then the command may be sent again.
  if (ids.length < coupons.length) return refuse('offer.code-taken', 409);
  return ok({ items: (await couponsById(tx, ids)).map(show) });
}

/** Codes that people type, and what they are good for. */
export function couponRoutes(app: App, house: House): void {
  app.route({
    method: 'POST',
    url: '/v1/promotions/:id/coupons',
    config: { permission: 'offer.manage', audit: 'coupon.created' },
    schema: {
      tags,
      summary: 'Add one code for all, or draw unique codes',
      params,
      body: contract.couponsBody,
      response: {
        200: z.object({ items: z.array(contract.couponSchema) }),
        404: problemSchema,
        409: problemSchema,
      },
    },
    handler: async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, (tx) => add(house, tx, request.params.id, request.body)),
      ),
  });
  app.route({
    method: 'GET',
    url: '/v1/promotions/:id/coupons',
    config: { permission: 'offer.read' },
    schema: {
      tags,
      summary: 'Coupons of a promotion, newest first',
      description: 'Unique codes in full only for who may manage offers, or who searches for the whole code.',
      params,
      querystring: contract.couponsQuery,
      response: { 200: contract.pageOf(contract.couponSchema) },
    },
    async handler(request) {
      const { search, cursor, limit } = request.query;
      const code = normaliseCode(search ?? '');
      const rows = await listCoupons(house.db, {
        ruleId: request.params.id,
        ...(code === '' ? {} : { search: code }),
        ...(cursor === undefined ? {} : { before: cursor }),
        limit: limit + 1,
      });
      const { caller } = request;
      const isManager = caller.kind !== 'anonymous' && caller.permissions.has('offer.manage');
      const items = rows.slice(0, limit).map((row) => (isManager || row.code === code ? show(row) : hidden(show(row))));
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  });
  app.route({
    method: 'PATCH',
    url: '/v1/promotions/:id/coupons/:couponId',
    config: { permission: 'offer.manage', audit: 'coupon.changed' },
    schema: {
      tags,
      summary: 'Block a coupon, or move its end',
      params: z.object({ id: z.uuid(), couponId: z.uuid() }),
      body: contract.couponPatch,
      response: { 200: contract.couponSchema, 404: problemSchema },
    },
    handler: async (request, reply) =>
      answer(
        house,
        request,
        reply,
        await command(house, request, async (tx): Promise<Result<contract.CouponItem>> => {
          const { id, couponId } = request.params;
          const { state, validUntil } = request.body;
          const isThere = await patchCoupon(tx, id, couponId, {
            state,
            validUntil: validUntil === null ? null : dateOf(validUntil),
          });
          const [row] = isThere ? await couponsById(tx, [couponId]) : [];
          return row === undefined ? refuse('offer.not-found', 404) : ok(show(row));
        }),
      ),
  });
}
