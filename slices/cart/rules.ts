import type { Channel, Result } from '@ruslo/kernel';
import { mostMinor, ok, refuse } from '@ruslo/kernel';

/** Decisions about carts, without the world. */

/** A line of one customer id's row. */
export interface RowLine {
  readonly id: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly channel: Channel;
  readonly addedAtMs: number;
  readonly seenPriceMinor: number;
}

/** What one customer id put into the cart. The cart of a person is the join of the rows of her ids. */
export interface Row {
  readonly customerId: string;
  readonly id: string;
  /** 0 = not stored yet. */
  readonly version: number;
  readonly lines: readonly RowLine[];
  readonly coupons: readonly string[];
}

export interface Joined {
  readonly id: string;
  readonly version: number;
  readonly lines: readonly RowLine[];
  readonly coupons: readonly string[];
}

/** No cart has more different goods. */
export const mostLines = 200;
export const mostCoupons = 10;

const earlier = (a: RowLine, b: RowLine): number =>
  a.addedAtMs - b.addedAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * The one cart of all rows: the same variant is one line with the sum of the quantities, and is otherwise what was put
 * in first. The order of the rows makes no difference, and a row given twice counts once. Undefined for no rows.
 */
export function join(rows: readonly Row[]): Joined | undefined {
  const byCustomer = new Map(rows.map((row) => [row.customerId, row]));
  if (byCustomer.size === 1) return rows[0];
  const sorted = [...byCustomer.values()].toSorted((a, b) => (a.customerId < b.customerId ? -1 : 1));
  const [first] = sorted;
  if (first === undefined) return undefined;
  const lines = new Map<string, RowLine>();
  for (const line of sorted.flatMap((row) => row.lines).toSorted(earlier)) {
    const known = lines.get(line.variantId);
    lines.set(line.variantId, known === undefined ? line : { ...known, quantity: known.quantity + line.quantity });
  }
  return {
    id: first.id,
    version: sorted.reduce((sum, row) => sum + row.version, 0),
    lines: [...lines.values()],
    coupons: [...new Set(sorted.flatMap((row) => row.coupons))].toSorted(),
  };
}

export type Op =
  | { readonly op: 'add' | 'take' | 'set'; readonly variantId: string; readonly quantity: number }
  | { readonly op: 'remove'; readonly variantId: string }
  | { readonly op: 'clear' }
  | { readonly op: 'add-coupon' | 'remove-coupon'; readonly code: string }
  | { readonly op: 'acknowledge'; readonly variantIds?: readonly string[] | undefined };

/** What the rules need to know of a variant. */
export interface Goods {
  readonly priceMinor: number;
  readonly unit: 'piece' | 'weight';
  readonly state: 'active' | 'withdrawn';
}

export interface Limits {
  readonly mostPieces: number;
  readonly mostGrams: number;
}

/** What an operation did: the quantity that the line has now, and the limit when it was cut to it. */
export interface Did {
  readonly op: Op['op'];
  readonly variantId?: string;
  readonly code?: string;
  readonly quantity?: number;
  readonly most?: number;
}

export interface Applied {
  /** Rows that changed, with the version they will have. */
  readonly changed: readonly Row[];
  /** All rows as they are afterwards. */
  readonly rows: readonly Row[];
  readonly did: readonly Did[];
  /** Operations that take it back. */
  readonly undo: readonly Op[];
}

export interface Circumstances {
  /** Whose row takes what is added. */
  readonly customerId: string;
  readonly goods: ReadonlyMap<string, Goods>;
  readonly channel: Channel;
  readonly atMs: number;
  readonly limits: Limits;
  readonly newId: () => string;
}

/**
 * Applies operations in their order, all or none. They are told by variant and quantity, not by what the asker saw, so
 * those of several faces can be applied to the newest cart one after the other and none is lost.
 */
export function apply(rows: readonly Row[], ops: readonly Op[], at: Circumstances): Result<Applied> {
  const work = new Work(rows, at);
  for (const op of ops) {
    const refused = work.do(op);
    if (refused !== undefined) return refused;
  }
  return ok(work.result());
}

interface Draft {
  row: Row;
  lines: RowLine[];
  coupons: string[];
  isChanged: boolean;
}

class Work {
  readonly #at: Circumstances;
  readonly #drafts: Draft[];
  readonly #did: Did[] = [];
  readonly #undo: Op[] = [];

  constructor(rows: readonly Row[], at: Circumstances) {
    this.#at = at;
    this.#drafts = rows.map((row) => ({ row, lines: [...row.lines], coupons: [...row.coupons], isChanged: false }));
  }

