import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentValue } from './config.ts';

/**
 * Folder of a data set that is too large for the repository, such as `ru-linkage`; undefined where it is missing.
 * It is looked for in `$RUSLO_SHARED/data`, else in `../shared/data` beside the project. Suites that need one say
 * `describe.skipIf(sharedData('ru-linkage') === undefined)('… (needs ../shared/data/ru-linkage)', …)`.
 */
export function sharedData(name: string): string | undefined {
  const shared = environmentValue('RUSLO_SHARED') ?? fileURLToPath(new URL('../../../shared', import.meta.url));
  const folder = join(shared, 'data', name);
  return existsSync(folder) ? folder : undefined;
}
