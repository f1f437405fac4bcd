/** docs/reference/invariants.md names a test for every invariant; each named test exists. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = readFileSync(join(root, 'docs/reference/invariants.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, path, name] = /^`([\w./-]+\.test\.ts)`: (.+)$/.exec(cells.at(-2) ?? '') ?? [];
    return path === undefined || name === undefined ? [] : [{ first: cells[1] ?? '', path, name }];
  });

it('names only tests that are there', () => {
  const missing = rows.filter(({ path, name }) => {
    if (!existsSync(join(root, path))) return true;
    const text = readFileSync(join(root, path), 'utf8');
    return !text.includes(`'${name}`);
  });
  expect(missing).toEqual([]);
  expect(rows.length).toBeGreaterThan(60);
});

it('has a test for each of T1 to T45', () => {
  const named = new Set(rows.map((row) => row.first));
  const numbers = Array.from({ length: 45 }, (_, index) => `T${index + 1}`);
  expect(numbers.filter((number) => !named.has(number))).toEqual([]);
});
