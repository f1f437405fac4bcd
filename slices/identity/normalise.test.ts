import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { cardFrom, checkDigit, fixedKinds, isKind, normalise } from './normalise.ts';

const value = (kind: string, raw: string | number): string => {
  const result = normalise(kind, raw);
  return result.ok ? result.value : `!${result.code}`;
};

/** Ten digits of a Russian number that nobody would take for a placeholder. */
const tenDigits = fc
  .tuple(fc.constantFrom('9', '4', '3', '8'), fc.stringMatching(/^\d{9}$/))
  .map(([first, rest]) => first + rest)
  .filter((digits) => !/^(\d)\1+$/.test(digits.slice(-9)) && digits !== '1234567890');

const phoneForms = (d: string): string[] => {
  const [a, b, c, e] = [d.slice(0, 3), d.slice(3, 6), d.slice(6, 8), d.slice(8)];
  return [
    `+7${d}`, `8${d}`, d, `7${d}`, `+7 (${a}) ${b}-${c}-${e}`, `8 ${a} ${b} ${c}${e}`, `8(${a})${b}-${c}-${e}`,
    `+7-${a}-${b}-${c}-${e}`, `8 ${a} ${b}-${c}-${e} доб. 123`, `  +7 ${a} ${b} ${c} ${e} `, `+7 ${a} ${b}‑${c}‑${e}`,
    `тел. 8 ${a} ${b}-${c}-${e}`, `tel:+7-${a}-${b}-${c}-${e}`, `+7${d};ext=12`, `8${d} (доб. 5)`, `8${d}, вн. 12`,
  ]; // prettier-ignore
};

describe('phone', () => {
  it('gives one value for every form of one number', () => {
    fc.assert(
      fc.property(tenDigits, (digits) => {
        for (const form of phoneForms(digits)) expect([form, value('phone', form)]).toEqual([form, `+7${digits}`]);
      }),
    );
  });

  it('agrees with libphonenumber on every number that libphonenumber calls valid', () => {
    fc.assert(
      fc.property(tenDigits, fc.nat(9), (digits, form) => {
        const text = phoneForms(digits)[form] ?? '';
        const parsed = parsePhoneNumberFromString(text, 'RU');
        if (parsed?.isValid() === true) expect(value('phone', text)).toBe(parsed.number);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps other countries', () => {
    expect(value('phone', '+998 90 123-45-67')).toBe('+998901234567');
    expect(value('phone', '8 10 998 90 123 45 67')).toBe('+998901234567');
    expect(value('phone', '8 701 123 45 67')).toBe('+77011234567');
    expect(value('phone', '+1 (415) 555-26-71')).toBe('+14155552671');
    expect(value('phone', '+375 29 123-45-68')).toBe('+375291234568');
    expect(value('phone', '+84 912 345 678')).toBe('+84912345678');
    expect(value('phone', '+8 912 612 51 78')).toBe('+79126125178');
  });

  it.each([
    '+79999999999',
    '8 (999) 999-99-99',
    '0000000000',
    '+7 900 000-00-00',
    '1234567890',
    'null',
    'undefined',
    'нет',
  ])('blocks %s', (raw) => expect(value('phone', raw)).toBe('!blocked'));

  it.each(['12', 'позвоните', '+7912', '+79126125', '912 612 51 789 00', "8912'; drop table", '5551234567'])(
    'refuses %s',
    (raw) => expect(value('phone', raw)).toBe('!malformed'),
  );
});

describe('email', () => {
  it.each([
    [' Anna.Petrova+Shop@Mail.RU ', 'anna.petrova+shop@mail.ru'],
    ['Анна <ANNA@mail.ru>', 'anna@mail.ru'],
    ['mailto:anna@mail.ru', 'anna@mail.ru'],
    ['anna@почта.рф', 'anna@xn--80a1acny.xn--p1ai'],
    ['anna@ПОЧТА.РФ.', 'anna@xn--80a1acny.xn--p1ai'],
    ['anna@xn--80a1acny.xn--p1ai', 'anna@xn--80a1acny.xn--p1ai'],
    ['анна@почта.рф', 'анна@xn--80a1acny.xn--p1ai'],
    ['a.n.n.a@gmail.com', 'a.n.n.a@gmail.com'],
    ['anna@mail\u200b.ru', 'anna@mail.ru'],
  ])('%j is %s', (raw, expected) => expect(value('email', raw)).toBe(expected));

  it.each([
    'test@mail.ru',
    'no@no',
    'NO@no.no',
    'noreply@shop.ru',
    'null',
    'undefined',
    'нет',
    'no@no.ru',
    'Test@test',
  ])('blocks %s', (raw) => expect(value('email', raw)).toBe('!blocked'));

  it.each([
    'anna',
    'anna@',
    '@mail.ru',
    'an na@mail.ru',
    'anna@mailru',
    'anna@-mail.ru',
    'a..b@mail.ru',
    'anna@mail,ru',
    'a@b@c d.ru',
  ])('refuses %s', (raw) => expect(value('email', raw)).toBe('!malformed'));
});

describe('card', () => {
  it('accepts exactly the numbers whose last digit checks', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9]\d{11}$/), fc.nat(9), (body, last) => {
        const right = checkDigit(body) === String(last);
        expect(value('card', body + String(last))).toBe(right ? body + String(last) : '!check-digit');
      }),
    );
    expect(value('card', '2997513968119')).toBe('2997513968119');
    expect(value('card', '29 975139-68119')).toBe('2997513968119');
  });

  it('refuses what is no card', () => {
    expect(value('card', '299751396811')).toBe('!malformed');
    expect(value('card', 'card')).toBe('!malformed');
    expect(value('card', '0000000000000')).toBe('!blocked');
  });

  it('makes a card from another number', () => {
    expect(cardFrom('2261')).toBe('2900000022614');
    expect(value('card', cardFrom('2261') ?? '')).toBe('2900000022614');
    expect(cardFrom('12345678901')).toBeUndefined();
    expect(cardFrom('12a')).toBeUndefined();
  });
});

