import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInLink, staff } from './index.ts';
import { fingerprint, totpCode } from './secret.ts';
import { Visitor, movableClock, signInAs, signInOwner, tokenOf } from './testing.ts';
import type { Answer } from './testing.ts';

const minuteMs = 60_000;
const clock = movableClock();
let house: TestHouse;
let second: TestHouse;
let owner: Visitor;
let count = 0;
const newEmail = (): string => `person-${(count += 1)}@mayak.test`;
const password = 'маяк светит далеко';

beforeAll(async () => {
  house = await openTestHouse({ slices: [staff], clock });
  second = await house.second();
  owner = await signInOwner(house);
});
afterAll(async () => {
  await second.close();
  await house.close();
});

/** Somebody who has a password; signed in. */
async function withPassword(
  roles: readonly string[] = ['agent'],
): Promise<{ visitor: Visitor & { id: string }; email: string }> {
  const email = newEmail();
  const visitor = await signInAs(owner, roles, email);
  const set = await visitor.ask('PUT', '/v1/session/password', { next: password });
  expect(set).toMatchObject({ status: 200, body: {} });
  expect(set.headers['content-type']).toMatch(/json/);
  return { visitor, email };
}

const signIn = (email: string, given = password, ip = '192.0.2.1', at = house): Promise<Answer> =>
  new Visitor(at.app, ip).ask('POST', '/v1/session', { email, password: given });

const text = (answer: Answer, key: string): string => String((answer.body as Record<string, unknown>)[key]);

describe('coming in', () => {
  test('the start link makes the first owner once, also when two processes start at once', async () => {
    const fresh = await openTestHouse({ slices: [staff] });
    const other = await fresh.second();
    const links = await Promise.all([signInLink(fresh), signInLink(other), signInLink(fresh)]);
    expect(new Set(links).size).toBe(3);
    expect(await fresh.db.query('select roles from staff.member')).toEqual([{ roles: ['owner'] }]);
    await other.close();
    await fresh.close();
  });

  test('a link lets one of ten at once in, over two processes', async () => {
    const token = tokenOf(await signInLink(house));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        new Visitor((index % 2 ? second : house).app).ask('POST', '/v1/session/link', { token }),
      ),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 410),
    ]);
  });

  test('a link lives for 30 minutes, an invitation for 7 days', async () => {
    const token = tokenOf(await signInLink(house));
    const invited = await owner.ask('POST', '/v1/staff', { name: 'Анна', email: newEmail(), roles: ['agent'] });
    clock.pass(30 * minuteMs);
    expect((await new Visitor(house.app).ask('POST', '/v1/session/link', { token })).body.code).toBe(
      'staff.link-spent',
    );
    const anna = new Visitor(house.app);
    expect((await anna.ask('POST', '/v1/session/link', { token: tokenOf(text(invited, 'link')) })).status).toBe(200);
    expect((await anna.ask('GET', '/v1/session')).body).toMatchObject({
      staff: { name: 'Анна', password: false, totp: false },
    });
  });

  test('password: set by invitation, then signs in; the e-mail is read in any case', async () => {
    const { email } = await withPassword();
    const visitor = new Visitor(house.app);
    const answer = await visitor.ask('POST', '/v1/session', { email: ` ${email.toUpperCase()} `, password });
    expect(answer).toMatchObject({ status: 200, body: { state: 'signed-in' } });
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect(cookie).not.toMatch(/Secure/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await visitor.ask('GET', '/v1/session')).body).toMatchObject({
      staff: { email, roles: ['agent'] },
      permissions: ['session.self'],
    });
    expect(await visitor.ask('DELETE', '/v1/session')).toMatchObject({ status: 200, body: {} });
    expect((await visitor.ask('GET', '/v1/session')).status).toBe(401);
  });

  test('the cookie is Secure when people come over https', async () => {
    const tls = await openTestHouse({ slices: [staff], environment: { RUSLO_PUBLIC_URL: 'https://ruslo.example' } });
    const link = await signInLink(tls);
    expect(link).toMatch(/^https:\/\/ruslo\.example\/sign-in#token=/);
    const answer = await new Visitor(tls.app).ask('POST', '/v1/session/link', { token: tokenOf(link) });
    expect(String(answer.headers['set-cookie'])).toMatch(/Secure/);
    await tls.close();
  });

  test('neither answer nor time tells whether an address is known', async () => {
    const { email } = await withPassword();
    const times: Record<string, number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 4; round += 1) {
      for (const [kind, address] of [
        ['known', email],
        ['unknown', newEmail()],
      ] as const) {
        const began = performance.now();
        expect(await signIn(address, 'не тот пароль', `198.51.100.${round}`)).toMatchObject({
          status: 401,
          body: { code: 'staff.wrong-credentials' },
        });
        times[kind]?.push(performance.now() - began);
      }
    }
    // Without the hashing for nobody the unknown one answers in a hundredth of the time.
    expect(Math.min(...(times['unknown'] ?? []))).toBeGreaterThan(0.3 * Math.min(...(times['known'] ?? [])));
  });

  test('weak passwords are refused, and the old one is asked for', async () => {
    const { visitor } = await withPassword();
    for (const next of ['short', 'aaaaaaaaaaaaaaa']) {
      expect(await visitor.ask('PUT', '/v1/session/password', { current: password, next })).toMatchObject({
        status: 422,
        body: { code: 'staff.weak-password' },
      });
    }
    clock.pass(31 * minuteMs); // the link is no longer fresh
    expect(await visitor.ask('PUT', '/v1/session/password', { next: 'another good one' })).toMatchObject({
      body: { code: 'staff.wrong-password' },
    });
    expect(
      (await visitor.ask('PUT', '/v1/session/password', { current: password, next: 'another good one' })).status,
    ).toBe(200);
  });
});

