import { readdirSync, readFileSync } from 'node:fs';

/** Processor time of a process and its children in milliseconds, from /proc (100 ticks a second). */
export function processorMs(pid: number): number {
  try {
    let ticks = 0;
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const stat = statOf(name);
      if (stat === undefined || (Number(name) !== pid && Number(stat[1]) !== pid)) continue;
      ticks += Number(stat[11]) + Number(stat[12]);
      // Children that have ended meanwhile, such as a worker of autovacuum, are in the parent's account.
      if (Number(name) === pid) ticks += Number(stat[13]) + Number(stat[14]);
    }
    return ticks * 10;
  } catch {
    return Number.NaN;
  }
}

function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // it ended meanwhile
  }
}
