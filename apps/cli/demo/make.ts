import { score } from '@ruslo/identity';
import type { AddedCustomer, AddedJoin, AddedSuggestion } from '@ruslo/identity';
import { anna, annaLife } from './anna.ts';
import { live } from './behaviour.ts';
import type { Deed, Life } from './behaviour.ts';
import { shops } from './brand.ts';
import type { SourceKey } from './brand.ts';
import { makeDouble } from './double.ts';
import type { Double } from './double.ts';
import { makePerson } from './people.ts';
import type { Person } from './people.ts';
import { Chance } from './random.ts';

export type DemoIdentifier = {
  kind: string;
  value: string;
  proof: 'proven' | 'claimed';
  how: string;
  from: SourceKey;
  at: number;
};

/** A customer row of the demo with what she did under it. */
export type Made = {
  profile: AddedCustomer['profile'];
  createdAt: number;
  source: SourceKey;
  identifiers: DemoIdentifier[];
  deeds: { deed: Deed; userId: string | undefined; anonymousId: string | undefined }[];
  /** The row of the same batch that she turned out to be, and why. */
  joins?: { to: number; at: number; by: AddedJoin['by']; why: string; evidence: AddedJoin['evidence'] };
  /** The row of the same batch that she may be: staff decide. */
  resembles?: { to: number; at: number; score: number; evidence: AddedSuggestion['evidence'] };
  /** A person of the count; the others are a browser or a second card of one. */
  isPerson: boolean;
};

const days = 365;
/** One in so many card holders got a second card. */
const doubleShare = 0.014;

/** The people with these indexes. What one of them does depends on nothing but the seed, the index and the time. */
export function makeBatch(seed: number, from: number, to: number, now: number, mean: number): Made[] {
  const made: Made[] = [];
  const year = new Date(now).getUTCFullYear();
  for (let index = from; index < to; index += 1) {
    const chance = new Chance(seed, index);
    const person = index === 0 ? anna : makePerson(chance, index, year);
    const life = index === 0 ? annaLife(now) : live(chance, person, now, days, mean);
    addPerson(made, seed, person, life);
    if (index === 0 || (person.card !== undefined && chance.chance(doubleShare))) {
      // Anna's second card is one that only staff can judge.
      addDouble(made, person, makeDouble(chance, person, now, index === 0 ? 'doubtful' : undefined));
    }
  }
  return made;
}

function addPerson(made: Made[], seed: number, person: Person, life: Life): void {
  const at = made.length;
  const home: SourceKey = `till:${shops.find(({ city }) => city === person.city)?.id ?? 'kzn-bauman'}`;
  const source = person.card === undefined ? 'site' : home;
  made.push({
    profile: {
      first: person.first,
      middle: person.middle,
      last: person.last,
      birthDate: person.birthDate,
      city: person.city,
      ...(person.card === undefined ? {} : { attributes: attributesOf(person, life) }),
    },
    createdAt: life.createdAt,
    source,
    identifiers: identifiersOf(seed, person, life, source),
    deeds: life.deeds
      .filter((deed) => deed.who === 'person')
      .map((deed) => ({
        deed,
        userId: deed.source === 'site' || deed.source === 'app' ? person.userId : undefined,
        anonymousId: deed.source === 'site' ? life.anonymousId : undefined,
      })),
    isPerson: true,
  });
  if (life.signedInAt === undefined || life.anonymousId === undefined) return;
  const before = life.deeds.filter((deed) => deed.who === 'visitor');
  const createdAt = before[0]?.at ?? life.signedInAt;
  made.push({
    profile: {},
    createdAt,
    source: 'site',
    identifiers: [{ kind: 'anonymous_id', value: life.anonymousId, proof: 'proven', how: 'technical', from: 'site', at: createdAt }],
    deeds: before.map((deed) => ({ deed, userId: undefined, anonymousId: life.anonymousId })),
    joins: {
      to: at, at: life.signedInAt, by: { kind: 'rule', id: null }, why: 'identifier',
      evidence: [{ field: 'phone', a: person.phone, b: person.phone, verdict: 'agree', weight: 10 }, { field: 'anonymous_id', a: life.anonymousId, b: life.anonymousId, verdict: 'agree', weight: 5 }],
    },
    isPerson: false,
  }); // prettier-ignore
}

