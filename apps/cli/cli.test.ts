import fc from 'fast-check';
import { normalise } from '@ruslo/identity';
import { describe, expect, it } from 'vitest';
import { annaLife } from './demo/anna.ts';
import { live } from './demo/behaviour.ts';
import { sources } from './demo/brand.ts';
import { feminine, makePerson, patronymic } from './demo/people.ts';
import { Chance } from './demo/random.ts';
import { calendarDay, readCustomer } from './import-customers.ts';
import { readMapping } from './mapping.ts';
import { describe as describeProgress, duration, thousands } from './progress.ts';
import { readNumber, readReceiptLine, readTime, receiptEvent, receiptFields } from './receipt.ts';
import type { ReceiptLine } from './receipt.ts';

const own = new Map(receiptFields.map((field) => [field, field]));
const row = {
  receipt: '7',
  card: '2997513968119',
  time: '2026-03-01 12:00:00',
  store: 's1',
  product: 'p1',
  name: '',
  category: '',
  quantity: '2',
  amount: '10,50',
};
const options = { cardPrefix: '29', zone: '+03:00' };

describe('receipts', () => {
  it('reads a line', () => {
    const found = readReceiptLine(row, own, options, 2, 'raw');
    expect(found).toMatchObject({
      receipt: '7',
      row: { card: '2997513968119', at: Date.parse('2026-03-01T09:00:00Z'), quantity: 2, amountMinor: 1050 },
    });
  });

  it.each([
    [{ card: '2997513968118' }, 'card check-digit: "2997513968118"'],
    [{ card: '' }, 'no card'],
    [{ time: 'вчера' }, 'not a time: "вчера"'],
    [{ amount: 'дорого' }, 'not an amount: "дорого"'],
    [{ quantity: '-1' }, 'not a quantity: "-1"'],
    [{ product: '' }, 'no product'],
    [{ coupon: '-1' }, 'not a discount: "-1"'],
    [{ receipt: '' }, 'no receipt number'],
  ])('refuses %j', (change, reason) => {
    expect(readReceiptLine({ ...row, ...change }, own, options, 2, 'raw')).toBe(reason);
  });

  it('makes a card of a household number', () => {
    const found = readReceiptLine({ ...row, household: '2261' }, own, { ...options, cardFrom: 'household' }, 2, 'raw');
    expect(found).toMatchObject({ row: { card: '2900000022614' } });
    expect(readReceiptLine({ ...row, household: 'x' }, own, { ...options, cardFrom: 'household' }, 2, 'raw')).toBe(
      'no card can be made of "x"',
    );
  });

  it('adds the lines up exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e7 }), { minLength: 1, maxLength: 30 }), (amounts) => {
        const lines = amounts.map((amountMinor, index): ReceiptLine => ({
          line: index,
          raw: '',
          card: row.card,
          at: 1e12,
          store: 's',
          product: 'p',
          name: '',
          category: '',
          quantity: 1,
          amountMinor,
          discounts: { discount: 0, coupon: 0, couponMatch: 0 },
        }));
        const event = receiptEvent('1', lines, 'x', 'RUB');
        expect(typeof event === 'string' ? event : Math.round(Number(event.properties['total']) * 100)).toBe(
          amounts.reduce((sum, one) => sum + one, 0),
        );
      }),
    );
  });

  it('keeps different people and stores out of one receipt', () => {
    const line: ReceiptLine = {
      line: 2,
      raw: '',
      card: row.card,
      at: 1e12,
      store: 's',
      product: 'p',
      name: '',
      category: '',
      quantity: 1,
      amountMinor: 1,
      discounts: { discount: 0, coupon: 0, couponMatch: 0 },
    };
    expect(receiptEvent('1', [line, { ...line, card: '2964398797929' }], 'x', 'RUB')).toMatch(/different cards/);
    expect(receiptEvent('1', [line, { ...line, store: 't' }], 'x', 'RUB')).toMatch(/different stores/);
  });

  it('reads numbers and times', () => {
    expect(readNumber('1 234,50')).toBe(1234.5);
    expect(readNumber('4.440892e-16')).toBeCloseTo(0);
    expect(readNumber('')).toBeUndefined();
    expect(readTime('2017-01-28 14:06:53', '-05:00')).toBe(Date.parse('2017-01-28T19:06:53Z'));
    expect(readTime('2017-01-28', 'Z')).toBe(Date.parse('2017-01-28T00:00:00Z'));
    expect(readTime('28.01.2017', 'Z')).toBeUndefined();
  });
});

