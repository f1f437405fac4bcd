import { NumberInput, Select, Switch } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { api, MoneyInput, messageOf, Part, useFormat, useWords } from '@ruslo/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CategorySelect } from './inputs.tsx';
import classes from './loyalty.module.css';
import type { Quote, Settings } from './model.ts';

/** What points a purchase would earn and be paid with under the settings as they stand in the form; nothing is kept. */
export function WhatIf({ settings, isDraft }: { settings: Settings; isDraft: boolean }): React.JSX.Element {
  const { say, locale } = useWords();
  const [totalMinor, setTotal] = useState<number | null>(500_000);
  const [categoryId, setCategory] = useState<string | null>(null);
  const [tier, setTier] = useState<string | null>(null);
  const [active, setActive] = useState<number | ''>(1_000);
  const [promoted, setPromoted] = useState(false);
  const [spends, setSpends] = useState(true);
  const body = {
    settings,
    active: active === '' ? 0 : active,
    spend: spends ? null : 0,
    ...(tier !== null && settings.tiers.some((one) => one.code === tier) ? { tier } : {}),
    lines: [{ id: '1', totalMinor: totalMinor ?? 0, promoted, categoryIds: categoryId === null ? [] : [categoryId] }],
  };
  const [asked] = useDebouncedValue(JSON.stringify(body), 300);
  const found = useQuery({
    queryKey: ['loyalty-what-if', asked],
    queryFn: () => api.post<Quote>('/v1/loyalty/what-if', JSON.parse(asked)),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  return (
    <Part title={say('screen.loyalty.try')}>
      <div className={classes.fields}>
        <p className={classes.note}>{say(isDraft ? 'screen.loyalty.try.draft' : 'screen.loyalty.try.about')}</p>
        <div className={classes.pair}>
          <MoneyInput label={say('screen.loyalty.try.sum')} valueMinor={totalMinor} onChange={setTotal} />
          <NumberInput
            label={say('screen.loyalty.try.active')}
            min={0}
            max={1_000_000_000}
            hideControls
            thousandSeparator=" "
            value={active}
            onChange={(value) => setActive(typeof value === 'number' ? value : '')}
          />
        </div>
        <CategorySelect label={say('screen.loyalty.try.category')} id={categoryId} onChange={setCategory} clearable />
        {settings.tiers.length > 0 && (
          <Select
            clearable
            aria-label={say('screen.loyalty.try.tier')}
            placeholder={say('screen.loyalty.try.tier')}
            data={settings.tiers.map((one) => ({ value: one.code, label: one.name[locale] || one.code }))}
            value={tier}
            onChange={setTier}
          />
        )}
        <Switch
          label={say('screen.loyalty.try.promoted')}
          checked={promoted}
          onChange={(event) => setPromoted(event.currentTarget.checked)}
        />
        <Switch
          label={say('screen.loyalty.try.spends')}
          checked={spends}
          onChange={(event) => setSpends(event.currentTarget.checked)}
        />
        <div aria-live="polite">
          {found.error !== null ? (
            <p className={classes.note}>{messageOf(found.error)}</p>
          ) : (
            found.data !== undefined && <QuoteText quote={found.data} totalMinor={totalMinor ?? 0} />
          )}
        </div>
      </div>
    </Part>
  );
}

function QuoteText({ quote, totalMinor }: { quote: Quote; totalMinor: number }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const paid = quote.spent.reduce((sum, line) => sum + line.amountMinor, 0);
  return (
    <dl className={classes.answer}>
      <dt>{say('screen.loyalty.answer.spend')}</dt>
      <dd>{say('screen.loyalty.points', { count: quote.spend, amount: format.number(quote.spend) })}</dd>
      <dt>{say('screen.loyalty.answer.pays')}</dt>
      <dd>{format.money(totalMinor - paid)}</dd>
      <dt>{say('screen.loyalty.answer.earn')}</dt>
      <dd>
        <b>{say('screen.loyalty.points', { count: quote.earn, amount: format.number(quote.earn) })}</b>
      </dd>
    </dl>
  );
}
