import { membersOf } from '@ruslo/identity';
import { append, fact, newId } from '@ruslo/platform';
import type { Duty, House, Query, Tx } from '@ruslo/platform';
import { guessWindowMs } from './card.ts';
import type { PurseKind } from './contract.ts';
import { amountOf, settlePurse } from './ledger.ts';
import { endHolds, post } from './store.ts';
import type { NewEntry, NewTransfer } from './store.ts';

/** What time brings. Nothing here decides what may be spent: that is judged at spending. It books and tells. */

const batch = 500;

const factOf = (kind: PurseKind, what: string): string => `${kind === 'gift' ? 'card' : kind}.${what}`;

/** Ends holds that have expired. */
export async function endExpired(house: House, now: Date): Promise<boolean> {
  const rows = await house.db.query<{ id: string }>(
    'select id from wallet.hold where ended_at is null and until <= $1 order by until limit $2',
    [now, batch],
  );
  if (rows.length > 0) await house.db.retry((tx) => endHolds(tx, { ids: rows.map((row) => row.id) }, now));
  return rows.length === batch;
}

interface BegunRow {
  readonly kind: PurseKind;
  readonly customerId: string | null;
  readonly remaining: number;
  readonly ref: string | null;
}

/** Says that pending lots have begun. */
async function begin(tx: Tx, now: Date): Promise<boolean> {
  const rows = await tx.query<BegunRow>(
    `update wallet.lot set begun = true where id in (
       select id from wallet.lot where not begun and available_at <= $1 order by available_at limit $2 for update skip locked)
     returning kind, customer_id as "customerId", remaining, ref`,
    [now, batch],
  );
  await append(
    tx,
    rows
      .filter((row) => row.remaining > 0 && row.customerId !== null)
      .map(({ kind, customerId, remaining, ref }) =>
        fact({
          name: factOf(kind, 'activated'),
          customerId,
          at: now,
          data: { ...amountOf(kind, remaining), ...(ref === null ? {} : { orderId: ref }) },
        }),
      ),
  );
  return rows.length === batch;
}

/** Repays what the persons of these customers owe, each in a transaction of its own. */
async function settleOf(house: House, customerIds: readonly string[], now: Date): Promise<void> {
  const persons = new Map([...(await membersOf(house.db, customerIds)).values()].map((ids) => [ids[0] ?? '', ids]));
  if (persons.size === 0) return;
  const rows = await house.db.query<{ first: string; kind: 'points' | 'credit' }>(
    `select distinct u.first, debt.kind from unnest($1::uuid[], $2::uuid[]) as u (first, id)
     join wallet.lot debt on debt.customer_id = u.id and debt.amount < 0 and debt.remaining < 0
     where exists (select 1 from unnest($1::uuid[], $2::uuid[]) as o (first, id)
       join wallet.lot on lot.customer_id = o.id and lot.kind = debt.kind and lot.remaining > lot.held and lot.available_at <= $3
       where o.first = u.first)`,
    [[...persons].flatMap(([first, ids]) => ids.map(() => first)), [...persons.values()].flat(), now],
  );
  for (const { first, kind } of rows)
    await house.db.retry((tx) => settlePurse(tx, persons.get(first) ?? [], kind, now));
}

interface ExpiredRow {
  readonly id: string;
  readonly kind: PurseKind;
  readonly customerId: string | null;
  readonly cardId: string | null;
  readonly remaining: number;
  readonly held: number;
}

const lotsGone = `not closed and (remaining <> held or remaining = 0)`;
const expiredWhere = `expires_at <= $1 and ${lotsGone}`;
const nobodyWhere = `$1::timestamptz is not null and customer_id is null and card_id is null and ${lotsGone}`;

