import { expect, it } from 'vitest';
import { distanceKm, doneAt, momentOf, nextClose, nextOpen, offsetAt, openAt } from './rules.ts';
import type { Hours } from './rules.ts';

const zone = 'Europe/Moscow';
const day = [{ from: '10:00', to: '21:00' }];
const shop: Hours = {
  week: [
    day,
    day,
    day,
    day,
    day,
    [
      { from: '11:00', to: '15:00' },
      { from: '16:00', to: '20:00' },
    ],
    [],
  ],
  exceptions: [
    { date: '2026-03-09', spans: [], note: 'holiday' },
    { date: '2026-03-08', spans: [{ from: '12:00', to: '14:00' }] },
  ],
};
/** Moscow is three hours ahead of UTC. 2026-03-02 is a Monday. */
const at = (local: string): Date => new Date(`${local}:00+03:00`);

it('knows week hours, breaks and days that differ', () => {
  expect(openAt(shop, zone, at('2026-03-02T09:59'))).toBe(false);
  expect(openAt(shop, zone, at('2026-03-02T10:00'))).toBe(true);
  expect(openAt(shop, zone, at('2026-03-02T21:00'))).toBe(false);
  expect(openAt(shop, zone, at('2026-03-07T15:30'))).toBe(false);
  expect(openAt(shop, zone, at('2026-03-08T13:00'))).toBe(true);
  expect(openAt(shop, zone, at('2026-03-09T13:00'))).toBe(false);
  expect(openAt(null, zone, at('2026-03-09T03:00'))).toBe(true);
});

it('finds the next opening and closing over holidays', () => {
  expect(nextOpen(shop, zone, at('2026-03-08T14:00'))).toEqual(at('2026-03-10T10:00'));
  expect(nextOpen(shop, zone, at('2026-03-02T12:34'))).toEqual(at('2026-03-02T12:34'));
  expect(nextClose(shop, zone, at('2026-03-02T12:34'))).toEqual(at('2026-03-02T21:00'));
  expect(nextClose(shop, zone, at('2026-03-02T22:00'))).toEqual(at('2026-03-03T21:00'));
  const never: Hours = { week: [[], [], [], [], [], [], []], exceptions: [] };
  expect(nextOpen(never, zone, at('2026-03-02T12:00'))).toBeNull();
  expect(nextClose(null, zone, at('2026-03-02T12:00'))).toBeNull();
});

it('goes past midnight, and takes what touches as one', () => {
  const bar: Hours = { week: Array.from({ length: 7 }, () => [{ from: '18:00', to: '02:00' }]), exceptions: [] };
  expect(openAt(bar, zone, at('2026-03-02T01:59'))).toBe(true);
  expect(openAt(bar, zone, at('2026-03-02T02:00'))).toBe(false);
  expect(nextClose(bar, zone, at('2026-03-02T23:00'))).toEqual(at('2026-03-03T02:00'));
  const always: Hours = { week: Array.from({ length: 7 }, () => [{ from: '00:00', to: '24:00' }]), exceptions: [] };
  expect(nextClose(always, zone, at('2026-03-02T23:00'))).toBeNull();
});

it('keeps the time on the wall when clocks are shifted', () => {
  const berlin = 'Europe/Berlin';
  const hours: Hours = { week: Array.from({ length: 7 }, () => [{ from: '09:00', to: '18:00' }]), exceptions: [] };
  expect(nextOpen(hours, berlin, new Date('2026-03-28T20:00:00Z'))).toEqual(new Date('2026-03-29T07:00:00Z'));
  expect(nextOpen(hours, berlin, new Date('2026-03-27T20:00:00Z'))).toEqual(new Date('2026-03-28T08:00:00Z'));
  expect(offsetAt(berlin, Date.UTC(2026, 6, 1))).toBe(7_200_000);
  // 02:30 does not exist that night.
  expect(new Date(momentOf(berlin, Date.UTC(2026, 2, 29, 2, 30)))).toEqual(new Date('2026-03-29T01:30:00Z'));
  expect(new Date(momentOf(berlin, Date.UTC(2026, 9, 25, 12)))).toEqual(new Date('2026-10-25T11:00:00Z'));
});

it('counts work only while it is open', () => {
  expect(doneAt(shop, zone, at('2026-03-02T12:00'), 60)).toEqual(at('2026-03-02T13:00'));
  expect(doneAt(shop, zone, at('2026-03-02T20:30'), 60)).toEqual(at('2026-03-03T10:30'));
  expect(doneAt(shop, zone, at('2026-03-08T13:30'), 60)).toEqual(at('2026-03-10T10:30'));
  expect(doneAt(null, zone, at('2026-03-02T23:30'), 60)).toEqual(at('2026-03-03T00:30'));
});

it('measures the ground', () => {
  const kazan = { lat: 55.796, lon: 49.106 };
  const moscow = { lat: 55.7558, lon: 37.6173 };
  expect(distanceKm(kazan, moscow)).toBeGreaterThan(715);
  expect(distanceKm(kazan, moscow)).toBeLessThan(725);
  expect(distanceKm(kazan, kazan)).toBe(0);
});
