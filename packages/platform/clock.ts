/** The one clock. Tests and the demo may move it; nothing else reads the time of the machine for decisions. */
export interface Clock {
  /** The moment, as a Date. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
