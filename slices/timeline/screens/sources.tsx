import { Button, Select, TextInput } from '@mantine/core';
import {
  ChannelMark,
  Ago,
  Empty,
  Listed,
  FormDialog,
  Light,
  PageHead,
  Sheet,
  api,
  useCan,
  useFormat,
  useList,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { sourceKinds } from '../source-kind.ts';
import type { Source } from './model.ts';
import { lights } from './light.ts';
import { SourceDrawer } from './source.tsx';

/** Sources: from where events come, and whether they come. */
export default function Sources(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { search, setSearch, href } = usePlace();
  const [adding, setAdding] = useState(false);
  const list = useList<Source>('/v1/sources', {}, { limit: 200, refetchMs: 10_000 });
  const chosen = list.items.find((source) => source.id === search['source']);
  return (
    <>
      <PageHead title={say('screen.timeline.source.title')} about={say('screen.timeline.source.about')}>
        {can('source.manage') && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
            {say('screen.timeline.source.add')}
          </Button>
        )}
      </PageHead>
      <Listed
        list={list}
        count={list.items.length}
        wait={<Wait rows={8} />}
        none={
          <Empty title={say('screen.timeline.source.none')} about={say('screen.timeline.source.none.about')}>
            <Button onClick={() => setAdding(true)}>{say('screen.timeline.source.add')}</Button>
          </Empty>
        }
      >
        <Sheet
          rows={list.items}
          keyOf={(source) => source.id}
          label={say('screen.timeline.source.title')}
          hrefOf={(source) => href('/settings/sources', { source: source.id })}
          chosen={search['source']}
          off={(source) => !source.enabled}
          columns={[
            {
              title: say('screen.timeline.source.name'),
              render: (source) => (
                <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
                  <ChannelMark channel={source.channel} size={22} /> {source.name}
                </span>
              ),
            },
            {
              title: say('screen.timeline.source.kind'),
              render: (source) => say(`screen.timeline.source.kind.${source.kind}`),
              spare: true,
            },
            { title: say('screen.timeline.source.owner'), render: (source) => source.owner, spare: true },
            {
              title: say('screen.timeline.source.health'),
              render: (source) =>
                source.enabled ? (
                  <Light state={lights[source.health]} label={say(`screen.timeline.source.health.${source.health}`)} />
                ) : (
                  <Light state="none" label={say('screen.timeline.source.off')} />
                ),
            },
            {
              title: say('screen.timeline.source.rate'),
              align: 'right',
              render: (source) => format.number(Math.round(source.eventsPerMinute * 10) / 10),
              spare: true,
            },
            {
              title: say('screen.timeline.source.rejected'),
              align: 'right',
              render: (source) => format.number(source.rejectedLastHour),
              spare: true,
            },
            {
              title: say('screen.timeline.source.seen'),
              align: 'right',
              render: (source) => <Ago at={source.lastSeenAt} />,
            },
          ]}
        />
      </Listed>
      {adding && <NewSource onClose={() => setAdding(false)} onMade={(id) => setSearch({ source: id })} />}
      {chosen !== undefined && (
        <SourceDrawer key={chosen.id} source={chosen} onClose={() => setSearch({ source: null })} />
      )}
    </>
  );
}

function NewSource({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  return (
    <FormDialog
      title={say('screen.timeline.source.new')}
      act={say('screen.timeline.source.create')}
      onClose={onClose}
      submit={async (form) => {
        const made = await api.post<Source>('/v1/sources', {
          name: form.get('name'),
          kind: form.get('kind'),
          owner: form.get('owner') ?? '',
        });
        await client.invalidateQueries({ queryKey: ['/v1/sources'] });
        onMade(made.id);
      }}
    >
      <TextInput
        name="name"
        label={say('screen.timeline.source.name')}
        placeholder={say('screen.timeline.source.name.example')}
        required
        withAsterisk={false}
        maxLength={120}
        data-autofocus
      />
      <Select
        name="kind"
        label={say('screen.timeline.source.kind')}
        description={say('screen.timeline.source.kind.about')}
        data={sourceKinds.map((kind) => ({ value: kind, label: say(`screen.timeline.source.kind.${kind}`) }))}
        defaultValue="site"
        comboboxProps={{ withinPortal: true }}
      />
      <TextInput
        name="owner"
        label={say('screen.timeline.source.owner')}
        description={say('screen.timeline.source.owner.about')}
        maxLength={120}
      />
    </FormDialog>
  );
}
