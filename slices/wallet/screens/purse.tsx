import { Button, NumberInput, SegmentedControl, Textarea } from '@mantine/core';
import {
  api,
  DayInput,
  Failing,
  Figure,
  FormDialog,
  Go,
  PageHead,
  Sheet,
  Part,
  tellDone,
  useCan,
  useFormat,
  usePlace,
  useStream,
  useWords,
  Wait,
  MoneyInput,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Entries } from './entries.tsx';
import { endOfDay, isOrder, type Purse } from './model.ts';
import classes from './wallet.module.css';

type Kind = 'points' | 'credit';

/** The purse of a customer: what there is, in which lots, and every entry; what it says can be put right by hand. */
export default function PursePage(): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const client = useQueryClient();
  const { path, search, setSearch } = usePlace();
  const [adjusting, setAdjusting] = useState(false);
  const id = path.split('/')[2] ?? '';
  const kind: Kind = search['kind'] === 'credit' ? 'credit' : 'points';
  const purse = useQuery({
    queryKey: ['purse', id],
    queryFn: ({ signal }) => api.get<Purse>(`/v1/customers/${id}/purse`, {}, signal),
  });
  const from = `/v1/customers/${id}/purse/entries`;
  const again = async (): Promise<void> => {
    await Promise.all(
      [['purse', id], [from], ['points', id]].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
  };
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useStream(id === '' ? undefined : `customer:${id}`, (message) => {
    if (message.event === 'ready') return;
    clearTimeout(later.current);
    later.current = setTimeout(() => void again(), 500);
  });
  useEffect(() => () => clearTimeout(later.current), []);
  if (purse.data === undefined)
    return purse.error === null ? <Wait /> : <Failing error={purse.error} retry={() => void purse.refetch()} />;
  const balance = purse.data[kind];
  const text = (value: number): string => (kind === 'points' ? format.number(value) : format.money(value));
  return (
    <div className={classes.page}>
      <PageHead
        title={say('screen.wallet.purse')}
        about={<Go to={`/customers/${id}`}>{say('screen.wallet.customer')}</Go>}
      >
        {can('purse.adjust') && <Button onClick={() => setAdjusting(true)}>{say('screen.wallet.adjust')}</Button>}
      </PageHead>
      <div className={classes.body} data-wide>
        <SegmentedControl
          className={classes.kinds ?? ''}
          aria-label={say('screen.wallet.kind')}
          data={(['points', 'credit'] as const).map((one) => ({ value: one, label: say(`screen.wallet.kind.${one}`) }))}
          value={kind}
          onChange={(next) => setSearch({ kind: next === 'credit' ? 'credit' : null })}
        />
        <div className={classes.figures}>
          {(['active', 'pending', 'held', 'debt'] as const).map((one) =>
            balance[one] === 0 && one !== 'active' ? null : (
              <Figure
                key={one}
                label={say(`screen.wallet.${one}`)}
                value={text(balance[one])}
                definition={say(`screen.wallet.${one}.about`)}
              />
            ),
          )}
        </div>
        <Lots purse={purse.data} kind={kind} text={text} />
        <Entries key={kind} from={from} query={{ kind }} text={text} title={say('screen.wallet.entries')} />
      </div>
      {adjusting && <AdjustForm id={id} first={kind} again={again} onClose={() => setAdjusting(false)} />}
    </div>
  );
}

function Lots({
  purse,
  kind,
  text,
}: {
  purse: Purse;
  kind: Kind;
  text: (value: number) => string;
}): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const lots = purse.lots.filter((lot) => lot.kind === kind && lot.remaining !== 0);
  if (lots.length === 0) return null;
  return (
    <Part title={say('screen.wallet.lots')} flush>
      <Sheet
        rows={lots}
        keyOf={(lot) => lot.id}
        label={say('screen.wallet.lots')}
        columns={[
          { title: say('screen.wallet.lot.left'), width: '110px', render: (lot) => text(lot.remaining) },
          { title: say('screen.wallet.lot.of'), spare: true, render: (lot) => text(lot.amount) },
          { title: say('screen.wallet.lot.from'), render: (lot) => format.date(lot.availableAt, 'day') },
          {
            title: say('screen.wallet.until'),
            render: (lot) => (lot.expiresAt === null ? say('screen.wallet.never') : format.date(lot.expiresAt, 'day')),
          },
          {
            title: say('screen.wallet.field.order'),
            spare: true,
            render: (lot) => isOrder(lot.ref) && <Go to={`/orders/${lot.ref}`}>{say('screen.wallet.order')}</Go>,
          },
        ]}
      />
    </Part>
  );
}

function AdjustForm({
  id,
  first,
  again,
  onClose,
}: {
  id: string;
  first: Kind;
  again: () => Promise<void>;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const { zone } = useFormat();
  const [kind, setKind] = useState<Kind>(first);
  const [way, setWay] = useState<'give' | 'take'>('give');
  const [amount, setAmount] = useState<number | null>(null);
  // One command, however often the button is pressed; another amount is another command.
  const command = useRef({ body: '', key: '' });
  const submit = async (form: FormData): Promise<boolean> => {
    const reason = form.get('reason');
    const until = form.get('expiresAt');
    if (amount === null || amount <= 0) return false;
    const body = {
      kind,
      amount: way === 'give' ? amount : -amount,
      reason: typeof reason === 'string' ? reason.trim() : '',
      expiresAt: way === 'give' && typeof until === 'string' && until !== '' ? endOfDay(until, zone) : null,
    };
    if (command.current.body !== JSON.stringify(body))
      command.current = { body: JSON.stringify(body), key: crypto.randomUUID() };
    await api.post(`/v1/customers/${id}/purse/adjust`, body, command.current.key);
    await again();
    tellDone(say(way === 'give' ? 'screen.wallet.adjust.given' : 'screen.wallet.adjust.taken'));
    return true;
  };
  return (
    <FormDialog
      title={say('screen.wallet.adjust')}
      act={say(`screen.wallet.adjust.${way}.act`)}
      submit={submit}
      onClose={onClose}
    >
      <SegmentedControl
        aria-label={say('screen.wallet.kind')}
        data={(['points', 'credit'] as const).map((one) => ({ value: one, label: say(`screen.wallet.kind.${one}`) }))}
        value={kind}
        onChange={(next) => setKind(next === 'credit' ? 'credit' : 'points')}
      />
      <SegmentedControl
        aria-label={say('screen.wallet.adjust.way')}
        data={(['give', 'take'] as const).map((one) => ({ value: one, label: say(`screen.wallet.adjust.${one}`) }))}
        value={way}
        onChange={(next) => setWay(next === 'take' ? 'take' : 'give')}
      />
      {kind === 'points' ? (
        <NumberInput
          label={say('screen.wallet.adjust.points')}
          min={1}
          max={1_000_000_000}
          allowDecimal={false}
          thousandSeparator=" "
          hideControls
          required
          value={amount ?? ''}
          onChange={(value) => setAmount(typeof value === 'number' ? value : null)}
          data-autofocus
        />
      ) : (
        <MoneyInput
          label={say('screen.wallet.adjust.money')}
          valueMinor={amount}
          onChange={setAmount}
          required
          data-autofocus
        />
      )}
      <Textarea
        name="reason"
        label={say('screen.wallet.adjust.reason')}
        description={say('screen.wallet.adjust.reason.about')}
        minLength={3}
        maxLength={500}
        required
        autosize
      />
      {way === 'give' && <DayInput name="expiresAt" label={say('screen.wallet.adjust.until')} />}
    </FormDialog>
  );
}
