import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Rows of one receipt may stand anywhere in a file. They are brought together without holding the file in memory:
 * spread over spill files by a hash of their key, then read back one spill file at a time. The order that comes out
 * depends only on the order that went in.
 */
export class GroupedFile<Row> {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ruslo-import-'));
  readonly #spills: WriteStream[];
  #buffers: string[];

  /** @param bytes what will come, roughly; one spill file holds about 32 MB of it. */
  constructor(bytes: number) {
    const count = Math.max(1, Math.min(256, Math.ceil(bytes / 33_554_432)));
    this.#spills = Array.from({ length: count }, (_, index) => createWriteStream(join(this.#folder, `${index}.jsonl`)));
    this.#buffers = this.#spills.map(() => '');
  }

  async add(key: string, row: Row): Promise<void> {
    const index = hash(key) % this.#spills.length;
    this.#buffers[index] += `${JSON.stringify([key, row])}\n`;
    if ((this.#buffers[index]?.length ?? 0) > 65_536) await this.#flush(index);
  }

  async #flush(index: number): Promise<void> {
    const spill = this.#spills[index];
    const text = this.#buffers[index] ?? '';
    this.#buffers[index] = '';
    if (spill !== undefined && text !== '' && !spill.write(text)) await once(spill, 'drain');
  }

  /** @param partOf groups with the same part come one after another, within a spill file. */
  async *groups(partOf: (rows: readonly Row[]) => string): AsyncGenerator<{ key: string; rows: Row[] }> {
    for (const [index, spill] of this.#spills.entries()) {
      await this.#flush(index);
      spill.end();
      await once(spill, 'close');
      const groups = new Map<string, Row[]>();
      for (const line of (await readFile(spill.path, 'utf8')).split('\n')) {
        if (line === '') continue;
        const [key, row] = JSON.parse(line) as [string, Row];
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [row]);
        else group.push(row);
      }
      const parts = new Map<string, { key: string; rows: Row[] }[]>();
      for (const [key, rows] of groups) {
        const part = parts.get(partOf(rows));
        if (part === undefined) parts.set(partOf(rows), [{ key, rows }]);
        else part.push({ key, rows });
      }
      for (const part of parts.values()) yield* part;
    }
  }

  close(): void {
    for (const spill of this.#spills) spill.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** FNV-1a */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
