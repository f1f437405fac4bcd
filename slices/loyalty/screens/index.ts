import type { Screens } from '@ruslo/ui';
import { IconAward } from '@tabler/icons-react';

/** The programme, and points and tier on the card. */
export const screens: Screens = {
  name: 'loyalty',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'programme',
      title: 'screen.loyalty.title',
      path: '/programme',
      icon: IconAward,
      order: 50,
      permission: 'loyalty.read',
    },
  ],
  pages: [{ path: '/programme', permission: 'loyalty.read', load: () => import('./programme.tsx') }],
  slots: [{ at: 'customer.main', order: 16, load: () => import('./purse.tsx'), permission: 'purse.read' }],
};
