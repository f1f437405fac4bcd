import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPaymentLab } from './index.ts';
import type { PaymentLab } from './index.ts';

let lab: PaymentLab;
let atMs = Date.parse('2026-05-04T10:00:00Z');
let key = 0;

beforeAll(async () => {
  lab = await openPaymentLab({ now: () => new Date(atMs), currencies: ['RUB', 'KZT'] });
});
afterAll(() => lab.close());
beforeEach(() => lab.control.reset());

const ask = async (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${lab.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${lab.secret}`, 'idempotence-key': `key-${(key += 1)}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const wanted = (value = '1990.50', more: Record<string, unknown> = {}): Record<string, unknown> => ({
  amount: { value, currency: 'RUB' },
  capture: true,
  confirmation: { type: 'redirect', return_url: 'https://shop.example/back' },
  ...more,
});
const made = async (value?: string, more?: Record<string, unknown>): Promise<string> =>
  String((await ask('POST', '/payments', wanted(value, more))).body['id']);
const status = async (id: string): Promise<unknown> => (await ask('GET', `/payments/${id}`)).body['status'];

describe('the provider of the lab', () => {
  it('makes a payment, has it confirmed on its page, and says so', async () => {
    const { status: code, body } = await ask('POST', '/payments', wanted());
    expect({ code, body }).toMatchObject({
      code: 200,
      body: { status: 'pending', paid: false, amount: { value: '1990.50', currency: 'RUB' } },
    });
    const { confirmation_url: page = '' } = body['confirmation'] as { confirmation_url?: string };
    expect(await (await fetch(page)).text()).toContain('1990.50 RUB');
    expect((await fetch(page, { method: 'POST', body: new URLSearchParams({ answer: 'maybe' }) })).status).toBe(400);
    const back = await fetch(page, {
      method: 'POST',
      body: new URLSearchParams({ answer: 'approve' }),
      redirect: 'manual',
    });
    expect([back.status, back.headers.get('location')]).toEqual([303, 'https://shop.example/back']);
    expect(await status(String(body['id']))).toBe('succeeded');
  });

  it('waits for capture when it is asked to', async () => {
    const id = await made('10.00', { capture: false });
    expect((await ask('POST', `/payments/${id}/capture`, {})).status).toBe(409);
    lab.control.confirm(id);
    expect(await status(id)).toBe('waiting_for_capture');
    expect((await ask('POST', `/payments/${id}/capture`, {})).body).toMatchObject({ status: 'succeeded' });
    expect((await ask('POST', `/payments/${id}/cancel`, {})).status).toBe(409);
  });

  it('lets a payment that nobody confirms end after an hour', async () => {
    const id = await made();
    atMs += 3_600_000;
    expect((await ask('GET', `/payments/${id}`)).body).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'expired_on_confirmation' },
    });
    lab.control.confirm(id);
    expect(await status(id)).toBe('canceled');
  });

  it.each([
    ['no body', ''],
    ['no JSON', '{'],
    ['an unknown member', wanted('1.00', { colour: 'red' })],
    ['a number for the amount', wanted('1.00', { amount: { value: 1, currency: 'RUB' } })],
    ['one decimal', wanted('1.0')],
    ['nothing', wanted('0.00')],
    ['less than nothing', wanted('-1.00')],
    ['another currency', wanted('1.00', { amount: { value: '1.00', currency: 'USD' } })],
    ['no confirmation', { ...wanted(), confirmation: undefined }],
    ['nowhere to return', wanted('1.00', { confirmation: { type: 'redirect', return_url: 'back' } })],
    ['capture in words', wanted('1.00', { capture: 'yes' })],
    ['too long metadata', wanted('1.00', { metadata: { note: 'x'.repeat(513) } })],
  ])('refuses %s', async (_what, body) => {
    expect(await ask('POST', '/payments', body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('refuses strangers and calls without a key', async () => {
    expect((await ask('POST', '/payments', wanted(), { authorization: 'Bearer other' })).status).toBe(401);
    expect((await ask('POST', '/payments', wanted(), { 'idempotence-key': '' })).status).toBe(400);
    expect((await ask('GET', '/payments/nobody')).status).toBe(404);
    expect((await ask('PUT', '/payments', wanted())).status).toBe(404);
  });

  it('has one effect for one key, and no other request under it', async () => {
    const same = { 'idempotence-key': 'mine' };
    const first = await ask('POST', '/payments', wanted(), same);
    expect(await ask('POST', '/payments', wanted(), same)).toEqual(first);
    expect((await ask('POST', '/payments', wanted('2.00'), same)).status).toBe(400);
  });

  it('gives back in parts, never more than there is', async () => {
    const id = await made('100.00');
    const back = (value: string): Promise<{ status: number; body: Record<string, unknown> }> =>
      ask('POST', '/refunds', { payment_id: id, amount: { value, currency: 'RUB' } });
    expect(await back('1.00')).toMatchObject({ status: 409, body: { code: 'invalid_state' } });
    lab.control.confirm(id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => back('30.00')));
    expect(answers.filter((one) => one.status === 200)).toHaveLength(3);
    expect(answers.find((one) => one.status !== 200)).toMatchObject({ status: 409, body: { code: 'amount_exceeded' } });
    expect((await ask('GET', `/payments/${id}`)).body).toMatchObject({ refunded_amount: { value: '90.00' } });
    expect((await ask('POST', '/refunds', { payment_id: id, amount: { value: '1.00', currency: 'KZT' } })).status).toBe(
      400,
    );
  });
});

describe('trouble on demand', () => {
  it('comes before or after the effect', async () => {
    lab.control.fail('create', 'error-before');
    const once = { 'idempotence-key': 'trouble' };
    const body = wanted('5.00', { metadata: { payment_id: 'trouble' } });
    expect((await ask('POST', '/payments', body, once)).status).toBe(500);
    expect(lab.control.of('trouble')).toHaveLength(0);
    lab.control.fail('create', 'error-after');
    expect((await ask('POST', '/payments', body, once)).status).toBe(500);
    lab.control.fail('create', 'timeout-after', 1, 20);
    await expect(ask('POST', '/payments', body, once)).rejects.toThrow();
    expect(lab.control.of('trouble')).toHaveLength(1);
    expect((await ask('POST', '/payments', body, once)).status).toBe(200);
  });

  it('loses, repeats and reorders webhooks, which are signed', async () => {
    const heard: { id: string; event: string; signed: boolean }[] = [];
    const shop = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const [, seconds = '', given = ''] = /^t=(\d+),v1=(\w+)$/.exec(String(request.headers['x-signature'])) ?? [];
        const own = createHmac('sha256', lab.secret).update(`${seconds}.${text}`).digest('hex');
        const { event, object } = JSON.parse(text) as { event: string; object: { id: string } };
        heard.push({ id: object.id, event, signed: own === given });
        response.end();
      });
    });
    await new Promise<void>((resolve) => {
      shop.listen(0, '127.0.0.1', resolve);
    });
    const address = shop.address();
    lab.control.webhookUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
    try {
      const [lost, twice, one, two] = [await made(), await made(), await made(), await made()];
      lab.control.webhooks = 'lost';
      lab.control.confirm(lost);
      lab.control.webhooks = 'duplicate';
      lab.control.confirm(twice, 'decline');
      await lab.control.quiet();
      lab.control.webhooks = 'reordered';
      lab.control.confirm(one);
      lab.control.confirm(two);
      await lab.control.release();
      expect(heard.map(({ id }) => id)).toEqual([twice, twice, twice, two, one]);
      expect(heard[0]).toEqual({ id: twice, event: 'payment.canceled', signed: true });
      expect(heard.every(({ signed }) => signed)).toBe(true);
    } finally {
      lab.control.webhookUrl = undefined;
      shop.close();
    }
  });
});
