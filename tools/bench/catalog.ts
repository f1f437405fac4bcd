import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalog, indexProducts, saveCategories, saveProducts, variantsNow } from '@ruslo/catalog';
import type { CategoryRow, ProductRow } from '@ruslo/catalog';
import { migrate, openApp, openDb, openHouse, readConfig } from '@ruslo/platform';
import type { Slice } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { latencyLine, machineLine, quantile } from './lib-stats.ts';

/**
 * `npm run bench -- catalog [products]`: search and suggestions over HTTP with 100,000 products, common words and rare
 * ones; saving and indexing them; and the read of a checkout. The products are made: 60 kinds of goods, 120 brands.
 */

const callerId = '01900000-0000-7000-8000-000000000001';
const everybody: Slice = {
  name: 'everybody',
  authenticate: () =>
    Promise.resolve({ kind: 'key', id: callerId, permissions: new Set(Object.keys(catalog.permissions ?? {})) }),
};

const kinds = (
  'Смартфон Чехол Наушники Ноутбук Планшет Телевизор Колонка Зарядка Кабель Клавиатура Мышь Монитор Принтер Картридж Роутер Камера Объектив Часы ' +
  'Браслет Холодильник Пылесос Чайник Утюг Фен Блендер Миксер Тостер Кофемашина Кофемолка Мультиварка Плита Духовка Вытяжка Кондиционер Обогреватель ' +
  'Вентилятор Увлажнитель Лампа Светильник Стол Стул Кресло Диван Шкаф Полка Кружка Тарелка Сковорода Кастрюля Нож Кроссовки Футболка Куртка Рюкзак ' +
  'Сумка Кошелёк Конструктор Кукла Мяч Самокат'
).split(' ');
const brands = (
  'Samsung Apple Xiaomi Huawei Honor Realme Sony LG Philips Bosch Siemens Indesit Haier Hisense Beko Tefal Braun Dyson Karcher Makita Asus Acer Lenovo ' +
  'HP Dell MSI Canon Nikon Epson Brother JBL Marshall Sennheiser Logitech Razer Kingston Nike Adidas Puma Reebok Lego Barbie Hasbro Redmond Polaris ' +
  'Vitek Scarlett Gorenje Electrolux Zanussi Candy Midea Toshiba Panasonic Sharp Pioneer Garmin Casio Fossil Deppa Nillkin Baseus Ugreen Anker'
).split(' ');
const series = 'Nova Prime Ultra Lite Classic Smart Active Comfort Master Expert Style Space Fusion Vision Energy Compact'.split(' '); // prettier-ignore
const colours = 'чёрный белый серый синий красный зелёный золотой розовый бежевый прозрачный'.split(' ');

/** The same product for the same number. A rare word of its own in each: the article, and one name of a hundred thousand. */
function makeProduct(n: number): ProductRow {
  const kind = kinds[n % kinds.length] ?? '';
  const brand = brands[(n * 7) % brands.length] ?? '';
  const colour = colours[(n * 3) % colours.length] ?? '';
  const name = nameOf(n);
  const code = `B${String(n).padStart(7, '0')}`;
  const memory = [32, 64, 128, 256, 512][n % 5] ?? 32;
  return {
    code, brand, popularity: (n * 7_919) % 10_000, categoryCode: `k${n % kinds.length}`, source: 'bench',
    title: `${kind} ${brand} ${series[(n * 11) % series.length] ?? ''} ${name} ${colour}`,
    description: `${kind} ${brand}: гарантия производителя, доставка по всей стране, удобный и надёжный выбор для дома и подарка. Модель ${name}.`,
    attributes: { color: colour, memory, country: ['Россия', 'Китай', 'Корея'][n % 3] ?? '' },
    media: [{ url: `/media/${code}.jpg`, alt: kind }],
    variants: [{ sku: code, eans: [String(4_600_000_000_000 + n)], priceMinor: 10_000 + ((n * 7_907) % 9_000_000) }],
  }; // prettier-ignore
}

