import { goods } from './assortment.ts';
import { callReasons, campaigns, menu, questions, searches, shops } from './brand.ts';
import type { Product, Shop, SourceKey } from './brand.ts';
import type { Person } from './people.ts';
import type { Chance } from './random.ts';

/** One thing that a person of the demo did. `visitor` events come from a browser that has not signed in yet. */
export type Deed = {
  at: number;
  kind: 'track' | 'page' | 'screen';
  name: string;
  source: SourceKey;
  who: 'person' | 'visitor';
  properties: Record<string, unknown>;
};

export type Life = {
  deeds: Deed[];
  /** Browser cookie of the site; it belongs to the visitor until the sign-in. */
  anonymousId: string | undefined;
  device: string | undefined;
  pushToken: string | undefined;
  /** When the visitor of the site signed in for the first time; until then she was a stranger there. */
  signedInAt: number | undefined;
  createdAt: number;
  lastAt: number;
};

const minute = 60_000;
const day = 86_400_000;
/** The demo lives in Moscow time all year. */
const zoneMs = 3 * 3_600_000;

// Shares of the day's hours, from midnight.
const hours = {
  online: [2, 1, 1, 0, 0, 1, 2, 4, 6, 7, 7, 7, 8, 8, 7, 7, 7, 8, 10, 12, 14, 14, 10, 5],
  shop: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 7, 9, 9, 8, 8, 9, 11, 13, 12, 8, 3, 0, 0],
  cafe: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 10, 13, 12, 9, 9, 9, 8, 8, 6, 4, 1, 0, 0],
  office: [0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 11, 12, 10, 8, 9, 10, 10, 9, 7, 5, 3, 0, 0, 0],
};
// From Sunday: shops are full at the end of the week, the call line is not.
const weekdays = {
  online: [9, 8, 8, 8, 8, 8, 8],
  shop: [15, 7, 7, 8, 9, 12, 17],
  cafe: [12, 8, 8, 8, 9, 11, 14],
  office: [3, 11, 11, 10, 10, 9, 4],
};
type Rhythm = keyof typeof hours;

/** A moment of the last `days` days that fits the rhythm of the week and of the day; the last weeks a little fuller. */
function moment(chance: Chance, now: number, days: number, rhythm: Rhythm, since = 0): number {
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const back = Math.floor(days * chance.next() ** 1.15);
    const midnight = Math.floor((now + zoneMs) / day) * day - back * day;
    const weekday = new Date(midnight).getUTCDay();
    if (!chance.chance((weekdays[rhythm][weekday] ?? 8) / 17)) continue;
    const hour = chance.weighted(hours[rhythm]);
    const at = midnight - zoneMs + hour * 3_600_000 + chance.below(3_600_000);
    if (at < now - 2 * minute && at > since) return at;
  }
  return Math.max(since + minute, now - chance.between(1, Math.max(2, days)) * day - chance.below(day / 4));
}

/** Everything that one person did in the last `days` days, about `mean` deeds on average over people. */
export function live(chance: Chance, person: Person, now: number, days: number, mean: number): Life {
  const deeds: Deed[] = [];
  const createdAt = now - chance.between(days, days * 4) * day;
  // Few are very active and many hardly at all.
  const activity = Math.min(6, 0.25 + -Math.log(1 - chance.next()) * 0.75);
  const episodes = mean === 0 ? 0 : Math.max(1, Math.round((activity * mean) / 2.1));
  const online = person.userId !== undefined;
  const usesApp = online && chance.chance(0.45);
  const usesWeb = online && (!usesApp || chance.chance(0.6));
  const life: Life = {
    deeds, createdAt, lastAt: createdAt, signedInAt: undefined,
    anonymousId: usesWeb ? chance.uuid() : undefined,
    device: usesApp ? chance.uuid() : undefined,
    pushToken: usesApp && chance.chance(0.7) ? chance.hex(64) : undefined,
  }; // prettier-ignore
  const home = shops.filter((shop) => shop.city === person.city);
  const weights = [usesWeb ? 26 : 0, usesApp ? 26 : 0, person.card === undefined ? 6 : 22, person.card === undefined ? 2 : 12, 5,
    person.email === undefined ? 0 : 14, person.telegram === undefined ? 0 : 12, life.pushToken === undefined ? 0 : 8]; // prettier-ignore
  const make = [browse, browseApp, buyInShop, drinkCoffee, call, readMail, chat, tapPush];
  for (let episode = 0; episode < episodes; episode += 1) {
    make[chance.weighted(weights)]?.({ chance, person, now, days, deeds, home });
  }
  deeds.sort((a, b) => a.at - b.at);
  signIn(chance, life);
  life.lastAt = deeds.at(-1)?.at ?? createdAt;
  return life;
}

