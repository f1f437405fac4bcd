import { mulDiv, ok, refuse, share } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { addPayment } from '@ruslo/payment';
import { freeCell, placeById } from '@ruslo/place';
import type { House, Tx } from '@ruslo/platform';
import { consume, release, restock } from '@ruslo/stock';
import type { About, Desk } from './fulfil.ts';
import { deskPlace, followParcels, isAway } from './fulfil.ts';
import type { HandOutPart } from './fulfil-rules.ts';
import { fulfilmentStep, openUnits, readHandOut } from './fulfil-rules.ts';
import type { DeskRow } from './fulfil-store.ts';
import { countParts, fulfilmentFact, writeFulfilment } from './fulfil-store.ts';
import type { Held } from './fulfil-withdraw.ts';
import { nothingBrought, readHeld, spendHolds, withdraw } from './fulfil-withdraw.ts';
import { deskPaper, unitsOnPaper } from './hand-out-receipt.ts';
import { taking, wantsOf } from './rules.ts';
import type { LineRow, OrderRow, TenderRow } from './store.ts';
import { startWarranties } from './warranty.ts';

export interface MoneyTaken {
  readonly kind: 'cash' | 'terminal';
  /** Absent = what is left to pay. */
  readonly amountMinor?: number | undefined;
}

export interface HandOutAsk {
  readonly lines:
    | readonly { lineNo: number; taken: number; refused: number; serials?: readonly string[] | undefined }[]
    | undefined;
  readonly tenders: readonly MoneyTaken[];
  /** Where it happens, or where a courier brings what was refused; the desk of the parcel when absent. */
  readonly placeId: string | undefined;
}

export interface HandedOut {
  readonly order: OrderRow;
  readonly takenMinor: number;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly pointsBack: number;
  readonly receiptId: string | null;
}

const leftOf = (tender: TenderRow): number => tender.amountMinor - tender.refundedMinor;
const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** What of the money that is due at hand-over falls on this parcel: all that is left with the last one, else its part. */
function dueNow(held: Held, takenMinor: number, isLast: boolean): number {
  const due = sum(
    held.tenders.filter((tender) => tender.kind === 'due'),
    leftOf,
  );
  if (isLast || due === 0) return due;
  const openMinor = sum(held.lines, (line) =>
    share(line.totalMinor, line.quantity, line.withdrawn, line.quantity - line.withdrawn - line.taken),
  );
  const shippingMinor = nothingBrought(held.lines) ? held.order.shippingMinor : 0;
  return openMinor + shippingMinor === 0 ? 0 : Math.min(due, mulDiv(due, takenMinor, openMinor + shippingMinor));
}

/** What is to pay for a parcel when all of it is taken. */
export function dueWhenAll(held: Held, parcels: readonly DeskRow[], parcel: DeskRow): number {
  const others = parcels.filter((one) => one.id !== parcel.id);
  const isLast = !others.some((one) => one.lines.some((line) => openUnits(line) > 0));
  const goodsMinor = sum(parcel.lines, (part) => {
    const line = held.lines.find((one) => one.lineNo === part.lineNo);
    return line === undefined ? 0 : taking(line, openUnits(part)).moneyMinor;
  });
  const shippingMinor = nothingBrought(held.lines) ? held.order.shippingMinor : 0;
  return dueNow(held, goodsMinor + shippingMinor, isLast);
}

