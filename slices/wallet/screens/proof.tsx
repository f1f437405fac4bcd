import { Button } from '@mantine/core';
import { Ago, api, Code, Failing, Go, Light, PageHead, Part, Sheet, useFormat, useWords, Wait } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import type { Proof } from './model.ts';
import classes from './wallet.module.css';

const useProof = () =>
  useQuery({
    queryKey: ['wallet-proof'],
    queryFn: ({ signal }) => api.get<Proof>('/v1/wallet/proof', {}, signal),
    // The whole ledger is added up: not at every look.
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });

/** Whether the books balance, in one light. */
export function ProofLight(): React.JSX.Element | null {
  const { say } = useWords();
  const { data } = useProof();
  if (data === undefined) return null;
  return (
    <Go to="/settings/wallet">
      <Light
        state={data.proven ? 'good' : 'bad'}
        label={say(data.proven ? 'screen.wallet.proof.good' : 'screen.wallet.proof.bad', {
          count: data.differences.length,
        })}
      />
    </Go>
  );
}

/** Adds the whole ledger up anew and shows what does not agree. */
export default function ProofPage(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const proof = useProof();
  if (proof.data === undefined)
    return proof.error === null ? <Wait /> : <Failing error={proof.error} retry={() => void proof.refetch()} />;
  const { proven, differences, sums, at } = proof.data;
  const text = (kind: string, value: number): string =>
    kind === 'points' ? format.number(value) : format.money(value);
  return (
    <>
      <PageHead title={say('screen.wallet.proof')} about={say('screen.wallet.proof.about')}>
        <Button variant="default" loading={proof.isFetching} onClick={() => void proof.refetch()}>
          {say('screen.wallet.proof.again')}
        </Button>
      </PageHead>
      <div className={classes.body} data-wide>
        <p className={classes.verdict}>
          <Light
            state={proven ? 'good' : 'bad'}
            label={say(proven ? 'screen.wallet.proof.good' : 'screen.wallet.proof.bad', { count: differences.length })}
          />
          <span className="dim">
            <Ago at={at} />
          </span>
        </p>
        <Part title={say('screen.wallet.proof.sums')} flush>
          <Sheet
            rows={sums}
            keyOf={(row) => row.kind}
            label={say('screen.wallet.proof.sums')}
            columns={[
              { title: say('screen.wallet.kind'), render: (row) => say(`screen.wallet.kind.${row.kind}`) },
              { title: say('screen.wallet.proof.lots'), align: 'right', render: (row) => text(row.kind, row.lots) },
              { title: say('screen.wallet.held'), align: 'right', render: (row) => text(row.kind, row.held) },
              { title: say('screen.wallet.debt'), align: 'right', render: (row) => text(row.kind, row.owed) },
            ]}
          />
          {sums.length === 0 && <p className={classes.pad}>{say('screen.wallet.proof.empty')}</p>}
        </Part>
        {differences.length > 0 && (
          <Part title={say('screen.wallet.proof.differences')} flush>
            <Sheet
              rows={differences}
              keyOf={(row) => `${row.what} ${row.id}`}
              label={say('screen.wallet.proof.differences')}
              columns={[
                {
                  title: say('screen.wallet.proof.what'),
                  render: (row) => say(`screen.wallet.proof.what.${row.what}`),
                },
                { title: say('screen.wallet.field.id'), render: (row) => <Code text={row.id} /> },
                { title: say('screen.wallet.proof.kept'), align: 'right', render: (row) => format.number(row.kept) },
                {
                  title: say('screen.wallet.proof.reckoned'),
                  align: 'right',
                  render: (row) => format.number(row.reckoned),
                },
              ]}
            />
          </Part>
        )}
      </div>
    </>
  );
}
