import { append, fact } from '@ruslo/platform';
import type { Duty, Health, House, Tx } from '@ruslo/platform';
import { portsOf } from './port.ts';
import { refunded } from './refund.ts';
import { refundKey, triesMost, waitMs } from './rules.ts';
import { tellCancel } from './settle.ts';
import { claimCancels, forgetEvents, storeCancel } from './store.ts';
import { claimRefunds, endRefund, putOff } from './store-refund.ts';
import type { DueRefund } from './store-refund.ts';

/** What is being tried belongs to one process for so long; a provider's answer takes 30 s at most. */
const leaseMs = 60_000;
const batch = 20;
const eventsKeptMs = 30 * 86_400_000;

const faultOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const after = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

export const duties = (house: House): readonly Duty[] => [
  { name: 'payment.refunds', everyMs: 1_000, run: (now) => sendRefunds(house, now) },
  { name: 'payment.cancels', everyMs: 2_000, run: (now) => sendCancels(house, now) },
  {
    name: 'payment.forget',
    everyMs: 3_600_000,
    run: async (now) => (await forgetEvents(house.db, after(now, -eventsKeptMs), 5_000)) === 5_000,
  },
];

async function sendRefunds(house: House, now: Date): Promise<boolean> {
  const due = await claimRefunds(house.db, now, after(now, leaseMs), batch);
  // One provider's slowness must not hold up the rest of the batch beyond its lease.
  await Promise.all(due.map((one) => sendRefund(house, one, now)));
  return due.length === batch;
}

async function sendRefund(house: House, due: DueRefund, now: Date): Promise<void> {
  const { id, amountMinor, currency } = due;
  const port = portsOf(house).find(({ name }) => name === due.provider);
  const putOffWith = (state: 'queued' | 'pending', failure: string | null): Promise<void> =>
    putOff(house.db, { id, state, failure, nextAt: after(now, waitMs(due.tries)) });
  if (port === undefined || due.providerRef === null) return putOffWith('queued', 'no-provider');
  try {
    const { providerRef } = due;
    const answer = await port.refund({ id: refundKey(id, due.round), providerRef, amountMinor, currency });
    if (answer.state === 'pending') return await putOffWith('pending', null);
    await end(house, due, { ...answer, state: answer.state, isRefused: answer.state === 'failed' });
  } catch (error) {
    const failure = faultOf(error).slice(0, 200);
    house.logger.warn({ refund: id, tries: due.tries, fault: failure }, 'refund not sent');
    if (due.tries < triesMost) return putOffWith('queued', failure);
    await end(house, due, { state: 'failed', failure, isRefused: false });
  }
}

async function end(
  house: House,
  due: DueRefund,
  how: { readonly state: 'succeeded' | 'failed'; readonly failure: string | null; readonly isRefused: boolean },
): Promise<void> {
  const now = house.clock.now();
  await house.db.tx(async (tx) => {
    if (!(await endRefund(tx, { id: due.id, ...how, now }))) return;
    if (how.state === 'succeeded') return append(tx, [refunded(due, now)]);
    const { id: refundId, paymentId, ref: orderId, amountMinor, customerId } = due;
    const data = { refundId, paymentId, orderId, amountMinor, failure: how.failure };
    await append(tx, [fact({ name: 'payment.refund-failed', customerId, at: now, data })]);
  });
}

async function sendCancels(house: House, now: Date): Promise<boolean> {
  const due = await claimCancels(house.db, now, after(now, leaseMs), batch);
  await Promise.all(
    due.map(async (row) => {
      try {
        await tellCancel(house, row);
        await storeCancel(house.db, row.id, null);
      } catch (error) {
        house.logger.warn({ payment: row.id, fault: faultOf(error) }, 'payment not cancelled');
        await storeCancel(house.db, row.id, after(now, waitMs(row.tries)));
      }
    }),
  );
  return due.length === batch;
}

/** Money that should have gone back and did not is somebody's work, but the house serves on. */
export async function health(house: House): Promise<Health> {
  const [row] = await house.db.query<{ failed: number; late: number }>(
    `select (select count(*)::int from (select 1 from payment.refund where state = 'failed' limit 1000) f) as failed,
       (select count(*)::int from (select 1 from payment.refund where state in ('queued', 'pending') and next_at < $1 limit 1000) l) as late`,
    [after(house.clock.now(), -leaseMs)],
  );
  const ports = portsOf(house).map(({ name }) => name);
  const parts = [
    ports.length === 0 ? 'no card provider configured' : `provider ${ports.join(', ')}`,
    ...(row !== undefined && row.failed > 0 ? [`refunds failed: ${row.failed}`] : []),
    ...(row !== undefined && row.late > 0 ? [`refunds late: ${row.late}`] : []),
  ];
  return { ok: parts.length === 1, detail: parts.join('; ') };
}

/** The books keep their sums; whose they were goes. */
export async function erase(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query(
    'update payment.payment set customer_id = null, return_url = null where customer_id = any($1::uuid[])',
    [customerIds],
  );
}

export async function exportPayments(
  tx: Tx,
  customerIds: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const payments = await tx.query(
    `select id, ref as "orderId", method, state, amount_minor as "amountMinor", refunded_minor as "refundedMinor", currency,
       created_at as "createdAt" from payment.payment where customer_id = any($1::uuid[]) order by id`,
    [customerIds],
  );
  const refunds = await tx.query(
    `select r.id, r.payment_id as "paymentId", r.amount_minor as "amountMinor", r.state, r.created_at as "createdAt"
     from payment.refund r join payment.payment p on p.id = r.payment_id where p.customer_id = any($1::uuid[]) order by r.id`,
    [customerIds],
  );
  return { payments, refunds };
}
