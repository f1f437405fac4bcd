import type { Screens } from '@ruslo/ui';
import { IconBroadcast, IconPlugConnected } from '@tabler/icons-react';

/** The river and the timeline on the card; sources and the event inspector in Settings. */
export const screens: Screens = {
  name: 'timeline',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'customer-events',
      under: 'customer',
      title: 'screen.timeline.inspector.of-customer',
      path: '/settings/events?customerId={id}',
      icon: IconBroadcast,
      order: 10,
      permission: 'event.read',
    },
    {
      key: 'sources',
      under: 'settings',
      title: 'screen.timeline.source.title',
      path: '/settings/sources',
      icon: IconPlugConnected,
      order: 10,
      permission: 'source.read',
    },
    {
      key: 'events',
      under: 'settings',
      title: 'screen.timeline.inspector.title',
      path: '/settings/events',
      icon: IconBroadcast,
      order: 20,
      permission: 'event.read',
    },
  ],
  pages: [
    { path: '/settings/sources', load: () => import('./sources.tsx') },
    { path: '/settings/events', load: () => import('./inspector.tsx') },
  ],
  slots: [
    { at: 'customer.main', order: 10, load: () => import('./path.tsx'), permission: 'customer.read' },
    { at: 'customer.main', order: 30, load: () => import('./feed.tsx'), permission: 'customer.read' },
  ],
};
