import { newId } from '@ruslo/platform';
import type { Result } from '@ruslo/kernel';
import type { House } from '@ruslo/platform';
import { runDuty } from '@ruslo/platform';
import { place } from '@ruslo/place';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { movableClock } from '@ruslo/staff/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  available,
  availableSoon,
  confirm,
  consume,
  proveStock,
  release,
  reserve,
  restock,
  sell,
  setLevels,
  setSettings,
  stock,
} from './index.ts';

let house: TestHouse;
let other: TestHouse;
const clock = movableClock();

beforeAll(async () => {
  house = await openTestHouse({ slices: [place, stock], clock });
  other = await house.second();
});
afterAll(async () => {
  await other.close();
  await house.close();
});

const code = (result: Result<unknown>): string => (result.ok ? 'ok' : result.refusal.code);

async function stocked(
  quantities: readonly number[],
  placeId = newId(),
): Promise<{ variantIds: string[]; placeId: string }> {
  const variantIds = quantities.map(() => newId());
  const rows = variantIds.map((variantId, index) => ({ variantId, placeId, onHand: quantities[index] ?? 0 }));
  await house.db.tx((tx) => setLevels(tx, rows, { kind: 'imported', ref: null, by: null, now: clock.now() }));
  return { variantIds, placeId };
}

const levelOf = async (variantId: string): Promise<{ on_hand: number; reserved: number; shortage: number }> => {
  const [row] = await house.db.query<{ on_hand: number; reserved: number; shortage: number }>(
    'select on_hand, reserved, shortage from stock.level where variant_id = $1',
    [variantId],
  );
  return row ?? { on_hand: 0, reserved: 0, shortage: 0 };
};

const buy = (
  at: House,
  ref: string,
  variantIds: readonly string[],
  placeId: string,
  quantity = 1,
  until: Date | null = null,
) =>
  at.db.retry((tx) =>
    reserve(tx, {
      ref,
      wants: variantIds.map((variantId) => ({ variantId, placeId, quantity })),
      until,
      now: clock.now(),
    }),
  );

it('200 parallel buyers on 50 units over two processes: exactly 50 (T35, E-08)', async () => {
  const { variantIds, placeId } = await stocked([50, 60]);
  const both = variantIds.toReversed();
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, turn) =>
      buy(turn % 2 === 0 ? house : other, newId(), turn % 4 < 2 ? both : variantIds, placeId),
    ),
  );
  expect(results.filter(({ ok }) => ok)).toHaveLength(50);
  expect(new Set(results.map(code))).toEqual(new Set(['ok', 'stock.short']));
  expect(await levelOf(variantIds[0] ?? '')).toMatchObject({ on_hand: 50, reserved: 50 });
  expect(await levelOf(variantIds[1] ?? '')).toMatchObject({ on_hand: 60, reserved: 50 });
});

it('reserves everything or nothing (T38)', async () => {
  const { variantIds, placeId } = await stocked([5, 1]);
  const result = await buy(house, newId(), variantIds, placeId, 2);
  expect(result).toMatchObject({
    ok: false,
    refusal: {
      code: 'stock.short',
      status: 409,
      params: { variantId: variantIds[1], placeId, wanted: 2, available: 1 },
    },
  });
  expect(await levelOf(variantIds[0] ?? '')).toMatchObject({ reserved: 0 });
  expect(code(await buy(house, newId(), [newId()], placeId))).toBe('stock.short');
});

it('the same ref again has no second effect, also ten times at once (T37)', async () => {
  const { variantIds, placeId } = await stocked([5]);
  const ref = newId();
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, turn) => buy(turn % 2 === 0 ? house : other, ref, variantIds, placeId, 2)),
  );
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(await levelOf(variantIds[0] ?? '')).toMatchObject({ on_hand: 5, reserved: 2 });
});

