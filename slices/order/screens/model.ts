import { api, type Found, type Page } from '@ruslo/ui';
import type { z } from 'zod';
import type * as desk from '../contract-desk.ts';
import type * as back from '../contract-return.ts';
import type * as contract from '../contract.ts';
import type { OrderState } from '../rules.ts';

/** The shapes that these screens read, from the contract of the slice. */
export type Order = contract.OrderView;
export type OrderRow = contract.OrderSummary;
export type OrderLine = Order['lines'][number];
export type Quote = contract.OrderQuote;
export type Placed = contract.Placed;
export type Parcel = desk.ParcelView;
export type ParcelLine = Parcel['lines'][number];
export type HandedOut = z.infer<typeof desk.handedOutSchema>;
export type Return = back.ReturnView;
export type Returnable = z.infer<typeof back.returnFoundSchema>['items'][number];
export type Exchanged = z.infer<typeof back.exchangedSchema>;
export type Warranty = z.infer<typeof back.warrantySchema>;
export type Checkout = z.infer<typeof contract.checkoutSchema>;
export type { OrderState, Reason };
type Reason = back.Reason;

export const reasons: readonly Reason[] = ['unfit', 'defect', 'wrong', 'not-needed', 'other'];
export const orderStates: readonly OrderState[] = [
  'awaiting-payment',
  'confirmed',
  'picking',
  'ready',
  'shipped',
  'completed',
  'cancelled',
  'expired',
];
export const parcelStates = ['waiting', 'picking', 'ready', 'trying', 'shipped'] as const;
export const returnStates = ['announced', 'received', 'refunded', 'withdrawn'] as const;

type LightState = 'good' | 'warn' | 'bad' | 'none';
export const orderLight: Readonly<Record<OrderState, LightState>> = {
  'awaiting-payment': 'warn',
  confirmed: 'warn',
  picking: 'warn',
  ready: 'good',
  shipped: 'good',
  completed: 'good',
  cancelled: 'none',
  expired: 'bad',
};
export const parcelLight: Readonly<Record<Parcel['state'], LightState>> = {
  planned: 'none',
  waiting: 'warn',
  picking: 'warn',
  ready: 'good',
  trying: 'warn',
  shipped: 'good',
  done: 'good',
  cancelled: 'none',
};
export const paymentLight = {
  new: 'none',
  pending: 'warn',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'none',
} as const;
export const receiptLight = { queued: 'warn', registered: 'good', failed: 'bad' } as const;
export const returnLight = { announced: 'warn', received: 'warn', refunded: 'good', withdrawn: 'none' } as const;

/** What of a line of a parcel is still to be handed out. */
export const openUnits = (
  line: Omit<ParcelLine, 'variantId' | 'sku' | 'title' | 'kind' | 'unit' | 'warrantyMonths'>,
): number => line.quantity - line.taken - line.refused - line.notFound - line.cancelled;

/** Whether more of it can still be cancelled: nobody has it in the hands yet. */
export const isCancellable = (state: OrderState): boolean =>
  ['awaiting-payment', 'confirmed', 'picking', 'ready'].includes(state);

export interface Place {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly city: string;
  readonly services: readonly string[];
  readonly state: 'open' | 'closed';
}

const foundPlace = (place: Place): Omit<Found, 'path'> => ({
  id: place.id,
  label: place.name,
  hint: `${place.code} · ${place.city}`,
});

export async function findPlaces(
  text: string,
  signal: AbortSignal,
  service?: string,
): Promise<readonly Omit<Found, 'path'>[]> {
  const page = await api.get<Page<Place>>('/v1/places', { q: text, service, limit: 20 }, signal);
  return page.items.map(foundPlace);
}

interface ProductItem {
  readonly id: string;
  readonly title: string;
  readonly brand: string | null;
  readonly variantId: string | null;
  readonly priceMinor: number | null;
  readonly currency: string | null;
}
interface Product {
  readonly variants: readonly {
    readonly id: string;
    readonly sku: string;
    readonly title?: string | null;
    readonly priceMinor: number | null;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
}

/** Variants to sell, by words, article or code; a product with a choice is opened into its variants. */
export async function findVariants(text: string, signal: AbortSignal): Promise<readonly Omit<Found, 'path'>[]> {
  const page = await api.get<Page<ProductItem>>('/v1/products', { q: text, limit: 10 }, signal);
  const found = await Promise.all(
    page.items.map(async (item): Promise<readonly Omit<Found, 'path'>[]> => {
      if (item.variantId !== null) return [{ id: item.variantId, label: item.title, hint: item.brand ?? '' }];
      const product = await api.get<Product>(`/v1/products/${item.id}`, {}, signal);
      return product.variants
        .filter((variant) => variant.priceMinor !== null)
        .map((variant) => ({ id: variant.id, label: `${item.title}, ${variant.sku}`, hint: item.brand ?? '' }));
    }),
  );
  return found.flat();
}

/** How a desk is asked for a parcel: what was scanned or typed says itself what it is. */
export type HandOutKey = 'qr' | 'code' | 'phone' | 'card' | 'orderNumber';

export function handOutKeys(text: string): readonly HandOutKey[] {
  if (/^RUSLO:H:/i.test(text)) return ['qr'];
  const digits = text.replaceAll(/\D/g, '');
  if (/[a-zа-я]/i.test(text)) return ['orderNumber'];
  if (digits.length === 8) return ['code'];
  if (
    text.startsWith('+') ||
    (digits.length === 11 && /^[78]9/.test(digits)) ||
    (digits.length === 10 && digits.startsWith('9'))
  )
    return ['phone', 'card'];
  return digits.length >= 9 ? ['card', 'phone'] : ['orderNumber'];
}

/** `М-1000123` or bare digits as people type them; a Cyrillic М looks the same. */
export function numberOf(text: string): string {
  const upper = text.trim().toUpperCase().replace(/^М/, 'M');
  return /^\d+$/.test(upper) ? `M-${upper}` : upper;
}

/** What a purchase may be found by: its number, the number or the QR of a receipt, a phone, a card. */
export type ReturnKey = 'orderNumber' | 'receipt' | 'card' | 'phone';

export function returnKeys(text: string): readonly ReturnKey[] {
  const digits = text.replaceAll(/\D/g, '');
  if (text.includes('=')) return ['receipt'];
  if (/[a-zа-я]/i.test(text)) return ['orderNumber', 'receipt'];
  if (
    text.startsWith('+') ||
    (digits.length === 11 && /^[78]9/.test(digits)) ||
    (digits.length === 10 && digits.startsWith('9'))
  )
    return ['phone', 'card', 'receipt'];
  return digits.length >= 9 ? ['card', 'receipt', 'phone'] : ['orderNumber', 'receipt'];
}
