import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join, posix } from 'node:path';
import { collect } from '../spawn.ts';
import { environmentReaders, floorOf, foreignTables } from './floors.ts';
import type { House, Source, Text, Unit, Violation } from './house.ts';

/** A workspace is entered by its door, and only from a higher floor that declares it. */
export function doorWall(house: House): Violation[] {
  return house.sources.flatMap((source) =>
    source.imports.flatMap((item) => {
      const what = refuseImport(house, source, item.text);
      return what === undefined ? [] : [{ wall: 'door', at: `${source.path}:${item.line}`, what }];
    }),
  );
}

function refuseImport(house: House, source: Source, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(source.path), specifier);
    const entered = house.units.find((unit) => target.startsWith(`${unit.folder}/`));
    if (target.startsWith('..')) return `${specifier} leaves the project`;
    if (entered === undefined && source.unit.folder !== '') return `${specifier} leaves ${source.unit.folder}`;
    if (entered === undefined || entered === source.unit) return undefined;
    return `${specifier} goes into ${entered.folder} past its door: import @ruslo/${entered.name}`;
  }
  const [, name, rest = ''] = /^@ruslo\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const target = house.units.find((unit) => unit.name === name);
  if (target === undefined) return `${specifier}: no such workspace`;
  if (target === source.unit) return `${specifier}: a workspace imports its own files by path`;
  if (!target.doors.includes(`.${rest}`)) return `${specifier}: ${target.folder}/package.json does not export .${rest}`;
  return refuseNeighbour(source, target);
}

function refuseNeighbour({ unit, isTest }: Source, target: Unit): string | undefined {
  // Tools and the root's own files stand above the house and may knock at every door.
  if (unit.folder === '') return undefined;
  const key = `@ruslo/${target.name}`;
  const isDeclared = unit.dependencies.has(key) || (isTest && unit.devDependencies.has(key));
  return isDeclared ? undefined : `${key} is not in the dependencies of ${unit.folder}/package.json`;
}

/** Every workspace has a floor, and depends only on lower floors; so there can be no circle of workspaces. */
export function floorWall(house: House): Violation[] {
  return house.units.flatMap((unit) => {
    const at = `${unit.folder}/package.json`;
    const floor = floorOf(unit.name);
    if (floor === -1) return [{ wall: 'floor', at, what: `${unit.name} has no floor in tools/walls/floors.ts` }];
    return [...unit.dependencies]
      .filter((key) => key.startsWith('@ruslo/'))
      .flatMap((key) => {
        const below = floorOf(key.slice('@ruslo/'.length));
        if (below !== -1 && below < floor) return [];
        return [{ wall: 'floor', at, what: `${key} is not on a lower floor than ${unit.name}` }];
      });
  });
}

const sqlPattern =
  /\b(?:select|insert\s+into|update|delete\s+from|merge\s+into|create|alter|drop|truncate|copy|with|from|join|lock|grant)\b/i;
/** A slice's SQL names only its own schema. */
export function schemaWall(house: House): Violation[] {
  const owners = new Set([
    ...house.units.filter((unit) => unit.folder.startsWith('slices/')).map((unit) => unit.name),
    ...foreignTables.map(({ table }) => table.split('.')[0] ?? ''),
  ]);
  const named = new RegExp(`(?<![\\w.'/@-])"?\\b(${[...owners].join('|')})"?\\."?([a-z_][a-z0-9_]*)`, 'gi');
  const refused = (unit: Unit, isTest: boolean, text: string): string[] =>
    [...text.matchAll(named)].flatMap(([, schema = '', table = '']) => {
      const name = `${schema}.${table}`.toLowerCase();
      if (schema.toLowerCase() === unit.name) return [];
      // A test may look at what was written to the log, but not into a neighbour's tables; tests of the whole may.
      if (isTest && (schema === 'log' || unit.folder.startsWith('apps/'))) return [];
      return isGranted(unit.name, name) ? [] : [name];
    });
  const looksLikeSql = ({ text }: Text): boolean => sqlPattern.test(text);
  const isGuarded = (unit: Unit): boolean => unit.folder !== '';
  return [
    ...house.sources
      .filter(({ unit }) => isGuarded(unit))
      .flatMap(({ path, unit, isTest, strings }) =>
        strings
          .filter(looksLikeSql)
          .flatMap((item) => refused(unit, isTest, item.text).map((name) => ({ at: `${path}:${item.line}`, name }))),
      ),
    ...house.sql
      .filter(({ unit }) => isGuarded(unit))
      .flatMap(({ path, unit, text }) =>
        refused(unit, false, text.replaceAll(/--.*$/gm, '')).map((name) => ({ at: path, name })),
      ),
  ].map(({ at, name }) => ({ wall: 'schema', at, what: `${name} is another's table` }));
}

