import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { House, Query, Slice, Tx } from '@ruslo/platform';
import type { Book, HeldCoupon } from './basket.ts';
import { bookOf, closeBook, currentBook } from './book.ts';
import { lookUp, readHoldings, take } from './redeem.ts';
import type { Holdings, RedeemFrom } from './redeem.ts';
import { routes } from './routes.ts';
import { eraseOffers, exportOffers } from './store.ts';
import { heldGrants, returnUses } from './store-use.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export type { Basket, BasketLine, Book, Discount, HeldCoupon, Left, Priced, PricedLine } from './basket.ts';
export { addCoupons, grantOffers, savePromotions } from './bulk.ts';
export type { AddedCoupon, AddedGrant, SavedPromotion } from './bulk.ts';
export type { RuleInput } from './contract.ts';
export type { Holdings } from './redeem.ts';
export { compileBook } from './rules.ts';

/** The current book of this process, milliseconds behind the store. What a person holds is read by `holdings`. */
export async function book(house: House): Promise<Book> {
  return await currentBook(house);
}

/**
 * The book at the revision that this transaction sees: what a placement decides by.
 * @param stamp of that revision, when the caller has read it as part of a statement of its own (`stampIn`)
 */
export const bookNow = (house: House, tx: Query, stamp?: string): Promise<Book> => bookOf(house, tx, stamp);

/** The stamp of the revision as part of the caller's own statement: a `select` of one value. */
export const stampIn = 'select stamp from offer.revision';

/**
 * What a basket needs to know of the store beside the book: its codes looked up, the personal offers of the person, and
 * what is left of limits. Reads only what the book and the basket ask for; spread it into the basket.
 */
export const holdings = (
  query: Query,
  of: Pick<Book, 'asksGrants' | 'limitedRuleIds'>,
  from: { readonly customerIds: readonly string[]; readonly codes: readonly string[]; readonly at: Date },
): Promise<Holdings> => readHoldings(query, of, from);

/** Personal offers that these ids hold and may use at this moment, soonest-expiring first. */
export const grantsOf = (
  query: Query,
  customerIds: readonly string[],
  at: Date,
): Promise<readonly { readonly id: string; readonly ruleId: string }[]> => heldGrants(query, customerIds, at);

/** The codes of a basket with their rules; one that gives nothing says why. In the order of the codes, each once. */
export const couponsOf = (
  query: Query,
  codes: readonly string[],
  customerIds: readonly string[],
  at: Date,
): Promise<readonly HeldCoupon[]> => lookUp(query, codes, customerIds, at);

/**
 * Normalised code → the coupon's rule, for codes that exist and are valid now; the basket then carries those codes.
 * Refuses `offer.coupon-unknown` (404, also for blocked ones) and `offer.coupon-not-valid` (422).
 */
export async function checkCoupon(
  query: Query,
  code: string,
  customerIds: readonly string[],
  at: Date,
): Promise<Result<{ readonly code: string; readonly ruleId: string }>> {
  const [coupon] = await lookUp(query, [code], customerIds, at);
  if (coupon === undefined || coupon.ruleId === null) return refuse('offer.coupon-unknown', 404);
  switch (coupon.why) {
    case undefined:
    // Who she is may come out later: the price tells.
    case 'offer.why.customer-unknown':
      return ok({ code: coupon.code, ruleId: coupon.ruleId });
    case 'offer.why.coupon-blocked':
      return refuse('offer.coupon-unknown', 404);
    case 'offer.why.coupon-used-up':
    case 'offer.why.coupon-used-by-you':
      return refuse('offer.coupon-used-up', 409);
    default:
      return refuse('offer.coupon-not-valid', 422);
  }
}

/**
 * Takes the uses of a placement: limits, per-customer limits, budgets, coupons, personal offers, each guarded by the
 * row itself; what has no limit takes no lock. Same `ref` again: no second effect, until it was given back. Refuses
 * `offer.used-up` (409), and then has taken nothing.
 */
export const redeem = (tx: Tx, from: RedeemFrom): Promise<Result<undefined>> => take(tx, from);

/** Gives the uses of a ref back, once: the order was cancelled or has expired. */
export const giveBack = (tx: Tx, ref: string, now: Date): Promise<void> => returnUses(tx, ref, now);

/** Why a price is what it is. */
export const offer: Slice = {
  name: 'offer',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'offer.read': ['marketer', 'agent', 'associate', 'cashier', 'analyst', 'integrator'],
    'offer.manage': ['marketer'],
  },
  routes,
  erase: eraseOffers,
  export: exportOffers,
  close: (house) => {
    closeBook(house);
    return Promise.resolve();
  },
};
