import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { catalog, variantsByCode, variantsNow } from '@ruslo/catalog';
import { place, savePlaces } from '@ruslo/place';
import { identity } from '@ruslo/identity';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { readLevels, stock } from '@ruslo/stock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { importCatalog } from './import-catalog.ts';
import type { ImportCatalogOptions } from './import-catalog.ts';
import { importPrices, importStock } from './import-level.ts';
import type { ImportLevelOptions } from './import-level.ts';

let house: TestHouse;
const folder = mkdtempSync(join(tmpdir(), 'ruslo-cli-catalog-'));
const silent = { write: () => true };
const feed = (file: string, rest: Partial<ImportCatalogOptions> = {}): ImportCatalogOptions => ({
  file, map: [], delimiter: ',', system: 'shop', currency: 'RUB', restart: false, dryRun: false, forceVanish: false, output: silent, ...rest,
}); // prettier-ignore
const level = (file: string, rest: Partial<ImportLevelOptions> = {}): ImportLevelOptions => ({
  file, map: [], delimiter: ',', restart: false, dryRun: false, output: silent, ...rest,
}); // prettier-ignore

const put = (name: string, text: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  house = await openTestHouse({ slices: [identity, place, catalog, stock] });
  return () => house.close();
});

const offer = (id: number | string, rest = '', attributes = ''): string =>
  `<offer id="${id}" ${attributes}><price>1990.50</price><currencyId>RUB</currencyId><categoryId>2</categoryId><name>Чайник ${id}</name><vendor>Tefal</vendor><barcode>46000000${String(id).padStart(5, '0')}</barcode><param name="Цвет">белый</param><param name="Объём" unit="л">1,7</param>${rest}</offer>`;
const yml = (offers: readonly string[], encoding = 'UTF-8'): string => `<?xml version="1.0" encoding="${encoding}"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog date="2026-11-01 12:00"><shop><name>Маяк</name><currencies><currency id="RUB" rate="1"/></currencies>
<categories><category id="2" parentId="1">Чайники</category><category id="1">Техника &amp; кухня</category></categories>
<offers>
${offers.join('\n')}
</offers></shop></yml_catalog>`;

async function priceOf(
  sku: string,
): Promise<{ title: string; priceMinor: number; attributes: object; state: string } | undefined> {
  const id = (await variantsByCode(house.db, [sku])).get(sku)?.id ?? '';
  return (await variantsNow(house.db, [id], { channel: 'web', customerGroups: [], at: new Date() })).get(id);
}

