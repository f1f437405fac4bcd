import { MultiSelect, NumberInput, Select, type NumberInputProps } from '@mantine/core';
import { api, useWords } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';

type Base = Omit<NumberInputProps, 'value' | 'onChange'>;

/** Whole days, or nothing. */
export function DaysInput({
  days,
  onChange,
  ...rest
}: Base & { days: number | null; onChange: (days: number | null) => void }): React.JSX.Element {
  return (
    <NumberInput
      hideControls
      min={0}
      max={3_650}
      allowDecimal={false}
      {...rest}
      value={days ?? ''}
      onChange={(value) => onChange(typeof value === 'number' ? value : null)}
    />
  );
}

interface Category {
  readonly id: string;
  readonly name: string;
  readonly path: readonly string[];
}

function useCategories(ids: readonly string[]): { value: string; label: string }[] {
  const found = useQuery({
    queryKey: ['loyalty-categories'],
    queryFn: ({ signal }) => api.get<{ items: readonly Category[] }>('/v1/categories', {}, signal),
    staleTime: 60_000,
  });
  const items = found.data?.items ?? [];
  const names = new Map(items.map((one) => [one.id, one.name]));
  return [
    ...items.map((one) => ({
      value: one.id,
      label:
        one.path
          .map((id) => names.get(id) ?? '')
          .filter((name) => name !== '')
          .join(' › ') || one.name,
    })),
    ...ids.filter((id) => !names.has(id)).map((id) => ({ value: id, label: id.slice(0, 8) })),
  ];
}

export function CategoryInput({
  label,
  description,
  ids,
  onChange,
}: {
  label: string;
  description?: string;
  ids: readonly string[];
  onChange: (ids: string[]) => void;
}): React.JSX.Element {
  const { say } = useWords();
  return (
    <MultiSelect
      label={label}
      {...(description === undefined ? {} : { description })}
      searchable
      limit={60}
      hidePickedOptions
      data={useCategories(ids)}
      value={[...ids]}
      onChange={onChange}
      nothingFoundMessage={say('ui.pick.none')}
    />
  );
}

export function CategorySelect({
  label,
  id,
  onChange,
  clearable = false,
}: {
  label: string;
  id: string | null;
  onChange: (id: string | null) => void;
  clearable?: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  return (
    <Select
      aria-label={label}
      placeholder={label}
      searchable
      clearable={clearable}
      limit={60}
      data={useCategories(id === null ? [] : [id])}
      value={id}
      onChange={onChange}
      nothingFoundMessage={say('ui.pick.none')}
    />
  );
}