/** Takes cash and terminal money for what was due; the tenders say exactly what is to pay, or refuses `order.wrong-payment`. */
async function takeMoney(
  tx: Tx,
  held: Held,
  from: {
    readonly dueMinor: number;
    readonly tenders: readonly MoneyTaken[];
    readonly key: string;
    readonly now: Date;
  },
): Promise<Result<readonly { readonly kind: 'cash' | 'terminal'; readonly amountMinor: number }[]>> {
  const { order, tenders } = held;
  const { dueMinor } = from;
  const said = sum(from.tenders, (tender) => tender.amountMinor ?? 0);
  const open = from.tenders.filter((tender) => tender.amountMinor === undefined).length;
  if (open > 1 || said > dueMinor || (open === 0 && said !== dueMinor))
    return refuse('order.wrong-payment', 422, { due: dueMinor, said });
  const taken = from.tenders
    .map((tender) => ({ kind: tender.kind, amountMinor: tender.amountMinor ?? dueMinor - said }))
    .filter((tender) => tender.amountMinor > 0);
  if (taken.length === 0) return ok([]);
  let tenderNo = Math.max(0, ...tenders.map((tender) => tender.tenderNo));
  for (const [index, { kind, amountMinor }] of taken.entries()) {
    const { customerId, currency } = order;
    const key = `${from.key}:${index}`;
    const payment = await addPayment(tx, {
      ref: order.id,
      customerId,
      method: kind,
      amountMinor,
      currency,
      key,
      now: from.now,
    });
    tenderNo += 1;
    await tx.query(
      `insert into "order".tender (order_id, tender_no, kind, amount_minor, payment_id) values ($1, $2, $3, $4, $5)`,
      [order.id, tenderNo, kind, amountMinor, payment.id],
    );
  }
  const due = tenders.find((tender) => tender.kind === 'due');
  if (due !== undefined) await lessenDue(tx, due, dueMinor);
  await tx.query('update "order"."order" set paid_minor = paid_minor + $2 where id = $1', [order.id, dueMinor]);
  return ok(taken);
}

/** What is paid is no longer due; nothing left of it, no tender. */
async function lessenDue(tx: Tx, due: TenderRow, minusMinor: number): Promise<void> {
  const key = [due.orderId, due.tenderNo];
  if (due.amountMinor === minusMinor)
    await tx.query('delete from "order".tender where order_id = $1 and tender_no = $2', key);
  else
    await tx.query(
      'update "order".tender set amount_minor = amount_minor - $3 where order_id = $1 and tender_no = $2',
      [...key, minusMinor],
    );
}

/** Goods of a hand-over: taken ones leave the stock of the place that promised them, refused ones stay with the place where it happens. */
async function moveGoods(
  tx: Tx,
  desk: Desk,
  parts: readonly HandOutPart[],
  placeId: string,
  about: About,
): Promise<Result<undefined>> {
  const { held, parcel } = desk;
  const ref = held.order.id;
  const { now, staffId: by } = about;
  const of = (count: 'taken' | 'refused', at: string) =>
    wantsOf(
      held.lines,
      parts.map((part) => ({ placeId: at, lineNo: part.lineNo, quantity: part[count] })),
    );
  const refused = of('refused', placeId);
  if (parcel.shippedAt !== null) {
    if (refused.length > 0) await restock(tx, { key: `refused:${parcel.id}`, ref, wants: refused, now, by });
    return ok(undefined);
  }
  const taken = of('taken', parcel.placeId);
  if (taken.length > 0) {
    const gone = await consume(tx, { ref, wants: taken, now, by });
    if (!gone.ok) return gone;
  }
  if (refused.length > 0) await release(tx, ref, now, of('refused', parcel.placeId));
  return ok(undefined);
}

/**
 * Hands a parcel out, all of it or in part (T39). What is taken is settled and leaves the stock; what is refused stays in
 * the shop, and its money, gift card and points go back in their right parts. Once: the parcel is done after it.
 * Refuses `order.fulfilment-step`, `order.units-differ`, `order.wrong-payment`.
 */