  do(op: Op): Result<never> | undefined {
    switch (op.op) {
      case 'add':
        return this.#add(op.variantId, op.quantity);
      case 'take':
        return this.#set('take', op.variantId, Math.max(0, this.#quantity(op.variantId) - op.quantity));
      case 'set':
        return this.#set('set', op.variantId, op.quantity);
      case 'remove':
        return this.#set('remove', op.variantId, 0);
      case 'clear':
        return this.#clear();
      case 'add-coupon':
        return this.#addCoupon(op.code);
      case 'remove-coupon':
        return this.#removeCoupon(op.code);
      case 'acknowledge':
        return this.#acknowledge(op.variantIds);
    }
  }

  result(): Applied {
    const rows = this.#drafts.map((draft) =>
      draft.isChanged
        ? { ...draft.row, version: draft.row.version + 1, lines: draft.lines, coupons: draft.coupons }
        : draft.row,
    );
    return {
      rows,
      changed: rows.filter((_, index) => this.#drafts[index]?.isChanged === true),
      did: this.#did,
      undo: this.#undo.toReversed(),
    };
  }

  #add(variantId: string, quantity: number): Result<never> | undefined {
    const goods = this.#at.goods.get(variantId);
    if (goods === undefined) return refuse('cart.unknown-variant', 422, { variantId });
    if (goods.state === 'withdrawn') return refuse('cart.withdrawn', 409, { variantId });
    const before = this.#quantity(variantId);
    if (before === 0 && this.#variants().size >= mostLines) return refuse('cart.full', 422, { limit: mostLines });
    const most = this.#most(variantId);
    const added = Math.max(0, Math.min(quantity, most - before));
    if (added > 0) {
      this.#put(variantId, added, goods);
      this.#undo.push({ op: 'take', variantId, quantity: added });
    }
    this.#did.push({ op: 'add', variantId, quantity: before + added, ...(added < quantity && { most }) });
    return undefined;
  }

  #set(op: 'take' | 'set' | 'remove', variantId: string, wanted: number): Result<never> | undefined {
    const before = this.#quantity(variantId);
    const most = this.#most(variantId);
    const to = wanted > before ? Math.max(before, Math.min(wanted, most)) : wanted;
    if (to > before) {
      const goods = this.#at.goods.get(variantId);
      if (goods === undefined) return refuse('cart.unknown-variant', 422, { variantId });
      if (goods.state === 'withdrawn') return refuse('cart.withdrawn', 409, { variantId });
      if (before === 0 && this.#variants().size >= mostLines) return refuse('cart.full', 422, { limit: mostLines });
      this.#put(variantId, to - before, goods);
    } else this.#lessen(variantId, before - to);
    if (to !== before) this.#undo.push(undoOf(op, variantId, before, to));
    this.#did.push({ op, variantId, quantity: to, ...(to < wanted && { most }) });
    return undefined;
  }

