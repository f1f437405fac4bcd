import { connect } from 'node:net';
import type { Socket } from 'node:net';

/**
 * A load generator that costs little beside what it measures: requests are made beforehand, a connection sends the next
 * one when the last is answered, and of an answer only its status and its end are looked at.
 */
export interface LoadResult {
  readonly tookMs: number;
  readonly answered: number;
  /** Status → how often. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly latenciesMs: number[];
}

export function request(
  host: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Buffer {
  const lines = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** The n-th request; undefined when there are no more. */
  next(index: number): Buffer | undefined;
  /** Requests a second over all connections; as many as go when absent. */
  readonly perSecond?: number;
  /** Told of each answer with its body as text. */
  onAnswer?(index: number, status: number, text: string): void;
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const statuses = new Map<number, number>();
  const latenciesMs: number[] = [];
  let index = 0;
  const startedAt = performance.now();
  const dueMs = (at: number): number =>
    options.perSecond === undefined ? 0 : startedAt + (at * 1_000) / options.perSecond - performance.now();
  const one = async (): Promise<void> => {
    const socket = await opened(options.port);
    const line = new Line(socket);
    for (;;) {
      const mine = index;
      const bytes = options.next(mine);
      if (bytes === undefined) break;
      index += 1;
      const waitMs = dueMs(mine);
      if (waitMs > 1)
        await new Promise((resolve) => {
          setTimeout(resolve, waitMs);
        });
      const sentAt = performance.now();
      const answer = await line.ask(bytes, options.onAnswer !== undefined);
      latenciesMs.push(performance.now() - sentAt);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      options.onAnswer?.(mine, answer.status, answer.text);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: options.connections }, one));
  return { tookMs: performance.now() - startedAt, answered: latenciesMs.length, statuses, latenciesMs };
}

/** One connection; for loads whose next request follows from the last answer. */
export async function openLine(port: number): Promise<Line> {
  return new Line(await opened(port));
}

const opened = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });

interface Answer {
  readonly status: number;
  readonly text: string;
}

export class Line {
  readonly #socket: Socket;
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  #got: Buffer[] = [];
  #length = 0;
  #needed = 0;
  #wantsText = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed the connection')));
    socket.on('error', (error) => this.#settle?.reject(error));
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  ask(bytes: Buffer, wantsText: boolean): Promise<Answer> {
    this.#wantsText = wantsText;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(bytes);
    });
  }

  #hear(chunk: Buffer): void {
    this.#got.push(chunk);
    this.#length += chunk.length;
    if (this.#needed === 0) {
      const all = this.#got.length === 1 ? chunk : Buffer.concat(this.#got);
      const end = all.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = all.toString('latin1', 0, end);
      const length = /content-length: (\d+)/i.exec(head)?.[1];
      if (length === undefined) throw new Error(`an answer without length: ${head}`);
      this.#needed = end + 4 + Number(length);
    }
    if (this.#length < this.#needed) return;
    const all = Buffer.concat(this.#got);
    const status = Number(all.toString('latin1', 9, 12));
    const text = this.#wantsText ? all.toString('utf8', all.indexOf('\r\n\r\n') + 4) : '';
    this.#got = [];
    this.#length = this.#needed = 0;
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve({ status, text });
  }
}
