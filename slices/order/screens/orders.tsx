import { Select } from '@mantine/core';
import { Ago, ChannelMark, Light, ListPage, useChannelName, useFormat, usePlace, useWords } from '@ruslo/ui';
import { orderLight, orderStates, type OrderRow } from './model.ts';
import { PlacePick } from './parts.tsx';

const saleChannels = ['web', 'app', 'shop', 'pickup', 'call', 'mail', 'messenger', 'social', 'catalogue'] as const;

const spans = [0, 6, 29] as const;

/** Midnight of the day so many days ago, here. */
function since(days: number): string {
  const at = new Date();
  at.setHours(0, 0, 0, 0);
  at.setDate(at.getDate() - days);
  return at.toISOString();
}

/** Orders of all channels, newest first; what comes in shows by itself. */
export default function Orders(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const nameOf = useChannelName();
  const { search, setSearch } = usePlace();
  const light = (row: OrderRow): React.JSX.Element => <Light state={orderLight[row.state]} label={row.stateText} />;
  return (
    <ListPage<OrderRow>
      title={say('screen.order.title')}
      about={say('screen.order.about')}
      path="/orders"
      from="/v1/orders"
      filters={['state', 'channel', 'placeId', 'from', 'to', 'customerId']}
      keyOf={(row) => row.id}
      refetchMs={10_000}
      search={say('screen.order.search')}
      columns={[
        {
          title: say('screen.order.number'),
          track: '110px',
          render: (row) => <span className="mono">{row.number}</span>,
        },
        { title: say('screen.order.placed'), track: '110px', render: (row) => <Ago at={row.placedAt} /> },
        {
          title: say('screen.order.channel'),
          track: '52px',
          render: (row) => <ChannelMark channel={row.channel} />,
        },
        { title: say('screen.order.state'), track: 'minmax(150px, 1fr)', render: light },
        { title: say('screen.order.goods'), track: 'minmax(160px, 2fr)', render: (row) => <Goods row={row} /> },
        { title: say('screen.order.recipient'), render: (row) => row.recipientName ?? <span className="dim">—</span> },
        {
          title: say('screen.order.total'),
          track: '120px',
          align: 'right',
          render: (row) => format.money(row.totalMinor, row.currency),
        },
      ]}
      short={(row) => [
        <span key="number">
          <span className="mono">{row.number}</span> {format.money(row.totalMinor, row.currency)}
        </span>,
        <span key="state" data-short>
          {light(row)}
        </span>,
      ]}
      tools={
        <>
          <Select
            clearable
            w={170}
            aria-label={say('screen.order.state')}
            placeholder={say('screen.order.state.any')}
            data={orderStates.map((state) => ({ value: state, label: say(`screen.order.state.${state}`) }))}
            value={search['state'] ?? null}
            onChange={(state) => setSearch({ state })}
          />
          <Select
            clearable
            w={150}
            aria-label={say('screen.order.channel')}
            placeholder={say('screen.order.channel.any')}
            data={saleChannels.map((channel) => ({ value: channel, label: nameOf(channel) }))}
            value={search['channel'] ?? null}
            onChange={(channel) => setSearch({ channel })}
          />
          <PlacePick
            w={170}
            label={say('screen.order.place.any')}
            value={search['placeId']}
            onChange={(placeId) => setSearch({ placeId })}
          />
          <Select
            clearable
            w={150}
            aria-label={say('screen.order.since')}
            placeholder={say('screen.order.since')}
            data={spans.map((days) => ({ value: since(days), label: say(`screen.order.since.${String(days)}`) }))}
            value={search['from'] ?? null}
            onChange={(from) => setSearch({ from })}
          />
        </>
      }
      none={{ title: say('screen.order.none'), about: say('screen.order.none.about') }}
    />
  );
}

function Goods({ row }: { row: OrderRow }): React.JSX.Element {
  const { say } = useWords();
  return (
    <>
      {row.title}
      {row.lines > 1 && <span className="dim"> {say('screen.order.more', { count: row.lines - 1 })}</span>}
    </>
  );
}
