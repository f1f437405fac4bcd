import type { Tx } from '@ruslo/platform';
import { available } from '@ruslo/stock';
import type { Reckoned } from './reckon.ts';
import { wantsOf } from './rules.ts';

/** A basket at a counter without the gifts that this shop does not have beside what is bought: they hold up nothing. */
export async function giftsAt(tx: Tx, reckoned: Reckoned, placeId: string): Promise<Reckoned> {
  if (!reckoned.lines.some((line) => line.gift)) return reckoned;
  const wants = wantsOf(
    reckoned.lines,
    reckoned.lines.map(({ lineNo, quantity }) => ({ placeId, lineNo, quantity })),
  );
  const there = await available(
    tx,
    wants.map((want) => want.variantId),
  );
  const lacking = new Set(
    wants
      .filter((want) => (there.get(want.variantId)?.byPlace.get(placeId) ?? 0) < want.quantity)
      .map((want) => want.variantId),
  );
  const lacks = (line: Reckoned['lines'][number]): boolean =>
    lacking.has(line.variantId) || line.components.some((part) => lacking.has(part.variantId));
  return { ...reckoned, lines: reckoned.lines.filter((line) => !line.gift || !lacks(line)) };
}
