import { roles } from '@ruslo/kernel';
import type { Role } from '@ruslo/kernel';
import type { App, Slice } from '@ruslo/platform';
import { gatherPermissions } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { signInLink } from '@ruslo/staff';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEntrance } from './entrance.ts';
import { slices } from './slices.ts';

/**
 * Walks every route with every role, with nobody, and with secret keys that hold its scope or every other one.
 * A slice of the test's own stands before the others: it notes each route as it is made, and ends a marked request
 * where the handler would begin, so that the walk reaches every door and changes nothing behind it.
 */
interface Door {
  readonly method: string;
  readonly url: string;
  readonly permission: string;
  readonly audit: string | undefined;
  readonly self: 'visitor' | 'signed-in' | undefined;
}
const doors: Door[] = [];
const probe: Slice = {
  name: 'probe',
  routes(app) {
    app.addHook('onRoute', (route) => {
      for (const method of [route.method].flat()) {
        doors.push({
          method,
          url: route.url,
          permission: route.config?.permission ?? 'none',
          audit: route.config?.audit,
          self: route.config?.self,
        });
      }
    });
    app.addHook('preParsing', async (request, reply, payload) => {
      if (request.headers['x-probe'] === undefined) return payload;
      await reply.code(299).send();
      return payload;
    });
  },
};

const someId = '00000000-0000-7000-8000-000000000000';
const at = (url: string): string =>
  url.replaceAll(/:(\w+)/g, (_match, name: string) => (/id$/i.test(name) ? someId : 'x')).replaceAll('*', 'x');
const reached = 299;
type Headers = Record<string, string>;

let house: TestHouse;
let app: App;
let held: ReadonlyMap<string, ReadonlySet<Role>>;
const cookies = new Map<Role, Headers>();
const keyWith = new Map<string, Headers>();
const keyWithout = new Map<string, Headers>();

const knock = async (door: Door, headers: Headers): Promise<{ status: number; code: string | undefined }> => {
  const response = await app.inject({
    method: door.method as 'GET',
    url: at(door.url),
    headers: { 'x-probe': '1', 'x-ruslo': '1', ...headers },
  });
  const code = response.body.startsWith('{') ? response.json<{ code?: string }>().code : undefined;
  return { status: response.statusCode, code };
};
const nameOf = (door: Door): string => `${door.method} ${door.url} (${door.permission})`;
const guarded = (): Door[] => doors.filter((door) => held.has(door.permission));

