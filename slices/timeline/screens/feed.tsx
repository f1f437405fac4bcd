import { usePlace, type CustomerSlotProps } from '@ruslo/ui';
import { usePointed } from './pointed.ts';
import { genderOf } from './sentence.ts';
import { Timeline } from './timeline.tsx';

/** The timeline, after what she has and owns: it is the longest part of the card. */
export default function Feed({ customerId, name }: CustomerSlotProps): React.JSX.Element {
  const { search } = usePlace();
  const only = (search['in'] ?? '').split(',').filter((part) => part !== '');
  return <Timeline customerId={customerId} gender={genderOf(name)} only={only} pointed={usePointed()} />;
}
