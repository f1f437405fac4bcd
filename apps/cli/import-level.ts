import { comparePrices, savePrices, variantsByCode } from '@ruslo/catalog';
import type { PriceRow } from '@ruslo/catalog';
import { places } from '@ruslo/place';
import type { OpenHouse, Tx } from '@ruslo/platform';
import { setLevels } from '@ruslo/stock';
import { Checkpoint } from './checkpoint.ts';
import type { Counts } from './checkpoint.ts';
import { openCsv } from './csv-file.ts';
import { readMapping, UsageError } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import { minorOf } from './offer.ts';
import { openProgress } from './progress.ts';
import type { Output } from './progress.ts';

/** Prices and stock, by article or barcode: files of the same make, so one way through them. */

export type ImportLevelOptions = {
  file: string;
  map: readonly string[];
  mapFile?: string | undefined;
  delimiter: string;
  restart: boolean;
  dryRun: boolean;
  output?: Output | undefined;
};

/** `imported` = what differed, `there` = what was so already. */
export type ImportLevelSummary = Counts & { rejectedFile: string | undefined; resumedAt: number; examples: string[] };

interface Line {
  readonly line: number;
  readonly raw: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What became of a line: `changed`, `same`, or why it was refused. */
type Fate =
  | { readonly fate: 'changed' | 'same'; readonly example?: string }
  | { readonly fate: 'refused'; readonly why: string };

interface Kind {
  readonly fields: readonly string[];
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  readonly needed: readonly string[];
  save(tx: Tx, lines: readonly Line[], get: (line: Line, field: string) => string): Promise<Fate[]>;
}

const batchSize = 1_000;
const mostExamples = 5;
const codeAliases = ['code', 'id', 'article', 'ean', 'barcode', 'Артикул', 'артикул', 'Штрихкод', 'штрихкод'];

/** Thrown to undo what a dry run tried. */
class Undone extends Error {
  readonly fates: readonly Fate[];
  constructor(fates: readonly Fate[]) {
    super('dry run');
    this.fates = fates;
  }
}

async function importLevels(house: OpenHouse, options: ImportLevelOptions, kind: Kind): Promise<ImportLevelSummary> {
  const { output: _output, restart, dryRun, ...told } = options;
  const checkpoint = dryRun ? undefined : await Checkpoint.open(options.file, told, restart, house.config.dataFolder);
  const counts: Counts = { rows: 0, imported: 0, there: 0, rejected: 0, ...checkpoint?.resumed?.counts };
  const done = checkpoint?.resumed?.done ?? 0;
  const examples: string[] = [];
  const csv = await openCsv(options.file, options.delimiter);
  const progress = openProgress(dryRun ? 'comparing' : 'importing', csv.bytes, options.output, done);
  let mapping: Mapping | undefined;
  let rows = 0;
  let batch: Line[] = [];
  let bad: { line: number; reason: string; raw: string }[] = [];
  const settle = async (): Promise<void> => {
    const fates = await fatesOf(
      house,
      batch,
      dryRun,
      kind,
      (line, field) => line.values[mapping?.get(field) ?? ''] ?? '',
    );
    for (const [index, fate] of fates.entries()) {
      const { line = 0, raw = '' } = batch[index] ?? {};
      if (fate.fate === 'refused') bad.push({ line, raw, reason: fate.why });
      else counts[fate.fate === 'changed' ? 'imported' : 'there'] += 1;
      if (fate.fate === 'changed' && fate.example !== undefined && examples.length < mostExamples) examples.push(fate.example); // prettier-ignore
    }
    counts.rows = rows;
    counts.rejected += bad.length;
    if (dryRun) for (const { line, reason } of bad) if (examples.length < 2 * mostExamples) examples.push(`line ${line} rejected: ${reason}`); // prettier-ignore
    await checkpoint?.reject(bad);
    checkpoint?.save(rows, counts);
    [batch, bad] = [[], []];
    progress.show(csv.readBytes(), rows);
  };
  for await (const row of csv.rows()) {
    if (rows >= done && batch.length + bad.length >= batchSize) await settle();
    rows += 1;
    if (rows <= done) continue;
    if (row.values === undefined) bad.push({ line: row.line, reason: row.fault ?? 'cannot be read', raw: row.raw });
    else {
      mapping ??= await mapped(kind, Object.keys(row.values), options);
      batch.push({ line: row.line, raw: row.raw, values: row.values });
    }
  }
  await settle();
  progress.show(csv.bytes, rows);
  progress.end();
  checkpoint?.finish();
  return { ...counts, rejectedFile: counts.rejected > 0 ? checkpoint?.rejectedPath : undefined, resumedAt: done, examples }; // prettier-ignore
}

async function mapped(kind: Kind, columns: readonly string[], options: ImportLevelOptions): Promise<Mapping> {
  const mapping = await readMapping(kind.fields, kind.aliases, columns, options.mapFile, options.map);
  const missing = kind.needed.filter((field) => !mapping.has(field));
  if (missing.length > 0)
    throw new UsageError(`say which columns are: ${missing.join(', ')} (--map ${missing[0]}=COLUMN). The file has: ${columns.join(', ')}`); // prettier-ignore
  return mapping;
}

/** A dry run does the same in a transaction that is undone. */
async function fatesOf(
  house: OpenHouse,
  batch: readonly Line[],
  dryRun: boolean,
  kind: Kind,
  get: (line: Line, field: string) => string,
): Promise<readonly Fate[]> {
  if (batch.length === 0) return [];
  if (!dryRun) return house.db.retry((tx) => kind.save(tx, batch, get));
  try {
    return await house.db.retry(async (tx) => {
      throw new Undone(await kind.save(tx, batch, get));
    });
  } catch (error) {
    if (error instanceof Undone) return error.fates;
    throw error;
  }
}

const moment = (text: string): Date | null | undefined => {
  if (text === '') return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
};

/** Prices of the price everywhere, or of the list that a row names, now or from a moment. An empty price takes a deviation out. */
export function importPrices(house: OpenHouse, options: ImportLevelOptions): Promise<ImportLevelSummary> {
  return importLevels(house, options, {
    fields: ['sku', 'price', 'oldPrice', 'list', 'from', 'until'],
    aliases: { sku: codeAliases, price: ['Цена', 'цена'], oldPrice: ['old_price', 'oldprice'], list: ['price_list'], from: ['valid_from'], until: ['valid_until'] },
    needed: ['sku', 'price'],
    save: (tx, lines, get) => savePriceLines(house, options.dryRun, tx, lines, get),
  }); // prettier-ignore
}

async function savePriceLines(
  house: OpenHouse,
  dryRun: boolean,
  tx: Tx,
  lines: readonly Line[],
  get: (line: Line, field: string) => string,
): Promise<Fate[]> {
  const variants = await variantsByCode(tx, lines.map((line) => get(line, 'sku'))); // prettier-ignore
  const rows: PriceRow[] = [];
  const read = lines.map((line): number | string => {
    const sku = variants.get(get(line, 'sku'))?.sku;
    if (sku === undefined) return `no article or barcode "${get(line, 'sku').slice(0, 40)}"`;
    const price = get(line, 'price') === '' ? null : minorOf(get(line, 'price'));
    if (price === undefined) return `not a price: "${get(line, 'price').slice(0, 40)}"`;
    const [from, until] = [moment(get(line, 'from')), moment(get(line, 'until'))];
    if (from === undefined || until === undefined) return 'not a time';
    const list = get(line, 'list') === '' ? undefined : get(line, 'list');
    const oldPriceMinor = get(line, 'oldPrice') === '' ? null : (minorOf(get(line, 'oldPrice')) ?? null);
    return rows.push({ sku, list, priceMinor: price, oldPriceMinor, from, until }) - 1;
  });
  const told = { at: house.clock.now(), by: 'import' };
  const saved = dryRun ? await comparePrices(tx, rows) : await savePrices(house, tx, rows, told);
  return read.map((one): Fate => {
    if (typeof one === 'string') return { fate: 'refused', why: one };
    const outcome = saved[one];
    if (outcome === undefined || outcome.outcome === 'refused')
      return { fate: 'refused', why: outcome?.why ?? 'refused' };
    if (outcome.outcome === 'unchanged') return { fate: 'same' };
    return { fate: 'changed', example: `${outcome.sku}: ${outcome.wasMinor ?? 'no price'} → ${rows[one]?.priceMinor ?? 'none'} (minor units)` }; // prettier-ignore
  });
}

/** What lies where, by article or barcode and the code of the place. Quantities of goods by weight are kilograms, as stores count them. */
export function importStock(house: OpenHouse, options: ImportLevelOptions): Promise<ImportLevelSummary> {
  return importLevels(house, options, {
    fields: ['sku', 'place', 'quantity'],
    aliases: { sku: codeAliases, place: ['store', 'warehouse', 'Склад', 'склад', 'Магазин'], quantity: ['stock', 'count', 'qty', 'Остаток', 'остаток', 'Количество'] },
    needed: ['sku', 'place', 'quantity'],
    save: (tx, lines, get) => saveStockLines(house, tx, lines, get),
  }); // prettier-ignore
}

async function saveStockLines(
  house: OpenHouse,
  tx: Tx,
  lines: readonly Line[],
  get: (line: Line, field: string) => string,
): Promise<Fate[]> {
  const variants = await variantsByCode(tx, lines.map((line) => get(line, 'sku'))); // prettier-ignore
  const byCode = new Map((await places(tx)).map((place) => [place.code, place.id]));
  const read = lines.map((line) => {
    const variant = variants.get(get(line, 'sku'));
    const placeId = byCode.get(get(line, 'place'));
    if (variant === undefined) return `no article or barcode "${get(line, 'sku').slice(0, 40)}"`;
    if (placeId === undefined) return `no place "${get(line, 'place').slice(0, 40)}"`;
    const onHand = quantityOf(get(line, 'quantity'), variant.unit);
    if (onHand === undefined) return `not a quantity: "${get(line, 'quantity').slice(0, 40)}"`;
    return { variantId: variant.id, placeId, onHand };
  });
  const rows = read.filter((one) => typeof one !== 'string');
  let differed = await setLevels(tx, rows, { kind: 'imported', ref: null, by: null, now: house.clock.now() });
  // The door says how many differed, not which: the counts are right, and no line is named.
  return read.map((one): Fate => {
    if (typeof one === 'string') return { fate: 'refused', why: one };
    differed -= 1;
    return { fate: differed >= 0 ? 'changed' : 'same' };
  });
}

/** Whole pieces, or kilograms with up to three decimals as grams. */
export function quantityOf(text: string, unit: 'piece' | 'weight'): number | undefined {
  const number = Number(text.replaceAll(/[\s\u00a0]/g, '').replace(',', '.'));
  const whole = unit === 'weight' ? Math.round(number * 1_000) : number;
  return text !== '' && Number.isSafeInteger(whole) && whole >= 0 && whole <= 1e12 ? whole : undefined;
}
