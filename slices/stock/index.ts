import type { Slice } from '@ruslo/platform';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };
import type { Key } from './contract.ts';
import { expireDue } from './duty.ts';
import { actRoutes } from './routes-act.ts';
import { readRoutes } from './routes-read.ts';
import { waitRoutes } from './routes-wait.ts';
import { endWaits, waitFollower, waitsOf } from './wait.ts';

export type { Available, PromiseAsk, Promised, Tariff } from './contract.ts';
export { available, promise } from './promise.ts';
export { confirm, consume, release, reserve, sell } from './reserve.ts';
export { restock, setLevels, setSettings, shift, transfer } from './shift.ts';
export type { LevelSet } from './shift.ts';
export { availableSoon } from './soon.ts';
export { proveStock, readLevels, readMovements, readReservations } from './store-read.ts';
export type { Difference } from './store-read.ts';

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
    'stock.wait': ['agent', 'associate', 'cashier', 'integrator'],
  },
  routes(app, house) {
    readRoutes(app, house);
    actRoutes(app, house);
    waitRoutes(app, house);
  },
  followers: (house) => [waitFollower(house)],
  duties: (house) => [expireDue(house)],
  erase: (tx, customerIds) => endWaits(tx, customerIds),
  async export(tx, customerIds) {
    return { stockWaits: await waitsOf(tx, customerIds) };
  },
};
