import { openCard } from '@ruslo/card';
import { saveProducts } from '@ruslo/catalog';
import type { ProductRow } from '@ruslo/catalog';
import { openPaymentLab } from '@ruslo/lab-payment';
import type { PaymentLab } from '@ruslo/lab-payment';
import { saveProgramme } from '@ruslo/loyalty';
import { addCoupons, savePromotions } from '@ruslo/offer';
import type { SavedPromotion } from '@ruslo/offer';
import { openPayment } from '@ruslo/payment';
import type { App, Clock, OpenHouse, Slice } from '@ruslo/platform';
import { movableClock, signInOwner } from '@ruslo/staff/testing';
import type { MovableClock, Visitor } from '@ruslo/staff/testing';
import { setLevels } from '@ruslo/stock';
import { slices as sellingSlices } from '../bench/lib-commerce-slices.ts';

/** A small chain in which anything may be bought, and its provider, for drills and tests of the whole. */

/** A house that answers requests without a network. */
export type Served = OpenHouse & { readonly app: App };

/** Opens a house on a fresh database and, when asked again, a second process's view of the same. */
export type Opener = (slices: readonly Slice[], clock: Clock) => Promise<{ house: Served; other: Served }>;

export interface Goods {
  readonly id: string;
  readonly kind: 'good' | 'service' | 'gift-card';
  /** How many of it people take at once. */
  readonly most: number;
}

export interface Filled {
  /** A back-end that may do all that a till, a desk and an agent do. */
  readonly secret: string;
  readonly places: readonly string[];
  readonly goods: readonly Goods[];
  readonly coupons: readonly string[];
}

export interface World extends Filled {
  /** Two processes on one database. */
  readonly houses: readonly [Served, Served];
  readonly clock: MovableClock;
  readonly lab: PaymentLab;
  close(): Promise<void>;
}

const scopes = [
  'order.read',
  'order.write',
  'order.sell',
  'order.pick',
  'order.hand-out',
  'order.return',
  'order.cancel',
  'purse.read',
  'purse.adjust',
  'stock.read',
  'stock.manage',
  'card.sell',
  'customer.session',
  'customer.merge',
];

/** Prices and quantities that do not divide, so that remainders must go somewhere. */
const assortment: readonly (Omit<ProductRow, 'code' | 'variants'> & {
  readonly sku: string;
  readonly most: number;
  readonly stock: number;
  readonly variant: Omit<ProductRow['variants'][number], 'sku'>;
})[] = [
  {
    sku: 'phone',
    title: 'Смартфон',
    most: 1,
    stock: 60,
    variant: { priceMinor: 1_999_900, vat: '22', warrantyMonths: 12 },
  },
  { sku: 'case', title: 'Чехол', most: 4, stock: 300, variant: { priceMinor: 33_333, vat: '22' } },
  { sku: 'cable', title: 'Кабель', most: 7, stock: 500, variant: { priceMinor: 4_990, vat: '22' } },
  { sku: 'match', title: 'Спички', most: 9, stock: 500, variant: { priceMinor: 7, vat: '22' } },
  {
    sku: 'kettle',
    title: 'Чайник',
    most: 2,
    stock: 40,
    variant: { priceMinor: 270_001, vat: '22', warrantyMonths: 6 },
  },
  { sku: 'book', title: 'Книга', most: 3, stock: 200, variant: { priceMinor: 89_990, vat: '10' } },
  // So scarce that people go without.
  { sku: 'rare', title: 'Редкость', most: 1, stock: 4, variant: { priceMinor: 500_000, vat: '22' } },
  {
    sku: 'cheese',
    title: 'Сыр',
    most: 1_234,
    stock: 100_000,
    variant: { priceMinor: 89_990, vat: '10', unit: 'weight' },
  },
  {
    sku: 'kit',
    title: 'Набор',
    most: 2,
    stock: 0,
    variant: {
      priceMinor: 41_111,
      vat: '22',
      components: [
        { sku: 'case', quantity: 1 },
        { sku: 'cable', quantity: 2 },
      ],
    },
  },
  { sku: 'setup', title: 'Настройка', most: 2, stock: 0, kind: 'service', variant: { priceMinor: 150_000, vat: '22' } },
  { sku: 'card', title: 'Карта', most: 2, stock: 0, kind: 'gift-card', variant: { priceMinor: 100_000, vat: 'none' } },
];

