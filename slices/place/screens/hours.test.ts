import { expect, it } from 'vitest';
import { readSpans, spansText } from './model.ts';

it('reads hours as people type them, and writes them back', () => {
  expect(readSpans('10-21')).toEqual([{ from: '10:00', to: '21:00' }]);
  expect(readSpans('9:30–14:00, 15—24')).toEqual([
    { from: '09:30', to: '14:00' },
    { from: '15:00', to: '24:00' },
  ]);
  expect(readSpans('  ')).toEqual([]);
  expect(spansText(readSpans('10-14,15-21') ?? [])).toBe('10:00–14:00, 15:00–21:00');
});

it('refuses what is no hours', () => {
  for (const text of ['с десяти', '10', '25-26', '10:70-12', '24-8', '10-21;11-12'])
    expect(readSpans(text)).toBeUndefined();
});
