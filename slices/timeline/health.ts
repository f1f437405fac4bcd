/** How a source is, at a glance. Pure. */

export type Light = 'green' | 'amber' | 'red' | 'grey';

export interface Seen {
  readonly lastSeenMs: number | undefined;
  readonly acceptedHour: number;
  readonly rejectedHour: number;
  readonly lateHour: number;
  /** The longest silence of the last seven days between two minutes with events. */
  readonly longestGapMs: number;
  /** How long it has been known. */
  readonly knownMs: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * Grey: never heard of. Red: silent for half as long again as it ever was in a week (a shop is silent each night), or
 * all that came in the last hour was refused. Amber: more than 1 % refused, or more than half late. Green: all is well.
 */
export function lightOf(seen: Seen, nowMs: number): Light {
  if (seen.lastSeenMs === undefined) return 'grey';
  // Who is known for less than a day has not shown its nights yet.
  const usualMs = Math.max(15 * minuteMs, seen.longestGapMs * 1.5, seen.knownMs < dayMs ? dayMs / 2 : 0);
  if (nowMs - seen.lastSeenMs > usualMs) return 'red';
  if (seen.rejectedHour > 0 && seen.acceptedHour === 0) return 'red';
  const all = seen.acceptedHour + seen.rejectedHour;
  if (seen.rejectedHour * 100 > all || seen.lateHour * 2 > all) return 'amber';
  return 'green';
}
