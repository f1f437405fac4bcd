import type { Query, Tx } from '@ruslo/platform';
import type { AttributeType, AttributeValue } from './trait.ts';

/** The SQL of what staff change: profiles, attributes, suggestions, blocked values. */

const columns: Readonly<Record<string, string>> = {
  first: 'first_name',
  middle: 'middle_name',
  last: 'last_name',
  birthDate: 'birth_date',
  city: 'city',
  address: 'address',
};

/** Sets fields by hand: tracked traits leave them alone from now on. Null empties a field. */
export async function setFields(
  tx: Tx,
  id: string,
  fields: ReadonlyMap<string, string | null>,
  attributes: ReadonlyMap<string, AttributeValue | null>,
  now: Date,
): Promise<void> {
  const values: unknown[] = [id, now];
  const sets = ['updated_at = $2'];
  for (const [field, value] of fields) {
    const column = columns[field];
    if (column !== undefined) sets.push(`${column} = $${values.push(value)}`);
  }
  const [kept, emptied] = [
    [...attributes].filter(([, value]) => value !== null),
    [...attributes].filter(([, value]) => value === null),
  ];
  if (attributes.size > 0) {
    sets.push(
      `attributes = (attributes || $${values.push(JSON.stringify(Object.fromEntries(kept)))}::jsonb) - $${values.push(emptied.map(([key]) => key))}::text[]`,
    );
  }
  const fixed = [...fields.keys(), ...[...attributes.keys()].map((key) => `attribute.${key}`)];
  sets.push(`fixed = array(select distinct unnest(fixed || $${values.push(fixed)}::text[]))`);
  await tx.query(`update identity.customer set ${sets.join(', ')} where id = $1`, values);
}

export interface AttributeRow {
  readonly key: string;
  readonly label_ru: string;
  readonly label_en: string;
  readonly type: AttributeType;
  readonly options: readonly string[];
  readonly created_at: Date;
}

export const listAttributes = (query: Query): Promise<AttributeRow[]> =>
  query.query<AttributeRow>(
    'select * from identity.attribute order by created_at, key limit 1000',
    [],
    'identity.attributes',
  );

export const insertAttribute = (tx: Tx, row: AttributeRow): Promise<AttributeRow[]> =>
  tx.query<AttributeRow>(
    `insert into identity.attribute (key, label_ru, label_en, type, options, created_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning *`,
    [row.key, row.label_ru, row.label_en, row.type, row.options, row.created_at],
  );

export const updateAttribute = (
  tx: Tx,
  key: string,
  label: { ru: string; en: string } | undefined,
  options: readonly string[] | undefined,
): Promise<AttributeRow[]> =>
  tx.query<AttributeRow>(
    `update identity.attribute set label_ru = coalesce($2, label_ru), label_en = coalesce($3, label_en), options = coalesce($4, options) where key = $1 returning *`,
    [key, label?.ru ?? null, label?.en ?? null, options ?? null],
  );

export const deleteAttribute = (tx: Tx, key: string): Promise<{ key: string }[]> =>
  tx.query<{ key: string }>('delete from identity.attribute where key = $1 returning key', [key]);

export async function listUndeclared(query: Query): Promise<string[]> {
  const rows = await query.query<{ key: string }>(
    `select u.key from identity.undeclared u where not exists (select from identity.attribute a where a.key = u.key) order by u.first_seen_at desc, u.key limit 100`,
  );
  return rows.map((row) => row.key);
}

export interface SuggestionState {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly state: 'open' | 'merged' | 'dismissed';
}

export const loadSuggestion = (query: Query, id: string): Promise<SuggestionState[]> =>
  query.query<SuggestionState>('select id, a, b, state from identity.suggestion where id = $1', [id]);

export const lockSuggestion = (tx: Tx, id: string): Promise<SuggestionState[]> =>
  tx.query<SuggestionState>('select id, a, b, state from identity.suggestion where id = $1 for update', [id]);

export async function decideSuggestion(
  tx: Tx,
  id: string,
  state: 'merged' | 'dismissed',
  by: string | null,
  why: string,
  now: Date,
): Promise<void> {
  await tx.query(
    'update identity.suggestion set state = $2, decided_at = $5, decided_by = $3, why = $4 where id = $1',
    [id, state, by, why, now],
  );
}

/** Other open suggestions about the same two persons, which are answered with the one. */
export async function dismissAlike(
  tx: Tx,
  a: string,
  b: string,
  by: string | null,
  why: string,
  now: Date,
): Promise<void> {
  await tx.query(
    `update identity.suggestion s set state = 'dismissed', decided_at = $5, decided_by = $3, why = $4
       from identity.customer ca, identity.customer cb, identity.customer ma, identity.customer mb
      where s.state = 'open' and ca.id = $1 and cb.id = $2 and ma.head_id = ca.head_id and mb.head_id = cb.head_id
        and ((s.a = ma.id and s.b = mb.id) or (s.a = mb.id and s.b = ma.id))`,
    [a, b, by, why, now],
  );
}

