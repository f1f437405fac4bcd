import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { append, fact } from '@ruslo/platform';
import type { Caller, Tx } from '@ruslo/platform';
import type { z } from 'zod';
import type { patchBody } from './contract.ts';
import { portraitOf } from './card.ts';
import { mergePersons } from './merge.ts';
import { isKind, normalise } from './normalise.ts';
import { refreshSearch } from './search.ts';
import {
  block,
  decideSuggestion,
  dismissAlike,
  holdersOf,
  listAttributes,
  loadSuggestion,
  lockSuggestion,
  setFields,
  unblock,
} from './store-change.ts';
import type { SuggestionState } from './store-change.ts';
import { insertApart } from './store-merge.ts';
import { headOf, loadMembers } from './store-read.ts';
import { headsById, lockCustomers } from './store.ts';
import type { By } from './store.ts';
import { readAttribute } from './trait.ts';
import type { AttributeValue } from './trait.ts';

/** What staff do to a person. Each is one transaction and leaves a fact. */

export const byOf = (caller: Caller): By =>
  caller.kind === 'staff'
    ? { kind: 'staff', id: caller.id }
    : caller.kind === 'key'
      ? { kind: 'key', id: caller.id }
      : { kind: 'rule', id: null };

export async function change(
  tx: Tx,
  id: string,
  patch: z.output<typeof patchBody>,
  by: By,
  now: Date,
): Promise<Result<{ id: string }>> {
  const head = await headOf(tx, id);
  if (head === undefined) return refuse('identity.not-found', 404);
  await lockCustomers(tx, [head]);
  const attributes = await readAttributes(tx, patch.attributes ?? {});
  if (!attributes.ok) return attributes;
  const fields = new Map<string, string | null>();
  const given = [
    ...Object.keys(patch.name ?? {}),
    ...['birthDate', 'city', 'address'].filter((field) => field in patch),
  ];
  if (patch.name !== undefined) {
    // A name is one field: what is left out stays as it was shown, from whichever id it came.
    const { name } = portraitOf(await loadMembers(tx, head));
    for (const part of ['first', 'middle', 'last'] as const) {
      const value = patch.name[part];
      fields.set(part, value === undefined ? name[part] : value === '' ? null : value);
    }
  }
  for (const field of ['birthDate', 'city', 'address'] as const) {
    const value = patch[field];
    if (value !== undefined) fields.set(field, value === '' ? null : value);
  }
  const changed = [...given, ...[...attributes.value.keys()].map((key) => `attribute.${key}`)];
  if (changed.length === 0) return ok({ id: head });
  await setFields(tx, head, fields, attributes.value, now);
  await append(tx, [fact({ name: 'customer.changed', customerId: head, at: now, data: { fields: changed, by } })]);
  if (patch.name !== undefined) await refreshSearch(tx, [head]);
  return ok({ id: head });
}

async function readAttributes(
  tx: Tx,
  given: Readonly<Record<string, AttributeValue | null>>,
): Promise<Result<Map<string, AttributeValue | null>>> {
  const read = new Map<string, AttributeValue | null>();
  if (Object.keys(given).length === 0) return ok(read);
  const declared = new Map((await listAttributes(tx)).map((row) => [row.key, row]));
  for (const [key, value] of Object.entries(given)) {
    const attribute = declared.get(key);
    if (attribute === undefined) return refuse('identity.unknown-attribute', 422, { key: key.slice(0, 60) });
    const fits = value === null ? null : readAttribute(attribute.type, value);
    const items =
      fits === undefined || fits === null ? [] : Array.isArray(fits) ? (fits as readonly string[]) : [String(fits)];
    const isOffered = attribute.options.length === 0 || items.every((item) => attribute.options.includes(item));
    if (fits === undefined || !isOffered) return refuse('identity.wrong-attribute', 422, { key, type: attribute.type });
    read.set(key, fits);
  }
  return ok(read);
}

/** Customers before all else of theirs, in the order in which the intake takes them: so nobody waits in a circle. */
async function lockPresent(tx: Tx, ids: readonly string[]): Promise<void> {
  await lockCustomers(tx, [...(await headsById(tx, ids)).keys()]);
}

