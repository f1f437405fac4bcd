import { fullNames, otherGivenNames } from './name-table.ts';

/**
 * Russian personal names as people and tills really write them: ё or е, capitals, Latin letters, the keyboard left in
 * the wrong layout, short forms, a woman's and a man's form of one surname, and slips of the finger.
 */

/** How two spellings of a part of a name stand to each other, from best to worst. */
export type NameLikeness = 'same' | 'variant' | 'similar' | 'initial' | 'differ';

/** Lower case, е for ё, one blank between words, letters and hyphens only. */
export function fold(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[‐-―]/gu, '-')
    .replace(/[^\p{L}\p{M}' -]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}

const latinOf: Readonly<Record<string, string>> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n',
  о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ъ: '', ы: 'y',
  ь: '', э: 'e', ю: 'yu', я: 'ya',
}; // prettier-ignore

/** Cyrillic to Latin as mail addresses and passports write it (Агафья → agafya). Other letters stay. */
export function toLatin(text: string): string {
  let out = '';
  for (const letter of text.toLowerCase()) out += latinOf[letter] ?? letter;
  return out;
}

// Longest first. The ends of Russian surnames and given names decide what a bare "y" is.
const cyrillicOf: readonly (readonly [RegExp, string])[] = [
  [/shch|sch/g, 'щ'],
  [/zh/g, 'ж'],
  [/kh/g, 'х'],
  [/ts|tz/g, 'ц'],
  [/ch/g, 'ч'],
  [/sh/g, 'ш'],
  [/yu|iu|ju/g, 'ю'],
  [/ya|ja/g, 'я'],
  [/yo|jo|ye|je/g, 'е'],
  [/ia$/g, 'ия'],
  [/ia/g, 'я'],
  [/iy\b|ij\b|ii\b/g, 'ий'],
  [/yy\b|yj\b/g, 'ый'],
  [/ay\b|aj\b|ai\b/g, 'ай'],
  [/ey\b|ej\b|ei\b/g, 'ей'],
  [/oy\b|oj\b/g, 'ой'],
  [/sky\b|ski\b/g, 'ский'],
  [/(?<=[aeiou])y/g, 'й'],
  [/y/g, 'ы'],
  [/x/g, 'кс'],
  [/ph/g, 'ф'],
];
const singleCyrillic: Readonly<Record<string, string>> = {
  a: 'а', b: 'б', c: 'к', d: 'д', e: 'е', f: 'ф', g: 'г', h: 'х', i: 'и', j: 'й', k: 'к', l: 'л', m: 'м', n: 'н', o: 'о',
  p: 'п', q: 'к', r: 'р', s: 'с', t: 'т', u: 'у', v: 'в', w: 'в', z: 'з', "'": 'ь',
}; // prettier-ignore

/** Latin to Cyrillic, the likeliest reading: Prokhorova → прохорова. What Latin does not write (ь) is not invented. */
export function toCyrillic(text: string): string {
  let out = text.toLowerCase();
  for (const [pattern, letter] of cyrillicOf) out = out.replace(pattern, letter);
  return Array.from(out, (letter) => singleCyrillic[letter] ?? letter).join('');
}

const latinKeys = '`qwertyuiop[]asdfghjkl;\'zxcvbnm,.~{}:"<>';
const cyrillicKeys = 'ёйцукенгшщзхъфывапролджэячсмитьбюёхъжэбю';
const keyToCyrillic = new Map(Array.from(latinKeys, (key, index) => [key, cyrillicKeys[index] ?? key]));
const keyToLatin = new Map(Array.from(cyrillicKeys.slice(0, 33), (key, index) => [key, latinKeys[index] ?? key]));

/** What the fingers meant when the keyboard was left in the Latin layout: Ghj[jhjdf → прохорова. */
export function fixLayout(text: string): string {
  return Array.from(text.toLowerCase(), (key) => keyToCyrillic.get(key) ?? key).join('');
}

/** The other way round: фттф@ьфшд.кг typed for anna@mail.ru. */
export function fixCyrillicLayout(text: string): string {
  return Array.from(text.toLowerCase(), (key) => keyToLatin.get(key) ?? key).join('');
}

const nameEnd =
  /(?:ов|ев|ин|ын|ова|ева|ина|ына|ский|цкий|ская|цкая|ской|ук|юк|ко|ич|их|ых|ян|ий|ой|ая|вна|чна|ович|евич|дзе|швили|слав|мир|ия|ья|ей|ай)$/;
const foldedNames: ReadonlySet<string> = new Set([...fullNames.keys(), ...otherGivenNames]);
const latinToName: ReadonlyMap<string, string> = new Map(Array.from(foldedNames, (name) => [toLatin(name), name]));

function russianness(text: string): number {
  if (foldedNames.has(text)) return 3;
  const clusters = /[бвгджзйклмнпрстфхцчшщъь]{4,}|[аеиоуыэюя]{3,}|^[ъьы]/.test(text) ? -2 : 0;
  const vowels = (text.match(/[аеиоуыэюя]/g) ?? []).length / Math.max(1, text.length);
  return (nameEnd.test(text) ? 1.5 : 0) + clusters + (vowels < 0.22 || vowels > 0.7 ? -1.5 : 0);
}

/**
 * A part of a name as folded Cyrillic: Latin letters are read as transliteration or as a wrong keyboard layout,
 * whichever looks more like a Russian name. A foreign name comes out in Cyrillic letters too; it is for comparing, not for showing.
 */
export function settle(text: string): string {
  const raw = text.normalize('NFC').toLowerCase().trim();
  if (!/[a-z]/.test(raw)) return fold(raw);
  const folded = fold(raw);
  const known = latinToName.get(folded);
  if (known !== undefined) return known;
  // A stray Latin letter in a Cyrillic word looks like its twin (Mария with a Latin M).
  if (/[а-яё]/.test(raw)) return fold(untwin(raw));
  const read = fold(toCyrillic(folded));
  const typed = fold(fixLayout(raw));
  return russianness(typed) > russianness(read) ? typed : read;
}

const twins: Readonly<Record<string, string>> = {
  a: 'а',
  b: 'в',
  c: 'с',
  e: 'е',
  h: 'н',
  k: 'к',
  m: 'м',
  o: 'о',
  p: 'р',
  t: 'т',
  x: 'х',
  y: 'у',
};

function untwin(text: string): string {
  return Array.from(text, (letter) => twins[letter] ?? singleCyrillic[letter] ?? letter).join('');
}

/** The full given names that a settled form may stand for: саша → александр, александра; itself when it is not known. */
export function fullNamesOf(settled: string): readonly string[] {
  return fullNames.get(settled) ?? [settled];
}

/** A surname without its gender: иванова and иванов → иванов, красная and красный → красн, толстая → толст. */
export function surnameRoot(settled: string): string {
  return settled
    .split(/[ -]/)
    .map((word) =>
      /(?:ов|ев|ин|ын)а$/.test(word)
        ? word.slice(0, -1)
        : word.length > 4
          ? word.replace(/(?:ый|ий|ой|ая|яя)$/, '')
          : word,
    )
    .join('-');
}

/** A patronymic without its gender: михайловна and михайлович → михайл. */
export function patronymicRoot(settled: string): string {
  return settled.replace(/(?:ович|овна|евич|евна|ьич|ич|инична|ична)$/, '');
}

/** Which gender a patronymic or a Russian surname shows, if it shows one. Both are settled already. */
export function genderOf(middle: string, last: string): 'f' | 'm' | undefined {
  if (/(?:вна|чна)$/.test(middle)) return 'f';
  if (/ич$/.test(middle)) return 'm';
  if (/(?:ова|ева|ина|ына|ская|цкая)$/.test(last)) return 'f';
  if (/(?:ов|ев|ин|ын|ский|цкий)$/.test(last)) return 'm';
  return undefined;
}

/** Jaro–Winkler likeness, 0 to 1. */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return 1;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const takenB = new Uint8Array(b.length);
  const matchedA: string[] = [];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = Math.max(0, i - reach); j <= Math.min(b.length - 1, i + reach); j += 1) {
      if (takenB[j] === 0 && a[i] === b[j]) {
        takenB[j] = 1;
        matchedA.push(a[i] ?? '');
        break;
      }
    }
  }
  const matches = matchedA.length;
  if (matches === 0) return 0;
  let swaps = 0;
  for (let j = 0, k = 0; j < b.length; j += 1) {
    if (takenB[j] === 1) {
      if (b[j] !== matchedA[k]) swaps += 1;
      k += 1;
    }
  }
  const jaro = (matches / a.length + matches / b.length + (matches - swaps / 2) / matches) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < a.length && a[prefix] === b[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

/** Damerau–Levenshtein distance (optimal string alignment), counted no further than `limit` + 1. */
export function editDistance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (before[j - 2] ?? 0) + 1);
      row.push(value);
      least = Math.min(least, value);
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return Math.min(limit + 1, above[b.length] ?? 0);
}

