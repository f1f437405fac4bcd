import { Select, type SelectProps } from '@mantine/core';
import { address, api, Pick, useFormat, useWords } from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Place, Variant } from './model.ts';

/** What the pages of stock share: names of goods and places, quantities, choosing. */

// What is sold by weight, as it was last read: people type kilogrammes of it, the server counts grams.
const byWeight = new Set<string>();
/** So many base units is one of what people type. */
export const perOne = (variantId: string): number => (byWeight.has(variantId) ? 1_000 : 1);

// Rows in sight each ask for one name; what is asked within a moment goes as one question.
const waiting = new Map<string, ((variant: Variant | null) => void)[]>();
const rejecting = new Set<(error: unknown) => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

function askTogether(): void {
  timer = undefined;
  const asked = new Map(waiting);
  const refuse = [...rejecting];
  waiting.clear();
  rejecting.clear();
  const ids = [...asked.keys()];
  // A path with more ids would be too long.
  for (let from = 0; from < ids.length; from += 50) {
    const some = ids.slice(from, from + 50);
    api
      .get<{ items: Variant[] }>(`/v1/variants?${some.map((id) => `ids=${encodeURIComponent(id)}`).join('&')}`)
      .then(({ items }) => {
        for (const one of items) if (one.unit === 'weight') byWeight.add(one.id);
        for (const id of some) for (const give of asked.get(id) ?? []) give(items.find((one) => one.id === id) ?? null);
      })
      .catch((error: unknown) => {
        for (const each of refuse) each(error);
      });
  }
}

const variantById = (id: string): Promise<Variant | null> =>
  new Promise((give, refuse) => {
    waiting.set(id, [...(waiting.get(id) ?? []), give]);
    rejecting.add(refuse);
    timer ??= setTimeout(askTogether, 15);
  });

/** The variant as the catalogue knows it; null when it has no price, undefined while it loads. */
export const useVariant = (id: string): Variant | null | undefined =>
  useQuery({
    queryKey: ['/v1/variants', 'name', id],
    queryFn: () => variantById(id),
    staleTime: 60_000,
    enabled: id !== '',
  }).data;

export function VariantName({ id, withSku = false }: { id: string; withSku?: boolean }): React.JSX.Element {
  const { say } = useWords();
  const variant = useVariant(id);
  if (variant === undefined) return <span className="dim">…</span>;
  if (variant === null) return <span className="dim">{say('screen.stock.unknown', { id: id.slice(0, 8) })}</span>;
  return (
    <span>
      {variant.title} {withSku && <span className="dim mono">{variant.sku}</span>}
    </span>
  );
}

export function VariantSku({ id }: { id: string }): React.JSX.Element {
  return <span className="mono">{useVariant(id)?.sku ?? ''}</span>;
}

/** A few hundred places: all are held. */
export function usePlaces(): readonly Place[] {
  return (
    useQuery({
      queryKey: ['/v1/places', 'all'],
      queryFn: ({ signal }) => api.get<{ items: Place[] }>(address('/v1/places', { limit: 500 }), {}, signal),
      staleTime: 60_000,
    }).data?.items ?? []
  );
}

export function usePlaceName(): (id: string) => string {
  const places = usePlaces();
  return (id) => places.find((place) => place.id === id)?.name ?? id.slice(0, 8);
}

export function PlaceSelect(props: Omit<SelectProps, 'data'>): React.JSX.Element {
  const places = usePlaces();
  return (
    <Select
      searchable
      {...props}
      data={places.map((place) => ({
        value: place.id,
        label: place.name.includes(place.city) ? place.name : `${place.name}, ${place.city}`,
      }))}
    />
  );
}

export interface Chosen {
  readonly id: string;
  readonly label: string;
}

interface Found {
  readonly items: readonly { readonly id: string }[];
}
interface Product {
  readonly kind: string;
  readonly variants: readonly {
    readonly id: string;
    readonly title: string;
    readonly sku: string;
    readonly unit: string;
  }[];
}

const findVariants = async (
  text: string,
  signal: AbortSignal,
): Promise<{ id: string; label: string; hint: string }[]> => {
  const found = await api.get<Found>('/v1/products', { q: text, limit: 6 }, signal);
  const products = await Promise.all(found.items.map(({ id }) => api.get<Product>(`/v1/products/${id}`, {}, signal)));
  for (const product of products) for (const one of product.variants) if (one.unit === 'weight') byWeight.add(one.id);
  return products.flatMap((product) =>
    product.kind === 'good' ? product.variants.map(({ id, title, sku }) => ({ id, label: title, hint: sku })) : [],
  );
};

/** Chooses goods by a part of the name, the article or the barcode. */
export function VariantPick({
  value,
  onChange,
  label,
  ...rest
}: {
  value: Chosen | null;
  onChange: (value: Chosen | null) => void;
  label?: string;
  'aria-label'?: string;
  'data-autofocus'?: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  return (
    <Pick
      of="goods"
      find={findVariants}
      value={value}
      onChange={onChange}
      placeholder={say('screen.stock.search')}
      {...(label === undefined ? {} : { label })}
      {...rest}
    />
  );
}

/** Pieces as they are counted, goods by weight in kilogrammes. */
export function Quantity({ id, of, signed = false }: { id: string; of: number; signed?: boolean }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const variant = useVariant(id);
  const isWeight = variant?.unit === 'weight';
  const count = format.number(isWeight ? of / 1_000 : of);
  const text = signed && of > 0 ? `+${count}` : count.replace('-', '−');
  return <>{isWeight ? say('screen.stock.kg', { count: text }) : text}</>;
}

export function useRefresh(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    client.invalidateQueries({
      predicate: ({ queryKey: [first] }) => typeof first === 'string' && first.startsWith('/v1/stock'),
    });
}
