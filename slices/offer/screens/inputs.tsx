import { ActionIcon, MultiSelect, NumberInput, Pill, TagsInput, TextInput, type NumberInputProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { api, DayInput, Pick, useFormat, useWords } from '@ruslo/ui';
import { useQueries, useQuery } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { Category } from './find.ts';
import { fromWall, toWall } from './model.ts';
import classes from './offer.module.css';

type Base = Omit<NumberInputProps, 'value' | 'onChange'>;

/** A whole number, or nothing. */
export function WholeInput({
  whole,
  onChange,
  ...rest
}: Base & { whole: number | undefined; onChange: (whole: number | undefined) => void }): React.JSX.Element {
  return (
    <NumberInput
      hideControls
      min={0}
      allowDecimal={false}
      thousandSeparator=" "
      {...rest}
      value={whole ?? ''}
      onChange={(value) => {
        const number = typeof value === 'number' ? value : Number.parseInt(value, 10);
        onChange(Number.isSafeInteger(number) ? number : undefined);
      }}
    />
  );
}

/** An hour and a minute, written the same in every language; an unfinished one is not yet one. */
export function ClockInput({
  label,
  clock,
  onChange,
}: {
  label: string;
  clock: string;
  onChange: (clock: string) => void;
}): React.JSX.Element {
  const [text, setText] = useState(clock);
  const [shown, setShown] = useState(clock);
  if (clock !== shown) {
    setShown(clock);
    setText(clock);
  }
  return (
    <TextInput
      label={label}
      placeholder="00:00"
      inputMode="numeric"
      maxLength={5}
      value={text}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        if (next === '' || /^([01]\d|2[0-3]):[0-5]\d$/.test(next)) {
          setShown(next);
          onChange(next);
        }
      }}
      onBlur={() => setText(clock)}
    />
  );
}

/** A moment on the reader's own clock: a day, and when on that day. */
export function MomentInput({
  label,
  clockLabel,
  at,
  onChange,
  isEnd = false,
  error,
}: {
  label: string;
  clockLabel: string;
  at: string | null;
  onChange: (at: string | null) => void;
  /** A day that is chosen as an end is meant to its last minute. */
  isEnd?: boolean;
  error?: string | undefined;
}): React.JSX.Element {
  const { zone } = useFormat();
  const [day = '', clock = ''] = toWall(at, zone).split('T');
  return (
    <div>
      <div className={classes.moment} data-clock={day === '' ? undefined : true}>
        <DayInput
          label={label}
          value={day}
          onChange={(next) =>
            onChange(
              next === '' ? null : fromWall(`${next}T${clock === '' ? (isEnd ? '23:59' : '00:00') : clock}`, zone),
            )
          }
        />
        {day !== '' && (
          <ClockInput
            label={clockLabel}
            clock={clock}
            onChange={(next) => onChange(fromWall(`${day}T${next === '' ? '00:00' : next}`, zone))}
          />
        )}
      </div>
      {error !== undefined && <p className={classes.error}>{error}</p>}
    </div>
  );
}

/** Several of very many: what is chosen by name, and a box that adds one more. */
export function PickMany({
  of,
  label,
  ids,
  find,
  read,
  onChange,
}: {
  of: string;
  label: string;
  ids: readonly string[];
  find: React.ComponentProps<typeof Pick>['find'];
  read: (id: string, signal: AbortSignal) => Promise<string>;
  onChange: (ids: string[]) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const [added, setAdded] = useState(0);
  const [known, setKnown] = useState<Readonly<Record<string, string>>>({});
  // Of a rule for ten thousand products not every name is asked.
  const shown = ids.slice(0, 30);
  const names = useQueries({
    queries: shown.map((id) => ({
      queryKey: ['offer-name', of, id],
      queryFn: ({ signal }: { signal: AbortSignal }) => read(id, signal),
      enabled: known[id] === undefined,
      staleTime: 300_000,
      retry: false,
    })),
  });
  return (
    <div className={classes.many}>
      <Pick
        key={added}
        of={of}
        label={label}
        find={find}
        placeholder={say('screen.offer.pick.add')}
        value={null}
        onChange={(one) => {
          if (one === null || ids.includes(one.id)) return;
          setKnown({ ...known, [one.id]: one.label });
          setAdded(added + 1);
          onChange([...ids, one.id]);
        }}
      />
      {ids.length > 0 && (
        <div className={classes.pills}>
          {shown.map((id, index) => (
            <Pill
              key={id}
              withRemoveButton
              removeButtonProps={{ 'aria-label': say('ui.delete'), tabIndex: 0 }}
              onRemove={() => onChange(ids.filter((one) => one !== id))}
            >
              {known[id] ?? names[index]?.data ?? id.slice(0, 8)}
            </Pill>
          ))}
          {ids.length > shown.length && (
            <span className="dim">{say('screen.offer.pick.more', { count: ids.length - shown.length })}</span>
          )}
        </div>
      )}
    </div>
  );
}

export function useCategories(): readonly Category[] {
  return (
    useQuery({
      queryKey: ['offer-categories'],
      queryFn: ({ signal }) => api.get<{ items: readonly Category[] }>('/v1/categories', {}, signal),
      staleTime: 60_000,
    }).data?.items ?? []
  );
}

export function CategoryInput({
  label,
  ids,
  onChange,
}: {
  label: string;
  ids: readonly string[];
  onChange: (ids: string[]) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const categories = useCategories();
  const names = new Map(categories.map((one) => [one.id, one.name]));
  const data = categories.map((one) => ({
    value: one.id,
    label:
      one.path
        .map((id) => names.get(id) ?? '')
        .filter((name) => name !== '')
        .join(' › ') || one.name,
  }));
  const lost = ids.filter((id) => !names.has(id)).map((id) => ({ value: id, label: id.slice(0, 8) }));
  return (
    <MultiSelect
      label={label}
      searchable
      limit={60}
      hidePickedOptions
      data={[...data, ...lost]}
      value={[...ids]}
      onChange={onChange}
      nothingFoundMessage={say('ui.pick.none')}
    />
  );
}

interface Facets {
  readonly facets: readonly { readonly key: string; readonly values: readonly { readonly value: string }[] }[];
}

/** Brands by name; what is typed is looked for among those that are sold. */
export function BrandInput({
  label,
  brands,
  onChange,
}: {
  label: string;
  brands: readonly string[];
  onChange: (brands: string[]) => void;
}): React.JSX.Element {
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const found = useQuery({
    queryKey: ['offer-brands', asked],
    queryFn: ({ signal }) => api.get<Facets>('/v1/products', { q: asked, limit: 1 }, signal),
    enabled: asked !== '',
    staleTime: 60_000,
  });
  const data = found.data?.facets.find((facet) => facet.key === 'brand')?.values.map((one) => one.value) ?? [];
  return (
    <TagsInput
      label={label}
      data={data}
      searchValue={text}
      onSearchChange={setText}
      value={[...brands]}
      onChange={onChange}
      acceptValueOnBlur
    />
  );
}

/** Takes a row away. */
export function Remove({ label, onClick }: { label: string; onClick: () => void }): React.JSX.Element {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} onClick={onClick}>
      <IconX size={16} />
    </ActionIcon>
  );
}
