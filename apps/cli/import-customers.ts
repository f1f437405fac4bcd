import { addCustomers, normalise } from '@ruslo/identity';
import type { AddedCustomer } from '@ruslo/identity';
import type { OpenHouse } from '@ruslo/platform';
import { ensureSource } from '@ruslo/timeline';
import { Checkpoint } from './checkpoint.ts';
import type { Counts } from './checkpoint.ts';
import { openCsv } from './csv-file.ts';
import type { ImportSummary } from './import-receipts.ts';
import { readMapping, UsageError } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import { openProgress } from './progress.ts';
import type { Output } from './progress.ts';

export const customerFields = [
  'id', 'first', 'middle', 'last', 'birthDate', 'phone', 'email', 'card', 'userId', 'telegram', 'vk', 'city', 'address', 'createdAt',
] as const; // prettier-ignore

const aliases: Readonly<Record<string, readonly string[]>> = {
  id: ['record_id', 'customer_id', 'external_id', 'uid'],
  first: ['first_name', 'firstName', 'name'],
  middle: ['middle_name', 'middleName', 'patronymic'],
  last: ['last_name', 'lastName', 'surname'],
  birthDate: ['birth_date', 'birthday', 'birthdate'],
  phone: ['phone_number', 'tel'],
  email: ['e-mail', 'mail'],
  card: ['card_number', 'bonus_card'],
  userId: ['user_id'],
  createdAt: ['created_at', 'registered_at'],
};

export type ImportCustomersOptions = {
  file: string;
  map: readonly string[];
  mapFile?: string | undefined;
  delimiter: string;
  /** Names the other system; a customer's id there becomes the identifier `external:<system>`. */
  system: string;
  /** Kinds that the other system has proved, such as a phone by a one-time code: they join by themselves. */
  proven: readonly string[];
  restart: boolean;
  output?: Output | undefined;
};

export type ImportCustomersSummary = ImportSummary & { leftOut: Record<string, number> };

const batchSize = 1000;

/**
 * Brings customers of another system in: each row a customer with her id there and what she claimed of herself. A row
 * that is there already stays as it is. Who is the same person is decided afterwards, by linkage.
 */
export async function importCustomers(
  house: OpenHouse,
  options: ImportCustomersOptions,
): Promise<ImportCustomersSummary> {
  const { output: _output, restart, ...told } = options;
  if (!/^[a-z0-9][a-z0-9_.-]{0,39}$/.test(options.system))
    throw new UsageError('--system: small letters, digits, ".", "_", "-"; at most 40');
  const checkpoint = await Checkpoint.open(options.file, told, restart, house.config.dataFolder);
  const counts: Counts =
    checkpoint.resumed === undefined
      ? { rows: 0, imported: 0, there: 0, rejected: 0 }
      : { ...checkpoint.resumed.counts };
  const done = checkpoint.resumed?.done ?? 0;
  const leftOut: Record<string, number> = {};
  const csv = await openCsv(options.file, options.delimiter);
  const source = await ensureSource(house, {
    name: `Импорт клиентов: ${options.system}`,
    kind: 'import',
    channel: 'system',
    owner: options.system,
  });
  const progress = openProgress('importing', csv.bytes, options.output, done);
  let mapping: Mapping | undefined;
  let rows = 0;
  let batch: AddedCustomer[] = [];
  let bad: { line: number; reason: string; raw: string }[] = [];
  const settle = async (): Promise<void> => {
    const added = await house.db.retry((tx) => addCustomers(tx, batch, 'import'));
    for (const { isNew } of added) counts[isNew ? 'imported' : 'there'] += 1;
    counts.rows = rows;
    counts.rejected += bad.length;
    await checkpoint.reject(bad);
    checkpoint.save(rows, counts);
    [batch, bad] = [[], []];
    progress.show(csv.readBytes(), rows);
  };
  for await (const row of csv.rows()) {
    if (rows >= done && batch.length + bad.length >= batchSize) await settle();
    rows += 1;
    if (rows <= done) continue;
    let reason = row.fault;
    if (row.values !== undefined) {
      mapping ??= await readMapping(customerFields, aliases, Object.keys(row.values), options.mapFile, options.map);
      if (!mapping.has('id'))
        throw new UsageError(
          `say which column is the customer's id there: --map id=COLUMN. The file has: ${Object.keys(row.values).join(', ')}`,
        );
      const found = readCustomer(row.values, mapping, options, source.id, house.clock.now(), leftOut);
      if (typeof found === 'string') reason = found;
      else batch.push(found);
    }
    if (reason !== undefined) bad.push({ line: row.line, reason, raw: row.raw });
  }
  await settle();
  progress.show(csv.bytes, rows);
  progress.end();
  checkpoint.finish();
  return {
    ...counts,
    receipts: 0,
    leftOut,
    rejectedFile: counts.rejected > 0 ? checkpoint.rejectedPath : undefined,
    resumedAt: done,
  };
}

