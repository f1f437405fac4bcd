import type { Slice } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { activateCards, findCard, giftCards, issueCards, refundCard } from './card.ts';
export type { IssuedCard } from './card.ts';
export type { Balance, ClawBack, Earning, GiftCard, Holder, PurseKind } from './contract.ts';
export { balance, capture, clawBack, earn, giveBack, hold, release } from './ledger.ts';
export { proveLedger } from './proof.ts';
export type { LedgerDifference } from './proof.ts';

/** One ledger for points, gift cards and store credit. */
export const wallet: Slice = {
  name: 'wallet',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
};
