/** What traits say of a person: names, birthday, place and the attributes that the company declared. Pure. */

export type AttributeType = 'text' | 'number' | 'money' | 'date' | 'list';
/** Money is whole minor units. */
export type AttributeValue = string | number | readonly string[];

/** Fields that were given; a field that is null was given as empty and says nothing. */
export interface Profile {
  readonly first?: string;
  readonly middle?: string;
  readonly last?: string;
  /** ISO date. */
  readonly birthDate?: string;
  readonly city?: string;
  readonly address?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

type Draft = { -readonly [Key in keyof Profile]: Profile[Key] };

/** Traits that are identifiers, or that the standard names but nothing here keeps; they are not "undeclared". */
const known: ReadonlySet<string> = new Set([
  'email',
  'phone',
  'id',
  'userId',
  'anonymousId',
  'username',
  'avatar',
  'createdAt',
  'card',
  'firstName',
  'first_name',
  'lastName',
  'last_name',
  'middleName',
  'middle_name',
  'patronymic',
  'name',
  'birthday',
  'birthDate',
  'birth_date',
  'city',
  'address',
]);

/** Reads Segment's standard traits and the declared attributes. What does not fit its type is left out. */
export function readTraits(
  traits: Readonly<Record<string, unknown>>,
  attributes: ReadonlyMap<string, AttributeType>,
  undeclared?: (key: string) => void,
): Profile | undefined {
  const draft: Draft = {};
  const whole = text(traits['name']);
  if (whole !== undefined) Object.assign(draft, splitName(whole));
  set(draft, 'first', text(traits['firstName'] ?? traits['first_name']));
  set(draft, 'middle', text(traits['middleName'] ?? traits['middle_name'] ?? traits['patronymic']));
  set(draft, 'last', text(traits['lastName'] ?? traits['last_name']));
  set(draft, 'birthDate', isoDate(traits['birthday'] ?? traits['birthDate'] ?? traits['birth_date']));
  const address = traits['address'];
  if (typeof address === 'object' && address !== null) {
    const parts = address as Readonly<Record<string, unknown>>;
    set(draft, 'city', text(parts['city']));
    set(draft, 'address', text(parts['street']));
  } else set(draft, 'address', text(address, 300));
  set(draft, 'city', text(traits['city']));
  const own: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(traits)) {
    if (known.has(key)) continue;
    const type = attributes.get(key);
    if (type === undefined) {
      undeclared?.(key);
      continue;
    }
    const read = readAttribute(type, value);
    if (read !== undefined) own[key] = read;
  }
  if (Object.keys(own).length > 0) draft.attributes = own;
  return Object.keys(draft).length === 0 ? undefined : draft;
}

function set<Key extends keyof Draft>(draft: Draft, key: Key, value: Draft[Key] | undefined): void {
  if (value !== undefined) draft[key] = value;
}

/** A line of text for people: no control characters, no blanks around. */
export function text(value: unknown, most = 120): string | undefined {
  if (typeof value !== 'string') return undefined;
  // oxlint-disable-next-line no-control-regex -- taking control characters out is the purpose
  const clean = value
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ')
    .replace(/\p{Cs}/gu, '')
    .trim()
    .slice(0, most)
    .trim();
  return clean === '' ? undefined : clean;
}

const patronymic = /(?:ович|евич|ьич|кич|мич|овна|евна|ична)$/iu;
const surname = /(?:ов|ев|ёв|ин|ын|ова|ева|ёва|ина|ына|ский|цкий|ская|цкая|ко|ук|юк|ян|швили|дзе)$/iu;

/** A whole name in the order in which Russians write it: Прохорова Анна Ильинична, Анна Ильинична Прохорова, Анна Прохорова. */
export function splitName(whole: string): Pick<Profile, 'first' | 'middle' | 'last'> {
  const words = whole.split(/\s+/u).slice(0, 4);
  const [one = '', two, three] = words;
  if (two === undefined) return { first: one };
  if (three === undefined) {
    if (patronymic.test(two)) return { first: one, middle: two };
    return surname.test(one) && !surname.test(two) ? { last: one, first: two } : { first: one, last: two };
  }
  if (patronymic.test(two) && !patronymic.test(three)) return { first: one, middle: two, last: three };
  if (patronymic.test(three)) return { last: one, first: two, middle: three };
  return { first: one, last: words.slice(1).join(' ') };
}

/** A calendar day from 1900 on, as ISO: 1990-03-12, 1990-03-12T00:00:00Z, 12.03.1990. */
export function isoDate(value: unknown): string | undefined {
  const raw = typeof value === 'string' ? value.trim().slice(0, 40) : '';
  const iso = /^(\d{4})-(\d\d)-(\d\d)(?:$|[T ])/.exec(raw);
  const dotted = /^(\d\d?)[./](\d\d?)[./](\d{4})$/.exec(raw);
  const [year, month, day] =
    iso !== null ? iso.slice(1).map(Number) : dotted !== null ? dotted.slice(1).map(Number).toReversed() : [];
  if (year === undefined || month === undefined || day === undefined || year < 1900 || year > 2200) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.toISOString().slice(0, 10);
}

/** A value of a declared attribute, or undefined when it does not fit. */
export function readAttribute(type: AttributeType, value: unknown): AttributeValue | undefined {
  switch (type) {
    case 'text':
      return text(typeof value === 'number' || typeof value === 'boolean' ? String(value) : value, 2_000);
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value.trim().replace(',', '.')) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    }
    case 'money':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
    case 'date':
      return isoDate(value);
    case 'list': {
      const items = (Array.isArray(value) ? value : [value])
        .slice(0, 100)
        .map((item) => text(item, 200))
        .filter((item) => item !== undefined);
      return items.length === 0 ? undefined : [...new Set(items)];
    }
  }
}

export interface Stored extends Profile {
  readonly fixed: readonly string[];
}

export interface Change {
  readonly fields: readonly string[];
  readonly profile: Profile;
}

const fieldNames = ['first', 'middle', 'last', 'birthDate', 'city', 'address'] as const;

/** What of a profile is new against what is stored, leaving alone what staff set by hand. */
export function changeOf(stored: Stored, given: Profile): Change | undefined {
  const fields: string[] = [];
  const next: Draft = {};
  for (const field of fieldNames) {
    const value = given[field];
    if (value === undefined || value === stored[field] || stored.fixed.includes(field)) continue;
    next[field] = value;
    fields.push(field);
  }
  const own: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(given.attributes ?? {})) {
    if (stored.fixed.includes(`attribute.${key}`) || same(stored.attributes?.[key], value)) continue;
    own[key] = value;
    fields.push(`attribute.${key}`);
  }
  if (fields.length === 0) return undefined;
  if (Object.keys(own).length > 0) next.attributes = own;
  return { fields, profile: next };
}

function same(a: AttributeValue | undefined, b: AttributeValue): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
