import { api, useCan, useSession, useWords, type Page } from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Attribute, Category, PriceList, Product, ProductItem, Search } from './model.ts';
import classes from './catalog.module.css';

/** What several pages of the catalogue ask for and show. */

function useItems<T>(path: string, enabled = true): readonly T[] {
  const found = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => api.get<{ items: readonly T[] }>(path, {}, signal),
    staleTime: 30_000,
    enabled,
  });
  return found.data?.items ?? [];
}

export const useCategories = (): readonly Category[] => useItems<Category>('/v1/categories');
export const useAttributes = (): readonly Attribute[] => useItems<Attribute>('/v1/product-attributes');
export const usePriceLists = (): readonly PriceList[] => useItems<PriceList>('/v1/price-lists');

/** Everything that shows products, categories or prices is asked anew. */
export function useRefresh(): () => Promise<unknown> {
  const client = useQueryClient();
  const roots = ['/v1/products', '/v1/categories', '/v1/product-attributes', '/v1/price-lists', '/v1/variants', 'pick'];
  return () =>
    client.invalidateQueries({
      predicate: ({ queryKey: [first] }) => typeof first === 'string' && roots.some((root) => first.startsWith(root)),
    });
}

export const useProduct = (id: string) =>
  useQuery({
    queryKey: ['/v1/products', id],
    queryFn: ({ signal }) => api.get<Product>(`/v1/products/${id}`, {}, signal),
    enabled: id !== '',
  });

/** A small picture and the name. */
export function Named({ item }: { item: Pick<ProductItem, 'title' | 'image'> }): React.JSX.Element {
  return (
    <span className={classes.thumb}>
      {item.image === null ? <span className={classes.blank} /> : <img src={item.image} alt="" loading="lazy" />}
      <span className="cut">{item.title}</span>
    </span>
  );
}

export const findProducts = async (
  text: string,
  signal: AbortSignal,
): Promise<{ id: string; label: string; hint: string }[]> => {
  const found = await api.get<Search>('/v1/products', { q: text, state: 'any', limit: 8 }, signal);
  return found.items.map((item) => ({ id: item.id, label: item.title, hint: item.brand ?? '' }));
};

/** Variants for choosing: of a product with several, each of them. The hint is the article. */
export const findVariants = async (
  text: string,
  signal: AbortSignal,
): Promise<{ id: string; label: string; hint: string }[]> => {
  const found = await api.get<Search>('/v1/products', { q: text, limit: 6 }, signal);
  const products = await Promise.all(
    found.items.map((item) => api.get<Product>(`/v1/products/${item.id}`, {}, signal)),
  );
  return products.flatMap((product) =>
    product.variants.map((variant) => ({ id: variant.id, label: variant.title, hint: variant.sku })),
  );
};

/** Who changed it, as far as the asking one may know names. */
export function useWhoName(): (by: string) => string {
  const { say } = useWords();
  const can = useCan();
  const { session } = useSession();
  const staff = useQuery({
    queryKey: ['/v1/staff'],
    queryFn: ({ signal }) => api.get<Page<{ id: string; name: string }>>('/v1/staff', {}, signal),
    enabled: can('staff.manage'),
    staleTime: 60_000,
  }).data?.items;
  return (by) => {
    const [kind = '', id = ''] = by.split(':');
    if (kind === 'key') return say('screen.catalog.by.key');
    if (kind !== 'staff') return by === 'import' ? say('screen.catalog.by.import') : by;
    if (id === session?.staff.id) return session.staff.name;
    return staff?.find((member) => member.id === id)?.name ?? say('screen.catalog.by.staff');
  };
}

export const textOf = (form: FormData, key: string): string => {
  const value = form.get(key);
  return typeof value === 'string' ? value.trim() : '';
};
/** A whole number of the form, or null for an empty field. */
export const countOf = (form: FormData, key: string): number | null => {
  const text = textOf(form, key).replaceAll(/\s/g, '');
  return text === '' ? null : Number(text);
};
