import { Button, NumberInput } from '@mantine/core';
import { api, Failing, MoneyInput, PageHead, Part, tellDone, tellFailure, useCan, useWords, Wait } from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Tariff } from './model.ts';
import classes from './stock.module.css';

const fees = ['feeMinor', 'feeKmMinor', 'feePartMinor'] as const;
const weights = ['partMinor', 'kmMinor', 'hourMinor'] as const;
const times = ['deliveryHours', 'transferHours', 'kmPerHour', 'partsMost'] as const;
const leasts = { deliveryHours: 0, transferHours: 0, kmPerHour: 0.1, partsMost: 1 } as const;

/** What bringing costs and how long it takes. */
export default function TariffPage(): React.JSX.Element {
  const { say } = useWords();
  const found = useQuery({
    queryKey: ['/v1/stock/tariff'],
    queryFn: ({ signal }) => api.get<Tariff>('/v1/stock/tariff', {}, signal),
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <PageHead title={say('screen.stock.tariff')} about={say('screen.stock.tariff.about')} />
      <TariffForm
        key={JSON.stringify(found.data)}
        tariff={found.data}
        put={async (tariff) => {
          await api.put('/v1/stock/tariff', tariff);
          await found.refetch();
        }}
      />
    </>
  );
}

function TariffForm({ tariff, put }: { tariff: Tariff; put: (tariff: Tariff) => Promise<void> }): React.JSX.Element {
  const { say, locale } = useWords();
  const isMine = useCan()('stock.manage');
  const [next, setNext] = useState(tariff);
  const [busy, setBusy] = useState(false);
  const money = (name: (typeof fees)[number] | (typeof weights)[number]): React.JSX.Element => (
    <MoneyInput
      key={name}
      label={say(`screen.stock.tariff.${name}`)}
      valueMinor={next[name]}
      onChange={(minor) => setNext({ ...next, [name]: minor ?? 0 })}
      readOnly={!isMine}
    />
  );
  const save = (): void => {
    setBusy(true);
    put(next)
      .then(() => tellDone(say('screen.stock.saved'), () => put(tariff)))
      .catch(tellFailure)
      .finally(() => setBusy(false));
  };
  return (
    <form
      className={`${classes.page ?? ''} ${classes.narrow ?? ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Part title={say('screen.stock.tariff.fees')}>
        <div className={classes.form}>
          <p className={classes.note}>{say('screen.stock.tariff.fees.about')}</p>
          <div className={classes.pair}>{fees.map(money)}</div>
        </div>
      </Part>
      <Part title={say('screen.stock.tariff.times')}>
        <div className={classes.pair}>
          {times.map((name) => (
            <NumberInput
              key={name}
              label={say(`screen.stock.tariff.${name}`)}
              value={next[name]}
              onChange={(value) => setNext({ ...next, [name]: Number(value) })}
              min={leasts[name]}
              max={name === 'partsMost' ? 10 : 10_000}
              allowDecimal={name !== 'partsMost'}
              decimalSeparator={locale === 'ru' ? ',' : '.'}
              readOnly={!isMine}
              hideControls
            />
          ))}
        </div>
      </Part>
      <Part title={say('screen.stock.tariff.weights')}>
        <div className={classes.form}>
          <p className={classes.note}>{say('screen.stock.tariff.weights.about')}</p>
          <div className={classes.pair}>{weights.map(money)}</div>
        </div>
      </Part>
      {isMine && (
        <Button type="submit" loading={busy} style={{ alignSelf: 'flex-start' }}>
          {say('ui.save')}
        </Button>
      )}
    </form>
  );
}
