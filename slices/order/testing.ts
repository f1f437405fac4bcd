import { openCard } from '@ruslo/card';
import { catalog, saveProducts } from '@ruslo/catalog';
import type { ProductRow } from '@ruslo/catalog';
import { cart } from '@ruslo/cart';
import { identity } from '@ruslo/identity';
import { openPaymentLab } from '@ruslo/lab-payment';
import type { PaymentLab } from '@ruslo/lab-payment';
import { loyalty, saveProgramme } from '@ruslo/loyalty';
import { offer, savePromotions } from '@ruslo/offer';
import type { SavedPromotion } from '@ruslo/offer';
import { openPayment } from '@ruslo/payment';
import { place } from '@ruslo/place';
import { newId } from '@ruslo/platform';
import type { House } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { openReceipt } from '@ruslo/receipt';
import { staff } from '@ruslo/staff';
import { movableClock, signInOwner } from '@ruslo/staff/testing';
import type { MovableClock, Visitor } from '@ruslo/staff/testing';
import { setLevels, stock } from '@ruslo/stock';
import { timeline } from '@ruslo/timeline';
import { earn, proveLedger, wallet } from '@ruslo/wallet';
import { expect } from 'vitest';
import type { OrderQuote, OrderView, Placed } from './contract.ts';
import { order } from './index.ts';

/** A whole shop for tests: two places, a provider that plays along, two processes on one database. */

// The shape is the test's business: it asserts what it reads.
type Body = Record<string, never> & { readonly code?: string };

/** A customer at a face. */
export class Face {
  readonly house: TestHouse;
  readonly token: string;
  readonly customerId: string;

  constructor(house: TestHouse, token: string, customerId: string) {
    this.house = house;
    this.token = token;
    this.customerId = customerId;
  }

  async ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
    key?: string,
    at: TestHouse = this.house,
  ): Promise<{ readonly status: number; readonly body: Body }> {
    const response = await at.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${this.token}`, ...(key !== undefined && { 'idempotency-key': key }) },
      ...(body !== undefined && { payload: body as object }),
    });
    return { status: response.statusCode, body: response.body === '' ? {} : response.json() };
  }

  /** Puts goods into the cart: variant ids, or pairs of variant and quantity. */
  async fill(...goods: readonly (string | readonly [string, number])[]): Promise<void> {
    const ops = goods.map((one) => {
      const [variantId, quantity] = typeof one === 'string' ? [one, 1] : one;
      return { op: 'add', variantId, quantity };
    });
    const done = await this.ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
    expect(done, 'filling the cart').toMatchObject({ status: 200 });
  }

  async quote(): Promise<OrderQuote> {
    const quoted = await this.ask('POST', '/v1/customers/me/checkout/quote', {});
    expect(quoted, 'quoting').toMatchObject({ status: 200 });
    return quoted.body as unknown as OrderQuote;
  }

  /** Checkout as given, then the placement of what was quoted. */
  async order(checkout: object, key = newId()): Promise<Placed> {
    const saved = await this.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...checkout });
    expect(saved, 'saving the checkout').toMatchObject({ status: 200 });
    let placed = await this.place((await this.quote()).totalMinor, key);
    // Promotions and prices of this process are milliseconds behind the store, longer on a busy machine: she looks again.
    for (let tries = 0; placed.status === 409 && placed.body.code === 'order.changed' && tries < 20; tries += 1)
      placed = await this.place((await this.quote()).totalMinor, key);
    expect(placed, 'placing').toMatchObject({ status: 200 });
    return placed.body as unknown as Placed;
  }

  place(expectedTotalMinor: number, key = newId(), at: TestHouse = this.house) {
    return this.ask('POST', '/v1/customers/me/checkout/place', { expectedTotalMinor }, key, at);
  }

  async read(orderId: string): Promise<OrderView> {
    const read = await this.ask('GET', `/v1/orders/${orderId}`);
    expect(read, 'reading the order').toMatchObject({ status: 200 });
    return read.body as unknown as OrderView;
  }
}

export interface Shop {
  readonly house: TestHouse;
  /** Another process on the same database. */
  readonly other: TestHouse;
  readonly clock: MovableClock;
  readonly lab: PaymentLab;
  readonly owner: Visitor;
  /** Shop in Kazan, which sells, hands out and ships, and another in Moscow. */
  readonly kazan: string;
  readonly moscow: string;
  close(): Promise<void>;
}

async function openPlace(owner: Visitor, code: string, lat: number, lon: number): Promise<string> {
  const services = ['sale', 'pickup', 'try-on', 'return', 'ship'];
  const made = await owner.ask('POST', '/v1/places', {
    code,
    kind: 'shop',
    name: code,
    city: code,
    lat,
    lon,
    services,
  });
  expect(made, 'opening a place').toMatchObject({ status: 200 });
  return (made.body as unknown as { id: string }).id;
}

export async function openShop(start = new Date('2026-11-20T09:00:00Z')): Promise<Shop> {
  const clock = movableClock(start);
  const lab = await openPaymentLab({ now: () => clock.now() });
  const port = openCard({ url: lab.url, secret: lab.secret, timeoutMs: 2_000 });
  const slices = [
    identity,
    staff,
    timeline,
    place,
    catalog,
    stock,
    offer,
    wallet,
    openPayment([port]),
    openReceipt(undefined),
    loyalty,
    cart,
    order,
  ];
  const house = await openTestHouse({ slices, clock });
  const other = await house.second();
  const owner = await signInOwner(house);
  owners.set(house, owner);
  await house.app.listen({ port: 0, host: '127.0.0.1' });
  const address = house.app.server.address();
  const { port: number } = typeof address === 'object' && address !== null ? address : { port: 0 };
  lab.control.webhookUrl = `http://127.0.0.1:${number}/v1/payments/card/webhook`;
  await house.db.tx((tx) =>
    saveProgramme(tx, { earnRateBp: 500, spendLimitBp: 5_000, spendOnPromoted: true }, 'test', clock.now()),
  );
  const kazan = await openPlace(owner, 'KZN-1', 55.79, 49.12);
  const moscow = await openPlace(owner, 'MSK-1', 55.75, 37.62);
  return {
    house,
    other,
    clock,
    lab,
    owner,
    kazan,
    moscow,
    async close() {
      await lab.control.quiet();
      await other.close();
      await house.close();
      await lab.close();
    },
  };
}