describe('guesses', () => {
  test('after five wrong ones the sixth is not looked at, in either process; others still come in', async () => {
    const { email } = await withPassword();
    for (let guess = 0; guess < 5; guess += 1) {
      expect((await signIn(email, `wrong ${guess}`, '203.0.113.5', guess % 2 ? house : second)).status).toBe(401);
    }
    const refused = await signIn(email, password, '203.0.113.5');
    expect(refused).toMatchObject({ status: 429, body: { code: 'staff.too-many-guesses' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
    expect((await signIn(email, password, '203.0.113.6')).status).toBe(200); // its owner, from elsewhere
    clock.pass(15 * minuteMs);
    expect((await signIn(email, password, '203.0.113.5')).status).toBe(200);
  });

  test('twenty at once get no more tries than five', async () => {
    const { email } = await withPassword();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        signIn(email, `wrong ${index}`, '203.0.113.7', index % 2 ? house : second),
      ),
    );
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });

  test('at ever new addresses leave no rows when the asker has no tries left', async () => {
    const rows = async (): Promise<number> =>
      (await house.db.query<{ n: number }>('select count(*)::int as n from staff.guess'))[0]?.n ?? 0;
    await signIn(newEmail(), 'x', '192.0.2.77');
    await house.db.query(`update staff.guess set count = 30 where key = $1`, [`asker:${fingerprint('192.0.2.77')}`]);
    const before = await rows();
    for (let index = 0; index < 40; index += 1)
      expect((await signIn(newEmail(), 'x', '192.0.2.77')).body.code).toBe('staff.too-many-guesses');
    expect(await rows()).toBe(before);
    clock.pass(16 * minuteMs);
    await signIn(newEmail(), 'x', '192.0.2.77');
    expect(await rows()).toBeLessThanOrEqual(3);
  });

  test('right ones are not counted', async () => {
    const { email } = await withPassword();
    for (let round = 0; round < 7; round += 1) expect((await signIn(email, password, '203.0.113.8')).status).toBe(200);
  });
});

describe('second factor', () => {
  async function withTotp(): Promise<{
    email: string;
    secret: string;
    visitor: Visitor & { id: string };
    recoveryCodes: string[];
  }> {
    const { visitor, email } = await withPassword();
    const setup = await visitor.ask('POST', '/v1/session/totp/setup');
    const secret = text(setup, 'secret');
    expect(text(setup, 'uri')).toMatch(/^otpauth:\/\/totp\/Ruslo:/);
    expect(await visitor.ask('POST', '/v1/session/totp/confirm', { code: '000000' })).toMatchObject({
      body: { code: 'staff.wrong-code' },
    });
    const confirmed = await visitor.ask('POST', '/v1/session/totp/confirm', { code: totpCode(secret, clock.now()) });
    expect(confirmed.status).toBe(200);
    clock.pass(minuteMs);
    return {
      visitor,
      email,
      secret,
      recoveryCodes: (confirmed.body as unknown as { recoveryCodes: string[] }).recoveryCodes,
    };
  }
  const firstStep = async (email: string): Promise<Visitor> => {
    const visitor = new Visitor(house.app, '198.51.100.77');
    expect((await visitor.ask('POST', '/v1/session', { email, password })).body).toEqual({ state: 'totp-required' });
    return visitor;
  };

  test('is asked for, and until then the session opens nothing', async () => {
    const { email, secret } = await withTotp();
    const visitor = await firstStep(email);
    expect((await visitor.ask('GET', '/v1/session')).status).toBe(401);
    const waiting = visitor.cookie;
    expect((await visitor.ask('POST', '/v1/session/totp', { code: totpCode(secret, clock.now()) })).body).toEqual({
      state: 'signed-in',
    });
    expect(visitor.cookie).not.toBe(waiting);
    expect((await visitor.ask('GET', '/v1/session')).body).toMatchObject({ staff: { totp: true } });
  });

  test('a code counts once, also for several at once', async () => {
    const { email, secret } = await withTotp();
    const visitors = await Promise.all(Array.from({ length: 4 }, () => firstStep(email)));
    const code = totpCode(secret, clock.now());
    const answers = await Promise.all(visitors.map((visitor) => visitor.ask('POST', '/v1/session/totp', { code })));
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401]);
  });

  test('five wrong codes shut the door for all of the person’s attempts', async () => {
    const { email, secret } = await withTotp();
    const visitor = await firstStep(email);
    for (let guess = 0; guess < 5; guess += 1)
      expect((await visitor.ask('POST', '/v1/session/totp', { code: '000000' })).status).toBe(401);
    const again = await firstStep(email);
    expect(await again.ask('POST', '/v1/session/totp', { code: totpCode(secret, clock.now()) })).toMatchObject({
      status: 429,
    });
  });

  test('a recovery code stands in, once', async () => {
    const { email, recoveryCodes } = await withTotp();
    expect(recoveryCodes).toHaveLength(10);
    const code = String(recoveryCodes[0]).toUpperCase();
    expect((await (await firstStep(email)).ask('POST', '/v1/session/totp', { code })).status).toBe(200);
    expect((await (await firstStep(email)).ask('POST', '/v1/session/totp', { code })).status).toBe(401);
  });

  test('a link does not get round it, unless the owner takes it off', async () => {
    const { visitor } = await withTotp();
    const byLink = async (body?: object): Promise<Answer> => {
      const issued = await owner.ask('POST', `/v1/staff/${visitor.id}/link`, body);
      expect(issued.status).toBe(200);
      return new Visitor(house.app).ask('POST', '/v1/session/link', { token: tokenOf(text(issued, 'link')) });
    };
    expect((await byLink()).body).toEqual({ state: 'totp-required' });
    expect((await byLink({ resetTotp: true })).body).toEqual({ state: 'signed-in' });
  });

  test('is taken off only by one more code, and guesses at it are counted', async () => {
    const { visitor, secret, recoveryCodes } = await withTotp();
    const remove = (code?: string): Promise<Answer> =>
      visitor.ask('POST', '/v1/session/totp/remove', code === undefined ? {} : { code });
    const isOn = async (): Promise<unknown> =>
      ((await visitor.ask('GET', '/v1/session')).body as unknown as { staff: { totp: boolean } }).staff.totp;
    expect((await visitor.ask('DELETE', '/v1/session/totp')).status).toBe(404); // as it was, without a code
    expect((await remove()).status).toBe(400);
    for (let guess = 0; guess < 5; guess += 1) {
      expect(await remove(guess % 2 ? '000000' : 'aaaa-bbbb-cccc-dddd')).toMatchObject({
        status: 401,
        body: { code: 'staff.wrong-code' },
      });
    }
    expect(await remove(totpCode(secret, clock.now()))).toMatchObject({
      status: 429,
      body: { code: 'staff.too-many-guesses' },
    });
    expect(await isOn()).toBe(true);
    clock.pass(15 * minuteMs);
    expect(await remove(totpCode(secret, clock.now()))).toMatchObject({ status: 200, body: {} });
    expect(await isOn()).toBe(false);
    expect((await remove(String(recoveryCodes[0]))).body.code).toBe('staff.totp-off');
  });

  test('is taken off by a recovery code as well, and not by the one that signed in', async () => {
    const { email, secret, recoveryCodes } = await withTotp();
    const visitor = await firstStep(email);
    const code = totpCode(secret, clock.now());
    expect((await visitor.ask('POST', '/v1/session/totp', { code })).status).toBe(200);
    expect((await visitor.ask('POST', '/v1/session/totp/remove', { code })).body.code).toBe('staff.wrong-code');
    const removed = await visitor.ask('POST', '/v1/session/totp/remove', { code: recoveryCodes[3] });
    expect(removed.status).toBe(200);
    expect((await signIn(email)).body).toEqual({ state: 'signed-in' });
  });

  test('waiting for the code ends after ten minutes', async () => {
    const { email, secret } = await withTotp();
    const visitor = await firstStep(email);
    clock.pass(10 * minuteMs);
    expect((await visitor.ask('POST', '/v1/session/totp', { code: totpCode(secret, clock.now()) })).status).toBe(401);
  });
});