export async function handOut(
  house: House,
  tx: Tx,
  desk: Desk,
  ask: HandOutAsk,
  about: About,
): Promise<Result<HandedOut>> {
  const { parcel, parcels } = desk;
  const { order } = desk.held;
  const { now } = about;
  const may = fulfilmentStep(parcel.state, 'done');
  if (!may.ok) return may;
  if (isAway(order, parcel) || (order.method === 'delivery' && parcel.shippedAt === null))
    return refuse('order.fulfilment-step', 409, { from: parcel.state, to: 'done' });
  if (ask.placeId !== undefined && (await placeById(tx, ask.placeId)) === undefined)
    return refuse('order.no-such-place', 404);
  const parts = readHandOut(parcel.lines, ask.lines);
  if (!parts.ok) return parts;
  const placeId = ask.placeId ?? deskPlace(order, parcel);
  const others = parcels.filter((one) => one.id !== parcel.id);
  const isLast = !others.some((one) => one.lines.some((line) => openUnits(line) > 0));
  const takenNow = parts.value.filter((part) => part.taken > 0);
  const closing = isLast && takenNow.length === 0 && nothingBrought(desk.held.lines);
  await countParts(tx, parcel.id, parts.value);
  const refused = parts.value.map(({ lineNo, refused: quantity }) => ({ lineNo, quantity }));
  const key = `hand-out:${parcel.id}`;
  const withdrawn = await withdraw(house, tx, {
    held: desk.held,
    parts: refused,
    closing,
    placeId,
    key,
    reason: 'refused',
    now,
  });
  if (!withdrawn.ok) return withdrawn;
  const { refunded } = withdrawn.value;
  const settled = await settleTaken(house, tx, withdrawn.value.held, takenNow, {
    desk,
    ask,
    isLast,
    placeId,
    key,
    now,
  });
  if (!settled.ok) return settled;
  // Purses before goods, as a placement locks them.
  const moved = await moveGoods(tx, desk, parts.value, placeId, about);
  if (!moved.ok) return moved;
  await freeCell(tx, parcel.id);
  const receiptId = settled.value.receiptId;
  const handedOut = { by: about.by, placeId };
  await writeFulfilment(tx, parcel.id, 'done', { cell: null, code: null, doneAt: now, receiptId, handedOut });
  const count = (of: 'taken' | 'refused'): number => sum(parts.value, (part) => part[of]);
  const told = fulfilmentFact(order, 'done', parcel, now, {
    taken: count('taken'),
    refused: count('refused'),
    takenMinor: settled.value.takenMinor,
    refundedMinor: refunded?.moneyMinor ?? 0,
  });
  const why = closing ? 'refused' : about.why;
  const followed = await followParcels(tx, settled.value.held, { ...about, why }, [told, ...settled.value.facts]);
  if (!followed.ok) return followed;
  return ok({
    order: followed.value,
    takenMinor: settled.value.takenMinor,
    paidMinor: settled.value.paidMinor,
    // What was only due fell, nothing of it came back.
    refundedMinor: sum(refunded?.parts ?? [], (part) => (part.kind === 'due' ? 0 : part.amountMinor)),
    pointsBack: refunded?.pointsBack ?? 0,
    receiptId,
  });
}

/** What the customer takes: money that was due, full settlement, warranty. */
async function settleTaken(
  house: House,
  tx: Tx,
  before: Held,
  parts: readonly HandOutPart[],
  from: {
    readonly desk: Desk;
    readonly ask: HandOutAsk;
    readonly isLast: boolean;
    readonly placeId: string;
    readonly key: string;
    readonly now: Date;
  },
) {
  const { key, now, ask } = from;
  if (parts.length === 0) {
    if (ask.tenders.length > 0) return refuse('order.wrong-payment', 422, { due: 0, said: 0 });
    return ok({ held: before, takenMinor: 0, paidMinor: 0, receiptId: null, facts: [] });
  }
  const spent = await spendHolds(tx, before, now);
  if (!spent.ok) return spent;
  const held = spent.value;
  const { order } = held;
  const units = parts.flatMap((part) => {
    const line: LineRow | undefined = held.lines.find((one) => one.lineNo === part.lineNo);
    return line === undefined ? [] : [{ line, part, share: taking(line, part.taken) }];
  });
  // The delivery is settled with the first parcel of which something is taken.
  const shippingMinor = nothingBrought(held.lines) ? order.shippingMinor : 0;
  const takenMinor = sum(units, (unit) => unit.share.moneyMinor) + shippingMinor;
  const dueMinor = dueNow(held, takenMinor, from.isLast);
  const paid = await takeMoney(tx, held, { dueMinor, tenders: ask.tenders, key, now });
  if (!paid.ok) return paid;
  await tx.query(
    `update "order".line set taken = line.taken + part.quantity from unnest($2::smallint[], $3::bigint[]) as part (no, quantity)
     where order_id = $1 and line_no = part.no`,
    [order.id, parts.map((part) => part.lineNo), parts.map((part) => part.taken)],
    'order.count-taken',
  );
  const facts = await startWarranties(tx, {
    order,
    lines: held.lines,
    parts: parts.map(({ lineNo, taken, serials }) => ({ lineNo, quantity: taken, serials })),
    now,
  });
  const receiptId = await deskPaper(house, tx, {
    order,
    key: `${key}:settlement`,
    type: 'sale',
    method: 4,
    placeId: from.placeId,
    units: units.map((unit) => unitsOnPaper(unit.line, unit.share)),
    shippingMinor,
    minusMinor: 0,
    moved: paid.value,
    originalId: null,
    now,
  });
  return ok({ held: await readHeld(tx, order), takenMinor, paidMinor: dueMinor, receiptId, facts });
}
