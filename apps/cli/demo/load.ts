import { addCustomers, joinCustomers, score, settleCustomers, suggest } from '@ruslo/identity';
import type { AddedCustomer, AddedJoin, AddedSuggestion } from '@ruslo/identity';
import type { Channel } from '@ruslo/kernel';
import { append, newId } from '@ruslo/platform';
import type { House, NewEvent } from '@ruslo/platform';
import { ensureSource } from '@ruslo/timeline';
import { anna, annaLife } from './anna.ts';
import { live } from './behaviour.ts';
import type { Deed, Life } from './behaviour.ts';
import { sources } from './brand.ts';
import type { SourceKey } from './brand.ts';
import { makeDouble } from './double.ts';
import { makePerson } from './people.ts';
import type { Person } from './people.ts';
import { Chance } from './random.ts';

export type DemoOptions = {
  customers: number;
  /** The same seed makes the same people who did the same things, counted back from now. */
  seed?: number | undefined;
  /** Events of a person on average; fewer for a million people, or they would fill the disk. */
  eventsPerCustomer?: number | undefined;
  onProgress?: ((done: { customers: number; events: number }) => void) | undefined;
};

export type DemoResult = { customers: number; events: number; joins: number; suggestions: number; skipped: number };

/** People of one transaction: about 9,000 events, half a second. Long transactions would hold back the log's readers. */
const batchSize = 400;
/** Two transactions at once keep Postgres busy while the next people are being made up. */
const maxFlying = 2;
const days = 200;

type SourceIds = ReadonlyMap<SourceKey, { id: string; channel: Channel }>;

/**
 * Fills the database with the demo brand. People who are there already (from an earlier run with the same seed) are
 * passed over, so it can be run again after a kill. Memory does not grow with the number of people.
 */
export async function loadDemo(house: House, options: DemoOptions): Promise<DemoResult> {
  const seed = options.seed ?? 2026;
  const mean = options.eventsPerCustomer ?? (options.customers > 100_000 ? 4 : 18);
  const now = house.clock.now().getTime();
  const ids: SourceIds = new Map(
    await Promise.all(
      sources.map(
        async ({ key, ...source }) =>
          [key, { id: (await ensureSource(house, source)).id, channel: source.channel }] as const,
      ),
    ),
  );
  const total: DemoResult = { customers: 0, events: 0, joins: 0, suggestions: 0, skipped: 0 };
  const flying = new Set<Promise<void>>();
  for (let from = 0; from < options.customers; from += batchSize) {
    const batch = makeBatch(seed, from, Math.min(options.customers, from + batchSize), now, mean);
    const write = writeBatch(house, batch, ids).then((done) => {
      total.customers += done.customers;
      total.events += done.events;
      total.joins += done.joins;
      total.suggestions += done.suggestions;
      total.skipped += done.skipped;
      options.onProgress?.({ customers: total.customers + total.skipped, events: total.events });
    });
    const tracked: Promise<void> = write.finally(() => flying.delete(tracked));
    flying.add(tracked);
    // A fault is thrown where it is waited for; until then it must not count as nobody's.
    tracked.catch(() => undefined);
    // The first people bring almost all words of the search; two transactions would wait for each other over them.
    if (flying.size >= (from === 0 ? 1 : maxFlying)) await Promise.race(flying);
  }
  await Promise.all(flying);
  await settleCustomers(house.db);
  return total;
}

/** A customer row of the demo with what she did under it. */
type Made = {
  row: Omit<AddedCustomer, 'sourceId'> & { source: SourceKey };
  deeds: { deed: Deed; userId: string | undefined; anonymousId: string | undefined }[];
  /** The row of the same batch that she turned out to be, and why. */
  joins?: { to: number; at: number; by: AddedJoin['by']; why: string; evidence: AddedJoin['evidence'] };
  resembles?: { to: number; at: number; score: number; evidence: AddedSuggestion['evidence'] };
  isPerson: boolean;
};

function makeBatch(seed: number, from: number, to: number, now: number, mean: number): Made[] {
  const made: Made[] = [];
  const year = new Date(now).getUTCFullYear();
  for (let index = from; index < to; index += 1) {
    const chance = new Chance(seed, index);
    const person = index === 0 ? anna : makePerson(chance, index, year);
    const life = index === 0 ? annaLife(now) : live(chance, person, now, days, mean);
    addPerson(made, seed, person, life);
    if (index > 0 && person.card !== undefined && chance.chance(0.012)) addDouble(made, chance, person, life, now);
  }
  return made;
}

