import { Button } from '@mantine/core';
import {
  Ago,
  ChannelMark,
  Failing,
  Go,
  Light,
  Part,
  useCan,
  useFormat,
  useList,
  usePlace,
  useStream,
  useWords,
  Wait,
  type CustomerSlotProps,
} from '@ruslo/ui';
import { useQueryClient } from '@tanstack/react-query';
import { IconShoppingCartCheck } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { orderLight, returnLight, type OrderRow, type Return, type Warranty } from './model.ts';
import classes from './order.module.css';

const topics = /^(?:order|fulfilment|return|warranty|payment)\./;

/** Her orders of all channels with their state, what is on its way back, what is under warranty; live. */
export default function CustomerOrders({ customerId }: CustomerSlotProps): React.JSX.Element | null {
  const { say } = useWords();
  const can = useCan();
  const { go } = usePlace();
  const client = useQueryClient();
  const base = `/v1/customers/${customerId}`;
  const orders = useList<OrderRow>(`${base}/orders`, {}, { limit: 6, key: ['customer.orders', customerId, 'orders'] });
  const returns = useList<Return>(
    `${base}/returns`,
    {},
    { limit: 10, key: ['customer.orders', customerId, 'returns'] },
  );
  const warranties = useList<Warranty>(
    `${base}/warranties`,
    {},
    { limit: 20, key: ['customer.orders', customerId, 'warranties'] },
  );
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useStream(`customer:${customerId}`, (message) => {
    const name = (message.data as { name?: string } | null)?.name ?? '';
    if (message.event !== 'reset' && !topics.test(name)) return;
    clearTimeout(later.current);
    later.current = setTimeout(() => void client.invalidateQueries({ queryKey: ['customer.orders', customerId] }), 400);
  });
  useEffect(() => () => clearTimeout(later.current), []);
  const openReturns = returns.items.filter((row) => row.state === 'announced' || row.state === 'received');
  return (
    <Part
      title={say('screen.order.customer.title')}
      act={
        <span className={classes.acts}>
          {can('order.return') && orders.items.length > 0 && (
            <Button size="compact-sm" variant="subtle" onClick={() => go(`/returns/new?customerId=${customerId}`)}>
              {say('screen.order.return')}
            </Button>
          )}
          {can('order.write') && (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconShoppingCartCheck size={14} />}
              onClick={() => go(`/checkout?customer=${customerId}`)}
            >
              {say('screen.order.customer.checkout')}
            </Button>
          )}
        </span>
      }
      flush
    >
      {orders.error !== null ? (
        <Failing error={orders.error} retry={orders.retry} />
      ) : orders.loading ? (
        <Wait rows={3} />
      ) : orders.items.length === 0 ? (
        <p className={classes.none}>{say('screen.order.customer.none')}</p>
      ) : (
        orders.items.map((row) => <OrderLink key={row.id} row={row} />)
      )}
      {orders.hasMore && (
        <div className={classes.row}>
          <Go to={`/orders?customerId=${customerId}`}>{say('screen.order.customer.all')}</Go>
        </div>
      )}
      {openReturns.map((row) => (
        <div className={classes.row} key={row.id}>
          <Go to={`/returns/${row.id}`}>{say('screen.order.return.one', { number: row.number })}</Go>
          <Light state={returnLight[row.state]} label={say(`screen.order.return.state.${row.state}`)} />
        </div>
      ))}
      <Warranties items={warranties.items} />
    </Part>
  );
}

function OrderLink({ row }: { row: OrderRow }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  return (
    <div className={classes.line}>
      <div className={classes.short}>
        <div className={classes.shortHead}>
          <ChannelMark channel={row.channel} size={18} />
          <Go to={`/orders/${row.id}`} className="mono">
            {row.number}
          </Go>
          <span className="cut">
            {row.title}
            {row.lines > 1 && <span className="dim"> {say('screen.order.more', { count: row.lines - 1 })}</span>}
          </span>
        </div>
        <div className={classes.shortFoot}>
          <Light state={orderLight[row.state]} label={row.stateText} />
          <Ago at={row.placedAt} />
        </div>
      </div>
      <span className={classes.money}>{format.money(row.totalMinor, row.currency)}</span>
    </div>
  );
}

function Warranties({ items }: { items: readonly Warranty[] }): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  const [all, setAll] = useState(false);
  if (items.length === 0) return null;
  const shown = all ? items : items.slice(0, 2);
  return (
    <>
      <div className={`${classes.row} dim`}>{say('screen.order.warranty.title')}</div>
      {shown.map((one) => (
        <div className={classes.row} key={one.id}>
          <span className="cut">
            <Go to={`/orders/${one.orderId}`}>{one.title}</Go>
            {one.serial !== null && <span className="mono dim"> {one.serial}</span>}
          </span>
          <span className={classes.money}>
            {say('screen.order.warranty.until', { date: format.date(one.untilAt, 'day') })}
          </span>
        </div>
      ))}
      {items.length > shown.length && (
        <div className={classes.row}>
          <Button size="compact-sm" variant="subtle" onClick={() => setAll(true)}>
            {say('screen.order.warranty.all', { count: items.length })}
          </Button>
        </div>
      )}
    </>
  );
}
