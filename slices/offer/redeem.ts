import { ok, refuse } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import { append, fact } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import type { Book, HeldCoupon, Left, Priced } from './basket.ts';
import { normaliseCode } from './rules.ts';
import {
  countUses,
  findCoupons,
  heldGrants,
  insertRedemptions,
  readCounts,
  readLimits,
  spendGrants,
} from './store-use.ts';
import type { FoundCoupon, Limit, Redemption, Take } from './store-use.ts';

/** What a person holds and may still use, and what a placement uses up. */

function whyNot(coupon: FoundCoupon, at: Date): string | undefined {
  if (coupon.isBlocked) return 'offer.why.coupon-blocked';
  if (coupon.validFrom !== null && coupon.validFrom > at) return 'offer.why.coupon-not-yet';
  if (coupon.validUntil !== null && coupon.validUntil <= at) return 'offer.why.coupon-over';
  if (coupon.mostUses !== null && coupon.used >= coupon.mostUses) return 'offer.why.coupon-used-up';
  if (coupon.mostEach !== null && coupon.mine >= coupon.mostEach) return 'offer.why.coupon-used-by-you';
  return undefined;
}

export async function lookUp(
  query: Query,
  codes: readonly string[],
  customerIds: readonly string[],
  at: Date,
): Promise<readonly HeldCoupon[]> {
  const wanted = [...new Set(codes.map(normaliseCode))].filter((code) => code !== '');
  if (wanted.length === 0) return [];
  const found = new Map((await findCoupons(query, wanted, customerIds)).map((coupon) => [coupon.code, coupon]));
  return wanted.map((code): HeldCoupon => {
    const coupon = found.get(code);
    if (coupon === undefined) return { code, ruleId: null, couponId: null, why: 'offer.why.coupon-unknown' };
    const isNobody = coupon.mostEach !== null && customerIds.length === 0;
    const why = isNobody ? 'offer.why.customer-unknown' : whyNot(coupon, at);
    return { code, ruleId: coupon.ruleId, couponId: coupon.id, ...(why === undefined ? {} : { why }) };
  });
}

export interface Holdings {
  readonly coupons: readonly HeldCoupon[];
  readonly grants: readonly { readonly id: string; readonly ruleId: string }[];
  readonly left: ReadonlyMap<string, Left>;
}

export async function readHoldings(
  query: Query,
  book: Pick<Book, 'asksGrants' | 'limitedRuleIds'>,
  from: { readonly customerIds: readonly string[]; readonly codes: readonly string[]; readonly at: Date },
): Promise<Holdings> {
  const { customerIds, codes, at } = from;
  const left = new Map<string, Left>();
  const coupons = codes.length === 0 ? [] : await lookUp(query, codes, customerIds, at);
  const grants = !book.asksGrants || customerIds.length === 0 ? [] : await heldGrants(query, customerIds, at);
  if (book.limitedRuleIds.length > 0)
    for (const row of await readCounts(query, book.limitedRuleIds, customerIds))
      left.set(row.ruleId, {
        ...(row.mostUses === null ? {} : { uses: row.mostUses - row.used }),
        ...(row.mostEach === null ? {} : { mine: row.mostEach - row.mine }),
        ...(row.budgetMinor === null ? {} : { budgetMinor: row.budgetMinor - row.spentMinor }),
      });
  return { coupons, grants, left };
}

export interface RedeemFrom {
  readonly ref: string;
  readonly customerIds: readonly string[];
  readonly customerId: string | null;
  readonly uses: Priced['uses'];
  readonly now: Date;
  /** Of the fact `coupon.redeemed`; `system` when absent. */
  readonly channel?: Channel;
}

const usedUp = (ruleId: string): Result<never> => refuse('offer.used-up', 409, { ruleId });

/** Each use with the scopes that its limits are counted in; undefined for one whose rule or coupon there is not. */
function scopesOf(
  use: Priced['uses'][number],
  limits: ReadonlyMap<string, Limit>,
): { readonly row: Redemption; readonly counted: readonly Limit[] } | undefined {
  const scopeIds = [use.ruleId, ...(use.couponId === undefined ? [] : [use.couponId])];
  const counted = scopeIds.flatMap((id) => limits.get(id) ?? []);
  if (counted.length < scopeIds.length) return undefined;
  const row = {
    ruleId: use.ruleId,
    couponId: use.couponId ?? null,
    grantId: use.grantId ?? null,
    amountMinor: use.amountMinor,
    scopes: counted.filter((limit) => limit.mostUses !== null || limit.budgetMinor !== null).map(({ id }) => id),
    ownScopes: counted.filter((limit) => limit.mostEach !== null).map(({ id }) => id),
  };
  return { row, counted };
}

