import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { Tx } from '@ruslo/platform';
import type { Part } from './contract.ts';
import { wantsOf } from './rules.ts';
import { shift } from './shift.ts';
import * as store from './store.ts';
import { tell } from './tell.ts';

/** Reservations: everything or nothing, each ends once. */

const short = (part: Part, available: number): Result<never> =>
  refuse('stock.short', 409, {
    variantId: part.variantId,
    placeId: part.placeId,
    wanted: part.quantity,
    available: Math.max(0, available),
  });

/**
 * Reserves everything or nothing, in one statement, sorted by key. Same `ref` again: the first answer, no second effect.
 * Refuses with `stock.short` (409; params: variantId, placeId, wanted, available of the first that lacks).
 * @param ref whose it is, such as an order id. One ref may hold several rows.
 * @param until null = holds until consumed or released
 */
export async function reserve(
  tx: Tx,
  from: { readonly ref: string; readonly wants: readonly Part[]; readonly until: Date | null; readonly now: Date },
): Promise<Result<undefined>> {
  const parts = wantsOf(from.wants);
  if (parts.length === 0) return ok(undefined);
  let rows = await store.takeReserved(tx, from.ref, parts, from.until, from.now);
  if (rows[0]?.done === false && (await expire(tx, parts, from.now))) {
    rows = await store.takeReserved(tx, from.ref, parts, from.until, from.now);
  }
  if (rows[0]?.done === false) {
    const lacking = rows.find((row) => row.free === null || row.free < row.quantity) ?? rows[0];
    return short(lacking, lacking.free ?? 0);
  }
  await tell(
    tx,
    rows.map((row) => ({ ...row, before: row.free ?? 0, after: (row.free ?? 0) - row.quantity })),
    from.now,
  );
  return ok(undefined);
}

/** Ends what is due at these keys, which the caller has locked. True when that was anything. */
async function expire(tx: Tx, parts: readonly Part[], now: Date): Promise<boolean> {
  const changes = await store.expireAt(tx, parts, now);
  await tell(tx, changes, now);
  return changes.length > 0;
}

/** The order is certain: what is live holds without end; what has expired is reserved anew, or `stock.short`. */
export async function confirm(tx: Tx, ref: string, now: Date): Promise<Result<undefined>> {
  let unheld = await store.holdOn(tx, ref);
  // Somebody was ending it while we looked: a second look sees how that went.
  if (unheld.some(({ state }) => state === 'live')) unheld = await store.holdOn(tx, ref);
  const wants = unheld.filter(({ state }) => state === 'expired');
  return reserve(tx, { ref, wants, until: null, now });
}

/** Ends live reservations of a ref (of these wants only, when given; partly, when quantities are less). Idempotent for the whole. */
export async function release(tx: Tx, ref: string, now: Date, part?: readonly Part[]): Promise<void> {
  const parts = part === undefined ? undefined : wantsOf(part);
  if (parts?.length === 0) return;
  if (parts !== undefined) await store.lockLevels(tx, parts);
  else if ((await store.lockOf(tx, ref)).length === 0) return;
  await tell(
    tx,
    parts === undefined ? await store.releaseAll(tx, ref, now) : await store.releaseParts(tx, ref, parts, now),
    now,
  );
}

/** Hands out or ships reserved goods: reservation consumed, on hand falls, a movement `sold` each. Refuses `stock.not-reserved`. */
export async function consume(
  tx: Tx,
  from: { readonly ref: string; readonly wants: readonly Part[]; readonly now: Date; readonly by: string | null },
): Promise<Result<undefined>> {
  const parts = wantsOf(from.wants);
  if (parts.length === 0) return ok(undefined);
  await store.lockLevels(tx, parts);
  const done = await store.consumeParts(tx, from.ref, parts, from.by, from.now);
  return done ? ok(undefined) : refuse('stock.not-reserved', 409, { ref: from.ref });
}

/** Sells from the shelf without a reservation (till). Refuses `stock.short`, unless `found`: then what lacks is first written as found. */
export async function sell(
  tx: Tx,
  from: {
    readonly ref: string;
    readonly wants: readonly Part[];
    readonly now: Date;
    readonly by: string | null;
    readonly found?: boolean;
  },
): Promise<Result<undefined>> {
  const parts = wantsOf(from.wants);
  if (parts.length === 0) return ok(undefined);
  const { ref, by, now } = from;
  let rows = await store.takeSold(tx, ref, parts, by, now);
  if (rows[0]?.done === false && (await expire(tx, parts, now))) rows = await store.takeSold(tx, ref, parts, by, now);
  const lacking = rows.find((row) => row.free === null || row.free < row.quantity);
  if (lacking !== undefined && from.found !== true) return short(lacking, lacking.free ?? 0);
  if (lacking !== undefined) {
    const finds = rows
      .map((row) => ({ ...row, quantity: row.quantity - Math.max(0, row.free ?? 0) }))
      .filter(({ quantity }) => quantity > 0);
    await shift(tx, finds, { kind: 'found', ref, by, why: null, now });
    // What is in the customer's hand is sold, whatever is promised to others: then those lack it, and the level says so.
    const sold = parts.map((part) => ({ ...part, quantity: -part.quantity }));
    return shift(tx, sold, { kind: 'sold', ref, by, why: null, now });
  }
  await tell(
    tx,
    rows.map((row) => ({ ...row, before: row.before ?? 0, after: (row.before ?? 0) - row.quantity })),
    now,
  );
  return ok(undefined);
}