describe('ids', () => {
  it.each([
    'null',
    'NULL',
    'undefined',
    'anonymous',
    '0000000000',
    '00000000-0000-0000-0000-000000000000',
    '-1',
    'None',
    '[object Object]',
  ])('blocks %s', (raw) => {
    for (const kind of ['user_id', 'anonymous_id', 'device', 'push_token', 'external:1c'])
      expect(value(kind, raw)).toBe('!blocked');
  });

  it('trims, keeps case, refuses control characters, halves of characters and lengths', () => {
    expect(value('user_id', ' Ab-1 ')).toBe('Ab-1');
    expect(value('user_id', 42)).toBe('42');
    expect(value('user_id', Number.NaN)).toBe('!empty');
    expect(value('user_id', 'Клиент №5')).toBe('Клиент №5');
    expect(value('user_id', 'a\u0000b')).toBe('!control-character');
    expect(value('user_id', 'a\nb')).toBe('!control-character');
    expect(value('user_id', '\ud800')).toBe('!control-character');
    expect(value('user_id', '   ')).toBe('!empty');
    expect(value('user_id', 'x'.repeat(256))).toBe('!too-long');
    expect(value('push_token', 'x'.repeat(900))).toBe('x'.repeat(900));
    expect(value('telegram', '@Anna_P')).toBe('anna_p');
    expect(value('whatsapp', '79126125178')).toBe('+79126125178');
  });

  it('knows the kinds', () => {
    expect(isKind('external:1c')).toBe(true);
    expect(isKind('external:')).toBe(false);
    expect(isKind('external:1C shop')).toBe(false);
    expect(isKind('toString')).toBe(false);
    expect(value('constructor', 'x')).toBe('!unknown-kind');
  });
});

describe('every kind', () => {
  const anyKind = fc.constantFrom<string>(...fixedKinds, 'external:1c');
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.emailAddress(),
    fc.stringMatching(/^[+\d ().@-]{0,20}$/),
    tenDigits.chain((digits) => fc.constantFrom(...phoneForms(digits))),
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.domain()).map(([local, domain]) => `${local}@${domain}`),
  );

  it('is idempotent and never throws', () => {
    fc.assert(
      fc.property(anyKind, anyText, (kind, raw) => {
        const once = normalise(kind, raw);
        if (once.ok) expect(normalise(kind, once.value)).toEqual(once);
      }),
      { numRuns: 5000 },
    );
  });

  it('is quick on the longest nonsense', () => {
    const letters = Array.from({ length: 4_000 }, (_, index) => String.fromCharCode(0x4e00 + index)).join('');
    const started = performance.now();
    for (let round = 0; round < 10; round += 1) expect(normalise('email', `a@${letters}.рф`).ok).toBe(false);
    // 2 s when it went through punycode.
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('is quick on the hot path', () => {
    const phones = Array.from({ length: 20_000 }, (_, index) => `+7912${String(1000000 + index)}`);
    const started = performance.now();
    for (const phone of phones) normalise('phone', phone);
    for (const phone of phones) normalise('anonymous_id', phone);
    // 40,000 take about 10 ms; the bound only notices a fall back to libphonenumber (about 400 ms).
    expect(performance.now() - started).toBeLessThan(200);
  });
});
