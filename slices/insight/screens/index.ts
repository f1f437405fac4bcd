import type { Screens } from '@ruslo/ui';

/** What is counted of a person, on the card. */
export const screens: Screens = {
  name: 'insight',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  pages: [],
  slots: [{ at: 'customer.vitals', order: 10, load: () => import('./vitals.tsx'), permission: 'customer.read' }],
};
