/**
 * The ledger once more, as simply as it can be said: for tests that draw histories and compare. Knows no SQL and none of
 * the rules of the slice; times are numbers.
 */

interface ModelLot {
  readonly no: number;
  readonly owner: number;
  readonly ref: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly bornMs: number;
  readonly of: number;
  left: number;
  held: number;
}
interface ModelHold {
  readonly ref: string;
  readonly untilMs: number;
  readonly parts: readonly (readonly [lot: ModelLot, amount: number])[];
  state: 'live' | 'captured' | 'released';
  /** Given back, by lot. */
  readonly back: Map<number, number>;
}

export class PurseModel {
  readonly lots: ModelLot[] = [];
  readonly debts: { readonly owner: number; readonly bornMs: number; left: number }[] = [];
  readonly holds: ModelHold[] = [];
  readonly earned = new Map<string, number>();

  earn(owner: number, amount: number, ref: string, nowMs: number, fromMs: number, untilMs: number): void {
    this.add(owner, amount, ref, nowMs, fromMs, untilMs);
    this.earned.set(ref, (this.earned.get(ref) ?? 0) + amount);
  }

  private add(
    owner: number,
    amount: number,
    ref: string | null,
    bornMs: number,
    fromMs: number,
    untilMs: number,
    of = -1,
  ): void {
    const no = this.lots.length;
    this.lots.push({ no, owner, ref, fromMs, untilMs, bornMs, of: of === -1 ? no : of, left: amount, held: 0 });
  }

  /** Lots with something free, in the order of spending. */
  private free(owners: readonly number[], which: (lot: ModelLot) => boolean): ModelLot[] {
    return this.lots
      .filter((lot) => owners.includes(lot.owner) && lot.left > lot.held && which(lot))
      .toSorted((one, other) => {
        if (one.untilMs !== other.untilMs) return one.untilMs < other.untilMs ? -1 : 1;
        if (one.bornMs !== other.bornMs) return one.bornMs < other.bornMs ? -1 : 1;
        return one.no - other.no;
      });
  }

  endHolds(nowMs: number): void {
    for (const hold of this.holds) if (hold.state === 'live' && hold.untilMs <= nowMs) this.letGo(hold);
  }

  private letGo(hold: ModelHold): void {
    hold.state = 'released';
    for (const [lot, amount] of hold.parts) lot.held -= amount;
  }

  settle(owners: readonly number[], nowMs: number): void {
    this.endHolds(nowMs);
    for (const debt of this.debts)
      if (owners.includes(debt.owner))
        for (const lot of this.free(owners, (one) => one.fromMs <= nowMs && one.untilMs > debt.bornMs)) {
          const paid = Math.min(debt.left, lot.left - lot.held);
          lot.left -= paid;
          debt.left -= paid;
        }
  }

  hold(owners: readonly number[], amount: number, ref: string, nowMs: number, untilMs: number): boolean {
    this.settle(owners, nowMs);
    const lots = this.free(owners, (lot) => lot.fromMs <= nowMs && lot.untilMs > nowMs);
    if (lots.reduce((sum, lot) => sum + lot.left - lot.held, 0) < amount) return false;
    const parts: [ModelLot, number][] = [];
    let wanted = amount;
    for (const lot of lots) {
      const part = Math.min(wanted, lot.left - lot.held);
      if (part === 0) break;
      parts.push([lot, part]);
      wanted -= part;
    }
    for (const [lot, part] of parts) lot.held += part;
    this.holds.push({ ref, untilMs, parts, state: 'live', back: new Map() });
    return true;
  }

  capture(ref: string, nowMs: number): boolean {
    const hold = this.holds.find((one) => one.ref === ref);
    if (hold === undefined || hold.state === 'captured') return true;
    if (hold.state === 'released' || hold.untilMs <= nowMs) return false;
    hold.state = 'captured';
    for (const [lot, amount] of hold.parts) {
      lot.left -= amount;
      lot.held -= amount;
    }
    return true;
  }

  release(ref: string): void {
    for (const hold of this.holds) if (hold.ref === ref && hold.state === 'live') this.letGo(hold);
  }