describe('mapping', () => {
  const fields = ['id', 'phone'];
  it('knows own names and aliases, and lets flags win', async () => {
    const aliases = { id: ['record_id'] };
    expect([...(await readMapping(fields, aliases, ['record_id', 'phone', 'tel'], undefined, ['phone=tel']))]).toEqual([
      ['id', 'record_id'],
      ['phone', 'tel'],
    ]);
    await expect(readMapping(fields, aliases, ['a'], undefined, ['phone=tel'])).rejects.toThrow('no column "tel"');
    await expect(readMapping(fields, aliases, ['a'], undefined, ['colour=a'])).rejects.toThrow('no field "colour"');
    await expect(readMapping(fields, aliases, ['a'], undefined, ['phone'])).rejects.toThrow('expected field=column');
  });
});

describe('customers', () => {
  it('reads a row, and leaves out what is no contact', () => {
    const leftOut: Record<string, number> = {};
    const mapping = new Map(['id', 'first', 'phone', 'email', 'birthDate'].map((field) => [field, field]));
    const values = {
      id: 'r1',
      first: 'Анна',
      phone: '8 912 612 51 78',
      email: 'noreply@shop.ru',
      birthDate: '1980-23-08',
    };
    const found = readCustomer(values, mapping, { system: 'crm', proven: ['phone'] }, 's', new Date(0), leftOut);
    expect(found).toMatchObject({
      profile: { first: 'Анна', birthDate: '1980-08-23' },
      identifiers: [
        { kind: 'external:crm', value: 'r1', proof: 'proven' },
        { kind: 'phone', value: '+79126125178', proof: 'proven' },
      ],
    });
    expect(leftOut).toEqual({ 'email blocked': 1 });
    expect(
      readCustomer({ ...values, id: '' }, mapping, { system: 'crm', proven: [] }, 's', new Date(0), leftOut),
    ).toMatch(/^id empty/);
  });

  it('reads dates', () => {
    expect(calendarDay('12.03.1990')).toBe('1990-03-12');
    expect(calendarDay('1990-02-30')).toBeUndefined();
    expect(calendarDay('1890-01-01')).toBeUndefined();
  });
});

describe('demo', () => {
  it('repeats itself', () => {
    const tell = (): string => {
      const chance = new Chance(7, 42);
      const person = makePerson(chance, 42, 2026);
      return JSON.stringify([person, live(chance, person, 1.8e12, 200, 18)]);
    };
    expect(tell()).toBe(tell());
    expect(new Chance(7, 43).next()).not.toBe(new Chance(7, 42).next());
  });

  it('makes people whose contacts are in order and whose deeds lie behind', () => {
    const known = new Set(sources.map(({ key }) => key));
    const phones = new Set<string>();
    for (let index = 0; index < 500; index += 1) {
      const chance = new Chance(2026, index);
      const person = makePerson(chance, index, 2026);
      phones.add(person.phone);
      for (const [kind, value] of [
        ['phone', person.phone],
        ['email', person.email],
        ['card', person.card],
      ] as const) {
        if (value !== undefined) expect(normalise(kind, value)).toEqual({ ok: true, value });
      }
      const life = live(chance, person, 1.8e12, 200, 18);
      for (const deed of life.deeds) {
        expect(deed.at).toBeLessThan(1.8e12);
        expect(deed.at).toBeGreaterThan(1.8e12 - 203 * 86_400_000);
        expect(known).toContain(deed.source);
      }
    }
    expect(phones.size).toBe(500);
  });

  it('tells the story of Anna over all channels', () => {
    const life = annaLife(1.8e12);
    const channels = new Set(life.deeds.map((deed) => sources.find(({ key }) => key === deed.source)?.channel));
    expect([...channels].toSorted()).toEqual(['app', 'call', 'mail', 'messenger', 'pickup', 'push', 'shop', 'web']);
    expect(life.deeds.filter((deed) => deed.who === 'visitor')).toHaveLength(6);
  });

  it('knows patronymics and women’s surnames', () => {
    expect(
      ['Сергей', 'Дмитрий', 'Юрий', 'Игорь', 'Иван', 'Илья', 'Валерий', 'Анатолий', 'Василий'].map((name) =>
        patronymic(name, 'f'),
      ),
    ).toEqual([
      'Сергеевна',
      'Дмитриевна',
      'Юрьевна',
      'Игоревна',
      'Ивановна',
      'Ильинична',
      'Валерьевна',
      'Анатольевна',
      'Васильевна',
    ]);
    expect(['Соколов', 'Толстой', 'Покровский', 'Шевченко', 'Королёв'].map(feminine)).toEqual([
      'Соколова',
      'Толстая',
      'Покровская',
      'Шевченко',
      'Королёва',
    ]);
  });
});

describe('progress', () => {
  it('says how much, how fast and how long still', () => {
    expect(describeProgress(50, 100, 1000, 1000, 10)).toBe('[##########..........] 50 %  1,000 rows  100/s  0:10 left');
    expect(describeProgress(0, 0, 0, 0, 0)).toBe('[####################] 100 %  0 rows  0/s');
    expect([thousands(1234567), duration(125)]).toEqual(['1,234,567', '2:05']);
  });
});
