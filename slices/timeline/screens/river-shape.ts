import type { River } from './model.ts';

/** The river's geometry: pure, so that it can be tried without a screen. Lengths are pixels, times epoch milliseconds. */
export interface Shape {
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
  /** The banks: what all strands together take, narrower after each join. */
  readonly bed: string;
  readonly strands: readonly Strand[];
  /** The way of the person over the strands. */
  readonly thread: string;
  readonly threadCrowded: boolean;
  readonly joins: readonly JoinMark[];
  readonly axisY: number;
  /** Long silences that were folded: nothing happened in them. */
  readonly folds: readonly { readonly x: number; readonly width: number; readonly ms: number }[];
  readonly xOf: (at: number) => number;
  readonly atOf: (x: number) => number;
}

export interface Strand {
  readonly channel: string;
  readonly area: string;
  /** From the left edge to where the strand springs. */
  readonly before: string;
  /** From its last contact to the right edge. */
  readonly after: string;
  readonly dots: readonly { readonly x: number; readonly y: number; readonly r: number }[];
  readonly labelY: number;
}

export interface JoinMark {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  readonly index: number;
  /** How many joins this mark stands for: those closer than a mark's width share one. */
  readonly count: number;
}

const stepPx = 2;
const axisPx = 24;
const topPx = 22;
const maxDots = 260;

export function shapeRiver(river: River, width: number, leftPx: number, even: boolean): Shape {
  const from = Date.parse(river.from);
  const to = Math.max(Date.parse(river.to), from + 1_000);
  const left = leftPx;
  const right = Math.max(left + 40, width - 14);
  const { xOf, atOf, folds } = scaleOf(river, { from, to, left, right, even });
  const channels = river.channels.toSorted((a, b) => (a.firstAt < b.firstAt ? -1 : 1));
  const count = channels.length;

  const joins = gather(
    river.joins.map((join) => xOf(Date.parse(join.at))),
    left,
    right,
  );
  // Before identities join, the strands run apart; with each join they come closer, until they are one stream.
  const tight = count <= 6 ? 25 : 18;
  const apart = joins.length === 0 ? tight + 2 : count <= 4 ? 42 : count <= 6 ? 36 : 25;
  const height = topPx + axisPx + Math.max(64, (count - 1) * apart + tight + 8);
  const axisY = height - axisPx;
  const middle = topPx + (axisY - topPx) / 2;
  const total = joins.reduce((sum, join) => sum + join.count, 0);
  const gapAt = (x: number): number => {
    let gap = apart;
    for (const join of joins) {
      const share = join.count / total;
      gap -= (apart - tight) * share * smooth((x - (join.x - 46)) / 46);
    }
    return joins.length === 0 ? apart : gap;
  };
  const laneY = (lane: number, x: number): number => middle + (lane - (count - 1) / 2) * gapAt(x);

  const most = Math.max(4, ...channels.flatMap((channel) => channel.buckets));
  const filled = channels.reduce((sum, channel) => sum + channel.buckets.filter((n) => n > 0).length, 0);
  const half = count === 1 ? 20 : count <= 3 ? 14 : tight * 0.47;
  const strands = channels.map((channel, lane) =>
    strand(channel, { lane, laneY, xOf, atOf, left, right, from, to, most, half, dotted: filled <= maxDots }),
  );
  const banks = (lane: number, side: number): string[] => {
    const points: string[] = [];
    for (let x = left; ; x = Math.min(right, x + 6)) {
      points.push(`${round(x)} ${round(laneY(lane, x) + side * (half + 5))}`);
      if (x >= right) break;
    }
    return points;
  };
  const bed =
    count === 0
      ? ''
      : `M${banks(0, -1).join('L')}L${banks(count - 1, 1)
          .toReversed()
          .join('L')}Z`;
  const lanes = new Map(channels.map((channel, lane) => [channel.channel, lane]));
  const thread = threadOf(river, { lanes, laneY, xOf, left, right });
  return {
    height,
    left,
    right,
    from,
    to,
    bed,
    strands,
    thread: thread.path,
    threadCrowded: thread.crowded,
    joins: joins.map((join) => ({ ...join, top: laneY(0, join.x), bottom: laneY(count - 1, join.x) })),
    axisY,
    folds,
    xOf,
    atOf,
  };
}

