import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** One workspace: `packages/*`, `slices/*`, `connectors/*`, `apps/*` or `lab/*`. What lies in no workspace belongs to the root. */
export interface Unit {
  /** Name of the folder, such as `identity`, with `lab-` before an emulator's; empty for the root. */
  readonly name: string;
  /** Path from the root with `/`, such as `slices/identity`; empty for the root. */
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
  /** Sub-paths that `exports` opens, such as `.` and `./screens`. */
  readonly doors: readonly string[];
}

export interface Text {
  readonly text: string;
  readonly line: number;
}

export interface Source {
  readonly path: string;
  readonly unit: Unit;
  readonly isTest: boolean;
  readonly imports: readonly Text[];
  readonly strings: readonly Text[];
  /** Lines on which the environment is read. */
  readonly environment: readonly number[];
  /** Uses of time and chance, such as `Date.now`. */
  readonly moments: readonly Text[];
}

export interface House {
  readonly root: string;
  readonly units: readonly Unit[];
  readonly sources: readonly Source[];
  readonly sql: readonly { readonly path: string; readonly unit: Unit; readonly text: string }[];
}

/** What a wall found: where, and what is not allowed. */
export interface Violation {
  readonly wall: string;
  readonly at: string;
  readonly what: string;
}

const skipped = new Set(['node_modules', 'dist', 'data', '.git', '.cache']);
const sourcePattern = /\.(?:ts|tsx|mts|js|mjs)$/;

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (skipped.has(entry.name) || entry.name.startsWith('dist.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly exports?: Record<string, unknown>;
}

function readUnit(root: string, folder: string): Unit {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
  return {
    name:
      folder
        .replace(/^lab\//, 'lab-')
        .split('/')
        .at(-1) ?? '',
    folder,
    dependencies: new Set(Object.keys(manifest.dependencies ?? {})),
    devDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
    doors: Object.keys(manifest.exports ?? {}),
  };
}

/** Reads every workspace and source file under `root`. */
export function readHouse(root: string): House {
  const paths = [...walk(root)].map((path) => relative(root, path).split(sep).join('/'));
  const folders = paths.flatMap(
    (path) => /^((?:packages|slices|connectors|apps|lab)\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? [],
  );
  const outside = readUnit(root, '');
  const units = folders.map((folder) => readUnit(root, folder));
  const unitOf = (path: string): Unit => units.find((unit) => path.startsWith(`${unit.folder}/`)) ?? outside;
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  return {
    root,
    units,
    sources: paths.filter((path) => sourcePattern.test(path)).map((path) => readSource(path, unitOf(path), read(path))),
    sql: paths.filter((path) => path.endsWith('.sql')).map((path) => ({ path, unit: unitOf(path), text: read(path) })),
  };
}

interface Node {
  readonly type: string;
  readonly start: number;
}

const nameOf = (node: unknown): string => {
  const named = node as { name?: unknown; value?: unknown } | null | undefined;
  return typeof named?.name === 'string' ? named.name : typeof named?.value === 'string' ? named.value : '';
};

/** Parses one file and collects what the walls look at. */
export function readSource(path: string, unit: Unit, code: string): Source {
  const { program, module, errors } = parseSync(path, code);
  const fault = errors[0];
  if (fault !== undefined) throw new SyntaxError(`${path}: ${fault.message}`);
  const starts = [0];
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineOf = (offset: number): number => starts.findLastIndex((start) => start <= offset) + 1;

  const imports: Text[] = [
    ...module.staticImports.map((item) => ({ text: item.moduleRequest.value, line: lineOf(item.start) })),
    ...module.staticExports.flatMap((item) =>
      item.entries.flatMap((entry) =>
        entry.moduleRequest ? [{ text: entry.moduleRequest.value, line: lineOf(item.start) }] : [],
      ),
    ),
  ];
  const strings: Text[] = [];
  const environment: number[] = [];
  const moments: Text[] = [];
  const addString = (node: Node, text: string): void => {
    strings.push({ text, line: lineOf(node.start) });
  };

  new Visitor({
    ImportExpression: (node) => {
      if (node.source.type === 'Literal') imports.push({ text: String(node.source.value), line: lineOf(node.start) });
    },
    TSImportType: (node) => {
      imports.push({ text: nameOf(node.source), line: lineOf(node.start) });
    },
    ImportDeclaration: (node) => {
      const fromProcess = /^(?:node:)?process$/.test(node.source.value);
      if (fromProcess && node.specifiers.some((item) => 'imported' in item && nameOf(item.imported) === 'env')) {
        environment.push(lineOf(node.start));
      }
    },
    VariableDeclarator: (node) => {
      if (node.init?.type !== 'Identifier' || node.init.name !== 'process' || node.id.type !== 'ObjectPattern') return;
      const names = node.id.properties.map((item) => ('key' in item ? nameOf(item.key) : ''));
      if (names.includes('env')) environment.push(lineOf(node.start));
    },
    NewExpression: (node) => {
      if (nameOf(node.callee) === 'Date' && node.arguments.length === 0) {
        moments.push({ text: 'new Date()', line: lineOf(node.start) });
      }
    },
    MemberExpression: (node) => {
      const text = `${nameOf(node.object)}.${nameOf(node.property)}`;
      const isMeta = node.object.type === 'MetaProperty' && nameOf(node.property) === 'env';
      if (text === 'process.env' || isMeta) environment.push(lineOf(node.start));
      if (['Date.now', 'Math.random', 'Temporal.Now', 'performance.now'].includes(text)) {
        moments.push({ text, line: lineOf(node.start) });
      }
    },
    Literal: (node) => {
      if (typeof node.value === 'string') addString(node, node.value);
    },
    TemplateLiteral: (node) => {
      // A hole becomes a space: `from ${schema}.person` names nothing here.
      addString(node, node.quasis.map((quasi) => quasi.value.raw).join(' '));
    },
  }).visit(program);

  // What tests share is of the tests: `testing.ts`, `testing-goods.ts`.
  const isTest = /(?:\.test\.tsx?|(?:^|\/)testing(?:-[\w-]+)?\.ts)$/.test(path);
  return { path, unit, isTest, imports, strings, environment, moments };
}
