import { api, type Found, type Page } from '@ruslo/ui';

type Choice = Omit<Found, 'path'>;

interface ProductItem {
  readonly id: string;
  readonly title: string;
  readonly brand: string | null;
  readonly variantId: string | null;
  readonly variantCount: number;
}
interface FullVariant {
  readonly id: string;
  readonly sku: string;
  readonly title?: string | null;
  readonly attributes?: Readonly<Record<string, unknown>>;
}
interface Product {
  readonly id: string;
  readonly title: string;
  readonly variants: readonly FullVariant[];
}
export interface Variant {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly title: string;
  readonly unit: 'piece' | 'weight';
}
export interface Category {
  readonly id: string;
  readonly name: string;
  readonly path: readonly string[];
}

const products = async (text: string, limit: number, signal: AbortSignal): Promise<readonly ProductItem[]> =>
  (await api.get<Page<ProductItem>>('/v1/products', { q: text, limit }, signal)).items;

export const findProducts = async (text: string, signal: AbortSignal): Promise<readonly Choice[]> =>
  (await products(text, 12, signal)).map((item) => ({ id: item.id, label: item.title, hint: item.brand ?? '' }));

/** What can be put in a basket: products of one variant at once, of several each of them. */
export async function findVariants(text: string, signal: AbortSignal): Promise<readonly Choice[]> {
  const found = await products(text, 8, signal);
  const parts = await Promise.all(
    found.map(async (item): Promise<readonly Choice[]> => {
      if (item.variantId !== null) return [{ id: item.variantId, label: item.title, hint: item.brand ?? '' }];
      if (item.variantCount === 0) return [];
      const product = await api.get<Product>(`/v1/products/${item.id}`, {}, signal);
      return product.variants.slice(0, 12).map((variant) => ({
        id: variant.id,
        label: variantTitle(product.title, variant),
        hint: variant.sku,
      }));
    }),
  );
  return parts.flat();
}

function variantTitle(product: string, variant: FullVariant): string {
  const own = variant.title ?? '';
  const told =
    own === '' || own === product
      ? Object.values(variant.attributes ?? {})
          .slice(0, 3)
          .map(String)
          .join(', ')
      : own;
  return told === '' ? `${product} · ${variant.sku}` : own.startsWith(product) ? own : `${product}, ${told}`;
}

/** Asks many by id: the address repeats the name. */
export async function readVariants(ids: readonly string[], signal: AbortSignal): Promise<readonly Variant[]> {
  if (ids.length === 0) return [];
  const query = ids
    .slice(0, 100)
    .map((id) => `ids=${encodeURIComponent(id)}`)
    .join('&');
  return (await api.get<{ items: readonly Variant[] }>(`/v1/variants?${query}`, {}, signal)).items;
}

export const readProduct = async (id: string, signal: AbortSignal): Promise<string> =>
  (await api.get<Product>(`/v1/products/${id}`, {}, signal)).title;

export const findPlaces = async (text: string, signal: AbortSignal): Promise<readonly Choice[]> =>
  (
    await api.get<Page<{ id: string; name: string; city: string }>>('/v1/places', { q: text, limit: 20 }, signal)
  ).items.map((item) => ({ id: item.id, label: item.name, hint: item.city }));
export const readPlace = async (id: string, signal: AbortSignal): Promise<string> =>
  (await api.get<{ name: string }>(`/v1/places/${id}`, {}, signal)).name;

interface Person {
  readonly id: string;
  readonly name: { readonly first?: string | null; readonly middle?: string | null; readonly last?: string | null };
  readonly phone?: string | null;
  readonly email?: string | null;
}
const nameOf = (person: Person): string =>
  [person.name.last, person.name.first, person.name.middle].filter((part) => (part ?? '') !== '').join(' ') ||
  (person.phone ?? person.email ?? person.id);

export const findCustomers = async (text: string, signal: AbortSignal): Promise<readonly Choice[]> =>
  (await api.get<Page<Person>>('/v1/customers', { q: text, limit: 12 }, signal)).items.map((person) => ({
    id: person.id,
    label: nameOf(person),
    hint: person.phone ?? person.email ?? '',
  }));
export const readCustomer = async (id: string, signal: AbortSignal): Promise<string> =>
  nameOf(await api.get<Person>(`/v1/customers/${id}`, {}, signal));

export const findPromotions = async (text: string, signal: AbortSignal): Promise<readonly Choice[]> =>
  (
    await api.get<Page<{ id: string; rule: { name: string }; state: string }>>(
      '/v1/promotions',
      { search: text, state: 'active', limit: 20 },
      signal,
    )
  ).items.map((item) => ({ id: item.id, label: item.rule.name, hint: '' }));
