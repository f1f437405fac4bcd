import { share } from '@ruslo/kernel';
import type { PaymentLab } from '@ruslo/lab-payment';
import type { Query } from '@ruslo/platform';
import { proveStock } from '@ruslo/stock';
import { proveLedger } from '@ruslo/wallet';

/**
 * Adds up everything that was sold, from the rows of every slice at once, reckoned here anew: no money, point, card or
 * unit may have appeared or vanished. Each difference is one line; none = proven.
 */

export interface Proof {
  readonly orders: number;
  readonly differences: readonly string[];
}

interface Line {
  readonly orderId: string;
  readonly kind: string;
  readonly variantId: string;
  readonly components: readonly { variantId: string; quantity: number }[];
  readonly quantity: number;
  readonly taken: number;
  readonly withdrawn: number;
  readonly returned: number;
  readonly totalMinor: number;
  readonly pointsSpent: number;
  readonly pointsEarned: number;
}

interface Tender {
  readonly orderId: string;
  readonly origin: string | null;
  readonly kind: string;
  readonly amountMinor: number;
  readonly refundedMinor: number;
  readonly cardId: string | null;
  readonly paymentId: string | null;
}

interface Order {
  readonly id: string;
  readonly number: string;
  readonly state: string;
  readonly method: string;
  readonly pay: string;
  readonly exchangeOf: string | null;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly shippingMinor: number;
  readonly pointsSpent: number;
  readonly pointsEarned: number;
  readonly customerId: string | null;
}

const orderColumns = `id, number, state, method, pay, exchange_of as "exchangeOf", total_minor as "totalMinor", paid_minor as "paidMinor",
  refunded_minor as "refundedMinor", shipping_minor as "shippingMinor", points_spent as "pointsSpent", points_earned as "pointsEarned",
  customer_id as "customerId"`;
const lineColumns = `order_id as "orderId", kind, variant_id as "variantId", components, quantity, taken, withdrawn, returned,
  total_minor as "totalMinor", points_spent as "pointsSpent", points_earned as "pointsEarned"`;
const tenderColumns = `order_id as "orderId", origin_order_id as origin, kind, amount_minor as "amountMinor",
  refunded_minor as "refundedMinor", card_id as "cardId", payment_id as "paymentId"`;

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((all, item) => all + of(item), 0);

function group<T>(items: readonly T[], of: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = of(item);
    const there = groups.get(key);
    if (there === undefined) groups.set(key, [item]);
    else there.push(item);
  }
  return groups;
}

/** Units that left from the bottom, and that came back to the top; the rest is with the customer or on its way to her. */
const keptOf = (line: Line, total: number): number =>
  share(total, line.quantity, line.withdrawn, line.quantity - line.withdrawn - line.returned);

const isFinal = (state: string): boolean => ['completed', 'cancelled', 'expired'].includes(state);
const neverPaid = (order: Order): boolean => order.state === 'awaiting-payment' || order.state === 'expired';

interface Book {
  readonly orders: readonly Order[];
  readonly linesOf: ReadonlyMap<string, readonly Line[]>;
  readonly tenders: readonly Tender[];
  readonly tendersOf: ReadonlyMap<string, readonly Tender[]>;
  /** What a return kept for points that were spent already. */
  readonly deducted: ReadonlyMap<string, number>;
  /** It was confirmed at some time: only then something was paid or taken from a purse. */
  readonly confirmed: ReadonlySet<string>;
}