/** One slip in a short word, two in a long one. */
function slip(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length);
  return shorter > 2 && editDistance(a, b, 2) <= (shorter > 6 ? 2 : 1);
}

/** Given names, settled. `variant`: one is a short form of the other, or both of one full name. */
export function compareGiven(a: string, b: string): NameLikeness {
  if (a === b) return 'same';
  if (a.length === 1 || b.length === 1) return a[0] === b[0] ? 'initial' : 'differ';
  const full = fullNamesOf(a);
  const other = fullNamesOf(b);
  if (full.some((name) => other.includes(name))) return 'variant';
  if (loose(a) === loose(b)) return 'variant';
  // Two different names that are both real (Мария, Марина) are no slip of the finger.
  if (foldedNames.has(a) && foldedNames.has(b)) return 'differ';
  if (slip(a, b)) return 'similar';
  return full.some((name) => other.some((second) => slip(name, second))) && (foldedNames.has(a) || foldedNames.has(b))
    ? 'similar'
    : 'differ';
}

export function comparePatronymic(a: string, b: string): NameLikeness {
  if (a === b) return 'same';
  if (a.length === 1 || b.length === 1) return a[0] === b[0] ? 'initial' : 'differ';
  if (loose(a) === loose(b)) return 'variant';
  return slip(a, b) || slip(patronymicRoot(a), patronymicRoot(b)) ? 'similar' : 'differ';
}

