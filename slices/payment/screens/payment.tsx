import { Button } from '@mantine/core';
import {
  Ago,
  api,
  Code,
  Failing,
  Go,
  Light,
  PageHead,
  Part,
  Sheet,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { paymentLight, refundLight, type Payment, type Refund } from './model.ts';

/** One payment, and what of it went back. */
export default function PaymentPage(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { path } = usePlace();
  const id = path.split('/')[2] ?? '';
  const found = useQuery({
    queryKey: ['/v1/payments', id],
    queryFn: ({ signal }) => api.get<{ payment: Payment; refunds: Refund[] }>(`/v1/payments/${id}`, {}, signal),
  });
  if (found.error !== null) return <Failing error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Wait />;
  const { payment, refunds } = found.data;
  const retry = (refund: Refund): void => {
    api
      .post(`/v1/refunds/${refund.id}/retry`, {})
      .then(async () => {
        await found.refetch();
        tellDone(say('screen.payment.refund.retried'));
      })
      .catch(tellFailure);
  };
  const money = (minor: number): string => format.money(minor, payment.currency);
  return (
    <>
      <PageHead
        title={money(payment.amountMinor)}
        about={`${say(`screen.payment.method.${payment.method}`)}${payment.provider === null ? '' : ` · ${payment.provider}`}`}
      >
        <Light state={paymentLight[payment.state]} label={say(`screen.payment.state.${payment.state}`)} />
      </PageHead>
      <Part title={say('screen.payment.what')}>
        <Sheet
          rows={[
            { name: 'at', value: <Ago at={payment.createdAt} /> },
            { name: 'order', value: <Go to={`/orders/${payment.ref}`}>{say('screen.payment.order.open')}</Go> },
            ...(payment.customerId === null
              ? []
              : [
                  {
                    name: 'customer',
                    value: <Go to={`/customers/${payment.customerId}`}>{say('screen.payment.customer.open')}</Go>,
                  },
                ]),
            { name: 'refunded', value: money(payment.refundedMinor) },
            ...(payment.failure === null ? [] : [{ name: 'failure', value: payment.failure }]),
            { name: 'id', value: <Code text={payment.id} /> },
          ]}
          keyOf={(row) => row.name}
          label={say('screen.payment.what')}
          columns={[
            { title: say('screen.payment.field'), render: (row) => say(`screen.payment.field.${row.name}`) },
            { title: say('screen.payment.value'), render: (row) => row.value },
          ]}
        />
      </Part>
      <Part title={say('screen.payment.refund.title')}>
        {refunds.length === 0 ? (
          <span className="dim">{say('screen.payment.refund.none')}</span>
        ) : (
          <Sheet
            rows={refunds}
            keyOf={(row) => row.id}
            label={say('screen.payment.refund.title')}
            columns={[
              { title: say('screen.payment.at'), render: (row) => <Ago at={row.createdAt} /> },
              {
                title: say('screen.payment.state'),
                render: (row) => (
                  <Light state={refundLight[row.state]} label={say(`screen.payment.refund.${row.state}`)} />
                ),
              },
              { title: say('screen.payment.refund.failure'), render: (row) => row.failure ?? '', spare: true },
              { title: say('screen.payment.amount'), align: 'right', render: (row) => money(row.amountMinor) },
              {
                title: say('screen.payment.refund.retry'),
                align: 'right',
                render: (row) =>
                  row.state === 'failed' && can('payment.refund') ? (
                    <Button size="compact-sm" variant="default" onClick={() => retry(row)}>
                      {say('screen.payment.refund.retry')}
                    </Button>
                  ) : null,
              },
            ]}
          />
        )}
      </Part>
    </>
  );
}
