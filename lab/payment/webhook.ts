import { createHmac, randomUUID } from 'node:crypto';
import { wait } from './chaos.ts';

export type WebhookMode = 'normal' | 'lost' | 'duplicate' | 'late' | 'reordered';

export interface WebhookEvent {
  readonly id: string;
  readonly type: 'notification';
  readonly event: string;
  readonly object: unknown;
}

export interface Webhooks {
  mode: WebhookMode;
  url: string | undefined;
  send(event: string, object: unknown): void;
  /** Sends what is held back: late ones in order, reordered ones backwards. */
  release(): Promise<void>;
  /** What was sent or lost, oldest first; the last 1,000. */
  readonly sent: readonly { readonly event: WebhookEvent; readonly status: number | 'lost' }[];
  /** Waits until nothing is on its way. */
  quiet(): Promise<void>;
  close(): void;
}

const keptMost = 1_000;
const triesMost = 5;

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">` */
export function sign(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

export function openWebhooks(options: {
  readonly secret: string;
  readonly url: string | undefined;
  readonly now: () => Date;
}): Webhooks {
  const sent: { event: WebhookEvent; status: number | 'lost' }[] = [];
  let held: WebhookEvent[] = [];
  let closed = false;
  const onWay = new Set<Promise<void>>();

  const keep = (event: WebhookEvent, status: number | 'lost'): void => {
    sent.push({ event, status });
    if (sent.length > keptMost) sent.shift();
  };
  const post = async (event: WebhookEvent): Promise<void> => {
    for (let attempt = 1; attempt <= triesMost && !closed && hooks.url !== undefined; attempt += 1) {
      const body = JSON.stringify(event);
      const status = await fetch(hooks.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-signature': sign(options.secret, body, options.now()) },
        body,
        signal: AbortSignal.timeout(10_000),
      }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => 0,
      );
      keep(event, status);
      if (status >= 200 && status < 300) return;
      await wait(50 * 2 ** attempt);
    }
  };
  const launch = (event: WebhookEvent): void => {
    const work = post(event).finally(() => onWay.delete(work));
    onWay.add(work);
  };
  const hooks: Webhooks = {
    mode: 'normal',
    url: options.url,
    sent,
    send(name, object) {
      const event: WebhookEvent = {
        id: randomUUID(),
        type: 'notification',
        event: name,
        object: structuredClone(object),
      };
      switch (hooks.mode) {
        case 'normal':
          return launch(event);
        case 'lost':
          return keep(event, 'lost');
        case 'duplicate':
          for (let copy = 0; copy < 3; copy += 1) launch(event);
          return undefined;
        case 'late':
        case 'reordered':
          held.push(event);
          if (held.length > keptMost) held.shift();
          return undefined;
        default:
          throw new Error(`no such mode: ${String(hooks.mode satisfies never)}`);
      }
    },
    async release() {
      const order = hooks.mode === 'reordered' ? held.toReversed() : held;
      held = [];
      for (const event of order) await post(event);
    },
    async quiet() {
      while (onWay.size > 0) await Promise.all(onWay);
    },
    close() {
      closed = true;
    },
  };
  return hooks;
}
