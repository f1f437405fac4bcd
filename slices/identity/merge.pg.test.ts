import { append, newId } from '@ruslo/platform';
import type { Slice, Tx } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockValue, dismiss, mergeByHand } from './change.ts';
import { headsOf, identity, members, resolve, suggest } from './index.ts';
import type { Sighting } from './index.ts';
import { mergePersons, unmerge } from './merge.ts';
import { headsFrom } from './rules.ts';
import type { Edge } from './rules.ts';
import { lockCustomers } from './store.ts';

const by = { kind: 'staff', id: '01900000-0000-7000-8000-000000000001' } as const;
const at = '2026-03-01T10:00:00.000Z';
const now = new Date(at);

/** What a follower saw of persons, in one statement of its own transaction. */
async function look(tx: Tx): Promise<string | undefined> {
  const [row] = await tx.query<{ people: { id: string; head: string }[]; merges: (Edge & { id: string })[] }>(
    `select (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'head', head_id)), '[]') from identity.customer) as people,
            (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'a', a, 'b', b)), '[]') from identity.merge where undone_at is null) as merges`,
  );
  if (row === undefined) return 'nothing read';
  const derived = headsFrom(
    row.people.map((person) => person.id),
    row.merges,
  );
  const wrong = row.people.filter((person) => derived.get(person.id) !== person.head);
  return wrong.length === 0 ? undefined : `${wrong.length} heads do not follow from the merges`;
}

const faults: string[] = [];
let told = 0;
const watcher: Slice = {
  name: 'watcher',
  followers: () => [
    {
      name: 'watcher.heads',
      names: ['customer.merged', 'customer.unmerged'],
      batch: 3,
      async handle(tx, events) {
        told += events.length;
        const fault = await look(tx);
        if (fault !== undefined) faults.push(fault);
        for (const event of events) {
          const [merge] = await tx.query('select 1 from identity.merge where id = $1', [event.data['mergeId']]);
          if (merge === undefined) faults.push('a fact without its merge');
        }
      },
    },
  ],
};

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, watcher] });
});
afterAll(async () => {
  await house.close();
});

const sighting = (user: string): Sighting => ({
  at,
  occurredAt: at,
  sourceId: null,
  channel: 'web',
  traits: undefined,
  identifiers: [{ kind: 'user_id', value: user, proof: 'proven' }],
});

/** Events of these users, resolved and appended as the intake does. */
async function speak(users: readonly string[]): Promise<(string | null)[]> {
  return house.db.retry(async (tx) => {
    const owners = await resolve(tx, users.map(sighting), now);
    await append(
      tx,
      users.map((user, index) => ({
        id: newId(),
        kind: 'track' as const,
        name: 'Seen',
        channel: 'web' as const,
        sourceId: null,
        customerId: owners[index] ?? null,
        occurredAt: at,
        receivedAt: at,
        originalAt: null,
        sentAt: null,
        messageId: null,
        data: JSON.stringify({ userId: user }),
      })),
    );
    return owners;
  });
}

type Step =
  | { readonly kind: 'merge'; readonly a: number; readonly b: number }
  | { readonly kind: 'unmerge'; readonly pick: number }
  | { readonly kind: 'speak'; readonly who: readonly number[] };
const size = 12;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('merge' as const), a: fc.nat(size - 1), b: fc.nat(size - 1) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('unmerge' as const), pick: fc.nat(999) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('speak' as const),
      who: fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 200 }),
    }),
  },
);

let turn = 0;

