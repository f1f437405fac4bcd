import { members } from '@ruslo/identity';
import { isUuid, ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema, whose, whoseParams } from '@ruslo/platform';
import type { App, Caller, House } from '@ruslo/platform';
import { balance } from '@ruslo/wallet';
import type { z } from 'zod';
import * as contract from './contract.ts';
import type { PointsQuote } from './contract.ts';
import { settingsSchema } from './contract.ts';
import { compile, quote, tierAt } from './rules.ts';
import { statementOf } from './statement.ts';
import { insertProgramme, lockProgramme, readStanding, readVersion, readVersions } from './store.ts';
import type { ProgrammeRow } from './store.ts';

const tags = ['loyalty'];

const byOf = (caller: Caller): string => (caller.kind === 'anonymous' ? 'anonymous' : `${caller.kind}:${caller.id}`);

const showProgramme = (row: ProgrammeRow | undefined): z.infer<typeof contract.programmeSchema> => ({
  version: row?.version ?? 0,
  settings: settingsSchema.parse(row?.settings ?? {}),
  by: row?.by ?? null,
  at: row?.at.toISOString() ?? null,
});

export function programmeRoutes(app: App, house: House): void {
  app.get(
    '/v1/loyalty/programme',
    {
      config: { permission: 'loyalty.read' },
      schema: { tags, summary: 'The programme in force', response: { 200: contract.programmeSchema } },
    },
    async () => showProgramme(await readVersion(house.db)),
  );

  app.get(
    '/v1/loyalty/programme/versions',
    {
      config: { permission: 'loyalty.read' },
      schema: {
        tags,
        summary: 'Versions of the programme, newest first',
        querystring: contract.versionQuery,
        response: { 200: contract.versionPage },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const rows = await readVersions(house.db, cursor ?? null, limit);
      const last = rows.at(-1);
      return {
        items: rows.map((row) => ({ version: row.version, by: row.by, at: row.at.toISOString() })),
        nextCursor: rows.length === limit && last !== undefined ? String(last.version) : null,
      };
    },
  );

  app.put(
    '/v1/loyalty/programme',
    {
      config: { permission: 'loyalty.manage', audit: 'programme.saved' },
      schema: {
        tags,
        summary: 'Change the programme',
        description: 'Makes a new version, which holds for orders from now on; points that are there keep their dates.',
        body: contract.saveBody,
        response: { 200: contract.programmeSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const { settings, version } = request.body;
      const result = await command(
        house,
        request,
        async (tx): Promise<Result<z.infer<typeof contract.programmeSchema>>> => {
          await lockProgramme(tx);
          const current = (await readVersion(tx))?.version ?? 0;
          if (current !== version) return refuse('loyalty.changed-meanwhile', 409, { version: current });
          await insertProgramme(tx, settings, byOf(request.caller), house.clock.now());
          return ok(showProgramme(await readVersion(tx)));
        },
      );
      return answer(house, request, reply, result);
    },
  );

  app.post(
    '/v1/loyalty/what-if',
    {
      config: { permission: 'loyalty.read' },
      schema: {
        tags,
        summary: 'What points a basket would earn and could be paid with; changes nothing',
        description: 'Under the programme in force or under settings that are being tried.',
        body: contract.whatIfBody,
        response: { 200: contract.quoteSchema },
      },
    },
    async (request, reply) => answer(house, request, reply, ok(await whatIf(house, request.body))),
  );
}

async function whatIf(
  house: House,
  body: z.infer<typeof contract.whatIfBody>,
): Promise<z.infer<typeof contract.quoteSchema>> {
  const now = house.clock.now();
  const customerIds = body.customerId === undefined ? [] : await members(house.db, body.customerId);
  const standing = await readStanding(house.db, customerIds, now);
  const programme = body.settings === undefined ? standing.programme : compile(body.settings);
  const purse = await balance(house.db, customerIds, 'points', now);
  const tier =
    body.tier === undefined
      ? tierAt(programme, standing.rows, now.getTime())
      : (programme.tiers.find((one) => one.code === body.tier) ?? null);
  const bonus = { multiplierBp: 10_000, extra: 0 };
  const quoted: PointsQuote = quote(
    programme,
    tier,
    { ...purse, active: body.active ?? purse.active },
    { ...body, bonus },
  );
  return { ...quoted, spent: [...quoted.spent], earned: [...quoted.earned] };
}

export function statementRoutes(app: App, house: House): void {
  app.get(
    '/v1/customers/:id/points',
    {
      config: { permission: 'purse.read', self: 'signed-in', audit: 'purse.viewed' },
      schema: {
        tags,
        summary: 'Points of a person in plain words: what there is, waits and ends, the tier, and every line',
        params: whoseParams,
        querystring: contract.statementQuery,
        response: { 200: contract.statementSchema },
      },
    },
    async (request, reply) => {
      const customer = whose(request, request.params.id);
      if (!customer.ok) return answer(house, request, reply, customer);
      const customerIds = await members(house.db, customer.value);
      if (customerIds.length === 0) return answer(house, request, reply, refuse('identity.not-found', 404));
      const { cursor, limit } = request.query;
      const [ms = '', id = ''] = (cursor ?? '').split('.');
      const isCursor = /^\d{1,15}$/.test(ms) && isUuid(id);
      if (cursor !== undefined && !isCursor) return answer(house, request, reply, refuse('loyalty.bad-cursor', 400));
      const before = cursor === undefined ? undefined : { at: new Date(Number(ms)), id };
      const from = { customerIds, locale: request.locale, before, limit, now: house.clock.now() };
      return reply.send(await statementOf(house, house.db, from));
    },
  );
}
