import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { identity } from '@ruslo/identity';
import { openApp, openDb, openHouse, readConfig } from '@ruslo/platform';
import type { App, OpenHouse } from '@ruslo/platform';
import { openTestHouse, testDatabase } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trackAnswer } from './contract.ts';
import { createSource, timeline } from './index.ts';
import type { Source } from './index.ts';
import { intakeOf, judgeFor } from './intake.ts';
import { openPipeline } from './pipeline.ts';
import { limits, openEnvelope } from './rules.ts';
import { basic, testDoor } from './testing.ts';

const slices = [testDoor, identity, timeline];
const nasty = [
  `'; drop table log.event; --`,
  `" or 1=1 --`,
  '<script>alert(1)</script>',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u001e\u001d',
  '{{constructor}}',
  '../../etc/passwd',
  '%00',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '-1',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '0000-00-00',
  '1e400',
  'é'.repeat(300),
  '🙂'.repeat(60),
  '\u202e',
  '\ufeff',
];

/** Whatever a JSON Schema allows, and now and then what it does not. */
function fromSchema(schema: Schema, all: Readonly<Record<string, Schema>>, depth = 0): fc.Arbitrary<unknown> {
  const anything = fc.oneof(fc.constantFrom(...nasty), fc.jsonValue({ maxDepth: 4 }), fc.constant('x'.repeat(40_000)));
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.string({ maxLength: 30 }) },
    { weight: 2, arbitrary: fc.constantFrom(...nasty) },
  );
  const right = ((): fc.Arbitrary<unknown> => {
    const named = schema.$ref === undefined ? undefined : all[schema.$ref.split('/').at(-1) ?? ''];
    if (named !== undefined) return fromSchema(named, all, depth);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => fromSchema(one, all, depth)));
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.type === 'string')
      return schema.format === 'uuid'
        ? fc.oneof(fc.uuid(), text)
        : schema.format === 'date-time'
          ? fc.oneof(
              fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
              text,
            )
          : text;
    if (schema.type === 'integer' || schema.type === 'number') return fc.oneof(fc.integer(), fc.double());
    if (schema.type === 'boolean') return fc.boolean();
    if (schema.type === 'null') return fc.constant(null);
    if (schema.type === 'array') return fc.array(fromSchema(schema.items ?? {}, all, depth + 1), { maxLength: 6 });
    if (schema.type === 'object' && schema.properties !== undefined && depth < 5) {
      const fields = Object.fromEntries(
        Object.entries(schema.properties).map(([name, field]) => [name, fromSchema(field, all, depth + 1)]),
      );
      return fc.record(fields, { requiredKeys: schema.required ?? [] });
    }
    return fc.dictionary(
      fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('email', 'phone', 'card', '__proto__', 'name')),
      anything,
      { maxKeys: 5 },
    );
  })();
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: anything });
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: string[];
}
interface Operation {
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

describe('fuzz against the OpenAPI document', () => {
  let house: TestHouse;
  let source: Source;
  let document: Document;
  beforeAll(async () => {
    house = await openTestHouse({ slices });
    source = await createSource(house, { name: 'Server', kind: 'server' });
    document = (await house.app.inject({ method: 'GET', url: '/openapi.json' })).json<Document>();
  });
  afterAll(async () => {
    await house.close();
  });
  const bodyOf = (path: string): Schema => {
    const schema = document.paths[path]?.['post']?.requestBody?.content['application/json']?.schema;
    if (schema === undefined) throw new Error(`the document does not describe POST ${path}`);
    return schema;
  };
  const send = (url: string, payload: string): Promise<{ statusCode: number; body: string }> =>
    house.app.inject({
      method: 'POST',
      url,
      headers: { authorization: basic(source.writeKey), 'content-type': 'application/json' },
      payload,
    }) as Promise<{ statusCode: number; body: string }>;

  test('each address of single events answers clearly, whatever comes', async () => {
    const paths = Object.keys(document.paths).filter((path) =>
      /^\/v1\/(?:identify|track|page|screen|group|alias)$/.test(path),
    );
    expect(paths).toHaveLength(6);
    for (const path of paths) {
      await fc.assert(
        fc.asyncProperty(fromSchema(bodyOf(path), document.components.schemas), async (body) => {
          const answer = await send(path, JSON.stringify(body) ?? '');
          expect([200, 400]).toContain(answer.statusCode);
          if (answer.statusCode === 200) {
            const { accepted, rejected } = trackAnswer.parse(JSON.parse(answer.body));
            const count = Array.isArray(body)
              ? body.length
              : Array.isArray((body as { batch?: unknown[] }).batch)
                ? (body as { batch: unknown[] }).batch.length
                : 1;
            expect(accepted + rejected.length).toBe(count);
          }
        }),
        { numRuns: 40 },
      );
    }
  });

  test('in a batch, good events beside whatever else are all kept, once', async () => {
    let serial = 0;
    const schema = document.components.schemas['TrackEvent'] ?? bodyOf('/v1/track');
    await fc.assert(
      fc.asyncProperty(fc.array(fromSchema(schema, document.components.schemas), { maxLength: 12 }), async (odd) => {
        const first = serial;
        const good = Array.from({ length: odd.length + 1 }, () => ({
          type: 'track',
          event: 'Good',
          userId: `g${serial % 10}`,
          messageId: `good-${(serial += 1)}`,
        }));
        const batch = good.flatMap((event, index) => (index < odd.length ? [event, odd[index]] : [event]));
        const payload = JSON.stringify({ batch });
        fc.pre(Buffer.byteLength(payload) <= limits.bodyBytes);
        const answer = await send('/v1/batch', payload);
        expect(answer.statusCode, answer.body).toBe(200);
        const { accepted, rejected } = trackAnswer.parse(JSON.parse(answer.body));
        expect(accepted + rejected.length).toBe(batch.length);
        expect(rejected.every((one) => one.index % 2 === 1)).toBe(true);
        const [row] = await house.db.query<{ count: number }>(
          `select count(*)::int as count from log.event where message_id in (select 'good-' || n from generate_series($1::int, $2::int) n)`,
          [first + 1, serial],
        );
        expect(row?.count).toBe(good.length);
      }),
      { numRuns: 120 },
    );
    expect(serial).toBeGreaterThan(100);
  });

  test('bytes that are no JSON at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const answer = await house.app.inject({
          method: 'POST',
          url: '/v1/batch',
          headers: { authorization: basic(source.writeKey) },
          payload: Buffer.from(bytes),
        });
        expect([200, 400]).toContain(answer.statusCode);
      }),
      { numRuns: 150 },
    );
    for (const type of ['', ';;;', 'application/json; charset=koi8-r', 'x', 'multipart/form-data']) {
      const answer = await house.app.inject({
        method: 'POST',
        url: '/v1/track',
        headers: { authorization: basic(source.writeKey), 'content-type': type },
        payload: '{"event":"A","userId":"u"}',
      });
      expect([200, 400]).toContain(answer.statusCode);
    }
  });

  test('a body where none is due holds no bytes', async () => {
    const held = (): number => intakeOf(house, async () => []).pipeline.heldBytes;
    for (const method of ['OPTIONS', 'POST', 'PUT', 'DELETE'] as const)
      for (const url of ['/v1/track', '/v1/m', '/sourceConfig', '/v1/projects/key/settings', '/api/s/nothing'])
        await house.app.inject({ method, url, payload: 'x'.repeat(1_000) });
    expect(held()).toBe(0);
  });

  test('reading and sources: never a fault of ours', async () => {
    const victim = await createSource(house, { name: 'Fuzzed', kind: 'till' });
    const permissions = 'customer.read,event.read,source.read,source.manage';
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (
          operation.tags?.includes('timeline') !== true ||
          path === '/v1/stream' ||
          path.endsWith('/batch') ||
          path.endsWith('/import') ||
          /^\/v1\/(?:identify|track|page|screen|group|alias)$/.test(path)
        )
          continue;
        const parameters = fc.tuple(
          ...(operation.parameters ?? []).map((one) =>
            fc.option(fromSchema(one.schema, document.components.schemas)).map((value) => ({ ...one, value })),
          ),
        );
        const schema = operation.requestBody?.content['application/json']?.schema;
        const body = schema === undefined ? fc.constant(undefined) : fromSchema(schema, document.components.schemas);
        await fc.assert(
          fc.asyncProperty(parameters, body, async (values, payload) => {
            let url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
              encodeURIComponent(
                textOf(values.find((one) => one.in === 'path' && one.name === name)?.value ?? victim.id),
              ),
            );
            const query = values
              .filter((one) => one.in === 'query' && one.value !== null)
              .map((one) => `${one.name}=${encodeURIComponent(textOf(one.value))}`);
            if (query.length > 0) url += `?${query.join('&')}`;
            const answer = await house.app.inject({
              method: method.toUpperCase() as 'GET',
              url,
              headers: {
                'x-test-permissions': permissions,
                ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
              },
              ...(payload === undefined ? {} : { payload: JSON.stringify(payload) ?? '' }),
            });
            expect(answer.statusCode, `${method} ${url} ${answer.body}`).toBeLessThan(500);
          }),
          { numRuns: 25 },
        );
      }
    }
  });

  test('ten thousand identifiers on one person', async () => {
    for (let from = 0; from < 10_000; from += 2_500) {
      const batch = Array.from({ length: 2_500 }, (_, index) => ({
        type: 'track',
        event: 'Many',
        userId: 'many-ids',
        anonymousId: `many-${from + index}`,
      }));
      const answer = await send('/v1/batch', JSON.stringify({ batch }));
      expect(answer.body).toBe('{"success":true,"accepted":2500,"rejected":[]}');
    }
    const [row] = await house.db.query<{ count: number; nobody: number }>(
      `select count(*)::int as count, (count(*) filter (where customer_id is null))::int as nobody from log.event where name = 'Many'`,
    );
    expect(row).toEqual({ count: 10_000, nobody: 0 });
  });
});

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.toWellFormed() : (JSON.stringify(value) ?? '');

