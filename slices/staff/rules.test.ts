import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roles } from '@ruslo/kernel';
import { askerOf, covers, isAlive, isCrossSite, isForeign, limits, passwordFault, permitted } from './rules.ts';
import { newRecoveryCodes, hashRecoveryCode, hashPassword, totpCode, totpStep, verifyPassword } from './secret.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };
import { problems } from './contract.ts';

const created = new Date('2026-03-01T09:00:00Z');
const later = (ms: number): Date => new Date(created.getTime() + ms);

describe('sessions', () => {
  test('live as long as they are used, 30 days at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: limits.sessionMaxMs * 2 }),
        fc.nat(limits.sessionMaxMs),
        (ageMs, idleMs) => {
          const now = later(ageMs);
          const seenAt = new Date(Math.max(created.getTime(), now.getTime() - idleMs));
          const alive = isAlive({ createdAt: created, seenAt, waitsTotp: false }, now);
          expect(alive).toBe(ageMs < limits.sessionMaxMs && now.getTime() - seenAt.getTime() < limits.sessionIdleMs);
        },
      ),
    );
    expect(isAlive({ createdAt: created, seenAt: created, waitsTotp: true }, later(limits.totpWaitMs))).toBe(false);
  });
});

describe('passwords', () => {
  test('are told what is wrong with them', () => {
    expect(passwordFault('девятьбукв'.slice(0, 9), 'a@b.ru')).toBe('short');
    expect(passwordFault('девять букв', 'a@b.ru')).toBeUndefined();
    expect(passwordFault('abababababab', 'a@b.ru')).toBe('simple');
    expect(passwordFault('Anna@Mayak.ru', 'anna@mayak.ru')).toBe('simple');
    expect(passwordFault('abcd'.repeat(51), 'a@b.ru')).toBe('long');
    expect(passwordFault('👩‍👩‍👧', 'a@b.ru')).toBe('short');
  });

  test('match themselves in either way of writing é, and nothing else', async () => {
    const hash = await hashPassword('pass\u00e9 composé');
    expect(await verifyPassword('passe\u0301 compose\u0301', hash)).toBe(true);
    expect(await verifyPassword('passe compose', hash)).toBe(false);
    expect(await verifyPassword('', null)).toBe(false);
  });
});

describe('codes', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'; // RFC 6238, appendix B
  test.each([
    [59, '287082'],
    [1111111109, '081804'],
    [2000000000, '279037'],
  ])('of RFC 6238 at %i s', (atS, code) => {
    const now = new Date(atS * 1000);
    expect(totpCode(secret, now)).toBe(code);
    const step = Math.floor(atS / 30);
    expect(totpStep(secret, `${code.slice(0, 3)} ${code.slice(3)}`, now)).toBe(step);
    expect(totpStep(secret, code, new Date((step + 1) * 30_000))).toBe(step);
    expect(totpStep(secret, code, new Date((step + 2) * 30_000))).toBeUndefined();
    expect(totpStep(secret, code, new Date((step - 2) * 30_000))).toBeUndefined();
  });

  test('of recovery differ and are read however they are typed', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
      expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')}`)).toEqual(hashRecoveryCode(code));
    }
  });
});

describe('other sites', () => {
  const from = { method: 'POST', host: 'ruslo.example', origin: undefined, secFetchSite: undefined, marked: false };
  test.each([
    [{ ...from, method: 'GET', secFetchSite: 'cross-site' }, false],
    [{ ...from, marked: true, origin: 'https://evil.example' }, false],
    [{ ...from, secFetchSite: 'same-origin' }, false],
    [{ ...from, secFetchSite: 'same-site', origin: 'https://shop.ruslo.example' }, true],
    [{ ...from, origin: 'https://ruslo.example' }, false],
    [{ ...from, origin: 'https://ruslo.example.evil.example' }, true],
    [{ ...from, origin: 'https://ruslo.example:8443' }, true],
    [{ ...from, origin: 'null' }, true],
    [from, true],
  ])('%j → %s', (origin, cross) => expect(isCrossSite(origin)).toBe(cross));

  test('a program that signs in says nothing of a site and is let on', () => {
    expect(isForeign(from)).toBe(false);
    expect(isForeign({ ...from, origin: 'https://evil.example' })).toBe(true);
  });
});

test('one asker is one IPv4 address or one /64', () => {
  expect(askerOf('192.0.2.1')).toBe('192.0.2.1');
  expect(askerOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(askerOf('2001:db8:0:1:aaaa:bbbb:cccc:dddd')).toBe(askerOf('2001:0db8::1:0:0:0:9'));
  expect(askerOf('2001:db8::1')).toBe(askerOf('2001:db8:0:0::2'));
  expect(askerOf('2001:db8:0:2::1')).not.toBe(askerOf('2001:db8:0:1::1'));
});

test('what roles permit is the union, and covers what each permits', () => {
  const table = fc.dictionary(fc.string(), fc.uniqueArray(fc.constantFrom(...roles)));
  fc.assert(
    fc.property(table, fc.subarray([...roles]), fc.subarray([...roles]), (permissions, some, more) => {
      const all = new Set(permitted(permissions, [...some, ...more]));
      expect(covers(all, permitted(permissions, some))).toBe(true);
      expect(covers(all, permitted(permissions, more))).toBe(true);
      expect(all).toEqual(new Set([...permitted(permissions, some), ...permitted(permissions, more)]));
    }),
  );
});

test('every problem and every role has its words in both languages', () => {
  for (const words of [ru, en] as Record<string, string>[]) {
    for (const code of Object.keys(problems)) expect(words[`problem.${code}`], code).toBeTruthy();
    for (const role of roles) expect(words[`role.${role}`], role).toBeTruthy();
  }
  expect(Object.keys(ru).toSorted((a, b) => a.localeCompare(b))).toEqual(
    Object.keys(en).toSorted((a, b) => a.localeCompare(b)),
  );
});
