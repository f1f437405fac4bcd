/**
 * Each wall is broken on purpose, in a small house of its own, and must be seen to refuse it.
 * The same small house without the breach must pass: a gate that always refuses proves nothing either.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../spawn.ts';
import { readHouse } from './house.ts';
import { allWalls, doorWall, environmentWall, floorWall, lockWall, pureWall, schemaWall } from './wall.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
const tsc = bin('tsc');

let house = '';

function put(path: string, text: string): void {
  mkdirSync(dirname(join(house, path)), { recursive: true });
  writeFileSync(join(house, path), text);
}

function putUnit(folder: string, dependencies: readonly string[] = []): void {
  const name = `@ruslo/${folder.split('/').at(-1)}`;
  const own = Object.fromEntries(dependencies.map((key) => [key, '0.1.0']));
  put(
    `${folder}/package.json`,
    JSON.stringify({ name, type: 'module', exports: { '.': './index.ts' }, dependencies: own }),
  );
  mkdirSync(join(house, 'node_modules/@ruslo'), { recursive: true });
  symlinkSync(join(house, folder), join(house, 'node_modules', name));
}

beforeEach(() => {
  house = realpathSync(mkdtempSync(join(tmpdir(), 'ruslo-walls-')));
  for (const file of ['tsconfig.base.json', 'tsconfig.pure.json', '.oxlintrc.json'])
    cpSync(join(root, file), join(house, file));
  put('package.json', JSON.stringify({ name: 'house', private: true, type: 'module' }));
  put('package-lock.json', '{}');
  putUnit('packages/kernel');
  put('packages/kernel/index.ts', 'export const one = 1;\n');
  putUnit('packages/platform', ['@ruslo/kernel']);
  put('packages/platform/index.ts', "export { one } from '@ruslo/kernel';\n");
  put('packages/platform/config.ts', 'export const port = process.env.PORT;\n');
  putUnit('slices/identity', ['@ruslo/kernel', '@ruslo/platform']);
  put('slices/identity/index.ts', "export { load } from './store.ts';\n");
  put('slices/identity/store.ts', "export const load = 'select id from identity.customer';\n");
  put('slices/identity/rules.ts', 'export const age = (now: number, born: number): number => now - born;\n');
  putUnit('slices/timeline', ['@ruslo/platform', '@ruslo/identity']);
  put('slices/timeline/index.ts', "import { load } from '@ruslo/identity';\nexport const text = load;\n");
  put(
    'slices/timeline/store.ts',
    "export const page = 'select * from log.event e join timeline.source s on s.id = e.source_id';\n",
  );
});

afterEach(() => rmSync(house, { recursive: true, force: true }));

const found = (violations: readonly { readonly at: string; readonly what: string }[]): string =>
  violations.map(({ at, what }) => `${at} ${what}`).join('\n');

it('lets the small house stand as it is', async () => {
  expect(found(await allWalls(readHouse(house), tsc))).toBe('');
});

it('finds this project in order', async () => {
  expect(found(await allWalls(readHouse(root), tsc))).toBe('');
});

describe('door', () => {
  const refused = (): string => found(doorWall(readHouse(house)));

  it.each([
    ['a relative path into a neighbour', "import '../identity/store.ts';", 'past its door'],
    ['a type by a relative path', "import type { load } from '../identity/store.ts';", 'past its door'],
    ['a type in place', "export type L = typeof import('../identity/store.ts');", 'past its door'],
    ['a re-export', "export * from '../identity/store.ts';", 'past its door'],
    ['a late import', "export const late = () => import('../identity/store.ts');", 'past its door'],
    ['a file behind the door', "import '@ruslo/identity/store.ts';", 'does not export'],
    ['a file of the root', "import '../../tools/check.ts';", 'leaves slices/timeline'],
    ['a neighbour that is not declared', "import '@ruslo/kernel';", 'not in the dependencies'],
    ['a workspace that does not exist', "import '@ruslo/nobody';", 'no such workspace'],
  ])('refuses %s', (_, code, reason) => {
    put('slices/timeline/breach.ts', `${code}\n`);
    expect(refused()).toMatch(new RegExp(`^slices/timeline/breach\\.ts:1 .*${reason}`));
  });

  it('is held by TypeScript and by Node as well', async () => {
    put('slices/timeline/rules.ts', "import { load } from '@ruslo/identity/store.ts';\nexport const text = load;\n");
    const types = await collect(tsc, ['-p', 'tsconfig.pure.json', '--pretty', 'false'], { cwd: house });
    expect(types.output).toContain(
      "slices/timeline/rules.ts(1,22): error TS2307: Cannot find module '@ruslo/identity/store.ts'",
    );
    const run = await collect(process.execPath, ['slices/timeline/rules.ts'], { cwd: house });
    expect(run.output).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe('floor', () => {
  it('refuses a dependency on a higher floor, and with it every circle of workspaces', () => {
    rmSync(join(house, 'node_modules/@ruslo/identity'));
    putUnit('slices/identity', ['@ruslo/timeline']);
    expect(found(floorWall(readHouse(house)))).toContain('@ruslo/timeline is not on a lower floor than identity');
  });

  it('refuses a workspace without a floor', () => {
    putUnit('slices/nobody');
    expect(found(floorWall(readHouse(house)))).toContain('nobody has no floor');
  });
});

describe('circle', () => {
  it('is refused by oxlint, also when only types go round', async () => {
    put('slices/identity/a.ts', "import type { B } from './b.ts';\nexport interface A {\n  b: B;\n}\n");
    put('slices/identity/b.ts', "import type { A } from './a.ts';\nexport interface B {\n  a: A;\n}\n");
    const { code, output } = await collect(bin('oxlint'), ['slices'], { cwd: house });
    expect(output).toContain('import(no-cycle)');
    expect(code).not.toBe(0);
  });

  it('is not seen where there is none', async () => {
    const { code, output } = await collect(bin('oxlint'), ['slices'], { cwd: house });
    expect(output).toContain('0 errors');
    expect(code).toBe(0);
  });
});

describe('lint', () => {
  it.each([
    ['any', 'export const a: any = 1;', 'no-explicit-any'],
    [
      'a promise that nobody waits for',
      'const wait = async (): Promise<void> => {};\nexport const a = (): void => {\n  wait();\n};',
      'no-floating-promises',
    ],
    [
      'a case that is forgotten',
      "export const a = (kind: 'x' | 'y'): void => {\n  switch (kind) {\n    case 'x':\n      break;\n  }\n};",
      'switch-exhaustiveness-check',
    ],
  ])('refuses %s', async (_, code, rule) => {
    put('tsconfig.json', '{ "extends": "./tsconfig.base.json", "include": ["slices"] }');
    put('slices/timeline/breach.ts', `${code}\n`);
    const { code: exit, output } = await collect(bin('oxlint'), ['--type-aware', 'slices'], { cwd: house });
    expect(output).toContain(rule);
    expect(exit).not.toBe(0);
  });
});

describe('schema', () => {
  const refused = (): string => found(schemaWall(readHouse(house)));

  it.each([
    ['a query', "export const q = 'select * from identity.customer';"],
    ['a query in a template', 'export const q = (n: number) => `select *\\n from identity.customer limit ${n}`;'],
    ['a quoted name', 'export const q = \'delete from "identity"."customer"\';'],
    ['a list of tables', "export const q = 'select 1 from timeline.source s, identity.customer c';"],
  ])("refuses a neighbour's table in %s", (_, code) => {
    put('slices/timeline/breach.ts', `${code}\n`);
    expect(refused()).toBe("slices/timeline/breach.ts:1 identity.customer is another's table");
  });

  it('refuses it in a migration', () => {
    put(
      'slices/timeline/migrations/0001_start.sql',
      'create table timeline.a (id uuid references identity.customer (id));\n',
    );
    expect(refused()).toContain('slices/timeline/migrations/0001_start.sql identity.customer');
  });

  it('opens the log only to those who are named', () => {
    put('slices/identity/breach.ts', "export const q = 'select * from log.event';\n");
    put('slices/timeline/breach.ts', "export const q = 'select * from log.follower';\n");
    expect(refused().split('\n').toSorted()).toEqual([
      "slices/identity/breach.ts:1 log.event is another's table",
      "slices/timeline/breach.ts:1 log.follower is another's table",
    ]);
  });

  it('lets only tests of the whole look into every table', () => {
    putUnit('apps/server');
    put('apps/server/breach.ts', "export const q = 'select * from identity.customer';\n");
    put('apps/server/whole.pg.test.ts', "export const q = 'select * from identity.customer';\n");
    put('slices/timeline/part.pg.test.ts', "export const q = 'select * from identity.customer';\n");
    expect(refused().split('\n').toSorted()).toEqual([
      "apps/server/breach.ts:1 identity.customer is another's table",
      "slices/timeline/part.pg.test.ts:1 identity.customer is another's table",
    ]);
  });

  it('lets names of facts and codes of problems pass', () => {
    put(
      'slices/timeline/fine.ts',
      "export const code = 'identity.not_found';\nexport const q = \"select * from timeline.x where name = 'identity.merged'\";\n",
    );
    expect(refused()).toBe('');
  });
});

describe('environment', () => {
  it.each([
    ['process.env', 'export const a = process.env.HOME;'],
    ['process["env"]', "export const a = process['env'];"],
    ['its import', "import { env } from 'node:process';\nexport const a = env;"],
    ['a destructured one', 'const { env } = process;\nexport const a = env;'],
    ['import.meta.env', 'export const a = import.meta.env;'],
  ])('refuses %s outside the config', (_, code) => {
    put('slices/timeline/breach.ts', `${code}\n`);
    expect(found(environmentWall(readHouse(house)))).toMatch(/^slices\/timeline\/breach\.ts:1 reads the environment/);
  });
});

describe('pure', () => {
  it.each([
    ['Node', "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;"],
    ['the process', 'export const a = process.pid;'],
    ['a timer', 'export const a = () => setTimeout(() => 1, 1);'],
    ['the DOM', 'export const a = document.body;'],
    ['the network', "export const a = fetch('http://127.0.0.1');"],
    ['the database through the platform', "import { port } from './store.ts';\nexport const a = port;"],
    ['the clock', 'export const a = () => Date.now();'],
    ['the clock of a new date', 'export const a = () => new Date();'],
    ['chance', 'export const a = () => Math.random();'],
  ])('refuses %s in rules.ts', async (_, code) => {
    put('slices/timeline/store.ts', 'export const port = process.pid;\n');
    put('slices/timeline/rules.ts', `${code}\n`);
    expect(found(await pureWall(readHouse(house), tsc))).toContain('slices/timeline/');
  });

  it('refuses to have looked at nothing', async () => {
    rmSync(join(house, 'packages'), { recursive: true });
    rmSync(join(house, 'slices'), { recursive: true });
    await expect(pureWall(readHouse(house), tsc)).rejects.toThrow();
  });
});

describe('lock', () => {
  const refused = (): string => found(lockWall(readHouse(house)));

  it('refuses the address of a registry in the lockfile', () => {
    put('package-lock.json', '{\n"resolved": "https://registry.example.test/a.tgz"\n}');
    expect(refused()).toBe('package-lock.json:2 names the address of a registry');
  });

  it('refuses a registry in .npmrc', () => {
    put('.npmrc', 'registry=https://registry.example.test/\n');
    expect(refused()).toContain('.npmrc names a registry');
  });

  it('refuses the name of this machine', () => {
    put('slices/timeline/breach.ts', `export const a = '${house}/x ${hostname()}';\n`);
    expect(refused()).toContain('names this machine');
  });
});
