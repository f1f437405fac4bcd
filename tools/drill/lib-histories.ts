import { isDeepStrictEqual } from 'node:util';
import { newId, runDuty } from '@ruslo/platform';
import { chance } from './lib-chance.ts';
import type { Chance } from './lib-chance.ts';
import type { World } from './lib-world.ts';

/**
 * Random histories of orders, through the doors that everybody uses. What is refused is a fact of life; what must not
 * be is an answer of 500, a repeated command that answers otherwise, a preview that is not what happens. What everything
 * adds up to is proven by lib-proof.ts.
 */

// The shape of an answer is the history's business: it reads what it asked for.
// oxlint-disable-next-line typescript/no-explicit-any -- see above
type Json = any;

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** How often what was done, and what was refused. */
export type Tally = Map<string, number>;

const count = (tally: Tally, what: string): void => {
  tally.set(what, (tally.get(what) ?? 0) + 1);
};

interface Person {
  readonly userId: string;
  readonly customerId: string;
}

interface Told {
  readonly orderId: string;
  readonly person: Person | undefined;
  paymentId: string | null;
}

/** What went wrong, with all that was done before. */
export class Broken extends Error {}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const channels = ['web', 'app', 'call', 'messenger', 'social', 'catalogue'] as const;

export class History {
  readonly seed: number;
  readonly orders: Told[] = [];
  readonly #world: World;
  readonly #tally: Tally;
  readonly #random: Chance;
  readonly #people: Person[] = [];
  /** Codes of gift cards that were told. */
  readonly #codes: string[] = [];
  readonly #log: string[] = [];
  #mergeId: string | undefined;

  constructor(world: World, seed: number, tally: Tally) {
    this.#world = world;
    this.seed = seed;
    this.#tally = tally;
    this.#random = chance(seed);
  }