/**
 * Time along x. People come in bursts: years of silence would leave a day of shopping no room. So a bucket in which
 * something happened is wider, the more the wider, and a long silence is folded, visibly. `even` keeps the clock's scale.
 */
function scaleOf(
  river: River,
  { from, to, left, right, even }: { from: number; to: number; left: number; right: number; even: boolean },
): Pick<Shape, 'xOf' | 'atOf' | 'folds'> {
  const count = Math.max(1, river.channels[0]?.buckets.length ?? 1);
  const sums = Array.from({ length: count }, (_, at) =>
    river.channels.reduce((sum, channel) => sum + (channel.buckets[at] ?? 0), 0),
  );
  const quiet = sums.map((_, at) => (sums[at - 1] ?? 0) + (sums[at] ?? 0) + (sums[at + 1] ?? 0) === 0);
  const weights = sums.map((sum) => (even ? 1 : 1 + 1.6 * Math.log2(1 + sum)));
  const runs: { start: number; length: number }[] = [];
  for (let at = 0; at < count && !even; at += 1) {
    if (quiet[at] !== true) continue;
    const start = at;
    while (quiet[at + 1] === true) at += 1;
    const length = at - start + 1;
    if (length < 5) continue;
    runs.push({ start, length });
    const folded = Math.min(length, 2.2 + Math.log2(length)) / length;
    for (let each = start; each <= at; each += 1) weights[each] = folded;
  }
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const edges = [left];
  for (const weight of weights) edges.push((edges.at(-1) ?? left) + (weight / whole) * (right - left));
  const bucketMs = (to - from) / count;
  const edge = (at: number): number => edges[Math.max(0, Math.min(count, at))] ?? right;
  const xOf = (at: number): number => {
    const place = (at - from) / bucketMs;
    const index = Math.max(0, Math.min(count - 1, Math.floor(place)));
    return edge(index) + (place - index) * (edge(index + 1) - edge(index));
  };
  const atOf = (x: number): number => {
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (edge(middle) <= x) low = middle;
      else high = middle - 1;
    }
    const size = edge(low + 1) - edge(low);
    return from + (low + (size === 0 ? 0 : Math.max(0, Math.min(1, (x - edge(low)) / size)))) * bucketMs;
  };
  const folds = runs.map((run) => ({
    x: edge(run.start),
    width: edge(run.start + run.length) - edge(run.start),
    ms: run.length * bucketMs,
  }));
  return { xOf, atOf, folds };
}

const smooth = (share: number): number => {
  const t = Math.max(0, Math.min(1, share));
  return t * t * (3 - 2 * t);
};

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Joins that would lie on each other become one mark. */
function gather(xs: readonly number[], left: number, right: number): { x: number; index: number; count: number }[] {
  const marks: { x: number; index: number; count: number }[] = [];
  const sorted = xs
    .map((x, index) => ({ x, index }))
    .filter(({ x }) => x >= left - 1 && x <= right + 1)
    .toSorted((a, b) => a.x - b.x);
  for (const { x, index } of sorted) {
    const last = marks.at(-1);
    if (last !== undefined && x - last.x < 16) last.count += 1;
    else marks.push({ x: Math.max(left + 8, x), index, count: 1 });
  }
  return marks;
}

interface StrandWorld {
  readonly lane: number;
  readonly laneY: (lane: number, x: number) => number;
  readonly xOf: (at: number) => number;
  readonly atOf: (x: number) => number;
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
  readonly most: number;
  readonly half: number;
  readonly dotted: boolean;
}

