/** Documents rot where nobody looks: links, variables and commands that they name must exist. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  ...globSync('*.md', { cwd: root }),
  ...globSync('docs/**/*.md', { cwd: root }),
  ...globSync('{packages,slices,apps}/*/README.md', { cwd: root }),
];

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

describe.each(documents)('%s', (path) => {
  const text = read(path);

  it('links only to what is there', () => {
    const links = matches(text, /\]\(([^)#\s]+)(?:#[^)]*)?\)/g).filter((link) => !/^(?:https?|mailto):/.test(link));
    expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
  });

  it('names only scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(matches(text, /npm run ([a-z-]+)/g).filter((name) => !(name in scripts))).toEqual([]);
  });
});

it('names every variable of the environment, and no other', () => {
  const variables = (text: string): string[] => [...new Set(matches(text, /\b(RUSLO_[A-Z_]+)\b/g))].toSorted();
  const used = variables(
    ['packages/platform/config.ts', 'packages/platform/testing.ts', 'packages/platform/testing-data.ts']
      .map(read)
      .join('\n'),
  );
  expect(variables(read('docs/reference/configuration.md'))).toEqual(used);
});

it('lists every fact of the contracts, and none that nobody writes', async () => {
  const listed = matches(read('docs/reference/facts.md'), /`([a-z]+\.[a-z-]+)`/g);
  const contracts = globSync('slices/*/contract.ts', { cwd: root });
  const modules = await Promise.all(contracts.map((path) => import(join(root, path)) as Promise<{ facts?: object }>));
  const declared = modules.flatMap(({ facts = {} }) => Object.keys(facts));
  expect(declared.filter((name) => !listed.includes(name))).toEqual([]);
  const sources = globSync('slices/*/*.ts', { cwd: root }).map(read).join('\n');
  // Steps are told by a name that is put together: `fulfilment.${step}`.
  const isWritten = (name: string): boolean => {
    const [head = '', tail = ''] = name.split('.');
    return sources.includes(`'${name}'`) || (sources.includes(`\`${head}.\${`) && sources.includes(`'${tail}'`));
  };
  const ofPurses = /^(?:points|card|credit)\./;
  expect(listed.filter((name) => !isWritten(name) && !ofPurses.test(name))).toEqual([]);
});

it('numbers each decision once', () => {
  const numbers = globSync('*.md', { cwd: join(root, 'docs/adr') }).map((name) => name.slice(0, 4));
  expect(numbers).toEqual([...new Set(numbers)]);
});
