import { Button, Menu, Select } from '@mantine/core';
import { IconChevronDown, IconPlus } from '@tabler/icons-react';
import { Light, ListPage, useCan, usePlace, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { ActDialog, acts, type Act } from './acts.tsx';
import { standOf, type Level } from './model.ts';
import { PlaceSelect, Quantity, usePlaceName, useVariant, VariantName, VariantPick, VariantSku } from './parts.tsx';

const views = ['low', 'excess', 'short'] as const;

/** What lies where, what of it is promised, and what wants attention. */
export default function Stock(): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch } = usePlace();
  const nameOf = usePlaceName();
  const view = views.find((one) => search[one] === 'true') ?? 'all';
  const variantId = search['variantId'] ?? '';
  const variant = useVariant(variantId);
  return (
    <ListPage<Level>
      title={say('screen.stock.title')}
      about={say('screen.stock.about')}
      path="/stock"
      from="/v1/stock"
      filters={['variantId', 'placeId', ...views]}
      keyOf={(row) => `${row.variantId}~${row.placeId}`}
      refetchMs={10_000}
      columns={[
        {
          title: say('screen.stock.goods'),
          track: 'minmax(200px, 2.4fr)',
          render: (row) => <VariantName id={row.variantId} />,
        },
        { title: say('screen.stock.sku'), track: '130px', render: (row) => <VariantSku id={row.variantId} /> },
        { title: say('screen.stock.place'), track: 'minmax(140px, 1.4fr)', render: (row) => nameOf(row.placeId) },
        number('onHand'),
        number('reserved'),
        number('sellable'),
        {
          title: say('screen.stock.stand'),
          track: '170px',
          render: (row) => <Stand level={row} />,
        },
      ]}
      short={(row) => [
        <span key="name">
          <VariantName id={row.variantId} /> <span className="dim">{nameOf(row.placeId)}</span>
        </span>,
        <Quantity key="count" id={row.variantId} of={row.sellable} />,
      ]}
      tools={
        <>
          <span style={{ flex: '1 1 240px', maxWidth: 380 }}>
            <VariantPick
              key={`${variantId} ${String(variant?.id)}`}
              aria-label={say('screen.stock.search')}
              value={variant === null || variant === undefined ? null : { id: variant.id, label: variant.title }}
              onChange={(one) => setSearch({ variantId: one?.id ?? null })}
            />
          </span>
          <PlaceSelect
            clearable
            aria-label={say('screen.stock.place')}
            placeholder={say('screen.stock.place.any')}
            value={search['placeId'] ?? null}
            onChange={(placeId) => setSearch({ placeId })}
          />
          <Select
            aria-label={say('screen.stock.stand')}
            data={['all', ...views].map((one) => ({ value: one, label: say(`screen.stock.view.${one}`) }))}
            value={view}
            onChange={(next) => setSearch(Object.fromEntries(views.map((one) => [one, one === next ? 'true' : null])))}
            allowDeselect={false}
          />
        </>
      }
      act={<Acts />}
      none={{ title: say('screen.stock.none'), about: say('screen.stock.none.about') }}
    />
  );

  function number(field: 'onHand' | 'reserved' | 'sellable') {
    return {
      title: say(`screen.stock.${field}`),
      track: '100px',
      align: 'right' as const,
      render: (row: Level) => <Quantity id={row.variantId} of={row[field]} />,
    };
  }
}

export function Stand({ level }: { level: Level }): React.JSX.Element {
  const { say } = useWords();
  const { light, key } = standOf(level);
  return <Light state={light} label={say(`screen.stock.stand.${key}`, { count: level.shortage })} />;
}

function Acts(): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const { go } = usePlace();
  const [act, setAct] = useState<Act>();
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            {say('screen.stock.more')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {can('stock.manage') &&
            acts
              .filter((one) => one !== 'receive')
              .map((one) => (
                <Menu.Item key={one} onClick={() => setAct(one)}>
                  {say(`screen.stock.act.${one}`)}
                </Menu.Item>
              ))}
          {can('stock.manage') && <Menu.Divider />}
          <Menu.Item onClick={() => go('/stock/movements')}>{say('screen.stock.movements')}</Menu.Item>
          <Menu.Item onClick={() => go('/stock/promise')}>{say('screen.stock.promise')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {can('stock.manage') && (
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAct('receive')}>
          {say('screen.stock.act.receive')}
        </Button>
      )}
      {act !== undefined && <ActDialog act={act} onClose={() => setAct(undefined)} />}
    </>
  );
}
