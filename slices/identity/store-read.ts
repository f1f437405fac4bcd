import type { Query } from '@ruslo/platform';
import type { EvidenceLine } from './decide.ts';
import type { AttributeValue } from './trait.ts';

/** The SQL of what people read: lists, the card, lookup. Only tables of schema `identity`. */

export interface Names {
  readonly first: string | null;
  readonly middle: string | null;
  readonly last: string | null;
}

export interface CustomerItem {
  readonly id: string;
  readonly name: Names;
  readonly phone: string | null;
  readonly email: string | null;
  readonly card: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | null;
  readonly suggestionCount: number;
}

// The name that staff set by hand first, then the one that was told last, then the head's.
const nameSql = `select m.first_name, m.middle_name, m.last_name from identity.customer m
   where m.head_id = h.id and (coalesce(m.first_name, m.middle_name, m.last_name) is not null or m.fixed && '{first,middle,last}')
   order by m.fixed && '{first,middle,last}' desc, (m.last_name is not null) desc, m.updated_at desc, m.id limit 1`;
// `offset 0` keeps the order of the joins whatever the statistics say: ids of the person, then their identifiers.
const contactSql = `select (array_agg(i.value order by i.proof desc, i.first_seen_at desc) filter (where i.kind = 'phone'))[1] as phone,
     (array_agg(i.value order by i.proof desc, i.first_seen_at desc) filter (where i.kind = 'email'))[1] as email,
     (array_agg(i.value order by i.proof desc, i.first_seen_at desc) filter (where i.kind = 'card'))[1] as card
   from (select m.id from identity.customer m where m.head_id = h.id offset 0) m
   cross join lateral (select i.kind, i.value, i.proof, i.state, i.first_seen_at from identity.identifier i where i.customer_id = m.id offset 0) i
  where i.state = 'active' and i.kind in ('phone', 'email', 'card')`;

const itemSql = `select h.id, jsonb_build_object('first', n.first_name, 'middle', n.middle_name, 'last', n.last_name) as name, h.created_at as "createdAt",
    contact.phone, contact.email, contact.card,
    (select max(k.last_at) from identity.customer m join identity.contact k on k.customer_id = m.id where m.head_id = h.id) as "lastSeenAt",
    (select count(*)::int from identity.customer m join identity.suggestion s on (s.a = m.id or s.b = m.id) and s.state = 'open' where m.head_id = h.id) as "suggestionCount"
  from unnest($1::uuid[]) with ordinality k(id, place) join identity.customer h on h.id = k.id
  left join lateral (${nameSql}) n on true cross join lateral (${contactSql}) contact
  order by k.place`;

/** The heads given, in their order, with what a list shows of a person. */
export const loadItems = (query: Query, heads: readonly string[]): Promise<CustomerItem[]> =>
  heads.length === 0 ? Promise.resolve([]) : query.query<CustomerItem>(itemSql, [heads], 'identity.items');

export interface Found {
  readonly customerId: string;
  readonly headId: string;
  readonly proof: 'proven' | 'claimed';
  readonly state: 'active' | 'shared' | 'retired' | 'blocked';
  readonly isLink: boolean;
}

/** Who holds an identifier: the one whom it names first, then those who only claim it. */
export const findHolders = (query: Query, kind: string, value: string): Promise<Found[]> =>
  query.query<Found>(
    `select i.customer_id as "customerId", c.head_id as "headId", i.proof, i.state, i.slot = 'link' as "isLink"
       from identity.identifier i join identity.customer c on c.id = i.customer_id
      where i.kind = $1 and i.value = $2 order by i.slot desc limit 20`,
    [kind, value],
    'identity.lookup',
  );

export async function headOf(query: Query, id: string): Promise<string | undefined> {
  const [row] = await query.query<{ head_id: string }>(
    'select head_id from identity.customer where id = $1',
    [id],
    'identity.head',
  );
  return row?.head_id;
}

export interface Filter {
  readonly channel?: string | undefined;
  readonly lastSeenFrom?: string | undefined;
  readonly lastSeenTo?: string | undefined;
  readonly hasSuggestion?: boolean | undefined;
  /** With a name or a contact; visitors who left neither when false. */
  readonly isKnown?: boolean | undefined;
  /** Key → the value as JSON that the attribute must hold. */
  readonly attributes: readonly unknown[];
}

type Put = (value: unknown) => string;

