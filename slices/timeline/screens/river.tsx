import { Tooltip } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { channelColor, ChannelMark, useChannelName, useFormat, useWords } from '@ruslo/ui';
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { River as RiverData } from './model.ts';
import { shapeRiver, ticksOf, type JoinMark, type Shape } from './river-shape.ts';
import classes from './river.module.css';

interface RiverProps {
  readonly river: RiverData;
  /** Channels that the timeline is filtered to; the others step back. */
  readonly only: readonly string[];
  /** The person asks for the events up to this time. */
  readonly onPick: (until: string) => void;
  /** The person has marked a stretch of time. */
  readonly onZoom: (from: string, to: string) => void;
  readonly onPoint?: (range: { from: number; to: number } | undefined) => void;
  /** Up to when the list below is shown. */
  readonly until: string | undefined;
  readonly joinText: (index: number, count: number) => string;
  /** Whether time runs evenly; otherwise silence is folded. */
  readonly even: boolean;
}

/**
 * The river: time runs to the right, each channel is a strand as thick as the person is active in it, the thin line is
 * the person going over from strand to strand, and where identities joined the strands come together.
 */
export function River(props: RiverProps): React.JSX.Element {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const small = width > 0 && width < 620;
  const shape = useMemo(
    () => (width === 0 ? undefined : shapeRiver(props.river, width, small ? 36 : 124, props.even)),
    [props.river, width, small, props.even],
  );
  return (
    <div className={classes.river} ref={ref}>
      {shape === undefined ? (
        <div className={classes.blank} />
      ) : (
        <Drawn shape={shape} small={small} width={width} {...props} />
      )}
      <AsTable river={props.river} />
    </div>
  );
}

function Drawn({
  shape,
  small,
  width,
  ...props
}: RiverProps & { shape: Shape; small: boolean; width: number }): React.JSX.Element {
  const { only } = props;
  const faded = (channel: string): boolean => only.length > 0 && !only.includes(channel);
  const untilX = props.until === undefined ? undefined : shape.xOf(Date.parse(props.until));
  return (
    <div className={classes.stage} style={{ height: shape.height }}>
      <svg className={classes.picture} width={width} height={shape.height} aria-hidden>
        <path d={shape.bed} className={classes.bed} />
        <Axis shape={shape} />
        {shape.joins.map((join) => (
          <line key={join.index} className={classes.joinLine} x1={join.x} x2={join.x} y1={10} y2={join.bottom + 8} />
        ))}
        {shape.strands.map((strand) => (
          <g
            key={strand.channel}
            style={{ color: channelColor(strand.channel) }}
            opacity={faded(strand.channel) ? 0.22 : 1}
          >
            <path d={strand.before} className={classes.before} />
            <path d={strand.after} className={classes.after} />
            <path d={strand.area} className={classes.strand} />
          </g>
        ))}
        {shape.threadCrowded || <path d={shape.thread} className={classes.halo} />}
        <path d={shape.thread} className={classes.thread} data-crowded={shape.threadCrowded || undefined} />
        {shape.strands.map((strand) => (
          <g
            key={strand.channel}
            style={{ color: channelColor(strand.channel) }}
            opacity={faded(strand.channel) ? 0.22 : 1}
          >
            {strand.dots.map((dot) => (
              <circle key={dot.x} className={classes.dot} cx={dot.x} cy={dot.y} r={dot.r} />
            ))}
          </g>
        ))}
        {untilX !== undefined && untilX >= shape.left && (
          <path className={classes.until} d={`M${String(untilX)} ${String(shape.axisY - 2)}l-5 8h10z`} />
        )}
      </svg>
      {shape.strands.map((strand) => (
        <Label
          key={strand.channel}
          channel={strand.channel}
          y={strand.labelY}
          small={small}
          faded={faded(strand.channel)}
        />
      ))}
      <Pointer shape={shape} {...props} />
      {shape.joins.map((join) => (
        <Join key={join.index} join={join} text={props.joinText(join.index, join.count)} />
      ))}
    </div>
  );
}

