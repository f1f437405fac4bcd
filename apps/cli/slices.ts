import { cart } from '@ruslo/cart';
import { catalog } from '@ruslo/catalog';
import { identity } from '@ruslo/identity';
import { insight } from '@ruslo/insight';
import { loyalty } from '@ruslo/loyalty';
import { offer } from '@ruslo/offer';
import { order } from '@ruslo/order';
import { payment } from '@ruslo/payment';
import { place } from '@ruslo/place';
import type { Slice } from '@ruslo/platform';
import { receipt } from '@ruslo/receipt';
import { staff } from '@ruslo/staff';
import { stock } from '@ruslo/stock';
import { timeline } from '@ruslo/timeline';
import { wallet } from '@ruslo/wallet';

/** Whose tables a command may write: all of the server's, from the ground up. No provider is called by a command. */
export const slices: readonly Slice[] = [
  identity,
  staff,
  timeline,
  place,
  catalog,
  stock,
  offer,
  wallet,
  payment,
  receipt,
  loyalty,
  cart,
  order,
  insight,
];