async function post<T>(url: string, body: unknown, headers: Headers = {}): Promise<{ body: T; cookie: string }> {
  const response = await app.inject({
    method: 'POST',
    url,
    payload: body as object,
    headers: { 'x-ruslo': '1', ...headers },
  });
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${response.body}`);
  return { body: response.json<T>(), cookie: `ruslo_session=${response.cookies[0]?.value ?? ''}` };
}
const enter = async (link: string): Promise<Headers> => ({
  cookie: (await post('/v1/session/link', { token: link.split('#token=')[1] })).cookie,
});

beforeAll(async () => {
  house = await openTestHouse({ slices: [probe, ...slices] });
  doors.length = 0;
  app = await openEntrance(house);
  await app.ready();
  held = gatherPermissions(house);
  const owner = await enter(await signInLink(house));
  for (const role of roles) {
    const { body } = await post<{ link: string }>(
      '/v1/staff',
      { name: role, email: `${role}@mayak.test`, roles: [role] },
      owner,
    );
    cookies.set(role, await enter(body.link));
  }
  const scopes = [...held.keys()].filter((permission) => permission !== 'session.self');
  for (const scope of held.keys()) {
    const bearer = async (wanted: readonly string[]): Promise<Headers> => ({
      authorization: `Bearer ${(await post<{ secret: string }>('/v1/keys', { name: scope, scopes: wanted }, owner)).body.secret}`,
    });
    if (scope !== 'session.self') keyWith.set(scope, await bearer([scope]));
    keyWithout.set(scope, await bearer(scopes.filter((other) => other !== scope)));
  }
});
afterAll(async () => {
  await app.close();
  await house.close();
});

describe('a customer at a face', () => {
  const tokens = new Map<'visitor' | 'signed-in', Headers>();
  beforeAll(async () => {
    const owner = cookies.get('owner') ?? {};
    const bearer = async (url: string, body: unknown): Promise<Headers> => ({
      authorization: `Bearer ${(await post<{ token: string }>(url, body, owner)).body.token}`,
    });
    tokens.set(
      'visitor',
      await bearer('/v1/customer-sessions/visitor', { anonymousId: 'anon-permission', channel: 'web' }),
    );
    tokens.set(
      'signed-in',
      await bearer('/v1/customer-sessions', { identifiers: [{ kind: 'phone', value: '+79990001122' }] }),
    );
  });

  test.each(['visitor', 'signed-in'] as const)('%s comes in only where the route says so', async (who) => {
    for (const door of guarded()) {
      const { status } = await knock(door, tokens.get(who) ?? {});
      const may = door.self === 'visitor' || (door.self === 'signed-in' && who === 'signed-in');
      expect(status, `${who}: ${nameOf(door)}`).toBe(may ? reached : door.self === undefined ? 403 : 401);
    }
  });

  test('may say only «me» where a route has the id of a customer', async () => {
    const own = tokens.get('signed-in') ?? {};
    const hers = guarded().filter(
      ({ method, self, url }) => self !== undefined && method === 'GET' && url.startsWith('/v1/customers/:id/'),
    );
    expect(hers.length).toBeGreaterThan(5);
    for (const door of hers) {
      const response = await app.inject({ method: 'GET', url: at(door.url), headers: own });
      expect(response.statusCode, nameOf(door)).toBe(403);
    }
  });
});

describe('every route', () => {
  test('names its permission; only these are open to anybody', () => {
    expect(doors.length).toBeGreaterThan(40);
    const open = doors.filter(
      (door) => !held.has(door.permission) && door.permission !== 'write-key' && door.method !== 'HEAD',
    );
    const notOurs = open.filter((door) => !door.url.startsWith('/docs'));
    expect(notOurs.map((door) => `${door.method} ${door.url}`).sort((a, b) => a.localeCompare(b))).toEqual(
      expect.arrayContaining([
        'DELETE /v1/session',
        'POST /v1/session',
        'POST /v1/session/link',
        'POST /v1/session/totp',
      ]),
    );
    for (const door of notOurs) {
      expect(
        /^\/v1\/session(\/totp|\/link)?$|^\/v1\/customer-sessions\/visitor$|^\/v1\/payments\/:provider\/webhook$|^\/health\/(live|ready)$|^\/metrics$|^\/assets\/\*$|^\/\*$/.test(
          door.url,
        ),
        `${nameOf(door)} is open to anybody`,
      ).toBe(true);
    }
  });

  test('that shows or changes people leaves its line in the access log', () => {
    // What a command about an order or a cart did stands in its steps and operations with who did it; here it is about looking.
    const people = (door: Door): boolean =>
      /^(customer\.|event\.read)/.test(door.permission) ||
      (door.method === 'GET' && /^(purse|cart|order)\./.test(door.permission)) ||
      (door.method === 'GET' && (door.url.startsWith('/v1/customers/:id') || /^payment\./.test(door.permission)));
    const ofNobody = [
      'GET /v1/attributes',
      'GET /v1/blocked-identifiers',
      'DELETE /v1/customer-sessions/current',
      'GET /v1/cart-setting',
      'GET /v1/gift-cards',
      'GET /v1/gift-cards/:id',
      'GET /v1/gift-cards/:id/entries',
      'GET /v1/wallet/proof',
      'GET /v1/refunds',
    ];
    const silent = doors
      .filter((door) => people(door) && door.audit === undefined && door.method !== 'HEAD')
      .map((door) => `${door.method} ${door.url}`)
      .filter((name) => !ofNobody.includes(name));
    expect(silent).toEqual([]);
  });

  test('sends nobody away as not signed in (401)', async () => {
    for (const door of guarded()) expect((await knock(door, {})).status, nameOf(door)).toBe(401);
  });

  test('does not take a cookie or a key that nobody gave out', async () => {
    for (const headers of [{ cookie: 'ruslo_session=made-up' }, { authorization: `Bearer rs_${'a'.repeat(43)}` }]) {
      for (const door of guarded()) expect((await knock(door, headers)).status, nameOf(door)).toBe(401);
    }
  });

  test.each([...roles])('lets in %s where the role may, and nowhere else', async (role) => {
    for (const door of guarded()) {
      const may = role === 'owner' || held.get(door.permission)?.has(role) === true;
      const { status, code } = await knock(door, cookies.get(role) ?? {});
      expect(status, `${role}: ${nameOf(door)}`).toBe(may ? reached : 403);
      if (!may && door.method !== 'HEAD') expect(code).toBe('platform.not-permitted');
    }
  });

  test('opens to a key with its scope, and not to one with every other scope', async () => {
    for (const door of guarded()) {
      const key = keyWith.get(door.permission);
      if (key !== undefined) expect((await knock(door, key)).status, nameOf(door)).toBe(reached);
      expect((await knock(door, keyWithout.get(door.permission) ?? {})).status, nameOf(door)).toBe(403);
    }
  });

  test('that changes something refuses another site that uses the cookie', async () => {
    for (const door of guarded().filter((one) => !['GET', 'HEAD', 'OPTIONS'].includes(one.method))) {
      const headers = { ...cookies.get('owner'), 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
      const response = await app.inject({
        method: door.method as 'POST',
        url: at(door.url),
        headers: { ...headers, 'x-probe': '1' },
      });
      expect(response.statusCode, nameOf(door)).toBe(403);
      expect(response.json<{ code: string }>().code).toBe('staff.cross-site');
    }
  });

  test('of the intake keeps nothing without a write key, whoever else asks', async () => {
    // As with Segment, an unknown key is answered with 200 unless the installation says otherwise; its events go nowhere.
    const intake = doors.filter((door) => door.permission === 'write-key' && door.method === 'POST');
    expect(intake.length).toBeGreaterThan(5);
    for (const door of intake) {
      for (const headers of [{}, cookies.get('owner') ?? {}, keyWith.get('customer.read') ?? {}]) {
        const event = { userId: 'u', event: 'e', name: 'n', type: 'track', groupId: 'g', previousId: 'p' };
        const payload = { ...event, batch: [event] };
        const response = await app.inject({ method: 'POST', url: at(door.url), headers, payload });
        expect(response.statusCode, nameOf(door)).toBeLessThan(500);
      }
    }
    expect(await house.db.query(`select name from log.event where kind <> 'fact'`)).toEqual([]);
  });

  test('that reads answers an unknown id and an empty query without a fault', async () => {
    for (const door of doors.filter(
      (one) => one.method === 'GET' && held.has(one.permission) && !one.url.includes('stream'),
    )) {
      const response = await app.inject({ method: 'GET', url: at(door.url), headers: cookies.get('owner') ?? {} });
      expect(response.statusCode, `${nameOf(door)}: ${response.body.slice(0, 300)}`).toBeLessThan(500);
    }
  });
});
