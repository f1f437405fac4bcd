import { newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import type { CouponItem, Rule, RuleState } from './contract.ts';

/** SQL of rules, coupons and personal offers. What a placement uses up is in store-use.ts. */

export interface RuleRow {
  readonly id: string;
  readonly state: RuleState;
  readonly version: number;
  readonly body: Rule;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

const ruleColumns = `id, state, version, body, created_at as "createdAt", changed_at as "changedAt"`;

export interface Revision {
  readonly number: number;
  readonly stamp: string;
}

export async function readRevision(query: Query): Promise<Revision> {
  const [row] = await query.query<Revision>('select number, stamp from offer.revision', [], 'offer.revision');
  if (row === undefined) throw new Error('offer.revision has no row');
  return row;
}

/** The active rules with the revision that they are of: one statement, one snapshot. */
export async function readActive(
  query: Query,
): Promise<
  Revision & { readonly capBp: number; readonly rules: readonly { readonly id: string; readonly rule: Rule }[] }
> {
  const [row] = await query.query<Revision & { capBp: number; rules: { id: string; rule: Rule }[] }>(
    `select number, stamp, cap_bp as "capBp", coalesce((select jsonb_agg(jsonb_build_object('id', id, 'rule', body))
       from offer.rule where state = 'active'), '[]') as rules
     from offer.revision`,
    [],
    'offer.active',
  );
  if (row === undefined) throw new Error('offer.revision has no row');
  return row;
}

/** Writers of rules wait for each other here, last of all locks. */
export async function bumpRevision(tx: Tx, capBp?: number): Promise<void> {
  await tx.query('update offer.revision set number = number + 1, stamp = $1, cap_bp = coalesce($2, cap_bp)', [
    newId(),
    capBp ?? null,
  ]);
}

export async function readCap(query: Query): Promise<number> {
  const [row] = await query.query<{ capBp: number }>('select cap_bp as "capBp" from offer.revision');
  return row?.capBp ?? 10_000;
}

export interface SavedRule {
  readonly id: string;
  readonly state: RuleState;
  readonly rule: Rule;
}

/** Writes rules, each as its next version. Rules are sorted by id, so that two writers never wait in a ring. */
export async function saveRules(
  tx: Tx,
  rules: readonly SavedRule[],
  staffId: string | null,
  now: Date,
): Promise<RuleRow[]> {
  const sorted = rules.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const limit = (key: keyof Rule['limits']): (number | null)[] => sorted.map(({ rule }) => rule.limits[key] ?? null);
  return await tx.query<RuleRow>(
    `with saved as (
       insert into offer.rule as old (id, state, version, name, body, most_uses, most_each, budget_minor, created_at, changed_at)
       select u.id, u.state, 1, u.name, u.body, u.uses, u.each, u.budget, $8, $8
       from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::bigint[], $6::bigint[], $7::bigint[])
         as u (id, state, name, body, uses, each, budget)
       on conflict (id) do update set state = excluded.state, version = old.version + 1, name = excluded.name,
         body = excluded.body, most_uses = excluded.most_uses, most_each = excluded.most_each,
         budget_minor = excluded.budget_minor, changed_at = excluded.changed_at
       returning *),
     kept as (
       insert into offer.rule_version (rule_id, version, state, body, staff_id, at)
       select id, version, state, body, $9, $8 from saved)
     select ${ruleColumns} from saved order by id`,
    [
      sorted.map(({ id }) => id),
      sorted.map(({ state }) => state),
      sorted.map(({ rule }) => rule.name),
      sorted.map(({ rule }) => JSON.stringify(rule)),
      limit('uses'),
      limit('perCustomer'),
      limit('budgetMinor'),
      now,
      staffId,
    ],
  );
}

export async function lockRule(tx: Tx, id: string): Promise<RuleRow | undefined> {
  const [row] = await tx.query<RuleRow>(`select ${ruleColumns} from offer.rule where id = $1 for update`, [id]);
  return row;
}

export interface ListedRule extends RuleRow {
  readonly used: number;
  readonly spentMinor: number;
}

const listedSql = `select ${ruleColumns}, coalesce(t.used, 0) as used, coalesce(t.spent_minor, 0) as "spentMinor"
  from offer.rule left join offer.tally t on t.scope_id = rule.id and t.customer_id = '00000000-0000-0000-0000-000000000000'`;

export async function ruleById(query: Query, id: string): Promise<ListedRule | undefined> {
  const [row] = await query.query<ListedRule>(`${listedSql} where id = $1`, [id]);
  return row;
}

export const listRules = (
  query: Query,
  from: { readonly search?: string; readonly state?: RuleState; readonly before?: string; readonly limit: number },
): Promise<ListedRule[]> =>
  query.query<ListedRule>(
    `${listedSql} where ($1::text is null or name ilike '%' || $1 || '%') and ($2::text is null or state = $2)
       and ($3::uuid is null or id < $3) order by id desc limit $4`,
    [from.search?.replaceAll(/[\\%_]/g, '\\$&') ?? null, from.state ?? null, from.before ?? null, from.limit],
  );

export const listVersions = (
  query: Query,
  id: string,
): Promise<{ version: number; state: RuleState; body: Rule; at: Date; staffId: string | null }[]> =>
  query.query(
    `select version, state, body, at, staff_id as "staffId" from offer.rule_version where rule_id = $1
     order by version desc limit 200`,
    [id],
  );

export interface CouponRow {
  readonly id: string;
  readonly ruleId: string;
  readonly code: string;
  readonly kind: CouponItem['kind'];
  readonly state: CouponItem['state'];
  readonly mostUses: number | null;
  readonly mostEach: number | null;
  readonly validFrom: Date | null;
  readonly validUntil: Date | null;
}

const couponColumns = `id, rule_id as "ruleId", code, kind, state, most_uses as "mostUses", most_each as "mostEach",
  valid_from as "validFrom", valid_until as "validUntil"`;

/** @returns ids of those whose code was free */
export async function insertCoupons(tx: Tx, rows: readonly CouponRow[], now: Date): Promise<string[]> {
  const sorted = rows.toSorted((one, other) => (one.code < other.code ? -1 : 1));
  const written = await tx.query<{ id: string }>(
    `insert into offer.coupon (id, rule_id, code, kind, state, most_uses, most_each, valid_from, valid_until, created_at)
     select u.*, $10 from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
       $8::timestamptz[], $9::timestamptz[]) as u on conflict (code) do nothing returning id`,
    [
      sorted.map((row) => row.id),
      sorted.map((row) => row.ruleId),
      sorted.map((row) => row.code),
      sorted.map((row) => row.kind),
      sorted.map((row) => row.state),
      sorted.map((row) => row.mostUses),
      sorted.map((row) => row.mostEach),
      sorted.map((row) => row.validFrom),
      sorted.map((row) => row.validUntil),
      now,
    ],
  );
  return written.map(({ id }) => id);
}

export interface ListedCoupon extends CouponRow {
  readonly used: number;
  readonly createdAt: Date;
}

// A unique code is used when its one use is counted, as any coupon with a limit.
const listedCouponSql = `select ${couponColumns}, created_at as "createdAt", coalesce(t.used, 0) as used
  from offer.coupon left join offer.tally t on t.scope_id = coupon.id and t.customer_id = '00000000-0000-0000-0000-000000000000'`;

export const listCoupons = (
  query: Query,
  from: { readonly ruleId: string; readonly search?: string; readonly before?: string; readonly limit: number },
): Promise<ListedCoupon[]> =>
  query.query<ListedCoupon>(
    `${listedCouponSql} where rule_id = $1 and ($2::text is null or code like $2 || '%') and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [from.ruleId, from.search?.replaceAll(/[\\%_]/g, '\\$&') ?? null, from.before ?? null, from.limit],
  );

export const couponsById = (query: Query, ids: readonly string[]): Promise<ListedCoupon[]> =>
  query.query<ListedCoupon>(`${listedCouponSql} where id = any($1::uuid[]) order by id`, [ids]);

export async function patchCoupon(
  tx: Tx,
  ruleId: string,
  id: string,
  patch: { readonly state?: string | undefined; readonly validUntil?: Date | null | undefined },
): Promise<boolean> {
  const rows = await tx.query(
    `update offer.coupon set state = coalesce($3, state), valid_until = case when $4 then $5 else valid_until end
     where rule_id = $1 and id = $2 returning id`,
    [ruleId, id, patch.state ?? null, patch.validUntil !== undefined, patch.validUntil ?? null],
  );
  return rows.length > 0;
}

export interface GrantRow {
  readonly id: string;
  readonly customerId: string;
  readonly ruleId: string;
  readonly source: string;
  readonly validFrom: Date | null;
  readonly validUntil: Date | null;
}

export async function insertGrants(tx: Tx, rows: readonly GrantRow[], now: Date): Promise<void> {
  await tx.query(
    `insert into offer.personal (id, customer_id, rule_id, state, source, valid_from, valid_until, granted_at)
     select u.id, u.customer_id, u.rule_id, 'held', u.source, u.valid_from, u.valid_until, $7
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[])
       as u (id, customer_id, rule_id, source, valid_from, valid_until)`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.customerId),
      rows.map((row) => row.ruleId),
      rows.map((row) => row.source),
      rows.map((row) => row.validFrom),
      rows.map((row) => row.validUntil),
      now,
    ],
  );
}

export interface ListedGrant extends GrantRow {
  readonly name: string;
  readonly state: 'held' | 'used' | 'revoked';
  readonly grantedAt: Date;
  readonly usedAt: Date | null;
}

export const listGrants = (
  query: Query,
  customerIds: readonly string[],
  from: { readonly before?: string; readonly limit: number },
): Promise<ListedGrant[]> =>
  query.query<ListedGrant>(
    `select p.id, p.customer_id as "customerId", p.rule_id as "ruleId", rule.name, p.state, p.source, p.valid_from as "validFrom",
       p.valid_until as "validUntil", p.granted_at as "grantedAt", p.used_at as "usedAt"
     from offer.personal p join offer.rule on rule.id = p.rule_id
     where p.customer_id = any($1::uuid[]) and ($2::uuid is null or p.id < $2) order by p.id desc limit $3`,
    [customerIds, from.before ?? null, from.limit],
  );

export async function revokeGrant(tx: Tx, customerIds: readonly string[], id: string): Promise<string | undefined> {
  const [row] = await tx.query<{ ruleId: string }>(
    `update offer.personal set state = 'revoked' where id = $2 and customer_id = any($1::uuid[]) and state = 'held'
     returning rule_id as "ruleId"`,
    [customerIds, id],
  );
  return row?.ruleId;
}

/** Wallets and counts go; what was given away keeps its sums, without saying to whom. */
export async function eraseOffers(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await tx.query('delete from offer.personal where customer_id = any($1::uuid[])', [customerIds]);
  await tx.query('delete from offer.tally where customer_id = any($1::uuid[])', [customerIds]);
  await tx.query(
    'update offer.redemption set customer_id = null, own_scopes = $2 where customer_id = any($1::uuid[])',
    [customerIds, []],
  );
}

export async function exportOffers(tx: Tx, customerIds: readonly string[]): Promise<Record<string, unknown>> {
  return {
    offers: await tx.query(
      `select p.id, rule.name, p.state, p.source, p.valid_from, p.valid_until, p.granted_at, p.used_at
       from offer.personal p join offer.rule on rule.id = p.rule_id where p.customer_id = any($1::uuid[]) order by p.id`,
      [customerIds],
    ),
    offerUses: await tx.query(
      `select r.ref, rule.name, r.amount_minor, r.at, r.given_back_at, coupon.code
       from offer.redemption r join offer.rule on rule.id = r.rule_id left join offer.coupon on coupon.id = r.coupon_id
       where r.customer_id = any($1::uuid[]) order by r.at, r.ref`,
      [customerIds],
    ),
    offerCounts: await tx.query(
      'select scope_id, customer_id, used from offer.tally where customer_id = any($1::uuid[]) order by 1, 2',
      [customerIds],
    ),
  };
}
