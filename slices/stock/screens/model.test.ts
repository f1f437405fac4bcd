import { expect, it } from 'vitest';
import { standOf, variantOf, type Level } from './model.ts';

const level = (rest: Partial<Level>): Level => ({
  variantId: 'v',
  placeId: 'p',
  onHand: 10,
  reserved: 0,
  safety: 0,
  backorder: 0,
  shortage: 0,
  sellable: 10,
  lowAt: null,
  excessAt: null,
  changedAt: '2026-11-21T00:00:00Z',
  ...rest,
});

it('says how a level stands, the worst first', () => {
  expect(standOf(level({})).key).toBe('well');
  expect(standOf(level({ lowAt: 10 })).key).toBe('low');
  expect(standOf(level({ excessAt: 10 })).key).toBe('excess');
  expect(standOf(level({ sellable: 0 })).key).toBe('none');
  expect(standOf(level({ shortage: 2, lowAt: 10 })).key).toBe('short');
});

it('finds the variant in an address', () => {
  expect(variantOf('a~b')).toBe('a');
  expect(variantOf('a%7Eb')).toBe('a');
  expect(variantOf('a')).toBe('a');
});
