import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { programme } from '@ruslo/loyalty';
import type { House } from '@ruslo/platform';
import { refByReceipt } from '@ruslo/receipt';
import type { z } from 'zod';
import type { returnFindBody, returnFoundSchema } from './contract-return.ts';
import { ordersBy } from './hand-out-find.ts';
import { returnableOrders } from './return-store.ts';
import { leave } from './rules.ts';
import { linesOf, ordersById } from './store.ts';

const dayMs = 86_400_000;

/** Orders of any channel of which something can come back, without paper. Refuses `order.nothing-to-return` (404). */
export async function findReturnable(
  house: House,
  ask: z.infer<typeof returnFindBody>,
  now: Date,
): Promise<Result<z.infer<typeof returnFoundSchema>>> {
  const query = house.db;
  const ref = ask.receipt === undefined ? undefined : await refByReceipt(query, ask.receipt);
  const found =
    ask.receipt === undefined
      ? await ordersBy(query, ask, (from) => returnableOrders(query, from))
      : ok(ref === undefined ? [] : (await returnableOrders(query, { id: ref })).map((row) => row.id));
  if (!found.ok) return found;
  if (found.value.length === 0) return refuse('order.nothing-to-return', 404);
  const orders = await ordersById(query, found.value);
  const lines = await linesOf(query, found.value);
  const { returnDays } = await programme(query);
  const items = orders.map((order) => ({
    orderId: order.id,
    number: order.number,
    customerId: order.customerId,
    channel: order.channel,
    placedAt: order.placedAt.toISOString(),
    completedAt: order.completedAt?.toISOString() ?? null,
    currency: order.currency,
    inTime: now.getTime() <= (order.completedAt ?? order.placedAt).getTime() + returnDays * dayMs,
    lines: lines
      .filter((line) => line.orderId === order.id)
      .map((line) => {
        const returnable = line.taken - line.returned;
        const left = leave(line, returnable, 'returned');
        const { lineNo, variantId, sku, title, unit, quantity, returned } = line;
        const amountMinor = left.ok ? left.value.moneyMinor : 0;
        const pointsSpent = left.ok ? left.value.pointsSpent : 0;
        return { lineNo, variantId, sku, title, unit, quantity, returned, returnable, amountMinor, pointsSpent };
      }),
  }));
  return ok({ items });
}
