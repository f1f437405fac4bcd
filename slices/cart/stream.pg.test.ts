import type { AddressInfo } from 'node:net';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { signInOwner } from '@ruslo/staff/testing';
import { createSource, ingest } from '@ruslo/timeline';
import { listen } from '@ruslo/timeline/testing';
import type { Listening } from '@ruslo/timeline/testing';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { Face } from './testing.ts';
import { makeGoods, slices, visit } from './testing.ts';

let house: TestHouse;
let other: TestHouse;
let owner: Visitor;
let goods: string[];
const open: Listening[] = [];

beforeAll(async () => {
  house = await openTestHouse({ slices });
  other = await house.second();
  await house.app.listen({ port: 0, host: '127.0.0.1' });
  await other.app.listen({ port: 0, host: '127.0.0.1' });
  owner = await signInOwner(house);
  goods = await makeGoods(house, [1_000, 2_000, 3_000], 'tea');
  house.follow();
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});
afterAll(async () => {
  await other.close();
  await house.close();
});

async function hear(at: TestHouse, face: Face, topics = 'customer:me'): Promise<Listening> {
  const { port } = at.app.server.address() as AddressInfo;
  const stream = await listen(`http://127.0.0.1:${port}/v1/stream?topics=${topics}`, {
    authorization: `Bearer ${face.token}`,
  });
  open.push(stream);
  await stream.until((event) => event.event === 'ready');
  return stream;
}

const add = (index: number): object => ({ op: 'add', variantId: goods[index], quantity: 1 });

it('a change at one face is at her other face in a moment, in another process (D-01)', async () => {
  const app = await visit(house, 'app');
  const site = await hear(other, app);
  const delays: number[] = [];
  for (let count = 1; count <= 40; count += 1) {
    const sentAt = performance.now();
    await app.do([add(count % 3)]);
    const heard = await site.until(
      (event) =>
        event.data['name'] === 'cart.changed' && (event.data['summary'] as { version: number }).version === count,
    );
    delays.push(performance.now() - sentAt);
    expect(heard.data).toMatchObject({ topic: 'customer:me', summary: { op: 'add', lines: Math.min(count, 3) } });
  }
  const p95 = delays.toSorted((a, b) => a - b)[37] ?? 0;
  console.log(`change at one face → heard at another, p95 ${p95.toFixed(0)} ms with the request itself`);
  expect(p95).toBeLessThan(1_000);
});

it('tells a customer of herself alone, and only what she may know', async () => {
  const [mine, stranger] = [await visit(house, 'web'), await visit(house, 'web')];
  const { port } = house.app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/v1/stream?topics=`;
  const headers = { authorization: `Bearer ${mine.token}` };
  for (const topics of [
    `customer:${stranger.customerId}`,
    `customer:${mine.customerId}`,
    'inspector',
    'customer:me,inspector',
  ])
    expect((await fetch(url + topics, { headers })).status).toBe(400);
  const stream = await hear(house, mine);
  const source = await createSource(house, { name: 'Сайт', kind: 'server', channel: 'web' });
  await stranger.do([add(0)]);
  await ingest(house, source.id, [
    { type: 'track', event: 'Product Viewed', anonymousId: 'somebody-else', messageId: newId() },
  ]);
  await mine.do([add(1)]);
  await stream.until((event) => event.data['name'] === 'cart.changed');
  const names = stream.events.map((event) => `${event.event} ${String(event.data['name'] ?? '')}`.trim());
  expect(names).toEqual(['ready', 'timeline cart.changed']);
  expect(stream.events[0]?.data).toEqual({ customers: {} });
});

it('follows her through a merge: both faces then hear both', async () => {
  const [web, app] = [await visit(house, 'web'), await visit(house, 'app')];
  const stream = await hear(other, web);
  const merged = await owner.ask('POST', `/v1/customers/${web.customerId}/merge`, {
    with: app.customerId,
    why: 'она же',
  });
  expect(merged.status).toBe(200);
  const told = await stream.until((event) => event.event === 'merged');
  expect(Object.keys(told.data).toSorted()).toEqual(['at', 'topic']);
  await app.do([add(2)]);
  await stream.until((event) => event.data['name'] === 'cart.changed');
});

it('ends with her session', async () => {
  const face = await visit(house, 'web');
  const stream = await hear(house, face);
  await face.ask('DELETE', '/v1/customer-sessions/current');
  await stream.ended;
  expect(await face.cart()).toMatchObject({ status: 401 });
});

it('what she looked at and searched for is where she goes on, once each and at most fifty (B-02, B-03)', async () => {
  const anonymousId = newId();
  const face = await visit(house, 'app', anonymousId);
  const source = await createSource(house, { name: 'Лавка', kind: 'server', channel: 'web' });
  const track = (event: string, properties: object, minute: number): object => ({
    type: 'track',
    event,
    anonymousId,
    messageId: newId(),
    timestamp: new Date(Date.UTC(2026, 10, 20, 10, minute)).toISOString(),
    properties,
  });
  await ingest(house, source.id, [
    track('Product Viewed', { sku: 'tea-0', name: 'Чайник' }, 1),
    track('Product Viewed', { product_id: 'tea-1' }, 2),
    track('Product Viewed', { sku: 'tea-0' }, 3),
    track('Product Viewed', { sku: 'of somebody else' }, 4),
    track('Products Searched', { query: ' Чайник ' }, 5),
    ...Array.from({ length: 60 }, (_, index) =>
      track('Products Searched', { query: `слово ${index % 55}` }, 6 + index),
    ),
  ]);
  await vi.waitFor(
    async () => {
      const { body } = await face.ask('GET', '/v1/customers/me/state');
      expect(body).toMatchObject({ viewed: [{ variantId: goods[0], sku: 'tea-0' }, { variantId: goods[1] }] });
      const { searches } = body as unknown as { searches: { words: string }[] };
      expect(searches).toHaveLength(50);
      expect(searches.slice(0, 2).map((search) => search.words)).toEqual(['слово 4', 'слово 3']);
    },
    { timeout: 15_000, interval: 100 },
  );
});
