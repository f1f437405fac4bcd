import { Go, Light, Part, useCan, useFormat, useWords } from '@ruslo/ui';
import { paymentLight, receiptLight, type Order, type OrderLine, type Quote } from './model.ts';
import { useUnits } from './parts.tsx';
import classes from './order.module.css';

type Sums = Pick<
  Quote,
  | 'currency'
  | 'sumMinor'
  | 'discountMinor'
  | 'pointsSpent'
  | 'pointsMinor'
  | 'pointsEarned'
  | 'shippingMinor'
  | 'totalMinor'
>;
type AnyLine = Quote['lines'][number] & Partial<Pick<OrderLine, 'lineNo' | 'taken' | 'withdrawn' | 'returned'>>;

/** What was ordered with the prices of that moment, why it costs so, and what has become of it. */
export function Lines({ order }: { order: Sums & { readonly lines: readonly AnyLine[] } }): React.JSX.Element {
  return (
    <>
      <ul className={classes.lines}>
        {order.lines.map((line, index) => (
          <Line key={line.lineNo ?? `${line.variantId} ${String(index)}`} line={line} currency={order.currency} />
        ))}
      </ul>
      <SumList of={order} />
    </>
  );
}

function Line({ line, currency }: { line: AnyLine; currency: string }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const units = useUnits();
  const money = (minor: number): string => format.money(minor, currency);
  const fate = (['taken', 'withdrawn', 'returned'] as const).filter((key) => (line[key] ?? 0) > 0);
  return (
    <li className={classes.line}>
      <div>
        <div className={classes.lineTitle}>{line.title}</div>
        <div className={classes.note}>
          {line.sku} · {units(line.quantity, line.unit)} × {money(line.priceMinor)}
          {line.gift && ` · ${say('screen.order.gift')}`}
          {line.marked && ` · ${say('screen.order.marked')}`}
          {line.minAge !== null && ` · ${String(line.minAge)}+`}
        </div>
        {line.discounts.map((discount) => (
          <div className={classes.note} key={`${discount.ruleId} ${String(discount.amountMinor)}`}>
            {discount.name} −{money(discount.amountMinor)}
          </div>
        ))}
        {line.pointsMinor > 0 && (
          <div className={classes.note}>
            {say('screen.order.points.line', { count: line.pointsSpent })} −{money(line.pointsMinor)}
          </div>
        )}
        {fate.length > 0 && (
          <div className={classes.note}>
            {fate
              .map((key) => say(`screen.order.fate.${key}`, { amount: units(line[key] ?? 0, line.unit) }))
              .join(' · ')}
          </div>
        )}
      </div>
      <div className={classes.money}>
        <div>{money(line.totalMinor)}</div>
        {line.totalMinor !== line.sumMinor && (
          <div className={`${classes.note} ${classes.old}`}>{money(line.sumMinor)}</div>
        )}
      </div>
    </li>
  );
}

export function SumList({ of }: { of: Sums }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const money = (minor: number): string => format.money(minor, of.currency);
  const rows: readonly (readonly [string, string])[] = [
    [say('screen.order.sum'), money(of.sumMinor)],
    ...(of.discountMinor === 0 ? [] : [[say('screen.order.discount'), `−${money(of.discountMinor)}`] as const]),
    ...(of.pointsMinor === 0
      ? []
      : [[say('screen.order.points.spent', { count: of.pointsSpent }), `−${money(of.pointsMinor)}`] as const]),
    ...(of.shippingMinor === 0 ? [] : [[say('screen.order.shipping'), money(of.shippingMinor)] as const]),
  ];
  return (
    <dl className={classes.sums}>
      {rows.map(([name, value]) => (
        <Pair key={name} name={name} value={value} />
      ))}
      <dt data-strong>{say('screen.order.total')}</dt>
      <dd data-strong>{money(of.totalMinor)}</dd>
      {of.pointsEarned > 0 && (
        <Pair name={say('screen.order.points.earned')} value={`+${format.number(of.pointsEarned)}`} />
      )}
    </dl>
  );
}

export function Pair({ name, value }: { name: string; value: React.ReactNode }): React.JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** How it is paid, what came, what went back, and the documents of it. */
export function Money({ order }: { order: Order }): React.JSX.Element {
  const { say } = useWords();
  const format = useFormat();
  const can = useCan();
  const money = (minor: number): string => format.money(minor, order.currency);
  const link = (permission: string, to: string, text: string): React.ReactNode =>
    can(permission) ? <Go to={to}>{text}</Go> : text;
  return (
    <Part title={say('screen.order.money')} flush>
      <dl className={classes.sums} data-first>
        {order.tenders
          // What was only due is not money yet: what fell of it came back to nobody.
          .map((tender) =>
            tender.kind === 'due'
              ? { ...tender, amountMinor: tender.amountMinor - tender.refundedMinor, refundedMinor: 0 }
              : tender,
          )
          .filter((tender) => tender.amountMinor > 0)
          .map((tender) => (
            <Pair
              key={tender.tenderNo}
              name={say(`screen.order.tender.${tender.kind}`)}
              value={
                <>
                  {money(tender.amountMinor)}
                  {tender.refundedMinor > 0 && (
                    <div className={classes.note}>
                      {say('screen.order.refunded', { amount: money(tender.refundedMinor) })}
                    </div>
                  )}
                </>
              }
            />
          ))}
        <dt data-strong>{say('screen.order.paid')}</dt>
        <dd data-strong>{money(order.paidMinor)}</dd>
        {order.refundedMinor > 0 && <Pair name={say('screen.order.back')} value={money(order.refundedMinor)} />}
      </dl>
      {order.payments.map((payment) => (
        <div className={classes.row} key={payment.id}>
          {link('payment.read', `/payments/${payment.id}`, say(`screen.order.payment.${payment.method}`))}
          <span className={classes.facts}>
            <Light state={paymentLight[payment.state]} label={say(`screen.order.payment.state.${payment.state}`)} />
            {money(payment.amountMinor)}
          </span>
        </div>
      ))}
      {order.receipts.map((receipt) => (
        <div className={classes.row} key={receipt.id}>
          {link('receipt.read', `/receipts/${receipt.id}`, say(`screen.order.receipt.${receipt.type}`))}
          <span className={classes.facts}>
            <Light state={receiptLight[receipt.state]} label={say(`screen.order.receipt.state.${receipt.state}`)} />
            {money(receipt.totalMinor)}
          </span>
        </div>
      ))}
    </Part>
  );
}
