import { setTimeout as delay } from 'node:timers/promises';
import { identity } from '@ruslo/identity';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
// @ts-expect-error -- jsdom brings no types; what is used of it is said below
import { JSDOM as UntypedDom } from 'jsdom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSource, timeline } from './index.ts';
import type { Source } from './index.ts';
import { testDoor } from './testing.ts';

/** The vendors' own clients, unmodified, against a server that is really stopped and started under them. */

const JSDOM = UntypedDom as new (
  html: string,
  options: { url: string; referrer: string },
) => { readonly window: Readonly<Record<string, unknown>> };

let house: TestHouse;
let source: Source;
let base: string;

beforeAll(async () => {
  house = await openTestHouse({ slices: [testDoor, identity, timeline] });
  source = await createSource(house, { name: 'Site', kind: 'site' });
  base = await house.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await house.close();
});

/** Stops the server as a deployment does, leaves the port dead for a while, and starts another on it. */
async function restart(deadMs: number): Promise<void> {
  const { port } = new URL(base);
  const next = await house.second();
  await house.close();
  await delay(deadMs);
  house = next;
  await house.app.listen({ port: Number(port), host: '127.0.0.1' });
}

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly data: Record<string, unknown>;
  readonly customer_id: string | null;
}
const rowsOf = (userId: string): Promise<Row[]> =>
  house.db.query<Row>(
    `select kind, name, data, customer_id from log.event where kind <> 'fact' and (data ->> 'userId' = $1 or data -> 'context' ->> 'groupId' = $1) order by occurred_at, id`,
    [userId],
  );