it('consumes and releases in parts, each unit once (T37, T39)', async () => {
  const { variantIds, placeId } = await stocked([5]);
  const [variantId = ''] = variantIds;
  const ref = newId();
  const want = (quantity: number) => [{ variantId, placeId, quantity }];
  const { now } = clock;
  await buy(house, ref, variantIds, placeId, 4);
  const take = (quantity: number) =>
    house.db.tx((tx) => consume(tx, { ref, wants: want(quantity), now: now(), by: null }));
  expect(code(await take(5))).toBe('stock.not-reserved');
  expect(code(await take(1))).toBe('ok');
  expect(await levelOf(variantId)).toMatchObject({ on_hand: 4, reserved: 3 });
  await house.db.tx((tx) => release(tx, ref, now(), want(1)));
  expect(await levelOf(variantId)).toMatchObject({ on_hand: 4, reserved: 2 });
  expect(code(await take(2))).toBe('ok');
  expect(code(await take(1))).toBe('stock.not-reserved');
  await house.db.tx((tx) => release(tx, ref, now()));
  expect(await levelOf(variantId)).toMatchObject({ on_hand: 2, reserved: 0 });
  await expect(house.db.query(`update stock.reservation set state = 'released' where ref = $1`, [ref])).rejects.toThrow(
    /never changed/,
  );
  await expect(house.db.query(`delete from stock.movement where variant_id = $1`, [variantId])).rejects.toThrow(
    /never changed/,
  );
});

it('what is due is free at once, without the sweep, and confirms only if it is still there (T36)', async () => {
  const { variantIds, placeId } = await stocked([2]);
  const [first, second] = [newId(), newId()];
  const until = new Date(clock.now().getTime() + 60_000);
  expect(code(await buy(house, first, variantIds, placeId, 2, until))).toBe('ok');
  expect(code(await buy(house, second, variantIds, placeId, 1, until))).toBe('stock.short');
  clock.pass(60_000);
  expect(code(await buy(house, second, variantIds, placeId, 1))).toBe('ok');
  expect(code(await house.db.tx((tx) => confirm(tx, first, clock.now())))).toBe('stock.short');
  await house.db.tx((tx) => release(tx, second, clock.now()));
  expect(code(await house.db.tx((tx) => confirm(tx, first, clock.now())))).toBe('ok');
  expect(code(await house.db.tx((tx) => confirm(tx, first, clock.now())))).toBe('ok');
  expect(await levelOf(variantIds[0] ?? '')).toMatchObject({ on_hand: 2, reserved: 2 });
  clock.pass(86_400_000);
  await runDuty(house, 'stock.expire');
  expect(await levelOf(variantIds[0] ?? '')).toMatchObject({ reserved: 2 });
});

it('sells from the shelf what nobody was promised, or what was found', async () => {
  const { variantIds, placeId } = await stocked([2]);
  const [variantId = ''] = variantIds;
  const till = (quantity: number, found: boolean) =>
    house.db.tx((tx) =>
      sell(tx, { ref: newId(), wants: [{ variantId, placeId, quantity }], now: clock.now(), by: null, found }),
    );
  await buy(house, newId(), variantIds, placeId, 1);
  expect(code(await till(2, false))).toBe('stock.short');
  expect(code(await till(1, false))).toBe('ok');
  expect(code(await till(3, true))).toBe('ok');
  expect(await levelOf(variantId)).toMatchObject({ on_hand: 1, reserved: 1, shortage: 0 });
});

it('takes goods back once by key, and broken ones not to the shelf', async () => {
  const { variantIds, placeId } = await stocked([0]);
  const [variantId = ''] = variantIds;
  const back = (key: string, damaged: boolean) =>
    house.db.tx((tx) =>
      restock(tx, { key, ref: 'R', wants: [{ variantId, placeId, quantity: 2 }], now: clock.now(), by: null, damaged }),
    );
  const key = newId();
  await Promise.all(Array.from({ length: 10 }, () => back(key, false)));
  await back(newId(), true);
  expect(await levelOf(variantId)).toMatchObject({ on_hand: 2 });
  expect((await available(house.db, [variantId])).get(variantId)).toMatchObject({ total: 2 });
  expect((await availableSoon(other, [variantId])).get(variantId)).toMatchObject({ total: 2 });
});

