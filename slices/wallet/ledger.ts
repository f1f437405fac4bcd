import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import { readCard } from './card.ts';
import type { Balance, ClawBack, Earning, Holder, PurseKind } from './contract.ts';
import { reckon, settle, spendable, take, takeBack } from './rules.ts';
import type { Lot } from './rules.ts';
import {
  captureHolds,
  endHolds,
  findAnswer,
  findHold,
  holdAlong,
  insertHold,
  lockLots,
  lockSpent,
  lotsFrom,
  post,
  postMoves,
  readEarned,
  readLots,
} from './store.ts';
import type { NewEntry, NewLot, NewTransfer } from './store.ts';

const dayMs = 86_400_000;

/** Facts of gift cards are `card.*`, of the rest `points.*` and `credit.*`. */
const factName = (kind: PurseKind, what: string): string => `${kind === 'gift' ? 'card' : kind}.${what}`;

/** What a fact says of an amount: money is told as money, so that readers need not know which facts are of points. */
export const amountOf = (kind: PurseKind, amount: number): { amount: number; amountMinor?: number } =>
  kind === 'points' ? { amount } : { amount, amountMinor: amount };

/** Of all ids of a person. */
export async function balance(
  query: Query,
  customerIds: readonly string[],
  kind: 'points' | 'credit',
  at: Date,
): Promise<Balance> {
  return reckon(await readLots(query, customerIds, kind, at), at);
}

/** The points of a person out of the caller's own statement, which has `pointsIn` in it. */
export const pointsFrom = (
  read: unknown,
  at: Date,
  lockedBy?: { readonly tx: Tx; readonly customerIds: readonly string[] },
): Balance => reckon(lotsFrom(read, lockedBy), at);

/** Adds lots, many in one statement. A debt is repaid first by what is available at once. */
export async function earn(tx: Tx, earnings: readonly Earning[]): Promise<void> {
  // Of a key that comes twice in one call, the first counts; nothing is earned by nothing.
  const wanted = [...new Map(earnings.toReversed().map((one) => [one.key, one])).values()].filter(
    (one) => one.amount > 0,
  );
  if (wanted.length === 0) return;
  const rows = wanted.toReversed().map((one) => ({ one, transferId: newId(), lotId: newId() }));
  const done = await post(
    tx,
    rows.map(({ one, transferId }): NewTransfer => ({
      id: transferId,
      key: `earned:${one.key}`,
      what: 'earned',
      reason: one.reason,
      ref: one.ref,
      at: one.now,
    })),
    rows.map(({ one, transferId, lotId }): NewEntry => ({
      transferId,
      from: { account: 'issued' },
      to: { lot: lotId },
      amount: one.amount,
    })),
    rows.map(({ one, transferId, lotId }): NewLot => ({
      id: lotId,
      transferId,
      kind: one.kind,
      customerId: one.customerId,
      cardId: null,
      amount: one.amount,
      availableAt: one.availableAt,
      expiresAt: one.expiresAt,
      ref: one.ref,
      now: one.now,
    })),
  );
  await append(
    tx,
    rows
      .filter(({ transferId }) => done.has(transferId))
      .map(({ one }) =>
        fact({
          name: factName(one.kind, 'earned'),
          customerId: one.customerId,
          at: one.now,
          data: {
            ...amountOf(one.kind, one.amount),
            reason: one.reason,
            availableAt: one.availableAt.toISOString(),
            ...(one.ref === null ? {} : { orderId: one.ref }),
          },
        }),
      ),
  );
}

/** Locks a person's purse with its debts repaid by what can repay them. */
async function lockSettled(tx: Tx, holder: Holder, now: Date): Promise<{ lots: readonly Lot[]; asleep: boolean }> {
  const rows = await lockLots(tx, holder, now);
  const { lots, moves } = settle(rows, now);
  await postMoves(tx, moves, now);
  if (holder.kind !== 'gift') return { lots, asleep: false };
  const state = rows[0]?.cardState ?? (await readCard(tx, holder.cardId))?.state;
  return { lots, asleep: state !== 'active' };
}

/** Repays what a person owes by what has begun. Spending does it by itself; the duty calls it for the rest. */
export async function settlePurse(
  tx: Tx,
  customerIds: readonly string[],
  kind: 'points' | 'credit',
  now: Date,
): Promise<void> {
  await lockSettled(tx, { kind, customerIds }, now);
}

/**
 * Holds an amount for a ref, soonest-expiring lots first, then oldest, never-expiring last; expired lots and holds are
 * judged at `now`, and what is held stays spendable until the hold ends, whatever expires meanwhile. Same ref and key
 * again: the first answer. Refuses `wallet.not-enough` (409; params: wanted, available) and `wallet.card-not-active` (409).
 */
