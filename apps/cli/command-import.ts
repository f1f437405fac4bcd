import type { OpenHouse } from '@ruslo/platform';
import { common, print, printSummary } from './command.ts';
import type { Flags } from './command.ts';
import { openCommandHouse } from './house.ts';
import { importCatalog } from './import-catalog.ts';
import { importPrices, importStock } from './import-level.ts';
import type { ImportLevelOptions, ImportLevelSummary } from './import-level.ts';
import { thousands } from './progress.ts';

/** The imports of what is sold: what they do, and what they print. */

export async function runImportCatalog(file: string, flags: Flags): Promise<void> {
  const opened = await openCommandHouse(flags);
  const dryRun = flags['dry-run'] ?? false;
  try {
    const began = performance.now();
    const summary = await importCatalog(opened.house, {
      ...common(flags), file, currency: flags.currency ?? 'RUB', dryRun, forceVanish: flags['force-vanish'] ?? false,
    }); // prettier-ignore
    if (dryRun) print('Nothing was changed: this is what would be.');
    printSummary(file, summary, began);
    print(`new              ${thousands(summary.new)}${examples(summary.examples.new)}`);
    print(`changed          ${thousands(summary.changed)}${examples(summary.examples.changed)}`);
    print(
      `categories       ${thousands(summary.categories)} new or changed; attributes declared: ${summary.attributes}`,
    );
    print(`vanished         ${thousands(summary.vanished)}${examples(summary.examples.vanished)}`);
    if (!dryRun) print(`withdrawn        ${thousands(summary.withdrawn)}`);
    for (const [what, count] of Object.entries(summary.leftOut))
      print(`told             ${thousands(count)} × ${what}`);
    if (summary.brake === undefined) return;
    print(`BRAKE            ${summary.brake}`);
    process.exitCode = 1;
  } finally {
    await opened.close();
  }
}

const examples = (lines: readonly string[]): string => lines.map((line) => `\n                   ${line}`).join('');

export const runImportPrices = (file: string, flags: Flags): Promise<void> => run(file, flags, importPrices);
export const runImportStock = (file: string, flags: Flags): Promise<void> => run(file, flags, importStock);

async function run(
  file: string,
  flags: Flags,
  work: (house: OpenHouse, options: ImportLevelOptions) => Promise<ImportLevelSummary>,
): Promise<void> {
  const opened = await openCommandHouse(flags);
  const dryRun = flags['dry-run'] ?? false;
  try {
    const began = performance.now();
    const { system: _system, ...told } = common(flags);
    const summary = await work(opened.house, { ...told, file, dryRun });
    if (dryRun) print('Nothing was changed: this is what would be.');
    printSummary(file, summary, began);
    if (summary.examples.length > 0) print(`such as${examples(summary.examples)}`);
  } finally {
    await opened.close();
  }
}
