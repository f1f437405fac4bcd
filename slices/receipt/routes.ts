import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { answer, command, problemSchema } from '@ruslo/platform';
import type { App, House } from '@ruslo/platform';
import type { z } from 'zod';
import * as contract from './contract.ts';
import { portOf } from './port.ts';
import { listReceipts, receiptById, retryReceipt } from './store.ts';
import type { ReceiptRow } from './store.ts';
import { readSetting, storeSetting } from './store-setting.ts';

const tags = ['receipt'];

type Item = z.infer<typeof contract.receiptItem>;

const show = (house: House, row: ReceiptRow): Item => ({
  id: row.id,
  ref: row.ref,
  type: row.type,
  state: row.state,
  placeId: row.placeId,
  originalId: row.originalId,
  currency: row.currency,
  totalMinor: row.totalMinor,
  number: row.number,
  fiscalSign: row.fiscalSign,
  issuedAt: row.issuedAt.toISOString(),
  registeredAt: row.registeredAt?.toISOString() ?? null,
  tries: row.tries,
  failure: row.state === 'queued' && portOf(house) === undefined ? 'no-register' : row.failure,
});

export function routes(app: App, house: House): void {
  app.get(
    '/v1/receipts',
    {
      config: { permission: 'receipt.read' },
      schema: {
        tags,
        summary: 'Receipts, newest first',
        querystring: contract.receiptQuery,
        response: { 200: contract.receiptList },
      },
    },
    async (request) => {
      const rows = await listReceipts(house.db, request.query);
      const nextCursor = rows.length === request.query.limit ? (rows.at(-1)?.id ?? null) : null;
      return { items: rows.map((row) => show(house, row)), nextCursor };
    },
  );
  app.get(
    '/v1/receipts/:id',
    {
      config: { permission: 'receipt.read', audit: 'receipt.viewed' },
      schema: {
        tags,
        summary: 'A receipt and its document',
        params: contract.idParams,
        response: { 200: contract.receiptDetail, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const row = await receiptById(house.db, request.params.id);
      if (row === undefined) return answer(house, request, reply, refuse('receipt.not-found', 404));
      request.shown = row.customerId === null ? null : [row.customerId];
      return { receipt: show(house, row), document: row.document };
    },
  );
  app.post(
    '/v1/receipts/:id/retry',
    {
      config: { permission: 'receipt.manage', audit: 'receipt.retried' },
      schema: {
        tags,
        summary: 'Send a failed receipt to the cash register again',
        params: contract.idParams,
        response: { 200: contract.receiptItem, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const result = await command(house, request, async (tx): Promise<Result<Item>> => {
        const retried = await retryReceipt(tx, id, house.clock.now());
        if (retried === false) return refuse('receipt.not-failed', 409);
        const row = retried === undefined ? undefined : await receiptById(tx, id);
        return row === undefined ? refuse('receipt.not-found', 404) : ok(show(house, row));
      });
      return answer(house, request, reply, result);
    },
  );
  settingRoutes(app, house);
}

function settingRoutes(app: App, house: House): void {
  app.get(
    '/v1/receipt-setting',
    {
      config: { permission: 'receipt.read' },
      schema: { tags, summary: 'How receipts are made out', response: { 200: contract.settingAnswer } },
    },
    async () => {
      const { data, version } = await readSetting(house.db);
      return { setting: contract.settingSchema.parse(data), version };
    },
  );
  app.put(
    '/v1/receipt-setting',
    {
      config: { permission: 'receipt.manage', audit: 'receipt.setting-changed' },
      schema: {
        tags,
        summary: 'Change how receipts are made out from now on',
        body: contract.settingBody,
        response: { 200: contract.settingAnswer, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const { setting, version } = request.body;
      const result = await command(
        house,
        request,
        async (tx): Promise<Result<z.infer<typeof contract.settingAnswer>>> =>
          (await storeSetting(tx, setting, version, house.clock.now()))
            ? ok({ setting, version: version + 1 })
            : refuse('receipt.setting-changed', 409),
      );
      return answer(house, request, reply, result);
    },
  );
}
