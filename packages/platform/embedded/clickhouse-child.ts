import { randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { Engine } from './clickhouse-engine.ts';
import { ClickhouseFault, expectsRows, insertFrom, readRequest, splitInsert, statusOf } from './clickhouse-http.ts';
import type { ClickhouseRequest } from './clickhouse-http.ts';

// A process of its own: chDB is a library that may crash or take all memory, and neither may touch the API. The parent
// accepts the connections and hands their sockets over, so the address outlives this process.

export type ToChild =
  | {
      readonly kind: 'open';
      readonly folder: string;
      readonly incoming: string;
      readonly user: string;
      readonly password: string;
      readonly memoryBytes: number;
      readonly threads: number;
      readonly idleMs: number;
    }
  | { readonly kind: 'socket' }
  | { readonly kind: 'close' };
export type ToParent =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'idle'; readonly received: number };

const textLimitBytes = 16 * 1_048_576;
const compress = promisify(gzip);
const tell = (message: ToParent): void => {
  process.send?.(message);
};

interface State {
  readonly engine: Engine;
  readonly incoming: string;
  readonly authorization: Buffer;
  readonly user: string;
  readonly password: string;
  active: number;
  usedAt: number;
}

let state: State | undefined;
/** Sockets that the parent handed over in all, and those that are open. */
let received = 0;
const connections = new Set<Socket>();

const server = createServer((request, response) => {
  if (state === undefined) return void response.destroy();
  const current = state;
  current.active += 1;
  void answer(current, request, response)
    .catch((error: unknown) => refuse(response, error))
    .finally(() => {
      current.active -= 1;
      current.usedAt = performance.now();
    });
});
// Longer than a client keeps an unused connection (2.5 s), so that it is not closed under a request.
server.keepAliveTimeout = 5_000;
server.requestTimeout = 0;

process.on('message', (message: ToChild, handle: unknown) => {
  if (message.kind === 'open') open(message);
  else if (message.kind === 'close') close();
  else if (handle instanceof Socket) {
    received += 1;
    connections.add(handle);
    handle.once('close', () => connections.delete(handle));
    server.emit('connection', handle);
    handle.resume();
  }
});
// The parent is gone: whatever runs here, nobody waits for it. Parts are written whole or not at all.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A Ctrl-C of the terminal goes to the server, which tells us when it is our turn.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

function open(message: Extract<ToChild, { kind: 'open' }>): void {
  rmSync(message.incoming, { recursive: true, force: true });
  mkdirSync(message.incoming, { recursive: true, mode: 0o700 });
  mkdirSync(message.folder, { recursive: true, mode: 0o700 });
  const engine = new Engine({
    folder: message.folder,
    memoryBytes: message.memoryBytes,
    threads: message.threads,
    sessions: 3,
  });
  state = {
    engine,
    incoming: message.incoming,
    user: message.user,
    password: message.password,
    authorization: basic(message.user, message.password),
    active: 0,
    usedAt: performance.now(),
  };
  tell({ kind: 'ready', version: engine.version });
  if (message.idleMs > 0) watchIdle(state, message.idleMs);
}

const basic = (user: string, password: string): Buffer =>
  Buffer.from(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);

function watchIdle(current: State, idleMs: number): void {
  const isUsed = (): boolean =>
    connections.size > 0 || current.active > 0 || performance.now() - current.usedAt < idleMs;
  const look = async (): Promise<void> => {
    if (!isUsed() && !(await current.engine.merging()) && !isUsed()) tell({ kind: 'idle', received });
  };
  setInterval(() => void look(), Math.max(idleMs / 4, 250)).unref();
}

function close(): void {
  state?.engine.close();
  process.exit(0);
}

async function answer(current: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/ping' || url.pathname === '/replicas_status') return void response.end('Ok.\n');
  if (url.pathname !== '/') return void response.writeHead(404).end(`There is no handle ${url.pathname}\n`);
  if (!mayAsk(current, request, url))
    throw new ClickhouseFault(516, `${current.user}: Authentication failed`, 'AUTHENTICATION_FAILED');
  const { asked, remove } = await readQuery(current, request, url);
  const tag = randomUUID();
  const onClose = (): void => {
    if (!response.writableFinished) void current.engine.cancel(tag).catch(() => undefined);
  };
  response.once('close', onClose);
  try {
    const result = await current.engine.run(asked, tag);
    await reply(response, request, url, asked, result);
  } finally {
    response.off('close', onClose);
    remove();
  }
}

