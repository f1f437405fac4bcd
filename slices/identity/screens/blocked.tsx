import { ActionIcon, Button, Select, Textarea, TextInput } from '@mantine/core';
import {
  address,
  Ago,
  api,
  Code,
  Empty,
  Listed,
  FormDialog,
  PageHead,
  Sheet,
  tellDone,
  tellFailure,
  useList,
  useWords,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useKindName } from './identifier-part.tsx';
import type { Blocked } from './model.ts';

const kinds = [
  'phone',
  'email',
  'card',
  'user_id',
  'anonymous_id',
  'device',
  'telegram',
  'vk',
  'max',
  'whatsapp',
  'viber',
];

/** Values that may never name a person: stand-ins that cashiers and forms type. */
export default function BlockedValues(): React.JSX.Element {
  const { say } = useWords();
  const kindName = useKindName();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const list = useList<Blocked>('/v1/blocked-identifiers', {}, { limit: 200 });
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['/v1/blocked-identifiers'] });
  const free = async (each: Blocked): Promise<void> => {
    try {
      await api.delete(address('/v1/blocked-identifiers', { kind: each.kind, value: each.value }));
      await refresh();
      tellDone(say('screen.identity.blocked.freed'), async () => {
        await api.post('/v1/blocked-identifiers', { kind: each.kind, value: each.value, why: each.why });
        await refresh();
      });
    } catch (error) {
      tellFailure(error);
    }
  };
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      {say('screen.identity.blocked.add')}
    </Button>
  );
  return (
    <>
      <PageHead title={say('screen.identity.blocked.title')} about={say('screen.identity.blocked.about')}>
        {add}
      </PageHead>
      <Listed
        list={list}
        count={list.items.length}
        none={
          <Empty title={say('screen.identity.blocked.none')} about={say('screen.identity.blocked.none.about')}>
            {add}
          </Empty>
        }
      >
        <Sheet
          rows={list.items}
          keyOf={(each) => `${each.kind} ${each.value}`}
          label={say('screen.identity.blocked.title')}
          columns={[
            { title: say('screen.identity.blocked.value'), render: (each) => <Code text={each.value} /> },
            { title: say('screen.identity.blocked.kind'), render: (each) => kindName(each.kind) },
            { title: say('screen.identity.why'), render: (each) => each.why, spare: true },
            { title: say('screen.identity.blocked.since'), render: (each) => <Ago at={each.at} />, align: 'right' },
            {
              title: say('screen.identity.blocked.free'),
              width: '48px',
              align: 'right',
              render: (each) => (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  onClick={() => void free(each)}
                  aria-label={`${say('screen.identity.blocked.free')}: ${each.value}`}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              ),
            },
          ]}
        />
      </Listed>
      {adding && (
        <FormDialog
          title={say('screen.identity.blocked.new')}
          act={say('screen.identity.blocked.add')}
          onClose={() => setAdding(false)}
          submit={async (form) => {
            await api.post('/v1/blocked-identifiers', {
              kind: form.get('kind'),
              value: form.get('value'),
              why: form.get('why'),
            });
            await refresh();
          }}
        >
          <Select
            name="kind"
            label={say('screen.identity.blocked.kind')}
            data={kinds.map((kind) => ({ value: kind, label: kindName(kind) }))}
            defaultValue="phone"
          />
          <TextInput
            name="value"
            label={say('screen.identity.blocked.value')}
            required
            withAsterisk={false}
            data-autofocus
          />
          <Textarea
            name="why"
            label={say('screen.identity.why')}
            placeholder={say('screen.identity.blocked.example')}
            required
            withAsterisk={false}
            maxLength={500}
            autosize
            minRows={1}
          />
        </FormDialog>
      )}
    </>
  );
}
