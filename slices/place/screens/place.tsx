import { Badge, Button, Textarea } from '@mantine/core';
import {
  api,
  Failing,
  FormDialog,
  PageHead,
  Part,
  Sheet,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { PlaceForm } from './form.tsx';
import { days, HoursForm } from './hours-form.tsx';
import { spansText, type Hours, type Place } from './model.ts';
import { OpenLight } from './places.tsx';
import { Staff } from './staff.tsx';
import classes from './place.module.css';

/** One place: what it does, when it is open, its pickup desk. */
export default function PlacePage(): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const client = useQueryClient();
  const { path } = usePlace();
  const id = path.split('/')[2] ?? '';
  const [changing, setChanging] = useState<'fields' | 'hours' | 'cells'>();
  const found = useQuery({
    queryKey: ['/v1/places', id],
    queryFn: ({ signal }) => api.get<Place>(`/v1/places/${id}`, {}, signal),
  });
  if (found.error !== null) return <Failing error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Wait />;
  const place = found.data;
  const setState = async (state: Place['state']): Promise<void> => {
    await api.patch(`/v1/places/${id}`, { state });
    await client.invalidateQueries({ queryKey: ['/v1/places'] });
  };
  const toggle = (): void => {
    const before = place.state;
    setState(before === 'open' ? 'closed' : 'open')
      .then(() => tellDone(say('screen.place.saved'), () => setState(before)))
      .catch(tellFailure);
  };
  const isMine = can('place.manage');
  return (
    <>
      <PageHead
        title={place.name}
        about={`${say(`screen.place.kind.${place.kind}`)} · ${place.code} · ${place.city}, ${place.address}`}
      >
        <OpenLight place={place} />
        {isMine && (
          <>
            <Button variant="default" onClick={toggle}>
              {say(place.state === 'open' ? 'screen.place.close' : 'screen.place.open')}
            </Button>
            <Button onClick={() => setChanging('fields')}>{say('screen.place.change')}</Button>
          </>
        )}
      </PageHead>
      <div className={classes.page}>
        <Part title={say('screen.place.services')}>
          {place.services.map((service) => (
            <Badge key={service} variant="light" mr={6}>
              {say(`screen.place.service.${service}`)}
            </Badge>
          ))}
        </Part>
        <Part
          title={say('screen.place.hours')}
          act={
            isMine && (
              <Button size="compact-sm" variant="subtle" onClick={() => setChanging('hours')}>
                {say('screen.place.hours.change')}
              </Button>
            )
          }
          flush={place.hours !== null}
        >
          {place.hours === null ? say('screen.place.hours.always') : <Week hours={place.hours} />}
        </Part>
        <Staff id={id} isMine={isMine} />
        <Cells id={id} onChange={isMine ? () => setChanging('cells') : undefined} />
      </div>
      {changing === 'fields' && <PlaceForm place={place} onClose={() => setChanging(undefined)} />}
      {changing === 'hours' && <HoursForm place={place} onClose={() => setChanging(undefined)} />}
      {changing === 'cells' && <CellsForm id={id} onClose={() => setChanging(undefined)} />}
    </>
  );
}

function Week({ hours }: { hours: Hours }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  return (
    <Sheet
      rows={[
        ...days.map((day, index) => ({
          name: say(`screen.place.day.${day}`),
          spans: hours.week[index] ?? [],
          note: '',
        })),
        ...hours.exceptions.map((one) => ({
          name: format.plainDate(one.date),
          spans: one.spans,
          note: one.note ?? '',
        })),
      ]}
      keyOf={(row) => row.name}
      label={say('screen.place.hours')}
      columns={[
        { title: say('screen.place.day'), width: '180px', render: (row) => row.name },
        {
          title: say('screen.place.hours'),
          render: (row) => (row.spans.length === 0 ? say('screen.place.hours.shut') : spansText(row.spans)),
        },
        { title: say('screen.place.note'), render: (row) => row.note, spare: true },
      ]}
    />
  );
}

interface Cell {
  readonly code: string;
  readonly ref: string | null;
}
const useCells = (id: string) =>
  useQuery({
    queryKey: ['/v1/places', id, 'cells'],
    queryFn: ({ signal }) => api.get<{ items: Cell[]; free: number }>(`/v1/places/${id}/cells`, {}, signal),
  });

function Cells({ id, onChange }: { id: string; onChange: (() => void) | undefined }): React.JSX.Element {
  const { say } = useWords();
  const found = useCells(id);
  const cells = found.data;
  return (
    <Part
      title={say('screen.place.cells')}
      act={
        onChange !== undefined && (
          <Button size="compact-sm" variant="subtle" onClick={onChange}>
            {say('screen.place.cells.change')}
          </Button>
        )
      }
    >
      {cells === undefined || cells.items.length === 0 ? (
        <span className="dim">{say('screen.place.cells.none')}</span>
      ) : (
        <>
          <p className={classes.count}>
            {say('screen.place.cells.free', { free: cells.free, all: cells.items.length })}
          </p>
          {cells.items.map((cell) => (
            <Badge key={cell.code} variant={cell.ref === null ? 'outline' : 'filled'} mr={4} mb={4}>
              {cell.code}
            </Badge>
          ))}
        </>
      )}
    </Part>
  );
}

function CellsForm({ id, onClose }: { id: string; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const cells = useCells(id).data;
  const submit = async (form: FormData): Promise<void> => {
    const value = form.get('codes');
    const codes = (typeof value === 'string' ? value : '').split(/[\s,;]+/).filter((code) => code !== '');
    await api.put(`/v1/places/${id}/cells`, { codes });
    await client.invalidateQueries({ queryKey: ['/v1/places', id, 'cells'] });
    tellDone(say('screen.place.saved'));
  };
  if (cells === undefined) return <Wait rows={2} />;
  return (
    <FormDialog title={say('screen.place.cells.change')} act={say('ui.save')} submit={submit} onClose={onClose}>
      <Textarea
        name="codes"
        label={say('screen.place.cells')}
        description={say('screen.place.cells.about')}
        defaultValue={cells.items.map((cell) => cell.code).join(' ')}
        autosize
        minRows={3}
      />
    </FormDialog>
  );
}
