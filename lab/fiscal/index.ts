import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { checkDocument, checkRefund, DocumentFault } from './check.ts';
import type { Document } from './check.ts';

export { checkDocument, checkRefund, DocumentFault } from './check.ts';
export type { Document } from './check.ts';

/** What goes wrong: `busy`, `paper-end` and `timeout-before` before anything is printed, the others after. */
export type Fault = 'busy' | 'paper-end' | 'timeout-before' | 'timeout-after' | 'ofd-error';

export interface Registered {
  readonly id: string;
  readonly lane: string;
  readonly document: Document;
  readonly number: string;
  readonly fiscalSign: string;
  readonly registeredAt: string;
}

export interface FiscalLabOptions {
  readonly port?: number;
  readonly host?: string;
  readonly now?: () => Date;
}

export interface FiscalLab {
  readonly url: string;
  readonly control: {
    /** The next documents go wrong so; a timeout hangs for `delayMs`, then drops the connection. */
    fail(fault: Fault, times?: number, delayMs?: number): void;
    /** No paper until `paper` is true again. */
    paper: boolean;
    /** Documents in the order in which they were registered; the last 50,000. */
    readonly registered: readonly Registered[];
    /** Calls that brought a document, repeated ones too. */
    readonly calls: number;
    readonly shiftsOpened: number;
    closeShifts(): void;
  };
  close(): Promise<void>;
}

interface Register {
  shiftOpenedAt: Date | undefined;
  next: number;
}

const most = 50_000;
const shiftMs = 86_400_000;
const bodyMostBytes = 1_048_576;

