import { append, fact, newId } from '@ruslo/platform';
import type { NewEvent, Query, Tx } from '@ruslo/platform';
import { Decision } from './decide.ts';
import type { Customer, Decided } from './decide.ts';
import { partMerges } from './merge.ts';
import { isTechnical, keyOf, linkSlot, anchorSlot, prepare, ruleOf } from './rules.ts';
import type { Item, KindRules, Row, Sighting } from './rules.ts';
import { refreshSearch } from './search.ts';
import {
  headsById,
  insertCustomers,
  insertIdentifiers,
  insertMerges,
  loadAttributeTypes,
  loadBlocked,
  loadPersons,
  loadRows,
  loadRules,
  lockCustomers,
  moveHeads,
  noteUndeclared,
  Overtaken,
  peekCustomers,
  retire,
  saveShares,
  updateProfiles,
  mergesVia,
} from './store.ts';
import { suggestionsAbout } from './store-linkage.ts';
import { changeOf } from './trait.ts';
import type { AttributeType } from './trait.ts';

const noAttributes: ReadonlyMap<string, AttributeType> = new Map();

/**
 * Finds or makes the customer of each sighting, in the caller's transaction; what a sighting creates the next one of the
 * batch knows. Where nothing is new it takes one query, or two when a sighting names several ids of one person or traits.
 *
 * Call it inside `db.retry`: when another process was quicker with the same identifiers it throws what `retry` takes up.
 * @returns the owner's customer id (not the head) for each sighting; null where nothing in it can name anybody.
 */
export async function resolve(tx: Tx, sightings: readonly Sighting[], now: Date): Promise<(string | null)[]> {
  const undeclared = new Set<string>();
  const hasTraits = sightings.some((sighting) => sighting.traits !== undefined);
  const attributes = hasTraits ? await loadAttributeTypes(tx) : noAttributes;
  const options = {
    attributes,
    undeclared: (key: string): void => {
      if (undeclared.size < 100) undeclared.add(key.slice(0, 200));
    },
  };
  const items = sightings.map((sighting) => prepare(sighting, options));
  await reportUndeclared(tx, undeclared, now);
  const present = items.filter((item) => item !== undefined);
  if (present.length === 0) return items.map(() => null);
  const rows = await loadRows(tx, present);
  const { quick, told } = await glance(tx, present, rows);
  const slow = present.filter((item) => !quick.has(item));
  const owners = slow.length === 0 ? quick : await decideSlow(tx, { items: present, quick, told, slow, rows }, now);
  return items.map((item) => (item === undefined ? null : (owners.get(item) ?? null)));
}

// Reported once a process: a trait that nobody declared comes with every event.
const reported = new Set<string>();

async function reportUndeclared(tx: Tx, keys: ReadonlySet<string>, now: Date): Promise<void> {
  // oxlint-disable-next-line no-control-regex -- Postgres cannot store NUL
  const fresh = [...keys].filter((key) => !reported.has(key) && key !== '' && !/[\u0000]|\p{Cs}/u.test(key));
  if (fresh.length === 0 || reported.size > 5_000) return;
  await noteUndeclared(tx, fresh.toSorted(), now);
  for (const key of fresh) reported.add(key);
}

// Priorities and limits change with a migration or by hand; a minute is soon enough.
const rulesOf = new WeakMap<object, { rules: KindRules; atMs: number }>();

async function kindRules(tx: Tx): Promise<KindRules> {
  const known = rulesOf.get(tx.client);
  if (known !== undefined && performance.now() - known.atMs < 60_000) return known.rules;
  const rules = await loadRules(tx);
  rulesOf.set(tx.client, { rules, atMs: performance.now() });
  return rules;
}

interface Index {
  readonly links: ReadonlyMap<string, Row>;
  readonly anchors: ReadonlyMap<string, string>;
  readonly holders: ReadonlySet<string>;
}

function indexRows(rows: readonly Row[]): Index {
  const links = new Map<string, Row>();
  const anchors = new Map<string, string>();
  const holders = new Set<string>();
  for (const row of rows) {
    const key = keyOf(row.kind, row.value);
    if (row.slot === linkSlot) links.set(key, row);
    else if (row.slot.startsWith('anchor ')) anchors.set(`${key} ${row.slot}`, row.customerId);
    holders.add(`${key} ${row.customerId}`);
  }
  return { links, anchors, holders };
}

interface Glance {
  /** Owners of the items in which nothing is new. */
  readonly quick: Map<Item, string>;
  /** Items in which only traits are new: they touch one customer and nobody's identifiers. */
  readonly told: Set<Item>;
}

