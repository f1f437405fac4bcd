import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { identity, joinCustomers } from '@ruslo/identity';
import { append, fact } from '@ruslo/platform';
import type { NewEvent } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSource, ingest, timeline } from './index.ts';
import type { Source } from './index.ts';
import { intakeOf } from './intake.ts';
import { listen } from './testing-stream.ts';
import type { Listening } from './testing-stream.ts';
import { hubOf } from './stream.ts';
import { basic, testDoor } from './testing.ts';

const everything = {
  'x-test-permissions': 'customer.read,event.read,stream.read,source.read,source.manage,customer.merge',
};
let house: TestHouse;
let site: Source;
let till: Source;
let base: string;
const open: Listening[] = [];

beforeAll(async () => {
  house = await openTestHouse({ slices: [testDoor, identity, timeline] });
  site = await createSource(house, { name: 'Site', kind: 'site' });
  till = await createSource(house, { name: 'Till', kind: 'till' });
  base = await house.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  for (const one of open) one.close();
  await house.close();
});

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}
async function ask<Body = Record<string, unknown>>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
  headers: Record<string, string> = everything,
): Promise<Answer<Body>> {
  const response = await house.app.inject({
    method,
    url,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: response.statusCode, body: response.json() };
}
const track = (
  source: Source,
  events: readonly object[],
  url = '/v1/batch',
): Promise<Answer<{ accepted: number; rejected: { code: string }[] }>> =>
  ask('POST', url, { batch: events }, { authorization: basic(source.writeKey) });
const customerOf = async (messageId: string): Promise<string> => {
  const [row] = await house.db.query<{ id: string }>('select customer_id as id from log.event where message_id = $1', [
    messageId,
  ]);
  if (row === undefined) throw new Error(`no event ${messageId}`);
  return row.id;
};
const stream = async (topics: string, lastEventId?: string): Promise<Listening> => {
  const one = await listen(`${base}/v1/stream?topics=${topics}`, {
    ...everything,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  });
  open.push(one);
  return one;
};

interface Item {
  id: string;
  name: string;
  channel: string;
  kind: string;
  occurredAt: string;
  summary: Record<string, unknown>;
}
interface Page {
  items: Item[];
  nextCursor: string | null;
}

describe('the timeline of a person', () => {
  let id: string;
  beforeAll(async () => {
    const day = 86_400_000;
    const at = (index: number): string => new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 2) * day).toISOString();
    await ingest(
      house,
      site.id,
      Array.from({ length: 120 }, (_, index) => ({
        type: index % 3 === 0 ? 'page' : 'track',
        event: 'Product Viewed',
        name: 'Page',
        anonymousId: 'read-anonymous',
        messageId: `read-${index}`,
        timestamp: at(index),
        properties: { name: `Товар ${index}`, price: index },
      })),
    );
    await ingest(house, till.id, [
      {
        type: 'track',
        event: 'Order Completed',
        messageId: 'read-till',
        timestamp: at(60),
        context: { externalIds: [{ type: 'card', id: '4006381333931' }] },
        properties: { total: 500 },
      },
    ]);
    // The same person signs in on the site with the card's number: two ids, one head.
    await track(site, [
      { type: 'identify', userId: 'reader', anonymousId: 'read-anonymous', messageId: 'read-identify' },
    ]);
    await track(till, [
      {
        type: 'identify',
        userId: 'reader',
        messageId: 'read-join',
        context: { externalIds: [{ type: 'card', id: '4006381333931' }] },
      },
    ]);
    id = await customerOf('read-0');
  });

  test('page by page, each event once, newest first, over all ids of the set', async () => {
    const seen: Item[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Answer<Page> = await ask<Page>('GET', `/v1/customers/${id}/timeline?limit=17&cursor=${cursor}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items);
      cursor = page.body.nextCursor;
    }
    const tracked = seen.filter((item) => item.kind !== 'fact');
    expect(tracked).toHaveLength(123);
    expect(new Set(seen.map((item) => item.id)).size).toBe(seen.length);
    expect(seen.map((item) => item.occurredAt)).toEqual(
      seen
        .map((item) => item.occurredAt)
        .toSorted()
        .reverse(),
    );
    expect(seen.find((item) => item.name === 'Order Completed')).toMatchObject({
      channel: 'shop',
      summary: { total: 500 },
    });
  });

  test('by channel and kind', async () => {
    const shop = await ask<Page>('GET', `/v1/customers/${id}/timeline?channel=shop&kind=track`);
    expect(shop.body.items.map((item) => item.name)).toEqual(['Order Completed']);
    const pages = await ask<Page>('GET', `/v1/customers/${id}/timeline?kind=page,screen&limit=200`);
    expect(pages.body.items).toHaveLength(40);
  });

  test('the river: counts add up, crossings name both sides, joins are told', async () => {
    const { body } = await ask<{
      channels: { channel: string; count: number; buckets: number[] }[];
      crossings: { fromChannel: string; toChannel: string }[];
      joins: unknown[];
    }>('GET', `/v1/customers/${id}/river?buckets=30`);
    const web = body.channels.find((channel) => channel.channel === 'web');
    expect(web?.count).toBe(121);
    expect(web?.buckets.reduce((sum, count) => sum + count, 0)).toBe(121);
    expect(web?.buckets).toHaveLength(30);
    expect(body.crossings.map((step) => `${step.fromChannel} → ${step.toChannel}`)).toContain('web → shop');
    expect(body.joins.length).toBeGreaterThan(0);
  });

  test('the raw event on demand', async () => {
    const { body: page } = await ask<Page>('GET', `/v1/customers/${id}/timeline?channel=shop&kind=track`);
    const { body } = await ask('GET', `/v1/events/${page.items[0]?.id}`);
    expect(body).toMatchObject({
      messageId: 'read-till',
      data: { event: 'Order Completed', properties: { total: 500 } },
    });
  });

  test('refusals are clear', async () => {
    const nobody = '00000000-0000-7000-8000-00000000dead';
    expect(await ask('GET', `/v1/customers/${nobody}/timeline`)).toMatchObject({
      status: 404,
      body: { code: 'timeline.customer-not-found' },
    });
    expect(await ask('GET', `/v1/customers/${nobody}/river`)).toMatchObject({ status: 404 });
    expect(await ask('GET', `/v1/events/${nobody}`)).toMatchObject({
      status: 404,
      body: { code: 'timeline.event-not-found' },
    });
    expect(await ask('GET', `/v1/customers/${id}/timeline?cursor=x.y`)).toMatchObject({
      status: 400,
      body: { code: 'timeline.bad-cursor' },
    });
    expect(await ask('GET', `/v1/customers/${id}/timeline`, undefined, {})).toMatchObject({ status: 401 });
  });
});

describe('the inspector', () => {
  test('kept and refused events by time, with the reason, and nothing twice', async () => {
    const source = await createSource(house, { name: 'Inspected', kind: 'server' });
    for (let index = 0; index < 3; index += 1) {
      await track(source, [
        { type: 'track', event: 'Good', userId: 'i1', messageId: `inspect-${index}` },
        { type: 'track', event: 'Bad', messageId: `bad-${index}`, writeKey: 'secret', note: 'as it came' },
      ]);
      await intakeOf(house, async () => []).ledger.flush();
    }
    const items: { id: string; state: string; code?: string; reason?: string; name: string }[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Answer<{ items: typeof items; nextCursor: string | null }> = await ask(
        'GET',
        `/v1/events?source=${source.id}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(page.status).toBe(200);
      items.push(...page.body.items);
      cursor = page.body.nextCursor;
    }
    expect(items.map((item) => item.state)).toEqual([
      'rejected',
      'accepted',
      'rejected',
      'accepted',
      'rejected',
      'accepted',
    ]);
    expect(items[0]).toMatchObject({ code: 'timeline.no-user', name: 'Bad' });
    expect(items[0]?.reason).toMatch(/userId/);
    const { body: raw } = await ask<{ raw: string }>('GET', `/v1/rejected/${items[0]?.id}`);
    expect(JSON.parse(raw.raw)).toEqual({ type: 'track', event: 'Bad', messageId: 'bad-2', note: 'as it came' });
    const refused = await ask<{ items: unknown[] }>('GET', `/v1/events?source=${source.id}&state=rejected`);
    expect(refused.body.items).toHaveLength(3);
    const person = await ask<{ items: unknown[] }>('GET', `/v1/events?customerId=${await customerOf('inspect-0')}`);
    expect(person.body.items).toHaveLength(3);
  });

  test('refused events with the longest names are kept and told: a signal has its limit', async () => {
    const source = await createSource(house, { name: 'Long names', kind: 'site' });
    const long = Array.from({ length: 30 }, () => ({ type: '類'.repeat(60), event: '"類'.repeat(100) }));
    const live = await stream('inspector');
    await track(source, long);
    await live.until((event) => event.event === 'rejected' && event.data['sourceId'] === source.id);
    const refused = await ask<{ items: unknown[] }>('GET', `/v1/events?source=${source.id}&state=rejected&limit=100`);
    expect(refused.body.items).toHaveLength(30);
  });
});

