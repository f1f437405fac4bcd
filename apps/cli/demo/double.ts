import { cardFrom } from '@ruslo/identity';
import type { LinkageRecord } from '@ruslo/identity';
import { products, shops } from './brand.ts';
import type { SourceKey } from './brand.ts';
import type { Deed } from './behaviour.ts';
import { misspell } from './people.ts';
import type { Person } from './people.ts';
import type { Chance } from './random.ts';

export type Double = {
  profile: { first: string; middle?: string; last: string; city: string };
  identifiers: { kind: string; value: string; proof: 'proven' | 'claimed' }[];
  record: Omit<LinkageRecord, 'id'>;
  source: SourceKey;
  at: number;
  deeds: Deed[];
};

const shortNames: Readonly<Record<string, string>> = {
  Анна: 'Аня', Екатерина: 'Катя', Мария: 'Маша', Анастасия: 'Настя', Елена: 'Лена', Ольга: 'Оля', Татьяна: 'Таня', Наталья: 'Наташа',
  Александр: 'Саша', Дмитрий: 'Дима', Сергей: 'Серёжа', Михаил: 'Миша', Владимир: 'Володя', Алексей: 'Лёша', Николай: 'Коля',
}; // prettier-ignore

/**
 * The card was left at home, so the till gave out a second one, in a hurry. Either with the same phone or mail address
 * and a slip in the name, or `doubtful`: with a name alone.
 */
export function makeDouble(
  chance: Chance,
  person: Person,
  now: number,
  kind: 'sure' | 'doubtful' = chance.chance(0.5) ? 'sure' : 'doubtful',
): Double {
  const shop = chance.pick(shops.filter(({ city }) => city === person.city));
  const source: SourceKey = `till:${shop.id}`;
  const at = now - 3_600_000 - chance.below(70 * 86_400_000);
  const card = cardFrom(String(5_000_000 + person.index)) ?? '';
  const profile = {
    first: shortNames[person.first] ?? person.first,
    ...(kind === 'sure' && chance.chance(0.4) ? { middle: person.middle } : {}),
    last: kind === 'sure' ? misspell(chance, person.last) : person.last.replaceAll('ё', 'е'),
    city: person.city,
  };
  const byMail = person.email !== undefined && chance.chance(0.4);
  const phones = kind === 'sure' && !byMail ? [person.phone] : [];
  const emails = kind === 'sure' && byMail && person.email !== undefined ? [person.email] : [];
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
      ...phones.map((value) => ({ kind: 'phone', value, proof: 'claimed' as const })),
      ...emails.map((value) => ({ kind: 'email', value, proof: 'claimed' as const })),
    ],
    record: { name: profile, phones, emails, city: person.city },
    source,
    at,
    deeds: [{ at, kind: 'track', name: 'Order Completed', source, who: 'person', properties }],
  };
}
