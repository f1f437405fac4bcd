import { DocumentRefused } from '@ruslo/receipt';
import type { FiscalPort } from '@ruslo/receipt';
import { call } from './http.ts';

export interface CashRegisterOptions {
  /** Address of the service that has the registers. */
  readonly url: string;
  /** How long one document may take; 30 s when absent, as printing does. */
  readonly timeoutMs?: number;
}

interface Registered {
  readonly number: string;
  readonly fiscalSign: string;
  readonly registeredAt: string;
}

/** What a register says when its shift has lasted 24 hours, or none is open: both are mended by opening one. */
const shiftOver = 'shift-expired';
const shiftClosed = 'shift-closed';

/** Cash registers behind an HTTP service: one document a call, the receipt's id as its key. */
export function openCashRegister(options: CashRegisterOptions): FiscalPort {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const post = (path: string, body: unknown): ReturnType<typeof call> => call(`${options.url}${path}`, body, timeoutMs);
  return {
    name: 'cash-register',
    async register({ id, document, lane }) {
      const register = `/registers/${encodeURIComponent(lane)}`;
      // Twice at most: a new shift may have to be opened first.
      for (let attempt = 1; ; attempt += 1) {
        const answer = await post(`${register}/documents`, { id, document });
        if (answer.status === 200) return read(answer.body);
        const given = answer.body['code'];
        const code = typeof given === 'string' ? given : `status ${answer.status}`;
        if (attempt === 1 && (code === shiftOver || code === shiftClosed)) {
          if (code === shiftOver) await post(`${register}/shift/close`, {});
          await post(`${register}/shift/open`, {});
          continue;
        }
        const what = [code, answer.body['detail']].filter((part) => typeof part === 'string').join(': ');
        // 422: it has read the document and will not take it. Everything else passes.
        throw answer.status === 422 ? new DocumentRefused(what) : new Error(what);
      }
    },
  };
}

function read(body: Readonly<Record<string, unknown>>): { number: string; fiscalSign: string; registeredAt: Date } {
  const { number, fiscalSign, registeredAt } = body as Partial<Registered>;
  const at = new Date(registeredAt ?? Number.NaN);
  if (typeof number !== 'string' || typeof fiscalSign !== 'string' || Number.isNaN(at.getTime()))
    throw new Error('the register answered without number, sign or time');
  return { number, fiscalSign, registeredAt: at };
}
