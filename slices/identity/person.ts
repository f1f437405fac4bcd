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

interface PersonRow {
  readonly id: string;
  readonly attributes: Readonly<Record<string, AttributeValue>> | null;
  readonly fixed: readonly string[] | null;
  readonly updatedAt: Date | null;
}

const noAttributes: Readonly<Record<string, AttributeValue>> = {};

const longAgo = new Date(0);

/** The person of a customer id; undefined when there is none. Of most nothing was told, and then little travels. */
export async function personOf(query: Query, customerId: string): Promise<Person | undefined> {
  const rows = await query.query<PersonRow>(
    `select m.id, a.attributes, case when a.attributes is not null then m.fixed end as fixed,
            case when a.attributes is not null then m.updated_at end as "updatedAt"
       from identity.customer c join identity.customer m on m.head_id = c.head_id
      cross join lateral (select nullif(m.attributes, '{}') as attributes) a
      where c.id = $1 order by m.id`,
    [customerId],
    'identity.person',
  );
  if (rows.length === 0) return undefined;
  const attributes = rows.some((row) => row.attributes !== null) ? attributesOf(rows) : noAttributes;
  return { ids: rows.map((row) => row.id), attributes, groups: groupsOf(attributes) };
}

function attributesOf(rows: readonly PersonRow[]): Readonly<Record<string, AttributeValue>> {
  const told = rows.flatMap(({ id, attributes, fixed, updatedAt }) =>
    attributes === null
      ? []
      : [
          {
            id,
            attributes,
            fixed: fixed ?? [],
            updatedAt: updatedAt ?? longAgo,
            createdAt: longAgo,
            first: null,
            middle: null,
            last: null,
            birthDate: null,
            city: null,
            address: null,
          },
        ],
  );
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
