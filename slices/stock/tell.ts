import { append, fact, signal } from '@ruslo/platform';
import type { Tx } from '@ruslo/platform';
import type { Change } from './contract.ts';
import { crossings, turns } from './rules.ts';

export const topic = 'stock.turned';
/** A signal holds 7,900 bytes; of more variants it says "all". */
const namedMost = 150;

/** Appends what a change of levels means to others, in its transaction. Nothing is written when no line was crossed. */
export async function tell(tx: Tx, changes: readonly Change[], now: Date): Promise<void> {
  const facts = changes.flatMap((change) =>
    crossings(change).map((name) =>
      fact({
        name,
        customerId: null,
        at: now,
        data: { variantId: change.variantId, placeId: change.placeId, available: change.after },
      }),
    ),
  );
  if (facts.length > 0) await append(tx, facts);
  const turned = new Set(changes.filter(turns).map(({ variantId }) => variantId));
  if (turned.size > 0) await signal(tx, topic, { variantIds: turned.size > namedMost ? null : [...turned] });
}
