import type { Query, Slice } from '@ruslo/platform';
import { routes } from './routes.ts';
import { allPlaces, placesById } from './store.ts';
import type { Place } from './store.ts';
import en from './words.en.json' with { type: 'json' };
import ru from './words.ru.json' with { type: 'json' };

export type { PlaceKind, PlaceSave, PlaceService } from './contract.ts';
export { savePlaces } from './save.ts';
export { distanceKm, doneAt, nextClose, nextOpen, openAt } from './rules.ts';
export type { Hours, Span } from './rules.ts';
export { closedPlaces, freeCell, staffPlaces, takeCell, versionIn as placesVersionIn } from './store.ts';
export type { Place } from './store.ts';

/**
 * All places; a few hundred rows, from memory while nothing has changed.
 * @param version when the caller has read it as part of a statement of its own (`placesVersionIn`)
 */
export const places = (query: Query, version?: string): Promise<readonly Place[]> => allPlaces(query, version);

/** Some of them; ids that do not exist are left out. */
export const placesOf = (query: Query, ids: readonly string[]): Promise<readonly Place[]> => placesById(query, ids);

/** @param version as in `places`: then nothing is read that is known */
export async function placeById(query: Query, id: string, version?: string): Promise<Place | undefined> {
  if (version !== undefined) return (await allPlaces(query, version)).find((one) => one.id === id);
  return (await placesById(query, [id]))[0];
}

/** Where things are sold, kept and handed out. */
export const place: Slice = {
  name: 'place',
  migrations: new URL('./migrations/', import.meta.url),
  words: { ru, en },
  permissions: {
    'place.read': ['marketer', 'agent', 'associate', 'cashier', 'pickup', 'analyst', 'dpo', 'integrator'],
    'place.manage': ['integrator'],
  },
  routes,
};
