import type { App } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { signInLink } from '@ruslo/staff';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEntrance } from './entrance.ts';
import { slices } from './slices.ts';

let house: TestHouse;
let app: App;
beforeAll(async () => {
  house = await openTestHouse({ slices });
  app = await openEntrance(house);
});
afterAll(async () => {
  await app.close();
  await house.close();
});

const get = (url: string, headers: Record<string, string> = {}, remoteAddress = '192.0.2.20') =>
  app.inject({ method: 'GET', url, headers, remoteAddress });

/** `a b; c d` as { a: ['b'], c: ['d'] }. */
const policyOf = (header: unknown): Record<string, string[]> =>
  Object.fromEntries(
    String(header)
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .map(([name = '', ...values]) => [name, values]),
  );

describe('security headers', () => {
  test.each(['/v1/session', '/openapi.json', '/docs', '/docs/problems', '/health/live', '/nowhere', '/'])(
    '%s',
    async (url) => {
      const response = await get(url, { accept: 'text/html' });
      const policy = policyOf(response.headers['content-security-policy']);
      expect(policy['default-src']).toEqual([`'self'`]);
      expect(policy['object-src']).toEqual([`'none'`]);
      expect(policy['base-uri']).toEqual([`'none'`]);
      expect(policy['frame-ancestors']).toEqual([`'none'`]);
      for (const values of Object.values(policy)) {
        expect(values).not.toContain(`'unsafe-inline'`);
        expect(values).not.toContain(`'unsafe-eval'`);
        expect(values.filter((value) => /^https?:|^\*|^data:/.test(value) && value !== 'data:')).toEqual([]);
      }
      expect(policy['script-src']).not.toContain('data:');
      expect(response.headers['x-content-type-options']).toBe('nosniff');
      expect(response.headers['referrer-policy']).toBe('same-origin');
      expect(response.headers['x-powered-by']).toBeUndefined();
      expect(response.headers['server']).toBeUndefined();
    },
  );

  test('a nonce serves one answer only', async () => {
    const nonce = async (): Promise<string | undefined> =>
      policyOf((await get('/health/live')).headers['content-security-policy'])['script-src']?.find((value) =>
        value.startsWith(`'nonce-`),
      );
    const [first, next] = [await nonce(), await nonce()];
    expect(first).toMatch(/^'nonce-.{16,}'$/);
    expect(next).not.toBe(first);
  });

  test('pages have no script or style that the policy would stop', async () => {
    for (const url of ['/docs', '/docs/problems', '/', '/customers']) {
      const response = await get(url, { accept: 'text/html' });
      if (response.statusCode !== 200) continue; // the console is not built
      const policy = String(response.headers['content-security-policy']);
      for (const [tag, attributes = ''] of response.body.matchAll(/<(?:script|style)\b([^>]*)>/g)) {
        const nonce = /nonce="([^"]+)"/.exec(attributes)?.[1];
        expect(
          /\bsrc=/.test(attributes) || (nonce !== undefined && policy.includes(`'nonce-${nonce}'`)),
          `${url}: ${tag}`,
        ).toBe(true);
      }
      expect(response.body, url).not.toMatch(/<[^>]+\son\w+=/);
      expect(response.body, url).not.toMatch(/<[^>]+\sstyle=/);
    }
  });

  test('what needs a permission is kept by no cache', async () => {
    expect((await get('/v1/session')).headers['cache-control']).toBe('no-store');
  });

  test('no other site may read the staff API', async () => {
    for (const method of ['GET', 'OPTIONS'] as const) {
      for (const url of ['/v1/session', '/v1/customers', '/v1/staff', '/openapi.json']) {
        const response = await app.inject({
          method,
          url,
          headers: {
            origin: 'https://evil.example',
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'x-ruslo',
          },
        });
        expect(response.headers['access-control-allow-origin'], `${method} ${url}`).toBeUndefined();
        expect(response.headers['access-control-allow-credentials'], `${method} ${url}`).toBeUndefined();
      }
    }
  });
});

describe('the limit of requests', () => {
  test('a person gets 3,000 a minute, then 429 with Retry-After; others go on', async () => {
    const enter = await app.inject({
      method: 'POST',
      url: '/v1/session/link',
      payload: { token: (await signInLink(house)).split('#token=')[1] },
    });
    const cookie = `ruslo_session=${enter.cookies[0]?.value}`;
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => get('/v1/roles', { cookie })));
      expect(answers.every((answer) => answer.statusCode === 200)).toBe(true);
    }
    const refused = await get('/v1/roles', { cookie });
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'platform.too-many-requests' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const again = await app.inject({
      method: 'POST',
      url: '/v1/session/link',
      payload: { token: (await signInLink(house)).split('#token=')[1] },
    });
    // The same person by another session is the same person.
    expect((await get('/v1/roles', { cookie: `ruslo_session=${again.cookies[0]?.value}` })).statusCode).toBe(429);
    expect((await get('/openapi.json')).statusCode).toBe(200);
  });

  test('nobody gets a fresh limit by inventing keys or cookies', async () => {
    let limited = 0;
    for (let round = 0; round < 31; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          app.inject({
            method: 'DELETE',
            url: '/v1/session',
            remoteAddress: '192.0.2.30',
            headers:
              index % 2
                ? { authorization: `Bearer rs_${round}-${index}` }
                : { 'x-forwarded-for': `198.51.100.${index}` },
          }),
        ),
      );
      limited += answers.filter((answer) => answer.statusCode === 429).length;
    }
    expect(limited).toBe(100);
  });
});
