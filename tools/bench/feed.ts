import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { catalog } from '@ruslo/catalog';
import { importCatalog } from '@ruslo/cli';
import { migrate, openHouse, readConfig } from '@ruslo/platform';
import { startPostgres } from '@ruslo/platform/embedded';
import { machineLine, rate } from './lib-stats.ts';

/**
 * `npm run bench -- feed [offers]`: the import of a generated YML feed of about 1 KB an offer, every fourth a variant in a
 * group: the first time, again without a change, and with new prices in every tenth; and how much memory it takes.
 */
export async function main(args: readonly string[]): Promise<void> {
  const size = Number((args[0] ?? '100000').replaceAll(/[_,]/g, ''));
  console.log(machineLine());
  const folder = mkdtempSync(join(tmpdir(), 'ruslo-bench-feed-'));
  const postgres = await startPostgres({ dataFolder: folder, database: 'bench' });
  const house = openHouse({
    config: { ...readConfig({ port: '0', data: folder }, {}), logLevel: 'fatal' },
    slices: [catalog],
    postgresUrl: postgres.url,
    clickhouseUrl: 'http://127.0.0.1:9',
  });
  try {
    await migrate(house.db, [catalog]);
    const file = join(folder, 'feed.yml');
    const options = { file, map: [], delimiter: ',', system: 'shop', currency: 'RUB', restart: false, dryRun: false, forceVanish: false, output: { write: () => true } }; // prettier-ignore
    for (const [name, priceStep] of [['first time', 0], ['again without a change', 0], ['every tenth price changed', 10]] as const) {
      await writeFeed(file, size, priceStep);
      if (name === 'first time') console.log(`dry run: ${await once(() => importCatalog(house, { ...options, dryRun: true }), size)}`);
      console.log(`${name}: ${await once(() => importCatalog(house, options), size)}`);
    } // prettier-ignore
  } finally {
    await house.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function once(work: () => ReturnType<typeof importCatalog>, size: number): Promise<string> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  const startedMs = performance.now();
  const done = await work();
  const tookMs = performance.now() - startedMs;
  clearInterval(watch);
  return `${rate(size, tookMs - done.indexMs, 'offers')}, ${rate(size, tookMs, 'offers')} with indexing; new ${done.new}, changed ${done.changed}, unchanged ${done.there}, rejected ${done.rejected}; memory +${Math.round((most - before) / 1_048_576)} MB`;
}

const colours = 'чёрный белый серый синий красный зелёный'.split(' ');
const kinds = 'Чайник Смартфон Чехол Ноутбук Утюг Пылесос Лампа Кружка'.split(' ');

async function writeFeed(file: string, size: number, priceStep: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('<?xml version="1.0" encoding="UTF-8"?>\n<yml_catalog date="2026-11-01 12:00"><shop><name>Bench</name><categories>');
  for (let n = 1; n <= 200; n += 1) out.write(`<category id="${n}"${n > 10 ? ` parentId="${1 + (n % 10)}"` : ''}>Категория ${n}</category>`);
  out.write('</categories><offers>\n');
  for (let n = 0; n < size; n += 1) {
    const price = 1_000 + (n % 50_000) + (priceStep > 0 && n % priceStep === 0 ? 1 : 0);
    const kind = kinds[n % kinds.length] ?? '';
    const line = `<offer id="${n}"${n % 4 === 0 ? ` group_id="${n >> 3}"` : ''}><url>https://shop.example/${n}</url><price>${price}.90</price><oldprice>${price + 500}</oldprice><currencyId>RUB</currencyId><categoryId>${1 + (n % 200)}</categoryId>
<picture>https://shop.example/img/${n}-1.jpg</picture><picture>https://shop.example/img/${n}-2.jpg</picture><name>${kind} Brand${n % 300} модель ${n % 5_000} ${colours[n % 6]}</name><vendor>Brand${n % 300}</vendor><barcode>${4_600_000_000_000 + n}</barcode>
<description><![CDATA[<p>${kind} с гарантией. Удобный, надёжный, для дома и подарка; доставка по всей стране и самовывоз из магазина в день заказа.</p>]]></description>
<param name="Цвет">${colours[n % 6]}</param><param name="Вес" unit="кг">${(n % 40) / 10}</param><param name="Страна">Россия</param></offer>\n`;
    if (!out.write(line)) await new Promise<void>((resolve) => out.once('drain', resolve));
  }
  out.end('</offers></shop></yml_catalog>\n');
  await finished(out);
} // prettier-ignore
