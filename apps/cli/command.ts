import { candidatePairs, clustersOf, linkAll, normalise, prepareRecord, train } from '@ruslo/identity';
import type { LinkageRecord } from '@ruslo/identity';
import type { House } from '@ruslo/platform';
import { openCsv } from './csv-file.ts';
import { loadDemo } from './demo/load.ts';
import { openCommandHouse } from './house.ts';
import { importCustomers } from './import-customers.ts';
import { importReceipts } from './import-receipts.ts';
import type { ImportSummary } from './import-receipts.ts';
import { linkCustomers, measureClusters, measureJoins } from './link.ts';
import type { Measured } from './link.ts';
import { UsageError } from './mapping.ts';
import { openProgress, thousands } from './progress.ts';

/** What the commands of main.ts do, and what they print. */

export type Flags = {
  data?: string | undefined;
  map?: string[] | undefined;
  'map-file'?: string | undefined;
  delimiter?: string | undefined;
  system?: string | undefined;
  restart?: boolean | undefined;
  'dry-run'?: boolean | undefined;
  'force-vanish'?: boolean | undefined;
  'card-from'?: string | undefined;
  'card-prefix'?: string | undefined;
  currency?: string | undefined;
  zone?: string | undefined;
  coupons?: string | undefined;
  proven?: string | undefined;
  truth?: string | undefined;
  train?: boolean | undefined;
  'no-link'?: boolean | undefined;
  customers?: string | undefined;
  seed?: string | undefined;
  events?: string | undefined;
};

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

function whole(name: string, text: string | undefined, otherwise: number, most: number, least = 1): number {
  const value = text === undefined ? otherwise : Number(text.replaceAll(/[_,]/g, ''));
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UsageError(`--${name}: a whole number from ${least} to ${most}, not "${text}"`);
  return value;
}

export const common = (flags: Flags): { map: string[]; mapFile: string | undefined; delimiter: string; system: string; restart: boolean } => ({
  map: flags.map ?? [], mapFile: flags['map-file'], delimiter: flags.delimiter ?? ',', system: flags.system ?? 'import', restart: flags.restart ?? false,
}); // prettier-ignore

export async function runImportReceipts(file: string, flags: Flags): Promise<void> {
  const zone = flags.zone ?? '+03:00';
  if (!/^(?:Z|[+-]\d\d:\d\d)$/.test(zone)) throw new UsageError('--zone: such as +03:00');
  const opened = await openCommandHouse(flags);
  try {
    const began = performance.now();
    const summary = await importReceipts(opened.house, {
      ...common(flags), file, zone, currency: flags.currency ?? 'RUB', cardFrom: flags['card-from'], cardPrefix: flags['card-prefix'] ?? '29', coupons: flags.coupons,
    }); // prettier-ignore
    printSummary(file, summary, began);
    print(`receipts         ${thousands(summary.receipts)}`);
  } finally {
    await opened.close();
  }
}

export async function runImportCustomers(file: string, flags: Flags): Promise<void> {
  const opened = await openCommandHouse(flags);
  try {
    const began = performance.now();
    const system = common(flags).system;
    const summary = await importCustomers(opened.house, {
      ...common(flags),
      file,
      proven: (flags.proven ?? '').split(',').filter((kind) => kind !== ''),
    });
    printSummary(file, summary, began);
    for (const [what, count] of Object.entries(summary.leftOut))
      print(`left out         ${thousands(count)} × ${what}`);
    if (flags['no-link'] !== true) await link(opened.house);
    if (flags.truth !== undefined)
      printMeasured(
        await measureJoins(opened.house, system, await readTruth(file, flags, flags.truth)),
        'in the database',
      );
  } finally {
    await opened.close();
  }
}

export async function runLink(flags: Flags): Promise<void> {
  const opened = await openCommandHouse(flags);
  try {
    await link(opened.house);
  } finally {
    await opened.close();
  }
}

async function link(house: House): Promise<void> {
  const done = await linkCustomers(house, process.stderr);
  print(
    `linkage          ${thousands(done.persons)} persons, ${thousands(done.pairs)} pairs compared: ${thousands(done.joined)} joined, ${thousands(done.suggested)} suggested, ${done.seconds.toFixed(1)} s`,
  );
}

export function printSummary(
  file: string,
  summary: Pick<ImportSummary, 'rows' | 'imported' | 'there' | 'rejected' | 'rejectedFile' | 'resumedAt'>,
  began: number,
): void {
  const seconds = (performance.now() - began) / 1000;
  print(
    `${file}: ${thousands(summary.rows)} rows in ${seconds.toFixed(1)} s (${thousands(Math.round(summary.rows / seconds))}/s)`,
  );
  if (summary.resumedAt > 0) print(`went on after    ${thousands(summary.resumedAt)}`);
  print(`imported         ${thousands(summary.imported)}`);
  print(`already there    ${thousands(summary.there)}`);
  print(
    `rejected         ${thousands(summary.rejected)}${summary.rejectedFile === undefined ? '' : `  see ${summary.rejectedFile}`}`,
  );
  const sum = summary.imported + summary.there + summary.rejected;
  print(
    `together         ${thousands(sum)}${sum === summary.rows ? '' : `  NOT the ${thousands(summary.rows)} rows of the file`}`,
  );
}

