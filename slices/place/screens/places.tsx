import { Button, Select } from '@mantine/core';
import { Light, ListPage, useCan, useFormat, usePlace, useWords } from '@ruslo/ui';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { PlaceForm } from './form.tsx';
import { placeKinds, placeServices, type Place } from './model.ts';

/** Where things are sold, kept and handed out. */
export default function Places(): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const { search, setSearch } = usePlace();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <ListPage<Place>
        title={say('screen.place.title')}
        about={say('screen.place.about')}
        path="/places"
        from="/v1/places"
        filters={['kind', 'service']}
        keyOf={(row) => row.id}
        search={say('screen.place.search')}
        columns={[
          { title: say('screen.place.name'), track: 'minmax(200px, 2fr)', render: (row) => row.name },
          { title: say('screen.place.code'), track: '110px', render: (row) => row.code },
          { title: say('screen.place.kind'), track: '130px', render: (row) => say(`screen.place.kind.${row.kind}`) },
          { title: say('screen.place.city'), render: (row) => row.city },
          { title: say('screen.place.state'), track: 'minmax(160px, 1fr)', render: (row) => <OpenLight place={row} /> },
        ]}
        short={(row) => [row.name, row.city]}
        tools={
          <>
            <Select
              clearable
              aria-label={say('screen.place.kind')}
              placeholder={say('screen.place.kind.any')}
              data={placeKinds.map((kind) => ({ value: kind, label: say(`screen.place.kind.${kind}`) }))}
              value={search['kind'] ?? null}
              onChange={(kind) => setSearch({ kind })}
            />
            <Select
              clearable
              aria-label={say('screen.place.services')}
              placeholder={say('screen.place.service.any')}
              data={placeServices.map((service) => ({ value: service, label: say(`screen.place.service.${service}`) }))}
              value={search['service'] ?? null}
              onChange={(service) => setSearch({ service })}
            />
          </>
        }
        act={
          can('place.manage') && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
              {say('screen.place.add')}
            </Button>
          )
        }
        none={{ title: say('screen.place.none'), about: say('screen.place.none.about') }}
      />
      {adding && <PlaceForm onClose={() => setAdding(false)} />}
    </>
  );
}

/** Open now and until when, or shut and until when, in the zone of the reader. */
export function OpenLight({ place }: { place: Place }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  if (place.state === 'closed') return <Light state="none" label={say('screen.place.state.closed')} />;
  const at = place.openNow ? place.closesAt : place.opensAt;
  const key = place.openNow ? 'open-now' : 'shut-now';
  return (
    <Light
      state={place.openNow ? 'good' : 'warn'}
      label={
        at === null
          ? say(`screen.place.${key}`)
          : say(`screen.place.${key}.until`, { time: `${format.date(at, 'dayShort')}, ${format.date(at, 'time')}` })
      }
    />
  );
}
