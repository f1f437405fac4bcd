import { append, fact, newId } from '@ruslo/platform';
import type { House, Tx } from '@ruslo/platform';
import { rulesChanged } from './book.ts';
import { ruleSchema } from './contract.ts';
import type { RuleInput, RuleState } from './contract.ts';
import { normaliseCode } from './rules.ts';
import { bumpRevision, insertCoupons, insertGrants, saveRules } from './store.ts';

/** Doors for many at once: imports and the demo. Each call is a handful of statements whatever its size. */

export interface SavedPromotion {
  /** Given again, it is the next version of the same promotion. */
  readonly id?: string;
  readonly rule: RuleInput;
  readonly state?: RuleState;
}

/** Writes promotions, `active` unless said otherwise. Throws for a rule that is none. @returns their ids, in order */
export async function savePromotions(
  house: House,
  tx: Tx,
  promotions: readonly SavedPromotion[],
  now: Date,
  staffId: string | null = null,
): Promise<string[]> {
  const rules = promotions.map(({ id = newId(), rule, state = 'active' }) => ({
    id,
    state,
    rule: ruleSchema.parse(rule),
  }));
  await saveRules(tx, rules, staffId, now);
  await bumpRevision(tx);
  await rulesChanged(house, tx);
  return rules.map(({ id }) => id);
}

export interface AddedCoupon {
  readonly ruleId: string;
  readonly code: string;
  /** Everybody may use a shared one, `uses` times in all; a unique one works once. */
  readonly kind: 'shared' | 'unique';
  readonly uses?: number | undefined;
  readonly perCustomer?: number | undefined;
  readonly validFrom?: Date | undefined;
  readonly validUntil?: Date | undefined;
}

/** Adds coupons. @returns in order, the id of each, or undefined where the code was taken */
export async function addCoupons(tx: Tx, coupons: readonly AddedCoupon[], now: Date): Promise<(string | undefined)[]> {
  const rows = coupons.map((coupon) => ({
    id: newId(),
    ruleId: coupon.ruleId,
    code: normaliseCode(coupon.code),
    kind: coupon.kind,
    state: 'active' as const,
    mostUses: coupon.kind === 'unique' ? 1 : (coupon.uses ?? null),
    mostEach: coupon.perCustomer ?? null,
    validFrom: coupon.validFrom ?? null,
    validUntil: coupon.validUntil ?? null,
  }));
  const written = new Set(await insertCoupons(tx, rows, now));
  return rows.map(({ id }) => (written.has(id) ? id : undefined));
}

export interface AddedGrant {
  readonly customerId: string;
  readonly ruleId: string;
  /** Who gave it and why: `journey`, `apology`. Never a person. */
  readonly source: string;
  readonly validFrom?: Date | undefined;
  readonly validUntil?: Date | undefined;
}

/** Puts personal offers into wallets. @returns their ids, in order */
export async function grantOffers(tx: Tx, grants: readonly AddedGrant[], now: Date): Promise<string[]> {
  const rows = grants.map((grant) => ({
    id: newId(),
    customerId: grant.customerId,
    ruleId: grant.ruleId,
    source: grant.source,
    validFrom: grant.validFrom ?? null,
    validUntil: grant.validUntil ?? null,
  }));
  await insertGrants(tx, rows, now);
  await append(
    tx,
    rows.map((row) =>
      fact({
        name: 'offer.granted',
        customerId: row.customerId,
        at: now,
        data: { ruleId: row.ruleId, grantId: row.id, source: row.source },
      }),
    ),
  );
  return rows.map(({ id }) => id);
}
