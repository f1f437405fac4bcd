import i18next, { type i18n } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

/** The languages of the staff screens. Russian is first. */
export const locales = ['ru', 'en'] as const;
export type Locale = (typeof locales)[number];
export const isLocale = (text: string): text is Locale => text === 'ru' || text === 'en';

/** The words of one group of screens in one language: flat keys, plural forms by i18next suffixes. */
export type WordFile = Readonly<Record<string, string>>;
export type WordLoader = (locale: Locale) => Promise<WordFile>;

export const words: i18n = i18next.createInstance();

/** Starts the words in one language; other languages load when they are asked for. */
export async function openWords(locale: Locale, loaders: readonly WordLoader[]): Promise<void> {
  await words.use(initReactI18next).init({
    lng: locale,
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    resources: { [locale]: { translation: await load(locale, loaders) } },
    returnEmptyString: false,
  });
  document.documentElement.lang = locale;
}

/** Switches the language without a reload. */
export async function changeLocale(locale: Locale, loaders: readonly WordLoader[]): Promise<void> {
  if (!words.hasResourceBundle(locale, 'translation')) {
    words.addResourceBundle(locale, 'translation', await load(locale, loaders));
  }
  await words.changeLanguage(locale);
  document.documentElement.lang = locale;
}

async function load(locale: Locale, loaders: readonly WordLoader[]): Promise<Record<string, string>> {
  const files = await Promise.all(loaders.map((loader) => loader(locale)));
  return Object.assign({}, ...files) as Record<string, string>;
}

/** Gives a phrase by its key. `count` chooses the plural form. */
export type Say = (key: string, values?: Record<string, unknown>) => string;

export function useWords(): { say: Say; locale: Locale; has: (key: string) => boolean } {
  const { t, i18n } = useTranslation();
  const locale = isLocale(i18n.language) ? i18n.language : 'ru';
  return {
    say: (key, values) => t(key, values ?? {}),
    locale,
    has: (key) => i18n.exists(key),
  };
}
