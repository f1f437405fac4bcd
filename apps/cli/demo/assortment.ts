import { menu as cafeMenu, products as bestsellers } from './brand.ts';
import type { Product } from './brand.ts';

/**
 * What Маяк sells: some 3,000 products that fit together as goods of such a shop do. Made from tables, the same each
 * time; codes stay what they are when a table grows at its end.
 */

export type DemoVariant = {
  sku: string;
  ean: string;
  /** What tells it from its sisters: "256 ГБ, чёрный"; empty when there is only one. */
  option: string;
  priceMinor: number;
  oldPriceMinor: number | undefined;
  attributes: Record<string, string | number | boolean>;
};
export type DemoRelation = { kind: 'fits' | 'consumable-for' | 'substitute'; to: string };
export type DemoProduct = {
  code: string;
  title: string;
  /** Names from the root to the leaf. */
  category: readonly string[];
  brand: string;
  kind: 'good' | 'service' | 'gift-card';
  unit: 'piece' | 'weight';
  attributes: Record<string, string | number | boolean>;
  variants: DemoVariant[];
  relations: DemoRelation[];
  warrantyMonths: number | undefined;
  weightG: number;
  marked: boolean;
  noDiscount: boolean;
  /** Share of the price below which nothing may bring it, in basis points. */
  floorBp: number;
  /** 1 is asked for most. */
  popularity: number;
};

type Draft = Partial<Omit<DemoProduct, 'variants' | 'code'>> &
  Pick<DemoProduct, 'title' | 'category' | 'brand'> & {
    prefix: string;
    /** Of a thing that has its SKU already. */
    code?: string;
    price: number;
    options?: readonly { option: string; extra?: number; attributes?: DemoProduct['attributes'] }[];
  };

class Shelf {
  readonly products: DemoProduct[] = [];
  readonly #counts = new Map<string, number>();

  /** Prices in whole roubles. */
  add(draft: Draft): string {
    const { prefix, price, options, code: own, ...rest } = draft;
    const count = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, count);
    const code = own ?? `${prefix}-${String(count).padStart(4, '0')}`;
    const serial = this.products.length + 1;
    const variants = (options ?? [{ option: '' }]).map((one, index): DemoVariant => {
      const roubles = price + (one.extra ?? 0);
      return {
        sku: (options?.length ?? 1) === 1 ? code : `${code}-${index + 1}`,
        ean: ean13(`2${String(serial).padStart(8, '0')}${String(index).padStart(3, '0')}`),
        option: one.option,
        priceMinor: roubles * 100,
        // One in nine was dearer: 15 %, to the last nine roubles.
        oldPriceMinor: serial % 9 === 0 ? Math.floor((roubles * 1.15) / 10) * 1_000 + 900 : undefined,
        attributes: one.attributes ?? {},
      };
    });
    this.products.push({
      kind: 'good',
      unit: 'piece',
      attributes: {},
      relations: [],
      warrantyMonths: 12,
      weightG: 300,
      marked: false,
      noDiscount: false,
      floorBp: 6_000,
      popularity: serial,
      ...rest,
      code,
      variants,
    });
    return code;
  }
}

export function ean13(twelve: string): string {
  const sum = [...twelve].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return `${twelve}${(10 - (sum % 10)) % 10}`;
}

const colours = ['чёрный', 'белый', 'синий', 'зелёный', 'розовый', 'серый', 'красный', 'бежевый'] as const;
const some = <T>(list: readonly T[], from: number, count: number): T[] =>
  Array.from({ length: Math.min(count, list.length) }, (_, index) => list[(from + index) % list.length] as T);

type Phone = { brand: string; model: string; price: number; screen: number; own?: Product };

