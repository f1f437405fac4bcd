import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { Tx } from '@ruslo/platform';
import type { Key, LevelSetting, Line, Part } from './contract.ts';
import { gather, sellableOf } from './rules.ts';
import * as store from './store.ts';
import type { LevelRow, Why } from './store.ts';
import { tell } from './tell.ts';

/** What comes, goes and is counted: movements, and the levels that are their sums. */

const keyOf = ({ variantId, placeId }: Key): string => `${variantId} ${placeId}`;

async function lock(tx: Tx, keys: readonly Key[], now: Date): Promise<Map<string, LevelRow>> {
  let rows = await store.lockLevels(tx, keys);
  if (rows.length < keys.length) {
    await store.ensureLevels(tx, keys, now);
    rows = await store.lockLevels(tx, keys);
  }
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** Adds signed quantities to levels, each with its movement. Refuses `stock.short` when more goes than is there. */
export async function shift(tx: Tx, parts: readonly Part[], from: Why): Promise<Result<undefined>> {
  const moves = gather(parts);
  if (moves.length === 0) return ok(undefined);
  const levels = await lock(tx, moves, from.now);
  const lacking = moves.find((move) => (levels.get(keyOf(move))?.onHand ?? 0) + move.quantity < 0);
  if (lacking !== undefined) {
    return refuse('stock.short', 409, {
      variantId: lacking.variantId,
      placeId: lacking.placeId,
      wanted: -lacking.quantity,
      available: levels.get(keyOf(lacking))?.onHand ?? 0,
    });
  }
  await store.writeShift(tx, moves, from);
  await tellShift(tx, moves, levels, from.now);
  return ok(undefined);
}

async function tellShift(
  tx: Tx,
  moves: readonly Part[],
  levels: ReadonlyMap<string, LevelRow>,
  now: Date,
): Promise<void> {
  const changes = moves.flatMap((move) => {
    const level = levels.get(keyOf(move));
    if (level === undefined) return [];
    const before = sellableOf(level);
    const [onHandBefore, onHandAfter] = [level.onHand, level.onHand + move.quantity];
    return [{ ...level, before, after: before + move.quantity, onHandBefore, onHandAfter }];
  });
  await tell(tx, changes, now);
}

/** Goods come back to a place: a movement `returned` each. `key` makes it once. */
export async function restock(
  tx: Tx,
  from: {
    readonly key: string;
    readonly ref: string;
    readonly wants: readonly Part[];
    readonly now: Date;
    readonly by: string | null;
    /** Damaged goods come back without becoming sellable: a second movement `written-off`. */
    readonly damaged?: boolean;
  },
): Promise<void> {
  const { ref, by, now } = from;
  if (!(await store.once(tx, `restock ${from.key}`, now))) return;
  const why = { kind: 'returned', ref, by, why: null, now } as const;
  if (from.damaged === true) {
    const parts = gather(from.wants);
    if (parts.length > 0) await store.writeDamaged(tx, parts, why);
  } else await shift(tx, from.wants, why);
}

export interface LevelSet extends Key {
  readonly onHand: number;
}

/**
 * Sets what is on hand, as an import or a stocktake found it: a movement of the difference each. Never fails because
 * more is reserved: what lacks is written as shortage. Call it with some thousands of rows. Returns how many differed.
 */
export async function setLevels(
  tx: Tx,
  rows: readonly LevelSet[],
  from: {
    readonly kind: 'imported' | 'counted';
    readonly ref: string | null;
    readonly by: string | null;
    readonly why?: string;
    readonly now: Date;
  },
): Promise<number> {
  // The last word on a key counts.
  const wanted = new Map(rows.map((row) => [keyOf(row), row]));
  const keys = [...wanted.keys()].sort().flatMap((key) => wanted.get(key) ?? []);
  if (keys.length === 0) return 0;
  const levels = await lock(tx, keys, from.now);
  const moves = keys
    .map((row) => ({ ...row, quantity: row.onHand - (levels.get(keyOf(row))?.onHand ?? 0) }))
    .filter(({ quantity }) => quantity !== 0);
  if (moves.length === 0) return 0;
  await store.writeShift(tx, moves, { ...from, why: from.why ?? null });
  await tellShift(tx, moves, levels, from.now);
  return moves.length;
}

/** Goods go from one place to another: `sent` here, `arrived` there. Refuses `stock.short` for what is not there or is promised. */
export async function transfer(
  tx: Tx,
  from: {
    readonly fromId: string;
    readonly toId: string;
    readonly lines: readonly Line[];
    readonly ref: string | null;
    readonly by: string | null;
    readonly why: string | null;
    readonly now: Date;
  },
): Promise<Result<undefined>> {
  const at = (placeId: string, sign: number): Part[] =>
    gather(from.lines.map(({ variantId, quantity }) => ({ variantId, placeId, quantity: sign * quantity })));
  const [sent, arrived] = [at(from.fromId, -1), at(from.toId, 1)];
  const keys = gather([...at(from.fromId, 1), ...arrived]);
  const levels = await lock(tx, keys, from.now);
  const shelf = (part: Part): number => {
    const level = levels.get(keyOf(part));
    return level === undefined ? 0 : level.onHand - level.reserved;
  };
  const lacking = sent.find((part) => shelf(part) + part.quantity < 0);
  if (lacking !== undefined) {
    return refuse('stock.short', 409, {
      variantId: lacking.variantId,
      placeId: lacking.placeId,
      wanted: -lacking.quantity,
      available: Math.max(0, shelf(lacking)),
    });
  }
  await store.writeShift(tx, sent, { ...from, kind: 'sent' });
  await store.writeShift(tx, arrived, { ...from, kind: 'arrived' });
  await tellShift(tx, [...sent, ...arrived], levels, from.now);
  return ok(undefined);
}

/** Sets safety stock, backorder limit and the lines of low and excess; what is not given stays. Returns how many levels. */
export async function setSettings(tx: Tx, settings: readonly LevelSetting[], now: Date): Promise<number> {
  const wanted = new Map<string, LevelSetting>();
  for (const setting of settings) wanted.set(keyOf(setting), { ...wanted.get(keyOf(setting)), ...setting });
  const keys = [...wanted.keys()].sort().flatMap((key) => wanted.get(key) ?? []);
  const levels = await lock(tx, keys, now);
  const changes = keys.flatMap((setting) => {
    const level = levels.get(keyOf(setting));
    if (level === undefined) return [];
    const { safety = level.safety, backorder = level.backorder } = setting;
    const { lowAt = level.lowAt, excessAt = level.excessAt } = setting;
    const next = { ...level, safety, backorder, lowAt, excessAt };
    return [
      {
        ...next,
        before: sellableOf(level),
        after: sellableOf(next),
        lowAtBefore: level.lowAt,
        excessAtBefore: level.excessAt,
        onHandBefore: level.onHand,
        onHandAfter: level.onHand,
      },
    ];
  });
  await store.writeSettings(tx, changes, now);
  await tell(tx, changes, now);
  return changes.length;
}
