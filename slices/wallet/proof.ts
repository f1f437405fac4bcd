import type { Query } from '@ruslo/platform';

export interface LedgerDifference {
  /** `lot`: what is left against its entries; `hold`: what is held against the parts of live holds; `entry`: of no transfer. */
  readonly what: 'lot' | 'hold' | 'entry';
  readonly id: string;
  readonly kept: number;
  readonly reckoned: number;
}

/**
 * Proves the ledger: each lot against the sum of its entries, what is held against the live holds, each entry against
 * its transfer. Empty = proven. The entries of a transfer sum to zero by their shape. One statement, so one moment.
 */
export async function proveLedger(query: Query): Promise<readonly LedgerDifference[]> {
  return query.query<LedgerDifference>(
    `with side as (
       select to_lot as lot_id, amount as change from wallet.entry where to_lot is not null
       union all select from_lot, -amount from wallet.entry where from_lot is not null),
     booked as (select lot_id, sum(change)::bigint as sum from side group by lot_id),
     held as (
       select part.lot_id, sum(part.amount)::bigint as sum from wallet.part join wallet.hold on hold.id = part.hold_id
       where hold.ended_at is null group by part.lot_id)
     select 'lot' as what, coalesce(lot.id, booked.lot_id) as id, coalesce(lot.remaining, 0) as kept, coalesce(booked.sum, 0) as reckoned
       from wallet.lot full join booked on booked.lot_id = lot.id where coalesce(lot.remaining, 0) <> coalesce(booked.sum, 0) or lot.id is null
     union all
     select 'hold', coalesce(lot.id, held.lot_id), coalesce(lot.held, 0), coalesce(held.sum, 0)
       from wallet.lot full join held on held.lot_id = lot.id where coalesce(lot.held, 0) <> coalesce(held.sum, 0)
     union all
     select 'entry', entry.transfer_id, entry.amount, 0
       from wallet.entry left join wallet.transfer on transfer.id = entry.transfer_id where transfer.id is null
     limit 1000`,
  );
}
