import { api, type Page, type Screens } from '@ruslo/ui';
import { IconCoins, IconGift, IconScale } from '@tabler/icons-react';

/** Gift cards, the entries of a customer's purse, and the proof that the ledger balances. */
export const screens: Screens = {
  name: 'wallet',
  words: async (locale) =>
    locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default,
  links: [
    {
      key: 'gift-cards',
      title: 'screen.wallet.card.title',
      path: '/gift-cards',
      icon: IconGift,
      order: 52,
      permission: 'purse.read',
    },
    {
      key: 'wallet-proof',
      under: 'settings',
      title: 'screen.wallet.proof',
      path: '/settings/wallet',
      icon: IconScale,
      order: 62,
      permission: 'purse.read',
    },
    {
      key: 'customer-purse',
      under: 'customer',
      title: 'screen.wallet.purse',
      path: '/customers/{id}/purse',
      icon: IconCoins,
      order: 16,
      permission: 'purse.read',
    },
  ],
  pages: [
    {
      path: '/gift-cards',
      permission: 'purse.read',
      load: () => import('./cards.tsx'),
      children: [{ path: '$cardId', load: () => import('./card.tsx') }],
    },
    { path: '/customers/$customerId/purse', permission: 'purse.read', load: () => import('./purse.tsx') },
    { path: '/settings/wallet', permission: 'purse.read', load: () => import('./proof.tsx') },
  ],
  finders: [
    {
      title: 'screen.wallet.card.title',
      icon: IconGift,
      permission: 'purse.read',
      find: async (text, signal) => {
        // Of a code only the last four characters are kept to be found by.
        const last4 = text.replaceAll(/[\s-]/g, '').slice(-4).toUpperCase();
        if (!/^[0-9A-Z]{4}$/.test(last4)) return [];
        const found = await api.get<Page<{ id: string; last4: string }>>('/v1/gift-cards', { last4, limit: 5 }, signal);
        return found.items.map((card) => ({
          id: card.id,
          label: `···· ${card.last4}`,
          hint: '',
          path: `/gift-cards/${card.id}`,
        }));
      },
    },
  ],
};