describe('sessions', () => {
  test('end after 12 idle hours and after 30 days in any case', async () => {
    const { email } = await withPassword();
    const signedIn = async (): Promise<Visitor> => {
      const visitor = new Visitor(house.app);
      await visitor.ask('POST', '/v1/session', { email, password });
      return visitor;
    };
    const idle = await signedIn();
    clock.pass(12 * 60 * minuteMs - 1);
    expect((await idle.ask('GET', '/v1/session')).status).toBe(200);
    clock.pass(12 * 60 * minuteMs);
    expect((await idle.ask('GET', '/v1/session')).status).toBe(401);
    const busy = await signedIn();
    for (let hour = 0; hour < 30 * 24 - 10; hour += 10) {
      clock.pass(10 * 60 * minuteMs);
      expect((await busy.ask('GET', '/v1/session')).status).toBe(200);
    }
    clock.pass(10 * 60 * minuteMs);
    expect((await busy.ask('GET', '/v1/session')).status).toBe(401);
    owner = await signInOwner(house);
  });

  test('are listed and ended by oneself and by the owner, not by others', async () => {
    const { visitor, email } = await withPassword();
    const phone = new Visitor(second.app);
    await phone.ask('POST', '/v1/session', { email, password });
    const listed = (await visitor.ask('GET', '/v1/sessions')).body as unknown as {
      items: { id: string; current: boolean; staffId: string }[];
    };
    expect(listed.items.filter((item) => item.current)).toHaveLength(1);
    expect(listed.items).toHaveLength(2);
    const other = listed.items.find((item) => !item.current)?.id;
    const stranger = (await withPassword()).visitor;
    expect((await stranger.ask('DELETE', `/v1/sessions/${other}`)).status).toBe(404);
    expect((await stranger.ask('GET', `/v1/sessions?staffId=${visitor.id}`)).status).toBe(403);
    expect((await visitor.ask('DELETE', `/v1/sessions/${other}`)).status).toBe(200);
    expect((await phone.ask('GET', '/v1/session')).status).toBe(401);
    const mine = listed.items.find((item) => item.current)?.id;
    expect((await owner.ask('DELETE', `/v1/sessions/${mine}`)).status).toBe(200);
    expect((await visitor.ask('GET', '/v1/session')).status).toBe(401);
  });

  test('a new password ends the others', async () => {
    const { visitor, email } = await withPassword();
    const phone = new Visitor(house.app);
    await phone.ask('POST', '/v1/session', { email, password });
    expect(
      (await visitor.ask('PUT', '/v1/session/password', { current: password, next: 'quite another one' })).status,
    ).toBe(200);
    expect((await phone.ask('GET', '/v1/session')).status).toBe(401);
    expect((await visitor.ask('GET', '/v1/session')).status).toBe(200);
  });

  test('another e-mail needs the password, and guesses at it are counted', async () => {
    const { visitor, email } = await withPassword();
    const next = newEmail();
    const patch = (body: object): Promise<Answer> => visitor.ask('PATCH', '/v1/session/profile', body);
    expect(await patch({ email: next, name: 'X' })).toMatchObject({
      status: 422,
      body: { code: 'staff.password-needed' },
    });
    for (let guess = 0; guess < 5; guess += 1) {
      expect(await patch({ email: next, password: `wrong ${guess}` })).toMatchObject({
        status: 422,
        body: { code: 'staff.wrong-password' },
      });
    }
    expect(await patch({ email: next, password })).toMatchObject({ body: { code: 'staff.too-many-guesses' } });
    expect((await visitor.ask('GET', '/v1/session')).body).toMatchObject({ staff: { email, name: email } });
    expect((await patch({ name: 'Анна' })).status).toBe(200); // the rest needs no proof
    clock.pass(15 * minuteMs);
    expect(await patch({ email: next, password })).toMatchObject({ status: 200, body: { staff: { email: next } } });
    expect((await signIn(email, password, '198.51.100.92')).status).toBe(401);
    expect((await signIn(next, password, '198.51.100.92')).status).toBe(200);
  });

  test('the first e-mail of somebody without a password needs none', async () => {
    const visitor = await signInAs(owner, ['agent'], newEmail());
    const email = newEmail();
    expect(await visitor.ask('PATCH', '/v1/session/profile', { email })).toMatchObject({
      status: 200,
      body: { staff: { email } },
    });
  });

  test('neither token, link, key nor password stands in the database', async () => {
    const { visitor } = await withPassword();
    const made = await owner.ask('POST', '/v1/keys', { name: 'till', scopes: ['audit.read'] });
    const issued = await owner.ask('POST', `/v1/staff/${visitor.id}/link`);
    for (const secret of [visitor.cookie, text(made, 'secret'), tokenOf(text(issued, 'link')), password]) {
      for (const table of ['member', 'session', 'link', 'key', 'audit', 'guess']) {
        const found = await house.db.query(`select 1 from staff.${table} row where row::text like '%' || $1 || '%'`, [
          secret,
        ]);
        expect(found).toEqual([]);
      }
    }
  });
});