const phoneLines: readonly Phone[] = [
  ...bestsellers.filter(({ category }) => category === 'Смартфоны').map(phoneOfBestseller),
  ...['A35|27990|6.6', 'S23|44990|6.1', 'S24 Ultra|94990|6.8', 'Flip|79990|6.7', 'M14|13990|6.6'].map(phoneOf('Volna')),
  ...['12|22990|6.4', 'Лайт 10|14990|6.3', 'Мини|29990|5.8', '13|32990|6.5'].map(phoneOf('Север')),
  ...['One|18990|6.4', 'Pro|34990|6.7', 'Kids|7990|5.5'].map(phoneOf('Aurora')),
  ...['iPhone 13|52990|6.1', 'iPhone 14|64990|6.1', 'iPhone 15|79990|6.1', 'iPhone 15 Pro|104990|6.1', 'iPhone 15 Pro Max|119990|6.7', 'iPhone 16|94990|6.1', 'iPhone 16 Pro|124990|6.3', 'iPhone SE|39990|4.7'].map(phoneOf('Apple')),
  ...['Galaxy A15|17990|6.5', 'Galaxy A25|24990|6.5', 'Galaxy A55|39990|6.6', 'Galaxy S23|59990|6.1', 'Galaxy S24|74990|6.2', 'Galaxy S24 Ultra|119990|6.8', 'Galaxy Z Flip5|84990|6.7', 'Galaxy M34|22990|6.5'].map(phoneOf('Samsung')),
  ...['Redmi 13|14990|6.8', 'Redmi Note 13|19990|6.7', 'Redmi Note 13 Pro|29990|6.7', 'Redmi A3|8990|6.7', '13T|44990|6.7', '14|69990|6.4', 'Poco X6|27990|6.7', 'Poco M6|15990|6.8'].map(phoneOf('Xiaomi')),
  ...['P60|49990|6.7', 'Nova 11|29990|6.7', 'Nova Y72|16990|6.7', 'Pura 70|79990|6.6'].map(phoneOf('Huawei')),
  ...['X6b|17990|6.6', '90|34990|6.7', 'Magic6 Pro|89990|6.8', '200|44990|6.7'].map(phoneOf('Honor')),
]; // prettier-ignore

function phoneOf(brand: string): (line: string) => Phone {
  return (line) => {
    const [model = '', price = '0', screen = '6'] = line.split('|');
    return { brand, model, price: Number(price), screen: Number(screen) };
  };
}

/** "Смартфон Volna A15 128 ГБ" is the A15 of Volna. */
function phoneOfBestseller(own: Product): Phone {
  const [, brand = '', ...model] = own.name.replace(/ \d+ ГБ$/, '').split(' ');
  return { brand, model: model.join(' '), price: own.price, screen: 6.5, own };
}

/** "Samsung Galaxy S24", but "iPhone 15": people do not say the maker there. */
const nameOf = (phone: Phone): string =>
  phone.model.startsWith('iPhone') ? phone.model : `${phone.brand} ${phone.model}`;