export async function hold(
  tx: Tx,
  from: {
    readonly holder: Holder;
    readonly amount: number;
    readonly ref: string;
    readonly key: string;
    readonly until: Date | null;
    readonly now: Date;
  },
): Promise<Result<{ readonly holdId: string }>> {
  const { holder, amount, ref, key, now } = from;
  const { lots, asleep } = await lockSettled(tx, holder, now);
  const { active } = reckon(lots, now);
  const { parts, missing } = take(spendable(lots, now), amount);
  if (missing > 0 || asleep) {
    // The first answer may have taken what is missing now.
    const first = await findHold(tx, ref, key);
    if (first !== undefined) return ok({ holdId: first });
    return asleep
      ? refuse('wallet.card-not-active', 409)
      : refuse('wallet.not-enough', 409, { wanted: amount, available: Math.max(active, 0) });
  }
  const holdId = newId();
  if (await insertHold(tx, { id: holdId, ref, key, holder, amount, until: from.until, now, parts }))
    return ok({ holdId });
  const first = await findHold(tx, ref, key);
  if (first === undefined) throw new Error('a hold is there and not there');
  return ok({ holdId: first });
}

/**
 * A hold of points for what is written in this very moment, such as an order: its lots are locked and chosen here, and it
 * is written as part of the statement that writes the ref (`text` are parts of its `with`, with parameters from `at` on).
 */
export async function newHold(
  tx: Tx,
  from: {
    readonly customerIds: readonly string[];
    readonly amount: number;
    readonly ref: string;
    readonly key: string;
    readonly until: Date | null;
    readonly now: Date;
  },
): Promise<Result<{ readonly text: (at: number) => string; readonly values: readonly unknown[] }>> {
  const { customerIds, amount, ref, key, until, now } = from;
  const holder = { kind: 'points', customerIds } as const;
  const { lots } = await lockSettled(tx, holder, now);
  const { parts, missing } = take(spendable(lots, now), amount);
  if (missing > 0)
    return refuse('wallet.not-enough', 409, { wanted: amount, available: Math.max(reckon(lots, now).active, 0) });
  return ok(holdAlong(tx, { id: newId(), ref, key, holder, amount, until, now, parts }));
}

/** Turns all live holds of a ref into spending, once. Refuses `wallet.hold-ended` (409) when one has expired or was released. */
export async function capture(tx: Tx, ref: string, now: Date): Promise<Result<undefined>> {
  const { ended, captured } = await captureHolds(tx, ref, now);
  if (ended) return refuse('wallet.hold-ended', 409);
  await append(
    tx,
    captured.map((one) =>
      fact({
        name: factName(one.kind, 'spent'),
        customerId: one.customerId,
        at: now,
        data: {
          ...amountOf(one.kind, one.amount),
          orderId: ref,
          ...(one.cardId === null ? {} : { cardId: one.cardId }),
        },
      }),
    ),
  );
  return ok(undefined);
}

/** Frees all live holds of a ref. Idempotent. */
export async function release(tx: Tx, ref: string, now: Date): Promise<void> {
  await endHolds(tx, { ref }, now);
}

/**
 * Gives spent amounts of a ref back into lots with their original expiry, or `graceDays` from now when that has passed;
 * what was spent last comes back first. Never more than was spent by this ref with this holder kind (and card). `key`
 * makes it once.
 */
export async function giveBack(
  tx: Tx,
  from: {
    readonly ref: string;
    readonly kind: PurseKind;
    readonly cardId?: string;
    readonly amount: number;
    readonly graceDays: number;
    readonly key: string;
    readonly now: Date;
  },
): Promise<void> {
  const { ref, kind, now } = from;
  const cardId = from.cardId ?? null;
  if (from.amount <= 0) return;
  const key = `returned:${kind}:${cardId ?? ''}:${ref}:${from.key}`;
  const spent = await lockSpent(tx, ref, kind, cardId);
  const transferId = newId();
  const graceUntil = new Date(now.getTime() + from.graceDays * dayMs);
  const entries: NewEntry[] = [];
  const lots: NewLot[] = [];
  const owners = new Map<string | null, number>();
  let left = from.amount;
  for (const lot of spent) {
    const amount = Math.min(left, lot.left);
    if (amount === 0) break;
    left -= amount;
    owners.set(lot.customerId, (owners.get(lot.customerId) ?? 0) + amount);
    const isGone = lot.expiresAt !== null && lot.expiresAt.getTime() <= now.getTime();
    const lotId = isGone ? newId() : lot.id;
    entries.push({ transferId, from: { account: 'spent' }, to: { lot: lotId }, amount });
    if (isGone)
      lots.push({
        id: lotId,
        transferId,
        kind,
        customerId: lot.customerId,
        cardId,
        amount,
        availableAt: now,
        expiresAt: graceUntil,
        ref: null,
        ofLot: lot.id,
        now,
      });
  }
  const done = await post(tx, [{ id: transferId, key, what: 'returned', ref, at: now }], entries, lots);
  if (done.size === 0) return;
  await append(
    tx,
    [...owners].map(([customerId, amount]) =>
      fact({
        name: factName(kind, 'returned'),
        customerId,
        at: now,
        data: { ...amountOf(kind, amount), orderId: ref, ...(cardId === null ? {} : { cardId }) },
      }),
    ),
  );
}

