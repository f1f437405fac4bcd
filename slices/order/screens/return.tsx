import { Button } from '@mantine/core';
import {
  Ago,
  api,
  Ask,
  Failing,
  Go,
  Light,
  PageHead,
  Part,
  tellDone,
  useCan,
  useFormat,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { returnLight, type Return } from './model.ts';
import { Pair } from './order-money.tsx';
import { PlacePick, usePlaceNames } from './parts.tsx';
import classes from './order.module.css';

/** One return: what came back and what was given for it. */
export default function ReturnPage(): React.JSX.Element {
  const { returnId = '' } = useParams({ strict: false }) as { returnId?: string };
  const { say } = useWords();
  const can = useCan();
  const placeName = usePlaceNames();
  const [receiving, setReceiving] = useState(false);
  const found = useQuery({
    queryKey: ['return', returnId],
    queryFn: ({ signal }) => api.get<Return>(`/v1/returns/${returnId}`, {}, signal),
  });
  if (found.data === undefined)
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  const row = found.data;
  const isOpen = row.state === 'announced' || row.state === 'received';
  return (
    <>
      <PageHead
        title={say('screen.order.return.one', { number: row.number })}
        about={
          <span className={classes.facts}>
            <Light state={returnLight[row.state]} label={say(`screen.order.return.state.${row.state}`)} />
            <Ago at={row.createdAt} />
            <Go to={`/orders/${row.orderId}`}>{say('screen.order.one', { number: row.orderNumber })}</Go>
            {placeName(row.placeId)}
          </span>
        }
      >
        {isOpen && can('order.return') && (
          <Button onClick={() => setReceiving(true)}>{say('screen.order.return.receive')}</Button>
        )}
      </PageHead>
      <div className={classes.page}>
        <Part title={say('screen.order.return.what')} flush>
          <ReturnLines row={row} />
        </Part>
        <Part title={say('screen.order.return.money')} flush>
          <ReturnSums row={row} />
        </Part>
        {row.why !== null && row.why !== '' && (
          <Part title={say('screen.order.why')} flush>
            <p className={classes.none}>{row.why}</p>
          </Part>
        )}
        {row.exchangeOrderId !== null && (
          <p>
            <Go to={`/orders/${row.exchangeOrderId}`}>{say('screen.order.return.exchange')}</Go>
          </p>
        )}
      </div>
      {receiving && <Receive row={row} onClose={() => setReceiving(false)} />}
    </>
  );
}

export function ReturnLines({ row }: { row: Return }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  return (
    <ul className={classes.lines}>
      {row.lines.map((line) => (
        <li className={classes.line} key={`${String(line.lineNo)} ${String(line.damaged)}`}>
          <div>
            <div className={classes.lineTitle}>{line.title}</div>
            <div className={classes.note}>
              {line.sku} × {format.number(line.quantity)} · {say(`screen.order.reason.${line.reason}`)}
              {line.damaged && ` · ${say('screen.order.return.damaged')}`}
            </div>
          </div>
          <div className={classes.money}>{format.money(line.amountMinor, row.currency)}</div>
        </li>
      ))}
    </ul>
  );
}

/** What goes where: money by the way it was paid, points that come back and points that are taken back. */
export function ReturnSums({ row }: { row: Return }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const money = (minor: number): string => format.money(minor, row.currency);
  return (
    <dl className={classes.sums} data-first>
      {/* In an exchange the money stays here; what is left of it is told beside. */}
      {row.carriedMinor === 0 &&
        row.tenders.map((tender) => (
          <Pair
            key={tender.tenderNo}
            name={say(`screen.order.return.to.${tender.kind}`)}
            value={money(tender.amountMinor)}
          />
        ))}
      {row.carriedMinor > 0 && <Pair name={say('screen.order.return.carried')} value={money(row.carriedMinor)} />}
      {row.deductedMinor > 0 && (
        <Pair name={say('screen.order.return.deducted')} value={`−${money(row.deductedMinor)}`} />
      )}
      <dt data-strong>{say('screen.order.return.amount')}</dt>
      <dd data-strong>{money(row.amountMinor)}</dd>
      {row.pointsBack > 0 && (
        <Pair name={say('screen.order.return.points-back')} value={`+${format.number(row.pointsBack)}`} />
      )}
      {row.pointsTaken > 0 && (
        <Pair name={say('screen.order.return.points-taken')} value={`−${format.number(row.pointsTaken)}`} />
      )}
    </dl>
  );
}

/** What she announced is here: money goes back. */
function Receive({ row, onClose }: { row: Return; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const [place, setPlace] = useState<string | null>(row.placeId ?? localStorage.getItem('ruslo.desk.place'));
  return (
    <Ask
      title={say('screen.order.return.receive')}
      consequence={say('screen.order.return.receive.about')}
      act={say('screen.order.return.receive.act')}
      onClose={onClose}
      run={async () => {
        await (row.state === 'announced'
          ? api.post(`/v1/returns/${row.id}/receive`, { placeId: place })
          : api.post(`/v1/returns/${row.id}/refund`));
        await client.invalidateQueries({ queryKey: ['return', row.id] });
        void client.invalidateQueries({ queryKey: ['/v1/returns'] });
        tellDone(say('screen.order.return.done', { number: row.number }));
      }}
    >
      {row.state === 'announced' && (
        <PlacePick label={say('screen.order.place')} shownLabel service="return" value={place} onChange={setPlace} />
      )}
    </Ask>
  );
}
