import type { Slice } from '@ruslo/platform';
import { expireOrders } from './cancel.ts';
import { routes } from './routes.ts';
import { askPayments } from './settle.ts';
import { eraseOrders, exportOrders } from './store-read.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export { importOrders, settleOrders } from './bulk.ts';
export type { ImportedLine, ImportedOrder, ImportOptions } from './bulk.ts';
export { returnsOf } from './return-store.ts';
export type { ReturnRow } from './return-store.ts';
export { warrantiesOf } from './warranty.ts';
export type { Warranty } from './warranty.ts';

/** From cart to the door, and back. */
export const order: Slice = {
  name: 'order',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'order.read': ['agent', 'associate', 'cashier', 'pickup', 'marketer', 'dpo', 'analyst', 'integrator'],
    'order.write': ['agent', 'associate', 'cashier', 'integrator'],
    'order.sell': ['cashier', 'associate', 'integrator'],
    'order.pick': ['pickup', 'associate', 'cashier', 'integrator'],
    'order.hand-out': ['pickup', 'associate', 'cashier', 'integrator'],
    'order.return': ['cashier', 'associate', 'pickup', 'agent', 'integrator'],
    'order.cancel': ['agent', 'cashier', 'associate', 'integrator'],
  },
  routes,
  duties: (house) => [expireOrders(house), askPayments(house)],
  erase: eraseOrders,
  export: exportOrders,
};
