import type { PlaceKind, PlaceService } from '../contract.ts';

// Named here once more, complete by their types: the contract's own lists would bring its schemas into the browser.
const kinds: Record<PlaceKind, true> = { shop: true, warehouse: true, pickup: true, cafe: true };
export const placeKinds = Object.keys(kinds);
const services: Record<PlaceService, true> = {
  sale: true,
  pickup: true,
  'try-on': true,
  return: true,
  ship: true,
  cafe: true,
};
export const placeServices = Object.keys(services);

/** What `/v1/places` answers. */
export interface Span {
  readonly from: string;
  readonly to: string;
}
export interface Hours {
  /** Seven lists from Monday. */
  readonly week: readonly (readonly Span[])[];
  readonly exceptions: readonly { readonly date: string; readonly spans: readonly Span[]; readonly note?: string }[];
}
export interface Place {
  readonly id: string;
  readonly code: string;
  readonly kind: PlaceKind;
  readonly name: string;
  readonly brand: string | null;
  readonly city: string;
  readonly address: string;
  readonly lat: number;
  readonly lon: number;
  readonly timeZone: string;
  readonly services: readonly PlaceService[];
  readonly state: 'open' | 'closed';
  readonly withinId: string | null;
  readonly phone: string | null;
  readonly prepMinutes: number;
  readonly hours: Hours | null;
  readonly openNow: boolean;
  readonly opensAt: string | null;
  readonly closesAt: string | null;
}

/** `10:00–14:00, 15:00–21:00`; nothing = shut. */
export const spansText = (spans: readonly Span[]): string => spans.map(({ from, to }) => `${from}–${to}`).join(', ');

/** Reads what people type: `10-21`, `10:00–14:00, 15:00-21:00`; undefined when it is no hours. */
export function readSpans(text: string): Span[] | undefined {
  const spans: Span[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const match = /^(\d{1,2})(?::(\d\d))?\s*[-–—]\s*(\d{1,2})(?::(\d\d))?$/.exec(part);
    if (match === null) return undefined;
    const [from, to] = [time(match[1], match[2]), time(match[3], match[4])];
    if (from === undefined || to === undefined || from === '24:00') return undefined;
    spans.push({ from, to });
  }
  return spans;
}

function time(hours = '', minutes = '00'): string | undefined {
  const [hour, minute] = [Number(hours), Number(minutes)];
  if (minute > 59 || hour > 24 || (hour === 24 && minute > 0)) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
