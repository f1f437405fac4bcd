import type { Slice } from '@ruslo/platform';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { AuditBuffer } from './audit.ts';
import { staff } from './index.ts';
import { signInAs, signInOwner } from './testing.ts';
import type { Visitor } from './testing.ts';

/** A slice with a customer, as far as the access log is concerned. */
const customer: Slice = {
  name: 'customer',
  permissions: { 'customer.read': ['agent'] },
  routes(app) {
    const read = { permission: 'customer.read' };
    app.get('/v1/customers', { config: { ...read, audit: 'customer.searched' } }, async () => ({ items: [] }));
    app.get(
      '/v1/customers/:id',
      { config: { ...read, audit: 'customer.viewed' }, schema: { params: z.object({ id: z.uuid() }) } },
      async (_request, reply) => reply.send({}),
    );
  },
};

let house: TestHouse;
let owner: Visitor;
beforeAll(async () => {
  house = await openTestHouse({ slices: [customer, staff] });
  owner = await signInOwner(house);
});
afterAll(() => house.close());

interface Line {
  readonly action: string;
  readonly customerId: string | null;
  readonly staff: { readonly id: string } | null;
  readonly key: { readonly name: string } | null;
  readonly ip: string;
}
const lines = async (query: string): Promise<Line[]> =>
  ((await owner.ask('GET', `/v1/audit?${query}`)).body as unknown as { items: Line[] }).items;
const until = async (query: string, count: number): Promise<Line[]> => {
  const began = performance.now();
  for (;;) {
    const found = await lines(query);
    if (found.length >= count || performance.now() - began > 1_000) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

test('who looked at whom stands in the log within a second', async () => {
  const agent = await signInAs(owner, ['agent'], 'agent@mayak.test');
  const id = newId();
  expect((await agent.ask('GET', `/v1/customers/${id}`)).status).toBe(200);
  expect((await agent.ask('GET', '/v1/customers?q=%2B79161234567')).status).toBe(200);
  expect(await until(`customerId=${id}`, 1)).toMatchObject([
    { action: 'customer.viewed', customerId: id, staff: { id: agent.id }, key: null, ip: '192.0.2.1' },
  ]);
  const searched = await until('action=customer.searched', 1);
  expect(searched).toMatchObject([{ customerId: null, staff: { id: agent.id } }]);
  expect(JSON.stringify(searched)).not.toContain('9161234567');
});

test('three questions of one card are one look; a person is asked for by all of their ids', async () => {
  const [id, other] = [newId(), newId()];
  await Promise.all([id, id, id, other].map((one) => owner.ask('GET', `/v1/customers/${one}`)));
  expect(await until(`customerId=${id},${other}`, 2)).toHaveLength(2);
  expect((await owner.ask('GET', '/v1/audit?customerId=nobody')).status).toBe(400);
});

test('a key is named as well', async () => {
  const made = await owner.ask('POST', '/v1/keys', { name: 'касса 7', scopes: ['customer.read'] });
  const id = newId();
  const secret = String((made.body as Record<string, unknown>)['secret']);
  await owner.ask('GET', `/v1/customers/${id}`, undefined, { authorization: `Bearer ${secret}` });
  expect(await until(`customerId=${id}`, 1)).toMatchObject([{ staff: null, key: { name: 'касса 7' } }]);
});

test('the pages of the log hang together', async () => {
  for (let view = 0; view < 25; view += 1) await owner.ask('GET', `/v1/customers/${newId()}`);
  await until('action=customer.viewed', 25);
  const ids: string[] = [];
  let cursor = '';
  do {
    const page = (
      await owner.ask('GET', `/v1/audit?action=customer.viewed&limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).body as unknown as { items: { id: string }[]; nextCursor: string | null };
    ids.push(...page.items.map((item) => item.id));
    cursor = page.nextCursor ?? '';
  } while (cursor !== '');
  expect(ids.length).toBeGreaterThanOrEqual(25);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? 1 : -1)));
});

test('what could not be written is kept, and nobody is shown once the buffer is full', async () => {
  const buffer = new AuditBuffer(house, 3);
  const id = newId();
  const look = (): void =>
    buffer.add({
      at: new Date(),
      caller: { kind: 'key', id: keyId, permissions: new Set() },
      action: 'customer.changed',
      customerId: id,
      status: 200,
      ip: '192.0.2.9',
      requestId: 'x',
    });
  const made = await owner.ask('POST', '/v1/keys', { name: 'k', scopes: ['customer.read'] });
  const keyId = String((made.body as Record<string, unknown>)['id']);
  await house.db.query('alter table staff.audit rename to away');
  look();
  look();
  await buffer.flush();
  expect(buffer.isFull).toBe(false);
  look();
  expect(buffer.isFull).toBe(true);
  await house.db.query('alter table staff.away rename to audit');
  await buffer.close();
  expect(buffer.isFull).toBe(false);
  expect(await lines(`customerId=${id}`)).toHaveLength(3);
});

test('a line that the database refuses does not hold up the others', async () => {
  const buffer = new AuditBuffer(house);
  const { id: memberId } = ((await owner.ask('GET', '/v1/session')).body as unknown as { staff: { id: string } }).staff;
  const id = newId();
  for (const staffId of [memberId, newId(), memberId]) {
    const caller = {
      kind: 'staff',
      id: staffId,
      sessionId: '',
      roles: [],
      permissions: new Set<string>(),
      locale: 'ru',
    } as const;
    buffer.add({
      at: new Date(),
      caller,
      action: 'customer.changed',
      customerId: id,
      status: 200,
      ip: '192.0.2.9',
      requestId: 'x',
    });
    buffer.add({
      at: new Date(),
      caller,
      action: 'customer.odd',
      customerId: 'no id',
      status: 200,
      ip: '192.0.2.9',
      requestId: 'x',
    });
  }
  await buffer.flush();
  expect(buffer.waiting).toBe(0);
  expect(await lines(`customerId=${id}`)).toHaveLength(2);
  expect(await lines('action=customer.odd')).toHaveLength(2);
});

test('the last lines are written when the server stops', async () => {
  const other = await house.second();
  const id = newId();
  const there = await signInOwner(other);
  await there.ask('GET', `/v1/customers/${id}`);
  await other.close();
  expect(await lines(`customerId=${id}`)).toHaveLength(1);
});
