import { runDuty } from '@ruslo/platform';
import { History } from './lib-histories.ts';
import type { Tally } from './lib-histories.ts';
import { prove } from './lib-proof.ts';
import type { World } from './lib-world.ts';

export interface RunAsk {
  readonly histories: number;
  readonly seed: number;
  /** Everything is added up after so many. */
  readonly every: number;
  /** So many at once: they meet on stock, coupons and the clock. */
  readonly parallel?: number;
  readonly say?: (line: string) => void;
}

export interface Ran {
  readonly histories: number;
  readonly orders: number;
  readonly proofs: number;
  readonly tally: Tally;
  /** None = proven. After some the run ends, with the seeds it had come to. */
  readonly differences: readonly string[];
  /** What was done in the histories of the proof that failed. */
  readonly logs: readonly string[];
}

/** What else would happen by itself within seconds. */
async function settle(world: World): Promise<void> {
  const [house] = world.houses;
  await world.lab.control.quiet();
  world.clock.pass(2 * 60_000);
  for (const duty of ['order.payments', 'order.expiry', 'payment.cancels', 'payment.refunds', 'stock.expire'])
    await runDuty(house, duty);
  for (const duty of ['wallet.holds', 'wallet.begin', 'wallet.debts', 'wallet.expire']) await runDuty(house, duty);
  await world.lab.control.quiet();
}

export async function runHistories(world: World, ask: RunAsk): Promise<Ran> {
  const tally: Tally = new Map();
  const [house] = world.houses;
  let [done, proofs, orders] = [0, 0, 0];
  let differences: readonly string[] = [];
  let logs: string[] = [];
  while (done < ask.histories && differences.length === 0) {
    const until = Math.min(ask.histories, done + ask.every);
    const from = done;
    logs = [];
    let next = done;
    const walk = async (): Promise<void> => {
      while (next < until) {
        const seed = ask.seed + next;
        next += 1;
        const history = new History(world, seed, tally);
        await history.live();
        logs.push(`history ${seed}`, ...history.log);
      }
    };
    await Promise.all(Array.from({ length: ask.parallel ?? 1 }, walk));
    done = until;
    await settle(world);
    const proof = await house.db.tx((tx) => prove(tx, world.lab));
    proofs += 1;
    orders = proof.orders;
    differences = proof.differences.map((line) => `seeds ${ask.seed + from} to ${ask.seed + until - 1}: ${line}`);
    ask.say?.(`${done} histories, ${orders} orders, ${differences.length} differences`);
  }
  return { histories: done, orders, proofs, tally, differences, logs: differences.length === 0 ? [] : logs };
}
