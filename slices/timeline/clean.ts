/** Text, depth and time of what strangers send, made fit for the store. Pure. */

/** Objects and lists inside one another, at most. Postgres would take some thousands, screens and SQL would not. */
export const maxDepth = 64;

const control = /[\u0000-\u001f\u007f-\u009f]/g;
const isControl = /[\u0000-\u001f\u007f-\u009f]/;

/** One line of well-formed text of at most `limit` characters; control characters become spaces. */
export function cleanText(raw: string, limit: number): string {
  const line = isControl.test(raw) ? raw.replace(control, ' ') : raw;
  return (line.length > limit ? line.slice(0, limit) : line).toWellFormed().trim();
}

/** A string or a number as an id; undefined for everything else and for blanks. */
export function idText(raw: unknown): string | undefined {
  if (typeof raw === 'string') {
    const text = raw.trim();
    return text === '' ? undefined : text;
  }
  return typeof raw === 'number' && Number.isFinite(raw) ? String(raw) : undefined;
}

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * JSON text that Postgres can keep as jsonb, or undefined when it is nested too deeply.
 * U+0000 and halves of surrogate pairs, which jsonb refuses, become U+FFFD.
 */
export function jsonText(value: Json): string | undefined {
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    return undefined; // V8 ran out of stack: some thousands deep
  }
  if (mayBeDeep(text) && depthOf(value) > maxDepth) return undefined;
  // A backslash-u is rare (other text is written as itself), so the exact search runs on few events.
  if (text.includes('\\u') && /\\u(?:0000|d[89a-f])/.test(text)) return JSON.stringify(storable(value));
  return text;
}

/** False when the text has too few opening brackets to be deep; brackets inside strings count too, so true means "look". */
function mayBeDeep(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('{'); at !== -1 && count <= maxDepth; at = text.indexOf('{', at + 1)) count += 1;
  for (let at = text.indexOf('['); at !== -1 && count <= maxDepth; at = text.indexOf('[', at + 1)) count += 1;
  return count > maxDepth;
}

function depthOf(root: unknown): number {
  let depth = 0;
  let level: unknown[] = [root];
  while (level.length > 0 && depth <= maxDepth) {
    depth += 1;
    level = level
      .flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
      .filter((value) => typeof value === 'object' && value !== null);
  }
  return depth;
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\u0000', '\ufffd').toWellFormed();
  if (Array.isArray(value)) return value.map(storable);
  if (!isObject(value)) return value;
  const out: Json = {};
  for (const [key, item] of Object.entries(value)) set(out, storable(key) as string, storable(item));
  return out;
}

/** Sets a key also when it is `__proto__`, which a plain assignment would swallow. */
function set(on: Json, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(on, key, { value, enumerable: true, configurable: true, writable: true });
  else on[key] = value;
}

/** Bytes of the text in UTF-8, counted only when the length leaves a doubt about `limit`. */
export function isLonger(text: string, limitBytes: number): boolean {
  if (text.length > limitBytes) return true;
  if (text.length * 3 <= limitBytes) return false;
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes > limitBytes;
}

const isoPattern = /^\d{4}-\d{2}(?:-\d{2})?(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;
/** Before this a number is seconds since 1970, from it on milliseconds (it is March 1973 in milliseconds). */
const secondsBelow = 100_000_000_000;
const maxMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Milliseconds since 1970 of an ISO 8601 text or a Unix time; undefined when it is no time from 1970 to 9999. */
export function timeMs(raw: unknown): number | undefined {
  let ms: number;
  if (typeof raw === 'number') ms = Math.trunc(raw < secondsBelow ? raw * 1000 : raw);
  else if (typeof raw === 'string' && raw.length <= 40 && isoPattern.test(raw)) ms = Date.parse(isoOf(raw));
  else return undefined;
  return ms >= 0 && ms <= maxMs ? ms : undefined;
}

/** A time that names no zone is UTC: what the machine's zone happens to be must not matter. */
function isoOf(raw: string): string {
  const text = raw.replace(' ', 'T').replace(',', '.').toUpperCase();
  return text.includes('T') && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text;
}

export interface Times {
  readonly occurredMs: number;
  readonly originalMs: number | undefined;
  readonly sentMs: number | undefined;
}

/**
 * When it happened, by our clock: `received - (sent - original)`, so a client clock that is wrong by hours is
 * corrected. Without `sentAt`, and in an import, what the client wrote stands. Never in the future.
 */
export function timesOf(original: unknown, sent: unknown, receivedMs: number, isImport: boolean): Times {
  const originalMs = timeMs(original);
  const sentMs = timeMs(sent);
  let occurredMs = originalMs ?? receivedMs;
  if (!isImport && originalMs !== undefined && sentMs !== undefined) {
    const corrected = receivedMs - (sentMs - originalMs);
    // A sentAt that is itself nonsense would throw the event out of our time.
    if (corrected >= 0) occurredMs = corrected;
  }
  return { occurredMs: Math.min(occurredMs, receivedMs), originalMs, sentMs };
}
