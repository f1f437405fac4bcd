import type { Channel } from '@ruslo/kernel';
import { append, fact, newId } from '@ruslo/platform';
import type { Query, Tx } from '@ruslo/platform';
import type { EvidenceLine, NewCustomer, NewIdentifier } from './decide.ts';
import { searchText } from './name.ts';
import { claimSlot, isTechnical, keyOf, linkSlot } from './rules.ts';
import type { Proof } from './rules.ts';
import { lineOf } from './search.ts';
import type { Searchable } from './search.ts';
import {
  analyze,
  insertSuggestions,
  loadAparts,
  loadBlockedKeys,
  loadMembers,
  loadOwners,
  pageCustomers,
} from './store-bulk.ts';
import type { BulkCustomer } from './store-bulk.ts';
import { insertCustomers, insertIdentifiers, insertMerges, lockCustomers, moveHeads } from './store.ts';
import type { By } from './store.ts';
import { insertAttribute } from './store-change.ts';
import { saveSearch } from './store-search.ts';
import type { AttributeType, Profile } from './trait.ts';

/**
 * Doors for many customers at once: imports and the demo. A call is a handful of statements whatever its size; give it
 * some hundreds of rows, so that the transaction stays short.
 */

export interface AddedIdentifier {
  readonly kind: string;
  readonly value: string;
  readonly proof: Proof;
  /** Where, when and how it came, if not with the row itself. */
  readonly how?: string;
  readonly channel?: Channel;
  readonly sourceId?: string | null;
  readonly at?: Date;
}

export interface AddedCustomer {
  readonly profile: Profile;
  readonly createdAt: Date;
  readonly channel: Channel;
  readonly sourceId: string | null;
  /** Normalised. Proven and technical ones link; claimed ones stand beside. The first must link: it tells whether the row is there already. */
  readonly identifiers: readonly AddedIdentifier[];
}

/**
 * Creates customers. A row whose first identifier has an owner is there already and stays as it is; any other linking
 * identifier that has an owner becomes a claim of its row; blocked ones are left out. Claims join nobody and raise no
 * facts: who imports links afterwards, and finds them equal.
 * @returns in the order of the rows, the customer id and whether it is new.
 */
export async function addCustomers(
  tx: Tx,
  rows: readonly AddedCustomer[],
  how = 'import',
): Promise<{ id: string; isNew: boolean }[]> {
  const links = rows.flatMap((row) => row.identifiers.filter(isLink));
  const owners = await loadOwners(tx, links);
  const blocked = await loadBlockedKeys(tx);
  const customers: NewCustomer[] = [];
  const identifiers: NewIdentifier[] = [];
  const lines: { id: string; line: string }[] = [];
  const added = rows.map((row) => {
    const [first] = row.identifiers;
    if (first === undefined || !isLink(first)) throw new Error('the first identifier of an added customer must link');
    const owner = owners.get(keyOf(first.kind, first.value));
    if (owner !== undefined) return { id: owner, isNew: false };
    const id = newId();
    const at = row.createdAt.toISOString();
    customers.push({ id, head: id, at, channel: row.channel, sourceId: row.sourceId, profile: row.profile });
    const own = row.identifiers.filter((one) => !blocked.has(keyOf(one.kind, one.value)));
    for (const one of own) {
      const key = keyOf(one.kind, one.value);
      const links = isLink(one) && !owners.has(key);
      // A cookie or device of somebody else says nothing as a claim.
      if (!links && isTechnical(one.kind)) continue;
      if (links) owners.set(key, id);
      identifiers.push({
        kind: one.kind,
        value: one.value,
        slot: links ? linkSlot : claimSlot(id),
        customerId: id,
        proof: links ? 'proven' : 'claimed',
        state: 'active',
        how: one.how ?? how,
        channel: one.channel ?? row.channel,
        sourceId: one.sourceId === undefined ? row.sourceId : one.sourceId,
        at: one.at?.toISOString() ?? at,
      });
    }
    const line = searchText({ name: row.profile, identifiers: own.filter((one) => one.kind !== 'user_id') });
    if (line !== '') lines.push({ id, line: [...new Set(line.split(' '))].join(' ') });
    return { id, isNew: true };
  });
  await insertCustomers(tx, customers);
  await insertIdentifiers(tx, identifiers);
  if (lines.length > 0) await saveSearch(tx, lines, []);
  return added;
}

const isLink = (one: { readonly kind: string; readonly proof: Proof }): boolean =>
  one.proof === 'proven' || isTechnical(one.kind);

/** Declares custom attributes; those that are declared already stay as they are. */
export async function declareAttributes(
  tx: Tx,
  attributes: readonly {
    key: string;
    label: { ru: string; en: string };
    type: AttributeType;
    options?: readonly string[];
  }[],
  now: Date,
): Promise<void> {
  for (const { key, label, type, options } of attributes) {
    await insertAttribute(tx, {
      key,
      label_ru: label.ru,
      label_en: label.en,
      type,
      options: options ?? [],
      created_at: now,
    });
  }
}