function strand(channel: River['channels'][number], world: StrandWorld): Strand {
  const { lane, laneY, xOf, atOf, left, right, from, to, most, half } = world;
  const buckets = blur(channel.buckets);
  const bucketMs = (to - from) / Math.max(1, channel.buckets.length);
  const centre = (index: number): number => xOf(from + (index + 0.5) * bucketMs);
  const springs = Math.max(left, Math.min(right, xOf(Date.parse(channel.firstAt))));
  const dries = Math.max(springs, Math.min(right, xOf(Date.parse(channel.lastAt))));
  const firstAt = Date.parse(channel.firstAt);
  const lastAt = Date.parse(channel.lastAt);
  // The channel was there only before or only after what is shown.
  if (lastAt < from || firstAt > to) {
    const still = line(left, right, (x) => laneY(lane, x));
    return {
      channel: channel.channel,
      area: '',
      before: firstAt > to ? still : '',
      after: lastAt < from ? still : '',
      dots: [],
      labelY: laneY(lane, left),
    };
  }
  const start = Math.max(left, springs - 5);
  const end = Math.min(right, Math.max(dries + 5, start + 8));
  const valueAt = (x: number): number => {
    const place = (atOf(x) - from) / bucketMs - 0.5;
    const index = Math.max(0, Math.min(buckets.length - 1, Math.floor(place)));
    const next = Math.min(buckets.length - 1, index + 1);
    const share = smooth(place - index);
    return (buckets[index] ?? 0) * (1 - share) + (buckets[next] ?? 0) * share;
  };
  const above: string[] = [];
  const below: string[] = [];
  for (let x = start; ; x = Math.min(end, x + stepPx)) {
    const y = laneY(lane, x);
    const ends = Math.min(smooth((x - start + 1) / 10), end >= right - 0.5 ? 1 : smooth((end - x + 1) / 10));
    const width = (0.9 + half * Math.min(1, valueAt(x) / most) ** 0.5) * Math.max(0.12, ends);
    above.push(`${round(x)} ${round(y - width)}`);
    below.push(`${round(x)} ${round(y + width)}`);
    if (x >= end) break;
  }
  const dots = world.dotted
    ? channel.buckets.flatMap((n, index) => {
        if (n === 0) return [];
        const x = Math.max(start, Math.min(end, centre(index)));
        return [{ x, y: laneY(lane, x), r: Math.min(3.4, 1.7 + Math.log2(n) * 0.35) }];
      })
    : [];
  return {
    channel: channel.channel,
    area: `M${above.join('L')}L${below.toReversed().join('L')}Z`,
    before: start > left + 4 ? line(left, start, (x) => laneY(lane, x)) : '',
    after: end < right - 4 ? line(end, right, (x) => laneY(lane, x)) : '',
    dots,
    labelY: laneY(lane, left),
  };
}

function line(from: number, to: number, y: (x: number) => number): string {
  const points: string[] = [];
  for (let x = from; ; x = Math.min(to, x + 6)) {
    points.push(`${round(x)} ${round(y(x))}`);
    if (x >= to) break;
  }
  return `M${points.join('L')}`;
}

/**
 * A strand swells and ebbs; it does not step. Each bucket lifts its neighbours by a bell, and the highest lift counts,
 * so that one event alone is as tall as it is in a crowd. A light average then rounds what meets.
 */
function blur(values: readonly number[]): number[] {
  const lifted = values.map((_, at) => {
    let most = 0;
    for (let step = -4; step <= 4; step += 1)
      most = Math.max(most, (values[at + step] ?? 0) * Math.exp(-(step * step) / 3.4));
    return most;
  });
  return lifted.map((value, at) => ((lifted[at - 1] ?? value) + value * 2 + (lifted[at + 1] ?? value)) / 4);
}

function threadOf(
  river: River,
  world: {
    lanes: ReadonlyMap<string, number>;
    laneY: (lane: number, x: number) => number;
    xOf: (at: number) => number;
    left: number;
    right: number;
  },
): { path: string; crowded: boolean } {
  const { lanes, laneY, xOf, left, right } = world;
  const known = river.crossings
    .filter((each) => lanes.has(each.fromChannel) && lanes.has(each.toChannel))
    .map((each) => ({
      x: xOf(Date.parse(each.at)),
      from: lanes.get(each.fromChannel) ?? 0,
      to: lanes.get(each.toChannel) ?? 0,
    }))
    .filter((each) => each.x >= left && each.x <= right)
    .toSorted((a, b) => a.x - b.x);
  const crossings: { x: number; from: number; to: number }[] = [];
  for (const each of known) {
    const last = crossings.at(-1);
    if (last !== undefined && each.x - last.x < 3) last.to = each.to;
    else crossings.push({ ...each });
  }
  const spans = river.channels.map((each) => ({
    lane: lanes.get(each.channel) ?? 0,
    first: xOf(Date.parse(each.firstAt)),
    last: xOf(Date.parse(each.lastAt)),
  }));
  const first = spans.toSorted((a, b) => a.first - b.first)[0];
  const last = spans.toSorted((a, b) => b.last - a.last)[0];
  if (first === undefined || last === undefined) return { path: '', crowded: false };
  let lane = crossings[0]?.from ?? first.lane;
  let x = Math.max(left, Math.min(right, first.first));
  const stop = Math.max(x, Math.min(right, last.last));
  const points: string[] = [`M${round(x)} ${round(laneY(lane, x))}`];
  const walk = (until: number): void => {
    for (let at = x + 6; at < until; at += 6) points.push(`L${round(at)} ${round(laneY(lane, at))}`);
    if (until > x) points.push(`L${round(until)} ${round(laneY(lane, until))}`);
    x = Math.max(x, until);
  };
  crossings.forEach((crossing, index) => {
    const next = crossings[index + 1]?.x ?? stop + 18;
    const width = Math.max(2, Math.min(18, (crossing.x - x) * 0.9, (next - crossing.x) * 1.5 + 4));
    walk(crossing.x - width);
    const startY = laneY(lane, x);
    lane = crossing.to;
    const endX = Math.max(x + 1, crossing.x);
    const endY = laneY(lane, endX);
    const bend = x + (endX - x) / 2;
    points.push(`C${round(bend)} ${round(startY)} ${round(bend)} ${round(endY)} ${round(endX)} ${round(endY)}`);
    x = endX;
  });
  walk(stop);
  return { path: points.join(''), crowded: crossings.length > 45 };
}