function addPhones(shelf: Shelf): void {
  const phones = phoneLines.map((phone, index) => {
    const sizes = phone.price > 60_000 ? [256, 512] : phone.price > 20_000 ? [128, 256] : [64, 128];
    const code = shelf.add({
      prefix: 'PHN', ...(phone.own === undefined ? {} : { code: phone.own.sku }), title: phone.own?.name ?? `Смартфон ${nameOf(phone)}`, category: ['Электроника', 'Смартфоны'], brand: phone.brand, price: phone.price, marked: true,
      weightG: 190, attributes: { 'screen-inch': phone.screen, os: phone.brand === 'Apple' ? 'iOS' : 'Android', nfc: phone.price > 12_000 }, floorBp: 9_000,
      options: phone.own !== undefined ? [{ option: '', attributes: { 'memory-gb': sizes[0] ?? 64, colour: 'чёрный' } }] : sizes.flatMap((size, at) => some(colours, index, 2).map((colour) => ({
        option: `${size} ГБ, ${colour}`, extra: at * Math.round(phone.price / 1000) * 100, attributes: { 'memory-gb': size, colour },
      }))),
    }); // prettier-ignore
    return { phone, code };
  });
  for (const [index, { phone, code }] of phones.entries()) {
    const near = phones.filter((other) => other.code !== code && Math.abs(other.phone.price - phone.price) < phone.price * 0.2).slice(0, 4); // prettier-ignore
    shelf.products.find((product) => product.code === code)?.relations.push(...near.map((other) => ({ kind: 'substitute' as const, to: other.code }))); // prettier-ignore
    const cases = [
      'силиконовый',
      'прозрачный',
      'книжка',
      'кожаный',
      'противоударный',
      'с MagSafe',
      'с держателем для карт',
    ];
    for (const [at, make] of some(cases, index, phone.price > 40_000 ? 7 : 5).entries()) {
      shelf.add({
        prefix: 'CAS', title: `Чехол ${make} для ${nameOf(phone)}`, category: ['Электроника', 'Аксессуары', 'Чехлы'], brand: ['Оболочка', 'Deppa', 'Тон'][(index + at) % 3] ?? 'Оболочка',
        price: 490 + at * 200 + (phone.price > 60_000 ? 800 : 0) + (make === 'кожаный' ? 1500 : 0), weightG: 40, warrantyMonths: undefined, floorBp: 3_000, attributes: { material: make },
        relations: [{ kind: 'fits', to: code }],
        options: some(colours, index + at, make === 'прозрачный' ? 1 : 3).map((colour) => ({ option: make === 'прозрачный' ? '' : colour, attributes: { colour } })),
      }); // prettier-ignore
    }
    for (const [at, make] of ['Защитное стекло', 'Гидрогелевая плёнка', 'Защитное стекло на камеру'].entries()) {
      shelf.add({
        prefix: 'GLS', title: `${make} для ${nameOf(phone)}`, category: ['Электроника', 'Аксессуары', 'Стёкла и плёнки'], brand: 'Оболочка', price: 390 + at * 150 + (phone.price > 60_000 ? 400 : 0),
        weightG: 30, warrantyMonths: undefined, floorBp: 2_000, relations: [{ kind: 'fits', to: code }],
      }); // prettier-ignore
    }
  }
}

/** Things with their consumables: printers and cartridges, robots and brushes, coffee machines and tablets. */
type Family = {
  prefix: string;
  category: readonly string[];
  title: string;
  brands: readonly string[];
  models: number;
  from: number;
  step: number;
  weightG: number;
  letters: string;
  attributes?: (index: number) => DemoProduct['attributes'];
  parts: readonly {
    prefix: string;
    title: string;
    price: number;
    category: readonly string[];
    colours?: readonly string[];
    kind?: 'fits';
  }[];
};

