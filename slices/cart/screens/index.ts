import type { Screens } from '@ruslo/ui';

/** Her cart and lists on her card; a cart has no page of its own. */
export const screens: Screens = {
  name: 'cart',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  pages: [],
  slots: [{ at: 'customer.main', order: 12, permission: 'cart.read', load: () => import('./part.tsx') }],
};
