import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { IncomingMessage } from 'node:http';
import type { Pipeline } from './pipeline.ts';
import { limits } from './rules.ts';

/** Reads the bodies of the intake: any content type, plain or packed, within the bytes that may be held. */

export type Body =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Reserved in the pipeline; the reader releases them. */ readonly held: number;
    }
  | { readonly kind: 'too-large' | 'busy' | 'unreadable' };

/** A body must have come within this time. */
const readMs = 20_000;

const unpackers: Readonly<Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * Bytes of bodies that are not whole yet. They may take half of what is held: 1.6 MB/s of bodies that nobody ends would
 * otherwise, without any key, shut the door for those who send in one piece.
 */
const partBytes = new WeakMap<Pipeline, number>();

/**
 * Reads a whole body. Nothing is held beyond what `reserve` grants: what comes in excess is read and let go, so that
 * the client gets an answer instead of a broken connection.
 */
export function readBody(
  message: IncomingMessage,
  pipeline: Pipeline,
  done: (error: Error | null, body?: Body) => void,
): void {
  let chunks: Buffer[] = [];
  let length = 0;
  let fault: 'too-large' | 'busy' | undefined;
  let isDone = false;
  let part = 0;
  const setPart = (bytes: number): void => {
    partBytes.set(pipeline, (partBytes.get(pipeline) ?? 0) + bytes - part);
    part = bytes;
  };
  let timer: NodeJS.Timeout | undefined;
  const finish = (error: Error | null, body?: Body): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    done(error, body);
  };
  const giveUp = (why: 'too-large' | 'busy'): void => {
    fault = why;
    setPart(0);
    pipeline.release(length);
    length = 0;
    chunks = [];
  };
  const announced = Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  message.on('data', (chunk: Buffer) => {
    // Most bodies come in one piece. One that trickles must not hold the bytes of others.
    if (length + chunk.length < announced) timer ??= setTimeout(() => message.destroy(), readMs);
    if (fault !== undefined) return;
    if (length + chunk.length > limits.bodyBytes) giveUp('too-large');
    else if (!pipeline.reserve(chunk.length)) giveUp('busy');
    else {
      length += chunk.length;
      chunks.push(chunk);
      setPart(length < announced ? length : 0);
      if (part > 0 && (partBytes.get(pipeline) ?? 0) > pipeline.maxBytes / 2) giveUp('busy');
    }
  });
  message.on('end', () => {
    setPart(0);
    if (fault !== undefined) {
      finish(null, { kind: fault });
      return;
    }
    const [first] = chunks;
    const raw = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    const encoding = message.headers['content-encoding']?.trim().toLowerCase();
    const isPacked = (encoding !== undefined && encoding !== 'identity') || (raw[0] === 0x1f && raw[1] === 0x8b);
    if (!isPacked) {
      finish(null, { kind: 'text', text: raw.toString('utf8'), held: length });
      return;
    }
    void unpack(raw, encoding, pipeline, length).then((body) => finish(null, body));
  });
  const broken = (): void => {
    if (isDone) return;
    if (fault === undefined) giveUp('busy');
    finish(Object.assign(new Error('the body ended early'), { statusCode: 400 }));
  };
  message.on('error', broken);
  message.on('close', () => {
    if (!message.complete) broken();
  });
}

/** Unpacks into a space that is reserved before; some clients pack without saying so. */
async function unpack(raw: Buffer, encoding: string | undefined, pipeline: Pipeline, held: number): Promise<Body> {
  const unpacker = raw[0] === 0x1f && raw[1] === 0x8b ? unpackers['gzip'] : unpackers[encoding ?? ''];
  if (!pipeline.reserve(limits.bodyBytes)) {
    pipeline.release(held);
    return { kind: 'busy' };
  }
  pipeline.release(held);
  let body: Body = { kind: 'unreadable' };
  try {
    const plain = unpacker === undefined ? undefined : await unpacker(raw, { maxOutputLength: limits.bodyBytes });
    if (plain !== undefined) body = { kind: 'text', text: plain.toString('utf8'), held: plain.length };
  } catch (error) {
    if (error instanceof RangeError || (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      body = { kind: 'too-large' };
  }
  pipeline.release(limits.bodyBytes - (body.kind === 'text' ? body.held : 0));
  return body;
}