function printMeasured(measured: Measured, where: string): void {
  print(
    `joins ${where}: ${thousands(measured.rightPairs)} of ${thousands(measured.joinedPairs)} pairs right, of ${thousands(measured.truePairs)} true pairs of ${thousands(measured.records)} records`,
  );
  print(
    `precision ${measured.precision.toFixed(4)}  recall ${measured.recall.toFixed(4)}  F1 ${measured.f1.toFixed(4)}`,
  );
}

async function readTruth(file: string, flags: Flags, column: string): Promise<Map<string, string>> {
  const idColumn = (flags.map ?? []).find((one) => one.startsWith('id='))?.slice(3) ?? 'record_id';
  const truth = new Map<string, string>();
  for await (const { values } of (await openCsv(file, flags.delimiter ?? ',')).rows()) {
    if (values === undefined) continue;
    const [id, person] = [values[idColumn], values[column]];
    if (id === undefined || person === undefined)
      throw new UsageError(`--truth: the file has no columns "${idColumn}" and "${column}"`);
    truth.set(id, person);
  }
  return truth;
}

export async function runDemo(flags: Flags): Promise<void> {
  const customers = whole('customers', flags.customers, 10_000, 20_000_000);
  const seed = whole('seed', flags.seed, 2026, 2_147_483_647);
  const opened = await openCommandHouse(flags);
  try {
    const began = performance.now();
    const progress = openProgress('demo     ', customers);
    const done = await loadDemo(opened.house, {
      customers, seed,
      eventsPerCustomer: flags.events === undefined ? undefined : whole('events', flags.events, 18, 1000, 0),
      onProgress: (so) => progress.show(so.customers, so.events),
    }); // prettier-ignore
    progress.end();
    const seconds = (performance.now() - began) / 1000;
    print(
      `Маяк: ${thousands(done.customers)} customers, ${thousands(done.events)} events, ${thousands(done.orders)} orders, ${thousands(done.joins)} joins, ${thousands(done.suggestions)} suggestions in ${seconds.toFixed(1)} s`,
    );
    print(
      `${thousands(Math.round(done.customers / seconds))} customers/s, ${thousands(Math.round(done.events / seconds))} events/s${done.skipped > 0 ? `; ${thousands(done.skipped)} customers were there already` : ''}`,
    );
  } finally {
    await opened.close();
  }
}

/** Linkage on a file of records, in memory: what the constants in the code were learned and measured with. */
export async function runLinkage(file: string, flags: Flags): Promise<void> {
  const { records, truth } = await readRecords(file, flags);
  const began = performance.now();
  const prepared = records.map(prepareRecord);
  const model = flags.train === true ? train(prepared, candidatePairs(prepared)) : undefined;
  const found = linkAll(records, model === undefined ? {} : { model });
  print(
    `${thousands(records.length)} records, ${thousands(found.pairs)} pairs compared, ${thousands(found.joins.length)} joins, ${thousands(found.suggestions.length)} suggestions, ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  const clusters = clustersOf(
    records.map((record) => record.id),
    found.joins,
  );
  printMeasured(measureClusters(truth, clusters), 'inside the clusters');
  if (model !== undefined)
    print(
      JSON.stringify(model, null, 1).replaceAll(
        /\[\s+([^\]]+?)\s+\]/g,
        (_all, inner: string) => `[${inner.replaceAll(/\s+/g, ' ')}]`,
      ),
    );
}

/** Records with the columns record_id, first_name, middle_name, last_name, birth_date, phone, email, card, city, address. */
export async function readRecords(file: string, flags: Flags): Promise<{ records: LinkageRecord[]; truth: string[] }> {
  const records: LinkageRecord[] = [];
  const truth: string[] = [];
  for await (const { values, line } of (await openCsv(file, flags.delimiter ?? ',')).rows()) {
    if (values === undefined) continue;
    const own = (kind: string): string[] => {
      const normal = normalise(kind, values[kind] ?? '');
      return normal.ok ? [normal.value] : [];
    };
    records.push({
      id: values['record_id'] ?? String(line),
      name: { first: values['first_name'], middle: values['middle_name'], last: values['last_name'] },
      birthDate: values['birth_date'], phones: own('phone'), emails: own('email'), cards: own('card'), city: values['city'], address: values['address'],
    }); // prettier-ignore
    truth.push(values[flags.truth ?? 'person_id'] ?? '');
  }
  return { records, truth };
}
