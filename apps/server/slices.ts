import { openCard } from '@ruslo/card';
import { cart } from '@ruslo/cart';
import { openCashRegister } from '@ruslo/cash-register';
import { catalog } from '@ruslo/catalog';
import { identity } from '@ruslo/identity';
import { insight } from '@ruslo/insight';
import { loyalty } from '@ruslo/loyalty';
import { offer } from '@ruslo/offer';
import { order } from '@ruslo/order';
import { openPayment } from '@ruslo/payment';
import { place } from '@ruslo/place';
import type { Slice } from '@ruslo/platform';
import { openReceipt } from '@ruslo/receipt';
import { staff } from '@ruslo/staff';
import { stock } from '@ruslo/stock';
import { timeline } from '@ruslo/timeline';
import { wallet } from '@ruslo/wallet';

/** Which outside systems there are is the configuration's to say, so these two read it when a house opens. */
const payment = openPayment(({ card }) => (card === undefined ? [] : [openCard(card)]));
const receipt = openReceipt(({ cashRegister }) =>
  cashRegister === undefined ? undefined : openCashRegister(cashRegister),
);

/** Every slice of this server, from the ground up. A new slice is one line here. */
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
