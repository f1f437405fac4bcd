import { Select } from '@mantine/core';
import { Ago, Light, ListPage, useFormat, usePlace, useWords } from '@ruslo/ui';
import { paymentLight, paymentStates, type Payment } from './model.ts';

/** Payments, newest first. */
export default function Payments(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { search, setSearch } = usePlace();
  return (
    <ListPage<Payment>
      title={say('screen.payment.title')}
      about={say('screen.payment.about')}
      path="/payments"
      from="/v1/payments"
      filters={['state', 'ref']}
      keyOf={(row) => row.id}
      columns={[
        { title: say('screen.payment.at'), track: '130px', render: (row) => <Ago at={row.createdAt} /> },
        { title: say('screen.payment.method'), render: (row) => say(`screen.payment.method.${row.method}`) },
        {
          title: say('screen.payment.state'),
          track: 'minmax(150px, 1fr)',
          render: (row) => <Light state={paymentLight[row.state]} label={say(`screen.payment.state.${row.state}`)} />,
        },
        {
          title: say('screen.payment.amount'),
          align: 'right',
          track: '140px',
          render: (row) => format.money(row.amountMinor, row.currency),
        },
        {
          title: say('screen.payment.refunded'),
          align: 'right',
          track: '140px',
          render: (row) => (row.refundedMinor === 0 ? '' : format.money(row.refundedMinor, row.currency)),
        },
      ]}
      short={(row) => [
        format.money(row.amountMinor, row.currency),
        <Light key="light" state={paymentLight[row.state]} label={say(`screen.payment.state.${row.state}`)} />,
      ]}
      tools={
        <Select
          clearable
          aria-label={say('screen.payment.state')}
          placeholder={say('screen.payment.state.any')}
          data={paymentStates.map((state) => ({ value: state, label: say(`screen.payment.state.${state}`) }))}
          value={search['state'] ?? null}
          onChange={(state) => setSearch({ state })}
        />
      }
      none={{ title: say('screen.payment.none'), about: say('screen.payment.none.about') }}
    />
  );
}
