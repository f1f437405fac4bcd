import { variantIdsByCode } from '@ruslo/catalog';
import { membersOf } from '@ruslo/identity';
import { append, fact } from '@ruslo/platform';
import type { Follower, LogEvent, NewEvent, Tx } from '@ruslo/platform';
import type { Row } from './rules.ts';
import { join } from './rules.ts';
import { loadRows, lockRows, raiseVersions } from './store.ts';
import type { Recent } from './store-list.ts';
import { noteRecent } from './store-list.ts';

/**
 * Carts need no rewriting when persons become one or part: what is read over her ids is right at once. This tells the
 * open faces, and after a parting lifts the versions, so that nobody's old version fits by chance.
 */
export const headFollower: Follower = {
  name: 'cart.join',
  names: ['customer.merged', 'customer.unmerged'],
  async handle(tx, events) {
    const ids = [...new Set(events.flatMap(idsOf))];
    const people = await membersOf(tx, ids);
    const every = [...new Set([...people.values()].flat())];
    const rows = await loadRows(tx, every);
    if (rows.length === 0) return;
    const rowOf = new Map(rows.map((row) => [row.customerId, row]));
    const told: NewEvent[] = [];
    for (const event of events) {
      const sides = sidesOf(event, people).map((side) => side.flatMap((id) => rowOf.get(id) ?? []));
      if (event.name === 'customer.merged') told.push(...joinedFacts(event, sides[0] ?? []));
      else told.push(...(await part(tx, event, sides)));
    }
    await append(tx, told);
  },
};

function idsOf(event: LogEvent): string[] {
  const { a, b } = event.data;
  return [event.customerId, a, b].filter((id): id is string => typeof id === 'string');
}

/** The persons whom the ids of a fact belong to now; one after a merge, two after a parting. */
function sidesOf(event: LogEvent, people: ReadonlyMap<string, readonly string[]>): (readonly string[])[] {
  const sides = new Map<string, readonly string[]>();
  for (const id of idsOf(event)) {
    const members = people.get(id);
    if (members?.[0] !== undefined) sides.set(members[0], members);
  }
  return [...sides.values()];
}

function joinedFacts(event: LogEvent, rows: readonly Row[]): NewEvent[] {
  const filled = rows.filter((row) => row.lines.length > 0 || row.coupons.length > 0);
  const joined = join(rows);
  if (filled.length < 2 || joined === undefined) return [];
  const data = { cartId: joined.id, version: joined.version, lines: joined.lines.length, carts: filled.length };
  return [
    fact({ name: 'cart.joined', customerId: event.customerId, channel: event.channel, at: event.receivedAt, data }),
  ];
}

async function part(tx: Tx, event: LogEvent, sides: readonly (readonly Row[])[]): Promise<NewEvent[]> {
  const held = sides.filter((side) => side.length > 0);
  if (held.length < 2) return [];
  const locked = await lockRows(
    tx,
    held.flat().map((row) => row.customerId),
  );
  const total = locked.reduce((sum, row) => sum + row.version, 0);
  const lifts = held.flatMap((side) => {
    const own = locked.filter((row) => side.some((one) => one.customerId === row.customerId));
    const joined = join(own);
    const [first] = own;
    if (joined === undefined || first === undefined) return [];
    const by = total + 1 - joined.version;
    return [{ customerId: first.customerId, by, joined: { ...joined, version: joined.version + by } }];
  });
  await raiseVersions(tx, lifts);
  return lifts.map(({ customerId, joined }) =>
    fact({
      name: 'cart.parted',
      customerId,
      channel: event.channel,
      at: event.receivedAt,
      data: { cartId: joined.id, version: joined.version, lines: joined.lines.length },
    }),
  );
}

const codeFields = ['sku', 'variant_id', 'ean', 'barcode', 'product_id'] as const;
const queryFields = ['query', 'search', 'q'] as const;

/** What she looked at and searched for last, from what is tracked at every face. */
export const recentFollower: Follower = {
  name: 'cart.recent',
  names: ['Product Viewed', 'Products Searched'],
  async handle(tx, events) {
    const viewed = events.flatMap((event) => {
      const codes = event.name === 'Product Viewed' ? textsOf(event, codeFields) : [];
      return event.customerId === null || codes.length === 0
        ? []
        : [{ customerId: event.customerId, codes, at: event.occurredAt }];
    });
    const variants = await variantIdsByCode(tx, [...new Set(viewed.flatMap(({ codes }) => codes))]);
    const rows: Recent[] = viewed.flatMap(({ customerId, codes, at }) => {
      const value = codes.map((code) => variants.get(code)).find((id) => id !== undefined);
      return value === undefined ? [] : [{ customerId, kind: 'viewed', value, at } as const];
    });
    for (const event of events) {
      const [words] = event.name === 'Products Searched' ? textsOf(event, queryFields) : [];
      if (words === undefined || event.customerId === null) continue;
      rows.push({ customerId: event.customerId, kind: 'search', value: words.toLowerCase(), at: event.occurredAt });
    }
    await noteRecent(tx, rows);
  },
};

function textsOf(event: LogEvent, fields: readonly string[]): string[] {
  const { properties } = event.data;
  if (typeof properties !== 'object' || properties === null) return [];
  const given = properties as Readonly<Record<string, unknown>>;
  return fields.flatMap((field) => {
    const value = given[field];
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    return text === '' ? [] : [text.slice(0, 200)];
  });
}
