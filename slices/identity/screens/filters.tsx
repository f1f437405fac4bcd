import { ActionIcon, Button, Indicator, NumberInput, Popover, Select, TextInput, Tooltip } from '@mantine/core';
import {
  DayInput,
  useFormat,
  channelColor,
  useCan,
  useChannelName,
  useList,
  usePlace,
  useWords,
  type Search,
} from '@ruslo/ui';
import { IconAdjustmentsHorizontal, IconX } from '@tabler/icons-react';
import { channels } from '@ruslo/kernel';
import { useState } from 'react';
import type { Attribute } from './model.ts';
import classes from './filters.module.css';

const plain = ['q', 'channel', 'lastSeenFrom', 'lastSeenTo', 'hasSuggestion', 'sort'];

/** Which parts of the address are filters of this list. */
export const filterKeys = (search: Search): string[] =>
  Object.keys(search).filter((key) => plain.includes(key) || key.startsWith('attribute.'));

const dayBack = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** Filters as chips; each lives in the address, so a link shows the same list to a colleague. */
export function Filters({ compact }: { compact: boolean }): React.JSX.Element {
  const { say, locale } = useWords();
  const { search, setSearch } = usePlace();
  const channelName = useChannelName();
  const format = useFormat();
  const attributes = useAttributes();
  const chosen = filterKeys(search).filter((key) => key !== 'q' && key !== 'sort');
  const textOf = (key: string): string => {
    const value = search[key] ?? '';
    if (key === 'channel') return channelName(value);
    if (key === 'lastSeenFrom') return say('screen.identity.filter.since', { day: format.plainDate(value) });
    if (key === 'lastSeenTo') return say('screen.identity.filter.until', { day: format.plainDate(value) });
    if (key === 'hasSuggestion') return say('screen.identity.filter.suggestion');
    const attribute = attributes.find((each) => `attribute.${each.key}` === key);
    return `${attribute?.label[locale] ?? key.slice('attribute.'.length)}: ${value}`;
  };
  return (
    <div className={classes.filters} data-compact={compact || undefined}>
      <FilterForm attributes={attributes} compact={compact} count={chosen.length} />
      {chosen.map((key) => (
        <span key={key} className={classes.chip}>
          {key === 'channel' && <i className={classes.dot} style={{ background: channelColor(search[key] ?? '') }} />}
          <span className="cut">{textOf(key)}</span>
          <button
            type="button"
            onClick={() => setSearch({ [key]: null })}
            aria-label={say('screen.identity.filter.remove', { name: textOf(key) })}
          >
            <IconX size={12} aria-hidden />
          </button>
        </span>
      ))}
    </div>
  );
}

export function useAttributes(): readonly Attribute[] {
  const can = useCan();
  return useList<Attribute>('/v1/attributes', {}, { enabled: can('customer.read'), limit: 200 }).items;
}

function FilterForm({
  attributes,
  compact,
  count,
}: {
  attributes: readonly Attribute[];
  compact: boolean;
  count: number;
}): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch } = usePlace();
  const channelName = useChannelName();
  return (
    <Popover width={300} position="bottom-start" trapFocus withinPortal>
      <Popover.Target>
        {compact ? (
          <Tooltip label={say('screen.identity.filter')}>
            <Indicator disabled={count === 0} label={count} size={14}>
              <ActionIcon variant="default" size={30} aria-label={say('screen.identity.filter')}>
                <IconAdjustmentsHorizontal size={16} />
              </ActionIcon>
            </Indicator>
          </Tooltip>
        ) : (
          <Button variant="default" leftSection={<IconAdjustmentsHorizontal size={16} />}>
            {say('screen.identity.filter')}
          </Button>
        )}
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes.form}>
          <Select
            label={say('screen.identity.filter.channel')}
            data={channels.map((channel) => ({ value: channel, label: channelName(channel) }))}
            value={search['channel'] ?? null}
            onChange={(value) => setSearch({ channel: value })}
            placeholder={say('screen.identity.filter.any')}
            clearable
            comboboxProps={{ withinPortal: false }}
          />
          <Select
            label={say('screen.identity.filter.seen')}
            data={[
              { value: 'from 1', label: say('screen.identity.filter.seen.day') },
              { value: 'from 7', label: say('screen.identity.filter.seen.week') },
              { value: 'from 30', label: say('screen.identity.filter.seen.month') },
              { value: 'to 90', label: say('screen.identity.filter.seen.asleep') },
            ]}
            value={null}
            onChange={(value) => {
              const [side, days] = (value ?? '').split(' ');
              setSearch({
                lastSeenFrom: side === 'from' ? dayBack(Number(days)) : null,
                lastSeenTo: side === 'to' ? dayBack(Number(days)) : null,
              });
            }}
            placeholder={say('screen.identity.filter.seen.choose')}
            comboboxProps={{ withinPortal: false }}
          />
          <div className={classes.pair}>
            <DayInput
              inside
              label={say('screen.identity.filter.from')}
              value={search['lastSeenFrom'] ?? ''}
              onChange={(day) => setSearch({ lastSeenFrom: day })}
            />
            <DayInput
              inside
              label={say('screen.identity.filter.to')}
              value={search['lastSeenTo'] ?? ''}
              onChange={(day) => setSearch({ lastSeenTo: day })}
            />
          </div>
          <Button
            variant={search['hasSuggestion'] === 'true' ? 'light' : 'default'}
            onClick={() => setSearch({ hasSuggestion: search['hasSuggestion'] === 'true' ? null : 'true' })}
            aria-pressed={search['hasSuggestion'] === 'true'}
          >
            {say('screen.identity.filter.suggestion')}
          </Button>
          {attributes.length > 0 && <AttributeFilter attributes={attributes} />}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function AttributeFilter({ attributes }: { attributes: readonly Attribute[] }): React.JSX.Element {
  const { say, locale } = useWords();
  const { setSearch } = usePlace();
  const [key, setKey] = useState<string | null>(null);
  const [value, setValue] = useState<string>('');
  const attribute = attributes.find((each) => each.key === key);
  const apply = (next: string): void => {
    if (key !== null && next !== '') setSearch({ [`attribute.${key}`]: next });
    setValue('');
  };
  return (
    <div className={classes.pair}>
      <Select
        label={say('screen.identity.filter.attribute')}
        data={attributes.map((each) => ({ value: each.key, label: each.label[locale] }))}
        value={key}
        onChange={setKey}
        placeholder={say('screen.identity.filter.any')}
        comboboxProps={{ withinPortal: false }}
      />
      {attribute?.type === 'list' && (attribute.options ?? []).length > 0 ? (
        <Select
          label={say('screen.identity.filter.value')}
          data={[...(attribute.options ?? [])]}
          value={null}
          onChange={(next) => apply(next ?? '')}
          comboboxProps={{ withinPortal: false }}
        />
      ) : attribute?.type === 'number' || attribute?.type === 'money' ? (
        <NumberInput
          label={say('screen.identity.filter.value')}
          value={value}
          onChange={(next) => setValue(String(next))}
          onBlur={() => apply(value)}
          hideControls
        />
      ) : (
        <TextInput
          label={say('screen.identity.filter.value')}
          type={attribute?.type === 'date' ? 'date' : 'text'}
          value={value}
          disabled={attribute === undefined}
          onChange={(event) => setValue(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') apply(value);
          }}
          onBlur={() => apply(value)}
        />
      )}
    </div>
  );
}
