import { candidatePairs, cluster, countFrequency, sharedValues } from './linkage-cluster.ts';
import { prepare, score } from './linkage.ts';
import type { Evidence, LinkageRecord, Model, PersonName, ScoreOptions } from './linkage.ts';

/** Two records that are joined, or that somebody should look at. Ids are those of records given. */
export type LinkedPair = { a: string; b: string; score: number; evidence: Evidence[] };
export type Linked = {
  /** In the order in which they were made; together a forest. */
  joins: LinkedPair[];
  suggestions: LinkedPair[];
  /** How many pairs were compared. */
  pairs: number;
};

/**
 * Links all records among themselves. What was joined in one round is one record with all its names, contacts and dates
 * in the next, and so finds what none of its parts could (on the measured set recall rises from .896 to .931 for
 * a precision of .996 instead of .997). Ends when a round joins nobody.
 */
export function linkAll(given: readonly LinkageRecord[], options: { model?: Model; maxRounds?: number } = {}): Linked {
  let records = withoutShared(given);
  const joins: LinkedPair[] = [];
  let suggestions: LinkedPair[] = [];
  let pairs = 0;
  for (let round = 0; round < (options.maxRounds ?? 4); round += 1) {
    const prepared = records.map(prepare);
    const candidates = candidatePairs(prepared);
    const settings: ScoreOptions = {
      frequency: countFrequency(prepared),
      // A new shop has few records, but not few people who may come in.
      population: Math.max(1000, prepared.length),
      ...(options.model === undefined ? {} : { model: options.model }),
    };
    const found = cluster(prepared, candidates, settings);
    pairs += candidates.length;
    const explain = (link: { a: number; b: number; score: number }): LinkedPair => {
      const [left, right] = [records[link.a], records[link.b]];
      if (left === undefined || right === undefined) throw new Error('a link outside the records');
      const { evidence } = score(left, right, settings);
      return { a: left.id, b: right.id, score: Math.round(link.score * 10) / 10, evidence };
    };
    joins.push(...found.joins.map(explain));
    suggestions = found.suggestions.map(explain);
    if (found.joins.length === 0) break;
    records = mergeRecords(records, found.clusterOf);
  }
  return { joins, suggestions, pairs };
}

/** Contacts that many different people gave are nobody's. */
function withoutShared(records: readonly LinkageRecord[]): LinkageRecord[] {
  const prepared = records.map(prepare);
  const nobodys = {
    phones: sharedValues(prepared, 'phones'),
    emails: sharedValues(prepared, 'emails'),
    cards: sharedValues(prepared, 'cards'),
  };
  const kept = (record: LinkageRecord, field: 'phones' | 'emails' | 'cards'): string[] =>
    (record[field] ?? []).filter((value) => !nobodys[field].has(value));
  return records.map((record) => ({
    ...record,
    phones: kept(record, 'phones'),
    emails: kept(record, 'emails'),
    cards: kept(record, 'cards'),
  }));
}

function mergeRecords(records: readonly LinkageRecord[], clusterOf: readonly number[]): LinkageRecord[] {
  const groups = new Map<number, LinkageRecord[]>();
  for (const [index, record] of records.entries()) {
    const head = clusterOf[index] ?? index;
    const group = groups.get(head);
    if (group === undefined) groups.set(head, [record]);
    else group.push(record);
  }
  return [...groups.values()].map((group) =>
    group.length === 1 && group[0] !== undefined ? group[0] : mergeGroup(group),
  );
}

function mergeGroup(group: readonly LinkageRecord[]): LinkageRecord {
  const names = new Map<string, PersonName>();
  for (const name of group.flatMap((record) => [record.name ?? {}, ...(record.otherNames ?? [])])) {
    names.set(`${name.first}|${name.middle}|${name.last}`, name);
  }
  const [name, ...otherNames] = names.values();
  const all = (field: 'phones' | 'emails' | 'cards'): string[] => [
    ...new Set(group.flatMap((record) => record[field] ?? [])),
  ];
  const first = (field: 'birthDate' | 'city' | 'address'): string | undefined =>
    group.map((record) => record[field]).find((value) => value !== undefined && value !== '');
  return {
    id: group[0]?.id ?? '',
    name,
    otherNames,
    birthDate: first('birthDate'),
    city: first('city'),
    address: first('address'),
    phones: all('phones'),
    emails: all('emails'),
    cards: all('cards'),
  };
}

/** For each record the id of the first record of its person. */
export function clustersOf(ids: readonly string[], joins: readonly { a: string; b: string }[]): string[] {
  const parents = new Map<string, string>();
  const find = (id: string): string => {
    let at = id;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) at = up;
    return at;
  };
  for (const { a, b } of joins) {
    const [p, q] = [find(a), find(b)];
    if (p !== q) parents.set(q, p);
  }
  return ids.map(find);
}
