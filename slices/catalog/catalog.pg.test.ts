import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { newId } from '@ruslo/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalog, shelf, variantIdsByCode, variantsNow } from './index.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ slices: [catalog] });
});
afterAll(() => house.close());

it('reads a variant now and from the shelf', async () => {
  const [product, variant] = [newId(), newId()];
  const db = house.db;
  await db.query(
    `insert into catalog.product (id, code, title, kind, state, created_at, updated_at) values ($1, 'p1', 'Чайник', 'good', 'active', $2, $2)`,
    [product, new Date()],
  );
  await db.query(
    `insert into catalog.variant (id, product_id, sku, title, unit, marked, vat, no_discount, state) values ($1, $2, 'p1', 'Чайник', 'piece', false, '20', false, 'active')`,
    [variant, product],
  );
  const list = '00000000-0000-7000-8000-000000000000';
  await db.query(`insert into catalog.price (variant_id, list_id, price_minor) values ($1, $2, 1000)`, [variant, list]);
  await db.query(`insert into catalog.price (variant_id, list_id, price_minor, from_at) values ($1, $2, 900, $3)`, [
    variant,
    list,
    new Date(Date.now() + 60_000),
  ]);
  const context = { channel: 'web', customerGroups: [], at: new Date() } as const;
  expect((await variantsNow(db, [variant], context)).get(variant)).toMatchObject({
    sku: 'p1',
    priceMinor: 1000,
    basePriceMinor: 1000,
    priceListId: null,
    currency: 'RUB',
    categoryIds: [],
  });
  expect((await shelf(house, [variant], context)).get(variant)?.priceMinor).toBe(1000);
  const later = { ...context, at: new Date(Date.now() + 61_000) };
  expect((await shelf(house, [variant], later)).get(variant)?.priceMinor).toBe(900);
  expect(await variantIdsByCode(db, ['p1', 'none'])).toEqual(new Map([['p1', variant]]));
});
