import type { Basket, BasketLine } from './basket.ts';
import { ruleSchema } from './contract.ts';
import type { RuleInput } from './contract.ts';
import type { KeptRule } from './compile.ts';

export type { Basket, KeptRule };

/** Baskets and rules for tests and the bench. */

export const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const kept = (number: number, rule: Partial<RuleInput> & Pick<RuleInput, 'effects'>): KeptRule => ({
  id: idOf(number),
  rule: ruleSchema.parse({ name: `rule ${number}`, ...rule }),
});

export function line(id: string, from: Partial<BasketLine> = {}): BasketLine {
  const { priceMinor = 10_000, quantity = 1, unit = 'piece' } = from;
  return {
    id,
    variantId: idOf(1),
    productId: idOf(1),
    categoryIds: [],
    brand: null,
    attributes: {},
    quantity,
    unit,
    priceMinor,
    sumMinor: unit === 'weight' ? Math.round((priceMinor * quantity) / 1_000) : priceMinor * quantity,
    minPriceMinor: null,
    noDiscount: false,
    ...from,
  };
}

export const basket = (lines: readonly BasketLine[], from: Partial<Basket> = {}): Basket => ({
  lines,
  channel: 'web',
  placeId: null,
  at: new Date('2026-11-20T12:00:00Z'),
  timeZone: 'Europe/Moscow',
  currency: 'RUB',
  customer: null,
  coupons: [],
  grants: [],
  shippingMinor: 0,
  ...from,
});
