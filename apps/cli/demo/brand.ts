import type { Channel } from '@ruslo/kernel';
import type { SourceKind } from '@ruslo/timeline';

/** The demo brand Маяк: electronics and home, six shops, a café corner in each. Streets are real, the shops are not. */

export type City = 'Казань' | 'Москва';

export type Shop = { id: string; city: City; name: string; address: string; latitude: number; longitude: number };

export const shops: readonly Shop[] = [
  { id: 'kzn-bauman', city: 'Казань', name: 'Маяк на Баумана', address: 'Казань, ул. Баумана, 47', latitude: 55.7896, longitude: 49.1137 },
  { id: 'kzn-pobedy', city: 'Казань', name: 'Маяк на Победы', address: 'Казань, пр. Победы, 139', latitude: 55.7798, longitude: 49.2129 },
  { id: 'kzn-dekabristov', city: 'Казань', name: 'Маяк на Декабристов', address: 'Казань, ул. Декабристов, 131', latitude: 55.8241, longitude: 49.0998 },
  { id: 'msk-arbat', city: 'Москва', name: 'Маяк на Новом Арбате', address: 'Москва, ул. Новый Арбат, 19', latitude: 55.7527, longitude: 37.5904 },
  { id: 'msk-leninsky', city: 'Москва', name: 'Маяк на Ленинском', address: 'Москва, Ленинский пр., 99', latitude: 55.6721, longitude: 37.5246 },
  { id: 'msk-varshavka', city: 'Москва', name: 'Маяк на Варшавке', address: 'Москва, Варшавское ш., 87', latitude: 55.6515, longitude: 37.6195 },
]; // prettier-ignore

export type SourceKey =
  | 'site'
  | 'app'
  | 'call'
  | 'mail'
  | 'push'
  | 'bot'
  | 'pickup'
  | `till:${string}`
  | `cafe:${string}`;
export type DemoSource = { key: SourceKey; name: string; kind: SourceKind; channel: Channel; owner: string };

export const sources: readonly DemoSource[] = [
  { key: 'site', name: 'Сайт mayak.example', kind: 'site', channel: 'web', owner: 'Отдел электронной торговли' },
  { key: 'app', name: 'Приложение «Маяк»', kind: 'app', channel: 'app', owner: 'Отдел электронной торговли' },
  { key: 'call', name: 'Контакт-центр', kind: 'call-line', channel: 'call', owner: 'Служба заботы' },
  { key: 'mail', name: 'Почтовая рассылка', kind: 'mail', channel: 'mail', owner: 'Отдел маркетинга' },
  { key: 'push', name: 'Push-уведомления', kind: 'push', channel: 'push', owner: 'Отдел маркетинга' },
  { key: 'bot', name: 'Бот в Telegram', kind: 'bot', channel: 'messenger', owner: 'Служба заботы' },
  { key: 'pickup', name: 'Пункты выдачи', kind: 'server', channel: 'pickup', owner: 'Розница' },
  ...shops.map(
    (shop) =>
      ({
        key: `till:${shop.id}`,
        name: `Касса, ${shop.name}`,
        kind: 'till',
        channel: 'shop',
        owner: 'Розница',
      }) as const,
  ),
  ...shops.map(
    (shop) =>
      ({
        key: `cafe:${shop.id}`,
        name: `Маяк Кофе, ${shop.name}`,
        kind: 'till',
        channel: 'shop',
        owner: 'Маяк Кофе',
      }) as const,
  ),
];

export type Product = { sku: string; name: string; category: string; price: number };

const goods = (category: string, lines: string): Product[] =>
  lines
    .trim()
    .split('\n')
    .map((line, index) => {
      const [name = '', price = '0'] = line.split('|').map((part) => part.trim());
      return {
        sku: `${category.slice(0, 3).toUpperCase()}-${String(index + 1).padStart(3, '0')}`,
        name,
        category,
        price: Number(price),
      };
    });

