import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** The shapes that these screens read, from the contract of the slice. */
export type Purse = z.infer<typeof contract.purseSchema>;
export type Entry = z.infer<typeof contract.entrySchema>;
export type Card = z.infer<typeof contract.cardSchema>;
export type Issued = z.infer<typeof contract.issuedSchema>;
export type Checked = z.infer<typeof contract.checkedSchema>;
export type Proof = z.infer<typeof contract.proofSchema>;

export const cardStates = ['new', 'active', 'blocked'] as const;
export const cardLight = { new: 'none', active: 'good', blocked: 'bad' } as const;

/** An order is told from any other reason by its id: only then is there something to open. */
export const isOrder = (ref: string | null): ref is string =>
  ref !== null && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(ref);

/** «+120» or «−120». */
export const signed = (amount: number, text: (value: number) => string): string =>
  amount > 0 ? `+${text(amount)}` : amount < 0 ? `−${text(-amount)}` : text(0);

/** The end of a day of a time zone, as a moment. */
export function endOfDay(day: string, timeZone: string): string | null {
  const wallMs = Date.parse(`${day}T23:59:59Z`);
  if (Number.isNaN(wallMs)) return null;
  const shown = (ms: number): number =>
    Date.parse(
      `${new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(ms).replace(' ', 'T')}Z`,
    );
  let ms = wallMs;
  // Twice: the first guess may be on the other side of a clock change.
  for (let round = 0; round < 2; round += 1) ms += wallMs - shown(ms);
  return new Date(ms).toISOString();
}
