import { call, openBrowser, openPage, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let phoneId: string;

const make = (code: string, title: string, priceMinor: number): Promise<{ id: string }> =>
  call(watched.page, server, 'POST', '/v1/products', {
    code,
    title,
    brand: 'Маяк',
    variants: [
      { sku: code.toUpperCase(), eans: [`46000000${String(priceMinor).padStart(6, '0').slice(-5)}`], priceMinor },
    ],
  });

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  watched = await openPage(browser);
  await signIn(watched.page, server);
  phoneId = (await make('ip-15', 'Айфон 15', 7_999_000)).id;
  await make('ip-case', 'Чехол для айфона', 149_000);
  await make('kettle', 'Чайник электрический', 299_050);
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('finds goods typed in the wrong layout or with the words turned, and says how it was read', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/catalogue`);
  const list = page.getByRole('list', { name: 'Каталог' });
  await list.getByText('Чайник').waitFor();
  await page.keyboard.press('f');
  await page.keyboard.type('fqajy');
  await page.getByText('Читаем как «айфон»').waitFor();
  await list.getByText('Чайник').waitFor({ state: 'detached' });
  await list.getByText('Айфон 15').waitFor();
  await page.getByRole('textbox', { name: /Название, артикул/ }).fill('айфон чехол');
  await list.getByText('Айфон 15').waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Чехол для айфона' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.pathname === '/catalogue');
});

test('changes a price, shows it in the history and takes it back', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/catalogue/${phoneId}`);
  await page.getByRole('button', { name: 'Изменить цену' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Новая цена' }).fill('74990,50');
  await page.keyboard.press('Enter');
  const history = page.getByRole('table', { name: 'История цен' });
  await history.getByText(/74\s990,50/).waitFor();
  await page
    .getByRole('table', { name: 'Цены в каналах' })
    .getByText(/74\s990,50/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Вернуть', exact: true }).click();
  await expect.poll(() => history.getByText(/79\s990/).count()).toBe(2);
});

test('lets a price deviate on the site, and tells whose decision it is', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/prices`);
  await page.getByRole('button', { name: 'Добавить прайс-лист' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Название' }).fill('Только на сайте');
  await dialog
    .getByRole('textbox', { name: 'Каналы' })
    .or(dialog.getByRole('combobox', { name: 'Каналы' }))
    .first()
    .click();
  await page.getByRole('option', { name: 'Сайт' }).click();
  await page.keyboard.press('Tab');
  await dialog.getByRole('button', { name: 'Сохранить' }).click();
  await page.getByRole('heading', { level: 1, name: 'Только на сайте' }).waitFor();
  await page.getByPlaceholder('Название, артикул, штрихкод').fill('чайник');
  await page.getByRole('option', { name: /Чайник/ }).click();
  await page.getByRole('button', { name: 'Назначить цену' }).click();
  await dialog.getByRole('textbox', { name: 'Новая цена' }).fill('2690');
  await page.keyboard.press('Enter');
  const cell = page.getByRole('textbox', { name: 'Цена KETTLE' });
  await cell.waitFor();
  await cell.fill('2590');
  await page.keyboard.press('Enter');
  await page.getByText(/Теперь 2\s590/).waitFor();
  await page.goto(`${server.url}/prices/deviations`);
  const row = page.getByRole('link', { name: /Чайник/ });
  await row.waitFor();
  expect(await row.innerText()).toMatch(/−13,4/);
  await row.getByText('Владелец').waitFor();
});

test('makes a product with a form, withdraws it and puts it back', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/catalogue`);
  await page.getByRole('button', { name: 'Добавить товар' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Название' }).fill('Кабель плетёный');
  expect(await dialog.getByRole('textbox', { name: 'Код', exact: true }).inputValue()).toBe('kabel-pletenyy');
  await dialog.getByRole('textbox', { name: 'Артикул' }).fill('CBL-1');
  await dialog.getByRole('textbox', { name: 'Цена', exact: true }).fill('990');
  await dialog.getByRole('button', { name: 'Сохранить' }).click();
  await page.getByRole('heading', { level: 1, name: 'Кабель плетёный' }).waitFor();
  await page.getByRole('button', { name: 'Снять с продажи' }).click();
  await page.getByRole('button', { name: 'Вернуть в продажу' }).waitFor();
  await page.getByRole('button', { name: 'Вернуть', exact: true }).click();
  await page.getByRole('button', { name: 'Снять с продажи' }).waitFor();
});

test('says what goes with what', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/catalogue/${phoneId}`);
  await page
    .getByRole('combobox', { name: 'Товар' })
    .or(page.getByRole('textbox', { name: 'Товар' }))
    .first()
    .fill('чехол');
  await page.getByRole('option', { name: /Чехол для айфона/ }).click();
  await page.getByRole('button', { name: 'Связать' }).click();
  await page.getByRole('heading', { level: 3, name: 'К нему подходит' }).waitFor();
  await page.getByRole('button', { name: 'Убрать связь: Чехол для айфона' }).click();
  await page.getByRole('heading', { level: 3, name: 'К нему подходит' }).waitFor({ state: 'detached' });
});

test('fits a phone: nothing is wider than the screen', async () => {
  const { page } = watched;
  await page.setViewportSize({ width: 360, height: 800 });
  for (const path of [
    '/catalogue',
    `/catalogue/${phoneId}`,
    '/prices',
    '/prices/deviations',
    '/settings/categories',
    '/settings/product-attributes',
  ]) {
    await page.goto(`${server.url}${path}`);
    await page.locator('h1').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path).toBe(true);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});
