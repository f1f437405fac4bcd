import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core';
import {
  api,
  Ago,
  ChannelMark,
  channelColor,
  Empty,
  Failing,
  Part,
  useChannelName,
  useFormat,
  usePlace,
  useStream,
  useWords,
  Wait,
  type CustomerSlotProps,
} from '@ruslo/ui';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconClock } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { River as RiverData } from './model.ts';
import { useJoinText } from './join-text.ts';
import { pointAt } from './pointed.ts';
import { River } from './river.tsx';
import classes from './path.module.css';

const ranges = { all: undefined, year: 365, quarter: 91, month: 30, week: 7, day: 1 } as const;
type Range = keyof typeof ranges;

/** The river with the channels under it. */
export default function Path({ customerId }: CustomerSlotProps): React.JSX.Element {
  const { search, setSearch } = usePlace();
  const { say } = useWords();
  const client = useQueryClient();
  const joinText = useJoinText();
  const only = (search['in'] ?? '').split(',').filter((part) => part !== '');
  const range: Range = search['range'] !== undefined && search['range'] in ranges ? (search['range'] as Range) : 'all';
  const span = { from: search['from'], to: search['to'] };
  const even = search['even'] === '1';
  const zoomed = span.from !== undefined && span.to !== undefined;

  const query = useQuery({
    queryKey: ['river', customerId, zoomed ? span : range, even],
    queryFn: ({ signal }) => {
      const days = ranges[range];
      // Up to now and not to the last event: a join may be later than any event.
      const to = new Date().toISOString();
      const bounds = zoomed
        ? span
        : { to, from: days === undefined ? undefined : new Date(Date.now() - days * 86_400_000).toISOString() };
      // Folding needs fine buckets: a day of a year is a quarter of a per cent of it.
      return api.get<RiverData>(`/v1/customers/${customerId}/river`, { ...bounds, buckets: even ? 120 : 360 }, signal);
    },
    placeholderData: keepPreviousData,
  });
  // The river is drawn anew a moment after the last of a burst of events, not at each of them.
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useStream(`customer:${customerId}`, () => {
    clearTimeout(later.current);
    later.current = setTimeout(() => void client.invalidateQueries({ queryKey: ['river', customerId] }), 1_200);
  });
  useEffect(() => () => clearTimeout(later.current), []);

  const river = query.data;
  const pickRange = (next: string): void => setSearch({ range: next === 'all' ? null : next, from: null, to: null });
  return (
    <Part
      title={say('screen.timeline.river.title')}
      act={
        <div className={classes.ranges}>
          {zoomed && (
            <Button size="compact-sm" variant="light" onClick={() => setSearch({ from: null, to: null })}>
              {say('screen.timeline.river.whole')}
            </Button>
          )}
          <Tooltip label={say(even ? 'screen.timeline.river.even.about' : 'screen.timeline.river.folded.about')}>
            <ActionIcon
              variant={even ? 'light' : 'subtle'}
              color={even ? 'accent' : 'gray'}
              size={28}
              onClick={() => setSearch({ even: even ? null : '1' })}
              aria-pressed={even}
              aria-label={say('screen.timeline.river.even')}
            >
              <IconClock size={16} />
            </ActionIcon>
          </Tooltip>
          <SegmentedControl
            size="xs"
            value={zoomed ? '' : range}
            onChange={pickRange}
            aria-label={say('screen.timeline.river.range')}
            data={(Object.keys(ranges) as Range[]).map((each) => ({
              value: each,
              label: say(`screen.timeline.range.${each}`),
            }))}
          />
        </div>
      }
    >
      {river === undefined ? (
        query.isPending ? (
          <div className={classes.hold}>
            <Wait rows={4} height={12} />
          </div>
        ) : (
          <Failing error={query.error} retry={() => void query.refetch()} />
        )
      ) : river.channels.length === 0 ? (
        <Empty title={say('screen.timeline.river.empty')} about={say('screen.timeline.river.empty.about')} />
      ) : (
        <>
          <River
            river={river}
            only={only}
            until={search['until']}
            even={even}
            onPick={(until) => setSearch({ until })}
            onZoom={(from, to) => setSearch({ from, to, range: null })}
            onPoint={pointAt}
            joinText={(index, count) => joinText(river.joins[index], count)}
          />
          <Channels river={river} only={only} onChange={(next) => setSearch({ in: next.join(',') })} />
        </>
      )}
    </Part>
  );
}

/** Each channel with its first and last contact; pressing one filters the timeline. */
function Channels({
  river,
  only,
  onChange,
}: {
  river: RiverData;
  only: readonly string[];
  onChange: (only: string[]) => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const channelName = useChannelName();
  return (
    <div className={classes.channels} role="group" aria-label={say('screen.timeline.channels')}>
      {river.channels
        .toSorted((a, b) => b.count - a.count)
        .map((channel) => {
          const on = only.includes(channel.channel);
          return (
            <button
              key={channel.channel}
              type="button"
              className={classes.channel}
              data-on={on || undefined}
              aria-pressed={on}
              style={{ ['--strand' as string]: channelColor(channel.channel) }}
              onClick={() =>
                onChange(on ? only.filter((each) => each !== channel.channel) : [...only, channel.channel])
              }
            >
              <ChannelMark channel={channel.channel} label={false} size={24} />
              <span className={classes.channelText}>
                <span className={classes.channelName}>
                  {channelName(channel.channel)} <span className="dim">{format.number(channel.count)}</span>
                </span>
                <span className={classes.contact}>
                  <span title={format.date(channel.firstAt, 'exact')}>
                    {format.date(
                      channel.firstAt,
                      new Date(channel.firstAt).getFullYear() === new Date().getFullYear() ? 'dayShort' : 'month',
                    )}
                  </span>
                  {' → '}
                  <Ago at={channel.lastAt} />
                </span>
              </span>
            </button>
          );
        })}
    </div>
  );
}
