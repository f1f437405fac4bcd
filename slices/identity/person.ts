import type { Query } from '@ruslo/platform';
import { portraitOf } from './card.ts';
import type { AttributeValue } from './trait.ts';

/** What prices and rules ask of a person, in one statement. */
export interface Person {
  /** All her customer ids. */
  readonly ids: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The attributes `group` and `groups`: whom price lists and offers mean by a customer group. */
  readonly groups: readonly string[];
}

/** A customer id of the person, and what was told of it when anything was: JSON as `personIn` gives it. */
interface PersonRow {
  readonly id: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly fixed: readonly string[];
  readonly updatedAt: string;
}

const noAttributes: Readonly<Record<string, AttributeValue>> = {};

const longAgo = new Date(0);

/**
 * The person as part of the caller's own statement, for what is asked so often that a statement of its own is felt: a
 * `select` of one row with `ids uuid[]` and `told json` for the customer id in parameter `parameter`; no row when there is
 * none. `personFrom` reads it. Of most nothing was told, and then little travels.
 */
export const personIn = (parameter: number): string =>
  `select array_agg(m.id order by m.id) as ids,
     json_agg(json_build_object('id', m.id, 'attributes', m.attributes, 'fixed', m.fixed, 'updatedAt', m.updated_at)) filter (where m.attributes <> '{}') as told
   from identity.customer c join identity.customer m on m.head_id = c.head_id where c.id = $${parameter}::uuid having count(*) > 0`;

export function personFrom(row: { readonly ids: readonly string[]; readonly told: unknown }): Person {
  const told = (row.told ?? []) as readonly PersonRow[];
  const attributes = told.length === 0 ? noAttributes : attributesOf(told);
  return { ids: row.ids, attributes, groups: groupsOf(attributes) };
}

/** The person of a customer id; undefined when there is none. */
export async function personOf(query: Query, customerId: string): Promise<Person | undefined> {
  const [row] = await query.query<{ ids: string[]; told: unknown }>(personIn(1), [customerId], 'identity.person');
  return row === undefined ? undefined : personFrom(row);
}

function attributesOf(rows: readonly PersonRow[]): Readonly<Record<string, AttributeValue>> {
  const told = rows.map((row) => ({
    ...row,
    updatedAt: new Date(row.updatedAt),
    createdAt: longAgo,
    first: null,
    middle: null,
    last: null,
    birthDate: null,
    city: null,
    address: null,
  }));
  return portraitOf(told).attributes;
}

function groupsOf(attributes: Readonly<Record<string, AttributeValue>>): string[] {
  const { group, groups } = attributes;
  return [...(typeof group === 'string' ? [group] : []), ...(Array.isArray(groups) ? groups.map(String) : [])];
}

/** All ids of each person, for many customer ids at once. Ids that do not exist are left out. */
export async function membersOf(query: Query, customerIds: readonly string[]): Promise<Map<string, string[]>> {
  if (customerIds.length === 0) return new Map();
  const rows = await query.query<{ id: string; ids: string[] }>(
    `select c.id, (select array_agg(m.id order by m.id) from identity.customer m where m.head_id = c.head_id) as ids
       from identity.customer c where c.id = any($1::uuid[])`,
    [customerIds],
    'identity.members-of',
  );
  return new Map(rows.map((row) => [row.id, row.ids]));
}