async function readBook(query: Query): Promise<Book> {
  const orders = await query.query<Order>(`select ${orderColumns} from "order"."order" order by id`);
  const lines = await query.query<Line>(`select ${lineColumns} from "order".line`);
  const tenders = await query.query<Tender>(`select ${tenderColumns} from "order".tender`);
  const deducted = await query.query<{ id: string; sum: number }>(
    `select order_id as id, sum(deducted_minor)::bigint as sum from "order".return where state = 'refunded' group by order_id`,
  );
  const confirmed = await query.query<{ id: string }>(
    `select distinct order_id as id from "order".step where to_state in ('confirmed', 'completed')`,
  );
  return {
    orders,
    linesOf: group(lines, (line) => line.orderId),
    tenders,
    tendersOf: group(tenders, (tender) => tender.orderId),
    deducted: new Map(deducted.map((row) => [row.id, row.sum])),
    confirmed: new Set(confirmed.map((row) => row.id)),
  };
}

type Tell = (what: string, id: string, is: number | string, should: number | string) => void;

/** Whether its points and cards are taken, not only held: paid orders at once, others with the first unit that moves. */
function isCaptured(book: Book, order: Order): boolean {
  if (!book.confirmed.has(order.id)) return false;
  return order.pay === 'now' || (book.linesOf.get(order.id) ?? []).some((line) => line.taken + line.withdrawn > 0);
}

/** T2, T6, T7: what was paid and not given back is the price of what was kept. */
function proveMoney(book: Book, tell: Tell): void {
  for (const order of book.orders) {
    const lines = book.linesOf.get(order.id) ?? [];
    const tenders = book.tendersOf.get(order.id) ?? [];
    const whole = sum(lines, (line) => line.totalMinor) + order.shippingMinor;
    if (whole !== order.totalMinor) tell('order total', order.number, order.totalMinor, whole);
    if (sum(tenders, (one) => one.amountMinor) !== order.totalMinor)
      tell(
        'tenders of the order',
        order.number,
        sum(tenders, (one) => one.amountMinor),
        order.totalMinor,
      );
    const paid = tenders.filter((one) => one.kind !== 'due');
    const back = sum(paid, (one) => one.refundedMinor);
    if (back !== order.refundedMinor) tell('refunded by tender', order.number, back, order.refundedMinor);
    const isSettled = order.state === 'completed' || order.state === 'cancelled' || neverPaid(order);
    const isOpenPrepaid = order.pay === 'now' && !isSettled;
    if (!isSettled && !isOpenPrepaid) continue;
    const wasPaid = book.confirmed.has(order.id) && !(order.state === 'cancelled' && order.paidMinor === 0);
    // A gift card needs no bringing.
    const taken = lines.some((line) => line.taken > 0 && line.kind !== 'gift-card');
    const shipping = taken || !isSettled ? order.shippingMinor : 0;
    const kept = wasPaid
      ? sum(lines, (line) => keptOf(line, line.totalMinor)) + shipping + (book.deducted.get(order.id) ?? 0)
      : 0;
    if (order.paidMinor - order.refundedMinor !== kept)
      tell('money kept', `${order.number} ${order.state}`, order.paidMinor - order.refundedMinor, kept);
  }
}

/** Units: everywhere once. T39. */
async function proveUnits(query: Query, book: Book, tell: Tell): Promise<void> {
  for (const order of book.orders)
    for (const line of book.linesOf.get(order.id) ?? []) {
      if (order.state === 'completed' && line.taken + line.withdrawn !== line.quantity)
        tell('units of a completed line', order.number, line.taken + line.withdrawn, line.quantity);
      // A gift card may have come back before the rest was cancelled.
      if (['cancelled', 'expired', 'awaiting-payment'].includes(order.state) && line.taken > line.returned)
        tell('units taken of an order that ended', `${order.number} ${order.id}`, line.taken, line.returned);
    }
  const parts = await query.query<{ number: string; is: number; should: number }>(
    `select o.number, (fl.taken + fl.refused + fl.not_found + fl.cancelled)::bigint as is, fl.quantity as should
     from "order".fulfilment f join "order".fulfilment_line fl on fl.fulfilment_id = f.id join "order"."order" o on o.id = f.order_id
     where fl.taken + fl.refused + fl.not_found + fl.cancelled <> fl.quantity
       and (f.state = 'done' or o.state in ('completed', 'cancelled'))`,
  );
  for (const row of parts) tell('taken, refused, not found, cancelled', row.number, row.is, row.should);
  const sums = await query.query<{ number: string; is: number; should: number }>(
    `select o.number, sum(fl.taken)::bigint as is, l.taken as should
     from "order"."order" o join "order".line l on l.order_id = o.id and l.kind <> 'gift-card'
     join "order".fulfilment f on f.order_id = o.id
     join "order".fulfilment_line fl on fl.fulfilment_id = f.id and fl.line_no = l.line_no
     group by o.number, l.line_no, l.taken having sum(fl.taken) <> l.taken`,
  );
  for (const row of sums) tell('taken by parcels', row.number, row.is, row.should);
}