// A day as the upper end is the whole day.
const upperEnd = (put: Put, to: string): string =>
  `${put(to)}::timestamptz + interval '${to.length === 10 ? '1 day' : '1 microsecond'}'`;

/** Conditions on the head `head` that do not ask for contacts. */
function plainConditions(filter: Filter, head: string, put: Put): string[] {
  const where: string[] = [];
  if (filter.hasSuggestion !== undefined) {
    where.push(
      `${filter.hasSuggestion ? '' : 'not '}exists (select from identity.customer m join identity.suggestion s on s.a = m.id or s.b = m.id where m.head_id = ${head} and s.state = 'open')`,
    );
  }
  if (filter.isKnown !== undefined)
    where.push(`${filter.isKnown ? '' : 'not '}exists (select from identity.person p where p.id = ${head})`);
  for (const wanted of filter.attributes) {
    where.push(
      `${head} in (select m.head_id from identity.customer m where m.attributes <> '{}' and m.attributes @> ${put(JSON.stringify(wanted))}::jsonb)`,
    );
  }
  return where;
}

/** Heads that pass a filter without contacts, newest first. */
export async function listHeads(
  query: Query,
  filter: Filter,
  before: string | undefined,
  limit: number,
): Promise<string[]> {
  const values: unknown[] = [];
  const put: Put = (value) => `$${values.push(value)}`;
  const where = ['c.id = c.head_id', ...plainConditions(filter, 'c.id', put)];
  if (before !== undefined) where.push(`c.id < ${put(before)}`);
  const rows = await query.query<{ id: string }>(
    `select c.id from identity.customer c where ${where.join(' and ')} order by c.id desc limit ${put(limit)}`,
    values,
  );
  return rows.map((row) => row.id);
}

/** Of the candidates given those that pass a filter, in their order. */
export async function siftHeads(query: Query, filter: Filter, candidates: readonly string[]): Promise<string[]> {
  const values: unknown[] = [candidates];
  const put: Put = (value) => `$${values.push(value)}`;
  const contact = (conditions: readonly string[]): string =>
    `exists (select from identity.customer m join identity.contact k on k.customer_id = m.id where ${['m.head_id = u.id', ...conditions].join(' and ')})`;
  const seen: string[] = [];
  if (filter.channel !== undefined) seen.push(`k.channel = ${put(filter.channel)}`);
  if (filter.lastSeenFrom !== undefined) seen.push(`k.last_at >= ${put(filter.lastSeenFrom)}`);
  const where = plainConditions(filter, 'u.id', put);
  if (seen.length > 0 || filter.lastSeenTo !== undefined) where.push(contact(seen));
  if (filter.lastSeenTo !== undefined)
    where.push(`not ${contact([`k.last_at >= ${upperEnd(put, filter.lastSeenTo)}`])}`);
  const rows = await query.query<{ id: string }>(
    `select u.id from unnest($1::uuid[]) with ordinality u(id, place) where ${where.join(' and ') || 'true'} order by u.place`,
    values,
  );
  return rows.map((row) => row.id);
}

export interface Contacted {
  readonly id: string;
  /** Microseconds since 1970 and the customer id: where the next page begins. */
  readonly micros: string;
  readonly customerId: string;
}

/**
 * Heads by their last contact (through one channel, if the filter names one), latest first. It is read along the index of
 * contacts, so a page costs the same whoever is left out: walking the customers would pass by all who do not fit.
 */
export async function listByContact(
  query: Query,
  filter: Filter,
  before: { micros: string; customerId: string } | undefined,
  limit: number,
): Promise<Contacted[]> {
  const values: unknown[] = [];
  const put: Put = (value) => `$${values.push(value)}`;
  const channel = filter.channel === undefined ? undefined : put(filter.channel);
  const where = plainConditions(filter, 'c.head_id', put);
  if (channel !== undefined) where.push(`k.channel = ${channel}`);
  if (filter.lastSeenFrom !== undefined) where.push(`k.last_at >= ${put(filter.lastSeenFrom)}`);
  if (filter.lastSeenTo !== undefined) where.push(`k.last_at < ${upperEnd(put, filter.lastSeenTo)}`);
  if (before !== undefined)
    where.push(
      `(k.last_at, k.customer_id) < (timestamptz 'epoch' + ${put(before.micros)}::bigint * interval '1 microsecond', ${put(before.customerId)}::uuid)`,
    );
  const later = `(k2.last_at, k2.customer_id, k2.channel) > (k.last_at, k.customer_id, k.channel)`;
  const rows = await query.query<Contacted>(
    `select c.head_id as id, (extract(epoch from k.last_at) * 1000000)::bigint::text as micros, k.customer_id as "customerId"
       from identity.contact k join identity.customer c on c.id = k.customer_id
      where ${[...where, 'true'].join(' and ')}
        and not exists (select from identity.customer m join identity.contact k2 on k2.customer_id = m.id
               where m.head_id = c.head_id and ${channel === undefined || filter.lastSeenTo !== undefined ? later : `k2.channel = ${channel} and ${later}`})
      order by k.last_at desc, k.customer_id desc limit ${put(limit)}`,
    values,
  );
  return rows;
}

