import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidatePairs, cluster, countFrequency, sharedValues } from './linkage-cluster.ts';
import { firstGuess, train } from './linkage-train.ts';
import { fields, levels, prepare, score } from './linkage.ts';
import type { LinkageRecord } from './linkage.ts';

let next = 0;
const record = (
  first: string,
  last: string,
  rest: Partial<LinkageRecord> & { middle?: string } = {},
): LinkageRecord => {
  next += 1;
  const { middle, ...others } = rest;
  return { id: `r${next}`, name: { first, middle, last }, ...others };
};
const phones = ['+79126125178'];
const address = 'ул. Баумана, 5, кв. 12';

describe('score', () => {
  it('joins one person written in many ways', () => {
    const card = record('Екатерина', 'Прохорова', { middle: 'Михайловна', birthDate: '1990-03-12', phones });
    for (const other of [
      record('Катя', 'Прохорова', { phones }),
      record('Ekaterina', 'Prokhorova', { phones }),
      record('Trfnthbyf', 'Ghj[jhjdf', { phones }),
      record('ЕКАТЕРИНА', 'Прохорваа', { birthDate: '1990-12-03', phones }),
    ]) {
      expect(score(card, other)).toMatchObject({ verdict: 'join', conflict: false });
    }
  });

  it('keeps a family apart', () => {
    const anna = record('Анна', 'Белова', { middle: 'Петровна', phones, city: 'Казань', address });
    for (const other of [
      record('Игорь', 'Белов', { phones, city: 'Казань', address }),
      record('Мария', 'Белова', { middle: 'Игоревна', phones, city: 'Казань', address }),
      record('Анна', 'Белова', { middle: 'Игоревна', phones, city: 'Казань', address }),
    ]) {
      expect(score(anna, other)).toMatchObject({ conflict: true });
      expect(score(anna, other).verdict).not.toBe('join');
    }
  });

  it('lets a card outweigh one contradiction, but not two', () => {
    const cards = ['2997513968119'];
    const a = record('Анна', 'Белова', { middle: 'Петровна', cards, birthDate: '1980-01-01' });
    expect(score(a, record('Анна', 'Белова', { middle: 'Павловна', cards })).conflict).toBe(false);
    expect(score(a, record('Игорь', 'Белов', { cards, birthDate: '1977-05-05' })).conflict).toBe(true);
  });

  it('does not join on a common name alone, nor on one phone without names', () => {
    expect(score(record('Анна', 'Иванова'), record('Анна', 'Иванова')).verdict).not.toBe('join');
    expect(score(record('', ''), record('', '')).verdict).toBe('apart');
  });

  it('explains itself', () => {
    const found = score(record('Саша', 'Белов', { phones }), record('Александр', 'Белов', { phones }));
    expect(found.evidence.map(({ field }) => field).sort()).toEqual(['first', 'last', 'phone']);
    expect(found.evidence[0]).toMatchObject({ field: 'phone', a: '+79126125178', verdict: 'agree' });
    expect(found.evidence.find(({ field }) => field === 'first')).toMatchObject({
      a: 'Саша',
      b: 'Александр',
      verdict: 'similar',
    });
  });

  it('is symmetric and never throws', () => {
    const text = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('Анна', 'Иванова', 'саша')), {
      nil: undefined,
    });
    const list = fc.array(fc.constantFrom('+79126125178', '+79126125179', 'anna80@mail.ru', 'anan80@mail.ru'), {
      maxLength: 2,
    });
    const anyRecord = fc.record({
      id: fc.constant('x'),
      name: fc.record({ first: text, middle: text, last: text }),
      birthDate: fc.option(fc.oneof(fc.string(), fc.constantFrom('1980-01-02', '1980-02-01')), { nil: undefined }),
      phones: list,
      emails: list,
      city: text,
      address: text,
    });
    fc.assert(
      fc.property(anyRecord, anyRecord, (a, b) => {
        const [there, back] = [score(a, b), score(b, a)];
        expect(there.score).toBe(back.score);
        expect(there.verdict).toBe(back.verdict);
        expect(Number.isFinite(there.score)).toBe(true);
      }),
    );
  });
});

describe('cluster', () => {
  const make = (records: LinkageRecord[], options = {}) => {
    const prepared = records.map(prepare);
    return cluster(prepared, candidatePairs(prepared), { population: 1000, ...options });
  };

  it('follows a chain of records, and stops at a contradiction', () => {
    const found = make([
      record('Анна', 'Белова', { phones, cards: ['2997513968119'] }),
      record('Аня', 'Белова', { cards: ['2997513968119'], emails: ['annabelova@mail.ru'] }),
      record('Анна', '', { emails: ['annabelova@mail.ru'] }),
      record('Игорь', 'Белов', { phones }),
    ]);
    expect(found.clusterOf).toEqual([0, 0, 0, 3]);
    expect(found.joins).toHaveLength(2);
  });

  it('never grows past the largest size', () => {
    const crowd = Array.from({ length: 30 }, () => record('Анна', 'Белова', { phones, cards: ['2997513968119'] }));
    const sizes = new Map<number, number>();
    for (const head of make(crowd, { maxSize: 12 }).clusterOf) sizes.set(head, (sizes.get(head) ?? 0) + 1);
    expect(Math.max(...sizes.values())).toBeLessThanOrEqual(12);
  });

  it('finds a placeholder by how many people have it', () => {
    const names = ['Анна', 'Игорь', 'Мария', 'Олег', 'Пётр', 'Анна'];
    const crowd = names.map((first) =>
      prepare(record(first, 'Белова', { emails: ['shop@shop.ru'], phones: first === 'Анна' ? phones : [] })),
    );
    expect([...sharedValues(crowd, 'emails')]).toEqual(['shop@shop.ru']);
    expect([...sharedValues(crowd, 'phones')]).toEqual([]);
  });
});

describe('train', () => {
  it('gives chances that add up, and repeats itself', () => {
    const people = ['Анна Белова', 'Игорь Чехов', 'Мария Котова', 'Олег Орлов', 'Пётр Львов'].map((name) =>
      name.split(' '),
    );
    const prepared = people.flatMap(([first = '', last = ''], index) => {
      const own = { phones: [`+7912000000${index}`], emails: [`mail${index}@mail.ru`] };
      return [record(first, last, own), record(first, last, own), record(first, '', own)].map(prepare);
    });
    const once = train(prepared, candidatePairs(prepared), firstGuess, 5);
    expect(train(prepared, candidatePairs(prepared), firstGuess, 5)).toEqual(once);
    for (const field of fields) {
      expect(once.person[field]).toHaveLength(levels[field].length);
      expect(once.person[field].reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 3);
    }
    expect(countFrequency(prepared)('first', 'анна')).toBeGreaterThan(0);
  });
});
