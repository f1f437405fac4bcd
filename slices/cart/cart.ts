import { personOf } from '@ruslo/identity';
import type { Person } from '@ruslo/identity';
import type { Channel, Refusal, Result } from '@ruslo/kernel';
import { ok, refuse } from '@ruslo/kernel';
import { checkCoupon } from '@ruslo/offer';
import { append, fact, monthReady, newId } from '@ruslo/platform';
import type { House, NewEvent, Query, Tx } from '@ruslo/platform';
import type { CartView, Operated, Outcome } from './contract.ts';
import type { Applied, Op, Row } from './rules.ts';
import { apply, join } from './rules.ts';
import { settingSoon } from './setting.ts';
import type { Note, Setting } from './store.ts';
import { findOutcome, loadPerson, lockRows, noteOperation, writeOne, writeRows } from './store.ts';
import type { Showing } from './view.ts';
import { pointsFor, show, variantsFor } from './view.ts';

/** Changing a cart, and showing it. */

export interface Operation {
  readonly customerId: string;
  readonly key: string;
  readonly channel: Channel;
  readonly ops: readonly Op[];
  readonly expectedVersion: number | undefined;
  readonly by: { readonly kind: string; readonly id: string | null };
  readonly at: Date;
}

/** Done, refused, or at another version than she expected: then with the cart as it is. */
export type Answer =
  | { readonly kind: 'done'; readonly operated: Operated }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'changed'; readonly cart: CartView };

/** Of other processes: each time one of us writes, so this is how many may be before us. */
const mostTries = 60;

const turns = new WeakMap<House, Map<string, Promise<unknown>>>();

/** Operations on one cart in this process one after the other: only other processes can then be quicker. */
function inTurn<T>(house: House, customerId: string, work: () => Promise<T>): Promise<T> {
  let waiting = turns.get(house);
  if (waiting === undefined) turns.set(house, (waiting = new Map()));
  const before = waiting.get(customerId);
  const mine = before === undefined ? work() : before.then(work, work);
  waiting.set(customerId, mine);
  const gone = (): void => {
    if (waiting.get(customerId) === mine) waiting.delete(customerId);
  };
  mine.then(gone, gone);
  return mine;
}

export const operate = (house: House, operation: Operation): Promise<Answer> =>
  inTurn(house, operation.customerId, async () => {
    const coupons = await checkCoupons(house, operation);
    const setting = await settingSoon(house);
    if (!coupons.ok) return (await before(house, operation)) ?? { kind: 'refused', refusal: coupons.refusal };
    const asked = { ...operation, ops: coupons.value };
    await monthReady(house.db, operation.at);
    for (let attempt = 1; attempt <= mostTries; attempt += 1) {
      const answer = await once(house, asked, setting, attempt);
      if (answer !== undefined) return answer;
      if (attempt > 2) await pause(Math.random() * attempt);
    }
    return { kind: 'refused', refusal: { code: 'cart.busy', status: 409 } };
  });

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** The first answer to this key, when there was one. */
async function before(house: House, operation: Operation): Promise<Answer | undefined> {
  const loaded = await loadPerson(house.db, operation.customerId, operation.key);
  if (loaded === undefined) return undefined;
  const outcome = await findOutcome(house.db, loaded.person.ids, operation.key);
  return outcome === undefined ? undefined : repeated(house, operation, loaded.person, loaded.rows, outcome);
}

/** Undefined when another process was quicker. */
async function once(
  house: House,
  operation: Operation,
  setting: Setting,
  attempt: number,
): Promise<Answer | undefined> {
  const loaded = await loadPerson(house.db, operation.customerId, operation.key);
  if (loaded === undefined) return { kind: 'refused', refusal: { code: 'identity.not-found', status: 404 } };
  const { person, rows } = loaded;
  const earlier = (): Promise<Outcome | undefined> => findOutcome(house.db, person.ids, operation.key);
  // What clashed at the first try may have been the key.
  const outcome = loaded.outcome ?? (attempt > 1 ? await earlier() : undefined);
  if (outcome !== undefined) return repeated(house, operation, person, rows, outcome);
  const decided = await decide(house, house.db, { operation, person, rows, setting });
  if (decided.kind !== 'decided') {
    const done = await earlier();
    return done === undefined ? decided : repeated(house, operation, person, rows, done);
  }
  const { applied, note, told, operated } = decided;
  const [first, second] = applied.changed;
  if (first === undefined) return (await noteOperation(house.db, note)) ? { kind: 'done', operated } : undefined;
  if (second !== undefined) return several(house, operation, setting);
  return (await writeOne(house.db, first, note, told)) ? { kind: 'done', operated } : undefined;
}

