import { ok, refuse } from '@ruslo/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { append, claimMessages, fact, formatPosition, frontier, migrate, newId, parsePosition, read } from './index.ts';
import type { Follower, LogEvent, Slice, Tx } from './index.ts';
import { openTestHouse } from './testing.ts';
import type { TestHouse } from './testing.ts';

/** What the followers under test saw, by follower name; effects in Postgres go to `effect`. */
const seen = new Map<string, string[]>();
let failures = 0;

const noting = (name: string, names?: readonly string[]): Follower => ({
  name,
  batch: 3,
  ...(names === undefined ? {} : { names }),
  async handle(tx: Tx, events: readonly LogEvent[]) {
    await tx.query('insert into public.effect select $1, e from unnest($2::text[]) e', [
      name,
      events.map((event) => String(event.data['n'])),
    ]);
    if (failures > 0 && events.some((event) => event.name === 'test.poison')) {
      failures -= 1;
      throw new Error('not yet');
    }
    seen.set(name, [...(seen.get(name) ?? []), ...events.map((event) => String(event.data['n']))]);
  },
});

const slice: Slice = {
  name: 'test',
  followers: () => [noting('test.all'), noting('test.some', ['test.some'])],
};

const numbered = (name: string, n: number | string) => fact({ name, customerId: newId(), at: new Date(), data: { n } });
const until = async (what: () => boolean | Promise<boolean>, forMs = 5_000): Promise<void> => {
  const end = Date.now() + forMs;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('did not happen in time');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
};
const effects = async (house: TestHouse, follower: string): Promise<string[]> =>
  (await house.db.query<{ n: string }>('select n from public.effect where follower = $1', [follower])).map(
    (row) => row.n,
  );

