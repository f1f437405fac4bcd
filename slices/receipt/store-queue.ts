import type { Query, Tx } from '@ruslo/platform';

export interface Head {
  readonly id: string;
  readonly ref: string;
  readonly lane: string;
  readonly customerId: string | null;
  readonly document: Readonly<Record<string, unknown>>;
  readonly tries: number;
  readonly firstTryAt: Date | null;
  readonly originalState: 'queued' | 'registered' | 'failed' | null;
  readonly originalSign: string | null;
}

/** So many of a lane are looked at for one that need not wait for another register. */
const lookedAt = 500;

/**
 * The first of each lane that is due. Only the first: a register takes its documents in order. The return of a sale that
 * another register still has steps aside until that is done, and what was begun meanwhile is ended first, so a register
 * never has two at once. Lanes are found by hopping over the index, so a long queue costs little. Each is put off while
 * it is tried.
 */
export function claimHeads(query: Query, now: Date, until: Date): Promise<Head[]> {
  return query.query<Head>(
    `with recursive lane as (
       (select lane from receipt.receipt where state = 'queued' order by lane, id limit 1)
       union all
       select next.lane from lane, lateral
         (select r.lane from receipt.receipt r where r.state = 'queued' and r.lane > lane.lane order by r.lane, r.id limit 1) next),
     head as (select first.id from lane, lateral (select near.id from (
           select r.id, r.lane, r.original_id, r.first_try_at from receipt.receipt r
           where r.state = 'queued' and r.lane = lane.lane order by r.lane, r.id limit ${lookedAt}) near
         where near.first_try_at is not null or not exists (select from receipt.receipt o
           where o.id = near.original_id and o.state = 'queued' and o.lane <> near.lane)
         order by near.first_try_at is null, near.id limit 1) first),
     due as (select r.id from receipt.receipt r join head on head.id = r.id
       where r.state = 'queued' and r.next_at <= $1 for update of r skip locked)
     update receipt.receipt r set next_at = $2, tries = r.tries + 1, first_try_at = coalesce(r.first_try_at, $1)
     from due left join lateral (select o.state, o.fiscal_sign from receipt.receipt s join receipt.receipt o on o.id = s.original_id
       where s.id = due.id) original on true
     where r.id = due.id
     returning r.id, r.ref, r.lane, r.customer_id as "customerId", r.document, r.tries, r.first_try_at as "firstTryAt",
       original.state as "originalState", original.fiscal_sign as "originalSign"`,
    [now, until],
    'receipt.claim-heads',
  );
}

/** True when this call ended it. */
export async function endReceipt(
  tx: Tx,
  from: {
    readonly id: string;
    readonly state: 'registered' | 'failed';
    readonly failure: string | null;
    readonly number: string | null;
    readonly fiscalSign: string | null;
    readonly registeredAt: Date | null;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `update receipt.receipt set state = $2, failure = $3, number = $4, fiscal_sign = $5, registered_at = $6, next_at = null,
       document = case when forget and $2 = 'registered' then document - '1008' else document end
     where id = $1 and state = 'queued' returning 1`,
    [from.id, from.state, from.failure, from.number, from.fiscalSign, from.registeredAt],
    'receipt.end',
  );
  return rows.length === 1;
}

export async function putOff(
  query: Query,
  from: { readonly id: string; readonly nextAt: Date; readonly failure: string },
): Promise<void> {
  await query.query(`update receipt.receipt set next_at = $2, failure = $3 where id = $1 and state = 'queued'`, [
    from.id,
    from.nextAt,
    from.failure,
  ]);
}

export async function storeDocument(query: Query, id: string, document: unknown): Promise<void> {
  await query.query(`update receipt.receipt set document = $2 where id = $1 and state = 'queued'`, [
    id,
    JSON.stringify(document),
  ]);
}

export async function queueFigures(
  query: Query,
  before: Date,
): Promise<{ readonly waiting: number; readonly late: number; readonly failed: number }> {
  const [row] = await query.query<{ waiting: number; late: number; failed: number }>(
    `select count(*) filter (where state = 'queued')::int as waiting,
       count(*) filter (where state = 'queued' and issued_at < $1)::int as late,
       (select count(*)::int from (select 1 from receipt.receipt where state = 'failed' limit 1000) f) as failed
     from (select state, issued_at from receipt.receipt where state = 'queued' limit 1000) q`,
    [before],
  );
  return row ?? { waiting: 0, late: 0, failed: 0 };
}
