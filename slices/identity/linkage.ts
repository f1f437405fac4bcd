import {
  compareGiven,
  comparePatronymic,
  compareSurname,
  fullNamesOf,
  genderOf,
  loose,
  settle,
  surnameRoot,
  toLatin,
} from './name.ts';
import type { NameLikeness } from './name.ts';
import { fields, levels, model as trained } from './linkage-model.ts';
import type { Field, Model } from './linkage-model.ts';

/**
 * Are two records one person? Fellegi–Sunter with three kinds of pairs instead of two: one person, one household, and
 * strangers. With two kinds, EM learns "household" (same phone, surname and address) and joins families; the third
 * kind takes them out, and a contradiction in given name, patronymic or birth date forbids the join altogether unless a
 * card or a mail address, which belong to one person, is equal.
 */

export { fields, levels } from './linkage-model.ts';
export type { Field, Model } from './linkage-model.ts';

export type PersonName = { first?: string | undefined; middle?: string | undefined; last?: string | undefined };

/** One record, or a person with all that is known. Identifiers are normalised; shared and blocked ones are left out. */
export type LinkageRecord = {
  id: string;
  name?: PersonName | undefined;
  otherNames?: readonly PersonName[] | undefined;
  /** ISO date; a swapped one (1980-23-08) is understood. */
  birthDate?: string | undefined;
  phones?: readonly string[] | undefined;
  emails?: readonly string[] | undefined;
  cards?: readonly string[] | undefined;
  city?: string | undefined;
  address?: string | undefined;
};

/** How common names and places are: shares of 0 to 1 by settled value. Without it the model's averages are used. */
export type Frequency = (field: 'first' | 'middle' | 'last' | 'city', value: string) => number | undefined;

export type Prepared = {
  id: string;
  firsts: readonly string[];
  middles: readonly string[];
  lasts: readonly string[];
  birthDates: readonly string[];
  emailYears: readonly string[];
  phones: readonly string[];
  emails: readonly string[];
  cards: readonly string[];
  city: string;
  address: string;
  /** The patronymic or surname shows it: 'f', 'm' or ''. */
  gender: string;
};

/** A record ready to be compared: names settled, a missing surname read out of the mail address. */
export function prepare(record: LinkageRecord): Prepared {
  const names = [record.name ?? {}, ...(record.otherNames ?? [])];
  const pick = (part: keyof PersonName): string[] => [
    ...new Set(names.map((name) => settle(name[part] ?? '')).filter((text) => text !== '')),
  ];
  const firsts = pick('first');
  const middles = pick('middle');
  let lasts = pick('last');
  const emails = record.emails ?? [];
  if (lasts.length === 0) lasts = emails.map((email) => surnameInEmail(email, firsts)).filter((text) => text !== '');
  return {
    id: record.id,
    firsts,
    middles,
    lasts,
    birthDates: record.birthDate === undefined || record.birthDate === '' ? [] : [record.birthDate],
    emailYears: emails.map(yearInEmail).filter((year) => year !== ''),
    phones: record.phones ?? [],
    emails,
    cards: record.cards ?? [],
    city: settle(record.city ?? ''),
    address: settleAddress(record.address ?? ''),
    gender: genderOf(middles[0] ?? '', lasts[0] ?? '') ?? '',
  };
}

function localPart(email: string): string {
  return email.slice(0, Math.max(0, email.lastIndexOf('@')));
}

/** "elizaveta.drozdova@" beside the given name Елизавета tells the surname дроздова. */
function surnameInEmail(email: string, firsts: readonly string[]): string {
  const local = localPart(email).replace(/\d+$/, '');
  for (const first of firsts.flatMap(fullNamesOf)) {
    const latin = toLatin(first);
    const rest = local.startsWith(latin)
      ? local.slice(latin.length)
      : local.endsWith(latin)
        ? local.slice(0, -latin.length)
        : '';
    const surname = rest.replace(/[^a-z]/g, '');
    if (surname.length > 3) return settle(surname);
  }
  return '';
}

/** Two digits at the end of a mail address are most often the year of birth. */
function yearInEmail(email: string): string {
  return /(?:^|\D)(?:19|20)?(\d\d)$/.exec(localPart(email))?.[1] ?? '';
}

