import { cardFrom } from '@ruslo/identity';
import type { OpenHouse } from '@ruslo/platform';
import { ensureSource, ingest } from '@ruslo/timeline';
import { Checkpoint } from './checkpoint.ts';
import type { Counts } from './checkpoint.ts';
import { openCsv } from './csv-file.ts';
import { GroupedFile } from './grouped-file.ts';
import { readMapping, UsageError } from './mapping.ts';
import type { Mapping } from './mapping.ts';
import { openProgress } from './progress.ts';
import type { Output } from './progress.ts';
import { readReceiptLine, receiptAliases, receiptEvent, receiptFields } from './receipt.ts';
import type { ReceiptLine, ReceiptOptions, TrackedReceipt } from './receipt.ts';
import { ordersOf, readRedemptions } from './receipt-order.ts';
import type { OldReceipt, Redemptions } from './receipt-order.ts';

export type ImportReceiptsOptions = ReceiptOptions & {
  file: string;
  map: readonly string[];
  mapFile?: string | undefined;
  delimiter: string;
  currency: string;
  /** Names the other system: a receipt number is unique within it. */
  system: string;
  restart: boolean;
  /** File of redeemed coupons, so that orders say which. */
  coupons?: string | undefined;
  output?: Output | undefined;
};

export type ImportSummary = Counts & { receipts: number; rejectedFile: string | undefined; resumedAt: number };

/** Receipts of one transaction: short ones, so that the readers of the log are not held back. */
const batchSize = 500;

/**
 * Brings the receipts of a file in: one receipt, one "Order Completed" of its store's till on the timeline, and one order
 * with its discounts and coupons. The lines of a receipt may stand anywhere in the file. Run again, it finds what is
 * there already by receipt number.
 */
export async function importReceipts(house: OpenHouse, options: ImportReceiptsOptions): Promise<ImportSummary> {
  const { output: _output, restart, ...told } = options;
  const checkpoint = await Checkpoint.open(options.file, told, restart, house.config.dataFolder);
  const resumed = checkpoint.resumed;
  const counts: Counts =
    resumed === undefined ? { rows: 0, imported: 0, there: 0, rejected: 0 } : { ...resumed.counts };
  const csv = await openCsv(options.file, options.delimiter);
  const redeemed =
    options.coupons === undefined
      ? undefined
      : await readRedemptions(options.coupons, (number) =>
          options.cardFrom === undefined ? number : cardFrom(number, options.cardPrefix),
        );
  const grouped = new GroupedFile<ReceiptLine>(csv.bytes * (options.file.endsWith('.gz') ? 12 : 3));
  try {
    const read = await readLines(csv, options, grouped, resumed === undefined ? checkpoint : undefined);
    if (resumed === undefined) {
      counts.rows = read.rows;
      counts.rejected = read.rejected;
      checkpoint.save(0, counts);
    }
    const receipts = await sendReceipts(
      house,
      { ...options, redeemed },
      grouped,
      checkpoint,
      counts,
      resumed?.done ?? 0,
    );
    checkpoint.finish();
    return {
      ...counts,
      receipts,
      rejectedFile: counts.rejected > 0 ? checkpoint.rejectedPath : undefined,
      resumedAt: resumed?.done ?? 0,
    };
  } finally {
    grouped.close();
  }
}

/** Reads the whole file and brings the lines of a receipt together. Bad lines go to the rejected file at once. */
async function readLines(
  csv: Awaited<ReturnType<typeof openCsv>>,
  options: ImportReceiptsOptions,
  grouped: GroupedFile<ReceiptLine>,
  checkpoint: Checkpoint | undefined,
): Promise<{ rows: number; rejected: number }> {
  const progress = openProgress('reading  ', csv.bytes, options.output);
  let mapping: Mapping | undefined;
  let rows = 0;
  let rejected = 0;
  let bad: { line: number; reason: string; raw: string }[] = [];
  for await (const row of csv.rows()) {
    rows += 1;
    let reason = row.fault;
    if (row.values !== undefined) {
      mapping ??= await checkedMapping(Object.keys(row.values), options);
      const found = readReceiptLine(row.values, mapping, options, row.line, row.raw);
      if (typeof found === 'string') reason = found;
      else await grouped.add(found.receipt, found.row);
    }
    if (reason !== undefined) {
      rejected += 1;
      bad.push({ line: row.line, reason, raw: row.raw });
    }
    if (bad.length >= 1000) {
      await checkpoint?.reject(bad);
      bad = [];
    }
    if (rows % 1000 === 0) progress.show(csv.readBytes(), rows);
  }
  await checkpoint?.reject(bad);
  progress.show(csv.bytes, rows);
  progress.end();
  return { rows, rejected };
}