  #clear(): undefined {
    for (const draft of this.#drafts) {
      if (draft.lines.length === 0 && draft.coupons.length === 0) continue;
      for (const line of draft.lines)
        this.#undo.push({ op: 'add', variantId: line.variantId, quantity: line.quantity });
      for (const code of draft.coupons) this.#undo.push({ op: 'add-coupon', code });
      draft.lines = [];
      draft.coupons = [];
      draft.isChanged = true;
    }
    this.#did.push({ op: 'clear' });
    return undefined;
  }

  #addCoupon(code: string): Result<never> | undefined {
    const held = new Set(this.#drafts.flatMap((draft) => draft.coupons));
    if (!held.has(code)) {
      if (held.size >= mostCoupons) return refuse('cart.too-many-coupons', 422, { limit: mostCoupons });
      const own = this.#own();
      own.coupons.push(code);
      own.isChanged = true;
      this.#undo.push({ op: 'remove-coupon', code });
    }
    this.#did.push({ op: 'add-coupon', code });
    return undefined;
  }

  #removeCoupon(code: string): undefined {
    const holding = this.#drafts.filter((draft) => draft.coupons.includes(code));
    for (const draft of holding) {
      draft.coupons = draft.coupons.filter((one) => one !== code);
      draft.isChanged = true;
    }
    if (holding.length > 0) this.#undo.push({ op: 'add-coupon', code });
    this.#did.push({ op: 'remove-coupon', code });
    return undefined;
  }

  /** She has seen the prices of now. */
  #acknowledge(variantIds: readonly string[] | undefined): undefined {
    const wanted = variantIds === undefined ? undefined : new Set(variantIds);
    for (const draft of this.#drafts) {
      for (const [index, line] of draft.lines.entries()) {
        const price = this.#at.goods.get(line.variantId)?.priceMinor ?? line.seenPriceMinor;
        if (wanted?.has(line.variantId) === false || price === line.seenPriceMinor) continue;
        draft.lines[index] = { ...line, seenPriceMinor: price };
        draft.isChanged = true;
      }
    }
    this.#did.push({ op: 'acknowledge' });
    return undefined;
  }

  #put(variantId: string, quantity: number, goods: Goods): void {
    const { channel, atMs } = this.#at;
    const own = this.#own();
    const index = own.lines.findIndex((line) => line.variantId === variantId);
    const known = own.lines[index];
    own.isChanged = true;
    if (known === undefined)
      own.lines.push({
        id: this.#at.newId(),
        variantId,
        quantity,
        channel,
        addedAtMs: atMs,
        seenPriceMinor: goods.priceMinor,
      });
    else
      own.lines[index] = {
        ...known,
        quantity: known.quantity + quantity,
        // The face that shows the line shows its price too; another one may not have shown it.
        ...(known.channel === channel && { seenPriceMinor: goods.priceMinor }),
      };
  }

  /** From her own row first: what another id brought in stays with it as long as it may. */
  #lessen(variantId: string, quantity: number): void {
    let left = quantity;
    const ownFirst = this.#drafts.toSorted((a, b) => Number(this.#isOwn(b)) - Number(this.#isOwn(a)));
    for (const draft of ownFirst) {
      const index = draft.lines.findIndex((line) => line.variantId === variantId);
      const line = draft.lines[index];
      if (line === undefined || left === 0) continue;
      const gone = Math.min(left, line.quantity);
      left -= gone;
      if (gone === line.quantity) draft.lines.splice(index, 1);
      else draft.lines[index] = { ...line, quantity: line.quantity - gone };
      draft.isChanged = true;
    }
  }

  #own(): Draft {
    let own = this.#drafts.find((draft) => this.#isOwn(draft));
    if (own === undefined) {
      const row: Row = { customerId: this.#at.customerId, id: this.#at.newId(), version: 0, lines: [], coupons: [] };
      own = { row, lines: [], coupons: [], isChanged: false };
      this.#drafts.push(own);
    }
    return own;
  }

  #isOwn(draft: Draft): boolean {
    return draft.row.customerId === this.#at.customerId;
  }

  #quantity(variantId: string): number {
    let sum = 0;
    for (const draft of this.#drafts)
      for (const line of draft.lines) if (line.variantId === variantId) sum += line.quantity;
    return sum;
  }

  #variants(): Set<string> {
    return new Set(this.#drafts.flatMap((draft) => draft.lines.map((line) => line.variantId)));
  }

  #most(variantId: string): number {
    const { limits, goods } = this.#at;
    const { unit, priceMinor = 0 } = goods.get(variantId) ?? {};
    const [most, of] = unit === 'weight' ? [limits.mostGrams, 1_000] : [limits.mostPieces, 1];
    return priceMinor === 0 ? most : Math.max(1, Math.min(most, Math.floor((mostMinor / priceMinor) * of)));
  }
}

function undoOf(op: 'take' | 'set' | 'remove', variantId: string, before: number, to: number): Op {
  if (op === 'set') return { op: 'set', variantId, quantity: before };
  return { op: 'add', variantId, quantity: before - to };
}

export type Notice =
  | {
      readonly code: 'price-changed';
      readonly lineId: string;
      readonly variantId: string;
      readonly fromMinor: number;
      readonly toMinor: number;
    }
  | { readonly code: 'short'; readonly lineId: string; readonly variantId: string; readonly available: number }
  | { readonly code: 'withdrawn'; readonly lineId: string; readonly variantId: string }
  | { readonly code: 'coupon-refused'; readonly coupon: string; readonly why: string };

/** What differs from what she saw: told, and never changed in silence. */
export function noticeOf(
  line: Pick<RowLine, 'id' | 'variantId' | 'quantity' | 'seenPriceMinor'>,
  now: { readonly priceMinor: number } | undefined,
  available: number | null,
): Notice[] {
  const about = { lineId: line.id, variantId: line.variantId };
  if (now === undefined) return [{ code: 'withdrawn', ...about }];
  const notices: Notice[] = [];
  if (now.priceMinor !== line.seenPriceMinor)
    notices.push({ code: 'price-changed', ...about, fromMinor: line.seenPriceMinor, toMinor: now.priceMinor });
  if (available !== null && available < line.quantity) notices.push({ code: 'short', ...about, available });
  return notices;
}

/** Lines and coupons that an order took leave the rows; what the lines have more than it took stays. */
export function without(
  rows: readonly Row[],
  taken: readonly { readonly variantId: string; readonly quantity: number }[],
  customerId: string,
): readonly Row[] {
  const at: Circumstances = {
    customerId,
    goods: new Map(),
    channel: 'system',
    atMs: 0,
    limits: { mostPieces: 0, mostGrams: 0 },
    newId: () => '',
  };
  const coupons = rows.flatMap((row) => row.coupons);
  const applied = apply(
    rows,
    [
      ...taken.map(({ variantId, quantity }) => ({ op: 'take', variantId, quantity }) as const),
      ...[...new Set(coupons)].map((code) => ({ op: 'remove-coupon', code }) as const),
    ],
    at,
  );
  return applied.ok ? applied.value.changed : [];
}
