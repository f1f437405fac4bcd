import type { Available, Change, Part } from './contract.ts';

/** Sums wants of the same variant and place; in the order in which everybody locks. */
export function gather(wants: readonly Part[]): Part[] {
  const sums = new Map<string, Part>();
  for (const want of wants) {
    if (!Number.isSafeInteger(want.quantity)) throw new RangeError(`quantity ${want.quantity}`);
    if (want.quantity === 0) continue;
    const key = `${want.variantId} ${want.placeId}`;
    const sum = sums.get(key);
    sums.set(key, {
      variantId: want.variantId,
      placeId: want.placeId,
      quantity: want.quantity + (sum?.quantity ?? 0),
    });
  }
  return [...sums.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, part]) => part);
}

/** Wants are not negative; a want of nothing is none. */
export function wantsOf(wants: readonly Part[]): Part[] {
  for (const { quantity } of wants) if (quantity < 0) throw new RangeError(`quantity ${quantity}`);
  return gather(wants);
}

/** What may still be promised of a level; less than 0 when too much was. */
export const sellableOf = (level: {
  readonly onHand: number;
  readonly reserved: number;
  readonly safety: number;
  readonly backorder: number;
}): number => level.onHand - level.reserved - level.safety + level.backorder;

export type StockFact = 'stock.low' | 'stock.excess' | 'stock.back';

/** What is to be told of a change: each line is crossed once, not told again while it stays crossed. */
export function crossings(change: Change): StockFact[] {
  const facts: StockFact[] = [];
  const { before, after, lowAt } = change;
  if (lowAt !== null && before > lowAt && after <= lowAt) facts.push('stock.low');
  if (before <= 0 && after > 0) facts.push('stock.back');
  const { onHandBefore, onHandAfter, excessAt } = change;
  if (excessAt != null && onHandBefore !== undefined && onHandAfter !== undefined) {
    if (onHandBefore < excessAt && onHandAfter >= excessAt) facts.push('stock.excess');
  }
  return facts;
}

/** Does it begin or end to be sellable? Then every process forgets what it remembers of the variant. */
export const turns = ({ before, after }: Change): boolean => before > 0 !== after > 0;

/** Sums what is sellable by place. Variants of which nothing is known are there with 0. */
export function sumAvailable(
  variantIds: readonly string[],
  rows: readonly { readonly variantId: string; readonly placeId: string; readonly free: number }[],
): Map<string, Available> {
  const byVariant = new Map<string, Map<string, number>>(variantIds.map((id) => [id, new Map<string, number>()]));
  for (const row of rows) byVariant.get(row.variantId)?.set(row.placeId, row.free);
  return new Map(
    [...byVariant].map(([id, byPlace]) => {
      let total = 0;
      for (const quantity of byPlace.values()) total += quantity;
      return [id, { total, byPlace }];
    }),
  );
}
