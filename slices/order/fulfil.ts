import { variantIdsByCode } from '@ruslo/catalog';
import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { giveBack } from '@ruslo/offer';
import { freeCell, placeById, takeCell } from '@ruslo/place';
import { newId } from '@ruslo/platform';
import type { House, NewEvent, Tx } from '@ruslo/platform';
import { consume, promise, release, reserve, shift } from '@ruslo/stock';
import { makeCode } from './fulfil-code.ts';
import type { Progress } from './fulfil-rules.ts';
import { fulfilmentStep, openUnits, orderStateBy } from './fulfil-rules.ts';
import type { DeskRow, Moved } from './fulfil-store.ts';
import {
  countParts,
  deskRowsOf,
  fulfilmentFact,
  insertFulfilment,
  noteScan,
  orderIdOfFulfilment,
  tell,
  unpick,
  writeFulfilment,
} from './fulfil-store.ts';
import type { Held } from './fulfil-withdraw.ts';
import { nothingBrought, readHeld, withdraw } from './fulfil-withdraw.ts';
import { wantsOf } from './rules.ts';
import type { FulfilmentState, LineRow, OrderRow, StepFrom } from './store.ts';
import { orderForUpdate, stepOrder } from './store.ts';

/** Tasks of a place: take, pick, ready, ship, arrive, and the step back where it harms nothing. */

export interface About extends StepFrom {
  readonly staffId: string | null;
}

/** One parcel of a locked order. */
export interface Desk {
  readonly held: Held;
  readonly parcels: readonly DeskRow[];
  readonly parcel: DeskRow;
}

/** Locks the order of a fulfilment, so that two desks never work on one at once. Refuses `order.no-such-fulfilment`. */
export async function openDesk(tx: Tx, fulfilmentId: string): Promise<Result<Desk>> {
  const orderId = await orderIdOfFulfilment(tx, fulfilmentId);
  const order = orderId === undefined ? undefined : await orderForUpdate(tx, orderId);
  if (order === undefined) return refuse('order.no-such-fulfilment', 404);
  const parcels = await deskRowsOf(tx, order.id);
  const parcel = parcels.find((one) => one.id === fulfilmentId);
  if (parcel === undefined) return refuse('order.no-such-fulfilment', 404);
  return ok({ held: await readHeld(tx, order), parcels, parcel });
}

/** Goods that another shop brings to the desk where she comes for them. */
const isTransfer = (order: OrderRow, parcel: DeskRow): boolean =>
  order.method === 'pickup' && order.pickupPlaceId !== null && parcel.placeId !== order.pickupPlaceId;

/** Where the parcel is handed out. */
export const deskPlace = (order: OrderRow, parcel: DeskRow): string =>
  isTransfer(order, parcel) ? (order.pickupPlaceId ?? parcel.placeId) : parcel.placeId;

/** It lies packed, or is on its way, elsewhere than where it is handed out. */
export const isAway = (order: OrderRow, parcel: DeskRow): boolean =>
  isTransfer(order, parcel) && (parcel.state === 'shipped' || (parcel.state === 'ready' && parcel.shippedAt === null));

const progressOf = (order: OrderRow, parcel: DeskRow): Progress => ({
  state: parcel.state,
  away: isAway(order, parcel),
  lines: parcel.lines,
});

/** Brings the order to the state of its fulfilments, and tells. */
export async function followParcels(
  tx: Tx,
  held: Held,
  about: About,
  also: readonly NewEvent[],
): Promise<Result<OrderRow>> {
  const { order, lines } = held;
  const parcels = await deskRowsOf(tx, order.id);
  const inParcels = (lineNo: number): number =>
    parcels.reduce((sum, parcel) => sum + (parcel.lines.find((line) => line.lineNo === lineNo)?.taken ?? 0), 0);
  const elsewhere = lines.some((line) => line.taken > inParcels(line.lineNo));
  const state = orderStateBy(
    parcels.map((parcel) => progressOf(order, parcel)),
    elsewhere,
  );
  // Nothing of it was taken, so what it used up of coupons and budgets is somebody else's again (T19).
  if (state === 'cancelled' && state !== order.state) await giveBack(tx, order.id, about.now);
  if (state !== order.state) return stepOrder(tx, order, state, about, also);
  await tell(tx, also);
  return ok(order);
}