describe('other sites', () => {
  test('cannot act with somebody’s cookie', async () => {
    const { visitor } = await withPassword();
    const patch = (headers: Record<string, string>): Promise<Answer> =>
      visitor.ask('PATCH', '/v1/session/profile', { theme: 'dark' }, headers);
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:80' },
    ]) {
      expect(await patch(headers), JSON.stringify(headers)).toMatchObject({
        status: 403,
        body: { code: 'staff.cross-site' },
      });
    }
    for (const headers of [
      { 'x-ruslo': '1' },
      { 'sec-fetch-site': 'same-origin' },
      { origin: 'http://localhost:80', host: 'localhost:80' },
    ]) {
      expect((await patch(headers)).status, JSON.stringify(headers)).toBe(200);
    }
  });

  test('cannot sign somebody in', async () => {
    const answer = await new Visitor(house.app).ask(
      'POST',
      '/v1/session',
      { email: 'a@b.ru', password },
      { origin: 'https://evil.example' },
    );
    expect(answer).toMatchObject({ status: 403, body: { code: 'staff.cross-site' } });
  });
});

describe('staff', () => {
  test('somebody blocked is out at once and stays out', async () => {
    const { visitor, email } = await withPassword();
    const issued = await owner.ask('POST', `/v1/staff/${visitor.id}/link`);
    expect(await owner.ask('PATCH', `/v1/staff/${visitor.id}`, { blocked: true })).toMatchObject({
      status: 200,
      body: { blocked: true },
    });
    expect((await visitor.ask('GET', '/v1/session')).status).toBe(401);
    expect((await signIn(email, password, '198.51.100.90')).status).toBe(401);
    expect(
      (await new Visitor(house.app).ask('POST', '/v1/session/link', { token: tokenOf(text(issued, 'link')) })).status,
    ).toBe(410);
    await owner.ask('PATCH', `/v1/staff/${visitor.id}`, { blocked: false });
    expect((await visitor.ask('GET', '/v1/session')).status).toBe(401);
    expect((await signIn(email, password, '198.51.100.91')).status).toBe(200);
  });

  test('roles act at the next request', async () => {
    const { visitor } = await withPassword();
    expect((await visitor.ask('GET', '/v1/audit')).status).toBe(403);
    await owner.ask('PATCH', `/v1/staff/${visitor.id}`, { roles: ['dpo'] });
    expect((await visitor.ask('GET', '/v1/audit')).status).toBe(200);
  });

  test('an address belongs to one, also for ten at once', async () => {
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => owner.ask('POST', '/v1/staff', { name: 'A', email, roles: ['agent'] })),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    const { visitor } = await withPassword();
    expect(await visitor.ask('PATCH', '/v1/session/profile', { email, password })).toMatchObject({
      body: { code: 'staff.email-taken' },
    });
  });

  test('the last owner stays, also when two owners remove each other at once', async () => {
    const fresh = await openTestHouse({ slices: [staff] });
    const other = await fresh.second();
    const first = await signInOwner(fresh);
    const { id } = ((await first.ask('GET', '/v1/session')).body as unknown as { staff: { id: string } }).staff;
    for (const change of [{ blocked: true }, { roles: ['agent'] }]) {
      expect(await first.ask('PATCH', `/v1/staff/${id}`, change)).toMatchObject({
        status: 409,
        body: { code: 'staff.last-owner' },
      });
    }
    // Invited, but never come in: cannot be the only one left.
    await first.ask('POST', '/v1/staff', { name: 'B', email: 'b@mayak.test', roles: ['owner'] });
    expect((await first.ask('PATCH', `/v1/staff/${id}`, { blocked: true })).status).toBe(409);
    for (let round = 0; round < 8; round += 1) {
      const rival = await signInAs(first, ['owner'], `rival-${round}@mayak.test`);
      const rivalAtOther = Object.assign(new Visitor(other.app), { cookie: rival.cookie });
      const change = round % 2 ? { blocked: true } : { roles: ['agent'] };
      const answers = await Promise.all([
        first.ask('PATCH', `/v1/staff/${rival.id}`, change),
        rivalAtOther.ask('PATCH', `/v1/staff/${id}`, change),
      ]);
      const owners = await fresh.db.query(
        `select id from staff.member where 'owner' = any(roles) and blocked_at is null and signed_in_at is not null`,
      );
      expect(owners, `round ${round}: ${answers.map((answer) => answer.status).join()}`).toHaveLength(1);
      // For the next round the first one is the owner again.
      await fresh.db.query(`update staff.member set roles = '{owner}', blocked_at = null where id = $1`, [id]);
      await fresh.db.query(`update staff.member set roles = '{agent}' where id <> $1`, [id]);
      Object.assign(first, { cookie: (await signInOwner(fresh)).cookie });
    }
    await other.close();
    await fresh.close();
  });

  test('nobody gives or commands what they do not hold', async () => {
    const made = await owner.ask('POST', '/v1/keys', { name: 'hr', scopes: ['staff.manage'] });
    const key = new Visitor(house.app);
    const bearer = { authorization: `Bearer ${text(made, 'secret')}` };
    expect(
      await key.ask('POST', '/v1/staff', { name: 'X', email: newEmail(), roles: ['owner'] }, bearer),
    ).toMatchObject({ body: { code: 'staff.beyond-own-rights' } });
    const { visitor } = await withPassword(['dpo']);
    expect(await key.ask('POST', `/v1/staff/${visitor.id}/link`, {}, bearer)).toMatchObject({ status: 403 });
    expect(
      (await key.ask('POST', '/v1/staff', { name: 'X', email: newEmail(), roles: ['cashier'] }, bearer)).status,
    ).toBe(200);
  });

  test('GET /v1/roles tells what each permits', async () => {
    const { items } = (await owner.ask('GET', '/v1/roles')).body as unknown as {
      items: { role: string; permissions: string[] }[];
    };
    expect(items).toHaveLength(9);
    expect(items.find((item) => item.role === 'dpo')?.permissions).toEqual(['audit.read', 'session.self']);
    expect(items[0]).toEqual({
      role: 'owner',
      permissions: ['audit.read', 'key.manage', 'session.self', 'staff.manage'],
    });
  });
});