function Axis({ shape }: { shape: Shape }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const ticks = ticksOf(shape);
  const textOf = (at: number, unit: string): string => {
    if (unit === 'hour') return format.date(at, 'time');
    if (unit === 'day') return format.date(at, 'dayShort');
    return unit === 'month' ? format.date(at, 'month') : String(new Date(at).getFullYear());
  };
  return (
    <g className={classes.axis}>
      <line x1={shape.left} x2={shape.right} y1={shape.axisY} y2={shape.axisY} />
      {shape.folds.map((fold) => (
        <g key={fold.x}>
          <rect className={classes.fold} x={fold.x} width={fold.width} y={shape.axisY - 3} height={6} />
          <title>
            {say('screen.timeline.river.silence', { count: Math.max(1, Math.round(fold.ms / 86_400_000)) })}
          </title>
        </g>
      ))}
      {ticks.map((tick) => (
        <g key={`${tick.unit} ${String(tick.at)}`}>
          <line className={classes.tick} x1={tick.x} x2={tick.x} y1={14} y2={shape.axisY} />
          <text x={tick.x + 4} y={shape.axisY + 16}>
            {textOf(tick.at, tick.unit)}
          </text>
        </g>
      ))}
    </g>
  );
}

function Label({
  channel,
  y,
  small,
  faded,
}: {
  channel: string;
  y: number;
  small: boolean;
  faded: boolean;
}): React.JSX.Element {
  const channelName = useChannelName();
  return (
    <span className={classes.label} style={{ top: y - 11, opacity: faded ? 0.4 : 1 }} aria-hidden>
      <ChannelMark channel={channel} size={22} label={false} />
      {!small && <span className="cut">{channelName(channel)}</span>}
    </span>
  );
}

function Join({ join, text }: { join: JoinMark; text: string }): React.JSX.Element {
  return (
    <Tooltip label={text} position="top" openDelay={80} className={classes.joinTip ?? ''}>
      <button type="button" className={classes.join} style={{ left: join.x - 12, top: 0 }} aria-label={text}>
        <svg
          width="14"
          height="14"
          viewBox="0 0 14 14"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
          aria-hidden
        >
          <path d="M1 3C6 3 6 7 9 7H13" />
          <path d="M1 11C6 11 6 7 9 7" />
        </svg>
        {join.count > 1 && <span className={classes.joinCount}>{join.count}</span>}
      </button>
    </Tooltip>
  );
}

