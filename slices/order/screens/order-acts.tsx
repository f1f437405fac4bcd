import { Button, Menu, ActionIcon, NumberInput, Textarea } from '@mantine/core';
import {
  api,
  Ask,
  Code,
  FormDialog,
  Part,
  Pick,
  Problem,
  Qr,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  usePlace,
  useWords,
} from '@ruslo/ui';
import { IconArrowBackUp, IconArrowsExchange, IconDots, IconPlus, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { findVariants, isCancellable, type Order, type Placed } from './model.ts';
import { useActKey } from './parts.tsx';
import classes from './order.module.css';

/** What staff may do with an order as it is now. */
export function Acts({ order }: { order: Order }): React.JSX.Element {
  const { say } = useWords();
  const can = useCan();
  const { go } = usePlace();
  const [open, setOpen] = useState<'cancel' | 'add'>();
  const returnable = can('order.return') && order.lines.some((line) => line.taken > line.returned);
  const cancellable = can('order.cancel') && isCancellable(order.state);
  const unpaid = can('order.write') && order.state === 'awaiting-payment';
  return (
    <>
      {unpaid && (
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setOpen('add')}>
          {say('screen.order.add')}
        </Button>
      )}
      {returnable && (
        <Button
          variant="default"
          leftSection={<IconArrowBackUp size={16} />}
          onClick={() => go(`/returns/new?number=${encodeURIComponent(order.number)}`)}
        >
          {say('screen.order.return')}
        </Button>
      )}
      {(cancellable || returnable) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label={say('screen.order.more-acts')}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {returnable && (
              <Menu.Item
                leftSection={<IconArrowsExchange size={16} />}
                onClick={() => go(`/returns/new?number=${encodeURIComponent(order.number)}&exchange=1`)}
              >
                {say('screen.order.exchange')}
              </Menu.Item>
            )}
            {cancellable && (
              <Menu.Item color="red" leftSection={<IconX size={16} />} onClick={() => setOpen('cancel')}>
                {say('screen.order.cancel')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {open === 'cancel' && <Cancel order={order} onClose={() => setOpen(undefined)} />}
      {open === 'add' && <Add order={order} onClose={() => setOpen(undefined)} />}
    </>
  );
}

/** Cancelling says first what goes back and to where. */
function Cancel({ order, onClose }: { order: Order; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const client = useQueryClient();
  const [why, setWhy] = useState('');
  const money = (minor: number): string => format.money(minor, order.currency);
  const moneyBack = order.paidMinor - order.refundedMinor;
  const back = [
    moneyBack > 0 ? say('screen.order.cancel.money', { amount: money(moneyBack) }) : say('screen.order.cancel.unpaid'),
    ...(order.pointsSpent > 0 ? [say('screen.order.cancel.points', { count: order.pointsSpent })] : []),
    say('screen.order.cancel.goods'),
  ];
  return (
    <Ask
      title={say('screen.order.cancel.title', { number: order.number })}
      consequence={back.join(' ')}
      act={say('screen.order.cancel.act')}
      run={async () => {
        await api.post(`/v1/orders/${order.id}/cancel`, { why: why.trim(), version: order.version });
        await client.invalidateQueries({ queryKey: ['order', order.id] });
        void client.invalidateQueries({ queryKey: ['/v1/orders'] });
        tellDone(say('screen.order.cancelled', { number: order.number }));
      }}
      onClose={onClose}
    >
      <Textarea
        label={say('screen.order.why')}
        autosize
        minRows={2}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
      />
    </Ask>
  );
}

function Add({ order, onClose }: { order: Order; onClose: () => void }): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const format = useFormat();
  const [variant, setVariant] = useState<{ id: string; label: string } | null>(null);
  const [quantity, setQuantity] = useState(1);
  const keyOf = useActKey();
  return (
    <FormDialog
      title={say('screen.order.add.title', { number: order.number })}
      act={say('screen.order.add')}
      onClose={onClose}
      submit={async () => {
        if (variant === null) return false;
        const lines = [{ variantId: variant.id, quantity }];
        const added = await api.post<Placed>(`/v1/orders/${order.id}/add`, { lines }, keyOf(lines));
        await client.invalidateQueries({ queryKey: ['order', order.id] });
        tellDone(say('screen.order.added', { amount: format.money(added.totalMinor, added.currency) }));
        return true;
      }}
    >
      <p className={classes.say}>{say('screen.order.add.about')}</p>
      <Pick
        of="variants"
        find={findVariants}
        label={say('screen.order.variant')}
        value={variant}
        onChange={setVariant}
        required
        data-autofocus
      />
      <NumberInput
        label={say('screen.order.quantity')}
        min={1}
        value={quantity}
        onChange={(value) => setQuantity(typeof value === 'number' ? value : 1)}
      />
    </FormDialog>
  );
}

/** An unpaid order: until when it waits, and the page where it is paid, to send or to show. */
export function PayLink({ order }: { order: Order }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const client = useQueryClient();
  const [made, setMade] = useState<string>();
  const [busy, setBusy] = useState(false);
  const open = order.payments.find((payment) => payment.state === 'pending' && payment.confirmUrl !== null);
  const url = made ?? open?.confirmUrl ?? undefined;
  const make = async (another: boolean): Promise<void> => {
    setBusy(true);
    try {
      const placed = await api.post<Placed>(`/v1/orders/${order.id}/pay`, { another });
      if (placed.confirmUrl === null)
        tellFailure(new Problem(502, { code: 'payment.away', detail: say('screen.order.pay.away') }));
      setMade(placed.confirmUrl ?? undefined);
      await client.invalidateQueries({ queryKey: ['order', order.id] });
    } catch (error) {
      tellFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Part title={say('screen.order.pay.title')} flush>
      <div className={classes.bodyBox}>
        <p className={classes.say}>
          {order.expiresAt === null
            ? say('screen.order.pay.about')
            : say('screen.order.pay.until', {
                time: `${format.date(order.expiresAt, 'dayShort')}, ${format.date(order.expiresAt, 'time')}`,
              })}
        </p>
        <div className={classes.pay}>
          {url !== undefined && (
            <>
              <Qr text={url} label={say('screen.order.pay.qr')} size={112} />
              <div className={classes.form}>
                <Code text={url} cut />
              </div>
            </>
          )}
          {can('order.write') && (
            <Button
              loading={busy}
              {...(url === undefined ? {} : { variant: 'default' })}
              onClick={() => void make(url !== undefined)}
            >
              {say(url === undefined ? 'screen.order.pay.make' : 'screen.order.pay.another')}
            </Button>
          )}
        </div>
      </div>
    </Part>
  );
}
