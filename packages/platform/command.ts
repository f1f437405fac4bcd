import { createHash } from 'node:crypto';
import { refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { FastifyRequest } from 'fastify';
import type { Tx } from './db.ts';
import type { Caller, House } from './slice.ts';

const callerKey = (caller: Caller): string =>
  caller.kind === 'anonymous' ? 'anonymous' : `${caller.kind}:${caller.id}`;

/**
 * Runs a command in one transaction. With an `Idempotency-Key` header the same key of the same caller gives the first
 * answer and no second effect, also when both come at once; the key with another body is refused. Refusals are not
 * kept: they had no effect, and the same command may succeed later. An answer is kept for three days.
 */
export async function command<T>(
  house: House,
  request: FastifyRequest,
  work: (tx: Tx) => Promise<Result<T>>,
): Promise<Result<T>> {
  const header = request.headers['idempotency-key'];
  const key = typeof header === 'string' && header !== '' ? header.slice(0, 200) : undefined;
  const caller = callerKey(request.caller);
  const hash = createHash('sha256')
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest('base64url');
  const refused: { result?: Result<T> } = {};
  if (key !== undefined) forgetOld(house);
  try {
    return await house.db.retry(async (tx) => {
      if (key !== undefined) {
        const first = await tx.query(
          `insert into log.command (caller, key, request, status, answer) values ($1, $2, $3, 0, 'null') on conflict do nothing returning key`,
          [caller, key, hash],
          'command.claim',
        );
        if (first.length === 0) return await earlier<T>(tx, caller, key, hash);
      }
      const result = await work(tx);
      if (!result.ok) {
        // Thrown so that the transaction and the key are rolled back.
        refused.result = result;
        throw new Refused();
      }
      if (key !== undefined) {
        await tx.query(
          `update log.command set status = 200, answer = $3 where caller = $1 and key = $2`,
          [caller, key, JSON.stringify(result.value ?? null)],
          'command.answer',
        );
      }
      return result;
    });
  } catch (error) {
    if (error instanceof Refused && refused.result !== undefined) return refused.result;
    throw error;
  }
}

class Refused extends Error {}

const forgetMs = 10 * 60_000;
const forgotAtMs = new WeakMap<House, number>();

/** Answers may hold what was typed about people, and clients make keys without end: nothing is kept longer than it serves. */
function forgetOld(house: House): void {
  const nowMs = performance.now();
  if (nowMs - (forgotAtMs.get(house) ?? -Infinity) < forgetMs) return;
  forgotAtMs.set(house, nowMs);
  house.db
    .query(
      `delete from log.command where (caller, key) in
         (select caller, key from log.command where created_at < now() - interval '3 days' order by created_at limit 50000 for update skip locked)`,
    )
    .catch((error: unknown) => {
      house.logger.warn({ fault: error instanceof Error ? error.message : String(error) }, 'old answers not forgotten');
    });
}

/** Answers that were kept for somebody, or say something of her. Reads what three days have left, so only erasing does it. */
export async function forgetAnswers(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query(
    `delete from log.command where caller = any($2::text[])
       or exists (select from unnest($1::text[]) as id where position(id in answer::text) > 0)`,
    [customerIds, customerIds.map((id) => `customer:${id}`)],
  );
}

async function earlier<T>(tx: Tx, caller: string, key: string, hash: string): Promise<Result<T>> {
  const [row] = await tx.query<{ request: string; answer: T }>(
    'select request, answer from log.command where caller = $1 and key = $2',
    [caller, key],
  );
  if (row === undefined) return refuse('platform.try-again', 409);
  if (row.request !== hash) return refuse('platform.key-used-otherwise', 422);
  return { ok: true, value: row.answer };
}
