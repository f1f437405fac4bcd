import type { Slice } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headsOf, identity, resolve } from './index.ts';
import type { Sighting } from './index.ts';

/** Everybody who knocks is staff who may do everything of this slice. */
const staffId = '01900000-0000-7000-8000-000000000001';
const everybody: Slice = {
  name: 'everybody',
  authenticate: () =>
    Promise.resolve({
      kind: 'staff',
      id: staffId,
      sessionId: staffId,
      roles: ['owner'],
      locale: 'en',
      permissions: new Set(Object.keys(identity.permissions ?? {})),
    }),
};

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, everybody] });
});
afterAll(async () => {
  await house.close();
});

const now = new Date('2026-03-01T10:00:01Z');
type Given = readonly [kind: string, value: string, proof?: 'proven' | 'claimed'];
const seen = (identifiers: readonly Given[], traits?: Record<string, unknown>): Sighting => ({
  at: '2026-03-01T10:00:00.000Z',
  occurredAt: '2026-03-01T10:00:00.000Z',
  sourceId: null,
  channel: 'web',
  traits,
  identifiers: identifiers.map(([kind, value, proof]) => ({ kind, value, proof: proof ?? 'proven' })),
});
const run = (...sightings: Sighting[]): Promise<(string | null)[]> =>
  house.db.retry((tx) => resolve(tx, sightings, now));
const person = async (identifiers: readonly Given[], traits?: Record<string, unknown>): Promise<string> =>
  (await run(seen(identifiers, traits)))[0] ?? '';

interface Answer<T> {
  readonly status: number;
  readonly body: T;
}
async function ask<T = Record<string, unknown>>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await house.app.inject({
    method,
    url,
    headers,
    ...(body === undefined ? {} : { payload: body as object }),
  });
  return { status: response.statusCode, body: response.json<T>() };
}
interface List {
  readonly items: readonly { readonly id: string; readonly name: { readonly last: string | null } }[];
  readonly nextCursor: string | null;
}
const found = async (q: string, rest = ''): Promise<string[]> =>
  (await ask<List>('GET', `/v1/customers?q=${encodeURIComponent(q)}${rest}`)).body.items.map((item) => item.id);

describe('lookup', () => {
  it('finds by any identifier in any spelling', async () => {
    const id = await person(
      [
        ['user_id', 'lookup-1'],
        ['phone', '+79126125101'],
        ['email', 'Look.Up@Mail.RU'],
        ['card', '2997513968119'],
        ['telegram', '@Lookup1'],
        ['external:1c', '000-17'],
      ],
      { firstName: 'Лука' },
    );
    for (const [kind, value] of [
      ['phone', '8 (912) 612-51-01'],
      ['email', ' LOOK.UP@mail.ru '],
      ['card', '2 997513 968119'],
      ['telegram', 'lookup1'],
      ['external:1c', '000-17'],
      ['user_id', 'lookup-1'],
    ] as const) {
      const { status, body } = await ask('GET', `/v1/customers/lookup?kind=${kind}&value=${encodeURIComponent(value)}`);
      expect({ kind, status, body }).toMatchObject({
        kind,
        status: 200,
        body: {
          id,
          customerId: id,
          proof: 'proven',
          phone: '+79126125101',
          email: 'look.up@mail.ru',
          name: { first: 'Лука' },
        },
      });
    }
  });

  it('refuses what it cannot tell', async () => {
    expect(await ask('GET', '/v1/customers/lookup?kind=card&value=2997513968118')).toMatchObject({
      status: 422,
      body: { code: 'identity.not-an-identifier' },
    });
    expect(await ask('GET', '/v1/customers/lookup?kind=nonsense&value=1')).toMatchObject({ status: 422 });
    expect(await ask('GET', '/v1/customers/lookup?kind=user_id&value=nobody-here')).toMatchObject({
      status: 404,
      body: { code: 'identity.not-found' },
    });
    await person([
      ['user_id', 'lookup-2'],
      ['phone', '+79126125102', 'claimed'],
    ]);
    expect(await ask('GET', '/v1/customers/lookup?kind=phone&value=89126125102')).toMatchObject({
      status: 200,
      body: { proof: 'claimed' },
    });
    await person([
      ['user_id', 'lookup-3'],
      ['phone', '+79126125102', 'claimed'],
    ]);
    expect(await ask('GET', '/v1/customers/lookup?kind=phone&value=89126125102')).toMatchObject({
      status: 409,
      body: { code: 'identity.ambiguous' },
    });
  });
});