async function glance(tx: Tx, items: readonly Item[], rows: readonly Row[]): Promise<Glance> {
  const index = indexRows(rows);
  const quick = new Map<Item, string>();
  const told = new Set<Item>();
  const doubtful: { item: Item; owners: readonly Row[] }[] = [];
  for (const item of items) {
    const owners = knownOwners(item, index);
    if (owners === undefined) continue;
    const [first] = owners;
    if (first === undefined) continue;
    if (owners.every((row) => row.customerId === first.customerId) && item.profile === undefined) {
      if (claimsKnown(item, first.customerId, index)) quick.set(item, first.customerId);
    } else doubtful.push({ item, owners });
  }
  if (doubtful.length > 0) await glanceTwice(tx, doubtful, index, { quick, told });
  return { quick, told };
}

/** Rows of the links that count, or of the anchor; undefined when something is unknown, blocked or aliased. */
function knownOwners(item: Item, index: Index): readonly Row[] | undefined {
  if (item.aliases.length > 0) return undefined;
  if (item.links.length === 0) {
    const slot = anchorSlot(item.who);
    const ids = item.claims.map((seen) => index.anchors.get(`${seen.key} ${slot}`));
    const [first] = ids;
    return first !== undefined && ids.every((id) => id === first)
      ? [{ kind: '', value: '', slot, customerId: first, state: 'active' }]
      : undefined;
  }
  const rows: Row[] = [];
  for (const seen of item.links) {
    const row = index.links.get(seen.key);
    if (row === undefined || row.state === 'blocked') return undefined;
    rows.push(row);
  }
  const active = rows.filter((row) => row.state !== 'shared');
  return active.length > 0 ? active : rows;
}

const claimsKnown = (item: Item, customerId: string, index: Index): boolean =>
  item.claims.every((seen) => index.holders.has(`${seen.key} ${customerId}`));

/** Several ids of one person, or traits that may be the known ones: told by the customers' rows. */
async function glanceTwice(
  tx: Tx,
  doubtful: readonly { item: Item; owners: readonly Row[] }[],
  index: Index,
  { quick, told }: Glance,
): Promise<void> {
  const rules = await kindRules(tx);
  const named = doubtful.filter(({ item }) => item.profile !== undefined);
  const several = doubtful.filter(({ owners }) => owners.some((row) => row.customerId !== owners[0]?.customerId));
  // Whole rows only for those whose traits are compared; most name two ids of one person and need the head alone.
  const customers = named.length === 0 ? noCustomers : await peekCustomers(tx, customersOf(named));
  const heads = several.length === 0 ? noHeads : await headsById(tx, customersOf(several));
  for (const { item, owners } of doubtful) {
    const [base] = owners.toSorted((a, b) => ruleOf(rules, b.kind).priority - ruleOf(rules, a.kind).priority);
    if (base === undefined) continue;
    const { customerId } = base;
    if (owners.some((row) => row.customerId !== customerId && heads.get(row.customerId) !== heads.get(customerId)))
      continue;
    if (!claimsKnown(item, customerId, index)) continue;
    const customer = customers.get(customerId);
    if (item.profile === undefined) quick.set(item, customerId);
    else if (customer === undefined) continue;
    else if (changeOf(customer, item.profile) === undefined) quick.set(item, customerId);
    else told.add(item);
  }
}

const noCustomers: ReadonlyMap<string, Customer> = new Map();
const noHeads: ReadonlyMap<string, string> = new Map();
const customersOf = (doubtful: readonly { owners: readonly Row[] }[]): string[] => [
  ...new Set(doubtful.flatMap(({ owners }) => owners.map((row) => row.customerId))),
];

/** Locks the persons whom something new touches, reads them afresh, decides, and writes what is new. */
async function decideSlow(
  tx: Tx,
  batch: Glance & { items: readonly Item[]; slow: readonly Item[]; rows: readonly Row[] },
  now: Date,
): Promise<Map<Item, string | null>> {
  const { items, quick, told, slow } = batch;
  const involved = ownersOf(batch.rows, slow);
  const customers = await lockCustomers(tx, [...involved]);
  // Read again under the locks: what stood before may have moved while we waited.
  const rows = involved.size === 0 ? batch.rows : await loadRows(tx, items, new Set(slow));
  const locked = new Set(customers.map((customer) => customer.id));
  for (const id of ownersOf(rows, slow)) if (!locked.has(id)) throw new Overtaken('an identifier got an owner');
  const decision = await openDecision(tx, rows, customers, { slow, told });
  const owners = new Map<Item, string | null>();
  for (const item of items) owners.set(item, quick.get(item) ?? decision.decide(item));
  const decided = decision.result();
  // A device that turned out to be shared may have spoken in the other sightings of this batch too.
  if (decided.shares.length > 0) for (const item of quick.keys()) owners.set(item, decision.again(item));
  await save(tx, decided, now);
  return owners;
}

