import { Select } from '@mantine/core';
import { Ago, Light, ListPage, useFormat, usePlace, useWords } from '@ruslo/ui';
import { receiptLight, receiptStates, type Receipt } from './model.ts';

/** Receipts, newest first. */
export default function Receipts(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { search, setSearch } = usePlace();
  const light = (row: Receipt): React.JSX.Element => (
    <Light state={receiptLight[row.state]} label={say(`screen.receipt.state.${row.state}`)} />
  );
  return (
    <ListPage<Receipt>
      title={say('screen.receipt.title')}
      about={say('screen.receipt.about')}
      path="/receipts"
      from="/v1/receipts"
      filters={['state', 'ref', 'placeId']}
      keyOf={(row) => row.id}
      columns={[
        { title: say('screen.receipt.at'), track: '130px', render: (row) => <Ago at={row.issuedAt} /> },
        { title: say('screen.receipt.type'), render: (row) => say(`screen.receipt.type.${row.type}`) },
        { title: say('screen.receipt.state'), track: 'minmax(150px, 1fr)', render: light },
        { title: say('screen.receipt.number'), render: (row) => row.number ?? '' },
        {
          title: say('screen.receipt.sum'),
          align: 'right',
          track: '140px',
          render: (row) => format.money(row.totalMinor, row.currency),
        },
      ]}
      short={(row) => [`${row.type === 'sale' ? '' : '−'}${format.money(row.totalMinor, row.currency)}`, light(row)]}
      tools={
        <Select
          clearable
          aria-label={say('screen.receipt.state')}
          placeholder={say('screen.receipt.state.any')}
          data={receiptStates.map((state) => ({ value: state, label: say(`screen.receipt.state.${state}`) }))}
          value={search['state'] ?? null}
          onChange={(state) => setSearch({ state })}
        />
      }
      none={{ title: say('screen.receipt.none'), about: say('screen.receipt.none.about') }}
    />
  );
}
