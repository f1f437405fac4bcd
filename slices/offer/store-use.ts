import type { Query, Tx } from '@ruslo/platform';

/** SQL of what a placement asks and uses up. */

const everybody = '00000000-0000-0000-0000-000000000000';

export interface FoundCoupon {
  readonly code: string;
  readonly id: string;
  readonly ruleId: string;
  readonly isBlocked: boolean;
  readonly validFrom: Date | null;
  readonly validUntil: Date | null;
  readonly mostUses: number | null;
  readonly mostEach: number | null;
  readonly used: number;
  readonly mine: number;
}

export const findCoupons = (
  query: Query,
  codes: readonly string[],
  customerIds: readonly string[],
): Promise<FoundCoupon[]> =>
  query.query<FoundCoupon>(
    `select code, id, rule_id as "ruleId", state <> 'active' as "isBlocked", valid_from as "validFrom",
       valid_until as "validUntil", most_uses as "mostUses", most_each as "mostEach",
       coalesce((select used from offer.tally t where t.scope_id = coupon.id and t.customer_id = '${everybody}'), 0) as used,
       coalesce((select sum(used)::bigint from offer.tally t where t.scope_id = coupon.id and t.customer_id = any($2::uuid[])), 0) as mine
     from offer.coupon where code = any($1::text[])`,
    [codes, customerIds],
    'offer.coupons',
  );

export const heldGrants = (
  query: Query,
  customerIds: readonly string[],
  at: Date,
): Promise<{ id: string; ruleId: string }[]> =>
  query.query(
    `select id, rule_id as "ruleId" from offer.personal
     where customer_id = any($1::uuid[]) and state = 'held' and (valid_from is null or valid_from <= $2)
       and (valid_until is null or valid_until > $2) order by valid_until nulls last, id limit 100`,
    [customerIds, at],
    'offer.grants',
  );

export interface Counted {
  readonly ruleId: string;
  readonly mostUses: number | null;
  readonly mostEach: number | null;
  readonly budgetMinor: number | null;
  readonly used: number;
  readonly spentMinor: number;
  readonly mine: number;
}

/** Limits of rules, and how far they are used. */
export const readCounts = (
  query: Query,
  ruleIds: readonly string[],
  customerIds: readonly string[],
): Promise<Counted[]> =>
  query.query<Counted>(
    `select rule.id as "ruleId", rule.most_uses as "mostUses", rule.most_each as "mostEach", rule.budget_minor as "budgetMinor",
       coalesce(t.used, 0) as used, coalesce(t.spent_minor, 0) as "spentMinor", coalesce(m.used, 0) as mine
     from offer.rule left join offer.tally t on t.scope_id = rule.id and t.customer_id = '${everybody}'
       left join (select scope_id, sum(used)::bigint as used from offer.tally
         where scope_id = any($1::uuid[]) and customer_id = any($2::uuid[]) group by scope_id) m on m.scope_id = rule.id
     where rule.id = any($1::uuid[])`,
    [ruleIds, customerIds],
    'offer.counts',
  );

export interface Limit {
  readonly id: string;
  readonly mostUses: number | null;
  readonly mostEach: number | null;
  readonly budgetMinor: number | null;
  /** This ref has taken it and has not given it back. */
  readonly isTaken: boolean;
}

/**
 * What the limits of these rules and coupons are, and whether this ref has taken the rule: a plain read, no lock.
 * Whether they are still valid the price has judged; a late payment takes up again what was promised.
 */
export const readLimits = (query: Query, ids: readonly string[], ref: string): Promise<Limit[]> =>
  query.query<Limit>(
    `select id, most_uses as "mostUses", most_each as "mostEach", budget_minor as "budgetMinor",
       exists (select from offer.redemption r where r.ref = $2 and r.rule_id = rule.id and r.given_back_at is null) as "isTaken"
     from offer.rule where id = any($1::uuid[])
     union all
     select id, most_uses, most_each, null, false from offer.coupon where id = any($1::uuid[])`,
    [ids, ref],
    'offer.limits',
  );

export interface Use {
  readonly ruleId: string;
  readonly couponId: string | null;
  readonly grantId: string | null;
  readonly amountMinor: number;
}

export interface Redemption extends Use {
  readonly scopes: readonly string[];
  readonly ownScopes: readonly string[];
}

const list = (ids: readonly string[]): string => `{${ids.join()}}`;

/**
 * Writes redemptions; one that stands already is left as it is, one that was given back is taken anew.
 * @returns rules whose redemption was written by this call
 */