const syllables = 'ra vo li ne ka to mi su de po ze lu ga ri fa no'.split(' ');
const nameOf = (n: number): string =>
  [n, n >> 4, n >> 8, n >> 12].map((part) => syllables[part & 15] ?? '').join('') + String(n % 97);

export async function main(args: readonly string[]): Promise<void> {
  const size = Number((args[0] ?? '100000').replaceAll(/[_,]/g, ''));
  console.log(machineLine());
  const folder = mkdtempSync(join(tmpdir(), 'ruslo-bench-catalog-'));
  const postgres = await startPostgres({ dataFolder: folder, database: 'bench' });
  const db = openDb({ url: postgres.url, max: 2 });
  try {
    await migrate(db, [catalog]);
    await measure(postgres.url, size);
  } finally {
    await db.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(postgresUrl: string, size: number): Promise<void> {
  const house = openHouse({
    config: { ...readConfig({ port: '0' }, {}), logLevel: 'fatal' },
    slices: [catalog, everybody],
    postgresUrl,
    clickhouseUrl: 'http://127.0.0.1:9',
  });
  const app = await openApp(house);
  await app.listen({ port: 0, host: '127.0.0.1' });
  try {
    await fill(house, size);
    const { port } = app.server.address() as AddressInfo;
    await searchOverHttp(port, size);
    await checkoutRead(house, size);
  } finally {
    await app.close();
    await house.close();
  }
}

async function fill(house: ReturnType<typeof openHouse>, size: number): Promise<void> {
  const at = new Date();
  const rate = (from: number): string =>
    `${Math.round((size / (performance.now() - from)) * 1_000).toLocaleString('en')}/s`;
  await house.db.query(
    `insert into catalog.attribute (key, label_ru, label_en, type, level) values ('color', 'Цвет', 'Colour', 'text', 'product'), ('memory', 'Память', 'Memory', 'number', 'product'), ('country', 'Страна', 'Country', 'text', 'product')`,
  );
  const categories: CategoryRow[] = [
    { code: 'root', parentCode: null, name: 'Каталог' },
    ...kinds.map((name, index) => ({ code: `k${index}`, parentCode: 'root', name })),
  ];
  await house.db.tx((tx) => saveCategories(house, tx, categories));
  let from = performance.now();
  for (let n = 0; n < size; n += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, size - n) }, (_, index) => makeProduct(n + index));
    await house.db.tx((tx) => saveProducts(house, tx, rows, { at, by: 'bench' }));
  }
  console.log(`${size.toLocaleString('en')} products saved: ${rate(from)}`);
  from = performance.now();
  await indexProducts(house);
  console.log(`indexed for search: ${rate(from)}`);
  await house.db.query('vacuum analyze');
  from = performance.now();
  for (let n = 0; n < size; n += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, size - n) }, (_, index) => makeProduct(n + index));
    await house.db.tx((tx) => saveProducts(house, tx, rows, { at, by: 'bench' }));
  }
  console.log(`saved again without a change: ${rate(from)}`);
}

const slip = (word: string, turn: number): string => `${word.slice(0, 3 + (turn % 2))}${word.slice(4 + (turn % 2))}`;
const pick = (from: readonly string[], turn: number): string => from[(turn * 13) % from.length] ?? '';
const keys = new Map(Array.from('йцукенгшщзхъфывапролджэячсмитьбю', (letter, index) => [letter, "qwertyuiop[]asdfghjkl;'zxcvbnm,."[index] ?? ''])); // prettier-ignore
const otherLayout = (text: string): string => Array.from(text.toLowerCase().replaceAll('ё', 'е'), (letter) => keys.get(letter) ?? letter).join(''); // prettier-ignore

