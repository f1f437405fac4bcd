import type { z } from 'zod';
import type * as contract from '../contract.ts';

/** The shapes that these screens read, from the contract of the slice. */
export type River = z.infer<typeof contract.river>;
export type Item = contract.TimelineItem;
export type Raw = z.infer<typeof contract.eventItem>;
export type Source = z.infer<typeof contract.sourceItem>;
export type Inspected = contract.InspectorItem;
export type Rejected = z.infer<typeof contract.rejectedItem>;