/** The layer that follows the hand: a line with what happened there; press to read from there, drag to look closer. */
function Pointer({ shape, river, onPick, onZoom, onPoint }: RiverProps & { shape: Shape }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const [x, setX] = useState<number>();
  const [drag, setDrag] = useState<{ start: number; now: number }>();
  const layer = useRef<HTMLDivElement>(null);
  const count = river.channels[0]?.buckets.length ?? 1;
  const bucketMs = (shape.to - shape.from) / count;
  const bucketOf = (at: number): number => Math.max(0, Math.min(count - 1, Math.floor((at - shape.from) / bucketMs)));
  const bucket = x === undefined ? undefined : bucketOf(shape.atOf(x));
  const point = (next: number | undefined): void => {
    setX(next);
    if (next === undefined) return onPoint?.(undefined);
    const at = bucketOf(shape.atOf(next));
    onPoint?.({ from: shape.from + at * bucketMs, to: shape.from + (at + 1) * bucketMs });
  };
  const xFrom = (event: PointerEvent): number => {
    const box = layer.current?.getBoundingClientRect();
    return Math.max(shape.left, Math.min(shape.right, event.clientX - (box?.left ?? 0) + shape.left));
  };
  const pick = (at: number): void =>
    onPick(new Date(Math.min(shape.to, shape.from + (bucketOf(at) + 1) * bucketMs)).toISOString());
  const press = (event: KeyboardEvent): void => {
    const current = bucket ?? count - 1;
    const moveTo = (next: number): void => {
      event.preventDefault();
      point(shape.xOf(shape.from + (Math.max(0, Math.min(count - 1, next)) + 0.5) * bucketMs));
    };
    if (event.key === 'ArrowLeft') moveTo(current - (event.shiftKey ? 10 : 1));
    else if (event.key === 'ArrowRight') moveTo(current + (event.shiftKey ? 10 : 1));
    else if (event.key === 'Home') moveTo(0);
    else if (event.key === 'End') moveTo(count - 1);
    else if (event.key === 'Enter' && x !== undefined) pick(shape.atOf(x));
  };
  const near = bucket === undefined ? [] : river.channels.filter((channel) => (channel.buckets[bucket] ?? 0) > 0);
  const start = bucket === undefined ? 0 : shape.from + bucket * bucketMs;
  const when =
    bucketMs < 36e5 * 20
      ? `${format.date(start, 'dayShort')}, ${format.date(start, 'time')}`
      : bucketMs < 864e5 * 2
        ? format.date(start, 'day')
        : `${format.date(start, 'dayShort')} – ${format.date(start + bucketMs, 'day')}`;
  const total = near.reduce((sum, channel) => sum + (channel.buckets[bucket ?? 0] ?? 0), 0);
  return (
    <>
      <div
        ref={layer}
        className={classes.pointer}
        style={{ left: shape.left, width: shape.right - shape.left }}
        tabIndex={0}
        role="slider"
        aria-label={say('screen.timeline.river.cursor')}
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={bucket ?? count - 1}
        aria-valuetext={
          bucket === undefined
            ? say('screen.timeline.river.now')
            : `${when}: ${say('screen.timeline.events', { count: total })}`
        }
        onKeyDown={press}
        onBlur={() => point(undefined)}
        onPointerLeave={() => {
          if (drag === undefined) point(undefined);
        }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ start: xFrom(event), now: xFrom(event) });
        }}
        onPointerMove={(event) => {
          point(xFrom(event));
          if (drag !== undefined) setDrag({ ...drag, now: xFrom(event) });
        }}
        onPointerUp={(event) => {
          if (drag === undefined) return;
          const end = xFrom(event);
          setDrag(undefined);
          if (Math.abs(end - drag.start) < 6) pick(shape.atOf(end));
          else
            onZoom(
              new Date(shape.atOf(Math.min(end, drag.start))).toISOString(),
              new Date(shape.atOf(Math.max(end, drag.start))).toISOString(),
            );
        }}
        onPointerCancel={() => setDrag(undefined)}
      />
      {drag !== undefined && Math.abs(drag.now - drag.start) >= 6 && (
        <div
          className={classes.brush}
          style={{
            left: Math.min(drag.start, drag.now),
            width: Math.abs(drag.now - drag.start),
            height: shape.axisY - 14,
          }}
        />
      )}
      {x !== undefined && (
        <>
          <div className={classes.cursor} style={{ left: x, height: shape.axisY - 14 }} />
          <div
            className={classes.bubble}
            style={
              x > (shape.left + shape.right) / 2 ? { right: `calc(100% - ${String(x - 10)}px)` } : { left: x + 10 }
            }
            data-empty={near.length === 0 || undefined}
          >
            <div className={classes.bubbleWhen}>{when}</div>
            {near.map((channel) => (
              <BubbleLine key={channel.channel} channel={channel.channel} count={channel.buckets[bucket ?? 0] ?? 0} />
            ))}
            {near.length === 0 && <div className="dim">{say('screen.timeline.river.quiet')}</div>}
          </div>
        </>
      )}
    </>
  );
}

function BubbleLine({ channel, count }: { channel: string; count: number }): React.JSX.Element {
  const { say } = useWords();
  const channelName = useChannelName();
  return (
    <div className={classes.bubbleLine}>
      <i style={{ background: channelColor(channel) }} />
      <span>{channelName(channel)}</span>
      <b>{say('screen.timeline.events', { count })}</b>
    </div>
  );
}

/** The same in words, for those who hear the page. */
function AsTable({ river }: { river: RiverData }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const channelName = useChannelName();
  return (
    <table className="hidden-text">
      <caption>
        {say('screen.timeline.river.caption', { crossings: river.crossings.length, joins: river.joins.length })}
      </caption>
      <tbody>
        {river.channels.map((channel) => (
          <tr key={channel.channel}>
            <th scope="row">{channelName(channel.channel)}</th>
            <td>{say('screen.timeline.events', { count: channel.count })}</td>
            <td>{format.date(channel.firstAt, 'day')}</td>
            <td>{format.date(channel.lastAt, 'day')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