describe('keys', () => {
  test('open what their scopes name, until they are revoked', async () => {
    const made = await owner.ask('POST', '/v1/keys', { name: '1C', scopes: ['audit.read'] });
    const secret = text(made, 'secret');
    expect(secret).toMatch(/^rs_[\w-]{43}$/);
    const key = new Visitor(house.app);
    const ask = (url: string): Promise<Answer> => key.ask('GET', url, undefined, { authorization: `Bearer ${secret}` });
    expect((await ask('/v1/audit')).status).toBe(200);
    expect((await ask('/v1/staff')).status).toBe(403);
    expect((await ask('/v1/session')).status).toBe(403);
    const { items } = (await owner.ask('GET', '/v1/keys')).body as unknown as {
      items: { id: string; lastUsedAt: string | null }[];
    };
    expect(items.find((item) => item.id === text(made, 'id'))?.lastUsedAt).not.toBeNull();
    expect(JSON.stringify(items)).not.toContain(secret);
    expect((await owner.ask('DELETE', `/v1/keys/${text(made, 'id')}`)).status).toBe(200);
    expect((await ask('/v1/audit')).status).toBe(401);
  });

  test('know no scope that nobody declared, and are made by people only', async () => {
    for (const scope of ['customer.fly', 'session.self', '__proto__', 'constructor']) {
      expect(await owner.ask('POST', '/v1/keys', { name: 'x', scopes: [scope] }), scope).toMatchObject({
        body: { code: 'staff.unknown-scope' },
      });
    }
    const { visitor } = await withPassword(['integrator']);
    expect(await visitor.ask('POST', '/v1/keys', { name: 'x', scopes: ['audit.read'] })).toMatchObject({
      body: { code: 'staff.beyond-own-rights' },
    });
  });

  test('hold no more than their maker holds now, and nothing while the maker is blocked', async () => {
    const maker = await signInAs(owner, ['owner'], newEmail());
    const made = await maker.ask('POST', '/v1/keys', { name: 'x', scopes: ['audit.read', 'key.manage'] });
    const bearer = { authorization: `Bearer ${text(made, 'secret')}` };
    const statuses = async (at: TestHouse): Promise<number[]> => {
      const key = new Visitor(at.app);
      const urls = ['/v1/audit', '/v1/keys'];
      return Promise.all(urls.map(async (url) => (await key.ask('GET', url, undefined, bearer)).status));
    };
    const change = async (body: object): Promise<void> => {
      expect((await owner.ask('PATCH', `/v1/staff/${maker.id}`, body)).status).toBe(200);
    };
    expect(await statuses(house)).toEqual([200, 200]);
    await change({ roles: ['integrator'] });
    expect(await statuses(second)).toEqual([403, 200]);
    await change({ roles: ['dpo', 'agent'] });
    expect(await statuses(house)).toEqual([200, 403]);
    await change({ roles: ['owner'], blocked: true });
    expect(await statuses(second)).toEqual([401, 401]);
    expect(await statuses(house)).toEqual([401, 401]);
    await change({ blocked: false });
    expect(await statuses(second)).toEqual([200, 200]);
    await change({ blocked: true }); // the last owner of other tests stays the last
  });

  test('of somebody whose rights changed are told to open streams, those revoked are not', async () => {
    const maker = await signInAs(owner, ['integrator', 'dpo'], newEmail());
    const make = async (): Promise<string> =>
      text(await maker.ask('POST', '/v1/keys', { name: 'x', scopes: ['audit.read'] }), 'id');
    const [kept, revoked] = [await make(), await make()];
    const heard: unknown[] = [];
    const off = second.live.signals((signal) => {
      if (signal.topic === 'access.changed') heard.push((signal.data as { id: string }).id);
    });
    await owner.ask('DELETE', `/v1/keys/${revoked}`);
    // The revoking itself is told, and may be heard late.
    await expect.poll(() => heard).toContain(revoked);
    heard.length = 0;
    await owner.ask('PATCH', `/v1/staff/${maker.id}`, { blocked: true });
    await expect.poll(() => heard).toEqual([maker.id, kept]);
    off();
  });

  test('a wrong key does not fall back to the cookie', async () => {
    expect(
      (await owner.ask('GET', '/v1/staff', undefined, { authorization: 'Bearer rs_0000000000000000000000000000' }))
        .status,
    ).toBe(401);
  });
});