export interface AddedJoin {
  readonly a: string;
  readonly b: string;
  readonly by: By;
  readonly why: string;
  readonly evidence: readonly EvidenceLine[];
  readonly at: Date;
}

/**
 * Joins persons in the order given; pairs that are one already or were parted by staff are passed over.
 * All joins of a call have one author.
 * @returns how many were joined.
 */
export async function joinCustomers(tx: Tx, joins: readonly AddedJoin[]): Promise<number> {
  const [first] = joins;
  if (first === undefined) return 0;
  const locked = await lockCustomers(tx, [...new Set(joins.flatMap((join) => [join.a, join.b]))]);
  const headOf = new Map(locked.map((customer) => [customer.id, customer.head]));
  const heads = [...new Set(headOf.values())];
  const aparts = await loadAparts(tx, heads);
  const parents = new Map<string, string>();
  const find = (head: string): string => {
    let at = head;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) at = up;
    return at;
  };
  const isApart = (p: string, q: string): boolean =>
    aparts.some(({ a: x, b: y }) => (find(x) === p && find(y) === q) || (find(x) === q && find(y) === p));
  const done = joins.flatMap((join) => {
    const [p, q] = [find(headOf.get(join.a) ?? join.a), find(headOf.get(join.b) ?? join.b)];
    if (p === q || isApart(p, q)) return [];
    const [stays, goes] = p < q ? [p, q] : [q, p];
    parents.set(goes, stays);
    return [{ ...join, id: newId() }];
  });
  await insertMerges(
    tx,
    done.map((join) => ({
      id: join.id,
      a: join.a,
      b: join.b,
      why: join.why,
      evidence: join.evidence,
      viaKind: null,
      viaValue: null,
      at: join.at.toISOString(),
    })),
    first.by,
  );
  await moveHeads(tx, new Map([...parents.keys()].map((head) => [head, find(head)])));
  await append(
    tx,
    done.map((join) =>
      fact({
        name: 'customer.merged',
        customerId: find(headOf.get(join.a) ?? join.a),
        at: join.at,
        data: {
          mergeId: join.id,
          a: join.a,
          b: join.b,
          by: join.by,
          why: join.why,
          evidence: join.evidence.map((line) => ({ field: line.field, verdict: line.verdict })),
        },
      }),
    ),
  );
  await searchAnew(tx, [...new Set(done.map((join) => find(headOf.get(join.a) ?? join.a)))]);
  return done.length;
}

async function searchAnew(tx: Tx, heads: readonly string[]): Promise<void> {
  const persons = new Map<string, Searchable>();
  for (const member of await loadMembers(tx, heads)) {
    const known = persons.get(member.headId) ?? { id: member.headId, names: [], identifiers: [] };
    const isNamed = member.first !== null || member.middle !== null || member.last !== null;
    const contacts = member.identifiers.filter(({ kind }) => searched.has(kind));
    persons.set(member.headId, {
      id: member.headId,
      names: isNamed && known.names.length < 8 ? [...known.names, member] : known.names,
      identifiers: [...known.identifiers, ...contacts].slice(0, 20),
    });
  }
  const lines = [...persons.values()]
    .map((person) => ({ id: person.id, line: lineOf(person) }))
    .filter(({ line }) => line !== '');
  if (lines.length > 0) await saveSearch(tx, lines, []);
}

const searched: ReadonlySet<string> = new Set(['phone', 'email', 'card', 'telegram', 'vk', 'max', 'whatsapp', 'viber']);

export interface AddedSuggestion {
  readonly a: string;
  readonly b: string;
  readonly score: number;
  readonly evidence: readonly EvidenceLine[];
  readonly at: Date;
}

/** Raises suggestions for pairs that are not one person, not parted, and have none open. Returns how many are new. */
export async function suggest(tx: Tx, suggestions: readonly AddedSuggestion[]): Promise<number> {
  if (suggestions.length === 0) return 0;
  const raised = await insertSuggestions(
    tx,
    suggestions.map((row) => ({ ...row, id: newId() })),
  );
  await append(
    tx,
    raised.map((row) =>
      fact({
        name: 'suggestion.raised',
        customerId: row.a,
        at: row.at,
        data: { suggestionId: row.id, a: row.a, b: row.b, score: row.score },
      }),
    ),
  );
  return raised.length;
}

/** All customer ids with what is known of each, in the order of ids; give the last id to go on. */
export const readCustomers = (query: Query, after: string | undefined, limit: number): Promise<BulkCustomer[]> =>
  pageCustomers(query, after, limit);
/** To be called after very many rows, outside of a transaction that matters. */
export const settleCustomers = (query: Query): Promise<void> => analyze(query);
export type { BulkCustomer } from './store-bulk.ts';