const isGranted = (unit: string, name: string): boolean =>
  foreignTables.some(
    (grant) =>
      grant.unit === unit &&
      (grant.table === name || (grant.table.endsWith('.*') && name.startsWith(grant.table.slice(0, -1)))),
  );

/** The environment is read in one file. */
export function environmentWall(house: House): Violation[] {
  return house.sources
    .filter(({ path }) => environmentReaders[path] === undefined)
    .flatMap(({ path, environment }) =>
      environment.map((line) => ({
        wall: 'environment',
        at: `${path}:${line}`,
        what: 'reads the environment: take it from the config',
      })),
    );
}

/** What is pure compiles in a world without Node and DOM, and takes time and chance as parameters. */
export async function pureWall(house: House, tsc: string): Promise<Violation[]> {
  const { code, output } = await collect(tsc, ['-p', 'tsconfig.pure.json', '--pretty', 'false', '--listFiles'], {
    cwd: house.root,
  });
  const lines = output.split('\n').map((line) => line.trim());
  const faults = lines.filter((line) => /error TS\d+/.test(line));
  const files = new Set(
    lines.filter((line) => line.startsWith(house.root)).map((line) => line.slice(house.root.length).replace(/^\//, '')),
  );
  const pure = house.sources.filter(({ path }) => files.has(path));
  if (code !== 0 && faults.length === 0) throw new Error(`tsc could not run: ${output}`);
  // A compiler that looked at nothing finds nothing wrong.
  if (pure.length === 0) throw new Error('tsconfig.pure.json covers no file');
  return [
    ...faults.map((fault) => ({ wall: 'pure', at: fault.split('(')[0] ?? '', what: fault })),
    ...pure.flatMap(({ path, moments }) =>
      moments.map(({ text, line }) => ({
        wall: 'pure',
        at: `${path}:${line}`,
        what: `${text}: time and chance come in as parameters`,
      })),
    ),
  ];
}

/** Nothing of one machine or one network gets into what everybody installs from. */
export function lockWall(house: House): Violation[] {
  const violations: Violation[] = [];
  const add = (at: string, what: string): void => void violations.push({ wall: 'lock', at, what });
  const lock = readFileSync(join(house.root, 'package-lock.json'), 'utf8');
  for (const [index, line] of lock.split('\n').entries()) {
    if (/"resolved":\s*"https?:/.test(line)) add(`package-lock.json:${index + 1}`, 'names the address of a registry');
  }
  const npmrc = join(house.root, '.npmrc');
  if (
    existsSync(npmrc) &&
    /^\s*(?:@[^:]+:)?(?:registry|proxy|https-proxy)\s*=|_auth/im.test(readFileSync(npmrc, 'utf8'))
  )
    add('.npmrc', 'names a registry');
  const machine = [hostname(), homedir() === '/root' ? '' : homedir(), house.root].filter((name) => name.length > 5);
  for (const { path, strings } of house.sources) {
    for (const { text, line } of strings) {
      if (machine.some((name) => text.includes(name))) add(`${path}:${line}`, 'names this machine');
    }
  }
  return violations;
}

/** All walls over one house. */
export async function allWalls(house: House, tsc: string): Promise<Violation[]> {
  return [
    ...doorWall(house),
    ...floorWall(house),
    ...schemaWall(house),
    ...environmentWall(house),
    ...lockWall(house),
    ...(await pureWall(house, tsc)),
  ];
}
