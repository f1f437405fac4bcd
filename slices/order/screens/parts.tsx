import { api, newKey, Pick, useFormat, useWords, type Page } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { findPlaces, type Place } from './model.ts';

/** Units in words: «2 шт.», «1,25 кг». */
export function useUnits(): (quantity: number, unit: 'piece' | 'weight') => string {
  const { say } = useWords();
  const format = useFormat();
  return (quantity, unit) =>
    unit === 'weight'
      ? say('screen.order.unit.weight', { amount: format.number(quantity / 1_000) })
      : say('screen.order.unit.piece', { amount: format.number(quantity) });
}

/** Names of places by id; there are hundreds of them at most. */
export function usePlaceNames(): (id: string | null | undefined) => string {
  const found = useQuery({
    queryKey: ['order.places'],
    queryFn: ({ signal }) => api.get<Page<Place>>('/v1/places', { limit: 200 }, signal),
    staleTime: 300_000,
  });
  const names = new Map(found.data?.items.map((place) => [place.id, place.name]));
  return (id) => (id === null || id === undefined ? '' : (names.get(id) ?? ''));
}

/** Chooses a place by typing a part of its name or code. */
export function PlacePick({
  value,
  onChange,
  label,
  service,
  shownLabel = false,
  clearable = true,
  w,
}: {
  value: string | null | undefined;
  onChange: (id: string | null) => void;
  label: string;
  service?: string;
  /** The label stands above the box, not in it. */
  shownLabel?: boolean;
  clearable?: boolean;
  w?: number | string;
}): React.JSX.Element {
  const nameOf = usePlaceNames();
  const name = nameOf(value);
  const id = value ?? '';
  return (
    <Pick
      // Anew once the name is known, for the box writes what it began with.
      key={`${id} ${name}`}
      of={`places ${service ?? ''}`}
      find={(text, signal) => findPlaces(text, signal, service)}
      value={id === '' ? null : { id, label: name }}
      onChange={(next) => onChange(next?.id ?? null)}
      {...(shownLabel ? { label } : { 'aria-label': label, placeholder: label })}
      clearable={clearable}
      {...(w === undefined ? {} : { w })}
    />
  );
}

/**
 * The key of an act that moves money or goods: the same for the same body until this part is gone, so that a second press
 * after a lost answer does it once; another body is another act.
 */
export function useActKey(): (body: unknown) => string {
  const last = useRef({ text: '', key: '' });
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current.text !== text) last.current = { text, key: newKey() };
    return last.current.key;
  };
}
