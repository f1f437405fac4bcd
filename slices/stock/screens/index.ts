import type { Screens } from '@ruslo/ui';
import { IconPackages, IconTruckDelivery } from '@tabler/icons-react';

/** What lies where, what of it is promised, and what bringing costs. */
export const screens: Screens = {
  name: 'stock',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'stock',
      title: 'screen.stock.title',
      path: '/stock',
      icon: IconPackages,
      order: 40,
      permission: 'stock.read',
    },
    {
      key: 'tariff',
      under: 'settings',
      title: 'screen.stock.tariff',
      path: '/settings/delivery',
      icon: IconTruckDelivery,
      order: 40,
      permission: 'stock.read',
    },
  ],
  pages: [
    {
      path: '/stock',
      permission: 'stock.read',
      load: () => import('./stock.tsx'),
      children: [{ path: '$key', load: () => import('./variant.tsx') }],
    },
    {
      path: '/stock/movements',
      permission: 'stock.read',
      load: () => import('./movements.tsx'),
      children: [{ path: '$key', load: () => import('./variant.tsx') }],
    },
    { path: '/stock/promise', permission: 'stock.read', load: () => import('./promise.tsx') },
    { path: '/settings/delivery', permission: 'stock.read', load: () => import('./tariff.tsx') },
  ],
};
