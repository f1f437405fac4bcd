import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { broughtBy } from './card.ts';
import { Decision } from './decide.ts';
import type { Loaded } from './decide.ts';
import { headsFrom, keyOf, linkSlot, prepare } from './rules.ts';
import type { Edge, Item, KindRules, Row, Sighting } from './rules.ts';
import { changeOf, isoDate, readAttribute, readTraits, splitName } from './trait.ts';

const rules: KindRules = new Map(
  Object.entries({
    user_id: { priority: 100, most: 1 },
    card: { priority: 90, most: 2 },
    external: { priority: 80, most: 2 },
    phone: { priority: 60, most: 2 },
    email: { priority: 50, most: 3 },
    push_token: { priority: 30, most: 3 },
    device: { priority: 20, most: 3 },
    anonymous_id: { priority: 10, most: 3 },
  }),
);

/** The stored world in memory: what store.ts does with SQL, without its speed. */
class World {
  readonly rows = new Map<string, Row>();
  readonly heads = new Map<string, string>();
  merges: { a: string; b: string; via: string }[] = [];
  aparts: [string, string][] = [];
  collisions = 0;
  #next = 0;

  #id = (): string => {
    this.#next += 1;
    return `c${String(this.#next).padStart(6, '0')}`;
  };

  run(sightings: readonly Sighting[]): (string | null)[] {
    const decision = new Decision(this.#load(), this.#id);
    const items = sightings.map((sighting) => prepare(sighting, { attributes: new Map() }));
    const owners = items.map((item) => (item === undefined ? null : decision.decide(item)));
    const decided = decision.result();
    for (const customer of decided.customers) this.heads.set(customer.id, customer.head);
    for (const row of decided.identifiers) {
      const key = `${row.kind} ${row.value} ${row.slot}`;
      if (this.rows.has(key)) throw new Error(`twice: ${key}`);
      this.rows.set(key, row);
    }
    for (const merge of decided.merges)
      this.merges.push({ a: merge.a, b: merge.b, via: keyOf(merge.viaKind, merge.viaValue) });
    for (const share of decided.shares) {
      const key = `${share.kind} ${share.value} ${linkSlot}`;
      const row = this.rows.get(key);
      if (row === undefined) throw new Error(`shared, but unknown: ${key}`);
      this.rows.set(key, { ...row, state: 'shared', customerId: share.to });
      this.merges = this.merges.filter((merge) => merge.via !== keyOf(share.kind, share.value));
    }
    this.collisions += decided.collisions.length;
    this.derive();
    return owners;
  }

  derive(): void {
    for (const [id, head] of headsFrom([...this.heads.keys()], this.merges)) this.heads.set(id, head);
  }

  #load(): Loaded {
    const rows = [...this.rows.values()];
    const head = (id: string): string => this.heads.get(id) ?? id;
    const weak = new Set(['anonymous_id', 'device', 'push_token']);
    const members = new Map<string, number>();
    for (const value of this.heads.values()) members.set(value, (members.get(value) ?? 0) + 1);
    const weakRows = rows.filter((row) => weak.has(row.kind) && row.slot === linkSlot && row.state === 'active');
    return {
      rows,
      rules,
      blocked: new Set(),
      claimantHeads: this.heads,
      memberCounts: members,
      firstNames: [],
      customers: [...this.heads].map(([id, value]) => ({ id, head: value, fixed: [] })),
      held: rows.filter((row) => !weak.has(row.kind)).map((row) => ({ ...row, head: head(row.customerId) })),
      weakCounts: weakRows.map((row) => ({
        head: head(row.customerId),
        customerId: row.customerId,
        kind: row.kind,
        count: 1,
      })),
      aparts: this.aparts.map(([a, b]) => [head(a), head(b)] as const),
    };
  }

  head(id: string | null): string {
    return this.heads.get(id ?? '') ?? '';
  }

  /** Which of these stand for one person. */
  persons(): Map<string, string[]> {
    const persons = new Map<string, string[]>();
    for (const [id, head] of this.heads) persons.set(head, [...(persons.get(head) ?? []), id]);
    return persons;
  }
}

const at = '2026-03-01T10:00:00.000Z';
const sighting = (identifiers: Sighting['identifiers'], traits?: Record<string, unknown>): Sighting => ({
  at,
  occurredAt: at,
  sourceId: null,
  channel: 'web',
  traits,
  identifiers,
});

const phones = ['+79120000017', '+79120000027', '+79120000037'];
const identifier = fc.oneof(
  fc.record({
    kind: fc.constant('user_id'),
    value: fc.constantFrom('u1', 'u2', 'u3'),
    proof: fc.constant('proven' as const),
  }),
  fc.record({
    kind: fc.constant('anonymous_id'),
    value: fc.constantFrom('a1', 'a2', 'a3', 'a4'),
    proof: fc.constant('proven' as const),
  }),
  fc.record({ kind: fc.constant('device'), value: fc.constantFrom('d1', 'd2'), proof: fc.constant('proven' as const) }),
  fc.record({
    kind: fc.constant('phone'),
    value: fc.constantFrom(...phones),
    proof: fc.constantFrom('proven' as const, 'claimed' as const),
  }),
  fc.record({
    kind: fc.constant('external:1c'),
    value: fc.constantFrom('x1', 'x2', 'x3'),
    proof: fc.constant('proven' as const),
  }),
);
const sightings = fc.array(
  fc.array(identifier, { minLength: 1, maxLength: 4 }).map((identifiers) => sighting(identifiers)),
  { minLength: 1, maxLength: 40 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });

