import type { Channel } from '@ruslo/kernel';
import { compareGiven, settle } from './name.ts';
import { anchorSlot, claimSlot, isTechnical, isWeak, linkSlot, ruleOf } from './rules.ts';
import type { Item, KindRules, Proof, Row, Seen } from './rules.ts';
import { changeOf } from './trait.ts';
import type { Profile, Stored } from './trait.ts';

/** A customer id as stored; a person is all ids with one head. */
export interface Customer extends Stored {
  readonly id: string;
  readonly head: string;
}

/** All that `decide` needs to know of the stored world; rows are those of the batch's identifiers. */
export interface Loaded {
  readonly rows: readonly Row[];
  /** Owners of the rows that may change, read under lock. */
  readonly customers: readonly Customer[];
  /** Heads of those who hold a claimed value too. */
  readonly claimantHeads: ReadonlyMap<string, string>;
  /** Strong identifiers and claims of the persons of `customers`. */
  readonly held: readonly {
    readonly head: string;
    readonly customerId: string;
    readonly kind: string;
    readonly value: string;
    readonly slot: string;
  }[];
  /** Active technical identifiers of those persons. */
  readonly weakCounts: readonly {
    readonly head: string;
    readonly customerId: string;
    readonly kind: string;
    readonly count: number;
  }[];
  readonly memberCounts: ReadonlyMap<string, number>;
  /** Given names that their ids go by. */
  readonly firstNames: readonly { readonly head: string; readonly first: string }[];
  /** Pairs of heads that no rule may join. */
  readonly aparts: readonly (readonly [string, string])[];
  readonly blocked: ReadonlySet<string>;
  readonly rules: KindRules;
}

export interface NewCustomer {
  readonly id: string;
  readonly head: string;
  readonly at: string;
  readonly channel: Channel;
  readonly sourceId: string | null;
  readonly profile: Profile;
}
export interface NewIdentifier {
  readonly kind: string;
  readonly value: string;
  readonly slot: string;
  readonly customerId: string;
  readonly proof: Proof;
  readonly state: 'active' | 'shared';
  readonly how: string;
  readonly channel: Channel;
  readonly sourceId: string | null;
  readonly at: string;
}
export interface EvidenceLine {
  readonly field: string;
  readonly a: string;
  readonly b: string;
  readonly verdict: 'agree' | 'similar' | 'differ';
  readonly weight: number;
}
export interface NewMerge {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly why: string;
  readonly evidence: readonly EvidenceLine[];
  readonly viaKind: string;
  readonly viaValue: string;
  readonly at: string;
  readonly channel: Channel;
  readonly sourceId: string | null;
}
export interface Share {
  readonly kind: string;
  readonly value: string;
  readonly from: string;
  readonly to: string;
}
/** The same value on two persons who are not joined by it: a hint for linkage. */
export interface Collision {
  readonly customerId: string;
  readonly others: readonly string[];
  readonly kind: string;
}

/** What is new. Everything is empty when the batch told nothing new. */
export interface Decided {
  readonly customers: readonly NewCustomer[];
  readonly identifiers: readonly NewIdentifier[];
  readonly retires: readonly { readonly head: string; readonly kind: string; readonly most: number }[];
  readonly shares: readonly Share[];
  readonly merges: readonly NewMerge[];
  /** New value of the head of a person, by its old head. */
  readonly heads: ReadonlyMap<string, string>;
  readonly changes: ReadonlyMap<string, Profile>;
  readonly collisions: readonly Collision[];
  /** Customers whose search line may have changed. */
  readonly touched: ReadonlySet<string>;
}

interface Person {
  head: string;
  members: number;
  /** Active linking identifiers that name a person, by kind. */
  readonly strong: Map<string, Set<string>>;
  readonly weak: Map<string, number>;
  /** Given names, settled. */
  readonly firsts: Set<string>;
}

type Entry = { -readonly [Key in keyof Customer]: Customer[Key] } & {
  fresh?: Omit<NewCustomer, 'profile' | 'id' | 'head'>;
};

/** Ids that one person may gather by rule; beyond it something sends nonsense. */
const maxMembers = 1_000;
/** Anybody may make up names of outside systems; nobody is known in so many. */
const maxKinds = 40;
/** Claims of all kinds on one customer id. */
const maxClaims = 60;
/** A value that so many others hold is nobody's own, and gives no hint. */
const maxOthers = 8;

