import type { Screens } from '@ruslo/ui';
import { IconCreditCard } from '@tabler/icons-react';

/** Money in and on its way back. */
export const screens: Screens = {
  name: 'payment',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'payments',
      title: 'screen.payment.title',
      path: '/payments',
      icon: IconCreditCard,
      order: 80,
      permission: 'payment.read',
    },
  ],
  pages: [
    {
      path: '/payments',
      permission: 'payment.read',
      load: () => import('./payments.tsx'),
      children: [{ path: '$paymentId', load: () => import('./payment.tsx') }],
    },
  ],
};
