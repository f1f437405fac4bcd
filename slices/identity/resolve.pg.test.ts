import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headsOf, identity, joins, members, resolve } from './index.ts';
import type { Sighting } from './index.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity] });
});
afterAll(async () => {
  await house.close();
});

let next = 0;
/** Values that no other test uses. */
const fresh = (prefix: string): string => {
  next += 1;
  return `${prefix}-${process.pid}-${next}`;
};
const freshPhone = (): string => {
  next += 1;
  return `+7912${String(1_000_000 + next * 7919).slice(0, 7)}`;
};

type Given = readonly [kind: string, value: string, proof?: 'proven' | 'claimed'];
const seen = (identifiers: readonly Given[], rest: Partial<Sighting> = {}): Sighting => ({
  at: '2026-03-01T10:00:00.000Z',
  occurredAt: '2026-03-01T10:00:00.000Z',
  sourceId: null,
  channel: 'web',
  traits: undefined,
  identifiers: identifiers.map(([kind, value, proof]) => ({ kind, value, proof: proof ?? 'proven' })),
  ...rest,
});
const now = new Date('2026-03-01T10:00:01Z');
const run = (...sightings: Sighting[]): Promise<(string | null)[]> =>
  house.db.retry((tx) => resolve(tx, sightings, now));
const one = async (...identifiers: Given[]): Promise<string> => (await run(seen(identifiers)))[0] ?? '';
const head = async (id: string): Promise<string> => (await headsOf(house.db, [id])).get(id) ?? '';

