import { ActionIcon, Button } from '@mantine/core';
import {
  Ago,
  api,
  ChannelMark,
  Failing,
  newKey,
  Part,
  tellDone,
  tellFailure,
  useCan,
  useFormat,
  useStream,
  useWords,
  Wait,
  type CustomerSlotProps,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { Cart, CartLine, Item, List, Notice, State } from './model.ts';
import classes from './part.module.css';

/** What changes the cart, the lists, what was viewed and searched, or the prices of them. */
const topics = /^(?:cart|list|price|stock|order|product|products)\b/i;

/** Her cart with the prices of now, her lists, what she searched for and looked at; live. */
export default function CartPart({ customerId }: CustomerSlotProps): React.JSX.Element {
  const { say } = useWords();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['customer.state', customerId],
    queryFn: ({ signal }) => api.get<State>(`/v1/customers/${customerId}/state`, {}, signal),
  });
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useStream(`customer:${customerId}`, (message) => {
    if (message.event === 'ready') return;
    const name = (message.data as { name?: string | null } | null)?.name ?? '';
    if (message.event === 'timeline' && !topics.test(name)) return;
    clearTimeout(later.current);
    later.current = setTimeout(
      () => void client.invalidateQueries({ queryKey: ['customer.state', customerId] }),
      message.event === 'timeline' ? 400 : 150,
    );
  });
  useEffect(() => () => clearTimeout(later.current), []);
  const state = query.data;
  return (
    <Part
      title={say('screen.cart.title')}
      act={state !== undefined && <Clear customerId={customerId} cart={state.cart} />}
      flush
    >
      {state === undefined ? (
        query.error === null ? (
          <Wait rows={3} />
        ) : (
          <Failing error={query.error} retry={() => void query.refetch()} />
        )
      ) : (
        <>
          {state.cart.lines.length === 0 ? (
            <p className={classes.none}>{say('screen.cart.empty')}</p>
          ) : (
            <Lines customerId={customerId} cart={state.cart} />
          )}
          <Groups state={state} />
        </>
      )}
    </Part>
  );
}

type Op = Readonly<Record<string, unknown>>;

/** Changes the cart for her and tells how to take it back. */
function useOperate(customerId: string): (ops: readonly Op[], told: string) => void {
  const client = useQueryClient();
  const send = async (ops: readonly Op[]): Promise<readonly Op[]> => {
    const body = { key: newKey(), channel: 'call', ops };
    const done = await api.post<{ undo: readonly Op[] }>(`/v1/customers/${customerId}/cart/operations`, body);
    await client.invalidateQueries({ queryKey: ['customer.state', customerId] });
    return done.undo;
  };
  return (ops, told) => {
    send(ops)
      .then((undo) => tellDone(told, undo.length === 0 ? undefined : () => send(undo)))
      .catch(tellFailure);
  };
}

function Clear({ customerId, cart }: { customerId: string; cart: Cart }): React.JSX.Element | null {
  const { say } = useWords();
  const can = useCan();
  const operate = useOperate(customerId);
  if (cart.lines.length === 0 || !can('cart.write')) return null;
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      onClick={() => operate([{ op: 'clear' }], say('screen.cart.cleared'))}
    >
      {say('screen.cart.clear')}
    </Button>
  );
}