function addPerson(made: Made[], seed: number, person: Person, life: Life): void {
  const at = made.length;
  // Once she signed in there, the cookie is the visitor's that she joined.
  const ownCookie = life.signedInAt === undefined;
  const claimed = person.index % 5 === 0;
  const identifiers: AddedCustomer['identifiers'] = [
    { kind: 'external:1c', value: `${seed}-${person.index}`, proof: 'proven' },
    ...maybe('user_id', person.userId),
    ...maybe('card', person.card),
    { kind: 'phone', value: person.phone, proof: claimed && person.index > 0 ? 'claimed' : 'proven' },
    ...maybe('email', person.email, person.index % 3 === 1 ? 'claimed' : 'proven'),
    ...maybe('telegram', person.telegram),
    ...maybe('device', life.device),
    ...maybe('push_token', life.pushToken),
    ...(ownCookie ? maybe('anonymous_id', life.anonymousId) : []),
  ];
  const profile = {
    first: person.first,
    middle: person.middle,
    last: person.last,
    birthDate: person.birthDate,
    city: person.city,
  };
  made.push({
    row: { profile, createdAt: new Date(life.createdAt), channel: person.card === undefined ? 'web' : 'shop', source: person.card === undefined ? 'site' : 'till:kzn-bauman', identifiers },
    deeds: life.deeds.filter((deed) => deed.who === 'person').map((deed) => ({ deed, userId: isOnline(deed) ? person.userId : undefined, anonymousId: deed.source === 'site' ? life.anonymousId : undefined })),
    isPerson: true,
  }); // prettier-ignore
  if (life.signedInAt === undefined || life.anonymousId === undefined) return;
  const before = life.deeds.filter((deed) => deed.who === 'visitor');
  made.push({
    row: { profile: {}, createdAt: new Date(before[0]?.at ?? life.signedInAt), channel: 'web', source: 'site', identifiers: maybe('anonymous_id', life.anonymousId) },
    deeds: before.map((deed) => ({ deed, userId: undefined, anonymousId: life.anonymousId })),
    joins: {
      to: at, at: life.signedInAt, by: { kind: 'rule', id: null }, why: 'identifier',
      evidence: [{ field: 'phone', a: person.phone, b: person.phone, verdict: 'agree', weight: 10 }, { field: 'anonymous_id', a: life.anonymousId, b: life.anonymousId, verdict: 'agree', weight: 5 }],
    },
    isPerson: false,
  }); // prettier-ignore
}

const isOnline = (deed: Deed): boolean => deed.source === 'site' || deed.source === 'app';

function maybe(
  kind: string,
  value: string | undefined,
  proof: 'proven' | 'claimed' = 'proven',
): { kind: string; value: string; proof: 'proven' | 'claimed' }[] {
  return value === undefined ? [] : [{ kind, value, proof }];
}

/** A second card for one person, as it happens at a till: joined when the evidence is good, else for staff to decide. */
function addDouble(made: Made[], chance: Chance, person: Person, life: Life, now: number): void {
  const to = made.findLastIndex((one) => one.isPerson);
  const double = makeDouble(chance, person, life, now);
  const record = {
    id: 'a',
    name: person,
    birthDate: person.birthDate,
    phones: [person.phone],
    emails: person.email === undefined ? [] : [person.email],
    city: person.city,
  };
  const found = score(record, { id: 'b', ...double.record });
  const evidence = found.evidence;
  made.push({
    row: { profile: double.profile, createdAt: new Date(double.at), channel: 'shop', source: double.source, identifiers: double.identifiers },
    deeds: double.deeds.map((deed) => ({ deed, userId: undefined, anonymousId: undefined })),
    ...(found.verdict === 'join' && chance.chance(0.5)
      ? { joins: { to, at: double.at + 60_000, by: { kind: 'linkage', id: null }, why: 'linkage', evidence } }
      : { resembles: { to, at: double.at + 60_000, score: found.score, evidence } }),
    isPerson: false,
  }); // prettier-ignore
}

async function writeBatch(house: Pick<House, 'db'>, made: readonly Made[], ids: SourceIds): Promise<DemoResult> {
  return house.db.retry(async (tx) => {
    const added = await addCustomers(
      tx,
      made.map(({ row: { source, ...row } }) => ({ ...row, sourceId: ids.get(source)?.id ?? null })),
      'demo',
    );
    const events: NewEvent[] = [];
    const joins: AddedJoin[] = [];
    const suggestions: AddedSuggestion[] = [];
    const result: DemoResult = { customers: 0, events: 0, joins: 0, suggestions: 0, skipped: 0 };
    for (const [index, one] of made.entries()) {
      const own = added[index];
      if (own === undefined) continue;
      if (one.isPerson) result[own.isNew ? 'customers' : 'skipped'] += 1;
      if (!own.isNew) continue;
      for (const { deed, userId, anonymousId } of one.deeds)
        events.push(eventOf(deed, own.id, userId, anonymousId, ids));
      const { joins: join, resembles } = one;
      const other = added[join?.to ?? resembles?.to ?? -1];
      if (other === undefined) continue;
      if (join !== undefined)
        joins.push({
          a: other.id,
          b: own.id,
          by: join.by,
          why: join.why,
          evidence: join.evidence,
          at: new Date(join.at),
        });
      else if (resembles !== undefined)
        suggestions.push({
          a: other.id,
          b: own.id,
          score: resembles.score,
          evidence: resembles.evidence,
          at: new Date(resembles.at),
        });
    }
    await append(tx, events);
    for (const kind of ['rule', 'linkage'])
      result.joins += await joinCustomers(
        tx,
        joins.filter((join) => join.by.kind === kind),
      );
    result.suggestions = await suggest(tx, suggestions);
    result.events = events.length;
    return result;
  });
}

function eventOf(
  deed: Deed,
  customerId: string,
  userId: string | undefined,
  anonymousId: string | undefined,
  ids: SourceIds,
): NewEvent {
  const source = ids.get(deed.source);
  const at = new Date(deed.at).toISOString();
  return {
    id: newId(), kind: deed.kind, name: deed.name, channel: source?.channel ?? 'system', sourceId: source?.id ?? null, customerId,
    occurredAt: at, receivedAt: at, originalAt: at, sentAt: null, messageId: null,
    data: JSON.stringify({ ...(userId === undefined ? {} : { userId }), ...(anonymousId === undefined ? {} : { anonymousId }), properties: deed.properties }),
  }; // prettier-ignore
}