/** One step of a parcel by the table, with its fact; then the order follows. */
async function stepParcel(
  tx: Tx,
  desk: Desk,
  to: FulfilmentState,
  about: About,
  moved: Moved = {},
  data: Readonly<Record<string, unknown>> = {},
): Promise<Result<DeskRow>> {
  const { held, parcel } = desk;
  const may = fulfilmentStep(parcel.state, to);
  if (!may.ok) return may;
  await writeFulfilment(tx, parcel.id, to, moved);
  const told = [fulfilmentFact(held.order, to, parcel, about.now, data)];
  const followed = await followParcels(tx, held, about, told);
  return followed.ok ? readParcel(tx, parcel) : followed;
}

async function readParcel(tx: Tx, parcel: DeskRow): Promise<Result<DeskRow>> {
  const row = (await deskRowsOf(tx, parcel.orderId)).find((one) => one.id === parcel.id);
  if (row === undefined) throw new Error(`fulfilment ${parcel.id} is gone`);
  return ok(row);
}

export const take = (tx: Tx, desk: Desk, about: About): Promise<Result<DeskRow>> =>
  stepParcel(tx, desk, 'picking', about, { pickerId: about.staffId, takenAt: about.now });

/**
 * A scan of the picker. The same key again changes nothing. Refuses `order.not-in-parcel` (409) for goods that nobody
 * ordered here, `order.picked-enough` (409).
 */
export async function pick(
  tx: Tx,
  desk: Desk,
  scan: { readonly code: string; readonly quantity: number; readonly key: string },
  about: About,
): Promise<Result<DeskRow>> {
  const { held, parcel } = desk;
  if (parcel.state !== 'waiting' && parcel.state !== 'picking')
    return refuse('order.fulfilment-step', 409, { from: parcel.state, to: 'picking' });
  const variantId = (await variantIdsByCode(tx, [scan.code])).get(scan.code);
  const here = (line: LineRow): boolean => parcel.lines.some((part) => part.lineNo === line.lineNo);
  const lines = held.lines.filter((one) => here(one) && (one.variantId === variantId || one.sku === scan.code));
  if (lines.length === 0) return refuse('order.not-in-parcel', 409);
  const roomOf = (lineNo: number): number => {
    const part = parcel.lines.find((one) => one.lineNo === lineNo);
    return part === undefined ? 0 : openUnits(part) - part.picked;
  };
  const line = lines.find((one) => roomOf(one.lineNo) >= scan.quantity) ?? lines[0];
  const lineNo = line?.lineNo ?? 0;
  const { quantity, key } = scan;
  if (!(await noteScan(tx, { fulfilmentId: parcel.id, key, lineNo, quantity, now: about.now }))) return ok(parcel);
  if (roomOf(lineNo) < quantity) return refuse('order.picked-enough', 409, { left: roomOf(lineNo) });
  await countParts(tx, parcel.id, [{ lineNo, picked: quantity }]);
  return parcel.state === 'waiting' ? take(tx, desk, about) : readParcel(tx, parcel);
}

/**
 * Everything is in the bag: a cell of the desk, the hand-out code, and the fact that tells her. Units that were not
 * scanned refuse it (`order.not-picked`, 409), unless the shop works without a scanner (`all`).
 */
export async function ready(tx: Tx, desk: Desk, all: boolean, about: About): Promise<Result<DeskRow>> {
  const { held, parcel } = desk;
  const missing = parcel.lines.map((line) => ({ lineNo: line.lineNo, picked: openUnits(line) - line.picked }));
  const lacks = missing.filter((one) => one.picked > 0);
  if (lacks.length > 0 && !all) return refuse('order.not-picked', 409, { line: lacks[0]?.lineNo ?? 0 });
  let at = desk;
  if (parcel.state === 'waiting') {
    const taken = await take(tx, desk, about);
    if (!taken.ok) return taken;
    const again = await openDesk(tx, parcel.id);
    if (!again.ok) return again;
    at = again.value;
  }
  if (lacks.length > 0) await countParts(tx, parcel.id, lacks);
  const atDesk = held.order.method === 'pickup' && !isTransfer(held.order, parcel);
  const stored = atDesk ? await store(tx, held.order, parcel, about) : {};
  return stepParcel(tx, at, 'ready', about, { ...stored, pickedAt: about.now, readyAt: about.now }, placeData(stored));
}

