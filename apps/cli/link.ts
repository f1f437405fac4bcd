import { joinCustomers, linkAll, readCustomers, settleCustomers, suggest } from '@ruslo/identity';
import type { AddedJoin, BulkCustomer, LinkageRecord } from '@ruslo/identity';
import type { House } from '@ruslo/platform';
import { openProgress } from './progress.ts';
import type { Output } from './progress.ts';

export type LinkSummary = { persons: number; pairs: number; joined: number; suggested: number; seconds: number };

/** Persons that one run may hold in memory, about 2 KB each. */
export const maxPersons = 400_000;

const batchSize = 500;

/** Finds who is the same person among all customers: certain ones are joined, with their evidence, doubtful ones are suggested to staff. */
export async function linkCustomers(house: Pick<House, 'db' | 'clock'>, output?: Output): Promise<LinkSummary> {
  const began = performance.now();
  await settleCustomers(house.db);
  const records = await readPersons(house);
  const found = linkAll(records);
  const progress = openProgress('linking  ', found.joins.length + found.suggestions.length, output);
  const at = house.clock.now();
  let joined = 0;
  for (let from = 0; from < found.joins.length; from += batchSize) {
    const joins = found.joins
      .slice(from, from + batchSize)
      .map((pair): AddedJoin => ({ ...pair, by: { kind: 'linkage', id: null }, why: 'linkage', at }));
    joined += await house.db.retry((tx) => joinCustomers(tx, joins));
    progress.show(Math.min(found.joins.length, from + batchSize), joined);
  }
  let suggested = 0;
  for (let from = 0; from < found.suggestions.length; from += batchSize) {
    const rows = found.suggestions.slice(from, from + batchSize).map((pair) => ({ ...pair, at }));
    suggested += await house.db.retry((tx) => suggest(tx, rows));
    progress.show(found.joins.length + Math.min(found.suggestions.length, from + batchSize), joined + suggested);
  }
  progress.end();
  return {
    persons: records.length,
    pairs: found.pairs,
    joined,
    suggested,
    seconds: (performance.now() - began) / 1000,
  };
}

/** All persons with everything that their ids know. */
async function readPersons(house: Pick<House, 'db'>): Promise<LinkageRecord[]> {
  const persons = new Map<string, BulkCustomer[]>();
  for await (const customer of everyCustomer(house)) {
    const person = persons.get(customer.headId);
    if (person === undefined) persons.set(customer.headId, [customer]);
    else person.push(customer);
    if (persons.size > maxPersons)
      throw new Error(`more than ${maxPersons} persons: linkage of all at once is not for so many`);
  }
  // Who has neither a name nor a contact (a cookie alone) can be nobody's double.
  return [...persons].map(([head, members]) => recordOf(head, members)).filter((record) => record !== undefined);
}

export async function* everyCustomer(house: Pick<House, 'db'>): AsyncGenerator<BulkCustomer> {
  let after: string | undefined;
  for (;;) {
    const page = await readCustomers(house.db, after, 5000);
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < 5000) return;
  }
}

function recordOf(head: string, members: readonly BulkCustomer[]): LinkageRecord | undefined {
  const named = members.filter((one) => one.first !== null || one.last !== null);
  const values = (kind: string): string[] => [
    ...new Set(
      members.flatMap((one) =>
        one.identifiers.filter((own) => own.kind === kind && own.state === 'active').map((own) => own.value),
      ),
    ),
  ];
  const [phones, emails, cards] = [values('phone'), values('email'), values('card')];
  if (named.length === 0 && phones.length + emails.length + cards.length === 0) return undefined;
  const names = named.map((one) => ({
    first: one.first ?? undefined,
    middle: one.middle ?? undefined,
    last: one.last ?? undefined,
  }));
  const [name, ...otherNames] = names;
  const known = (pick: (one: BulkCustomer) => string | null): string | undefined =>
    members.map(pick).find((value) => value !== null) ?? undefined;
  return {
    id: head, name, otherNames, birthDate: known((one) => one.birthDate), city: known((one) => one.city), address: known((one) => one.address), phones, emails, cards,
  }; // prettier-ignore
}

export type Measured = {
  records: number;
  truePairs: number;
  joinedPairs: number;
  rightPairs: number;
  precision: number;
  recall: number;
  f1: number;
};

/** Compares who is one person in the database with the truth, over pairs of records. */
export async function measureJoins(
  house: Pick<House, 'db'>,
  system: string,
  truth: ReadonlyMap<string, string>,
): Promise<Measured> {
  const persons: string[] = [];
  const heads: string[] = [];
  for await (const customer of everyCustomer(house)) {
    for (const { kind, value } of customer.identifiers) {
      const person = kind === `external:${system}` ? truth.get(value) : undefined;
      if (person === undefined) continue;
      persons.push(person);
      heads.push(customer.headId);
    }
  }
  return measureClusters(persons, heads);
}

/** @param persons true person of each record. @param heads to whom each was joined. */
export function measureClusters(persons: readonly string[], heads: readonly string[]): Measured {
  const truePairs = pairsIn(persons);
  const joinedPairs = pairsIn(heads);
  const rightPairs = pairsIn(persons.map((person, index) => `${person} ${heads[index] ?? ''}`));
  const precision = joinedPairs === 0 ? 1 : rightPairs / joinedPairs;
  const recall = truePairs === 0 ? 1 : rightPairs / truePairs;
  return {
    records: persons.length,
    truePairs,
    joinedPairs,
    rightPairs,
    precision,
    recall,
    f1: (2 * precision * recall) / (precision + recall || 1),
  };
}

function pairsIn(groups: readonly string[]): number {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  let pairs = 0;
  for (const size of sizes.values()) pairs += (size * (size - 1)) / 2;
  return pairs;
}
