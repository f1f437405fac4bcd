import { call, openBrowser, openPage, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let placeId: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  watched = await openPage(browser);
  await signIn(watched.page, server);
  const place = { code: 'msk', name: 'Маяк на Тверской', kind: 'shop', city: 'Москва', lat: 55.764, lon: 37.605 };
  ({ id: placeId } = await call<{ id: string }>(watched.page, server, 'POST', '/v1/places', place));
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('opens a place by keyboard and changes its hours', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/places`);
  await page.getByRole('list', { name: 'Места' }).getByText('Маяк на Тверской').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Маяк на Тверской' }).waitFor();
  await page.getByText('Круглосуточно').waitFor();
  await page.getByRole('button', { name: 'Изменить часы' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Понедельник').fill('с десяти');
  await dialog.getByLabel('Вторник').fill('10-14, 15-21');
  await page.keyboard.press('Enter');
  await dialog.getByText('Напишите, например, 10:00–21:00').waitFor();
  await dialog.getByLabel('Понедельник').fill('9:30-20');
  await page.keyboard.press('Enter');
  const hours = page.getByRole('table', { name: 'Часы работы' });
  await hours.getByText('09:30–20:00').waitFor();
  await hours.getByText('10:00–14:00, 15:00–21:00').waitFor();
});

test('assigns staff, and takes it back', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/places/${placeId}`);
  await page.getByText('Никто не назначен').waitFor();
  await page.getByPlaceholder('Добавить сотрудника').click();
  await page.getByRole('option').first().click();
  await page.getByRole('button', { name: /^Убрать:/ }).waitFor();
  await page.getByRole('button', { name: 'Вернуть', exact: true }).click();
  await page.getByText('Никто не назначен').waitFor();
});

test('names the cells of the desk, closes and opens the place, fits a phone', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/places/${placeId}`);
  await page.getByRole('button', { name: 'Изменить ячейки' }).click();
  await page.getByRole('dialog').getByLabel('Ячейки выдачи').fill('A1 A2 B1');
  await page.getByRole('button', { name: 'Сохранить' }).click();
  await page.getByText('Свободно 3 из 3').waitFor();
  await page.getByRole('button', { name: 'Закрыть место' }).click();
  await page.getByText('Закрыто насовсем').waitFor();
  await page.getByRole('button', { name: 'Вернуть', exact: true }).last().click();
  await page.getByRole('button', { name: 'Закрыть место' }).waitFor();
  await page.setViewportSize({ width: 360, height: 800 });
  for (const path of ['/places', `/places/${placeId}`]) {
    await page.goto(`${server.url}${path}`);
    await page.locator('h1').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path).toBe(true);
  }
});
