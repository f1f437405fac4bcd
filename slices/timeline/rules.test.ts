import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText, isLonger, isObject, jsonText, maxDepth, timeMs, timesOf } from './clean.ts';
import { problems } from './contract.ts';
import { judge, limits, lightOf, openEnvelope, parseJson, summarise } from './rules.ts';
import type { Arrival, TrackKind } from './rules.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };
import { aliasOf, identifiersOf, kindOf } from './who.ts';

const receivedMs = Date.UTC(2026, 10, 21, 12);
let counter = 0;
const arrival: Arrival = {
  sourceId: '00000000-0000-7000-8000-000000000001',
  channel: 'web',
  trust: { proves: ['user_id'] },
  receivedMs,
  isImport: false,
  newId: () => `id-${(counter += 1)}`,
};
const judgeBody = (body: unknown, kind?: TrackKind): ReturnType<typeof judge> => {
  const envelope = openEnvelope(body, kind);
  if (envelope === undefined) throw new Error('not an envelope');
  return judge(envelope, arrival);
};

describe('whatever comes', () => {
  test('every item is either accepted or refused, in its place, and what is accepted can be stored', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.jsonValue({ depthSize: 'medium' }), trackLike()), { maxLength: 30 }),
        (items) => {
          const { accepted, rejected } = judgeBody({ batch: items });
          expect([...accepted, ...rejected].map((one) => one.index).toSorted((a, b) => a - b)).toEqual(
            items.map((_, index) => index),
          );
          for (const { row } of accepted) {
            expect(`${row.name}${row.messageId}${row.kind}`).not.toMatch(/[\u0000-\u001f]/);
            expect(row.name.length).toBeGreaterThan(0);
            expect(row.name.isWellFormed() && row.data.isWellFormed()).toBe(true);
            expect(row.data).not.toMatch(/\\u0000|\\ud[89a-f]/i);
            expect(isObject(JSON.parse(row.data))).toBe(true);
            expect(Date.parse(row.occurredAt)).toBeGreaterThanOrEqual(0);
            expect(Date.parse(row.occurredAt)).toBeLessThanOrEqual(receivedMs);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('what a client sent is what is kept, but for what has a column', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 3 })), (properties) => {
        const clean = JSON.parse(jsonText({ properties }) ?? '{}') as { properties: unknown };
        const { accepted } = judgeBody({ type: 'track', event: 'E', userId: 'u', properties, writeKey: 'secret' });
        expect(JSON.parse(accepted[0]?.row.data ?? '{}')).toEqual({
          event: 'E',
          userId: 'u',
          properties: clean.properties,
        });
      }),
      { numRuns: 200 },
    );
  });

  test('a key named __proto__ reaches nobody', () => {
    const { accepted } = judgeBody(
      parseJson(
        '{"type":"track","event":"E","userId":"u","__proto__":{"userId":"x"},"properties":{"__proto__":{"a":1}}}',
      ),
    );
    expect(JSON.parse(accepted[0]?.row.data ?? '')).toMatchObject({ userId: 'u' });
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

function trackLike(): fc.Arbitrary<unknown> {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constant(undefined));
  return fc.record(
    {
      type: fc.oneof(fc.constantFrom('track', 'page', 'screen', 'identify', 'group', 'alias'), anything),
      event: anything,
      userId: anything,
      anonymousId: anything,
      messageId: anything,
      timestamp: fc.oneof(
        anything,
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      ),
      sentAt: anything,
      properties: anything,
      traits: anything,
      context: anything,
      groupId: anything,
      previousId: anything,
      name: anything,
    },
    { requiredKeys: ['type'] },
  );
}

describe('time', () => {
  test('a clock that is wrong by any amount is set right', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e11, max: 1e11 }), fc.integer({ min: 0, max: 1e9 }), (skewMs, ageMs) => {
        const sent = new Date(receivedMs + skewMs).toISOString();
        const original = new Date(receivedMs + skewMs - ageMs).toISOString();
        expect(timesOf(original, sent, receivedMs, false).occurredMs).toBe(receivedMs - ageMs);
      }),
    );
  });
  test.each([
    ['2026-11-21T12:00:00Z', receivedMs],
    ['2026-11-21T15:00:00+03:00', receivedMs],
    ['2026-11-21T12:00:00', receivedMs],
    ['2026-11-21 12:00:00', receivedMs],
    ['2026-11-21', receivedMs - 12 * 3_600_000],
    [receivedMs, receivedMs],
    [receivedMs / 1000, receivedMs],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59Z', undefined],
    ['10000-01-01T00:00:00Z', undefined],
    ['2026-13-41T00:00:00Z', undefined],
    ['soon', undefined],
    [Number.NaN, undefined],
    [null, undefined],
    [{}, undefined],
    ['', undefined],
  ])('%j', (raw, expected) => {
    expect(timeMs(raw)).toBe(expected);
  });
  test('a sentAt that is nonsense does not throw the event out of our time', () => {
    expect(timesOf('2026-11-21T11:00:00Z', '9999-01-01T00:00:00Z', receivedMs, false).occurredMs).toBe(
      receivedMs - 3_600_000,
    );
  });
});

