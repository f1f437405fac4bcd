import { api, type Page, type Screens } from '@ruslo/ui';
import { IconArrowBackUp, IconPackage, IconShoppingBag, IconShoppingCartCheck } from '@tabler/icons-react';
import type { OrderRow } from './model.ts';

/** Orders, the desk where they are picked and handed out, returns, and what the card says of them. */
export const screens: Screens = {
  name: 'order',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'orders',
      title: 'screen.order.title',
      path: '/orders',
      icon: IconShoppingBag,
      order: 20,
      permission: 'order.read',
    },
    {
      key: 'desk',
      title: 'screen.order.desk.title',
      path: '/desk',
      icon: IconPackage,
      order: 22,
      permission: 'order.pick',
    },
    {
      key: 'returns',
      title: 'screen.order.return.title',
      path: '/returns',
      icon: IconArrowBackUp,
      order: 24,
      permission: 'order.read',
    },
    {
      key: 'checkout',
      under: 'customer',
      title: 'screen.order.customer.checkout',
      path: '/checkout?customer={id}',
      icon: IconShoppingCartCheck,
      order: 20,
      permission: 'order.write',
    },
  ],
  pages: [
    {
      path: '/orders',
      permission: 'order.read',
      load: () => import('./orders.tsx'),
      children: [{ path: '$orderId', load: () => import('./order.tsx') }],
    },
    { path: '/checkout', permission: 'order.write', load: () => import('./checkout.tsx') },
    {
      path: '/desk',
      permission: 'order.pick',
      load: () => import('./desk.tsx'),
      children: [{ path: '$parcelId', load: () => import('./parcel.tsx') }],
    },
    { path: '/desk/hand-out', permission: 'order.hand-out', load: () => import('./hand-out.tsx') },
    {
      path: '/returns',
      permission: 'order.read',
      load: () => import('./returns.tsx'),
      children: [{ path: '$returnId', load: () => import('./return.tsx') }],
    },
    { path: '/returns/new', permission: 'order.return', load: () => import('./new-return.tsx') },
  ],
  slots: [{ at: 'customer.main', order: 14, permission: 'order.read', load: () => import('./customer-orders.tsx') }],
  finders: [
    {
      title: 'screen.order.title',
      icon: IconShoppingBag,
      permission: 'order.read',
      find: async (text, signal) => {
        // Short words are names of people and things; a number of an order has a digit.
        if (!/\d{3}/.test(text)) return [];
        const page = await api.get<Page<OrderRow>>('/v1/orders', { q: text, limit: 6 }, signal);
        return page.items.map((row) => ({
          id: row.id,
          label: row.number,
          hint: [row.stateText, row.recipientName, row.title].filter((part) => part !== null).join(' · '),
          path: `/orders/${row.id}`,
        }));
      },
    },
  ],
};
