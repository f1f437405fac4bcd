import { Button, TextInput, UnstyledButton } from '@mantine/core';
import { api, Empty, Light, messageOf, PageHead, Part, Problem, useFormat, usePlace, useWords } from '@ruslo/ui';
import { IconPackageExport, IconScan } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ChoosePlace, useDeskPlace } from './desk.tsx';
import { HandOver } from './hand-over.tsx';
import { handOutKeys, numberOf, parcelLight, type Parcel } from './model.ts';
import { usePlaceNames } from './parts.tsx';
import classes from './desk.module.css';

interface FoundParcels {
  readonly items: readonly Parcel[];
  readonly proven: boolean;
}

/** Asks by what the text looks like; a card may be a phone and the other way round, so both are tried. */
async function findBy(placeId: string, text: string): Promise<FoundParcels> {
  let last: unknown;
  for (const key of handOutKeys(text)) {
    const value = key === 'orderNumber' ? numberOf(text) : text;
    try {
      // One after the other: the next is asked only when this one knows nothing.
      // oxlint-disable-next-line no-await-in-loop
      return await api.post<FoundParcels>('/v1/hand-outs/find', { placeId, [key]: value });
    } catch (error) {
      last = error;
      if (!(error instanceof Problem) || error.status !== 404) throw error;
    }
  }
  throw last;
}

/** The pickup desk: one field that takes whatever she shows, then the parcel, then Enter. */
export default function HandOut(): React.JSX.Element {
  const [place, choose] = useDeskPlace();
  return place === undefined ? <ChoosePlace choose={choose} /> : <AtDesk place={place} />;
}

function AtDesk({ place }: { place: string }): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch, go } = usePlace();
  const placeName = usePlaceNames();
  const [text, setText] = useState('');
  const [found, setFound] = useState<FoundParcels>();
  const [told, setTold] = useState<string>();
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const asked = search['parcel'];
  const one = useQuery({
    queryKey: ['parcel', asked],
    queryFn: ({ signal }) => api.get<Parcel>(`/v1/fulfilments/${String(asked)}`, {}, signal),
    enabled: asked !== undefined,
  });
  const chosen = found?.items.find((item) => item.id === asked) ?? (one.data?.id === asked ? one.data : undefined);
  const clear = (): void => {
    setFound(undefined);
    setTold(undefined);
    setText('');
    setSearch({ parcel: null });
    box.current?.focus();
  };
  useEffect(() => box.current?.focus(), []);
  const find = async (wanted: string): Promise<void> => {
    setBusy(true);
    setTold(undefined);
    setSearch({ parcel: null });
    try {
      const next = await findBy(place, wanted);
      setFound(next);
      const [only] = next.items;
      if (next.items.length === 1 && only !== undefined) setSearch({ parcel: only.id });
      setText('');
    } catch (error) {
      setFound(undefined);
      setTold(messageOf(error));
      box.current?.select();
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <PageHead
        title={say('screen.order.hand-out.title')}
        about={placeName(place) || say('screen.order.hand-out.about')}
      >
        <Button variant="default" onClick={() => go(`/desk?place=${place}`)}>
          {say('screen.order.hand-out.queue')}
        </Button>
      </PageHead>
      <div className={`${classes.page} ${classes.narrow}`}>
        <form
          className={classes.scanner}
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== '' && !busy) void find(text.trim());
          }}
        >
          <TextInput
            ref={box}
            size="lg"
            label={say('screen.order.hand-out.find')}
            description={say('screen.order.hand-out.find.about')}
            leftSection={<IconScan size={22} aria-hidden />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') clear();
            }}
            autoComplete="off"
            spellCheck={false}
            {...(told === undefined ? {} : { error: told })}
          />
        </form>
        {chosen !== undefined ? (
          <HandOver
            key={chosen.id}
            parcel={chosen}
            place={place}
            proven={found?.proven === true}
            done={clear}
            leave={clear}
          />
        ) : found !== undefined && found.items.length > 1 ? (
          <Choice items={found.items} choose={(id) => setSearch({ parcel: id })} />
        ) : (
          <Empty
            title={say('screen.order.hand-out.none')}
            about={say('screen.order.hand-out.none.about')}
            picture={<IconPackageExport size={40} stroke={1.4} />}
          />
        )}
      </div>
    </>
  );
}

/** Several parcels of hers wait here. */
function Choice({ items, choose }: { items: readonly Parcel[]; choose: (id: string) => void }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <Part title={say('screen.order.hand-out.several', { count: items.length })} flush>
      {items.map((item, index) => (
        <UnstyledButton
          key={item.id}
          ref={index === 0 ? first : undefined}
          className={classes.choice}
          onClick={() => choose(item.id)}
        >
          <span>
            <span className="mono">{item.number}</span> {item.lines.map((line) => line.title).join(', ')}
          </span>
          <span className={classes.facts}>
            {item.cell}
            {item.dueMinor > 0 && format.money(item.dueMinor, item.currency)}
            <Light state={parcelLight[item.state]} label={say(`screen.order.parcel.state.${item.state}`)} />
          </span>
        </UnstyledButton>
      ))}
    </Part>
  );
}
