/**
 * What the rules may refuse is a value. A refusal carries a stable code such as `identity.not-found`,
 * which the entrance turns into problem+json in the asker's language.
 */
export interface Refusal {
  readonly code: string;
  /** HTTP status that fits the refusal; 422 when nothing better is known. */
  readonly status: number;
  /** Values for the text of the refusal: ids, limits, field names. Never personal data. */
  readonly params?: Readonly<Record<string, string | number>>;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export function refuse(code: string, status = 422, params?: Refusal['params']): Result<never> {
  return { ok: false, refusal: params === undefined ? { code, status } : { code, status, params } };
}
