import { openBrowser, openPage, signIn, startTestServer } from '@ruslo/platform/testing-browser';
import type { TestServer, WatchedPage } from '@ruslo/platform/testing-browser';
import { TOTP, URI } from 'otpauth';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: TestServer;
let browser: Browser;
let owner: WatchedPage;
let guest: WatchedPage;
const password = 'длинный пароль маяка 7';
let recoveryCodes: string[] = [];

beforeAll(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  owner = await openPage(browser);
  guest = await openPage(browser);
  await signIn(owner.page, server);
});
afterEach(() => {
  expect([...owner.faults.splice(0), ...guest.faults.splice(0)]).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test('invites an agent, who sets a password and sees only what an agent may', async () => {
  const { page } = owner;
  await page.goto(`${server.url}/settings/staff`);
  await page.getByRole('button', { name: 'Пригласить' }).click();
  await page.getByLabel('Имя').fill('Тимур Галиев');
  await page.getByLabel('Почта').fill('timur@example.com');
  await page.getByRole('button', { name: 'Создать приглашение' }).click();
  const link = await page
    .getByRole('dialog')
    .getByRole('button', { name: /token=/ })
    .innerText();
  await guest.page.goto(link);
  await guest.page.getByLabel('Новый пароль').fill(password);
  await guest.page.getByLabel('Ещё раз').fill(password);
  await guest.page.getByRole('button', { name: 'Сохранить и войти' }).click();
  await guest.page.getByRole('heading', { name: 'Клиенты' }).waitFor();
  // The link is spent, and is not left in the address.
  expect(guest.page.url()).not.toContain('token');
  await guest.page.getByRole('link', { name: 'Настройки' }).click();
  await guest.page.getByRole('link', { name: 'Мой профиль' }).waitFor();
  expect(await guest.page.getByRole('link', { name: 'Сотрудники' }).count()).toBe(0);
});

test('sets the second factor up, signs out, and comes back with password and code', async () => {
  const { page } = guest;
  await page.goto(`${server.url}/settings/profile`);
  await page.getByRole('button', { name: 'Включить' }).click();
  await page.getByRole('img', { name: 'QR-код для приложения' }).waitFor();
  const secret = await page.getByRole('button', { name: /^Скопировать: [A-Z2-7]+$/ }).innerText();
  const totp = new TOTP({ secret: secret.trim() });
  expect(URI.stringify(totp)).toContain('otpauth://');
  await page.getByLabel('Цифра 1').pressSequentially(totp.generate());
  await page.getByText(/Запасные коды/).waitFor();
  recoveryCodes = await page.locator('ul[class*=codes] li').allInnerTexts();
  await page.getByRole('button', { name: 'Коды сохранены' }).click();
  await page.getByRole('button', { name: /Профиль и выход/ }).click();
  await page.getByRole('menuitem', { name: 'Выйти' }).click();
  await page.getByRole('heading', { name: 'Вход для сотрудников' }).waitFor();
  await page.getByLabel('Почта').fill('timur@example.com');
  await page.getByRole('textbox', { name: 'Пароль' }).fill('не тот пароль');
  await page.getByRole('button', { name: 'Войти' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('textbox', { name: 'Пароль' }).fill(password);
  await page.getByRole('button', { name: 'Войти' }).click();
  await page.getByRole('heading', { name: 'Код из приложения' }).waitFor();
  // The code just used is spent, so the recovery code it is.
  await page.getByRole('button', { name: 'Нет телефона под рукой' }).click();
  await page.getByLabel(/Один из кодов/).fill(String(recoveryCodes[0]));
  await page.getByRole('button', { name: 'Войти' }).click();
  await page.getByRole('heading', { name: 'Клиенты' }).waitFor();
});

test('asks for the password before another e-mail, and for a code before the second factor goes', async () => {
  const { page } = guest;
  await page.goto(`${server.url}/settings/profile`);
  await page.getByLabel('Почта').fill('timur.galiev@example.com');
  await page.getByLabel('Почта').press('Tab');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/timur\.galiev@example\.com/).waitFor();
  await dialog.getByRole('textbox', { name: 'Текущий пароль' }).fill('не тот пароль');
  await dialog.getByRole('button', { name: 'Сменить почту' }).click();
  await page.getByText('Нынешний пароль не подходит.').waitFor();
  await dialog.getByRole('button', { name: 'Отмена' }).click();
  await dialog.waitFor({ state: 'detached' });
  // What was not confirmed is not shown as if it were.
  expect(await page.getByLabel('Почта').inputValue()).toBe('timur@example.com');
  await page.getByLabel('Почта').fill('timur.galiev@example.com');
  await page.getByLabel('Почта').press('Tab');
  await dialog.getByRole('textbox', { name: 'Текущий пароль' }).fill(password);
  await dialog.getByRole('button', { name: 'Сменить почту' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await page.getByLabel('Почта').inputValue()).toBe('timur.galiev@example.com');
  await page.getByRole('button', { name: 'Выключить' }).click();
  await dialog.getByLabel(/или запасной код/).fill('000000');
  await dialog.getByRole('button', { name: 'Выключить' }).click();
  await page.getByText(/Код не подходит/).waitFor();
  await dialog.getByLabel(/или запасной код/).fill(String(recoveryCodes[1]));
  await dialog.getByRole('button', { name: 'Выключить' }).click();
  await page.getByRole('button', { name: 'Включить' }).waitFor();
});

test('a blocked member is signed out at once and sent to the sign-in page', async () => {
  const { page } = owner;
  await page.goto(`${server.url}/settings/staff`);
  await page.getByRole('link', { name: 'Тимур Галиев' }).click();
  await page.getByRole('button', { name: 'Закрыть вход' }).click();
  await page.getByText('Вход закрыт', { exact: false }).waitFor();
  await guest.page.goto(`${server.url}/customers`);
  await guest.page.getByRole('heading', { name: 'Вход для сотрудников' }).waitFor();
});

test('makes an API key, shows it once, revokes it; the audit tells of it', async () => {
  const { page } = owner;
  await page.goto(`${server.url}/settings/keys`);
  await page.getByRole('button', { name: 'Выпустить ключ' }).first().click();
  await page.getByLabel('Для чего').fill('Обмен с 1С');
  await page.getByRole('button', { name: 'Выпустить', exact: true }).click();
  const secret = await page.getByRole('button', { name: /rs_/ }).innerText();
  expect(secret).toMatch(/^rs_/);
  const asked = await fetch(`${server.url}/v1/customers`, { headers: { authorization: `Bearer ${secret}` } });
  expect(asked.status).toBe(200);
  await page.keyboard.press('Escape');
  await page
    .getByRole('row', { name: /Обмен с 1С/ })
    .getByRole('button', { name: 'Отозвать' })
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Отозвать' }).click();
  await page.getByText('отозван', { exact: true }).waitFor();
  expect((await fetch(`${server.url}/v1/customers`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(
    401,
  );
  await page.goto(`${server.url}/settings/audit?action=key.created`);
  await page.getByRole('list', { name: 'Журнал' }).getByText('Новый ключ API').waitFor();
});
