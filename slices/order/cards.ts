import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import { newId } from '@ruslo/platform';
import type { Tx } from '@ruslo/platform';
import { activateCards, issueCards, refundCard } from '@ruslo/wallet';
import { cardsOf, insertCards } from './store-card.ts';
import { linesOf, orderForUpdate, stepsOf } from './store.ts';
import type { LineRow } from './store.ts';

/** Codes of sold gift cards. */

export interface ToldCard {
  readonly lineNo: number;
  readonly cardId: string;
  readonly last4: string;
  /** Told now and kept nowhere; null for a card whose code was told before. */
  readonly code: string | null;
  readonly amountMinor: number;
}

/**
 * Makes the gift cards of a paid order and tells their codes: once, because a code is kept nowhere. When the answer was
 * lost, `anew` blocks what was made, unless somebody has spent of it, and makes others.
 */
export async function tellCards(
  tx: Tx,
  orderId: string,
  anew: boolean,
  now: Date,
): Promise<Result<readonly ToldCard[]>> {
  const order = await orderForUpdate(tx, orderId);
  if (order === undefined) return refuse('order.not-found', 404);
  if (['awaiting-payment', 'expired', 'cancelled'].includes(order.state)) return refuse('order.not-paid', 409);
  // What a promotion gave for nothing cost nothing, so no card has anything on it for that.
  const lines = (await linesOf(tx, [orderId])).filter((line) => line.kind === 'gift-card' && line.priceMinor > 0);
  // The cards of another system have their codes from there: made here once more, they would be worth twice.
  const [first] = await stepsOf(tx, [orderId]);
  if (lines.length === 0 || first?.by === 'import') return refuse('order.no-cards', 404);
  let there = await cardsOf(tx, [orderId]);
  if (anew && there.length > 0) {
    for (const card of there) {
      const blocked = await refundCard(tx, card.cardId, now);
      if (!blocked.ok) return blocked;
    }
    await tx.query('delete from "order".card where order_id = $1', [orderId]);
    there = [];
  }
  const told: ToldCard[] = there.map((card) => ({ ...card, code: null, amountMinor: priceOf(lines, card.lineNo) }));
  if (there.length > 0) return ok(told);
  for (const line of lines) {
    const open = line.quantity - line.withdrawn - line.returned;
    if (open <= 0) continue;
    const amountsMinor = Array.from({ length: open }, () => line.priceMinor);
    // The locked order and its rows make it once.
    const key = newId();
    const made = await issueCards(tx, {
      amountsMinor,
      currency: order.currency,
      ref: orderId,
      expiresAt: null,
      key,
      now,
    });
    await insertCards(tx, orderId, line.lineNo, made);
    told.push(
      ...made.map((card) => ({
        lineNo: line.lineNo,
        cardId: card.id,
        last4: card.last4,
        code: card.code,
        amountMinor: line.priceMinor,
      })),
    );
  }
  await activateCards(tx, orderId, now);
  return ok(told);
}

const priceOf = (lines: readonly LineRow[], lineNo: number): number =>
  lines.find((line) => line.lineNo === lineNo)?.priceMinor ?? 0;
