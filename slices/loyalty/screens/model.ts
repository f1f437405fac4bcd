import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** The shapes that these screens read, from the contract of the slice. */
export type Settings = contract.Settings;
export type Tier = contract.Tier;
export type Programme = z.infer<typeof contract.programmeSchema>;
export type Quote = z.infer<typeof contract.quoteSchema>;
export type Statement = z.infer<typeof contract.statementSchema>;
export type Version = z.infer<typeof contract.versionPage>['items'][number];

/** A code for a new tier that no other has. */
export function freeCode(tiers: readonly Tier[]): string {
  let number = tiers.length + 1;
  while (tiers.some((tier) => tier.code === `tier-${String(number)}`)) number += 1;
  return `tier-${String(number)}`;
}

/** Which settings differ. */
export const changedFields = (one: Settings, other: Settings): (keyof Settings)[] =>
  (Object.keys(one) as (keyof Settings)[]).filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
