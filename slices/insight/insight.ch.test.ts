import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identity, resolve } from '@ruslo/identity';
import { append, migrateClickhouse, newId } from '@ruslo/platform';
import type { NewEvent } from '@ruslo/platform';
import { startClickhouse } from '@ruslo/platform/embedded';
import type { EmbeddedClickhouse } from '@ruslo/platform/embedded';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insight } from './index.ts';
import { copyFollower } from './reactions.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'ruslo-insight-'));
const now = new Date('2026-11-21T12:00:00.000Z');
const reader = {
  name: 'reader',
  authenticate: async () => ({
    kind: 'key' as const,
    id: newId(),
    permissions: new Set(['customer.read', 'customer.merge']),
  }),
};
let clickhouse: EmbeddedClickhouse;
let house: TestHouse;

beforeAll(async () => {
  clickhouse = await startClickhouse({ dataFolder });
  house = await openTestHouse({
    slices: [identity, insight, reader],
    clickhouseUrl: clickhouse.url,
    clock: { now: () => now },
  });
  await migrateClickhouse(house.clickhouse, [insight]);
  house.follow();
});
afterAll(async () => {
  await house.close();
  await clickhouse.stop();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
});

const event = (customerId: string | null, name: string, properties: Record<string, unknown>, at = now): NewEvent => ({
  id: newId(),
  kind: 'track',
  name,
  channel: 'shop',
  sourceId: null,
  customerId,
  occurredAt: at.toISOString(),
  receivedAt: now.toISOString(),
  originalAt: null,
  sentAt: null,
  messageId: null,
  data: JSON.stringify({ properties }),
});

async function meet(userId: string): Promise<string> {
  const [id] = await house.db.retry((tx) =>
    resolve(
      tx,
      [
        {
          at: now.toISOString(),
          occurredAt: now.toISOString(),
          sourceId: null,
          channel: 'shop',
          traits: undefined,
          identifiers: [{ kind: 'user_id', value: userId, proof: 'proven' }],
        },
      ],
      now,
    ),
  );
  if (typeof id !== 'string') throw new Error('nobody');
  return id;
}

async function copies(): Promise<number> {
  const result = await house.clickhouse.query({ query: 'select count() as n from event final', format: 'JSONEachRow' });
  const [row] = await result.json<{ n: string }>();
  return Number(row?.n);
}

const vitals = async (id: string): Promise<Record<string, unknown>> =>
  (await house.app.inject({ url: `/v1/customers/${id}/vitals` })).json();

test('sums purchases and refunds to the kopeck, and copies every row once', async () => {
  const anna = await meet('anna');
  await house.db.tx((tx) =>
    append(tx, [
      event(anna, 'Order Completed', { total: 1990.5, currency: 'RUB' }, new Date('2026-11-01T10:00:00Z')),
      event(anna, 'Order Completed', { total: '0.10', currency: 'RUB' }, new Date('2026-11-11T10:00:00Z')),
      event(anna, 'Order Completed', { total: 0.2, currency: 'RUB' }, new Date('2026-11-10T10:00:00Z')),
      event(anna, 'Order Refunded', { total: 990.5, currency: 'RUB' }),
      event(anna, 'Order Completed', { total: 5, currency: 'KZT' }),
      event(anna, 'Product Viewed', { price: 1 }),
      event(null, 'Order Completed', { total: 7 }),
    ]),
  );
  await expect
    .poll(() => vitals(anna), { timeout: 5_000 })
    .toMatchObject({
      purchases: 3,
      spentMinor: 100_030,
      averageMinor: 33_343,
      currency: 'RUB',
      stage: 'active',
      firstPurchaseAt: '2026-11-01T10:00:00.000Z',
      lastPurchaseAt: '2026-11-11T10:00:00.000Z',
      rfm: { recency: 5, frequency: 3, monetary: 1 },
      preferredChannel: 'shop',
      preferredPurchaseChannel: 'shop',
    });
  await expect.poll(copies, { timeout: 10_000 }).toBe(7);
});

test('adds up over a merged person and parts again with her', async () => {
  const [anna, other] = [await meet('anna'), await meet('other')];
  await house.db.tx((tx) => append(tx, [event(other, 'Order Completed', { total: 100 })]));
  await expect.poll(() => vitals(other), { timeout: 5_000 }).toMatchObject({ purchases: 1, spentMinor: 10_000 });
  const post = (url: string, payload: object) => house.app.inject({ method: 'POST', url, payload });
  const merged = await post(`/v1/customers/${anna}/merge`, { with: other, why: 'одна и та же' });
  expect(await vitals(other)).toMatchObject({ purchases: 4, spentMinor: 110_030 });
  expect(await vitals(anna)).toMatchObject({ purchases: 4, spentMinor: 110_030 });
  const { mergeId } = merged.json<{ mergeId: string }>();
  expect((await post(`/v1/customers/${anna}/unmerge`, { mergeId, why: 'ошиблись' })).statusCode).toBe(200);
  expect(await vitals(anna)).toMatchObject({ purchases: 3, spentMinor: 100_030 });
  expect(await vitals(other)).toMatchObject({ purchases: 1, spentMinor: 10_000 });
});

test('a batch that is sent to ClickHouse a second time counts once', async () => {
  const id = newId();
  const row = {
    tx: 1,
    id,
    kind: 'track' as const,
    name: 'Twice',
    channel: 'web' as const,
    sourceId: null,
    customerId: null,
    occurredAt: now,
    receivedAt: now,
    originalAt: null,
    sentAt: null,
    messageId: null,
    data: { text: 'ё "\\ \n' },
  };
  const follower = copyFollower(house);
  await house.db.tx((tx) => follower.handle(tx, [row]));
  await house.db.tx((tx) => follower.handle(tx, [row]));
  const result = await house.clickhouse.query({
    query: `select JSONExtractString(data, 'text') as text from event final where name = 'Twice'`,
    format: 'JSONEachRow',
  });
  expect(await result.json()).toEqual([{ text: 'ё "\\ \n' }]);
});

test('nobody has no vitals', async () => {
  expect((await house.app.inject({ url: `/v1/customers/${newId()}/vitals` })).statusCode).toBe(404);
});

test('erasing takes the copies as well, and only those', async () => {
  const [boris, vera] = [await meet('boris'), await meet('vera')];
  const before = await copies();
  await house.db.tx((tx) =>
    append(tx, [
      event(boris, 'Product Viewed', { text: 'Борис, +7 912 000-00-00' }),
      event(boris, 'Order Completed', { total: 1 }),
      event(vera, 'Product Viewed', {}),
    ]),
  );
  await expect.poll(copies, { timeout: 5_000 }).toBe(before + 3);
  await house.db.tx(async (tx) => {
    await insight.erase?.(tx, [boris]);
  });
  const held = async (): Promise<unknown[]> => {
    const result = await house.clickhouse.query({
      query: 'select customer_id, name from event final where customer_id in {ids:Array(UUID)}',
      query_params: { ids: [boris, vera] },
      format: 'JSONEachRow',
    });
    return await result.json();
  };
  await expect.poll(held, { timeout: 5_000 }).toEqual([{ customer_id: vera, name: 'Product Viewed' }]);
});
