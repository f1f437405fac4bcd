import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** What the addresses of stock answer. */
export type Level = z.output<typeof contract.levelItem>;
export type Movement = z.output<typeof contract.movementItem>;
export type VariantStock = z.output<typeof contract.variantStock>;
export type Tariff = z.output<typeof contract.tariffSchema>;
export type PromiseItem = z.output<typeof contract.promiseAnswer>['items'][number];

// Named here once more, complete by its type: the contract's own list would bring its schemas into the browser.
const kinds: Record<Movement['kind'], true> = {
  received: true,
  sold: true,
  returned: true,
  sent: true,
  arrived: true,
  adjusted: true,
  counted: true,
  found: true,
  'written-off': true,
  imported: true,
};
export const movementKinds = Object.keys(kinds);

/** Of the catalogue and of places, only what is shown here. */
export interface Variant {
  readonly id: string;
  readonly productId: string;
  readonly sku: string;
  readonly title: string;
  readonly unit: 'piece' | 'weight';
  readonly currency: string;
}
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly city: string;
  readonly lat: number;
  readonly lon: number;
  readonly services: readonly string[];
}

type Light = 'good' | 'warn' | 'bad' | 'none';

/** How a level stands: more promised than there is, at its low line, at its excess line, nothing, or well. */
export function standOf(level: Level): { light: Light; key: 'short' | 'low' | 'excess' | 'none' | 'well' } {
  if (level.shortage > 0) return { light: 'bad', key: 'short' };
  if (level.lowAt !== null && level.sellable <= level.lowAt) return { light: 'warn', key: 'low' };
  if (level.excessAt !== null && level.onHand >= level.excessAt) return { light: 'warn', key: 'excess' };
  return level.sellable <= 0 ? { light: 'none', key: 'none' } : { light: 'good', key: 'well' };
}

/** The variant of an address: of a level, of a movement, or alone. */
export const variantOf = (segment: string): string => decodeURIComponent(segment).split('~')[0] ?? '';