/** Her person changed more rows than one: they are locked, and decided upon anew. */
function several(house: House, operation: Operation, setting: Setting): Promise<Answer> {
  return house.db.retry(async (tx) => {
    const person = await personOf(tx, operation.customerId);
    if (person === undefined) return { kind: 'refused', refusal: { code: 'identity.not-found', status: 404 } };
    const rows = await lockRows(tx, person.ids);
    const outcome = await findOutcome(tx, person.ids, operation.key);
    if (outcome !== undefined) return repeated(house, operation, person, rows, outcome);
    const decided = await decide(house, tx, { operation, person, rows, setting });
    if (decided.kind !== 'decided') return decided;
    const { applied, note, told, operated } = decided;
    await writeRows(tx, applied.changed, { channel: operation.channel, now: operation.at, checkAt: note.checkAt });
    if (!(await noteOperation(tx, note))) throw Object.assign(new Error('the same key came twice'), { code: '23505' });
    if (applied.changed.length > 0) await append(tx, [told]);
    return { kind: 'done', operated };
  });
}

async function repeated(
  house: House,
  operation: Operation,
  person: Person,
  rows: readonly Row[],
  outcome: Outcome,
): Promise<Answer> {
  const showing = { ...operation, person };
  return {
    kind: 'done',
    operated: { ...outcome, cart: await show(house, house.db, join(rows), showing), repeated: true },
  };
}

interface Decided {
  readonly kind: 'decided';
  readonly applied: Applied;
  readonly note: Note;
  readonly told: NewEvent;
  readonly operated: Operated;
}

async function decide(
  house: House,
  query: Query,
  seen: {
    readonly operation: Operation;
    readonly person: Person;
    readonly rows: readonly Row[];
    readonly setting: Setting;
  },
): Promise<Decided | Answer> {
  const { operation, person, rows, setting } = seen;
  const { customerId, channel, at, ops } = operation;
  const showing: Showing = { customerId, person, channel, at };
  if (operation.expectedVersion !== undefined) {
    const now = join(rows);
    if ((now?.version ?? 0) !== operation.expectedVersion)
      return { kind: 'changed', cart: await show(house, query, now, showing) };
  }
  const variants = await variantsFor(house, variantIds(rows, ops), showing);
  const applied = apply(rows, ops, {
    customerId,
    goods: variants,
    channel,
    atMs: at.getTime(),
    limits: setting,
    newId,
  });
  if (!applied.ok) return { kind: 'refused', refusal: applied.refusal };
  const joined = join(applied.value.rows);
  const cart = await show(house, query, joined, showing, variants);
  const outcome: Outcome = { version: cart.version, did: applied.value.did, undo: applied.value.undo };
  const checkAt = new Date(at.getTime() + setting.idleMinutes * 60_000);
  return {
    kind: 'decided',
    applied: applied.value,
    note: { ...operation, outcome, checkAt },
    told: changedFact(operation, cart, outcome),
    operated: { ...outcome, cart, repeated: false },
  };
}

function variantIds(rows: readonly Row[], ops: readonly Op[]): string[] {
  const ids = new Set<string>();
  for (const row of rows) for (const line of row.lines) ids.add(line.variantId);
  for (const op of ops) if ('variantId' in op) ids.add(op.variantId);
  return [...ids];
}

function changedFact(operation: Operation, cart: CartView, { did }: Outcome): NewEvent {
  const [only, second] = did;
  const about =
    second !== undefined || only === undefined
      ? { op: 'several' }
      : {
          op: only.op,
          ...(only.variantId !== undefined && { variantId: only.variantId }),
          ...(only.quantity !== undefined && { quantity: only.quantity }),
        };
  return fact({
    name: 'cart.changed',
    customerId: operation.customerId,
    channel: operation.channel,
    at: operation.at,
    data: {
      cartId: cart.id,
      version: cart.version,
      ...about,
      lines: cart.lines.length,
      totalMinor: cart.totalMinor,
      currency: cart.currency,
    },
  });
}

/** Codes as the offers know them; one that nobody gave out is refused here, one that gives nothing is told in the cart. */
async function checkCoupons(house: House, { ops, customerId, at }: Operation): Promise<Result<readonly Op[]>> {
  if (!ops.some((op) => op.op === 'add-coupon')) return ok(ops);
  const person = await personOf(house.db, customerId);
  const checked: Op[] = [];
  for (const op of ops) {
    if (op.op !== 'add-coupon') {
      checked.push(op);
      continue;
    }
    const found = await checkCoupon(house.db, op.code, person?.ids ?? [customerId], at);
    if (!found.ok) return found;
    checked.push({ op: 'add-coupon', code: found.value.code });
  }
  return ok(checked);
}

/** The cart as it is now. */
export async function readCart(
  house: House,
  from: { readonly customerId: string; readonly channel: Channel; readonly at: Date; readonly points?: boolean },
): Promise<Result<CartView>> {
  const loaded = await loadPerson(house.db, from.customerId, null);
  if (loaded === undefined) return refuse('identity.not-found', 404);
  const joined = join(loaded.rows);
  const showing = { ...from, person: loaded.person };
  const cart = await show(house, house.db, joined, showing);
  if (from.points !== true || joined === undefined) return ok(cart);
  return ok({ ...cart, points: await pointsFor(house, house.db, joined, showing) });
}

/** For the door: locks all rows of the person. */
export async function lockedRows(tx: Tx, customerId: string): Promise<readonly Row[]> {
  const person = await personOf(tx, customerId);
  return person === undefined ? [] : lockRows(tx, person.ids);
}
