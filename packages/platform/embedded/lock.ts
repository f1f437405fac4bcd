import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markOf, stillRuns } from './process.ts';
import type { ProcessMark } from './process.ts';

/** Somebody else holds the data folder. */
export class FolderInUse extends Error {
  readonly pid: number;
  constructor(folder: string, pid: number) {
    super(`the data folder ${folder} is in use by process ${pid}`);
    this.name = 'FolderInUse';
    this.pid = pid;
  }
}

/**
 * Takes the data folder for this process; a lock whose process is gone is taken over. Throws FolderInUse.
 * @returns a function that gives it back.
 */
export function lockFolder(folder: string, name = 'ruslo.lock'): () => void {
  const path = join(folder, name);
  const mine = markOf(process.pid) ?? { pid: process.pid, began: '' };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (tryLink(draft, path)) return () => release(path, mine);
      const holder = readMark(path);
      if (holder !== undefined && stillRuns(holder)) throw new FolderInUse(folder, holder.pid);
      // Moved aside, not deleted: of two that start at once only one moves it, and a fresh lock is never removed
      // by the slower of them unless it is stale as well.
      setAside(path, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`cannot take ${path}`);
}

function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function setAside(path: string, stale: ProcessMark | undefined): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readMark(aside);
  // Between reading and moving, another start may have put its own lock there: give it back.
  if (moved !== undefined && moved.pid !== stale?.pid && stillRuns(moved)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function release(path: string, mine: ProcessMark): void {
  if (readMark(path)?.pid === mine.pid) rmSync(path, { force: true });
}

function readMark(path: string): ProcessMark | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('began' in value)) return undefined;
    return typeof value.pid === 'number' && typeof value.began === 'string'
      ? { pid: value.pid, began: value.began }
      : undefined;
  } catch {
    return undefined;
  }
}
