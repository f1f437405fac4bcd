import { createHash } from 'node:crypto';
import { members } from '@ruslo/identity';
import { isUuid, ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, newId, problemSchema, whose, whoseParams } from '@ruslo/platform';
import type { App, Caller, House } from '@ruslo/platform';
import type { z } from 'zod';
import { activateById, blockCard, findCard, guessMostOfKey, issueCards } from './card.ts';
import * as contract from './contract.ts';
import type { Balance } from './contract.ts';
import { balance, earn, takeOut } from './ledger.ts';
import { proveLedger } from './proof.ts';
import { insertNote, showCard, showCardEntries, showCards, showEntries, showLots, sumLots } from './store-read.ts';
import type { EntryCursor, ShownCard, ShownEntry } from './store-read.ts';

const tags = ['wallet'];

type Request = Parameters<typeof whose>[0];
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const showBalance = (of: Balance): z.infer<typeof contract.balanceSchema> => ({
  ...of,
  expiring: of.expiring.map((one) => ({ at: one.at.toISOString(), amount: one.amount })),
});

/** The ids of the person whom the path names, if the caller may ask for her. */
async function personOf(house: House, request: Request, id: string): Promise<Result<string[]>> {
  const customer = whose(request, id);
  if (!customer.ok) return customer;
  const ids = await members(house.db, customer.value);
  return ids.length === 0 ? refuse('identity.not-found', 404) : ok(ids);
}

const cursorOf = (entry: ShownEntry): string => `${entry.at.getTime()}.${entry.id}`;

function readCursor(text: string | undefined): EntryCursor | undefined | 'bad' {
  if (text === undefined) return undefined;
  const [ms = '', id = ''] = text.split('.');
  return /^\d{1,15}$/.test(ms) && isUuid(id) ? { at: new Date(Number(ms)), id } : 'bad';
}

function showPage(house: House, request: Request, rows: readonly ShownEntry[], limit: number) {
  const last = rows.at(-1);
  const isStaff = request.caller.kind !== 'customer';
  return {
    items: rows.map((row) => ({
      ...row,
      at: row.at.toISOString(),
      availableAt: iso(row.availableAt),
      expiresAt: iso(row.expiresAt),
      text: textOf(house, request.locale, row),
      note: isStaff ? row.note : null,
    })),
    nextCursor: rows.length === limit && last !== undefined ? cursorOf(last) : null,
  };
}

/** What happened in words; the reason says more than the act where there is a word for it. */
function textOf(house: House, locale: 'ru' | 'en', entry: ShownEntry): string {
  const reason = `wallet.reason.${entry.reason}`;
  return house.words.say(locale, entry.reason !== '' && house.words.has(reason) ? reason : `wallet.what.${entry.what}`);
}

export function purseRoutes(app: App, house: House): void {
  app.get(
    '/v1/customers/:id/purse',
    {
      config: { permission: 'purse.read', self: 'signed-in', audit: 'purse.viewed' },
      schema: {
        tags,
        summary: 'Points and store credit of a person, with their lots',
        description: 'Judged now: what has expired is not counted, whether it is booked yet or not.',
        params: whoseParams,
        response: { 200: contract.purseSchema },
      },
    },
    async (request, reply) => {
      const ids = await personOf(house, request, request.params.id);
      if (!ids.ok) return answer(house, request, reply, ids);
      const now = house.clock.now();
      const points = await balance(house.db, ids.value, 'points', now);
      const credit = await balance(house.db, ids.value, 'credit', now);
      const lots = await showLots(house.db, ids.value);
      return reply.send({
        customerId: ids.value[0] ?? '',
        points: showBalance(points),
        credit: showBalance(credit),
        lots: lots.map((lot) => ({
          ...lot,
          kind: lot.kind === 'credit' ? ('credit' as const) : ('points' as const),
          availableAt: lot.availableAt.toISOString(),
          expiresAt: iso(lot.expiresAt),
        })),
      });
    },
  );

  app.get(
    '/v1/customers/:id/purse/entries',
    {
      config: { permission: 'purse.read', self: 'signed-in', audit: 'purse.viewed' },
      schema: {
        tags,
        summary: 'Every entry of a purse, newest first: what, why, for which order, and what stood after it',
        params: whoseParams,
        querystring: contract.entriesQuery,
        response: { 200: contract.entryPage },
      },
    },
    async (request, reply) => {
      const ids = await personOf(house, request, request.params.id);
      if (!ids.ok) return answer(house, request, reply, ids);
      const { kind, limit } = request.query;
      const before = readCursor(request.query.cursor);
      if (before === 'bad') return answer(house, request, reply, refuse('wallet.bad-cursor', 400));
      return reply.send(showPage(house, request, await showEntries(house.db, ids.value, kind, before, limit), limit));
    },
  );

  app.post(
    '/v1/customers/:id/purse/adjust',
    {
      config: { permission: 'purse.adjust', audit: 'purse.adjusted' },
      schema: {
        tags,
        summary: 'Give or take by hand, with a reason',
        description: 'Send an Idempotency-Key. Refuses to take more than there is.',
        params: whoseParams,
        body: contract.adjustBody,
        response: { 200: contract.adjustedSchema, 409: problemSchema },
      },
    },
    async (request, reply) =>
      answer(house, request, reply, await adjust(house, request, request.params.id, request.body)),
  );
}

