import { readCart } from '@ruslo/cart';
import { members } from '@ruslo/identity';
import { ok, refuse } from '@ruslo/kernel';
import type { Channel, Result } from '@ruslo/kernel';
import type { House } from '@ruslo/platform';
import { findCard } from '@ruslo/wallet';
import type { z } from 'zod';
import type { checkoutBody, CheckoutData, checkoutSchema, OrderQuote } from './contract.ts';
import { checkoutDataSchema } from './contract.ts';
import { prepare, showQuote } from './prepare.ts';
import type { CheckoutRow } from './store-place.ts';
import { readCheckout, writeCheckout } from './store-place.ts';

export type CheckoutView = z.infer<typeof checkoutSchema>;

const show = (row: CheckoutRow): CheckoutView => ({
  ...checkoutDataSchema.parse(row.data),
  id: row.id,
  step: row.step,
  channel: row.channel as Channel,
  version: row.version,
  updatedAt: row.updatedAt.toISOString(),
});

/** Where a person stands in her checkout, whatever channel she left it in. */
export async function showCheckout(house: House, customerId: string): Promise<Result<CheckoutView>> {
  const row = await readCheckout(house.db, await members(house.db, customerId));
  return row === undefined ? refuse('order.no-checkout', 404) : ok(show(row));
}

export interface SaveFrom {
  readonly customerId: string;
  readonly body: z.infer<typeof checkoutBody>;
  readonly channel: Channel;
  readonly asker: string;
  readonly now: Date;
}

/** Writes how far she has come. Codes of gift cards are looked up once; only which card it is stays. */
export async function saveCheckout(house: House, from: SaveFrom): Promise<Result<CheckoutView>> {
  const { step, version, channel: _channel, quote: _quote, cardCodes = [], ...data } = from.body;
  const cards = new Map((data.cards ?? []).map((card) => [card.id, card]));
  if (cards.size > 0) {
    const known = await ownCards(house, from.customerId);
    for (const id of cards.keys()) if (!known.has(id)) cards.delete(id); // an id is no proof that she holds the card
  }
  for (const code of cardCodes) {
    const found = await findCard(house.db, { code, asker: from.asker, now: from.now });
    if (!found.ok) return found;
    if (found.value.state !== 'active') return refuse('order.card-not-active', 409);
    cards.set(found.value.id, { id: found.value.id, last4: found.value.last4 });
  }
  const row = await writeCheckout(house.db, {
    customerId: from.customerId,
    step,
    data: { ...data, cards: [...cards.values()] },
    channel: from.channel,
    version: version ?? null,
    now: from.now,
  });
  if (row !== undefined) return ok(show(row));
  const customerIds = await members(house.db, from.customerId);
  return customerIds.length === 0 ? refuse('identity.not-found', 404) : refuse('order.checkout-moved', 409);
}

/** Cards whose codes this person has shown in this checkout before. */
async function ownCards(house: House, customerId: string): Promise<ReadonlySet<string>> {
  const row = await readCheckout(house.db, await members(house.db, customerId));
  const data: CheckoutData = checkoutDataSchema.parse(row?.data ?? {});
  return new Set((data.cards ?? []).map((card) => card.id));
}

/** The checkout without what lies in the purse of the person. */
export const withoutPurse = ({ points: _points, creditMinor: _credit, ...data }: CheckoutData): CheckoutData => data;

/** What the order would be: the same reckoning as the placement's, from what is shown. */
export async function quoteCheckout(
  house: House,
  from: {
    readonly customerId: string;
    readonly channel: Channel;
    readonly isVisitor: boolean;
    readonly now: Date;
    /** The checkout, for whom it was read already. */
    readonly known?: CheckoutData;
  },
): Promise<Result<OrderQuote>> {
  const { customerId, channel, now } = from;
  const cart = await readCart(house.db, customerId);
  if (cart === undefined || cart.lines.length === 0) return refuse('order.cart-empty', 409);
  const { lines, coupons, customerIds, person } = cart;
  const known = from.known ?? checkoutDataSchema.parse((await readCheckout(house.db, customerIds))?.data ?? {});
  const data = from.isVisitor ? withoutPurse(known) : known;
  const ask = { customerId, customerIds, person, lines, coupons, data, channel, now };
  const prepared = await prepare(house, undefined, ask);
  const shown = showQuote(prepared, lines, data.pay ?? 'now', cart.version);
  return ok(from.isVisitor ? { ...shown, pointsActive: 0, pointsSpendable: 0 } : shown);
}