const placeData = (stored: Moved): Readonly<Record<string, unknown>> =>
  stored.cell === undefined ? {} : { cell: stored.cell };

async function store(tx: Tx, order: OrderRow, parcel: DeskRow, about: About): Promise<Moved> {
  const { hash, sealed } = await makeCode(tx, parcel.id);
  return { cell: await takeCell(tx, deskPlace(order, parcel), parcel.id, about.now), code: { hash, sealed } };
}

/** It leaves the place: to the customer, or to the desk where she comes for it. The goods leave its stock. */
export async function ship(tx: Tx, desk: Desk, about: About): Promise<Result<DeskRow>> {
  const { held, parcel } = desk;
  if (held.order.method === 'pickup' && !isAway(held.order, parcel))
    return refuse('order.fulfilment-step', 409, { from: parcel.state, to: 'shipped' });
  const may = fulfilmentStep(parcel.state, 'shipped');
  if (!may.ok) return may;
  const gone = await consume(tx, {
    ref: held.order.id,
    wants: wantsOf(held.lines, unitsOf(parcel)),
    now: about.now,
    by: about.staffId,
  });
  return gone.ok ? stepParcel(tx, desk, 'shipped', about, { shippedAt: about.now }) : gone;
}

export const unitsOf = (parcel: DeskRow): { placeId: string; lineNo: number; quantity: number }[] =>
  parcel.lines
    .map((line) => ({ placeId: parcel.placeId, lineNo: line.lineNo, quantity: openUnits(line) }))
    .filter((part) => part.quantity > 0);

/** Goods from another shop have come to the desk where she fetches them. */
export async function arrive(tx: Tx, desk: Desk, about: About): Promise<Result<DeskRow>> {
  const { held, parcel } = desk;
  if (parcel.state !== 'shipped' || !isTransfer(held.order, parcel))
    return refuse('order.fulfilment-step', 409, { from: parcel.state, to: 'ready' });
  const stored = await store(tx, held.order, parcel, about);
  return stepParcel(tx, desk, 'ready', about, { ...stored, readyAt: about.now }, placeData(stored));
}

/** She tries it on, at the desk or in the fitting room: the parcel is open, nothing is taken yet. */
export const beginTrying = (tx: Tx, desk: Desk, about: About): Promise<Result<DeskRow>> =>
  stepParcel(tx, desk, 'trying', about);

/** The last step back, where nothing has left: try-on, ready, take. */
export async function undo(tx: Tx, desk: Desk, about: About): Promise<Result<DeskRow>> {
  const { parcel } = desk;
  if (parcel.state === 'trying') return stepParcel(tx, desk, 'ready', about);
  if (parcel.state === 'ready' && parcel.shippedAt === null) {
    await freeCell(tx, parcel.id);
    return stepParcel(tx, desk, 'picking', about, { cell: null, code: null, readyAt: null, pickedAt: null });
  }
  if (parcel.state === 'picking') {
    await unpick(tx, parcel.id);
    return stepParcel(tx, desk, 'waiting', about, { pickerId: null, takenAt: null });
  }
  return refuse('order.no-step-back', 409, { state: parcel.state });
}

/**
 * Units are not on the shelf. Another place takes them over when one has them all; else they are withdrawn and refunded.
 * She is told by the fact. Refuses `order.too-many`.
 */
