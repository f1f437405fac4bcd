import { openBrowser, openPage, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { seedShop } from '../testing-browser.ts';
import type { SeededShop } from '../testing-browser.ts';

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let shop: SeededShop;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  watched = await openPage(browser);
  await signIn(watched.page, server);
  shop = await seedShop(watched.page, server);
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const isWithin = (): Promise<boolean> =>
  watched.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);

test('finds an order by its number, shows all of it, and cancels it after saying what goes back', async () => {
  const { page } = watched;
  const placed = await shop.order([[1, 2]]);
  await shop.order([[3, 1]]);
  await page.goto(`${server.url}/orders`);
  await page.getByRole('list', { name: 'Заказы' }).getByText(placed.number).waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type(placed.number);
  await expect.poll(() => page.url()).toContain('q=');
  await expect.poll(() => page.getByRole('list', { name: 'Заказы' }).getByRole('link').count()).toBe(1);
  await page.getByRole('list', { name: 'Заказы' }).getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: `Заказ ${placed.number}` }).waitFor();
  await page.getByText('CASE-5 · 2 шт. × 1 490 ₽').waitFor();
  await page.getByRole('button', { name: 'Ещё действия' }).click();
  await page.getByRole('menuitem', { name: 'Отменить заказ' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Оплаты не было, возвращать нечего').waitFor();
  await dialog.getByLabel('Почему').fill('передумала');
  await dialog.getByRole('button', { name: 'Да, отменить заказ' }).click();
  await page.getByText('передумала').waitFor();
  await expect.poll(() => page.getByRole('list', { name: 'Заказы' }).innerText()).toContain('Отменён');
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.pathname === '/orders');
});

test('Ctrl-K finds an order by its number', async () => {
  const { page } = watched;
  const placed = await shop.order([[3, 1]]);
  await page.goto(`${server.url}/orders`);
  await page.getByRole('list', { name: 'Заказы' }).getByText(placed.number).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Найти клиента, страницу').fill(placed.number);
  await page.getByRole('dialog').getByText(placed.number, { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: `Заказ ${placed.number}` }).waitFor();
});

test('picks by scanner, packs, and hands out with one refused, by keyboard only', async () => {
  const { page } = watched;
  const placed = await shop.order([
    [1, 2],
    [3, 1],
  ]);
  const { items } = await shop.ask<{ items: { id: string; orderId: string }[] }>(
    'GET',
    `/v1/places/${shop.shop}/tasks`,
  );
  const parcel = items.find((item) => item.orderId === placed.orderId)?.id ?? '';
  await page.goto(`${server.url}/desk/${parcel}?place=${shop.shop}`);
  const scanner = page.getByRole('textbox', { name: /Сканируйте/ });
  await scanner.waitFor();
  const scan = async (code: string, told: string | RegExp): Promise<void> => {
    await expect.poll(() => scanner.evaluate((box) => box === document.activeElement)).toBe(true);
    await page.keyboard.type(code);
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: told }).waitFor();
  };
  await scan('4600000000024', /Чехол.*Осталось 2 единицы/);
  await scan('4600000000017', /нет в задании/);
  await scan('CASE-5', /Осталась 1 единица/);
  await scan('4600000000048', 'Всё собрано');
  await page.keyboard.press('Enter');
  await page.getByText(/Положите в ячейку A/).waitFor();

  await page.goto(`${server.url}/desk/hand-out?place=${shop.shop}`);
  const field = page.getByRole('textbox', { name: 'Что показал клиент' });
  await expect.poll(() => field.evaluate((box) => box === document.activeElement)).toBe(true);
  await page.keyboard.type(await shop.codeOf(placed.orderId));
  await page.keyboard.press('Enter');
  await page.getByText('К оплате 3 570 ₽').waitFor();
  await page.getByRole('textbox', { name: 'Сколько берут: Чехол для смартфона Волна 5' }).press('ArrowDown');
  await page.getByText('не берут 1 шт.').waitFor();
  await page.getByText('К оплате 2 080 ₽').waitFor();
  await page.getByRole('button', { name: 'Выдать' }).press('Enter');
  await page.getByText(`Заказ ${placed.number} выдан. Оплачено 2 080 ₽`).waitFor();
  await expect.poll(() => field.evaluate((box) => box === document.activeElement)).toBe(true);
  const order = await shop.ask<{ state: string; paidMinor: number }>('GET', `/v1/orders/${placed.orderId}`);
  expect(order).toMatchObject({ state: 'completed', paidMinor: 208_000 });
});

test('returns one of two units: the preview says what goes back, then the return is there', async () => {
  const { page } = watched;
  const placed = await shop.order([[3, 2]]);
  const { items } = await shop.ask<{ items: { id: string; orderId: string }[] }>(
    'GET',
    `/v1/places/${shop.shop}/tasks`,
  );
  const parcel = items.find((item) => item.orderId === placed.orderId)?.id ?? '';
  await shop.ask('POST', `/v1/fulfilments/${parcel}/ready`, { all: true });
  await shop.ask('POST', `/v1/fulfilments/${parcel}/hand-out`, { tenders: [{ kind: 'cash' }] });
  await page.goto(`${server.url}/returns/new`);
  const field = page.getByRole('textbox', { name: 'Номер заказа, чек, карта или телефон' });
  await expect.poll(() => field.evaluate((box) => box === document.activeElement)).toBe(true);
  await page.keyboard.type(placed.number);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Больше: Кабель USB-C, 2 м' }).click();
  await page.getByRole('combobox', { name: /Причина/ }).click();
  await page.getByRole('option', { name: 'Не подошло' }).click();
  await page.getByText('Сумма возврата').waitFor();
  await expect.poll(() => page.locator('section').last().innerText()).toMatch(/Наличными\s+590\s₽/);
  await page.getByRole('button', { name: 'Принять возврат' }).click();
  await page.getByRole('heading', { level: 1, name: /Возврат R-/ }).waitFor();
  await page.getByText('Деньги возвращены').first().waitFor();
});

test('shows her cart and orders on her card, live, and places her cart as an order', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers/${shop.customerId}`);
  await page.getByText('В корзине пусто.').waitFor();
  await shop.fill([[0, 1]]);
  await page.getByText('1 шт. × 49 990 ₽').waitFor();
  await page.getByRole('button', { name: 'Оформить из корзины' }).click();
  await page.getByRole('combobox', { name: 'Где заберёт' }).click();
  await page.getByRole('option', { name: /Баумана/ }).click();
  await page.getByRole('button', { name: 'Оформить на 49 990 ₽' }).click();
  await page.getByRole('heading', { level: 1, name: /Заказ M-/ }).waitFor();
  await page.getByText('К оплате при получении').waitFor();
});

test('fits a phone: nothing is wider than the screen', async () => {
  const { page } = watched;
  await page.setViewportSize({ width: 360, height: 800 });
  const paths = [
    '/orders',
    `/desk?place=${shop.shop}`,
    `/desk/hand-out?place=${shop.shop}`,
    '/returns',
    '/returns/new',
    `/checkout?customer=${shop.customerId}`,
    `/customers/${shop.customerId}`,
  ];
  for (const path of paths) {
    // One page after the other.
    // oxlint-disable-next-line no-await-in-loop
    await page.goto(`${server.url}${path}`);
    await page.locator('h1').first().waitFor();
    expect(await isWithin(), path).toBe(true);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});
