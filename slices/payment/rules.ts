/** Waiting grows from 5 s to an hour; 24 tries are most of a day. */
export const triesMost = 24;
const firstWaitMs = 5_000;
const mostWaitMs = 3_600_000;

/** How long until the next try after so many. */
export const waitMs = (tries: number): number =>
  Math.min(firstWaitMs * 2 ** Math.min(Math.max(tries - 1, 0), 20), mostWaitMs);

/** The idempotency key of a refund at the provider. What it has refused it would refuse again under the same key. */
export const refundKey = (id: string, round: number): string => (round === 1 ? id : `${id}.${round}`);

export const isFinal = (state: string): boolean => state === 'succeeded' || state === 'failed' || state === 'cancelled';
