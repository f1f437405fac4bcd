import { setTimeout as delay } from 'node:timers/promises';
import { append, fact } from '@ruslo/platform';
import type { Duty, Health, House, Tx } from '@ruslo/platform';
import { closePort, DocumentRefused, portOf } from './port.ts';
import type { FiscalPort } from './port.ts';
import { giveUpMs, waitMs } from './rules.ts';
import { claimHeads, endReceipt, putOff, queueFigures, storeDocument } from './store-queue.ts';
import type { Head } from './store-queue.ts';

/** What is being tried belongs to one process for so long; a register's answer takes 30 s at most. */
const leaseMs = 60_000;
/** For an original that another register still has before it. */
const originalWaitMs = 2_000;

const faultOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const after = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

export const duties = (house: House): readonly Duty[] => [
  { name: 'receipt.register', everyMs: 500, run: (now) => registerHeads(house, now) },
];

/** One register that hangs must not hold up the others: after this they are looked at again without it. */
const patienceMs = 1_000;
const onWay = new WeakMap<House, Set<Promise<boolean>>>();

/** The first of each lane; registers work side by side, each in order. */
async function registerHeads(house: House, now: Date): Promise<boolean> {
  const port = portOf(house);
  if (port === undefined) return false;
  const heads = await claimHeads(house.db, now, after(now, leaseMs));
  const running = onWay.get(house) ?? new Set();
  onWay.set(house, running);
  const works = heads.map((head) => {
    const work: Promise<boolean> = registerHead(house, port, head, now)
      .catch((error: unknown) => {
        // The store was away: the lease ends, and the document is sent again under its id.
        house.logger.error({ receipt: head.id, fault: faultOf(error) }, 'receipt not stored');
        return false;
      })
      .finally(() => running.delete(work));
    running.add(work);
    return work;
  });
  const done = await Promise.race([Promise.all(works), delay(patienceMs, [true], { ref: false })]);
  return heads.length > 0 && done.some(Boolean);
}

/** Waits for documents on their way, then ends the port. */
export async function closeRegister(house: House): Promise<void> {
  await Promise.all([...(onWay.get(house) ?? [])]);
  await closePort(house);
}

/** True when the lane may go on. */
async function registerHead(house: House, port: FiscalPort, head: Head, now: Date): Promise<boolean> {
  if (head.originalState === 'failed') return fail(house, head, 'original-not-registered');
  if (head.originalState === 'queued') {
    await putOff(house.db, { id: head.id, nextAt: after(now, originalWaitMs), failure: 'original-not-registered' });
    return false;
  }
  try {
    const document = await complete(house, head);
    const answer = await port.register({ id: head.id, document, lane: head.lane });
    await house.db.tx(async (tx) => {
      if (await endReceipt(tx, { id: head.id, state: 'registered', failure: null, ...answer }))
        await tell(tx, head, 'registered', answer.registeredAt);
    });
    return true;
  } catch (error) {
    const failure = faultOf(error).slice(0, 300);
    const isOver = now.getTime() - (head.firstTryAt?.getTime() ?? now.getTime()) > giveUpMs;
    house.logger.warn({ receipt: head.id, tries: head.tries, fault: failure }, 'receipt not registered');
    if (error instanceof DocumentRefused || isOver) return fail(house, head, failure);
    await putOff(house.db, { id: head.id, nextAt: after(now, waitMs(head.tries)), failure });
    return false;
  }
}

/**
 * What is known only now: the sign of the sale that a refund takes back (1192), and the site's address where nobody has
 * set one (1187). Written down before it is sent, so that a repeat is the same document.
 */
async function complete(house: House, head: Head): Promise<Readonly<Record<string, unknown>>> {
  const { document, originalSign } = head;
  const { publicUrl, host, port } = house.config;
  const missing = {
    ...(originalSign !== null && document['1192'] === undefined && { '1192': originalSign }),
    ...(document['1125'] === 1 && document['1187'] === undefined && { '1187': publicUrl ?? `http://${host}:${port}` }),
  };
  if (Object.keys(missing).length === 0) return document;
  const completed = { ...document, ...missing };
  await storeDocument(house.db, head.id, completed);
  return completed;
}

async function fail(house: House, head: Head, failure: string): Promise<boolean> {
  await house.db.tx(async (tx) => {
    const ended = {
      id: head.id,
      state: 'failed' as const,
      failure,
      number: null,
      fiscalSign: null,
      registeredAt: null,
    };
    if (await endReceipt(tx, ended)) await tell(tx, head, 'failed', house.clock.now());
  });
  return true;
}

async function tell(tx: Tx, head: Head, state: 'registered' | 'failed', at: Date): Promise<void> {
  const { id: receiptId, ref: orderId, customerId } = head;
  await append(tx, [fact({ name: `receipt.${state}`, customerId, at, data: { receiptId, orderId } })]);
}

/** Receipts that wait too long or have failed are somebody's work today; the house serves on. */
export async function health(house: House): Promise<Health> {
  const port = portOf(house);
  const { waiting, late, failed } = await queueFigures(house.db, after(house.clock.now(), -300_000));
  const parts = [
    port === undefined ? 'no cash register configured' : `register ${port.name}`,
    ...(waiting > 0 ? [`receipts waiting: ${waiting}`] : []),
    ...(failed > 0 ? [`receipts failed: ${failed}`] : []),
  ];
  return { ok: late === 0 && failed === 0, detail: parts.join('; ') };
}
