import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folders = [
  'apps/console',
  ...readdirSync(join(root, 'slices'))
    .map((slice) => `slices/${slice}/screens`)
    .filter((folder) => readdirSync(join(root, folder, '..')).includes('screens')),
];
type Words = Record<string, string>;
const read = (folder: string, locale: 'ru' | 'en'): Words =>
  JSON.parse(readFileSync(join(root, folder, `words.${locale}.json`), 'utf8')) as Words;
/** Plural forms and genders differ between languages; what stays is the key that code asks for. */
const plain = (key: string): string => key.replace(/_(?:one|few|many|other|female|male)$/, '');
const keysOf = (words: Words): Set<string> => new Set(Object.keys(words).map(plain));
const holes = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1] ?? '').toSorted();

describe.each(folders)('words of %s', (folder) => {
  const ru = read(folder, 'ru');
  const en = read(folder, 'en');

  test('say the same in both languages', () => {
    expect([...keysOf(ru)].toSorted()).toEqual([...keysOf(en)].toSorted());
    for (const [key, text] of Object.entries(en)) {
      const other = ru[key] ?? ru[plain(key)];
      if (other !== undefined) expect(holes(other), key).toEqual(holes(text));
    }
  });

  test('have all plural forms of their language and no empty text', () => {
    for (const [words, forms] of [
      [ru, ['one', 'few', 'many', 'other']],
      [en, ['one', 'other']],
    ] as const) {
      for (const key of Object.keys(words)) {
        if (!/_(?:one|few|many|other)$/.test(key)) continue;
        for (const form of forms) expect(words[`${plain(key)}_${form}`], `${plain(key)}_${form}`).toBeTruthy();
      }
      for (const [key, text] of Object.entries(words)) expect(text.trim(), key).not.toBe('');
    }
  });

  test('are in Russian where they should be: no exclamation marks, no straight quotes, «вы» small', () => {
    for (const [key, text] of Object.entries(ru)) {
      expect(text, key).not.toMatch(/!|"/);
      expect(text, key).not.toMatch(/(?<=[а-яё,] )(?:Вы|Вас|Вам|Ваш)/);
    }
  });
});

test('no screen asks for a word that is missing, and no word is kept that nobody asks for', () => {
  const known = new Set(folders.flatMap((folder) => [...keysOf(read(folder, 'ru'))]));
  const sources = ['apps/console', 'packages/ui', ...folders].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|^dist|node_modules/.test(name))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );
  const text = sources.join('\n');
  const asked = new Set(
    [...text.matchAll(/'((?:ui|shell|channel|screen)\.[a-z][\w.-]*)'/g)].map((found) => found[1] ?? ''),
  );
  expect([...asked].filter((key) => !known.has(key))).toEqual([]);
  // `screen.x.${value}` asks for all keys that begin so.
  const prefixes = [...text.matchAll(/`((?:ui|shell|channel|screen)\.[\w.-]*)\$\{/g)].map((found) => found[1] ?? '');
  // The timeline tells the facts of every slice by `screen.NAME.event.FACT`.
  const told = /^screen\.[a-z]+\.event\./;
  const idle = [...known].filter(
    (key) => !asked.has(key) && !told.test(key) && !prefixes.some((prefix) => key.startsWith(prefix)),
  );
  expect(idle).toEqual([]);
});

test('the access log has words for every action that routes write down', () => {
  const known = new Set(folders.flatMap((folder) => [...keysOf(read(folder, 'ru'))]));
  const slices = readdirSync(join(root, 'slices'));
  const routes = slices.flatMap((slice) =>
    readdirSync(join(root, 'slices', slice))
      .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
      .map((name) => readFileSync(join(root, 'slices', slice, name), 'utf8')),
  );
  const written = new Set([...routes.join('\n').matchAll(/audit: '([a-z.-]+)'/g)].map((found) => found[1] ?? ''));
  expect(written.size).toBeGreaterThan(60);
  expect([...written].filter((action) => !known.has(`screen.staff.action.${action}`))).toEqual([]);
});
