import { cart } from '@ruslo/cart';
import { catalog } from '@ruslo/catalog';
import { identity } from '@ruslo/identity';
import { loyalty } from '@ruslo/loyalty';
import { offer } from '@ruslo/offer';
import { order } from '@ruslo/order';
import { openCard } from '@ruslo/card';
import { openPayment } from '@ruslo/payment';
import { place } from '@ruslo/place';
import type { Slice } from '@ruslo/platform';
import { receipt } from '@ruslo/receipt';
import { staff } from '@ruslo/staff';
import { stock } from '@ruslo/stock';
import { timeline } from '@ruslo/timeline';
import { wallet } from '@ruslo/wallet';

/** What sells: the slices of the server without analytics, which has its own store. */
export const slices: readonly Slice[] = [
  identity,
  staff,
  timeline,
  place,
  catalog,
  stock,
  offer,
  wallet,
  openPayment(({ card }) => (card === undefined ? [] : [openCard(card)])),
  receipt,
  loyalty,
  cart,
  order,
];
