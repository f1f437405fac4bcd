import { setTimeout as delay } from 'node:timers/promises';

export type Operation = 'create' | 'get' | 'capture' | 'cancel' | 'refund';
/** `before` the effect: nothing has happened; `after` it: it has, and nobody was told. A timeout hangs for `delayMs`, then drops the connection. */
export type Fault = 'error-before' | 'error-after' | 'timeout-before' | 'timeout-after' | 'slow';

interface Planned {
  readonly on: Operation;
  readonly fault: Fault;
  times: number;
  readonly delayMs: number;
}

export interface Chaos {
  /** The next `times` calls of this kind go wrong so. */
  plan(on: Operation, fault: Fault, times?: number, delayMs?: number): void;
  take(on: Operation): { readonly fault: Fault; readonly delayMs: number } | undefined;
  clear(): void;
}

export function openChaos(): Chaos {
  let planned: Planned[] = [];
  return {
    plan(on, fault, times = 1, delayMs = 5_000) {
      planned.push({ on, fault, times, delayMs });
    },
    take(on) {
      const next = planned.find((one) => one.on === on);
      if (next === undefined) return undefined;
      next.times -= 1;
      if (next.times <= 0) planned = planned.filter((one) => one !== next);
      return next;
    },
    clear() {
      planned = [];
    },
  };
}

/** Waits without keeping the process alive. */
export const wait = (ms: number): Promise<void> => delay(ms, undefined, { ref: false });