/**
 * Takes back what a ref earned: its pending lots, its other lots, other lots of the person (those not begun last), then
 * policy. Never more than the ref earned and still has: then the parts sum to less than `amount`. `key` makes it once.
 */
export async function clawBack(
  tx: Tx,
  from: {
    readonly customerIds: readonly string[];
    readonly customerId: string;
    readonly ref: string;
    readonly amount: number;
    readonly policy: 'debt' | 'deduct';
    readonly key: string;
    readonly now: Date;
  },
): Promise<ClawBack> {
  const { ref, now } = from;
  const key = `clawed-back:${ref}:${from.key}`;
  const nothing: ClawBack = { fromPending: 0, fromLots: 0, fromOther: 0, uncovered: 0 };
  if (from.amount <= 0) return nothing;
  // Two claw-backs of one ref wait for one another even when there is no lot left to lock.
  await tx.query(
    'select pg_advisory_xact_lock(hashtextextended($1, 0))',
    [`wallet.clawed-back:${ref}`],
    'wallet.lock-ref',
  );
  const { lots } = await lockSettled(tx, { kind: 'points', customerIds: from.customerIds }, now);
  const first = await findAnswer<ClawBack>(tx, key);
  if (first !== undefined) return first;
  const amount = Math.min(from.amount, await readEarned(tx, ref));
  if (amount <= 0) return nothing;
  const { parts, ...answer } = takeBack(lots, ref, amount, now);
  const transferId = newId();
  const debt = from.policy === 'debt' ? answer.uncovered : 0;
  const lotId = newId();
  const entries: NewEntry[] = parts.map((part) => ({
    transferId,
    from: { lot: part.lotId },
    to: { account: 'clawed-back' },
    amount: part.amount,
  }));
  if (debt > 0) entries.push({ transferId, from: { lot: lotId }, to: { account: 'clawed-back' }, amount: debt });
  await post(
    tx,
    [{ id: transferId, key, what: 'clawed-back', ref, at: now, answer }],
    entries,
    debt === 0
      ? []
      : [
          {
            id: lotId,
            transferId,
            kind: 'points',
            customerId: from.customerId,
            cardId: null,
            amount: -debt,
            availableAt: now,
            expiresAt: null,
            ref,
            now,
          },
        ],
  );
  await append(tx, [
    fact({
      name: 'points.clawed-back',
      customerId: from.customerId,
      at: now,
      data: { amount: amount - answer.uncovered + debt, debt, orderId: ref },
    }),
  ]);
  return answer;
}

/** Takes an amount out of a purse by hand; refuses `wallet.not-enough`. Once per key. */
export async function takeOut(
  tx: Tx,
  from: {
    readonly customerIds: readonly string[];
    readonly customerId: string;
    readonly kind: 'points' | 'credit';
    readonly amount: number;
    readonly key: string;
    readonly now: Date;
  },
): Promise<Result<string>> {
  const { lots } = await lockSettled(tx, { kind: from.kind, customerIds: from.customerIds }, from.now);
  const { parts, missing } = take(spendable(lots, from.now), from.amount);
  if (missing > 0)
    return refuse('wallet.not-enough', 409, {
      wanted: from.amount,
      available: Math.max(reckon(lots, from.now).active, 0),
    });
  const transferId = newId();
  await post(
    tx,
    [{ id: transferId, key: `adjusted:${from.key}`, what: 'adjusted', reason: 'correction', ref: null, at: from.now }],
    parts.map((part) => ({ transferId, from: { lot: part.lotId }, to: { account: 'adjusted' }, amount: part.amount })),
  );
  await append(tx, [
    fact({
      name: factName(from.kind, 'adjusted'),
      customerId: from.customerId,
      at: from.now,
      data: { ...amountOf(from.kind, -from.amount), reason: 'correction' },
    }),
  ]);
  return ok(transferId);
}