/** What lies in the shops is what came less what is with customers. T35, T37. */
async function proveGoods(query: Query, book: Book, tell: Tell): Promise<void> {
  const movements = await query.query<{ ref: string; variantId: string; sum: number }>(
    `select ref, variant_id as "variantId", sum(quantity)::bigint as sum from stock.movement
     where ref is not null and kind in ('sold', 'returned', 'written-off') group by ref, variant_id`,
  );
  const moved = new Map(movements.map((row) => [`${row.ref} ${row.variantId}`, row.sum]));
  const damaged = await query.query<{ orderId: string; lineNo: number; variantId: string; quantity: number }>(
    `select r.order_id as "orderId", l.variant_id as "variantId", sum(rl.quantity)::bigint as quantity
     from "order".return r join "order".return_line rl on rl.return_id = r.id
     join "order".line l on l.order_id = r.order_id and l.line_no = rl.line_no
     where r.state = 'refunded' and rl.damaged group by r.order_id, l.variant_id, l.line_no`,
  );
  const broken = group(damaged, (row) => `${row.orderId} ${row.variantId}`);
  for (const order of book.orders.filter(({ state }) => isFinal(state))) {
    const out = new Map<string, number>();
    const counted = new Set<string>();
    for (const line of (book.linesOf.get(order.id) ?? []).filter(({ kind }) => kind === 'good')) {
      const goods = line.components.length === 0 ? [{ variantId: line.variantId, quantity: 1 }] : line.components;
      // Damaged units came back and were written off: they are with nobody.
      const key = `${order.id} ${line.variantId}`;
      const lost = counted.has(key) ? 0 : sum(broken.get(key) ?? [], (row) => row.quantity);
      counted.add(key);
      for (const good of goods)
        out.set(good.variantId, (out.get(good.variantId) ?? 0) + (line.taken - line.returned + lost) * good.quantity);
    }
    for (const [variantId, quantity] of out) {
      const is = -(moved.get(`${order.id} ${variantId}`) ?? 0);
      if (is !== quantity) tell('goods that left the stock', `${order.number} ${order.id} ${variantId}`, is, quantity);
    }
  }
  const live = await query.query<{ number: string; quantity: number }>(
    `select o.number, r.quantity from stock.reservation r join "order"."order" o on o.id::text = r.ref
     where r.state = 'live' and o.state in ('completed', 'cancelled', 'expired')`,
  );
  for (const row of live) tell('reserved for an order that is over', row.number, row.quantity, 0);
  const open = await query.query<{ number: string; is: number; should: number }>(
    `with wanted as (
       select o.id, o.number, coalesce(c.variant, l.variant_id) as variant_id,
         sum((fl.quantity - fl.taken - fl.refused - fl.not_found - fl.cancelled) * coalesce(c.quantity, 1)) as quantity
       from "order"."order" o join "order".fulfilment f on f.order_id = o.id
       join "order".fulfilment_line fl on fl.fulfilment_id = f.id
       join "order".line l on l.order_id = o.id and l.line_no = fl.line_no and l.kind = 'good'
       left join lateral (select (one->>'variantId')::uuid as variant, (one->>'quantity')::bigint as quantity
         from jsonb_array_elements(l.components) one) c on true
       where o.state in ('confirmed', 'picking', 'ready', 'shipped') and f.state not in ('done', 'cancelled') and f.shipped_at is null
       group by 1, 2, 3),
     held as (
       select o.id, o.number, r.variant_id, sum(r.quantity) as quantity from stock.reservation r join "order"."order" o on o.id::text = r.ref
       where r.state = 'live' and o.state in ('confirmed', 'picking', 'ready', 'shipped') group by 1, 2, 3)
     select coalesce(w.number, h.number) as number, coalesce(h.quantity, 0)::bigint as is, coalesce(w.quantity, 0)::bigint as should
     from wanted w full join held h on h.id = w.id and h.variant_id = w.variant_id
     where coalesce(h.quantity, 0) <> coalesce(w.quantity, 0)`,
  );
  for (const row of open) tell('reserved for an open order', row.number, row.is, row.should);
}

