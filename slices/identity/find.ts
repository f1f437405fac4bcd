import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { Query } from '@ruslo/platform';
import { isKind, normalise } from './normalise.ts';
import type { Found } from './store-read.ts';
import { findHolders } from './store-read.ts';

/**
 * Whom an identifier names: who proved it before who claimed it. Refuses `identity.not-an-identifier` (422),
 * `identity.not-found` (404) and `identity.ambiguous` (409) when several only claim it.
 */
export async function findHolder(query: Query, kind: string, raw: string): Promise<Result<Found>> {
  if (!isKind(kind)) return refuse('identity.not-an-identifier', 422, { kind: kind.slice(0, 60) });
  const normal = normalise(kind, raw);
  if (!normal.ok) return refuse('identity.not-an-identifier', 422, { kind });
  const holders = await findHolders(query, kind, normal.value);
  const found: Found | undefined = holders.find((holder) => holder.isLink) ?? holders[0];
  if (found === undefined || found.state === 'blocked') return refuse('identity.not-found', 404);
  if (!found.isLink && new Set(holders.map((holder) => holder.headId)).size > 1)
    return refuse('identity.ambiguous', 409, { count: holders.length });
  return ok(found);
}
