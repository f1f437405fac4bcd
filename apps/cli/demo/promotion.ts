import type { RuleInput } from '@ruslo/offer';
import { menu, products } from './brand.ts';

/** The programme's tiers and the promotions that run in the demo. */

export const tiers = [
  { code: 'bronze', name: { ru: 'Бронза', en: 'Bronze' }, fromMinor: 0, earnRateBp: null, graceDays: 0 },
  { code: 'silver', name: { ru: 'Серебро', en: 'Silver' }, fromMinor: 3_000_000, earnRateBp: 500, graceDays: 60 },
  { code: 'gold', name: { ru: 'Золото', en: 'Gold' }, fromMinor: 10_000_000, earnRateBp: 700, graceDays: 90 },
];

type DemoPromotion = { rule: RuleInput; coupon?: { code: string; uses?: number; perCustomer?: number } };

/** Rules name variants and places by id. */
export function promotionsOf(
  variantIds: ReadonlyMap<string, string>,
  placeIds: ReadonlyMap<string, string>,
): DemoPromotion[] {
  const ofCategory = (category: string): string[] =>
    products.flatMap((product) =>
      product.category === category ? [variantIds.get(product.sku)].filter((id) => id !== undefined) : [],
    );
  const drinks = menu.flatMap(({ sku }) => [variantIds.get(sku)].filter((id) => id !== undefined));
  const cafes = [...placeIds].flatMap(([code, id]) => (code.endsWith('-cafe') ? [id] : []));
  const [gift] = ofCategory('Аксессуары').slice(2, 3);
  return [
    {
      rule: {
        name: 'Аксессуары −15 % к смартфону', priority: 50, mode: 'best-per-line', group: 'аксессуары',
        condition: { kind: 'lines', lines: { variantIds: ofCategory('Смартфоны') }, minQuantity: 1 },
        effects: [{ kind: 'percent', lines: { variantIds: ofCategory('Аксессуары') }, bp: 1_500 }],
      },
    },
    {
      rule: {
        name: 'Три по цене двух на посуду и кухню', priority: 40, mode: 'best-per-line', group: 'кухня',
        effects: [{ kind: 'nth', lines: { variantIds: ofCategory('Кухня') }, every: 3 }],
      },
    },
    {
      rule: {
        name: 'От 50 000 ₽ скидка 3 %, от 100 000 ₽ скидка 5 %', priority: 20, mode: 'best', group: 'заказ',
        effects: [{ kind: 'steps', steps: [{ fromMinor: 5_000_000, bp: 300 }, { fromMinor: 10_000_000, bp: 500 }] }],
      },
    },
    {
      rule: {
        name: 'Золоту ещё 2 %', priority: 10, condition: { kind: 'customer', tiers: ['gold'] },
        effects: [{ kind: 'order-percent', bp: 200 }],
      },
    },
    {
      rule: {
        name: 'Бесплатная доставка от 5 000 ₽', priority: 5, condition: { kind: 'sum', minMinor: 500_000 },
        effects: [{ kind: 'shipping', bp: 10_000 }],
      },
    },
    {
      rule: {
        name: 'Промокод МАЯК10', priority: 30, mode: 'best', group: 'заказ', condition: { kind: 'coupon' },
        effects: [{ kind: 'order-percent', bp: 1_000 }], caps: { orderMinor: 300_000 }, limits: { uses: 5_000, perCustomer: 1 },
      },
      coupon: { code: 'МАЯК10', uses: 5_000, perCustomer: 1 },
    },
    {
      rule: {
        name: 'Кофе в подарок', priority: 60, condition: { kind: 'grant' },
        effects: [{ kind: 'nth', lines: { variantIds: drinks }, every: 2, count: 1 }],
      },
    },
    ...(cafes.length === 0
      ? []
      : [{
          rule: {
            name: 'Счастливые часы в Маяк Кофе', priority: 15,
            condition: { kind: 'all', of: [{ kind: 'place', placeIds: cafes }, { kind: 'time', weekdays: [1, 2, 3, 4, 5], from: '15:00', until: '17:00', timeZone: 'Europe/Moscow' }] },
            effects: [{ kind: 'percent', lines: { variantIds: drinks }, bp: 2_000 }],
          } satisfies RuleInput,
        }]),
    ...(gift === undefined
      ? []
      : [{
          rule: {
            name: 'Кабель в подарок к ноутбуку', priority: 25, condition: { kind: 'lines', lines: { variantIds: ofCategory('Ноутбуки'), priceMinor: { min: 4_000_000 } }, minQuantity: 1 },
            effects: [{ kind: 'gift', variantId: gift, quantity: 1 }], limits: { uses: 1_000 },
          } satisfies RuleInput,
        }]),
    {
      rule: {
        name: 'Двойные баллы в приложении', priority: 1, condition: { kind: 'channel', channels: ['app'] },
        effects: [{ kind: 'points', multiplierBp: 20_000 }], limits: { budgetMinor: 100_000_000 },
      },
    },
  ]; // prettier-ignore
}
