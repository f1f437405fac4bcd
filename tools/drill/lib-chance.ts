/** Chance that a seed repeats. */
export interface Chance {
  /** At least 0, below 1. */
  (): number;
  /** A whole number from 0 to `most` − 1. */
  below(most: number): number;
  pick<T>(items: readonly T[]): T;
  /** True this often. */
  hits(share: number): boolean;
}

/** Mulberry32. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (most: number): number => Math.floor(next() * most);
  return Object.assign(next, {
    below,
    pick<T>(items: readonly T[]): T {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    hits: (share: number): boolean => next() < share,
  });
}
