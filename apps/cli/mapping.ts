import { readFile } from 'node:fs/promises';

/** Field of ours → column of the file. */
export type Mapping = ReadonlyMap<string, string>;

export class UsageError extends Error {}

/**
 * The mapping of an import: our own column names first, over them a JSON file (`{"card": "household_id"}`), over that
 * the flags `--map card=household_id`. An empty column leaves a field out.
 */
export async function readMapping(
  fields: readonly string[],
  aliases: Readonly<Record<string, readonly string[]>>,
  columns: readonly string[],
  file: string | undefined,
  flags: readonly string[],
): Promise<Mapping> {
  const mapping = new Map<string, string>();
  for (const field of fields) {
    const column = [field, ...(aliases[field] ?? [])].find((name) => columns.includes(name));
    if (column !== undefined) mapping.set(field, column);
  }
  const given: [string, string][] = [];
  if (file !== undefined) {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null)
      throw new UsageError(`${file}: expected an object of field → column`);
    for (const [field, column] of Object.entries(parsed)) given.push([field, String(column)]);
  }
  for (const flag of flags) {
    const at = flag.indexOf('=');
    if (at < 1) throw new UsageError(`--map ${flag}: expected field=column`);
    given.push([flag.slice(0, at), flag.slice(at + 1)]);
  }
  for (const [field, column] of given) {
    if (!fields.includes(field))
      throw new UsageError(`there is no field "${field}"; the fields are: ${fields.join(', ')}`);
    if (column === '') mapping.delete(field);
    else if (!columns.includes(column))
      throw new UsageError(`the file has no column "${column}"; it has: ${columns.join(', ')}`);
    else mapping.set(field, column);
  }
  return mapping;
}