function Lines({ customerId, cart }: { customerId: string; cart: Cart }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const operate = useOperate(customerId);
  const money = (minor: number): string => format.money(minor, cart.currency);
  const coupons = cart.notices.filter((notice) => notice.code === 'coupon-refused');
  return (
    <>
      <ul className={classes.lines}>
        {cart.lines.map((line) => (
          <li key={line.id} className={classes.line}>
            <div>
              <div className={classes.title}>
                <ChannelMark channel={line.channel} size={18} />
                {line.title ?? line.sku ?? line.variantId}
              </div>
              <LineNote line={line} money={money} />
              {cart.notices
                .filter((notice) => 'lineId' in notice && notice.lineId === line.id)
                .map((notice) => (
                  <NoticeText key={notice.code} notice={notice} line={line} money={money} />
                ))}
            </div>
            <div className={classes.money}>
              <div>{money(line.totalMinor)}</div>
              {line.totalMinor !== line.sumMinor && <div className={classes.old}>{money(line.sumMinor)}</div>}
            </div>
            {can('cart.write') ? (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={say('screen.cart.remove', { title: line.title ?? '' })}
                onClick={() =>
                  operate(
                    [{ op: 'remove', variantId: line.variantId }],
                    say('screen.cart.removed', { title: line.title ?? '' }),
                  )
                }
              >
                <IconX size={16} />
              </ActionIcon>
            ) : (
              <span />
            )}
          </li>
        ))}
      </ul>
      {coupons.map((notice) =>
        notice.code === 'coupon-refused' ? (
          <p key={notice.coupon} className={`${classes.none} ${classes.warn}`}>
            {say('screen.cart.notice.coupon', { code: notice.coupon })}
          </p>
        ) : null,
      )}
      <div className={classes.sum}>
        <span className="dim">
          {cart.coupons.length > 0 && say('screen.cart.coupons', { codes: cart.coupons.join(', ') })}
        </span>
        <span>
          {cart.discountMinor > 0 && (
            <span className="dim">{say('screen.cart.discount', { amount: money(cart.discountMinor) })} </span>
          )}
          <strong>{say('screen.cart.total', { amount: money(cart.totalMinor) })}</strong>
        </span>
      </div>
    </>
  );
}

function LineNote({ line, money }: { line: CartLine; money: (minor: number) => string }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const units =
    line.unit === 'weight'
      ? say('screen.cart.unit.weight', { amount: format.number(line.quantity / 1_000) })
      : say('screen.cart.unit.piece', { amount: format.number(line.quantity) });
  return (
    <div className={classes.note}>
      {units}
      {line.priceMinor !== null && ` × ${money(line.priceMinor)}`} · <Ago at={line.addedAt} />
      {line.discounts.map((discount) => ` · ${discount.name} −${money(discount.amountMinor)}`)}
    </div>
  );
}

function NoticeText({
  notice,
  line,
  money,
}: {
  notice: Notice;
  line: CartLine;
  money: (minor: number) => string;
}): React.JSX.Element | null {
  const { say } = useWords();
  const format = useFormat();
  if (notice.code === 'coupon-refused') return null;
  const text =
    notice.code === 'price-changed'
      ? say('screen.cart.notice.price', { from: money(notice.fromMinor), to: money(notice.toMinor) })
      : notice.code === 'short'
        ? notice.available <= 0
          ? say('screen.cart.notice.none')
          : say('screen.cart.notice.short', {
              amount: format.number(line.unit === 'weight' ? notice.available / 1_000 : notice.available),
            })
        : say('screen.cart.notice.withdrawn');
  return <div className={classes.warn}>{text}</div>;
}

function Groups({ state }: { state: State }): React.JSX.Element | null {
  const { say } = useWords();
  const lists = state.lists.filter((list) => list.items.length > 0);
  if (lists.length + state.viewed.length + state.searches.length === 0) return null;
  const nameOf = (list: List): string => (list.kind === 'compare' ? say('screen.cart.list.compare') : list.name);
  return (
    <div className={classes.groups}>
      {lists.map((list) => (
        <Group key={list.id} title={nameOf(list)} items={list.items} />
      ))}
      {state.viewed.length > 0 && <Group title={say('screen.cart.viewed')} items={state.viewed} />}
      {state.searches.length > 0 && (
        <section className={classes.group}>
          <h3>{say('screen.cart.searches')}</h3>
          <div className={classes.words}>
            {state.searches.slice(0, 8).map((search) => (
              <span key={`${search.words} ${search.at}`} className={classes.word}>
                {search.words}
              </span>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

const few = 3;

function Group({ title, items }: { title: string; items: readonly Item[] }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const [all, setAll] = useState(false);
  return (
    <section className={classes.group}>
      <h3>{title}</h3>
      <ul>
        {(all ? items : items.slice(0, few)).map((item) => (
          <li key={item.variantId} className={classes.item}>
            <span className={item.state === 'withdrawn' ? 'cut dim' : 'cut'}>{item.title ?? item.sku}</span>
            <span className={classes.money}>
              {item.priceMinor !== null && item.currency !== null && format.money(item.priceMinor, item.currency)}
            </span>
          </li>
        ))}
      </ul>
      {items.length > few && !all && (
        <Button size="compact-xs" variant="subtle" onClick={() => setAll(true)}>
          {say('screen.cart.all', { count: items.length })}
        </Button>
      )}
    </section>
  );
}
