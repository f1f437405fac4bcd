import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareGiven, comparePatronymic, compareSurname, editDistance, fixCyrillicLayout, fixLayout, fold, fullNamesOf, genderOf, jaroWinkler, loose,
  searchForms, searchText, settle, surnameRoot, toCyrillic, toLatin,
} from './name.ts'; // prettier-ignore

describe('settle', () => {
  it.each([
    ['  ФЁКЛА ', 'фекла'],
    ['Ghj[jhjdf', 'прохорова'],
    ['Prokhorova', 'прохорова'],
    ['dfkthbz', 'валерия'],
    [',hfubyf', 'брагина'],
    ['repmvbybxyf', 'кузьминична'],
    ['Tsvetkov', 'цветков'],
    ['Shchukin', 'щукин'],
    ['Zaytsev', 'зайцев'],
    ['Sergei', 'сергей'],
    ['Julia', 'юлия'],
    ['Mария', 'мария'],
    ['Римский‑Корсаков', 'римский-корсаков'],
    ['', ''],
  ])('%s is %s', (raw, expected) => expect(settle(raw)).toBe(expected));

  it('is idempotent, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[а-яёА-ЯЁ -]{0,20}$/)), (text) => {
        if (!/[a-z]/i.test(fold(text))) expect(settle(settle(text))).toBe(settle(text));
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });

  it('reads transliteration back, but for what Latin letters lose', () => {
    for (const name of [
      'прохорова',
      'цветков',
      'щукин',
      'жуков',
      'хохлов',
      'юсупова',
      'григорьев',
      'александра',
      'феодосий',
    ]) {
      expect(loose(toCyrillic(toLatin(name)))).toBe(loose(name));
    }
  });

  it('turns the keyboard both ways', () => {
    expect(fixLayout('fyyf')).toBe('анна');
    expect(fixCyrillicLayout('фттф')).toBe('anna');
  });
});

describe('comparing', () => {
  it('knows short forms, genders and slips', () => {
    expect(compareGiven('саша', 'александр')).toBe('variant');
    expect(compareGiven('саша', 'александра')).toBe('variant');
    expect(compareGiven('александр', 'александра')).toBe('differ');
    expect(compareGiven('мария', 'марина')).toBe('differ');
    expect(compareGiven('гедион', 'гедеон')).toBe('similar');
    expect(compareGiven('а', 'анна')).toBe('initial');
    expect(compareSurname('иванов', 'иванова')).toBe('variant');
    expect(compareSurname('белый', 'белая')).toBe('variant');
    expect(compareSurname('прохорова', 'прохорваа')).toBe('similar');
    expect(compareSurname('прохорова', 'сидорова')).toBe('differ');
    expect(comparePatronymic('михайловна', 'михаиловна')).toBe('variant');
    expect(comparePatronymic('михайлович', 'петрович')).toBe('differ');
    expect(surnameRoot('толстая')).toBe('толст');
    expect(genderOf('михайловна', '')).toBe('f');
    expect(genderOf('', 'белов')).toBe('m');
    expect(genderOf('', 'шевченко')).toBeUndefined();
  });

  it('has at least 150 short forms', () => {
    for (const [short, full] of [
      ['женя', 'евгения'],
      ['гоша', 'георгий'],
      ['настя', 'анастасия'],
      ['дима', 'дмитрий'],
    ] as const) {
      expect(fullNamesOf(short)).toContain(full);
    }
  });

  it('is symmetric', () => {
    const word = fc.stringMatching(/^[абвгдеи]{1,8}$/);
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(compareGiven(a, b)).toBe(compareGiven(b, a));
        expect(compareSurname(a, b)).toBe(compareSurname(b, a));
        expect(editDistance(a, b, 9)).toBe(editDistance(b, a, 9));
        expect(editDistance(a, b, 2)).toBe(Math.min(3, editDistance(a, b, 9)));
        expect(jaroWinkler(a, b)).toBeGreaterThanOrEqual(0);
        expect(jaroWinkler(a, b)).toBeLessThanOrEqual(1);
      }),
    );
    expect(jaroWinkler('martha', 'marhta')).toBeCloseTo(0.9611, 4);
    expect(jaroWinkler('dixon', 'dicksonx')).toBeCloseTo(0.8133, 4);
  });
});

describe('search', () => {
  it('makes one line of a person', () => {
    const line = searchText({
      name: { first: 'Саша', last: 'Прохорова' },
      identifiers: [
        { kind: 'phone', value: '+79126125178' },
        { kind: 'anonymous_id', value: 'x' },
      ],
    });
    expect(line).toBe('прохорова саша александр александра +79126125178');
  });

  it('understands what was meant', () => {
    expect(searchForms('Ghj[jhjdf')[0]).toBe('прохорова');
    expect(searchForms('Prokhorova')[0]).toBe('прохорова');
    expect(searchForms('8 (912) 612')).toEqual(['912612']);
    expect(searchForms('Anna@Mail.ru')).toEqual(['anna@mail.ru']);
    expect(searchForms('')).toEqual([]);
  });
});
