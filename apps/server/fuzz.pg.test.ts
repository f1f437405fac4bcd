import { saveProducts } from '@ruslo/catalog';
import { mostMinor } from '@ruslo/kernel';
import { environmentValue, newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { signInOwner } from '@ruslo/staff/testing';
import { setLevels } from '@ruslo/stock';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slices } from './slices.ts';

/**
 * Whatever the OpenAPI document allows, and now and then what it does not, sent to every route of commerce by the owner,
 * a key, a visitor and a signed-in customer: clear answers only. The ids are those of what is there, so that it gets far.
 */

const commerce = ['place', 'catalog', 'stock', 'offer', 'wallet', 'loyalty', 'payment', 'receipt', 'cart', 'order'];
/** A few on every run of the tests; more, or those of a failure again, by the environment. */
const runsEach = Number(environmentValue('RUSLO_FUZZ_RUNS') ?? 4);
const seed = Number(environmentValue('RUSLO_FUZZ_SEED') ?? Date.now() % 2 ** 31);
/** Nothing that somebody sends may hold up the others; a busy machine may. */
const mostMs = 10_000;

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: string[];
}
interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses?: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const nasty = [
  `'; drop table log.event; --`,
  '<script>alert(1)</script>',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '%',
  '_%\\',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'NaN',
  '-1',
  '9007199254740993',
  '1e400',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '0000-01-01T00:00:00Z',
  'é'.repeat(300),
  '🙂'.repeat(60),
  '\u202e\ufeff',
  '~',
  '2026-01-01T00:00:00.000000Z~',
  'RUSLO:H:00000000-0000-0000-0000-000000000000:00000000',
  '+79170000001',
  'RUB',
];

let house: TestHouse;
let document: Document;
let callers: readonly (readonly [string, Readonly<Record<string, string>>])[];
/** Ids of what is there, by table. */
const ids = new Map<string, string[]>();