describe('the pipeline', () => {
  test('what Postgres refuses stands alone; its neighbours are kept', async () => {
    const house = await openTestHouse({ slices });
    try {
      const source = await createSource(house, { name: 'Server', kind: 'server' });
      const envelope = openEnvelope(
        {
          batch: Array.from({ length: 50 }, (_, index) => ({
            type: 'track',
            event: 'E',
            userId: `p${index}`,
            messageId: `poison-${index}`,
          })),
        },
        undefined,
      );
      if (envelope === undefined) throw new Error('no envelope');
      const judged = judgeFor(source, envelope, { receivedMs: Date.now(), isImport: false });
      // The rules let nothing through that Postgres is known to refuse, so it is put in behind them.
      const events = judged.accepted.map((event, index) =>
        index === 17 || index === 31 ? { ...event, row: { ...event.row, data: '{"a":"\\u0000"}' } } : event,
      );
      const pipeline = openPipeline({
        db: house.db,
        resolve: async (_tx, sightings) => sightings.map(() => null),
        clock: house.clock,
        logger: house.logger,
        maxBytes: 1_000_000,
      });
      const outcome = await pipeline.commit(events);
      expect([...outcome.refused].map((event) => event.index)).toEqual([17, 31]);
      const [row] = await house.db.query<{ count: number }>(
        `select count(*)::int as count from log.event where message_id like 'poison-%'`,
      );
      expect(row?.count).toBe(48);
    } finally {
      await house.close();
    }
  });
});

