import type { Follower, House, LogEvent, Tx } from '@ruslo/platform';
import { suggest } from './bulk.ts';
import { score } from './linkage.ts';
import type { LinkageRecord } from './linkage.ts';
import { mergePersons } from './merge.ts';
import { isWeak, ruleOf } from './rules.ts';
import type { KindRules } from './rules.ts';
import { saveContacts } from './store-change.ts';
import { commonValues, loadRecords, openPair, population, rescore } from './store-linkage.ts';
import type { RecordRow } from './store-linkage.ts';
import { headsById, loadPersons, loadRules, lockCustomers } from './store.ts';

/** What identity does when the log tells of something: first and last contacts, and the hints that claims give. */

/** First and last contact by channel. What slices decide among themselves is no contact. */
const contact: Follower = {
  name: 'identity.contact',
  batch: 2_000,
  async handle(tx, events) {
    const rows = new Map<string, { customerId: string; channel: string; firstAt: Date; lastAt: Date }>();
    for (const event of events) {
      if (event.customerId === null || event.kind === 'fact' || event.channel === 'system') continue;
      const key = `${event.customerId} ${event.channel}`;
      const row = rows.get(key);
      const at = event.occurredAt;
      if (row === undefined)
        rows.set(key, { customerId: event.customerId, channel: event.channel, firstAt: at, lastAt: at });
      else {
        if (at < row.firstAt) row.firstAt = at;
        if (at > row.lastAt) row.lastAt = at;
      }
    }
    if (rows.size > 0) await saveContacts(tx, [...rows.values()]);
  },
};

/**
 * A value that two persons hold is compared with all else that is known of both. Only when names or a birth date speak for
 * it too, and nothing against it, are they joined; else staff are asked, or nobody is. When more is told of one of two
 * who wait for a decision, they are compared anew.
 */
const linkage = (house: House): Follower => ({
  name: 'identity.linkage',
  names: ['identifier.claimed'],
  // Its transaction holds up whoever speaks of these people, and the readers of the log: with 100 the intake waited up to
  // 3 s in a trial with few people and many claims, with 10 up to 0.4 s.
  batch: 10,
  handle: (tx, events) => link(tx, pairsOf(events), house.clock.now()),
});

type Pair = readonly [string, string];

function pairsOf(events: readonly LogEvent[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const event of events) {
    const others = event.data['others'];
    if (event.customerId === null || !Array.isArray(others)) continue;
    for (const other of others) {
      if (typeof other !== 'string') continue;
      const pair: Pair = event.customerId < other ? [event.customerId, other] : [other, event.customerId];
      pairs.set(pair.join(), pair);
    }
  }
  return [...pairs.values()];
}

/** Judges pairs of customers, in the caller's transaction. */
export async function link(tx: Tx, pairs: readonly Pair[], now: Date): Promise<void> {
  const there = await headsById(tx, [...new Set(pairs.flat())]);
  const present = pairs.filter(([a, b]) => there.has(a) && there.has(b));
  if (present.length === 0) return;
  await lockCustomers(tx, [...new Set(present.flat())]);
  const rules = await loadRules(tx);
  const people = await population(tx);
  for (const [a, b] of present) await judge(tx, a, b, { rules, people, now });
}

async function judge(
  tx: Tx,
  a: string,
  b: string,
  known: { rules: KindRules; people: number; now: Date },
): Promise<void> {
  const heads = await headsById(tx, [a, b]);
  const [headA, headB] = [heads.get(a) ?? a, heads.get(b) ?? b];
  if (headA === headB) return;
  const { aparts, held } = await loadPersons(tx, [headA, headB]);
  if (aparts.some(([x, y]) => x !== y)) return;
  const rows = await loadRecords(tx, [headA, headB]);
  const [left, right] = [rows.find((row) => row.id === headA), rows.find((row) => row.id === headB)];
  if (left === undefined || right === undefined) return;
  const common = await commonValues(tx, [...left.identifiers, ...right.identifiers]);
  const found = score(recordOf(left, common), recordOf(right, common), { population: Math.max(1_000, known.people) });
  const speaks = found.evidence.some(
    (line) => ['first', 'last', 'birthDate'].includes(line.field) && line.verdict !== 'differ',
  );
  if (found.verdict === 'join' && speaks && fitTogether(held, known.rules)) {
    await mergePersons(
      tx,
      { a, b, by: { kind: 'linkage', id: null }, why: 'linkage', evidence: found.evidence },
      known.now,
    );
    return;
  }
  const open = await openPair(tx, headA, headB);
  if (open !== undefined) await rescore(tx, open, found);
  else if (found.verdict !== 'apart')
    await suggest(tx, [{ a, b, score: found.score, evidence: found.evidence, at: known.now }]);
}

/** Whether the identifiers that name a person stay within their limits when two become one. */
function fitTogether(held: Awaited<ReturnType<typeof loadPersons>>['held'], rules: KindRules): boolean {
  const counts = new Map<string, number>();
  for (const row of held)
    if (row.slot === 'link' && !isWeak(row.kind)) counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1);
  return [...counts].every(([kind, count]) => count <= ruleOf(rules, kind).most);
}

function recordOf(row: RecordRow, common: ReadonlySet<string>): LinkageRecord {
  const values = (kind: string): string[] =>
    row.identifiers.filter((one) => one.kind === kind && !common.has(`${kind} ${one.value}`)).map((one) => one.value);
  const [name, ...otherNames] = row.names.map(({ first, middle, last }) => ({
    first: first ?? undefined,
    middle: middle ?? undefined,
    last: last ?? undefined,
  }));
  return {
    id: row.id,
    name,
    otherNames,
    birthDate: row.birthDate ?? undefined,
    city: row.city ?? undefined,
    address: row.address ?? undefined,
    phones: values('phone'),
    emails: values('email'),
    cards: values('card'),
  };
}

export const followers = (house: House): readonly Follower[] => [contact, linkage(house)];
