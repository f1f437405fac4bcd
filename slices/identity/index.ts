import type { Query, Slice } from '@ruslo/platform';
import { joinsOf } from './store-merge.ts';
import type { Join } from './store-merge.ts';
import { headsById } from './store.ts';

export { checkDigit, cardFrom, isKind, normalise } from './normalise.ts';
export type { Sighting } from './rules.ts';
export { members, resolve } from './resolve.ts';
export type { Join } from './store-merge.ts';

/** Merges that stand in this person, oldest first: who, why, and the evidence. Any id of the person will do. */
export const joins = (query: Query, customerId: string): Promise<Join[]> => joinsOf(query, customerId, 1_000);

/** The head of each customer id; ids that do not exist are left out. */
export const headsOf = (query: Query, ids: readonly string[]): Promise<Map<string, string>> => headsById(query, ids);

export const identity: Slice = {
  name: 'identity',
  migrations: new URL('./migrations/', import.meta.url),
};
