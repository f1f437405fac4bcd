import type { Screens } from '@ruslo/ui';
import { IconHistory, IconKey, IconSettings, IconUser, IconUsersGroup } from '@tabler/icons-react';

/** Sign-in, and the part of Settings that is about people and keys. */
export const screens: Screens = {
  name: 'staff',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'customer-audit',
      under: 'customer',
      title: 'screen.staff.audit.of-customer',
      path: '/settings/audit?customerId={id}',
      icon: IconHistory,
      order: 20,
      permission: 'audit.read',
    },
    { key: 'settings', title: 'screen.staff.settings', path: '/settings', icon: IconSettings, order: 90 },
    {
      key: 'staff',
      under: 'settings',
      title: 'screen.staff.title',
      path: '/settings/staff',
      icon: IconUsersGroup,
      order: 50,
      permission: 'staff.manage',
    },
    {
      key: 'keys',
      under: 'settings',
      title: 'screen.staff.key.title',
      path: '/settings/keys',
      icon: IconKey,
      order: 60,
      permission: 'key.manage',
    },
    {
      key: 'audit',
      under: 'settings',
      title: 'screen.staff.audit.title',
      path: '/settings/audit',
      icon: IconHistory,
      order: 70,
      permission: 'audit.read',
    },
    {
      key: 'profile',
      under: 'settings',
      title: 'screen.staff.profile.title',
      path: '/settings/profile',
      icon: IconUser,
      order: 80,
      permission: 'session.self',
    },
  ],
  pages: [
    { path: '/sign-in', load: () => import('./sign-in.tsx'), public: true },
    { path: '/settings/staff', load: () => import('./staff.tsx') },
    { path: '/settings/keys', load: () => import('./keys.tsx') },
    { path: '/settings/audit', load: () => import('./audit.tsx') },
    { path: '/settings/profile', load: () => import('./profile.tsx') },
  ],
};
