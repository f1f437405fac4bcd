import { Ago, api, Figure, useFormat, useWords, type CustomerSlotProps } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import classes from './vitals.module.css';

interface Vitals {
  readonly purchases: number;
  readonly spentMinor: number;
  readonly currency?: string;
  readonly lastPurchaseAt: string | null;
  readonly rfm: { readonly recency: number; readonly frequency: number; readonly money: number } | string | null;
}

/** Four figures of a person; each opens to its definition. */
export default function VitalsRow({ customerId }: CustomerSlotProps): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const query = useQuery({
    queryKey: ['customer', customerId],
    queryFn: ({ signal }) => api.get<{ vitals?: Vitals | null }>(`/v1/customers/${customerId}`, {}, signal),
  });
  const vitals = query.data?.vitals;
  if (vitals === null || vitals === undefined) return null;
  const rfm = vitals.rfm === null || typeof vitals.rfm === 'string' ? vitals.rfm : `${String(vitals.rfm.recency)} ${String(vitals.rfm.frequency)} ${String(vitals.rfm.money)}`;
  return (
    <div className={classes.vitals}>
      <Figure label={say('screen.insight.purchases')} value={format.number(vitals.purchases)} definition={say('screen.insight.purchases.definition')} />
      <Figure label={say('screen.insight.spent')} value={format.money(vitals.spentMinor, vitals.currency ?? 'RUB')} definition={say('screen.insight.spent.definition')} />
      <Figure
        label={say('screen.insight.average')}
        value={vitals.purchases === 0 ? '—' : format.money(Math.round(vitals.spentMinor / vitals.purchases / 100) * 100, vitals.currency ?? 'RUB')}
        definition={say('screen.insight.average.definition')}
      />
      <Figure label={say('screen.insight.last')} value={<Ago at={vitals.lastPurchaseAt} />} definition={say('screen.insight.last.definition')} />
      <Figure label={say('screen.insight.rfm')} value={rfm ?? '—'} definition={say('screen.insight.rfm.definition')} />
    </div>
  );
}
