import { closedPlaces, distanceKm, doneAt, nextOpen, places } from '@ruslo/place';
import type { Place } from '@ruslo/place';
import type { Query } from '@ruslo/platform';
import { defaultTariff } from './contract.ts';
import type { Available, PromiseAsk, Promised } from './contract.ts';
import { plan, sumAvailable } from './rules.ts';
import type { Candidate, Ground } from './rules.ts';
import { readFree, readSellable } from './store-read.ts';

/** What can be promised now, read in this transaction. Variants without any level are there with 0. */
export async function available(query: Query, variantIds: readonly string[]): Promise<Map<string, Available>> {
  return sumAvailable(variantIds, await readSellable(query, variantIds, await closedPlaces(query)));
}

/** Which place or places serve this, by when and at what cost: the best first, at most 10. */
export async function promise(query: Query, ask: PromiseAsk): Promise<readonly Promised[]> {
  const sums = new Map<string, number>();
  for (const { variantId, quantity } of ask.lines) sums.set(variantId, (sums.get(variantId) ?? 0) + quantity);
  const lines = [...sums].map(([variantId, quantity]) => ({ variantId, quantity }));
  const free = await readFree(
    query,
    lines.map(({ variantId }) => variantId),
  );
  const { placeId } = ask;
  const own = placeId === undefined ? undefined : free.byPlace.get(placeId);
  // Where she wants it, everything is there: no other place could do better.
  const isThere = placeId !== undefined && lines.every(({ quantity }, line) => (own?.[line] ?? 0) >= quantity);
  const all = await places(query, free.placesVersion);
  const asked = isThere ? all.filter(({ id }) => id === placeId) : all;
  const open = asked.filter(({ state }) => state === 'open');
  const nothing = lines.map(() => 0);
  const candidates = open.map((place): Candidate => ({
    id: place.id,
    code: place.code,
    lat: place.lat,
    lon: place.lon,
    free: free.byPlace.get(place.id) ?? nothing,
    handsOut: place.services.includes('pickup'),
    ships: place.services.includes('ship'),
  }));
  return plan({ ...ask, lines }, candidates, groundOf(open, ask.now), free.tariff ?? defaultTariff);
}

function groundOf(open: readonly Place[], now: Date): Ground {
  const byId = new Map(open.map((place) => [place.id, place]));
  // Asked again for each way in which a place could help; always for the same moment.
  const gathered = new Map<string, number | null>();
  return {
    distanceKm,
    gatheredMs(placeId) {
      let known = gathered.get(placeId);
      if (known === undefined) {
        const place = byId.get(placeId);
        const done = place && doneAt(place.hours, place.timeZone, now, place.prepMinutes);
        gathered.set(placeId, (known = done?.getTime() ?? null));
      }
      return known;
    },
    openMs(placeId, atMs) {
      const place = byId.get(placeId);
      return place === undefined ? null : (nextOpen(place.hours, place.timeZone, new Date(atMs))?.getTime() ?? null);
    },
  };
}
