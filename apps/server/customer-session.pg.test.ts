import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import type { Visitor } from '@ruslo/staff/testing';
import { movableClock, signInOwner } from '@ruslo/staff/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ok } from '@ruslo/kernel';
import { answer, runDuty, whose, whoseParams } from '@ruslo/platform';
import type { App, House, Slice } from '@ruslo/platform';
import { identity, mayTouch } from '@ruslo/identity';

/** Three routes as slices have them: for staff only, for visitors too, for signed-in customers. */
const probe: Slice = {
  name: 'probe',
  permissions: { 'probe.read': ['agent'] },
  routes(app: App, house: House) {
    const schema = { params: whoseParams };
    app.get('/v1/customers/:id/staff-only', { config: { permission: 'probe.read' }, schema }, async () => ({}));
    for (const self of ['visitor', 'signed-in'] as const)
      app.get(`/v1/customers/:id/${self}`, { config: { permission: 'probe.read', self }, schema }, (request, reply) => {
        const whom = whose(request, request.params.id);
        return answer(house, request, reply, whom.ok ? ok({ customerId: whom.value }) : whom);
      });
  },
};

const clock = movableClock(new Date());
let house: TestHouse;
let owner: Visitor;

beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, probe], clock });
  owner = await signInOwner(house);
});
afterAll(() => house.close());

interface Session {
  readonly token: string;
  readonly customerId: string;
}

async function open(path: string, body: object): Promise<Session> {
  const got = await owner.ask('POST', path, body);
  expect(got.status).toBe(200);
  return got.body as unknown as Session;
}
const visitor = (anonymousId: string): Promise<Session> =>
  open('/v1/customer-sessions/visitor', { anonymousId, channel: 'web' });

const get = async (token: string, url: string): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await house.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } });
  return { status: response.statusCode, body: response.json() };
};

it('lets a visitor only where a visitor may, and only for herself', async () => {
  const { token, customerId } = await visitor('anon-visitor-1');
  expect(await get(token, '/v1/customers/me/visitor')).toMatchObject({ status: 200, body: { customerId } });
  expect((await get(token, '/v1/customers/me/signed-in')).status).toBe(401);
  expect((await get(token, '/v1/customers/me/staff-only')).status).toBe(403);
  expect((await get(token, `/v1/customers/${customerId}/visitor`)).status).toBe(403);
  expect((await get('rc_thisisnotatokenofanybodyatall', '/v1/customers/me/visitor')).status).toBe(401);
  expect((await owner.ask('GET', '/v1/customers/me/visitor')).status).toBe(400);
});

it('joins what a visitor did to whom she turns out to be, and ends the weaker token', async () => {
  const known = await open('/v1/customer-sessions', { identifiers: [{ kind: 'phone', value: '+79171234567' }] });
  const before = await visitor('anon-visitor-2');
  const after = await open('/v1/customer-sessions', {
    identifiers: [{ kind: 'phone', value: '8 917 123-45-67' }],
    visitorToken: before.token,
    channel: 'app',
  });
  expect((await get(after.token, '/v1/customers/me/signed-in')).status).toBe(200);
  expect((await get(before.token, '/v1/customers/me/visitor')).status).toBe(401);
  const caller = { kind: 'customer', id: after.customerId, sessionId: '', signedIn: true, channel: 'app' } as const;
  const own = { ...caller, permissions: new Set<string>() };
  expect(await mayTouch(house.db, own, known.customerId)).toBe(true);
  expect(await mayTouch(house.db, own, before.customerId)).toBe(true);
  const stranger = await visitor('anon-visitor-3');
  expect(await mayTouch(house.db, own, stranger.customerId)).toBe(false);
  expect(await mayTouch(house.db, own, null)).toBe(false);
});

it('leads nobody to a person who has signed in by the anonymous id of her browser alone', async () => {
  const first = await visitor('anon-hijack-1');
  const beside = await visitor('anon-hijack-1');
  expect(beside.customerId).toBe(first.customerId);
  const body = { identifiers: [{ kind: 'phone', value: '+79175550001' }], visitorToken: first.token };
  const own = await open('/v1/customer-sessions', body);
  // A token that was opened for the same browser before does not become hers.
  expect((await get(beside.token, '/v1/customers/me/visitor')).status).toBe(401);
  const after = (await visitor('anon-hijack-1')) as Session & { anonymousId: string };
  expect(after.anonymousId).not.toBe('anon-hijack-1');
  const caller = {
    kind: 'customer',
    sessionId: '',
    signedIn: false,
    channel: 'web',
    permissions: new Set<string>(),
  } as const;
  expect(await mayTouch(house.db, { ...caller, id: after.customerId }, own.customerId)).toBe(false);
  // Where nobody has signed in, the browser is known again.
  expect(await visitor('anon-hijack-2')).toMatchObject({ anonymousId: 'anon-hijack-2' });
  const [again, once] = [await visitor('anon-hijack-2'), await visitor('anon-hijack-2')];
  expect(again.customerId).toBe(once.customerId);
});

it('refuses identifiers that cannot be, and opens nothing for strangers', async () => {
  const body = { identifiers: [{ kind: 'phone', value: 'abc' }] };
  expect(await owner.ask('POST', '/v1/customer-sessions', body)).toMatchObject({
    status: 400,
    body: { code: 'identity.bad-identifier' },
  });
  const { token } = await visitor('anon-visitor-4');
  const response = await house.app.inject({
    method: 'POST',
    url: '/v1/customer-sessions',
    headers: { authorization: `Bearer ${token}` },
    payload: { identifiers: [{ kind: 'phone', value: '+79171234567' }] },
  });
  expect(response.statusCode).toBe(403);
});

it('ends a session on request and after ninety days', async () => {
  const one = await visitor('anon-visitor-5');
  const headers = { authorization: `Bearer ${one.token}` };
  const ended = await house.app.inject({ method: 'DELETE', url: '/v1/customer-sessions/current', headers });
  expect(ended.statusCode).toBe(204);
  expect((await get(one.token, '/v1/customers/me/visitor')).status).toBe(401);
  const other = await visitor('anon-visitor-6');
  clock.pass(91 * 86_400_000);
  expect((await get(other.token, '/v1/customers/me/visitor')).status).toBe(401);
  await runDuty(house, 'identity.sessions');
  expect(await house.db.query('select id from identity.session where expires_at < $1', [clock.now()])).toEqual([]);
});