async function gatherIds(): Promise<void> {
  const tables = await house.db.query<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.columns
     where column_name = 'id' and data_type = 'uuid' and table_schema not in ('pg_catalog', 'information_schema', 'log', 'staff')`,
  );
  for (const { schema, name } of tables) {
    const rows = await house.db.query<{ id: string }>(`select id from "${schema}"."${name}" order by id limit 4`);
    const known = ids.get(name) ?? [];
    ids.set(name, [...new Set([...known, ...rows.map((row) => row.id)])].slice(0, 12));
  }
}

/** `variantId` and `/variants/{id}` mean the table `variant`; the customer whom fuzz is about is one of them. */
function idOf(hint: string): fc.Arbitrary<string> {
  const all = [...ids.values()].flat();
  const own = [...ids]
    .filter(([table]) => table !== '' && hint.toLowerCase().includes(table.replaceAll('_', '')))
    .flatMap(([, some]) => some);
  return fc.oneof(
    { weight: own.length === 0 ? 0 : 8, arbitrary: fc.constantFrom(...(own.length === 0 ? [''] : own)) },
    { weight: 1, arbitrary: fc.constantFrom(...all) },
    { weight: 1, arbitrary: fc.uuid() },
  );
}

const numbers = (schema: Schema): fc.Arbitrary<unknown> => {
  const least = schema.minimum ?? -10;
  const most = schema.maximum ?? 2 ** 53;
  return fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 4 }).map((more) => Math.min(most, least + more)) },
    { weight: 3, arbitrary: fc.constantFrom(least, most, most - 1) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: Math.ceil(least), max: Math.floor(Math.max(least, most)) }) },
        { weight: 1, arbitrary: fc.oneof(fc.double(), fc.constantFrom(least - 1, most + 1, 2 ** 53, -0, 0.5)) },
      ),
    },
  );
};

const matching = (pattern: string): fc.Arbitrary<string> => {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 60 });
  } catch {
    return fc.constant('10:00'); // a pattern with what fast-check does not draw
  }
};

const texts = (schema: Schema, hint: string): fc.Arbitrary<unknown> => {
  if (schema.format === 'uuid') return idOf(hint);
  const moment = fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') });
  const near = fc.date({ noInvalidDate: true, min: new Date('2026-01-01'), max: new Date('2027-12-31') });
  if (schema.format === 'date-time') return fc.oneof(near, moment).map((at) => at.toISOString());
  if (schema.format === 'date') return fc.oneof(near, moment).map((at) => at.toISOString().slice(0, 10));
  if (schema.format === 'uri') return fc.constantFrom('https://shop.test/done', 'javascript:alert(1)', 'http://[::1]/');
  const most = Math.min(schema.maxLength ?? 60, 2_000);
  if (hint === 'timeZone') return fc.constantFrom('Europe/Moscow', 'Nowhere/None');
  if (hint.endsWith('Ids')) return fc.array(idOf(hint), { minLength: 1, maxLength: 3 }).map((some) => some.join());
  const usual = ['RUB', 'KZN-1', 'sku-1', 'sku-2', 'e@x.ru', '+79170000001', 'jacket'].map((one) => one.slice(0, most));
  return fc.oneof(
    { weight: 8, arbitrary: schema.pattern === undefined ? fc.constantFrom(...usual) : matching(schema.pattern) },
    { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: Math.min(most, 30), unit: 'grapheme' }) },
    { weight: 2, arbitrary: fc.constantFrom(...nasty.filter((one) => one.length <= most)) },
    { weight: 1, arbitrary: fc.constant('x'.repeat(most)) },
    { weight: 1, arbitrary: idOf(hint) },
  );
};

function fromSchema(schema: Schema, hint: string, depth = 0): fc.Arbitrary<unknown> {
  const right = ((): fc.Arbitrary<unknown> => {
    const named =
      schema.$ref === undefined ? undefined : document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    if (named !== undefined) return depth > 9 ? fc.constant(null) : fromSchema(named, hint, depth + 1);
    const some = schema.anyOf ?? schema.oneOf;
    if (some !== undefined) return fc.oneof(...some.map((one) => fromSchema(one, hint, depth + 1)));
    if ('const' in schema) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.type === 'string') return texts(schema, hint);
    if (schema.type === 'integer' || schema.type === 'number') return numbers(schema);
    if (schema.type === 'boolean') return fc.boolean();
    if (schema.type === 'null') return fc.constant(null);
    if (schema.type === 'array')
      return fc.array(fromSchema(schema.items ?? {}, hint, depth + 1), {
        minLength: schema.minItems ?? 0,
        maxLength: (schema.minItems ?? 0) + 3,
      });
    if (schema.properties !== undefined && depth < 12) {
      const fields = Object.fromEntries(
        Object.entries(schema.properties).map(([name, field]) => [name, fromSchema(field, name, depth + 1)]),
      );
      const needed = schema.required ?? [];
      // Where exactly one of several is wanted, a random half of them is never right.
      const optional = Object.keys(fields).filter((one) => !needed.includes(one));
      const few = optional.map((one) =>
        Object.fromEntries([...needed, one].map((key) => [key, fields[key] ?? fc.constant(null)])),
      );
      const whole = fc.record(fields, { requiredKeys: needed });
      return few.length === 0 ? whole : fc.oneof(whole, ...few.map((some) => fc.record(some)));
    }
    const value =
      typeof schema.additionalProperties === 'object'
        ? fromSchema(schema.additionalProperties, hint, depth + 1)
        : fc.jsonValue({ maxDepth: 2 });
    return fc.dictionary(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('color', '__proto__', 'size')), value, {
      maxKeys: 3,
    });
  })();
  const anything = fc.oneof(fc.constantFrom(...nasty), fc.jsonValue({ maxDepth: 3 }));
  return fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: anything });
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.toWellFormed() : (JSON.stringify(value) ?? '');

beforeAll(async () => {
  house = await openTestHouse({ slices });
  const owner = await signInOwner(house);
  const ask = async <T>(method: 'GET' | 'POST', url: string, body?: object, token?: string): Promise<T> => {
    const headers: Record<string, string> =
      token === undefined ? { 'x-ruslo': '1' } : { authorization: `Bearer ${token}` };
    const got = await (token === undefined
      ? owner.ask(method, url, body, headers)
      : house.app
          .inject({ method, url, headers, ...(body !== undefined && { payload: body }) })
          .then((answer) => ({ status: answer.statusCode, body: answer.json<unknown>() })));
    expect(got.status, `${method} ${url} ${JSON.stringify(got.body)}`).toBe(200);
    return got.body as T;
  };
  const places: string[] = [];
  for (const code of ['KZN-1', 'KZN-2']) {
    const services = ['sale', 'pickup', 'try-on', 'return', 'ship'];
    const body = { code, kind: 'shop', name: code, city: 'Казань', lat: 55.79, lon: 49.12, services };
    places.push((await ask<{ id: string }>('POST', '/v1/places', body)).id);
  }
  const now = house.clock.now();
  const saved = await house.db.tx((tx) =>
    saveProducts(
      house,
      tx,
      ['sku-1', 'sku-2', 'sku-3', 'dear'].map((sku) => ({
        code: sku,
        title: `Куртка ${sku}`,
        variants: [{ sku, vat: '22', priceMinor: sku === 'dear' ? mostMinor : 99_900 }],
      })),
      { at: now, by: 'test' },
    ),
  );
  const variants = saved.flatMap((product) => product.variants.map((variant) => variant.id ?? ''));
  const levels = variants.flatMap((variantId) => places.map((placeId) => ({ variantId, placeId, onHand: 500 })));
  await house.db.tx((tx) => setLevels(tx, levels, { kind: 'imported', ref: null, by: null, now }));
  const { token: visitor } = await ask<{ token: string }>('POST', '/v1/customer-sessions/visitor', {
    anonymousId: 'anon-fuzz-1',
    channel: 'web',
  });
  const identifiers = [{ kind: 'phone', value: '+79170000001' }];
  const { token: signedIn } = await ask<{ token: string }>('POST', '/v1/customer-sessions', { identifiers });
  for (const token of [visitor, signedIn, signedIn]) {
    const ops = variants.slice(0, 3).map((variantId) => ({ op: 'add', variantId, quantity: 2 }));
    await ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops }, token);
    const recipient = { name: 'Анна', phone: '+79170000001' };
    const checkout = { step: 'confirm', method: 'pickup', placeId: places[0], pay: 'on-handover', recipient };
    await house.app.inject({
      method: 'PUT',
      url: '/v1/customers/me/checkout',
      headers: { authorization: `Bearer ${token}` },
      payload: checkout,
    });
    const { totalMinor } = await ask<{ totalMinor: number }>('POST', '/v1/customers/me/checkout/quote', {}, token);
    await ask('POST', '/v1/customers/me/checkout/place', { expectedTotalMinor: totalMinor }, token);
    await ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops }, token);
  }
  await ask('POST', '/v1/gift-cards', {
    amountsMinor: [100_000, 5_000],
    currency: 'RUB',
    active: true,
    expiresAt: null,
  });
  const scopes = new Set(house.slices.flatMap((slice) => Object.keys(slice.permissions ?? {})));
  scopes.delete('session.self');
  const { secret } = await ask<{ secret: string }>('POST', '/v1/keys', { name: 'fuzz', scopes: [...scopes] });
  callers = [
    ['owner', { cookie: `ruslo_session=${owner.cookie ?? ''}`, 'x-ruslo': '1' }],
    ['key', { authorization: `Bearer ${secret}` }],
    ['visitor', { authorization: `Bearer ${visitor}` }],
    ['signed in', { authorization: `Bearer ${signedIn}` }],
  ];
  document = (await house.app.inject({ method: 'GET', url: '/openapi.json' })).json<Document>();
  await gatherIds();
});
afterAll(() => house.close());

interface Route {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}
test('the document tells of every route what it is for, what it answers and what it refuses', () => {
  const lacking = routes().flatMap(({ path, method, operation }) => {
    const answers = Object.keys(operation.responses ?? {});
    const isWhole = operation.summary !== undefined && answers.includes('200') && answers.some((code) => code >= '400');
    return isWhole ? [] : [`${method} ${path}`];
  });
  expect(lacking).toEqual([]);
});

const routes = (): Route[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(
        ([, operation]) => operation.tags?.some((tag) => commerce.includes(tag)) === true && !path.includes('stream'),
      )
      .map(([method, operation]) => ({ path, method, operation })),
  );

async function hammer({ path, method, operation }: Route): Promise<string[]> {
  const segments = path.split('/');
  const hintOf = (name: string): string =>
    `${segments[segments.indexOf(`{${name}}`) - 1] ?? ''} ${name === 'id' ? '' : name}`.replaceAll('-', '');
  const parameters = fc.tuple(
    ...(operation.parameters ?? []).map((one) => {
      const value = fromSchema(one.schema, one.in === 'path' ? hintOf(one.name) : one.name);
      return (one.required === true ? value : fc.option(value, { freq: 1 })).map((drawn) => ({ ...one, value: drawn }));
    }),
  );
  const schema = operation.requestBody?.content['application/json']?.schema;
  const body = schema === undefined ? fc.constant(undefined) : fromSchema(schema, path);
  const faults: string[] = [];
  const turned = new Set<string>();
  for (const [values, payload] of fc.sample(fc.tuple(parameters, body), { numRuns: runsEach, seed })) {
    for (const [who, headers] of callers.filter(([one]) => !turned.has(one))) {
      let url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        if (name === 'id' && path.startsWith('/v1/customers/{id}') && !['owner', 'key'].includes(who)) return 'me';
        return encodeURIComponent(
          textOf(values.find((one) => one.in === 'path' && one.name === name)?.value ?? newId()),
        );
      });
      const query = values
        .filter((one) => one.in === 'query' && one.value !== null)
        .flatMap((one) => [one.value].flat().map((value) => `${one.name}=${encodeURIComponent(textOf(value))}`));
      if (query.length > 0) url += `?${query.join('&')}`;
      const beganMs = performance.now();
      const answer = await house.app.inject({
        method: method.toUpperCase() as 'GET',
        url,
        headers: { ...headers, ...(payload === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(payload === undefined ? {} : { payload: JSON.stringify(payload) ?? '' }),
      });
      const tookMs = performance.now() - beganMs;
      if (answer.statusCode === 401 || answer.statusCode === 403) turned.add(who);
      if (answer.statusCode >= 500 || tookMs > mostMs)
        faults.push(
          `${who}: ${method} ${url} → ${answer.statusCode} in ${Math.round(tookMs)} ms ${answer.body.slice(0, 200)}\n  ${(JSON.stringify(payload) ?? '').slice(0, 1_500)}`,
        );
    }
  }
  return faults;
}

test('no route of commerce answers with a fault, whatever comes', { timeout: 600_000 }, async () => {
  const faults: string[] = [];
  const all = routes();
  for (const method of ['get', 'post', 'put', 'patch', 'delete', 'get'])
    for (const route of all.filter((one) => one.method === method)) faults.push(...(await hammer(route)));
  expect(faults, `RUSLO_FUZZ_SEED=${seed}`).toEqual([]);
});

test('what fuzz has written does not stop the duties', async () => {
  for (const slice of house.slices) for (const duty of slice.duties?.(house) ?? []) await duty.run(house.clock.now());
});
