import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Duty, House } from './slice.ts';

export interface Duties {
  /** Stops beginning anew and waits for what runs. */
  close(): Promise<void>;
}

const failedMostMs = 60_000;

/**
 * Runs the duties of all slices in this process, each by its own timer. Several processes may run the same duty at
 * once: a duty takes its rows with `for update skip locked`, so each row is done by one of them.
 */
export function runDuties(duties: readonly Duty[], clock: Clock, logger: Logger): Duties {
  let closed = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const plan = (duty: Duty, afterMs: number, failures: number): void => {
    if (closed) return;
    const timer = setTimeout(() => {
      const work = once(duty, failures).finally(() => running.delete(work));
      running.add(work);
    }, afterMs);
    timer.unref();
    timers.set(duty.name, timer);
  };
  const once = async (duty: Duty, failures: number): Promise<void> => {
    try {
      const more = await duty.run(clock.now());
      plan(duty, more ? 0 : duty.everyMs, 0);
    } catch (error) {
      logger.error(
        { duty: duty.name, failures: failures + 1, fault: error instanceof Error ? error.message : String(error) },
        'duty failed',
      );
      plan(duty, Math.min(Math.max(duty.everyMs, 1_000) * 2 ** Math.min(failures, 6), failedMostMs), failures + 1);
    }
  };
  // Not all at the same moment after the start.
  for (const [index, duty] of duties.entries()) plan(duty, Math.min(duty.everyMs, 200 + index * 50), 0);
  return {
    async close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

/** Does a duty until nothing is left of it: for tests and commands that do not want to wait for the timer. */
export async function runDuty(house: House, name: string): Promise<void> {
  const duty = house.slices.flatMap((slice) => [...(slice.duties?.(house) ?? [])]).find((one) => one.name === name);
  if (duty === undefined) throw new Error(`no slice has the duty ${name}`);
  while (await duty.run(house.clock.now()));
}
