import { call, openBrowser, openPage, signIn, startTestServer } from '@ruslo/platform/testing-browser';
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
  await call(watched.page, server, 'POST', '/v1/products', {
    code: 'cup',
    title: 'Чашка фарфоровая',
    brand: 'Маяк',
    variants: [{ sku: 'cup-1', priceMinor: 50_000 }],
  });
});
afterEach(() => {
  expect(watched.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('writes a promotion in the form by keyboard, activates it, and the basket tells why it acts and why not', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/promotions`);
  await page.getByRole('button', { name: 'Новая акция' }).first().press('Enter');
  // The list has a box for names as well.
  await page.getByRole('heading', { level: 1, name: 'Новая акция' }).waitFor();
  await page.getByRole('textbox', { name: 'Название' }).fill('Чашки дешевле');
  await page.getByRole('button', { name: 'Условие' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Сумма покупки' }).press('Enter');
  await page.getByRole('group', { name: 'Сумма покупки' }).getByLabel('От').fill('900');
  await page.getByRole('textbox', { name: 'Скидка', exact: true }).fill('20');
  await page.getByRole('textbox', { name: 'Применений всего' }).fill('100');
  await page.getByRole('button', { name: 'Сохранить черновик' }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Чашки дешевле' }).waitFor();
  await page.getByText('от 900 ₽').waitFor();
  await page.getByText('0 из 100').waitFor();
  await page.getByRole('button', { name: 'Запустить' }).press('Enter');
  await page.getByRole('button', { name: 'Остановить' }).waitFor();
  await page.getByText('Акция действует').waitFor();

  await page.goto(`${server.url}/promotions/basket`);
  const pick = page.getByRole('combobox', { name: 'Добавить товар' });
  await pick.fill('чашка');
  await page.getByRole('option', { name: /Чашка фарфоровая/ }).waitFor();
  await pick.press('ArrowDown');
  await pick.press('Enter');
  const why = page.getByRole('list', { name: /Почему/ });
  await why.getByText(/не хватает/).waitFor();
  await page.getByRole('textbox', { name: /Сколько: Чашка/ }).fill('2');
  await why.getByText('Применена').waitFor();
  const bill = page.getByRole('list', { name: 'Сколько это стоит' });
  await expect.poll(() => bill.innerText()).toMatch(/800\s₽/);
  // The address is the basket.
  await page.reload();
  await expect.poll(() => bill.innerText()).toMatch(/−200\s₽/);
});

test('keeps in JSON what the form cannot show, and says what is wrong before it is sent', async () => {
  const { page } = watched;
  await page.goto(`${server.url}/promotions/new`);
  await page.getByRole('textbox', { name: 'Название' }).fill('Особая');
  await page.getByText('JSON', { exact: true }).click();
  const box = page.getByRole('textbox', { name: 'Правило целиком' });
  const rule = JSON.parse(await box.inputValue()) as Record<string, unknown>;
  await box.fill(JSON.stringify({ ...rule, condition: { kind: 'moon', phase: 3 } }));
  await page.getByText('Форма', { exact: true }).click();
  await page.getByText('Форма этого не знает').waitFor();
  await page.getByRole('textbox', { name: 'Название' }).fill('Совсем особая');
  await page.getByText('JSON', { exact: true }).click();
  expect(JSON.parse(await box.inputValue())).toMatchObject({ name: 'Совсем особая' });
  expect(await box.inputValue()).toContain('"phase": 3');
  await page.getByRole('button', { name: 'Сохранить черновик' }).click();
  await page.getByText('Так акцию не сохранить').waitFor();
});
