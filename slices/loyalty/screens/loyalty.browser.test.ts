import { openBrowser, openPage, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  watched = await openPage(browser);
  await signIn(watched.page, server);
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('starts the programme with a tier by keyboard; the purchase beside the form follows what is typed', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/programme`);
  await page.getByText('Программы ещё нет').waitFor();
  await page.getByRole('textbox', { name: 'Начисляем от суммы' }).fill('5');
  await page.getByRole('textbox', { name: 'Баллами можно оплатить не больше' }).fill('30');
  // 5,000 roubles, of which 1,000 points pay 1,000: 5 per cent of the rest.
  await page.getByText('200 баллов').waitFor();
  await page.getByRole('button', { name: 'Уровень', exact: true }).press('Enter');
  await page.getByRole('textbox', { name: 'По-русски' }).fill('Серебро');
  await page.getByRole('textbox', { name: 'По-английски' }).fill('Silver');
  await page.keyboard.press('Enter');
  await page.getByText('Программа сохранена, версия 1').waitFor();
  await page.getByText('Программы ещё нет').waitFor({ state: 'detached' });
  await page.reload();
  expect(await page.getByRole('textbox', { name: 'По-русски' }).inputValue()).toBe('Серебро');
  expect(await page.getByRole('textbox', { name: 'Начисляем от суммы' }).first().inputValue()).toMatch(/^5\s%$/);
});