  /** Lives it through. Throws `Broken` with its log. */
  async live(): Promise<void> {
    try {
      await this.#begin();
      const steps = 2 + this.#random.below(3);
      for (let step = 0; step < steps; step += 1) await this.#step();
      // Most stories end; some orders stay open, as in life.
      for (const told of this.orders) if (this.#random.hits(0.85)) await this.#finish(told);
      for (const told of this.orders) if (this.#random.hits(0.4)) await this.#comeBack(told);
      if (this.#mergeId !== undefined && this.#random.hits(0.7)) await this.#part();
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Broken(`history ${this.seed}: ${why}\n${this.#log.join('\n')}`);
    }
  }

  get log(): readonly string[] {
    return this.#log;
  }

  async #begin(): Promise<void> {
    const names = [`h${this.seed}-${newId()}`, `h${this.seed}-${newId()}`];
    for (const userId of names) {
      const { customerId } = await this.#signIn(userId, 'web');
      this.#people.push({ userId, customerId });
    }
    for (const person of this.#people) {
      if (this.#random.hits(0.6)) await this.#gift(person, 'points', 50 + this.#random.below(2_000));
      if (this.#random.hits(0.25)) await this.#gift(person, 'credit', 1 + this.#random.below(90_000));
    }
    if (this.#random.hits(0.3)) await this.#restock();
  }

  async #step(): Promise<void> {
    const random = this.#random;
    if (random.hits(0.15)) await this.#merge();
    if (random.hits(0.1)) await this.#part();
    if (random.hits(0.12)) this.#pass(Math.ceil(random() * 4 * dayMs));
    const told = random.hits(0.35) ? await this.#sell() : await this.#buy();
    if (told === undefined) return;
    this.orders.push(told);
    if (random.hits(0.6)) await this.#finish(told);
    if (random.hits(0.5)) await this.#comeBack(told);
  }

  // Buying.

  async #signIn(userId: string, channel: string): Promise<{ token: string; customerId: string }> {
    const identifiers = [{ kind: 'user_id', value: userId }];
    const opened = await this.#desk('POST', '/v1/customer-sessions', { identifiers, channel });
    if (opened.status !== 200) throw new Error(`not signed in: ${JSON.stringify(opened.body)}`);
    return opened.body;
  }

  #basket(most: number): { variantId: string; quantity: number }[] {
    const random = this.#random;
    const ids = new Map<string, number>();
    for (let line = 0; line <= random.below(most); line += 1) {
      const good = random.pick(this.#world.goods);
      ids.set(good.id, 1 + random.below(good.most));
    }
    return [...ids].map(([variantId, quantity]) => ({ variantId, quantity }));
  }

  /** Cart in one channel, checkout in another. */
  async #buy(): Promise<Told | undefined> {
    const random = this.#random;
    const person = random.pick(this.#people);
    const cart = await this.#signIn(person.userId, random.pick(channels));
    const ops: object[] = [{ op: 'clear' }, ...this.#basket(4).map((line) => ({ op: 'add', ...line }))];
    if (random.hits(0.3)) ops.push({ op: 'add-coupon', code: random.pick(this.#world.coupons) });
    const filled = await this.#her(cart.token, 'POST', '/v1/customers/me/cart/operations', { key: newId(), ops });
    if (filled.status !== 200) return undefined;
    const till = await this.#signIn(person.userId, random.pick(channels));
    const saved = await this.#her(till.token, 'PUT', '/v1/customers/me/checkout', this.#checkout());
    if (saved.status !== 200) return undefined;
    const quote = await this.#her(till.token, 'POST', '/v1/customers/me/checkout/quote', {});
    if (quote.status !== 200) return undefined;
    const expectedTotalMinor: number = quote.body.totalMinor;
    const placed = await this.#once(till.token, 'POST', '/v1/customers/me/checkout/place', { expectedTotalMinor });
    if (placed.status !== 200) return undefined;
    const { orderId, paymentId, totalMinor } = placed.body;
    if (totalMinor !== expectedTotalMinor) throw new Error(`placed for ${totalMinor}, not for ${expectedTotalMinor}`);
    const told: Told = { orderId, person, paymentId };
    if (random.hits(0.1)) await this.#add(told);
    if (told.paymentId !== null) await this.#pay(told);
    return told;
  }

  #checkout(): object {
    const random = this.#random;
    const recipient = {
      name: 'Анна',
      phone: '+79170000001',
      address: { city: 'Казань', lat: 55.7 + random.below(20) / 100, lon: 49 + random.below(20) / 100 },
    };
    return {
      step: 'confirm',
      ...(random.hits(0.6) ? { method: 'pickup', placeId: random.pick(this.#world.places) } : { method: 'delivery' }),
      recipient,
      pay: random.hits(0.75) ? 'now' : 'on-handover',
      ...(random.hits(0.5) && { points: null }),
      ...(random.hits(0.4) && { creditMinor: null }),
      ...(this.#codes.length > 0 && random.hits(0.5) && { cardCodes: [random.pick(this.#codes)] }),
    };
  }

  async #add(told: Told): Promise<void> {
    const added = await this.#once(this.#world.secret, 'POST', `/v1/orders/${told.orderId}/add`, {
      lines: this.#basket(1),
    });
    if (added.status === 200) told.paymentId = added.body.paymentId ?? told.paymentId;
  }

  /** With the provider's whole repertoire: declined, lost and doubled notices, another card, too late. */
  async #pay(told: Told): Promise<void> {
    const random = this.#random;
    const { control } = this.#world.lab;
    if (random.hits(0.12)) return this.#letExpire(told);
    if (random.hits(0.15)) {
      await this.#confirm(told, 'decline', 'normal');
      if (random.hits(0.3)) return;
      const again = await this.#once(this.#world.secret, 'POST', `/v1/orders/${told.orderId}/pay`, {});
      if (again.status === 200) told.paymentId = again.body.paymentId;
    } else if (random.hits(0.05)) {
      const first = told.paymentId;
      const another = await this.#once(this.#world.secret, 'POST', `/v1/orders/${told.orderId}/pay`, { another: true });
      if (another.status === 200) {
        // Both are paid: one of them is for nothing.
        this.#note('pays with both cards');
        if (first !== null && control.of(first).length > 0) control.confirm(first);
        told.paymentId = another.body.paymentId;
      }
    }
    await this.#confirm(told, 'approve', random.pick(['normal', 'normal', 'normal', 'lost', 'duplicate']));
  }

  async #confirm(told: Told, answer: 'approve' | 'decline', webhooks: 'normal' | 'lost' | 'duplicate'): Promise<void> {
    const { control } = this.#world.lab;
    const { paymentId } = told;
    if (paymentId === null || control.of(paymentId).length === 0) return;
    this.#note(`${answer} ${webhooks}`);
    control.webhooks = webhooks;
    control.confirm(paymentId, answer);
    await control.quiet();
    control.webhooks = 'normal';
    if (webhooks !== 'lost') return;
    this.#pass(2 * minuteMs);
    await this.#duty('order.payments');
  }

  /** Nobody pays in time, and sometimes the money comes all the same. */
  async #letExpire(told: Told): Promise<void> {
    this.#pass(31 * minuteMs);
    if (this.#random.hits(0.8)) await this.#duty('order.expiry');
    if (this.#random.hits(0.5)) await this.#confirm(told, 'approve', 'normal');
    await this.#duty('order.expiry');
    await this.#duty('payment.cancels');
  }

  async #sell(): Promise<Told | undefined> {
    const random = this.#random;
    const person = random.hits(0.75) ? random.pick(this.#people) : undefined;
    const ask = {
      placeId: random.pick(this.#world.places),
      ...(person !== undefined && { customerId: person.customerId }),
      lines: this.#basket(3),
      coupons: random.hits(0.2) ? [random.pick(this.#world.coupons)] : [],
      points: random.hits(0.4) ? null : 0,
    };
    const quote = await this.#desk('POST', '/v1/till/quote', ask);
    if (quote.status !== 200) return undefined;
    const { totalMinor, pointsSpent } = quote.body;
    const tenders = await this.#tenders(totalMinor, quote.body.lines, person);
    const body = { ...ask, points: pointsSpent, tenders, expectedTotalMinor: totalMinor, found: random.hits(0.1) };
    const sold = await this.#once(this.#world.secret, 'POST', '/v1/till/sales', body);
    return sold.status === 200 ? { orderId: sold.body.orderId, person, paymentId: null } : undefined;
  }

  async #tenders(totalMinor: number, lines: Json[], person: Person | undefined): Promise<object[]> {
    const random = this.#random;
    const tenders: object[] = [];
    let left = totalMinor;
    const advance = lines.reduce((sum: number, line) => sum + (line.kind === 'gift-card' ? line.totalMinor : 0), 0);
    if (this.#codes.length > 0 && random.hits(0.4)) {
      const amountMinor = Math.min(left - advance, 1 + random.below(100_000));
      if (amountMinor > 0) tenders.push({ kind: 'gift', code: random.pick(this.#codes), amountMinor });
      left -= Math.max(0, amountMinor);
    }
    if (person !== undefined && random.hits(0.15)) {
      const amountMinor = Math.min(left - advance, 1 + random.below(5_000));
      if (amountMinor > 0) tenders.push({ kind: 'credit', amountMinor });
      left -= Math.max(0, amountMinor);
    }
    const cash = random.hits(0.5) ? left : random.below(left + 1);
    if (cash > 0) tenders.push({ kind: 'cash', amountMinor: cash });
    if (left - cash > 0) tenders.push({ kind: 'terminal', amountMinor: left - cash });
    return tenders;
  }

  // To the door.

  async #read(orderId: string): Promise<Json> {
    const read = await this.#desk('GET', `/v1/orders/${orderId}`);
    if (read.status !== 200) throw new Error(`order ${orderId} is not there`);
    return read.body;
  }

  /** Until it is done, or nobody can go on. */
  async #finish(told: Told): Promise<void> {
    for (let step = 0; step < 14; step += 1) {
      const order = await this.#read(told.orderId);
      if (['completed', 'cancelled', 'expired'].includes(order.state)) break;
      if (order.state === 'awaiting-payment') {
        if (this.#random.hits(0.3)) await this.#cancel(told);
        else if (this.#random.hits(0.5)) await this.#letExpire(told);
        else await this.#confirm(told, 'approve', 'normal');
        if (step > 4) await this.#letExpire(told);
        continue;
      }
      if (this.#random.hits(0.05)) {
        await this.#cancel(told);
        continue;
      }
      const open = order.fulfilments.filter((one: Json) => !['done', 'cancelled', 'planned'].includes(one.state));
      if (open.length === 0) break;
      await this.#serve(order, this.#random.pick(open));
    }
    await this.#tellCards(told);
  }

  async #cancel(told: Told): Promise<void> {
    const { person, orderId } = told;
    const token =
      person !== undefined && this.#random.hits(0.5)
        ? (await this.#signIn(person.userId, 'web')).token
        : this.#world.secret;
    await this.#once(token, 'POST', `/v1/orders/${orderId}/cancel`, { why: 'drill' });
  }

  /** One step of a parcel. */
  async #serve(order: Json, parcel: Json): Promise<void> {
    const random = this.#random;
    const at = `/v1/fulfilments/${parcel.id}`;
    const isBrought = order.method === 'pickup' && parcel.placeId !== order.pickupPlaceId;
    const open = (line: Json): number => line.quantity - line.taken - line.refused - line.notFound - line.cancelled;
    switch (parcel.state) {
      case 'waiting':
      case 'picking': {
        const line = random.pick(parcel.lines as Json[]);
        if (random.hits(0.15) && open(line) > 0) {
          const quantity = 1 + random.below(open(line));
          await this.#once(this.#world.secret, 'POST', `${at}/not-found`, { lineNo: line.lineNo, quantity });
        } else if (parcel.state === 'waiting' && random.hits(0.4)) await this.#desk('POST', `${at}/take`);
        else await this.#desk('POST', `${at}/ready`, { all: true });
        return;
      }
      case 'ready':
        if (random.hits(0.05)) await this.#desk('POST', `${at}/undo`);
        else if (order.method === 'delivery' || isBrought) {
          // What another place has brought here already is ready again, and is handed out.
          const shipped = await this.#desk('POST', `${at}/ship`);
          if (shipped.status !== 200) await this.#handOut(order, parcel);
        } else if (random.hits(0.2)) await this.#desk('POST', `${at}/try`);
        else await this.#handOut(order, parcel);
        return;
      case 'shipped':
        if (isBrought) await this.#desk('POST', `${at}/arrive`);
        else await this.#handOut(order, parcel);
        return;
      default:
        await this.#handOut(order, parcel);
    }
  }

  async #handOut(order: Json, parcel: Json): Promise<void> {
    const random = this.#random;
    const at = `/v1/fulfilments/${parcel.id}`;
    const wantsAll = random.hits(0.5);
    const lines = parcel.lines
      .map((line: Json) => {
        const open = line.quantity - line.taken - line.refused - line.notFound - line.cancelled;
        const taken = wantsAll ? open : random.below(open + 1);
        return { lineNo: line.lineNo, taken, refused: open - taken };
      })
      .filter((line: Json) => line.taken + line.refused > 0);
    const preview = await this.#desk('POST', `${at}/hand-out/preview`, { lines });
    if (preview.status !== 200) return;
    const { paidMinor, refundedMinor, takenMinor } = preview.body;
    const kind = random.pick(['cash', 'terminal']);
    const tenders = paidMinor > 0 ? [{ kind, amountMinor: paidMinor }] : [];
    const way = order.method === 'delivery' ? 'deliver' : 'hand-out';
    const done = await this.#once(this.#world.secret, 'POST', `${at}/${way}`, { lines, tenders });
    if (done.status !== 200) return;
    const { paidMinor: paid, refundedMinor: back, takenMinor: taken } = done.body;
    if (!isDeepStrictEqual([paid, back, taken], [paidMinor, refundedMinor, takenMinor]))
      throw new Error(`hand-out preview ${JSON.stringify(preview.body)}, result ${JSON.stringify(done.body)}`);
    if (random.hits(0.05)) await this.#once(this.#world.secret, 'POST', `${at}/hand-out/undo`, {});
  }

  async #tellCards(told: Told): Promise<void> {
    const order = await this.#read(told.orderId);
    if (!order.lines.some((line: Json) => line.kind === 'gift-card' && line.taken > line.returned)) return;
    const said = await this.#desk('POST', `/v1/orders/${told.orderId}/cards`, {});
    if (said.status !== 200) return;
    for (const card of said.body.items) if (card.code !== null) this.#codes.push(card.code);
  }

  // And back.

  async #comeBack(told: Told): Promise<void> {
    for (let time = 0; time <= this.#random.below(3); time += 1) {
      const order = await this.#read(told.orderId);
      const lines = order.lines
        .filter((line: Json) => line.taken > line.returned)
        .filter(() => this.#random.hits(0.7))
        .map((line: Json) => ({
          lineNo: line.lineNo,
          quantity: 1 + this.#random.below(line.taken - line.returned),
          damaged: this.#random.hits(0.2),
        }));
      if (lines.length === 0) return;
      if (this.#random.hits(0.1)) this.#pass(this.#random.below(20) * dayMs);
      const ask = {
        orderId: told.orderId,
        lines,
        placeId: this.#random.pick(this.#world.places),
        ...(this.#random.hits(0.8) && { why: 'drill' }),
      };
      const way = this.#random();
      if (way < 0.25) await this.#exchange(told, ask);
      else if (told.person !== undefined && way < 0.45) await this.#announce(told.person, ask);
      else await this.#return(ask);
    }
  }

  async #return(ask: object): Promise<void> {
    const at = this.#world.clock.now().getTime();
    const preview = await this.#desk('POST', '/v1/returns/preview', ask);
    const done = await this.#once(this.#world.secret, 'POST', '/v1/returns', ask);
    // Of histories side by side, another may have moved the clock between: a window has closed, points have begun.
    if (at !== this.#world.clock.now().getTime()) return;
    if ((preview.status === 200) !== (done.status === 200))
      throw new Error(`return preview ${JSON.stringify(preview)}, result ${JSON.stringify(done)}`);
    if (done.status !== 200) return;
    for (const what of ['amountMinor', 'pointsBack', 'pointsTaken', 'deductedMinor'])
      if (preview.body[what] !== done.body[what])
        throw new Error(`return preview said ${what} ${preview.body[what]}, it was ${done.body[what]}`);
  }

  async #exchange(told: Told, ask: object): Promise<void> {
    const goods = this.#world.goods.filter((good) => good.kind !== 'gift-card');
    const good = this.#random.pick(goods);
    const take = [{ variantId: good.id, quantity: 1 + this.#random.below(good.most) }];
    const at = this.#world.clock.now().getTime();
    const preview = await this.#desk('POST', '/v1/exchanges/preview', { ...ask, take });
    if (preview.status !== 200) return;
    const tenders = preview.body.paidMinor > 0 ? [{ kind: this.#random.pick(['cash', 'terminal']) }] : [];
    const done = await this.#once(this.#world.secret, 'POST', '/v1/exchanges', { ...ask, take, tenders });
    if (done.status !== 200) return;
    const stood = at === this.#world.clock.now().getTime();
    for (const what of ['totalMinor', 'carriedMinor', 'paidMinor', 'refundedMinor'])
      if (stood && preview.body[what] !== done.body[what])
        throw new Error(`exchange preview said ${what} ${preview.body[what]}, it was ${done.body[what]}`);
    this.orders.push({ orderId: done.body.orderId, person: told.person, paymentId: null });
  }

  /** She says it first, and comes later; or does not. */
  async #announce(
    person: Person,
    ask: { readonly orderId: string; readonly placeId: string; readonly lines: Json[] },
  ): Promise<void> {
    const { token } = await this.#signIn(person.userId, 'app');
    const { orderId, lines, placeId } = ask;
    const whole = lines.map(({ lineNo, quantity }: Json) => ({ lineNo, quantity }));
    const body = { orderId, lines: whole, way: 'place', placeId };
    const said = await this.#once(token, 'POST', '/v1/customers/me/returns', body);
    if (said.status !== 200) return;
    const at = `/v1/returns/${said.body.id}`;
    if (this.#random.hits(0.2)) {
      await this.#once(token, 'POST', `${at}/withdraw`, {});
      return;
    }
    const refund = this.#random.hits(0.6);
    const why = 'drill';
    const came = await this.#once(this.#world.secret, 'POST', `${at}/receive`, {
      placeId,
      refund,
      ...(refund && { why }),
    });
    if (came.status === 200 && !refund) await this.#once(this.#world.secret, 'POST', `${at}/refund`, { why });
  }

  // Who is who.

  async #merge(): Promise<void> {
    const [one, other] = this.#people;
    if (this.#mergeId !== undefined || one === undefined || other === undefined) return;
    const merged = await this.#once(this.#world.secret, 'POST', `/v1/customers/${one.customerId}/merge`, {
      with: other.customerId,
      why: 'drill',
    });
    if (merged.status === 200) this.#mergeId = merged.body.mergeId;
  }

  async #part(): Promise<void> {
    const [one] = this.#people;
    if (this.#mergeId === undefined || one === undefined) return;
    const parted = await this.#once(this.#world.secret, 'POST', `/v1/customers/${one.customerId}/unmerge`, {
      mergeId: this.#mergeId,
      why: 'drill',
    });
    if (parted.status === 200) this.#mergeId = undefined;
  }

  async #gift(person: Person, kind: 'points' | 'credit', amount: number): Promise<void> {
    const body = { kind, amount, reason: 'drill' };
    await this.#once(this.#world.secret, 'POST', `/v1/customers/${person.customerId}/purse/adjust`, body);
  }

  async #restock(): Promise<void> {
    const goods = this.#world.goods.filter((good) => good.kind === 'good');
    const placeId = this.#random.pick(this.#world.places);
    const good = this.#random.pick(goods);
    const lines = [{ variantId: good.id, quantity: good.most * 8 }];
    await this.#once(this.#world.secret, 'POST', '/v1/stock/receive', { placeId, lines });
  }

  // The world.

  #note(line: string): void {
    this.#log.push(`  ${line}`);
  }

  #pass(ms: number): void {
    this.#note(`${ms} ms pass`);
    this.#world.clock.pass(ms);
  }

  async #duty(name: string): Promise<void> {
    this.#note(`duty ${name}`);
    await runDuty(this.#world.houses[0], name);
  }

  #desk(method: 'GET' | 'POST', url: string, body?: object): Promise<Answer> {
    return this.#ask(this.#world.secret, method, url, body);
  }

  #her(token: string, method: 'POST' | 'PUT', url: string, body: object): Promise<Answer> {
    return this.#ask(token, method, url, body);
  }