const byOf = (caller: Caller): string => (caller.kind === 'anonymous' ? 'anonymous' : `${caller.kind}:${caller.id}`);

async function adjust(
  house: House,
  request: Request,
  id: string,
  body: z.infer<typeof contract.adjustBody>,
): Promise<Result<z.infer<typeof contract.adjustedSchema>>> {
  const customer = whose(request, id);
  if (!customer.ok) return customer;
  const customerId = customer.value;
  const { kind, amount } = body;
  return command(house, request, async (tx) => {
    const now = house.clock.now();
    const customerIds = await members(tx, customerId);
    if (customerIds.length === 0) return refuse('identity.not-found', 404);
    const key = newId();
    if (amount > 0) {
      const expiresAt = body.expiresAt === null ? null : new Date(body.expiresAt);
      await earn(tx, [
        {
          customerId,
          kind,
          amount,
          availableAt: now,
          expiresAt,
          ref: null,
          reason: 'correction',
          key: `adjust:${key}`,
          now,
        },
      ]);
      await insertNote(tx, `earned:adjust:${key}`, body.reason, byOf(request.caller));
    } else {
      const taken = await takeOut(tx, { customerIds, customerId, kind, amount: -amount, key, now });
      if (!taken.ok) return taken;
      await insertNote(tx, `adjusted:${key}`, body.reason, byOf(request.caller));
    }
    return ok({ customerId, kind, amount, active: (await balance(tx, customerIds, kind, now)).active });
  });
}

const showOne = (card: ShownCard): z.infer<typeof contract.cardSchema> => ({
  ...card,
  expiresAt: iso(card.expiresAt),
  issuedAt: card.issuedAt.toISOString(),
  activatedAt: iso(card.activatedAt),
  blockedAt: iso(card.blockedAt),
  refundedAt: iso(card.refundedAt),
});

/** Who guesses: staff by themselves, a customer by her address (a visitor's session costs nothing), a key by whom it names. */
export function askerOf(request: Request, named: string | undefined): string {
  const { caller } = request;
  if (caller.kind === 'staff') return `staff:${caller.id}`;
  if (caller.kind === 'key') return `key:${caller.id}:${named === undefined ? '' : hashOf(named)}`;
  return `address:${hashOf(request.ip)}`;
}
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

