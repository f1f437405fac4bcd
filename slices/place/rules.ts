/** Hours of places: calendar days and clock times of the place's own zone. Pure; `Intl` knows the zones. */

/** Times are `HH:MM` of the place's clock, `to` up to `24:00`; a `to` that is not after `from` is of the next day. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export interface Hours {
  /** Seven days from Monday; an empty list is a day off. */
  readonly week: readonly (readonly Span[])[];
  /** Days that differ from their week day: holidays, stocktakes. */
  readonly exceptions: readonly {
    readonly date: string;
    readonly spans: readonly Span[];
    readonly note?: string | undefined;
  }[];
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** So far the next opening is looked for: a place closed longer than that is closed. */
const aheadDays = 60;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

// Zones change at whole quarters of an hour, and the same few zones are asked again and again: 8 µs without, 0.1 µs with it.
const offsets = new Map<string, Map<number, number>>();
const offsetsMost = 10_000;

/** What the zone's clock is ahead of UTC at a moment, in milliseconds. */
export function offsetAt(zone: string, atMs: number): number {
  const quarter = Math.floor(atMs / (15 * minuteMs));
  let known = offsets.get(zone);
  if (known === undefined || known.size > offsetsMost) offsets.set(zone, (known = new Map()));
  let offset = known.get(quarter);
  if (offset === undefined) {
    const startMs = quarter * 15 * minuteMs;
    const at: Record<string, number> = {};
    for (const { type, value } of formatOf(zone).formatToParts(startMs)) at[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
    offset = Date.UTC(year, month - 1, day, hour, minute, second) - startMs;
    known.set(quarter, offset);
  }
  return offset;
}

/** The moment at which the zone's clock shows this (given as if it were UTC). A time that a shift of clocks leaves out is taken as later by the shift. */
export function momentOf(zone: string, localMs: number): number {
  const before = localMs - offsetAt(zone, localMs - dayMs / 2);
  if (offsetAt(zone, before) === localMs - before) return before;
  const after = localMs - offsetAt(zone, localMs + dayMs / 2);
  return offsetAt(zone, after) === localMs - after ? after : before;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Opening times of a calendar day, given as its midnight as if it were UTC. */
function spansOn(hours: Hours, dayLocalMs: number): readonly Span[] {
  if (hours.exceptions.length > 0) {
    const date = new Date(dayLocalMs).toISOString().slice(0, 10);
    const exception = hours.exceptions.find((one) => one.date === date);
    if (exception !== undefined) return exception.spans;
  }
  return hours.week[(new Date(dayLocalMs).getUTCDay() + 6) % 7] ?? [];
}

/** Open stretches [from, to) that end after `fromMs`, in order, as moments; those that touch are one. */
function* stretches(hours: Hours, zone: string, fromMs: number): Generator<[number, number]> {
  const today = Math.floor((fromMs + offsetAt(zone, fromMs)) / dayMs) * dayMs;
  let open: [number, number] | undefined;
  // From yesterday: its evening may last past midnight.
  for (let day = -1; day <= aheadDays; day += 1) {
    const midnight = today + day * dayMs;
    const spans = spansOn(hours, midnight).map(({ from, to }): [number, number] => {
      const [start, end] = [minutesOf(from), minutesOf(to)];
      return [start, end > start ? end : end + 1440];
    });
    for (const [start, end] of spans.toSorted((one, other) => one[0] - other[0])) {
      const begins = momentOf(zone, midnight + start * minuteMs);
      const ends = momentOf(zone, midnight + end * minuteMs);
      if (ends <= begins) continue;
      if (open !== undefined && begins <= open[1]) {
        open = [open[0], Math.max(open[1], ends)];
        continue;
      }
      if (open !== undefined && open[1] > fromMs) yield open;
      open = [begins, ends];
    }
  }
  if (open !== undefined && open[1] > fromMs) yield open;
}

/** Is it open at this moment? Without hours it is open round the clock. */
export function openAt(hours: Hours | null, zone: string, at: Date): boolean {
  if (hours === null) return true;
  const [first] = stretches(hours, zone, at.getTime());
  return first !== undefined && first[0] <= at.getTime();
}

/** The moment itself when it is open, else the next opening; null when none is in sight. */
export function nextOpen(hours: Hours | null, zone: string, at: Date): Date | null {
  if (hours === null) return at;
  const [first] = stretches(hours, zone, at.getTime());
  return first === undefined ? null : new Date(Math.max(first[0], at.getTime()));
}

/** When the stretch that is open at the moment, or the next one, ends. Null when it never opens, or never closes. */
export function nextClose(hours: Hours | null, zone: string, at: Date): Date | null {
  if (hours === null) return null;
  const [first] = stretches(hours, zone, at.getTime());
  if (first === undefined) return null;
  return first[1] - first[0] >= aheadDays * dayMs ? null : new Date(first[1]);
}

/** When work of so many minutes that begins at this moment is done, if people work only while it is open. Null: never. */
export function doneAt(hours: Hours | null, zone: string, at: Date, minutes: number): Date | null {
  const atMs = at.getTime();
  let leftMs = minutes * minuteMs;
  if (hours === null) return new Date(atMs + leftMs);
  for (const [from, to] of stretches(hours, zone, atMs)) {
    const begins = Math.max(from, atMs);
    if (to - begins >= leftMs) return new Date(begins + leftMs);
    leftMs -= to - begins;
  }
  return null;
}

/** Kilometres between two points on the ground (haversine). */
export function distanceKm(
  one: { readonly lat: number; readonly lon: number },
  other: { readonly lat: number; readonly lon: number },
): number {
  const radians = Math.PI / 180;
  const halfLat = Math.sin(((other.lat - one.lat) * radians) / 2);
  const halfLon = Math.sin(((other.lon - one.lon) * radians) / 2);
  const part = halfLat ** 2 + Math.cos(one.lat * radians) * Math.cos(other.lat * radians) * halfLon ** 2;
  return 2 * 6_371.0088 * Math.asin(Math.min(1, Math.sqrt(part)));
}
