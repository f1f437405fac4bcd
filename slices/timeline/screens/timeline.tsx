import { Button, SegmentedControl } from '@mantine/core';
import {
  ChannelMark,
  dayKey,
  Empty,
  Listed,
  Go,
  Part,
  useCan,
  useChannelName,
  useFormat,
  useKeys,
  useList,
  usePlace,
  useStream,
  useStreamState,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Item } from './model.ts';
import { RawDrawer } from './raw.tsx';
import { sentence, type Gender } from './sentence.ts';
import classes from './timeline.module.css';

const kinds = { all: '', acts: 'track', views: 'page,screen', known: 'identify,group,alias', facts: 'fact' } as const;
type Kind = keyof typeof kinds;

interface TimelineProps {
  readonly customerId: string;
  readonly gender: Gender;
  readonly only: readonly string[];
  readonly pointed: { from: number; to: number } | undefined;
}

/** Everything the person did and all that was done for them, newest first, live. */
export function Timeline({ customerId, gender, only, pointed }: TimelineProps): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const { search, setSearch } = usePlace();
  const kind: Kind = search['kind'] !== undefined && search['kind'] in kinds ? (search['kind'] as Kind) : 'all';
  const until = search['until'];
  const query = { channel: only.join(','), kind: kinds[kind], until };
  const list = useList<Item>(`/v1/customers/${customerId}/timeline`, query, {
    keep: true,
    key: ['timeline', customerId, query],
  });
  const fits = (item: Item): boolean =>
    (only.length === 0 || only.includes(item.channel)) &&
    (kind === 'all' || kinds[kind].split(',').includes(item.kind)) &&
    until === undefined;
  const live = useLive(customerId, fits);
  const items = useMemo(() => {
    const seen = new Set<string>();
    return [...live.shown.filter(fits), ...list.items].filter((item) => !seen.has(item.id) && seen.add(item.id));
    // fits depends on the same filters as the list itself.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [live.shown, list.items]);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const filtered = only.length > 0 || kind !== 'all' || until !== undefined;

  return (
    <Part
      title={
        <span className={classes.title}>
          {say('screen.timeline.title')}
          <LiveMark />
        </span>
      }
      act={
        <SegmentedControl
          size="xs"
          value={kind}
          onChange={(next) => setSearch({ kind: next === 'all' ? null : next })}
          aria-label={say('screen.timeline.kinds')}
          data={(Object.keys(kinds) as Kind[]).map((each) => ({
            value: each,
            label: say(`screen.timeline.kinds.${each}`),
          }))}
        />
      }
      flush
    >
      {until !== undefined && (
        <div className={classes.until}>
          {say('screen.timeline.until', { when: format.date(until, 'day') })}
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconX size={14} />}
            onClick={() => setSearch({ until: null })}
          >
            {say('screen.timeline.until.clear')}
          </Button>
        </div>
      )}
      <span ref={live.top} className={classes.top} />
      {live.held > 0 && (
        <div className={classes.heldBox}>
          <Button size="compact-sm" onClick={live.release}>
            {say('screen.timeline.held', { count: live.held })}
          </Button>
        </div>
      )}
      <Listed
        list={list}
        count={items.length}
        wait={<Wait rows={8} />}
        none={
          <Empty
            title={say(filtered ? 'screen.timeline.none.filtered' : 'screen.timeline.none')}
            about={say(filtered ? 'screen.timeline.none.filtered.about' : 'screen.timeline.none.about')}
          >
            {filtered && (
              <Button variant="default" onClick={() => setSearch({ in: null, kind: null, until: null })}>
                {say('screen.timeline.none.clear')}
              </Button>
            )}
          </Empty>
        }
      >
        <div ref={box} className={classes.list} data-stale={list.stale || undefined}>
          <Days items={items} gender={gender} fresh={live.fresh} pointed={pointed} />
          <More hasMore={list.hasMore} more={list.more} loading={list.loadingMore} />
        </div>
      </Listed>
      <RawDrawer />
    </Part>
  );
}

/** Events as they come. While the reader is further down nothing moves: new ones wait behind a button. */
function useLive(
  customerId: string,
  fits: (item: Item) => boolean,
): {
  shown: readonly Item[];
  fresh: ReadonlySet<string>;
  held: number;
  release: () => void;
  top: React.RefObject<HTMLSpanElement | null>;
} {
  const client = useQueryClient();
  const [items, setItems] = useState<readonly Item[]>([]);
  const [held, setHeld] = useState<readonly Item[]>([]);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const top = useRef<HTMLSpanElement>(null);
  const show = (next: readonly Item[]): void => {
    setItems((old) => [...next, ...old].slice(0, 500));
    setFresh((old) => new Set([...old, ...next.map((item) => item.id)]));
  };
  useStream(`customer:${customerId}`, (message) => {
    if (message.event === 'ready') return;
    if (message.event !== 'timeline') {
      // A merge or a split changes whose events these are: the whole list is read anew.
      setItems([]);
      void client.invalidateQueries({ queryKey: ['timeline', customerId] });
      return;
    }
    const item = message.data as Item;
    const inSight = (top.current?.getBoundingClientRect().top ?? 0) > -40;
    if (inSight || !fits(item)) show([item]);
    else setHeld((old) => [item, ...old]);
  });
  return {
    shown: items,
    fresh,
    held: held.length,
    release: () => {
      show(held);
      setHeld([]);
      top.current?.scrollIntoView({ block: 'center' });
    },
    top,
  };
}

