import type { Balance } from './contract.ts';

/** Decisions over the lots of one purse. A debt is a lot below zero. */
export interface Lot {
  readonly id: string;
  readonly customerId: string | null;
  readonly amount: number;
  readonly remaining: number;
  /** Live holds only. */
  readonly held: number;
  readonly availableAt: Date;
  readonly expiresAt: Date | null;
  readonly ref: string | null;
  readonly createdAt: Date;
}

export interface Part {
  readonly lotId: string;
  readonly amount: number;
}

/** From one lot to another, or with `toLot` null out of the purse. */
export interface Move {
  readonly fromLot: string;
  readonly toLot: string;
  readonly amount: number;
}

export const freeOf = (lot: Lot): number => (lot.amount > 0 ? lot.remaining - lot.held : 0);
export const hasBegun = (lot: Lot, now: Date): boolean => lot.availableAt.getTime() <= now.getTime();
/** A lot lives up to its moment of expiry, not at it. */
export const hasExpired = (lot: Lot, now: Date): boolean =>
  lot.expiresAt !== null && lot.expiresAt.getTime() <= now.getTime();

const order = <T>(one: T, other: T): number => (one < other ? -1 : one > other ? 1 : 0);

/** Soonest-expiring first, then oldest, never-expiring last. */
export function bySpending(one: Lot, other: Lot): number {
  return (
    order(one.expiresAt?.getTime() ?? Infinity, other.expiresAt?.getTime() ?? Infinity) ||
    order(one.createdAt.getTime(), other.createdAt.getTime()) ||
    order(one.id, other.id)
  );
}

/** What may be spent at a moment, in the order of spending. */
export const spendable = (lots: readonly Lot[], now: Date): Lot[] =>
  lots.filter((lot) => freeOf(lot) > 0 && hasBegun(lot, now) && !hasExpired(lot, now)).toSorted(bySpending);

/** Takes up to an amount from lots in their order. */
export function take(lots: readonly Lot[], amount: number): { parts: Part[]; missing: number } {
  const parts: Part[] = [];
  let missing = amount;
  for (const lot of lots) {
    if (missing === 0) break;
    const part = Math.min(missing, freeOf(lot));
    if (part > 0) parts.push({ lotId: lot.id, amount: part });
    missing -= Math.max(part, 0);
  }
  return { parts, missing };
}

/** Lots after parts of them are gone. */
export function without(lots: readonly Lot[], parts: readonly Part[]): Lot[] {
  const gone = new Map<string, number>();
  for (const part of parts) gone.set(part.lotId, (gone.get(part.lotId) ?? 0) + part.amount);
  return lots.map((lot) => {
    const amount = gone.get(lot.id);
    return amount === undefined ? lot : { ...lot, remaining: lot.remaining - amount };
  });
}

/**
 * Debts are repaid, oldest first, by what has begun, in the order of spending. A lot that has expired meanwhile repays
 * too when it lived while the debt stood: it should have done so then, and nobody looked. So it does not matter when
 * anybody looks.
 */
export function settle(lots: readonly Lot[], now: Date): { lots: readonly Lot[]; moves: readonly Move[] } {
  const debts = lots.filter((lot) => lot.amount < 0 && lot.remaining < 0).toSorted(bySpending);
  if (debts.length === 0) return { lots, moves: [] };
  const moves: Move[] = [];
  let left = lots;
  for (const debt of debts) {
    const payers = left
      .filter((lot) => freeOf(lot) > 0 && hasBegun(lot, now) && !hasExpired(lot, debt.createdAt))
      .toSorted(bySpending);
    const { parts, missing } = take(payers, -debt.remaining);
    moves.push(...parts.map((part) => ({ fromLot: part.lotId, toLot: debt.id, amount: part.amount })));
    left = without(left, parts).map((lot) => (lot.id === debt.id ? { ...lot, remaining: -missing } : lot));
  }
  return { lots: left, moves };
}

const expiringMost = 5;

/** Balance at a moment: holds that have expired are not in `held` any more, and debts count as repaid by what can repay. */
export function reckon(all: readonly Lot[], now: Date): Balance {
  const { lots } = settle(all, now);
  const sum = (some: readonly Lot[]): number => some.reduce((total, lot) => total + freeOf(lot), 0);
  const begun = spendable(lots, now);
  const debt = -lots.reduce((total, lot) => total + Math.min(lot.amount < 0 ? lot.remaining : 0, 0), 0);
  const expiring = new Map<number, number>();
  for (const lot of begun)
    if (lot.expiresAt !== null)
      expiring.set(lot.expiresAt.getTime(), (expiring.get(lot.expiresAt.getTime()) ?? 0) + freeOf(lot));
  return {
    active: sum(begun) - debt,
    pending: sum(lots.filter((lot) => !hasBegun(lot, now) && !hasExpired(lot, now))),
    held: lots.reduce((total, lot) => total + lot.held, 0),
    debt: debt === 0 ? 0 : debt,
    expiring: [...expiring].slice(0, expiringMost).map(([atMs, amount]) => ({ at: new Date(atMs), amount })),
  };
}

export interface Taking {
  readonly parts: readonly Part[];
  readonly fromPending: number;
  readonly fromLots: number;
  readonly fromOther: number;
  readonly uncovered: number;
}

/** What a claw-back takes: the pending lots of the ref, its other lots, other lots of the person, those not begun last. */
export function takeBack(lots: readonly Lot[], ref: string, amount: number, now: Date): Taking {
  const live = lots.filter((lot) => freeOf(lot) > 0 && !hasExpired(lot, now)).toSorted(bySpending);
  const own = live.filter((lot) => lot.ref === ref);
  const rest = live.filter((lot) => lot.ref !== ref);
  const pending = take(
    own.filter((lot) => !hasBegun(lot, now)),
    amount,
  );
  const begun = take(
    own.filter((lot) => hasBegun(lot, now)),
    pending.missing,
  );
  const other = take(
    [...rest.filter((lot) => hasBegun(lot, now)), ...rest.filter((lot) => !hasBegun(lot, now))],
    begun.missing,
  );
  return {
    parts: [...pending.parts, ...begun.parts, ...other.parts],
    fromPending: amount - pending.missing,
    fromLots: pending.missing - begun.missing,
    fromOther: begun.missing - other.missing,
    uncovered: other.missing,
  };
}
