import { expect, test } from 'vitest';
import { handOutKeys, numberOf } from './model.ts';

test('what is scanned or typed at the desk says itself what it is', () => {
  expect(handOutKeys('RUSLO:H:019a8f5e-0000-7000-8000-000000000000:12345678')).toEqual(['qr']);
  expect(handOutKeys('1234 5678')).toEqual(['code']);
  expect(handOutKeys('+7 917 226-54-11')).toEqual(['phone', 'card']);
  expect(handOutKeys('8 917 226 54 11')).toEqual(['phone', 'card']);
  expect(handOutKeys('9172265411')).toEqual(['phone', 'card']);
  expect(handOutKeys('2000000000015')).toEqual(['card', 'phone']);
  expect(handOutKeys('M-1000001')).toEqual(['orderNumber']);
  expect(handOutKeys('1000001')).toEqual(['orderNumber']);
});

test('a number of an order is read as people write it', () => {
  expect(numberOf(' м-1000001')).toBe('M-1000001');
  expect(numberOf('1000001')).toBe('M-1000001');
});
