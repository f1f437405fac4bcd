import { api, type Page, type Screens } from '@ruslo/ui';
import { IconBuildingStore } from '@tabler/icons-react';
import type { Place } from './model.ts';

/** Shops, warehouse, pickup points and cafés. */
export const screens: Screens = {
  name: 'place',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'places',
      title: 'screen.place.title',
      path: '/places',
      icon: IconBuildingStore,
      order: 44,
      permission: 'place.read',
    },
  ],
  pages: [
    {
      path: '/places',
      permission: 'place.read',
      load: () => import('./places.tsx'),
      children: [{ path: '$placeId', load: () => import('./place.tsx') }],
    },
  ],
  finders: [
    {
      title: 'screen.place.title',
      icon: IconBuildingStore,
      permission: 'place.read',
      find: async (text, signal) => {
        const page = await api.get<Page<Place>>('/v1/places', { q: text, limit: 6 }, signal);
        return page.items.map((row) => ({
          id: row.id,
          label: row.name,
          hint: `${row.code} · ${row.city}`,
          path: `/places/${row.id}`,
        }));
      },
    },
  ],
};
