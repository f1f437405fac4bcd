import type { Query, Tx } from '@ruslo/platform';
import { cardColumns } from './card.ts';
import type { CardRow } from './card.ts';
import type { PurseKind } from './contract.ts';

/** What people look at: the lots and entries of a purse, cards. None of it decides anything. */

export interface ShownLot {
  readonly id: string;
  readonly kind: PurseKind;
  readonly amount: number;
  readonly remaining: number;
  readonly held: number;
  readonly availableAt: Date;
  readonly expiresAt: Date | null;
  readonly ref: string | null;
}

/** Lots with something in them, in the order of spending. */
export const showLots = (query: Query, customerIds: readonly string[]): Promise<ShownLot[]> =>
  query.query<ShownLot>(
    `select id, kind, amount, remaining, held, available_at as "availableAt", expires_at as "expiresAt", ref
     from wallet.lot where customer_id = any($1::uuid[]) and remaining <> 0 order by kind, expires_at nulls last, created_at, id limit 500`,
    [customerIds],
    'wallet.show-lots',
  );

export interface ShownEntry {
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly ref: string | null;
  readonly at: Date;
  readonly amount: number;
  readonly balanceAfter: number;
  readonly note: string | null;
  /** Of what it brought: from when and until when it can be spent. */
  readonly availableAt: Date | null;
  readonly expiresAt: Date | null;
}

export interface EntryCursor {
  readonly at: Date;
  readonly id: string;
}

// All entries of the purse are read, because what stood after an entry is the sum of those before: a purse has thousands at most.
const entriesSql = (
  lots: string,
): string => `with own as (select id, available_at, expires_at from wallet.lot where ${lots}),
  side as (
    select entry.transfer_id, entry.amount, own.available_at, own.expires_at from own join wallet.entry on entry.to_lot = own.id
    union all select entry.transfer_id, -entry.amount, null, null from own join wallet.entry on entry.from_lot = own.id),
  line as (
    select transfer.id, transfer.what, transfer.reason, transfer.ref, transfer.at, s.amount, s.available_at, s.expires_at,
      (sum(s.amount) over (order by transfer.at, transfer.id))::bigint as balance_after
    from (select transfer_id, sum(amount)::bigint as amount, max(available_at) as available_at, min(expires_at) as expires_at
      from side group by transfer_id) s
    join wallet.transfer on transfer.id = s.transfer_id)
  select line.id, line.what, line.reason, line.ref, line.at, line.amount, line.balance_after as "balanceAfter", said.text as note,
    line.available_at as "availableAt", line.expires_at as "expiresAt"
  from line left join wallet.note said on said.transfer_id = line.id
  where $2::timestamptz is null or (line.at, line.id) < ($2, $3::uuid) order by line.at desc, line.id desc limit $4`;

/** Acts on a purse, newest first; what debts and lots of one purse settle between them is an act of 0. */
export const showEntries = (
  query: Query,
  customerIds: readonly string[],
  kind: PurseKind,
  before: EntryCursor | undefined,
  limit: number,
): Promise<ShownEntry[]> =>
  query.query<ShownEntry>(
    entriesSql('customer_id = any($1::uuid[]) and kind = $5'),
    [customerIds, before?.at ?? null, before?.id ?? null, limit, kind],
    'wallet.show-entries',
  );

export const showCardEntries = (
  query: Query,
  cardId: string,
  before: EntryCursor | undefined,
  limit: number,
): Promise<ShownEntry[]> =>
  query.query<ShownEntry>(
    entriesSql('card_id = $1::uuid'),
    [cardId, before?.at ?? null, before?.id ?? null, limit],
    'wallet.show-card-entries',
  );

export interface ShownCard extends CardRow {
  readonly leftMinor: number;
  readonly heldMinor: number;
}

const shownCard = `${cardColumns}, coalesce(l.left, 0)::bigint as "leftMinor", coalesce(l.held, 0)::bigint as "heldMinor"`;
const joinLots = `left join lateral (select sum(remaining) as left, sum(held) as held from wallet.lot
  where lot.card_id = card.id and (lot.expires_at is null or lot.expires_at > $1)) l on true`;

export const showCards = (
  query: Query,
  from: {
    readonly now: Date;
    readonly state: string | null;
    readonly last4: string | null;
    readonly ref: string | null;
  },
  before: string | undefined,
  limit: number,
): Promise<ShownCard[]> =>
  query.query<ShownCard>(
    `select ${shownCard} from (
       select * from wallet.card where ($2::text is null or state = $2) and ($3::text is null or last4 = $3)
         and ($4::text is null or ref = $4) and ($5::uuid is null or id < $5) order by id desc limit $6) card
     ${joinLots} order by card.id desc`,
    [from.now, from.state, from.last4, from.ref, before ?? null, limit],
  );

export async function showCard(query: Query, id: string, now: Date): Promise<ShownCard | undefined> {
  const [row] = await query.query<ShownCard>(`select ${shownCard} from wallet.card ${joinLots} where card.id = $2`, [
    now,
    id,
  ]);
  return row;
}

export interface Sums {
  readonly kind: PurseKind;
  readonly lots: number;
  readonly held: number;
  readonly owed: number;
}

/** What the house owes its customers by kind, and what they owe it. */
export const sumLots = (query: Query): Promise<Sums[]> =>
  query.query<Sums>(
    `select kind, coalesce(sum(remaining) filter (where amount > 0), 0)::bigint as lots, sum(held)::bigint as held,
       coalesce(-sum(remaining) filter (where amount < 0), 0)::bigint as owed from wallet.lot group by kind order by kind`,
  );

export async function insertNote(tx: Tx, key: string, text: string, by: string): Promise<void> {
  await tx.query(
    `insert into wallet.note (transfer_id, text, by) select id, $2, $3 from wallet.transfer where key = $1`,
    [key, text, by],
  );
}

/** The person is gone from the ledger; lots, holds and entries keep their sums. The duty books what was left. */
export async function forgetCustomers(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query(`select id from wallet.lot where customer_id = any($1::uuid[]) order by id for update`, [customerIds]);
  await tx.query(
    `delete from wallet.note where transfer_id in (select entry.transfer_id from wallet.lot join wallet.entry
       on entry.to_lot = lot.id or entry.from_lot = lot.id where lot.customer_id = any($1::uuid[]))`,
    [customerIds],
  );
  await tx.query('update wallet.hold set customer_id = null where customer_id = any($1::uuid[])', [customerIds]);
  await tx.query(
    'update wallet.lot set customer_id = null, closed = remaining = 0 where customer_id = any($1::uuid[])',
    [customerIds],
  );
}
