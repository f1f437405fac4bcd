import type { Person } from '@ruslo/identity';
import type { Channel } from '@ruslo/kernel';
import { append, fact } from '@ruslo/platform';
import type { House, Query, Tx } from '@ruslo/platform';
import { lockedRows } from './cart.ts';
import { join, without } from './rules.ts';
import type { Row } from './rules.ts';
import { settingSoon } from './setting.ts';
import { loadPerson, lockPerson, readSetting, rowsAlong, writeRows } from './store.ts';

/** What slices above do with carts, in their own transaction. */

export interface CartLine {
  readonly id: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly channel: Channel;
  readonly addedAt: string;
  /** Price of a unit when she last saw it; a difference is told. */
  readonly seenPriceMinor: number;
}
export interface Cart {
  readonly id: string;
  readonly customerId: string;
  /** All ids of the person. */
  readonly customerIds: readonly string[];
  /** Who she is, as it was read with the cart. */
  readonly person: Person;
  readonly version: number;
  readonly lines: readonly CartLine[];
  readonly coupons: readonly string[];
}

/**
 * The person's one cart over all her ids, locked in this transaction. Right the very moment after a merge or an unmerge:
 * who her ids are is read here. Undefined when nothing was ever put in.
 */
export async function lockCart(tx: Tx, customerId: string, _now: Date): Promise<Cart | undefined> {
  const locked = await lockPerson(tx, customerId);
  const cart = locked && cartOf(customerId, locked.person, locked.rows);
  if (cart !== undefined && locked !== undefined) lockedOf.set(cart, { tx, rows: locked.rows });
  return cart;
}

/** The same without a lock, for showing. */
export async function readCart(query: Query, customerId: string): Promise<Cart | undefined> {
  const loaded = await loadPerson(query, customerId, null);
  return loaded && cartOf(customerId, loaded.person, loaded.rows);
}

function cartOf(customerId: string, person: Person, rows: readonly Row[]): Cart | undefined {
  const joined = join(rows);
  if (joined === undefined) return undefined;
  return {
    id: joined.id,
    customerId,
    customerIds: person.ids,
    person,
    version: joined.version,
    lines: joined.lines.map(({ addedAtMs, ...line }) => ({ ...line, addedAt: new Date(addedAtMs).toISOString() })),
    coupons: joined.coupons,
  };
}

/** Rows behind a cart: as they are, while the transaction that locked them lasts. */
const lockedOf = new WeakMap<Cart, { readonly tx: Tx; readonly rows: readonly Row[] }>();

interface TakeFrom {
  readonly lineIds: readonly string[];
  readonly orderId: string;
  readonly channel: Channel;
  readonly now: Date;
}

/** The order took these lines: they leave the cart (what was added meanwhile stays), coupons too. */
export async function takeFromCart(tx: Tx, cart: Cart, from: TakeFrom): Promise<void> {
  const changed = await takeLines(tx, cart, from);
  if (changed.length === 0) return;
  const checkAt = new Date(from.now.getTime() + (await readSetting(tx)).idleMinutes * 60_000);
  await writeRows(tx, changed, { channel: from.channel, now: from.now, checkAt });
}

/**
 * The same as part of the statement that writes the order (`text` is one part of its `with`, with parameters from `at`
 * on); undefined when nothing leaves the cart. When to look whether the cart lies idle is reckoned from memory.
 */
export async function takeAlong(
  house: House,
  tx: Tx,
  cart: Cart,
  from: TakeFrom,
): Promise<{ readonly text: (at: number) => string; readonly values: readonly unknown[] } | undefined> {
  const changed = await takeLines(tx, cart, from);
  if (changed.length === 0) return undefined;
  const checkAt = new Date(from.now.getTime() + (await settingSoon(house, tx)).idleMinutes * 60_000);
  const at = { channel: from.channel, now: from.now, checkAt };
  if (changed.every((row) => row.version > 1)) return rowsAlong(changed, at);
  await writeRows(tx, changed, at);
  return undefined;
}

/** The rows as they are without these lines, and the fact of it. */
async function takeLines(tx: Tx, cart: Cart, from: TakeFrom): Promise<readonly Row[]> {
  const locked = lockedOf.get(cart);
  const rows = locked?.tx === tx ? locked.rows : await lockedRows(tx, cart.customerId);
  lockedOf.delete(cart); // taken once; whoever takes again reads again
  const wanted = new Set(from.lineIds);
  const taken = cart.lines.filter((line) => wanted.has(line.id));
  const changed = without(rows, taken, cart.customerId);
  if (changed.length === 0) return changed;
  const after = join(rows.map((row) => changed.find((one) => one.customerId === row.customerId) ?? row));
  await append(tx, [
    fact({
      name: 'cart.changed',
      customerId: cart.customerId,
      channel: from.channel,
      at: from.now,
      data: {
        cartId: cart.id,
        version: after?.version ?? cart.version,
        op: 'ordered',
        orderId: from.orderId,
        lines: after?.lines.length ?? 0,
      },
    }),
  ]);
  return changed;
}
