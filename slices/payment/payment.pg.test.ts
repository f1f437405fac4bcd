import { openCard } from '@ruslo/card';
import { identity } from '@ruslo/identity';
import { openPaymentLab } from '@ruslo/lab-payment';
import type { PaymentLab } from '@ruslo/lab-payment';
import { append, answer, command, fact, newId, runDuty } from '@ruslo/platform';
import type { House, Slice, Tx } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { movableClock, signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  addPayment,
  cancelPayments,
  openPayment,
  overdue,
  paymentsOf,
  readWebhook,
  refund,
  settle,
  startPayment,
} from './index.ts';
import type { Payment } from './index.ts';

/** A shop of the test's own, as the order slice is one: takes webhooks, acts once on what became of a payment. */
const then = async (tx: Tx, payment: Payment): Promise<void> => {
  if (failThen > 0) {
    failThen -= 1;
    throw new Error('the order could not act');
  }
  const data = { paymentId: payment.id, state: payment.state };
  await append(tx, [fact({ name: 'shop.acted', customerId: payment.customerId, at: payment.createdAt, data })]);
};
let failThen = 0;

const shop: Slice = {
  name: 'shop',
  async routes(app, house) {
    await app.register(async (scope) => {
      scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      scope.post(
        '/v1/payments/:provider/webhook',
        { config: { permission: 'public', rateLimit: false } },
        async (request, reply) => {
          const { provider } = request.params as { provider: string };
          const told = await readWebhook(house, provider, request.headers, request.body as Buffer);
          if (told === undefined) return reply.code(401).send({});
          await settle(house, told.paymentId, then, told.notice);
          return {};
        },
      );
    });
    app.post(
      '/shop/refund',
      {
        config: { permission: 'public' },
        schema: { body: z.object({ paymentId: z.uuid(), amountMinor: z.int(), key: z.string() }) },
      },
      async (request, reply) =>
        answer(
          house,
          request,
          reply,
          await command(house, request, (tx) =>
            refund(tx, { ...request.body, reason: 'return', now: house.clock.now() }),
          ),
        ),
    );
  },
  duties: (house) => [
    {
      name: 'shop.overdue',
      everyMs: 60_000,
      async run(now) {
        for (const { id } of await overdue(house.db, new Date(now.getTime() - 60_000), 100))
          await settle(house, id, then);
        return false;
      },
    },
  ],
};

const clock = movableClock();
let lab: PaymentLab;
let house: TestHouse;
let other: TestHouse;
let owner: Visitor;

