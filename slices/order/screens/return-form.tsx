import { ActionIcon, Button, Checkbox, NumberInput, SegmentedControl, Select, Switch, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { api, messageOf, Part, Pick, tellDone, tellFailure, useFormat, usePlace, useWords } from '@ruslo/ui';
import { IconMinus, IconPlus, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { findVariants, reasons, type Exchanged, type Reason, type Return, type Returnable } from './model.ts';
import { Pair } from './order-money.tsx';
import { PlacePick, useActKey, useUnits } from './parts.tsx';
import { ReturnSums } from './return.tsx';
import desk from './desk.module.css';
import classes from './order.module.css';

interface Choice {
  readonly quantity: number;
  readonly reason: Reason | null;
  readonly damaged: boolean;
}
interface Taken {
  readonly id: string;
  readonly label: string;
  readonly quantity: number;
}
interface TermsOf {
  readonly place: string | null;
  readonly payTo: 'origin' | 'cash';
  /** Only asked when the time to return is over. */
  readonly why: string;
}
const none: Choice = { quantity: 0, reason: null, damaged: false };

/** Units, reasons and the state of the goods; beside them what the return would move, asked from the server as the return itself. */
export function ReturnForm({ order }: { order: Returnable }): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch, go } = usePlace();
  const client = useQueryClient();
  const lines = order.lines.filter((line) => line.returnable > 0);
  const [only] = lines;
  const [choices, setChoices] = useState<Readonly<Record<number, Choice>>>(() =>
    lines.length === 1 && only?.returnable === 1 ? { [only.lineNo]: { ...none, quantity: 1 } } : {},
  );
  const [terms, setTerms] = useState<TermsOf>({
    place: localStorage.getItem('ruslo.desk.place'),
    payTo: 'origin',
    why: '',
  });
  const { place, payTo, why } = terms;
  const isExchange = search['exchange'] === '1';
  const [take, setTake] = useState<readonly Taken[]>([]);
  const [kind, setKind] = useState<'cash' | 'terminal'>('terminal');
  const [busy, setBusy] = useState(false);
  const keyOf = useActKey();
  const chosen = lines.flatMap((line) => {
    const { quantity, reason, damaged } = choices[line.lineNo] ?? none;
    return quantity === 0 ? [] : [{ lineNo: line.lineNo, quantity, reason: reason ?? 'other', damaged }];
  });
  const lacksReason = lines.some((line) => {
    const choice = choices[line.lineNo] ?? none;
    return choice.quantity > 0 && choice.reason === null;
  });
  const body = {
    orderId: order.orderId,
    lines: chosen,
    placeId: place ?? '',
    to: payTo,
    ...(why.trim().length >= 3 ? { why: why.trim() } : {}),
    ...(isExchange ? { take: take.map(({ id, quantity }) => ({ variantId: id, quantity })) } : {}),
  };
  const [asked] = useDebouncedValue(body, 200);
  const askable = chosen.length > 0 && place !== null && (!isExchange || take.length > 0);
  const preview = useQuery({
    queryKey: ['return-preview', asked, isExchange],
    queryFn: (): Promise<Return | Exchanged> =>
      api.post<Return | Exchanged>(isExchange ? '/v1/exchanges/preview' : '/v1/returns/preview', asked),
    enabled: askable && asked.lines.length > 0 && asked.placeId !== '' && (!isExchange || 'take' in asked),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const shown = askable && preview.error === null ? preview.data : undefined;
  const isFresh = !preview.isPlaceholderData && JSON.stringify(asked) === JSON.stringify(body);
  const confirm = async (): Promise<void> => {
    if (shown === undefined || !isFresh) return;
    setBusy(true);
    try {
      if ('return' in shown) {
        const tenders = shown.paidMinor > 0 ? [{ kind, amountMinor: shown.paidMinor }] : [];
        const whole = { ...body, tenders };
        const done = await api.post<Exchanged>('/v1/exchanges', whole, keyOf(whole));
        tellDone(say('screen.order.exchange.done', { number: done.orderNumber }));
        go(`/orders/${done.orderId}`);
      } else {
        const done = await api.post<Return>('/v1/returns', body, keyOf(body));
        tellDone(say('screen.order.return.done', { number: done.number }));
        go(`/returns/${done.id}`);
      }
      void client.invalidateQueries({ queryKey: ['/v1/returns'] });
      void client.invalidateQueries({ queryKey: ['order', order.orderId] });
    } catch (error) {
      tellFailure(error);
      setBusy(false);
    }
  };
  const put = (lineNo: number, change: Partial<Choice>): void =>
    setChoices((old) => ({ ...old, [lineNo]: { ...(old[lineNo] ?? none), ...change } }));
  return (
    <>
      <Part
        title={say('screen.order.return.choose', { number: order.number })}
        act={
          <Switch
            label={say('screen.order.exchange.switch')}
            checked={isExchange}
            onChange={(event) => setSearch({ exchange: event.currentTarget.checked ? '1' : null })}
          />
        }
        flush
      >
        <ul className={desk.lines}>
          {lines.map((line) => (
            <Line
              key={line.lineNo}
              line={line}
              currency={order.currency}
              choice={choices[line.lineNo] ?? none}
              put={(change) => put(line.lineNo, change)}
            />
          ))}
        </ul>
      </Part>
      {isExchange && <Take take={take} setTake={setTake} />}
      <Terms inTime={order.inTime} terms={terms} change={(change) => setTerms((old) => ({ ...old, ...change }))} />
      <Part title={say('screen.order.return.preview')} flush>
        {askable && preview.error !== null ? (
          <p className={classes.none} role="alert">
            {messageOf(preview.error)}
          </p>
        ) : shown === undefined ? (
          <p className={classes.none}>
            {say(
              chosen.length === 0
                ? 'screen.order.return.preview.units'
                : place === null
                  ? 'screen.order.return.preview.place'
                  : isExchange && take.length === 0
                    ? 'screen.order.exchange.preview.take'
                    : 'ui.loading',
            )}
          </p>
        ) : (
          <div>
            <ReturnSums row={'return' in shown ? shown.return : shown} />
            {'return' in shown && <Difference exchanged={shown} kind={kind} setKind={setKind} />}
          </div>
        )}
        <div className={desk.foot}>
          <span className="dim">{lacksReason ? say('screen.order.return.reason.lacks') : ''}</span>
          <Button
            size="md"
            loading={busy}
            disabled={shown === undefined || !isFresh || lacksReason}
            onClick={() => void confirm()}
          >
            {say(isExchange ? 'screen.order.exchange.act' : 'screen.order.return.act')}
          </Button>
        </div>
      </Part>
    </>
  );
}

/** Where it is taken back, how the money goes, and why it is taken back late. */
function Terms({
  inTime,
  terms,
  change,
}: {
  inTime: boolean;
  terms: TermsOf;
  change: (change: Partial<TermsOf>) => void;
}): React.JSX.Element {
  const { say } = useWords();
  return (
    <Part title={say('screen.order.return.terms')} flush>
      <div className={`${classes.form} ${classes.bodyBox}`}>
        <div className={classes.two}>
          <PlacePick
            label={say('screen.order.return.place')}
            shownLabel
            service="return"
            value={terms.place}
            onChange={(place) => change({ place })}
          />
          <Select
            label={say('screen.order.return.pay-to')}
            data={(['origin', 'cash'] as const).map((value) => ({
              value,
              label: say(`screen.order.return.pay-to.${value}`),
            }))}
            value={terms.payTo}
            allowDeselect={false}
            onChange={(value) => change({ payTo: value === 'cash' ? 'cash' : 'origin' })}
          />
        </div>
        {!inTime && (
          <>
            <p className={classes.warn} role="note">
              {say('screen.order.return.late')}
            </p>
            <Textarea
              label={say('screen.order.return.late.why')}
              required
              autosize
              minRows={2}
              value={terms.why}
              onChange={(event) => change({ why: event.currentTarget.value })}
            />
          </>
        )}
      </div>
    </Part>
  );
}

function Line({
  line,
  currency,
  choice,
  put,
}: {
  line: Returnable['lines'][number];
  currency: string;
  choice: Choice;
  put: (change: Partial<Choice>) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const units = useUnits();
  const step = line.unit === 'weight' ? line.returnable : 1;
  const count = (quantity: number): void => put({ quantity: Math.max(0, Math.min(line.returnable, quantity)) });
  return (
    <li className={desk.line}>
      <div className={desk.lineWords}>
        <div>{line.title}</div>
        <div className={desk.note}>
          <span className="mono">{line.sku}</span> ·{' '}
          {say('screen.order.return.can', {
            amount: units(line.returnable, line.unit),
            money: format.money(line.amountMinor, currency),
          })}
        </div>
      </div>
      <div className={desk.stepper}>
        <ActionIcon
          variant="default"
          size={36}
          aria-label={say('screen.order.return.less', { title: line.title })}
          disabled={choice.quantity === 0}
          onClick={() => count(choice.quantity - step)}
        >
          <IconMinus size={16} />
        </ActionIcon>
        <NumberInput
          hideControls
          w={68}
          aria-label={say('screen.order.return.units', { title: line.title })}
          min={0}
          max={line.returnable}
          step={step}
          value={choice.quantity}
          onChange={(value) => count(typeof value === 'number' ? value : 0)}
        />
        <ActionIcon
          variant="default"
          size={36}
          aria-label={say('screen.order.return.more', { title: line.title })}
          disabled={choice.quantity === line.returnable}
          onClick={() => count(choice.quantity + step)}
        >
          <IconPlus size={16} />
        </ActionIcon>
      </div>
      {choice.quantity > 0 && (
        <div className={`${desk.serial} ${desk.paying}`}>
          <Select
            w={220}
            aria-label={say('screen.order.return.reason', { title: line.title })}
            placeholder={say('screen.order.return.reason.short')}
            data={reasons.map((reason) => ({ value: reason, label: say(`screen.order.reason.${reason}`) }))}
            value={choice.reason}
            onChange={(reason) => put({ reason: reason as Reason | null })}
          />
          <Checkbox
            label={say('screen.order.return.damaged')}
            checked={choice.damaged}
            onChange={(event) => put({ damaged: event.currentTarget.checked })}
          />
        </div>
      )}
    </li>
  );
}

/** What she takes instead. */
function Take({
  take,
  setTake,
}: {
  take: readonly Taken[];
  setTake: (next: readonly Taken[]) => void;
}): React.JSX.Element {
  const { say } = useWords();
  return (
    <Part title={say('screen.order.exchange.take')} flush>
      {take.map((one) => (
        <div className={classes.row} key={one.id}>
          <span>{one.label}</span>
          <span className={desk.stepper}>
            <NumberInput
              w={68}
              hideControls
              min={1}
              aria-label={say('screen.order.exchange.units', { title: one.label })}
              value={one.quantity}
              onChange={(value) =>
                setTake(
                  take.map((other) =>
                    other.id === one.id ? { ...other, quantity: typeof value === 'number' ? value : 1 } : other,
                  ),
                )
              }
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={say('screen.order.exchange.leave', { title: one.label })}
              onClick={() => setTake(take.filter((other) => other.id !== one.id))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </span>
        </div>
      ))}
      <div className={classes.bodyBox}>
        <Pick
          key={take.length}
          of="variants"
          find={findVariants}
          aria-label={say('screen.order.variant')}
          placeholder={say('screen.order.exchange.add')}
          value={null}
          onChange={(found) => {
            if (found !== null && !take.some((one) => one.id === found.id))
              setTake([...take, { id: found.id, label: found.label, quantity: 1 }]);
          }}
        />
      </div>
    </Part>
  );
}

/** Only the difference moves. */
function Difference({
  exchanged,
  kind,
  setKind,
}: {
  exchanged: Exchanged;
  kind: 'cash' | 'terminal';
  setKind: (kind: 'cash' | 'terminal') => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const money = (minor: number): string => format.money(minor, exchanged.currency);
  return (
    <>
      <dl className={classes.sums}>
        <Pair name={say('screen.order.exchange.total')} value={money(exchanged.totalMinor)} />
        <dt data-strong>
          {say(exchanged.paidMinor > 0 ? 'screen.order.exchange.pays' : 'screen.order.exchange.gets')}
        </dt>
        <dd data-strong>{money(exchanged.paidMinor > 0 ? exchanged.paidMinor : exchanged.refundedMinor)}</dd>
      </dl>
      {exchanged.paidMinor > 0 && (
        <div className={classes.bodyBox}>
          <SegmentedControl
            aria-label={say('screen.order.hand-out.kind')}
            value={kind}
            onChange={(value) => setKind(value === 'cash' ? 'cash' : 'terminal')}
            data={(['terminal', 'cash'] as const).map((value) => ({
              value,
              label: say(`screen.order.tender.${value}`),
            }))}
          />
        </div>
      )}
    </>
  );
}
