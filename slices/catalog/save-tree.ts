import { newId } from '@ruslo/platform';
import type { House, Query, Tx } from '@ruslo/platform';
import type { CategoryRow, Outcome, RelationKind, RelationRow } from './row.ts';
import { variantsChanged } from './shelf.ts';
import { markStale } from './store-save.ts';

/** Categories (a tree) and relations between products, saved by sets. */

interface KnownCategory {
  readonly id: string;
  readonly code: string;
  readonly parentId: string | null;
  readonly path: readonly string[];
  readonly name: string;
  readonly sort: number;
}

const loadTree = (query: Query): Promise<KnownCategory[]> =>
  query.query<KnownCategory>(
    'select id, code, parent_id as "parentId", path, name, sort from catalog.category',
    [],
    'catalog.tree',
  );

export interface CategoryOutcome extends Outcome {
  readonly code: string;
}

/** What saving these categories would do. Nothing is written. */
export const compareCategories = async (query: Query, rows: readonly CategoryRow[]): Promise<CategoryOutcome[]> =>
  planTree(await loadTree(query), rows).outcomes;

/** Writes categories, found by code, in any order of parents and children. A circle or an unknown parent is refused. */
export async function saveCategories(
  house: Pick<House, 'live'>,
  tx: Tx,
  rows: readonly CategoryRow[],
): Promise<CategoryOutcome[]> {
  // Paths depend on each other: one tree at a time.
  await tx.query(`select pg_advisory_xact_lock(hashtext('catalog.category'))`);
  const { outcomes, written, moved } = planTree(await loadTree(tx), rows);
  if (written.length === 0) return outcomes;
  await tx.query(
    `insert into catalog.category (id, code, parent_id, path, name, sort)
     select r.id, r.code, r."parentId", array(select jsonb_array_elements_text(r.path)::uuid), r.name, r.sort
       from jsonb_to_recordset($1::jsonb) as r(id uuid, code text, "parentId" uuid, path jsonb, name text, sort int)
     on conflict (id) do update set parent_id = excluded.parent_id, path = excluded.path, name = excluded.name, sort = excluded.sort`,
    [JSON.stringify(written)],
  );
  if (moved.length > 0) {
    const products = await tx.query<{ id: string }>(
      'select id from catalog.product where category_id = any($1::uuid[])',
      [moved],
    );
    await markStale(tx, products.map((row) => row.id)); // prettier-ignore
    if (products.length > 0) await variantsChanged(house, tx);
  }
  return outcomes;
}

interface TreePlan {
  readonly outcomes: CategoryOutcome[];
  readonly written: KnownCategory[];
  /** That were there and have another name or place, with all below them. */
  readonly moved: string[];
}

/** Deepest tree: a path is carried by each variant. */
const mostLevels = 30;

function planTree(tree: readonly KnownCategory[], rows: readonly CategoryRow[]): TreePlan {
  const byCode = new Map(tree.map((row) => [row.code, row]));
  const byId = new Map(tree.map((row) => [row.id, row]));
  const wanted = new Map<string, { id: string; code: string; parentCode: string | null; name: string; sort: number }>();
  for (const row of tree)
    wanted.set(row.code, {
      id: row.id, code: row.code, name: row.name, sort: row.sort,
      parentCode: row.parentId === null ? null : (byId.get(row.parentId)?.code ?? null),
    }); // prettier-ignore
  for (const row of rows) {
    const old = wanted.get(row.code);
    wanted.set(row.code, { id: old?.id ?? newId(), code: row.code, parentCode: row.parentCode, name: row.name, sort: row.sort ?? old?.sort ?? 0 }); // prettier-ignore
  }
  const pathOf = (code: string): string[] | undefined => {
    const path: string[] = [];
    for (let at: string | null = code; at !== null;) {
      const node = wanted.get(at);
      if (node === undefined || path.length >= mostLevels) return undefined;
      path.unshift(node.id);
      at = node.parentCode;
    }
    return path;
  };
  const outcomes: CategoryOutcome[] = [];
  for (const { code } of rows) {
    const old = byCode.get(code);
    if (pathOf(code) === undefined) {
      outcomes.push({ code, outcome: 'refused', changes: [], why: 'its parent is unknown, or it stands below itself' });
      if (old === undefined) wanted.delete(code);
      else wanted.set(code, { id: old.id, code, name: old.name, sort: old.sort, parentCode: old.parentId === null ? null : (byId.get(old.parentId)?.code ?? null) }); // prettier-ignore
      continue;
    }
    const now = wanted.get(code);
    const changes = old === undefined || now === undefined ? [] : [
      ...(old.name === now.name ? [] : ['name']),
      ...(old.sort === now.sort ? [] : ['sort']),
      ...((old.parentId === null ? null : byId.get(old.parentId)?.code) === now.parentCode ? [] : ['parent']),
    ]; // prettier-ignore
    outcomes.push({ code, outcome: old === undefined ? 'new' : changes.length > 0 ? 'changed' : 'unchanged', changes });
  }
  return { outcomes, ...writesOf(tree, wanted, pathOf) };
}

