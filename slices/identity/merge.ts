import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { append, fact, forgetAnswers, newId } from '@ruslo/platform';
import type { Tx } from '@ruslo/platform';
import type { EvidenceLine } from './decide.ts';
import { headsFrom } from './rules.ts';
import { refreshSearch } from './search.ts';
import { eraseCustomers } from './store-change.ts';
import { headsById, insertMerges, lockCustomers, moveHeads, setHeads } from './store.ts';
import type { By } from './store.ts';
import { evidenceOf, insertApart, loadMerges, memberIds, mergesAmong, undoMerges } from './store-merge.ts';

export interface Merging {
  readonly a: string;
  readonly b: string;
  readonly by: By;
  readonly why: string;
  readonly evidence: readonly EvidenceLine[];
  /** Its evidence is taken over. */
  readonly suggestionId?: string | undefined;
}

/**
 * Joins two persons, whatever speaks against it: whoever calls has decided.
 * @returns the id of the merge and the head of the person they became; refused when they are one already.
 */
export async function mergePersons(
  tx: Tx,
  merging: Merging,
  now: Date,
): Promise<Result<{ mergeId: string; customerId: string }>> {
  const { a, b, by, why } = merging;
  const there = await headsById(tx, [a, b]);
  if (!there.has(a) || !there.has(b)) return refuse('identity.not-found', 404);
  const heads = new Map((await lockCustomers(tx, [a, b])).map((customer) => [customer.id, customer.head]));
  const [headA, headB] = [heads.get(a) ?? a, heads.get(b) ?? b];
  if (headA === headB) return refuse('identity.one-already', 409);
  const [stays, goes] = headA < headB ? [headA, headB] : [headB, headA];
  const evidence = merging.suggestionId === undefined ? merging.evidence : await evidenceOf(tx, merging.suggestionId);
  const mergeId = newId();
  await insertMerges(
    tx,
    [{ id: mergeId, a, b, why, evidence, viaKind: null, viaValue: null, at: now.toISOString() }],
    by,
  );
  await moveHeads(tx, new Map([[goes, stays]]));
  await append(tx, [
    fact({
      name: 'customer.merged',
      customerId: stays,
      at: now,
      data: {
        mergeId,
        a,
        b,
        by,
        why,
        evidence: evidence.map((line) => ({ field: line.field, verdict: line.verdict })),
      },
    }),
  ]);
  await refreshSearch(tx, [stays]);
  return ok({ mergeId, customerId: stays });
}

/**
 * Takes one merge back and keeps the two apart, so that the same evidence does not join them again.
 * @param of when given, the merge must be one of this customer's person.
 */
export async function unmerge(
  tx: Tx,
  mergeId: string,
  by: By,
  why: string,
  now: Date,
  of?: string,
): Promise<Result<{ customerIds: [string, string] }>> {
  const [merge] = await loadMerges(tx, [mergeId]);
  if (merge === undefined) return refuse('identity.no-such-merge', 404);
  const before = await headsById(tx, of === undefined ? [merge.a] : [merge.a, of]);
  if (of !== undefined && !merge.undone && before.get(of) !== before.get(merge.a))
    return refuse('identity.no-such-merge', 404);
  if (merge.undone) return refuse('identity.undone-already', 409);
  if ((await partMerges(tx, [mergeId], by, why, now)) === 0) return refuse('identity.undone-already', 409);
  await insertApart(tx, merge.a, merge.b, by, why, now);
  const heads = await headsById(tx, [merge.a, merge.b]);
  return ok({ customerIds: [heads.get(merge.a) ?? merge.a, heads.get(merge.b) ?? merge.b] });
}

/** Takes merges out of the forest and derives the heads of whom they held together. Returns how many stood until now. */
export async function partMerges(tx: Tx, mergeIds: readonly string[], by: By, why: string, now: Date): Promise<number> {
  if (mergeIds.length === 0) return 0;
  const merges = await loadMerges(tx, mergeIds);
  const locked = await lockCustomers(tx, [...new Set(merges.flatMap((merge) => [merge.a, merge.b]))]);
  const undone = await undoMerges(tx, mergeIds, by, why, now);
  const persons = [...new Set(locked.map((customer) => customer.head))];
  const ids = await memberIds(tx, persons);
  const heads = headsFrom(ids, await mergesAmong(tx, ids));
  await setHeads(tx, heads);
  await append(
    tx,
    undone.map((merge) =>
      fact({
        name: 'customer.unmerged',
        customerId: heads.get(merge.a) ?? merge.a,
        at: now,
        data: { mergeId: merge.id, a: merge.a, b: merge.b, heads: [heads.get(merge.a), heads.get(merge.b)], by, why },
      }),
    ),
  );
  await refreshSearch(tx, new Set([...persons, ...heads.values()]));
  return undone.length;
}

/**
 * Takes everything of these ids out; their events keep an id that names nobody. Other ids of the same persons stay, as
 * the merges between them say. Call it inside `db.retry`: somebody may be merged with them at this moment.
 */
export async function erase(tx: Tx, ids: readonly string[]): Promise<void> {
  const locked = await lockCustomers(tx, [...(await headsById(tx, ids)).keys()]);
  const persons = [...new Set(locked.map((customer) => customer.head))];
  const gone = new Set(ids);
  const left = (await memberIds(tx, persons)).filter((id) => !gone.has(id));
  await eraseCustomers(tx, ids);
  await forgetAnswers(tx, ids);
  if (left.length === 0) return;
  await setHeads(tx, headsFrom(left, await mergesAmong(tx, left)));
  await refreshSearch(tx, left);
}
