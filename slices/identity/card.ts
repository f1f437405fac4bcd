import type { Edge } from './rules.ts';
import type { CustomerItem, MemberRow, Names } from './store-read.ts';
import type { AttributeValue } from './trait.ts';

/** What is shown of a person, put together of what her ids were told. Pure. */

export interface Portrait {
  readonly name: Names;
  readonly birthDate: string | null;
  readonly city: string | null;
  readonly address: string | null;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const plain = ['birthDate', 'city', 'address'] as const;

/** Field by field: what staff set by hand, else what was told last. A name is one field: parts of two people are nobody. */
export function portraitOf(members: readonly MemberRow[]): Portrait {
  const byAge = members.toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? -1 : 1));
  const pick = (field: string, has: (row: MemberRow) => boolean): MemberRow | undefined =>
    byAge.find((row) => row.fixed.includes(field)) ?? byAge.find(has);
  const named =
    byAge.find((row) => ['first', 'middle', 'last'].some((part) => row.fixed.includes(part))) ??
    byAge.find((row) => row.last !== null) ??
    byAge.find((row) => row.first !== null || row.middle !== null);
  const attributes: Record<string, AttributeValue> = {};
  for (const key of new Set(
    members.flatMap((row) => [
      ...Object.keys(row.attributes),
      ...row.fixed.filter((field) => field.startsWith('attribute.')).map((field) => field.slice(10)),
    ]),
  )) {
    const value = pick(`attribute.${key}`, (row) => row.attributes[key] !== undefined)?.attributes[key];
    if (value !== undefined) attributes[key] = value;
  }
  const [birthDate, city, address] = plain.map((field) => pick(field, (row) => row[field] !== null)?.[field] ?? null);
  return {
    name: { first: named?.first ?? null, middle: named?.middle ?? null, last: named?.last ?? null },
    birthDate: birthDate ?? null,
    city: city ?? null,
    address: address ?? null,
    attributes,
  };
}

/** For every id but the head the standing merge over which it hangs on the head. */
export function broughtBy<Merge extends Edge>(head: string, merges: readonly Merge[]): Map<string, Merge> {
  const edges = new Map<string, Merge[]>();
  for (const merge of merges) {
    for (const end of [merge.a, merge.b]) {
      const held = edges.get(end);
      if (held === undefined) edges.set(end, [merge]);
      else held.push(merge);
    }
  }
  const brought = new Map<string, Merge>();
  const waiting = [head];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const merge of edges.get(id) ?? []) {
      const other = merge.a === id ? merge.b : merge.a;
      if (other === head || brought.has(other)) continue;
      brought.set(other, merge);
      waiting.push(other);
    }
  }
  return brought;
}

/** log2 of the odds as a probability, to three digits. */
export const probability = (logOdds: number): number => Math.round(1_000 / (1 + 2 ** -logOdds)) / 1_000;

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export const showItem = (item: CustomerItem) => ({
  ...item,
  createdAt: item.createdAt.toISOString(),
  lastSeenAt: iso(item.lastSeenAt),
});
