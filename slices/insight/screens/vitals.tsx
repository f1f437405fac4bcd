import { Ago, api, channelOf, Figure, useFormat, useStream, useWords, type CustomerSlotProps } from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Vitals } from '../contract.ts';
import classes from './vitals.module.css';

/** A few figures of a person; each opens to its definition. They follow purchases as they happen. */
export default function VitalsRow({ customerId }: CustomerSlotProps): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['vitals', customerId],
    queryFn: ({ signal }) => api.get<Vitals>(`/v1/customers/${customerId}/vitals`, {}, signal),
  });
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useStream(`customer:${customerId}`, (message) => {
    if (message.event === 'ready') return;
    clearTimeout(later.current);
    later.current = setTimeout(() => void client.invalidateQueries({ queryKey: ['vitals', customerId] }), 1_500);
  });
  useEffect(() => () => clearTimeout(later.current), []);
  const vitals = query.data;
  // The place is kept while it loads, so that nothing below jumps.
  if (vitals === undefined) return query.isPending ? <div className={classes.vitals} aria-hidden data-blank /> : null;
  const { rfm } = vitals;
  const list = (values: readonly number[], money = false): string =>
    values.map((value) => (money ? format.money(value, vitals.currency) : format.number(value))).join(' · ');
  return (
    <div className={classes.vitals}>
      <Figure
        label={say('screen.insight.stage')}
        value={say(`screen.insight.stage.${vitals.stage}`)}
        definition={say('screen.insight.stage.definition')}
      />
      <Figure
        label={say('screen.insight.purchases')}
        value={format.number(vitals.purchases)}
        definition={say('screen.insight.purchases.definition')}
      />
      <Figure
        label={say('screen.insight.spent')}
        value={format.money(vitals.spentMinor, vitals.currency)}
        definition={say('screen.insight.spent.definition')}
      />
      <Figure
        label={say('screen.insight.average')}
        value={
          vitals.averageMinor === null
            ? '—'
            : format.money(Math.round(vitals.averageMinor / 100) * 100, vitals.currency)
        }
        definition={say('screen.insight.average.definition')}
      />
      <Figure
        label={say('screen.insight.last')}
        value={<Ago at={vitals.lastPurchaseAt} />}
        definition={say('screen.insight.last.definition')}
      />
      <Figure
        label={say('screen.insight.preferred')}
        value={vitals.preferredChannel === null ? '—' : say(`channel.${channelOf(vitals.preferredChannel)}`)}
        definition={say('screen.insight.preferred.definition')}
      />
      <Figure
        label={say('screen.insight.rfm')}
        value={rfm === null ? '—' : `${String(rfm.recency)}-${String(rfm.frequency)}-${String(rfm.monetary)}`}
        definition={
          <>
            {say('screen.insight.rfm.definition')}
            <br />
            R: {list(vitals.bounds.recencyDays)} · F: {list(vitals.bounds.purchases)} · M:{' '}
            {list(vitals.bounds.spentMinor, true)}
          </>
        }
      />
    </div>
  );
}