describe('the log', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await openTestHouse({ slices: [slice] });
    await house.db.query('create table public.effect (follower text, n text)');
    house.follow();
  });
  afterAll(() => house.close());

  it('gives rows to followers in order, once, by name, over many small batches', async () => {
    for (let n = 0; n < 10; n += 1) {
      await house.db.tx((tx) => append(tx, [numbered('test.some', `a${n}`), numbered('test.other', `b${n}`)]));
    }
    await until(() => (seen.get('test.all')?.length ?? 0) >= 20 && (seen.get('test.some')?.length ?? 0) >= 10);
    expect(seen.get('test.all')).toEqual(Array.from({ length: 10 }, (_, n) => [`a${n}`, `b${n}`]).flat());
    expect(seen.get('test.some')).toEqual(Array.from({ length: 10 }, (_, n) => `a${n}`));
    // Seen inside the transaction; the effects are there when it has committed.
    await expect.poll(() => effects(house, 'test.all')).toHaveLength(20);
  });

  it('skips no fact that commits after a younger one', async () => {
    seen.clear();
    await house.db.tx(async (tx) => {
      await append(tx, [numbered('test.other', 'early')]);
      const part = await tx.last.write?.();
      await tx.query(part?.text ?? '', part?.values, part?.name);
      await house.db.tx((other) => append(other, [numbered('test.other', 'late')]));
      const edge = await frontier(house.db);
      expect(edge.held).toBe(true);
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
      expect(seen.get('test.all')).toBeUndefined();
    });
    await until(() => seen.get('test.all')?.length === 2);
    expect(seen.get('test.all')).toEqual(['early', 'late']);
  });

  it('leaves nothing of a part that was refused, and keeps the rest', async () => {
    seen.clear();
    await house.db.tx(async (tx) => {
      await append(tx, [numbered('test.other', 'kept')]);
      const refused = await tx.attempt(async () => {
        await tx.query(`insert into public.effect values ('attempt', 'gone')`);
        await append(tx, [numbered('test.other', 'gone')]);
        return refuse('test.no');
      });
      expect(refused.ok).toBe(false);
      await tx.attempt(async () => {
        await append(tx, [numbered('test.other', 'also kept')]);
        return ok(undefined);
      });
    });
    await until(() => seen.get('test.all')?.length === 2);
    expect(seen.get('test.all')).toEqual(['kept', 'also kept']);
    expect(await effects(house, 'attempt')).toEqual([]);
  });

  it('repeats a batch whose handling failed, and leaves no effect of the failed try', async () => {
    seen.clear();
    failures = 3;
    await house.db.tx((tx) => append(tx, [numbered('test.poison', 'p1'), numbered('test.other', 'p2')]));
    await until(() => seen.get('test.all')?.length === 2);
    expect(seen.get('test.all')).toEqual(['p1', 'p2']);
    await expect.poll(async () => (await effects(house, 'test.all')).filter((n) => n === 'p1')).toHaveLength(1);
  });

  it('waits longer after each failure, also while facts keep coming', async () => {
    seen.clear();
    failures = 1_000;
    const before = 1_000;
    await house.db.tx((tx) => append(tx, [numbered('test.poison', 'q1')]));
    for (let n = 0; n < 50; n += 1) {
      await house.db.tx((tx) => append(tx, [numbered('test.other', `q-${n}`)]));
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    const tries = before - failures;
    failures = 0;
    expect(tries).toBeGreaterThan(0);
    expect(tries).toBeLessThan(8);
    await until(() => seen.get('test.all')?.length === 51);
  });

  it('lets no transaction of a process that fell silent hold the log back for hours', async () => {
    const [row] = await house.db.query('show idle_in_transaction_session_timeout');
    expect(row).toEqual({ idle_in_transaction_session_timeout: '2min' });
  });

  it('asks seldom while an older transaction holds the log back', async () => {
    const query = house.db.query;
    let asked = 0;
    Object.assign(house.db, {
      query: (...args: Parameters<typeof query>) => {
        asked += 1;
        return query(...args);
      },
    });
    const old = await house.db.pool.connect();
    await old.query('begin');
    await old.query('select pg_current_xact_id()');
    seen.clear();
    await house.db.tx((tx) => append(tx, [numbered('test.other', 'held')]));
    await new Promise((resolve) => {
      setTimeout(resolve, 2_000);
    });
    const during = asked;
    await old.query('rollback');
    old.release();
    Object.assign(house.db, { query });
    await until(() => seen.get('test.all')?.length === 1, 1_000);
    expect(during).toBeLessThan(120);
  });

  it('tells live listeners what commits, and is quiet about what rolls back', async () => {
    const told: string[] = [];
    const off = house.live.events((events) => told.push(...events.map((event) => String(event.data['n']))));
    await until(() => house.live.position !== undefined);
    await house.db
      .tx(async (tx) => {
        await append(tx, [numbered('test.other', 'gone')]);
        throw new Error('no');
      })
      .catch(() => undefined);
    await house.db.tx((tx) => append(tx, [numbered('test.other', 'here')]));
    await until(() => told.length > 0);
    off();
    expect(told).toEqual(['here']);
    // The follower comes to it on its own time; the next test counts from a quiet log.
    await until(() => seen.get('test.all')?.includes('here') === true);
  });

  it('hands over to another process when the leader ends, losing and doubling nothing', async () => {
    const second = await house.second();
    seen.clear();
    // The test before may still be on its way to the follower.
    const heard = (): string[] => (seen.get('test.all') ?? []).filter((name) => name !== 'here');
    const mine = house.follow();
    const theirs = second.follow();
    await until(() => mine.states().every((state) => state.leading));
    expect(theirs.states().some((state) => state.leading)).toBe(false);
    await house.db.tx((tx) => append(tx, [numbered('test.other', 'first')]));
    await until(() => heard().length === 1);
    // The leader loses its connection, as when its process is killed.
    await second.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'ruslo notice' and pid in (select pid from pg_locks where locktype = 'advisory' and granted)`,
    );
    await house.db.tx((tx) => append(tx, [numbered('test.other', 'second')]));
    await until(() => heard().length >= 2);
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    expect(heard()).toEqual(['first', 'second']);
    await until(() => [...mine.states(), ...theirs.states()].filter((state) => state.leading).length === 2);
    await second.close();
  });

  it('claims a message id once, also within a call and when ten come at once', async () => {
    const key = newId();
    const winners = await Promise.all(
      Array.from({ length: 10 }, () =>
        house.db.tx((tx) =>
          claimMessages(tx, [
            { key, eventId: newId() },
            { key, eventId: newId() },
          ]),
        ),
      ),
    );
    expect(winners.reduce((sum, set) => sum + set.size, 0)).toBe(1);
  });

  it('makes a missing month, also after the transaction that first made it was rolled back', async () => {
    const far = { ...numbered('test.other', 'far'), receivedAt: '2031-05-05T00:00:00.000Z' };
    await house.db
      .tx(async (tx) => {
        await append(tx, [far]);
        throw new Error('no');
      })
      .catch(() => undefined);
    await house.db.tx((tx) => append(tx, [far]));
    const rows = await house.db.query(`select 1 from log.event where received_at > '2031-01-01'`);
    expect(rows).toHaveLength(1);
  });

  it('keeps quotes, separators of arrays and letters of every script as they were', async () => {
    const odd = `"{,}\\ NULL 'ё' 漢 \u2028`;
    const event = { ...numbered(odd, odd), messageId: odd };
    await house.db.tx((tx) => append(tx, [event]));
    const [row] = await house.db.query<LogEvent>(
      `select name, message_id as "messageId", data from log.event where id = $1`,
      [event.id],
    );
    expect(row).toMatchObject({ name: odd, messageId: odd, data: { n: odd } });
  });

  it('goes on above its own past after a restore into a younger cluster', async () => {
    await house.db.query(`update log.follower set tx = tx + 5000000`);
    await migrate(house.db, [slice]);
    const [row] = await house.db.query<{ next: number; most: number }>(
      'select log.settled_tx() as next, (select max(tx) from log.follower) as most',
    );
    expect(row?.next).toBeGreaterThan(row?.most ?? Number.POSITIVE_INFINITY);
  });

  it('refuses a migration that was edited after it was applied', async () => {
    await house.db.query(`update platform.migration set hash = 'other' where name = '0001_log.sql'`);
    await expect(migrate(house.db, [slice])).rejects.toThrow(/was changed after it was applied/);
  });

  it('reads positions back', () => {
    const position = { tx: 12, id: newId() };
    expect(parsePosition(formatPosition(position))).toEqual(position);
    expect(parsePosition('1;drop table')).toBeUndefined();
  });

  it('reads nothing at or above the frontier', async () => {
    const edge = await frontier(house.db);
    const rows = await read(house.db, {
      after: { tx: 0, id: '00000000-0000-0000-0000-000000000000' },
      below: edge.tx,
      limit: 1_000,
    });
    expect(rows.every((row) => row.tx < edge.tx)).toBe(true);
  });
});
