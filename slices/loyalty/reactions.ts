import { membersOf } from '@ruslo/identity';
import { append, fact } from '@ruslo/platform';
import type { Duty, Follower, House, NewFact, Tx } from '@ruslo/platform';
import { nextLook, reachDays, tierAt } from './rules.ts';
import {
  dueStandings,
  lockStandings,
  lookAgain,
  readMoney,
  readProgramme,
  readStandings,
  saveStandings,
} from './store.ts';

const batch = 200;

/**
 * Tells when somebody's tier has changed: because money came or went back, left the window, or grace has ended. A duty
 * and not a part of the order's transaction: nobody waits for the fact, and time alone may bring it as well.
 */
export const tierDuty = (house: House): Duty => ({
  name: 'loyalty.tier',
  everyMs: 2_000,
  run: (now) => house.db.retry((tx) => look(tx, now)),
});

async function look(tx: Tx, now: Date): Promise<boolean> {
  const due = await dueStandings(tx, now, batch);
  if (due.length === 0) return false;
  const programme = await readProgramme(tx);
  const persons = [...new Map([...(await membersOf(tx, due)).values()].map((ids) => [ids[0] ?? '', ids])).values()];
  // Who is not known to identity has nothing but this id.
  const known = new Set(persons.flat());
  persons.push(...due.filter((id) => !known.has(id)).map((id) => [id]));
  const all = persons.flat();
  await lockStandings(tx, all);
  const told = new Map((await readStandings(tx, all)).map((row) => [row.customerId, row.tier]));
  const money = await readMoney(tx, all, reachDays(programme.settings), now);
  const rank = new Map(programme.tiers.toReversed().map((tier, index) => [tier.code, index]));
  const facts: NewFact[] = [];
  const rows = persons.flatMap((ids) => {
    const own = ids.flatMap((id) => money.get(id) ?? []);
    const to = tierAt(programme, own, now.getTime())?.code ?? null;
    const before = ids.flatMap((id) => (told.has(id) ? [told.get(id) ?? null] : []));
    // Of two who became one, the better tier is what was told.
    const from =
      before.toSorted((one, other) => (rank.get(other ?? '') ?? -1) - (rank.get(one ?? '') ?? -1))[0] ?? null;
    if (from !== to) facts.push({ name: 'tier.changed', customerId: ids[0] ?? null, at: now, data: { from, to } });
    const next = nextLook(programme, own, now.getTime());
    return ids
      .filter((id) => told.has(id))
      .map((customerId) => ({ customerId, tier: to, checkAt: next === null ? null : new Date(next) }));
  });
  await saveStandings(
    tx,
    rows.toSorted((one, other) => (one.customerId < other.customerId ? -1 : 1)),
  );
  await append(tx, facts.map(fact));
  return due.length === batch;
}

/** Who became one, or two again, may have another tier. */
export const joinFollower: Follower = {
  name: 'loyalty.join',
  names: ['customer.merged', 'customer.unmerged'],
  async handle(tx, events) {
    const ids = events
      .flatMap(({ data }) => [data['a'], data['b']])
      .filter((id): id is string => typeof id === 'string');
    const at = events.reduce((latest, event) => (event.receivedAt > latest ? event.receivedAt : latest), new Date(0));
    const sets = await membersOf(tx, ids);
    await lookAgain(tx, [...new Set([...sets.values()].flat())].toSorted(), at);
  },
};
