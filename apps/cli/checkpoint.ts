import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Counts of an import in rows of the file; they add up: rows = imported + there + rejected. */
export type Counts = { rows: number; imported: number; there: number; rejected: number };

export type Saved = { fingerprint: string; done: number; counts: Counts; rejectedBytes: number };

/**
 * How far an import has come, in a small file beside the data: after a kill the next run goes on from there. It is
 * only a short cut: every row is idempotent by itself, so a lost or old file costs time and never correctness.
 */
export class Checkpoint {
  readonly #path: string;
  readonly #rejectedPath: string;
  readonly #fingerprint: string;
  #rejectedBytes = 0;
  readonly resumed: Saved | undefined;

  /**
   * @param options what the import was told: another mapping is another import.
   * @param dataFolder where the files go when nothing may be written beside the data.
   */
  static async open(file: string, options: unknown, restart: boolean, dataFolder: string): Promise<Checkpoint> {
    const { size, mtimeMs } = await stat(file);
    return new Checkpoint(
      placeFor(file, dataFolder),
      createHash('sha256')
        .update(JSON.stringify([size, mtimeMs, options]))
        .digest('hex')
        .slice(0, 32),
      restart,
    );
  }

  private constructor(file: string, fingerprint: string, restart: boolean) {
    this.#path = `${file}.progress.json`;
    this.#rejectedPath = `${file.replace(/\.gz$/, '')}.rejected.csv`;
    this.#fingerprint = fingerprint;
    const saved = restart ? undefined : read(this.#path);
    this.resumed = saved?.fingerprint === fingerprint ? saved : undefined;
    this.#rejectedBytes = this.resumed?.rejectedBytes ?? 0;
    // What was written after the last checkpoint is written again.
    if (this.#rejectedBytes > 0 && existsSync(this.#rejectedPath))
      truncateSync(this.#rejectedPath, this.#rejectedBytes);
    else rmSync(this.#rejectedPath, { force: true });
  }

  get rejectedPath(): string {
    return this.#rejectedPath;
  }

  async reject(rows: readonly { line: number; reason: string; raw: string }[]): Promise<void> {
    if (rows.length === 0) return;
    const head = this.#rejectedBytes === 0 ? 'line,reason,row\n' : '';
    const text = head + rows.map(({ line, reason, raw }) => `${line},${quote(reason)},${quote(raw)}\n`).join('');
    await appendFile(this.#rejectedPath, text, { mode: 0o600 });
    this.#rejectedBytes += Buffer.byteLength(text);
  }

  /** Renamed into place, so a kill in between leaves the older one. */
  save(done: number, counts: Counts): void {
    const saved: Saved = { fingerprint: this.#fingerprint, done, counts, rejectedBytes: this.#rejectedBytes };
    writeFileSync(`${this.#path}.new`, JSON.stringify(saved));
    renameSync(`${this.#path}.new`, this.#path);
  }

  /** The import came to its end. */
  finish(): void {
    rmSync(this.#path, { force: true });
  }
}

function placeFor(file: string, dataFolder: string): string {
  try {
    accessSync(dirname(file), constants.W_OK);
    return file;
  } catch {
    mkdirSync(join(dataFolder, 'imports'), { recursive: true, mode: 0o700 });
    return join(dataFolder, 'imports', basename(file));
  }
}

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function read(path: string): Saved | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Saved;
  } catch {
    return undefined;
  }
}
