import { Button, Select } from '@mantine/core';
import { Ago, Light, ListPage, useCan, useFormat, usePlace, useWords } from '@ruslo/ui';
import { IconPlus } from '@tabler/icons-react';
import { returnLight, returnStates, type Return } from './model.ts';
import { PlacePick, usePlaceNames } from './parts.tsx';

/** What came back, newest first. */
export default function Returns(): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const format = useFormat();
  const placeName = usePlaceNames();
  const { search, setSearch, go } = usePlace();
  const light = (row: Return): React.JSX.Element => (
    <Light state={returnLight[row.state]} label={say(`screen.order.return.state.${row.state}`)} />
  );
  return (
    <ListPage<Return>
      title={say('screen.order.return.title')}
      about={say('screen.order.return.about')}
      path="/returns"
      from="/v1/returns"
      filters={['state', 'placeId', 'customerId', 'orderId']}
      keyOf={(row) => row.id}
      refetchMs={15_000}
      columns={[
        {
          title: say('screen.order.return.number'),
          track: '120px',
          render: (row) => <span className="mono">{row.number}</span>,
        },
        {
          title: say('screen.order.number'),
          track: '110px',
          render: (row) => <span className="mono">{row.orderNumber}</span>,
        },
        { title: say('screen.order.return.at'), track: '110px', render: (row) => <Ago at={row.createdAt} /> },
        { title: say('screen.order.state'), track: 'minmax(150px, 1fr)', render: light },
        {
          title: say('screen.order.goods'),
          track: 'minmax(160px, 2fr)',
          render: (row) => row.lines.map((line) => line.title).join(', '),
        },
        { title: say('screen.order.place'), render: (row) => placeName(row.placeId) },
        {
          title: say('screen.order.return.amount'),
          track: '120px',
          align: 'right',
          render: (row) => format.money(row.amountMinor, row.currency),
        },
      ]}
      short={(row) => [
        <span key="number">
          <span className="mono">{row.number}</span> {format.money(row.amountMinor, row.currency)}
        </span>,
        light(row),
      ]}
      tools={
        <>
          <Select
            clearable
            w={180}
            aria-label={say('screen.order.state')}
            placeholder={say('screen.order.state.any')}
            data={returnStates.map((state) => ({ value: state, label: say(`screen.order.return.state.${state}`) }))}
            value={search['state'] ?? null}
            onChange={(state) => setSearch({ state })}
          />
          <PlacePick
            w={180}
            label={say('screen.order.place.any')}
            value={search['placeId']}
            onChange={(placeId) => setSearch({ placeId })}
          />
        </>
      }
      act={
        can('order.return') && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => go('/returns/new')}>
            {say('screen.order.return.new')}
          </Button>
        )
      }
      none={{ title: say('screen.order.return.none'), about: say('screen.order.return.none.about') }}
    />
  );
}