export function cardRoutes(app: App, house: House): void {
  app.post(
    '/v1/gift-cards',
    {
      config: { permission: 'card.manage', audit: 'card.issued' },
      schema: {
        tags,
        summary: 'Make gift cards',
        description:
          'The codes are in this answer and nowhere else: the same Idempotency-Key again answers without them.',
        body: contract.issueBody,
        response: { 200: contract.issuedSchema },
      },
    },
    async (request, reply) => {
      const { amountsMinor, currency, active } = request.body;
      const expiresAt = request.body.expiresAt === null ? null : new Date(request.body.expiresAt);
      const codes = new Map<string, string>();
      // The answer of a command is kept for its key, so the codes go around it.
      const result = await command(house, request, async (tx) => {
        codes.clear();
        const now = house.clock.now();
        const cards = await issueCards(tx, { amountsMinor, currency, ref: null, expiresAt, key: newId(), now });
        if (active)
          await activateById(
            tx,
            cards.map((card) => card.id),
            now,
          );
        for (const card of cards) codes.set(card.id, card.code);
        return ok({ cards: cards.map(({ id, last4 }) => ({ id, last4 })) });
      });
      if (!result.ok) return answer(house, request, reply, result);
      return reply.send({ cards: result.value.cards.map((card) => ({ ...card, code: codes.get(card.id) ?? null })) });
    },
  );

  app.get(
    '/v1/gift-cards',
    {
      config: { permission: 'purse.read' },
      schema: {
        tags,
        summary: 'Gift cards, newest first',
        querystring: contract.cardsQuery,
        response: { 200: contract.cardPage },
      },
    },
    async (request, reply) => {
      const { cursor, limit, state, last4, ref } = request.query;
      if (cursor !== undefined && !isUuid(cursor))
        return answer(house, request, reply, refuse('wallet.bad-cursor', 400));
      const from = { now: house.clock.now(), state: state ?? null, last4: last4 ?? null, ref: ref ?? null };
      const rows = await showCards(house.db, from, cursor, limit);
      return reply.send({
        items: rows.map(showOne),
        nextCursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
      });
    },
  );

  app.get(
    '/v1/gift-cards/:id',
    {
      config: { permission: 'purse.read' },
      schema: { tags, summary: 'A gift card', params: contract.cardParams, response: { 200: contract.cardSchema } },
    },
    async (request, reply) => {
      const card = await showCard(house.db, request.params.id, house.clock.now());
      return answer(house, request, reply, card === undefined ? refuse('wallet.no-such-card', 404) : ok(showOne(card)));
    },
  );

  app.get(
    '/v1/gift-cards/:id/entries',
    {
      config: { permission: 'purse.read' },
      schema: {
        tags,
        summary: 'Every entry of a gift card, newest first',
        params: contract.cardParams,
        querystring: contract.listQuery,
        response: { 200: contract.entryPage },
      },
    },
    async (request, reply) => {
      const { limit } = request.query;
      const before = readCursor(request.query.cursor);
      if (before === 'bad') return answer(house, request, reply, refuse('wallet.bad-cursor', 400));
      return reply.send(
        showPage(house, request, await showCardEntries(house.db, request.params.id, before, limit), limit),
      );
    },
  );
  guardedCardRoutes(app, house);
}

function guardedCardRoutes(app: App, house: House): void {
  app.post(
    '/v1/gift-cards/check',
    {
      config: { permission: 'purse.read', self: 'visitor' },
      schema: {
        tags,
        summary: 'What is on the card of a code',
        description:
          'Wrong codes are counted by who asks and over all; beyond the limit right ones are refused as well.',
        body: contract.checkBody,
        response: { 200: contract.checkedSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const asker = askerOf(request, request.body.asker);
      const isMany = request.caller.kind === 'key' && request.body.asker === undefined;
      const found = await findCard(house.db, {
        code: request.body.code,
        asker,
        now: house.clock.now(),
        ...(isMany ? { most: guessMostOfKey } : {}),
      });
      return answer(
        house,
        request,
        reply,
        found.ok ? ok({ ...found.value, expiresAt: iso(found.value.expiresAt) }) : found,
      );
    },
  );

  app.post(
    '/v1/gift-cards/:id/block',
    {
      config: { permission: 'card.manage', audit: 'card.blocked' },
      schema: {
        tags,
        summary: 'Block a gift card; what is on it stays',
        params: contract.cardParams,
        body: contract.blockBody,
        response: { 200: contract.cardSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const result = await command(house, request, async (tx): Promise<Result<z.infer<typeof contract.cardSchema>>> => {
        const now = house.clock.now();
        const blocked = await blockCard(tx, id, request.body.why, now);
        if (!blocked.ok) return blocked;
        const card = await showCard(tx, id, now);
        return card === undefined ? refuse('wallet.no-such-card', 404) : ok(showOne(card));
      });
      return answer(house, request, reply, result);
    },
  );

  app.get(
    '/v1/wallet/proof',
    {
      config: { permission: 'purse.read' },
      schema: {
        tags,
        summary: 'Proof of the ledger: lots against entries, holds against lots; no differences = proven',
        response: { 200: contract.proofSchema },
      },
    },
    async () => {
      const differences = await proveLedger(house.db);
      return {
        proven: differences.length === 0,
        differences: [...differences],
        sums: await sumLots(house.db),
        at: house.clock.now().toISOString(),
      };
    },
  );
}