/** Points of each order: spent, given back, earned, taken back. T9, T10, T22. */
async function provePoints(query: Query, book: Book, tell: Tell): Promise<void> {
  const rows = await query.query<{ ref: string; what: string; kind: string; sum: number }>(
    `select t.ref, t.what, l.kind, sum(e.amount)::bigint as sum
     from wallet.transfer t join wallet.entry e on e.transfer_id = t.id join wallet.lot l on l.id = coalesce(e.from_lot, e.to_lot)
     where t.ref is not null and t.what in ('earned', 'spent', 'returned', 'clawed-back') group by 1, 2, 3`,
  );
  const booked = new Map(rows.map((row) => [`${row.ref} ${row.what} ${row.kind}`, row.sum]));
  const carried = group(
    book.tenders.filter((tender) => tender.origin !== null),
    (tender) => tender.origin ?? '',
  );
  for (const order of book.orders) {
    const lines = book.linesOf.get(order.id) ?? [];
    const captured = isCaptured(book, order);
    const gone = (of: 'pointsSpent' | 'pointsEarned'): number =>
      sum(lines, (line) => line[of] - keptOf(line, line[of]));
    const check = (what: string, kind: string, should: number): void => {
      const is = booked.get(`${order.id} ${what} ${kind}`) ?? 0;
      if (is !== should) tell(`${kind} ${what}`, `${order.number} ${order.state} ${order.pay}`, is, should);
    };
    check('spent', 'points', captured ? order.pointsSpent : 0);
    check('returned', 'points', captured ? gone('pointsSpent') : 0);
    const earns = book.confirmed.has(order.id) && order.customerId !== null;
    check('earned', 'points', earns ? order.pointsEarned : 0);
    const isDropped = order.state === 'cancelled' && !captured && order.pay === 'on-handover';
    check('clawed-back', 'points', !earns ? 0 : isDropped ? order.pointsEarned : gone('pointsEarned'));
    for (const kind of ['gift', 'credit']) {
      const own = (book.tendersOf.get(order.id) ?? []).filter((one) => one.kind === kind);
      const mine = own.filter((one) => one.origin === null);
      const others = (carried.get(order.id) ?? []).filter((one) => one.kind === kind);
      check('spent', kind, captured ? sum(mine, (one) => one.amountMinor) : 0);
      // What was kept for an exchange did not go back; what came back of the exchange did.
      const back = sum(mine, (one) => one.refundedMinor) + sum(others, (one) => one.refundedMinor - one.amountMinor);
      check('returned', kind, captured ? back : 0);
    }
  }
  const held = await query.query<{ number: string; amount: number }>(
    `select o.number, h.amount from wallet.hold h join "order"."order" o on o.id::text = h.ref
     where h.ended_at is null and o.state in ('completed', 'cancelled', 'expired')`,
  );
  for (const row of held) tell('held for an order that is over', row.number, row.amount, 0);
}