describe('sources', () => {
  test('are made, watched, changed, given a new key and removed', async () => {
    const made = await ask<{ id: string; writeKey: string; health: string; channel: string; proves: string[] }>(
      'POST',
      '/v1/sources',
      { name: 'Касса 4', kind: 'till', owner: 'Казань' },
    );
    expect(made).toMatchObject({
      status: 200,
      body: { health: 'grey', channel: 'shop', proves: ['card', 'external'] },
    });
    const { id, writeKey } = made.body;
    const send = (key: string): Promise<Answer<{ accepted: number; rejected: { code: string }[] }>> =>
      ask('POST', '/v1/track', { event: 'Order Completed', userId: 's1' }, { authorization: basic(key) });
    await expect.poll(async () => (await send(writeKey)).body.accepted).toBe(1);
    await intakeOf(house, async () => []).ledger.flush();
    await expect
      .poll(
        async () =>
          (await ask<{ items: { id: string; health: string }[] }>('GET', '/v1/sources')).body.items.find(
            (item) => item.id === id,
          )?.health,
        { timeout: 8_000, interval: 500 },
      )
      .not.toBe('grey');

    await ask('PATCH', `/v1/sources/${id}`, { enabled: false });
    await expect.poll(async () => (await send(writeKey)).body.rejected[0]?.code).toBe('timeline.source-off');
    await ask('PATCH', `/v1/sources/${id}`, { enabled: true, name: 'Касса 5' });
    const rotated = await ask<{ writeKey: string; name: string }>('POST', `/v1/sources/${id}/key`);
    expect(rotated.body.name).toBe('Касса 5');
    await expect.poll(async () => (await send(rotated.body.writeKey)).body.accepted).toBe(1);
    expect((await send(writeKey)).body.rejected[0]?.code).toBe('timeline.unknown-key');
    expect(await ask('DELETE', `/v1/sources/${id}`)).toMatchObject({ status: 200 });
    expect(await ask('DELETE', `/v1/sources/${id}`)).toMatchObject({
      status: 404,
      body: { code: 'timeline.source-not-found' },
    });
    await expect
      .poll(async () => (await send(rotated.body.writeKey)).body.rejected[0]?.code)
      .toBe('timeline.unknown-key');
  });

  test('who may not manage them does not see keys', async () => {
    const { body } = await ask<{ items: { writeKey: string }[] }>('GET', '/v1/sources', undefined, {
      'x-test-permissions': 'source.read',
    });
    expect(new Set(body.items.map((item) => item.writeKey))).toEqual(new Set(['']));
  });
});