export interface MemberRow extends Names {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly birthDate: string | null;
  readonly city: string | null;
  readonly address: string | null;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly fixed: readonly string[];
}

/** The ids of a person with what each was told, the head first. */
export const loadMembers = (query: Query, head: string): Promise<MemberRow[]> =>
  query.query<MemberRow>(
    `select id, created_at as "createdAt", updated_at as "updatedAt", first_name as first, middle_name as middle, last_name as last,
            birth_date as "birthDate", city, address, attributes, fixed
       from identity.customer where head_id = $1 order by id limit 1001`,
    [head],
    'identity.card-members',
  );

export interface IdentifierRow {
  readonly kind: string;
  readonly value: string;
  readonly proof: 'proven' | 'claimed';
  readonly how: string;
  readonly state: 'active' | 'shared' | 'retired' | 'blocked';
  readonly channel: string;
  readonly sourceId: string | null;
  readonly customerId: string;
  readonly firstSeenAt: Date;
  readonly total: number;
}

export const loadIdentifiers = (query: Query, head: string, limit: number): Promise<IdentifierRow[]> =>
  query.query<IdentifierRow>(
    `select i.kind, i.value, i.proof, i.how, i.state, i.channel, i.source_id as "sourceId", i.customer_id as "customerId", i.first_seen_at as "firstSeenAt",
            (count(*) over ())::int as total
       from identity.customer m join identity.identifier i on i.customer_id = m.id left join identity.kind k on k.kind = split_part(i.kind, ':', 1)
      where m.head_id = $1
      order by i.state = 'retired', coalesce(k.priority, 0) desc, i.proof desc, i.first_seen_at desc limit $2`,
    [head, limit],
    'identity.card-identifiers',
  );

export interface ContactRow {
  readonly customerId: string;
  readonly channel: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

export const loadContacts = (query: Query, head: string): Promise<ContactRow[]> =>
  query.query<ContactRow>(
    `select k.customer_id as "customerId", k.channel, k.first_at as "firstAt", k.last_at as "lastAt"
       from identity.customer m join identity.contact k on k.customer_id = m.id where m.head_id = $1`,
    [head],
    'identity.card-contacts',
  );

export interface SuggestionRow {
  readonly id: string;
  readonly headA: string;
  readonly headB: string;
  readonly score: number;
  readonly evidence: readonly EvidenceLine[];
  readonly raisedAt: Date;
  readonly state: 'open' | 'merged' | 'dismissed';
  readonly decidedAt: Date | null;
  readonly why: string | null;
}

const suggestionColumns = `s.id, ca.head_id as "headA", cb.head_id as "headB", s.score, s.evidence, s.raised_at as "raisedAt", s.state, s.decided_at as "decidedAt", s.why`;
const suggestionFrom = `identity.suggestion s join identity.customer ca on ca.id = s.a join identity.customer cb on cb.id = s.b`;

export const listSuggestions = (
  query: Query,
  state: string,
  page: { readonly before: string | undefined; readonly limit: number; readonly head: string | undefined },
): Promise<SuggestionRow[]> =>
  page.head === undefined
    ? query.query<SuggestionRow>(
        `select ${suggestionColumns} from ${suggestionFrom} where s.state = $1 and ($2::uuid is null or s.id < $2) order by s.id desc limit $3`,
        [state, page.before ?? null, page.limit],
        'identity.suggestions',
      )
    : query.query<SuggestionRow>(
        `select ${suggestionColumns} from ${suggestionFrom}
        where s.id in (select t.id from identity.customer m join identity.suggestion t on t.a = m.id or t.b = m.id where m.head_id = $4 and t.state = $1)
          and ($2::uuid is null or s.id < $2) order by s.id desc limit $3`,
        [state, page.before ?? null, page.limit, page.head],
        'identity.suggestions-of',
      );
