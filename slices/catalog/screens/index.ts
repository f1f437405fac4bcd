import { api, type Screens } from '@ruslo/ui';
import { IconArchive, IconListTree, IconTag, IconTags } from '@tabler/icons-react';
import type { Search } from './model.ts';

/** What is sold, and for how much. */
export const screens: Screens = {
  name: 'catalog',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'catalogue',
      title: 'screen.catalog.title',
      path: '/catalogue',
      icon: IconArchive,
      order: 30,
      permission: 'catalog.read',
    },
    {
      key: 'prices',
      title: 'screen.catalog.list.title',
      path: '/prices',
      icon: IconTag,
      order: 32,
      permission: 'catalog.read',
    },
    {
      key: 'categories',
      under: 'settings',
      title: 'screen.catalog.category.title',
      path: '/settings/categories',
      icon: IconListTree,
      order: 30,
      permission: 'catalog.read',
    },
    {
      key: 'product-attributes',
      under: 'settings',
      title: 'screen.catalog.attribute.title',
      path: '/settings/product-attributes',
      icon: IconTags,
      order: 32,
      permission: 'catalog.read',
    },
  ],
  pages: [
    {
      path: '/catalogue',
      permission: 'catalog.read',
      load: () => import('./products.tsx'),
      children: [{ path: '$productId', load: () => import('./product.tsx') }],
    },
    {
      path: '/prices',
      permission: 'catalog.read',
      load: () => import('./price-lists.tsx'),
      children: [{ path: '$listId', load: () => import('./price-list.tsx') }],
    },
    {
      path: '/prices/deviations',
      permission: 'catalog.read',
      load: () => import('./deviations.tsx'),
      children: [{ path: '$entry', load: () => import('./deviation.tsx') }],
    },
    { path: '/settings/categories', permission: 'catalog.read', load: () => import('./categories.tsx') },
    { path: '/settings/product-attributes', permission: 'catalog.read', load: () => import('./attributes.tsx') },
  ],
  finders: [
    {
      title: 'screen.catalog.title',
      icon: IconArchive,
      permission: 'catalog.read',
      find: async (text, signal) => {
        const found = await api.get<Search>('/v1/products', { q: text, state: 'any', limit: 6 }, signal);
        return found.items.map((item) => ({
          id: item.id,
          label: item.title,
          hint: item.brand ?? '',
          path: `/catalogue/${item.id}`,
        }));
      },
    },
  ],
};