describe('merges of merges', () => {
  it('go back in any order, and every event is with its owner', async () => {
    const followers = house.follow();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        turn += 1;
        const users = Array.from({ length: size }, (_, index) => `user-${turn}-${index}`);
        const ids = (await speak(users)).map((owner) => owner ?? '');
        const model: { id: string; a: string; b: string }[] = [];
        for (const one of steps) {
          if (one.kind === 'merge') {
            const [a, b] = [ids[one.a] ?? '', ids[one.b] ?? ''];
            const heads = headsFrom(ids, model);
            const merged = await house.db.retry((tx) =>
              mergePersons(tx, { a, b, by, why: 'drawn', evidence: [] }, now),
            );
            expect(merged.ok).toBe(heads.get(a) !== heads.get(b));
            if (merged.ok) model.push({ id: merged.value.mergeId, a, b });
          } else if (one.kind === 'unmerge') {
            const [merge] = model.splice(one.pick % Math.max(1, model.length), 1);
            if (merge !== undefined)
              expect((await house.db.retry((tx) => unmerge(tx, merge.id, by, 'drawn', now))).ok).toBe(true);
          } else {
            const owners = await speak(one.who.map((index) => users[index] ?? ''));
            expect(owners).toEqual(one.who.map((index) => ids[index]));
          }
          expect(await headsOf(house.db, ids)).toEqual(headsFrom(ids, model));
        }
        await partAll(model);
        expect(await headsOf(house.db, ids)).toEqual(headsFrom(ids, []));
        const strayed = await house.db.query(
          `select 1 from log.event e join unnest($1::text[], $2::uuid[]) k(who, id) on e.data ->> 'userId' = k.who where e.customer_id <> k.id`,
          [users, ids],
        );
        expect(strayed).toEqual([]);
      }),
      { numRuns: 8 },
    );
    for (
      let tries = 0;
      tries < 300 &&
      told <
        (await house.db.query(`select 1 from log.event where name in ('customer.merged', 'customer.unmerged')`)).length;
      tries += 1
    ) {
      await new Promise((resolve_) => {
        setTimeout(resolve_, 20);
      });
    }
    expect(followers.states().find((state) => state.name === 'watcher.heads')?.fault).toBeUndefined();
    expect(told).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });

  it('bears a thousand further events and gives them back', async () => {
    const [a, b] = (await speak(['long-1', 'long-2'])).map((owner) => owner ?? '');
    const merged = await house.db.retry((tx) =>
      mergePersons(tx, { a: a ?? '', b: b ?? '', by, why: 'test', evidence: [] }, now),
    );
    await speak(Array.from({ length: 1_000 }, (_, index) => (index % 3 === 0 ? 'long-1' : 'long-2')));
    const together = await members(house.db, a ?? '');
    const count = async (ids: readonly string[]): Promise<number> =>
      (
        await house.db.query<{ count: number }>(
          `select count(*)::int as count from log.event where customer_id = any($1::uuid[]) and kind = 'track'`,
          [ids],
        )
      )[0]?.count ?? 0;
    expect(await count(together)).toBe(1_002);
    if (merged.ok) await house.db.retry((tx) => unmerge(tx, merged.value.mergeId, by, 'test', now));
    expect([await count(await members(house.db, a ?? '')), await count(await members(house.db, b ?? ''))]).toEqual([
      335, 667,
    ]);
  });

  it('survives merges and unmerges that race with events of the same people', async () => {
    const users = Array.from({ length: 6 }, (_, index) => `race-${index}`);
    const ids = (await speak(users)).map((owner) => owner ?? '');
    const merger = async (offset: number): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        const [a, b] = [ids[(round + offset) % 6] ?? '', ids[(round * 2 + offset + 1) % 6] ?? ''];
        const merged = await house.db.retry((tx) => mergePersons(tx, { a, b, by, why: 'race', evidence: [] }, now), 20);
        if (merged.ok && round % 2 === 0)
          await house.db.retry((tx) => unmerge(tx, merged.value.mergeId, by, 'race', now), 20);
      }
    };
    const talker = async (): Promise<void> => {
      for (let round = 0; round < 12; round += 1) expect(await speak(users)).toEqual(ids);
    };
    await Promise.all([merger(0), merger(2), merger(3), talker(), talker()]);
    expect(await house.db.tx(look)).toBeUndefined();
    expect(faults).toEqual([]);
  });
});