type Scene = { chance: Chance; person: Person; now: number; days: number; deeds: Deed[]; home: readonly Shop[] };

/** The first visits to the site happen as a stranger; then a one-time code shows who it was. */
function signIn(chance: Chance, life: Life): void {
  if (life.anonymousId === undefined || !chance.chance(0.4)) return;
  const visits = life.deeds.filter((deed) => deed.source === 'site');
  const at = visits[chance.between(1, Math.max(1, Math.min(8, visits.length - 1)))]?.at;
  if (at === undefined) return;
  for (const deed of visits) if (deed.at < at) deed.who = 'visitor';
  life.signedInAt = at - 1000;
  life.deeds.push({
    at: at - 1000,
    kind: 'track',
    name: 'Signed In',
    source: 'site',
    who: 'person',
    properties: { method: 'sms-code' },
  });
  life.deeds.sort((a, b) => a.at - b.at);
}

const line = (product: Product, quantity = 1): Record<string, unknown> => ({
  product_id: product.sku, sku: product.sku, name: product.name, category: product.category, price: product.price, quantity,
}); // prettier-ignore

const products = goods();
const shelves = new Map<string, Product[]>();
for (const product of products) {
  const shelf = shelves.get(product.category);
  if (shelf === undefined) shelves.set(product.category, [product]);
  else shelf.push(product);
}
/** Half of what people look for are the bestsellers. */
const bestsellers = products.slice(0, 60);
const wish = (chance: Chance): Product => chance.pickPopular(chance.chance(0.5) ? bestsellers : products);

const orderNumber = (chance: Chance, prefix: string): string => `${prefix}-${chance.between(100_000_000, 999_999_999)}`;

function browse(scene: Scene): void {
  shopOnline(scene, 'site');
}

function browseApp(scene: Scene): void {
  shopOnline(scene, 'app');
}

function shopOnline(scene: Scene, source: 'site' | 'app'): void {
  const { chance, now, days, deeds } = scene;
  let at = moment(chance, now, days, 'online');
  const add = (name: string, properties: Record<string, unknown>, kind: Deed['kind'] = 'track'): void => {
    if (at < now) deeds.push({ at, kind, name, source, who: 'person', properties });
    at += chance.between(8, 140) * 1000;
  };
  if (source === 'site') add('Главная', { path: '/', url: 'https://mayak.example/' }, 'page');
  else add('Главная', {}, 'screen');
  if (chance.chance(0.45)) add('Products Searched', { query: chance.pickPopular(searches) });
  const shelf = shelves.get(wish(chance).category) ?? products;
  const seen = Array.from({ length: chance.between(1, 3) }, () => chance.pickPopular(shelf));
  for (const product of new Set(seen)) add('Product Viewed', line(product));
  if (!chance.chance(0.38)) return;
  const wanted = chance.pick(seen);
  add('Product Added', { cart_id: chance.hex(8), ...line(wanted) });
  if (!chance.chance(0.55)) return;
  add('Checkout Started', { value: wanted.price, currency: 'RUB', products: [line(wanted)] });
  if (!chance.chance(0.7)) return;
  const pickup = chance.chance(0.6) ? chance.pick(scene.home) : undefined;
  const order = orderNumber(chance, source === 'site' ? 'W' : 'A');
  add('Order Completed', {
    order_id: order,
    total: wanted.price,
    currency: 'RUB',
    delivery: pickup === undefined ? 'courier' : 'pickup',
    shop: pickup?.name,
    products: [line(wanted)],
  });
  if (pickup !== undefined) handOut(scene, at, order, pickup, wanted);
}

function handOut(scene: Scene, orderedAt: number, order: string, place: Shop, product: Product): void {
  const { chance, now, deeds } = scene;
  const ready = orderedAt + chance.between(40, 300) * minute;
  if (ready < now)
    deeds.push({
      at: ready,
      kind: 'track',
      name: 'Order Ready',
      source: 'pickup',
      who: 'person',
      properties: { order_id: order, shop: place.name },
    });
  const handed = ready + chance.between(60, 2400) * minute;
  if (handed > now) return;
  deeds.push({
    at: handed,
    kind: 'track',
    name: 'Order Picked Up',
    source: 'pickup',
    who: 'person',
    properties: { order_id: order, shop: place.name },
  });
  if (!chance.chance(0.04)) return;
  const back = handed + chance.between(1, 12) * day;
  if (back < now)
    deeds.push({
      at: back,
      kind: 'track',
      name: 'Order Refunded',
      source: `till:${place.id}`,
      who: 'person',
      properties: {
        order_id: order,
        total: product.price,
        currency: 'RUB',
        shop: place.name,
        products: [line(product)],
      },
    });
}