function LiveMark(): React.JSX.Element {
  const { say } = useWords();
  const state = useStreamState();
  const open = state === 'open';
  return (
    <span
      className={classes.live}
      data-open={open || undefined}
      role="status"
      title={say(open ? 'screen.timeline.live.about' : 'screen.timeline.live.lost')}
    >
      <i aria-hidden />
      {say(open ? 'screen.timeline.live' : 'screen.timeline.live.waiting')}
    </span>
  );
}

function Days({
  items,
  gender,
  fresh,
  pointed,
}: {
  items: readonly Item[];
  gender: Gender;
  fresh: ReadonlySet<string>;
  pointed: { from: number; to: number } | undefined;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const today = dayKey(Date.now());
  const yesterday = dayKey(Date.now() - 86_400_000);
  const days: { day: string; at: string; items: Item[] }[] = [];
  for (const item of items) {
    const day = dayKey(item.occurredAt);
    const last = days.at(-1);
    if (last?.day === day) last.items.push(item);
    else days.push({ day, at: item.occurredAt, items: [item] });
  }
  const nameOf = (day: string, at: string): string => {
    const full = format.date(at, 'weekday');
    if (day === today) return `${say('screen.timeline.today')}, ${full}`;
    return day === yesterday ? `${say('screen.timeline.yesterday')}, ${full}` : full;
  };
  return (
    <>
      {days.map((each, index) => (
        <section key={`${each.day} ${String(index)}`} className={classes.day} aria-label={nameOf(each.day, each.at)}>
          <h3 className={classes.dayName}>{nameOf(each.day, each.at)}</h3>
          <ul>
            {each.items.map((item) => {
              const at = Date.parse(item.occurredAt);
              return (
                <Row
                  key={item.id}
                  item={item}
                  gender={gender}
                  fresh={fresh.has(item.id)}
                  near={pointed !== undefined && at >= pointed.from && at < pointed.to}
                />
              );
            })}
          </ul>
        </section>
      ))}
    </>
  );
}

const Row = memo(function Row({
  item,
  gender,
  fresh,
  near,
}: {
  item: Item;
  gender: Gender;
  fresh: boolean;
  near: boolean;
}): React.JSX.Element {
  const words = useWords();
  const format = useFormat();
  const channelName = useChannelName();
  const { href } = usePlace();
  const can = useCan();
  const { verb, object, note, figure } = sentence(item, gender, words);
  const marks = {
    className: classes.row,
    'data-event': true,
    'data-fresh': fresh || undefined,
    'data-near': near || undefined,
  };
  const content = (
    <>
      <time
        dateTime={item.occurredAt}
        className={classes.time}
        title={`${format.date(item.occurredAt, 'exact')} · ${format.zone}`}
      >
        {format.date(item.occurredAt, 'time')}
      </time>
      <ChannelMark channel={item.channel} size={22} />
      <span className={classes.text}>
        {verb}
        {object !== '' && <b> {words.locale === 'ru' ? `«${object}»` : `“${object}”`}</b>}
        {note !== '' && <span className="dim"> · {note}</span>}
      </span>
      {figure !== '' && <span className={classes.figure}>{figure}</span>}
      <span className={classes.channel}>{channelName(item.channel)}</span>
    </>
  );
  return (
    <li>
      {/* Whoever may not see raw events gets a row that opens nothing, instead of a refusal. */}
      {can('event.read') ? (
        <Go to={href(location.pathname, { event: item.id })} {...marks}>
          {content}
        </Go>
      ) : (
        <div tabIndex={-1} {...marks}>
          {content}
        </div>
      )}
    </li>
  );
});

/** J and K inside the timeline, once the focus is there. */
function useRowKeys(box: React.RefObject<HTMLDivElement | null>): void {
  const { say } = useWords();
  const rows = (): HTMLElement[] => [...(box.current?.querySelectorAll<HTMLElement>('[data-event]') ?? [])];
  const inside = (): boolean => box.current?.contains(document.activeElement) === true;
  const move = (step: number): void => {
    const all = rows();
    const next = all[all.indexOf(document.activeElement as HTMLElement) + step];
    next?.focus();
  };
  useKeys([
    { key: 'j', means: say('ui.key.next'), run: () => move(1), when: inside },
    { key: 'k', means: say('ui.key.previous'), run: () => move(-1), when: inside },
    { key: 't', means: say('screen.timeline.key.timeline'), run: () => rows()[0]?.focus() },
  ]);
}

function More({
  hasMore,
  more,
  loading,
}: {
  hasMore: boolean;
  more: () => void;
  loading: boolean;
}): React.JSX.Element | null {
  const { say } = useWords();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (element === null || !hasMore) return undefined;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) more();
      },
      { rootMargin: '800px' },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [hasMore, more]);
  if (!hasMore) return <p className={classes.end}>{say('screen.timeline.begin')}</p>;
  return <div ref={end}>{loading ? <Wait rows={3} /> : <div className={classes.end} />}</div>;
}
