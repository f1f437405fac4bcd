import { ok, refuse } from '@ruslo/kernel';
import type { Result } from '@ruslo/kernel';
import type { OrderState } from './rules.ts';
import type { FulfilmentLineRow, FulfilmentState } from './store.ts';

/** The one table of what a fulfilment may do next. */
const allowed: Readonly<Record<FulfilmentState, readonly FulfilmentState[]>> = {
  planned: ['waiting', 'cancelled'],
  waiting: ['picking', 'cancelled'],
  picking: ['waiting', 'ready', 'cancelled'],
  ready: ['picking', 'trying', 'shipped', 'done', 'cancelled'],
  trying: ['ready', 'done', 'cancelled'],
  // Goods from another shop arrive where they are handed out, and are ready there.
  shipped: ['ready', 'done', 'cancelled'],
  done: [],
  cancelled: [],
};

export const nextFulfilmentStates = (from: FulfilmentState): readonly FulfilmentState[] => allowed[from];

/** Refuses with `order.fulfilment-step` (409) what the table does not have. */
export function fulfilmentStep(from: FulfilmentState, to: FulfilmentState): Result<FulfilmentState> {
  return allowed[from].includes(to) ? ok(to) : refuse('order.fulfilment-step', 409, { from, to });
}

export const isFinal = (state: FulfilmentState): boolean => state === 'done' || state === 'cancelled';

/** What of a line is still to be handed out. */
export const openUnits = (line: FulfilmentLineRow): number =>
  line.quantity - line.taken - line.refused - line.notFound - line.cancelled;

export interface Progress {
  readonly state: FulfilmentState;
  /** It lies packed in another place than the one where she comes for it. */
  readonly away: boolean;
  readonly lines: readonly FulfilmentLineRow[];
}

const rank = (one: Progress): 'confirmed' | 'picking' | 'ready' | 'shipped' => {
  if (one.state === 'planned' || one.state === 'waiting') return 'confirmed';
  if (one.state === 'picking' || one.away) return 'picking';
  return one.state === 'shipped' ? 'shipped' : 'ready';
};

/**
 * The state of an order by its fulfilments: as far as the last of them, and ended when all have. `takenElsewhere` says
 * that some line without a fulfilment (a service, a gift card) is with the customer.
 */
export function orderStateBy(fulfilments: readonly Progress[], takenElsewhere: boolean): OrderState {
  const open = fulfilments.filter((one) => !isFinal(one.state)).map(rank);
  if (open.length === 0) {
    const taken = takenElsewhere || fulfilments.some((one) => one.lines.some((line) => line.taken > 0));
    return taken ? 'completed' : 'cancelled';
  }
  if (open.every((one) => one === 'shipped')) return 'shipped';
  if (open.every((one) => one === 'ready' || one === 'shipped')) return 'ready';
  const begun = fulfilments.length > open.length || open.some((one) => one !== 'confirmed');
  return begun ? 'picking' : 'confirmed';
}

export interface HandOutPart {
  readonly lineNo: number;
  readonly taken: number;
  readonly refused: number;
  readonly serials: readonly string[];
}

/**
 * What a hand-out says of a parcel, against what is in it: taken + refused + not found + cancelled = ordered, line by
 * line (T39). Without lines everything is taken. Refuses `order.units-differ` (422; line, open, said).
 */
export function readHandOut(
  lines: readonly FulfilmentLineRow[],
  said:
    | readonly { lineNo: number; taken: number; refused: number; serials?: readonly string[] | undefined }[]
    | undefined,
): Result<readonly HandOutPart[]> {
  const parts: HandOutPart[] = [];
  for (const line of lines) {
    const open = openUnits(line);
    const one = said === undefined ? { taken: open, refused: 0 } : said.find((part) => part.lineNo === line.lineNo);
    const told = (one?.taken ?? 0) + (one?.refused ?? 0);
    if (told !== open) return refuse('order.units-differ', 422, { line: line.lineNo, open, said: told });
    const serials = one !== undefined && 'serials' in one ? (one.serials ?? []) : [];
    if (open > 0) parts.push({ lineNo: line.lineNo, taken: one?.taken ?? 0, refused: one?.refused ?? 0, serials });
  }
  const stranger = said?.find((part) => !lines.some((line) => line.lineNo === part.lineNo));
  return stranger === undefined ? ok(parts) : refuse('order.no-such-line', 422, { line: stranger.lineNo });
}