  giveBack(ref: string, amount: number, nowMs: number, graceMs: number): void {
    const hold = this.holds.find((one) => one.ref === ref && one.state === 'captured');
    if (hold === undefined) return;
    let wanted = amount;
    for (const [lot, spent] of hold.parts.toReversed()) {
      const part = Math.min(wanted, spent - (hold.back.get(lot.no) ?? 0));
      if (part <= 0) continue;
      hold.back.set(lot.no, (hold.back.get(lot.no) ?? 0) + part);
      wanted -= part;
      if (lot.untilMs > nowMs) lot.left += part;
      else this.add(lot.owner, part, null, nowMs, nowMs, nowMs + graceMs, lot.of);
    }
  }

  clawBack(
    owner: number,
    owners: readonly number[],
    ref: string,
    amount: number,
    policy: 'debt' | 'deduct',
    nowMs: number,
  ): number[] {
    this.settle(owners, nowMs);
    const due = Math.min(amount, this.earned.get(ref) ?? 0);
    const live = this.free(owners, (lot) => lot.untilMs > nowMs);
    const own = live.filter((lot) => lot.ref === ref);
    const rest = live.filter((lot) => lot.ref !== ref);
    const hasBegun = (lot: ModelLot): boolean => lot.fromMs <= nowMs;
    let left = due;
    const take = (lots: readonly ModelLot[]): number => {
      const before = left;
      for (const lot of lots) {
        const part = Math.min(left, lot.left - lot.held);
        lot.left -= part;
        left -= part;
      }
      return before - left;
    };
    const pending = take(own.filter((lot) => !hasBegun(lot)));
    const begun = take(own.filter(hasBegun));
    const other = take(rest.filter(hasBegun)) + take(rest.filter((lot) => !hasBegun(lot)));
    if (left > 0 && policy === 'debt') this.debts.push({ owner, bornMs: nowMs, left });
    this.earned.set(ref, (this.earned.get(ref) ?? 0) - due + (policy === 'deduct' ? left : 0));
    return [pending, begun, other, left];
  }

  /** Takes what has expired out; what debts had a right to goes to them first. */
  expire(persons: readonly (readonly number[])[], nowMs: number): void {
    this.endHolds(nowMs);
    for (const owners of persons)
      if (this.lots.some((lot) => owners.includes(lot.owner) && lot.untilMs <= nowMs && lot.left > lot.held))
        this.settle(owners, nowMs);
    for (const lot of this.lots) if (lot.untilMs <= nowMs) lot.left = lot.held;
  }

  /** Spendable, pending, held and owed, after debts are repaid by what can repay them, and what is spendable until when. */
  balance(
    owners: readonly number[],
    nowMs: number,
  ): { active: number; pending: number; held: number; debt: number; expiring: [untilMs: number, amount: number][] } {
    const copy = new PurseModel();
    for (const lot of this.lots) copy.lots.push({ ...lot });
    for (const debt of this.debts) copy.debts.push({ ...debt });
    for (const hold of this.holds)
      copy.holds.push({
        ...hold,
        parts: hold.parts.map(([lot, amount]) => [copy.lots[lot.no] ?? lot, amount] as const),
      });
    copy.settle(owners, nowMs);
    const free = (which: (lot: ModelLot) => boolean): number =>
      copy.free(owners, which).reduce((sum, lot) => sum + lot.left - lot.held, 0);
    const debt = copy.debts.reduce((sum, one) => sum + (owners.includes(one.owner) ? one.left : 0), 0);
    const expiring = new Map<number, number>();
    for (const lot of copy.free(owners, (one) => one.fromMs <= nowMs && one.untilMs > nowMs && one.untilMs < Infinity))
      expiring.set(lot.untilMs, (expiring.get(lot.untilMs) ?? 0) + lot.left - lot.held);
    return {
      expiring: [...expiring].slice(0, 5),
      active: free((lot) => lot.fromMs <= nowMs && lot.untilMs > nowMs) - debt,
      pending: free((lot) => lot.fromMs > nowMs && lot.untilMs > nowMs),
      held: copy.lots.reduce((sum, lot) => sum + (owners.includes(lot.owner) ? lot.held : 0), 0),
      debt,
    };
  }
}