type Unit = 'year' | 'month' | 'day' | 'hour';

const day = 86_400_000;
const units: readonly (readonly [Unit, number, number])[] = [
  ['hour', day / 24, 1],
  ['hour', day / 8, 3],
  ['hour', day / 4, 6],
  ['day', day, 1],
  ['day', 2 * day, 2],
  ['day', 7 * day, 7],
  ['month', 30.4 * day, 1],
  ['month', 91 * day, 3],
  ['month', 182 * day, 6],
  ['year', 365.25 * day, 1],
  ['year', 5 * 365.25 * day, 5],
];

/**
 * Where the axis is marked: at whole years, months, days or hours, and where folding has left room between two marks,
 * also at smaller ones, so that each stretch of the river names its time.
 */
export function ticksOf(
  shape: Pick<Shape, 'from' | 'to' | 'left' | 'right' | 'xOf'>,
): { at: number; x: number; unit: Unit }[] {
  const { from, to, left, right, xOf } = shape;
  const roomPx = 84;
  const wanted = Math.max(2, Math.floor((right - left) / roomPx));
  const first = units.findIndex(([, size]) => (to - from) / size <= wanted);
  const chosen: { at: number; x: number; unit: Unit }[] = [];
  const fits = (x: number): boolean => chosen.every((mark) => Math.abs(mark.x - x) >= roomPx) && x < right - 40;
  for (let level = first < 0 ? units.length - 1 : first; level >= 3; level -= 1) {
    const [unit, size, every] = units[level] ?? ['year', 0, 1];
    if ((to - from) / size > 400) break;
    for (const at of steps(unit, every, from, to)) {
      const x = xOf(at);
      if (fits(x)) chosen.push({ at, x, unit });
    }
  }
  if (chosen.length === 0)
    for (const at of steps('hour', 3, from, to)) if (fits(xOf(at))) chosen.push({ at, x: xOf(at), unit: 'hour' });
  return chosen.toSorted((a, b) => a.x - b.x);
}

function steps(unit: Unit, every: number, from: number, to: number): number[] {
  const marks: number[] = [];
  const cursor = new Date(from);
  cursor.setMinutes(0, 0, 0);
  if (unit !== 'hour') cursor.setHours(0);
  else cursor.setHours(cursor.getHours() - (cursor.getHours() % every));
  if (unit === 'month' || unit === 'year') cursor.setDate(1);
  if (unit === 'month') cursor.setMonth(cursor.getMonth() - (cursor.getMonth() % every));
  if (unit === 'year') cursor.setMonth(0);
  for (let guard = 0; guard < 1_000 && cursor.getTime() <= to; guard += 1) {
    if (cursor.getTime() >= from) marks.push(cursor.getTime());
    if (unit === 'hour') cursor.setHours(cursor.getHours() + every);
    else if (unit === 'day') cursor.setDate(cursor.getDate() + every);
    else if (unit === 'month') cursor.setMonth(cursor.getMonth() + every);
    else cursor.setFullYear(cursor.getFullYear() + every);
  }
  return marks;
}