async function makeGoods(house: Served, places: readonly string[], now: Date): Promise<Goods[]> {
  const rows = assortment.map(({ sku, title, kind, variant }): ProductRow => ({
    code: sku,
    title,
    ...(kind !== undefined && { kind }),
    variants: [{ ...variant, sku }],
  }));
  // A kit is read by the names of its parts, so these are there before it.
  const plain = rows.filter((row) => row.code !== 'kit');
  const saved = [
    ...(await house.db.tx((tx) => saveProducts(house, tx, plain, { at: now, by: 'drill' }))),
    ...(await house.db.tx((tx) =>
      saveProducts(
        house,
        tx,
        rows.filter((row) => row.code === 'kit'),
        { at: now, by: 'drill' },
      ),
    )),
  ];
  const ids = new Map(
    saved.map((one, index) => [[...plain.map((row) => row.code), 'kit'][index] ?? '', one.variants[0]?.id]),
  );
  const levels = assortment
    .filter(({ stock }) => stock > 0)
    .flatMap(({ sku, stock }) => places.map((placeId) => ({ variantId: ids.get(sku) ?? '', placeId, onHand: stock })));
  await house.db.tx((tx) => setLevels(tx, levels, { kind: 'imported', ref: null, by: null, now }));
  return assortment.map(({ sku, kind = 'good', most }) => {
    const id = ids.get(sku);
    if (id === undefined) throw new Error(`${sku} was not saved: ${JSON.stringify(saved)}`);
    return { id, kind, most };
  });
}

/** Discounts that meet each other: on lines, on the order, by unit, by coupon, with limits. Returns the codes of coupons. */
async function makePromotions(house: Served, goods: readonly Goods[], now: Date): Promise<string[]> {
  const of = (index: number): { variantIds: string[] } => ({ variantIds: [goods[index]?.id ?? ''] });
  const promotions: SavedPromotion[] = [
    { rule: { name: 'Чехлы −7 %', effects: [{ kind: 'percent', lines: of(1), bp: 700 }] } },
    {
      rule: {
        name: 'От 5 000 ₽ −333,01 ₽',
        condition: { kind: 'sum', minMinor: 500_000 },
        effects: [{ kind: 'order-amount', amountMinor: 33_301 }],
      },
    },
    { rule: { name: 'Третий кабель даром', effects: [{ kind: 'nth', lines: of(2), every: 3 }] } },
    {
      rule: {
        name: 'Чайники первым сорока',
        effects: [{ kind: 'percent', lines: of(4), bp: 1_111 }],
        limits: { uses: 40 },
      },
    },
    {
      rule: {
        name: 'В приложении −1 %',
        condition: { kind: 'channel', channels: ['app'] },
        effects: [{ kind: 'order-percent', bp: 100 }],
      },
    },
    {
      rule: {
        name: 'По купону −13 %',
        condition: { kind: 'coupon' },
        effects: [{ kind: 'order-percent', bp: 1_300 }],
      },
    },
  ];
  const ids = await house.db.tx((tx) => savePromotions(house, tx, promotions, now));
  const ruleId = ids.at(-1) ?? '';
  const coupons = [
    { ruleId, code: 'MANY', kind: 'shared' as const },
    { ruleId, code: 'FEWONLY', kind: 'shared' as const, uses: 12 },
    { ruleId, code: 'EACHONE', kind: 'shared' as const, perCustomer: 1 },
  ];
  await house.db.tx((tx) => addCoupons(tx, coupons, now));
  return coupons.map(({ code }) => code);
}

/** Programme, places, goods, promotions and a key. */
export async function fillWorld(house: Served, owner: Visitor, now: Date): Promise<Filled> {
  await house.db.tx((tx) =>
    saveProgramme(
      tx,
      { earnRateBp: 500, spendLimitBp: 5_000, spendOnPromoted: true, expiryDays: 30, graceDays: 5 },
      'drill',
      now,
    ),
  );
  const made = await owner.ask('POST', '/v1/keys', { name: 'drill', scopes });
  const { secret } = made.body as unknown as { secret?: string };
  if (secret === undefined) throw new Error(`no key: ${made.status} ${JSON.stringify(made.body)}`);
  const places: string[] = [];
  for (const [code, lat, lon] of [
    ['KZN-1', 55.79, 49.12],
    ['KZN-2', 55.8, 49.15],
    ['MSK-1', 55.75, 37.62],
  ] as const) {
    const services = ['sale', 'pickup', 'try-on', 'return', 'ship'];
    const place = await owner.ask('POST', '/v1/places', {
      code,
      kind: 'shop',
      name: code,
      city: code,
      lat,
      lon,
      services,
    });
    places.push((place.body as unknown as { id: string }).id);
  }
  const goods = await makeGoods(house, places, now);
  const coupons = await makePromotions(house, goods, now);
  return { secret, places, goods, coupons };
}

export async function openWorld(open: Opener): Promise<World> {
  const clock = movableClock(new Date('2026-11-20T09:00:00Z'));
  const lab = await openPaymentLab({ now: () => clock.now() });
  const port = openCard({ url: lab.url, secret: lab.secret, timeoutMs: 5_000 });
  const slices = sellingSlices.map((slice) => (slice.name === 'payment' ? openPayment([port]) : slice));
  const { house, other } = await open(slices, clock);
  const owner = await signInOwner(house);
  const address = new URL(await house.app.listen({ port: 0, host: '127.0.0.1' }));
  lab.control.webhookUrl = `http://127.0.0.1:${address.port}/v1/payments/card/webhook`;
  const filled = await fillWorld(house, owner, clock.now());
  return {
    houses: [house, other],
    clock,
    lab,
    ...filled,
    async close() {
      await lab.control.quiet();
      await other.close();
      await house.close();
      await lab.close();
    },
  };
}