export function compareSurname(a: string, b: string): NameLikeness {
  if (a === b) return 'same';
  if (a.length === 1 || b.length === 1) return a[0] === b[0] ? 'initial' : 'differ';
  const [rootA, rootB] = [surnameRoot(a), surnameRoot(b)];
  if (rootA === rootB || loose(rootA) === loose(rootB)) return 'variant';
  return slip(a, b) || slip(rootA, rootB) ? 'similar' : 'differ';
}

/** What transliteration there and back loses: ь, ъ, й and ы for и, э for е, doubled letters. */
export function loose(settled: string): string {
  return settled
    .replace(/[ьъ]/g, '')
    .replace(/[йы]/g, 'и')
    .replaceAll('э', 'е')
    .replace(/(.)\1+/gu, '$1')
    .replace(/и[яа]$/, 'я');
}

export type Searchable = {
  name?: { first?: string | undefined; middle?: string | undefined; last?: string | undefined };
  identifiers?: readonly { kind: string; value: string }[];
};

/**
 * The one line by which a person is found with trigrams: names in folded Cyrillic, last name first, as staff type
 * them, the full given name beside a short one, then phones, mail addresses and cards as they are stored.
 */
export function searchText(person: Searchable): string {
  const parts = [person.name?.last, person.name?.first, person.name?.middle].map((part) => settle(part ?? ''));
  const given = fullNamesOf(parts[1] ?? '').filter((name) => name !== parts[1]);
  const shown = new Set(['phone', 'email', 'card', 'user_id', 'telegram', 'vk', 'max', 'whatsapp', 'viber']);
  const values = (person.identifiers ?? [])
    .filter(({ kind }) => shown.has(kind))
    .map(({ value }) => value.toLowerCase());
  return [...parts, ...given.slice(0, 2), ...new Set(values)].filter((part) => part !== '').join(' ');
}

/**
 * What a person at the search box may have meant, likeliest first: as typed, the other keyboard layout, the other
 * alphabet. Each is folded as `searchText` is; a query with digits or "@" is kept as typed, without blanks and brackets.
 */
export function searchForms(query: string): string[] {
  const raw = query.normalize('NFC').toLowerCase().trim().slice(0, 100);
  if (raw.includes('@')) return [raw];
  if (/\d{3}/.test(raw)) {
    const digits = raw.replace(/[\s()+\-.]/gu, '');
    return [/^[78]\d{3,10}$/.test(digits) ? digits.slice(1) : digits];
  }
  const words = raw.split(/\s+/);
  const forms = [
    words.map((word) => (/[a-z]/.test(word) ? settle(word) : fold(word))).join(' '),
    fold(words.map((word) => (/[a-z]/.test(word) ? fixLayout(word) : word)).join(' ')),
    fold(raw),
  ];
  return [...new Set(forms.filter((form) => form !== ''))];
}
