import { model as trained } from './linkage-model.ts';
import { joinAt, nameKey, pairScore, suggestAt } from './linkage.ts';
import type { Frequency, Prepared, ScoreOptions } from './linkage.ts';
import { fullNamesOf } from './name.ts';

/** Two records are compared only if they have one of these keys in common. */
export function blockingKeys(record: Prepared): string[] {
  const keys: string[] = [];
  const firsts = [...new Set(record.firsts.flatMap(fullNamesOf).map((name) => nameKey('first', name)))];
  const lasts = record.lasts.map((last) => nameKey('last', last));
  for (const phone of record.phones) keys.push(`p:${phone}`);
  for (const email of record.emails) keys.push(`e:${email}`);
  for (const card of record.cards) keys.push(`c:${card}`);
  if (record.address !== '') keys.push(`a:${record.address}`);
  for (const first of firsts) {
    for (const last of lasts) keys.push(`n:${first}|${last}`);
    for (const date of record.birthDates) keys.push(`fb:${first}|${date}`);
    for (const middle of record.middles) keys.push(`fm:${first}|${nameKey('middle', middle)}`);
    if (record.city !== '') keys.push(`fc:${first}|${record.city}`);
  }
  for (const last of lasts) {
    for (const date of record.birthDates) keys.push(`lb:${last}|${date}`);
    if (record.city !== '') keys.push(`lc:${last}|${record.city}`);
  }
  return keys;
}

/** Pairs with a key in common, each once, as indexes with the lower first. A key of more than `maxBlock` records says nothing and is left out. */
export function candidatePairs(records: readonly Prepared[], maxBlock = 150): (readonly [number, number])[] {
  const blocks = new Map<string, number[]>();
  for (const [index, record] of records.entries()) {
    for (const key of blockingKeys(record)) {
      const block = blocks.get(key);
      if (block === undefined) blocks.set(key, [index]);
      else if (block[block.length - 1] !== index) block.push(index);
    }
  }
  const seen = new Set<number>();
  const pairs: (readonly [number, number])[] = [];
  for (const block of blocks.values()) {
    if (block.length < 2 || block.length > maxBlock) continue;
    for (let i = 0; i < block.length; i += 1) {
      for (let j = i + 1; j < block.length; j += 1) {
        const [a, b] = [block[i] ?? 0, block[j] ?? 0];
        const key = a * records.length + b;
        if (seen.has(key)) continue;
        seen.add(key);
        pairs.push([a, b]);
      }
    }
  }
  return pairs;
}

/** How common each name and city is among these records. */
export function countFrequency(records: readonly Prepared[]): Frequency {
  const counts = new Map<string, number>();
  const totals = { first: 0, middle: 0, last: 0, city: 0 };
  const add = (field: 'first' | 'middle' | 'last' | 'city', value: string): void => {
    totals[field] += 1;
    counts.set(`${field}:${value}`, (counts.get(`${field}:${value}`) ?? 0) + 1);
  };
  for (const record of records) {
    if (record.firsts[0] !== undefined) add('first', nameKey('first', record.firsts[0]));
    if (record.middles[0] !== undefined) add('middle', nameKey('middle', record.middles[0]));
    if (record.lasts[0] !== undefined) add('last', nameKey('last', record.lasts[0]));
    if (record.city !== '') add('city', record.city);
  }
  // At least five: a value seen once is not rarer than the sample can show. And a sample of few records says little, so
  // a thousand average ones stand beside it.
  return (field, value) => {
    const seen = Math.max(5, counts.get(`${field}:${value}`) ?? 0);
    return (seen + 1000 * (trained.stranger[field][0] ?? 0)) / (totals[field] + 1000);
  };
}

/** Values of an identifier that stand on records of so many given names that they are nobody's own (a shop's placeholder). */
export function sharedValues(
  records: readonly Prepared[],
  field: 'phones' | 'emails' | 'cards',
  maxNames = 4,
): Set<string> {
  const names = new Map<string, Set<string>>();
  for (const record of records) {
    for (const value of record[field]) {
      const set = names.get(value) ?? new Set<string>();
      set.add(nameKey('first', record.firsts[0] ?? ''));
      names.set(value, set);
    }
  }
  return new Set([...names].filter(([, set]) => set.size > maxNames).map(([value]) => value));
}

export type Link = { a: number; b: number; score: number; conflict: boolean };
export type Clustering = {
  /** For each record the index of the lowest record of its cluster. */
  clusterOf: number[];
  /** The links that were joined along, strongest first. */
  joins: Link[];
  /** Likely or forbidden pairs of different clusters that a person should look at. */
  suggestions: Link[];
};

export type ClusterOptions = ScoreOptions & { maxSize?: number; meanAt?: number };

/**
 * Clusters by the strongest link first. Two clusters become one only if no pair across them contradicts, the result is
 * not larger than a person can be, and the mean score across them holds: one strong link between two groups that
 * otherwise do not fit is a bridge, and becomes a suggestion.
 */
export function cluster(
  records: readonly Prepared[],
  pairs: readonly (readonly [number, number])[],
  options: ClusterOptions = {},
): Clustering {
  const settings: ScoreOptions = { population: records.length, ...options };
  const [limit, ask, maxSize, meanAt] = [
    options.joinAt ?? joinAt,
    options.suggestAt ?? suggestAt,
    options.maxSize ?? 12,
    options.meanAt ?? 0,
  ];
  const strong: Link[] = [];
  const doubtful: Link[] = [];
  for (const [i, j] of pairs) {
    const [a, b] = [records[i], records[j]];
    if (a === undefined || b === undefined) continue;
    const { score, conflict, grounded } = pairScore(a, b, settings);
    if (score >= limit && grounded && !conflict) strong.push({ a: i, b: j, score, conflict });
    else if (score >= ask) doubtful.push({ a: i, b: j, score, conflict });
  }
  strong.sort((x, y) => y.score - x.score || x.a - y.a || x.b - y.b);
  const clusterOf = records.map((_, index) => index);
  const members = records.map((_, index) => [index]);
  const joins: Link[] = [];
  const bridges: Link[] = [];
  for (const link of strong) {
    const [left, right] = [clusterOf[link.a] ?? 0, clusterOf[link.b] ?? 0];
    if (left === right) continue;
    const [from, to] = left < right ? [right, left] : [left, right];
    const [moving, staying] = [members[from] ?? [], members[to] ?? []];
    if (moving.length + staying.length > maxSize || !fits(records, moving, staying, settings, meanAt)) {
      bridges.push(link);
      continue;
    }
    for (const index of moving) clusterOf[index] = to;
    members[to] = [...staying, ...moving];
    members[from] = [];
    joins.push(link);
  }
  const suggestions = [...bridges, ...doubtful].filter((link) => clusterOf[link.a] !== clusterOf[link.b]);
  return { clusterOf, joins, suggestions };
}

function fits(
  records: readonly Prepared[],
  one: readonly number[],
  two: readonly number[],
  settings: ScoreOptions,
  meanAt: number,
): boolean {
  let sum = 0;
  for (const i of one) {
    for (const j of two) {
      const [a, b] = [records[i], records[j]];
      if (a === undefined || b === undefined) return false;
      const { score, conflict } = pairScore(a, b, settings);
      if (conflict) return false;
      // No single link is so strong that it could carry a group of others.
      sum += Math.min(score, 20);
    }
  }
  return sum / (one.length * two.length) >= meanAt;
}
