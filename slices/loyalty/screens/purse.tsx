import { Progress } from '@mantine/core';
import {
  api,
  Failing,
  Figure,
  Go,
  Part,
  useFormat,
  useStream,
  useWords,
  Wait,
  type CustomerSlotProps,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import classes from './loyalty.module.css';
import type { Statement } from './model.ts';

interface Purse {
  readonly credit: { readonly active: number; readonly held: number };
}

const shownLines = 4;

/** Points, tier and money of a customer on the card; follows purchases as they happen. */
export default function PursePart({ customerId }: CustomerSlotProps): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const points = useQuery({
    queryKey: ['points', customerId],
    queryFn: ({ signal }) => api.get<Statement>(`/v1/customers/${customerId}/points`, { limit: shownLines }, signal),
  });
  const purse = useQuery({
    queryKey: ['purse', customerId],
    queryFn: ({ signal }) => api.get<Purse>(`/v1/customers/${customerId}/purse`, {}, signal),
  });
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useStream(`customer:${customerId}`, (message) => {
    if (message.event === 'ready') return;
    clearTimeout(later.current);
    later.current = setTimeout(() => {
      for (const key of ['points', 'purse']) void client.invalidateQueries({ queryKey: [key, customerId] });
    }, 600);
  });
  useEffect(() => () => clearTimeout(later.current), []);
  return (
    <Part
      title={say('screen.loyalty.purse')}
      act={<Go to={`/customers/${customerId}/purse`}>{say('screen.loyalty.purse.all')}</Go>}
    >
      {points.data === undefined ? (
        points.error === null ? (
          <Wait rows={3} />
        ) : (
          <Failing error={points.error} retry={() => void points.refetch()} />
        )
      ) : (
        <>
          <Figures statement={points.data} credit={purse.data?.credit.active ?? 0} />
          <TierProgress statement={points.data} />
          <Lines statement={points.data} />
        </>
      )}
    </Part>
  );
}

function Figures({ statement, credit }: { statement: Statement; credit: number }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { active, pending, held, debt, expiring } = statement;
  const day = (at: string): string => format.date(at, 'day');
  const list = (parts: readonly { amount: number; at: string }[], key: string): React.JSX.Element => (
    <>
      {say(`screen.loyalty.${key}.about`)}
      <ul className={classes.dates}>
        {parts.map((part) => (
          <li key={`${part.at} ${String(part.amount)}`}>
            {format.number(part.amount)} · {day(part.at)}
          </li>
        ))}
      </ul>
    </>
  );
  const [soonest] = expiring;
  const [next] = statement.pending.parts;
  return (
    <div className={classes.figures}>
      <Figure
        label={say('screen.loyalty.active')}
        value={format.number(active)}
        definition={say('screen.loyalty.active.about')}
      />
      {pending.amount !== 0 && (
        <Figure
          label={
            next === undefined
              ? say('screen.loyalty.pending')
              : say('screen.loyalty.pending.from', { day: format.date(next.availableAt, 'dayShort') })
          }
          value={format.number(pending.amount)}
          definition={list(
            pending.parts.map((part) => ({ amount: part.amount, at: part.availableAt })),
            'pending',
          )}
        />
      )}
      {held !== 0 && (
        <Figure
          label={say('screen.loyalty.held')}
          value={format.number(held)}
          definition={say('screen.loyalty.held.about')}
        />
      )}
      {debt !== 0 && (
        <Figure
          label={say('screen.loyalty.debt')}
          value={format.number(debt)}
          definition={say('screen.loyalty.debt.about')}
        />
      )}
      {soonest !== undefined && (
        <Figure
          label={say('screen.loyalty.expiring', { day: format.date(soonest.at, 'dayShort') })}
          value={format.number(soonest.amount)}
          definition={list(expiring, 'expiring')}
        />
      )}
      {credit !== 0 && (
        <Figure
          label={say('screen.loyalty.credit')}
          value={format.money(credit)}
          definition={say('screen.loyalty.credit.about')}
        />
      )}
    </div>
  );
}

function TierProgress({ statement }: { statement: Statement }): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const { tier } = statement;
  if (tier.code === null && tier.next === null) return null;
  return (
    <div className={classes.progress}>
      <div className={classes.progressHead}>
        <span>
          {tier.name === null ? say('screen.loyalty.tier.no') : say('screen.loyalty.tier.now', { name: tier.name })}
          {tier.kept && <span className="dim"> · {say('screen.loyalty.tier.kept')}</span>}
        </span>
        {tier.next !== null && (
          <span className="dim">
            {say('screen.loyalty.tier.next', { name: tier.next.name, money: format.money(tier.next.missingMinor) })}
          </span>
        )}
      </div>
      {tier.next !== null && (
        <Progress
          value={Math.min(100, tier.next.progressBp / 100)}
          aria-label={say('screen.loyalty.tier.next', {
            name: tier.next.name,
            money: format.money(tier.next.missingMinor),
          })}
        />
      )}
    </div>
  );
}

function Lines({ statement }: { statement: Statement }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const lines = statement.lines.slice(0, shownLines);
  if (lines.length === 0) return <p className={classes.note}>{say('screen.loyalty.lines.none')}</p>;
  return (
    <ol className={classes.lines} aria-label={say('screen.loyalty.lines')}>
      {lines.map((line, index) => (
        <li key={`${line.at} ${String(index)}`}>
          <time dateTime={line.at} title={format.date(line.at, 'exact')}>
            {format.date(line.at, 'dayShort')}
          </time>
          <span>{line.text}</span>
        </li>
      ))}
    </ol>
  );
}
