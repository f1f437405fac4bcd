import type { House, Query } from '@ruslo/platform';
import type { Setting } from './store.ts';
import { readSetting } from './store.ts';

const topic = 'cart.setting';
/** A signal may be lost with the connection that would have brought it. */
const maxAgeMs = 15_000;

interface Known {
  setting: Setting | undefined;
  readAtMs: number;
  off: () => void;
}

const knownOf = new WeakMap<House, Known>();

/**
 * The settings from this process's memory, as fresh as the last signal.
 * @param query of whoever is in a transaction: it must not wait for a second connection while it holds one
 */
export async function settingSoon(house: House, query: Query = house.db): Promise<Setting> {
  let known = knownOf.get(house);
  if (known === undefined) {
    const made: Known = { setting: undefined, readAtMs: 0, off: () => undefined };
    made.off = house.live.signals((signal) => {
      if (signal.topic === topic) made.setting = undefined;
    });
    knownOf.set(house, made);
    known = made;
  }
  if (known.setting !== undefined && performance.now() - known.readAtMs < maxAgeMs) return known.setting;
  known.readAtMs = performance.now();
  const setting = await readSetting(query);
  known.setting = setting;
  return setting;
}

export const settingChanged = (house: House, query: Query): Promise<void> => house.live.signal(query, topic, {});

export const forgetSetting = (house: House): void => {
  knownOf.get(house)?.off();
  knownOf.delete(house);
};
