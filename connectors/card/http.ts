import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

export interface Calls {
  get<T>(path: string): Promise<T>;
  /** With an idempotency key, so it may be sent again. Answers with a status of `known` are given back like a success. */
  post<T>(path: string, key: string, body: unknown, known?: readonly number[]): Promise<T>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Once more at once where the world stumbled; what lasts longer is the caller's to repeat. */
const triesMost = 2;
const againMs = 200;
const answerMostBytes = 1_048_576;

/** Calls over connections that are kept. */
export function callProvider(options: {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
}): Calls {
  const isHttps = options.url.startsWith('https:');
  const agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 32, timeout: 60_000 });
  const send = isHttps ? httpsRequest : httpRequest;
  const authorization = `Bearer ${options.secret}`;

  const once = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      // Not `AbortSignal.timeout`: that fires, and makes an error with its stack, after every call that went well.
      let late: Error | undefined;
      const timer = setTimeout(() => {
        late = Object.assign(new Error('the provider takes too long'), { name: 'TimeoutError' });
        outgoing.destroy(late);
      }, options.timeoutMs);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(late ?? error);
      };
      const outgoing = send(`${options.url}${path}`, {
        method,
        agent,
        headers: {
          authorization,
          accept: 'application/json',
          ...headers,
          ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      });
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on('error', fail);
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > answerMostBytes) incoming.destroy(new Error('the provider answers too much'));
          else chunks.push(chunk);
        });
        incoming.on('end', () => {
          clearTimeout(timer);
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      outgoing.end(body);
    });

  const call = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
    known: readonly number[],
  ): Promise<unknown> => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await once(method, path, headers, body).catch((error: unknown) => {
        if (attempt < triesMost && !isTimeout(error)) return undefined;
        throw error;
      });
      if (answer !== undefined && ((answer.status >= 200 && answer.status < 300) || known.includes(answer.status)))
        return JSON.parse(answer.text);
      const isPassing = answer === undefined || answer.status >= 500 || answer.status === 429;
      if (!isPassing || attempt >= triesMost) throw new Error(`${method} ${path.split('/')[1]}: ${describe(answer)}`);
      await delay(againMs);
    }
  };
  return {
    get: (path) => call('GET', path, {}, undefined, []) as Promise<never>,
    post: (path, key, body, known = []) =>
      call('POST', path, { 'idempotence-key': key }, JSON.stringify(body), known) as Promise<never>,
    async close() {
      agent.destroy();
    },
  };
}

/** A whole time limit has passed already; another one is not the caller's to wait. */
const isTimeout = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');

function describe(answer: Answer | undefined): string {
  if (answer === undefined) return 'no answer';
  const code = /"code"\s*:\s*"([\w.-]{1,80})"/.exec(answer.text)?.[1];
  return code === undefined ? `status ${answer.status}` : `status ${answer.status} ${code}`;
}
