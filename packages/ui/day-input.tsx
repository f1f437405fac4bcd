import { TextInput } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { DayInputProps } from './calendar.tsx';

const Calendar = lazy(() => import('./calendar.tsx'));

/** A calendar day, written as the reader's language writes it, typed or picked. The value is always 2026-11-21. */
export function DayInput(props: DayInputProps): React.JSX.Element {
  return (
    <Suspense fallback={<TextInput label={props.label} readOnly />}>
      <Calendar {...props} />
    </Suspense>
  );
}
