import { Button, Select, TextInput } from '@mantine/core';
import { Ago, Light, ListPage, useCan, useFormat, usePlace, useWords } from '@ruslo/ui';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { CheckForm } from './check.tsx';
import { IssueForm } from './issue.tsx';
import { cardLight, cardStates, type Card } from './model.ts';
import { ProofLight } from './proof.tsx';

/** Gift cards, newest first. */
export default function Cards(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { search, setSearch } = usePlace();
  const [open, setOpen] = useState<'issue' | 'check'>();
  const light = (row: Card): React.JSX.Element => (
    <Light state={cardLight[row.state]} label={say(`screen.wallet.card.state.${row.state}`)} />
  );
  const close = (): void => setOpen(undefined);
  return (
    <>
      <ListPage<Card>
        title={say('screen.wallet.card.title')}
        about={say('screen.wallet.card.about')}
        path="/gift-cards"
        from="/v1/gift-cards"
        filters={['state', 'last4', 'ref']}
        keyOf={(row) => row.id}
        refetchMs={10_000}
        columns={[
          {
            title: say('screen.wallet.card.number'),
            track: '110px',
            render: (row) => <span className="mono">···· {row.last4}</span>,
          },
          { title: say('screen.wallet.card.state'), track: 'minmax(140px, 1fr)', render: light },
          {
            title: say('screen.wallet.card.amount'),
            align: 'right',
            track: '130px',
            render: (row) => format.money(row.amountMinor, row.currency),
          },
          {
            title: say('screen.wallet.card.left'),
            align: 'right',
            track: '130px',
            render: (row) => format.money(row.leftMinor, row.currency),
          },
          {
            title: say('screen.wallet.until'),
            track: '170px',
            render: (row) => (row.expiresAt === null ? '' : format.date(row.expiresAt, 'day')),
          },
          { title: say('screen.wallet.card.issued'), track: '130px', render: (row) => <Ago at={row.issuedAt} /> },
        ]}
        short={(row) => [`···· ${row.last4} · ${format.money(row.leftMinor, row.currency)}`, light(row)]}
        tools={
          <>
            <TextInput
              aria-label={say('screen.wallet.card.last4')}
              placeholder={say('screen.wallet.card.last4')}
              maxLength={4}
              defaultValue={search['last4'] ?? ''}
              onChange={(event) => {
                const text = event.currentTarget.value.trim();
                if (text.length === 4 || text === '') setSearch({ last4: text.toUpperCase() });
              }}
            />
            <Select
              clearable
              aria-label={say('screen.wallet.card.state')}
              placeholder={say('screen.wallet.card.state.any')}
              data={cardStates.map((state) => ({ value: state, label: say(`screen.wallet.card.state.${state}`) }))}
              value={search['state'] ?? null}
              onChange={(state) => setSearch({ state })}
            />
            <ProofLight />
          </>
        }
        act={
          <>
            <Button variant="default" leftSection={<IconSearch size={16} />} onClick={() => setOpen('check')}>
              {say('screen.wallet.check')}
            </Button>
            {can('card.manage') && (
              <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen('issue')}>
                {say('screen.wallet.issue')}
              </Button>
            )}
          </>
        }
        none={{ title: say('screen.wallet.card.none'), about: say('screen.wallet.card.none.about') }}
      />
      {open === 'issue' && <IssueForm onClose={close} />}
      {open === 'check' && <CheckForm onClose={close} />}
    </>
  );
}
