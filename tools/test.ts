/**
 * `npm test [-- FILTER…]`: walls, pure, Postgres, chDB and browser tests; ends with one line
 * `tests: N passed, N failed, N skipped`. Names what was skipped, and why.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Longer than any honest run on two cores; a test that hangs must not hang who waits for it. */
const limitMs = 9.5 * 60_000;

interface Case {
  readonly status: string;
  readonly ancestorTitles: readonly string[];
  readonly title: string;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly Case[];
  }[];
}

/** Runs vitest and returns its exit code; after the limit it is ended with all that it started. */
async function runVitest(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // Whoever ends us means vitest and its stores as well.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => child.kill(name));
  const timer = setTimeout(() => {
    console.error(`npm test: not done after ${limitMs / 60_000} minutes, ended`);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
  }, limitMs);
  return await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'ruslo-test-'));
const reportPath = join(folder, 'report.json');
const code = await runVitest([
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${reportPath}`,
  ...process.argv.slice(2),
]);
const report = readReport(reportPath);
rmSync(folder, { recursive: true, force: true });

const files = report?.testResults ?? [];
const cases = files.flatMap((file) => file.assertionResults);
const passed = cases.filter(({ status }) => status === 'passed').length;
const skipped = cases.filter(({ status }) => status !== 'passed' && status !== 'failed').length;
// A file that broke before its first test failed as a whole, and counts as one.
const broken = files.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((item) => item.status === 'failed'),
);
let failed = cases.filter(({ status }) => status === 'failed').length + broken.length;
// A run that ended badly without saying where (a crash, the time limit, an unhandled error) is a failure too.
if (code !== 0 && failed === 0) failed = 1;

for (const file of files) {
  const names = file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const suites = new Set(names.map(({ ancestorTitles, title }) => ancestorTitles[0] ?? title));
  for (const suite of suites) console.log(`skipped: ${relative(root, file.name)}: ${suite}`);
}
for (const { name, message = '' } of broken) console.log(`broken: ${relative(root, name)}: ${message.split('\n')[0]}`);
console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = code === 0 && failed === 0 && passed > 0 ? 0 : 1;