function takesOf(from: RedeemFrom, row: Redemption, counted: readonly Limit[]): Take[] {
  const takes: Take[] = [];
  for (const { id, mostUses, mostEach, budgetMinor } of counted) {
    const amountMinor = id === row.ruleId ? row.amountMinor : 0;
    if (mostUses !== null || budgetMinor !== null)
      takes.push({ scopeId: id, customerId: undefined, count: 1, most: mostUses, amountMinor, budgetMinor });
    if (mostEach === null) continue;
    // All ids of the person are locked and read, whichever she comes with: two of them at once wait for each other.
    for (const customerId of new Set([...from.customerIds, ...(from.customerId === null ? [] : [from.customerId])]))
      takes.push({
        scopeId: id,
        customerId,
        count: customerId === from.customerId ? 1 : 0,
        most: mostEach,
        amountMinor: 0,
        budgetMinor: null,
      });
  }
  return takes;
}

/** See `redeem` of the door. */
export async function take(tx: Tx, from: RedeemFrom): Promise<Result<undefined>> {
  if (from.uses.length === 0) return ok(undefined);
  const ids = from.uses.flatMap((use) => [use.ruleId, ...(use.couponId === undefined ? [] : [use.couponId])]);
  const limits = new Map((await readLimits(tx, ids, from.ref)).map((limit) => [limit.id, limit]));
  const uses = from.uses.filter(({ ruleId }) => limits.get(ruleId)?.isTaken !== true);
  if (uses.length === 0) return ok(undefined);
  const rows: Redemption[] = [];
  const takes = new Map<string, Take[]>();
  for (const use of uses) {
    const scoped = scopesOf(use, limits);
    if (scoped === undefined) return usedUp(use.ruleId);
    const { budgetMinor = null } = limits.get(use.ruleId) ?? {};
    if (budgetMinor !== null && use.amountMinor > budgetMinor) return usedUp(use.ruleId);
    if (scoped.row.ownScopes.length > 0 && from.customerId === null) return usedUp(use.ruleId);
    rows.push(scoped.row);
    takes.set(use.ruleId, takesOf(from, scoped.row, scoped.counted));
  }
  const isGuarded = rows.some((row) => row.grantId !== null || (takes.get(row.ruleId)?.length ?? 0) > 0);
  // Whoever asks may go on with the transaction after a refusal: then nothing of this may stay.
  const take = async (): Promise<Result<undefined>> => {
    const refused = await takeRows(tx, from, rows, takes, limits);
    return refused === undefined ? ok(undefined) : usedUp(refused);
  };
  const taken = isGuarded ? await tx.attempt(take) : await take();
  if (!taken.ok) return taken;
  const withCoupon = rows.filter((row) => row.couponId !== null);
  const facts = withCoupon.map((row) =>
    fact({
      name: 'coupon.redeemed',
      customerId: from.customerId,
      ...(from.channel === undefined ? {} : { channel: from.channel }),
      at: from.now,
      data: { ruleId: row.ruleId, couponId: row.couponId, orderId: from.ref, amountMinor: row.amountMinor },
    }),
  );
  if (facts.length > 0) await append(tx, facts);
  return ok(undefined);
}

/** @returns the rule that could not be had */
async function takeRows(
  tx: Tx,
  from: RedeemFrom,
  rows: readonly Redemption[],
  takes: ReadonlyMap<string, readonly Take[]>,
  limits: ReadonlyMap<string, Limit>,
): Promise<string | undefined> {
  const written = await insertRedemptions(tx, from.ref, from.customerId, rows, from.now);
  // What another transaction of the same ref wrote meanwhile is taken already.
  const mine = rows.filter((row) => written.has(row.ruleId));
  const wanted = mine.flatMap((row) => (takes.get(row.ruleId) ?? []).map((one) => ({ one, ruleId: row.ruleId })));
  if (wanted.length > 0) {
    const counted = await countUses(
      tx,
      wanted.map(({ one }) => one),
    );
    const key = (scopeId: string, customerId: string | undefined): string => `${scopeId} ${customerId ?? nobody}`;
    const there = new Set(counted.map((row) => key(row.scopeId, row.customerId)));
    const missing = wanted.find(({ one }) => !there.has(key(one.scopeId, one.customerId)));
    if (missing !== undefined) return missing.ruleId;
    for (const { one, ruleId } of wanted) {
      const mostEach = limits.get(one.scopeId)?.mostEach ?? null;
      if (one.customerId !== from.customerId || mostEach === null) continue;
      const used = counted
        .filter((row) => row.scopeId === one.scopeId && row.customerId !== nobody)
        .reduce((sum, row) => sum + row.used, 0);
      if (used > mostEach) return ruleId;
    }
  }
  const grants = mine.flatMap((row) => row.grantId ?? []);
  if (grants.length > 0) {
    const spent = await spendGrants(tx, {
      ids: grants,
      customerIds: from.customerIds,
      ref: from.ref,
      now: from.now,
    });
    if (spent < grants.length) return mine.find((row) => row.grantId !== null)?.ruleId;
  }
  return undefined;
}

const nobody = '00000000-0000-0000-0000-000000000000';
