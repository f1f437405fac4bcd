import { Button, NumberInput, Select, TextInput } from '@mantine/core';
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
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { codeFrom, treeRows, type Category } from './model.ts';
import { textOf, useRefresh } from './parts.tsx';
import classes from './catalog.module.css';

/** The tree of categories: add, rename, move, take out. */
export default function Categories(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { search, setSearch, href } = usePlace();
  const [adding, setAdding] = useState(false);
  const found = useQuery({
    queryKey: ['/v1/categories'],
    queryFn: ({ signal }) => api.get<{ items: Category[] }>('/v1/categories', {}, signal),
  });
  const items = found.data?.items ?? [];
  const isMine = can('catalog.manage');
  const chosen = items.find((one) => one.id === search['category']);
  const add = isMine && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      {say('screen.catalog.category.add')}
    </Button>
  );
  return (
    <>
      <PageHead title={say('screen.catalog.category.title')} about={say('screen.catalog.category.about')}>
        {add}
      </PageHead>
      {found.error !== null && found.data === undefined ? (
        <Failing error={found.error} retry={() => void found.refetch()} />
      ) : found.data === undefined ? (
        <Wait />
      ) : items.length === 0 ? (
        <Empty title={say('screen.catalog.category.none')} about={say('screen.catalog.category.none.about')}>
          {add}
        </Empty>
      ) : (
        <Sheet
          rows={treeRows(items)}
          keyOf={({ row }) => row.id}
          label={say('screen.catalog.category.title')}
          {...(isMine
            ? { hrefOf: ({ row }: { row: Category }) => href('/settings/categories', { category: row.id }) }
            : {})}
          chosen={chosen?.id}
          columns={[
            {
              title: say('screen.catalog.name'),
              render: ({ row, depth }) => (
                <span className={classes.indent} style={{ paddingLeft: depth * 20 }}>
                  {row.name}
                </span>
              ),
            },
            { title: say('screen.catalog.code'), spare: true, render: ({ row }) => <Code text={row.code} /> },
            {
              title: say('screen.catalog.category.products'),
              align: 'right',
              render: ({ row }) => format.number(row.products),
            },
          ]}
        />
      )}
      {adding && <CategoryForm all={items} onClose={() => setAdding(false)} />}
      {chosen !== undefined && isMine && (
        <CategoryForm key={chosen.id} all={items} category={chosen} onClose={() => setSearch({ category: null })} />
      )}
    </>
  );
}

function CategoryForm({
  all,
  category,
  onClose,
}: {
  all: readonly Category[];
  category?: Category;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const refresh = useRefresh();
  const [name, setName] = useState(category?.name ?? '');
  const [code, setCode] = useState<string>();
  const [removing, setRemoving] = useState(false);
  // A category cannot stand inside itself.
  const parents = treeRows(all.filter((one) => category === undefined || !one.path.includes(category.id)));
  const submit = async (form: FormData): Promise<void> => {
    const body = {
      name: name.trim(),
      parentId: textOf(form, 'parent') || null,
      sort: Number(textOf(form, 'sort') || 0),
    };
    if (category === undefined) await api.post('/v1/categories', { ...body, code: textOf(form, 'code') });
    else await api.patch(`/v1/categories/${category.id}`, body);
    await refresh();
    tellDone(
      say('screen.catalog.saved'),
      category === undefined
        ? undefined
        : async () => {
            const { name: oldName, parentId, sort } = category;
            await api.patch(`/v1/categories/${category.id}`, { name: oldName, parentId, sort });
            await refresh();
          },
    );
  };
  if (removing && category !== undefined)
    return (
      <Ask
        title={say('screen.catalog.category.remove')}
        consequence={say('screen.catalog.category.remove.about', { name: category.name })}
        act={say('ui.delete')}
        run={async () => {
          await api.delete(`/v1/categories/${category.id}`);
          await refresh();
        }}
        onClose={onClose}
      />
    );
  return (
    <FormDialog
      title={category?.name ?? say('screen.catalog.category.new')}
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
        maxLength={200}
        data-autofocus
      />
      {category === undefined && (
        <TextInput
          name="code"
          label={say('screen.catalog.code')}
          value={code ?? codeFrom(name)}
          onChange={(event) => setCode(event.currentTarget.value)}
          required
          withAsterisk={false}
          maxLength={120}
        />
      )}
      <Select
        name="parent"
        label={say('screen.catalog.category.parent')}
        placeholder={say('screen.catalog.category.root')}
        searchable
        clearable
        data={parents.map(({ row, depth }) => ({ value: row.id, label: `${'\u2003'.repeat(depth)}${row.name}` }))}
        defaultValue={category?.parentId ?? null}
      />
      <NumberInput
        name="sort"
        label={say('screen.catalog.sort-order')}
        description={say('screen.catalog.sort-order.about')}
        min={0}
        max={100_000}
        defaultValue={category?.sort ?? 0}
      />
      {category !== undefined && (
        <Button variant="subtle" color="red" className={classes.danger ?? ''} onClick={() => setRemoving(true)}>
          {say('screen.catalog.category.remove')}
        </Button>
      )}
    </FormDialog>
  );
}
