import { Alert, Button } from '@mantine/core';
import {
  Ago,
  api,
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
import { receiptLight, type Receipt } from './model.ts';

/** One receipt: its document by tag, and what the cash register said. */
export default function ReceiptPage(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const { path } = usePlace();
  const id = path.split('/')[2] ?? '';
  const found = useQuery({
    queryKey: ['/v1/receipts', id],
    queryFn: ({ signal }) =>
      api.get<{ receipt: Receipt; document: Record<string, unknown> }>(`/v1/receipts/${id}`, {}, signal),
  });
  if (found.error !== null) return <Failing error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Wait />;
  const { receipt, document } = found.data;
  const retry = (): void => {
    api
      .post(`/v1/receipts/${id}/retry`, {})
      .then(async () => {
        await found.refetch();
        tellDone(say('screen.receipt.retried'));
      })
      .catch(tellFailure);
  };
  return (
    <>
      <PageHead
        title={format.money(receipt.totalMinor, receipt.currency)}
        about={
          <>
            {say(`screen.receipt.type.${receipt.type}`)} · <Ago at={receipt.issuedAt} /> ·{' '}
            <Go to={`/orders/${receipt.ref}`}>{say('screen.receipt.order.open')}</Go>
            {receipt.originalId !== null && (
              <>
                {' · '}
                <Go to={`/receipts/${receipt.originalId}`}>{say('screen.receipt.original.open')}</Go>
              </>
            )}
          </>
        }
      >
        <Light state={receiptLight[receipt.state]} label={say(`screen.receipt.state.${receipt.state}`)} />
        {receipt.state === 'failed' && can('receipt.manage') && (
          <Button onClick={retry}>{say('screen.receipt.retry')}</Button>
        )}
      </PageHead>
      {receipt.failure !== null && (
        <Alert color="orange" title={say('screen.receipt.failure')}>
          {receipt.failure === 'no-register' ? say('screen.receipt.no-register') : receipt.failure}
        </Alert>
      )}
      <Part title={say('screen.receipt.document')}>
        <Sheet
          rows={[
            ...(receipt.fiscalSign === null ? [] : [[say('screen.receipt.sign'), receipt.fiscalSign] as const]),
            ...Object.entries(document),
          ]}
          keyOf={([tag]) => tag}
          label={say('screen.receipt.document')}
          columns={[
            { title: say('screen.receipt.tag'), width: '160px', render: ([tag]) => tag },
            { title: say('screen.receipt.value'), render: ([, value]) => <TagValue value={value} /> },
          ]}
        />
      </Part>
    </>
  );
}

/** A tag may hold tags: the lines of a receipt do. */
function TagValue({ value }: { value: unknown }): React.JSX.Element {
  if (Array.isArray(value))
    return (
      <ol>
        {value.map((one, index) => (
          <li key={index}>
            <TagValue value={one} />
          </li>
        ))}
      </ol>
    );
  if (typeof value === 'object' && value !== null)
    return (
      <>
        {Object.entries(value).map(([tag, inner]) => (
          <div key={tag}>
            <span className="dim">{tag}</span> <TagValue value={inner} />
          </div>
        ))}
      </>
    );
  return <>{typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)}</>;
}
