import { Button } from '@mantine/core';
import { IconArrowsDiff, IconPlus } from '@tabler/icons-react';
import { ChannelMark, Light, ListPage, useCan, useFormat, usePlace, useWords } from '@ruslo/ui';
import { useState } from 'react';
import type { PriceList } from './model.ts';
import { PriceListForm } from './price-list-form.tsx';
import classes from './catalog.module.css';

/** Price lists, the first to apply first. */
export default function PriceLists(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { go } = usePlace();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <ListPage<PriceList>
        title={say('screen.catalog.list.title')}
        about={say('screen.catalog.list.about')}
        path="/prices"
        from="/v1/price-lists"
        keyOf={(row) => row.id}
        columns={[
          { title: say('screen.catalog.name'), track: 'minmax(200px, 2fr)', render: (row) => row.name },
          {
            title: say('screen.catalog.list.where'),
            track: 'minmax(150px, 1.4fr)',
            render: (row) => <Where list={row} />,
          },
          {
            title: say('screen.catalog.period'),
            track: 'minmax(180px, 1.4fr)',
            render: (row) => <Period list={row} />,
          },
          { title: say('screen.catalog.list.priority'), track: '90px', align: 'right', render: (row) => row.priority },
          {
            title: say('screen.catalog.list.entries'),
            track: '90px',
            align: 'right',
            render: (row) => format.number(row.entries),
          },
          { title: say('screen.catalog.state'), track: '130px', render: (row) => <ListLight list={row} /> },
        ]}
        short={(row) => [row.name, <ListLight key="light" list={row} />]}
        act={
          <>
            <Button
              variant="default"
              leftSection={<IconArrowsDiff size={16} />}
              onClick={() => go('/prices/deviations')}
            >
              {say('screen.catalog.deviation.title')}
            </Button>
            {can('price.manage') && (
              <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
                {say('screen.catalog.list.add')}
              </Button>
            )}
          </>
        }
        none={{ title: say('screen.catalog.list.none'), about: say('screen.catalog.list.none.about') }}
      />
      {adding && <PriceListForm onClose={() => setAdding(false)} />}
    </>
  );
}

export function ListLight({ list }: { list: PriceList }): React.JSX.Element {
  const { say } = useWords();
  const now = new Date().toISOString();
  const when =
    list.state === 'withdrawn'
      ? 'off'
      : list.until !== null && list.until <= now
        ? 'over'
        : list.from !== null && list.from > now
          ? 'later'
          : 'on';
  return (
    <Light
      state={({ off: 'none', over: 'none', later: 'warn', on: 'good' } as const)[when]}
      label={say(`screen.catalog.list.state.${when}`)}
    />
  );
}

/** In which channels, and to whom. */
export function Where({ list }: { list: PriceList }): React.JSX.Element {
  const { say } = useWords();
  const groups = list.customerGroups.join(', ');
  return (
    <span className={classes.thumb}>
      {list.channels.map((channel) => (
        <ChannelMark key={channel} channel={channel} />
      ))}
      {list.channels.length === 0 && <span>{say('screen.catalog.list.everywhere-short')}</span>}
      {groups !== '' && <span className="cut dim">{groups}</span>}
    </span>
  );
}

export function Period({ list }: { list: Pick<PriceList, 'from' | 'until'> }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { from, until } = list;
  if (from === null && until === null) return <span className="dim">{say('screen.catalog.period.always')}</span>;
  const day = (at: string): string => format.date(at, 'dayShort');
  if (until === null) return <>{say('screen.catalog.period.from', { from: day(from ?? '') })}</>;
  if (from === null) return <>{say('screen.catalog.period.until', { until: day(until) })}</>;
  return (
    <>
      {day(from)} — {day(until)}
    </>
  );
}