/** The suggestion, after the customers whom it is about. */
async function lockAsked(tx: Tx, id: string, also: readonly string[] = []): Promise<SuggestionState | undefined> {
  const [asked] = await loadSuggestion(tx, id);
  if (asked === undefined) return undefined;
  await lockPresent(tx, [...new Set([asked.a, asked.b, ...also])]);
  return (await lockSuggestion(tx, id))[0];
}

export interface MergeCommand {
  readonly id: string;
  readonly with: string;
  readonly why: string;
  readonly suggestionId?: string | undefined;
}

/** Staff say that two are one; the suggestion that told them is answered by it. */
export async function mergeByHand(
  tx: Tx,
  given: MergeCommand,
  by: By,
  now: Date,
): Promise<Result<{ mergeId: string; id: string }>> {
  const suggestion =
    given.suggestionId === undefined ? undefined : await lockAsked(tx, given.suggestionId, [given.id, given.with]);
  if (given.suggestionId !== undefined && suggestion === undefined) return refuse('identity.no-such-suggestion', 404);
  if (suggestion !== undefined && suggestion.state !== 'open') return refuse('identity.decided-already', 409);
  const merged = await mergePersons(
    tx,
    { a: given.id, b: given.with, by, why: given.why, evidence: [], suggestionId: suggestion?.id },
    now,
  );
  if (!merged.ok) return merged;
  if (suggestion !== undefined) {
    const heads = await headsById(tx, [suggestion.a, suggestion.b]);
    if (heads.get(suggestion.a) === heads.get(suggestion.b)) {
      await decideSuggestion(tx, suggestion.id, 'merged', by.id, given.why, now);
      await append(tx, [
        fact({
          name: 'suggestion.decided',
          customerId: merged.value.customerId,
          at: now,
          data: { suggestionId: suggestion.id, a: suggestion.a, b: suggestion.b, state: 'merged', by },
        }),
      ]);
    }
  }
  return ok({ mergeId: merged.value.mergeId, id: merged.value.customerId });
}

/** Staff say that two are two: no rule will join them. */
export async function dismiss(tx: Tx, id: string, why: string, by: By, now: Date): Promise<Result<{ id: string }>> {
  const suggestion = await lockAsked(tx, id);
  if (suggestion === undefined) return refuse('identity.no-such-suggestion', 404);
  if (suggestion.state !== 'open') return refuse('identity.decided-already', 409);
  await decideSuggestion(tx, id, 'dismissed', by.id, why, now);
  await dismissAlike(tx, suggestion.a, suggestion.b, by.id, why, now);
  await insertApart(tx, suggestion.a, suggestion.b, by, why, now);
  await append(tx, [
    fact({
      name: 'suggestion.decided',
      customerId: suggestion.a,
      at: now,
      data: { suggestionId: id, a: suggestion.a, b: suggestion.b, state: 'dismissed', by },
    }),
  ]);
  return ok({ id });
}

/** From now on the value names nobody. What it joined before stays: it can be taken back merge by merge. */
export async function blockValue(
  tx: Tx,
  kind: string,
  raw: string,
  why: string,
  by: By,
  now: Date,
): Promise<Result<{ kind: string; value: string; why: string; at: Date }>> {
  const normal = isKind(kind) ? normalise(kind, raw) : undefined;
  if (normal?.ok !== true) return refuse('identity.not-an-identifier', 422, { kind: kind.slice(0, 60) });
  const row = { kind, value: normal.value, why, at: now };
  const holders = [...new Set(await holdersOf(tx, kind, normal.value))];
  await lockPresent(tx, holders);
  await block(tx, row, by.id);
  await refreshSearch(tx, holders);
  return ok(row);
}

export async function unblockValue(
  tx: Tx,
  kind: string,
  raw: string,
): Promise<Result<{ kind: string; value: string }>> {
  const normal = isKind(kind) ? normalise(kind, raw) : undefined;
  const value = normal?.ok === true ? normal.value : raw;
  const holders = [...new Set(await holdersOf(tx, kind, value))];
  await lockPresent(tx, holders);
  if (!(await unblock(tx, kind, value))) return refuse('identity.not-found', 404);
  await refreshSearch(tx, holders);
  return ok({ kind, value });
}
