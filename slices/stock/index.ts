import type { Slice } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };
import type { Key } from './contract.ts';
import { expireDue } from './duty.ts';

export type { Available, PromiseAsk, Promised, Tariff } from './contract.ts';
export { available, promise } from './promise.ts';
export { confirm, consume, release, reserve, sell } from './reserve.ts';
export { restock, setLevels, shift } from './shift.ts';
export type { LevelSet } from './shift.ts';
export { availableSoon } from './soon.ts';

/** Quantities are whole base units: pieces, or grams of goods by weight. Kits are expanded by the caller. */
export interface Want extends Key {
  readonly quantity: number;
}

/** What lies where, and what of it is promised. */
export const stock: Slice = {
  name: 'stock',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'stock.read': ['marketer', 'agent', 'associate', 'cashier', 'pickup', 'analyst', 'dpo', 'integrator'],
    'stock.manage': ['integrator', 'associate'],
  },
  duties: (house) => [expireDue(house)],
};