export type Good = Partial<Omit<ProductRow['variants'][number], 'sku'>> & {
  readonly priceMinor: number;
  readonly kind?: ProductRow['kind'];
  readonly sku?: string;
  /** By place; 100 in Kazan when absent. */
  readonly onHand?: Readonly<Record<string, number>>;
};

/** Goods for sale; returns their variant ids in order. */
export async function makeGoods(shop: Shop, ...goods: readonly Good[]): Promise<string[]> {
  const now = shop.clock.now();
  const rows = goods.map(({ kind, sku, onHand: _onHand, ...variant }, index): ProductRow => {
    const code = sku ?? `good-${newId()}`;
    return {
      code,
      title: `Товар ${index + 1}`,
      ...(kind !== undefined && { kind }),
      variants: [{ vat: '22', ...variant, sku: code }],
    };
  });
  const saved = await shop.house.db.tx((tx) => saveProducts(shop.house, tx, rows, { at: now, by: 'test' }));
  const ids = saved.map((product) => {
    const id = product.variants[0]?.id;
    if (id === undefined) throw new Error(`goods were not saved: ${product.why ?? product.variants[0]?.why ?? ''}`);
    return id;
  });
  const levels = goods.flatMap((good, index) => {
    if (good.kind !== undefined && good.kind !== 'good') return [];
    if ((good.components ?? []).length > 0) return [];
    return Object.entries(good.onHand ?? { [shop.kazan]: 100 }).map(([placeId, onHand]) => ({
      variantId: ids[index] ?? '',
      placeId,
      onHand,
    }));
  });
  await shop.house.db.tx((tx) => setLevels(tx, levels, { kind: 'imported', ref: null, by: null, now }));
  return ids;
}

