import i18next from 'i18next';
import type { i18n } from 'i18next';

export type Locale = 'ru' | 'en';

export interface Words {
  /** The text of `key` in a language; the key itself when nobody wrote it. Placeholders are `{{name}}`. */
  say(locale: Locale, key: string, params?: Readonly<Record<string, string | number>>): string;
  has(key: string): boolean;
  /** All keys with a prefix, in alphabetical order. */
  keys(prefix: string): string[];
  /** The text as it was written, placeholders and all. */
  raw(locale: Locale, key: string): string;
}

interface Pack {
  readonly ru: Readonly<Record<string, string>>;
  readonly en: Readonly<Record<string, string>>;
}

/** Gathers the word files of the slices. Keys are flat: `problem.identity.not-found`. */
export function gatherWords(packs: readonly Pack[]): Words {
  const engine: i18n = i18next.createInstance();
  const all = {
    ru: Object.assign({}, ...packs.map((pack) => pack.ru)) as Record<string, string>,
    en: Object.assign({}, ...packs.map((pack) => pack.en)) as Record<string, string>,
  };
  void engine.init({
    lng: 'ru',
    fallbackLng: 'en',
    keySeparator: false,
    nsSeparator: false,
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { ru: { translation: all.ru }, en: { translation: all.en } },
  });
  return {
    say: (locale, key, params) => engine.t(key, { lng: locale, ...params }),
    has: (key) => key in all.ru && key in all.en,
    keys: (prefix) =>
      Object.keys(all.en)
        .filter((key) => key.startsWith(prefix))
        .toSorted(),
    raw: (locale, key) => all[locale][key] ?? key,
  };
}

/** The better of ru and en for an Accept-Language header; Russian when it names neither. */
export function chooseLocale(header: string | undefined): Locale {
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const tag = part.trim();
    if (tag.startsWith('ru')) return 'ru';
    if (tag.startsWith('en')) return 'en';
  }
  return 'ru';
}
