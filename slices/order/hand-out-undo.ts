import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { append } from '@ruslo/platform';
import type { House, Tx } from '@ruslo/platform';
import { writeFulfilment } from './fulfil-store.ts';
import type { About } from './fulfil.ts';
import { openDesk } from './fulfil.ts';
import { bringBack } from './return.ts';

const undoMs = 15 * 60_000;

/**
 * A parcel went to the wrong hands a moment ago. History is not unmade: what was taken comes back as a return that the
 * system makes. Refuses `order.no-step-back` (409) when it is too late, or nothing was taken.
 */
export async function undoHandOut(
  house: House,
  tx: Tx,
  fulfilmentId: string,
  about: About,
): Promise<Result<{ readonly returnId: string }>> {
  const desk = await openDesk(tx, fulfilmentId);
  if (!desk.ok) return desk;
  const { parcel, held } = desk.value;
  const { handedOut } = parcel;
  const doneMs = parcel.doneAt?.getTime() ?? 0;
  const taken = parcel.lines.filter((line) => line.taken > 0);
  const late = about.now.getTime() - doneMs > undoMs;
  if (parcel.state !== 'done' || handedOut === null || handedOut.returnId !== undefined || late || taken.length === 0)
    return refuse('order.no-step-back', 409, { state: parcel.state });
  const returned = await bringBack(house, tx, {
    orderId: held.order.id,
    lines: taken.map((line) => ({ lineNo: line.lineNo, quantity: line.taken, reason: 'other', damaged: false })),
    placeId: handedOut.placeId,
    payTo: 'origin',
    way: 'system',
    why: 'hand-out undone',
    channel: held.order.method === 'pickup' ? 'pickup' : held.order.channel,
    by: about.by,
    staffId: about.staffId,
    now: about.now,
  });
  if (!returned.ok) return returned;
  const { returnId, facts } = returned.value;
  await writeFulfilment(tx, parcel.id, 'done', { handedOut: { ...handedOut, returnId } });
  await append(tx, facts);
  return ok({ returnId });
}
