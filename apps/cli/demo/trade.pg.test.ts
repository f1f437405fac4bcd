import { catalog } from '@ruslo/catalog';
import { identity } from '@ruslo/identity';
import { loyalty } from '@ruslo/loyalty';
import { offer } from '@ruslo/offer';
import { place } from '@ruslo/place';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { available, proveStock, stock } from '@ruslo/stock';
import { proveLedger, wallet } from '@ruslo/wallet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assortment } from './assortment.ts';
import { loadTrade } from './commerce.ts';
import type { DemoTrade } from './commerce.ts';

let house: TestHouse;
let trade: DemoTrade;

beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, place, catalog, stock, offer, wallet, loyalty] });
  trade = await loadTrade(house);
}, 120_000);
afterAll(() => house.close());

it('makes an assortment that holds together', () => {
  const products = assortment();
  expect(products.length).toBeGreaterThanOrEqual(3_000);
  const codes = new Set(products.map(({ code }) => code));
  expect(codes.size).toBe(products.length);
  const variants = products.flatMap((product) => product.variants);
  expect(new Set(variants.map(({ sku }) => sku)).size).toBe(variants.length);
  expect(new Set(variants.map(({ ean }) => ean)).size).toBe(variants.length);
  for (const { relations, code } of products)
    for (const { to } of relations) {
      expect(codes.has(to), `${code} → ${to}`).toBe(true);
      expect(to).not.toBe(code);
    }
  const fits = products.find(({ title }) => title === 'Чехол силиконовый для iPhone 15')?.relations[0]?.to;
  expect(products.find(({ code }) => code === fits)?.title).toBe('Смартфон iPhone 15');
});

it('brings everything in, in order, and nothing the second time', async () => {
  expect(trade.variantIds.size).toBe(assortment().flatMap(({ variants }) => variants).length);
  expect(trade.placeIds.size).toBe(15);
  const phone = trade.variantIds.get('СМА-002') ?? '';
  const first = (await available(house.db, [phone])).get(phone);
  expect(first?.total).toBeGreaterThan(0);
  expect(await proveStock(house.db)).toEqual([]);
  expect(await proveLedger(house.db)).toEqual([]);
  await loadTrade(house);
  expect((await available(house.db, [phone])).get(phone)?.total).toBe(first?.total);
  expect(await proveStock(house.db)).toEqual([]);
});
