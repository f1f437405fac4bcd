import { identity } from '@ruslo/identity';
import { newId, runDuty } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { movableClock, signInAs, signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { catalog, relations, saveProducts, savePrices, shelf, variantIdsByCode, variantsNow } from './index.ts';
import type { PriceContext, ProductRow } from './index.ts';

let house: TestHouse;
let owner: Visitor;
const clock = movableClock();

beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, catalog], clock });
  house.follow();
  owner = await signInOwner(house);
});
afterAll(() => house.close());

const at = (rest: Partial<PriceContext> = {}): PriceContext => ({ channel: 'web', customerGroups: [], at: clock.now(), ...rest }); // prettier-ignore
let count = 0;
const body = (rest: Partial<ProductRow> = {}): ProductRow => {
  count += 1;
  const code = `c-${count}`;
  return { code, title: `Чайник ${count}`, brand: 'Tefal', variants: [{ sku: code, priceMinor: 100_000 }], ...rest };
};

async function product(
  rest: Partial<ProductRow> = {},
): Promise<{ id: string; variantId: string; sku: string; version: number }> {
  const made = await owner.ask('POST', '/v1/products', body(rest));
  expect(made).toMatchObject({ status: 200 });
  const { id, version, variants } = made.body as unknown as { id: string; version: number; variants: { id: string; sku: string }[] }; // prettier-ignore
  return { id, version, variantId: variants[0]?.id ?? '', sku: variants[0]?.sku ?? '' };
}