/** Stands between the server and Postgres, so that Postgres can be away or silent without being harmed. */
class Proxy {
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;
  #server: Server | undefined;
  #isSilent = false;
  port = 0;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  async start(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(Number(this.#target.port), this.#target.hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (chunk: Buffer) => {
          if (!this.#isSilent) to.write(chunk);
        });
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.on('error', () => to.destroy());
      }
    });
    await new Promise<void>((resolve) => {
      this.#server?.listen(this.port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
    });
  }

  silence(): void {
    this.#isSilent = true;
  }

  /** What was said meanwhile is lost, so the connections that waited are cut. */
  speak(): void {
    this.#isSilent = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  get url(): string {
    return Object.assign(new URL(this.#target), {
      hostname: '127.0.0.1',
      port: String(this.port),
      search: '',
    }).toString();
  }
}

describe('Postgres away', () => {
  const queueBytes = 1_048_576;
  let proxy: Proxy;
  let house: OpenHouse;
  let app: App;
  let source: Source;
  let url: string;
  const acknowledged = new Set<string>();
  let serial = 0;

  beforeAll(async () => {
    const database = await testDatabase(slices);
    proxy = new Proxy(database);
    await proxy.start();
    house = openHouse({
      config: { ...readConfig({ port: '0' }, {}), intakeQueueBytes: queueBytes, logLevel: 'silent' },
      slices,
      postgresUrl: proxy.url,
      clickhouseUrl: 'http://127.0.0.1:9',
    });
    app = await openApp(house);
    source = await createSource(house, { name: 'Server', kind: 'server' });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await app.close();
    await house.close();
    await proxy.stop();
  });

  const batchOf = (count: number, bytes: number): { messageId: string; body: string }[] =>
    Array.from({ length: count }, () => {
      const messageId = `away-${(serial += 1)}`;
      return {
        messageId,
        body: JSON.stringify({
          batch: [
            {
              type: 'track',
              event: 'Away',
              userId: `a${serial % 5}`,
              messageId,
              properties: { text: 'x'.repeat(bytes) },
            },
          ],
        }),
      };
    });
  const post = async ({
    messageId,
    body,
  }: {
    messageId: string;
    body: string;
  }): Promise<{ status: number; retryAfter: string | null }> => {
    const response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: basic(source.writeKey) },
      body,
    });
    await response.text();
    if (response.status === 200) acknowledged.add(messageId);
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  };
  const held = (): number => intakeOf(house, async () => []).pipeline.heldBytes;
  const check = async (): Promise<void> => {
    const db = openDb({ url: proxy.url, max: 1 });
    const rows = await db.query<{ message_id: string; count: number }>(
      `select message_id, count(*)::int as count from log.event where name = 'Away' group by 1`,
    );
    await db.close();
    expect(rows.filter((row) => row.count !== 1)).toEqual([]);
    const there = new Set(rows.map((row) => row.message_id));
    expect([...acknowledged].filter((id) => !there.has(id))).toEqual([]);
  };

  test('bodies that trickle leave room for those that come whole', async () => {
    const address = new URL(url);
    const sockets = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const socket = connect(Number(address.port), address.hostname);
        socket.on('error', () => undefined);
        const head = `POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 490000\r\n\r\n`;
        await new Promise((resolve) => socket.write(head + 'x'.repeat(20_000), resolve));
        return socket;
      }),
    );
    await expect.poll(held).toBeGreaterThan(300_000);
    await delay(200);
    for (const one of batchOf(5, 9_000)) expect((await post(one)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect.poll(held).toBe(0);
    await check();
  });

  test('gone: 503 with Retry-After at once, and it goes on by itself', async () => {
    for (const answer of await Promise.all(batchOf(5, 10).map(post))) expect(answer.status).toBe(200);
    await proxy.stop();
    const lost = batchOf(10, 10);
    const startedAt = performance.now();
    for (const answer of await Promise.all(lost.map(post))) expect(answer).toEqual({ status: 503, retryAfter: '1' });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(held()).toBe(0);
    await proxy.start();
    await expect
      .poll(async () => (await post(lost[0] ?? { messageId: '', body: '' })).status, { timeout: 10_000 })
      .toBe(200);
    for (const again of lost) expect((await post(again)).status).toBe(200);
    await check();
  }, 60_000);

  test('silent: no more than a set number of bytes is held, every request is answered, and nothing is lost or doubled', async () => {
    proxy.silence();
    const flood = batchOf(200, 20_000); // 4 MB against a queue of 1 MB
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, held());
    }, 5);
    const startedAt = performance.now();
    const answers = Promise.all(flood.map(post));
    await delay(1_500);
    const quick = await post(batchOf(1, 500_000 - 10_000)[0] ?? { messageId: '', body: '' });
    expect(quick.status).toBe(503);
    expect(new Set((await answers).map((answer) => answer.status))).toEqual(new Set([503]));
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    clearInterval(watch);
    expect(most).toBeGreaterThan(queueBytes / 2);
    expect(most).toBeLessThanOrEqual(queueBytes);
    proxy.speak();
    for (const again of flood) await expect.poll(async () => (await post(again)).status, { timeout: 20_000 }).toBe(200);
    await expect.poll(held).toBe(0);
    await check();
  }, 120_000);
});
