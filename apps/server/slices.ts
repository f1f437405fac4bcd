import { identity } from '@ruslo/identity';
import { insight } from '@ruslo/insight';
import type { Slice } from '@ruslo/platform';
import { staff } from '@ruslo/staff';
import { timeline } from '@ruslo/timeline';

/** Every slice of this server, from the ground up. A new slice is one line here. */
export const slices: readonly Slice[] = [identity, staff, timeline, insight];