  /** A command with its key; now and then the answer is lost and it is sent again, to another process (T26). */
  async #once(token: string, method: 'POST', url: string, body: object): Promise<Answer> {
    const key = newId();
    const first = await this.#ask(token, method, url, body, key);
    if (!this.#random.hits(0.06) || first.status !== 200) return first;
    const again = await this.#ask(token, method, url, body, key);
    const isSame = again.status === first.status && isDeepStrictEqual(idsOf(again.body), idsOf(first.body));
    if (!isSame) throw new Error(`${url} twice: ${JSON.stringify(first.body)}, then ${JSON.stringify(again.body)}`);
    count(this.#tally, 'same key twice');
    return first;
  }

  async #ask(token: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: object, key?: string): Promise<Answer> {
    const response = await this.#random.pick(this.#world.houses).app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}`, ...(key !== undefined && { 'idempotency-key': key }) },
      ...(body !== undefined && { payload: body }),
    });
    const answer: Answer = { status: response.statusCode, body: response.body === '' ? {} : response.json() };
    const name = `${method} ${url.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')}`;
    const said = answer.status === 200 ? 'ok' : `${answer.status} ${answer.body.code ?? ''}`;
    if (method !== 'GET') this.#log.push(`${method} ${url} ${JSON.stringify(body ?? {})} → ${said}`);
    count(this.#tally, `${name} ${said}`);
    if (answer.status >= 500 || [400, 401, 403].includes(answer.status) || answer.body.code === 'platform.invalid')
      throw new Error(`${method} ${url} ${JSON.stringify(body)} → ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }
}

/** What of an answer must be the same when the command comes again: what it made. */
const idsOf = (body: Json): unknown =>
  Object.fromEntries(
    ['id', 'orderId', 'number', 'returnId', 'mergeId', 'totalMinor', 'amountMinor', 'refundedMinor'].map((name) => [
      name,
      body[name],
    ]),
  );
