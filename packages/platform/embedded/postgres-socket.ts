import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The kernel takes 104 bytes with their end on macOS, 108 on Linux. */
const mostPathBytes = 103;

const socketPath = (folder: string, port: number): string => join(folder, `.s.PGSQL.${port}`);

const fits = (folder: string, port: number): boolean => Buffer.byteLength(socketPath(folder, port)) <= mostPathBytes;

/**
 * A private folder for the socket of the Postgres of this data folder: a statement over it costs both ends some 10 µs
 * less than over 127.0.0.1. Not in the data folder, whose path may be too long for a socket, or on a disk that has none.
 * Its name is kept there, so that the address stays the same, and after a kill the next start takes what is left.
 * Undefined where it cannot be had; then 127.0.0.1 serves alone.
 * @param owner who Postgres runs as, when that is not us.
 */
export function openSocketFolder(dataFolder: string, port: number, owner: Owner | undefined): string | undefined {
  if (process.platform === 'win32') return undefined;
  const kept = join(dataFolder, 'postgres.socket');
  const before = existsSync(kept) ? readFileSync(kept, 'utf8').trim() : '';
  if (before !== '' && fits(before, port) && isOurs(before, owner)) return before;
  // The temporary folder of root may be private to root, and Postgres is somebody else then.
  for (const base of owner === undefined ? [tmpdir(), '/tmp'] : ['/tmp']) {
    if (!fits(join(base, 'ruslo-pg-000000'), port)) continue;
    try {
      const folder = mkdtempSync(join(base, 'ruslo-pg-')); // 0700
      if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
      writeFileSync(kept, `${folder}\n`);
      return folder;
    } catch {
      // There is no such folder, or none that we may write to.
    }
  }
  return undefined;
}

/** Makes the folder anew when it is gone, and takes away what a killed Postgres left in it. None may run on this port. */
export function readySocketFolder(folder: string, port: number, owner: Owner | undefined): void {
  if (!isOurs(folder, owner)) throw new Error(`${folder} belongs to somebody else`);
  // The number in a stale lock may by now be somebody else's process, and Postgres would believe it is a postmaster.
  for (const path of [socketPath(folder, port), `${socketPath(folder, port)}.lock`]) rmSync(path, { force: true });
}

/** After Postgres has ended. Stays when the Postgres of a copied data folder has its socket there too. */
export function leaveSocketFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, or gone.
  }
}

/** Makes the folder, or finds it to be ours alone: others may write beside it, and put a snare in its place. */
function isOurs(folder: string, owner: Owner | undefined): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    return true;
  } catch {
    // It is there, or cannot be made.
  }
  try {
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== (owner?.uid ?? process.getuid?.())) return false;
    chmodSync(folder, 0o700);
    return true;
  } catch {
    return false;
  }
}
