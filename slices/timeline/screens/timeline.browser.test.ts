import { call, openBrowser, openPage, send, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: TestServer;
let browser: Browser;
let watched: WatchedPage;
let writeKey: string;
let customerId: string;
let sent = 0;

const view = (product: string, at = new Date()): Record<string, unknown> => ({
  type: 'track',
  event: 'Product Viewed',
  userId: 'u-anna',
  messageId: `view-${(sent += 1)}`,
  timestamp: at.toISOString(),
  properties: { name: product, price: 12990 },
});

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  watched = await openPage(browser);
  await signIn(watched.page, server);
  const source = await call<{ writeKey: string }>(watched.page, server, 'POST', '/v1/sources', {
    name: 'Сайт',
    kind: 'site',
  });
  ({ writeKey } = source);
  const dayMs = 86_400_000;
  await send(server, writeKey, [
    {
      type: 'identify',
      userId: 'u-anna',
      messageId: 'identify',
      traits: { firstName: 'Анна', lastName: 'Ковалёва', middleName: 'Сергеевна' },
    },
    ...Array.from({ length: 120 }, (_, index) => view(`Товар ${index}`, new Date(Date.now() - (200 - index) * dayMs))),
  ]);
  const found = await call<{ id: string }>(
    watched.page,
    server,
    'GET',
    '/v1/customers/lookup?kind=user_id&value=u-anna',
  );
  customerId = found.id;
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('shows the river and the timeline, and takes in an event as it happens', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers/${customerId}`);
  await page.getByRole('slider', { name: /Время на реке/ }).waitFor();
  await page.getByText('вживую').waitFor();
  await send(server, writeKey, [view('Смартфон Волна')]);
  const sentAt = performance.now();
  await page.getByText('«Смартфон Волна»').waitFor({ timeout: 5_000 });
  expect(performance.now() - sentAt).toBeLessThan(3_000);
  expect(await page.getByRole('link', { name: /Смартфон Волна/ }).innerText()).toContain('Смотрела товар');
});

test('goes on live after the connection was lost, and misses nothing', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers/${customerId}`);
  await page.getByText('вживую').waitFor();
  await page.context().setOffline(true);
  await send(server, writeKey, [view('Пропущенный товар')]);
  await page.waitForTimeout(500);
  await page.context().setOffline(false);
  await send(server, writeKey, [view('Товар после обрыва')]);
  await page.getByText('«Товар после обрыва»').waitFor({ timeout: 30_000 });
  await page.getByText('«Пропущенный товар»').waitFor({ timeout: 5_000 });
});

test('scrolls to the beginning, filters, and follows the river in time', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers/${customerId}`);
  await page.locator('[data-event]').first().waitFor();
  await expect
    .poll(
      async () => {
        await page.locator('[data-event]').last().scrollIntoViewIfNeeded();
        return page.getByText('Здесь лента начинается').isVisible();
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  await page.getByText('«Товар 0»').waitFor();
  const river = page.getByRole('slider', { name: /Время на реке/ });
  await river.focus();
  await river.press('Home');
  await river.press('Enter');
  await page.waitForURL(/until=/);
  await page.getByText('Показано до').waitFor();
  await expect.poll(() => page.locator('[data-event]').count()).toBeLessThan(10);
  await page.getByRole('button', { name: 'К последним' }).click();
  await page.getByText('Узнавание', { exact: true }).click();
  await page.waitForURL(/kind=known/);
  await expect.poll(() => page.locator('[data-event]').count()).toBe(1);
});

test('opens the raw event in a drawer with an address of its own', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/customers/${customerId}`);
  await page.locator('[data-event]').first().click();
  await page.waitForURL(/event=/);
  await page.getByRole('dialog').getByText('"Product Viewed"').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('connects a source and inspects its events, the rejected with why, live', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/settings/sources`);
  await page.getByRole('button', { name: 'Подключить источник' }).click();
  await page.getByLabel('Название').fill('Касса 1');
  await page.getByRole('button', { name: 'Создать' }).click();
  await page.waitForURL(/source=/);
  const key = (await page.locator('pre').first().innerText()).match(/-u (\S+):|writeKey: '([^']+)'/);
  expect(key?.[1] ?? key?.[2]).toBeTruthy();
  await page.goto(`${server.url}/settings/events`);
  await page.getByText('вживую').waitFor();
  await send(server, writeKey, [{ type: 'track', messageId: 'no-user', event: 'Nobody Did It' }, view('Ещё один')]);
  await page.getByText('Nobody Did It').waitFor({ timeout: 5_000 });
  await page.getByRole('link', { name: /Nobody Did It/ }).click();
  await page.getByRole('dialog').getByText('timeline.no-user').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Отклонённые', { exact: true }).click();
  await page.waitForURL(/state=rejected/);
  await expect.poll(() => page.getByRole('list', { name: 'События' }).getByRole('listitem').count()).toBe(1);
});
