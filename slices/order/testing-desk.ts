import { cart } from '@ruslo/cart';
import { catalog, saveProducts } from '@ruslo/catalog';
import { identity, resolve } from '@ruslo/identity';
import { checkDocument } from '@ruslo/lab-fiscal';
import { loyalty, saveProgramme } from '@ruslo/loyalty';
import { offer } from '@ruslo/offer';
import { openPayment } from '@ruslo/payment';
import type { PaymentPort } from '@ruslo/payment';
import { place } from '@ruslo/place';
import { newId, runDuty } from '@ruslo/platform';
import type { House, Slice } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { DocumentRefused, openReceipt, receiptsOf } from '@ruslo/receipt';
import type { FiscalPort, Receipt } from '@ruslo/receipt';
import { staff } from '@ruslo/staff';
import { movableClock, signInAs, signInOwner } from '@ruslo/staff/testing';
import type { Answer, MovableClock, Visitor } from '@ruslo/staff/testing';
import { proveStock, setLevels, stock } from '@ruslo/stock';
import { timeline } from '@ruslo/timeline';
import { activateCards, balance, earn, giftCards, issueCards, proveLedger, wallet } from '@ruslo/wallet';
import { expect } from 'vitest';
import { order } from './index.ts';
import { settlePayment } from './settle.ts';

/** Two shops, a warehouse, goods, people and money for the tests of the desk. */

/** A provider at which everybody pays at once. */
const atOnce: PaymentPort = {
  name: 'card',
  start: async (payment) => ({ providerRef: payment.id, confirmUrl: 'http://127.0.0.1/confirm', state: 'pending' }),
  state: async () => ({ state: 'succeeded', failure: null }),
  cancel: async () => {},
  refund: async () => ({ state: 'succeeded', failure: null }),
  readWebhook: () => undefined,
};

/** A register that holds every document against the rules of its tags. */
const strict: FiscalPort = {
  name: 'register',
  async register({ id, document }) {
    try {
      checkDocument(document);
    } catch (error) {
      throw new DocumentRefused(String(error));
    }
    return { number: id.slice(-12), fiscalSign: id.slice(0, 13), registeredAt: new Date() };
  },
};

const slices: readonly Slice[] = [
  identity,
  staff,
  timeline,
  place,
  catalog,
  stock,
  offer,
  wallet,
  openPayment([atOnce]),
  openReceipt(strict),
  loyalty,
  cart,
  order,
];

export interface Good {
  readonly id: string;
  readonly sku: string;
  readonly ean: string;
  readonly priceMinor: number;
}

export interface World {
  readonly house: TestHouse;
  readonly clock: MovableClock;
  readonly owner: Visitor;
  /** Holds the role `pickup`. */
  readonly desk: Visitor;
  readonly shop: string;
  readonly otherShop: string;
  readonly warehouse: string;
  readonly goods: readonly Good[];
  good(index: number): Good;
}

/** Prices that do not divide: remainders must go somewhere. */
export const prices = [
  1_999_900, 149_900, 99_999, 33_333, 100, 70_000, 70_000, 500_000, 12_345, 1_000_000, 4_990, 150_000, 89_990, 120_000,
];
/** A gift card, cheese by weight, and a kit of two of good 8 and one of good 6. */
export const giftCard = 11;
export const cheese = 12;
export const kit = 13;

export async function openWorld(): Promise<World> {
  const clock = movableClock();
  const house = await openTestHouse({ slices, clock });
  const owner = await signInOwner(house);
  const desk = await signInAs(owner, ['pickup'], 'desk@example.ru');
  const [shop, otherShop, warehouse] = [
    await makePlace(owner, { code: 'KZN-1', kind: 'shop', lat: 55.79, lon: 49.11 }),
    await makePlace(owner, { code: 'KZN-2', kind: 'shop', lat: 55.8, lon: 49.15 }),
    await makePlace(owner, { code: 'MSK-W', kind: 'warehouse', lat: 55.75, lon: 37.61 }),
  ];
  await owner.ask('PUT', `/v1/places/${shop}/cells`, { codes: ['A1', 'A2', 'A3', 'A4'] });
  const goods = await makeGoods(house);
  await stockUp(house, goods, [shop, otherShop], 1_000);
  await stockUp(house, goods.slice(cheese, kit), [shop, otherShop], 100_000);
  await house.db.tx((tx) =>
    saveProgramme(tx, { pointMinor: 100, earnRateBp: 500, spendLimitBp: 3_000, returnDays: 14 }, 'test', clock.now()),
  );
  return {
    house,
    clock,
    owner,
    desk,
    shop,
    otherShop,
    warehouse,
    goods,
    good(index) {
      const good = goods[index];
      if (good === undefined) throw new Error(`no good ${index}`);
      return good;
    },
  };
}

async function makePlace(owner: Visitor, from: object): Promise<string> {
  const services = ['sale', 'pickup', 'return', 'ship', 'try-on'];
  const made = await owner.ask('POST', '/v1/places', { name: 'Маяк', city: 'Казань', services, ...from });
  expect(made.status).toBe(200);
  return (made.body as unknown as { id: string }).id;
}

