import { addCustomers, identity, members } from '@ruslo/identity';
import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { staff } from '@ruslo/staff';
import { signInOwner } from '@ruslo/staff/testing';
import type { Visitor } from '@ruslo/staff/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { balance, capture, clawBack, earn, giveBack, hold, proveLedger, release, wallet } from './index.ts';
import { PurseModel } from './testing-model.ts';

let house: TestHouse;
let owner: Visitor;
beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, wallet] });
  owner = await signInOwner(house);
});
afterAll(() => house.close());

const startMs = Date.parse('2026-03-10T12:00:00Z');
const size = 3;
const who = fc.nat(size - 1);
const amount = fc.integer({ min: 1, max: 50 });
const pick = fc.nat(99);
// Few distinct times, so that ends, beginnings and acts often fall on the same moment.
const some = fc.nat(4);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('earn' as const),
      who,
      amount: fc.integer({ min: 1, max: 40 }),
      wait: fc.constantFrom(0, 0, 0, 1, 3),
      life: fc.option(fc.integer({ min: 1, max: 8 })),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      who,
      amount,
      paid: fc.boolean(),
      until: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('capture' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), pick }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('giveBack' as const), pick, amount, grace: some }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('clawBack' as const),
      pick,
      amount,
      policy: fc.constantFrom('debt' as const, 'deduct' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), days: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), who, other: who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unmerge' as const), pick }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const dayMs = 86_400_000;
let turn = 0;

async function newCustomers(): Promise<string[]> {
  turn += 1;
  const at = new Date(startMs);
  const rows = Array.from({ length: size }, (_, index) => ({
    profile: {},
    createdAt: at,
    channel: 'web' as const,
    sourceId: null,
    identifiers: [{ kind: 'user_id', value: `user-${turn}-${index}`, proof: 'proven' as const }],
  }));
  return (await house.db.tx((tx) => addCustomers(tx, rows))).map((row) => row.id);
}

const duty = (name: string, now: Date): Promise<boolean> =>
  wallet
    .duties?.(house)
    .find((one) => one.name === name)
    ?.run(now) ?? Promise.reject(new Error(name));

/** One history, in the ledger and in the model at once. */
class History {
  readonly model = new PurseModel();
  readonly ids: readonly string[];
  readonly refs: { readonly ref: string; readonly owner: number }[] = [];
  readonly holds: string[] = [];
  readonly merges: { readonly id: string; readonly a: string }[] = [];
  atMs = startMs;

  constructor(ids: readonly string[]) {
    this.ids = ids;
  }

  get now(): Date {
    return new Date(this.atMs);
  }

  async person(index: number): Promise<{ ids: string[]; owners: number[] }> {
    const ids = await members(house.db, this.ids[index] ?? '');
    return { ids, owners: ids.map((id) => this.ids.indexOf(id)) };
  }

  /** One of the last few holds: of long ago they have mostly ended. */
  recent(pick: number): string | undefined {
    return this.holds.at(-1 - (pick % Math.max(Math.min(this.holds.length, 3), 1)));
  }

  async take(one: Step): Promise<void> {
    const { model, now, atMs } = this;
    if (one.do === 'pass') this.atMs += one.days * dayMs;
    else if (one.do === 'earn') await this.earn(one);
    else if (one.do === 'hold') {
      const { ids, owners } = await this.person(one.who);
      const ref = newId();
      const until = one.until === null ? null : new Date(atMs + one.until * dayMs);
      const wanted = model.hold(owners, one.amount, ref, atMs, until?.getTime() ?? Infinity);
      const from = {
        holder: { kind: 'points', customerIds: ids },
        amount: one.amount,
        ref,
        key: ref,
        until,
        now,
      } as const;
      const held = await house.db.tx((tx) => hold(tx, from));
      expect(held.ok).toBe(wanted);
      if (held.ok) {
        expect(await house.db.tx((tx) => hold(tx, from))).toEqual(held);
        this.holds.push(ref);
        if (one.paid) expect((await house.db.tx((tx) => capture(tx, ref, now))).ok).toBe(model.capture(ref, atMs));
      }
    } else if (one.do === 'capture') {
      const ref = this.recent(one.pick);
      if (ref === undefined) return;
      const wanted = model.capture(ref, atMs);
      expect((await house.db.tx((tx) => capture(tx, ref, now))).ok).toBe(wanted);
    } else if (one.do === 'release') {
      const ref = this.recent(one.pick);
      if (ref === undefined) return;
      model.release(ref);
      await house.db.tx((tx) => release(tx, ref, now));
    } else if (one.do === 'giveBack') {
      const ref = this.recent(one.pick);
      if (ref === undefined) return;
      model.giveBack(ref, one.amount, atMs, one.grace * dayMs);
      const from = { ref, kind: 'points', amount: one.amount, graceDays: one.grace, key: newId(), now } as const;
      await house.db.tx((tx) => giveBack(tx, from));
      await house.db.tx((tx) => giveBack(tx, from));
    } else if (one.do === 'clawBack') await this.clawBack(one);
    else if (one.do === 'expire') {
      const persons = await Promise.all(this.ids.map((_, index) => this.person(index)));
      const sets = [...new Map(persons.map((person) => [person.ids.join(), person.owners])).values()];
      model.expire(sets, atMs);
      while (await duty('wallet.expire', now));
    } else if (one.do === 'end') {
      model.endHolds(atMs);
      await duty('wallet.holds', now);
    } else await this.join(one);
  }