class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail = code) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** Cash registers behind one service: strict about documents and shifts, and unreliable on demand. */
export async function openFiscalLab(options: FiscalLabOptions = {}): Promise<FiscalLab> {
  const now = options.now ?? (() => new Date());
  const registers = new Map<string, Register>();
  const byId = new Map<string, { readonly request: string; readonly answer: Registered }>();
  const bySign = new Map<string, { readonly sale: Document; readonly refunds: Document[] }>();
  const registered: Registered[] = [];
  let planned: { fault: Fault; times: number; delayMs: number }[] = [];
  let paper = true;
  let calls = 0;
  let shiftsOpened = 0;

  const register = (lane: string): Register => {
    const known = registers.get(lane) ?? { shiftOpenedAt: undefined, next: 1 };
    registers.set(lane, known);
    return known;
  };
  const take = (): { fault: Fault; delayMs: number } | undefined => {
    const [next] = planned;
    if (next === undefined) return undefined;
    next.times -= 1;
    if (next.times <= 0) planned = planned.slice(1);
    return next;
  };
  const print = (lane: string, id: string, document: Document, request: string): Registered => {
    const machine = register(lane);
    if (machine.shiftOpenedAt === undefined) throw new Refused(409, 'shift-closed');
    if (now().getTime() - machine.shiftOpenedAt.getTime() >= shiftMs) throw new Refused(409, 'shift-expired');
    checkDocument(document);
    checkOriginal(document, bySign);
    const number = String(machine.next);
    machine.next += 1;
    const digest = createHash('sha256')
      .update(`${lane} ${number} ${JSON.stringify(document)}`)
      .digest();
    const fiscalSign = String(digest.readUInt32BE()).padStart(10, '0');
    const answer = {
      id,
      lane,
      document,
      number: `${lane.slice(0, 8)}-${number}`,
      fiscalSign,
      registeredAt: now().toISOString(),
    };
    byId.set(id, { request, answer });
    registered.push(answer);
    remember(document, fiscalSign, bySign);
    if (registered.length > most) {
      const gone = registered.shift();
      byId.delete(gone?.id ?? '');
      bySign.delete(gone?.fiscalSign ?? '');
    }
    return answer;
  };
  const takeDocument = async (lane: string, text: string, response: ServerResponse): Promise<void> => {
    calls += 1;
    const { id, document } = read(text);
    const earlier = byId.get(id);
    if (earlier !== undefined) {
      if (earlier.request !== text) throw new Refused(422, 'id-used', 'the id was used with another document');
      return send(response, 200, show(earlier.answer));
    }
    const fault = take();
    if (!paper || fault?.fault === 'paper-end') throw new Refused(503, 'paper-end');
    if (fault?.fault === 'busy') throw new Refused(503, 'busy');
    if (fault?.fault === 'timeout-before') return drop(response, fault.delayMs);
    const answer = print(lane, id, document, text);
    if (fault?.fault === 'timeout-after') return drop(response, fault.delayMs);
    if (fault?.fault === 'ofd-error')
      throw new Refused(502, 'ofd-error', 'printed, but not yet with the operator of fiscal data');
    return send(response, 200, show(answer));
  };
  const shift = (lane: string, what: string, response: ServerResponse): void => {
    const machine = register(lane);
    if (what === 'open') {
      if (machine.shiftOpenedAt !== undefined) throw new Refused(409, 'shift-open');
      machine.shiftOpenedAt = now();
      shiftsOpened += 1;
    } else {
      if (machine.shiftOpenedAt === undefined) throw new Refused(409, 'shift-closed');
      machine.shiftOpenedAt = undefined;
    }
    send(response, 200, { ok: true });
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readBody(request);
    const [, lane = '', what, step = ''] =
      /^\/registers\/([\w-]+)\/(?:(documents)|shift\/(open|close))$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'POST' || lane === '') throw new Refused(404, 'no-such-address');
    if (what === 'documents') return takeDocument(lane, text, response);
    return shift(lane, step, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => refuse(response, error));
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${typeof address === 'object' ? address?.port : ''}`,
    control: {
      fail(fault, times = 1, delayMs = 5_000) {
        planned.push({ fault, times, delayMs });
      },
      get paper() {
        return paper;
      },
      set paper(there) {
        paper = there;
      },
      registered,
      get calls() {
        return calls;
      },
      get shiftsOpened() {
        return shiftsOpened;
      },
      closeShifts() {
        for (const machine of registers.values()) machine.shiftOpenedAt = undefined;
      },
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Known = Map<string, { readonly sale: Document; readonly refunds: Document[] }>;

/** A refund that names its sale by sign (1192) may take back only what is left of it. */
function checkOriginal(document: Document, known: Known): void {
  const sign = document['1192'];
  if (document['1054'] !== 2 || typeof sign !== 'string') return;
  const original = known.get(sign);
  if (original === undefined) throw new DocumentFault('1192', 'no such receipt');
  checkRefund(original.sale, [...original.refunds, document]);
}

function remember(document: Document, sign: string, known: Known): void {
  if (document['1054'] === 1) known.set(sign, { sale: document, refunds: [] });
  else if (typeof document['1192'] === 'string') known.get(document['1192'])?.refunds.push(document);
}

const show = ({ id, number, fiscalSign, registeredAt }: Registered): unknown => ({
  id,
  number,
  fiscalSign,
  registeredAt,
});

function read(text: string): { id: string; document: Document } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused(422, 'not-json');
  }
  const { id, document, ...rest } = (value ?? {}) as { id?: unknown; document?: unknown };
  if (Object.keys(rest).length > 0) throw new Refused(422, 'unknown-field', Object.keys(rest).join());
  if (typeof id !== 'string' || !/^[\w-]{8,64}$/.test(id)) throw new Refused(422, 'bad-id');
  if (typeof document !== 'object' || document === null) throw new Refused(422, 'no-document');
  return { id, document: document as Document };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  if (error instanceof DocumentFault) return send(response, 422, { code: 'document', detail: error.message });
  if (error instanceof Refused) return send(response, error.status, { code: error.code, detail: error.message });
  send(response, 500, { code: 'fault', detail: error instanceof Error ? error.message : '' });
}

async function drop(response: ServerResponse, afterMs: number): Promise<void> {
  await delay(afterMs, undefined, { ref: false });
  response.destroy();
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyMostBytes) throw new Refused(413, 'too-much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
