import { cardFrom } from '@ruslo/identity';
import type { LinkageRecord } from '@ruslo/identity';
import { products, shops } from './brand.ts';
import type { SourceKey } from './brand.ts';
import type { Deed, Life } from './behaviour.ts';
import { misspell } from './people.ts';
import type { Person } from './people.ts';
import type { Chance } from './random.ts';

export type Double = {
  profile: { first: string; middle?: string; last: string };
  identifiers: { kind: string; value: string; proof: 'proven' | 'claimed' }[];
  record: Omit<LinkageRecord, 'id'>;
  source: SourceKey;
  at: number;
  deeds: Deed[];
};

/** The card was left at home, so the till gave out a second one, in a hurry: a name with a slip, the same phone or mail. */
export function makeDouble(chance: Chance, person: Person, life: Life, now: number): Double {
  const shop = chance.pick(shops.filter(({ city }) => city === person.city));
  const source: SourceKey = `till:${shop.id}`;
  const at = Math.min(now - 3_600_000, life.createdAt + chance.below(now - life.createdAt));
  const card = cardFrom(String(5_000_000 + person.index)) ?? '';
  const profile = {
    first: chance.chance(0.5) ? person.first : misspell(chance, person.first),
    ...(chance.chance(0.4) ? { middle: person.middle } : {}),
    last: misspell(chance, person.last),
  };
  const byPhone = chance.chance(0.6);
  const email = person.email;
  const product = chance.pickPopular(products);
  const properties = {
    order_id: `Ч-${chance.between(1_000_000, 9_999_999)}`,
    total: product.price,
    currency: 'RUB',
    shop: shop.name,
    card,
    products: [
      {
        product_id: product.sku,
        sku: product.sku,
        name: product.name,
        category: product.category,
        price: product.price,
        quantity: 1,
      },
    ],
  };
  return {
    profile,
    identifiers: [
      { kind: 'card', value: card, proof: 'proven' },
      ...(byPhone || email === undefined
        ? [{ kind: 'phone', value: person.phone, proof: 'claimed' as const }]
        : [{ kind: 'email', value: email, proof: 'claimed' as const }]),
    ],
    record: {
      name: profile,
      phones: byPhone || email === undefined ? [person.phone] : [],
      emails: byPhone || email === undefined ? [] : [email],
      city: person.city,
    },
    source,
    at,
    deeds: [{ at, kind: 'track', name: 'Order Completed', source, who: 'person', properties }],
  };
}
