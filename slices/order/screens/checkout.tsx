import { Button, Checkbox, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import {
  api,
  Empty,
  Failing,
  Go,
  Light,
  messageOf,
  PageHead,
  Part,
  Problem,
  tellDone,
  tellFailure,
  useFormat,
  usePlace,
  useWords,
  Wait,
} from '@ruslo/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconShoppingCart } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Checkout, Placed, Quote } from './model.ts';
import { Lines, Pair } from './order-money.tsx';
import { PlacePick, useActKey } from './parts.tsx';
import classes from './order.module.css';

interface Person {
  readonly id: string;
  readonly name?: {
    readonly first?: string | null;
    readonly middle?: string | null;
    readonly last?: string | null;
  } | null;
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
}

/** An order that staff place for a customer, from the cart she filled herself in whatever channel. */
export default function CheckoutPage(): React.JSX.Element {
  const { say } = useWords();
  const { search } = usePlace();
  const id = search['customer'] ?? '';
  const person = useQuery({
    queryKey: ['checkout', id, 'person'],
    queryFn: ({ signal }) => api.get<Person>(`/v1/customers/${id}`, {}, signal),
    enabled: id !== '',
  });
  const checkout = useQuery({
    queryKey: ['checkout', id],
    queryFn: async ({ signal }): Promise<Checkout | null> => {
      try {
        return await api.get<Checkout>(`/v1/customers/${id}/checkout`, {}, signal);
      } catch (error) {
        // She has not begun yet.
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
    enabled: id !== '',
    // What is typed here is not put away by what is read anew.
    staleTime: Infinity,
    gcTime: 0,
  });
  const error = person.error ?? checkout.error;
  if (error !== null)
    return <Failing error={error} retry={() => void Promise.all([person.refetch(), checkout.refetch()])} />;
  if (id !== '' && (person.data === undefined || checkout.data === undefined)) return <Wait />;
  const name = [person.data?.name?.last, person.data?.name?.first].filter(Boolean).join(' ');
  return (
    <>
      <PageHead
        title={say('screen.order.checkout.title')}
        about={id === '' ? undefined : <Go to={`/customers/${id}`}>{name || say('screen.order.customer.open')}</Go>}
      />
      {person.data === undefined || checkout.data === undefined ? (
        <Empty title={say('screen.order.checkout.whose')} about={say('screen.order.checkout.whose.about')} />
      ) : (
        <Form person={person.data} known={checkout.data} name={name} />
      )}
    </>
  );
}

function useForm(person: Person, known: Checkout | null, name: string) {
  const of = (kind: string): string => person.identifiers.find((one) => one.kind === kind)?.value ?? '';
  const { recipient } = known ?? {};
  const [form, setForm] = useState({
    method: known?.method ?? ('pickup' as const),
    placeId: known?.placeId ?? null,
    pay: known?.pay ?? ('on-handover' as const),
    points: known?.points === null || (known?.points ?? 0) > 0,
    name: recipient?.name ?? name,
    phone: recipient?.phone ?? of('phone'),
    email: recipient?.email ?? of('email'),
    comment: recipient?.comment ?? '',
    city: recipient?.address?.city ?? '',
    street: recipient?.address?.street ?? '',
    house: recipient?.address?.house ?? '',
    flat: recipient?.address?.flat ?? '',
  });
  return [form, (change: Partial<typeof form>): void => setForm((old) => ({ ...old, ...change }))] as const;
}
type Fields = ReturnType<typeof useForm>[0];

/** Empty boxes are not sent. */
const filled = (fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));

function bodyOf(form: Fields, known: Checkout | null): object {
  const { city, street, house, flat, name, phone, email, comment } = form;
  const isDelivery = form.method === 'delivery';
  const cards = known?.cards ?? [];
  return {
    step: 'confirm',
    channel: 'call',
    method: form.method,
    ...(isDelivery || form.placeId === null ? {} : { placeId: form.placeId }),
    // What is delivered by a courier is paid before, or to the courier.
    pay: form.pay,
    points: form.points ? null : 0,
    ...(known?.creditMinor === undefined ? {} : { creditMinor: known.creditMinor }),
    cards,
    recipient: {
      ...filled({ name, phone, email, comment }),
      ...(isDelivery ? { address: filled({ city, street, house, flat }) } : {}),
    },
  };
}

function Form({ person, known, name }: { person: Person; known: Checkout | null; name: string }): React.JSX.Element {
  const { say } = useWords();
  const [form, change] = useForm(person, known, name);
  const [quote, setQuote] = useState<Quote>();
  const [error, setError] = useState<unknown>();
  // What the quote was reckoned for: nothing is placed by a quote of something else.
  const [quoted, setQuoted] = useState('');
  const body = JSON.stringify(bodyOf(form, known));
  const base = `/v1/customers/${person.id}/checkout`;
  // Each change is written down and reckoned anew, as on the site: she may go on there from here.
  useEffect(() => {
    let isOld = false;
    const timer = setTimeout(() => {
      const reckon = async (): Promise<void> => {
        await api.put(base, JSON.parse(body));
        const next = await api.post<Quote>(`${base}/quote`, { channel: 'call' });
        if (isOld) return;
        setQuote(next);
        setQuoted(body);
        setError(undefined);
      };
      reckon().catch((problem: unknown) => {
        if (!isOld) setError(problem);
      });
    }, 350);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [body, base]);
  const isEmpty = error instanceof Problem && error.code === 'order.cart-empty';
  if (isEmpty)
    return (
      <Empty
        title={say('screen.order.checkout.empty')}
        about={say('screen.order.checkout.empty.about')}
        picture={<IconShoppingCart size={40} stroke={1.4} />}
      >
        <Go to={`/customers/${person.id}`}>{say('screen.order.customer.open')}</Go>
      </Empty>
    );
  return (
    <div className={classes.page}>
      <div className={classes.columns}>
        <div className={classes.column}>
          <Receiving form={form} change={change} />
          <Who form={form} change={change} />
        </div>
        <div className={classes.column}>
          <Part title={say('screen.order.checkout.cart')} flush>
            {error !== undefined && (
              <p className={classes.none} role="alert">
                {messageOf(error)}
              </p>
            )}
            {quote === undefined ? error === undefined && <Wait /> : <Lines order={quote} />}
          </Part>
          {quote !== undefined && (
            <Confirm person={person} quote={quote} requote={setQuote} ready={error === undefined && quoted === body} />
          )}
        </div>
      </div>
    </div>
  );
}

interface FieldProps {
  readonly form: Fields;
  readonly change: (change: Partial<Fields>) => void;
}

function Receiving({ form, change }: FieldProps): React.JSX.Element {
  const { say } = useWords();
  const text = (key: 'city' | 'street' | 'house' | 'flat'): React.JSX.Element => (
    <TextInput
      label={say(`screen.order.checkout.${key}`)}
      value={form[key]}
      onChange={(event) => change({ [key]: event.currentTarget.value })}
    />
  );
  return (
    <Part title={say('screen.order.checkout.receiving')} flush>
      <div className={`${classes.form} ${classes.bodyBox}`}>
        <SegmentedControl
          fullWidth
          aria-label={say('screen.order.checkout.receiving')}
          value={form.method}
          onChange={(value) => change({ method: value === 'delivery' ? 'delivery' : 'pickup' })}
          data={(['pickup', 'delivery'] as const).map((value) => ({
            value,
            label: say(`screen.order.method.${value}`),
          }))}
        />
        {form.method === 'pickup' ? (
          <PlacePick
            label={say('screen.order.checkout.place')}
            shownLabel
            service="pickup"
            value={form.placeId}
            onChange={(placeId) => change({ placeId })}
          />
        ) : (
          <>
            <div className={classes.two}>
              {text('city')}
              {text('street')}
            </div>
            <div className={classes.two}>
              {text('house')}
              {text('flat')}
            </div>
          </>
        )}
        <SegmentedControl
          fullWidth
          aria-label={say('screen.order.checkout.pay')}
          value={form.pay}
          onChange={(value) => change({ pay: value === 'now' ? 'now' : 'on-handover' })}
          data={(['on-handover', 'now'] as const).map((value) => ({
            value,
            label: say(`screen.order.checkout.pay.${value}`),
          }))}
        />
        <Checkbox
          label={say('screen.order.checkout.points')}
          checked={form.points}
          onChange={(event) => change({ points: event.currentTarget.checked })}
        />
      </div>
    </Part>
  );
}

function Who({ form, change }: FieldProps): React.JSX.Element {
  const { say } = useWords();
  return (
    <Part title={say('screen.order.recipient')} flush>
      <div className={`${classes.form} ${classes.bodyBox}`}>
        <TextInput
          label={say('screen.order.checkout.name')}
          value={form.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <div className={classes.two}>
          <TextInput
            label={say('screen.order.checkout.phone')}
            type="tel"
            value={form.phone}
            onChange={(event) => change({ phone: event.currentTarget.value })}
          />
          <TextInput
            label={say('screen.order.checkout.email')}
            type="email"
            value={form.email}
            onChange={(event) => change({ email: event.currentTarget.value })}
          />
        </div>
        <Textarea
          label={say('screen.order.checkout.comment')}
          autosize
          minRows={2}
          value={form.comment}
          onChange={(event) => change({ comment: event.currentTarget.value })}
        />
      </div>
    </Part>
  );
}

/** When it would be ready, what is left to pay, and the one act. */
function Confirm({
  person,
  quote,
  requote,
  ready,
}: {
  person: Person;
  quote: Quote;
  requote: (quote: Quote) => void;
  ready: boolean;
}): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const client = useQueryClient();
  const { go } = usePlace();
  const [busy, setBusy] = useState(false);
  const keyOf = useActKey();
  const money = (minor: number): string => format.money(minor, quote.currency);
  const [soonest] = quote.options;
  const missing = quote.missing.map(
    (one) => quote.lines.find((line) => line.variantId === one.variantId)?.title ?? one.variantId,
  );
  const place = async (): Promise<void> => {
    setBusy(true);
    try {
      const whole = {
        expectedTotalMinor: quote.totalMinor,
        channel: 'call',
        ...(quote.cartVersion === null ? {} : { cartVersion: quote.cartVersion }),
      };
      const placed = await api.post<Placed>(`/v1/customers/${person.id}/checkout/place`, whole, keyOf(whole));
      void client.invalidateQueries({ queryKey: ['/v1/orders'] });
      tellDone(say('screen.order.checkout.placed', { number: placed.number }));
      go(`/orders/${placed.orderId}`);
    } catch (error) {
      tellFailure(error);
      if (error instanceof Problem && error.status === 409)
        requote(await api.post<Quote>(`/v1/customers/${person.id}/checkout/quote`, { channel: 'call' }));
      setBusy(false);
    }
  };
  return (
    <Part title={say('screen.order.checkout.confirm')} flush>
      <div className={`${classes.form} ${classes.bodyBox}`}>
        {missing.length > 0 && (
          <p className={classes.warn} role="note">
            {say('screen.order.checkout.missing', { titles: missing.join(', ') })}
          </p>
        )}
        {quote.refusedCoupons.map((coupon) => (
          <Light key={coupon.code} state="warn" label={say('screen.order.checkout.coupon', { code: coupon.code })} />
        ))}
        <dl className={classes.sums} data-alone>
          {soonest !== undefined && (
            <Pair
              name={say('screen.order.checkout.ready')}
              value={`${format.date(soonest.readyAt, 'dayShort')}, ${format.date(soonest.readyAt, 'time')}`}
            />
          )}
          {quote.tenders
            .filter((tender) => tender.kind === 'gift' || tender.kind === 'credit')
            .map((tender) => (
              <Pair
                key={`${tender.kind} ${tender.cardId ?? ''}`}
                name={`${say(`screen.order.tender.${tender.kind}`)}${tender.last4 === null ? '' : ` •${tender.last4}`}`}
                value={money(tender.amountMinor)}
              />
            ))}
          <dt data-strong>{say('screen.order.checkout.to-pay')}</dt>
          <dd data-strong>{money(quote.toPayMinor)}</dd>
        </dl>
        <Button size="md" loading={busy} disabled={!ready || missing.length > 0} onClick={() => void place()}>
          {say('screen.order.checkout.place-it', { amount: money(quote.totalMinor) })}
        </Button>
      </div>
    </Part>
  );
}