/** What the club knows of who holds a card; all of it follows from what she bought. */
function attributesOf(person: Person, life: Life): Record<string, string | number | string[]> {
  const bought = life.deeds.filter((deed) => deed.name === 'Order Completed');
  const products = bought.flatMap((deed) => (deed.properties['products'] as { category?: string }[] | undefined) ?? []);
  const interests = [
    ...new Set(products.map((product) => product.category ?? '').filter((category) => category !== '')),
  ];
  const shop = bought
    .map((deed) => deed.properties['shop'])
    .findLast((name) => typeof name === 'string' && !name.startsWith('Маяк Кофе'));
  return {
    clubSince: new Date(life.createdAt).toISOString().slice(0, 10),
    ...(typeof shop === 'string' ? { favouriteShop: shop } : {}),
    ...(interests.length > 0 ? { interests: interests.slice(0, 5) } : {}),
  };
}

function identifiersOf(seed: number, person: Person, life: Life, home: SourceKey): DemoIdentifier[] {
  const since = (source: SourceKey): number =>
    life.deeds.find((deed) => deed.source === source && deed.who === 'person')?.at ?? life.createdAt;
  const list: DemoIdentifier[] = [];
  const add = (kind: string, value: string | undefined, how: string, from: SourceKey, at = life.createdAt): void => {
    if (value !== undefined) list.push({ kind, value, proof: how === 'typed' ? 'claimed' : 'proven', how, from, at });
  };
  const isAnna = person.index === 0;
  // First the one that tells whether the person is there already.
  add('external:1c', `${seed}-${person.index}`, 'import', home);
  add('card', person.card, 'card', home);
  add('user_id', person.userId, 'sign-in', life.device === undefined ? 'site' : 'app', life.signedInAt ?? since('app'));
  add('phone', person.phone, isAnna || person.index % 5 > 0 ? 'code' : 'typed', home);
  add('email', person.email, isAnna || person.index % 3 > 0 ? 'code' : 'typed', 'site', life.signedInAt);
  add('telegram', person.telegram, 'contact', 'bot', since('bot'));
  add('device', life.device, 'technical', 'app', since('app'));
  add('push_token', life.pushToken, 'technical', 'app', since('app'));
  // Once she signed in on the site, the cookie is the visitor's that she joined.
  if (life.signedInAt === undefined) add('anonymous_id', life.anonymousId, 'technical', 'site', since('site'));
  return list;
}

/** A second card for one person: joined when the evidence is good, else for staff to decide. */
function addDouble(made: Made[], person: Person, double: Double): void {
  const to = made.findLastIndex((one) => one.isPerson);
  const own = {
    id: 'a', name: person, birthDate: person.birthDate, phones: [person.phone], emails: person.email === undefined ? [] : [person.email], city: person.city,
  }; // prettier-ignore
  const found = score(
    own,
    { id: 'b', ...double.record },
    { population: 10_000, frequency: (field) => (field === 'city' ? 0.5 : undefined) },
  );
  const at = double.at + 60_000;
  const { evidence } = found;
  made.push({
    profile: double.profile,
    createdAt: double.at,
    source: double.source,
    identifiers: double.identifiers.map((one) => ({
      ...one,
      how: one.kind === 'card' ? 'card' : 'typed',
      from: double.source,
      at: double.at,
    })),
    deeds: double.deeds.map((deed) => ({ deed, userId: undefined, anonymousId: undefined })),
    ...(found.verdict === 'join'
      ? { joins: { to, at, by: { kind: 'linkage', id: null }, why: 'linkage', evidence } }
      : {}),
    ...(found.verdict === 'suggest' ? { resembles: { to, at, score: found.score, evidence } } : {}),
    isPerson: false,
  });
}
