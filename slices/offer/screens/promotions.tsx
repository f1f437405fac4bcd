import { Button, Select } from '@mantine/core';
import { Ago, Light, ListPage, useCan, useFormat, usePlace, useWords, type Say } from '@ruslo/ui';
import { IconPlus, IconShoppingCart } from '@tabler/icons-react';
import { stateLight, type Promotion } from './model.ts';
import { effectText } from './rule-text.tsx';

const states = ['draft', 'active', 'paused', 'archived'] as const;

/** Promotions, newest first. */
export default function Promotions(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { search, setSearch, go } = usePlace();
  const light = (row: Promotion): React.JSX.Element => (
    <Light state={stateLight[row.state]} label={say(`screen.offer.state.${row.state}`)} />
  );
  return (
    <ListPage<Promotion>
      title={say('screen.offer.title')}
      about={say('screen.offer.about')}
      path="/promotions"
      from="/v1/promotions"
      filters={['state', 'search']}
      {...(search['q'] === undefined ? {} : { query: { search: search['q'] } })}
      keyOf={(row) => row.id}
      search={say('screen.offer.search')}
      refetchMs={10_000}
      columns={[
        { title: say('screen.offer.name'), track: 'minmax(200px, 2fr)', render: (row) => row.rule.name },
        {
          title: say('screen.offer.gives'),
          track: 'minmax(180px, 2fr)',
          render: (row) => row.rule.effects?.map((effect) => effectText(effect, say, format)).join(', '),
        },
        { title: say('screen.offer.state'), track: '130px', render: light },
        {
          title: say('screen.offer.used'),
          track: '130px',
          align: 'right',
          render: (row) => usedText(row, say, format),
        },
        { title: say('screen.offer.changed'), track: '120px', render: (row) => <Ago at={row.changedAt} /> },
      ]}
      short={(row) => [row.rule.name, light(row)]}
      tools={
        <Select
          clearable
          aria-label={say('screen.offer.state')}
          placeholder={say('screen.offer.state.any')}
          data={states.map((state) => ({ value: state, label: say(`screen.offer.state.${state}`) }))}
          value={search['state'] ?? null}
          onChange={(state) => setSearch({ state })}
        />
      }
      act={
        <>
          <Button
            variant="default"
            leftSection={<IconShoppingCart size={16} />}
            onClick={() => go('/promotions/basket')}
          >
            {say('screen.offer.try')}
          </Button>
          {can('offer.manage') && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => go('/promotions/new')}>
              {say('screen.offer.add')}
            </Button>
          )}
        </>
      }
      none={{ title: say('screen.offer.none'), about: say('screen.offer.none.about') }}
    />
  );
}

/** Only where the rule has a limit or a budget is its use counted. */
function usedText(row: Promotion, say: Say, format: ReturnType<typeof useFormat>): string {
  const { uses, budgetMinor } = row.rule.limits ?? {};
  if (budgetMinor !== undefined) return format.money(row.spentMinor);
  return uses === undefined && row.used === 0 ? '' : say('screen.offer.used.times', { count: row.used });
}