describe('text', () => {
  test('the longest depth is taken, one more is not', () => {
    const nest = (depth: number): Record<string, unknown> =>
      JSON.parse('{"a":'.repeat(depth - 1) + '{}' + '}'.repeat(depth - 1)) as Record<string, unknown>;
    expect(jsonText(nest(maxDepth))).toBeDefined();
    expect(jsonText(nest(maxDepth + 1))).toBeUndefined();
    expect(jsonText({ text: '[{'.repeat(5_000) })).toBeDefined();
    expect(jsonText({ list: JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown })).toBeUndefined();
  });
  test('length is counted in bytes of UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(200), (text, limit) => {
        const form = text.toWellFormed();
        expect(isLonger(form, limit)).toBe(new TextEncoder().encode(form).length > limit);
      }),
    );
  });
  test('a line is clean, short and well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = cleanText(text, 20);
        expect(line.length).toBeLessThanOrEqual(20);
        expect(line.isWellFormed()).toBe(true);
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });
  test('long integers stay whole, wherever else digits stand', () => {
    expect(
      parseJson(
        '{"a":12345678901234567890,"b":"12345678901234567890","c":"\\"12345678901234567890","d":1.12345678901234567890,"e":-98765432109876543210,"f":1234567890123456}',
      ),
    ).toEqual({
      a: '12345678901234567890',
      b: '12345678901234567890',
      c: '"12345678901234567890',
      d: 1.1234567890123457,
      e: '-98765432109876543210',
      f: 1234567890123456,
    });
  });
});

describe('who', () => {
  test('a source proves what it may prove, and nothing else', () => {
    const event = { userId: 'u', anonymousId: 'a' };
    const context = {
      externalIds: [
        { type: 'card', id: '4006381333931' },
        { type: '1C', id: 77 },
        { type: 'x', id: 'y', collection: 'accounts' },
      ],
      device: { id: 'd', token: 't' },
    };
    const proofs = (proves: string[]): Record<string, string> =>
      Object.fromEntries(
        identifiersOf(event, context, { email: 'a@b.ru', phone: '+79161234567' }, { proves }).map((one) => [
          one.kind,
          one.proof,
        ]),
      );
    expect(proofs(['user_id'])).toEqual({
      user_id: 'proven',
      anonymous_id: 'proven',
      card: 'claimed',
      'external:1c': 'claimed',
      device: 'proven',
      push_token: 'proven',
      email: 'claimed',
      phone: 'claimed',
    });
    expect(proofs(['card', 'external'])).toMatchObject({ card: 'proven', 'external:1c': 'proven', email: 'claimed' });
    expect(proofs(['*'])).toMatchObject({ card: 'proven', email: 'proven', phone: 'proven' });
  });
  test('the traits of a group are not the person’s', () => {
    const { accepted } = judgeBody({ type: 'group', userId: 'u', groupId: 'g', traits: { email: 'info@shop.ru' } });
    expect(accepted[0]?.identifiers).toEqual([{ kind: 'user_id', value: 'u', proof: 'proven' }]);
    expect(accepted[0]?.traits).toBeUndefined();
  });
  test('an alias on itself means nothing', () => {
    expect(aliasOf({ userId: 'u1', previousId: 'u1' })).toBeUndefined();
    expect(aliasOf({ userId: 'u1', previousId: 'u0' })).toEqual({ previous: { kind: 'user_id', value: 'u0' } });
    expect(aliasOf({ userId: 'u1', previousId: '018f6b8e-0000-4000-8000-000000000000' })).toMatchObject({
      previous: { kind: 'anonymous_id' },
    });
  });
  test('no more than twenty identifiers come from one event', () => {
    const externalIds = Array.from({ length: 10_000 }, (_, index) => ({ type: 'crm', id: `c${index}` }));
    expect(identifiersOf({ userId: 'u' }, { externalIds }, undefined, { proves: ['*'] })).toHaveLength(20);
  });
  test.each([
    ['Telegram_ID', 'telegram'],
    ['bonus_card', 'card'],
    ['ga client id', 'external:ga_client_id'],
    ['external:crm', 'external:crm'],
    ['__proto__', 'external:proto__'],
    ['😀', undefined],
  ])('%s', (type, kind) => {
    expect(kindOf(type)).toBe(kind);
  });
});

