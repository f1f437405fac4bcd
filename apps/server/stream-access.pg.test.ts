import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { signInLink } from '@ruslo/staff';
import { timeline } from '@ruslo/timeline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slices } from './slices.ts';

/** An open stream outlives the request that asked for it: whoever loses a right must lose the stream with it. */
let house: TestHouse;
let base: string;
let owner: string;
let count = 0;

const enter = async (link: string): Promise<string> => {
  const answer = await house.app.inject({
    method: 'POST',
    url: '/v1/session/link',
    payload: { token: link.split('#token=')[1] },
  });
  return `ruslo_session=${answer.cookies[0]?.value ?? ''}`;
};
async function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, cookie: string, body?: object) {
  const headers = { cookie, 'x-ruslo': '1' };
  const answer = await house.app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  if (answer.statusCode !== 200) throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.body}`);
  return answer.json<Record<string, string> & { items: Record<string, string>[] }>();
}
async function join(roles: readonly string[]): Promise<{ id: string; cookie: string }> {
  const email = `stream-${(count += 1)}@mayak.test`;
  const { id = '', link = '' } = await ask('POST', '/v1/staff', owner, { name: email, email, roles });
  return { id, cookie: await enter(link) };
}
/** Opens a stream and tells when it has ended. */
async function follow(headers: Record<string, string>): Promise<{ ended: () => boolean }> {
  const answer = await fetch(`${base}/v1/stream?topics=inspector`, { headers });
  if (!answer.ok || answer.body === null) throw new Error(`no stream: ${answer.status}`);
  let isEnded = false;
  const reader = answer.body.getReader();
  await reader.read();
  void (async () => {
    while (!(await reader.read()).done);
  })().then(
    () => (isEnded = true),
    () => (isEnded = true),
  );
  return { ended: () => isEnded };
}

beforeAll(async () => {
  house = await openTestHouse({ slices });
  base = await house.app.listen({ port: 0, host: '127.0.0.1' });
  owner = await enter(await signInLink(house));
});
afterAll(() => house.close());

describe('a stream ends', () => {
  const losses: readonly [string, (who: { id: string; cookie: string }) => Promise<unknown>][] = [
    ['at the sign-out', ({ cookie }) => ask('DELETE', '/v1/session', cookie)],
    ['when its person is blocked', ({ id }) => ask('PATCH', `/v1/staff/${id}`, owner, { blocked: true })],
    ['when the role is taken away', ({ id }) => ask('PATCH', `/v1/staff/${id}`, owner, { roles: ['cashier'] })],
    [
      'when the session is ended from elsewhere',
      async ({ id }) => {
        const { items } = await ask('GET', `/v1/sessions?staffId=${id}`, owner);
        await ask('DELETE', `/v1/sessions/${items[0]?.['id']}`, owner);
      },
    ],
  ];
  test.each(losses)('%s', async (_name, lose) => {
    const [who, other] = [await join(['analyst']), await join(['analyst'])];
    const [stream, stays] = [await follow({ cookie: who.cookie }), await follow({ cookie: other.cookie })];
    await lose(who);
    await expect.poll(stream.ended, { timeout: 3_000 }).toBe(true);
    expect(stays.ended()).toBe(false);
  });

  test('when its key is revoked', async () => {
    const { id, secret } = await ask('POST', '/v1/keys', owner, { name: 'k', scopes: ['stream.read', 'event.read'] });
    const stream = await follow({ authorization: `Bearer ${secret}` });
    await ask('DELETE', `/v1/keys/${id}`, owner);
    await expect.poll(stream.ended, { timeout: 3_000 }).toBe(true);
  });
});

test('one who opens streams without end leaves room for others', async () => {
  const { id, secret } = await ask('POST', '/v1/keys', owner, { name: 'many', scopes: ['stream.read', 'event.read'] });
  const headers = { authorization: `Bearer ${secret}` };
  const streams = await Promise.all(Array.from({ length: 100 }, () => follow(headers)));
  const one = await fetch(`${base}/v1/stream?topics=inspector`, { headers });
  expect([one.status, one.headers.get('retry-after')]).toEqual([503, '10']);
  await one.body?.cancel();
  expect((await follow({ cookie: (await join(['analyst'])).cookie })).ended()).toBe(false);
  await ask('DELETE', `/v1/keys/${id}`, owner);
  await expect.poll(() => streams.every((stream) => stream.ended()), { timeout: 3_000 }).toBe(true);
});

test('who is gone before the stream begins leaves none behind', async () => {
  const { cookie } = await join(['analyst']);
  const { port, hostname } = new URL(base);
  const open = async (): Promise<number> =>
    Number(/^ruslo_streams (\d+)$/m.exec((await timeline.metrics?.(house)) ?? '')?.[1]);
  const before = await open();
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      const head = `GET /v1/stream?topics=inspector HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`;
      await new Promise((resolve) => socket.write(head, resolve));
      if (index % 2 === 0) await delay(index / 10);
      socket.resetAndDestroy();
    }),
  );
  await delay(500);
  expect(await open()).toBe(before);
});

test('who opens the inspector is noted', async () => {
  const { id, cookie } = await join(['analyst']);
  await follow({ cookie });
  await expect
    .poll(async () => (await ask('GET', `/v1/audit?staffId=${id}`, owner)).items.map((line) => line['action']))
    .toContain('event.listed');
});
