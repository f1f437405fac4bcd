/** What the server answers when it refuses (RFC 9457), with the code that staff may quote. */
interface ProblemBody {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly status?: number;
  readonly requestId?: string;
  readonly errors?: readonly { readonly path?: string; readonly message?: string }[];
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly fields: readonly { readonly path: string; readonly message: string }[];

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? '');
    this.status = status;
    this.code = body.code ?? `http.${status}`;
    this.requestId = body.requestId;
    this.fields = (body.errors ?? []).map((each) => ({ path: each.path ?? '', message: each.message ?? '' }));
  }
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

let locale = 'ru';
let onSignedOut: () => void = () => {};

/** Tells the client which language answers should come in and what to do when the session has ended. */
export function tuneApi(options: { locale?: string; onSignedOut?: () => void }): void {
  if (options.locale !== undefined) locale = options.locale;
  if (options.onSignedOut !== undefined) onSignedOut = options.onSignedOut;
}

/** A path with its query; empty values are left out. */
export function address(path: string, query: Query = {}): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parts.set(key, String(value));
  }
  const text = parts.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A key of one act, for an Idempotency-Key. Unlike `crypto.randomUUID` it is there on plain http too. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal, key?: string): Promise<T> {
  // X-Ruslo proves that the request was made by a script of this origin: a foreign form cannot set it.
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': locale, 'x-ruslo': '1' };
  if (key !== undefined) headers['idempotency-key'] = key;
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Problem(0, { code: 'network' });
  }
  const text = await response.text();
  const value: unknown = text === '' ? undefined : parse(text);
  if (response.ok) return value as T;
  if (response.status === 401 && !path.startsWith('/v1/session')) onSignedOut();
  throw new Problem(response.status, typeof value === 'object' && value !== null ? value : {});
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The one way in which screens speak to the server. */
export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    send<T>('GET', address(path, query), undefined, signal),
  /** With `key` (an Idempotency-Key) the same command sent again has no second effect. */
  post: <T = void>(path: string, body: unknown = {}, key?: string) => send<T>('POST', path, body, undefined, key),
  put: <T = void>(path: string, body: unknown = {}) => send<T>('PUT', path, body),
  patch: <T = void>(path: string, body: unknown = {}) => send<T>('PATCH', path, body),
  delete: <T = void>(path: string) => send<T>('DELETE', path),
};

/** A page of a list: the next one starts at `nextCursor`. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
  readonly total?: number;
}
