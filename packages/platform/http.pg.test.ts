import { afterAll, expect, it } from 'vitest';
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