const families: readonly Family[] = [
  { prefix: 'PRN', category: ['Компьютеры', 'Принтеры'], title: 'Принтер', brands: ['HP', 'Canon', 'Brother', 'Pantum', 'Epson'], models: 45, from: 6990, step: 900, weightG: 6000, letters: 'LP',
    attributes: (index) => ({ laser: index % 3 !== 0, wifi: index % 2 === 0, 'colour-print': index % 4 === 0 }),
    parts: [
      { prefix: 'CRT', title: 'Картридж', price: 1990, category: ['Компьютеры', 'Расходные материалы', 'Картриджи'], colours: ['чёрный', 'голубой', 'пурпурный', 'жёлтый'] },
      { prefix: 'DRM', title: 'Фотобарабан', price: 3490, category: ['Компьютеры', 'Расходные материалы', 'Фотобарабаны'] },
    ] },
  { prefix: 'ROB', category: ['Дом', 'Роботы-пылесосы'], title: 'Робот-пылесос', brands: ['Чистюля', 'Roborock', 'Dreame', 'Polaris'], models: 40, from: 12990, step: 1200, weightG: 4200, letters: 'R',
    attributes: (index) => ({ wet: index % 2 === 0, lidar: index % 3 === 0 }),
    parts: [
      { prefix: 'BRU', title: 'Щётка боковая', price: 590, category: ['Дом', 'Для уборки', 'Щётки'] },
      { prefix: 'FLT', title: 'Фильтр HEPA', price: 690, category: ['Дом', 'Для уборки', 'Фильтры'] },
      { prefix: 'MOP', title: 'Салфетка моющая', price: 490, category: ['Дом', 'Для уборки', 'Салфетки'] },
    ] },
  { prefix: 'COF', category: ['Кухня', 'Кофемашины'], title: 'Кофемашина', brands: ['Утро', 'DeLonghi', 'Philips', 'Jura'], models: 40, from: 19990, step: 2300, weightG: 9500, letters: 'C',
    attributes: (index) => ({ milk: index % 2 === 0, bar: 15 + (index % 3) * 2 }),
    parts: [
      { prefix: 'TAB', title: 'Таблетки для чистки', price: 790, category: ['Кухня', 'Уход за техникой', 'Чистящие средства'] },
      { prefix: 'AQF', title: 'Фильтр для воды', price: 1290, category: ['Кухня', 'Уход за техникой', 'Фильтры'] },
      { prefix: 'MLK', title: 'Трубка молочная', price: 890, category: ['Кухня', 'Уход за техникой', 'Запчасти'] },
    ] },
  { prefix: 'NBK', category: ['Компьютеры', 'Ноутбуки'], title: 'Ноутбук', brands: ['Север', 'Aurora', 'Lenovo', 'ASUS', 'Acer', 'HP'], models: 90, from: 29990, step: 1500, weightG: 1600, letters: 'N',
    attributes: (index) => ({ 'screen-inch': [13, 14, 15, 16][index % 4] ?? 15, 'ram-gb': [8, 16, 32][index % 3] ?? 8, 'ssd-gb': [256, 512, 1024][index % 3] ?? 512 }),
    parts: [
      { prefix: 'BAG', title: 'Сумка', price: 1990, category: ['Компьютеры', 'Аксессуары', 'Сумки'], kind: 'fits' },
      { prefix: 'CHG', title: 'Блок питания', price: 2790, category: ['Компьютеры', 'Аксессуары', 'Блоки питания'], kind: 'fits' },
    ] },
  { prefix: 'TVS', category: ['Электроника', 'Телевизоры'], title: 'Телевизор', brands: ['Горизонт', 'Samsung', 'LG', 'Haier', 'TCL'], models: 90, from: 15990, step: 1900, weightG: 14000, letters: 'TV',
    attributes: (index) => ({ 'screen-inch': [32, 43, 50, 55, 65, 75][index % 6] ?? 43, smart: index % 5 !== 0, matrix: ['LED', 'QLED', 'OLED'][index % 3] ?? 'LED' }),
    parts: [{ prefix: 'BRK', title: 'Кронштейн', price: 1990, category: ['Электроника', 'Аксессуары', 'Кронштейны'], kind: 'fits' }] },
  { prefix: 'VAC', category: ['Дом', 'Пылесосы'], title: 'Пылесос вертикальный', brands: ['Чистюля', 'Dyson', 'Tefal', 'Bosch'], models: 45, from: 7990, step: 1100, weightG: 3100, letters: 'V',
    parts: [{ prefix: 'FLV', title: 'Фильтр', price: 890, category: ['Дом', 'Для уборки', 'Фильтры'] }] },
  { prefix: 'TBR', category: ['Красота', 'Зубные щётки'], title: 'Электрическая зубная щётка', brands: ['Oral-B', 'Philips', 'Север'], models: 36, from: 1990, step: 380, weightG: 250, letters: 'Z',
    parts: [{ prefix: 'HED', title: 'Сменные насадки', price: 990, category: ['Красота', 'Насадки'] }] },
  { prefix: 'HUM', category: ['Дом', 'Климат', 'Увлажнители'], title: 'Увлажнитель воздуха', brands: ['Ballu', 'Xiaomi', 'Север'], models: 36, from: 2990, step: 420, weightG: 2400, letters: 'U',
    parts: [{ prefix: 'CRD', title: 'Картридж увлажнителя', price: 690, category: ['Дом', 'Климат', 'Картриджи'] }] },
]; // prettier-ignore

