import type { Screens } from '@ruslo/ui';
import { IconReceipt } from '@tabler/icons-react';

/** Documents of the law, and how they are made out. */
export const screens: Screens = {
  name: 'receipt',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'receipts',
      title: 'screen.receipt.title',
      path: '/receipts',
      icon: IconReceipt,
      order: 82,
      permission: 'receipt.read',
    },
    {
      key: 'receipt-setting',
      under: 'settings',
      title: 'screen.receipt.setting.title',
      path: '/settings/receipts',
      icon: IconReceipt,
      order: 60,
      permission: 'receipt.manage',
    },
  ],
  pages: [
    {
      path: '/receipts',
      permission: 'receipt.read',
      load: () => import('./receipts.tsx'),
      children: [{ path: '$receiptId', load: () => import('./receipt.tsx') }],
    },
    { path: '/settings/receipts', permission: 'receipt.manage', load: () => import('./setting.tsx') },
  ],
};
