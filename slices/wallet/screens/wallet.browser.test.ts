import { call, openBrowser, openPage, send, signIn, startTestServer } from '@ruslo/platform/testing-browser';
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
  const { writeKey } = await call<{ writeKey: string }>(watched.page, server, 'POST', '/v1/sources', {
    name: 'Сайт',
    kind: 'site',
  });
  await send(server, writeKey, [
    { type: 'identify', userId: 'u-anna', messageId: 'u-anna', traits: { firstName: 'Анна', lastName: 'Ковалёва' } },
  ]);
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('gives points with a reason by keyboard; they stand in the purse and on the card', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers`);
  await page.getByRole('link', { name: /Ковалёва Анна/ }).press('Enter');
  await page.waitForURL(/\/customers\/[0-9a-f-]{36}/);
  const card = page.url();
  await page.getByRole('link', { name: 'Все движения' }).press('Enter');
  await page.getByRole('button', { name: 'Исправить' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Сколько баллов').fill('250');
  await dialog.getByLabel('Почему').fill('Извинение за очередь');
  await dialog.getByRole('button', { name: 'Начислить' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  const entries = page.getByRole('list', { name: 'Все движения' });
  await entries.getByText('+250').waitFor();
  await entries.getByText('«Извинение за очередь»').waitFor();
  await page.goto(card);
  await page.getByRole('button', { name: 'Баллы 250' }).waitFor();
});

test('issues a gift card, shows its code once, checks it by the code and blocks it', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/gift-cards`);
  await page.getByRole('button', { name: 'Выпустить карты' }).first().press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Номинал').fill('1500');
  await dialog.getByLabel(/Активировать сразу/).check();
  await dialog.getByRole('button', { name: 'Выпустить карты' }).press('Enter');
  const codes = dialog.getByRole('list', { name: 'Коды карт' });
  await codes.waitFor();
  const code = (await codes.getByRole('button').first().innerText()).trim();
  await dialog.getByRole('button', { name: 'Сохранено, закрыть' }).press('Enter');
  await page.getByRole('button', { name: 'Проверить код' }).press('Enter');
  await dialog.getByLabel('Код карты').fill(code);
  await page.keyboard.press('Enter');
  await dialog.getByText(/1\s500\s₽/).waitFor();
  await dialog.getByRole('link', { name: /Карта/ }).press('Enter');
  await page.getByRole('button', { name: 'Заблокировать' }).press('Enter');
  await dialog.getByText(/Остаток 1\s500\s₽/).waitFor();
  await dialog.getByLabel('Почему').fill('Потеряна');
  await dialog.getByRole('button', { name: 'Заблокировать' }).press('Enter');
  await page.getByText('Заблокирована').first().waitFor();
  await page.goto(`${server.url}/settings/wallet`);
  await page.getByText('Всё сходится').waitFor();
});