describe('while somebody else merges', () => {
  const mailed = async (users: readonly string[]): Promise<[string, string]> => {
    const email = { kind: 'email', value: `${users[0]}@example.ru`, proof: 'claimed' as const };
    const [a = null, b = null] = await house.db.retry((tx) =>
      resolve(
        tx,
        users.map((user) => ({
          ...sighting(user),
          identifiers: [...sighting(user).identifiers, email],
          traits: { firstName: 'Анна' },
        })),
        now,
      ),
    );
    if (a === null || b === null) throw new Error('nobody');
    return [a, b];
  };
  /** Does something else after a merge whose transaction ends 200 ms later. */
  const during = async (a: string, b: string, other: () => Promise<unknown>, first?: (tx: Tx) => Promise<unknown>) => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const merging = house.db.tx(async (tx) => {
      await lockCustomers(tx, [a, b]);
      if (first === undefined) await mergePersons(tx, { a, b, by, why: 'one', evidence: [] }, now);
      begin();
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
      await first?.(tx);
    });
    await begun;
    await Promise.all([merging, other()]);
  };
  const deadlocks = async (): Promise<number> => {
    await house.db.query('select pg_stat_force_next_flush()');
    const [row] = await house.db.query<{ count: number }>(
      'select deadlocks::int as count from pg_stat_database where datname = current_database()',
    );
    return row?.count ?? 0;
  };

  it('a value that is blocked leaves no search line of whom she was', async () => {
    const [a, b] = await mailed(['blocked-a', 'blocked-b']);
    await during(a, b, () =>
      house.db.retry((tx) => blockValue(tx, 'email', 'blocked-a@example.ru', 'nobody’s', by, now)),
    );
    const rows = await house.db.query<{ id: string }>('select id from identity.person where id = any($1::uuid[])', [
      [a, b],
    ]);
    expect(rows.map((row) => row.id)).toEqual([a < b ? a : b]);
  });

  it('a suggestion is decided without a deadlock, and two whom staff call two are not joined', async () => {
    const [a, b] = await mailed(['asked-a', 'asked-b']);
    await house.db.tx((tx) => suggest(tx, [{ a, b, score: 1, evidence: [], at: now }]));
    const [suggestion] = await house.db.query<{ id: string }>(
      `select id from identity.suggestion where a = $1 or b = $1`,
      [a],
    );
    const before = await deadlocks();
    await during(
      a,
      b,
      () => house.db.retry((tx) => dismiss(tx, suggestion?.id ?? '', 'two', by, now)),
      (tx) => tx.query('update identity.suggestion set score = 2 where id = $1', [suggestion?.id]),
    );
    const [c, d] = await mailed(['asked-c', 'asked-d']);
    await house.db.tx((tx) => suggest(tx, [{ a: c, b: d, score: 1, evidence: [], at: now }]));
    const [other] = await house.db.query<{ id: string }>(`select id from identity.suggestion where a = $1 or b = $1`, [
      c,
    ]);
    await during(
      c,
      d,
      () => house.db.retry((tx) => mergeByHand(tx, { id: c, with: d, why: 'one', suggestionId: other?.id }, by, now)),
      (tx) => tx.query('update identity.suggestion set score = 2 where id = $1', [other?.id]),
    );
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    expect(await deadlocks()).toBe(before);
    const heads = await headsOf(house.db, [a, b, c, d]);
    expect([heads.get(a) === heads.get(b), heads.get(c) === heads.get(d)]).toEqual([false, true]);
  });
});

describe('erasing', () => {
  const soundHeads = async (): Promise<string | undefined> => house.db.tx((tx) => look(tx));
  const erase = (ids: readonly string[]): Promise<void> => house.db.retry(async (tx) => identity.erase?.(tx, ids));

  it('one of the ids of a person leaves the others whole', async () => {
    const users = ['gone-a', 'gone-b', 'gone-c', 'gone-d'];
    const ids = (await speak(users)).map((id) => id ?? '').toSorted();
    const [a = '', b = '', c = '', d = ''] = ids;
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, d],
    ] as const)
      await house.db.retry((tx) => mergePersons(tx, { a: from, b: to, by, why: 'one', evidence: [] }, now));
    await erase([a]);
    expect(await soundHeads()).toBeUndefined();
    await erase([c]);
    expect(await soundHeads()).toBeUndefined();
    const heads = await headsOf(house.db, ids);
    expect([...heads]).toEqual([
      [b, b],
      [d, d],
    ]);
    expect((await speak(users)).every((id) => id !== null)).toBe(true);
  });

  it('a person while somebody is merged with her', async () => {
    const [a = '', b = ''] = (await speak(['going-a', 'going-b'])).map((id) => id ?? '').toSorted();
    let erasing: Promise<void> | undefined;
    await house.db.tx(async (tx) => {
      await mergePersons(tx, { a, b, by, why: 'one', evidence: [] }, now);
      erasing = erase([a]);
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    });
    await erasing;
    expect(await soundHeads()).toBeUndefined();
    expect(await headsOf(house.db, [a, b])).toEqual(new Map([[b, b]]));
    expect((await speak(['going-b']))[0]).toBe(b);
  });
});

