import { refuse, ok } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { Tx } from '@ruslo/platform';
import { readHeld } from './fulfil-withdraw.ts';
import type { ReturnRow } from './return-store.ts';
import { insertReturn, markReturn, returnById, returnsOf, writeReturnLines } from './return-store.ts';
import type { ReturnAsk } from './return.ts';
import { linesWithSums, readReturn, sumLines, withinWindow } from './return.ts';
import { planRefund } from './rules.ts';
import { orderForUpdate } from './store.ts';
import type { LineRow } from './store.ts';

/** Returns that are told before the goods are there, and their steps until they are paid out. */

/** The return of an id, its order locked: two desks that receive it at once come one after the other. */
export async function returnForUpdate(tx: Tx, id: string): Promise<Result<ReturnRow>> {
  const row = await returnById(tx, id);
  if (row === undefined) return refuse('order.no-such-return', 404);
  await orderForUpdate(tx, row.orderId);
  return readReturn(tx, id);
}

/** Units that are announced already and not here yet cannot be announced again; refuses `order.too-many` (409). */
async function notYetAnnounced(
  tx: Tx,
  orderId: string,
  lines: readonly LineRow[],
  wanted: ReturnAsk['lines'],
): Promise<Result<undefined>> {
  const under = (await returnsOf(tx, [orderId]))
    .filter((row) => row.state === 'announced' || row.state === 'received')
    .flatMap((row) => row.lines);
  const sum = (all: readonly { readonly lineNo: number; readonly quantity: number }[], lineNo: number): number =>
    all.reduce((total, one) => total + (one.lineNo === lineNo ? one.quantity : 0), 0);
  for (const { lineNo } of wanted) {
    const line = lines.find((one) => one.lineNo === lineNo);
    const left = (line?.taken ?? 0) - (line?.returned ?? 0) - sum(under, lineNo);
    if (sum(wanted, lineNo) > left) return refuse('order.too-many', 409, { wanted: sum(wanted, lineNo), left });
  }
  return ok(undefined);
}

/** She says that she brings something back; nothing moves yet. Refuses what could not come back now either. */
export async function announce(
  tx: Tx,
  from: Pick<ReturnAsk, 'orderId' | 'lines' | 'way' | 'channel' | 'by' | 'now'> & { readonly placeId: string | null },
): Promise<Result<ReturnRow>> {
  const order = await orderForUpdate(tx, from.orderId);
  if (order === undefined) return refuse('order.not-found', 404);
  const inTime = await withinWindow(tx, order, from.now, null);
  if (!inTime.ok) return inTime;
  const held = await readHeld(tx, order);
  const free = await notYetAnnounced(tx, order.id, held.lines, from.lines);
  if (!free.ok) return free;
  const sums = sumLines(from.lines).map(({ lineNo, quantity }) => ({ lineNo, quantity, how: 'returned' as const }));
  const plan = planRefund(held.lines, sums);
  if (!plan.ok) return plan;
  const id = newId();
  const { channel, placeId, way, by, now } = from;
  const { customerId, currency } = order;
  await insertReturn(tx, {
    id,
    orderId: order.id,
    customerId,
    channel,
    placeId,
    state: 'announced',
    way,
    payTo: 'origin',
    currency,
    why: null,
    by,
    now,
  });
  await writeReturnLines(tx, id, linesWithSums(from.lines, plan.value));
  const data = {
    orderId: order.id,
    number: order.number,
    returnId: id,
    way,
    placeId,
    amountMinor: plan.value.moneyMinor,
  };
  await append(tx, [fact({ name: 'return.announced', customerId, channel, at: now, data })]);
  return readReturn(tx, id);
}

/** The one table of what a return may do next; `refunded` comes through `bringBack`. */
const allowed: Readonly<Record<ReturnRow['state'], readonly ReturnRow['state'][]>> = {
  announced: ['received', 'refunded', 'withdrawn'],
  received: ['refunded'],
  refunded: [],
  withdrawn: [],
};

export const returnStep = (from: ReturnRow['state'], to: ReturnRow['state']): Result<undefined> =>
  allowed[from].includes(to) ? ok(undefined) : refuse('order.return-step', 409, { from, to });

/** The goods are there and are looked at, or it is called off: nothing is paid yet. */
export async function stepReturn(
  tx: Tx,
  row: ReturnRow,
  to: {
    readonly state: 'received' | 'withdrawn';
    readonly placeId: string | null;
    readonly channel: Channel;
    readonly now: Date;
  },
): Promise<Result<ReturnRow>> {
  const may = returnStep(row.state, to.state);
  if (!may.ok) return may;
  await markReturn(tx, row.id, to);
  const { customerId, orderId, id: returnId } = row;
  const data = { orderId, returnId, placeId: to.placeId };
  await append(tx, [fact({ name: `return.${to.state}`, customerId, channel: to.channel, at: to.now, data })]);
  return readReturn(tx, row.id);
}