const namesOf = async (like: string): Promise<string[]> => {
  const rows = await house.db.query<{ name: string }>('select name from log.event where name like $1', [like]);
  return rows.map((row) => row.name).toSorted();
};
const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`).toSorted();

describe('@segment/analytics-node', () => {
  test('all six calls', async () => {
    const analytics = new Analytics({ writeKey: source.writeKey, host: base });
    const userId = 'node-1';
    analytics.identify({ userId, traits: { email: 'node@mayak.example', city: 'Казань' } });
    analytics.track({ userId, event: 'Product Viewed', properties: { name: 'Чай' } });
    analytics.page({ userId, name: 'Home', properties: { path: '/' } });
    analytics.screen({ userId, name: 'Cart' });
    analytics.group({ userId, groupId: 'g1', traits: { name: 'Family' } });
    analytics.alias({ userId, previousId: 'node-0' });
    await analytics.closeAndFlush();
    const rows = await rowsOf(userId);
    expect(rows.map((row) => row.kind).toSorted()).toEqual(['alias', 'group', 'identify', 'page', 'screen', 'track']);
    expect(rows.every((row) => row.customer_id !== null)).toBe(true);
  });

  test('a 40 KB event that its own check lets pass does not cost its batch', async () => {
    const analytics = new Analytics({ writeKey: source.writeKey, host: base, maxEventsInBatch: 3 });
    analytics.track({ userId: 'node-2', event: 'Before big' });
    analytics.track({ userId: 'node-2', event: 'Big', properties: { text: 'x'.repeat(40_000) } });
    analytics.track({ userId: 'node-2', event: 'After big' });
    await analytics.closeAndFlush();
    expect((await rowsOf('node-2')).map((row) => row.name)).toEqual(['Before big', 'After big']);
  });

  test('through a restart: nothing lost, nothing doubled', async () => {
    const analytics = new Analytics({
      writeKey: source.writeKey,
      host: base,
      maxEventsInBatch: 7,
      flushInterval: 50,
      maxRetries: 20,
    });
    const failures: unknown[] = [];
    analytics.on('error', (error) => failures.push(error));
    for (let index = 0; index < 200; index += 1) {
      analytics.track({ userId: `node-r${index % 9}`, event: `Node ${index}` });
      await delay(5);
      if (index === 80) void restart(700);
    }
    await analytics.closeAndFlush({ timeout: 30_000 });
    expect(failures).toEqual([]);
    expect(await namesOf('Node %')).toEqual(numbered('Node', 200));
  });
});

describe('@rudderstack/rudder-sdk-node', () => {
  test.each([true, false])('all six calls, gzip %s', async (gzip) => {
    const rudder = new RudderAnalytics(source.writeKey, { dataPlaneUrl: base, flushAt: 20, gzip });
    const userId = `rudder-${gzip}`;
    rudder.identify({ userId, traits: { phone: '+7 916 123-45-67' } });
    rudder.track({ userId, event: 'Product Viewed', properties: { name: 'Чай' } });
    rudder.page({ userId, name: 'Home' });
    rudder.screen({ userId, name: 'Cart' });
    rudder.group({ userId, groupId: 'g1' });
    rudder.alias({ userId, previousId: `rudder-old-${gzip}` });
    await rudder.flush();
    expect((await rowsOf(userId)).map((row) => row.kind).toSorted()).toEqual([
      'alias',
      'group',
      'identify',
      'page',
      'screen',
      'track',
    ]);
  });

  test('through a restart: nothing lost, nothing doubled', async () => {
    const rudder = new RudderAnalytics(source.writeKey, {
      dataPlaneUrl: base,
      flushAt: 5,
      flushInterval: 50,
      gzip: true,
    });
    for (let index = 0; index < 100; index += 1) {
      rudder.track({ userId: `rudder-r${index % 9}`, event: `Rudder ${index}` });
      await delay(5);
      if (index === 40) void restart(500);
    }
    await expect.poll(() => namesOf('Rudder %'), { timeout: 30_000, interval: 300 }).toEqual(numbered('Rudder', 100));
  });
});

describe('@segment/analytics-next', () => {
  const names = ['window', 'document', 'navigator', 'location', 'localStorage', 'self', 'CustomEvent'] as const;
  const before = new Map<string, PropertyDescriptor | undefined>();
  beforeAll(() => {
    const { window } = new JSDOM('<!doctype html><title>Маяк</title>', {
      url: 'https://mayak.example/p/1?utm_source=mail',
      referrer: 'https://search.example/',
    });
    for (const name of names) {
      before.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
      const value: unknown = name === 'window' || name === 'self' ? window : window[name];
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  });
  afterAll(() => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  });

  test('asks for its settings, sends all calls as a page does, and survives a restart', async () => {
    const { AnalyticsBrowser } = await import('@segment/analytics-next');
    const [analytics] = await AnalyticsBrowser.load({ writeKey: source.writeKey, cdnURL: base });
    const userId = 'next-1';
    await analytics.page('Catalogue');
    await analytics.track('Product Viewed', { name: 'Чай' });
    await analytics.identify(userId, { email: 'Next@Mayak.example' });
    await analytics.track('Product Added', { name: 'Чай' });
    await analytics.screen('Cart');
    await analytics.group('g1', { name: 'Family' });
    await analytics.alias('next-9');
    const sent = async (): Promise<string[]> => {
      const anonymousId = analytics.user().anonymousId();
      const rows = await house.db.query<{ kind: string }>(
        `select kind from log.event where data ->> 'anonymousId' = $1 or data ->> 'userId' in ('next-1', 'next-9') and kind <> 'fact'`,
        [anonymousId],
      );
      return rows.map((row) => row.kind).toSorted();
    };
    await expect
      .poll(sent, { timeout: 10_000, interval: 200 })
      .toEqual(['alias', 'group', 'identify', 'page', 'screen', 'track', 'track']);
    const [viewed] = await house.db.query<Row>(
      `select name, kind, data, customer_id from log.event where name = 'Product Viewed' and data ->> 'anonymousId' = $1`,
      [analytics.user().anonymousId()],
    );
    expect(viewed?.data).toMatchObject({
      context: {
        page: { url: 'https://mayak.example/p/1?utm_source=mail', title: 'Маяк' },
        campaign: { source: 'mail' },
        ip: '127.0.0.1',
      },
    });

    for (let index = 0; index < 30; index += 1) {
      void analytics.track(`Next ${index}`);
      await delay(10);
      if (index === 10) void restart(400);
    }
    await expect.poll(() => namesOf('Next %'), { timeout: 40_000, interval: 500 }).toEqual(numbered('Next', 30));
  });
});
