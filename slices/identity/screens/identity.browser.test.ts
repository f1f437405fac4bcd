import { call, openBrowser, openPage, send, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let writeKey: string;

const people = [
  ['u-anna', 'Анна', 'Ковалёва', 'Сергеевна', '+79172265411', 'anna@example.com'],
  ['u-anya', 'Аня', 'Ковалева', '', '+79172265412', 'anya@example.com'],
  ['u-ivan', 'Иван', 'Петров', 'Ильич', '+79031112233', 'ivan@example.com'],
] as const;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  watched = await openPage(browser);
  await signIn(watched.page, server);
  const source = await call<{ writeKey: string }>(watched.page, server, 'POST', '/v1/sources', {
    name: 'Сайт',
    kind: 'site',
  });
  ({ writeKey } = source);
  await send(
    server,
    writeKey,
    people.map(([userId, firstName, lastName, middleName, phone, email]) => ({
      type: 'identify',
      userId,
      messageId: `identify-${userId}`,
      traits: { firstName, lastName, middleName, phone, email },
    })),
  );
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('finds a customer in spite of a typo, keeps the filter in the address and the row after a reload', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers`);
  await page.getByRole('list', { name: 'Клиенты' }).getByText('Ковалёва Анна Сергеевна').waitFor();
  await page.getByRole('textbox', { name: /Имя, телефон/ }).fill('Кавалёва Анна');
  await expect.poll(() => page.url()).toContain('q=');
  await page.getByRole('link', { name: /Ковалёва Анна/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Ковалёва Анна Сергеевна' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Ковалёва Анна Сергеевна' }).waitFor();
  expect(await page.locator('[aria-current="true"]').innerText()).toContain('Ковалёва');
  expect(await page.getByRole('textbox', { name: /Имя, телефон/ }).inputValue()).toBe('Кавалёва Анна');
});

test('works by keyboard: J moves, Enter opens, Esc goes back, Ctrl-K finds, ? tells the keys', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers`);
  await page.getByRole('list', { name: 'Клиенты' }).getByText('Петров').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/customers\/[0-9a-f-]{36}/);
  await page.locator('article h1').waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.pathname === '/customers');
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Найти клиента, страницу').fill('79031112233');
  await page.getByRole('dialog').getByText('Петров Иван Ильич').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Петров Иван Ильич' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Следующая строка').waitFor();
  await page.keyboard.press('Escape');
});

test('changes the city in place and takes it back', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers?q=${encodeURIComponent('Петров Иван')}`);
  await page.getByRole('link', { name: /Петров Иван/ }).click();
  await page.getByText('город не указан').click();
  await page.getByRole('textbox', { name: 'Город' }).fill('Казань');
  await page.getByRole('button', { name: 'Сохранить' }).click();
  await page.locator('article').getByText('Казань', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Вернуть', exact: true }).click();
  await page.getByText('город не указан').waitFor();
});

test('takes a birth date as a Russian writes it', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers?q=${encodeURIComponent('Петров Иван')}`);
  await page.getByRole('link', { name: /Петров Иван/ }).click();
  await page.getByText('дата рождения не указана').click();
  await page.getByRole('textbox', { name: 'Дата рождения' }).fill('12.05.1991');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Сохранить' }).click();
  await page.getByText(/12 мая 1991/).waitFor();
});

test('merges two customers by hand and parts them again', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers?q=${encodeURIComponent('Ковалёва Анна Сергеевна')}`);
  await page.getByRole('link', { name: /Ковалёва Анна Сергеевна/ }).click();
  await page.getByRole('button', { name: 'Объединить' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('С кем').fill('79172265412');
  await dialog.getByRole('button', { name: /Ковалева Аня/ }).click();
  await dialog.getByLabel('Почему').fill('Сверили по телефону');
  await dialog.getByRole('button', { name: 'Объединить' }).click();
  await page.getByText('Собран из 1 объединения').waitFor();
  await page.locator('article').getByText('Сверили по телефону').waitFor();
  await page.getByText('+7 917 226-54-12').waitFor();
  await page.getByRole('button', { name: 'Разделить' }).click();
  await dialog.getByText(/сами больше не объединятся/).waitFor();
  await dialog.getByLabel('Почему').fill('Мать и дочь');
  await dialog.getByRole('button', { name: 'Разделить' }).click();
  await page.getByText('Собран из').waitFor({ state: 'detached' });
  await page.getByText('+7 917 226-54-12').waitFor({ state: 'detached' });
});

test('speaks English and goes dark at once, and remembers both', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers`);
  await page.getByText('EN', { exact: true }).click();
  await page.getByRole('heading', { name: 'Customers' }).waitFor();
  await page.getByRole('button', { name: /Profile and sign-out/ }).click();
  await page.getByText('Dark', { exact: true }).click();
  await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
  await page.reload();
  await page.getByRole('heading', { name: 'Customers' }).waitFor();
  expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await page.getByText('RU', { exact: true }).click();
  await page.getByRole('heading', { name: 'Клиенты' }).waitFor();
});

test('fits a phone: nothing is wider than the screen, the card opens over the list', async () => {
  const { page } = watched;
  await page.setViewportSize({ width: 390, height: 844 });
  const isWithin = (): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  await page.goto(`${server.url}/customers`);
  await page.getByRole('link', { name: /Петров Иван/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Петров Иван Ильич' }).waitFor();
  expect(await isWithin()).toBe(true);
  await page.getByRole('button', { name: 'Назад' }).click();
  await page.getByRole('list', { name: 'Клиенты' }).waitFor();
  for (const path of ['sources', 'events', 'attributes', 'blocked', 'staff', 'keys', 'audit', 'profile']) {
    await page.goto(`${server.url}/settings/${path}`);
    await page.locator('h1').waitFor();
    expect(await isWithin(), path).toBe(true);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('declares an attribute and keeps a typed value of it', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/settings/attributes`);
  await page.getByRole('button', { name: 'Добавить атрибут' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Название по-русски').fill('Размер обуви');
  await dialog.getByLabel('Ключ').fill('shoeSize');
  await dialog.getByRole('combobox', { name: 'Тип' }).click();
  await page.getByRole('option', { name: 'Число' }).click();
  await dialog.getByRole('button', { name: 'Добавить' }).click();
  await page.getByRole('link', { name: 'Размер обуви' }).waitFor();
  await page.goto(`${server.url}/customers?q=${encodeURIComponent('Петров')}`);
  await page.getByRole('link', { name: /Петров Иван/ }).click();
  await page.getByRole('button', { name: /Размер обуви/ }).click();
  await page.getByRole('textbox', { name: 'Размер обуви' }).fill('43');
  await page.getByRole('button', { name: 'Сохранить' }).click();
  await page.getByRole('button', { name: 'Размер обуви: 43' }).waitFor();
});
