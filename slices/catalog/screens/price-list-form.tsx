import { MultiSelect, NumberInput, TagsInput, TextInput } from '@mantine/core';
import { api, dayKey, DayInput, FormDialog, tellDone, useChannelName, usePlace, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { codeFrom, momentOf, sellingChannels, type PriceList } from './model.ts';
import { textOf, useRefresh } from './parts.tsx';
import classes from './catalog.module.css';

/** A price list: where, to whom and when it is instead of the price everywhere. */
export function PriceListForm({ list, onClose }: { list?: PriceList; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const nameOf = useChannelName();
  const { go } = usePlace();
  const refresh = useRefresh();
  const [name, setName] = useState(list?.name ?? '');
  const [code, setCode] = useState<string>();
  const [channels, setChannels] = useState<string[]>(list?.channels ?? []);
  const [groups, setGroups] = useState<string[]>(list?.customerGroups ?? []);
  const isDefault = list?.priority === 0;
  const submit = async (form: FormData): Promise<void> => {
    const body = {
      name: name.trim(),
      ...(isDefault
        ? {}
        : {
            priority: Number(textOf(form, 'priority') || 100),
            channels,
            customerGroups: groups,
            from: momentOf(textOf(form, 'from')),
            until: momentOf(textOf(form, 'until')),
          }),
    };
    if (list === undefined) {
      const made = await api.post<PriceList>('/v1/price-lists', { ...body, code: textOf(form, 'code') });
      go(`/prices/${made.id}`);
    } else await api.patch(`/v1/price-lists/${list.id}`, body);
    await refresh();
    tellDone(say('screen.catalog.saved'));
  };
  return (
    <FormDialog
      title={say(list === undefined ? 'screen.catalog.list.new' : 'screen.catalog.list.change')}
      act={say('ui.save')}
      submit={submit}
      onClose={onClose}
    >
      <TextInput
        label={say('screen.catalog.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        withAsterisk={false}
        maxLength={120}
        data-autofocus
      />
      {list === undefined && (
        <TextInput
          name="code"
          label={say('screen.catalog.code')}
          value={code ?? codeFrom(name)}
          onChange={(event) => setCode(event.currentTarget.value)}
          pattern="[a-z0-9][a-z0-9\-]*"
          required
          withAsterisk={false}
        />
      )}
      {!isDefault && (
        <>
          <MultiSelect
            label={say('screen.catalog.list.channels')}
            placeholder={channels.length === 0 ? say('screen.catalog.list.everywhere-short') : ''}
            data={[...new Set([...sellingChannels, ...channels])].map((channel) => ({
              value: channel,
              label: nameOf(channel),
            }))}
            value={channels}
            onChange={setChannels}
          />
          <TagsInput
            label={say('screen.catalog.list.groups')}
            placeholder={groups.length === 0 ? say('screen.catalog.list.everybody') : ''}
            value={groups}
            onChange={setGroups}
          />
          <div className={classes.pair}>
            <DayInput
              name="from"
              label={say('screen.catalog.list.from')}
              defaultValue={list?.from === null || list === undefined ? '' : dayKey(list.from)}
            />
            <DayInput
              name="until"
              label={say('screen.catalog.list.until')}
              defaultValue={list?.until === null || list === undefined ? '' : dayKey(list.until)}
            />
          </div>
          <NumberInput
            name="priority"
            label={say('screen.catalog.list.priority')}
            description={say('screen.catalog.list.priority.about')}
            min={1}
            max={1_000_000}
            defaultValue={list?.priority ?? 100}
          />
        </>
      )}
    </FormDialog>
  );
}
