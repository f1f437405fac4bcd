import { Button } from '@mantine/core';
import { Ago, ListPage, useFormat, useList, usePlace, useWords } from '@ruslo/ui';
import type { PriceChange, PriceEntry } from './model.ts';
import { usePriceLists, useWhoName } from './parts.tsx';
import { Deviation } from './price.tsx';
import { Where } from './price-lists.tsx';

/** Where somebody decided that a price differs from the price everywhere. */
export default function Deviations(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { go } = usePlace();
  const lists = usePriceLists();
  const listOf = (row: PriceEntry) => lists.find((one) => one.id === row.priceListId);
  return (
    <ListPage<PriceEntry>
      title={say('screen.catalog.deviation.title')}
      about={say('screen.catalog.deviation.about')}
      path="/prices/deviations"
      from="/v1/price-lists/deviations"
      keyOf={(row) => `${row.variantId}~${row.priceListId}~${row.from ?? ''}`}
      columns={[
        { title: say('screen.catalog.product'), track: 'minmax(200px, 2.4fr)', render: (row) => row.title },
        { title: say('screen.catalog.list'), render: (row) => listOf(row)?.name ?? '' },
        {
          title: say('screen.catalog.list.where'),
          track: '110px',
          render: (row) => {
            const list = listOf(row);
            return list === undefined ? '' : <Where list={list} />;
          },
        },
        {
          title: say('screen.catalog.price.everywhere'),
          track: '110px',
          align: 'right',
          render: (row) => (row.basePriceMinor === null ? '—' : format.money(row.basePriceMinor)),
        },
        {
          title: say('screen.catalog.deviation.here'),
          track: '110px',
          align: 'right',
          render: (row) => format.money(row.priceMinor),
        },
        {
          title: say('screen.catalog.deviation'),
          track: '80px',
          align: 'right',
          render: (row) => <Deviation priceMinor={row.priceMinor} baseMinor={row.basePriceMinor} />,
        },
        {
          title: say('screen.catalog.deviation.decided'),
          track: 'minmax(150px, 1.2fr)',
          render: (row) => <Decided row={row} />,
        },
      ]}
      short={(row) => [row.title, format.money(row.priceMinor)]}
      act={
        <Button variant="default" onClick={() => go('/prices')}>
          {say('screen.catalog.list.title')}
        </Button>
      }
      none={{ title: say('screen.catalog.deviation.none'), about: say('screen.catalog.deviation.none.about') }}
    />
  );
}

/** Who decided it and when: the newest change of this price on this list. Only rows in sight ask. */
function Decided({ row }: { row: PriceEntry }): React.JSX.Element {
  const who = useWhoName();
  const history = useList<PriceChange>(`/v1/variants/${row.variantId}/price-history`, {}, { limit: 20 });
  const found = history.items.find((one) => one.priceListId === row.priceListId && one.priceMinor === row.priceMinor);
  if (found === undefined) return <span className="dim">—</span>;
  return (
    <>
      {who(found.by)} · <Ago at={found.at} />
    </>
  );
}