describe('resolve', () => {
  it('knows an identifier again, also within a batch and in other spellings', async () => {
    const phone = freshPhone();
    const [a, b, none] = await run(
      seen([['phone', phone]]),
      seen([['phone', phone.replace('+7', '8')]]),
      seen([['email', 'not an address']]),
    );
    expect(a).toMatch(/^[0-9a-f-]{36}$/);
    expect([b, none]).toEqual([a, null]);
    expect(await one(['phone', phone])).toBe(a);
  });

  it('joins the visitor with the account she signs in to, and tells why', async () => {
    const [cookie, user] = [fresh('a'), fresh('u')];
    const visitor = await one(['anonymous_id', cookie]);
    const account = await one(['anonymous_id', cookie], ['user_id', user]);
    expect(account).not.toBe(visitor);
    expect(await head(account)).toBe(visitor);
    expect(await members(house.db, account)).toEqual([visitor, account].toSorted());
    expect(await joins(house.db, visitor)).toMatchObject([
      { by: { kind: 'rule' }, why: 'identifier', evidence: [{ field: 'anonymous_id', a: cookie }] },
    ]);
    // What comes later with both ids belongs to the account and writes nothing.
    expect(await one(['anonymous_id', cookie], ['user_id', user])).toBe(account);
    expect(await one(['anonymous_id', cookie])).toBe(visitor);
  });

  it('takes a new device into the known account without a second customer', async () => {
    const [cookie, user] = [fresh('a'), fresh('u')];
    const account = await one(['user_id', user]);
    expect(await one(['user_id', user], ['anonymous_id', cookie])).toBe(account);
    expect(await one(['anonymous_id', cookie])).toBe(account);
  });

  it('stops a shared device from linking and parts whom it had joined', async () => {
    const [kiosk, first, second] = [fresh('d'), fresh('u'), fresh('u')];
    const machine = await one(['device', kiosk]);
    const anna = await one(['device', kiosk], ['user_id', first]);
    expect(await head(anna)).toBe(machine);
    const boris = await one(['device', kiosk], ['user_id', second]);
    expect(new Set([await head(anna), await head(boris), await head(machine)]).size).toBe(3);
    expect(await one(['device', kiosk])).toBe(machine);
    expect(await one(['device', kiosk], ['user_id', first])).toBe(anna);
    const third = await one(['device', kiosk], ['user_id', fresh('u')]);
    expect(await members(house.db, third)).toEqual([third]);
  });

  it('gives a shared device that was first seen with an account a customer of its own', async () => {
    const [tablet, first, second] = [fresh('d'), fresh('u'), fresh('u')];
    const [anna, boris, alone, again] = await run(
      seen([
        ['device', tablet],
        ['user_id', first],
      ]),
      seen([
        ['device', tablet],
        ['user_id', second],
      ]),
      seen([['device', tablet]]),
      seen([
        ['user_id', first],
        ['device', tablet],
      ]),
    );
    expect(new Set([anna, boris, alone]).size).toBe(3);
    expect(again).toBe(anna);
    expect(await one(['device', tablet])).toBe(alone);
  });

  it('does not join two accounts by a phone or a card, and tells linkage once', async () => {
    const [phone, first, second] = [freshPhone(), fresh('u'), fresh('u')];
    const anna = await one(['user_id', first], ['phone', phone]);
    const boris = await one(['user_id', second], ['phone', phone]);
    await one(['user_id', second], ['phone', phone]);
    expect(await head(boris)).not.toBe(await head(anna));
    expect(await one(['phone', phone])).toBe(anna);
    const facts = await house.db.query(
      `select data from log.event where name = 'identifier.claimed' and customer_id = $1`,
      [boris],
    );
    expect(facts).toEqual([{ data: { others: [anna], kind: 'phone' } }]);
  });

  it('joins by a proven phone what does not conflict', async () => {
    const [phone, user, card] = [freshPhone(), fresh('u'), fresh('ext')];
    const account = await one(['user_id', user]);
    const shop = await one(['external:1c', card], ['phone', phone]);
    const both = await one(['user_id', user], ['phone', phone]);
    expect(both).toBe(account);
    expect(await head(shop)).toBe(await head(account));
  });

  it('does not join a family by the phone or the tablet that goes round in it', async () => {
    const [phone, tablet] = [freshPhone(), fresh('d')];
    const told = async (identifiers: readonly Given[], name: string): Promise<string> =>
      (await run(seen(identifiers, { traits: { name } })))[0] ?? '';
    const anna = await told(
      [
        ['external:1c', fresh('x')],
        ['phone', phone],
      ],
      'Белова Анна',
    );
    const igor = await told([['external:1c', fresh('x')]], 'Белов Игорь');
    const anya = await told([['external:1c', fresh('x')]], 'Белова Аня');
    const ids = await house.db.query<{ customer_id: string; value: string }>(
      `select customer_id, value from identity.identifier where customer_id = any($1::uuid[]) and kind = 'external:1c'`,
      [[igor, anya]],
    );
    for (const row of ids) await one(['external:1c', row.value], ['phone', phone]);
    expect(await head(igor)).toBe(igor);
    expect(await head(anya)).toBe(anna);
    await told(
      [
        ['device', tablet],
        ['user_id', fresh('u')],
      ],
      'Анна',
    );
    const other = await told(
      [
        ['device', tablet],
        ['user_id', fresh('u')],
      ],
      'Игорь',
    );
    expect(await members(house.db, other)).toEqual([other]);
  });

  it('never joins by what is only claimed', async () => {
    const [email, first, second] = [`${fresh('anna')}@mail.ru`, fresh('u'), fresh('u')];
    const anna = await one(['user_id', first], ['email', email]);
    const other = await one(['user_id', second], ['email', email, 'claimed']);
    expect(await head(other)).not.toBe(await head(anna));
    expect(await one(['email', email])).toBe(anna);
  });

  it('finds who claimed the same before, under the same name only', async () => {
    const phone = freshPhone();
    const claim = (traits?: Record<string, unknown>): Sighting => seen([['phone', phone, 'claimed']], { traits });
    const anna = { firstName: 'Анна', lastName: 'Белова' };
    const [a, b, c, d] = await run(
      claim(anna),
      claim({ firstName: 'Игорь', lastName: 'Белов' }),
      claim({ name: 'Белова Анна' }),
      claim(),
    );
    expect(c).toBe(a);
    expect(new Set([a, b, d]).size).toBe(3);
    expect((await run(claim(anna)))[0]).toBe(a);
  });

  it('takes what is typed at a shared machine for somebody of her own', async () => {
    const [kiosk, phone] = [fresh('d'), freshPhone()];
    await one(['device', kiosk], ['user_id', fresh('u')]);
    await one(['device', kiosk], ['user_id', fresh('u')]);
    const machine = await one(['device', kiosk]);
    const typed = await one(['device', kiosk], ['phone', phone, 'claimed']);
    expect(typed).not.toBe(machine);
    expect(await one(['device', kiosk], ['phone', phone, 'claimed'])).toBe(typed);
    expect(await one(['phone', phone, 'claimed'])).toBe(typed);
    expect(await one(['device', kiosk])).toBe(machine);
  });

  it('follows alias and ignores an alias of itself', async () => {
    const [old, next_] = [fresh('u'), fresh('u')];
    const before = await one(['user_id', old]);
    const [after] = await run(seen([['user_id', next_]], { alias: { previous: { kind: 'user_id', value: old } } }));
    expect(await head(after ?? '')).toBe(before);
    const [self] = await run(seen([['user_id', next_]], { alias: { previous: { kind: 'user_id', value: next_ } } }));
    expect(self).toBe(after);
    const unknown = fresh('a');
    const [third] = await run(
      seen([['user_id', next_]], { alias: { previous: { kind: 'anonymous_id', value: unknown } } }),
    );
    expect(third).toBe(after);
    expect(await one(['anonymous_id', unknown])).toBe(after);
    // A client does not say of which kind the older id is; the known one is meant.
    const cookie = fresh('visitor');
    const visitor = await one(['anonymous_id', cookie]);
    const [fourth] = await run(
      seen([['user_id', fresh('u')]], { alias: { previous: { kind: 'user_id', value: cookie } } }),
    );
    expect(await head(fourth ?? '')).toBe(visitor);
  });

  it('bears ten thousand cookies on one account and keeps the newest', async () => {
    const user = fresh('u');
    const account = await one(['user_id', user]);
    for (let batch = 0; batch < 10; batch += 1) {
      const at = new Date(Date.UTC(2026, 3, 1, 0, batch)).toISOString();
      const owners = await run(
        ...Array.from({ length: 1_000 }, (_, index) =>
          seen(
            [
              ['user_id', user],
              ['anonymous_id', `${user}-${batch}-${index}`],
            ],
            { at },
          ),
        ),
      );
      expect(new Set(owners)).toEqual(new Set([account]));
    }
    const rows = await house.db.query(
      `select state, count(*)::int as count from identity.identifier where customer_id = $1 and kind = 'anonymous_id' group by state order by state`,
      [account],
    );
    expect(rows).toEqual([
      { state: 'active', count: 500 },
      { state: 'retired', count: 9_500 },
    ]);
    expect(await one(['anonymous_id', `${user}-0-0`])).toBe(account);
  });

  it('bears thousands of made-up systems and claims on one account', async () => {
    const user = fresh('u');
    const account = await one(['user_id', user]);
    const owners = await run(
      ...Array.from({ length: 1_000 }, (_, index) =>
        seen([
          ['user_id', user],
          [`external:system${index}`, `x-${user}`],
          [`external:claimed${index}`, `y-${user}`, 'claimed'],
          ['email', `${user}-${index}@mail.ru`, 'claimed'],
        ]),
      ),
    );
    expect(new Set(owners)).toEqual(new Set([account]));
    const [row] = await house.db.query<{ count: number }>(
      'select count(*)::int as count from identity.identifier where customer_id = $1',
      [account],
    );
    expect(row?.count).toBeLessThanOrEqual(100);
  });

  it('keeps names and declared attributes of traits, and writes them only when they change', async () => {
    const user = fresh('u');
    const [id] = await run(
      seen([['user_id', user]], {
        traits: { name: 'Прохорова Анна Ильинична', birthday: '1990-03-12', address: { city: 'Казань' } },
      }),
    );
    const state = (): Promise<Record<string, unknown>[]> =>
      house.db.query(
        `select first_name, middle_name, last_name, birth_date, city, xmin::text from identity.customer where id = $1`,
        [id],
      );
    const [first] = await state();
    expect(first).toMatchObject({
      first_name: 'Анна',
      middle_name: 'Ильинична',
      last_name: 'Прохорова',
      birth_date: '1990-03-12',
      city: 'Казань',
    });
    await run(seen([['user_id', user]], { traits: { firstName: 'Анна', city: 'Казань' } }));
    expect(await state()).toEqual([first]);
    await run(seen([['user_id', user]], { traits: { city: 'Москва' } }));
    expect((await state())[0]).toMatchObject({ city: 'Москва', first_name: 'Анна' });
  });

  it('takes any text for what it is', async () => {
    const nasty = `'; drop table identity.customer; -- <script>alert(1)</script> "{}\\ \u0000 \u001e \u001d NULL \ud800`;
    const user = fresh('u');
    const owners = await run(
      seen([
        ['user_id', nasty],
        ['email', nasty],
        ['phone', nasty],
        ['card', nasty],
        ['external:x', nasty],
        [nasty, nasty],
      ]),
      seen([['user_id', user]], {
        traits: {
          firstName: nasty,
          city: nasty,
          [nasty]: nasty,
          address: { city: nasty, street: nasty },
          birthday: nasty,
        },
      }),
      seen([['user_id', `<script>${user}'"\\,{}`]]),
      seen([['user_id', 'NULL']]),
      seen([]),
    );
    expect(owners.map((owner) => owner === null)).toEqual([true, false, false, true, true]);
    const [row] = await house.db.query<{ first_name: string }>(
      'select first_name from identity.customer where id = $1',
      [owners[1]],
    );
    expect(row?.first_name).toContain('drop table');
  });

  it('makes one customer when ten come at once, in two processes', async () => {
    const second = await house.second();
    const users = Array.from({ length: 20 }, () => fresh('u'));
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? house : second).db.retry(
          (tx) =>
            resolve(
              tx,
              users
                .toSorted(() => (index % 3) - 1)
                .map((user) =>
                  seen([
                    ['user_id', user],
                    ['anonymous_id', `${user}-a`],
                  ]),
                ),
              now,
            ),
          20,
        ),
      ),
    );
    expect(new Set(all.flat()).size).toBe(20);
    await second.close();
  });

  it('joins once when many see the same two meet', async () => {
    const pairs = Array.from({ length: 5 }, () => [fresh('u'), fresh('a')] as const);
    await run(...pairs.flatMap(([user, cookie]) => [seen([['user_id', user]]), seen([['anonymous_id', cookie]])]));
    await Promise.all(
      Array.from({ length: 8 }, () =>
        house.db.retry(
          (tx) =>
            resolve(
              tx,
              pairs.map(([user, cookie]) =>
                seen([
                  ['user_id', user],
                  ['anonymous_id', cookie],
                ]),
              ),
              now,
            ),
          20,
        ),
      ),
    );
    for (const [user] of pairs) expect(await joins(house.db, await one(['user_id', user]))).toHaveLength(1);
  });
});
