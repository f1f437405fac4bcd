import { newId } from '@ruslo/platform';
import { openTestHouse } from '@ruslo/platform/testing';
import type { TestHouse } from '@ruslo/platform/testing';
import { identity } from '@ruslo/identity';
import { staff } from '@ruslo/staff';
import type { Visitor } from '@ruslo/staff/testing';
import { signInAs, signInOwner } from '@ruslo/staff/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freeCell, place, placeById, places, savePlaces, staffPlaces, takeCell } from './index.ts';

let house: TestHouse;
let other: TestHouse;
let owner: Visitor;

const kazan = { code: 'KZN-1', kind: 'shop', name: 'Маяк на Баумана', city: 'Казань', lat: 55.79, lon: 49.11 } as const;

beforeAll(async () => {
  house = await openTestHouse({ slices: [identity, staff, place] });
  other = await house.second();
  owner = await signInOwner(house);
});
afterAll(async () => {
  await other.close();
  await house.close();
});

it('makes, changes and finds places', async () => {
  const made = await owner.ask('POST', '/v1/places', { ...kazan, services: ['sale', 'pickup'] });
  expect(made).toMatchObject({ status: 200, body: { code: 'KZN-1', openNow: true, hours: null } });
  const { id } = made.body as unknown as { id: string };
  expect(await owner.ask('POST', '/v1/places', kazan)).toMatchObject({
    status: 409,
    body: { code: 'place.code-taken' },
  });
  const cafe = await owner.ask('POST', '/v1/places', { ...kazan, code: 'KZN-1C', kind: 'cafe', withinId: id });
  expect(cafe).toMatchObject({ status: 200, body: { withinId: id } });
  const day = [{ from: '10:00', to: '21:00' }];
  const hours = { week: [day, day, day, day, day, day, []], exceptions: [{ date: '2026-12-31', spans: [] }] };
  expect(await owner.ask('PUT', `/v1/places/${id}/hours`, { hours })).toMatchObject({ status: 200, body: { hours } });
  expect(await owner.ask('PATCH', `/v1/places/${id}`, { name: 'Маяк' })).toMatchObject({
    status: 200,
    body: { name: 'Маяк', hours },
  });
  expect(await owner.ask('PATCH', `/v1/places/${newId()}`, {})).toMatchObject({ status: 404 });
  const found = await owner.ask('GET', '/v1/places?q=казань&service=pickup&near=55.7,49.1');
  expect((found.body as unknown as { items: { id: string }[] }).items.map((item) => item.id)).toEqual([id]);
  const first = await owner.ask('GET', '/v1/places?limit=1');
  const { nextCursor } = first.body as unknown as { nextCursor: string };
  expect((await owner.ask('GET', `/v1/places?limit=1&cursor=${nextCursor}`)).body).toMatchObject({
    items: [{ code: 'KZN-1C' }],
    nextCursor: null,
  });
  expect(await placeById(house.db, id)).toMatchObject({ code: 'KZN-1', timeZone: 'Europe/Moscow', prepMinutes: 60 });
});

it('lets a visitor read places, and change none', async () => {
  const opened = await house.app.inject({
    method: 'POST',
    url: '/v1/customer-sessions/visitor',
    payload: { anonymousId: newId() },
  });
  const headers = { authorization: `Bearer ${opened.json<{ token: string }>().token}` };
  expect((await house.app.inject({ url: '/v1/places', headers })).statusCode).toBe(200);
  expect((await house.app.inject({ method: 'POST', url: '/v1/places', headers, payload: kazan })).statusCode).toBe(403);
});

it('saves places by code as often as they come', async () => {
  const rows = [
    { ...kazan, code: 'MSK-1', city: 'Москва', cells: ['A-1', 'A-2', 'A-10'] },
    { ...kazan, code: 'MSK-1C', kind: 'cafe', withinCode: 'MSK-1' },
  ] as const;
  const ids = await house.db.tx((tx) => savePlaces(tx, rows, house.clock.now()));
  expect(await house.db.tx((tx) => savePlaces(tx, rows, house.clock.now()))).toEqual(ids);
  const all = await places(house.db);
  expect(all.find(({ code }) => code === 'MSK-1C')).toMatchObject({ withinId: ids.get('MSK-1') });
  const cells = await owner.ask('GET', `/v1/places/${ids.get('MSK-1')}/cells`);
  expect(cells.body).toMatchObject({ items: [{ code: 'A-1' }, { code: 'A-2' }, { code: 'A-10' }], free: 3 });
});

it('knows of a change in the same transaction, and of none that was rolled back', async () => {
  const before = await places(house.db);
  const row = { ...kazan, code: 'GONE' };
  const failed = house.db.tx(async (tx) => {
    await savePlaces(tx, [row], house.clock.now());
    expect(await places(tx)).toHaveLength(before.length + 1);
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  expect(await places(house.db)).toHaveLength(before.length);
  await other.db.tx((tx) => savePlaces(tx, [row], house.clock.now()));
  expect(await places(house.db)).toHaveLength(before.length + 1);
});

it('puts one parcel in a cell, with ten at once over two processes', async () => {
  const ids = await house.db.tx((tx) =>
    savePlaces(tx, [{ ...kazan, code: 'DESK', cells: ['1', '2', '3', '4', '5', '6', '7'] }], house.clock.now()),
  );
  const id = ids.get('DESK') ?? '';
  const refs = Array.from({ length: 10 }, () => newId());
  const take = (ref: string, turn: number): Promise<string | null> =>
    (turn % 2 === 0 ? house : other).db.retry((tx) => takeCell(tx, id, ref, house.clock.now()));
  const taken = await Promise.all(refs.map(take));
  const cells = taken.filter((cell) => cell !== null);
  expect(new Set(cells).size).toBe(7);
  expect(cells).toHaveLength(7);
  // The same parcel again lies where it lies, also when it comes ten times at once.
  const ref = refs[taken.indexOf('3')] ?? '';
  await house.db.tx((tx) => freeCell(tx, ref));
  const again = await Promise.all(Array.from({ length: 10 }, (_, turn) => take(ref, turn)));
  expect(new Set(again)).toEqual(new Set(['3']));
  expect(await owner.ask('PUT', `/v1/places/${id}/cells`, { codes: ['1'] })).toMatchObject({
    status: 409,
    body: { code: 'place.cell-occupied' },
  });
});

it('assigns staff', async () => {
  const clerk = await signInAs(owner, ['pickup'], 'clerk@example.test');
  const [first] = await places(house.db);
  const url = `/v1/places/${first?.id}/staff`;
  expect(await owner.ask('PUT', url, { staffIds: [clerk.id] })).toMatchObject({ status: 200 });
  expect(await staffPlaces(house.db, clerk.id)).toEqual([first?.id]);
  expect((await clerk.ask('GET', '/v1/places?mine=true')).body).toMatchObject({ items: [{ id: first?.id }] });
  expect(await clerk.ask('PUT', url, { staffIds: [] })).toMatchObject({ status: 403 });
  expect(await owner.ask('PUT', url, { staffIds: [] })).toMatchObject({ status: 200, body: { items: [] } });
});
