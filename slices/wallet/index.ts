import type { Slice } from '@ruslo/platform';
import { duties } from './duty.ts';
import { cardRoutes, purseRoutes } from './routes.ts';
import { forgetCustomers, showEntries, showLots } from './store-read.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { askerOf } from './routes.ts';
export { activateCards, findCard, giftCards, issueCards, refundCard } from './card.ts';
export type { IssuedCard } from './card.ts';
export type { Balance, ClawBack, Earning, GiftCard, Holder, PurseKind } from './contract.ts';
export { balance, capture, clawBack, earn, giveBack, hold, newHold, pointsFrom, release } from './ledger.ts';
export { proveLedger } from './proof.ts';
export type { LedgerDifference } from './proof.ts';
export { lotsIn as pointsIn } from './store.ts';
export { showEntries, showLots } from './store-read.ts';
export type { ShownEntry, ShownLot } from './store-read.ts';

const exportMost = 10_000;

/** One ledger for points, gift cards and store credit. */
export const wallet: Slice = {
  name: 'wallet',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'purse.read': ['agent', 'associate', 'cashier', 'marketer', 'dpo', 'integrator'],
    'purse.adjust': ['agent'],
    'card.manage': ['agent', 'marketer'],
    'card.sell': ['cashier', 'associate'],
  },
  routes(app, house) {
    purseRoutes(app, house);
    cardRoutes(app, house);
  },
  duties,
  erase: forgetCustomers,
  async export(tx, customerIds) {
    return {
      lots: await showLots(tx, customerIds),
      points: await showEntries(tx, customerIds, 'points', undefined, exportMost),
      credit: await showEntries(tx, customerIds, 'credit', undefined, exportMost),
    };
  },
};
