import { gzipSync } from 'node:zlib';
import { identity } from '@ruslo/identity';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSource, ingest, timeline } from './index.ts';
import type { Source } from './index.ts';
import { basic, testDoor } from './testing.ts';

let house: TestHouse;
let site: Source;
let till: Source;

beforeAll(async () => {
  house = await openTestHouse({ slices: [testDoor, identity, timeline] });
  site = await createSource(house, { name: 'Site', kind: 'site' });
  till = await createSource(house, { name: 'Till', kind: 'till' });
});
afterAll(async () => {
  await house.close();
});

const post = async (
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown> }> => {
  const response = await house.app.inject({
    method: 'POST',
    url,
    headers: { authorization: basic(site.writeKey), 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
};
const stored = (
  like: string,
): Promise<
  {
    kind: string;
    name: string;
    message_id: string;
    data: Record<string, unknown>;
    customer_id: string | null;
    occurred_at: Date;
    received_at: Date;
    original_at: Date | null;
    sent_at: Date | null;
  }[]
> =>
  house.db.query(
    'select kind, name, message_id, data, customer_id, occurred_at, received_at, original_at, sent_at from log.event where message_id like $1 order by id',
    [like],
  );

describe('addresses and bodies', () => {
  test('every address takes its kind', async () => {
    const calls: [string, string, object][] = [
      ['identify', 'i', { traits: { name: 'Anna' } }],
      ['track', 't', { event: 'Product Viewed' }],
      ['page', 'p', { properties: { title: 'Home' } }],
      ['screen', 's', { name: 'Cart' }],
      ['group', 'g', { groupId: 'g1' }],
      ['alias', 'a', { previousId: 'u1' }],
    ];
    for (const [long, short, fields] of calls) {
      for (const path of [long, short]) {
        const answer = await post(`/v1/${path}`, { userId: 'u1', messageId: `address-${path}`, ...fields });
        expect(answer).toMatchObject({ status: 200, body: { success: true, accepted: 1, rejected: [] } });
      }
      expect((await stored(`address-${long}`))[0]).toMatchObject({ kind: long });
      expect((await stored(`address-${short}`))[0]).toMatchObject({ kind: long });
    }
  });

  test.each(['/v1/batch', '/v1/b', '/v1/import', '/batch/', '/beacon/v1/batch'])('%s takes a batch', async (url) => {
    const answer = await post(url, {
      batch: [{ type: 'track', event: 'A', anonymousId: 'a1', messageId: `batch-${url}` }],
    });
    expect(answer.body).toEqual({ success: true, accepted: 1, rejected: [] });
    expect(await stored(`batch-${url}`)).toHaveLength(1);
  });

  test.each([
    'application/json',
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
  ])('content type %s', async (type) => {
    const answer = await post('/v1/t', { userId: 'u1', event: 'A' }, { 'content-type': type });
    expect(answer.body).toMatchObject({ accepted: 1 });
  });

  test('packed bodies, announced or not, and none that unpack to more than they may', async () => {
    const body = gzipSync(JSON.stringify({ batch: [{ type: 'track', event: 'A', userId: 'u1' }] }));
    expect(
      (
        await post('/v1/batch', body, {
          'content-encoding': 'gzip',
          'content-type': 'application/x-www-form-urlencoded',
        })
      ).body,
    ).toMatchObject({ accepted: 1 });
    expect((await post('/v1/batch', body)).body).toMatchObject({ accepted: 1 });
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    expect(await post('/v1/batch', bomb, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      body: { code: 'timeline.body-too-large' },
    });
  });

  test('the key may stand in the body, and a page may ask from anywhere', async () => {
    const answer = await post(
      '/v1/t',
      { userId: 'u1', event: 'A', writeKey: site.writeKey },
      { authorization: '', origin: 'https://shop.example' },
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { accepted: 1 },
      headers: { 'access-control-allow-origin': '*' },
    });
    const options = await house.app.inject({
      method: 'OPTIONS',
      url: '/v1/t',
      headers: { origin: 'https://shop.example' },
    });
    expect(options.statusCode).toBe(204);
    expect(options.headers['access-control-allow-headers']).toContain('X-Retry-Count');
    const settings = await house.app.inject({ method: 'GET', url: `/v1/projects/${site.writeKey}/settings` });
    expect(settings.json()).toMatchObject({ integrations: { 'Segment.io': { apiKey: site.writeKey } } });
    // It names the host that was asked for: a cache that many share could be made to send them elsewhere.
    expect(settings.headers['cache-control']).toBe('private, max-age=300');
  });

  test('other clients of the same trade are understood', async () => {
    const jitsu = await post(
      '/api/s/track',
      { type: 'track', event: 'Jitsu', userId: 'j1', messageId: 'other-1' },
      { authorization: '', 'x-write-key': site.writeKey },
    );
    expect(jitsu.body).toMatchObject({ accepted: 1 });
    const posthog = await post(
      '/batch/',
      {
        api_key: site.writeKey,
        batch: [
          {
            event: 'PostHog',
            distinct_id: 'h1',
            uuid: 'other-2',
            properties: { plan: 'a' },
            timestamp: '2026-01-01T00:00:00Z',
          },
          {
            event: '$identify',
            distinct_id: 'h1',
            uuid: 'other-3',
            properties: { $set: { city: 'Казань' }, $anon_distinct_id: 'h0' },
          },
        ],
      },
      { authorization: '' },
    );
    expect(posthog.body).toMatchObject({ accepted: 2, rejected: [] });
    expect((await stored('other-%')).map((row) => [row.kind, row.name])).toEqual([
      ['track', 'Jitsu'],
      ['track', 'PostHog'],
      ['identify', 'identify'],
    ]);
    const config = await house.app.inject({ method: 'GET', url: `/sourceConfig/?writeKey=${site.writeKey}` });
    expect(config.json()).toMatchObject({ source: { id: site.id, enabled: true } });
  });

  test('an unknown key is answered as Segment does, and the events are refused', async () => {
    const answer = await post(
      '/v1/batch',
      { batch: [{ type: 'track', event: 'A', userId: 'u1', messageId: 'unknown-key' }] },
      { authorization: basic('wk_nobody') },
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { accepted: 0, rejected: [{ index: 0, messageId: 'unknown-key', code: 'timeline.unknown-key' }] },
    });
    expect(await stored('unknown-key')).toHaveLength(0);
  });

  test('of what strangers send without a key little is kept', async () => {
    const event = { type: 'track', event: 'Stranger', userId: 'u1', properties: { text: 'x'.repeat(30_000) } };
    await post('/v1/batch', { batch: [event] }, { authorization: basic('wk_nobody') });
    await post('/v1/batch', { batch: [{ ...event, userId: null }] });
    const raw = async (): Promise<number[]> =>
      (
        await house.db.query<{ length: number }>(
          `select length(raw) from timeline.rejected where name = 'Stranger' order by 1`,
        )
      ).map((row) => row.length);
    await expect.poll(raw, { timeout: 5_000 }).toEqual([2_048, expect.closeTo(30_090, -2)]);
  });
});

describe('each event by itself', () => {
  test('what is wrong with one does not cost its neighbours', async () => {
    const good = (id: string): object => ({ type: 'track', event: 'Good', userId: 'n1', messageId: id });
    const answer = await post('/v1/batch', {
      batch: [
        good('n-0'),
        { type: 'track', event: 'Big', userId: 'n1', properties: { text: 'x'.repeat(40_000) }, messageId: 'n-1' },
        7,
        good('n-3'),
        { type: 'track', event: 'Nobody', messageId: 'n-4' },
        { type: 'track', userId: 'n1', messageId: 'n-5' },
        { type: 'dance', userId: 'n1' },
        { type: 'track', event: 'Long id', userId: 'n1', messageId: 'm'.repeat(100) },
        good('n-8'),
      ],
    });
    expect(answer.body).toEqual({
      success: true,
      accepted: 3,
      rejected: [
        { index: 1, messageId: 'n-1', code: 'timeline.event-too-large' },
        { index: 2, messageId: null, code: 'timeline.not-an-object' },
        { index: 4, messageId: 'n-4', code: 'timeline.no-user' },
        { index: 5, messageId: 'n-5', code: 'timeline.no-event-name' },
        { index: 6, messageId: null, code: 'timeline.unknown-type' },
        { index: 7, messageId: 'm'.repeat(99), code: 'timeline.message-id-too-long' },
      ],
    });
    expect((await stored('n-%')).map((row) => row.message_id)).toEqual(['n-0', 'n-3', 'n-8']);
  });

  test('of 2,501 events the last is refused', async () => {
    const batch = Array.from({ length: 2_501 }, (_, index) => ({
      type: 'track',
      event: 'E',
      userId: 'm1',
      messageId: `many-${index}`,
    }));
    const answer = await post('/v1/batch', { batch });
    expect(answer.body).toMatchObject({
      accepted: 2_500,
      rejected: [{ index: 2_500, code: 'timeline.too-many-events' }],
    });
    expect(await stored('many-%')).toHaveLength(2_500);
  });

  test('NUL, halves of characters, deep nesting and numbers beyond a double', async () => {
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const text = `{"batch":[
      {"type":"track","event":"A\\u0000B","userId":"w1\\u0000","messageId":"odd-1","properties":{"x":"a\\u0000b","\\u0000":"\\ud800"}},
      {"type":"track","event":"Deep","userId":"w1","messageId":"odd-2","properties":${deep}},
      {"type":"track","event":"Long","userId":12345678901234567890,"messageId":"odd-3","properties":{"n":1e400,"id":98765432109876543210}}]}`;
    const answer = await post('/v1/batch', text);
    expect(answer.body).toMatchObject({ accepted: 2, rejected: [{ index: 1, code: 'timeline.too-deep' }] });
    const rows = await stored('odd-%');
    expect(rows.map((row) => row.name)).toEqual(['A B', 'Long']);
    expect(rows[0]?.data['properties']).toEqual({ x: 'a\ufffdb', '\ufffd': '\ufffd' });
    expect(rows[1]?.data).toMatchObject({
      userId: '12345678901234567890',
      properties: { n: null, id: '98765432109876543210' },
    });
  });

  test('clocks: what was shifted is set right, the future is clamped, all four times are kept', async () => {
    const hour = 3_600_000;
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    await post('/v1/batch', {
      sentAt: at(2 * hour),
      batch: [
        { type: 'track', event: 'Skewed', userId: 'c1', messageId: 'time-1', timestamp: at(2 * hour - 60_000) },
        {
          type: 'track',
          event: 'Own sentAt',
          userId: 'c1',
          messageId: 'time-2',
          originalTimestamp: at(-hour),
          sentAt: at(0),
        },
        {
          type: 'track',
          event: 'Future',
          userId: 'c1',
          messageId: 'time-3',
          timestamp: '9999-12-31T23:59:59.999Z',
          sentAt: at(0),
        },
        { type: 'track', event: 'Nonsense', userId: 'c1', messageId: 'time-4', timestamp: 'yesterday' },
        { type: 'track', event: 'None', userId: 'c1', messageId: 'time-5' },
      ],
    });
    await post('/v1/import', {
      batch: [
        {
          type: 'track',
          event: 'History',
          userId: 'c1',
          messageId: 'time-6',
          timestamp: '2021-03-04T05:06:07Z',
          sentAt: at(0),
        },
      ],
    });
    const rows = await stored('time-%');
    const ageS = (index: number): number =>
      Math.round(((rows[index]?.received_at.getTime() ?? 0) - (rows[index]?.occurred_at.getTime() ?? 0)) / 1000);
    expect([0, 1, 2, 3, 4].map(ageS)).toEqual([60, 3600, 0, 0, 0]);
    expect(rows[5]?.occurred_at.toISOString()).toBe('2021-03-04T05:06:07.000Z');
    expect(rows[2]?.original_at?.toISOString()).toBe('9999-12-31T23:59:59.999Z');
    expect(rows[3]?.original_at).toBeNull();
    expect(rows[0]?.sent_at).not.toBeNull();
  });

  test('context and integrations of the batch are merged into every event', async () => {
    await post('/v1/batch', {
      context: { app: { name: 'Shop' }, locale: 'ru' },
      integrations: { All: true },
      batch: [{ type: 'track', event: 'A', userId: 'x1', messageId: 'merged-1', context: { locale: 'en' } }],
    });
    expect((await stored('merged-1'))[0]?.data).toMatchObject({
      context: { app: { name: 'Shop' }, locale: 'en', ip: '127.0.0.1' },
      integrations: { All: true },
    });
  });

  test('a large common context cannot be multiplied without end', async () => {
    const context = { note: 'x'.repeat(31_000) };
    const batch = Array.from({ length: 1_000 }, () => ({ type: 'track', event: 'A', userId: 'x2' }));
    const answer = await post('/v1/batch', { context, batch });
    expect(answer.body['accepted']).toBeLessThan(300);
    expect(answer.body['rejected']).toHaveLength(1_000 - Number(answer.body['accepted']));
  });
});

describe('once', () => {
  test('the same message again is answered as accepted and kept once', async () => {
    const event = { type: 'track', event: 'Once', userId: 'o1', messageId: 'once-1' };
    const answers = await Promise.all([
      post('/v1/track', event),
      post('/v1/batch', { batch: [event, event] }),
      post('/v1/track', event),
    ]);
    expect(answers.map((answer) => answer.body['accepted'])).toEqual([1, 2, 1]);
    expect(await stored('once-1')).toHaveLength(1);
  });

  test('two processes at once keep each message once', async () => {
    const other = await house.second();
    try {
      const batch = Array.from({ length: 300 }, (_, index) => ({
        type: 'track',
        event: 'Twice',
        userId: `t${index % 7}`,
        anonymousId: `ta${index % 11}`,
        messageId: `twice-${index}`,
      }));
      const send = (app: TestHouse['app'], events: object[]): Promise<{ json(): { accepted: number } }> =>
        app.inject({
          method: 'POST',
          url: '/v1/batch',
          headers: { authorization: basic(site.writeKey) },
          payload: JSON.stringify({ batch: events }),
        }) as never;
      const answers = await Promise.all([
        send(house.app, batch),
        send(other.app, batch.toReversed()),
        send(house.app, batch.slice(100)),
        send(other.app, batch.slice(0, 200)),
      ]);
      expect(answers.map((answer) => answer.json().accepted)).toEqual([300, 300, 200, 200]);
      expect(await stored('twice-%')).toHaveLength(300);
    } finally {
      await other.close();
    }
  });

  test('an import goes the same way', async () => {
    const events = [
      {
        type: 'track',
        event: 'Order Completed',
        messageId: 'import-1',
        timestamp: '2020-01-02T03:04:05Z',
        context: { externalIds: [{ type: 'card', id: '4006381333931' }] },
      },
      { type: 'track', event: 'Order Completed', messageId: 'import-2' },
    ];
    expect(await ingest(house, till.id, events)).toMatchObject({
      accepted: 1,
      repeated: 0,
      rejected: [{ index: 1, code: 'timeline.no-user' }],
    });
    expect(await ingest(house, till.id, events)).toMatchObject({ accepted: 1, repeated: 1 });
    const [row] = await stored('import-1');
    expect(row?.occurred_at.toISOString()).toBe('2020-01-02T03:04:05.000Z');
    expect(row?.customer_id).not.toBeNull();
  });
});

describe('refusals of the whole', () => {
  test.each(['', '{', 'null', '"text"', '12', '{"batch":', '\u0000'])('body %j cannot be parsed', async (text) => {
    expect(await post('/v1/batch', text)).toMatchObject({
      status: 400,
      body: { code: 'timeline.unreadable' },
      headers: { 'access-control-allow-origin': '*' },
    });
  });

  test('more than 500 KB', async () => {
    const answer = await post('/v1/batch', {
      batch: [{ type: 'track', event: 'A', userId: 'u1', properties: { x: 'y'.repeat(520_000) } }],
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'timeline.body-too-large' } });
  });
});
