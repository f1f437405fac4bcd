import { api, type Page, type Screens } from '@ruslo/ui';
import { IconDiscount2, IconShoppingCartQuestion } from '@tabler/icons-react';

/** Promotions and their coupons, why a price is what it is, and personal offers on the card. */
export const screens: Screens = {
  name: 'offer',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'promotions',
      title: 'screen.offer.title',
      path: '/promotions',
      icon: IconDiscount2,
      order: 34,
      permission: 'offer.read',
    },
    {
      key: 'promotion-basket',
      under: 'customer',
      title: 'screen.offer.try',
      path: '/promotions/basket?customer={id}',
      icon: IconShoppingCartQuestion,
      order: 34,
      permission: 'offer.read',
    },
  ],
  pages: [
    {
      path: '/promotions',
      permission: 'offer.read',
      load: () => import('./promotions.tsx'),
      children: [{ path: '$promotionId', load: () => import('./promotion.tsx') }],
    },
    { path: '/promotions/basket', permission: 'offer.read', load: () => import('./basket.tsx') },
    { path: '/promotions/new', permission: 'offer.manage', load: () => import('./editor.tsx') },
    { path: '/promotions/$promotionId/edit', permission: 'offer.manage', load: () => import('./editor.tsx') },
  ],
  slots: [{ at: 'customer.main', order: 18, load: () => import('./grants.tsx'), permission: 'offer.read' }],
  finders: [
    {
      title: 'screen.offer.title',
      icon: IconDiscount2,
      permission: 'offer.read',
      find: async (text, signal) => {
        const found = await api.get<Page<{ id: string; rule: { name: string } }>>(
          '/v1/promotions',
          { search: text, limit: 6 },
          signal,
        );
        return found.items.map((row) => ({
          id: row.id,
          label: row.rule.name,
          hint: '',
          path: `/promotions/${row.id}`,
        }));
      },
    },
  ],
};