/** T31, T32: what a card still has is what it was sold for less what was paid with it. */
async function proveCards(query: Query, book: Book, tell: Tell): Promise<void> {
  const cards = await query.query<{ id: string; state: string; amount: number; left: number; refunded: boolean }>(
    `select c.id, c.state, c.amount_minor as amount, c.refunded_at is not null as refunded,
       coalesce((select sum(l.remaining) from wallet.lot l where l.card_id = c.id), 0)::bigint as left
     from wallet.card c`,
  );
  const known = new Map(book.orders.map((order) => [order.id, order]));
  const spent = new Map<string, number>();
  for (const tender of book.tenders) {
    const order = known.get(tender.orderId);
    if (tender.cardId === null || order === undefined || !isCaptured(book, order)) continue;
    const moved = tender.origin === null ? tender.amountMinor - tender.refundedMinor : -tender.refundedMinor;
    const kept = tender.origin === null ? 0 : tender.amountMinor;
    spent.set(tender.cardId, (spent.get(tender.cardId) ?? 0) + moved + kept);
  }
  for (const card of cards) {
    const should = card.state === 'new' || card.refunded ? 0 : card.amount - (spent.get(card.id) ?? 0);
    if (card.left !== should) tell(`gift card ${card.state}`, card.id, card.left, should);
  }
}

/** Payments against the parts of the orders, and against the provider's own books. */
async function provePayments(query: Query, book: Book, lab: PaymentLab | undefined, tell: Tell): Promise<void> {
  const payments = await query.query<{
    id: string;
    ref: string;
    method: string;
    state: string;
    amountMinor: number;
    refundedMinor: number;
    sentMinor: number;
  }>(
    `select p.id, p.ref, p.method, p.state, p.amount_minor as "amountMinor", p.refunded_minor as "refundedMinor",
       coalesce((select sum(r.amount_minor) from payment.refund r where r.payment_id = p.id and r.state = 'succeeded'), 0)::bigint as "sentMinor"
     from payment.payment p`,
  );
  const byPayment = group(
    book.tenders.filter((tender) => tender.paymentId !== null && book.confirmed.has(tender.orderId)),
    (tender) => tender.paymentId ?? '',
  );
  for (const payment of payments) {
    const tenders = byPayment.get(payment.id) ?? [];
    const name = `${payment.method} ${payment.id} of ${payment.ref}`;
    if (payment.state !== 'succeeded') {
      if (tenders.length > 0) tell('payment of a confirmed order', name, payment.state, 'succeeded');
      if (payment.refundedMinor !== 0) tell('refund of a payment that did not come', name, payment.refundedMinor, 0);
      if (lab !== undefined && payment.method === 'card' && lab.control.keptMinor(payment.id) !== 0)
        tell('charge without a payment', name, lab.control.keptMinor(payment.id), 0);
      continue;
    }
    const own = tenders.filter((tender) => tender.origin === null);
    const kept =
      sum(own, (tender) => tender.amountMinor) -
      sum(tenders, (tender) => tender.refundedMinor) +
      sum(tenders, (tender) => (tender.origin === null ? 0 : tender.amountMinor));
    if (payment.amountMinor - payment.refundedMinor !== kept)
      tell('payment less refunds', name, payment.amountMinor - payment.refundedMinor, kept);
    if (payment.sentMinor !== payment.refundedMinor)
      tell('refunds sent', name, payment.sentMinor, payment.refundedMinor);
    if (lab !== undefined && payment.method === 'card' && lab.control.keptMinor(payment.id) !== kept)
      tell('provider kept', name, lab.control.keptMinor(payment.id), kept);
  }
}

interface Item {
  readonly '1043': number;
  readonly '1214': number;
}
interface Paper {
  readonly ref: string;
  readonly type: 'sale' | 'sale-refund';
  readonly document: Readonly<Record<string, number>> & { readonly '1059': readonly Item[] };
}

