import { Ago, Go, Sheet, useWords } from '@ruslo/ui';
import { isUuid } from '@ruslo/kernel';
import type { Movement } from './model.ts';
import { Quantity, usePlaceName } from './parts.tsx';
import classes from './stock.module.css';

/** What came and went of one variant. */
export function MovementSheet({ rows }: { rows: readonly Movement[] }): React.JSX.Element {
  const { say } = useWords();
  const nameOf = usePlaceName();
  return (
    <Sheet
      rows={rows}
      keyOf={(row) => String(row.id)}
      label={say('screen.stock.movements')}
      columns={[
        { title: say('screen.stock.when'), render: (row) => <Ago at={row.at} /> },
        { title: say('screen.stock.what'), render: (row) => say(`screen.stock.kind.${row.kind}`) },
        { title: say('screen.stock.place'), render: (row) => nameOf(row.placeId) },
        { title: say('screen.stock.ground'), spare: true, render: (row) => <Ground row={row} /> },
        { title: say('screen.stock.quantity'), align: 'right', render: (row) => <Signed row={row} /> },
      ]}
    />
  );
}

/** How much, with the sign: what came is green, what went is red. */
export function Signed({ row }: { row: Movement }): React.JSX.Element {
  return (
    <span className={row.quantity < 0 ? classes.minus : classes.plus}>
      <Quantity id={row.variantId} of={row.quantity} signed />
    </span>
  );
}

/** By what paper or for what reason. An id is the order's. */
export function Ground({ row, plain = false }: { row: Movement; plain?: boolean }): React.JSX.Element {
  const { say } = useWords();
  const isOrder = row.ref !== null && isUuid(row.ref) && (row.kind === 'sold' || row.kind === 'returned');
  // A row that is a link itself can hold no other.
  if (isOrder && plain) return <>{say('screen.stock.order')}</>;
  if (isOrder) return <Go to={`/orders/${row.ref ?? ''}`}>{say('screen.stock.order.open')}</Go>;
  const ref = row.ref === null || isUuid(row.ref) ? null : row.ref;
  const text = [ref, row.why].filter((part) => part !== null && part !== '').join(' · ');
  return text === '' ? <span className="dim">—</span> : <>{text}</>;
}
