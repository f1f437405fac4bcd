import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** The shapes that these screens read, from the contract of the slice. */
export type { CouponItem, GrantItem, Match, RuleState } from '../contract.ts';
export type Rule = contract.Rule;
export type Leaf = contract.Leaf;
export type Condition = contract.Condition;
export type Effect = contract.Effect;
export type AttributeTest = contract.AttributeTest;
export type Version = z.infer<typeof contract.versionSchema>;
export type Priced = z.infer<typeof contract.pricedSchema>;
export type PreviewAsk = z.input<typeof contract.previewBody>;
/** As the server keeps it: a rule of an older or newer program may say more than these screens know. */
export type Promotion = Omit<contract.Promotion, 'rule'> & { readonly rule: Rule };

export const stateLight = { draft: 'none', active: 'good', paused: 'warn', archived: 'none' } as const;

export const emptyRule: Rule = {
  name: '',
  priority: 0,
  mode: 'stacks',
  group: null,
  condition: { kind: 'all', of: [] },
  effects: [{ kind: 'percent', bp: 1_000 }],
  caps: {},
  limits: {},
  validFrom: null,
  validUntil: null,
};

export const leafKinds = ['lines', 'sum', 'count', 'time', 'place', 'channel', 'customer', 'coupon', 'grant'] as const;
export type LeafKind = (typeof leafKinds)[number];
export const isLeafKind = (kind: string): kind is LeafKind => (leafKinds as readonly string[]).includes(kind);

const freshLeaves: Readonly<Record<LeafKind, Leaf>> = {
  lines: { kind: 'lines', lines: {}, minQuantity: 1 },
  sum: { kind: 'sum', minMinor: 100_000 },
  count: { kind: 'count', min: 2 },
  time: { kind: 'time', weekdays: [1, 2, 3, 4, 5] },
  place: { kind: 'place', placeIds: [] },
  channel: { kind: 'channel', channels: ['web'] },
  customer: { kind: 'customer', known: true },
  coupon: { kind: 'coupon' },
  grant: { kind: 'grant' },
};
export const freshLeaf = (kind: LeafKind): Leaf => ({ ...freshLeaves[kind] });

export const effectKinds = [
  'percent',
  'amount',
  'price',
  'nth',
  'bundle',
  'order-percent',
  'order-amount',
  'steps',
  'shipping',
  'gift',
  'points',
] as const;
export type EffectKind = (typeof effectKinds)[number];
export const isEffectKind = (kind: string): kind is EffectKind => (effectKinds as readonly string[]).includes(kind);

const freshEffects: Readonly<Record<EffectKind, Effect>> = {
  percent: { kind: 'percent', bp: 1_000 },
  amount: { kind: 'amount', unitMinor: 10_000 },
  price: { kind: 'price', priceMinor: 10_000 },
  nth: { kind: 'nth', every: 3, count: 1, bp: 10_000, pick: 'cheapest' },
  bundle: {
    kind: 'bundle',
    items: [
      { lines: {}, quantity: 1 },
      { lines: {}, quantity: 1 },
    ],
    priceMinor: 100_000,
  },
  'order-percent': { kind: 'order-percent', bp: 500 },
  'order-amount': { kind: 'order-amount', amountMinor: 50_000 },
  steps: {
    kind: 'steps',
    steps: [
      { fromMinor: 300_000, bp: 500 },
      { fromMinor: 600_000, bp: 1_000 },
    ],
  },
  shipping: { kind: 'shipping', bp: 10_000 },
  gift: { kind: 'gift', variantId: '', quantity: 1, worthMinor: 0 },
  points: { kind: 'points', multiplierBp: 20_000, worthMinor: 0 },
};
/** An effect of another kind that keeps the goods it was meant for. */
export function freshEffect(kind: EffectKind, old?: Effect): Effect {
  const fresh = freshEffects[kind];
  const lines = old !== undefined && 'lines' in old ? old.lines : undefined;
  const takes = !['bundle', 'shipping', 'gift', 'points'].includes(kind);
  return takes && lines !== undefined ? ({ ...fresh, lines } as Effect) : { ...fresh };
}

/** A condition without the denials around it, and whether they deny it. */
export function peel(condition: Condition): { readonly inner: Condition; readonly denied: boolean } {
  let inner = condition;
  let denied = false;
  while (inner.kind === 'not') {
    inner = inner.of;
    denied = !denied;
  }
  return { inner, denied };
}
export const deny = (condition: Condition, denied: boolean): Condition =>
  denied ? { kind: 'not', of: condition } : condition;

/** What changes a thing without losing fields of it that we do not know; undefined takes a field away. */
export function change<T extends object>(thing: T, fields: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries({ ...thing, ...fields }).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}

/** 2026-11-21T09:30 on the wall of a time zone. */
export function toWall(iso: string | null, timeZone: string): string {
  if (iso === null) return '';
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(iso));
  return parts.replace(' ', 'T');
}

/** The moment when the wall of a time zone shows this. */
export function fromWall(wall: string, timeZone: string): string | null {
  const utcMs = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(utcMs)) return null;
  let ms = utcMs;
  // Twice: the first guess may be on the other side of a clock change.
  for (let round = 0; round < 2; round += 1)
    ms += utcMs - Date.parse(`${toWall(new Date(ms).toISOString(), timeZone)}:00Z`);
  return new Date(ms).toISOString();
}

export interface BasketLine {
  readonly variantId: string;
  readonly quantity: number;
}
/** `id*2,id` of the address. */
export function readLines(text: string | undefined): BasketLine[] {
  return (text ?? '').split(',').flatMap((part) => {
    const [variantId = '', count = '1'] = part.split('*');
    const quantity = Number(count);
    return /^[0-9a-f-]{36}$/.test(variantId) && Number.isSafeInteger(quantity) && quantity > 0
      ? [{ variantId, quantity }]
      : [];
  });
}
export const writeLines = (lines: readonly BasketLine[]): string | null =>
  lines.length === 0 ? null : lines.map((line) => `${line.variantId}*${String(line.quantity)}`).join(',');

export const splitList = (text: string | undefined): string[] => (text ?? '').split(',').filter((part) => part !== '');

/** A cell that begins with a sign would be a formula in a spreadsheet. */
const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",;\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
export const csvOf = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => row.map(cell).join(';')).join('\r\n');

/** The last moment of a day of the reader's zone, as an offer's end. */
export const endOfDay = (day: string, timeZone: string): string | undefined =>
  day === '' ? undefined : (fromWall(`${day}T23:59`, timeZone) ?? undefined);

/** Which fields of a rule differ. */
export const changedFields = (one: object, other: object): string[] =>
  Object.keys({ ...one, ...other }).filter(
    (key) =>
      JSON.stringify((one as Record<string, unknown>)[key]) !== JSON.stringify((other as Record<string, unknown>)[key]),
  );
