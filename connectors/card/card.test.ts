import { openPaymentLab } from '@ruslo/lab-payment';
import type { PaymentLab } from '@ruslo/lab-payment';
import type { PaymentPort } from '@ruslo/payment';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decimal, openCard } from './index.ts';

let lab: PaymentLab;
let port: PaymentPort;
let count = 0;

beforeAll(async () => {
  lab = await openPaymentLab();
  port = openCard({ url: lab.url, secret: lab.secret, timeoutMs: 200 });
});
afterAll(async () => {
  await port.close?.();
  await lab.close();
});
afterEach(() => lab.control.reset());

const start = (
  id = `00000000-0000-7000-8000-${String((count += 1)).padStart(12, '0')}`,
): ReturnType<PaymentPort['start']> =>
  port.start({ id, amountMinor: 199_050, currency: 'RUB', ref: 'order', returnUrl: 'http://127.0.0.1/back' });
const refund = (id: string, providerRef: string, amountMinor: number): ReturnType<PaymentPort['refund']> =>
  port.refund({ id, providerRef, amountMinor, currency: 'RUB' });

it('writes amounts by the decimals of their currency', () => {
  expect([1, 10, 199_050].map((minor) => decimal(minor, 'RUB'))).toEqual(['0.01', '0.10', '1990.50']);
  expect(decimal(1_990, 'JPY')).toBe('1990');
  expect(decimal(1_990, 'KWD')).toBe('1.990');
});

describe('the card connector', () => {
  it('says how a payment stands at every step', async () => {
    const { providerRef, confirmUrl, state } = await start();
    expect([state, typeof confirmUrl]).toEqual(['pending', 'string']);
    lab.control.confirm(providerRef);
    expect(await port.state(providerRef)).toEqual({ state: 'succeeded', failure: null });
    const declined = await start();
    lab.control.confirm(declined.providerRef, 'decline');
    expect(await port.state(declined.providerRef)).toEqual({ state: 'failed', failure: '3d_secure_failed' });
    const cancelled = await start();
    await port.cancel(cancelled.providerRef);
    expect(await port.state(cancelled.providerRef)).toEqual({ state: 'cancelled', failure: 'canceled_by_merchant' });
    await expect(port.cancel(providerRef)).resolves.toBeUndefined();
  });

  it('tries once more where the provider stumbles, with the same key', async () => {
    const id = '00000000-0000-7000-8000-aaaaaaaaaaaa';
    lab.control.fail('create', 'error-after');
    const { providerRef } = await start(id);
    expect(lab.control.of(id)).toHaveLength(1);
    lab.control.confirm(providerRef);
    lab.control.fail('refund', 'error-after');
    expect(await refund('refund-1', providerRef, 50_000)).toEqual({ state: 'succeeded', failure: null });
    expect(lab.control.keptMinor(id)).toBe(149_050);
    expect(await refund('refund-1', providerRef, 50_000)).toEqual({ state: 'succeeded', failure: null });
    expect(lab.control.keptMinor(id)).toBe(149_050);
  });

  it('gives up in its time', async () => {
    lab.control.fail('create', 'slow', 1, 5_000);
    const beganMs = performance.now();
    await expect(start()).rejects.toThrow();
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  });

  it('says no where the provider does, and throws where it is our fault', async () => {
    const { providerRef } = await start();
    expect(await refund('refund-2', providerRef, 1)).toEqual({ state: 'failed', failure: 'invalid_state' });
    lab.control.confirm(providerRef);
    expect(await refund('refund-3', providerRef, 199_051)).toEqual({ state: 'failed', failure: 'amount_exceeded' });
    const stranger = openCard({ url: lab.url, secret: 'wrong' });
    await expect(stranger.state(providerRef)).rejects.toThrow('status 401 invalid_credentials');
    await stranger.close?.();
    await expect(port.state('nobody')).rejects.toThrow('status 404 not_found');
  });

  it('keeps its connection', async () => {
    const { providerRef } = await start();
    const { connections } = lab.control;
    for (let time = 0; time < 20; time += 1) await port.state(providerRef);
    expect(lab.control.connections).toBe(connections);
  });
});

describe('webhooks', () => {
  const ours = '00000000-0000-7000-8000-000000000001';
  const text = JSON.stringify({
    id: 'event-1',
    event: 'payment.succeeded',
    object: { id: 'provider-1', metadata: { payment_id: ours } },
  });
  const now = new Date('2026-05-04T10:00:00Z');
  const read = (body: string, signature: unknown, at = now): ReturnType<PaymentPort['readWebhook']> =>
    port.readWebhook({ 'x-signature': signature as string }, Buffer.from(body), at);

  it('say which payment they are about', () => {
    const signature = lab.control.sign(text, now);
    expect(read(text, signature)).toEqual({ eventId: 'event-1', providerRef: 'provider-1', paymentId: ours });
    const refunded = JSON.stringify({ id: 'event-2', object: { id: 'refund-9', payment_id: 'provider-1' } });
    expect(read(refunded, lab.control.sign(refunded, now))).toEqual({
      eventId: 'event-2',
      providerRef: 'provider-1',
      paymentId: null,
    });
  });

  it('are nobody’s without the signature, too early, too late, or with nonsense within', () => {
    const signature = lab.control.sign(text, now);
    expect(read(`${text} `, signature)).toBeUndefined();
    for (const none of [
      undefined,
      '',
      'v1=abc',
      [signature, signature],
      signature.slice(0, -1),
      signature.toUpperCase(),
    ])
      expect(read(text, none)).toBeUndefined();
    expect(read(text, signature, new Date(now.getTime() + 301_000))).toBeUndefined();
    expect(read(text, signature, new Date(now.getTime() - 301_000))).toBeUndefined();
    expect(read(text, signature, new Date(now.getTime() + 299_000))).toBeDefined();
    for (const nonsense of ['', 'null', '[]', '{"id":1}', '{"id":"e"}', '{"id":"e","object":{"id":{}}}'])
      expect(read(nonsense, lab.control.sign(nonsense, now))).toBeUndefined();
  });
});
