import type { Query, Tx } from '@ruslo/platform';
import type { EvidenceLine } from './decide.ts';
import type { Edge } from './rules.ts';
import type { By } from './store.ts';

/** The SQL of standing and undone merges, parted pairs and suggestions. */

export interface MergeRow extends Edge {
  readonly id: string;
  readonly undone: boolean;
}

export const loadMerges = (query: Query, ids: readonly string[]): Promise<MergeRow[]> =>
  query.query<MergeRow>(
    'select id, a, b, undone_at is not null as undone from identity.merge where id = any($1::uuid[])',
    [ids],
  );

/** Of the given merges those that stood until now. */
export const undoMerges = (tx: Tx, ids: readonly string[], by: By, why: string, now: Date): Promise<MergeRow[]> =>
  tx.query<MergeRow>(
    `update identity.merge set undone_at = $2, undone_by_kind = $3, undone_by_id = $4, undone_why = $5
      where id = any($1::uuid[]) and undone_at is null returning id, a, b, true as undone`,
    [ids, now, by.kind, by.id, why],
  );

export async function memberIds(query: Query, heads: readonly string[]): Promise<string[]> {
  const rows = await query.query<{ id: string }>('select id from identity.customer where head_id = any($1::uuid[])', [
    heads,
  ]);
  return rows.map((row) => row.id);
}

/** Standing merges between these ids. Both ends of a merge are of one person, so one end finds it. */
export const mergesAmong = (query: Query, ids: readonly string[]): Promise<Edge[]> =>
  query.query<Edge>('select a, b from identity.merge where a = any($1::uuid[]) and undone_at is null', [ids]);

export async function insertApart(tx: Tx, a: string, b: string, by: By, why: string, now: Date): Promise<void> {
  await tx.query(
    `insert into identity.apart (a, b, by_kind, by_id, why, at) values (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid), $3, $4, $5, $6) on conflict do nothing`,
    [a, b, by.kind, by.id, why, now],
  );
}

/** A merge that joined ids of a person, for the river and the card. */
export interface Join {
  readonly mergeId: string;
  readonly a: string;
  readonly b: string;
  readonly at: Date;
  readonly by: By;
  readonly why: string;
  readonly evidence: readonly EvidenceLine[];
}

export async function joinsOf(query: Query, customerId: string, limit: number): Promise<Join[]> {
  const rows = await query.query<Omit<Join, 'by'> & { by_kind: By['kind']; by_id: string | null }>(
    `select m.id as "mergeId", m.a, m.b, m.at, m.by_kind, m.by_id, m.why, m.evidence
       from identity.customer c join identity.customer x on x.head_id = c.head_id join identity.merge m on m.a = x.id and m.undone_at is null
      where c.id = $1 order by m.at, m.id limit $2`,
    [customerId, limit],
    'identity.joins',
  );
  return rows.map(({ by_kind: kind, by_id: id, ...row }) => ({ ...row, by: { kind, id } }));
}

export async function evidenceOf(query: Query, suggestionId: string): Promise<readonly EvidenceLine[]> {
  const [row] = await query.query<{ evidence: EvidenceLine[] }>(
    'select evidence from identity.suggestion where id = $1',
    [suggestionId],
  );
  return row?.evidence ?? [];
}