/** Customers whom the items may change: those that links and anchors name. Holders of a mere claim are not touched. */
function ownersOf(rows: readonly Row[], items: readonly Item[]): Set<string> {
  const naming = new Set(items.flatMap((item) => [...item.links, ...item.aliases].map((seen) => seen.key)));
  // What a shared machine or a blocked value says names nobody: then claims do, if there are any.
  const isIdle = (row: Row): boolean => row.state === 'shared' || row.state === 'blocked';
  const idle = new Set(
    rows.filter((row) => row.slot === linkSlot && isIdle(row)).map((row) => keyOf(row.kind, row.value)),
  );
  const anchors = new Set(
    items
      .filter((item) => item.links.every((seen) => idle.has(seen.key)))
      .flatMap((item) => item.claims.map((seen) => `${seen.key} ${anchorSlot(item.who)}`)),
  );
  const isNaming = (row: Row): boolean => {
    const key = keyOf(row.kind, row.value);
    return row.slot === linkSlot ? naming.has(key) && !isIdle(row) : anchors.has(`${key} ${row.slot}`);
  };
  return new Set(rows.filter(isNaming).map((row) => row.customerId));
}

async function openDecision(
  tx: Tx,
  rows: readonly Row[],
  customers: readonly Customer[],
  { slow, told }: { slow: readonly Item[]; told: ReadonlySet<Item> },
): Promise<Decision> {
  const changing = ownersOf(
    rows,
    slow.filter((item) => !told.has(item)),
  );
  const heads = [
    ...new Set(customers.filter((customer) => changing.has(customer.id)).map((customer) => customer.head)),
  ];
  const known = new Set(customers.map((customer) => customer.id));
  const claimants = [
    ...new Set(rows.filter((row) => !isTechnical(row.kind) && !known.has(row.customerId)).map((row) => row.customerId)),
  ];
  const claimantHeads = await headsById(tx, claimants);
  const persons = await loadPersons(tx, heads);
  return new Decision(
    { rows, customers, claimantHeads, ...persons, blocked: await loadBlocked(tx, slow), rules: await kindRules(tx) },
    newId,
  );
}

async function save(tx: Tx, decided: Decided, now: Date): Promise<void> {
  await insertCustomers(tx, decided.customers);
  await insertIdentifiers(tx, decided.identifiers);
  await insertMerges(tx, decided.merges, { kind: 'rule', id: null });
  await moveHeads(tx, decided.heads);
  await updateProfiles(tx, decided.changes, now);
  if (decided.retires.length > 0) await retire(tx, decided.retires);
  await append(tx, [...factsOf(decided, now), ...(await factsOfTold(tx, decided, now))]);
  if (decided.shares.length > 0) {
    await saveShares(tx, decided.shares, now);
    await partMerges(tx, await mergesVia(tx, decided.shares), { kind: 'rule', id: null }, 'shared-device', now);
  }
  await refreshSearch(tx, decided.touched);
}

/** A name or a birthday more may decide a suggestion that waits. */
async function factsOfTold(tx: Tx, decided: Decided, now: Date): Promise<NewEvent[]> {
  const told = [...decided.changes]
    .filter(([, { first, middle, last, birthDate }]) =>
      [first, middle, last, birthDate].some((one) => one !== undefined),
    )
    .map(([id]) => id);
  const waiting = told.length === 0 ? [] : await suggestionsAbout(tx, told);
  return waiting.map(({ a, b }) =>
    fact({ name: 'identifier.claimed', customerId: a, at: now, data: { others: [b], kind: 'name' } }),
  );
}

function factsOf(decided: Decided, now: Date): NewEvent[] {
  const headOf = (customerId: string): string => decided.heads.get(customerId) ?? customerId;
  return [
    ...decided.merges.map((merge) =>
      fact({
        name: 'customer.merged',
        customerId: merge.b,
        channel: merge.channel,
        sourceId: merge.sourceId,
        at: now,
        data: {
          mergeId: merge.id,
          a: merge.a,
          b: merge.b,
          by: { kind: 'rule', id: null },
          why: merge.why,
          evidence: merge.evidence.map((line) => ({ field: line.field, verdict: line.verdict })),
        },
      }),
    ),
    ...decided.collisions.map((collision) =>
      fact({
        name: 'identifier.claimed',
        customerId: collision.customerId,
        at: now,
        data: { others: collision.others, kind: collision.kind },
      }),
    ),
    ...decided.shares.map((share) =>
      fact({
        name: 'identifier.shared',
        customerId: headOf(share.from),
        at: now,
        data: { kind: share.kind, owner: share.to },
      }),
    ),
  ];
}

/** For doors that only read. */
export async function members(query: Query, customerId: string): Promise<string[]> {
  const rows = await query.query<{ id: string }>(
    `select m.id from identity.customer c join identity.customer m on m.head_id = c.head_id where c.id = $1 order by m.id`,
    [customerId],
    'identity.members',
  );
  return rows.map((row) => row.id);
}
