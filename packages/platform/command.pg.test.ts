import { ok, refuse } from '@ruslo/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answer, command } from './index.ts';
import type { Slice } from './index.ts';
import { openTestHouse } from './testing.ts';
import type { TestHouse } from './testing.ts';

const slice: Slice = {
  name: 'test',
  words: { ru: { 'problem.test.no': 'Нельзя: {{n}}' }, en: { 'problem.test.no': 'No: {{n}}' } },
  permissions: { 'test.do': ['agent'] },
  routes(app, house) {
    app.route({
      method: 'POST',
      url: '/v1/count',
      config: { permission: 'public' },
      schema: { body: z.object({ n: z.number().int() }) },
      async handler(request, reply) {
        const result = await command(house, request, async (tx) => {
          if (request.body.n < 0) return refuse('test.no', 409, { n: request.body.n });
          const [row] = await tx.query<{ n: number }>('update public.counter set n = n + $1 returning n', [
            request.body.n,
          ]);
          return ok({ n: row?.n ?? 0 });
        });
        return answer(house, request, reply, result);
      },
    });
    app.get('/v1/guarded', { config: { permission: 'test.do' } }, async () => ({ done: true }));
  },
};

describe('a command', () => {
  let house: TestHouse;
  let second: TestHouse;
  beforeAll(async () => {
    house = await openTestHouse({ slices: [slice] });
    second = await house.second();
    await house.db.query('create table public.counter as select 0 as n');
  });
  afterAll(async () => {
    await second.close();
    await house.close();
  });

  const post = (to: TestHouse, n: number, key?: string) =>
    to.app.inject({
      method: 'POST',
      url: '/v1/count',
      payload: { n },
      headers: { 'accept-language': 'en', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    });

  it('has one effect and one answer for one key, ten at once over two processes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => post(i % 2 === 0 ? house : second, 1, 'k1')),
    );
    expect(new Set(answers.map((one) => one.statusCode))).toEqual(new Set([200]));
    expect(new Set(answers.map((one) => one.body)).size).toBe(1);
    const [row] = await house.db.query<{ n: number }>('select n from public.counter');
    expect(row?.n).toBe(1);
  });

  it('refuses the same key with another body', async () => {
    const other = await post(house, 2, 'k1');
    expect(other.statusCode).toBe(422);
    expect(other.json()).toMatchObject({ code: 'platform.key-used-otherwise' });
  });

  it('answers a refusal in the asker’s language and keeps the key free', async () => {
    const refused = await post(house, -1, 'k2');
    expect(refused.statusCode).toBe(409);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json()).toMatchObject({ code: 'test.no', detail: 'No: -1', status: 409 });
    expect((await post(house, 1, 'k2')).statusCode).toBe(200);
  });

  it('keeps an answer for three days', async () => {
    const later = await house.second();
    await house.db.query(
      `insert into log.command (caller, key, request, status, answer, created_at) values
         ('somebody', 'old', '', 200, '{"value":"+79120000000"}', now() - interval '73 hours'),
         ('somebody', 'young', '', 200, '{}', now() - interval '71 hours')`,
    );
    expect((await post(later, 1, 'k3')).statusCode).toBe(200);
    await expect
      .poll(async () => await house.db.query(`select key from log.command where caller = 'somebody'`))
      .toEqual([{ key: 'young' }]);
    await later.close();
  });

  it('names the fields that do not fit', async () => {
    const bad = await house.app.inject({ method: 'POST', url: '/v1/count', payload: { n: 'x' } });
    expect(bad.statusCode).toBe(400);
    expect(bad.json()).toMatchObject({ code: 'platform.bad-request', errors: [{ path: 'body/n' }] });
  });

  it('answers an address that cannot be decoded as a problem too', async () => {
    const bad = await house.app.inject({ url: '/v1/%E0%A4%A', headers: { 'accept-language': 'en' } });
    expect(bad.statusCode).toBe(400);
    expect(bad.json()).toMatchObject({ code: 'platform.bad-request', status: 400 });
  });

  it('asks who it is before a guarded route', async () => {
    expect((await house.app.inject({ url: '/v1/guarded' })).statusCode).toBe(401);
  });

  it('does not start with a route that names no permission', async () => {
    const careless: Slice = {
      name: 'careless',
      routes(app) {
        app.get('/v1/open', async () => 'oops');
      },
    };
    await expect(openTestHouse({ slices: [careless] })).rejects.toThrow(/names no permission/);
    const unknown: Slice = {
      name: 'unknown',
      routes(app) {
        app.get('/v1/open', { config: { permission: 'no.such' } }, async () => 'oops');
      },
    };
    await expect(openTestHouse({ slices: [unknown] })).rejects.toThrow(/no slice declares/);
  });
});