function addFamilies(shelf: Shelf): void {
  for (const family of families) {
    for (let index = 0; index < family.models; index += 1) {
      const brand = family.brands[index % family.brands.length] ?? '';
      const model = `${brand} ${family.letters}${100 + index * 5}`;
      const attributes = family.attributes?.(index) ?? {};
      const inch = typeof attributes['screen-inch'] === 'number' ? ` ${attributes['screen-inch']}"` : '';
      const code = shelf.add({
        prefix: family.prefix, title: `${family.title} ${model}${inch}`, category: family.category, brand, price: family.from + ((index * 7) % family.models) * family.step,
        weightG: family.weightG, attributes, floorBp: 8_500, warrantyMonths: index % 3 === 0 ? 24 : 12,
        options: some(colours, index, index % 3 === 0 ? 2 : 1).map((colour) => ({ option: index % 3 === 0 ? colour : '', attributes: { colour } })),
      }); // prettier-ignore
      for (const part of family.parts) {
        shelf.add({
          prefix: part.prefix, title: `${part.title} для ${model}`, category: part.category, brand: index % 2 === 0 ? brand : 'Подойдёт', price: part.price + (index % 7) * 50, weightG: 120,
          warrantyMonths: undefined, floorBp: 4_000, relations: [{ kind: part.kind ?? 'consumable-for', to: code }],
          ...(part.colours === undefined ? {} : { options: part.colours.map((colour) => ({ option: colour, extra: colour === 'чёрный' ? 0 : 300, attributes: { colour } })) }),
        }); // prettier-ignore
      }
    }
  }
}

/** Goods that stand alone: kind|category|brands|models|from|step|grams|options. */
const plain = `Наушники беспроводные|Электроника/Наушники|Тон,Sony,JBL,Xiaomi|70|1490|330|60
Наушники проводные|Электроника/Наушники|Тон,Sony,Philips|30|390|90|40
Умная колонка|Электроника/Колонки|Эхо,Яндекс,Sber|24|3990|800|900
Колонка портативная|Электроника/Колонки|Тон,JBL,Sony|40|1990|450|700
Саундбар|Электроника/Саундбары|Тон,Samsung,LG|24|8990|1500|3500
Умные часы|Электроника/Часы и браслеты|Apple,Samsung,Amazfit,Север|44|2990|900|60
Планшет|Электроника/Планшеты|Volna,Samsung,Xiaomi,Huawei|44|9990|1300|480
Электронная книга|Электроника/Книги|PocketBook,ONYX|16|8990|1400|220
Кабель USB-C|Электроника/Аксессуары/Кабели|Тон,Deppa,Ugreen|50|290|40|40
Зарядное устройство|Электроника/Аксессуары/Зарядки|Тон,Ugreen,Anker|50|790|120|90
Внешний аккумулятор|Электроника/Аксессуары/Аккумуляторы|Тон,Anker,Xiaomi|50|1290|160|380
Автомобильный держатель|Электроника/Аксессуары/Держатели|Deppa,Тон|24|590|60|110
Карта памяти microSD|Электроника/Аксессуары/Память|Kingston,SanDisk,Samsung|30|590|180|10
Мышь|Компьютеры/Мыши|Logitech,Север,A4Tech|44|590|140|100
Клавиатура|Компьютеры/Клавиатуры|Logitech,Север,A4Tech|40|990|260|700
Монитор|Компьютеры/Мониторы|LG,Samsung,AOC,Север|50|9990|950|4800
Роутер|Компьютеры/Роутеры|Keenetic,TP-Link,Xiaomi|36|1990|380|400
Внешний SSD|Компьютеры/Накопители|Samsung,Kingston,WD|30|4990|700|60
Чайник электрический|Кухня/Чайники|Tefal,Bosch,Polaris,Утро|60|1290|150|1100
Блендер|Кухня/Блендеры|Braun,Bosch,Redmond|44|1990|240|1300
Мультиварка|Кухня/Мультиварки|Redmond,Polaris,Tefal|36|3990|330|3900
Микроволновая печь|Кухня/Микроволновые печи|LG,Samsung,Горизонт|40|5990|350|12000
Тостер|Кухня/Тостеры|Tefal,Bosch,Утро|24|1490|170|1400
Кофемолка|Кухня/Кофемолки|Bosch,Утро|20|1490|260|900
Сковорода|Кухня/Посуда|Tefal,Нева,Kukmara|50|990|110|1200
Кастрюля|Кухня/Посуда|Tefal,Kukmara,Гурман|40|1190|160|1500
Набор ножей|Кухня/Посуда|Гурман,Samura|24|1990|450|1600
Утюг|Дом/Утюги|Tefal,Philips,Bosch|44|1990|240|1400
Отпариватель|Дом/Отпариватели|Tefal,Kitfort|24|2490|330|1300
Лампа настольная|Дом/Свет|Эра,Camelion,Xiaomi|44|790|130|900
Умная лампа|Дом/Свет|Эхо,Xiaomi,Яндекс|30|490|60|80
Удлинитель|Дом/Электрика|Эра,Север|36|390|60|600
Комплект постельного белья|Дом/Текстиль|Ночь,Уют|60|1990|170|1900
Плед|Дом/Текстиль|Уют,Ночь|40|990|120|1200
Полотенце|Дом/Текстиль|Уют,Ночь|50|290|40|400
Вентилятор|Дом/Климат|Ballu,Север|24|1490|220|3000
Обогреватель|Дом/Климат|Ballu,Electrolux|30|1990|260|5200
Фен|Красота/Фены|Philips,Dyson,Rowenta|44|1290|420|600
Триммер|Красота/Триммеры|Philips,Braun|36|1490|210|250
Весы напольные|Красота/Весы|Xiaomi,Polaris|24|890|120|1700
Холодильник|Крупная техника/Холодильники|LG,Бирюса,Haier,Атлант|44|24990|1700|62000
Стиральная машина|Крупная техника/Стиральные машины|LG,Haier,Атлант,Bosch|44|21990|1200|58000
Посудомоечная машина|Крупная техника/Посудомоечные машины|Bosch,Haier,Weissgauff|30|23990|1300|41000
Варочная панель|Крупная техника/Варочные панели|Bosch,Gefest,Maunfeld|30|9990|800|9000
Конструктор|Дети/Игрушки|Город мастеров,LEGO|60|590|220|600
Настольная игра|Дети/Игры|Hobby World,Звезда|50|490|110|700`;

