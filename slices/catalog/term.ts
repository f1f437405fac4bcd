import { sameWords } from './synonym.ts';

/**
 * Words of goods as people type them: both alphabets, the keyboard left in the wrong layout, brands by ear, slips of the
 * finger. Everything is folded to one spelling in Latin letters; all here is pure.
 */

const latinOf: Readonly<Record<string, string>> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ж: 'zh', з: 'z', и: 'i', й: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o',
  п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sh', ъ: '', ы: 'i', ь: '', э: 'e',
  ю: 'u', я: 'ia', і: 'i', ї: 'i', є: 'e', ґ: 'g',
}; // prettier-ignore

// What sounds the same is written the same: philips and филипс, bosch and бош, huawei and хуавей. In this order.
const sounds: readonly (readonly [RegExp, string])[] = [
  [/d?zh|dj/g, 'j'],
  [/ph/g, 'f'],
  [/kh/g, 'h'],
  [/sch/g, 'sh'],
  [/ck/g, 'k'],
  [/qu/g, 'kv'],
  [/q/g, 'k'],
  [/x/g, 'ks'],
  [/w/g, 'v'],
  [/th/g, 't'],
  [/c(?=[eiy])/g, 's'],
  [/c(?!h)/g, 'k'],
  [/oo|ou/g, 'u'],
  [/ee|ie/g, 'i'],
  [/yu/g, 'u'],
  [/y/g, 'i'],
  [/(.)\1+/g, '$1'],
];

/** Lower case without accents, е for ё. */
export const plain = (text: string): string =>
  text.normalize('NFKD').replaceAll(/(?<![иИ])\u0306|[\u0300-\u0305\u0307-\u036f]/g, '').normalize('NFC').toLowerCase().replaceAll('ё', 'е'); // prettier-ignore

/** One spelling of a word in either alphabet, by its sound. Digits stay. */
export function fold(word: string): string {
  let out = '';
  for (const letter of word) out += latinOf[letter] ?? letter;
  if (/^\d+$/.test(out)) return out;
  for (const [pattern, sound] of sounds) out = out.replace(pattern, sound);
  return out;
}

/** The words of a text; where letters and digits meet, a word ends: 256гб is 256 гб, wh1000xm5 is wh 1000 xm 5. */
export const wordsOf = (text: string): string[] => plain(text).match(/\p{L}+|\d+/gu) ?? [];

/** чехол and чехл(ы), кружек and кружк(а): the vowel that comes and goes before the last consonant goes always. */
export const settleStem = (stem: string): string =>
  stem.length >= 4 ? stem.replace(/([бвгджзклмнпрстфхцчшщ]ь?)[ео]([бвгджзклмнпрстфхцчшщ])$/u, '$1$2') : stem;

export interface Term {
  readonly word: string;
  /** The whole word, folded. */
  readonly spelled: string;
  /** Its stem, folded. */
  readonly stem: string;
}

/** @param stem from the dictionary of the database; undefined for a word that says nothing (для, and) */
export const termOf = (word: string, stem: string): Term => ({
  word,
  spelled: fold(word),
  stem: fold(/[а-я]/.test(stem) ? settleStem(stem) : stem),
});

/** Under which terms a word is found: its stem, its spelling, and those of words that mean the same. */
export function termsFor(term: Term): string[] {
  const own = [term.stem, term.spelled];
  const others = own.flatMap((one) => groups.get(one) ?? []);
  return [...new Set([...own, ...others])];
}

const endless = (word: string): string => (word.length > 4 ? word.replace(/(?:[аяыие]|es|s|e)$/u, '') : word);

/** Folded spelling → folded spellings of the words that mean the same. */
const groups: ReadonlyMap<string, readonly string[]> = (() => {
  const map = new Map<string, string[]>();
  for (const line of sameWords) {
    const keys = [
      ...new Set(line.split(' ').flatMap((word) => [fold(word), fold(settleStem(endless(word))), fold(endless(word))])),
    ];
    for (const key of keys) map.set(key, [...(map.get(key) ?? []), ...keys]);
  }
  return map;
})();

const latinKeys = '`qwertyuiop[]asdfghjkl;\'zxcvbnm,.~{}:"<>';
const cyrillicKeys = 'ёйцукенгшщзхъфывапролджэячсмитьбюёхъжэбю';
const keyToCyrillic = new Map(Array.from(latinKeys, (key, index) => [key, cyrillicKeys[index] ?? key]));
const keyToLatin = new Map(Array.from(cyrillicKeys.slice(0, 33), (key, index) => [key, latinKeys[index] ?? key]));

/** What the fingers meant when the keyboard was left in the other layout: fqajy → айфон, ыфьыгтп → samsung. */
export function switchLayout(text: string): string {
  const map = /[а-яё]/i.test(text) ? keyToLatin : keyToCyrillic;
  return Array.from(text.toLowerCase(), (key) => map.get(key) ?? key).join('');
}

const letters = 'abdefghijklmnoprstuvz';

/** Every spelling one slip away: a letter missing, doubled, wrong or swapped with its neighbour. */
export function slips(word: string): string[] {
  const found = new Set<string>();
  for (let at = 0; at <= word.length; at += 1) {
    const [head, tail] = [word.slice(0, at), word.slice(at)];
    if (tail !== '') found.add(head + tail.slice(1));
    if (tail.length > 1) found.add(`${head}${tail[1] ?? ''}${tail[0] ?? ''}${tail.slice(2)}`);
    for (const letter of letters) {
      found.add(head + letter + tail);
      if (tail !== '') found.add(head + letter + tail.slice(1));
    }
  }
  found.delete(word);
  return [...found];
}

/** Damerau–Levenshtein distance (neighbours swapped count once), or `most + 1` when it is more than `most`. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    if (Math.min(...row) > most) return most + 1;
    [before, last] = [last, row];
  }
  return last[b.length] ?? most + 1;
}

/** How many slips a word of this length may have: in short ones another word is too near. */
export const mostSlips = (word: string): number => (word.length < 4 ? 0 : word.length < 7 ? 1 : 2);

/** Key of an attribute from what a feed calls it: «Объём памяти» → obem-pamiati. */
export const attributeKey = (label: string): string =>
  Array.from(plain(label), (letter) => latinOf[letter] ?? letter)
    .join('')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