function writesOf(
  tree: readonly KnownCategory[],
  wanted: ReadonlyMap<string, { id: string; code: string; parentCode: string | null; name: string; sort: number }>,
  pathOf: (code: string) => string[] | undefined,
): Pick<TreePlan, 'written' | 'moved'> {
  const written: KnownCategory[] = [];
  const moved: string[] = [];
  const old = new Map(tree.map((row) => [row.id, row]));
  const renamed = new Set<string>();
  for (const row of wanted.values()) {
    const path = pathOf(row.code);
    if (path === undefined) continue;
    const was = old.get(row.id);
    const isMoved = was !== undefined && (was.name !== row.name || was.path.join() !== path.join());
    if (isMoved) renamed.add(row.id);
    if (was === undefined || isMoved || was.sort !== row.sort)
      written.push({ id: row.id, code: row.code, parentId: path.at(-2) ?? null, path, name: row.name, sort: row.sort });
  }
  for (const row of wanted.values()) if (pathOf(row.code)?.some((id) => renamed.has(id)) === true) moved.push(row.id);
  // Parents before children: a child names its parent.
  return { written: written.toSorted((one, other) => one.path.length - other.path.length), moved };
}

export interface RelationOutcome extends Outcome {
  readonly a: string;
  readonly b: string;
}

/** Adds relations by product codes; those that stand already stay. A substitute is mutual, the others have a direction. */
export async function saveRelations(tx: Tx, rows: readonly RelationRow[]): Promise<RelationOutcome[]> {
  const found = await tx.query<{ code: string; id: string }>(
    'select code, id from catalog.product where code = any($1::text[])',
    [[...new Set(rows.flatMap((row) => [row.a, row.b]))]],
  );
  const ids = new Map(found.map((row) => [row.code, row.id]));
  const good: { kind: RelationKind; a: string; b: string; sort: number; index: number }[] = [];
  const outcomes = rows.map((row, index): RelationOutcome => {
    const [a, b] = [ids.get(row.a), ids.get(row.b)];
    if (a === undefined || b === undefined || a === b)
      return { a: row.a, b: row.b, outcome: 'refused', changes: [], why: `no product "${a === undefined ? row.a : row.b}", or it is itself` }; // prettier-ignore
    const swap = row.kind === 'substitute' && a > b;
    good.push({ kind: row.kind, a: swap ? b : a, b: swap ? a : b, sort: row.sort ?? 0, index });
    return { a: row.a, b: row.b, outcome: 'unchanged', changes: [] };
  });
  const made = await tx.query<{ kind: string; a: string; b: string }>(
    `insert into catalog.relation (kind, a, b, sort) select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::int[]) as u (kind, a, b, sort) order by 1, 2, 3
     on conflict do nothing returning kind, a, b`,
    [good.map((row) => row.kind), good.map((row) => row.a), good.map((row) => row.b), good.map((row) => row.sort)],
  );
  const isNew = new Set(made.map((row) => `${row.kind} ${row.a} ${row.b}`));
  for (const row of good) {
    const outcome = outcomes[row.index];
    if (outcome !== undefined && isNew.delete(`${row.kind} ${row.a} ${row.b}`))
      outcomes[row.index] = { ...outcome, outcome: 'new' };
  }
  return outcomes;
}

/**
 * Products related to each of these, in their order. For `fits` and `consumable-for` both directions: what fits the product
 * (`from` = false) and what it fits (`from` = true).
 */
export interface Related {
  readonly productId: string;
  readonly otherId: string;
  readonly kind: RelationKind;
  /** True when the product itself is `a`: it fits the other, it is consumable for the other. */
  readonly from: boolean;
}

export const relations = (query: Query, productIds: readonly string[], kind?: RelationKind): Promise<Related[]> =>
  query.query<Related>(
    `select u.id as "productId", r.b as "otherId", r.kind, true as "from", r.sort from unnest($1::uuid[]) u (id)
       join catalog.relation r on r.a = u.id where $2::text is null or r.kind = $2
      union all
     select u.id, r.a, r.kind, false, r.sort from unnest($1::uuid[]) u (id)
       join catalog.relation r on r.b = u.id where $2::text is null or r.kind = $2
      order by 3, 5, 2`,
    [productIds, kind ?? null],
    'catalog.relations',
  );