  async earn(one: Extract<Step, { do: 'earn' }>): Promise<void> {
    const { atMs, now } = this;
    const ref = newId();
    const fromMs = atMs + one.wait * dayMs;
    const untilMs = one.life === null ? Infinity : fromMs + one.life * dayMs;
    this.model.earn(one.who, one.amount, ref, atMs, fromMs, untilMs);
    this.refs.push({ ref, owner: one.who });
    const earning = {
      customerId: this.ids[one.who] ?? '',
      kind: 'points',
      amount: one.amount,
      availableAt: new Date(fromMs),
      expiresAt: untilMs === Infinity ? null : new Date(untilMs),
      ref,
      reason: 'earned',
      key: ref,
      now,
    } as const;
    await house.db.tx((tx) => earn(tx, [earning, earning]));
    await house.db.tx((tx) => earn(tx, [earning]));
  }

  async clawBack(one: Extract<Step, { do: 'clawBack' }>): Promise<void> {
    const earned = this.refs[one.pick % Math.max(this.refs.length, 1)];
    if (earned === undefined) return;
    const { ids, owners } = await this.person(earned.owner);
    const wanted = this.model.clawBack(earned.owner, owners, earned.ref, one.amount, one.policy, this.atMs);
    const from = {
      customerIds: ids,
      customerId: this.ids[earned.owner] ?? '',
      ref: earned.ref,
      amount: one.amount,
      policy: one.policy,
      key: newId(),
      now: this.now,
    };
    const back = await house.db.tx((tx) => clawBack(tx, from));
    expect([back.fromPending, back.fromLots, back.fromOther, back.uncovered]).toEqual(wanted);
    expect(await house.db.tx((tx) => clawBack(tx, from))).toEqual(back);
  }

  async join(one: Extract<Step, { do: 'merge' | 'unmerge' }>): Promise<void> {
    if (one.do === 'merge') {
      const [a = '', b = ''] = [this.ids[one.who], this.ids[one.other]];
      const merged = await owner.ask('POST', `/v1/customers/${a}/merge`, { with: b, why: 'test' });
      if (merged.status === 200) this.merges.push({ id: (merged.body as unknown as { mergeId: string }).mergeId, a });
      return;
    }
    const [merge] = this.merges.splice(one.pick % Math.max(this.merges.length, 1), 1);
    if (merge === undefined) return;
    const parted = await owner.ask('POST', `/v1/customers/${merge.a}/unmerge`, { mergeId: merge.id, why: 'test' });
    expect(parted.status).toBe(200);
  }

  async compare(): Promise<void> {
    for (const [index, id] of this.ids.entries()) {
      // Of the person, and of the id alone: what each would have, were they parted now (T29).
      for (const { ids, owners } of [await this.person(index), { ids: [id], owners: [index] }]) {
        const found = await balance(house.db, ids, 'points', this.now);
        const expiring = found.expiring.map((one) => [one.at.getTime(), one.amount]);
        expect({ ...found, expiring }).toEqual(this.model.balance(owners, this.atMs));
      }
    }
    expect(await proveLedger(house.db)).toEqual([]);
  }
}

describe('histories of purses', () => {
  it('agree with the model after each step: Σ lots = Σ entries, expiry, debts, merges and their undoing (T9, T10, T22, T23, T24, T26, T29, T31)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.noBias(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' })), async (steps) => {
        const history = new History(await newCustomers());
        for (const one of steps) {
          await history.take(one);
          await history.compare();
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});
