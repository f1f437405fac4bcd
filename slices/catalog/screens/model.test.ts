import { expect, it } from 'vitest';
import { codeFrom, treeRows } from './model.ts';

it('lays a tree out as rows, children under their parent', () => {
  const row = (id: string, parentId: string | null, sort = 0) => ({ id, parentId, sort, name: id });
  const rows = treeRows([
    row('b', null, 2),
    row('a1', 'a'),
    row('a', null, 1),
    row('a11', 'a1'),
    row('lost', 'gone', 3),
  ]);
  expect(rows.map(({ row: one, depth }) => `${String(depth)}${one.id}`)).toEqual(['0a', '1a1', '2a11', '0b', '0lost']);
});

it('makes a code of a name', () => {
  expect(codeFrom('Чехлы для айфона')).toBe('chehly-dlya-ayfona');
  expect(codeFrom('  USB-C / Lightning ')).toBe('usb-c-lightning');
});
