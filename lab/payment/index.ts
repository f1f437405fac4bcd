import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openChaos, wait } from './chaos.ts';
import type { Fault, Operation } from './chaos.ts';
import { forget, Ledger, Refused, showPayment, showRefund } from './ledger.ts';
import type { Payment } from './ledger.ts';
import { confirmPage } from './page.ts';
import { openWebhooks, sign } from './webhook.ts';
import type { Webhooks, WebhookMode } from './webhook.ts';

export type { Fault, Operation } from './chaos.ts';
export type { WebhookMode } from './webhook.ts';

export interface PaymentLabOptions {
  readonly port?: number;
  readonly host?: string;
  readonly secret?: string;
  /** Where webhooks go; may be set later by `control.webhookUrl`. */
  readonly webhookUrl?: string;
  readonly currencies?: readonly string[];
  readonly now?: () => Date;
}

export interface PaymentLabControl {
  /** The next calls of this kind go wrong. */
  fail(on: Operation, fault: Fault, times?: number, delayMs?: number): void;
  webhooks: WebhookMode;
  webhookUrl: string | undefined;
  /** What becomes of new refunds: at once, or `pending` until `finishRefunds`. */
  refunds: 'succeeded' | 'pending';
  finishRefunds(how?: 'succeeded' | 'canceled'): void;
  /** The customer's word on the page; by the provider's id or by `metadata.payment_id`. */
  confirm(id: string, answer?: 'approve' | 'decline'): void;
  /** Sends webhooks that were held back. */
  release(): Promise<void>;
  /** Waits for webhooks on their way. */
  quiet(): Promise<void>;
  readonly sent: Webhooks['sent'];
  /** Payments with this `metadata.payment_id`, whatever became of them. */
  of(paymentId: string): readonly Payment[];
  /** All money that was taken less what was given back, for one of ours. */
  keptMinor(paymentId: string): number;
  readonly refundCount: number;
  readonly calls: Readonly<Record<Operation, number>>;
  /** Connections that were ever opened to it. */
  readonly connections: number;
  /** The header of a webhook with this body, for forgeries and copies. */
  sign(body: string, at?: Date): string;
  reset(): void;
}

export interface PaymentLab {
  readonly url: string;
  readonly secret: string;
  readonly control: PaymentLabControl;
  close(): Promise<void>;
}

