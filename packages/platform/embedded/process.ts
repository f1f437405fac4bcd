import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that cannot be mistaken for another one which got its number later. */
export interface ProcessMark {
  readonly pid: number;
  /** When it began, in the system's own words; empty where that cannot be told. */
  readonly began: string;
}

/** True when a process with this number exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Fields of /proc/PID/stat after the command, which may hold spaces and parentheses; undefined without /proc. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

// In a container without an init, killed processes whose parent died too stay in the table for ever.
const isZombie = (pid: number): boolean => statFields(pid)?.[0] === 'Z';

// Ticks are counted from the boot, so after a reboot another process may have the same number and the same ticks.
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

/** Marks a running process; undefined when there is none. */
export function markOf(pid: number): ProcessMark | undefined {
  if (!isAlive(pid)) return undefined;
  const fields = statFields(pid);
  if (fields !== undefined) return { pid, began: `${fields[19] ?? ''} ${bootId()}` };
  try {
    return { pid, began: execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() };
  } catch {
    return { pid, began: '' };
  }
}

/** True when exactly the marked process still runs. */
export function stillRuns(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.began === mark.began;
}

/** Waits until no process has this number; false when time is up. */
export async function waitGone(pid: number, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > until) return false;
    await delay(15);
  }
  return true;
}

/**
 * Processes of this program whose working folder is this one; empty where the system does not tell (no /proc).
 * Of this program, because somebody's shell may stand in the folder too.
 */
export function processesIn(folder: string, program: string): number[] {
  const found: number[] = [];
  for (const entry of listProc()) {
    try {
      if (readlinkSync(`/proc/${entry}/cwd`) !== folder) continue;
      if (readFileSync(`/proc/${entry}/comm`, 'utf8').trim() === program) found.push(Number(entry));
    } catch {
      // It ended meanwhile, or belongs to somebody else.
    }
  }
  return found;
}

function listProc(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Sends a signal; a process that is gone already is no fault. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone, or not ours.
  }
}