export async function missing(
  house: House,
  tx: Tx,
  desk: Desk,
  what: { readonly lineNo: number; readonly quantity: number },
  about: About,
): Promise<Result<{ readonly parcel: DeskRow; readonly placeId: string | null; readonly refundedMinor: number }>> {
  const { held, parcel } = desk;
  const { order } = held;
  if (parcel.state !== 'waiting' && parcel.state !== 'picking')
    return refuse('order.fulfilment-step', 409, { from: parcel.state, to: 'picking' });
  const line = parcel.lines.find((one) => one.lineNo === what.lineNo);
  if (line === undefined) return refuse('order.no-such-line', 404, { line: what.lineNo });
  const left = openUnits(line) - line.picked;
  if (what.quantity > left) return refuse('order.too-many', 409, { wanted: what.quantity, left });
  await countParts(tx, parcel.id, [{ lineNo: what.lineNo, notFound: what.quantity }]);
  await dropMissing(tx, desk, what, about);
  const placeId = await reroute(tx, desk, what, about);
  const parcels = await deskRowsOf(tx, order.id);
  const isLeft = (one: DeskRow): boolean => one.lines.some((each) => openUnits(each) > 0);
  const mine = parcels.find((one) => one.id === parcel.id);
  const ended = mine !== undefined && !isLeft(mine);
  if (ended) await writeFulfilment(tx, parcel.id, 'cancelled', { doneAt: about.now });
  const closing = !parcels.some(isLeft) && nothingBrought(held.lines);
  const key = `missing:${parcel.id}:${what.lineNo}:${line.notFound + what.quantity}`;
  const withdrawn =
    placeId === null
      ? await withdraw(house, tx, {
          held,
          parts: [what],
          closing,
          placeId: null,
          key,
          reason: 'not-found',
          now: about.now,
        })
      : ok({ held, refunded: null });
  if (!withdrawn.ok) return withdrawn;
  const refundedMinor = withdrawn.value.refunded?.moneyMinor ?? 0;
  const variantId = held.lines.find((one) => one.lineNo === what.lineNo)?.variantId ?? null;
  const data = { ...what, variantId, toPlaceId: placeId, refundedMinor };
  const told = [
    fulfilmentFact(order, 'not-found', parcel, about.now, data),
    ...(ended ? [fulfilmentFact(order, 'cancelled', parcel, about.now)] : []),
  ];
  const followed = await followParcels(tx, withdrawn.value.held, { ...about, why: about.why ?? 'not-found' }, told);
  if (!followed.ok) return followed;
  const row = await readParcel(tx, parcel);
  return row.ok ? ok({ parcel: row.value, placeId, refundedMinor }) : row;
}

/** What is not there must not be promised again from here: the books follow the shelf, as far as they still say more. */
async function dropMissing(
  tx: Tx,
  desk: Desk,
  what: { readonly lineNo: number; readonly quantity: number },
  about: About,
): Promise<void> {
  const { held, parcel } = desk;
  const wants = wantsOf(held.lines, [{ placeId: parcel.placeId, ...what }]);
  await release(tx, held.order.id, about.now, wants);
  // A kit lacks some component, nobody says which.
  if (wants.length !== 1) return;
  const gone = wants.map((want) => ({ ...want, quantity: -want.quantity }));
  const { staffId: by, now } = about;
  await shift(tx, gone, { kind: 'adjusted', ref: held.order.id, by, why: 'not-found', now });
}

/** Another place that has all of it, nearest first; it gets a task of its own. Null when there is none. */
async function reroute(
  tx: Tx,
  desk: Desk,
  what: { readonly lineNo: number; readonly quantity: number },
  about: About,
): Promise<string | null> {
  const { held, parcels, parcel } = desk;
  const { order } = held;
  const { now } = about;
  const wanted = wantsOf(held.lines, [{ placeId: parcel.placeId, ...what }]);
  if (wanted.length === 0) return null;
  const { lat, lon } = order.recipient.address ?? {};
  const pickup = order.pickupPlaceId === null ? undefined : await placeById(tx, order.pickupPlaceId);
  const to = pickup ?? (lat === undefined || lon === undefined ? await placeById(tx, parcel.placeId) : { lat, lon });
  const found = await promise(tx, {
    lines: wanted.map(({ variantId, quantity }) => ({ variantId, quantity })),
    method: parcel.method,
    to: to === undefined ? null : { lat: to.lat, lon: to.lon },
    ...(order.pickupPlaceId === null ? {} : { placeId: order.pickupPlaceId }),
    now,
  });
  // A place that has a parcel of this order already holds goods under the same ref, and where it was missing it still is.
  const used = new Set(parcels.map((one) => one.placeId));
  for (const one of found) {
    const placeId = one.parts[0]?.placeId;
    if (one.parts.length !== 1 || one.missing.length > 0 || placeId === undefined || used.has(placeId)) continue;
    const wants = wanted.map((want) => ({ ...want, placeId }));
    if (!(await reserve(tx, { ref: order.id, wants, until: null, now })).ok) continue;
    const { method } = parcel;
    await insertFulfilment(tx, {
      id: newId(),
      orderId: order.id,
      placeId,
      method,
      promisedAt: one.readyAt,
      now,
      parts: [what],
    });
    return placeId;
  }
  return null;
}
