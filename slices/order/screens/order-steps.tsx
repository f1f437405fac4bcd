import { Ago, Go, Light, Part, useCan, useFormat, useWords } from '@ruslo/ui';
import { parcelLight, type Order } from './model.ts';
import { usePlaceNames, useUnits } from './parts.tsx';
import classes from './order.module.css';

/** Where its parcels are and what of them has been picked, taken, refused. */
export function Parcels({ order }: { order: Order }): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const units = useUnits();
  const placeName = usePlaceNames();
  if (order.fulfilments.length === 0) return null;
  const lineOf = (lineNo: number) => order.lines.find((line) => line.lineNo === lineNo);
  return (
    <Part title={say('screen.order.parcels')} flush>
      {order.fulfilments.map((parcel) => (
        <div className={classes.line} key={parcel.id}>
          <div>
            <div>
              {can('order.pick') ? (
                <Go to={`/desk/${parcel.id}?place=${parcel.placeId}`}>{placeName(parcel.placeId)}</Go>
              ) : (
                placeName(parcel.placeId)
              )}
              {parcel.cell !== null && ` · ${say('screen.order.cell', { cell: parcel.cell })}`}
            </div>
            {parcel.doneAt === null && parcel.promisedAt !== null && (
              <div className={classes.note}>
                {say('screen.order.promised', {
                  time: `${format.date(parcel.promisedAt, 'dayShort')}, ${format.date(parcel.promisedAt, 'time')}`,
                })}
              </div>
            )}
            {parcel.lines.map((part) => {
              const line = lineOf(part.lineNo);
              const unit = line?.unit ?? 'piece';
              const fate = (['refused', 'notFound', 'cancelled'] as const).filter((key) => part[key] > 0);
              return (
                <div className={classes.note} key={part.lineNo}>
                  {line?.title} · {units(part.quantity, unit)}
                  {fate.map((key) => `, ${say(`screen.order.fate.${key}`, { amount: units(part[key], unit) })}`)}
                </div>
              );
            })}
          </div>
          <Light state={parcelLight[parcel.state]} label={say(`screen.order.parcel.state.${parcel.state}`)} />
        </div>
      ))}
    </Part>
  );
}

/** Who did it: the kind before the colon; ids of people are not words. */
const kinds = ['staff', 'customer', 'key', 'system'] as const;

/** What happened to the order, in words. */
export function Steps({ order }: { order: Order }): React.JSX.Element {
  const { say } = useWords();
  const byOf = (by: string): string => {
    const kind = kinds.find((one) => by === one || by.startsWith(`${one}:`)) ?? 'system';
    return say(`screen.order.by.${kind}`);
  };
  return (
    <ol className={classes.steps}>
      {order.steps.map((step, index) => (
        <li
          className={classes.step}
          key={`${step.toState} ${step.at}`}
          data-now={index === order.steps.length - 1 || undefined}
        >
          <div>{say(`screen.order.step.${step.toState}`)}</div>
          <div className={classes.note}>
            <Ago at={step.at} /> · {byOf(step.by)}
            {step.why !== null && step.why !== '' && ` · ${step.why}`}
          </div>
        </li>
      ))}
    </ol>
  );
}