/** A customer who has signed in at a face. */
export async function signIn(shop: Shop, channel = 'web', userId = `user-${newId()}`): Promise<Face> {
  const made = await shop.owner.ask('POST', '/v1/customer-sessions', {
    identifiers: [{ kind: 'user_id', value: userId }],
    channel,
  });
  expect(made, 'signing in').toMatchObject({ status: 200 });
  const { token, customerId } = made.body as unknown as { token: string; customerId: string };
  return new Face(shop.house, token, customerId);
}

/** Points, or store credit, that she may spend at once. */
export async function give(shop: Shop, face: Face, kind: 'points' | 'credit', amount: number): Promise<void> {
  const now = shop.clock.now();
  const { customerId } = face;
  const life = { availableAt: now, expiresAt: null, ref: null, reason: 'gift', now };
  await shop.house.db.tx((tx) => earn(tx, [{ customerId, kind, amount, key: newId(), ...life }]));
}

/** A gift card that is worth something; returns its code and id. */
export async function giftCard(shop: Shop, amountMinor: number): Promise<{ id: string; code: string }> {
  const made = await shop.owner.ask('POST', '/v1/gift-cards', {
    amountsMinor: [amountMinor],
    currency: 'RUB',
    active: true,
    expiresAt: null,
  });
  expect(made, 'making a gift card').toMatchObject({ status: 200 });
  const [card] = (made.body as unknown as { cards: { id: string; code: string }[] }).cards;
  if (card === undefined) throw new Error('no card was made');
  return card;
}

export const promote = (shop: Shop, ...promotions: readonly SavedPromotion[]): Promise<string[]> =>
  shop.house.db.tx((tx) => savePromotions(shop.house, tx, promotions, shop.clock.now()));

export const pickup = (placeId: string): object => ({
  method: 'pickup',
  placeId,
  recipient: { name: 'Анна', phone: '+79170000001' },
  pay: 'now',
});

/** She confirms the payment on the provider's page, and its webhook comes in. */
export async function pay(
  shop: Shop,
  placed: Pick<Placed, 'paymentId'>,
  answer: 'approve' | 'decline' = 'approve',
): Promise<void> {
  shop.lab.control.confirm(placed.paymentId ?? '', answer);
  await shop.lab.control.quiet();
}

/** Names of the facts of an order, in their order. */
export async function factsOf(house: House, orderId: string, like = 'order.%'): Promise<string[]> {
  const rows = await house.db.query<{ name: string }>(
    `select name from log.event where kind = 'fact' and name like $2 and data->>'orderId' = $1 order by tx, id`,
    [orderId, like],
  );
  return rows.map((row) => row.name);
}

const owners = new WeakMap<House, Visitor>();

/** What the stock says of a variant at a place, over HTTP as everybody asks it. */
async function levelOf(
  house: House,
  variantId: string,
  placeId: string,
): Promise<{ onHand: number; reserved: number }> {
  const asked = await owners.get(house)?.ask('GET', `/v1/stock/${variantId}`);
  const body = asked?.body as unknown as { items: { placeId: string; onHand: number; reserved: number }[] } | undefined;
  return body?.items.find((one) => one.placeId === placeId) ?? { onHand: 0, reserved: 0 };
}

/** What is promised of a variant at a place. */
export const reserved = async (house: House, variantId: string, placeId: string): Promise<number> =>
  (await levelOf(house, variantId, placeId)).reserved;

export const onHand = async (house: House, variantId: string, placeId: string): Promise<number> =>
  (await levelOf(house, variantId, placeId)).onHand;

/** Balances are the sums of their entries, and nothing of an order was lost or made. */
export async function proveAll(house: House, orderId: string): Promise<void> {
  expect(await house.db.tx((tx) => proveLedger(tx))).toEqual([]);
  const [sums] = await house.db.query(
    `select (o.total_minor - coalesce(sum(t.amount_minor), 0))::int as open,
       (o.refunded_minor - coalesce(sum(t.refunded_minor) filter (where t.kind <> 'due'), 0))::int as back
     from "order"."order" o left join "order".tender t on t.order_id = o.id where o.id = $1 group by o.id`,
    [orderId],
  );
  expect(sums).toEqual({ open: 0, back: 0 });
}