describe('the stream', () => {
  const openStreams = (): number => hubOf(house)?.count ?? 0;
  test('tells of a person as it happens, and follows a merge', async () => {
    await track(site, [
      { type: 'track', event: 'First', anonymousId: 'live-a', messageId: 'live-0' },
      { type: 'track', event: 'Other', userId: 'live-b', messageId: 'live-1' },
    ]);
    const live = await stream(`customer:${await customerOf('live-0')}`);
    await live.until((event) => event.event === 'ready');
    await track(site, [
      { type: 'track', event: 'Second', anonymousId: 'live-a', properties: { name: 'Чай' } },
      { type: 'track', event: 'Not hers', userId: 'live-b' },
    ]);
    // What was accepted just before may be told too, when the log was still held back as the stream began.
    const second = await live.until((event) => event.data['name'] === 'Second');
    expect(second).toMatchObject({ event: 'timeline', data: { channel: 'web', summary: { product: 'Чай' } } });
    await track(site, [{ type: 'identify', anonymousId: 'live-a', userId: 'live-b' }]);
    const merged = await live.until((event) => event.event === 'merged');
    expect(merged.data['members']).toHaveLength(2);
    await track(site, [{ type: 'track', event: 'Now hers', userId: 'live-b' }]);
    expect((await live.until((event) => event.data['name'] === 'Now hers')).event).toBe('timeline');
    expect(live.events.filter((event) => event.data['name'] === 'Not hers')).toHaveLength(0);
  });

  test('goes on after Last-Event-ID without a gap and without a repetition', async () => {
    const first = await stream('inspector');
    await first.until((event) => event.event === 'ready');
    const send = (from: number, to: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: to - from }, (_, index) =>
          track(site, [{ type: 'track', event: `Step ${from + index}`, userId: `step-${(from + index) % 5}` }]),
        ),
      );
    await send(0, 20);
    const steps = (listening: Listening): string[] =>
      listening.events
        .filter((event) => event.event === 'accepted' && String(event.data['name']).startsWith('Step'))
        .map((event) => String(event.data['name']));
    await expect.poll(() => steps(first).length).toBe(20);
    const last = first.lastId;
    first.close();
    const missed = send(20, 60);
    const second = await stream('inspector', last);
    await send(60, 80);
    await missed;
    await expect.poll(() => steps(second).length).toBe(60);
    const all = [...steps(first), ...steps(second)];
    expect(new Set(all).size).toBe(80);
    expect(all).toHaveLength(80);
  });

  const named = (live: Listening): string[] =>
    live.events.filter((event) => event.event === 'timeline').map((event) => String(event.data['name']));

  test('hears of whom was merged while it began', async () => {
    await track(site, [
      { type: 'track', event: 'A', anonymousId: 'early-a', messageId: 'early-0' },
      { type: 'track', event: 'B', userId: 'early-b', messageId: 'early-1' },
    ]);
    const id = await customerOf('early-0');
    const other = await stream('inspector'); // so that the log is read
    await other.until((event) => event.event === 'ready');
    const own = Object.getOwnPropertyDescriptor(house.live, 'position');
    if (own === undefined) throw new Error('the live tail has no position');
    Object.defineProperty(house.live, 'position', { configurable: true, get: () => undefined });
    const live = await stream(`customer:${id}`);
    await delay(100);
    await track(site, [{ type: 'identify', anonymousId: 'early-a', userId: 'early-b' }]);
    await other.until((event) => event.data['name'] === 'customer.merged');
    Object.defineProperty(house.live, 'position', own);
    const ready = await live.until((event) => event.event === 'ready');
    expect((ready.data['customers'] as Record<string, string[]>)[id]).toHaveLength(2);
    await track(site, [{ type: 'track', event: 'Hers by now', userId: 'early-b' }]);
    await live.until((event) => event.data['name'] === 'Hers by now');
  });

  test('misses nothing of whom was merged, and its positions never go back', async () => {
    await track(site, [
      { type: 'track', event: 'A', anonymousId: 'soon-a', messageId: 'soon-0' },
      { type: 'track', event: 'B', userId: 'soon-b', messageId: 'soon-1' },
    ]);
    const [a, b] = [await customerOf('soon-0'), await customerOf('soon-1')];
    const live = await stream(`customer:${a}`);
    await live.until((event) => event.event === 'ready');
    const at = new Date();
    const event = (name: string): NewEvent => ({ ...fact({ name, customerId: b, at, data: {} }), kind: 'track' });
    await house.db.tx(async (tx) => {
      await joinCustomers(tx, [{ a, b, by: { kind: 'rule', id: null }, why: 'told', evidence: [], at }]);
      await append(tx, ['Soon 1', 'Soon 2'].map(event));
    });
    await house.db.tx((tx) => append(tx, [event('Soon 3')]));
    await live.until((heard) => heard.data['name'] === 'Soon 3');
    await live.until((heard) => heard.event === 'merged');
    const told = named(live).filter((name) => name !== 'A'); // A may be so young that it is told too
    expect(told).toEqual(['customer.merged', 'Soon 1', 'Soon 2', 'Soon 3']);
    const places = live.events.flatMap(({ id }) => id?.padStart(60, '0') ?? []);
    expect(places).toEqual(places.toSorted());
  });

  test('goes on with both of two who were followed, merged and parted', async () => {
    await track(site, [
      { type: 'track', event: 'A', userId: 'pair-a', messageId: 'pair-0' },
      { type: 'track', event: 'B', userId: 'pair-b', messageId: 'pair-1' },
    ]);
    const [a, b] = [await customerOf('pair-0'), await customerOf('pair-1')];
    const live = await stream(`customer:${a},customer:${b}`);
    await live.until((event) => event.event === 'ready');
    const { body } = await ask<{ mergeId: string }>('POST', `/v1/customers/${a}/merge`, { with: b, why: 'asked' });
    await live.until((event) => event.event === 'merged' && event.data['topic'] === `customer:${a}`);
    await live.until((event) => event.event === 'merged' && event.data['topic'] === `customer:${b}`);
    await ask('POST', `/v1/customers/${a}/unmerge`, { mergeId: body.mergeId, why: 'wrong' });
    await live.until((event) => event.event === 'unmerged' && event.data['topic'] === `customer:${a}`);
    await track(site, [
      { type: 'track', event: 'Of a', userId: 'pair-a' },
      { type: 'track', event: 'Of b', userId: 'pair-b' },
    ]);
    const ofA = await live.until((event) => event.data['name'] === 'Of a');
    const ofB = await live.until((event) => event.data['name'] === 'Of b');
    expect([ofA.data['topic'], ofB.data['topic']]).toEqual([`customer:${a}`, `customer:${b}`]);
  });

  test('tells of refused events', async () => {
    const live = await stream('inspector');
    await live.until((event) => event.event === 'ready');
    await track(site, [{ type: 'track', event: 'Nobody’s' }]);
    const refused = await live.until((event) => event.event === 'rejected' && event.data['sourceId'] === site.id);
    expect(refused.data).toMatchObject({ code: 'timeline.no-user', name: 'Nobody’s', sourceId: site.id });
  });

  test('drops a reader who does not read, and holds little for him', async () => {
    for (const one of open.splice(0)) one.close();
    await expect.poll(openStreams).toBe(0);
    const { port, hostname } = new URL(base);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /v1/stream?topics=inspector HTTP/1.1\r\nhost: ${hostname}\r\nx-test-permissions: stream.read,event.read\r\n\r\n`,
    );
    await once(socket, 'readable');
    const text = 'x'.repeat(150);
    const properties = { name: text, category: text, coupon: text, subject: text, text, status: text, topic: text };
    for (let step = 0; step < 16 && (step < 4 || openStreams() > 0); step += 1) {
      await ingest(
        house,
        site.id,
        Array.from({ length: 1_000 }, () => ({ type: 'track', event: 'Flood', userId: 'flood', properties })),
      );
    }
    await expect.poll(openStreams, { timeout: 10_000 }).toBe(0);
    socket.destroy();
  }, 60_000);

  test('asks for the right of each topic', async () => {
    const some = { 'x-test-permissions': 'stream.read,event.read' };
    expect(await ask('GET', `/v1/stream?topics=customer:${site.id}`, undefined, some)).toMatchObject({ status: 403 });
    expect(await ask('GET', '/v1/stream?topics=suggestions,inspector', undefined, some)).toMatchObject({ status: 403 });
    expect(await ask('GET', '/v1/stream?topics=everything', undefined, some)).toMatchObject({
      status: 400,
      body: { code: 'timeline.bad-topic' },
    });
    expect(await ask('GET', '/v1/stream?topics=inspector', undefined, {})).toMatchObject({ status: 401 });
  });
});
