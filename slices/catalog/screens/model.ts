import type { Channel } from '@ruslo/kernel';
import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** What the catalogue's addresses answer. */
export type ProductItem = z.output<typeof contract.productItem>;
export type Product = z.output<typeof contract.productSchema>;
export type ProductVariant = z.output<typeof contract.fullVariant>;
export type Category = z.output<typeof contract.categorySchema>;
export type Attribute = z.output<typeof contract.attributeSchema>;
export type Search = z.output<typeof contract.searchAnswer>;
export type PriceList = z.output<typeof contract.priceListSchema>;
export type PriceEntry = z.output<typeof contract.entrySchema>;
export type PriceChange = z.output<typeof contract.historyItem>;
export type Saved = z.output<typeof contract.savedSchema>;
export type Relation = z.output<typeof contract.relationItem>;
export type Variant = z.output<typeof contract.variantSchema>;

/** Where goods are sold: the channels that may have a price of their own. */
export const sellingChannels = ['web', 'app', 'shop', 'call', 'catalogue'] as const satisfies readonly Channel[];

/** A calendar day of the form as the moment at which it begins; null for an empty one. */
export const momentOf = (day: string): string | null => (day === '' ? null : new Date(`${day}T00:00:00`).toISOString());

/** A tree as rows: each with its depth, children under their parent, in the order of `sort` and name. */
export function treeRows<T extends { id: string; parentId: string | null; sort: number; name: string }>(
  rows: readonly T[],
): { row: T; depth: number }[] {
  const under = new Map<string | null, T[]>();
  const ids = new Set(rows.map((row) => row.id));
  for (const row of rows) {
    const parent = row.parentId !== null && ids.has(row.parentId) ? row.parentId : null;
    under.set(parent, [...(under.get(parent) ?? []), row]);
  }
  const walk = (parent: string | null, depth: number): { row: T; depth: number }[] =>
    (under.get(parent) ?? [])
      .toSorted((one, other) => one.sort - other.sort || one.name.localeCompare(other.name))
      .flatMap((row) => [{ row, depth }, ...walk(row.id, depth + 1)]);
  return walk(null, 0);
}

/** What was typed, as the catalogue writes its codes: Latin letters, digits and hyphens. */
export function codeFrom(text: string): string {
  const from = 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя';
  const to = 'a b v g d e e zh z i y k l m n o p r s t u f h c ch sh sch _ y _ e yu ya'.split(' ');
  const latin = [...text.toLowerCase()].map((letter) => {
    const index = from.indexOf(letter);
    return index === -1 ? letter : (to[index] ?? '').replace('_', '');
  });
  return latin
    .join('')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
}
