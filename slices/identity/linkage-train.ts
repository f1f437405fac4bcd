import { compare, fields, levels } from './linkage.ts';
import type { Field, Model, Prepared } from './linkage.ts';

/**
 * Expectation–maximisation over the patterns of candidate pairs; no true labels are looked at. Chances among strangers
 * are not learned but counted on random pairs (fields of few values) or given (fields that hardly ever agree by chance),
 * because the candidates were chosen for agreeing. Two kinds of pairs are learned: one person and one household.
 */
export function train(
  records: readonly Prepared[],
  pairs: Iterable<readonly [number, number]>,
  start: Model = firstGuess,
  rounds = 40,
): Model {
  const patterns = new Map<string, { pattern: number[]; count: number }>();
  for (const [i, j] of pairs) {
    const [a, b] = [records[i], records[j]];
    if (a === undefined || b === undefined) continue;
    const pattern = compare(a, b);
    const key = pattern.join(',');
    const known = patterns.get(key);
    if (known === undefined) patterns.set(key, { pattern, count: 1 });
    else known.count += 1;
  }
  const stranger = countStrangers(records, start.stranger);
  const allPairs = (records.length * (records.length - 1)) / 2;
  let model: Model = { ...start, stranger };
  for (let round = 0; round < rounds; round += 1) model = step([...patterns.values()], model, records.length, allPairs);
  return model;
}

type Counted = { pattern: number[]; count: number };

function step(patterns: readonly Counted[], model: Model, population: number, allPairs: number): Model {
  const person = empty();
  const household = empty();
  let persons = 0;
  let households = 0;
  const prior = { person: model.personPartners / population, household: model.householdPartners / population };
  for (const { pattern, count } of patterns) {
    let p = prior.person;
    let h = prior.household;
    let s = 1;
    for (const [index, field] of fields.entries()) {
      const level = pattern[index] ?? -1;
      if (level < 0) continue;
      p *= model.person[field][level] ?? 0;
      h *= model.household[field][level] ?? 0;
      s *= model.stranger[field][level] ?? 0;
    }
    const all = p + h + s;
    if (all === 0) continue;
    const [shareP, shareH] = [(p / all) * count, (h / all) * count];
    persons += shareP;
    households += shareH;
    for (const [index, field] of fields.entries()) {
      const level = pattern[index] ?? -1;
      if (level < 0) continue;
      person[field][level] = (person[field][level] ?? 0) + shareP;
      household[field][level] = (household[field][level] ?? 0) + shareH;
    }
  }
  return {
    person: share(person),
    household: share(household),
    stranger: model.stranger,
    personPartners: (persons / allPairs) * population,
    householdPartners: (households / allPairs) * population,
  };
}

function empty(): Record<Field, number[]> {
  return Object.fromEntries(fields.map((field) => [field, levels[field].map(() => 0)])) as Record<Field, number[]>;
}

/**
 * Shares with a floor: no level is impossible for anybody, whatever a few thousand pairs showed. Higher floors where
 * tidy data would teach too much: people move, and the digits of a mail address are not always the year of birth.
 */
const floors: Readonly<Partial<Record<Field, number>>> = { city: 0.03, birthYear: 0.15 };

function share(counts: Record<Field, number[]>): Record<Field, number[]> {
  const out = empty();
  for (const field of fields) {
    const total = counts[field].reduce((sum, count) => sum + count, 0);
    const raised = counts[field].map((count) => Math.max(floors[field] ?? 0.005, total === 0 ? 0 : count / total));
    const sum = raised.reduce((a, b) => a + b, 0);
    out[field] = raised.map((value) => Math.round((value / sum) * 1e5) / 1e5);
  }
  return out;
}

/** Where nobody writes initials, an equal initial must still not look like rare proof: a tenth of the floor of one person. */
const initialFloor = 0.0005;
const counted: readonly Field[] = ['first', 'middle', 'last', 'birthYear', 'city'];

function countStrangers(records: readonly Prepared[], given: Model['stranger']): Model['stranger'] {
  const counts = empty();
  // A fixed walk over the records in place of chance, so that training repeats itself exactly.
  const n = records.length;
  let state = 12345;
  for (let index = 0; index < 400_000; index += 1) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const i = state % n;
    state = (state * 1103515245 + 12345) % 2147483648;
    const j = state % n;
    const [a, b] = [records[i], records[j]];
    if (i === j || a === undefined || b === undefined) continue;
    const pattern = compare(a, b);
    for (const field of counted) {
      const level = pattern[fields.indexOf(field)] ?? -1;
      if (level >= 0) counts[field][level] = (counts[field][level] ?? 0) + 1;
    }
  }
  const out = { ...given };
  for (const field of counted) {
    const total = counts[field].reduce((sum, count) => sum + count, 0);
    if (total === 0) continue;
    const least = (levels[field] as readonly string[]).map((level) => (level === 'initial' ? initialFloor : 1e-5));
    out[field] = counts[field].map((count, level) => Number(Math.max(least[level] ?? 0, count / total).toPrecision(4)));
  }
  return out;
}

/** Where learning begins: what one would guess. It ends at the same place from other guesses of the same shape. */
export const firstGuess: Model = {
  person: {
    first: [0.8, 0.1, 0.08, 0.01, 0.01], middle: [0.85, 0.1, 0.02, 0.03], last: [0.85, 0.1, 0.01, 0.02, 0.02],
    birthDate: [0.94, 0.03, 0.02, 0.01], birthYear: [0.8, 0.2], phone: [0.8, 0.03, 0.17], email: [0.88, 0.08, 0.04],
    card: [0.98, 0.02], city: [0.97, 0.03], address: [0.78, 0.15, 0.07],
  },
  household: {
    first: [0.005, 0.005, 0.01, 0.01, 0.97], middle: [0.2, 0.05, 0.02, 0.73], last: [0.85, 0.09, 0.01, 0.02, 0.03],
    birthDate: [0.005, 0.005, 0.01, 0.98], birthYear: [0.02, 0.98], phone: [0.7, 0.03, 0.27], email: [0.01, 0.01, 0.98],
    card: [0.01, 0.99], city: [0.97, 0.03], address: [0.75, 0.15, 0.1],
  },
  stranger: {
    first: [0.006, 0.001, 0.002, 0.01, 0.98], middle: [0.006, 0.002, 0.01, 0.98], last: [0.005, 0.003, 0.01, 0.3, 0.68],
    birthDate: [5e-5, 5e-5, 1e-3, 0.9989], birthYear: [0.02, 0.98], phone: [1e-6, 1e-6, 0.999998],
    email: [1e-6, 2e-5, 0.99998], card: [1e-7, 0.9999999], city: [0.004, 0.996], address: [1e-6, 1e-5, 0.99999],
  },
  personPartners: 2,
  householdPartners: 1,
}; // prettier-ignore