const most = 50_000;
const bodyMostBytes = 65_536;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A card provider: strict about what it is asked, and unreliable on demand. In memory, bounded. */
export async function openPaymentLab(options: PaymentLabOptions = {}): Promise<PaymentLab> {
  const secret = options.secret ?? 'lab-secret';
  const now = options.now ?? (() => new Date());
  const ledger = new Ledger({ currencies: options.currencies ?? ['RUB'], now, most });
  const chaos = openChaos();
  const hooks = openWebhooks({ secret, url: options.webhookUrl, now });
  const answers = new Map<string, { readonly request: string; readonly answer: Answer }>();
  const calls = { create: 0, get: 0, capture: 0, cancel: 0, refund: 0 };
  let refunds: 'succeeded' | 'pending' = 'succeeded';
  let base = '';
  let connections = 0;

  const tell = (payment: Payment): void => {
    if (payment.status !== 'pending') hooks.send(`payment.${payment.status}`, showPayment(payment, base));
  };
  const act = (on: Operation, id: string, body: unknown): Answer => {
    switch (on) {
      case 'create':
        return { status: 200, body: showPayment(ledger.create(body), base) };
      case 'get':
        return { status: 200, body: showPayment(ledger.find(id), base) };
      case 'capture':
      case 'cancel': {
        const payment = ledger.find(id);
        if (on === 'cancel') ledger.cancel(payment);
        else ledger.capture(payment);
        tell(payment);
        return { status: 200, body: showPayment(payment, base) };
      }
      case 'refund': {
        const refund = ledger.refund(body, refunds);
        if (refund.status === 'succeeded') hooks.send('refund.succeeded', showRefund(refund));
        return { status: 200, body: showRefund(refund) };
      }
      default:
        throw new Error(`no such operation: ${String(on satisfies never)}`);
    }
  };
  /** One key, one effect: the first answer again, and 400 when the key comes with another request. */
  const actOnce = (on: Operation, id: string, key: string | undefined, text: string): Answer => {
    if (on === 'get') return act(on, id, undefined);
    if (key === undefined || key === '' || key.length > 64)
      throw new Refused(400, 'invalid_request', 'Idempotence-Key: 1 to 64 characters');
    const request = `${on} ${id} ${text}`;
    const earlier = answers.get(key);
    if (earlier !== undefined) {
      if (earlier.request !== request)
        throw new Refused(400, 'invalid_request', 'the Idempotence-Key was used with another request');
      return earlier.answer;
    }
    const answer = refusalOr(() => act(on, id, parse(text)));
    // What was not understood had no effect, and may be mended.
    if (answer.status !== 400) answers.set(key, { request, answer });
    forget(answers, most);
    return answer;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://lab');
    const text = await readBody(request);
    const page = /^\/confirm\/([\w-]+)$/.exec(pathname)?.[1];
    if (page !== undefined) return servePage(request.method ?? 'GET', page, text, response);
    const route = routeOf(request.method ?? 'GET', pathname);
    if (route === undefined) return send(response, { status: 404, body: problem('not_found', 'no such address') });
    if (!isEqual(request.headers.authorization ?? '', `Bearer ${secret}`))
      return send(response, { status: 401, body: problem('invalid_credentials', 'wrong secret') });
    calls[route.on] += 1;
    const fault = chaos.take(route.on);
    if (fault?.fault === 'slow') await wait(fault.delayMs);
    if (fault?.fault === 'error-before') return send(response, { status: 500, body: problem('internal', 'before') });
    if (fault?.fault === 'timeout-before') return drop(response, fault.delayMs);
    const key = request.headers['idempotence-key'];
    const answer = refusalOr(() => actOnce(route.on, route.id, typeof key === 'string' ? key : undefined, text));
    if (fault?.fault === 'error-after') return send(response, { status: 500, body: problem('internal', 'after') });
    if (fault?.fault === 'timeout-after') return drop(response, fault.delayMs);
    return send(response, answer);
  };
  const servePage = (method: string, id: string, text: string, response: ServerResponse): void => {
    const payment = ledger.payments.get(id);
    if (payment === undefined) return send(response, { status: 404, body: problem('not_found', 'no such payment') });
    if (method === 'POST') {
      const answer = new URLSearchParams(text).get('answer');
      if (answer !== 'approve' && answer !== 'decline')
        return send(response, { status: 400, body: problem('invalid_request', 'answer: approve or decline') });
      if (ledger.confirm(payment, answer)) tell(payment);
      response.writeHead(303, { location: payment.returnUrl }).end();
      return undefined;
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(confirmPage(payment));
    return undefined;
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => {
      if (!response.headersSent) send(response, { status: 400, body: problem('invalid_request', 'not readable') });
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const address = server.address();
  base = `http://${options.host ?? '127.0.0.1'}:${typeof address === 'object' ? address?.port : ''}`;

  const ours = (id: string): Payment[] =>
    [...ledger.payments.values()].filter((payment) => payment.metadata['payment_id'] === id);
  const control: PaymentLabControl = {
    fail: (on, fault, times, delayMs) => chaos.plan(on, fault, times, delayMs),
    get webhooks() {
      return hooks.mode;
    },
    set webhooks(mode) {
      hooks.mode = mode;
    },
    get webhookUrl() {
      return hooks.url;
    },
    set webhookUrl(url) {
      hooks.url = url;
    },
    get refunds() {
      return refunds;
    },
    set refunds(how) {
      refunds = how;
    },
    finishRefunds(how = 'succeeded') {
      for (const refund of ledger.refunds.values()) {
        if (refund.status !== 'pending') continue;
        refund.status = how;
        if (how === 'canceled') {
          refund.reason = 'rejected_by_bank';
          const payment = ledger.payments.get(refund.paymentId);
          if (payment !== undefined) payment.refundedMinor -= refund.amountMinor;
        }
        // Asked again under the same key, it says how it ended.
        for (const { answer } of answers.values()) {
          const body = answer.body as { id?: unknown };
          if (body.id === refund.id) Object.assign(body, showRefund(refund));
        }
        hooks.send(`refund.${how}`, showRefund(refund));
      }
    },
    confirm(id, answer = 'approve') {
      const payment = ledger.payments.get(id) ?? ours(id).at(-1);
      if (payment === undefined) throw new Error(`the lab knows no payment ${id}`);
      if (ledger.confirm(payment, answer)) tell(payment);
    },
    release: () => hooks.release(),
    quiet: () => hooks.quiet(),
    sent: hooks.sent,
    of: ours,
    keptMinor: (id) =>
      ours(id)
        .filter(({ status }) => status === 'succeeded')
        .reduce((sum, payment) => sum + payment.amountMinor - payment.refundedMinor, 0),
    get refundCount() {
      return ledger.refunds.size;
    },
    calls,
    get connections() {
      return connections;
    },
    sign: (body, at) => sign(secret, body, at ?? now()),
    reset() {
      chaos.clear();
      hooks.mode = 'normal';
      refunds = 'succeeded';
    },
  };
  return {
    url: `${base}/v3`,
    secret,
    control,
    close: () =>
      new Promise((resolve) => {
        hooks.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function routeOf(method: string, path: string): { readonly on: Operation; readonly id: string } | undefined {
  if (method === 'POST' && path === '/v3/payments') return { on: 'create', id: '' };
  if (method === 'POST' && path === '/v3/refunds') return { on: 'refund', id: '' };
  const [, id = '', what] = /^\/v3\/payments\/([\w-]+)(?:\/(capture|cancel))?$/.exec(path) ?? [];
  if (id === '') return undefined;
  if (method === 'GET' && what === undefined) return { on: 'get', id };
  return method === 'POST' && what !== undefined ? { on: what as 'capture' | 'cancel', id } : undefined;
}

function refusalOr(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) return { status: error.status, body: problem(error.code, error.message) };
    throw error;
  }
}

const problem = (code: string, description: string): unknown => ({ type: 'error', code, description });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, 'invalid_request', 'not JSON');
  }
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
}

async function drop(response: ServerResponse, afterMs: number): Promise<void> {
  await wait(afterMs);
  response.destroy();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyMostBytes) throw new Error('too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