function addPlain(shelf: Shelf): void {
  for (const line of plain.split('\n')) {
    const [title = '', category = '', brands = '', models = '0', from = '0', step = '0', grams = '300'] =
      line.split('|');
    const makers = brands.split(',');
    const prefix = `G${String(plain.split('\n').indexOf(line) + 1).padStart(2, '0')}`;
    for (let index = 0; index < Number(models); index += 1) {
      const brand = makers[index % makers.length] ?? '';
      const many = index % 4 === 0 ? 3 : 1;
      const before = shelf.products.at(-1);
      shelf.add({
        prefix, title: `${title} ${brand} ${String.fromCodePoint(65 + (index % 26))}${10 + index}`, category: category.split('/'), brand, weightG: Number(grams),
        price: Number(from) + ((index * 11) % Number(models)) * Number(step), floorBp: 7_000, marked: title.startsWith('Комплект постельного') || title === 'Полотенце',
        options: some(colours, index, many).map((colour) => ({ option: many === 1 ? '' : colour, attributes: { colour } })),
      }); // prettier-ignore
      if (before?.code.startsWith(`${prefix}-`) === true && index % 3 === 0)
        shelf.products.at(-1)?.relations.push({ kind: 'substitute', to: before.code });
    }
  }
}

/** Beside what brand.ts has. */
const moreMenu = `Эспрессо|140
Флэт уайт|270
Матча латте|330
Лимонад облепиховый|290
Печенье овсяное|120
Эклер|210
Салат цезарь|390`;
const beans = `Бразилия Сантос|1890
Эфиопия Сидамо|2490
Колумбия Супремо|2190
Смесь «Маяк»|1690
Кения АА|2790
Без кофеина|2390`;

