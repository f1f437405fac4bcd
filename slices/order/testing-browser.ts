import { call, send } from '@ruslo/platform/testing-browser';
import type { TestServer } from '@ruslo/platform/testing-browser';
import { newId } from '@ruslo/platform';
import type { Page } from 'playwright-core';

/** A small shop for tests of screens, built through HTTP as the console itself would build it. */

export interface SeededShop {
  readonly shop: string;
  readonly otherShop: string;
  readonly customerId: string;
  readonly variantIds: readonly string[];
  /** Fills her cart and places an order that is paid when it is handed out. */
  order(goods: readonly (readonly [index: number, quantity: number])[]): Promise<{ orderId: string; number: string }>;
  fill(goods: readonly (readonly [index: number, quantity: number])[]): Promise<void>;
  /** What she herself sees: her code for a parcel that waits. */
  codeOf(orderId: string): Promise<string>;
  ask<T>(method: string, path: string, body?: unknown): Promise<T>;
}

const goods = [
  ['Смартфон Волна 5', 4_999_000, 'TEL-5', '4600000000017', 12],
  ['Чехол для смартфона Волна 5', 149_000, 'CASE-5', '4600000000024', null],
  ['Наушники Прибой', 699_900, 'EAR-1', '4600000000031', 12],
  ['Кабель USB-C, 2 м', 59_000, 'CAB-2', '4600000000048', null],
] as const;

export async function seedShop(page: Page, server: TestServer): Promise<SeededShop> {
  const ask = <T>(method: string, path: string, body?: unknown): Promise<T> =>
    call<T>(page, server, method, path, body);
  const services = ['sale', 'pickup', 'try-on', 'return', 'ship'];
  const makePlace = async (code: string, name: string): Promise<string> => {
    const from = { code, name, kind: 'shop', city: 'Казань', lat: 55.79, lon: 49.11, services };
    return (await ask<{ id: string }>('POST', '/v1/places', from)).id;
  };
  const shop = await makePlace('KZN-1', 'Маяк на Баумана');
  const otherShop = await makePlace('KZN-2', 'Маяк в «Мега Казань»');
  await ask('PUT', `/v1/places/${shop}/cells`, { codes: ['A1', 'A2', 'A3', 'A4', 'A5', 'A6'] });
  const variantIds: string[] = [];
  for (const [title, priceMinor, sku, ean, warrantyMonths] of goods) {
    // One after the other: the order of the list is the order of the tests.
    // oxlint-disable-next-line no-await-in-loop
    const made = await ask<{ variants: { id: string }[] }>('POST', '/v1/products', {
      code: sku,
      title,
      variants: [{ sku, priceMinor, eans: [ean], warrantyMonths }],
    });
    variantIds.push(made.variants[0]?.id ?? '');
  }
  const lines = variantIds.map((variantId) => ({ variantId, quantity: 50 }));
  await ask('POST', '/v1/stock/receive', { placeId: shop, lines });
  await ask('POST', '/v1/stock/receive', { placeId: otherShop, lines });
  const { writeKey } = await ask<{ writeKey: string }>('POST', '/v1/sources', { name: 'Сайт', kind: 'site' });
  const traits = { firstName: 'Анна', lastName: 'Ковалёва', middleName: 'Сергеевна', phone: '+79172265411' };
  await send(server, writeKey, [{ type: 'identify', userId: 'u-anna', messageId: 'identify-anna', traits }]);
  const identifiers = [{ kind: 'phone', value: traits.phone }];
  const session = await ask<{ token: string; customerId: string }>('POST', '/v1/customer-sessions', { identifiers });
  const { customerId } = session;
  const base = `/v1/customers/${customerId}`;
  const fill: SeededShop['fill'] = async (wanted) => {
    const ops = wanted.map(([index, quantity]) => ({ op: 'add', variantId: variantIds[index] ?? '', quantity }));
    await ask('POST', `${base}/cart/operations`, { key: newId(), channel: 'web', ops });
  };
  return {
    shop,
    otherShop,
    customerId,
    variantIds,
    ask,
    fill,
    async order(wanted) {
      await fill(wanted);
      const recipient = { name: 'Анна Ковалёва', phone: traits.phone };
      const checkout = { method: 'pickup', placeId: shop, pay: 'on-handover', recipient, channel: 'web' };
      await ask('PUT', `${base}/checkout`, { step: 'confirm', ...checkout });
      const { totalMinor } = await ask<{ totalMinor: number }>('POST', `${base}/checkout/quote`, { channel: 'web' });
      return ask('POST', `${base}/checkout/place`, { expectedTotalMinor: totalMinor, channel: 'web' });
    },
    async codeOf(orderId) {
      const response = await fetch(`${server.url}/v1/orders/${orderId}/hand-out-codes`, {
        headers: { authorization: `Bearer ${session.token}` },
      });
      const { items } = (await response.json()) as { items: { code: string }[] };
      return items[0]?.code ?? '';
    },
  };
}