async function makeGoods(house: House): Promise<Good[]> {
  const rows = prices.map((priceMinor, index) => {
    const sku = `SKU-${index}`;
    const warrantyMonths = index < 3 ? 12 : null;
    return {
      code: `P-${index}`,
      title: `Товар ${index}`,
      kind: index === giftCard ? ('gift-card' as const) : ('good' as const),
      variants: [
        {
          sku,
          priceMinor,
          eans: [`46000000000${10 + index}`],
          warrantyMonths,
          vat: '22' as const,
          unit: index === cheese ? ('weight' as const) : ('piece' as const),
          components:
            index === kit
              ? [
                  { sku: 'SKU-8', quantity: 2 },
                  { sku: 'SKU-6', quantity: 1 },
                ]
              : [],
        },
      ],
    };
  });
  const saved = await house.db.tx((tx) => saveProducts(house, tx, rows, { at: house.clock.now(), by: 'test' }));
  return saved.map((product, index) => ({
    id: product.variants[0]?.id ?? '',
    sku: `SKU-${index}`,
    ean: `46000000000${10 + index}`,
    priceMinor: prices[index] ?? 0,
  }));
}

export async function stockUp(
  house: House,
  goods: readonly Good[],
  places: readonly string[],
  onHand: number,
): Promise<void> {
  const levels = goods.flatMap((good) => places.map((placeId) => ({ variantId: good.id, placeId, onHand })));
  await house.db.tx((tx) => setLevels(tx, levels, { kind: 'imported', ref: null, by: null, now: house.clock.now() }));
}

export interface Person {
  readonly customerId: string;
  readonly phone: string;
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown, key?: string): Promise<Answer>;
}

let people = 0;

