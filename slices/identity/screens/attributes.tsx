import { Badge, Button, Select, TagsInput, TextInput } from '@mantine/core';
import {
  api,
  Ask,
  Code,
  Empty,
  Listed,
  FormDialog,
  PageHead,
  Sheet,
  useList,
  usePlace,
  useWords,
  type Page,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Attribute, AttributeType } from './model.ts';
import classes from './settings.module.css';

const types: readonly AttributeType[] = ['text', 'number', 'money', 'date', 'list'];

/** Attributes: what the company itself wants to know of people, declared and typed. */
export default function Attributes(): React.JSX.Element {
  const { say, locale } = useWords();
  const { search, setSearch, href } = usePlace();
  const list = useList<Attribute>('/v1/attributes', {}, { limit: 200 });
  const [adding, setAdding] = useState<string>();
  const undeclared = useQuery({
    queryKey: ['undeclared'],
    queryFn: ({ signal }) =>
      api.get<Page<Attribute> & { undeclared?: readonly string[] }>('/v1/attributes', {}, signal),
  }).data?.undeclared;
  const chosen = list.items.find((each) => each.key === search['attribute']);
  return (
    <>
      <PageHead title={say('screen.identity.attribute.title')} about={say('screen.identity.attribute.about')}>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding('')}>
          {say('screen.identity.attribute.add')}
        </Button>
      </PageHead>
      {undeclared !== undefined && undeclared.length > 0 && (
        <div className={classes.hint}>
          <span className="dim">{say('screen.identity.attribute.undeclared')}</span>
          {undeclared.slice(0, 12).map((key) => (
            <Button
              key={key}
              size="compact-xs"
              variant="default"
              leftSection={<IconPlus size={12} />}
              onClick={() => setAdding(key)}
            >
              {key}
            </Button>
          ))}
        </div>
      )}
      <Listed
        list={list}
        count={list.items.length}
        none={
          <Empty title={say('screen.identity.attribute.empty')} about={say('screen.identity.attribute.empty.about')}>
            <Button onClick={() => setAdding('')}>{say('screen.identity.attribute.add')}</Button>
          </Empty>
        }
      >
        <Sheet
          rows={list.items}
          keyOf={(each) => each.key}
          label={say('screen.identity.attribute.title')}
          hrefOf={(each) => href('/settings/attributes', { attribute: each.key })}
          chosen={search['attribute']}
          columns={[
            { title: say('screen.identity.attribute.label'), render: (each) => each.label[locale] },
            { title: say('screen.identity.attribute.key'), render: (each) => <Code text={each.key} /> },
            {
              title: say('screen.identity.attribute.type'),
              render: (each) => say(`screen.identity.attribute.type.${each.type}`),
            },
            {
              title: say('screen.identity.attribute.options'),
              spare: true,
              render: (each) => (
                <span className={classes.badges}>
                  {each.options.slice(0, 6).map((option) => (
                    <Badge key={option} color="gray">
                      {option}
                    </Badge>
                  ))}
                </span>
              ),
            },
          ]}
        />
      </Listed>
      {adding !== undefined && <Declare suggested={adding} onClose={() => setAdding(undefined)} />}
      {chosen !== undefined && (
        <Change key={chosen.key} attribute={chosen} onClose={() => setSearch({ attribute: null })} />
      )}
    </>
  );
}

function useRefresh(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['/v1/attributes'] }),
      client.invalidateQueries({ queryKey: ['undeclared'] }),
    ]);
}

const textOf = (form: FormData, key: string): string => {
  const value = form.get(key);
  return typeof value === 'string' ? value.trim() : '';
};

function Labels({ attribute }: { attribute?: Attribute }): React.JSX.Element {
  const { say } = useWords();
  return (
    <div className={classes.pair}>
      <TextInput
        name="ru"
        label={say('screen.identity.attribute.label.ru')}
        defaultValue={attribute?.label.ru ?? ''}
        required
        withAsterisk={false}
        maxLength={80}
        data-autofocus
      />
      <TextInput
        name="en"
        label={say('screen.identity.attribute.label.en')}
        defaultValue={attribute?.label.en ?? ''}
        placeholder={say('screen.identity.attribute.label.same')}
        maxLength={80}
      />
    </div>
  );
}

const labelOf = (form: FormData): { ru: string; en: string } => ({
  ru: textOf(form, 'ru'),
  en: textOf(form, 'en') || textOf(form, 'ru'),
});

function Declare({ suggested, onClose }: { suggested: string; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const refresh = useRefresh();
  const [type, setType] = useState<AttributeType>('text');
  const [options, setOptions] = useState<string[]>([]);
  const takesOptions = type === 'text' || type === 'list';
  return (
    <FormDialog
      title={say('screen.identity.attribute.new')}
      act={say('screen.identity.attribute.create')}
      onClose={onClose}
      submit={async (form) => {
        await api.post('/v1/attributes', {
          key: textOf(form, 'key'),
          label: labelOf(form),
          type,
          ...(takesOptions && options.length > 0 ? { options } : {}),
        });
        await refresh();
      }}
    >
      <Labels />
      <TextInput
        name="key"
        label={say('screen.identity.attribute.key')}
        description={say('screen.identity.attribute.key.about')}
        defaultValue={suggested}
        required
        withAsterisk={false}
        pattern="[A-Za-z][A-Za-z0-9_.\-]{0,59}"
        maxLength={60}
      />
      <Select
        label={say('screen.identity.attribute.type')}
        data={types.map((each) => ({ value: each, label: say(`screen.identity.attribute.type.${each}`) }))}
        value={type}
        onChange={(value) => setType((value ?? 'text') as AttributeType)}
      />
      {takesOptions && (
        <TagsInput
          label={say('screen.identity.attribute.options')}
          description={say('screen.identity.attribute.options.about')}
          value={options}
          onChange={setOptions}
        />
      )}
    </FormDialog>
  );
}

function Change({ attribute, onClose }: { attribute: Attribute; onClose: () => void }): React.JSX.Element {
  const { say, locale } = useWords();
  const refresh = useRefresh();
  const [options, setOptions] = useState<string[]>(attribute.options);
  const [removing, setRemoving] = useState(false);
  if (removing) {
    return (
      <Ask
        title={say('screen.identity.attribute.remove')}
        consequence={say('screen.identity.attribute.remove.consequence', { name: attribute.label[locale] })}
        act={say('ui.delete')}
        run={async () => {
          await api.delete(`/v1/attributes/${encodeURIComponent(attribute.key)}`);
          await refresh();
        }}
        onClose={onClose}
      />
    );
  }
  return (
    <FormDialog
      title={attribute.label[locale]}
      act={say('ui.save')}
      onClose={onClose}
      submit={async (form) => {
        await api.patch(`/v1/attributes/${encodeURIComponent(attribute.key)}`, { label: labelOf(form), options });
        await refresh();
      }}
    >
      <p className={classes.note}>
        <Code text={attribute.key} /> · {say(`screen.identity.attribute.type.${attribute.type}`)}.{' '}
        {say('screen.identity.attribute.fixed')}
      </p>
      <Labels attribute={attribute} />
      {(attribute.type === 'text' || attribute.type === 'list') && (
        <TagsInput
          label={say('screen.identity.attribute.options')}
          description={say('screen.identity.attribute.options.about')}
          value={options}
          onChange={setOptions}
        />
      )}
      <Button variant="subtle" color="red" onClick={() => setRemoving(true)} className={classes.aside ?? ''}>
        {say('screen.identity.attribute.remove')}
      </Button>
    </FormDialog>
  );
}
