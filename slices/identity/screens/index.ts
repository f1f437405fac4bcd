import { api, type Page, type Screens } from '@ruslo/ui';
import { IconBan, IconListDetails, IconUser, IconUsers } from '@tabler/icons-react';
import { cardText, fullName, phoneText, type CustomerRow } from './model.ts';

/** Customers, the card, and the part of Settings that is about what is known of people. */
export const screens: Screens = {
  name: 'identity',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'customers',
      title: 'screen.identity.title',
      path: '/customers',
      icon: IconUsers,
      order: 10,
      permission: 'customer.read',
    },
    {
      key: 'attributes',
      under: 'settings',
      title: 'screen.identity.attribute.title',
      path: '/settings/attributes',
      icon: IconListDetails,
      order: 30,
      permission: 'attribute.manage',
    },
    {
      key: 'blocked',
      under: 'settings',
      title: 'screen.identity.blocked.title',
      path: '/settings/blocked',
      icon: IconBan,
      order: 40,
      permission: 'attribute.manage',
    },
  ],
  pages: [
    {
      path: '/customers',
      load: () => import('./customers.tsx'),
      children: [{ path: '$customerId', load: () => import('./card.tsx') }],
    },
    { path: '/settings/attributes', load: () => import('./attributes.tsx') },
    { path: '/settings/blocked', load: () => import('./blocked.tsx') },
  ],
  finders: [
    {
      title: 'screen.identity.title',
      icon: IconUser,
      permission: 'customer.read',
      find: async (text, signal) => {
        const page = await api.get<Page<CustomerRow>>('/v1/customers', { q: text, limit: 8 }, signal);
        return page.items.map((row) => ({
          id: row.id,
          label: fullName(row.name) ?? row.phone ?? row.email ?? row.id,
          hint: [
            row.phone === null ? null : phoneText(row.phone),
            row.email,
            row.card === null ? null : cardText(row.card),
          ]
            .filter((part) => part !== null)
            .join(' · '),
          path: `/customers/${row.id}`,
        }));
      },
    },
  ],
};
