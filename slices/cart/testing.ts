import { catalog } from '@ruslo/catalog';
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

const defaultList = '00000000-0000-7000-8000-000000000000';

/** Variants with these prices, fifty of each on hand. */
export async function makeGoods(house: House, pricesMinor: readonly number[]): Promise<string[]> {
  const now = house.clock.now();
  const placeId = newId();
  const made: string[] = [];
  for (const priceMinor of pricesMinor) {
    const [product, variant] = [newId(), newId()];
    await house.db.query(
      `insert into catalog.product (id, code, title, kind, state, created_at, updated_at) values ($1, $3, 'Чайник', 'good', 'active', $2, $2)`,
      [product, now, product],
    );
    await house.db.query(
      `insert into catalog.variant (id, product_id, sku, title, unit, marked, vat, no_discount, state) values ($1, $2, $3, 'Чайник', 'piece', false, '20', false, 'active')`,
      [variant, product, `sku-${variant}`],
    );
    await house.db.query(`insert into catalog.price (variant_id, list_id, price_minor) values ($1, $2, $3)`, [
      variant,
      defaultList,
      priceMinor,
    ]);
    made.push(variant);
  }
  await house.db.tx((tx) =>
    setLevels(
      tx,
      made.map((variantId) => ({ variantId, placeId, onHand: 50 })),
      { kind: 'imported', ref: null, by: null, now },
    ),
  );
  return made;
}

export async function setPrice(house: House, variantId: string, priceMinor: number): Promise<void> {
  await house.db.query('update catalog.price set price_minor = $2 where variant_id = $1', [variantId, priceMinor]);
  await house.live.signal(house.db, 'catalog.variants', { ids: [variantId] });
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
