import { ActionIcon, Button, NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { api, Go, messageOf, Part, tellDone, tellFailure, useFormat, useWords } from '@ruslo/ui';
import { IconMinus, IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { openUnits, type HandedOut, type Parcel, type ParcelLine } from './model.ts';
import { useActKey, useUnits } from './parts.tsx';
import classes from './desk.module.css';

type Taken = Readonly<Record<number, number>>;

/**
 * What she takes and what she leaves. Everything is taken until a stepper says otherwise; what is to pay is reckoned by
 * the server as the hand-out itself reckons it.
 */
export function HandOver({
  parcel,
  place,
  proven,
  done,
  leave,
}: {
  parcel: Parcel;
  place: string;
  /** She has shown the code; otherwise look at a paper. */
  proven: boolean;
  done: () => void;
  leave: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const client = useQueryClient();
  const lines = parcel.lines.filter((line) => openUnits(line) > 0);
  const [taken, setTaken] = useState<Taken>(() =>
    Object.fromEntries(lines.map((line) => [line.lineNo, openUnits(line)])),
  );
  const [serials, setSerials] = useState<Readonly<Record<number, string>>>({});
  const [kind, setKind] = useState<'cash' | 'terminal'>('terminal');
  const [busy, setBusy] = useState(false);
  const keyOf = useActKey();
  const main = useRef<HTMLButtonElement>(null);
  useEffect(() => main.current?.focus(), []);
  const body = lines.map((line) => ({
    lineNo: line.lineNo,
    taken: taken[line.lineNo] ?? 0,
    refused: openUnits(line) - (taken[line.lineNo] ?? 0),
  }));
  const [asked] = useDebouncedValue(body, 150);
  const preview = useQuery({
    queryKey: ['hand-out', parcel.id, asked],
    queryFn: () =>
      api.post<HandedOut>(`/v1/fulfilments/${parcel.id}/hand-out/preview`, { lines: asked, placeId: place }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const sums = preview.data;
  const isFresh = !preview.isPlaceholderData && JSON.stringify(asked) === JSON.stringify(body);
  const money = (minor: number): string => format.money(minor, parcel.currency);
  const isRefused = body.every((line) => line.taken === 0);
  const handOut = async (): Promise<void> => {
    if (sums === undefined) return;
    setBusy(true);
    try {
      const tenders = sums.paidMinor > 0 ? [{ kind, amountMinor: sums.paidMinor }] : [];
      const whole = {
        lines: body.map((line) => {
          const told = (serials[line.lineNo] ?? '').split(/[\s,;]+/).filter((one) => one !== '');
          return told.length > 0 && line.taken > 0 ? { ...line, serials: told } : line;
        }),
        tenders,
        placeId: place,
      };
      const handed = await api.post<HandedOut>(`/v1/fulfilments/${parcel.id}/hand-out`, whole, keyOf(whole));
      const told = [
        say(isRefused ? 'screen.order.hand-out.refused-all' : 'screen.order.hand-out.done', { number: parcel.number }),
        ...(handed.paidMinor > 0 ? [say('screen.order.hand-out.paid', { amount: money(handed.paidMinor) })] : []),
        ...(handed.refundedMinor > 0
          ? [say('screen.order.hand-out.refunded', { amount: money(handed.refundedMinor) })]
          : []),
      ].join('. ');
      const undo = async (): Promise<void> => {
        await api.post(`/v1/fulfilments/${parcel.id}/hand-out/undo`);
        tellDone(say('screen.order.hand-out.undone', { number: parcel.number }));
      };
      tellDone(told, isRefused ? undefined : undo);
      void client.invalidateQueries({ queryKey: ['parcel', parcel.id] });
      void client.invalidateQueries({ queryKey: [`/v1/places/${place}/tasks`] });
      done();
    } catch (error) {
      tellFailure(error);
      setBusy(false);
    }
  };
  return (
    <Part
      title={
        <span className={classes.facts}>
          <Go to={`/orders/${parcel.orderId}`}>{say('screen.order.one', { number: parcel.number })}</Go>
          {parcel.cell !== null && <span>{say('screen.order.cell', { cell: parcel.cell })}</span>}
          {parcel.recipientName !== null && <span>{parcel.recipientName}</span>}
        </span>
      }
      flush
    >
      {!proven && <p className={classes.who}>{say('screen.order.hand-out.unproven')}</p>}
      <ul className={classes.lines}>
        {lines.map((line) => (
          <Line
            key={line.lineNo}
            line={line}
            taken={taken[line.lineNo] ?? 0}
            setTaken={(count) => setTaken((old) => ({ ...old, [line.lineNo]: count }))}
            serial={serials[line.lineNo] ?? ''}
            setSerial={(text) => setSerials((old) => ({ ...old, [line.lineNo]: text }))}
          />
        ))}
      </ul>
      <div className={classes.foot}>
        <Due sums={sums} error={preview.error} isRefused={isRefused} kind={kind} setKind={setKind} money={money} />
        <div className={classes.facts}>
          <Button variant="subtle" color="gray" onClick={leave}>
            {say('ui.cancel')}
          </Button>
          <Button
            ref={main}
            size="md"
            loading={busy}
            data-fresh={isFresh || undefined}
            {...(isRefused ? { color: 'red' } : {})}
            onClick={() => {
              // A sum that is still being reckoned is not taken from anybody.
              if (isFresh) void handOut();
            }}
          >
            {say(isRefused ? 'screen.order.hand-out.refuse-all' : 'screen.order.hand-out.act')}
          </Button>
        </div>
      </div>
    </Part>
  );
}

/** What is to pay, what goes back, or that nothing is left to do about money. */
function Due({
  sums,
  error,
  isRefused,
  kind,
  setKind,
  money,
}: {
  sums: HandedOut | undefined;
  error: Error | null;
  isRefused: boolean;
  kind: 'cash' | 'terminal';
  setKind: (kind: 'cash' | 'terminal') => void;
  money: (minor: number) => string;
}): React.JSX.Element {
  const { say } = useWords();
  if (error !== null) return <span role="alert">{messageOf(error)}</span>;
  if (sums === undefined) return <span className="dim">…</span>;
  return (
    <div className={classes.paying}>
      {sums.paidMinor > 0 ? (
        <>
          <span className={classes.due}>{say('screen.order.hand-out.due', { amount: money(sums.paidMinor) })}</span>
          <SegmentedControl
            aria-label={say('screen.order.hand-out.kind')}
            value={kind}
            onChange={(value) => setKind(value === 'cash' ? 'cash' : 'terminal')}
            data={(['terminal', 'cash'] as const).map((value) => ({
              value,
              label: say(`screen.order.tender.${value}`),
            }))}
          />
        </>
      ) : (
        <span className={classes.due}>
          {sums.refundedMinor > 0
            ? say('screen.order.hand-out.refunds', { amount: money(sums.refundedMinor) })
            : say(isRefused ? 'screen.order.hand-out.nothing' : 'screen.order.hand-out.paid-all')}
        </span>
      )}
      {sums.pointsBack > 0 && (
        <span className="dim">{say('screen.order.hand-out.points', { count: sums.pointsBack })}</span>
      )}
    </div>
  );
}

function Line({
  line,
  taken,
  setTaken,
  serial,
  setSerial,
}: {
  line: ParcelLine;
  taken: number;
  setTaken: (count: number) => void;
  serial: string;
  setSerial: (text: string) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const units = useUnits();
  const open = openUnits(line);
  const step = line.unit === 'weight' ? open : 1;
  const put = (count: number): void => setTaken(Math.max(0, Math.min(open, count)));
  return (
    <li className={classes.line}>
      <div className={classes.lineWords}>
        <div>{line.title}</div>
        <div className={classes.note}>
          <span className="mono">{line.sku}</span> · {units(open, line.unit)}
        </div>
      </div>
      <span className={classes.refused} role="status">
        {taken < open && say('screen.order.hand-out.left', { amount: units(open - taken, line.unit) })}
      </span>
      <div className={classes.stepper}>
        <ActionIcon
          variant="default"
          size={40}
          aria-label={say('screen.order.hand-out.less', { title: line.title })}
          disabled={taken === 0}
          onClick={() => put(taken - step)}
        >
          <IconMinus size={18} />
        </ActionIcon>
        <NumberInput
          hideControls
          w={72}
          size="md"
          aria-label={say('screen.order.hand-out.taken', { title: line.title })}
          min={0}
          max={open}
          step={step}
          value={taken}
          onChange={(value) => put(typeof value === 'number' ? value : 0)}
        />
        <ActionIcon
          variant="default"
          size={40}
          aria-label={say('screen.order.hand-out.more', { title: line.title })}
          disabled={taken === open}
          onClick={() => put(taken + step)}
        >
          <IconPlus size={18} />
        </ActionIcon>
      </div>
      {line.warrantyMonths !== null && taken > 0 && (
        <TextInput
          className={classes.serial ?? ''}
          aria-label={say('screen.order.hand-out.serial', { title: line.title })}
          placeholder={say('screen.order.hand-out.serial.short')}
          value={serial}
          onChange={(event) => setSerial(event.currentTarget.value)}
        />
      )}
    </li>
  );
}