/** T5, T43–T45: what the receipts of an order, and of its exchanges, say was paid is what was paid; what was handed over is settled in full. */
async function proveReceipts(query: Query, book: Book, tell: Tell): Promise<void> {
  const papers = await query.query<Paper>('select ref, type, document from receipt.receipt');
  const byOrder = group(papers, (paper) => paper.ref);
  const returns = await query.query<{ id: string; orderId: string }>(
    `select id, order_id as "orderId" from "order".return where exchange_order_id is not null`,
  );
  const oldOf = new Map(returns.map((row) => [row.id, row.orderId]));
  const known = new Map(book.orders.map((order) => [order.id, order]));
  const rootOf = (order: Order): string => {
    const old = known.get(oldOf.get(order.exchangeOf ?? '') ?? '');
    return old === undefined ? order.id : rootOf(old);
  };
  const signed = (paper: Paper, minor: number): number => (paper.type === 'sale' ? minor : -minor);
  for (const [root, orders] of group(book.orders, rootOf)) {
    const name = known.get(root)?.number ?? root;
    const written = orders.flatMap((order) => byOrder.get(order.id) ?? []);
    for (const [tag, kinds] of [
      ['1031', ['cash']],
      ['1081', ['card', 'terminal']],
    ] as const) {
      const said = sum(written, (paper) => signed(paper, paper.document[tag] ?? 0));
      // A tender of an exchange is the old order's money; only what is refunded of it moves.
      const moved = sum(orders, (order) =>
        book.confirmed.has(order.id)
          ? sum(
              (book.tendersOf.get(order.id) ?? []).filter((one) => (kinds as readonly string[]).includes(one.kind)),
              (one) => one.amountMinor - one.refundedMinor,
            )
          : 0,
      );
      if (said !== moved) tell(`receipts, tag ${tag}`, name, said, moved);
    }
    if (!orders.every((order) => isFinal(order.state)) || orders.some((order) => order.state === 'expired')) continue;
    if (written.length === 0) continue;
    const settled = sum(written, (paper) =>
      signed(
        paper,
        sum(
          paper.document['1059'].filter((item) => item['1214'] === 4),
          (item) => item['1043'],
        ),
      ),
    );
    const handed = sum(orders, (order) => {
      const lines = (book.linesOf.get(order.id) ?? []).filter((line) => line.kind !== 'gift-card');
      const goods = sum(lines, (line) => keptOf(line, line.totalMinor));
      const shipping = lines.some((line) => line.taken > 0) ? order.shippingMinor : 0;
      return order.state === 'completed' ? goods + shipping + (book.deducted.get(order.id) ?? 0) : 0;
    });
    if (settled !== handed) tell('settled in full (1214 = 4)', name, settled, handed);
  }
}

/** The table of steps, written here once more, so that a mistake there is seen here. */
const table: Readonly<Record<string, readonly string[]>> = {
  '': ['awaiting-payment', 'confirmed', 'completed'],
  'awaiting-payment': ['confirmed', 'completed', 'cancelled', 'expired'],
  confirmed: ['picking', 'ready', 'shipped', 'completed', 'cancelled'],
  picking: ['confirmed', 'ready', 'shipped', 'completed', 'cancelled'],
  ready: ['picking', 'shipped', 'completed', 'cancelled'],
  shipped: ['completed', 'cancelled'],
  expired: ['confirmed', 'completed'],
};

