import { screens as cart } from '@ruslo/cart/screens';
import { screens as catalog } from '@ruslo/catalog/screens';
import { screens as identity } from '@ruslo/identity/screens';
import { screens as insight } from '@ruslo/insight/screens';
import { screens as loyalty } from '@ruslo/loyalty/screens';
import { screens as offer } from '@ruslo/offer/screens';
import { screens as order } from '@ruslo/order/screens';
import { screens as payment } from '@ruslo/payment/screens';
import { screens as place } from '@ruslo/place/screens';
import { screens as receipt } from '@ruslo/receipt/screens';
import { screens as staff } from '@ruslo/staff/screens';
import { screens as stock } from '@ruslo/stock/screens';
import { screens as timeline } from '@ruslo/timeline/screens';
import type { Screens, WordLoader } from '@ruslo/ui';
import { screens as wallet } from '@ruslo/wallet/screens';

/** Whose screens the console shows. A new slice is one line here. */
export const slices: readonly Screens[] = [
  identity,
  timeline,
  order,
  cart,
  catalog,
  offer,
  stock,
  place,
  loyalty,
  wallet,
  payment,
  receipt,
  staff,
  insight,
];

const shellWords: WordLoader = async (locale) =>
  locale === 'ru' ? (await import('./words.ru.json')).default : (await import('./words.en.json')).default;

export const wordLoaders: readonly WordLoader[] = [shellWords, ...slices.map((slice) => slice.words)];