/**
 * Decides a batch in its order; what one sighting creates the next one knows.
 *
 * - Links of a sighting are taken by priority. The first known strong one is the base; further known ones join their
 *   person to it, unless limits or a parted pair speak against it: then the weaker identifier is dropped to a claim.
 * - Whoever goes by quite another given name is not joined by rule, whatever identifier they share.
 * - What only a device says is trusted less: it joins two persons only if they have no kind of strong identifier in
 *   common. If they have, the device has been seen with a second person and is shared: it links no more, and whom it
 *   had joined are parted again (by the caller, from the standing merges).
 * - A known device does not take a new strong identifier in: the identifier gets a customer of its own and the two are
 *   joined, so that it can be undone when the device turns out to be shared.
 * - Claims never join. They stand beside the base; with no base they find the one who claimed the same under the same name.
 */
export class Decision {
  readonly #links = new Map<string, { customerId: string; state: Row['state'] }>();
  readonly #anchors = new Map<string, string>();
  readonly #claimants = new Map<string, Set<string>>();
  readonly #customers = new Map<string, Entry>();
  readonly #persons = new Map<string, Person>();
  readonly #parents = new Map<string, string>();
  readonly #ownStrong = new Set<string>();
  readonly #ownWeak = new Map<string, number>();
  readonly #claimCounts = new Map<string, number>();
  readonly #loaded: Loaded;
  readonly #newId: () => string;
  readonly #identifiers: NewIdentifier[] = [];
  readonly #retires = new Map<string, { head: string; kind: string; most: number }>();
  readonly #shares: Share[] = [];
  readonly #merges: NewMerge[] = [];
  readonly #changes = new Map<string, Profile>();
  readonly #collisions: Collision[] = [];
  readonly #touched = new Set<string>();

