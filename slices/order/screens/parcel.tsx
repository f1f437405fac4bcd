import { ActionIcon, Button, TextInput } from '@mantine/core';
import {
  Ago,
  api,
  Failing,
  Go,
  Light,
  PageHead,
  Part,
  Problem,
  messageOf,
  newKey,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { IconBarcode, IconCheck, IconQuestionMark } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Promised } from './desk.tsx';
import { NotFound } from './not-found.tsx';
import { openUnits, parcelLight, type Parcel, type ParcelLine } from './model.ts';
import { usePlaceNames, useUnits } from './parts.tsx';
import classes from './desk.module.css';

/** One task: pick by scanner, pack, ship. */
export default function ParcelPage(): React.JSX.Element {
  const { parcelId = '' } = useParams({ strict: false }) as { parcelId?: string };
  const found = useQuery({
    queryKey: ['parcel', parcelId],
    queryFn: ({ signal }) => api.get<Parcel>(`/v1/fulfilments/${parcelId}`, {}, signal),
    refetchInterval: 10_000,
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  return <Task parcel={found.data} />;
}

/** An act at a parcel; the list and what is shown follow its answer. */
function useAct(parcel: Parcel): {
  busy: boolean;
  act: (name: string, body?: unknown) => Promise<Parcel | undefined>;
  put: (next: Parcel) => void;
} {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const put = (next: Parcel): void => {
    client.setQueryData(['parcel', parcel.id], next);
    void client.invalidateQueries({ queryKey: [`/v1/places/${next.placeId}/tasks`] });
  };
  const act = async (name: string, body: unknown = {}): Promise<Parcel | undefined> => {
    setBusy(true);
    try {
      const next = await api.post<Parcel>(`/v1/fulfilments/${parcel.id}/${name}`, body);
      put(next);
      return next;
    } catch (error) {
      tellFailure(error);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, act, put };
}

const doable: Readonly<Record<Parcel['state'], readonly string[]>> = {
  planned: [],
  waiting: ['take'],
  picking: ['ready'],
  ready: [],
  trying: [],
  shipped: [],
  done: [],
  cancelled: [],
};

function Task({ parcel }: { parcel: Parcel }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const placeName = usePlaceNames();
  const { go } = usePlace();
  const { busy, act, put } = useAct(parcel);
  const isPicking = parcel.state === 'waiting' || parcel.state === 'picking';
  const left = parcel.lines.reduce((sum, line) => sum + openUnits(line) - line.picked, 0);
  const isTransfer = parcel.deskPlaceId !== parcel.placeId;
  const ships = parcel.state === 'ready' && (parcel.method === 'delivery' || (isTransfer && parcel.shippedAt === null));
  const done = async (name: string, body?: unknown): Promise<void> => {
    const next = await act(name, body);
    if (next === undefined) return;
    const undo = ['waiting', 'picking', 'ready'].includes(parcel.state)
      ? async (): Promise<void> => put(await api.post<Parcel>(`/v1/fulfilments/${parcel.id}/undo`))
      : undefined;
    tellDone(
      next.state === 'ready' && next.cell !== null
        ? say('screen.order.desk.done.cell', { cell: next.cell })
        : say(`screen.order.desk.done.${name}`),
      undo,
    );
  };
  return (
    <>
      <PageHead
        title={say('screen.order.one', { number: parcel.number })}
        about={
          <span className={classes.facts}>
            <Light state={parcelLight[parcel.state]} label={say(`screen.order.parcel.state.${parcel.state}`)} />
            <span>
              {say('screen.order.desk.waits')} <Ago at={parcel.createdAt} />
            </span>
            <Promised row={parcel} />
            <Go to={`/orders/${parcel.orderId}`}>{say('screen.order.open')}</Go>
          </span>
        }
      >
        {can('order.pick') &&
          doable[parcel.state].map((name) => (
            <Button
              key={name}
              loading={busy}
              onClick={() => void done(name, name === 'ready' ? { all: left > 0 } : {})}
            >
              {say(name === 'ready' && left > 0 ? 'screen.order.desk.ready-all' : `screen.order.desk.${name}`)}
            </Button>
          ))}
        {can('order.pick') && ships && (
          <Button loading={busy} onClick={() => void done('ship')}>
            {say('screen.order.desk.ship')}
          </Button>
        )}
        {can('order.hand-out') && parcel.state === 'shipped' && isTransfer && parcel.method === 'pickup' && (
          <Button loading={busy} onClick={() => void done('arrive')}>
            {say('screen.order.desk.arrive')}
          </Button>
        )}
        {can('order.hand-out') && parcel.state === 'ready' && !ships && (
          <Button onClick={() => go(`/desk/hand-out?place=${parcel.deskPlaceId}&parcel=${parcel.id}`)}>
            {say('screen.order.desk.hand-out')}
          </Button>
        )}
      </PageHead>
      <div className={classes.page}>
        {parcel.cell !== null && (
          <div className={classes.cell}>
            <span className="dim">{say('screen.order.desk.cell')}</span>
            <strong>{parcel.cell}</strong>
            <span className="dim">{say('screen.order.desk.code.about')}</span>
          </div>
        )}
        {isTransfer && <p className="dim">{say('screen.order.desk.to', { place: placeName(parcel.deskPlaceId) })}</p>}
        {isPicking && can('order.pick') && (
          <Scanner parcel={parcel} put={put} left={left} ready={() => void done('ready')} />
        )}
        <Part title={say(isPicking ? 'screen.order.desk.put-in' : 'screen.order.desk.inside')} flush>
          <Lines parcel={parcel} put={put} />
        </Part>
        {parcel.dueMinor > 0 && (
          <p>{say('screen.order.desk.due', { amount: format.money(parcel.dueMinor, parcel.currency) })}</p>
        )}
        {can('order.pick') && ['picking', 'ready', 'trying'].includes(parcel.state) && (
          <div>
            <Button variant="subtle" color="gray" loading={busy} onClick={() => void done('undo')}>
              {say('screen.order.desk.undo')}
            </Button>
          </div>
        )}
      </div>
    </>
  );
}

/** A field that is always ready for the scanner: EAN or article, then Enter. What went wrong stands beside it, not over it. */
function Scanner({
  parcel,
  put,
  left,
  ready,
}: {
  parcel: Parcel;
  put: (next: Parcel) => void;
  left: number;
  ready: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const [text, setText] = useState('');
  const [told, setTold] = useState<{ good: boolean; text: string }>();
  const box = useRef<HTMLInputElement>(null);
  const rest = left === 0 ? say('screen.order.desk.left.none') : say('screen.order.desk.left', { count: left });
  useEffect(() => box.current?.focus(), [parcel.id]);
  const scan = async (code: string): Promise<void> => {
    try {
      const body = { code, key: newKey() };
      const next = await api.post<Parcel>(`/v1/fulfilments/${parcel.id}/pick`, body);
      const line = next.lines.find(
        (one) => one.picked > (parcel.lines.find((old) => old.lineNo === one.lineNo)?.picked ?? 0),
      );
      put(next);
      setTold({ good: true, text: line?.title ?? code });
    } catch (error) {
      setTold({ good: false, text: `${code}: ${messageOf(error)}` });
      if (!(error instanceof Problem) || error.status === 0) setText(code);
    }
  };
  return (
    <form
      className={classes.scanner}
      onSubmit={(event) => {
        event.preventDefault();
        const code = text.trim();
        setText('');
        if (code !== '') void scan(code);
        else if (left === 0) ready();
      }}
    >
      <TextInput
        ref={box}
        size="lg"
        label={say('screen.order.desk.scan')}
        leftSection={<IconBarcode size={22} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Out of the box, where J, K and Escape lead on.
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        autoComplete="off"
        spellCheck={false}
      />
      <p className={classes.told} data-good={told?.good} role="status">
        {told === undefined ? rest : told.good ? `${told.text} · ${rest}` : told.text}
      </p>
    </form>
  );
}

function Lines({ parcel, put }: { parcel: Parcel; put: (next: Parcel) => void }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const units = useUnits();
  const format = useFormat();
  const [missing, setMissing] = useState<ParcelLine>();
  const isPicking = parcel.state === 'waiting' || parcel.state === 'picking';
  return (
    <ul className={classes.lines}>
      {parcel.lines.map((line) => {
        const open = openUnits(line);
        const isAll = line.picked >= open;
        const fate = (['taken', 'refused', 'notFound', 'cancelled'] as const).filter((key) => line[key] > 0);
        return (
          <li key={line.lineNo} className={classes.line} data-done={(isPicking && isAll) || undefined}>
            <div className={classes.lineWords}>
              <div>{line.title}</div>
              <div className={classes.note}>
                <span className="mono">{line.sku}</span>
                {fate.map((key) => ` · ${say(`screen.order.fate.${key}`, { amount: units(line[key], line.unit) })}`)}
              </div>
            </div>
            <div className={classes.count}>
              {isPicking ? (
                <>
                  {isAll && <IconCheck size={18} className={classes.check} aria-hidden />}
                  {say('screen.order.desk.picked', {
                    picked: format.number(line.unit === 'weight' ? line.picked / 1_000 : line.picked),
                    of: units(open, line.unit),
                  })}
                </>
              ) : (
                units(line.quantity, line.unit)
              )}
              {isPicking && can('order.pick') && !isAll && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={32}
                  aria-label={say('screen.order.desk.missing', { title: line.title })}
                  title={say('screen.order.desk.missing.short')}
                  onClick={() => setMissing(line)}
                >
                  <IconQuestionMark size={18} />
                </ActionIcon>
              )}
            </div>
          </li>
        );
      })}
      {missing !== undefined && (
        <NotFound parcel={parcel} line={missing} put={put} onClose={() => setMissing(undefined)} />
      )}
    </ul>
  );
}