it('a stocktake below what is promised never fails, and nobody can be promised more (T35)', async () => {
  const { variantIds, placeId } = await stocked([5]);
  const [variantId = ''] = variantIds;
  await buy(house, 'order', variantIds, placeId, 4);
  await house.db.tx((tx) =>
    setLevels(tx, [{ variantId, placeId, onHand: 1 }], { kind: 'counted', ref: null, by: null, now: clock.now() }),
  );
  expect(await levelOf(variantId)).toEqual({ on_hand: 1, reserved: 4, shortage: 3 });
  expect(code(await buy(house, newId(), variantIds, placeId))).toBe('stock.short');
  await house.db.tx((tx) => release(tx, 'order', clock.now(), [{ variantId, placeId, quantity: 2 }]));
  expect(await levelOf(variantId)).toEqual({ on_hand: 1, reserved: 2, shortage: 1 });
});

it('ten tills and ten desks at once hand out what there is, and not one more (T35)', async () => {
  const { variantIds, placeId } = await stocked([4, 10]);
  const [shelf = '', desk = ''] = variantIds;
  const at = (turn: number): House => (turn % 2 === 0 ? house : other);
  const from = (variantId: string, ref: string) => ({
    ref,
    wants: [{ variantId, placeId, quantity: 1 }],
    now: clock.now(),
    by: null,
  });
  const sold = await Promise.all(
    Array.from({ length: 10 }, (_, turn) => at(turn).db.retry((tx) => sell(tx, from(shelf, newId())))),
  );
  expect(sold.filter(({ ok }) => ok)).toHaveLength(4);
  await buy(house, 'handed', [desk], placeId, 3);
  const handed = await Promise.all(
    Array.from({ length: 10 }, (_, turn) => at(turn).db.retry((tx) => consume(tx, from(desk, 'handed')))),
  );
  expect(handed.filter(({ ok }) => ok)).toHaveLength(3);
  expect(await levelOf(shelf)).toMatchObject({ on_hand: 0 });
  expect(await levelOf(desk)).toMatchObject({ on_hand: 7, reserved: 0 });
});

it('promises on backorder up to the limit, and finds what is handed out though the books lack it', async () => {
  const { variantIds, placeId } = await stocked([1]);
  const [variantId = ''] = variantIds;
  await house.db.tx((tx) => setSettings(tx, [{ variantId, placeId, backorder: 2 }], clock.now()));
  expect(code(await buy(house, 'three', variantIds, placeId, 3))).toBe('ok');
  expect(code(await buy(house, newId(), variantIds, placeId, 1))).toBe('stock.short');
  // The limit is taken back: what was promised stays promised, as a shortage.
  await house.db.tx((tx) => setSettings(tx, [{ variantId, placeId, backorder: 0 }], clock.now()));
  expect(await levelOf(variantId)).toEqual({ on_hand: 1, reserved: 3, shortage: 2 });
  const wants = [{ variantId, placeId, quantity: 3 }];
  await house.db.tx((tx) => consume(tx, { ref: 'three', wants, now: clock.now(), by: null }));
  expect(await levelOf(variantId)).toEqual({ on_hand: 0, reserved: 0, shortage: 0 });
  expect(await proveStock(house.db)).toEqual([]);
});

it('the guard of the table refuses what no command would do (T35)', async () => {
  const { variantIds, placeId } = await stocked([1]);
  await expect(
    house.db.query('update stock.level set reserved = 2 where variant_id = $1 and place_id = $2', [
      variantIds[0],
      placeId,
    ]),
  ).rejects.toThrow(/never_oversold/);
});
