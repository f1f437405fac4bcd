import { Button, Textarea } from '@mantine/core';
import {
  Ago,
  api,
  Ask,
  Code,
  Failing,
  Go,
  Light,
  PageHead,
  Part,
  Sheet,
  tellDone,
  useCan,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Entries } from './entries.tsx';
import { cardLight, isOrder, type Card } from './model.ts';
import classes from './wallet.module.css';

/** One gift card and every entry of it. */
export default function CardPage(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { path } = usePlace();
  const [blocking, setBlocking] = useState(false);
  const id = path.split('/')[2] ?? '';
  const found = useQuery({
    queryKey: ['/v1/gift-cards', id],
    queryFn: ({ signal }) => api.get<Card>(`/v1/gift-cards/${id}`, {}, signal),
    refetchInterval: 10_000,
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  const card = found.data;
  const money = (minor: number): string => format.money(minor, card.currency);
  const facts = [
    { name: 'left', value: <b>{money(card.leftMinor)}</b> },
    { name: 'amount', value: money(card.amountMinor) },
    ...(card.heldMinor === 0 ? [] : [{ name: 'held', value: money(card.heldMinor) }]),
    { name: 'issued', value: <Ago at={card.issuedAt} /> },
    ...(card.activatedAt === null ? [] : [{ name: 'activated', value: <Ago at={card.activatedAt} /> }]),
    ...(card.blockedAt === null ? [] : [{ name: 'blocked', value: <Ago at={card.blockedAt} /> }]),
    ...(card.refundedAt === null ? [] : [{ name: 'refunded', value: <Ago at={card.refundedAt} /> }]),
    ...(card.expiresAt === null ? [] : [{ name: 'until', value: format.date(card.expiresAt, 'day') }]),
    ...(isOrder(card.ref)
      ? [{ name: 'order', value: <Go to={`/orders/${card.ref}`}>{say('screen.wallet.order')}</Go> }]
      : []),
    { name: 'id', value: <Code text={card.id} /> },
  ];
  return (
    <>
      <PageHead title={`···· ${card.last4}`} about={say('screen.wallet.card.one')}>
        <Light state={cardLight[card.state]} label={say(`screen.wallet.card.state.${card.state}`)} />
        {can('card.manage') && card.state !== 'blocked' && (
          <Button variant="default" onClick={() => setBlocking(true)}>
            {say('screen.wallet.block')}
          </Button>
        )}
      </PageHead>
      <div className={classes.body}>
        <Part title={say('screen.wallet.card.what')} flush>
          <Sheet
            rows={facts}
            keyOf={(row) => row.name}
            label={say('screen.wallet.card.what')}
            columns={[
              {
                title: say('screen.wallet.field'),
                width: '180px',
                render: (row) => say(`screen.wallet.field.${row.name}`),
              },
              { title: say('screen.wallet.value'), render: (row) => row.value },
            ]}
          />
        </Part>
        <Entries from={`/v1/gift-cards/${id}/entries`} text={money} title={say('screen.wallet.entries')} />
      </div>
      {blocking && <Block card={card} left={money(card.leftMinor)} onClose={() => setBlocking(false)} />}
    </>
  );
}

function Block({ card, left, onClose }: { card: Card; left: string; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const [why, setWhy] = useState('');
  return (
    <Ask
      title={say('screen.wallet.block.title', { last4: card.last4 })}
      consequence={say('screen.wallet.block.consequence', { left })}
      act={say('screen.wallet.block')}
      run={async () => {
        await api.post(`/v1/gift-cards/${card.id}/block`, { why });
        await client.invalidateQueries({ queryKey: ['/v1/gift-cards'] });
        tellDone(say('screen.wallet.block.done'));
      }}
      onClose={onClose}
    >
      <Textarea
        label={say('screen.wallet.block.why')}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
        maxLength={500}
        autosize
        required
      />
    </Ask>
  );
}
