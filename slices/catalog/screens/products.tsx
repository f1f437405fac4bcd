import { Button, Menu, Select } from '@mantine/core';
import { IconDots, IconListTree, IconPlus } from '@tabler/icons-react';
import { Light, ListPage, useCan, useFormat, usePlace, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { FilterTools, filterKeys } from './filters.tsx';
import type { ProductItem } from './model.ts';
import { Named } from './parts.tsx';
import { ProductForm } from './product-form.tsx';

/** What is sold, found by words in either alphabet and by filters that live in the address. */
export default function Products(): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const { search, setSearch, go } = usePlace();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <ListPage<ProductItem>
        title={say('screen.catalog.title')}
        about={say('screen.catalog.about')}
        path="/catalogue"
        from="/v1/products"
        filters={filterKeys(search)}
        keyOf={(row) => row.id}
        search={say('screen.catalog.search')}
        columns={[
          {
            title: say('screen.catalog.product'),
            track: 'minmax(240px, 3fr)',
            render: (row) => <Named item={row} />,
          },
          { title: say('screen.catalog.brand'), render: (row) => row.brand ?? <span className="dim">—</span> },
          {
            title: say('screen.catalog.variants'),
            track: '100px',
            align: 'right',
            render: (row) => row.variantCount,
          },
          { title: say('screen.catalog.price'), track: '150px', align: 'right', render: (row) => <From item={row} /> },
          {
            title: say('screen.catalog.state'),
            track: '160px',
            render: (row) => (
              <Light
                state={row.state === 'withdrawn' ? 'none' : row.priceMinor === null ? 'warn' : 'good'}
                label={say(
                  row.state === 'active' && row.priceMinor === null
                    ? 'screen.catalog.state.unpriced'
                    : `screen.catalog.state.${row.state}`,
                )}
              />
            ),
          },
        ]}
        short={(row) => [<Named key="name" item={row} />, <From key="price" item={row} />]}
        tools={
          <>
            <Select
              aria-label={say('screen.catalog.state')}
              data={['active', 'withdrawn', 'any'].map((state) => ({
                value: state,
                label: say(`screen.catalog.state.of.${state}`),
              }))}
              value={search['state'] ?? 'active'}
              onChange={(state) => setSearch({ state: state === 'active' ? null : state })}
              allowDeselect={false}
              w={170}
            />
            <FilterTools />
          </>
        }
        act={
          <>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" aria-label={say('screen.catalog.more')} px={10}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconListTree size={16} />} onClick={() => go('/settings/categories')}>
                  {say('screen.catalog.category.title')}
                </Menu.Item>
                <Menu.Item onClick={() => go('/settings/product-attributes')}>
                  {say('screen.catalog.attribute.title')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
            {can('catalog.manage') && (
              <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
                {say('screen.catalog.add')}
              </Button>
            )}
          </>
        }
        none={{ title: say('screen.catalog.none'), about: say('screen.catalog.none.about') }}
      />
      {adding && <ProductForm onClose={() => setAdding(false)} />}
    </>
  );
}

function From({ item }: { item: ProductItem }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  if (item.priceMinor === null || item.currency === null) return <span className="dim">—</span>;
  const price = format.money(item.priceMinor, item.currency);
  return <>{item.variantCount > 1 ? say('screen.catalog.price.from', { price }) : price}</>;
}