describe('search', () => {
  it('finds by name, phone, e-mail and card, as people type', async () => {
    const id = await person(
      [
        ['user_id', 'search-1'],
        ['phone', '+79172265411'],
        ['email', 'kate.prohorova@yandex.ru'],
        ['card', '2900000000018'],
      ],
      { name: 'Прохорова Екатерина Ильинична' },
    );
    const other = await person(
      [
        ['user_id', 'search-2'],
        ['phone', '+79031112233'],
      ],
      { name: 'Соловьёв Пётр' },
    );
    for (const q of [
      'прохорова',
      'ПРОХОРОВА ЕКАТЕРИНА',
      'Екатерина Прохорова',
      'Катя прохорова',
      'Прохорова Е.',
      'прохорова е и',
      'Прохоровва',
      'прохорава',
      'prokhorova',
      'Ghj[jhjdf',
      '8 (917) 226-54-11',
      '226-54-11',
      '2265',
      'kate.prohorova@yandex.ru',
      'kate.pro',
      '2900000000018',
      'прох',
    ]) {
      expect({ q, ids: await found(q) }).toEqual({ q, ids: [id] });
    }
    for (const q of ['соловьев', 'Соловьёв петр', 'саловьев', 'Solovyev'])
      expect({ q, ids: await found(q) }).toEqual({ q, ids: [other] });
    expect(await found('Неттаких')).toEqual([]);
    expect(await found(`%_\\'"; drop table identity.person; --`)).toEqual([]);
  });

  it('pages, filters by attribute, channel, time and suggestion', async () => {
    expect(
      (
        await ask('POST', '/v1/attributes', {
          key: 'size',
          label: { ru: 'Размер', en: 'Size' },
          type: 'text',
          options: ['S', 'M'],
        })
      ).status,
    ).toBe(200);
    expect(
      await ask('POST', '/v1/attributes', { key: 'size', label: { ru: 'Размер', en: 'Size' }, type: 'text' }),
    ).toMatchObject({ status: 409, body: { code: 'identity.attribute-taken' } });
    const ids = await Promise.all(
      ['a', 'b', 'c'].map((letter) =>
        person([['user_id', `page-${letter}`]], { lastName: 'Листалкин', size: letter === 'b' ? 'M' : 'S' }),
      ),
    );
    const first = await ask<List>('GET', '/v1/customers?q=листалкин&limit=2');
    expect(first.body.items).toHaveLength(2);
    const second = await ask<List>('GET', `/v1/customers?q=листалкин&limit=2&cursor=${first.body.nextCursor ?? ''}`);
    expect([...first.body.items, ...second.body.items].map((item) => item.id).toSorted()).toEqual(ids.toSorted());
    expect(await found('листалкин', '&attribute.size=M')).toEqual([ids[1]]);
    expect((await ask<List>('GET', '/v1/customers?attribute.size=M')).body.items.map((item) => item.id)).toEqual([
      ids[1],
    ]);
    expect(await ask('GET', '/v1/customers?attribute.nope=1')).toMatchObject({
      status: 422,
      body: { code: 'identity.unknown-attribute' },
    });
    await house.db.query(`insert into identity.contact values ($1, 'shop', '2026-01-01', '2026-02-01T12:00:00Z')`, [
      ids[0],
    ]);
    const listed = async (query: string): Promise<string[]> =>
      (await ask<List>('GET', `/v1/customers?${query}`)).body.items.map((item) => item.id);
    expect(await listed('channel=shop')).toEqual([ids[0]]);
    expect(await listed('channel=shop&lastSeenFrom=2026-02-02')).toEqual([]);
    expect(await listed('channel=shop&lastSeenFrom=2026-02-01&lastSeenTo=2026-02-01')).toEqual([ids[0]]);
    expect(await listed('lastSeenTo=2026-01-31')).toEqual([]);
    await house.db.query(
      `insert into identity.contact values ($1, 'web', '2026-01-01', '2026-02-03T12:00:00.123456Z'), ($2, 'shop', '2026-01-01', '2026-02-03T12:00:00.123456Z')`,
      [ids[0], ids[1]],
    );
    expect(await listed('channel=shop')).toEqual([ids[1], ids[0]]);
    expect(await listed('channel=shop&lastSeenTo=2026-02-02')).toEqual([]);
    expect(await listed('channel=shop&attribute.size=S')).toEqual([ids[0]]);
    for (const query of ['channel=shop', 'sort=lastSeen']) {
      const [one, two] = [
        await ask<List>('GET', `/v1/customers?${query}&limit=1`),
        await ask<List>('GET', `/v1/customers?${query}&limit=2`),
      ];
      const rest = await ask<List>('GET', `/v1/customers?${query}&limit=1&cursor=${one.body.nextCursor ?? ''}`);
      expect([...one.body.items, ...rest.body.items]).toEqual(two.body.items);
      expect(two.body.items).toHaveLength(2);
    }
    expect((await ask('GET', '/v1/customers?channel=shop&cursor=nonsense')).status).toBe(400);
    const visitor = await person([['anonymous_id', 'page-visitor']]);
    expect(await listed('known=false&limit=200')).toContain(visitor);
    const known = await listed('known=true&limit=200');
    expect(known).not.toContain(visitor);
    expect(known).toEqual(expect.arrayContaining(ids));
    const all: string[] = [];
    for (let cursor = ''; ;) {
      const page = await ask<List>('GET', `/v1/customers?limit=2${cursor}`);
      all.push(...page.body.items.map((item) => item.id));
      if (page.body.nextCursor === null) break;
      cursor = `&cursor=${page.body.nextCursor}`;
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(all.toSorted().toReversed());
  });
});

describe('the card', () => {
  it('shows the person from any of her ids and takes corrections by hand', async () => {
    const visitor = await person([['anonymous_id', 'card-a']]);
    const account = await person(
      [
        ['anonymous_id', 'card-a'],
        ['user_id', 'card-1'],
        ['email', 'anna@mail.ru', 'claimed'],
      ],
      { firstName: 'Анна', lastName: 'Белова', birthday: '1990-03-12' },
    );
    for (const id of [visitor, account]) {
      expect((await ask('GET', `/v1/customers/${id}`)).body).toMatchObject({
        id: visitor,
        name: { first: 'Анна', last: 'Белова' },
        birthDate: '1990-03-12',
        members: [
          { id: visitor, merge: null },
          { id: account, merge: { by: { kind: 'rule' }, evidence: [{ field: 'anonymous_id' }] } },
        ],
        identifiers: [{ kind: 'user_id' }, { kind: 'email', proof: 'claimed' }, { kind: 'anonymous_id' }],
      });
    }
    const patched = await ask('PATCH', `/v1/customers/${account}`, {
      name: { last: 'Чернова' },
      city: 'Казань',
      attributes: { size: 'M' },
    });
    expect(patched.body).toMatchObject({
      id: visitor,
      name: { first: 'Анна', last: 'Чернова' },
      city: 'Казань',
      attributes: { size: 'M' },
    });
    await person([['user_id', 'card-1']], { lastName: 'Белова', city: 'Москва' });
    expect((await ask('GET', `/v1/customers/${visitor}`)).body).toMatchObject({
      city: 'Казань',
      attributes: { size: 'M' },
    });
    expect(await found('Чернова')).toEqual([visitor]);
    for (const attributes of [{ size: 'XXL' }, { size: 5.5 }, { nope: 1 }])
      expect((await ask('PATCH', `/v1/customers/${visitor}`, { attributes })).status).toBe(422);
    const [changed] = await house.db.query(
      `select customer_id, data from log.event where name = 'customer.changed' and customer_id = $1`,
      [visitor],
    );
    expect(changed).toEqual({
      customer_id: visitor,
      data: { fields: ['last', 'city', 'attribute.size'], by: { kind: 'staff', id: staffId } },
    });
    expect((await ask('GET', '/v1/customers/01900000-0000-7000-8000-0000000000ff')).status).toBe(404);
  });

  it('takes no attribute by a name that every object has', async () => {
    for (const key of ['constructor', 'toString', 'hasOwnProperty'])
      expect(await ask('POST', '/v1/attributes', { key, label: { ru: 'а', en: 'a' }, type: 'text' })).toMatchObject({
        status: 400,
        body: { code: 'platform.bad-request' },
      });
  });

  it('takes any text in every field', async () => {
    const id = await person([['user_id', 'text-1']]);
    const nasty = `'; drop table identity.customer; -- <script>alert(1)</script> "{}\\ \u001e NULL {a,b}`;
    const { status, body } = await ask('PATCH', `/v1/customers/${id}`, {
      name: { first: nasty, middle: nasty, last: nasty },
      city: nasty,
      address: nasty,
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { name: { first: nasty }, city: nasty } });
    expect((await ask('PATCH', `/v1/customers/${id}`, { city: 'a\u0000b' })).status).toBe(400);
    expect((await ask('GET', `/v1/customers?q=${encodeURIComponent('a\u0000b')}`)).status).toBeLessThan(500);
    expect((await ask('GET', `/v1/customers/lookup?kind=user_id&value=${encodeURIComponent('a\u0000b')}`)).status).toBe(
      422,
    );
  });
});

describe('any request', () => {
  it('gets a clear answer, never a fault', async () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '0000-01-01',
        '9999-12-31',
        '2026-02-30',
        '2026-01-01T00:00:00Z',
        '-1',
        '1e99',
        'NaN',
        '%',
        '\\',
        "'",
        '{}',
        '[]',
        '\u0000',
        '\ud800',
        '1~1',
        `${staffId}`,
        `1~${staffId}`,
      ),
    );
    const queries = fc.dictionary(
      fc.constantFrom(
        'q',
        'channel',
        'lastSeenFrom',
        'lastSeenTo',
        'hasSuggestion',
        'sort',
        'cursor',
        'limit',
        'attribute.size',
        'attribute.__proto__',
        'kind',
        'value',
        'state',
        'customerId',
      ),
      nasty,
    );
    const body: fc.Arbitrary<unknown> = fc.dictionary(
      fc.constantFrom(
        'name',
        'birthDate',
        'city',
        'address',
        'attributes',
        'with',
        'why',
        'mergeId',
        'suggestionId',
        'kind',
        'value',
        'key',
        'label',
        'type',
        'options',
      ),
      fc.oneof(
        nasty,
        fc.constant(null),
        fc.integer(),
        fc.array(nasty, { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom('first', 'last', 'size', 'ru', 'en', '__proto__'),
          fc.oneof(nasty, fc.constant(null), fc.integer()),
        ),
      ),
    );
    const id = await person([['user_id', 'fuzz-1']]);
    const gets = [
      '/v1/customers',
      '/v1/customers/lookup',
      '/v1/suggestions',
      '/v1/attributes',
      '/v1/blocked-identifiers',
      `/v1/customers/${id}`,
    ];
    const writes = [
      ['PATCH', `/v1/customers/${id}`],
      ['POST', `/v1/customers/${id}/merge`],
      ['POST', `/v1/customers/${id}/unmerge`],
      ['POST', `/v1/suggestions/${id}/dismiss`],
      ['POST', '/v1/attributes'],
      ['PATCH', '/v1/attributes/size'],
      ['POST', '/v1/blocked-identifiers'],
    ] as const;
    const encode = (query: Record<string, string>): string =>
      Object.entries(query)
        .map(([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`)
        .join('&');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...gets), queries, async (path, query) => {
        expect((await house.app.inject({ method: 'GET', url: `${path}?${encode(query)}` })).statusCode).toBeLessThan(
          500,
        );
      }),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...writes), body, async ([method, url], payload) => {
        expect(
          (
            await house.app.inject({
              method,
              url,
              headers: { 'content-type': 'application/json' },
              payload: JSON.stringify(payload),
            })
          ).statusCode,
        ).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  it('is described', async () => {
    const { status, body } = await ask<{ paths: Record<string, unknown> }>('GET', '/openapi.json');
    expect(status).toBe(200);
    expect(Object.keys(body.paths)).toContain('/v1/customers/{id}/unmerge');
  });
});

describe('merge and unmerge', () => {
  it('is one effect for one key, and goes back exactly', async () => {
    const [a, b] = [await person([['user_id', 'merge-1']]), await person([['user_id', 'merge-2']])];
    const key = { 'idempotency-key': 'merge-once' };
    const first = await ask<{ mergeId: string; id: string }>(
      'POST',
      `/v1/customers/${a}/merge`,
      { with: b, why: 'same passport' },
      key,
    );
    const again = await ask('POST', `/v1/customers/${a}/merge`, { with: b, why: 'same passport' }, key);
    expect(first).toMatchObject({ status: 200, body: { id: a } });
    expect(again.body).toEqual(first.body);
    expect(await ask('POST', `/v1/customers/${a}/merge`, { with: b, why: 'once more' })).toMatchObject({
      status: 409,
      body: { code: 'identity.one-already' },
    });
    expect(await person([['user_id', 'merge-2']])).toBe(b);
    const { mergeId } = first.body;
    expect((await ask('POST', `/v1/customers/${b}/unmerge`, { mergeId, why: 'mother and daughter' })).body).toEqual({
      ids: [a, b],
    });
    expect(await ask('POST', `/v1/customers/${b}/unmerge`, { mergeId, why: 'again' })).toMatchObject({
      status: 409,
      body: { code: 'identity.undone-already' },
    });
    expect(Object.fromEntries(await headsOf(house.db, [a, b]))).toEqual({ [a]: a, [b]: b });
    const facts = await house.db.query<{ name: string }>(
      `select name from log.event where data ->> 'mergeId' = $1 order by tx`,
      [mergeId],
    );
    expect(facts.map((fact) => fact.name)).toEqual(['customer.merged', 'customer.unmerged']);
  });

  it('keeps parted people apart under the same evidence', async () => {
    const visitor = await person([['anonymous_id', 'apart-a']]);
    const account = await person([
      ['anonymous_id', 'apart-a'],
      ['user_id', 'apart-1'],
    ]);
    const { body } = await ask<{ members: { merge: { id: string } | null }[] }>('GET', `/v1/customers/${account}`);
    expect(
      (
        await ask('POST', `/v1/customers/${account}/unmerge`, {
          mergeId: body.members[1]?.merge?.id,
          why: 'a shared tablet',
        })
      ).status,
    ).toBe(200);
    expect(
      await person([
        ['anonymous_id', 'apart-a'],
        ['user_id', 'apart-1'],
      ]),
    ).toBe(account);
    expect(Object.fromEntries(await headsOf(house.db, [visitor, account]))).toEqual({
      [visitor]: visitor,
      [account]: account,
    });
  });

  it('has one effect when ten say the same at once, in two processes', async () => {
    const [a, b] = [await person([['user_id', 'ten-1']]), await person([['user_id', 'ten-2']])];
    const second = await house.second();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? house : second).app.inject({
          method: 'POST',
          url: `/v1/customers/${index % 3 === 0 ? a : b}/merge`,
          payload: { with: index % 3 === 0 ? b : a, why: 'ten at once' },
        }),
      ),
    );
    expect(answers.map((answer) => answer.statusCode).toSorted((x, y) => x - y)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    const parted = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? house : second).app.inject({
          method: 'POST',
          url: `/v1/customers/${a}/unmerge`,
          payload: {
            mergeId: answers.find((answer) => answer.statusCode === 200)?.json<{ mergeId: string }>().mergeId,
            why: 'ten at once',
          },
        }),
      ),
    );
    expect(parted.map((answer) => answer.statusCode).toSorted((x, y) => x - y)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    await second.close();
  });
});

describe('claims', () => {
  it('raises a suggestion where people conflict, joins where all agrees, and asks no more when told', async () => {
    const followers = house.follow();
    const settle = async (): Promise<void> => {
      const [edge] = await house.db.query<{ tx: number }>(`select coalesce(max(tx), 0) as tx from log.event`);
      // A cursor that moved without effects is stored every 5 s only.
      for (let tries = 0; tries < 2_000; tries += 1) {
        const rows = await house.db.query<{ tx: number }>(`select tx from log.follower where name like 'identity.%'`);
        if (rows.length === 2 && rows.every((row) => row.tx >= (edge?.tx ?? 0))) return;
        await house.db.query('notify log');
        await new Promise((resolve_) => {
          setTimeout(resolve_, 10);
        });
      }
      throw new Error(`followers did not catch up: ${JSON.stringify(followers.states())}`);
    };
    const anna = await person(
      [
        ['user_id', 'claim-1'],
        ['phone', '+79126125177'],
      ],
      { name: 'Белова Анна Петровна', birthday: '1980-01-02' },
    );
    const igor = await person(
      [
        ['user_id', 'claim-2'],
        ['phone', '+79126125177', 'claimed'],
      ],
      { name: 'Белов Игорь', birthday: '1978-05-05' },
    );
    const card = await person(
      [
        ['card', '2900000000025'],
        ['phone', '+79126125177', 'claimed'],
      ],
      { name: 'Белова Анна', birthday: '1980-01-02' },
    );
    const account = await person(
      [
        ['user_id', 'claim-3'],
        ['phone', '+79126125177', 'claimed'],
      ],
      { name: 'Белова Анна', birthday: '1980-01-02' },
    );
    await settle();
    const heads = await headsOf(house.db, [anna, igor, card, account]);
    expect(heads.get(card)).toBe(anna);
    expect(heads.get(igor)).toBe(igor);
    expect(heads.get(account)).toBe(account);
    const { body } = await ask<{
      items: { id: string; a: { id: string }; b: { id: string }; score: number; evidence: { field: string }[] }[];
    }>('GET', `/v1/suggestions?customerId=${card}`);
    const raised = body.items.find((item) => item.b.id === account);
    expect(raised).toMatchObject({ a: { id: anna }, b: { id: account, phone: '+79126125177' } });
    expect(raised?.score).toBeGreaterThan(0.9);
    expect((await ask<List>('GET', '/v1/customers?hasSuggestion=true')).body.items.map((item) => item.id)).toContain(
      anna,
    );
    expect(await ask('POST', `/v1/suggestions/${raised?.id ?? ''}/dismiss`, { why: 'namesake' })).toMatchObject({
      status: 200,
    });
    expect(await ask('POST', `/v1/suggestions/${raised?.id ?? ''}/dismiss`, { why: 'namesake' })).toMatchObject({
      status: 409,
    });
    // A visitor who left a phone alone is asked about; when she tells her name, all agrees.
    const visitor = await person([
      ['anonymous_id', 'claim-a'],
      ['phone', '+79126125177', 'claimed'],
    ]);
    await settle();
    const asked = async (): Promise<string[]> =>
      (await ask<{ items: { a: { id: string } }[] }>('GET', `/v1/suggestions?customerId=${visitor}`)).body.items.map(
        (item) => item.a.id,
      );
    expect(await asked()).toContain(anna);
    await person([['anonymous_id', 'claim-a']], { name: 'Белова Анна Петровна', birthday: '1980-01-02' });
    await settle();
    expect((await headsOf(house.db, [visitor])).get(visitor)).toBe(anna);
    await person([
      ['user_id', 'claim-3'],
      ['email', 'bel@mail.ru', 'claimed'],
    ]);
    await person([
      ['user_id', 'claim-1'],
      ['email', 'bel@mail.ru', 'claimed'],
    ]);
    await settle();
    expect(
      (await ask<List>('GET', `/v1/suggestions?customerId=${account}`)).body.items.filter((item) => item.id === anna),
    ).toEqual([]);
    expect((await headsOf(house.db, [account])).get(account)).toBe(account);
  });
});

describe('blocked values', () => {
  it('name nobody until they are unblocked', async () => {
    const before = await person([
      ['user_id', 'block-1'],
      ['phone', '+78432001122'],
    ]);
    expect(
      (await ask('POST', '/v1/blocked-identifiers', { kind: 'phone', value: '8 (843) 200-11-22', why: 'our office' }))
        .body,
    ).toMatchObject({ value: '+78432001122' });
    expect(await person([['phone', '+78432001122']])).toBe('');
    expect(
      await person([
        ['user_id', 'block-1'],
        ['phone', '+78432001122'],
      ]),
    ).toBe(before);
    expect((await ask('GET', '/v1/customers/lookup?kind=phone&value=88432001122')).status).toBe(404);
    expect((await ask<List>('GET', '/v1/blocked-identifiers')).body.items).toHaveLength(1);
    expect((await ask('DELETE', '/v1/blocked-identifiers?kind=phone&value=88432001122')).status).toBe(200);
    expect(await person([['phone', '+78432001122']])).toBe(before);
  });
});

describe('the right to be forgotten', () => {
  it('exports and erases all ids of a person', async () => {
    const id = await person(
      [
        ['user_id', 'erase-1'],
        ['phone', '+79126125199'],
      ],
      { name: 'Забытов Иван' },
    );
    const exported = await house.db.tx(async (tx) => identity.export?.(tx, [id]));
    expect(exported).toMatchObject({
      identifiers: [{ kind: 'phone' }, { kind: 'user_id' }],
      customers: [{ last_name: 'Забытов' }],
    });
    await house.db.tx(async (tx) => {
      await identity.erase?.(tx, [id]);
    });
    expect(await found('Забытов')).toEqual([]);
    expect(await person([['user_id', 'erase-1']])).not.toBe(id);
  });
});