function mayAsk(current: State, request: IncomingMessage, url: URL): boolean {
  const user = request.headers['x-clickhouse-user'] ?? url.searchParams.get('user');
  const key = request.headers['x-clickhouse-key'] ?? url.searchParams.get('password');
  const given =
    typeof user === 'string' && typeof key === 'string'
      ? basic(user, key)
      : Buffer.from(request.headers.authorization ?? '');
  return given.length === current.authorization.length && timingSafeEqual(given, current.authorization);
}

interface Asked {
  readonly asked: ClickhouseRequest;
  /** Removes the file of rows. */
  remove(): void;
}

async function readQuery(current: State, request: IncomingMessage, url: URL): Promise<Asked> {
  const body = unpacked(request);
  if (request.headers['content-type']?.startsWith('multipart/form-data')) {
    const form = await new Response(await text(body), {
      headers: { 'content-type': request.headers['content-type'] },
    }).formData();
    const fields = [...form].flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    return { asked: readRequest(url.searchParams, fields), remove: () => undefined };
  }
  const asked = readRequest(url.searchParams);
  if (expectsRows(asked.query)) return insertRows(current, asked, asked.query, body);
  const whole = [asked.query, await text(body)].filter((part) => part !== '').join('\n');
  const inline = splitInsert(whole);
  if (inline !== undefined) return insertRows(current, asked, inline.head, inline.rows);
  return { asked: { ...asked, query: whole }, remove: () => undefined };
}

/** Puts the rows into a file beside the data; memory stays the same however many there are. */
async function insertRows(
  current: State,
  asked: ClickhouseRequest,
  head: string,
  rows: Readable | string,
): Promise<Asked> {
  const path = join(current.incoming, randomUUID());
  const remove = (): void => rmSync(path, { force: true });
  try {
    await pipeline(typeof rows === 'string' ? [Buffer.from(rows)] : rows, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    remove();
    throw error;
  }
  return { asked: { ...asked, query: insertFrom(head, path) ?? head }, remove };
}

function unpacked(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return request;
  if (encoding !== 'gzip' && encoding !== 'zstd') {
    throw new ClickhouseFault(
      48,
      `Content-Encoding ${encoding} is not offered by the embedded ClickHouse`,
      'NOT_IMPLEMENTED',
    );
  }
  const unpack = encoding === 'gzip' ? createGunzip() : createZstdDecompress();
  request.once('error', (error) => unpack.destroy(error));
  return request.pipe(unpack);
}

async function text(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > textLimitBytes)
      throw new ClickhouseFault(62, `Query is longer than ${textLimitBytes} bytes`, 'SYNTAX_ERROR');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function reply(
  response: ServerResponse,
  request: IncomingMessage,
  url: URL,
  asked: ClickhouseRequest,
  result: Awaited<ReturnType<Engine['run']>>,
): Promise<void> {
  const summary = {
    read_rows: String(result.rowsRead),
    result_rows: String(result.rowsRead),
    elapsed_ns: String(Math.round(result.elapsedMs * 1e6)),
    result_bytes: String(result.bytes.byteLength),
  };
  const format = /\bformat\s+(\w+)[\s;]*$/i.exec(asked.query)?.[1] ?? asked.format;
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
  response.setHeader('X-ClickHouse-Query-Id', asked.queryId ?? randomUUID());
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('X-ClickHouse-Server-Display-Name', hostname());
  response.setHeader(
    'Content-Type',
    format.startsWith('JSON') ? 'application/json; charset=UTF-8' : 'text/plain; charset=UTF-8',
  );
  let bytes = result.bytes;
  const wanted =
    url.searchParams.get('enable_http_compression') === '1' &&
    /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (wanted && bytes.byteLength > 0) {
    bytes = await compress(bytes);
    response.setHeader('Content-Encoding', 'gzip');
  }
  response.end(bytes);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const message = error instanceof Error ? error.message : String(error);
  const known =
    typeof error === 'object' && error !== null && 'clickhouseCode' in error ? error.clickhouseCode : undefined;
  const code = typeof known === 'number' ? known : 1002;
  response.statusCode = statusOf(code);
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  // What is left of the body was not read; the connection cannot be used again.
  response.setHeader('Connection', 'close');
  response.end(
    message.startsWith('Code:') ? `${message}\n` : `Code: ${code}. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)\n`,
  );
}
