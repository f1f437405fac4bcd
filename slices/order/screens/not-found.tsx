import { NumberInput } from '@mantine/core';
import { api, Ask, tellDone, useFormat, useWords } from '@ruslo/ui';
import { useState } from 'react';
import { openUnits, type Parcel, type ParcelLine } from './model.ts';
import { usePlaceNames } from './parts.tsx';

/** Goods that are not on the shelf: another place brings them, or their money goes back. */
export function NotFound({
  parcel,
  line,
  put,
  onClose,
}: {
  parcel: Parcel;
  line: ParcelLine;
  put: (next: Parcel) => void;
  onClose: () => void;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const placeName = usePlaceNames();
  const most = openUnits(line) - line.picked;
  const [quantity, setQuantity] = useState(most);
  return (
    <Ask
      title={say('screen.order.desk.missing', { title: line.title })}
      consequence={say('screen.order.desk.missing.about')}
      act={say('screen.order.desk.missing.act')}
      onClose={onClose}
      run={async () => {
        const answer = await api.post<{ parcel: Parcel; placeId: string | null; refundedMinor: number }>(
          `/v1/fulfilments/${parcel.id}/not-found`,
          { lineNo: line.lineNo, quantity },
        );
        put(answer.parcel);
        tellDone(
          answer.placeId === null
            ? say('screen.order.desk.missing.refunded', { amount: format.money(answer.refundedMinor, parcel.currency) })
            : say('screen.order.desk.missing.brought', { place: placeName(answer.placeId) }),
        );
      }}
    >
      <NumberInput
        label={say(line.unit === 'weight' ? 'screen.order.desk.grams' : 'screen.order.quantity')}
        min={1}
        max={most}
        value={quantity}
        onChange={(value) => setQuantity(typeof value === 'number' ? value : most)}
      />
    </Ask>
  );
}