describe('limits', () => {
  test('an event of 32 KB as sent is taken, whatever the batch adds to it; a larger one is not', () => {
    const event = { type: 'track', event: 'E', userId: 'u', properties: { text: '' } };
    const room = limits.eventBytes - JSON.stringify(event).length;
    const context = { note: 'x'.repeat(5_000) };
    expect(judgeBody({ context, batch: [{ ...event, properties: { text: 'x'.repeat(room) } }] }).accepted).toHaveLength(
      1,
    );
    expect(
      judgeBody({ context, batch: [{ ...event, properties: { text: 'x'.repeat(room + 1) } }] }).rejected[0]?.code,
    ).toBe('timeline.event-too-large');
  });
});

describe('time that one request may take', () => {
  const quick = (work: () => void): void => {
    const started = performance.now();
    work();
    // Each took from 1.5 s to some minutes, and 10 to 50 ms when it was mended.
    expect(performance.now() - started).toBeLessThan(1_000);
  };
  const small = (count: number): object[] =>
    Array.from({ length: count }, () => ({ type: 'track', event: 'E', userId: 'u' }));

  test('quotes that never end are refused at once', () => {
    quick(() => expect(() => parseJson(`1234567890123456 "${'\\"'.repeat(240_000)}`)).toThrow(SyntaxError));
  });

  test('a common context that no event can carry is merged into none', () => {
    const wide = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`k${index}`, 1]));
    for (const context of [{ traits: wide }, { text: 'x'.repeat(390_000) }]) {
      quick(() => {
        const { accepted, rejected } = judgeBody({ context, batch: [...small(2_400), 1] });
        expect(accepted).toHaveLength(0);
        expect(rejected[0]?.code).toBe('timeline.event-too-large');
        expect(rejected.at(-1)?.code).toBe('timeline.not-an-object');
      });
    }
  });

  test('a common context nested too deeply is looked at once', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    quick(() => {
      const { rejected } = judgeBody({ context: { deep }, batch: small(2_400) });
      expect(new Set(rejected.map((one) => one.code))).toEqual(new Set(['timeline.too-deep']));
    });
  });
});

describe('health', () => {
  const seen = {
    lastSeenMs: receivedMs,
    acceptedHour: 100,
    rejectedHour: 0,
    lateHour: 0,
    longestGapMs: 10 * 3_600_000,
    knownMs: 7 * 86_400_000,
  };
  test.each([
    ['grey', { lastSeenMs: undefined }],
    ['green', {}],
    ['amber', { rejectedHour: 5 }],
    ['amber', { lateHour: 60 }],
    ['red', { acceptedHour: 0, rejectedHour: 5 }],
    ['red', { lastSeenMs: receivedMs - 16 * 3_600_000 }],
    ['green', { lastSeenMs: receivedMs - 12 * 3_600_000 }],
  ] as const)('%s: %j', (light, change) => {
    expect(lightOf({ ...seen, ...change }, receivedMs)).toBe(light);
  });
});

test('a summary is small, whatever the event holds', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom('track', 'page', 'identify', 'fact'),
      (data, kind) => {
        const summary = summarise(kind, data);
        expect(Object.keys(summary).length).toBeLessThanOrEqual(10);
        expect(JSON.stringify(summary).length).toBeLessThan(4_000);
      },
    ),
  );
  expect(summarise('track', { properties: { name: 'Tea', price: 190.5, currency: 'RUB' } })).toEqual({
    product: 'Tea',
    price: 190.5,
    currency: 'RUB',
  });
  expect(summarise('track', { properties: { total: 500, products: [{ name: 'Tea' }, { name: 'Cup' }] } })).toEqual({
    total: 500,
    products: 2,
    product: 'Tea, Cup',
  });
});

test('every problem code is explained in both languages', () => {
  for (const words of [ru, en] as Readonly<Record<string, string>>[]) {
    expect(
      Object.keys(words)
        .filter((key) => key.startsWith('problem.'))
        .toSorted(),
    ).toEqual(problems.map((code) => `problem.${code}`).toSorted());
  }
});