/** One row as a customer; a string tells why it cannot be one. A contact that is no contact is left out and counted, not the whole row. */
export function readCustomer(
  values: Record<string, string>,
  mapping: Mapping,
  options: Pick<ImportCustomersOptions, 'system' | 'proven'>,
  sourceId: string,
  now: Date,
  leftOut: Record<string, number>,
): AddedCustomer | string {
  const get = (field: string): string => values[mapping.get(field) ?? ''] ?? '';
  const kind = `external:${options.system}`;
  const own = normalise(kind, get('id'));
  if (!own.ok) return `id ${own.code}: "${get('id').slice(0, 80)}"`;
  const identifiers: { kind: string; value: string; proof: 'proven' | 'claimed' }[] = [
    { kind, value: own.value, proof: 'proven' },
  ];
  const kinds = [
    ['user_id', 'userId'],
    ['card', 'card'],
    ['phone', 'phone'],
    ['email', 'email'],
    ['telegram', 'telegram'],
    ['vk', 'vk'],
  ] as const;
  for (const [identifier, field] of kinds) {
    const raw = get(field);
    if (raw === '') continue;
    const normal = normalise(identifier, raw);
    if (normal.ok)
      identifiers.push({
        kind: identifier,
        value: normal.value,
        proof: options.proven.includes(identifier) ? 'proven' : 'claimed',
      });
    else leftOut[`${field} ${normal.code}`] = (leftOut[`${field} ${normal.code}`] ?? 0) + 1;
  }
  const createdAt = get('createdAt') === '' ? now : new Date(get('createdAt'));
  if (Number.isNaN(createdAt.getTime())) return `not a time: "${get('createdAt')}"`;
  const birthDate = calendarDay(get('birthDate'));
  if (get('birthDate') !== '' && birthDate === undefined)
    leftOut['birthDate malformed'] = (leftOut['birthDate malformed'] ?? 0) + 1;
  const profile: Record<string, string> = {};
  for (const field of ['first', 'middle', 'last', 'city'] as const)
    if (get(field) !== '') profile[field] = clean(get(field), 120);
  if (get('address') !== '') profile['address'] = clean(get('address'), 300);
  if (birthDate !== undefined) profile['birthDate'] = birthDate;
  return { profile, createdAt, channel: 'system', sourceId, identifiers };
}

// oxlint-disable-next-line no-control-regex -- taking control characters out is the purpose
const clean = (text: string, most: number): string =>
  text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/gu, ' ')
    .toWellFormed()
    .trim()
    .slice(0, most);

/** ISO or dd.mm.yyyy; a day and a month that were swapped (1980-23-08) are put right where only one reading is a date. */
export function calendarDay(text: string): string | undefined {
  const dotted = /^(\d{1,2})[./](\d{1,2})[./](\d{4})$/.exec(text);
  const iso = /^(\d{4})-(\d\d)-(\d\d)/.exec(text);
  const parts =
    dotted !== null ? [dotted[3], dotted[2], dotted[1]] : iso !== null ? [iso[1], iso[2], iso[3]] : undefined;
  if (parts === undefined) return undefined;
  let [year = 0, month = 0, day = 0] = parts.map(Number);
  if (month > 12 && day <= 12) [month, day] = [day, month];
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real && year >= 1900 && year <= 2200 ? date.toISOString().slice(0, 10) : undefined;
}