async function checkedMapping(columns: readonly string[], options: ImportReceiptsOptions): Promise<Mapping> {
  const mapping = await readMapping(receiptFields, receiptAliases, columns, options.mapFile, options.map);
  const needed = ['receipt', 'time', 'product', 'amount', ...(options.cardFrom === undefined ? ['card'] : [])];
  const missing = needed.filter((field) => !mapping.has(field));
  if (missing.length > 0)
    throw new UsageError(
      `say which columns are: ${missing.join(', ')} (--map ${missing[0]}=COLUMN). The file has: ${columns.join(', ')}`,
    );
  if (options.cardFrom !== undefined && !columns.includes(options.cardFrom))
    throw new UsageError(`the file has no column "${options.cardFrom}"`);
  return mapping;
}

type Pending = OldReceipt & { event: TrackedReceipt };
type SendOptions = ImportReceiptsOptions & { redeemed: Redemptions | undefined };

async function sendReceipts(
  house: OpenHouse,
  options: SendOptions,
  grouped: GroupedFile<ReceiptLine>,
  checkpoint: Checkpoint,
  counts: Counts,
  done: number,
): Promise<number> {
  const progress = openProgress(
    'importing',
    counts.rows,
    options.output,
    counts.imported + counts.there + counts.rejected,
  );
  const sources = new Map<string, string>();
  let receipts = 0;
  let batch: Pending[] = [];
  let store = '';
  const settle = async (): Promise<void> => {
    const bad: { line: number; reason: string; raw: string }[] = [];
    if (batch.length > 0) {
      const sourceId = await sourceOf(house, options, sources, store);
      await sendBatch(house, sourceId, batch, counts, bad, options);
    }
    batch = [];
    await checkpoint.reject(bad);
    checkpoint.save(receipts, counts);
    const settled = counts.imported + counts.there + counts.rejected;
    progress.show(settled, settled);
  };
  for await (const { key, rows: lines } of grouped.groups(storeOf)) {
    // Whatever is settled below is all that came before this receipt.
    if (receipts >= done && (batch.length >= batchSize || storeOf(lines) !== store)) await settle();
    receipts += 1;
    store = storeOf(lines);
    if (receipts <= done) continue;
    const event = receiptEvent(key, lines, options.system, options.currency);
    if (typeof event !== 'string') batch.push({ event, lines, receipt: key });
    else {
      counts.rejected += lines.length;
      await checkpoint.reject(lines.map(({ line, raw }) => ({ line, reason: event, raw })));
    }
  }
  await settle();
  progress.end();
  return receipts;
}

const storeOf = (lines: readonly ReceiptLine[]): string => lines[0]?.store ?? '';

/** Each store is a source of its own, made when it is first met. Of kind `import`: old receipts are no sign of a till that is late. */
async function sourceOf(
  house: OpenHouse,
  options: ImportReceiptsOptions,
  sources: Map<string, string>,
  store: string,
): Promise<string> {
  const known = sources.get(store);
  if (known !== undefined) return known;
  const name = `${options.system}: ${store === '' ? 'касса' : `касса ${store}`}`.slice(0, 120);
  const { id } = await ensureSource(house, {
    name,
    kind: 'import',
    channel: 'shop',
    owner: options.system.slice(0, 120),
  });
  sources.set(store, id);
  return id;
}

async function sendBatch(
  house: OpenHouse,
  sourceId: string,
  batch: readonly Pending[],
  counts: Counts,
  bad: { line: number; reason: string; raw: string }[],
  options: SendOptions,
): Promise<void> {
  const { rejected, repeatedIndexes } = await ingest(
    house,
    sourceId,
    batch.map(({ event }) => event),
  );
  const codes = new Map(rejected.map(({ index, code }) => [index, code]));
  const there = new Set(repeatedIndexes);
  // Also for those that were there: a run may have been killed between the two.
  const taken = batch.filter((_, index) => !codes.has(index));
  await ordersOf(house, taken, options, options.redeemed);
  for (const [index, { lines }] of batch.entries()) {
    const code = codes.get(index);
    if (code !== undefined) {
      counts.rejected += lines.length;
      bad.push(...lines.map(({ line, raw }) => ({ line, reason: code, raw })));
    } else if (there.has(index)) counts.there += lines.length;
    else counts.imported += lines.length;
  }
}
