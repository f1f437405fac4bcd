import { openTestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHistories } from './lib-histories-run.ts';
import { openWorld } from './lib-world.ts';
import type { World } from './lib-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld(async (slices, clock) => {
    const house = await openTestHouse({ slices, clock });
    return { house, other: await house.second() };
  });
});
afterAll(() => world.close());

/** Each must happen, or the run proves nothing about it. */
const mustHappen = [
  'POST /v1/customers/me/checkout/place ok',
  'POST /v1/till/sales ok',
  'POST /v1/orders/:id/cancel ok',
  'POST /v1/orders/:id/add ok',
  'POST /v1/fulfilments/:id/hand-out ok',
  'POST /v1/fulfilments/:id/deliver ok',
  'POST /v1/fulfilments/:id/not-found ok',
  'POST /v1/returns ok',
  'POST /v1/exchanges ok',
  'POST /v1/customers/:id/merge ok',
  'POST /v1/customers/:id/unmerge ok',
  'same key twice',
];

// `npm run drill -- histories --seed N --histories 1` shows what was done in one that failed.
it('adds up to the last kopeck, point, card and unit after random histories (T1 to T45)', async () => {
  const ran = await runHistories(world, { histories: 40, seed: 1_030, every: 20 });
  expect(ran.differences, ran.logs.join('\n')).toEqual([]);
  expect(ran.orders).toBeGreaterThan(80);
  expect(mustHappen.filter((what) => (ran.tally.get(what) ?? 0) === 0)).toEqual([]);
}, 300_000);

it('adds up when histories meet on stock, coupons, cards and clock', async () => {
  const ran = await runHistories(world, { histories: 8, seed: 5_000, every: 8, parallel: 4 });
  expect(ran.differences, ran.logs.join('\n')).toEqual([]);
}, 300_000);
