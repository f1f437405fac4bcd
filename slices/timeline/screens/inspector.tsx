import { Button, SegmentedControl, Select } from '@mantine/core';
import {
  ChannelMark,
  dayKey,
  Empty,
  Listed,
  Light,
  PageHead,
  Rows,
  useFormat,
  useKeys,
  useList,
  usePlace,
  useStream,
  useStreamState,
  useWords,
  Wait,
  type StreamMessage,
} from '@ruslo/ui';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Inspected, Source } from './model.ts';
import { RawDrawer } from './raw.tsx';
import classes from './inspector.module.css';

const kinds = ['track', 'page', 'screen', 'identify', 'group', 'alias', 'fact'];
const keptLive = 500;

/** The event inspector: what comes in, accepted or rejected and why, as it comes. */
export default function Inspector(): React.JSX.Element {
  const { say } = useWords();
  const { search, setSearch, href } = usePlace();
  const [paused, setPaused] = useState(false);
  const state = search['state'] ?? '';
  const query = { source: search['source'], kind: search['type'], state, customerId: search['customerId'] };
  const list = useList<Inspected>('/v1/events', query, { keep: true });
  const sources = useList<Source>('/v1/sources', {}, { limit: 200 });
  const names = new Map(sources.items.map((source) => [source.id, source.name]));
  const fits = (item: Inspected): boolean =>
    (query.source === undefined || item.sourceId === query.source) &&
    (query.kind === undefined || item.kind === query.kind) &&
    (state === '' || item.state === state) &&
    (query.customerId === undefined || item.customerId === query.customerId);
  const live = useLive(paused);
  const items = useMemo(() => {
    const seen = new Set<string>();
    return [...live.items.filter(fits), ...list.items].filter((item) => !seen.has(item.id) && seen.add(item.id));
    // fits depends on the same filters as the list itself.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [live.items, list.items]);
  useKeys([{ key: 'p', means: say('screen.timeline.inspector.pause'), run: () => setPaused((old) => !old) }]);
  const filtered = Object.values(query).some((value) => value !== undefined && value !== '');
  return (
    <>
      <PageHead title={say('screen.timeline.inspector.title')} about={say('screen.timeline.inspector.about')}>
        <Live paused={paused} waiting={live.waiting} />
        <Button
          variant="default"
          leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
          onClick={() => setPaused(!paused)}
          aria-pressed={paused}
        >
          {say(paused ? 'screen.timeline.inspector.resume' : 'screen.timeline.inspector.pause')}
        </Button>
      </PageHead>
      <div className={classes.tools}>
        <SegmentedControl
          size="xs"
          value={state}
          onChange={(next) => setSearch({ state: next })}
          aria-label={say('screen.timeline.inspector.state')}
          data={[
            { value: '', label: say('ui.all') },
            { value: 'accepted', label: say('screen.timeline.inspector.accepted') },
            { value: 'rejected', label: say('screen.timeline.inspector.rejected') },
          ]}
        />
        <Select
          size="xs"
          w={210}
          placeholder={say('screen.timeline.inspector.any-source')}
          aria-label={say('screen.timeline.source.title')}
          data={sources.items.map((source) => ({ value: source.id, label: source.name }))}
          value={search['source'] ?? null}
          onChange={(value) => setSearch({ source: value })}
          clearable
          searchable
        />
        <Select
          size="xs"
          w={160}
          placeholder={say('screen.timeline.inspector.any-kind')}
          aria-label={say('screen.timeline.inspector.kind')}
          data={kinds}
          value={search['type'] ?? null}
          onChange={(value) => setSearch({ type: value })}
          clearable
        />
        {search['customerId'] !== undefined && (
          <Button size="compact-sm" variant="light" onClick={() => setSearch({ customerId: null })}>
            {say('screen.timeline.inspector.one-customer')} ×
          </Button>
        )}
      </div>
      <Listed
        list={list}
        count={items.length}
        wait={<Wait rows={12} />}
        none={
          <Empty
            title={say(filtered ? 'screen.timeline.none.filtered' : 'screen.timeline.inspector.none')}
            about={say(filtered ? 'screen.timeline.inspector.none.filtered' : 'screen.timeline.inspector.none.about')}
          />
        }
      >
        <Rows
          items={items}
          keyOf={(item) => item.id}
          hrefOf={(item) =>
            href(
              '/settings/events',
              item.state === 'rejected' ? { rejected: item.id, event: null } : { event: item.id, rejected: null },
            )
          }
          chosen={search['event'] ?? search['rejected']}
          label={say('screen.timeline.inspector.title')}
          hasMore={list.hasMore}
          more={list.more}
          rowClass={(item) => (live.fresh.has(item.id) ? classes.fresh : undefined)}
          render={(item) => <Line item={item} source={names.get(item.sourceId ?? '')} />}
        />
      </Listed>
      <RawDrawer />
    </>
  );
}

function Line({ item, source }: { item: Inspected; source: string | undefined }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  return (
    <div className={classes.line}>
      <time dateTime={item.at} className={classes.time} title={`${format.date(item.at, 'exact')} · ${format.zone}`}>
        {dayKey(item.at) === dayKey(Date.now()) ? '' : `${format.date(item.at, 'dayShort')}, `}
        {format.date(item.at, 'seconds')}
      </time>
      <Light
        state={item.state === 'accepted' ? 'good' : 'bad'}
        label={say(`screen.timeline.inspector.one.${item.state}`)}
      />
      <span className={classes.mark}>{item.channel !== null && <ChannelMark channel={item.channel} size={20} />}</span>
      <span className={classes.what}>
        <b>{item.name === null || item.name === '' ? item.kind : item.name}</b> <span className="dim">{item.kind}</span>
        {item.state === 'rejected' && <span className={classes.reason}> {item.reason ?? item.code}</span>}
      </span>
      <span className={classes.source}>{source ?? ''}</span>
    </div>
  );
}

function Live({ paused, waiting }: { paused: boolean; waiting: number }): React.JSX.Element {
  const { say } = useWords();
  const state = useStreamState();
  if (paused) return <span className="dim">{say('screen.timeline.inspector.waiting', { count: waiting })}</span>;
  return (
    <Light
      state={state === 'open' ? 'good' : 'warn'}
      label={say(state === 'open' ? 'screen.timeline.live' : 'screen.timeline.live.waiting')}
    />
  );
}

/** Events of the stream, drawn at most four times a second however many come. */
function useLive(paused: boolean): { items: readonly Inspected[]; fresh: ReadonlySet<string>; waiting: number } {
  const [items, setItems] = useState<readonly Inspected[]>([]);
  const [waiting, setWaiting] = useState(0);
  const buffer = useRef<Inspected[]>([]);
  const since = useRef(Date.now());
  useStream('inspector', (message: StreamMessage) => {
    if (message.event !== 'accepted' && message.event !== 'rejected') return;
    buffer.current.push({ ...(message.data as Inspected), state: message.event });
    if (buffer.current.length > keptLive) buffer.current = buffer.current.slice(-keptLive);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      setWaiting(buffer.current.length);
      if (paused || buffer.current.length === 0) return;
      const next = buffer.current.toReversed();
      buffer.current = [];
      setItems((old) => [...next, ...old].slice(0, keptLive));
    }, 250);
    return () => clearInterval(timer);
  }, [paused]);
  const fresh = useMemo(
    () =>
      new Set(
        items
          .filter((item) => Date.parse(item.at) > since.current - 2_000)
          .slice(0, 40)
          .map((item) => item.id),
      ),
    [items],
  );
  return { items, fresh, waiting };
}
