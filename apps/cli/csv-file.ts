import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';

export type CsvRow = {
  /** Line of the file on which the row begins; the heading is line 1. */
  line: number;
  /** Undefined where the row cannot be read; `fault` says why, `raw` holds the text. */
  values: Record<string, string> | undefined;
  fault: string | undefined;
  raw: string;
};

export type CsvFile = {
  bytes: number;
  /** Bytes of the file read so far, of the compressed ones for .gz: what progress is measured by. */
  readBytes(): number;
  rows(): AsyncIterable<CsvRow>;
};

/** Longest row in characters: what is longer is a lost quotation mark, not a row. */
const maxRow = 262_144;

type Parsed = { record: string[]; raw: string; info: { lines: number; error?: Error | null } };

/** A CSV file, plain or gzipped, read as a stream: memory does not grow with the file. The first line names the columns. */
export async function openCsv(path: string, delimiter = ','): Promise<CsvFile> {
  const { size } = await stat(path);
  const file = createReadStream(path);
  const parser = parse({
    bom: true, delimiter, info: true, raw: true, relax_column_count: true, skip_empty_lines: true, max_record_size: maxRow, relax_quotes: true,
  }); // prettier-ignore
  return {
    bytes: size,
    readBytes: () => file.bytesRead,
    async *rows() {
      const fed = pipeline(file, path.endsWith('.gz') ? createGunzip() : new PassThrough(), parser);
      // The fault of a broken file reaches the reader of the rows as well; here it must only not be "unhandled".
      fed.catch(() => undefined);
      let columns: string[] | undefined;
      let line = 1;
      for await (const { record, raw, info } of parser as AsyncIterable<Parsed>) {
        const begins = line;
        line = info.lines + 1;
        if (columns === undefined) {
          columns = record.map((name) => name.trim());
          continue;
        }
        yield read(columns, record, raw, begins);
      }
      await fed;
    },
  };
}

function read(columns: readonly string[], record: readonly string[], raw: string, line: number): CsvRow {
  const text = raw.replace(/\r?\n$/, '');
  if (record.length !== columns.length) {
    return { line, values: undefined, fault: `${record.length} values for ${columns.length} columns`, raw: text };
  }
  const values: Record<string, string> = {};
  for (const [index, name] of columns.entries()) values[name] = (record[index] ?? '').trim();
  return { line, values, fault: undefined, raw: text };
}
