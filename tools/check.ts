/**
 * `npm run check`: types, lint, format, walls and dead code, as many at a time as there are cores.
 * Prints the time of each part and the whole output of those that failed.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { collect } from './spawn.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string): string => `${root}node_modules/.bin/${name}`;

interface Part {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const types = (name: string): Part => ({
  name: `types: ${name}`,
  program: bin('tsc'),
  args: ['-p', `tsconfig.${name}.json`, '--pretty', 'false'],
});

// The longest come first, so that two cores end at about the same time.
const parts: readonly Part[] = [
  { name: 'dead code', program: bin('knip'), args: ['--no-progress'] },
  { name: 'lint', program: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  types('node'),
  types('web'),
  types('browser'),
  types('pure'),
  { name: 'walls', program: process.execPath, args: ['tools/walls/main.ts'] },
  { name: 'format', program: bin('oxfmt'), args: ['--check', '.'] },
];

const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? parts : parts.filter((part) => wanted.some((word) => part.name.includes(word)));
if (chosen.length === 0) {
  console.error(`No such part. Parts: ${parts.map((part) => part.name).join(', ')}`);
  process.exit(1);
}

const startedAt = performance.now();
const queue = [...chosen];
let failed = 0;

async function work(): Promise<void> {
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    const { code, output, tookMs } = await collect(part.program, part.args, { cwd: root });
    if (code !== 0) failed += 1;
    const report = code === 0 ? '' : `\n${output.trimEnd()}\n`;
    console.log(
      `${code === 0 ? 'ok    ' : 'FAILED'} ${part.name.padEnd(16)} ${(tookMs / 1_000).toFixed(1)} s${report}`,
    );
  }
}

await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
console.log(
  `check: ${chosen.length - failed} of ${chosen.length} parts in order, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;