/** Somebody with a phone, signed in at the site. */
export async function makePerson(world: World): Promise<Person> {
  const { house, owner } = world;
  people += 1;
  const phone = `+7912${String(Date.now() % 10_000).padStart(4, '0')}${String(people).padStart(3, '0')}`;
  const at = house.clock.now().toISOString();
  const identifiers = [{ kind: 'phone', value: phone, proof: 'proven' }] as const;
  const seen = { at, occurredAt: at, sourceId: null, channel: 'web', identifiers, traits: undefined } as const;
  await house.db.retry((tx) => resolve(tx, [seen], house.clock.now()));
  const opened = await owner.ask('POST', '/v1/customer-sessions', { identifiers: [{ kind: 'phone', value: phone }] });
  const { token, customerId } = opened.body as unknown as { token: string; customerId: string };
  return {
    customerId,
    phone,
    async ask(method, url, body, key) {
      const response = await house.app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}`, ...(key === undefined ? {} : { 'idempotency-key': key }) },
        ...(body !== undefined && { payload: body as object }),
      });
      const json = String(response.headers['content-type']).includes('json');
      return { status: response.statusCode, headers: response.headers, body: json ? response.json() : {} };
    },
  };
}

export async function givePoints(house: House, customerId: string, amount: number): Promise<void> {
  const now = house.clock.now();
  const kind = 'points' as const;
  const lot = {
    customerId,
    kind,
    amount,
    availableAt: now,
    expiresAt: null,
    ref: null,
    reason: 'gift',
    key: newId(),
    now,
  };
  await house.db.tx((tx) => earn(tx, [lot]));
}

export async function makeCard(house: House, amountMinor: number): Promise<{ id: string; code: string }> {
  const now = house.clock.now();
  const ref = newId();
  return house.db.tx(async (tx) => {
    const from = { amountsMinor: [amountMinor], currency: 'RUB', ref, expiresAt: null, key: ref, now };
    const [card] = await issueCards(tx, from);
    if (card === undefined) throw new Error('no card');
    await activateCards(tx, ref, now);
    return { id: card.id, code: card.code };
  });
}

export interface Wish {
  readonly lines: readonly { readonly good: Good; readonly quantity: number }[];
  readonly checkout: Readonly<Record<string, unknown>>;
}

export interface Placed {
  readonly orderId: string;
  readonly number: string;
  readonly totalMinor: number;
  readonly parcels: readonly string[];
}

/** Cart, checkout, placement and payment, as the site does it. */
export async function placeAndPay(world: World, person: Person, wish: Wish): Promise<Placed> {
  const { house } = world;
  const ops = wish.lines.map(({ good, quantity }) => ({ op: 'add', variantId: good.id, quantity }));
  expect(await person.ask('POST', '/v1/customers/me/cart/operations', { key: newId(), ops })).toMatchObject({
    status: 200,
  });
  const recipient = { name: 'Анна', phone: person.phone, ...(wish.checkout['recipient'] as object | undefined) };
  const saved = await person.ask('PUT', '/v1/customers/me/checkout', { step: 'confirm', ...wish.checkout, recipient });
  expect(saved).toMatchObject({ status: 200 });
  const quote = await person.ask('POST', '/v1/customers/me/checkout/quote', {});
  expect(quote).toMatchObject({ status: 200 });
  const expectedTotalMinor = (quote.body as unknown as { totalMinor: number }).totalMinor;
  const placed = await person.ask('POST', '/v1/customers/me/checkout/place', { expectedTotalMinor }, newId());
  expect(placed).toMatchObject({ status: 200 });
  const { orderId, number, totalMinor, paymentId } = placed.body as unknown as Placed & { paymentId: string | null };
  if (paymentId !== null) await settlePayment(house, paymentId);
  const rows = await house.db.query<{ id: string }>(
    'select id from "order".fulfilment where order_id = $1 order by id',
    [orderId],
  );
  return { orderId, number, totalMinor, parcels: rows.map((row) => row.id) };
}

/** Take, pack, make ready: what lies between the order and the desk. */
export async function makeReady(world: World, parcelId: string): Promise<void> {
  expect(await world.desk.ask('POST', `/v1/fulfilments/${parcelId}/ready`, { all: true })).toMatchObject({
    status: 200,
  });
}

export interface Sums {
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly state: string;
  readonly tenders: Readonly<Record<string, { amountMinor: number; refundedMinor: number }>>;
}
export async function sumsOf(house: House, orderId: string): Promise<Sums> {
  const [row] = await house.db.query<{ paid: number; refunded: number; state: string }>(
    `select paid_minor as paid, refunded_minor as refunded, state from "order"."order" where id = $1`,
    [orderId],
  );
  const tenders = await house.db.query<{ kind: string; amount: number; refunded: number }>(
    `select kind, sum(amount_minor)::bigint as amount, sum(refunded_minor)::bigint as refunded from "order".tender where order_id = $1 group by kind`,
    [orderId],
  );
  return {
    paidMinor: row?.paid ?? 0,
    refundedMinor: row?.refunded ?? 0,
    state: row?.state ?? '',
    tenders: Object.fromEntries(
      tenders.map((one) => [one.kind, { amountMinor: one.amount, refundedMinor: one.refunded }]),
    ),
  };
}

export async function onHand(
  world: World,
  variantId: string,
  placeId: string,
): Promise<{ onHand: number; reserved: number }> {
  const { body } = await world.owner.ask('GET', `/v1/stock/${variantId}`);
  const { items } = body as unknown as { items: { placeId: string; onHand: number; reserved: number }[] };
  const level = items.find((one) => one.placeId === placeId);
  return { onHand: level?.onHand ?? 0, reserved: level?.reserved ?? 0 };
}

export const points = async (world: World, person: Person): Promise<{ active: number; pending: number }> => {
  const { active, pending } = await balance(world.house.db, [person.customerId], 'points', world.clock.now());
  return { active, pending };
};

export const cardLeft = async (world: World, cardId: string): Promise<number> =>
  (await giftCards(world.house.db, [cardId], world.clock.now()))[0]?.balanceMinor ?? 0;

/** Receipts of an order in the order they were issued, by their tags. */
export const documentsOf = async (house: House, orderId: string): Promise<Receipt[]> =>
  (await receiptsOf(house.db, [orderId])).toSorted((one, other) => (one.id < other.id ? -1 : 1));

export const factsOf = async (house: House, orderId: string): Promise<string[]> =>
  (
    await house.db.query<{ name: string }>(
      `select name from log.event where data ->> 'orderId' = $1 and kind = 'fact' order by tx, id`,
      [orderId],
    )
  ).map((row) => row.name);

/** Every ledger agrees with itself, and every order with its lines, tenders and payments. */
export async function proveAll(world: World): Promise<void> {
  const { house } = world;
  expect(await proveLedger(house.db)).toEqual([]);
  expect(await proveStock(house.db)).toEqual([]);
  const wrong = await house.db.query(
    `select o.number, o.total_minor, o.paid_minor, o.refunded_minor, t.amount, t.refunded
     from "order"."order" o cross join lateral (
       select coalesce(sum(amount_minor) filter (where kind <> 'due'), 0) as amount,
         coalesce(sum(refunded_minor) filter (where kind <> 'due'), 0) as refunded
       from "order".tender where order_id = o.id) t
     where (o.state = 'completed' or o.pay = 'now' and o.state not in ('awaiting-payment', 'expired', 'cancelled')) and (o.paid_minor <> t.amount or o.refunded_minor <> t.refunded)`,
  );
  expect(wrong).toEqual([]);
  await runDuty(house, 'receipt.register');
  const failed = await world.owner.ask('GET', '/v1/receipts?state=failed');
  expect((failed.body as unknown as { items: object[] }).items).toEqual([]);
  const parts = await house.db.query(
    `select f.id, l.* from "order".fulfilment f join "order".fulfilment_line l on l.fulfilment_id = f.id
     where f.state = 'done' and l.taken + l.refused + l.not_found + l.cancelled <> l.quantity`,
  );
  expect(parts).toEqual([]);
}