describe('import catalog', () => {
  it('reads a feed: categories in any order, variants of a group, CDATA, entities, params', async () => {
    const file = put('feed.yml', yml([
      offer(1, '<description><![CDATA[<p>Белый & <b>большой</b></p>]]></description><oldprice>2490</oldprice><picture>https://shop.example/1.jpg</picture>'),
      offer(2, '<description>Тихий&nbsp;&laquo;шёпот&raquo;</description>', 'group_id="77" type="simple"'),
      offer(3, '', 'group_id="77"'),
    ])); // prettier-ignore
    const first = await importCatalog(house, feed(file));
    expect(first).toMatchObject({ rows: 3, new: 3, changed: 0, there: 0, rejected: 0, categories: 2, vanished: 0, brake: undefined }); // prettier-ignore
    const [kettle, shown] = [await priceOf('4600000000001'), await priceOf('2')];
    expect(kettle).toMatchObject({ title: 'Чайник 1', priceMinor: 199_050, oldPriceMinor: 249_000, attributes: { tsvet: 'белый', obem: 1.7 }, image: 'https://shop.example/1.jpg' }); // prettier-ignore
    expect(shown).toMatchObject({ title: 'Чайник 2', attributes: { tsvet: 'белый', obem: 1.7 } });
    const products = await house.db.query('select description, count(v.id)::int as variants from catalog.product p join catalog.variant v on v.product_id = p.id group by p.id order by variants'); // prettier-ignore
    expect(products).toEqual([{ description: 'Белый & большой', variants: 1 }, { description: 'Тихий\u00a0«шёпот»', variants: 2 }]); // prettier-ignore
    const again = await importCatalog(house, feed(file));
    expect(again).toMatchObject({ rows: 3, new: 0, changed: 0, there: 3, categories: 0, withdrawn: 0 });
  });

  it('reads windows-1251 and gzip alike', async () => {
    const bytes = Buffer.from(Array.from(yml([offer(1)], 'windows-1251'), (letter) => {
      const code = letter.charCodeAt(0);
      return code >= 0x410 && code <= 0x44f ? code - 0x350 : code === 0x451 ? 0xb8 : code;
    })); // prettier-ignore
    expect(await importCatalog(house, feed(put('old.xml.gz', gzipSync(bytes))))).toMatchObject({ new: 1, rejected: 0 });
    expect(await priceOf('1')).toMatchObject({ title: 'Чайник 1', brand: 'Tefal' });
  });

  it('tells bad offers by line, and takes those beside them', async () => {
    const file = put('bad.yml', yml([
      offer(1),
      '<offer id="2"><price>дорого</price><name>Чайник</name></offer>',
      '<offer id="3"><price>100</price><name>Bits & pieces</name></offer>',
      '<offer id="4"><price>100</price><currencyId>USD</currencyId><name>Чайник</name></offer>',
      '<offer><price>100</price><name>Без номера</name></offer>',
      '<offer id="6"><price>100</price></offer>',
      offer(1),
      offer(8),
    ])); // prettier-ignore
    const summary = await importCatalog(house, feed(file));
    expect(summary).toMatchObject({ rows: 8, new: 3, rejected: 5, brake: undefined });
    const rejected = readFileSync(join(folder, 'bad.yml.rejected.csv'), 'utf8');
    for (const part of [
      'not a price',
      'its currency is USD',
      'no id',
      'a new product needs a title',
      'the same id stands above',
      '7,',
    ])
      // prettier-ignore
      expect(rejected).toContain(part);
    expect(await priceOf('3')).toMatchObject({ title: 'Bits & pieces' });
    expect(await priceOf('8')).toBeDefined();
  });

  it('is not brought down by a feed made to do so', async () => {
    const bomb = yml([
      offer(1),
      offer(2, '<picture>https://shop.example/1.jpg</picture>'.repeat(60_000)),
      offer(3, `<description>&lol9;${'<b>'.repeat(20_000)}</description>`),
      `<offer id="4"><price>100</price><name>${'x'.repeat(3_000_000)}</name></offer>`,
    ]).replace(
      'SYSTEM "shops.dtd">',
      `[<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, at) => `<!ENTITY lol${at + 1} "${`&lol${at === 0 ? '' : at};`.repeat(10)}">`).join('')}
        <!ENTITY file SYSTEM "file:///etc/passwd">]>`,
    );
    const beganMs = performance.now();
    const summary = await importCatalog(house, feed(put('bomb.yml', bomb)));
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(summary.new).toBeGreaterThanOrEqual(1);
    expect(summary.rejected).toBeGreaterThanOrEqual(2);
    expect(await priceOf('1')).toBeDefined();
    expect(await variantsByCode(house.db, ['2'])).toEqual(new Map());
  });

  it('says what would change, and changes nothing', async () => {
    await importCatalog(house, feed(put('dry.yml', yml([offer(1), offer(2), offer(3), offer(4), offer(5), offer(6)]))));
    const file = put('dry.yml', yml([offer(1).replace('1990.50', '1490'), offer(2), offer(3), offer(4), offer(5), offer(7)])); // prettier-ignore
    const dry = await importCatalog(house, feed(file, { dryRun: true }));
    expect(dry).toMatchObject({ rows: 6, new: 1, changed: 1, there: 4, vanished: 1, withdrawn: 0 });
    expect(dry.examples.changed).toEqual(['1 Чайник 1: price']);
    expect(await priceOf('1')).toMatchObject({ priceMinor: 199_050 });
    expect(existsSync(`${file}.progress.json`)).toBe(false);
    expect(await importCatalog(house, feed(file))).toMatchObject({ new: 1, changed: 1, there: 4, vanished: 1, withdrawn: 1 }); // prettier-ignore
    expect(await priceOf('6')).toMatchObject({ state: 'withdrawn' });
    expect(await house.db.query(`select data->>'wasMinor' as was from log.event where name = 'price.changed'`)).toEqual([{ was: '199050' }]); // prettier-ignore
    // Back in the feed, back on sale.
    await importCatalog(house, feed(put('dry.yml', yml([1, 2, 3, 4, 5, 6].map((id) => offer(id))))));
    expect(await priceOf('6')).toMatchObject({ state: 'active' });
  });

  it('brakes when too much would vanish, and when the file is cut off', async () => {
    const whole = yml(Array.from({ length: 10 }, (_, index) => offer(index + 1)));
    await importCatalog(house, feed(put('brake.yml', whole)));
    const few = put('brake.yml', yml([offer(1), offer(2)]));
    expect(await importCatalog(house, feed(few))).toMatchObject({ there: 2, vanished: 8, withdrawn: 0 });
    expect(await priceOf('9')).toMatchObject({ state: 'active' });
    // Another feed's goods are not this one's to withdraw.
    const other = put('other.yml', yml([offer(20)]));
    expect(await importCatalog(house, feed(other, { system: 'other' }))).toMatchObject({ vanished: 0 });
    const cut = put('cut.yml', whole.slice(0, whole.indexOf('id="10"') + 30));
    const answer = await importCatalog(house, feed(cut, { forceVanish: true }));
    expect(answer).toMatchObject({ there: 9, rejected: 1, withdrawn: 0 });
    expect(answer.brake).toMatch(/not whole/);
    expect(await importCatalog(house, feed(few, { forceVanish: true }))).toMatchObject({ withdrawn: 8, brake: undefined }); // prettier-ignore
  });

  it('goes on where it was stopped', async () => {
    const file = put('long.yml', yml(Array.from({ length: 2_500 }, (_, index) => offer(index + 1))));
    const retry = house.db.retry.bind(house.db);
    let calls = 0;
    Object.assign(house.db, {
      retry: (...args: Parameters<typeof retry>) => {
        calls += 1;
        if (calls > 4) throw new Error('pulled the plug');
        return retry(...args);
      },
    });
    await expect(importCatalog(house, feed(file))).rejects.toThrow('pulled the plug');
    Object.assign(house.db, { retry });
    const summary = await importCatalog(house, feed(file));
    expect(summary.resumedAt).toBeGreaterThan(0);
    expect(summary).toMatchObject({ rows: 2_500, new: 2_500, rejected: 0, vanished: 0 });
  });

  it('reads CSV with a path of categories and columns as attributes', async () => {
    const file = put('goods.csv', 'Артикул,Название,Цена,Категория,color,Штрихкод\nA-1,Кружка белая,"1 290,00",Кафе > Посуда,белый,4600000000999\nA-2,Кружка синяя,1390,Кафе > Посуда,синий,\nA-3,,99,,,\n'); // prettier-ignore
    const summary = await importCatalog(house, feed(file, { map: ['attribute.Цвет=color'] }));
    expect(summary).toMatchObject({ new: 2, rejected: 1, categories: 2 });
    expect(await priceOf('4600000000999')).toMatchObject({ priceMinor: 129_000, attributes: { tsvet: 'белый' } });
    expect((await importCatalog(house, feed(file, { map: ['attribute.Цвет=color'] }))).there).toBe(2);
  });
});

