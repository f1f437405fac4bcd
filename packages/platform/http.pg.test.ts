import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Slice } from './index.ts';
import { openTestHouse } from './testing.ts';
import type { TestHouse } from './testing.ts';

const mirror: Slice = {
  name: 'mirror',
  routes(app) {
    app.get('/v1/me', { config: { permission: 'public' } }, async (request) => ({ ip: request.ip }));
  },
};

const open: TestHouse[] = [];
afterAll(async () => {
  for (const house of open) await house.close();
});

async function addressOf(environment: Record<string, string>, forwarded: string): Promise<string> {
  const house = await openTestHouse({ slices: [mirror], environment });
  open.push(house);
  const answer = await house.app.inject({
    url: '/v1/me',
    remoteAddress: '192.0.2.7',
    headers: { 'x-forwarded-for': forwarded },
  });
  return answer.json<{ ip: string }>().ip;
}

it('takes the address from the connection when no proxy is trusted', async () => {
  expect(await addressOf({}, '198.51.100.1')).toBe('192.0.2.7');
});

it('takes the address that the proxy saw, not the one that the client wrote before it', async () => {
  // A proxy appends to what came: the first entry is the client's own word.
  expect(await addressOf({ RUSLO_TRUST_PROXY: '1' }, '203.0.113.66, 198.51.100.1')).toBe('198.51.100.1');
});

it('counts as many proxies as are said to stand before it', async () => {
  expect(await addressOf({ RUSLO_TRUST_PROXY: '2' }, '203.0.113.66, 198.51.100.1, 192.0.2.8')).toBe('198.51.100.1');
});

it('counts all visitors of an address as one: another session is no fresh limit', async () => {
  const visitors: Slice = {
    name: 'visitors',
    permissions: { 'mirror.read': [] },
    authenticate: async (_house, request) => {
      const id = String(request.headers['x-visitor'] ?? '');
      if (id === '') return undefined;
      const caller = { kind: 'customer', id, sessionId: id, signedIn: id.startsWith('known'), channel: 'web' } as const;
      return { ...caller, permissions: new Set<string>() };
    },
    routes(app) {
      app.get('/v1/hers', { config: { permission: 'mirror.read', self: 'visitor' } }, async () => ({}));
    },
  };
  const house = await openTestHouse({ slices: [visitors] });
  open.push(house);
  const left = async (visitor: string, remoteAddress = '192.0.2.7'): Promise<number> => {
    const answer = await house.app.inject({ url: '/v1/hers', remoteAddress, headers: { 'x-visitor': visitor } });
    expect(answer.statusCode).toBe(200);
    return Number(answer.headers['x-ratelimit-remaining']);
  };
  const first = await left('a');
  expect(await left('b')).toBe(first - 1);
  expect(await left('c', '192.0.2.8')).toBe(first);
  const known = await left('known-1');
  expect(known).toBeLessThan(first);
  expect(await left('known-2')).toBe(known);
});

it('says in the document what the entrance refuses, and who may call', async () => {
  const guarded: Slice = {
    name: 'guarded',
    permissions: { 'mirror.read': [] },
    routes(app) {
      const schema = { tags: ['x'], params: z.object({ id: z.uuid() }), response: { 200: z.object({}) } };
      app.get('/v1/mirrors/:id', { config: { permission: 'mirror.read', self: 'visitor' }, schema }, async () => ({}));
    },
  };
  const house = await openTestHouse({ slices: [guarded] });
  open.push(house);
  type Route = { responses: Record<string, unknown>; security: unknown };
  const document = (await house.app.inject('/openapi.json')).json<{ paths: Record<string, { get: Route }> }>();
  const route = document.paths['/v1/mirrors/{id}']?.get;
  expect(Object.keys(route?.responses ?? {})).toEqual(['200', '400', '401', '403', '404', '429']);
  expect(route?.security).toEqual([{ session: [] }, { secretKey: [] }, { customer: [] }]);
});
