import { ActionIcon, Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import {
  api,
  Code,
  Failing,
  Listed,
  MoneyInput,
  PageHead,
  Part,
  Pick,
  Sheet,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  useList,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PriceEntry, PriceList, Saved } from './model.ts';
import { findVariants, useRefresh } from './parts.tsx';
import { Deviation, PriceForm, savePrice, type Priced } from './price.tsx';
import { ListLight, Period, Where } from './price-lists.tsx';
import { PriceListForm } from './price-list-form.tsx';
import classes from './catalog.module.css';

/** One price list: where it applies, and its prices. */
export default function PriceListPage(): React.JSX.Element {
  const { say } = useWords();
  const { path } = usePlace();
  const id = path.split('/')[2] ?? '';
  const found = useQuery({
    queryKey: ['/v1/price-lists'],
    queryFn: ({ signal }) => api.get<{ items: PriceList[] }>('/v1/price-lists', {}, signal),
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  const list = found.data.items.find((one) => one.id === id);
  return list === undefined ? <PageHead title={say('screen.catalog.list.gone')} /> : <Open list={list} />;
}

function Open({ list }: { list: PriceList }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const refresh = useRefresh();
  const [editing, setEditing] = useState(false);
  const setState = async (state: PriceList['state']): Promise<void> => {
    await api.patch(`/v1/price-lists/${list.id}`, { state });
    await refresh();
  };
  const toggle = (): void => {
    const before = list.state;
    setState(before === 'active' ? 'withdrawn' : 'active')
      .then(() => tellDone(say('screen.catalog.saved'), () => setState(before)))
      .catch(tellFailure);
  };
  const isMine = can('price.manage');
  return (
    <>
      <PageHead title={list.name} about={<ListLight list={list} />}>
        {isMine && (
          <>
            {list.priority > 0 && (
              <Button variant="default" onClick={toggle}>
                {say(list.state === 'active' ? 'screen.catalog.list.turn-off' : 'screen.catalog.list.turn-on')}
              </Button>
            )}
            <Button onClick={() => setEditing(true)}>{say('screen.catalog.change')}</Button>
          </>
        )}
      </PageHead>
      <div className={classes.page}>
        <Part title={say('screen.catalog.list.where')}>
          <dl className={classes.facts}>
            <dt>{say('screen.catalog.list.channels')}</dt>
            <dd>
              <Where list={list} />
            </dd>
            <dt>{say('screen.catalog.period')}</dt>
            <dd>
              <Period list={list} />
            </dd>
            <dt>{say('screen.catalog.list.priority')}</dt>
            <dd>{list.priority === 0 ? say('screen.catalog.list.priority.default') : list.priority}</dd>
            <dt>{say('screen.catalog.code')}</dt>
            <dd>
              <Code text={list.code} />
            </dd>
          </dl>
        </Part>
        <Entries list={list} isMine={isMine} />
      </div>
      {editing && <PriceListForm list={list} onClose={() => setEditing(false)} />}
    </>
  );
}

function Entries({ list, isMine }: { list: PriceList; isMine: boolean }): React.JSX.Element {
  const { say } = useWords();
  const [chosen, setChosen] = useState<(Priced & { readonly label: string }) | null>(null);
  const [adding, setAdding] = useState<Priced>();
  const entries = useList<PriceEntry>(`/v1/price-lists/${list.id}/entries`, { variantId: chosen?.id }, { keep: true });
  return (
    <Part title={say('screen.catalog.list.prices')} flush>
      <div className={classes.tools}>
        <Pick
          of="variants"
          find={findVariants}
          aria-label={say('screen.catalog.search')}
          placeholder={say('screen.catalog.search')}
          value={chosen}
          onChange={(one) =>
            setChosen(one === null ? null : { id: one.id, label: one.label, title: one.label, sku: one.hint })
          }
        />
        {isMine && (
          <Button variant="default" disabled={chosen === null} onClick={() => setAdding(chosen ?? undefined)}>
            {say('screen.catalog.price.set')}
          </Button>
        )}
      </div>
      <Listed
        list={entries}
        count={entries.items.length}
        none={
          <p className={classes.hint}>
            {say(chosen === null ? 'screen.catalog.entry.none' : 'screen.catalog.entry.none.chosen')}
          </p>
        }
      >
        <EntrySheet list={list} rows={entries.items} isMine={isMine} />
      </Listed>
      {entries.hasMore && (
        <div className={classes.foot}>
          <Button variant="default" size="compact-sm" loading={entries.loadingMore} onClick={entries.more}>
            {say('screen.catalog.more.show')}
          </Button>
        </div>
      )}
      {adding !== undefined && (
        <PriceForm
          variant={adding}
          history={[]}
          listCode={list.code}
          onClose={() => {
            setAdding(undefined);
          }}
        />
      )}
    </Part>
  );
}

function EntrySheet({
  list,
  rows,
  isMine,
}: {
  list: PriceList;
  rows: readonly PriceEntry[];
  isMine: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const refresh = useRefresh();
  const set = async (row: PriceEntry, priceMinor: number | null): Promise<void> => {
    const { sku, oldPriceMinor, from, until } = row;
    const entry = { sku, priceMinor, oldPriceMinor, from, until };
    await savePrice(api.post<Saved>(`/v1/price-lists/${list.id}/entries`, { entries: [entry] }), () =>
      say('screen.catalog.entry.refused', { sku }),
    );
    await refresh();
  };
  const change = (row: PriceEntry, priceMinor: number | null): void => {
    set(row, priceMinor)
      .then(() =>
        tellDone(
          priceMinor === null
            ? say('screen.catalog.entry.removed', { sku: row.sku })
            : say('screen.catalog.price.changed', { price: format.money(priceMinor, list.currency) }),
          () => set(row, row.priceMinor),
        ),
      )
      .catch(tellFailure);
  };
  return (
    <Sheet
      rows={rows}
      keyOf={(row) => `${row.variantId} ${row.from ?? ''}`}
      label={say('screen.catalog.list.prices')}
      columns={[
        { title: say('screen.catalog.product'), render: (row) => row.title },
        { title: say('screen.catalog.sku'), spare: true, render: (row) => <Code text={row.sku} /> },
        { title: say('screen.catalog.period'), spare: true, render: (row) => <Period list={row} /> },
        ...(list.priority === 0
          ? []
          : [
              {
                title: say('screen.catalog.price.everywhere'),
                align: 'right' as const,
                spare: true,
                render: (row: PriceEntry) =>
                  row.basePriceMinor === null ? '—' : format.money(row.basePriceMinor, list.currency),
              },
              {
                title: say('screen.catalog.deviation'),
                align: 'right' as const,
                spare: true,
                render: (row: PriceEntry) => <Deviation priceMinor={row.priceMinor} baseMinor={row.basePriceMinor} />,
              },
            ]),
        {
          title: say('screen.catalog.price'),
          align: 'right',
          render: (row) =>
            isMine ? (
              <PriceCell
                key={row.priceMinor}
                row={row}
                currency={list.currency}
                onChange={(minor) => change(row, minor)}
              />
            ) : (
              format.money(row.priceMinor, list.currency)
            ),
        },
        ...(isMine && list.priority > 0
          ? [
              {
                title: '',
                width: '40px',
                spare: true,
                render: (row: PriceEntry) => (
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={say('screen.catalog.entry.remove', { sku: row.sku })}
                    onClick={() => change(row, null)}
                  >
                    <IconX size={16} />
                  </ActionIcon>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

/** A price that is changed in its place: Enter or leaving it saves, Escape puts it back. */
function PriceCell({
  row,
  currency,
  onChange,
}: {
  row: PriceEntry;
  currency: string;
  onChange: (minor: number) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const [minor, setMinor] = useState<number | null>(row.priceMinor);
  return (
    <MoneyInput
      className={classes.price ?? ''}
      size="xs"
      aria-label={say('screen.catalog.price.of', { sku: row.sku })}
      valueMinor={minor}
      onChange={setMinor}
      currency={currency}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') {
          event.stopPropagation();
          setMinor(row.priceMinor);
        }
      }}
      onBlur={() => {
        if (minor === null) setMinor(row.priceMinor);
        else if (minor !== row.priceMinor) onChange(minor);
      }}
    />
  );
}
