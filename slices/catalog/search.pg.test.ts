import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog, indexProducts, saveCategories, saveProducts } from './index.ts';
import type { ProductRow } from './index.ts';
import { search, suggest } from './search.ts';
import type { SearchAsk } from './search.ts';

let house: TestHouse;

const goods: readonly (readonly [code: string, category: string, brand: string | null, title: string])[] = [
  ['iphone', 'phones', 'Apple', 'Смартфон Apple iPhone 15 128 ГБ чёрный'],
  ['galaxy', 'phones', 'Samsung', 'Смартфон Samsung Galaxy A54 8/256 ГБ'],
  ['redmi', 'phones', 'Xiaomi', 'Смартфон Xiaomi Redmi Note 13 Pro'],
  ['honor', 'phones', 'Honor', 'Смартфон HONOR X9b'],
  ['case-iphone', 'cases', 'Deppa', 'Чехол для iPhone 15 силиконовый прозрачный'],
  ['case-galaxy', 'cases', 'Nillkin', 'Чехол-книжка Samsung Galaxy A54'],
  ['glass', 'cases', 'Deppa', 'Защитное стекло для iPhone 15'],
  ['macbook', 'laptops', 'Apple', 'Ноутбук Apple MacBook Air 13 M3'],
  ['asus', 'laptops', 'ASUS', 'Ноутбук ASUS VivoBook 15 X1504'],
  ['sony', 'audio', 'Sony', 'Наушники беспроводные Sony WH-1000XM5'],
  ['jbl', 'audio', 'JBL', 'Портативная колонка JBL Flip 6'],
  ['airpods', 'audio', 'Apple', 'Наушники Apple AirPods Pro 2'],
  ['tv', 'tv', 'LG', 'Телевизор LG 55 OLED evo'],
  ['fridge', 'home', 'Bosch', 'Холодильник Bosch Serie 4 двухкамерный'],
  ['vacuum', 'home', 'Dyson', 'Пылесос Dyson V15 Detect'],
  ['washer', 'home', 'Indesit', 'Стиральная машина Indesit IWSB 51051'],
  ['kettle', 'home', 'Philips', 'Чайник электрический Philips HD9318'],
  ['iron', 'home', 'Tefal', 'Утюг Tefal FV2838'],
  ['printer', 'office', 'HP', 'Принтер лазерный HP LaserJet M111a'],
  ['cartridge', 'office', 'HP', 'Картридж HP 150A для LaserJet M111a'],
  ['coffee', 'cafe', 'Lavazza', 'Кофе в зёрнах Lavazza Oro 1 кг'],
  ['tea', 'cafe', 'Ahmad', 'Чай чёрный Ahmad Tea English Breakfast'],
  ['mug', 'cafe', null, 'Кружка керамическая белая 350 мл'],
  ['sneakers', 'wear', 'Nike', 'Кроссовки мужские Nike Air Max 90'],
  ['shoes', 'wear', 'Adidas', 'Кроссовки женские Adidas Superstar'],
  ['socks', 'wear', null, 'Носки хлопковые 5 пар'],
  ['toy', 'kids', 'LEGO', 'Конструктор LEGO City Полиция'],
  ['doll', 'kids', 'Barbie', 'Кукла Barbie Модница'],
  ['powerbank', 'phones', 'Xiaomi', 'Внешний аккумулятор Xiaomi Power Bank 20000 мАч'],
  ['watch', 'phones', 'Huawei', 'Умные часы Huawei Watch GT 4'],
];

/** Question → code of a product that must be among the first three; every slip here is one that people made. */
const golden: readonly (readonly [question: string, expected: string])[] = [
  ['айфон', 'iphone'],
  ['fqajy', 'iphone'],
  ['айфон чехол', 'case-iphone'],
  ['чехлы для айфона', 'case-iphone'],
  ['чехол на iphone 15', 'case-iphone'],
  ['xt[jk iphone', 'case-iphone'],
  ['samsung', 'galaxy'],
  ['самсунг', 'galaxy'],
  ['самсунга а54', 'galaxy'],
  ['ыфьыгтп', 'galaxy'],
  ['самсунк', 'galaxy'],
  ['samsyng', 'galaxy'],
  ['самсунг чехол', 'case-galaxy'],
  ['сяоми редми', 'redmi'],
  ['ксиаоми', 'redmi'],
  ['xiomi', 'redmi'],
  ['хонор', 'honor'],
  ['стекло на айфон', 'glass'],
  ['стекла защитные', 'glass'],
  ['макбук', 'macbook'],
  ['ноут асус', 'asus'],
  ['ноутбуки', 'asus'],
  ['ноудбук', 'asus'],
  ['наушник сони', 'sony'],
  ['wh1000xm5', 'sony'],
  ['wh-1000xm5', 'sony'],
  ['джбл колонка', 'jbl'],
  ['kolonka jbl', 'jbl'],
  ['эирподс', 'airpods'],
  ['телевизоры элджи', 'tv'],
  ['телик', 'tv'],
  ['ntktdbpjh', 'tv'],
  ['холодильник бош', 'fridge'],
  ['холадильник', 'fridge'],
  ['[jkjlbkmybr', 'fridge'],
  ['дайсон', 'vacuum'],
  ['пылесосы', 'vacuum'],
  ['стиралка', 'washer'],
  ['стиральные машины индезит', 'washer'],
  ['чайник филипс', 'kettle'],
  ['чайники электрические', 'kettle'],
  ['утюг тефаль', 'iron'],
  ['принтеры', 'printer'],
  ['картриджи для принтера hp', 'cartridge'],
  ['кофе лаваза', 'coffee'],
  ['кофе зерновой lavazza', 'coffee'],
  ['чай черный', 'tea'],
  ['кружек', 'mug'],
  ['krujka', 'mug'],
  ['кроссовки найк', 'sneakers'],
  ['красовки nike', 'sneakers'],
  ['адидас', 'shoes'],
  ['носок', 'socks'],
  ['лего полиция', 'toy'],
  ['ktuj', 'toy'],
  ['барби', 'doll'],
  ['пауэр банк xiaomi', 'powerbank'],
  ['powerbank', 'powerbank'],
  ['часы хуавей', 'watch'],
  ['смарт часы huawei', 'watch'],
  ['конструкторы', 'toy'],
];

