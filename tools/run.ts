/**
 * `npm run bench -- NAME …` runs tools/bench/NAME.ts, `npm run drill -- NAME …` runs tools/drill/NAME.ts.
 * A program exports `main(args)`; what it measures it prints.
 */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [kind = '', name = '', ...args] = process.argv.slice(2);
const folder = new URL(`./${kind}/`, import.meta.url);
const program = new URL(`${name}.ts`, folder);

if (!/^[a-z0-9-]+$/.test(name) || !existsSync(program)) {
  const offered = existsSync(folder)
    ? readdirSync(folder).filter(
        (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('lib-'),
      )
    : [];
  console.error(
    `usage: npm run ${kind} -- NAME    NAME is one of: ${offered.map((file) => file.slice(0, -3)).join(', ')}`,
  );
  process.exit(2);
}

const loaded = (await import(program.href)) as { readonly main?: (args: readonly string[]) => Promise<void> };
if (loaded.main === undefined) throw new Error(`${fileURLToPath(program)} exports no main(args)`);
await loaded.main(args);