/** Books what is left of lots that have expired, or whose owner is erased. */
async function bookGone(tx: Tx, what: 'expired' | 'erased', now: Date): Promise<boolean> {
  const rows = await tx.query<ExpiredRow>(
    `select id, kind, customer_id as "customerId", card_id as "cardId", remaining, held from wallet.lot
     where ${what === 'expired' ? expiredWhere : nobodyWhere} order by ${what === 'expired' ? 'expires_at' : 'id'} limit $2 for update skip locked`,
    [now, batch],
  );
  const gone = rows
    .map((row) => ({ row, transferId: newId(), amount: row.remaining - row.held }))
    .filter((one) => one.amount !== 0);
  await post(
    tx,
    gone.map(({ transferId }): NewTransfer => ({
      id: transferId,
      key: `${what}:${transferId}`,
      what,
      ref: null,
      at: now,
    })),
    gone.map(({ row, transferId, amount }): NewEntry =>
      amount > 0
        ? { transferId, from: { lot: row.id }, to: { account: what }, amount }
        : { transferId, from: { account: what }, to: { lot: row.id }, amount: -amount },
    ),
  );
  await tx.query('update wallet.lot set closed = true where id = any($1::uuid[]) and remaining = 0', [
    rows.map((row) => row.id),
  ]);
  if (what === 'expired') await tellExpired(tx, gone, now);
  return rows.length === batch;
}

async function tellExpired(tx: Tx, gone: readonly { row: ExpiredRow; amount: number }[], now: Date): Promise<void> {
  const sums = new Map<string, { row: ExpiredRow; amount: number }>();
  for (const { row, amount } of gone) {
    if (row.customerId === null && row.cardId === null) continue;
    const key = `${row.kind} ${row.customerId ?? row.cardId}`;
    sums.set(key, { row, amount: (sums.get(key)?.amount ?? 0) + amount });
  }
  await append(
    tx,
    [...sums.values()].map(({ row, amount }) =>
      fact({
        name: factOf(row.kind, 'expired'),
        customerId: row.customerId,
        at: now,
        data: { ...amountOf(row.kind, amount), ...(row.cardId === null ? {} : { cardId: row.cardId }) },
      }),
    ),
  );
}

/** Whose lots are about to be booked as expired: what they owe is repaid first, if it stood while the lot lived. */
const dueCustomers = async (query: Query, now: Date): Promise<string[]> =>
  (
    await query.query<{ id: string }>(
      `select distinct customer_id as id from (select customer_id from wallet.lot where ${expiredWhere} and remaining > held order by expires_at limit $2) due
       where customer_id is not null`,
      [now, batch],
    )
  ).map((row) => row.id);

async function expire(house: House, now: Date): Promise<boolean> {
  while (await endExpired(house, now));
  await settleOf(house, await dueCustomers(house.db, now), now);
  const isMore = await house.db.retry((tx) => bookGone(tx, 'expired', now));
  return (await house.db.retry((tx) => bookGone(tx, 'erased', now))) || isMore;
}

/** Looks at debtors in turn, so that who earns nothing more does not stand before the others. */
function debts(house: House): Duty {
  let after = '00000000-0000-0000-0000-000000000000';
  return {
    name: 'wallet.debts',
    everyMs: 60_000,
    async run(now) {
      const rows = await house.db.query<{ id: string }>(
        `select distinct customer_id as id from wallet.lot where amount < 0 and remaining < 0 and customer_id > $1 order by customer_id limit $2`,
        [after, batch],
      );
      await settleOf(
        house,
        rows.map((row) => row.id),
        now,
      );
      const isMore = rows.length === batch;
      after = (isMore ? rows.at(-1)?.id : undefined) ?? '00000000-0000-0000-0000-000000000000';
      return isMore;
    },
  };
}

export const duties = (house: House): readonly Duty[] => [
  {
    name: 'wallet.holds',
    everyMs: 10_000,
    async run(now) {
      const isMore = await endExpired(house, now);
      await house.db.query('delete from wallet.guess where window_at < $1', [
        new Date(now.getTime() - 2 * guessWindowMs),
      ]);
      return isMore;
    },
  },
  { name: 'wallet.begin', everyMs: 30_000, run: (now) => house.db.retry((tx) => begin(tx, now)) },
  debts(house),
  { name: 'wallet.expire', everyMs: 60_000, run: (now) => expire(house, now) },
];
