import type { Tx } from '@ruslo/platform';
import { addCounts } from './store.ts';

/** How many events of a source came in one minute. */
export interface SourceFigure {
  readonly sourceId: string;
  /** Start of the minute. */
  readonly minute: Date;
  readonly lastSeenAt: Date;
  readonly accepted: number;
}

/** Adds to the figures of sources what went into the log past the intake: the demo's history. Older figures than of a week say nothing. */
export const addFigures = (tx: Tx, figures: readonly SourceFigure[]): Promise<void> =>
  addCounts(
    tx,
    figures.map(({ sourceId, minute, lastSeenAt, accepted }) => ({
      sourceId,
      minute: minute.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
      accepted,
      repeated: 0,
      rejected: 0,
      late: 0,
    })),
  );
