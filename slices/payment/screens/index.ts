import type { Screens } from '@ruslo/ui';

export const screens: Screens = {
  name: 'payment',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [],
  pages: [],
};