describe('any sightings, from two processes at once', () => {
  /** Few values, so that they meet often. Values of one run are its own. */
  const identifier = (run: number): fc.Arbitrary<Sighting['identifiers'][number]> => {
    const one = (kind: string, values: readonly string[]): fc.Arbitrary<Sighting['identifiers'][number]> =>
      fc.record({
        kind: fc.constant(kind),
        value: fc.constantFrom(...values.map((value) => `${kind === 'phone' ? '+7912' : `r${run}-`}${value}`)),
        proof: fc.constantFrom('proven' as const, 'claimed' as const),
      });
    const phones = ['1', '2', '3'].map((last) => `${String(1_000_000 + run * 997).slice(0, 6)}${last}`);
    return fc.oneof(
      one('user_id', ['u1', 'u2', 'u3']),
      one('anonymous_id', ['a1', 'a2', 'a3', 'a4', 'a5']),
      one('device', ['d1', 'd2']),
      one('external:1c', ['x1', 'x2', 'x3']),
      one('telegram', ['t1', 't2', 't3']),
      one('phone', phones),
      one('email', ['e1@mail.ru', 'e2@mail.ru']),
    );
  };
  const batches = fc.array(fc.array(fc.nat(9_999), { minLength: 1, maxLength: 12 }), { minLength: 4, maxLength: 12 });

  it('leave heads that follow from a forest of merges, and nobody beyond the limits', async () => {
    const second = await house.second();
    let run = 0;
    const draw = (seed: number): Sighting => ({
      ...sighting(''),
      identifiers: fc.sample(identifier(run), { seed, numRuns: 1 + (seed % 3) }),
      traits: seed % 4 === 0 ? { firstName: ['Анна', 'Игорь', 'Аня'][seed % 3], city: 'Казань' } : undefined,
      ...(seed % 16 === 1 ? { alias: { previous: { kind: 'user_id', value: `r${run}-a${1 + (seed % 5)}` } } } : {}),
    });
    const part = async (): Promise<void> => {
      const [merge] = await house.db.query<{ id: string }>(
        'select id from identity.merge where undone_at is null and via_value like $1 order by id limit 1',
        [`r${run}-%`],
      );
      if (merge !== undefined) await house.db.retry((tx) => unmerge(tx, merge.id, by, 'drawn', now), 50);
    };
    await fc.assert(
      fc.asyncProperty(batches, fc.boolean(), async (drawn, isParted) => {
        run += 1;
        const sightings = drawn.map((batch) => batch.map(draw));
        const resolveAll = async (batch: readonly Sighting[], index: number): Promise<void> => {
          await (index % 2 === 0 ? house : second).db.retry((tx) => resolve(tx, batch, now), 50);
          if (isParted && index % 3 === 0) await part();
        };
        await Promise.all(sightings.map(resolveAll));
        for (const [index, batch] of sightings.entries()) await resolveAll(batch, index);
        expect(await house.db.tx(look)).toBeUndefined();
        expect(await forestOf()).toEqual([]);
        // An alias joins whatever the limits say: the source has said that the two are one.
        if (!sightings.flat().some((one) => one.alias !== undefined)) expect(await beyondLimits(run)).toEqual([]);
      }),
      { numRuns: 8 },
    );
    await second.close();
  });

  const beyondLimits = (run: number): Promise<unknown[]> =>
    house.db.query(
      `select c.head_id, i.kind from identity.identifier i
         join identity.customer c on c.id = i.customer_id join identity.kind k on k.kind = split_part(i.kind, ':', 1)
        where i.slot = 'link' and i.state = 'active' and i.value like $1
        group by c.head_id, i.kind, k.most having count(*) > k.most`,
      [`r${run}-%`],
    );
  /** Persons whose standing merges are not one fewer than their ids. */
  const forestOf = (): Promise<unknown[]> =>
    house.db.query(
      `select c.head_id, count(*) as ids from identity.customer c group by c.head_id
       having count(*) - 1 <> (select count(*) from identity.merge m join identity.customer a on a.id = m.a
                                where m.undone_at is null and a.head_id = c.head_id)`,
    );
});

async function partAll(model: { id: string }[]): Promise<void> {
  for (let merge = model.pop(); merge !== undefined; merge = model.pop()) {
    const { id } = merge;
    expect((await house.db.retry((tx) => unmerge(tx, id, by, 'end', now))).ok).toBe(true);
  }
}