describe('products', () => {
  it('are made, read, changed with a version, and found by code', async () => {
    const made = await product({ variants: [{ sku: 'kettle', eans: ['4601234567890'], priceMinor: 199_900, oldPriceMinor: 249_900, vat: '20', warrantyMonths: 12, marked: true, minPriceMinor: 150_000 }] }); // prettier-ignore
    const changed = await owner.ask('PATCH', `/v1/products/${made.id}`, {
      title: 'Чайник новый',
      version: made.version,
    });
    expect(changed.body).toMatchObject({ title: 'Чайник новый', version: made.version + 1 });
    expect(await owner.ask('PATCH', `/v1/products/${made.id}`, { title: 'Чей-то', version: made.version })).toMatchObject({ status: 409, body: { code: 'catalog.changed' } }); // prettier-ignore
    for (const code of ['4601234567890', 'kettle'])
      expect((await owner.ask('GET', `/v1/variants/by-code/${code}`)).body).toMatchObject({ id: made.variantId, priceMinor: 199_900, oldPriceMinor: 249_900, marked: true, warrantyMonths: 12, priceListId: null }); // prettier-ignore
    expect(await owner.ask('GET', '/v1/variants/by-code/none')).toMatchObject({ status: 404 });
    expect((await owner.ask('GET', '/v1/products?q=чайник%20новый')).body).toMatchObject({ items: [{ id: made.id }] });
  });

  it('refuse a taken code, SKU or barcode, an unknown category and an undeclared attribute', async () => {
    const made = await product({ variants: [{ sku: 'taken', eans: ['4600000000017'], priceMinor: 1 }] });
    const ask = async (rest: Partial<ProductRow>): Promise<string | undefined> => (await owner.ask('POST', '/v1/products', body(rest))).body.code; // prettier-ignore
    expect(await ask({ variants: [{ sku: 'taken' }] })).toBe('catalog.sku-taken');
    expect(await ask({ variants: [{ sku: 'free', eans: ['4600000000017'] }] })).toBe('catalog.code-taken');
    expect(await ask({ categoryCode: 'none' })).toBe('catalog.no-category');
    expect(await ask({ attributes: { nobody: 'x' } })).toBe('catalog.bad-attribute');
    expect(await ask({ variants: [{ sku: 'kit', components: [{ sku: 'none', quantity: 1 }] }] })).toBe('catalog.no-component'); // prettier-ignore
    expect((await owner.ask('POST', '/v1/products', { ...body(), code: 'x', title: undefined })).body.code).toBe('catalog.title-needed'); // prettier-ignore
    expect(await variantIdsByCode(house.db, ['4600000000017'])).toEqual(new Map([['4600000000017', made.variantId]]));
  });

  it('make a kit of its components, and gift cards without discount', async () => {
    const part = await product();
    const kit = await product({
      variants: [{ sku: 'set', priceMinor: 5, components: [{ sku: part.sku, quantity: 2 }] }],
    });
    const card = await product({ kind: 'gift-card' });
    const found = await variantsNow(house.db, [kit.variantId, card.variantId], at());
    expect(found.get(kit.variantId)?.components).toEqual([{ variantId: part.variantId, quantity: 2 }]);
    expect(found.get(card.variantId)).toMatchObject({ kind: 'gift-card', noDiscount: true });
  });

  it('are made once by the same key, and once by ten at once', async () => {
    const one = body();
    const headers = { 'x-ruslo': '1', 'idempotency-key': newId() };
    const first = await owner.ask('POST', '/v1/products', one, headers);
    expect(await owner.ask('POST', '/v1/products', one, headers)).toMatchObject({ status: 200, body: first.body });
    const two = body();
    const answers = await Promise.all(Array.from({ length: 10 }, () => owner.ask('POST', '/v1/products', two)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
  });

  it('are shown to visitors, who change nothing and see nothing withdrawn', async () => {
    const hidden = await product({ title: 'Секретная штука', state: 'withdrawn' });
    const session = await owner.ask('POST', '/v1/customer-sessions/visitor', { anonymousId: `a-${newId()}`, channel: 'web' }); // prettier-ignore
    const authorization = `Bearer ${String((session.body as unknown as { token: string }).token)}`;
    const ask = (method: 'GET' | 'POST', url: string): ReturnType<typeof owner.ask> => owner.ask(method, url, undefined, { authorization, 'x-ruslo': '1' }); // prettier-ignore
    owner.cookie = await (async (cookie) => {
      owner.cookie = undefined;
      const found = await ask('GET', `/v1/products?q=${encodeURIComponent('секретная штука')}&state=any`);
      expect(found).toMatchObject({ status: 200, body: { items: [] } });
      expect((await ask('GET', '/v1/products?q=чайник')).body).toMatchObject({ items: expect.any(Array) });
      expect((await ask('POST', '/v1/products')).status).toBe(403);
      expect((await ask('GET', '/v1/price-lists')).status).toBe(403);
      return cookie;
    })(owner.cookie);
    expect((await owner.ask('GET', `/v1/products?q=${encodeURIComponent('секретная штука')}&state=any`)).body).toMatchObject({ items: [{ id: hidden.id }] }); // prettier-ignore
    const cashier = await signInAs(owner, ['cashier'], 'cashier@example.com');
    expect((await cashier.ask('PUT', `/v1/variants/${hidden.variantId}/price`, { priceMinor: 1 })).status).toBe(403);
  });
});

describe('categories and attributes', () => {
  it('keep a tree of any depth: moved, its products know; no circles', async () => {
    const make = async (code: string, parentId: string | null): Promise<string> =>
      ((await owner.ask('POST', '/v1/categories', { code, name: code, parentId })).body as unknown as { id: string })
        .id;
    const [a, b] = [await make('a', null), await make('b', null)];
    const deep = await make('deep', await make('c', a));
    const { variantId, id } = await product({ categoryCode: 'deep' });
    expect((await shelf(house, [variantId], at())).get(variantId)?.categoryIds).toHaveLength(3);
    const c = (await owner.ask('GET', '/v1/categories')).body as unknown as { items: { id: string; code: string }[] };
    const cId = c.items.find((one) => one.code === 'c')?.id ?? '';
    expect(await owner.ask('PATCH', `/v1/categories/${a}`, { parentId: deep })).toMatchObject({ status: 422, body: { code: 'catalog.bad-parent' } }); // prettier-ignore
    expect(await owner.ask('PATCH', `/v1/categories/${cId}`, { parentId: b })).toMatchObject({ status: 200 });
    await vi.waitFor(async () => expect((await shelf(house, [variantId], at())).get(variantId)?.categoryIds).toEqual([b, cId, deep]), { timeout: 5_000 }); // prettier-ignore
    await runDuty(house, 'catalog.index');
    expect((await owner.ask('GET', `/v1/products?category=${b}`)).body).toMatchObject({ items: [{ id }] });
    expect((await owner.ask('GET', `/v1/products?category=${a}`)).body).toMatchObject({ items: [] });
    expect((await owner.ask('DELETE', `/v1/categories/${b}`)).body.code).toBe('catalog.not-empty');
    expect((await owner.ask('DELETE', `/v1/categories/${a}`)).status).toBe(200);
  });

  it('declare attributes with a type, and filter by them', async () => {
    expect((await owner.ask('POST', '/v1/product-attributes', { key: 'volume', label: { ru: 'Объём', en: 'Volume' }, type: 'number', measure: 'л' })).status).toBe(200); // prettier-ignore
    expect((await owner.ask('POST', '/v1/products', body({ attributes: { volume: 'много' } }))).body.code).toBe('catalog.bad-attribute'); // prettier-ignore
    const [small, large] = [
      await product({ attributes: { volume: 1 } }),
      await product({ attributes: { volume: 1.7 } }),
    ];
    expect((await owner.ask('GET', '/v1/products?attribute.volume=1.7')).body).toMatchObject({
      items: [{ id: large.id }],
    });
    expect((await owner.ask('GET', '/v1/products?attribute.volume=0..1.5')).body).toMatchObject({
      items: [{ id: small.id }],
    });
    const both = await owner.ask('GET', '/v1/products?attribute.volume=1&attribute.volume=1.7&sort=price');
    expect((both.body as unknown as { items: unknown[] }).items).toHaveLength(2);
    expect((await owner.ask('GET', '/v1/products?attribute.volume=9')).body).toMatchObject({ items: [] });
  });

  it('relate products with a direction, substitutes without one', async () => {
    const [phone, cover, other] = [await product(), await product(), await product()];
    await owner.ask('POST', `/v1/products/${cover.id}/relations`, { kind: 'fits', productId: phone.id });
    await owner.ask('POST', `/v1/products/${phone.id}/relations`, { kind: 'substitute', productId: other.id });
    await owner.ask('POST', `/v1/products/${other.id}/relations`, { kind: 'substitute', productId: phone.id });
    expect(await relations(house.db, [phone.id], 'fits')).toMatchObject([{ otherId: cover.id, from: false }]);
    expect((await owner.ask('GET', `/v1/products/${phone.id}`)).body).toMatchObject({
      relations: expect.arrayContaining([
        { kind: 'fits', direction: 'from', productId: cover.id },
        { kind: 'substitute', direction: 'both', productId: other.id },
      ]),
    });
    expect(await relations(house.db, [other.id], 'substitute')).toHaveLength(1);
    expect((await owner.ask('POST', `/v1/products/${phone.id}/relations`, { kind: 'fits', productId: phone.id })).body.code).toBe('catalog.itself'); // prettier-ignore
    expect((await owner.ask('DELETE', `/v1/products/${other.id}/relations/substitute/${phone.id}`)).status).toBe(200);
    expect(await relations(house.db, [other.id], 'substitute')).toHaveLength(0);
  });
});

describe('prices', () => {
  it('are one everywhere; what deviates is told, has a history, and a fact', async () => {
    const { variantId, sku } = await product();
    const list = (await owner.ask('POST', '/v1/price-lists', { code: 'app-only', name: 'В приложении', priority: 10, channels: ['app'] })).body as unknown as { id: string }; // prettier-ignore
    expect((await owner.ask('POST', `/v1/price-lists/${list.id}/entries`, { entries: [{ sku, priceMinor: 90_000 }, { sku: 'none', priceMinor: 1 }] })).body).toMatchObject({ new: 1, refused: [{ sku: 'none', why: 'catalog.no-variant' }] }); // prettier-ignore
    expect((await variantsNow(house.db, [variantId], at())).get(variantId)).toMatchObject({ priceMinor: 100_000, priceListId: null }); // prettier-ignore
    expect((await variantsNow(house.db, [variantId], at({ channel: 'app' }))).get(variantId)).toMatchObject({ priceMinor: 90_000, basePriceMinor: 100_000, priceListId: list.id }); // prettier-ignore
    const { items } = (await owner.ask('GET', '/v1/price-lists/deviations')).body as unknown as {
      items: { sku: string }[];
    };
    expect(items.find((one) => one.sku === sku)).toMatchObject({ priceMinor: 90_000, basePriceMinor: 100_000, priceListId: list.id }); // prettier-ignore
    expect((await owner.ask('GET', `/v1/variants/${variantId}/price-history`)).body).toMatchObject({ items: [{ priceMinor: 90_000, priceListId: list.id }, { priceMinor: 100_000 }] }); // prettier-ignore
    expect(await house.db.query(`select data from log.event where name = 'price.changed' and data->>'variantId' = $1`, [variantId])).toMatchObject([{ data: { priceMinor: 90_000, priceListId: list.id } }]); // prettier-ignore
    await expect(house.db.query('delete from catalog.price_change where variant_id = $1', [variantId])).rejects.toThrow(/append-only/); // prettier-ignore
    await owner.ask('PATCH', `/v1/price-lists/${list.id}`, { state: 'withdrawn' });
    expect((await variantsNow(house.db, [variantId], at({ channel: 'app' }))).get(variantId)?.priceMinor).toBe(100_000);
    expect((await owner.ask('DELETE', `/v1/price-lists/${list.id}`)).body.code).toBe('catalog.not-empty');
  });

  it('begin and end by themselves, on the shelf too, and in what is sorted and filtered', async () => {
    const { id, variantId } = await product({ title: 'Редкость', variants: [{ sku: 'sale', priceMinor: 50_000 }] });
    const [from, until] = [60_000, 120_000].map((ms) => new Date(clock.now().getTime() + ms).toISOString());
    await shelf(house, [variantId], at());
    expect((await owner.ask('PUT', `/v1/variants/${variantId}/price`, { priceMinor: 40_000, oldPriceMinor: 50_000, from, until })).status).toBe(200); // prettier-ignore
    const shown = async (): Promise<number | undefined> =>
      (await shelf(house, [variantId], at())).get(variantId)?.priceMinor;
    const found = async (): Promise<number> => {
      await runDuty(house, 'catalog.price-due');
      await runDuty(house, 'catalog.index');
      return ((await owner.ask('GET', '/v1/products?q=редкость&priceTo=45000')).body as unknown as { items: unknown[] }).items.length; // prettier-ignore
    };
    expect([await shown(), await found()]).toEqual([50_000, 0]);
    clock.pass(60_000);
    await vi.waitFor(async () => expect(await shown()).toBe(40_000), { timeout: 5_000 });
    expect(await found()).toBe(1);
    clock.pass(60_000);
    expect([await shown(), await found()]).toEqual([50_000, 0]);
    expect((await owner.ask('GET', `/v1/products/${id}`)).body).toMatchObject({ variants: [{ priceMinor: 50_000 }] });
  });

  it('change on every process’s shelf', async () => {
    const second = await house.second();
    try {
      const { variantId } = await product();
      const price = async (on: TestHouse): Promise<number | undefined> => (await shelf(on, [variantId], at())).get(variantId)?.priceMinor; // prettier-ignore
      expect([await price(house), await price(second)]).toEqual([100_000, 100_000]);
      await owner.ask('PUT', `/v1/variants/${variantId}/price`, { priceMinor: 70_000 });
      await vi.waitFor(async () => expect([await price(house), await price(second)]).toEqual([70_000, 70_000]), { timeout: 5_000 }); // prettier-ignore
    } finally {
      await second.close();
    }
  });

  it('are set by ten at once without losing a change of the history', async () => {
    const { variantId, sku } = await product();
    const told = { at: clock.now(), by: 'test' };
    await Promise.all(Array.from({ length: 10 }, (_, index) => house.db.retry((tx) => savePrices(house, tx, [{ sku, priceMinor: 1_000 + index }], told)))); // prettier-ignore
    const history = await house.db.query<{ price: number }>('select price_minor as price from catalog.price_change where variant_id = $1 order by id', [variantId]); // prettier-ignore
    expect(history).toHaveLength(11);
    expect(new Set(history.map((row) => row.price)).size).toBe(11);
  });

  it('keep the price everywhere', async () => {
    const { variantId } = await product();
    expect((await owner.ask('PUT', `/v1/variants/${variantId}/price`, { priceMinor: null })).body.code).toBe('catalog.base-price-stays'); // prettier-ignore
    const [base] = ((await owner.ask('GET', '/v1/price-lists')).body as unknown as { items: { id: string; priority: number }[] }).items.filter((one) => one.priority === 0); // prettier-ignore
    expect((await owner.ask('PATCH', `/v1/price-lists/${base?.id}`, { state: 'withdrawn' })).body.code).toBe('catalog.default-list'); // prettier-ignore
  });
});

it('writes a set twice as once', async () => {
  const rows = Array.from({ length: 50 }, () =>
    body({ attributes: { b: 1, a: 'x' }, media: [{ url: '/1.jpg', alt: '' }] }),
  );
  const save = (): ReturnType<typeof saveProducts> => house.db.retry((tx) => saveProducts(house, tx, rows, { at: clock.now(), by: 'test' })); // prettier-ignore
  expect(new Set((await save()).map((one) => one.outcome))).toEqual(new Set(['new']));
  expect(new Set((await save()).map((one) => one.outcome))).toEqual(new Set(['unchanged']));
});
