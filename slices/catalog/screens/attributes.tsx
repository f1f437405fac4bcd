import { Badge, Button, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import {
  api,
  Ask,
  Code,
  Empty,
  Failing,
  FormDialog,
  PageHead,
  Sheet,
  tellDone,
  useCan,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Attribute } from './model.ts';
import { textOf, useRefresh } from './parts.tsx';
import { Yes } from './product-form.tsx';
import classes from './catalog.module.css';

const types = ['option', 'text', 'number', 'boolean'] as const;

/** What is told of products beyond name and price: declared, typed, and used as filters. */
export default function Attributes(): React.JSX.Element {
  const { say, locale } = useWords();
  const can = useCan();
  const { search, setSearch, href } = usePlace();
  const [adding, setAdding] = useState(false);
  const found = useQuery({
    queryKey: ['/v1/product-attributes'],
    queryFn: ({ signal }) => api.get<{ items: Attribute[] }>('/v1/product-attributes', {}, signal),
  });
  const items = found.data?.items ?? [];
  const isMine = can('catalog.manage');
  const chosen = items.find((one) => one.key === search['attribute']);
  const add = isMine && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      {say('screen.catalog.attribute.add')}
    </Button>
  );
  return (
    <>
      <PageHead title={say('screen.catalog.attribute.title')} about={say('screen.catalog.attribute.about')}>
        {add}
      </PageHead>
      {found.error !== null && found.data === undefined ? (
        <Failing error={found.error} retry={() => void found.refetch()} />
      ) : found.data === undefined ? (
        <Wait />
      ) : items.length === 0 ? (
        <Empty title={say('screen.catalog.attribute.none')} about={say('screen.catalog.attribute.none.about')}>
          {add}
        </Empty>
      ) : (
        <Sheet
          rows={items}
          keyOf={(one) => one.key}
          label={say('screen.catalog.attribute.title')}
          {...(isMine
            ? { hrefOf: (one: Attribute) => href('/settings/product-attributes', { attribute: one.key }) }
            : {})}
          chosen={chosen?.key}
          columns={[
            {
              title: say('screen.catalog.name'),
              render: (one) => (one.measure === null ? one.label[locale] : `${one.label[locale]}, ${one.measure}`),
            },
            { title: say('screen.catalog.attribute.key'), spare: true, render: (one) => <Code text={one.key} /> },
            {
              title: say('screen.catalog.attribute.type'),
              render: (one) => say(`screen.catalog.attribute.type.${one.type}`),
            },
            {
              title: say('screen.catalog.attribute.level'),
              render: (one) => say(`screen.catalog.attribute.level.${one.level}`),
            },
            {
              title: say('screen.catalog.attribute.facet'),
              spare: true,
              render: (one) => say(one.facetable ? 'screen.catalog.yes' : 'screen.catalog.no'),
            },
            {
              title: say('screen.catalog.attribute.options'),
              spare: true,
              render: (one) =>
                one.options.slice(0, 5).map((option) => (
                  <Badge key={option} color="gray" mr={4}>
                    {option}
                  </Badge>
                )),
            },
          ]}
        />
      )}
      {adding && <AttributeForm onClose={() => setAdding(false)} />}
      {chosen !== undefined && isMine && (
        <AttributeForm key={chosen.key} attribute={chosen} onClose={() => setSearch({ attribute: null })} />
      )}
    </>
  );
}

function AttributeForm({ attribute, onClose }: { attribute?: Attribute; onClose: () => void }): React.JSX.Element {
  const { say, locale } = useWords();
  const refresh = useRefresh();
  const [type, setType] = useState<Attribute['type']>(attribute?.type ?? 'option');
  const [options, setOptions] = useState<string[]>(attribute?.options ?? []);
  const [removing, setRemoving] = useState(false);
  const submit = async (form: FormData): Promise<void> => {
    const ru = textOf(form, 'ru');
    const body = {
      label: { ru, en: textOf(form, 'en') || ru },
      measure: textOf(form, 'measure') || null,
      options: type === 'option' ? options : [],
      facetable: form.has('facetable'),
      sort: Number(textOf(form, 'sort') || 0),
    };
    if (attribute === undefined)
      await api.post('/v1/product-attributes', {
        ...body,
        key: textOf(form, 'key'),
        type,
        level: textOf(form, 'level'),
      });
    else await api.patch(`/v1/product-attributes/${attribute.key}`, body);
    await refresh();
    tellDone(say('screen.catalog.saved'));
  };
  if (removing && attribute !== undefined)
    return (
      <Ask
        title={say('screen.catalog.attribute.remove')}
        consequence={say('screen.catalog.attribute.remove.about', { name: attribute.label[locale] })}
        act={say('ui.delete')}
        run={async () => {
          await api.delete(`/v1/product-attributes/${attribute.key}`);
          await refresh();
        }}
        onClose={onClose}
      />
    );
  return (
    <FormDialog
      title={attribute?.label[locale] ?? say('screen.catalog.attribute.new')}
      act={say('ui.save')}
      submit={submit}
      onClose={onClose}
    >
      <div className={classes.pair}>
        <TextInput
          name="ru"
          label={say('screen.catalog.attribute.ru')}
          defaultValue={attribute?.label.ru ?? ''}
          required
          withAsterisk={false}
          maxLength={120}
          data-autofocus
        />
        <TextInput
          name="en"
          label={say('screen.catalog.attribute.en')}
          defaultValue={attribute?.label.en ?? ''}
          maxLength={120}
        />
      </div>
      {attribute === undefined && (
        <>
          <TextInput
            name="key"
            label={say('screen.catalog.attribute.key')}
            description={say('screen.catalog.attribute.key.about')}
            pattern="[a-z0-9][a-z0-9_\-]{0,59}"
            required
            withAsterisk={false}
          />
          <div className={classes.pair}>
            <Select
              label={say('screen.catalog.attribute.type')}
              data={types.map((one) => ({ value: one, label: say(`screen.catalog.attribute.type.${one}`) }))}
              value={type}
              onChange={(value) => setType(types.find((one) => one === value) ?? 'option')}
              allowDeselect={false}
            />
            <Select
              name="level"
              label={say('screen.catalog.attribute.level')}
              data={['product', 'variant'].map((level) => ({
                value: level,
                label: say(`screen.catalog.attribute.level.${level}`),
              }))}
              defaultValue="product"
              allowDeselect={false}
            />
          </div>
        </>
      )}
      {type === 'option' && (
        <TagsInput label={say('screen.catalog.attribute.options')} value={options} onChange={setOptions} />
      )}
      <div className={classes.pair}>
        <TextInput
          name="measure"
          label={say('screen.catalog.attribute.measure')}
          defaultValue={attribute?.measure ?? ''}
          maxLength={20}
        />
        <NumberInput
          name="sort"
          label={say('screen.catalog.sort-order')}
          min={0}
          max={100_000}
          defaultValue={attribute?.sort ?? 0}
        />
      </div>
      <Yes name="facetable" label={say('screen.catalog.attribute.facet.long')} on={attribute?.facetable ?? true} />
      {attribute !== undefined && (
        <Button variant="subtle" color="red" className={classes.danger ?? ''} onClick={() => setRemoving(true)}>
          {say('screen.catalog.attribute.remove')}
        </Button>
      )}
    </FormDialog>
  );
}
