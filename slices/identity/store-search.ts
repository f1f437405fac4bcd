import type { Query, Tx } from '@ruslo/platform';

/** The SQL of the search lines. */

export interface SearchableRow {
  readonly id: string;
  readonly names: readonly { first: string | null; middle: string | null; last: string | null }[];
  readonly identifiers: readonly { kind: string; value: string }[];
}

/** Names and contacts of the persons of these ids, the head's name first. Bounded: what is beyond says nothing more. */
export const loadSearchable = (query: Query, ids: readonly string[]): Promise<SearchableRow[]> =>
  query.query<SearchableRow>(
    `select h.id,
            coalesce((select jsonb_agg(jsonb_build_object('first', n.first_name, 'middle', n.middle_name, 'last', n.last_name))
                        from (select distinct on (m.first_name, m.middle_name, m.last_name) m.first_name, m.middle_name, m.last_name
                                from identity.customer m where m.head_id = h.id and coalesce(m.first_name, m.middle_name, m.last_name) is not null limit 8) n), '[]') as names,
            coalesce((select jsonb_agg(jsonb_build_object('kind', v.kind, 'value', v.value))
                        from (select distinct i.kind, i.value from identity.customer m join identity.identifier i on i.customer_id = m.id
                               where m.head_id = h.id and i.state = 'active' and i.kind in ('phone', 'email', 'card', 'telegram', 'vk', 'max', 'whatsapp', 'viber') limit 20) v), '[]') as identifiers
       from (select distinct c.head_id as id from identity.customer c where c.id = any($1::uuid[])) h`, [ids], 'identity.searchable');

export async function saveSearch(tx: Tx, lines: readonly { id: string; line: string }[], empty: readonly string[]): Promise<void> {
  if (lines.length > 0) {
    const sorted = lines.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await tx.query(
      `insert into identity.person (id, search) select * from unnest($1::uuid[], $2::text[])
       on conflict (id) do update set search = excluded.search where person.search <> excluded.search`,
      [sorted.map((row) => row.id), sorted.map((row) => row.line)], 'identity.save-search');
  }
  if (empty.length > 0) await tx.query('delete from identity.person where id = any($1::uuid[])', [empty]);
}
