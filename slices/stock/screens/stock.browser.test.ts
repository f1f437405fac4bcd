import { call, openBrowser, openPage, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let variantId: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  watched = await openPage(browser);
  await signIn(watched.page, server);
  const made = await call<{ variants: { id: string }[] }>(watched.page, server, 'POST', '/v1/products', {
    code: 'kettle',
    title: 'Чайник электрический',
    variants: [{ sku: 'KETTLE', priceMinor: 299_050 }],
  });
  variantId = made.variants[0]?.id ?? '';
  for (const [code, name, city, lat, lon] of [
    ['msk', 'Маяк на Тверской', 'Москва', 55.764, 37.605],
    ['kzn', 'Маяк на Баумана', 'Казань', 55.79, 49.11],
  ] as const)
    await call(watched.page, server, 'POST', '/v1/places', { code, name, kind: 'shop', city, lat, lon, services: ['sale', 'pickup', 'ship'] }); // prettier-ignore
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('receives goods by keyboard: the level and the movement are there', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/stock`);
  await page.getByText('Остатков ещё нет').waitFor();
  await page.getByRole('button', { name: 'Принять товар' }).first().focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Место').first().fill('Тверск');
  await page.getByRole('option', { name: /Тверской/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Товар').first().fill('чайник');
  await page.getByRole('option', { name: /Чайник/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Количество').fill('12');
  await dialog.getByLabel('Документ').fill('ПН-7');
  await page.keyboard.press('Enter');
  await page.getByText('Товар принят').waitFor();
  const row = page.getByRole('list', { name: 'Остатки' }).getByText('Чайник электрический');
  await row.waitFor();
  await row.click();
  await page.getByRole('heading', { level: 1, name: 'Чайник электрический' }).waitFor();
  expect(await page.getByRole('table', { name: 'По местам' }).innerText()).toMatch(/Маяк на Тверской\s+12/);
  const movements = page.getByRole('table', { name: 'Движения' });
  await movements.getByText('+12').waitFor();
  await movements.getByText('ПН-7').waitFor();
});

test('sets the low line, and the list of what is low shows it', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/stock/${variantId}`);
  await page.getByRole('button', { name: 'Пороги: Маяк на Тверской' }).click();
  await page.getByRole('dialog').getByLabel('Мало, если не больше').fill('20');
  await page.keyboard.press('Enter');
  await page.getByRole('table', { name: 'По местам' }).getByText('Мало', { exact: true }).waitFor();
  await page.goto(`${server.url}/stock?low=true`);
  await page.getByRole('list', { name: 'Остатки' }).getByText('Чайник электрический').waitFor();
});

test('corrects, moves and counts, each with its movement', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/stock/${variantId}`);
  const dialog = page.getByRole('dialog');
  const movements = page.getByRole('table', { name: 'Движения' });
  const act = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'Действия' }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  const choose = async (label: string, place: string): Promise<void> => {
    await dialog.getByLabel(label, { exact: true }).first().fill(place);
    await page.getByRole('option', { name: new RegExp(place) }).click();
  };
  await act('Исправить остаток');
  await choose('Место', 'Тверской');
  await dialog.getByLabel('Разница').fill('-2');
  await dialog.getByLabel('Почему').fill('Бой');
  await page.keyboard.press('Enter');
  await movements.getByText('Бой').waitFor();
  await act('Переместить');
  await choose('Откуда', 'Тверской');
  await choose('Куда', 'Баумана');
  await dialog.getByLabel('Количество').fill('4');
  await page.keyboard.press('Enter');
  await movements.getByText('Прибыло').waitFor();
  await act('Пересчитать');
  await choose('Место', 'Баумана');
  await dialog.getByLabel('Лежит').fill('3');
  await page.keyboard.press('Enter');
  await movements.getByText('Пересчёт').waitFor();
  expect(await page.getByRole('table', { name: 'По местам' }).innerText()).toMatch(/Тверской\s+6[^]*Баумана\s+3/);
});

test('tries a promise: from where, by when, for how much, why', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/stock/promise`);
  await page.getByLabel('Товар', { exact: true }).first().fill('чайник');
  await page.getByRole('option', { name: /Чайник/ }).click();
  await page.getByLabel('Город').first().fill('Казань');
  await page.getByRole('option', { name: 'Казань' }).click();
  await page.getByRole('button', { name: 'Проверить' }).click();
  await page.getByRole('heading', { level: 2, name: 'Маяк на Баумана' }).waitFor();
  await page
    .getByText(/Привезут .* 299/)
    .first()
    .waitFor();
  await page.getByText(/путь 0 км весит/).waitFor();
});

test('takes goods by weight in kilogrammes, whichever is typed first', async () => {
  const { page } = watched;
  const made = await call<{ variants: { id: string }[] }>(page, server, 'POST', '/v1/products', {
    code: 'coffee',
    title: 'Кофе в зёрнах',
    variants: [{ sku: 'COFFEE', unit: 'weight', priceMinor: 199_000 }],
  });
  await page.goto(`${server.url}/stock`);
  await page.getByRole('button', { name: 'Принять товар' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Место', { exact: true }).first().fill('Тверск');
  await page.getByRole('option', { name: /Тверской/ }).click();
  await dialog.getByLabel('Количество').fill('2');
  await dialog.getByLabel('Товар', { exact: true }).first().fill('кофе');
  await page.getByRole('option', { name: /Кофе/ }).click();
  await dialog.getByLabel('Количество, кг').fill('2,5');
  await page.keyboard.press('Enter');
  await page.getByText('Товар принят').waitFor();
  await page.goto(`${server.url}/stock/${made.variants[0]?.id ?? ''}`);
  await page.getByRole('table', { name: 'Движения' }).getByText('+2,5 кг').waitFor();
});

test('fits a phone: nothing is wider than the screen', async () => {
  const { page } = watched;
  await page.setViewportSize({ width: 360, height: 800 });
  for (const path of ['/stock', `/stock/${variantId}`, '/stock/movements', '/stock/promise', '/settings/delivery']) {
    await page.goto(`${server.url}${path}`);
    await page.locator('h1').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path).toBe(true);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});