function addCafe(shelf: Shelf): void {
  const more = moreMenu.split('\n').map((line): { name: string; price: number; sku?: string } => {
    const [name = '', price = '0'] = line.split('|');
    return { name, price: Number(price) };
  });
  for (const item of [...cafeMenu, ...more]) {
    shelf.add({
      prefix: 'CAF', ...(item.sku === undefined ? {} : { code: item.sku }), title: item.name, category: ['Маяк Кофе', 'Меню'], brand: 'Маяк Кофе',
      price: item.price, weightG: 300, warrantyMonths: undefined, floorBp: 3_000,
    }); // prettier-ignore
  }
  for (const line of beans.split('\n')) {
    const [title = '', price = '0'] = line.split('|');
    shelf.add({ prefix: 'BNS', title: `Кофе в зёрнах ${title}, на развес`, category: ['Маяк Кофе', 'Зёрна'], brand: 'Маяк Кофе', price: Number(price), unit: 'weight', weightG: 1000, warrantyMonths: undefined, floorBp: 5_000 }); // prettier-ignore
  }
}

function addServices(shelf: Shelf): void {
  for (const [title, price] of [['Настройка смартфона', 990], ['Установка телевизора на стену', 2990], ['Наклейка защитного стекла', 390], ['Перенос данных', 1490], ['Подключение стиральной машины', 2490], ['Продление гарантии на год, до 30 000 ₽', 1990], ['Продление гарантии на год, до 100 000 ₽', 4990], ['Подъём на этаж', 690]] as const)
    shelf.add({ prefix: 'SRV', title, category: ['Услуги'], brand: 'Маяк', price, kind: 'service', weightG: 0, warrantyMonths: undefined, floorBp: 8_000 }); // prettier-ignore
  for (const price of [1000, 2000, 3000, 5000, 10_000])
    shelf.add({ prefix: 'GFT', title: `Подарочная карта Маяк на ${price.toLocaleString('ru-RU')} ₽`, category: ['Подарочные карты'], brand: 'Маяк', price, kind: 'gift-card', weightG: 5, warrantyMonths: undefined, noDiscount: true, floorBp: 10_000 }); // prettier-ignore
}

/** Where the bestsellers of brand.ts stand, by the category that they have there. */
const aisles: Readonly<Record<string, readonly string[]>> = {
  Аксессуары: ['Электроника', 'Аксессуары', 'Разное'],
  Наушники: ['Электроника', 'Наушники'],
  Ноутбуки: ['Компьютеры', 'Ноутбуки'],
  Телевизоры: ['Электроника', 'Телевизоры'],
  Кухня: ['Кухня', 'Хиты'],
  Дом: ['Дом', 'Хиты'],
  'Крупная техника': ['Крупная техника', 'Хиты'],
};

/** What the people of the demo have bought since long; their phones stand with the other phones. */
function addBestsellers(shelf: Shelf): void {
  for (const { sku, name, category, price } of bestsellers) {
    const aisle = aisles[category];
    if (aisle !== undefined)
      shelf.add({ prefix: 'HIT', code: sku, title: name, category: aisle, brand: /[A-ZА-ЯЁ][\wа-яё-]+/.exec(name.slice(1))?.[0] ?? 'Маяк', price, floorBp: 8_000 }); // prettier-ignore
  }
}

let made: readonly DemoProduct[] | undefined;

/** What people of the demo look at and buy: the bestsellers first, then everything else that is asked for. */
export function goods(): readonly Product[] {
  if (sold === undefined) {
    const known = new Set(bestsellers.map(({ sku }) => sku));
    const others = assortment()
      .filter(({ kind, unit, category }) => kind === 'good' && unit === 'piece' && category[0] !== 'Маяк Кофе')
      .flatMap((product) =>
        product.variants
          .filter(({ sku }) => !known.has(sku))
          .map(({ sku, option, priceMinor }) => ({
            sku,
            name: option === '' ? product.title : `${product.title}, ${option}`,
            category: product.category.at(-1) ?? '',
            price: priceMinor / 100,
          })),
      );
    sold = [...bestsellers, ...others];
  }
  return sold;
}
let sold: readonly Product[] | undefined;

/** The whole assortment, made once in a process. */
export function assortment(): readonly DemoProduct[] {
  if (made === undefined) {
    const shelf = new Shelf();
    addPhones(shelf);
    addBestsellers(shelf);
    addFamilies(shelf);
    addPlain(shelf);
    addCafe(shelf);
    addServices(shelf);
    made = shelf.products;
  }
  return made;
}
