import { membersOf } from '@ruslo/identity';
import { append, fact } from '@ruslo/platform';
import type { Duty, House, NewEvent, Tx } from '@ruslo/platform';
import { quote } from './quote.ts';
import type { Row } from './rules.ts';
import { join } from './rules.ts';
import { dueCarts, forgetOperations, lockForIdle, readSetting, settleIdle } from './store.ts';
import type { IdleRow } from './store.ts';

/** A cart with goods in it that nobody changes any more becomes a fact, once per version: journeys begin with it. */

const batch = 100;

export const idleDuty = (house: House): Duty => ({
  name: 'cart.idle',
  everyMs: 15_000,
  run: (now) => house.db.tx((tx) => tellIdle(house, tx, now)),
});

async function tellIdle(house: House, tx: Tx, now: Date): Promise<boolean> {
  const due = await dueCarts(tx, now, batch);
  if (due.length === 0) return false;
  const { idleMinutes } = await readSetting(tx);
  const people = await membersOf(tx, due);
  const every = [...new Set([...due, ...[...people.values()].flat()])];
  // Rows of hers that another worker holds at this moment are his to judge with.
  const rows = new Map((await lockForIdle(tx, every)).map((row) => [row.customerId, row]));
  const told: NewEvent[] = [];
  const settled: { customerId: string; checkAt: Date | null; idleVersion: number | null }[] = [];
  const seen = new Set<string>();
  for (const customerId of due) {
    const [head = customerId, ...others] = people.get(customerId) ?? [customerId];
    if (seen.has(head)) continue;
    seen.add(head);
    const own = [head, ...others].flatMap((id) => rows.get(id) ?? []);
    const verdict = judge(own, now, idleMinutes);
    for (const row of own)
      settled.push({ customerId: row.customerId, checkAt: verdict.lookAt, idleVersion: verdict.version });
    if (verdict.isIdle) told.push(await idleFact(house, tx, own, customerId, now));
  }
  await settleIdle(tx, settled);
  await append(tx, told);
  return due.length === batch;
}

/** Pure: whether it lies idle, and when to look again. */
export function judge(
  rows: readonly Pick<IdleRow, 'version' | 'lines' | 'changedAt' | 'idleVersion'>[],
  now: Date,
  idleMinutes: number,
): { readonly isIdle: boolean; readonly lookAt: Date | null; readonly version: number | null } {
  const version = rows.reduce((sum, row) => sum + row.version, 0);
  if (rows.every((row) => row.lines.length === 0)) return { isIdle: false, lookAt: null, version: null };
  const last = Math.max(...rows.map((row) => row.changedAt.getTime()));
  const idleAt = last + idleMinutes * 60_000;
  if (idleAt > now.getTime()) return { isIdle: false, lookAt: new Date(idleAt), version: null };
  return { isIdle: rows.every((row) => row.idleVersion !== version), lookAt: null, version };
}

async function idleFact(
  house: House,
  tx: Tx,
  rows: readonly (Row & IdleRow)[],
  customerId: string,
  now: Date,
): Promise<NewEvent> {
  const joined = join(rows);
  const lines = joined?.lines ?? [];
  const channel = rows.reduce(
    (one, other) => (other.changedAt > one.changedAt ? other : one),
    rows[0] ?? noRow,
  ).channel;
  const { priced, currency } = await quote(house, tx, {
    lines,
    customerId,
    customerIds: rows.map((row) => row.customerId),
    coupons: joined?.coupons ?? [],
    channel,
    placeId: null,
    shippingMinor: 0,
    at: now,
  });
  const data = {
    cartId: joined?.id ?? null,
    version: joined?.version ?? 0,
    lines: lines.length,
    totalMinor: priced.totalMinor,
    currency,
  };
  return fact({ name: 'cart.idle', customerId, channel, at: now, data });
}

const noRow = { channel: 'system', changedAt: new Date(0) } as const;

export const forgetDuty = (house: House): Duty => ({
  name: 'cart.operations',
  everyMs: 600_000,
  run: (now) => forgetOperations(house.db, now),
});