/** T42: steps follow each other by the table, and each has its fact once. */
async function proveSteps(query: Query, book: Book, tell: Tell): Promise<void> {
  const steps = await query.query<{ orderId: string; from: string | null; to: string }>(
    `select order_id as "orderId", from_state as "from", to_state as "to" from "order".step order by order_id, id`,
  );
  const facts = await query.query<{ orderId: string; name: string; times: number }>(
    `select data->>'orderId' as "orderId", name, count(*)::int as times from log.event where kind = 'fact'
     and name in ('order.placed', 'order.confirmed', 'order.picking', 'order.ready', 'order.shipped', 'order.completed', 'order.cancelled', 'order.expired')
     group by 1, 2`,
  );
  const told = new Map(facts.map((row) => [`${row.orderId} ${row.name}`, row.times]));
  const stepsOf = group(steps, (step) => step.orderId);
  for (const order of book.orders) {
    const own = stepsOf.get(order.id) ?? [];
    let state = '';
    const should = new Map<string, number>();
    const expect = (name: string): void => void should.set(name, (should.get(name) ?? 0) + 1);
    for (const step of own) {
      if ((step.from ?? '') !== state) tell('step from', order.number, step.from ?? '', state);
      if (!(table[state] ?? []).includes(step.to)) tell('step', order.number, `${state} → ${step.to}`, 'in the table');
      if (step.from === null) expect('order.placed');
      if (step.to !== 'awaiting-payment') expect(`order.${step.to}`);
      state = step.to;
    }
    if (state !== order.state) tell('last step', order.number, state, order.state);
    for (const name of ['placed', 'confirmed', 'picking', 'ready', 'shipped', 'completed', 'cancelled', 'expired']) {
      const is = told.get(`${order.id} order.${name}`) ?? 0;
      if (is !== (should.get(`order.${name}`) ?? 0))
        tell(`fact order.${name}`, order.number, is, should.get(`order.${name}`) ?? 0);
    }
  }
}

/** T18, T19, T21: what is counted of a limit is what stands, and what ended gave its uses back. */
async function proveUses(query: Query, tell: Tell): Promise<void> {
  const counted = await query.query<{ id: string; is: number; should: number }>(
    `select t.scope_id as id, t.used as is,
       (select count(*) from offer.redemption r where r.given_back_at is null and t.scope_id = any(r.scopes))::bigint as should
     from offer.tally t where t.customer_id = '00000000-0000-0000-0000-000000000000'
       and t.used <> (select count(*) from offer.redemption r where r.given_back_at is null and t.scope_id = any(r.scopes))`,
  );
  for (const row of counted) tell('uses of a limit', row.id, row.is, row.should);
  const over = await query.query<{ id: string; is: number; should: number }>(
    'select scope_id as id, used as is, most as should from offer.tally where used > most',
  );
  for (const row of over) tell('uses beyond a limit', row.id, row.is, row.should);
  const kept = await query.query<{ number: string; n: number }>(
    `select o.number, count(*)::int as n from offer.redemption r join "order"."order" o on o.id::text = r.ref
     where r.given_back_at is null and o.state in ('cancelled', 'expired') group by 1`,
  );
  for (const row of kept) tell('uses of an order that ended', row.number, row.n, 0);
}

/**
 * Ledger, stock and everything between, of one moment. Refunds must have been sent: run their duty before.
 * @param query a transaction in which nothing was read yet
 */
export async function prove(query: Query, lab?: PaymentLab): Promise<Proof> {
  await query.query('set transaction isolation level repeatable read');
  const differences: string[] = [];
  const tell: Tell = (what, id, is, should) => differences.push(`${what}: ${id}: ${is}, should be ${should}`);
  for (const one of await proveStock(query)) differences.push(`stock: ${JSON.stringify(one)}`);
  for (const one of await proveLedger(query)) differences.push(`ledger: ${JSON.stringify(one)}`);
  const book = await readBook(query);
  proveMoney(book, tell);
  await proveUnits(query, book, tell);
  await proveGoods(query, book, tell);
  await provePoints(query, book, tell);
  await proveCards(query, book, tell);
  await provePayments(query, book, lab, tell);
  await proveReceipts(query, book, tell);
  await proveSteps(query, book, tell);
  await proveUses(query, tell);
  return { orders: book.orders.length, differences };
}