it('imports prices by article or barcode, once, with lists and moments', async () => {
  await importCatalog(house, feed(put('p.yml', yml([offer(1), offer(2)]))));
  await house.db.query(`insert into catalog.price_list (id, code, name, priority, currency, channels, state) values (gen_random_uuid(), 'app', 'Приложение', 10, 'RUB', '{app}', 'active')`); // prettier-ignore
  const file = put(
    'prices.csv',
    'sku,price,list,from\n1,1500,,\n4600000000002,1400,app,\n2,1300,,2030-01-01\nnone,1,,\n2,many,,\n',
  );
  const dry = await importPrices(house, level(file, { dryRun: true }));
  expect(dry).toMatchObject({ rows: 5, imported: 3, rejected: 2 });
  expect(dry.examples).toContain('1: 199050 → 150000 (minor units)');
  expect(await importPrices(house, level(file))).toMatchObject({ imported: 3, there: 0, rejected: 2 });
  expect(await importPrices(house, level(file))).toMatchObject({ imported: 0, there: 3, rejected: 2 });
  expect(await priceOf('1')).toMatchObject({ priceMinor: 150_000 });
  const id = (await variantsByCode(house.db, ['2'])).get('2')?.id ?? '';
  const app = (await variantsNow(house.db, [id], { channel: 'app', customerGroups: [], at: new Date() })).get(id);
  expect(app).toMatchObject({ priceMinor: 140_000, basePriceMinor: 199_050 });
});

it('imports stock by article and place, once', async () => {
  await importCatalog(house, feed(put('s.yml', yml([offer(1), offer(2)]))));
  await house.db.tx((tx) => savePlaces(tx, [{ code: 'KZN-1', kind: 'shop', name: 'Казань', city: 'Казань', address: 'Баумана, 1', lat: 55.79, lon: 49.12, timeZone: 'Europe/Moscow', services: ['sale', 'pickup'] }] as never, house.clock.now() as never)); // prettier-ignore
  const file = put('stock.csv', 'sku,place,quantity\n1,KZN-1,5\n4600000000002,KZN-1,7\n1,MSK-9,5\n2,KZN-1,some\n');
  expect(await importStock(house, level(file, { dryRun: true }))).toMatchObject({ rows: 4, imported: 2, rejected: 2 });
  expect(await readLevels(house.db, { limit: 10 })).toHaveLength(0);
  expect(await importStock(house, level(file))).toMatchObject({ imported: 2, there: 0, rejected: 2 });
  expect(await importStock(house, level(file))).toMatchObject({ imported: 0, there: 2, rejected: 2 });
  expect((await readLevels(house.db, { limit: 10 })).map((row) => row.onHand).toSorted()).toEqual([5, 7]);
});
