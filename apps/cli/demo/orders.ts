import { share } from '@ruslo/kernel';
import { qualify } from '@ruslo/loyalty';
import { importOrders } from '@ruslo/order';
import type { ImportedLine, ImportedOrder } from '@ruslo/order';
import type { Tx } from '@ruslo/platform';
import { earn } from '@ruslo/wallet';
import type { Earning } from '@ruslo/wallet';
import type { Deed } from './behaviour.ts';
import { shops } from './brand.ts';
import type { DemoTrade } from './commerce.ts';

/** What people of the demo bought, as orders with what became of them, and the points of it. */

type Bought = { sku?: string; name?: string; price?: number; quantity?: number };
const boughtOf = (deed: Deed): Bought[] => (deed.properties['products'] as Bought[] | undefined) ?? [];
const textOf = (deed: Deed, key: string): string => {
  const value = deed.properties[key];
  return typeof value === 'string' ? value : '';
};
const day = 86_400_000;
const codeByName: ReadonlyMap<string, string> = new Map(
  shops.flatMap(({ id, name }) => [[name, id] as const, [`Маяк Кофе, ${name}`, `${id}-cafe`] as const]),
);
/** 3 % in points of a rouble, as the programme has it. */
const earnBp = 300;

function linesOf(deed: Deed, refunded: readonly Deed[], trade: DemoTrade): ImportedLine[] {
  const back = new Set(refunded.flatMap(boughtOf).map(({ sku }) => sku));
  return boughtOf(deed).flatMap(({ sku = '', name = '', price = 0, quantity = 1 }) => {
    const variantId = trade.variantIds.get(sku);
    if (variantId === undefined) return [];
    const priceMinor = Math.round(price * 100);
    return [
      {
        variantId,
        sku,
        title: name,
        quantity,
        priceMinor,
        vat: '20',
        pointsEarned: Math.floor((priceMinor * quantity * earnBp) / 10_000 / 100),
        warrantyMonths: priceMinor > 100_000 ? 12 : null,
        returned: back.has(sku) ? quantity : 0,
      },
    ];
  });
}

/** An order of each "Order Completed" among a person's deeds. Tills sell and hand over at once. */
export function ordersOf(deeds: readonly Deed[], customerId: string, trade: DemoTrade): ImportedOrder[] {
  const after = new Map<string, Deed[]>();
  for (const deed of deeds) {
    const number = textOf(deed, 'order_id');
    if (deed.name === 'Order Completed' || number === '') continue;
    const known = after.get(number);
    if (known === undefined) after.set(number, [deed]);
    else known.push(deed);
  }
  return deeds.flatMap((deed): ImportedOrder[] => {
    if (deed.name !== 'Order Completed') return [];
    const number = textOf(deed, 'order_id');
    const later = after.get(number) ?? [];
    const lines = linesOf(deed, later.filter(({ name }) => name === 'Order Refunded'), trade); // prettier-ignore
    if (lines.length === 0) return [];
    const isOnline = deed.source === 'site' || deed.source === 'app';
    const place = textOf(deed, 'shop');
    const taken = later.find(({ name }) => name === 'Order Picked Up')?.at;
    const total = lines.reduce((sum, line) => sum + line.priceMinor * line.quantity, 0);
    return [
      {
        number,
        customerId,
        channel: deed.source === 'site' ? 'web' : deed.source === 'app' ? 'app' : 'shop',
        method: isOnline ? (place === '' ? 'delivery' : 'pickup') : 'till',
        placeId: trade.placeIds.get(codeByName.get(place) ?? '') ?? null,
        placedAt: new Date(deed.at),
        completedAt: new Date(taken ?? (isOnline ? deed.at + day : deed.at)),
        lines,
        tenders: [{ kind: isOnline ? 'card' : total % 3 === 0 ? 'cash' : 'terminal', amountMinor: total }],
      },
    ];
  });
}

/** Writes orders with their points and what counts for the tier. Points of what came back never begin. */
export async function writeOrders(tx: Tx, orders: readonly ImportedOrder[], now: Date): Promise<number> {
  const ids = await importOrders(tx, orders, { now });
  const earnings: Earning[] = [];
  const qualifying: Parameters<typeof qualify>[1][number][] = [];
  for (const [index, order] of orders.entries()) {
    const orderId = ids[index];
    if (orderId === undefined || order.customerId === null) continue;
    const at = order.completedAt ?? order.placedAt;
    const kept = (total: number, line: ImportedLine): number =>
      share(total, line.quantity, 0, line.quantity - (line.returned ?? 0));
    const points = order.lines.reduce((sum, line) => sum + kept(line.pointsEarned ?? 0, line), 0);
    const money = order.lines.reduce((sum, line) => sum + kept(line.priceMinor * line.quantity, line), 0);
    const availableAt = new Date(at.getTime() + 14 * day);
    const expiresAt = new Date(availableAt.getTime() + 365 * day);
    if (points > 0 && expiresAt > now)
      earnings.push({ customerId: order.customerId, kind: 'points', amount: points, availableAt, expiresAt, ref: orderId, reason: 'earned', key: `demo:${orderId}`, now }); // prettier-ignore
    if (money > 0)
      qualifying.push({ orderId, customerId: order.customerId, number: order.number, qualifyingMinor: money, at });
  }
  if (earnings.length > 0) await earn(tx, earnings);
  await qualify(tx, qualifying);
  return ids.filter((id) => id !== undefined).length;
}
