import type { Duty, House } from '@ruslo/platform';
import { expireAt, lockDue } from './store.ts';
import { tell } from './tell.ts';

const batch = 500;

/**
 * Gives back what expired. Nothing depends on when it runs: who lacks something ends what is due there herself. It keeps
 * what is shown true, and tells who waits.
 */
export const expireDue = (house: House): Duty => ({
  name: 'stock.expire',
  everyMs: 2_000,
  run: (now) =>
    house.db.retry(async (tx) => {
      const keys = await lockDue(tx, now, batch);
      if (keys.length === 0) return false;
      const changes = await expireAt(tx, keys, now);
      await tell(tx, changes, now);
      return changes.length > 0;
    }),
});