function buyInShop(scene: Scene): void {
  const { chance, now, days, deeds, person } = scene;
  const shop = chance.chance(0.93) ? chance.pickPopular(scene.home) : chance.pick(shops);
  const at = moment(chance, now, days, 'shop');
  const bought = Array.from({ length: chance.weighted([0, 60, 25, 10, 5]) }, () => wish(chance)).map((product) =>
    line(product, chance.chance(0.9) ? 1 : 2),
  );
  const total = bought.reduce((sum, item) => sum + Number(item['price']) * Number(item['quantity']), 0);
  deeds.push({
    at,
    kind: 'track',
    name: 'Order Completed',
    source: `till:${shop.id}`,
    who: 'person',
    properties: {
      order_id: orderNumber(chance, 'Ч'),
      total,
      currency: 'RUB',
      shop: shop.name,
      card: person.card,
      products: bought,
    },
  });
}

function drinkCoffee(scene: Scene): void {
  const { chance, now, days, deeds, person } = scene;
  const shop = chance.pickPopular(scene.home);
  const ordered = Array.from({ length: chance.between(1, 2) }, () => chance.pickPopular(menu)).map((product) =>
    line(product),
  );
  const total = ordered.reduce((sum, item) => sum + Number(item['price']), 0);
  deeds.push({
    at: moment(chance, now, days, 'cafe'),
    kind: 'track',
    name: 'Order Completed',
    source: `cafe:${shop.id}`,
    who: 'person',
    properties: {
      order_id: orderNumber(chance, 'К'),
      total,
      currency: 'RUB',
      shop: `Маяк Кофе, ${shop.name}`,
      card: person.card,
      products: ordered,
    },
  });
}

function call(scene: Scene): void {
  const { chance, now, days, deeds } = scene;
  deeds.push({
    at: moment(chance, now, days, 'office'),
    kind: 'track',
    name: 'Call Completed',
    source: 'call',
    who: 'person',
    properties: {
      direction: chance.chance(0.85) ? 'in' : 'out',
      reason: chance.pickPopular(callReasons),
      durationS: chance.between(40, 620),
    },
  });
}

function readMail(scene: Scene): void {
  const { chance, now, days, deeds } = scene;
  const at = moment(chance, now, days, 'office');
  const properties = { campaign: chance.pick(campaigns) };
  const add = (after: number, name: string): void => {
    if (at + after < now)
      deeds.push({ at: at + after, kind: 'track', name, source: 'mail', who: 'person', properties });
  };
  add(0, 'Email Delivered');
  if (!chance.chance(0.42)) return;
  const opened = chance.between(3, 900) * minute;
  add(opened, 'Email Opened');
  if (chance.chance(0.22)) add(opened + chance.between(5, 60) * 1000, 'Email Link Clicked');
}

function chat(scene: Scene): void {
  const { chance, now, days, deeds } = scene;
  let at = moment(chance, now, days, 'online');
  const conversation = chance.hex(8);
  const say = (name: string, text: string): void => {
    if (at < now)
      deeds.push({ at, kind: 'track', name, source: 'bot', who: 'person', properties: { conversation, text } });
    at += chance.between(20, 400) * 1000;
  };
  say('Message Received', chance.pick(questions));
  say(
    'Message Sent',
    chance.pick([
      'Здравствуйте! Сейчас посмотрю.',
      'Да, есть в наличии в вашем магазине.',
      'Заказ уже собран, можно забирать.',
      'Конечно, подскажу.',
    ]),
  );
  if (chance.chance(0.4))
    say('Message Received', chance.pick(['Спасибо!', 'Отлично, приду сегодня.', 'Понятно, благодарю.']));
}

function tapPush(scene: Scene): void {
  const { chance, now, days, deeds } = scene;
  const at = moment(chance, now, days, 'office');
  const properties = { campaign: chance.pick(campaigns) };
  deeds.push({ at, kind: 'track', name: 'Push Notification Received', source: 'push', who: 'person', properties });
  const tapped = at + chance.between(1, 120) * minute;
  if (chance.chance(0.25) && tapped < now)
    deeds.push({
      at: tapped,
      kind: 'track',
      name: 'Push Notification Tapped',
      source: 'push',
      who: 'person',
      properties,
    });
}
