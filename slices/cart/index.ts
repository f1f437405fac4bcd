import type { Slice } from '@ruslo/platform';
import { forgetDuty, idleDuty } from './idle.ts';
import { headFollower, recentFollower } from './reactions.ts';
import { listRoutes } from './routes-list.ts';
import { cartRoutes, settingRoutes } from './routes.ts';
import { forgetSetting } from './setting.ts';
import { eraseCarts, exportCarts } from './store.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { lockCart, readCart, takeAlong, takeFromCart } from './door.ts';
export type { Cart, CartLine } from './door.ts';
export { quote, quoteNow } from './quote.ts';
export type { Quote, QuoteAsk } from './quote.ts';
export { pointLines } from './view.ts';

/** One cart per customer over all channels, and her lists. */
export const cart: Slice = {
  name: 'cart',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'cart.read': ['agent', 'associate', 'cashier', 'marketer', 'integrator'],
    'cart.write': ['agent', 'associate', 'cashier', 'integrator'],
    'cart.manage': ['marketer', 'integrator'],
  },
  routes(app, house) {
    cartRoutes(app, house);
    listRoutes(app, house);
    settingRoutes(app, house);
  },
  followers: () => [headFollower, recentFollower],
  duties: (house) => [idleDuty(house), forgetDuty(house)],
  erase: eraseCarts,
  export: exportCarts,
  close: async (house) => forgetSetting(house),
};
