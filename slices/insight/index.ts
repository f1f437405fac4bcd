import { append, fact } from '@ruslo/platform';
import type { Slice } from '@ruslo/platform';
import { copyFollower, erasedFact, vitalsFollower } from './reactions.ts';
import { routes } from './routes.ts';
import { erase, readTotals } from './store.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

/** Insight: the copy of the log in ClickHouse, and what follows from purchases (totals, RFM, stage). */
export const insight: Slice = {
  name: 'insight',
  migrations: new URL('./migrations/', import.meta.url),
  clickhouse: new URL('./clickhouse/', import.meta.url),
  words: { ru, en },
  routes,
  followers: (house) => [vitalsFollower, copyFollower(house)],
  async erase(tx, customerIds) {
    await erase(tx, customerIds);
    const told = fact({ name: erasedFact, customerId: null, at: new Date(), data: { customerIds } });
    await append(tx, [told]);
  },
  async export(tx, customerIds) {
    return { totals: await readTotals(tx, customerIds) };
  },
};
