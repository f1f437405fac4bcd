import { Loader, Select, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Found } from './screen.ts';
import { useWords } from './words.ts';

type PickProps = Omit<SelectProps, 'data' | 'value' | 'onChange' | 'searchValue' | 'onSearchChange'> & {
  /** Name of what is asked, for the cache: `products`. */
  readonly of: string;
  readonly find: (text: string, signal: AbortSignal) => Promise<readonly Omit<Found, 'path'>[]>;
  /** What is chosen: id and how it is called. */
  readonly value: { readonly id: string; readonly label: string } | null;
  readonly onChange: (value: { readonly id: string; readonly label: string; readonly hint: string } | null) => void;
};

/** Chooses one of very many by typing a part of it: a product, a customer, a place. */
export function Pick({ of, find, value, onChange, ...rest }: PickProps): React.JSX.Element {
  const { say } = useWords();
  const [text, setText] = useState(value?.label ?? '');
  const [asked] = useDebouncedValue(text, 180);
  const found = useQuery({
    queryKey: ['pick', of, asked],
    queryFn: ({ signal }) => find(asked === value?.label ? '' : asked, signal),
    placeholderData: (old) => old,
  });
  const items = found.data ?? [];
  const shown =
    value === null || items.some((item) => item.id === value.id) ? items : [{ ...value, hint: '' }, ...items];
  return (
    <Select
      searchable
      clearable
      {...rest}
      data={shown.map((item) => ({ value: item.id, label: item.label }))}
      filter={({ options }) => options}
      value={value?.id ?? null}
      searchValue={text}
      onSearchChange={setText}
      onChange={(id) => {
        const item = shown.find((one) => one.id === id);
        onChange(item === undefined ? null : item);
      }}
      nothingFoundMessage={found.isFetching ? say('ui.loading') : say('ui.pick.none')}
      rightSection={found.isFetching ? <Loader size={14} /> : undefined}
      renderOption={({ option }) => {
        const item = shown.find((one) => one.id === option.value);
        return (
          <span>
            {option.label} <span className="dim">{item?.hint}</span>
          </span>
        );
      }}
    />
  );
}