const ask = (text: string, rest: Partial<SearchAsk> = {}): SearchAsk => ({
  text,
  facets: new Map(),
  state: 'active',
  sort: undefined,
  limit: 10,
  count: true,
  ...rest,
});

const codes = new Map<string, string>();

beforeAll(async () => {
  house = await openTestHouse({ slices: [catalog] });
  const at = house.clock.now();
  const names: Record<string, string> = { phones: 'Смартфоны и гаджеты', cases: 'Чехлы и стёкла', laptops: 'Ноутбуки', audio: 'Аудио', tv: 'Телевизоры', home: 'Бытовая техника', office: 'Принтеры и расходники', cafe: 'Кафе', wear: 'Одежда и обувь', kids: 'Детям' }; // prettier-ignore
  await house.db.tx(async (tx) => {
    await saveCategories(house, tx, [
      { code: 'all', parentCode: null, name: 'Всё' },
      ...Object.entries(names).map(([code, name]) => ({ code, parentCode: 'all', name })),
    ]);
    const rows = goods.map(([code, categoryCode, brand, title], index): ProductRow => ({
      code, title, brand, categoryCode, variants: [{ sku: code, priceMinor: 10_000 + index * 100, eans: [`46000000000${10 + index}`] }],
    })); // prettier-ignore
    const saved = await saveProducts(house, tx, rows, { at, by: 'import' });
    for (const { product, id } of saved) codes.set(id ?? '', product);
  });
  await indexProducts(house);
});
afterAll(() => house.close());

describe('finds what people mean', () => {
  it.each(golden)('%s → %s', async (question, expected) => {
    const { hits } = await search(house.db, ask(question));
    expect(hits.slice(0, 3).map((hit) => codes.get(hit.id))).toContain(expected);
  });
});

it('finds by code and article', async () => {
  const { hits } = await search(house.db, ask('4600000000012'));
  expect(hits.map((hit) => codes.get(hit.id))).toEqual(['redmi']);
});

it('says what it read, and which words it let go', async () => {
  expect(await search(house.db, ask('fqajy'))).toMatchObject({ read: 'айфон', dropped: [] });
  const answer = await search(house.db, ask('холодильник бош фиолетовый'));
  expect(answer.dropped).toEqual(['фиолетовый']);
  expect(answer.hits.map((hit) => codes.get(hit.id))).toEqual(['fridge']);
  expect((await search(house.db, ask('абракадабра'))).hits).toEqual([]);
});

it('suggests words and products for a beginning, in either layout', async () => {
  const forward = await suggest(house.db, 'хол', 5);
  expect(forward.words).toContain('холодильник');
  expect(forward.productIds.map((id) => codes.get(id))).toEqual(['fridge']);
  expect((await suggest(house.db, '[jk', 5)).words).toContain('холодильник');
  expect((await suggest(house.db, 'смартфон sam', 5)).words).toEqual(['смартфон samsung']);
});

it('counts facets, and those of a filtered facet without its own filter', async () => {
  const all = await search(house.db, ask('смартфон'));
  expect(all.total).toBe(all.hits.length);
  const brands = all.facets.find((facet) => facet.key === 'brand')?.values.map(({ value, count }) => [value, count]);
  expect(brands).toContainEqual(['samsung', 1]);
  const filtered = await search(house.db, ask('смартфон', { facets: new Map([['brand', ['Samsung']]]) }));
  expect(filtered.hits.map((hit) => codes.get(hit.id))).toEqual(['galaxy']);
  expect(filtered.facets.find((facet) => facet.key === 'brand')?.values).toHaveLength(brands?.length ?? 0);
});

it('pages through everything once, whatever the order', async () => {
  for (const sort of ['popular', 'price', '-price', 'title', 'newest'] as const) {
    const seen: string[] = [];
    let after: SearchAsk['after'];
    do {
      const { hits } = await search(house.db, ask('', { sort, limit: 7, after }));
      seen.push(...hits.map((hit) => hit.id));
      after = hits.length === 7 ? hits.at(-1)?.key : undefined;
    } while (after !== undefined);
    expect(new Set(seen).size, sort).toBe(goods.length);
    expect(seen, sort).toHaveLength(goods.length);
  }
});