/** Prices in whole roubles. Within a category the popular ones stand first. */
export const products: readonly Product[] = [
  ...goods('Смартфоны', `Смартфон Volna A15 128 ГБ | 16990
    Смартфон Volna S24 256 ГБ | 54990
    Смартфон Север Про 12 256 ГБ | 38990
    Смартфон Aurora Lite 64 ГБ | 9990
    Смартфон Север Макс 512 ГБ | 79990
    Смартфон Volna Fold | 129990`),
  ...goods('Аксессуары', `Чехол для смартфона Volna S24 | 990
    Защитное стекло 6,7" | 690
    Кабель USB-C 1 м | 490
    Зарядное устройство 65 Вт | 2490
    Внешний аккумулятор 20 000 мА·ч | 2990
    Беспроводная зарядка | 1990
    Автомобильный держатель | 1290
    Карта памяти 128 ГБ | 1190`),
  ...goods('Наушники', `Наушники Тон Air | 3990
    Наушники Тон Pro с шумоподавлением | 12990
    Проводные наушники Тон Бас | 990
    Колонка Эхо мини | 4990
    Умная колонка Эхо Станция | 15990`),
  ...goods('Ноутбуки', `Ноутбук Север 15 8/512 ГБ | 46990
    Ноутбук Aurora Book 14 16/512 ГБ | 69990
    Ультрабук Aurora Air 13 | 94990
    Планшет Volna Tab 11 | 22990
    Мышь беспроводная | 1290
    Клавиатура механическая | 5990
    Монитор 27" QHD | 24990`),
  ...goods('Телевизоры', `Телевизор Горизонт 43" | 27990
    Телевизор Горизонт 55" QLED | 49990
    Саундбар Тон 2.1 | 13990
    Кронштейн для телевизора | 1990`),
  ...goods('Кухня', `Чайник электрический 1,7 л | 2490
    Кофемашина Утро автоматическая | 39990
    Кофемолка | 2990
    Блендер погружной | 3490
    Мультиварка 5 л | 5990
    Микроволновая печь 20 л | 7490
    Тостер | 2290
    Сковорода 28 см | 1990
    Набор ножей | 3290`),
  ...goods('Дом', `Робот-пылесос Чистюля | 21990
    Пылесос вертикальный | 14990
    Утюг паровой | 4490
    Увлажнитель воздуха | 5990
    Лампа настольная | 1990
    Умная лампа | 890
    Удлинитель 5 розеток | 790
    Комплект постельного белья | 3990
    Фен 2000 Вт | 2790`),
  ...goods('Крупная техника', `Холодильник 185 см | 52990
    Стиральная машина 7 кг | 34990
    Посудомоечная машина 45 см | 31990
    Варочная панель | 18990`),
]; // prettier-ignore

export const menu: readonly Product[] = goods('Кофе', `Капучино | 240
  Латте | 260
  Американо | 180
  Круассан | 190
  Раф ванильный | 310
  Чай чёрный | 150
  Чизкейк | 290
  Сэндвич с курицей | 320
  Какао | 230`); // prettier-ignore

export const searches: readonly string[] = [
  'смартфон', 'наушники беспроводные', 'чехол', 'телевизор 55', 'пылесос', 'кофемашина', 'ноутбук', 'зарядка', 'чайник', 'робот-пылесос',
  'планшет', 'умная колонка', 'фен', 'холодильник', 'микроволновка', 'мышь беспроводная', 'лампа', 'утюг',
]; // prettier-ignore

export const campaigns: readonly string[] = [
  'Неделя смартфонов', 'Кухня −20 %', 'Двойные баллы в выходные', 'Новинки месяца', 'Вернитесь за корзиной', 'Чёрная пятница', 'Подарки к праздникам',
]; // prettier-ignore

export const callReasons: readonly string[] = [
  'Где мой заказ', 'Наличие в магазине', 'Возврат товара', 'Вопрос о гарантии', 'Баллы на карте', 'Изменить заказ', 'Консультация',
]; // prettier-ignore

export const questions: readonly string[] = [
  'Здравствуйте! Есть ли этот смартфон в чёрном цвете?', 'Подскажите, когда будет готов мой заказ?', 'Подойдёт ли этот чехол к моему телефону?',
  'Сколько у меня баллов?', 'Можно вернуть товар без коробки?', 'Работает ли магазин в воскресенье?', 'Есть рассрочка?', 'Спасибо, всё получилось!',
]; // prettier-ignore

/** One attribute of each type, so that the console shows them all. */
export const attributes = [
  { key: 'favouriteShop', label: { ru: 'Любимый магазин', en: 'Favourite shop' }, type: 'text' },
  { key: 'clubSince', label: { ru: 'В клубе с', en: 'In the club since' }, type: 'date' },
  { key: 'interests', label: { ru: 'Интересы', en: 'Interests' }, type: 'list' },
] as const;
