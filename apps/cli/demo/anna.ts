import { cardFrom } from '@ruslo/identity';
import { menu, products, shops } from './brand.ts';
import type { Product, SourceKey } from './brand.ts';
import type { Deed, Life } from './behaviour.ts';
import type { Person } from './people.ts';

/** Anna, whose story the product is judged by: one person who appears out of every channel. Always the demo's first customer. */
export const anna: Person = {
  index: 0, gender: 'f', first: 'Анна', middle: 'Викторовна', last: 'Соловьёва', birthDate: '1991-04-17', city: 'Казань',
  phone: '+79430000017', email: 'anna.solovyova@pochta.example', card: cardFrom('1000000'), userId: 'u-0000000', telegram: '700000000',
}; // prettier-ignore

const find = (name: string): Product => {
  const found = [...products, ...menu].find((product) => product.name.startsWith(name));
  if (found === undefined) throw new Error(`no such product: ${name}`);
  return found;
};

const line = (product: Product): Record<string, unknown> => ({
  product_id: product.sku,
  sku: product.sku,
  name: product.name,
  category: product.category,
  price: product.price,
  quantity: 1,
});

/** Days before now, hour and minute of Moscow time. */
type When = readonly [daysBack: number, hour: number, minute: number];

export function annaLife(now: number): Life {
  const [bauman, pobedy] = [shops[0], shops[1]];
  if (bauman === undefined || pobedy === undefined) throw new Error('the brand has no shops');
  const zone = 3 * 3_600_000;
  const midnight = Math.floor((now + zone) / 86_400_000) * 86_400_000 - zone;
  const deeds: Deed[] = [];
  const add = (
    when: When,
    source: SourceKey,
    name: string,
    properties: Record<string, unknown> = {},
    rest: Partial<Deed> = {},
  ): number => {
    const at = midnight - when[0] * 86_400_000 + when[1] * 3_600_000 + when[2] * 60_000;
    deeds.push({ at, kind: 'track', name, source, who: 'person', properties, ...rest });
    return at;
  };
  const buy = (
    when: When,
    source: SourceKey,
    place: string | undefined,
    order: string,
    names: readonly string[],
    more: Record<string, unknown> = {},
  ): void => {
    const bought = names.map(find);
    const total = bought.reduce((sum, product) => sum + product.price, 0);
    add(when, source, 'Order Completed', {
      order_id: order,
      total,
      currency: 'RUB',
      shop: place,
      ...more,
      products: bought.map(line),
    });
  };
  const card = { card: anna.card };
  const till: SourceKey = `till:${bauman.id}`;
  const cafe: SourceKey = `cafe:${bauman.id}`;
  // Years with a card, and the months before the story.
  buy([322, 18, 40], till, bauman.name, 'Ч-2210461', ['Ноутбук Aurora Book 14'], { ...card, warrantyMonths: 12 });
  buy([203, 19, 12], till, bauman.name, 'Ч-2418833', ['Чайник электрический', 'Тостер'], card);
  buy([177, 12, 5], cafe, `Маяк Кофе, ${bauman.name}`, 'К-1180021', ['Капучино', 'Круассан'], card);
  buy([142, 17, 48], till, pobedy.name, 'Ч-2532290', ['Фен 2000'], card);
  add([139, 11, 20], 'call', 'Call Completed', { direction: 'in', reason: 'Вопрос о гарантии', durationS: 312 });
  add([118, 10, 0], 'mail', 'Email Delivered', { campaign: 'Кухня −20 %' });
  add([118, 13, 24], 'mail', 'Email Opened', { campaign: 'Кухня −20 %' });
  buy([96, 13, 10], cafe, `Маяк Кофе, ${bauman.name}`, 'К-1240777', ['Латте', 'Чизкейк'], card);
  buy([74, 19, 30], till, bauman.name, 'Ч-2701176', ['Увлажнитель воздуха'], card);
  add([45, 10, 0], 'mail', 'Email Delivered', { campaign: 'Неделя смартфонов' });
  add([45, 19, 2], 'mail', 'Email Opened', { campaign: 'Неделя смартфонов' });
  // 1. On her laptop, a stranger.
  const phone = find('Смартфон Volna S24');
  const visitor = { who: 'visitor' } as const;
  add([21, 20, 14], 'site', 'Главная', { path: '/', url: 'https://mayak.example/' }, { kind: 'page', ...visitor });
  add([21, 20, 15], 'site', 'Products Searched', { query: 'смартфон' }, visitor);
  add([21, 20, 17], 'site', 'Product Viewed', line(find('Смартфон Volna A15')), visitor);
  add([21, 20, 20], 'site', 'Product Viewed', line(find('Смартфон Север Про')), visitor);
  add([21, 20, 24], 'site', 'Product Viewed', line(phone), visitor);
  add([21, 20, 27], 'site', 'Product Added', { cart_id: 'c-anna', ...line(phone) }, visitor);
  // 2. A one-time code to her phone: what she did before is hers now.
  const signedInAt = add([21, 20, 31], 'site', 'Signed In', { method: 'sms-code' });
  add([21, 20, 33], 'site', 'Cart Viewed', { cart_id: 'c-anna', products: [line(phone)] });
  // 3 to 6. A push, the same cart in the app, a chat that moves to the messenger, the order.
  add([20, 12, 0], 'push', 'Push Notification Received', { campaign: 'Вернитесь за корзиной' });
  add([20, 12, 6], 'push', 'Push Notification Tapped', { campaign: 'Вернитесь за корзиной' });
  add([20, 12, 6], 'app', 'Корзина', {}, { kind: 'screen' });
  add([20, 12, 9], 'app', 'Product Viewed', line(phone));
  add([20, 12, 12], 'app', 'Chat Message Sent', { text: 'Подойдёт ли к нему зарядка от ноутбука?' });
  add([20, 12, 14], 'app', 'Chat Message Received', {
    text: 'Да, зарядка 65 Вт подойдёт и к телефону. Она есть на Баумана.',
    agent: 'Ильнур',
  });
  add([20, 12, 40], 'bot', 'Message Received', { text: 'Продолжу здесь. А чехол к Volna S24 есть?' });
  add([20, 12, 43], 'bot', 'Message Sent', { text: 'Есть, 990 ₽. Отложить вместе с телефоном?', agent: 'Ильнур' });
  add([20, 12, 44], 'bot', 'Message Received', { text: 'Да, спасибо!' });
  add([20, 13, 2], 'app', 'Product Added', { cart_id: 'c-anna', ...line(find('Чехол для смартфона')) });
  add([20, 13, 3], 'app', 'Product Added', { cart_id: 'c-anna', ...line(find('Зарядное устройство')) });
  add([20, 13, 5], 'app', 'Checkout Started', { cart_id: 'c-anna', currency: 'RUB' });
  const order = 'A-4417702';
  buy([20, 13, 8], 'app', bauman.name, order, ['Смартфон Volna S24', 'Чехол для смартфона', 'Зарядное устройство'], {
    delivery: 'pickup',
    paidWith: ['points', 'gift-card', 'card'],
  });
  // 7 to 9. Ready, handed out, one thing refused at the desk.
  add([20, 16, 20], 'pickup', 'Order Ready', { order_id: order, shop: bauman.name });
  add([20, 16, 21], 'push', 'Push Notification Received', { campaign: 'Заказ готов' });
  add([19, 18, 32], 'pickup', 'Order Picked Up', { order_id: order, shop: bauman.name });
  const refused = find('Зарядное устройство');
  add([19, 18, 35], 'pickup', 'Order Refunded', {
    order_id: order,
    total: refused.price,
    currency: 'RUB',
    shop: bauman.name,
    products: [line(refused)],
  });
  // 10 and 11. Coffee on the same card, one question in the messenger.
  buy([19, 18, 51], cafe, `Маяк Кофе, ${bauman.name}`, 'К-1361190', ['Раф ванильный'], {
    ...card,
    offer: 'Кофе в подарок к заказу',
  });
  add([18, 11, 0], 'bot', 'Message Sent', { text: 'Как прошла выдача заказа? Оцените от 1 до 5.' });
  add([18, 11, 4], 'bot', 'Survey Answered', { question: 'Выдача заказа', rating: 5, text: 'Быстро, спасибо!' });
  // 12 and 13. The warranty of the notebook, and a thing brought back to another shop.
  add([9, 10, 0], 'mail', 'Email Delivered', { campaign: 'Гарантия заканчивается через месяц' });
  add([9, 20, 41], 'mail', 'Email Opened', { campaign: 'Гарантия заканчивается через месяц' });
  add([9, 20, 42], 'mail', 'Email Link Clicked', { campaign: 'Гарантия заканчивается через месяц' });
  add(
    [9, 20, 43],
    'site',
    'Продление гарантии',
    { path: '/warranty', url: 'https://mayak.example/warranty' },
    { kind: 'page' },
  );
  const back = find('Чехол для смартфона');
  add([6, 17, 15], `till:${pobedy.id}`, 'Order Refunded', {
    order_id: order,
    total: back.price,
    currency: 'RUB',
    shop: pobedy.name,
    products: [line(back)],
  });
  add([5, 12, 12], 'call', 'Call Completed', { direction: 'in', reason: 'Баллы на карте', durationS: 95 });
  add([3, 21, 5], 'app', 'Products Searched', { query: 'наушники беспроводные' });
  add([3, 21, 7], 'app', 'Product Viewed', line(find('Наушники Тон Pro')));
  add([1, 13, 30], 'app', 'Product Viewed', line(find('Наушники Тон Air')));
  add([1, 13, 33], 'app', 'Product Added', { cart_id: 'c-anna-2', ...line(find('Наушники Тон Air')) });
  const past = deeds.filter((deed) => deed.at < now).sort((a, b) => a.at - b.at);
  return {
    deeds: past, signedInAt, createdAt: now - 1_120 * 86_400_000, lastAt: past.at(-1)?.at ?? now,
    anonymousId: 'b7c4f0de-52a1-4c0e-9a53-0a6d5a1f7e11', device: '5f0e7a52-9a0b-4d0e-8f3c-2b1c6d7e8f90',
    pushToken: 'demo-push-token-of-anna-0000000000000000000000000000000000000000',
  }; // prettier-ignore
}
