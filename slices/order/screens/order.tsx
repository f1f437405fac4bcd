import {
  Ago,
  ChannelMark,
  Code,
  Failing,
  Go,
  Light,
  PageHead,
  Part,
  api,
  useCan,
  useFormat,
  useList,
  useChannelName,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { orderLight, returnLight, type Order, type Return } from './model.ts';
import { Acts, PayLink } from './order-acts.tsx';
import { Lines, Money } from './order-money.tsx';
import { usePlaceNames } from './parts.tsx';
import { Parcels, Steps } from './order-steps.tsx';
import classes from './order.module.css';

/** Everything about one order. */
export default function OrderPage(): React.JSX.Element {
  const { orderId = '' } = useParams({ strict: false }) as { orderId?: string };
  const found = useQuery({
    queryKey: ['order', orderId],
    queryFn: ({ signal }) => api.get<Order>(`/v1/orders/${orderId}`, {}, signal),
    refetchInterval: 10_000,
  });
  if (found.data === undefined) {
    return found.error === null ? <Wait /> : <Failing error={found.error} retry={() => void found.refetch()} />;
  }
  return <Open order={found.data} />;
}

function Open({ order }: { order: Order }): React.JSX.Element {
  const { say } = useWords();
  return (
    <>
      <PageHead title={say('screen.order.one', { number: order.number })} about={<About order={order} />}>
        <Acts order={order} />
      </PageHead>
      <div className={classes.page}>
        {order.state === 'awaiting-payment' && <PayLink order={order} />}
        <Part title={say('screen.order.ordered')} flush>
          <Lines order={order} />
        </Part>
        <div className={classes.columns}>
          <div className={classes.column}>
            <Recipient order={order} />
            <Parcels order={order} />
            <Returns order={order} />
          </div>
          <div className={classes.column}>
            <Money order={order} />
            <Part title={say('screen.order.steps')} flush>
              <Steps order={order} />
            </Part>
          </div>
        </div>
      </div>
    </>
  );
}

function About({ order }: { order: Order }): React.JSX.Element {
  const { say } = useWords();
  const nameOf = useChannelName();
  return (
    <span className={classes.facts}>
      <Light state={orderLight[order.state]} label={order.stateText} />
      <span className={classes.facts}>
        <ChannelMark channel={order.channel} size={18} label={false} />
        {nameOf(order.channel)}
      </span>
      <Ago at={order.placedAt} />
      {order.exchangeOf !== null && <Go to={`/orders/${order.exchangeOf}`}>{say('screen.order.exchange-of')}</Go>}
      <Code text={order.number} />
    </span>
  );
}

function Recipient({ order }: { order: Order }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const placeName = usePlaceNames();
  const { recipient } = order;
  const { address } = recipient;
  const where =
    order.method === 'delivery'
      ? [address?.city, address?.street, address?.house, address?.flat].filter(Boolean).join(', ')
      : placeName(order.pickupPlaceId ?? order.salePlaceId);
  const who = [recipient.name, recipient.phone, recipient.email].filter(Boolean).join(' · ');
  return (
    <Part title={say('screen.order.recipient')} flush>
      <div className={classes.bodyBox}>
        <div>
          {say(`screen.order.method.${order.method}`)}
          {where === '' ? '' : `: ${where}`}
        </div>
        {who !== '' && <div>{who}</div>}
        {recipient.comment !== undefined && recipient.comment !== '' && <div className="dim">{recipient.comment}</div>}
        {order.customerId === null ? (
          <div className="dim">{say('screen.order.anonymous')}</div>
        ) : (
          can('customer.read') && <Go to={`/customers/${order.customerId}`}>{say('screen.order.customer.open')}</Go>
        )}
      </div>
    </Part>
  );
}

function Returns({ order }: { order: Order }): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const list = useList<Return>('/v1/returns', { orderId: order.id });
  if (list.items.length === 0) return null;
  return (
    <Part title={say('screen.order.returns')} flush>
      {list.items.map((row) => (
        <div className={classes.row} key={row.id}>
          <Go to={`/returns/${row.id}`}>{row.number}</Go>
          <span className={classes.facts}>
            <Light state={returnLight[row.state]} label={say(`screen.order.return.state.${row.state}`)} />
            {format.money(row.amountMinor, row.currency)}
          </span>
        </div>
      ))}
    </Part>
  );
}
