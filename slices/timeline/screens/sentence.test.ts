import { describe, expect, test } from 'vitest';
import { genderOf, sentence, slugOf } from './sentence.ts';
import ru from './words.ru.json' with { type: 'json' };

const words = {
  say: (key: string) => (ru as Record<string, string>)[key] ?? key,
  has: (key: string) => key in ru,
  locale: 'ru' as const,
};
const told = (
  name: string,
  summary: Record<string, string | number>,
  gender: 'female' | 'male' | undefined,
  kind = 'track',
): string => {
  const { verb, object, note, figure } = sentence({ kind, name, summary }, gender, words);
  return [verb, object, note, figure]
    .filter((part) => part !== '')
    .join(' | ')
    .replaceAll(/\s/g, ' ');
};

describe('sentences of the timeline', () => {
  test('have the gender of the person, and none where it is not known', () => {
    expect(told('Product Viewed', { product: 'Смартфон X' }, 'female')).toBe('Смотрела товар | Смартфон X');
    expect(told('Product Viewed', { product: 'Смартфон X' }, 'male')).toBe('Смотрел товар | Смартфон X');
    expect(told('Product Viewed', { product: 'Смартфон X' }, undefined)).toBe('Просмотр товара | Смартфон X');
  });

  test('tell a fact in the words of its slice, with its number and sum', () => {
    const own = { 'screen.order.event.placed': 'Заказ оформлен', 'screen.points.event.earned': 'Баллы начислены' };
    const also = {
      ...words,
      say: (key: string) => (own as Record<string, string>)[key] ?? key,
      has: (key: string) => key in own,
    };
    const placed = { number: 'M-1000042', orderId: 'f3a1', totalMinor: 199_050, currency: 'RUB' };
    const { verb, object, note, figure } = sentence(
      { kind: 'fact', name: 'order.placed', summary: placed },
      undefined,
      also,
    );
    expect([verb, object, note, figure.replaceAll(/\s/g, ' ')]).toEqual([
      'Заказ оформлен',
      'M-1000042',
      '',
      '1 990,50 ₽',
    ]);
    const earned = sentence({ kind: 'fact', name: 'points.earned', summary: { amount: 120 } }, undefined, also);
    expect([earned.verb, earned.figure]).toEqual(['Баллы начислены', '120']);
  });

  test('say what, where and how much', () => {
    expect(
      told(
        'Order Completed',
        { product: 'Чайник', orderId: 'Ч-1', shop: 'Баумана', total: 1990.5, currency: 'RUB' },
        'male',
      ),
    ).toBe('Купил | Чайник | Ч-1 · Баумана | 1 990,50 ₽');
    expect(told('Call Completed', { topic: 'Баллы', duration: 95 }, 'female')).toBe(
      'Поговорила по телефону | Баллы | 1:35',
    );
  });

  test('leave a name that nobody taught them as it came', () => {
    expect(told('Пекарня открыта', {}, 'female')).toBe('Пекарня открыта');
    expect(told('Главная', { path: '/' }, 'female', 'page')).toBe('Смотрела страницу | Главная');
  });

  test('know gender from patronymic, then surname, and else do not guess', () => {
    expect(genderOf({ first: 'Анна', middle: 'Сергеевна', last: 'Коваль' })).toBe('female');
    expect(genderOf({ first: 'Саша', middle: 'Ильич', last: null })).toBe('male');
    expect(genderOf({ first: 'Саша', middle: null, last: 'Петрова' })).toBe('female');
    expect(genderOf({ first: 'Саша', middle: null, last: 'Коваленко' })).toBeUndefined();
    expect(genderOf(null)).toBeUndefined();
  });

  test('read names in any of the usual spellings', () => {
    expect(['Product Viewed', 'product_viewed', 'productViewed', 'product viewed'].map(slugOf)).toEqual(
      Array(4).fill('product-viewed'),
    );
  });
});