export interface BlockedRow {
  readonly kind: string;
  readonly value: string;
  readonly why: string;
  readonly at: Date;
}

export const listBlocked = (
  query: Query,
  after: { at: string; kind: string; value: string } | undefined,
  limit: number,
): Promise<BlockedRow[]> =>
  query.query<BlockedRow>(
    `select kind, value, why, at from identity.blocked where $1::timestamptz is null or (at, kind, value) < ($1, $2, $3) order by at desc, kind desc, value desc limit $4`,
    [after?.at ?? null, after?.kind ?? null, after?.value ?? null, limit],
  );

export async function block(tx: Tx, row: BlockedRow, by: string | null): Promise<void> {
  await tx.query(
    'insert into identity.blocked (kind, value, why, by_id, at) values ($1, $2, $3, $4, $5) on conflict do nothing',
    [row.kind, row.value, row.why, by, row.at],
  );
  await tx.query(
    `update identity.identifier set state = 'blocked' where kind = $1 and value = $2 and state <> 'blocked'`,
    [row.kind, row.value],
  );
}

export async function unblock(tx: Tx, kind: string, value: string): Promise<boolean> {
  const rows = await tx.query('delete from identity.blocked where kind = $1 and value = $2 returning kind', [
    kind,
    value,
  ]);
  await tx.query(
    `update identity.identifier set state = 'active' where kind = $1 and value = $2 and state = 'blocked'`,
    [kind, value],
  );
  return rows.length > 0;
}

/** Customers who hold a value, for their search lines. */
export async function holdersOf(query: Query, kind: string, value: string): Promise<string[]> {
  const rows = await query.query<{ customer_id: string }>(
    'select customer_id from identity.identifier where kind = $1 and value = $2 limit 1000',
    [kind, value],
  );
  return rows.map((row) => row.customer_id);
}

/** Deletes everything of these ids. */
export async function eraseCustomers(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.query('delete from identity.identifier where customer_id = any($1::uuid[])', [ids]);
  await tx.query('delete from identity.merge where a = any($1::uuid[]) or b = any($1::uuid[])', [ids]);
  await tx.query('delete from identity.suggestion where a = any($1::uuid[]) or b = any($1::uuid[])', [ids]);
  await tx.query('delete from identity.apart where a = any($1::uuid[]) or b = any($1::uuid[])', [ids]);
  await tx.query('delete from identity.session where customer_id = any($1::uuid[])', [ids]);
  await tx.query('delete from identity.contact where customer_id = any($1::uuid[])', [ids]);
  await tx.query('delete from identity.person where id = any($1::uuid[])', [ids]);
  await tx.query('delete from identity.customer where id = any($1::uuid[])', [ids]);
}

/** Everything kept of these ids, table by table. */
export async function exportCustomers(tx: Tx, ids: readonly string[]): Promise<Record<string, unknown>> {
  const rows = (text: string): Promise<Record<string, unknown>[]> => tx.query(text, [ids]);
  return {
    customers: await rows('select * from identity.customer where id = any($1::uuid[]) order by id'),
    identifiers: await rows(
      'select kind, value, proof, state, how, channel, first_seen_at from identity.identifier where customer_id = any($1::uuid[]) order by kind, value',
    ),
    merges: await rows(
      'select id, a, b, why, at, undone_at, undone_why from identity.merge where a = any($1::uuid[]) or b = any($1::uuid[]) order by at',
    ),
    sessions: await rows(
      'select id, channel, signed_in, created_at, expires_at from identity.session where customer_id = any($1::uuid[]) order by id',
    ),
    contacts: await rows('select * from identity.contact where customer_id = any($1::uuid[]) order by channel'),
  };
}

/** Keeps first and last contact by customer id and channel. */
export async function saveContacts(
  tx: Tx,
  rows: readonly { customerId: string; channel: string; firstAt: Date; lastAt: Date }[],
): Promise<void> {
  const sorted = rows.toSorted((a, b) => (`${a.customerId} ${a.channel}` < `${b.customerId} ${b.channel}` ? -1 : 1));
  // A minute is fine enough for "last seen" and spares a busy visitor's row most of its writes.
  await tx.query(
    `insert into identity.contact as k (customer_id, channel, first_at, last_at)
     select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[])
     on conflict (customer_id, channel) do update set first_at = least(k.first_at, excluded.first_at), last_at = greatest(k.last_at, excluded.last_at)
      where excluded.last_at > k.last_at + interval '1 minute' or excluded.first_at < k.first_at`,
    [
      sorted.map((row) => row.customerId),
      sorted.map((row) => row.channel),
      sorted.map((row) => row.firstAt),
      sorted.map((row) => row.lastAt),
    ],
    'identity.contacts',
  );
}
