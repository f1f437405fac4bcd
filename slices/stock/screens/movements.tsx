import { Button, Select } from '@mantine/core';
import { Ago, ListPage, usePlace, useWords } from '@ruslo/ui';
import { movementKinds, type Movement } from './model.ts';
import { Ground, Signed } from './movement-sheet.tsx';
import { PlaceSelect, usePlaceName, VariantName } from './parts.tsx';

/** Everything that came and went, newest first. */
export default function Movements(): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch, go } = usePlace();
  const nameOf = usePlaceName();
  const hasPlace = (search['placeId'] ?? '') !== '';
  return (
    <ListPage<Movement>
      title={say('screen.stock.movements')}
      about={say('screen.stock.movements.about')}
      path="/stock/movements"
      from="/v1/stock/movements"
      filters={['placeId', ...(hasPlace ? ['kind'] : [])]}
      keyOf={(row) => `${row.variantId}~${String(row.id)}`}
      refetchMs={10_000}
      columns={[
        { title: say('screen.stock.when'), track: '130px', render: (row) => <Ago at={row.at} /> },
        { title: say('screen.stock.what'), track: '130px', render: (row) => say(`screen.stock.kind.${row.kind}`) },
        {
          title: say('screen.stock.goods'),
          track: 'minmax(200px, 2fr)',
          render: (row) => <VariantName id={row.variantId} withSku />,
        },
        { title: say('screen.stock.place'), render: (row) => nameOf(row.placeId) },
        { title: say('screen.stock.ground'), render: (row) => <Ground row={row} plain /> },
        { title: say('screen.stock.quantity'), track: '100px', align: 'right', render: (row) => <Signed row={row} /> },
      ]}
      short={(row) => [<VariantName key="name" id={row.variantId} />, <Signed key="count" row={row} />]}
      tools={
        <>
          <PlaceSelect
            clearable
            aria-label={say('screen.stock.place')}
            placeholder={say('screen.stock.place.any')}
            value={search['placeId'] ?? null}
            onChange={(placeId) => setSearch({ placeId, ...(placeId === null ? { kind: null } : {}) })}
          />
          {hasPlace && (
            <Select
              clearable
              aria-label={say('screen.stock.what')}
              placeholder={say('screen.stock.kind')}
              data={movementKinds.map((kind) => ({ value: kind, label: say(`screen.stock.kind.${kind}`) }))}
              value={search['kind'] ?? null}
              onChange={(kind) => setSearch({ kind })}
            />
          )}
        </>
      }
      act={
        <Button variant="default" onClick={() => go('/stock')}>
          {say('screen.stock.title')}
        </Button>
      }
      none={{ title: say('screen.stock.movements.none'), about: say('screen.stock.movements.none.about') }}
    />
  );
}