function inBatches(
  all: readonly Sighting[],
  lengths: readonly number[],
  each: (batch: readonly Sighting[]) => void,
): void {
  for (let from = 0, turn = 0; from < all.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    each(all.slice(from, from + length));
    from += length;
  }
}

describe('decide', () => {
  it('keeps the world whole, whatever comes in whatever batches', () => {
    fc.assert(
      fc.property(sightings, sizes, (all, lengths) => {
        const world = new World();
        inBatches(all, lengths, (batch) => {
          const owners = world.run(batch);
          expect(owners.every((owner) => owner !== null && world.heads.has(owner))).toBe(true);
          // The merges are a forest: one fewer than members in each person.
          const persons = world.persons();
          for (const members of persons.values()) {
            expect(world.merges.filter((merge) => members.includes(merge.a))).toHaveLength(members.length - 1);
          }
          // Nobody has more strong identifiers of a kind than the limit.
          const counts = new Map<string, number>();
          for (const row of world.rows.values()) {
            if (row.slot !== linkSlot || row.state !== 'active') continue;
            const key = `${world.head(row.customerId)} ${row.kind}`;
            counts.set(key, (counts.get(key) ?? 0) + 1);
          }
          for (const [key, count] of counts) {
            const kind = key.split(' ')[1] ?? '';
            if (!['anonymous_id', 'device'].includes(kind))
              expect(count).toBeLessThanOrEqual(rules.get(kind.split(':')[0] ?? '')?.most ?? 0);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('tells nothing new when it sees the same again', () => {
    fc.assert(
      fc.property(sightings, (all) => {
        const world = new World();
        world.run(all);
        world.run(all);
        const [rows, customers, merges, collisions] = [
          world.rows.size,
          world.heads.size,
          world.merges.length,
          world.collisions,
        ];
        world.run(all);
        expect([world.rows.size, world.heads.size, world.merges.length, world.collisions]).toEqual([
          rows,
          customers,
          merges,
          collisions,
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it('never joins by claims alone', () => {
    const claims = fc.array(fc.tuple(fc.constantFrom('u1', 'u2', 'u3', ''), fc.subarray(phones, { minLength: 1 })), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(claims, (all) => {
        const world = new World();
        world.run(
          all.map(([user, values]) =>
            sighting([
              ...(user === '' ? [] : [{ kind: 'user_id', value: user, proof: 'proven' as const }]),
              ...values.map((value) => ({ kind: 'phone', value, proof: 'claimed' as const })),
            ]),
          ),
        );
        expect(world.merges).toEqual([]);
      }),
    );
  });

  it('never joins a parted pair, over no third one either', () => {
    fc.assert(
      fc.property(sightings, sizes, (all, lengths) => {
        const world = new World();
        world.run([
          sighting([{ kind: 'user_id', value: 'u1', proof: 'proven' }]),
          sighting([{ kind: 'external:1c', value: 'x1', proof: 'proven' }]),
        ]);
        const [first = '', second = ''] = world.heads.keys();
        world.aparts.push([first, second]);
        inBatches(all, lengths, (batch) => {
          world.run(batch);
        });
        expect(world.head(first)).not.toBe(world.head(second));
      }),
      { numRuns: 500 },
    );
  });

  it('gives the event to the owner of its best identifier', () => {
    const world = new World();
    const [user, phone, both] = world.run([
      sighting([{ kind: 'user_id', value: 'u1', proof: 'proven' }]),
      sighting([{ kind: 'phone', value: phones[0] ?? '', proof: 'proven' }]),
      sighting([
        { kind: 'phone', value: phones[0] ?? '', proof: 'proven' },
        { kind: 'user_id', value: 'u1', proof: 'proven' },
      ]),
    ]);
    expect(both).toBe(user);
    expect(world.head(user ?? null)).toBe(world.head(phone ?? null));
  });
});

describe('headsFrom', () => {
  const forest = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 40 }).map((pairs) => {
    const ids = Array.from({ length: 20 }, (_, index) => `c${String(index).padStart(2, '0')}`);
    const edges: Edge[] = [];
    for (const [i, j] of pairs) {
      const [a, b] = [ids[i] ?? '', ids[j] ?? ''];
      const heads = headsFrom(ids, edges);
      if (heads.get(a) !== heads.get(b)) edges.push({ a, b });
    }
    return { ids, edges };
  });

  it('does not depend on the order, and the head is the oldest', () => {
    fc.assert(
      fc.property(forest, fc.func(fc.integer()), ({ ids, edges }, by) => {
        const heads = headsFrom(ids, edges);
        expect(
          headsFrom(
            ids.toReversed(),
            edges.toSorted((x, y) => by(x) - by(y)),
          ),
        ).toEqual(heads);
        for (const [id, head] of heads) expect(head <= id && heads.get(head) === head).toBe(true);
      }),
    );
  });

  it('parts exactly what an edge held together, in whatever order edges are taken out', () => {
    fc.assert(
      fc.property(forest, fc.nat(), ({ ids, edges }, pick) => {
        fc.pre(edges.length > 0);
        const out = edges[pick % edges.length];
        const [before, after] = [
          headsFrom(ids, edges),
          headsFrom(
            ids,
            edges.filter((edge) => edge !== out),
          ),
        ];
        expect(after.get(out?.a ?? '')).not.toBe(after.get(out?.b ?? ''));
        for (const id of ids)
          if (before.get(id) !== before.get(out?.a ?? '')) expect(after.get(id)).toBe(before.get(id));
      }),
    );
  });

  it('tells for every member what brought her in', () => {
    fc.assert(
      fc.property(forest, ({ ids, edges }) => {
        const heads = headsFrom(ids, edges);
        for (const head of new Set(heads.values())) {
          const mine = ids.filter((id) => heads.get(id) === head);
          expect(
            [
              ...broughtBy(
                head,
                edges.filter((edge) => mine.includes(edge.a)),
              ).keys(),
            ].toSorted(),
          ).toEqual(mine.filter((id) => id !== head));
        }
      }),
    );
  });
});

describe('traits', () => {
  it('reads names in the order in which people write them', () => {
    expect(splitName('Прохорова Анна Ильинична')).toEqual({ last: 'Прохорова', first: 'Анна', middle: 'Ильинична' });
    expect(splitName('Анна Ильинична Прохорова')).toEqual({ last: 'Прохорова', first: 'Анна', middle: 'Ильинична' });
    expect(splitName('Анна Прохорова')).toEqual({ first: 'Анна', last: 'Прохорова' });
    expect(splitName('Прохорова Анна')).toEqual({ first: 'Анна', last: 'Прохорова' });
    expect(splitName('Анна Ильинична')).toEqual({ first: 'Анна', middle: 'Ильинична' });
    expect(splitName('Анна')).toEqual({ first: 'Анна' });
  });

  it('reads days and refuses those that are none', () => {
    expect(['1990-03-12', '1990-03-12T00:00:00Z', '12.03.1990', '1/2/1990'].map(isoDate)).toEqual([
      '1990-03-12',
      '1990-03-12',
      '1990-03-12',
      '1990-02-01',
    ]);
    expect(['1990-02-30', '31.02.1990', '9999-01-01', '0000-00-00', 'вчера', 5, null].map(isoDate)).toEqual(
      Array.from({ length: 7 }, () => undefined),
    );
  });

  it('checks declared attributes', () => {
    expect([
      readAttribute('number', '3,5'),
      readAttribute('number', 'x'),
      readAttribute('money', 199_000),
      readAttribute('money', 1.5),
      readAttribute('list', ['a', 'a', 'b']),
      readAttribute('text', 5),
    ]).toEqual([3.5, undefined, 199_000, undefined, ['a', 'b'], '5']);
  });

  it('bears any traits, stores clean text only, and sees no change in what it stored', () => {
    const types = new Map([
      ['size', 'text'],
      ['sum', 'number'],
      ['tags', 'list'],
      ['day', 'date'],
    ] as const);
    const anything = fc.dictionary(
      fc.constantFrom(
        'name',
        'firstName',
        'birthday',
        'address',
        'city',
        'size',
        'sum',
        'tags',
        'day',
        'other',
        '__proto__',
      ),
      fc.anything(),
    );
    fc.assert(
      fc.property(anything, (traits) => {
        const profile = readTraits(traits, types);
        if (profile === undefined) return;
        // oxlint-disable-next-line no-control-regex -- looking for control characters is the purpose
        expect(
          Object.values(profile)
            .flatMap((value) => (typeof value === 'string' ? [value] : []))
            .filter((value) => /[\u0000-\u001f\u007f]/.test(value)),
        ).toEqual([]);
        expect(changeOf({ ...profile, fixed: [] }, profile)).toBeUndefined();
      }),
    );
  });
});

describe('prepare', () => {
  it('bears any identifiers, and comes to the same from what it made', () => {
    const raw = fc.record({
      kind: fc.oneof(fc.constantFrom('email', 'phone', 'card', 'user_id', 'external:x'), fc.string()),
      value: fc.oneof(fc.string(), fc.constantFrom('8 912 612-51-77', 'A@b.RU')),
      proof: fc.constantFrom('proven' as const, 'claimed' as const),
    });
    fc.assert(
      fc.property(fc.array(raw, { maxLength: 30 }), (identifiers) => {
        const item = prepare(sighting(identifiers), { attributes: new Map() });
        if (item === undefined) return;
        const seen = [...item.links, ...item.claims];
        expect(new Set(seen.map((one) => one.key)).size).toBe(seen.length);
        expect(seen.length).toBeLessThanOrEqual(20);
        const again: Item | undefined = prepare(sighting(seen), { attributes: new Map() });
        expect(again).toEqual(item);
      }),
    );
  });
});