export async function insertRedemptions(
  tx: Tx,
  ref: string,
  customerId: string | null,
  rows: readonly Redemption[],
  now: Date,
): Promise<Set<string>> {
  const sorted = rows.toSorted((one, other) => (one.ruleId < other.ruleId ? -1 : 1));
  const written = await tx.query<{ ruleId: string }>(
    `insert into offer.redemption as old (ref, rule_id, coupon_id, personal_id, customer_id, amount_minor, scopes, own_scopes, at)
     select $1, u.rule_id, u.coupon_id, u.personal_id, $2, u.amount, u.scopes::uuid[], u.own_scopes::uuid[], $9
     from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[], $8::text[])
       as u (rule_id, coupon_id, personal_id, amount, scopes, own_scopes)
     on conflict (ref, rule_id) do update set coupon_id = excluded.coupon_id, personal_id = excluded.personal_id,
       customer_id = excluded.customer_id, amount_minor = excluded.amount_minor, scopes = excluded.scopes,
       own_scopes = excluded.own_scopes, at = excluded.at, given_back_at = null
       where old.given_back_at is not null
     returning rule_id as "ruleId"`,
    [
      ref,
      customerId,
      sorted.map((row) => row.ruleId),
      sorted.map((row) => row.couponId),
      sorted.map((row) => row.grantId),
      sorted.map((row) => row.amountMinor),
      sorted.map((row) => list(row.scopes)),
      sorted.map((row) => list(row.ownScopes)),
      now,
    ],
    'offer.redeem',
  );
  return new Set(written.map(({ ruleId }) => ruleId));
}

export interface Take {
  readonly scopeId: string;
  /** Undefined = everybody. */
  readonly customerId: string | undefined;
  /** 0 locks the row and reads it. */
  readonly count: 0 | 1;
  readonly most: number | null;
  readonly amountMinor: number;
  readonly budgetMinor: number | null;
}

const takeKey = (take: Take): string => `${take.scopeId} ${take.customerId ?? everybody}`;

/**
 * Counts uses, each guarded by its own row; rows are locked in the order of their keys, so that placements that share
 * several never wait for each other in a ring.
 * @returns what stands now, without the rows whose limit refused
 */
export async function countUses(
  tx: Tx,
  takes: readonly Take[],
): Promise<{ scopeId: string; customerId: string; used: number }[]> {
  const sorted = takes.toSorted((one, other) => (takeKey(one) < takeKey(other) ? -1 : 1));
  return await tx.query(
    `insert into offer.tally as old (scope_id, customer_id, used, most, spent_minor, budget_minor)
     select u.* from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) as u
     on conflict (scope_id, customer_id) do update set used = old.used + excluded.used, most = excluded.most,
       spent_minor = old.spent_minor + excluded.spent_minor, budget_minor = excluded.budget_minor
       where (excluded.most is null or old.used + excluded.used <= excluded.most)
         and (excluded.budget_minor is null or old.spent_minor + excluded.spent_minor <= excluded.budget_minor)
     returning scope_id as "scopeId", customer_id as "customerId", used`,
    [
      sorted.map((take) => take.scopeId),
      sorted.map((take) => take.customerId ?? everybody),
      sorted.map((take) => take.count),
      sorted.map((take) => take.most),
      sorted.map((take) => take.amountMinor),
      sorted.map((take) => take.budgetMinor),
    ],
    'offer.count',
  );
}

/** Marks personal offers as used. @returns how many were still to be had */
export async function spendGrants(
  tx: Tx,
  from: {
    readonly ids: readonly string[];
    readonly customerIds: readonly string[];
    readonly ref: string;
    readonly now: Date;
  },
): Promise<number> {
  const rows = await tx.query(
    `with locked as (
       select id from offer.personal where id = any($1::uuid[]) and customer_id = any($2::uuid[]) and state = 'held'
       order by id for update)
     update offer.personal p set state = 'used', used_ref = $3, used_at = $4 from locked where p.id = locked.id returning p.id`,
    [from.ids, from.customerIds, from.ref, from.now],
    'offer.spend-grants',
  );
  return rows.length;
}

/** Gives back what a ref used, once: whoever comes second finds nothing. */
export async function returnUses(tx: Tx, ref: string, now: Date): Promise<void> {
  const rows = await tx.query<Redemption & { customerId: string | null; grantId: string | null }>(
    `update offer.redemption set given_back_at = $2 where ref = $1 and given_back_at is null
     returning rule_id as "ruleId", customer_id as "customerId", personal_id as "grantId", amount_minor as "amountMinor",
       scopes, own_scopes as "ownScopes"`,
    [ref, now],
    'offer.give-back',
  );
  const back = rows.flatMap((row) => [
    ...row.scopes.map((scopeId) => ({
      scopeId,
      customerId: everybody,
      // Only the rule keeps the money that it gave away.
      amountMinor: scopeId === row.ruleId ? row.amountMinor : 0,
    })),
    ...row.ownScopes.map((scopeId) => ({ scopeId, customerId: row.customerId ?? everybody, amountMinor: 0 })),
  ]);
  if (back.length > 0)
    await tx.query(
      `with less as (
         select t.scope_id, t.customer_id, u.amount from offer.tally t
         join unnest($1::uuid[], $2::uuid[], $3::bigint[]) as u (scope_id, customer_id, amount) using (scope_id, customer_id)
         order by t.scope_id, t.customer_id for update of t)
       update offer.tally t set used = t.used - 1, spent_minor = t.spent_minor - less.amount
       from less where t.scope_id = less.scope_id and t.customer_id = less.customer_id`,
      [back.map((one) => one.scopeId), back.map((one) => one.customerId), back.map((one) => one.amountMinor)],
      'offer.uncount',
    );
  const grants = rows.flatMap(({ grantId }) => grantId ?? []);
  if (grants.length > 0)
    await tx.query(
      `update offer.personal set state = 'held', used_ref = null, used_at = null
       where id = any($1::uuid[]) and state = 'used' and used_ref = $2`,
      [grants, ref],
    );
}
