import { closedPlaces } from '@ruslo/place';
import type { Query } from '@ruslo/platform';
import type { Available } from './contract.ts';
import { sumAvailable } from './rules.ts';
import { readSellable } from './store.ts';

/** What can be promised now, read in this transaction. Variants without any level are there with 0. */
export async function available(query: Query, variantIds: readonly string[]): Promise<Map<string, Available>> {
  return sumAvailable(variantIds, await readSellable(query, variantIds, await closedPlaces(query)));
}