beforeAll(async () => {
  lab = await openPaymentLab({ now: () => clock.now() });
  const port = openCard({ url: lab.url, secret: lab.secret, timeoutMs: 400 });
  const slices = [identity, staff, openPayment([port]), shop];
  house = await openTestHouse({ slices, clock });
  other = await house.second();
  owner = await signInOwner(house);
  await house.app.listen({ port: 0, host: '127.0.0.1' });
  const address = house.app.server.address();
  lab.control.webhookUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1/payments/card/webhook`;
});
afterAll(async () => {
  await other.close();
  await house.close();
  await lab.close();
});
afterEach(async () => {
  await lab.control.quiet();
  lab.control.reset();
  failThen = 0;
});

const add = (ref = newId(), amountMinor = 100_050, key = 'card'): Promise<Payment> =>
  house.db.tx((tx) =>
    addPayment(tx, { ref, customerId: null, method: 'card', amountMinor, currency: 'RUB', key, now: clock.now() }),
  );
const begin = async (payment: Payment, at: House = house): Promise<Payment> => {
  const result = await startPayment(at, payment.id, 'http://127.0.0.1/back');
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value;
};
const paid = async (amountMinor?: number): Promise<Payment> => {
  const payment = await begin(await add(undefined, amountMinor));
  lab.control.confirm(payment.id);
  await lab.control.quiet();
  return read(payment.ref);
};
const read = async (ref: string): Promise<Payment> => {
  const [payment] = await paymentsOf(house.db, [ref]);
  if (payment === undefined) throw new Error('no payment');
  return payment;
};
const acted = async (paymentId: string): Promise<string[]> =>
  (
    await house.db.query<{ state: string }>(
      `select data->>'state' as state from log.event where name = 'shop.acted' and data->>'paymentId' = $1`,
      [paymentId],
    )
  ).map(({ state }) => state);
const facts = async (paymentId: string): Promise<string[]> =>
  (
    await house.db.query<{ name: string }>(
      `select name from log.event where name like 'payment.%' and data->>'paymentId' = $1 order by id`,
      [paymentId],
    )
  ).map(({ name }) => name);
const giveBack = (
  paymentId: string,
  amountMinor: number,
  key: string,
  at: TestHouse = house,
): Promise<{ status: number; body: { code?: string; refundId?: string } }> =>
  at.app
    .inject({ method: 'POST', url: '/shop/refund', payload: { paymentId, amountMinor, key } })
    .then((response) => ({ status: response.statusCode, body: response.json() }));

describe('a card payment', () => {
  it('is confirmed by the customer, told by a webhook, and acted on once', async () => {
    const payment = await begin(await add());
    expect(payment).toMatchObject({ state: 'pending', provider: 'card', amountMinor: 100_050 });
    const page = await fetch(payment.confirmUrl ?? '');
    expect(await page.text()).toContain('1000.50 RUB');
    const confirmed = await fetch(payment.confirmUrl ?? '', {
      method: 'POST',
      body: new URLSearchParams({ answer: 'approve' }),
      redirect: 'manual',
    });
    expect(confirmed.headers.get('location')).toBe('http://127.0.0.1/back');
    await lab.control.quiet();
    expect(await read(payment.ref)).toMatchObject({ state: 'succeeded', confirmUrl: null, failure: null });
    expect(await acted(payment.id)).toEqual(['succeeded']);
    expect(await facts(payment.id)).toEqual(['payment.succeeded']);
    const list = await owner.ask('GET', `/v1/payments?ref=${payment.ref}`);
    expect(list.body).toMatchObject({ items: [{ id: payment.id, state: 'succeeded' }], nextCursor: null });
    expect((await owner.ask('GET', `/v1/payments/${payment.id}`)).body).toMatchObject({
      payment: { id: payment.id },
      refunds: [],
    });
  });

  it('is one for the same key, whoever asks at once', async () => {
    const ref = newId();
    const added = await Promise.all(Array.from({ length: 10 }, () => add(ref)));
    expect(new Set(added.map(({ id }) => id)).size).toBe(1);
  });

  it('begins once at the provider, ten at once on two processes', async () => {
    const payment = await add();
    await Promise.all(Array.from({ length: 10 }, (_, index) => begin(payment, index % 2 === 0 ? house : other)));
    expect(lab.control.of(payment.id)).toHaveLength(1);
  });

  it('is declined by the bank', async () => {
    const payment = await begin(await add());
    lab.control.confirm(payment.id, 'decline');
    await lab.control.quiet();
    expect(await read(payment.ref)).toMatchObject({ state: 'failed', failure: '3d_secure_failed' });
    expect(await acted(payment.id)).toEqual(['failed']);
    expect(await facts(payment.id)).toEqual(['payment.failed']);
  });

  it('is acted on once though its webhook comes three times and is settled by ten on two processes', async () => {
    lab.control.webhooks = 'duplicate';
    const payment = await begin(await add());
    lab.control.confirm(payment.id);
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => settle(index % 2 === 0 ? house : other, payment.id, then)),
    );
    await lab.control.quiet();
    expect(await acted(payment.id)).toEqual(['succeeded']);
    expect(await facts(payment.id)).toEqual(['payment.succeeded']);
  });

  it('is made good by asking when the webhook is lost', async () => {
    lab.control.webhooks = 'lost';
    const payment = await begin(await add());
    lab.control.confirm(payment.id);
    await runDuty(house, 'shop.overdue');
    expect(await read(payment.ref)).toMatchObject({ state: 'pending' });
    clock.pass(61_000);
    await runDuty(house, 'shop.overdue');
    expect(await read(payment.ref)).toMatchObject({ state: 'succeeded' });
    expect(await acted(payment.id)).toEqual(['succeeded']);
  });

  it('does not mind a webhook that comes late', async () => {
    lab.control.webhooks = 'late';
    const payment = await begin(await add());
    lab.control.confirm(payment.id);
    clock.pass(61_000);
    await runDuty(house, 'shop.overdue');
    await lab.control.release();
    expect(await acted(payment.id)).toEqual(['succeeded']);
  });

  it('takes webhooks in any order', async () => {
    lab.control.webhooks = 'reordered';
    const payments = await Promise.all([add(), add(), add()].map(async (one) => begin(await one)));
    for (const { id } of payments) lab.control.confirm(id);
    await lab.control.release();
    for (const { id } of payments) expect(await acted(id)).toEqual(['succeeded']);
  });

  it('is acted on again when the first acting fell over', async () => {
    failThen = 1;
    const payment = await begin(await add());
    lab.control.confirm(payment.id);
    await lab.control.quiet();
    expect(await read(payment.ref)).toMatchObject({ state: 'succeeded' });
    expect(await acted(payment.id)).toEqual(['succeeded']);
  });

  it('is not charged twice when the start times out after its effect', async () => {
    lab.control.fail('create', 'timeout-after', 1, 1_000);
    const payment = await add();
    expect(await startPayment(house, payment.id, 'http://127.0.0.1/back')).toMatchObject({
      ok: false,
      refusal: { code: 'payment.provider-away', status: 503 },
    });
    const again = await begin(payment);
    expect(lab.control.of(payment.id)).toHaveLength(1);
    lab.control.confirm(payment.id);
    await lab.control.quiet();
    expect(await acted(payment.id)).toEqual(['succeeded']);
    expect(again.confirmUrl).toContain('/confirm/');
  });

  it('is found by asking when nobody ever learnt that it began', async () => {
    lab.control.fail('create', 'error-after', 1);
    lab.control.fail('create', 'error-before', 1);
    lab.control.webhooks = 'lost';
    const payment = await add();
    expect(await startPayment(house, payment.id, 'http://127.0.0.1/back')).toMatchObject({ ok: false });
    lab.control.confirm(payment.id);
    clock.pass(61_000);
    await runDuty(house, 'shop.overdue');
    expect(lab.control.of(payment.id)).toHaveLength(1);
    expect(await acted(payment.id)).toEqual(['succeeded']);
  });

  it('waits when the provider does not answer', async () => {
    lab.control.webhooks = 'lost';
    const payment = await begin(await add());
    lab.control.confirm(payment.id);
    lab.control.fail('get', 'timeout-before', 1, 1_000);
    expect(await settle(house, payment.id, then)).toMatchObject({ state: 'pending' });
    expect(await settle(house, payment.id, then)).toMatchObject({ state: 'succeeded' });
  });

  it('is refused where there is no provider', async () => {
    const bare = await openTestHouse({ slices: [identity, staff, openPayment([]), shop], clock });
    try {
      const now = clock.now();
      const payment = await bare.db.tx((tx) =>
        addPayment(tx, { ref: 'r', customerId: null, method: 'card', amountMinor: 1, currency: 'RUB', key: 'k', now }),
      );
      expect(await startPayment(bare, payment.id, 'http://127.0.0.1/')).toMatchObject({
        ok: false,
        refusal: { code: 'payment.no-provider' },
      });
    } finally {
      await bare.close();
    }
  });
});

it('takes its provider from the configuration', async () => {
  const fromConfig = openPayment(({ card }) => (card === undefined ? [] : [openCard(card)]));
  const environment = { RUSLO_PAYMENT_URL: `${lab.url}/`, RUSLO_PAYMENT_SECRET: lab.secret };
  const configured = await openTestHouse({ slices: [identity, staff, fromConfig], clock, environment });
  const bare = await openTestHouse({ slices: [identity, staff, fromConfig], clock });
  try {
    const from = {
      ref: 'r',
      customerId: null,
      method: 'card',
      amountMinor: 1,
      currency: 'RUB',
      key: 'k',
      now: clock.now(),
    } as const;
    const [one, two] = [
      await configured.db.tx((tx) => addPayment(tx, from)),
      await bare.db.tx((tx) => addPayment(tx, from)),
    ];
    expect(await startPayment(configured, one.id, 'http://127.0.0.1/')).toMatchObject({
      ok: true,
      value: { state: 'pending' },
    });
    expect(await startPayment(bare, two.id, 'http://127.0.0.1/')).toMatchObject({ ok: false });
    expect(await fromConfig.health?.(configured)).toEqual({ ok: true, detail: 'provider card' });
    expect(await fromConfig.health?.(bare)).toEqual({ ok: true, detail: 'no card provider configured' });
  } finally {
    await configured.close();
    await bare.close();
  }
});

describe('webhooks', () => {
  const body = (id: string): string =>
    JSON.stringify({ id: newId(), type: 'notification', event: 'payment.succeeded', object: { id } });
  const post = (payload: string, signature: string): Promise<number> =>
    house.app
      .inject({
        method: 'POST',
        url: '/v1/payments/card/webhook',
        headers: { 'content-type': 'application/json', 'x-signature': signature },
        payload,
      })
      .then((response) => response.statusCode);

  it('are refused without the right signature, and when they are copies of long ago', async () => {
    const payment = await begin(await add());
    const [known] = lab.control.of(payment.id);
    const text = body(known?.id ?? '');
    expect(await post(text, lab.control.sign(`${text} `))).toBe(401);
    expect(await post(text, 't=1,v1=00')).toBe(401);
    expect(await post(text, '')).toBe(401);
    expect(await post(text, lab.control.sign(text, new Date(clock.now().getTime() - 301_000)))).toBe(401);
    expect(await post(body(newId()), lab.control.sign(body(newId())))).toBe(401);
    expect(await post(text, lab.control.sign(text))).toBe(200);
    // Signed, but not true: the provider is asked.
    expect(await read(payment.ref)).toMatchObject({ state: 'pending' });
  });

  it('are noted once each and forgotten after a month', async () => {
    const payment = await paid();
    const text = body(lab.control.of(payment.id)[0]?.id ?? '');
    for (let time = 0; time < 3; time += 1) expect(await post(text, lab.control.sign(text))).toBe(200);
    const count = async (): Promise<unknown> =>
      house.db.query('select times from payment.event where payment_id = $1 order by times', [payment.id]);
    expect(await count()).toEqual([{ times: 1 }, { times: 3 }]);
    clock.pass(31 * 86_400_000);
    await runDuty(house, 'payment.forget');
    expect(await count()).toEqual([]);
    clock.pass(-31 * 86_400_000);
  });
});

describe('cancelling', () => {
  const cancel = (ref: string): Promise<void> => house.db.tx((tx) => cancelPayments(tx, ref, clock.now()));

  it('ends what never began at once', async () => {
    const payment = await add();
    await cancel(payment.ref);
    expect(await read(payment.ref)).toMatchObject({ state: 'cancelled' });
    expect(await begin(payment)).toMatchObject({ state: 'cancelled' });
    expect(lab.control.of(payment.id)).toHaveLength(0);
  });

  it('tells the provider, and the customer cannot pay any more', async () => {
    lab.control.webhooks = 'lost';
    const payment = await begin(await add());
    await cancel(payment.ref);
    await runDuty(house, 'payment.cancels');
    await runDuty(house, 'shop.overdue');
    expect(await read(payment.ref)).toMatchObject({ state: 'cancelled' });
    expect(await acted(payment.id)).toEqual(['cancelled']);
    lab.control.confirm(payment.id);
    expect(lab.control.keptMinor(payment.id)).toBe(0);
  });

  it('finds that she has paid after all, and the order acts on it', async () => {
    lab.control.webhooks = 'lost';
    const payment = await begin(await add());
    await cancel(payment.ref);
    lab.control.confirm(payment.id);
    await runDuty(house, 'payment.cancels');
    await runDuty(house, 'shop.overdue');
    expect(await read(payment.ref)).toMatchObject({ state: 'succeeded' });
    expect(await acted(payment.id)).toEqual(['succeeded']);
  });

  it('is tried until the provider hears it, also of a start that nobody heard of', async () => {
    lab.control.webhooks = 'lost';
    lab.control.fail('create', 'timeout-after', 1, 1_000);
    const payment = await add();
    await startPayment(house, payment.id, 'http://127.0.0.1/back');
    await cancel(payment.ref);
    lab.control.fail('cancel', 'error-before', 2);
    await runDuty(house, 'payment.cancels');
    expect(await read(payment.ref)).toMatchObject({ state: 'pending' });
    clock.pass(10_000);
    await runDuty(house, 'payment.cancels');
    await runDuty(house, 'shop.overdue');
    expect(await read(payment.ref)).toMatchObject({ state: 'cancelled' });
    expect(lab.control.of(payment.id)).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('refunds', () => {
  it('go back in parts, each once, and never above what was paid: ten at once on two processes', async () => {
    const payment = await paid(100_000);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        giveBack(payment.id, 30_000, `part-${index}`, index % 2 === 0 ? house : other),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.find(({ status }) => status !== 200)).toMatchObject({
      status: 409,
      body: { code: 'payment.refund-too-much' },
    });
    await Promise.all([runDuty(house, 'payment.refunds'), runDuty(other, 'payment.refunds')]);
    expect(lab.control.keptMinor(payment.id)).toBe(10_000);
    expect(await read(payment.ref)).toMatchObject({ refundedMinor: 90_000 });
    expect((await facts(payment.id)).filter((name) => name === 'payment.refunded')).toHaveLength(3);
  });

  it('have one effect for the same key, ten at once on two processes', async () => {
    const payment = await paid(100_000);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => giveBack(payment.id, 40_000, 'once', index % 2 === 0 ? house : other)),
    );
    expect(new Set(answers.map(({ body }) => body.refundId)).size).toBe(1);
    expect(await giveBack(payment.id, 50_000, 'once')).toMatchObject({
      status: 422,
      body: { code: 'payment.key-used' },
    });
    await runDuty(house, 'payment.refunds');
    expect(lab.control.keptMinor(payment.id)).toBe(60_000);
  });

  it('are not given twice when the answer is lost', async () => {
    const payment = await paid(100_000);
    await giveBack(payment.id, 40_000, 'lost');
    lab.control.fail('refund', 'timeout-after', 1, 1_000);
    await runDuty(house, 'payment.refunds');
    expect(lab.control.keptMinor(payment.id)).toBe(60_000);
    expect((await owner.ask('GET', `/v1/payments/${payment.id}`)).body).toMatchObject({
      refunds: [{ state: 'queued', tries: 1 }],
    });
    clock.pass(6_000);
    await runDuty(house, 'payment.refunds');
    expect(lab.control.keptMinor(payment.id)).toBe(60_000);
    expect((await owner.ask('GET', `/v1/payments/${payment.id}`)).body).toMatchObject({
      refunds: [{ state: 'succeeded' }],
    });
  });

  it('wait for a bank that takes its time', async () => {
    const payment = await paid(100_000);
    lab.control.refunds = 'pending';
    await giveBack(payment.id, 40_000, 'slow');
    await runDuty(house, 'payment.refunds');
    expect((await owner.ask('GET', '/v1/refunds?state=pending')).body).toMatchObject({
      items: [{ paymentId: payment.id }],
    });
    lab.control.finishRefunds();
    clock.pass(6_000);
    await runDuty(house, 'payment.refunds');
    expect((await facts(payment.id)).at(-1)).toBe('payment.refunded');
  });

  it('that the bank rejects are seen, and sent again by hand under a new key', async () => {
    const payment = await paid(100_000);
    lab.control.refunds = 'pending';
    const { body } = await giveBack(payment.id, 40_000, 'rejected');
    await runDuty(house, 'payment.refunds');
    lab.control.finishRefunds('canceled');
    clock.pass(6_000);
    await runDuty(house, 'payment.refunds');
    expect((await facts(payment.id)).at(-1)).toBe('payment.refund-failed');
    const list = await owner.ask('GET', '/v1/refunds?state=failed');
    expect(list.body).toMatchObject({ items: [{ id: body.refundId, failure: 'rejected_by_bank' }] });
    // What is promised stays promised.
    expect(await giveBack(payment.id, 70_000, 'more')).toMatchObject({ status: 409 });
    lab.control.refunds = 'succeeded';
    expect(await owner.ask('POST', `/v1/refunds/${body.refundId}/retry`)).toMatchObject({
      status: 200,
      body: { state: 'queued' },
    });
    expect(await owner.ask('POST', `/v1/refunds/${body.refundId}/retry`)).toMatchObject({ status: 409 });
    await runDuty(house, 'payment.refunds');
    expect(lab.control.keptMinor(payment.id)).toBe(60_000);
    expect((await facts(payment.id)).at(-1)).toBe('payment.refunded');
  });

  it('are refused before there is money', async () => {
    const payment = await begin(await add());
    expect(await giveBack(payment.id, 1, 'early')).toMatchObject({ status: 409, body: { code: 'payment.not-paid' } });
    expect(await giveBack(newId(), 1, 'nobody')).toMatchObject({ status: 404 });
    expect(await giveBack(payment.id, 0, 'nothing')).toMatchObject({
      status: 422,
      body: { code: 'payment.bad-amount' },
    });
  });

  it('of cash are given at once', async () => {
    const ref = newId();
    const now = clock.now();
    const payment = await house.db.tx((tx) =>
      addPayment(tx, { ref, customerId: null, method: 'cash', amountMinor: 500, currency: 'RUB', key: 'c', now }),
    );
    expect(payment.state).toBe('succeeded');
    expect(await giveBack(payment.id, 200, 'cash')).toMatchObject({ status: 200 });
    expect(await facts(payment.id)).toEqual(['payment.succeeded', 'payment.refunded']);
  });
});

it('keeps the sums of an erased person, and shows her what is kept (T30)', async () => {
  const customerId = newId();
  const ref = newId();
  const payment = await house.db.tx((tx) =>
    addPayment(tx, { ref, customerId, method: 'card', amountMinor: 700, currency: 'RUB', key: 'c', now: clock.now() }),
  );
  const slice = house.slices.find(({ name }) => name === 'payment');
  const shown = await house.db.tx(async (tx) => slice?.export?.(tx, [customerId]));
  expect(shown).toMatchObject({ payments: [{ id: payment.id, amountMinor: 700 }] });
  await house.db.tx(async (tx) => slice?.erase?.(tx, [customerId]));
  expect(await read(ref)).toMatchObject({ customerId: null, amountMinor: 700 });
});
