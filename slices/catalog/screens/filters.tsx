import { Button, Popover, Select } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { api, MoneyInput, useFormat, usePlace, useWords, type Search as Address } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Search } from './model.ts';
import classes from './catalog.module.css';

const fixed = ['category', 'brand', 'state', 'sort', 'priceFrom', 'priceTo'] as const;
const sorts = ['relevance', 'popular', 'price', '-price', 'title', 'newest'] as const;

/** Keys of the address that the list is filtered by: the fixed ones and every attribute. */
export const filterKeys = (search: Address): string[] => [
  ...fixed,
  ...Object.keys(search).filter((key) => key.startsWith('attribute.')),
];

/** Counts, facets and how the words were read; the list's pages do not repeat them. */
function useFacets(): Search | undefined {
  const { search } = usePlace();
  const query = Object.fromEntries(['q', ...filterKeys(search)].map((key) => [key, search[key]]));
  return useQuery({
    queryKey: ['/v1/products', 'facets', query],
    queryFn: ({ signal }) => api.get<Search>('/v1/products', { ...query, limit: 1 }, signal),
    placeholderData: (old) => old,
  }).data;
}

/** Filters by what there is, with how many of each; and what was found. */
export function FilterTools(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { search, setSearch } = usePlace();
  const found = useFacets();
  const facets = found?.facets ?? [];
  const used = filterKeys(search).filter((key) => key !== 'state' && (search[key] ?? '') !== '').length;
  const labelOf = (key: string, label: string | null): string =>
    label ??
    (key === 'category' ? say('screen.catalog.category') : key === 'brand' ? say('screen.catalog.brand') : key);
  // A value that is chosen stays to be seen even when nothing is left of it.
  const chosenOnly = filterKeys(search).filter(
    (key) =>
      (key === 'category' || key === 'brand' || key.startsWith('attribute.')) &&
      (search[key] ?? '') !== '' &&
      !facets.some((facet) => facet.key === key),
  );
  return (
    <>
      <Popover position="bottom-start" width="auto" withinPortal trapFocus>
        <Popover.Target>
          <Button variant={used > 0 ? 'light' : 'default'} leftSection={<IconFilter size={16} />}>
            {used > 0 ? say('screen.catalog.filter.used', { count: used }) : say('screen.catalog.filter')}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <div className={classes.filters}>
            {[
              ...facets,
              ...chosenOnly.map((key) => ({
                key,
                label: null,
                values: [{ value: search[key] ?? '', label: search[key] ?? '', count: 0 }],
              })),
            ].map((facet) => (
              <Select
                key={facet.key}
                label={labelOf(facet.key, facet.label)}
                placeholder={say('screen.catalog.filter.any')}
                clearable
                searchable={facet.values.length > 8}
                data={facet.values.map(({ value, label, count }) => ({
                  value,
                  label: count === 0 ? label : `${label} · ${format.number(count)}`,
                }))}
                value={search[facet.key] ?? null}
                onChange={(value) => setSearch({ [facet.key]: value })}
                comboboxProps={{ withinPortal: false }}
              />
            ))}
            <div className={classes.pair}>
              <PriceBound name="priceFrom" hint={found?.price?.fromMinor} />
              <PriceBound name="priceTo" hint={found?.price?.toMinor} />
            </div>
            <Select
              label={say('screen.catalog.sort')}
              data={sorts.map((sort) => ({ value: sort, label: say(`screen.catalog.sort.${sort}`) }))}
              value={search['sort'] ?? 'relevance'}
              onChange={(sort) => setSearch({ sort: sort === 'relevance' ? null : sort })}
              allowDeselect={false}
              comboboxProps={{ withinPortal: false }}
            />
          </div>
        </Popover.Dropdown>
      </Popover>
      {found !== undefined && (
        <p className={classes.scope} role="status">
          {found.total !== null && (
            <span>
              {say(found.isEstimate ? 'screen.catalog.found.about' : 'screen.catalog.found', { count: found.total })}
            </span>
          )}
          {found.read !== null && <span>{say('screen.catalog.read', { text: found.read })}</span>}
          {found.dropped.length > 0 && <span>{say('screen.catalog.dropped', { text: found.dropped.join(' ') })}</span>}
        </p>
      )}
    </>
  );
}

function PriceBound({ name, hint }: { name: 'priceFrom' | 'priceTo'; hint: number | undefined }): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch } = usePlace();
  const format = useFormat();
  const inAddress = search[name] === undefined ? null : Number(search[name]);
  const [valueMinor, setValueMinor] = useState(inAddress);
  const write = (): void => setSearch({ [name]: valueMinor === null ? null : String(valueMinor) });
  return (
    <MoneyInput
      label={say(`screen.catalog.filter.${name}`)}
      placeholder={hint === undefined ? '' : format.money(hint)}
      valueMinor={valueMinor}
      onChange={setValueMinor}
      onBlur={write}
      onKeyDown={(event) => {
        if (event.key === 'Enter') write();
      }}
    />
  );
}
