import type { Caller } from '@ruslo/platform';
import type { Channel } from '@ruslo/kernel';

/** Who did it, for steps and their readers: ids, never names. */
export const byOf = (caller: Caller): string =>
  caller.kind === 'anonymous' ? 'system' : `${caller.kind}:${caller.id}`;

/** Where it was done: a customer's session knows, others say. */
export function channelOf(caller: Caller, said: Channel | undefined): Channel {
  if (caller.kind === 'customer') return caller.channel;
  return said ?? (caller.kind === 'staff' ? 'shop' : 'web');
}
