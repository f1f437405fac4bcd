import { catalog, savePrices, saveProducts } from '@ruslo/catalog';
import { identity, resolve } from '@ruslo/identity';
import { loyalty } from '@ruslo/loyalty';
import { offer } from '@ruslo/offer';
import { place } from '@ruslo/place';
import { newId } from '@ruslo/platform';
import type { House, Slice } from '@ruslo/platform';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { setLevels, stock } from '@ruslo/stock';
import { timeline } from '@ruslo/timeline';
import { wallet } from '@ruslo/wallet';
import { cart } from './index.ts';

/** Goods, people and faces for the tests of carts. */

export const slices: readonly Slice[] = [
  identity,
  staff,
  timeline,
  place,
  catalog,
  stock,
  offer,
  wallet,
  loyalty,
  cart,
];

/** Variants with these prices, fifty of each on hand; their SKUs begin with `prefix` and are numbered. */
export async function makeGoods(house: House, pricesMinor: readonly number[], prefix: string): Promise<string[]> {
  const told = { at: house.clock.now(), by: 'test' };
  const placeId = newId();
  const rows = pricesMinor.map((priceMinor, index) => {
    const code = `${prefix}-${index}`;
    return { code, title: 'Чайник', variants: [{ sku: code, priceMinor }] };
  });
  const saved = await house.db.tx((tx) => saveProducts(house, tx, rows, told));
  const made = saved.map((product) => product.variants[0]?.id ?? '');
  await house.db.tx((tx) =>
    setLevels(
      tx,
      made.map((variantId) => ({ variantId, placeId, onHand: 50 })),
      { kind: 'imported', ref: null, by: null, now: told.at },
    ),
  );
  return made;
}

export async function setPrice(house: House, sku: string, priceMinor: number): Promise<void> {
  await house.db.tx((tx) => savePrices(house, tx, [{ sku, priceMinor }], { at: house.clock.now(), by: 'test' }));
}

/** A customer as the intake makes one of a sign-in. */
export async function makeCustomer(house: House, value = `user-${newId()}`): Promise<string> {
  const now = house.clock.now();
  const at = now.toISOString();
  const identifiers = [{ kind: 'user_id', value, proof: 'proven' }] as const;
  const seen = { at, occurredAt: at, sourceId: null, channel: 'web', identifiers, traits: undefined } as const;
  const [customerId] = await house.db.retry((tx) => resolve(tx, [seen], now));
  return customerId ?? '';
}

export interface Answer {
  readonly status: number;
  // The shape is the test's business: it asserts what it reads.
  readonly body: Record<string, never> & { readonly code?: string };
}

/** Somebody who asks with a token. */
export class Face {
  readonly house: TestHouse;
  readonly token: string;

  constructor(house: TestHouse, token: string) {
    this.house = house;
    this.token = token;
  }

  async ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: unknown): Promise<Answer> {
    const response = await this.house.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${this.token}` },
      ...(body !== undefined && { payload: body as object }),
    });
    const json = String(response.headers['content-type']).includes('json');
    return { status: response.statusCode, body: json ? response.json() : {} };
  }

  do(ops: readonly object[], more: object = {}, whom = 'me'): Promise<Answer> {
    return this.ask('POST', `/v1/customers/${whom}/cart/operations`, { key: newId(), ops, ...more });
  }

  cart(whom = 'me'): Promise<Answer> {
    return this.ask('GET', `/v1/customers/${whom}/cart`);
  }
}

/** The session of a visitor at a face, and whose it is. */
export async function visit(
  house: TestHouse,
  channel: string,
  anonymousId = newId(),
): Promise<Face & { customerId: string }> {
  const response = await house.app.inject({
    method: 'POST',
    url: '/v1/customer-sessions/visitor',
    payload: { anonymousId, channel },
  });
  const { token, customerId } = response.json<{ token: string; customerId: string }>();
  return Object.assign(new Face(house, token), { customerId });
}