/** Every question is asked in its own words each time: a cache would answer none of them. */
const questions = (size: number): Readonly<Record<string, (turn: number) => string>> => ({
  'common: a brand': (turn) => `q=${pick(brands, turn)}`,
  'common: a colour': (turn) => `q=${encodeURIComponent(pick(colours, turn))}`,
  'common: in every description': (turn) => `q=${encodeURIComponent(['гарантия', 'доставка', 'надежный', 'подарок'][turn % 4] ?? '')}`,
  'common: a kind': (turn) => `q=${encodeURIComponent(pick(kinds, turn))}`,
  'kind and brand': (turn) => `q=${encodeURIComponent(`${pick(kinds, turn)} ${pick(brands, turn + 1)}`)}`,
  'rare: a name': (turn) => `q=${nameOf((turn * 7_919) % size)}`,
  'rare: an article': (turn) => `q=B${String((turn * 7_919) % size).padStart(7, '0')}`,
  'the other layout': (turn) => `q=${encodeURIComponent(otherLayout(pick(kinds, turn)))}`,
  'a typo': (turn) => `q=${encodeURIComponent(slip(pick(kinds, turn), turn))}`,
  'two typos': (turn) => `q=${encodeURIComponent(`${slip(pick(kinds, turn), turn)} ${slip(pick(brands, turn + 1), turn)}`)}`,
  'nobody has it': (turn) => `q=${encodeURIComponent(`щукоеж${turn}ина`)}`,
  'three words of which two meet': (turn) => `q=${encodeURIComponent(`${pick(kinds, turn)} ${pick(brands, turn + 1)} ${nameOf(turn * 31)}`)}`,
  'everything': () => '',
  'a price': (turn) => `priceFrom=${turn * 1_000}&priceTo=${turn * 1_000 + 500_000}&sort=price`,
  'a colour by facet': (turn) => `attribute.color=${encodeURIComponent(pick(colours, turn))}&sort=price`,
  'brand with filters': (turn) => `q=${pick(brands, turn)}&attribute.color=${encodeURIComponent(pick(colours, turn))}&sort=-price`,
}); // prettier-ignore

async function searchOverHttp(port: number, size: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const get = (path: string): Promise<{ ms: number; status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const startedMs = performance.now();
      // The limit of requests a minute counts by key.
      const headers = { authorization: `Bearer bench-${Math.random()}` };
      send({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on(
          'end',
          () =>
          resolve({ ms: performance.now() - startedMs, status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }), // prettier-ignore
        );
      })
        .on('error', reject)
        .end();
    });
  const all: number[] = [];
  for (const [name, ask] of Object.entries(questions(size))) {
    const times: number[] = [];
    let found = 0;
    for (let turn = 0; turn < 40; turn += 1) {
      const { ms, status, body } = await get(`/v1/products?${ask(turn)}`);
      if (status !== 200) throw new Error(`${status} ${body}`);
      if ((JSON.parse(body) as { items: unknown[] }).items.length > 0) found += 1;
      times.push(ms);
    }
    all.push(...times);
    console.log(latencyLine(name, times), `found ${found}/40`);
  }
  console.log(`all searches: p95 ${quantile(all, 0.95).toFixed(1)} ms`);
  const typed: number[] = [];
  for (let turn = 0; turn < 60; turn += 1) {
    const word = pick(turn % 2 === 0 ? kinds : brands, turn).toLowerCase();
    typed.push((await get(`/v1/products/suggest?q=${encodeURIComponent(word.slice(0, 1 + (turn % 6)))}`)).ms);
  }
  console.log(latencyLine('suggest', typed));
  agent.destroy();
}

async function checkoutRead(house: ReturnType<typeof openHouse>, size: number): Promise<void> {
  const rows = await house.db.query<{ id: string }>('select id from catalog.variant order by sku');
  const times: number[] = [];
  await house.db.tx(async (tx) => {
    for (let turn = 0; turn < 2_000; turn += 1) {
      const ids = Array.from({ length: 5 }, (_, index) => rows[(turn * 7_919 + index * 31) % size]?.id ?? '');
      const startedMs = performance.now();
      await variantsNow(tx, ids, { channel: 'web', customerGroups: [], at: new Date() });
      times.push(performance.now() - startedMs);
    }
  });
  console.log(latencyLine('variantsNow, 5 lines', times));
}