  constructor(loaded: Loaded, newId: () => string) {
    this.#loaded = loaded;
    this.#newId = newId;
    for (const row of loaded.rows) this.#takeRow(row);
    for (const customer of loaded.customers) {
      this.#customers.set(customer.id, { ...customer });
      this.#parents.set(customer.head, customer.head);
    }
    for (const head of this.#parents.keys()) {
      this.#persons.set(head, {
        head,
        members: loaded.memberCounts.get(head) ?? 1,
        strong: new Map(),
        weak: new Map(),
        firsts: new Set(),
      });
    }
    for (const { head, first } of loaded.firstNames) this.#persons.get(head)?.firsts.add(settle(first));
    for (const row of loaded.held) this.#takeHeld(row);
    for (const { head, customerId, kind, count } of loaded.weakCounts) {
      const weak = this.#persons.get(head)?.weak;
      weak?.set(kind, (weak.get(kind) ?? 0) + count);
      this.#ownWeak.set(customerId, (this.#ownWeak.get(customerId) ?? 0) + count);
    }
  }

  #takeRow(row: Row): void {
    const key = `${row.kind} ${row.value}`;
    if (row.slot === linkSlot) this.#links.set(key, { customerId: row.customerId, state: row.state });
    else if (row.slot.startsWith('anchor ')) this.#anchors.set(`${key} ${row.slot}`, row.customerId);
    this.#claimant(key).add(row.customerId);
  }

  #takeHeld(row: Loaded['held'][number]): void {
    const person = this.#persons.get(row.head);
    if (person === undefined) return;
    if (row.slot === linkSlot) {
      values(person.strong, row.kind).add(row.value);
      this.#ownStrong.add(row.customerId);
    } else this.#count(row.customerId, row.kind);
  }

  /** Owner of one sighting; null when everything in it is blocked. */
  decide(item: Item): string | null {
    const free = (seen: Seen): boolean => !this.#loaded.blocked.has(seen.key);
    const byPriority = (a: Seen, b: Seen): number =>
      ruleOf(this.#loaded.rules, b.kind).priority - ruleOf(this.#loaded.rules, a.kind).priority;
    const links = item.links.filter(free).toSorted(byPriority);
    const claims = item.claims.filter(free).toSorted(byPriority);
    const strong = this.#strongBase(
      links.filter((seen) => !isWeak(seen.kind)),
      item,
    );
    const weak = this.#weakBase(
      links.filter((seen) => isWeak(seen.kind)),
      strong.base,
      item,
    );
    let { base } = weak;
    const aliases = item.aliases.filter(free);
    const previous = aliases.find((seen) => this.#links.has(seen.key)) ?? aliases[0];
    if (previous !== undefined) base = this.#alias(previous, base, item);
    base ??= this.#anchorBase(claims, item) ?? weak.sharedOwner;
    if (base === undefined) return null;
    for (const seen of strong.dropped) this.#claim(seen, base, item);
    for (const seen of claims) this.#claim(seen, base, item);
    this.#learn(base, item);
    return base;
  }

  /** Owner of a sighting in which nothing was new when the batch was loaded. */
  again(item: Item): string | null {
    const priority = (seen: Seen): number => ruleOf(this.#loaded.rules, seen.kind).priority;
    const known = item.links.filter((seen) => this.#links.has(seen.key)).toSorted((a, b) => priority(b) - priority(a));
    const active = known.find((seen) => this.#links.get(seen.key)?.state !== 'shared') ?? known[0];
    return active === undefined ? this.decide(item) : (this.#links.get(active.key)?.customerId ?? null);
  }

  #strongBase(links: readonly Seen[], item: Item): { base: string | undefined; dropped: Seen[] } {
    let base: string | undefined;
    const fresh: Seen[] = [];
    const dropped: Seen[] = [];
    for (const seen of links) {
      const owner = this.#links.get(seen.key);
      if (owner === undefined) {
        if (base === undefined) fresh.push(seen);
        else if (this.#fits(base, seen)) this.#attach(seen, base, item);
      } else if (owner.state === 'shared') {
        continue;
      } else if (base !== undefined) {
        if (!this.#join(owner.customerId, base, seen, item, 'strong')) dropped.push(seen);
      } else if (fresh.every((other) => this.#fits(owner.customerId, other))) {
        base = owner.customerId;
        for (const other of fresh) if (this.#fits(base, other)) this.#attach(other, base, item);
      } else dropped.push(seen);
    }
    if (base === undefined && fresh.length > 0) {
      base = this.#create(item);
      for (const seen of fresh) if (this.#fits(base, seen)) this.#attach(seen, base, item);
    }
    return { base, dropped };
  }

  #weakBase(
    links: readonly Seen[],
    strongBase: string | undefined,
    item: Item,
  ): { base: string | undefined; sharedOwner: string | undefined } {
    let base = strongBase;
    let sharedOwner: string | undefined;
    const fresh: Seen[] = [];
    for (const seen of links) {
      const owner = this.#links.get(seen.key);
      if (owner === undefined) fresh.push(seen);
      else if (owner.state === 'shared') sharedOwner ??= owner.customerId;
      else if (base === undefined) base = owner.customerId;
      else if (!this.#join(owner.customerId, base, seen, item, 'weak') && !this.#isApart(owner.customerId, base))
        this.#share(seen, owner.customerId, item);
    }
    // A new cookie on a shared machine is somebody of her own.
    if (base === undefined && fresh.length > 0) base = this.#create(item);
    if (base !== undefined) for (const seen of fresh) this.#attach(seen, base, item);
    return { base, sharedOwner };
  }

  /** The source itself says that two ids are one person: limits do not matter, only that nobody parted them. */
  #alias(previous: Seen, base: string | undefined, item: Item): string {
    const owner = this.#links.get(previous.key);
    if (owner === undefined) {
      const customerId = base ?? this.#create(item);
      this.#attach(previous, customerId, item, 'alias');
      return customerId;
    }
    if (base === undefined) return owner.customerId;
    if (owner.state !== 'shared') this.#join(owner.customerId, base, previous, item, 'alias');
    return base;
  }

  #anchorBase(claims: readonly Seen[], item: Item): string | undefined {
    if (claims.length === 0) return undefined;
    const slot = anchorSlot(item.who);
    const known = claims.map((seen) => this.#anchors.get(`${seen.key} ${slot}`)).find((id) => id !== undefined);
    const base = known ?? this.#create(item);
    for (const seen of claims) {
      if (this.#anchors.has(`${seen.key} ${slot}`) || !this.#countUp(base, seen.kind)) continue;
      this.#anchors.set(`${seen.key} ${slot}`, base);
      this.#write(seen, slot, base, item, 'event');
      this.#collide(seen, base);
    }
    return base;
  }

  #claim(seen: Seen, base: string, item: Item): void {
    if (this.#claimant(seen.key).has(base) || !this.#countUp(base, seen.kind)) return;
    this.#write({ ...seen, proof: 'claimed' }, claimSlot(base), base, item, 'event');
    this.#collide(seen, base);
  }

  #attach(seen: Seen, base: string, item: Item, how = 'event'): void {
    const person = this.#person(base);
    this.#links.set(seen.key, { customerId: base, state: 'active' });
    this.#write(seen, linkSlot, base, item, how);
    if (isWeak(seen.kind)) {
      const count = (person.weak.get(seen.kind) ?? 0) + 1;
      person.weak.set(seen.kind, count);
      this.#ownWeak.set(base, (this.#ownWeak.get(base) ?? 0) + 1);
      const { most } = ruleOf(this.#loaded.rules, seen.kind);
      if (count > most) this.#retires.set(`${person.head} ${seen.kind}`, { head: person.head, kind: seen.kind, most });
      return;
    }
    values(person.strong, seen.kind).add(seen.value);
    this.#ownStrong.add(base);
    if (!isTechnical(seen.kind)) this.#collide(seen, base);
  }

  #write(seen: Seen, slot: string, customerId: string, item: Item, how: string): void {
    this.#identifiers.push({
      kind: seen.kind,
      value: seen.value,
      slot,
      customerId,
      proof: seen.proof,
      state: 'active',
      how,
      channel: item.channel,
      sourceId: item.sourceId,
      at: item.at,
    });
    if (!isTechnical(seen.kind)) this.#touched.add(customerId);
  }

  /** Tells linkage of others who hold the value, once: when it is new on this customer. */
  #collide(seen: Seen, base: string): void {
    const holders = this.#claimant(seen.key);
    const mine = this.#headOf(base);
    const others = [...holders].filter((id) => this.#headOf(id) !== mine);
    holders.add(base);
    if (others.length > 0 && others.length < maxOthers)
      this.#collisions.push({ customerId: base, others, kind: seen.kind });
  }

  #join(from: string, base: string, seen: Seen, item: Item, how: 'strong' | 'weak' | 'alias'): boolean {
    const [p, q] = [this.#person(from), this.#person(base)];
    if (p === q) return true;
    if (this.#isApart(from, base) || p.members + q.members > maxMembers || (how !== 'alias' && !this.#agree(p, q, how)))
      return false;
    const [stays, goes] = p.head < q.head ? [p, q] : [q, p];
    this.#parents.set(goes.head, stays.head);
    stays.members += goes.members;
    for (const [kind, held] of goes.strong) for (const value of held) values(stays.strong, kind).add(value);
    for (const [kind, count] of goes.weak) stays.weak.set(kind, (stays.weak.get(kind) ?? 0) + count);
    for (const first of goes.firsts) stays.firsts.add(first);
    this.#persons.delete(goes.head);
    this.#merges.push({
      id: this.#newId(),
      a: from,
      b: base,
      why: how === 'alias' ? 'alias' : 'identifier',
      viaKind: seen.kind,
      viaValue: seen.value,
      at: item.at,
      evidence: [{ field: seen.kind, a: seen.value, b: seen.value, verdict: 'agree', weight: how === 'weak' ? 5 : 10 }],
      channel: item.channel,
      sourceId: item.sourceId,
    });
    this.#touched.add(from).add(base);
    return true;
  }

  #agree(p: Person, q: Person, how: 'strong' | 'weak'): boolean {
    if (differ(p.firsts, q.firsts)) return false;
    for (const [kind, held] of q.strong) {
      const other = p.strong.get(kind);
      if (other === undefined) continue;
      if (other.size + held.size > (how === 'weak' ? 1 : ruleOf(this.#loaded.rules, kind).most)) return false;
    }
    return true;
  }

  /** The device has been seen with a second person. What it alone had shown becomes its own customer's. */
  #share(seen: Seen, owner: string, item: Item): void {
    // A customer that this device alone stands for goes on as the machine's own.
    const isOwn = !this.#ownStrong.has(owner) && (this.#ownWeak.get(owner) ?? 0) <= 1;
    const to = isOwn ? owner : this.#create({ ...item, profile: undefined });
    this.#links.set(seen.key, { customerId: to, state: 'shared' });
    const written = this.#identifiers.findIndex(
      (row) => row.kind === seen.kind && row.value === seen.value && row.slot === linkSlot,
    );
    const fresh = this.#identifiers[written];
    if (fresh !== undefined) this.#identifiers[written] = { ...fresh, customerId: to, state: 'shared' };
    this.#shares.push({ kind: seen.kind, value: seen.value, from: owner, to });
  }

  #fits(customerId: string, seen: Seen): boolean {
    const { strong } = this.#person(customerId);
    const held = strong.get(seen.kind);
    if (held === undefined && strong.size >= maxKinds) return false;
    return held === undefined || held.has(seen.value) || held.size < ruleOf(this.#loaded.rules, seen.kind).most;
  }

  #isApart(a: string, b: string): boolean {
    const [p, q] = [this.#headOf(a), this.#headOf(b)];
    return this.#loaded.aparts.some(([x, y]) => {
      const [left, right] = [this.#find(x), this.#find(y)];
      return (left === p && right === q) || (left === q && right === p);
    });
  }

  #create(item: Item): string {
    const id = this.#newId();
    this.#customers.set(id, {
      id,
      head: id,
      fixed: [],
      fresh: { at: item.at, channel: item.channel, sourceId: item.sourceId },
    });
    this.#parents.set(id, id);
    const first = item.profile?.first;
    const firsts = new Set(first === undefined ? [] : [settle(first)]);
    this.#persons.set(id, { head: id, members: 1, strong: new Map(), weak: new Map(), firsts });
    return id;
  }

  /** Takes new names and attributes in. */
  #learn(base: string, item: Item): void {
    const entry = this.#customers.get(base);
    if (entry === undefined || item.profile === undefined) return;
    const change = changeOf(entry, item.profile);
    if (change === undefined) return;
    const attributes = { ...entry.attributes, ...change.profile.attributes };
    Object.assign(entry, change.profile, Object.keys(attributes).length > 0 ? { attributes } : {});
    if (entry.fresh === undefined) {
      const before = this.#changes.get(base);
      this.#changes.set(base, {
        ...before,
        ...change.profile,
        ...(change.profile.attributes === undefined && before?.attributes === undefined
          ? {}
          : { attributes: { ...before?.attributes, ...change.profile.attributes } }),
      });
    }
    if (change.profile.first !== undefined)
      this.#persons.get(this.#headOf(base))?.firsts.add(settle(change.profile.first));
    if (change.fields.some((field) => field === 'first' || field === 'middle' || field === 'last'))
      this.#touched.add(base);
  }

  #find(head: string): string {
    let at = head;
    for (let up = this.#parents.get(at); up !== undefined && up !== at; up = this.#parents.get(at)) at = up;
    return at;
  }

  #headOf(customerId: string): string {
    const head = this.#customers.get(customerId)?.head ?? this.#loaded.claimantHeads.get(customerId) ?? customerId;
    return this.#find(head);
  }

  #person(customerId: string): Person {
    const head = this.#headOf(customerId);
    const person = this.#persons.get(head);
    if (person === undefined) throw new Error(`customer ${customerId} was not loaded`);
    return person;
  }

  #claimant(key: string): Set<string> {
    return values(this.#claimants, key);
  }

  #count(customerId: string, kind: string): void {
    for (const key of [customerId, `${customerId} ${kind}`])
      this.#claimCounts.set(key, (this.#claimCounts.get(key) ?? 0) + 1);
  }

  /** False when the customer has claimed as many as she may. */
  #countUp(customerId: string, kind: string): boolean {
    const most = Math.max(5, ruleOf(this.#loaded.rules, kind).most);
    const [all, ofKind] = [this.#claimCounts.get(customerId) ?? 0, this.#claimCounts.get(`${customerId} ${kind}`) ?? 0];
    if (all >= maxClaims || ofKind >= most) return false;
    this.#count(customerId, kind);
    return true;
  }

  /** What all sightings so far brought. */
  result(): Decided {
    const heads = new Map<string, string>();
    for (const head of this.#parents.keys()) {
      const found = this.#find(head);
      if (found !== head) heads.set(head, found);
    }
    const customers: NewCustomer[] = [];
    for (const { id, head, fresh, fixed: _fixed, ...profile } of this.#customers.values()) {
      if (fresh !== undefined) customers.push({ ...fresh, id, head: this.#find(head), profile });
    }
    return {
      customers,
      heads,
      identifiers: this.#identifiers,
      retires: [...this.#retires.values()].map((retire) => ({ ...retire, head: this.#find(retire.head) })),
      shares: this.#shares,
      merges: this.#merges,
      changes: this.#changes,
      collisions: this.#collisions,
      touched: this.#touched,
    };
  }
}

/** Two given names that no short form, spelling or slip makes one: a phone or a card that goes round in a family. */
function differ(p: ReadonlySet<string>, q: ReadonlySet<string>): boolean {
  if (p.size === 0 || q.size === 0) return false;
  return [...p].every((a) => [...q].every((b) => compareGiven(a, b) === 'differ'));
}

function values(map: Map<string, Set<string>>, key: string): Set<string> {
  let set = map.get(key);
  if (set === undefined) {
    set = new Set();
    map.set(key, set);
  }
  return set;
}
