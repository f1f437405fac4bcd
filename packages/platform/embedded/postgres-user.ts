import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** How to start a program that refuses to run as root. */
export interface RunAs {
  /** Undefined: as we are. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Program and arguments to put before the command. */
  readonly prefix: readonly string[];
}

/**
 * PostgreSQL refuses to run as root. As root we run it as the system's `postgres`, else as `nobody` (initdb wants a
 * user that has a name), without adding users or packages. A data folder that already belongs to somebody keeps its
 * owner.
 * @param folders what that user must be able to reach; where it cannot (a clone below /root, which is 0700), it gets
 *   the capability to pass file permissions and no other one, for its own process only.
 */
export function runAs(dataOwner: number | undefined, folders: readonly string[]): RunAs {
  if (process.getuid?.() !== 0) return { uid: undefined, gid: undefined, prefix: [] };
  const users = readUsers();
  const user =
    users.find((entry) => entry.uid === dataOwner && entry.uid !== 0) ??
    users.find((entry) => entry.name === 'postgres') ??
    users.find((entry) => entry.name === 'nobody');
  if (user === undefined)
    throw new Error('PostgreSQL does not run as root and there is no user postgres or nobody: run as a plain user');
  if (folders.every((folder) => reaches(user, folder))) return { uid: user.uid, gid: user.gid, prefix: [] };
  const prefix = capable(user);
  if (!works(prefix)) {
    throw new Error(
      `PostgreSQL runs as ${user.name}, who cannot reach ${folders.join(' and ')}: ` +
        'use a folder that everybody may pass through, or run as a plain user',
    );
  }
  return { uid: undefined, gid: undefined, prefix };
}

interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function readUsers(): User[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [name, , uid, gid] = line.split(':');
      return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
    });
}

// `access(2)`, which Postgres asks about its own binaries, drops capabilities of plain users unless setuid fixups are off.
const capable = (user: User): string[] => [
  'setpriv',
  '--reuid',
  String(user.uid),
  '--regid',
  String(user.gid),
  '--clear-groups',
  '--securebits',
  '+no_setuid_fixup',
  '--inh-caps',
  '-all,+dac_override',
  '--ambient-caps',
  '-all,+dac_override',
  '--bounding-set',
  '-all,+dac_override',
  '--',
];

function works(prefix: readonly string[]): boolean {
  const [command = '', ...args] = prefix;
  try {
    execFileSync(command, [...args, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** May the user pass through every folder above, and into this one? */
function reaches(user: User, folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    let bit = 0o001;
    if (uid === user.uid) bit = 0o100;
    else if (gid === user.gid) bit = 0o010;
    if ((mode & bit) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
