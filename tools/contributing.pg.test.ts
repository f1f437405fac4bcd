/**
 * Follows CONTRIBUTING.md to the letter in a copy of the house: writes each block that names a file, does the small edits
 * of the steps between them, and expects walls, types, lint and the new slice's own tests to pass.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect } from './spawn.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
const left = new Set(['node_modules', 'dist', 'data', '.git', '.cache']);
let copy = '';

const edit = (path: string, from: string, to: string): void => {
  const text = readFileSync(join(copy, path), 'utf8');
  expect(text, `${path} has the place for the new line`).toContain(from);
  writeFileSync(join(copy, path), text.replace(from, to));
};

/** The installed packages are links into the real ones; only the workspaces are the copy's own. */
function linkPackages(): void {
  mkdirSync(join(copy, 'node_modules/@ruslo'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@ruslo') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  for (const kind of ['packages', 'slices', 'connectors', 'apps', 'lab']) {
    for (const name of readdirSync(join(copy, kind))) {
      const called = kind === 'lab' ? `lab-${name}` : name;
      symlinkSync(join(copy, kind, name), join(copy, 'node_modules/@ruslo', called));
      const own = join(root, kind, name, 'node_modules');
      try {
        if (readdirSync(own).length > 0) symlinkSync(own, join(copy, kind, name, 'node_modules'));
      } catch {
        // It has no packages of its own.
      }
    }
  }
}

beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'ruslo-contributing-')));
  cpSync(root, copy, { recursive: true, filter: (path) => !left.has(basename(path)) });
  const blocks = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm);
  for (const [, path = '', text = ''] of blocks) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  edit('tools/walls/floors.ts', "['timeline'", "['timeline', 'note'");
  edit('apps/server/slices.ts', 'export const slices', "import { note } from '@ruslo/note';\n\nexport const slices");
  edit('apps/server/slices.ts', '  timeline,', '  timeline,\n  note,');
  edit('apps/server/package.json', '"@ruslo/kernel"', '"@ruslo/note": "0.1.0",\n    "@ruslo/kernel"');
  linkPackages();
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

it('keeps the walls', async () => {
  const { output } = await collect(process.execPath, ['tools/walls/main.ts'], { cwd: copy });
  expect(output).toMatch(/walls: \d+ breaches in \d{3,} files/);
  expect(output.split('\n').filter((line) => line.includes('note'))).toEqual([]);
});

it('has its types and its lint in order', async () => {
  const types = await collect(bin('tsc'), ['-p', 'tsconfig.node.json', '--pretty', 'false'], { cwd: copy });
  expect(types.output.split('\n').filter((line) => line.startsWith('slices/note/'))).toEqual([]);
  const lint = await collect(bin('oxlint'), ['--type-aware', 'slices/note'], { cwd: copy });
  expect(lint.output).toContain('0 errors');
});

it('passes its own tests', async () => {
  const { output, code } = await collect(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', copy, 'slices/note'],
    { cwd: copy },
  );
  expect(code, output).toBe(0);
  expect(output).toMatch(/2 passed/);
});