const addressWords = /(?<![а-я])(?:улица|ул|площадь|пл|аллея|ал|набережная|наб|проспект|просп|пр-кт|пр|переулок|пер|бульвар|бул|б-р|шоссе|ш|проезд|квартира|кварт|квт|кв|дом|д|город|г|офис|оф|корпус|корп|к)(?![а-я])\.?/g; // prettier-ignore

function settleAddress(raw: string): string {
  const text = raw.toLowerCase().replaceAll('ё', 'е').replace(addressWords, ' ');
  return (text.match(/[\p{L}\d/-]+/gu) ?? []).sort().join(' ');
}

const nameLevels: Record<'first' | 'middle' | 'last', Record<NameLikeness, number>> = {
  first: { same: 0, variant: 1, similar: 2, initial: 3, differ: 4 },
  middle: { same: 0, variant: 0, similar: 1, initial: 2, differ: 3 },
  last: { same: 0, variant: 0, similar: 1, initial: 2, differ: 4 },
};

/** Names repeat, so what two settled names are to each other is remembered. Bounded: forgotten as a whole when full. */
const remembered = new Map<string, number>();
const maxRemembered = 200_000;

function nameLevel(part: 'first' | 'middle' | 'last', a: string, b: string): number {
  if (a === b) return 0;
  const key = a < b ? `${part}${a}|${b}` : `${part}${b}|${a}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const compare = part === 'first' ? compareGiven : part === 'middle' ? comparePatronymic : compareSurname;
  const level = nameLevels[part][compare(a, b)];
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(key, level);
  return level;
}

function best(a: readonly string[], b: readonly string[], level: (x: string, y: string) => number): number {
  let least = -1;
  for (const x of a) {
    for (const y of b) {
      const found = level(x, y);
      if (least === -1 || found < least) least = found;
    }
  }
  return least;
}

function dateLevel(a: string, b: string): number {
  if (a === b) return 0;
  const [yearA = '', monthA = '', dayA = ''] = a.split('-');
  const [yearB = '', monthB = '', dayB = ''] = b.split('-');
  if (yearA === yearB && monthA === dayB && dayA === monthB) return 1;
  let slips = 0;
  for (let index = 0; index < 10; index += 1) if (a[index] !== b[index]) slips += 1;
  return slips === 1 ? 2 : 3;
}

/** One wrong or two swapped digits. */
function phoneLevel(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length !== b.length) return 2;
  const at: number[] = [];
  for (let index = 0; index < a.length && at.length < 3; index += 1) if (a[index] !== b[index]) at.push(index);
  const [i = 0, j = 0] = at;
  if (at.length === 1) return 1;
  return at.length === 2 && j === i + 1 && a[i] === b[j] && a[j] === b[i] ? 1 : 2;
}

function emailLevel(a: string, b: string): number {
  if (a === b) return 0;
  const [localA, localB] = [localPart(a), localPart(b)];
  // Other digits at the end are most often another person's address.
  if (localA.replace(/\D/g, '') !== localB.replace(/\D/g, '')) return 2;
  const [slim, other] = [localA.replace(/[^\p{L}]/gu, ''), localB.replace(/[^\p{L}]/gu, '')];
  return slim === other || Math.min(slim.length, other.length) > 5 && oneSlip(slim, other) ? 1 : 2; // prettier-ignore
}

/** One letter replaced, lost, added, or two neighbours swapped. */
function oneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (
    (left.length <= 1 && right.length <= 1) ||
    (left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0])
  );
}

function addressLevel(a: string, b: string): number {
  if (a === b) return 0;
  return a.length > 8 && b.length > 8 && (oneSlip(a, b) || sameDigits(a, b)) ? 1 : 2;
}

/** The same letters and the same digits in another order: flat 64 for 46, or a slip in the street beside equal numbers. */
function sameDigits(a: string, b: string): boolean {
  const letters = (text: string): string => text.replace(/[^\p{L}]/gu, '');
  const digits = (text: string): string => text.replace(/\D/g, '');
  const sorted = (text: string): string => Array.from(digits(text)).sort().join('');
  return (
    (letters(a) === letters(b) && sorted(a) === sorted(b)) ||
    (digits(a) === digits(b) && oneSlip(letters(a), letters(b)))
  );
}

function yearLevel(a: Prepared, b: Prepared): number {
  if (a.birthDates.length > 0 && b.birthDates.length > 0) return -1;
  const years = (side: Prepared): readonly string[] =>
    side.birthDates.length > 0 ? side.birthDates.map((date) => date.slice(2, 4)) : side.emailYears;
  return best(years(a), years(b), (x, y) => (x === y ? 0 : 1));
}

/** The level of every field, in the order of `fields`; -1 where one side has no value. */
export function compare(a: Prepared, b: Prepared): number[] {
  let last = best(a.lasts, b.lasts, (x, y) => nameLevel('last', x, y));
  // A woman may have married, so another surname says less about two women than about two men.
  if (last === 4 && a.gender === 'f' && b.gender === 'f') last = 3;
  return [
    best(a.firsts, b.firsts, (x, y) => nameLevel('first', x, y)),
    best(a.middles, b.middles, (x, y) => nameLevel('middle', x, y)),
    last,
    best(a.birthDates, b.birthDates, dateLevel),
    yearLevel(a, b),
    best(a.phones, b.phones, phoneLevel),
    best(a.emails, b.emails, emailLevel),
    best(a.cards, b.cards, (x, y) => (x === y ? 0 : 1)),
    a.city === '' || b.city === '' ? -1 : a.city === b.city ? 0 : 1,
    a.address === '' || b.address === '' ? -1 : addressLevel(a.address, b.address),
  ];
}

const at = Object.fromEntries(fields.map((field, index) => [field, index])) as Record<Field, number>;

/**
 * What forbids a join: another given name, patronymic, gender or birth date, unless a card or a mail address is equal.
 * Two contradictions forbid it even then: a family may share a card.
 */
export function conflict(pattern: readonly number[], a: Prepared, b: Prepared): boolean {
  let contradictions = 0;
  if (pattern[at.first] === 4) contradictions += 1;
  if (pattern[at.middle] === 3) contradictions += 1;
  if (pattern[at.birthDate] === 3) contradictions += 1;
  if (a.gender !== '' && b.gender !== '' && a.gender !== b.gender) contradictions += 1;
  const own = pattern[at.card] === 0 || pattern[at.email] === 0;
  return contradictions > (own ? 1 : 0);
}

/**
 * Whether anything but given name and surname agrees. These two alone never join, however rare they are among the
 * records at hand: how many bear them outside of these is not known. With an equal patronymic they may.
 */
export function grounded(pattern: readonly number[]): boolean {
  const { middle, birthDate, birthYear, phone, email, card, city, address } = at;
  return (
    [card, city, birthYear, middle].some((index) => pattern[index] === 0) ||
    [birthDate, phone, email, address].some((index) => pattern[index] === 0 || pattern[index] === 1)
  );
}

/** log2 of the odds that a pair with this pattern is one person, in a population of so many records. */
export function logOdds(pattern: readonly number[], model: Model, population: number): number {
  const perPair = 1 / Math.max(2, population);
  let person = Math.log2(model.personPartners * perPair);
  let household = Math.log2(model.householdPartners * perPair);
  let stranger = 0;
  for (const [index, field] of fields.entries()) {
    const level = pattern[index] ?? -1;
    if (level < 0) continue;
    person += Math.log2(model.person[field][level] ?? 1e-9);
    household += Math.log2(model.household[field][level] ?? 1e-9);
    stranger += Math.log2(model.stranger[field][level] ?? 1e-9);
  }
  const top = Math.max(household, stranger);
  return person - (top + Math.log2(2 ** (household - top) + 2 ** (stranger - top)));
}

export type Verdict = 'join' | 'suggest' | 'apart';
export type Evidence = { field: Field; a: string; b: string; verdict: 'agree' | 'similar' | 'differ'; weight: number };
export type Score = {
  /** log2 of the odds for one person: 0 is even, 10 is a thousand to one. */
  score: number;
  verdict: Verdict;
  /** True where a contradiction forbids the join whatever the score. */
  conflict: boolean;
  evidence: Evidence[];
};

export type ScoreOptions = {
  model?: Model;
  /** How many records there are to be confused with. */
  population?: number;
  frequency?: Frequency;
  joinAt?: number;
  suggestAt?: number;
};

/** log2 odds at which records are joined by themselves (8 to 1), and from which a person is asked (1 to 8). docs/adr/0004-linkage.md */
export const joinAt = 3;
export const suggestAt = -3;

/** log2 odds of a pair without the words for people: what clustering needs, many times a second. */
export function pairScore(
  a: Prepared,
  b: Prepared,
  options: ScoreOptions = {},
): { score: number; conflict: boolean; grounded: boolean; pattern: number[] } {
  const pattern = compare(a, b);
  const model = options.model ?? trained;
  let score = logOdds(pattern, model, options.population ?? 100_000);
  if (options.frequency !== undefined) score += rarity(a, b, pattern, model, options.frequency);
  return { score, conflict: conflict(pattern, a, b), grounded: grounded(pattern), pattern };
}

/** A rare name that agrees says more than a common one, at most 8 bits more or less in all. */
function rarity(a: Prepared, b: Prepared, pattern: readonly number[], model: Model, frequency: Frequency): number {
  let bits = 0;
  const add = (field: 'first' | 'middle' | 'last' | 'city', value: string): void => {
    const share = frequency(field, value);
    const average = model.stranger[field][0] ?? 1;
    if (share !== undefined && share > 0) bits += Math.log2(average / share);
  };
  if (pattern[at.first] === 0 || pattern[at.first] === 1) add('first', nameKey('first', shared(a.firsts, b.firsts)));
  if (pattern[at.middle] === 0) add('middle', nameKey('middle', shared(a.middles, b.middles)));
  if (pattern[at.last] === 0) add('last', nameKey('last', shared(a.lasts, b.lasts)));
  if (pattern[at.city] === 0) add('city', a.city);
  return Math.max(-8, Math.min(8, bits));
}

function shared(a: readonly string[], b: readonly string[]): string {
  return a.find((value) => b.includes(value)) ?? a[0] ?? '';
}

/** The value under which a name is counted: саша with александр, иванова with иванов, what transliteration lost aside. */
export function nameKey(field: 'first' | 'middle' | 'last', settled: string): string {
  if (field === 'first') return loose(fullNamesOf(settled)[0] ?? settled);
  return loose(field === 'last' ? surnameRoot(settled) : settled);
}

/** Whether two records are one person, with what speaks for it and against it, strongest first. */
export function score(a: LinkageRecord, b: LinkageRecord, options: ScoreOptions = {}): Score {
  const [left, right] = [prepare(a), prepare(b)];
  const found = pairScore(left, right, options);
  const model = options.model ?? trained;
  const verdict: Verdict =
    found.score >= (options.joinAt ?? joinAt) && found.grounded && !found.conflict
      ? 'join'
      : found.score >= (options.suggestAt ?? suggestAt)
        ? 'suggest'
        : 'apart';
  const evidence: Evidence[] = [];
  for (const [index, field] of fields.entries()) {
    const level = found.pattern[index] ?? -1;
    if (level < 0) continue;
    const weight = Math.log2((model.person[field][level] ?? 1e-9) / (model.stranger[field][level] ?? 1e-9));
    const last = levels[field].length - 1;
    const word = level === 0 ? 'agree' : level === last || (field === 'last' && level === 3) ? 'differ' : 'similar';
    evidence.push({
      field,
      a: shown(left, a, field),
      b: shown(right, b, field),
      verdict: word,
      weight: Math.round(weight * 10) / 10,
    });
  }
  evidence.sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight));
  return { score: Math.round(found.score * 10) / 10, verdict, conflict: found.conflict, evidence };
}

function shown(side: Prepared, record: LinkageRecord, field: Field): string {
  switch (field) {
    case 'first':
    case 'middle':
    case 'last':
      return record.name?.[field] ?? side[`${field}s`][0] ?? '';
    case 'birthDate':
      return side.birthDates[0] ?? '';
    case 'birthYear':
      return side.birthDates[0]?.slice(0, 4) ?? side.emails[0] ?? '';
    case 'phone':
      return side.phones.join(', ');
    case 'email':
      return side.emails.join(', ');
    case 'card':
      return side.cards.join(', ');
    case 'city':
      return record.city ?? '';
    case 'address':
      return record.address ?? '';
  }
}
