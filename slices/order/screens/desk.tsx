import { Button, Select } from '@mantine/core';
import { Ago, Empty, Light, ListPage, PageHead, useCan, useFormat, useKeys, usePlace, useWords } from '@ruslo/ui';
import { IconBuildingStore, IconPackageExport } from '@tabler/icons-react';
import { useEffect } from 'react';
import { parcelLight, parcelStates, type Parcel } from './model.ts';
import { PlacePick, usePlaceNames } from './parts.tsx';

const kept = 'ruslo.desk.place';

/** The place of this desk: from the address, else the one chosen here last time. */
export function useDeskPlace(): readonly [string | undefined, (id: string | null) => void] {
  const { search, setSearch } = usePlace();
  const inAddress = search['place'];
  const known = localStorage.getItem(kept) ?? undefined;
  useEffect(() => {
    if (inAddress === undefined && known !== undefined) setSearch({ place: known });
    else if (inAddress !== undefined) localStorage.setItem(kept, inAddress);
  }, [inAddress, known, setSearch]);
  const choose = (id: string | null): void => {
    if (id === null) localStorage.removeItem(kept);
    setSearch({ place: id });
  };
  return [inAddress ?? known, choose];
}

/** Nothing can be picked or handed out before it is said where. */
export function ChoosePlace({ choose }: { choose: (id: string | null) => void }): React.JSX.Element {
  const { say } = useWords();
  return (
    <>
      <PageHead title={say('screen.order.desk.title')} about={say('screen.order.desk.about')} />
      <Empty
        title={say('screen.order.desk.place')}
        about={say('screen.order.desk.place.about')}
        picture={<IconBuildingStore size={40} stroke={1.4} />}
      >
        <PlacePick label={say('screen.order.desk.place.name')} value={null} onChange={choose} w={280} />
      </Empty>
    </>
  );
}

/** What this place has to pick, pack and hand out, oldest first. */
export default function Desk(): React.JSX.Element {
  const [place, choose] = useDeskPlace();
  return place === undefined ? <ChoosePlace choose={choose} /> : <Queue place={place} choose={choose} />;
}

function Queue({ place, choose }: { place: string; choose: (id: string | null) => void }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const format = useFormat();
  const placeName = usePlaceNames();
  const { search, setSearch, go } = usePlace();
  const handOut = (): void => go(`/desk/hand-out?place=${place}`);
  useKeys([{ key: 'h', means: say('screen.order.desk.hand-out'), run: handOut }]);
  const light = (row: Parcel): React.JSX.Element => (
    <Light state={parcelLight[row.state]} label={say(`screen.order.parcel.state.${row.state}`)} />
  );
  const units = (row: Parcel): number =>
    row.lines.reduce((sum, line) => sum + (line.unit === 'weight' ? 1 : line.quantity), 0);
  return (
    <ListPage<Parcel>
      title={say('screen.order.desk.title')}
      about={placeName(place) || say('screen.order.desk.about')}
      path="/desk"
      from={`/v1/places/${place}/tasks`}
      filters={['state']}
      keyOf={(row) => row.id}
      refetchMs={10_000}
      columns={[
        {
          title: say('screen.order.number'),
          track: '110px',
          render: (row) => <span className="mono">{row.number}</span>,
        },
        { title: say('screen.order.state'), track: 'minmax(150px, 1fr)', render: light },
        { title: say('screen.order.desk.age'), track: '120px', render: (row) => <Ago at={row.createdAt} /> },
        {
          title: say('screen.order.desk.promised'),
          track: 'minmax(130px, 1fr)',
          render: (row) => <Promised row={row} />,
        },
        {
          title: say('screen.order.goods'),
          track: 'minmax(160px, 2fr)',
          render: (row) => (
            <>
              {row.lines[0]?.title}
              {row.lines.length > 1 && (
                <span className="dim"> {say('screen.order.more', { count: row.lines.length - 1 })}</span>
              )}
            </>
          ),
        },
        {
          title: say('screen.order.desk.units'),
          track: '70px',
          align: 'right',
          render: (row) => format.number(units(row)),
        },
        { title: say('screen.order.desk.cell'), track: '80px', align: 'right', render: (row) => row.cell ?? '' },
      ]}
      short={(row) => [
        <span key="number" className="mono">
          {row.number}
        </span>,
        light(row),
      ]}
      tools={
        <>
          <PlacePick
            label={say('screen.order.desk.place.name')}
            value={place}
            onChange={choose}
            clearable={false}
            w={220}
          />
          <Select
            clearable
            w={180}
            aria-label={say('screen.order.state')}
            placeholder={say('screen.order.desk.state.open')}
            data={parcelStates.map((state) => ({ value: state, label: say(`screen.order.parcel.state.${state}`) }))}
            value={search['state'] ?? null}
            onChange={(state) => setSearch({ state })}
          />
        </>
      }
      act={
        can('order.hand-out') && (
          <Button leftSection={<IconPackageExport size={16} />} onClick={handOut}>
            {say('screen.order.desk.hand-out')}
          </Button>
        )
      }
      none={{ title: say('screen.order.desk.none'), about: say('screen.order.desk.none.about') }}
    />
  );
}

/** When she was told it would be ready; late is said by colour and word. */
export function Promised({ row }: { row: Parcel }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  if (row.promisedAt === null) return <span className="dim">—</span>;
  const isLate =
    ['waiting', 'picking'].includes(row.state) &&
    new Date(row.createdAt).getTime() + row.ageS * 1_000 > new Date(row.promisedAt).getTime();
  const time = `${format.date(row.promisedAt, 'dayShort')}, ${format.date(row.promisedAt, 'time')}`;
  return isLate ? <Light state="bad" label={say('screen.order.desk.late', { time })} /> : <span>{time}</span>;
}
